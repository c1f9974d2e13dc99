"""Names of codes in both languages, for screens. A code that no list knows is shown as it is."""

from __future__ import annotations

from functools import lru_cache

from yufang.standards.catalogue import entry
from yufang.standards.model import UnknownCode, UnknownList

ACCIDENT_TYPES = "gb6441_2025_type"

# facet → (zh, en, key of the code list its codes are from, "" where the run's own labels are the codes)
FACETS: dict[str, tuple[str, str, str]] = {
    "accident_type": ("事故类型", "Accident type", ACCIDENT_TYPES),
    "mode": ("致害方式", "Mode of harm", "gb6441_1986_mode"),
    "nature": ("伤害性质", "Nature of injury", "gb6441_1986_nature"),
    "body_part": ("受伤部位", "Body part", "gb6441_1986_body_part"),
    "cause_object": ("起因物", "Object of origin", "gb6441_1986_cause_object"),
    "harm_object": ("致害物", "Object that hurt", "gb6441_1986_harm_object"),
    "unsafe_act": ("不安全行为", "Unsafe act", "gb6441_1986_unsafe_act"),
    "unsafe_condition": ("不安全状态", "Unsafe condition", "gb6441_1986_unsafe_condition"),
    "severity": ("伤害程度", "Severity", "gb6441_2025_severity"),
    "article": ("违反条文", "Article", ""),
}


def facet_names(facet: str) -> tuple[str, str]:
    """What the facet is called in both languages."""
    zh, en, _ = FACETS.get(facet, (facet, facet, ""))
    return zh, en


@lru_cache(maxsize=50_000)
def names(list_key: str, code: str) -> tuple[str, str]:
    """Name of `code` in the list, zh and en."""
    if not list_key or not code:
        return code, code
    try:
        found = entry(list_key, code)
    except (UnknownCode, UnknownList):
        return code, code
    return found.name_zh, found.name_en or found.name_zh


def facet_code_names(facet: str, code: str | None) -> tuple[str, str]:
    """Name of a facet's code, zh and en; two empty texts for no code."""
    return names(FACETS.get(facet, ("", "", ""))[2], code) if code else ("", "")


@lru_cache(maxsize=5_000)
def division(industry_code: str) -> str:
    """The two-digit division of a GB/T 4754-2017 code."""
    digits = "".join(c for c in industry_code if c.isdigit())
    return digits[:2]


def industry_names(industry_code: str) -> tuple[str, str]:
    """Name of the industry, zh and en; of its division where the finer code is unknown."""
    digits = "".join(c for c in industry_code if c.isdigit())
    found = names("gbt4754_2017", digits)
    if found == (digits, digits) and len(digits) > 2:
        found = names("gbt4754_2017", digits[:2])
    return found


def known_code(facet: str, code: str) -> bool:
    """Whether `code` is in the list of `facet`; facets without a list take any code."""
    list_key = FACETS.get(facet, ("", "", ""))[2]
    if not list_key:
        return bool(code)
    try:
        entry(list_key, code)
    except (UnknownCode, UnknownList):
        return False
    return True
