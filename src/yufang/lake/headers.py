"""Guess a mapping from a file's headers: Chinese (both scripts) and English names that sources use for each field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from yufang.lake.data import load_data
from yufang.lake.mapping import ENTERPRISE_FIELDS, KINDS, Column, FileMapping

# At least one field of each group must be found for a file to be taken as that kind without a mapping.
REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "cases": (("occurred_on", "reported_on"), ("narrative", "accident_type")),
    "hazards": (("found_on",), ("text", "clause")),
    "enterprises": (("name", "credit_code"),),
    "equipment": (("name", "kind"), ("enterprise_id", "enterprise_name")),
}

_TELLING = {"credit_code", "industry_code", "industry_name", "employees"}


def normalise_header(header: str) -> str:
    """Return a header without case, spaces, punctuation and what stands in brackets."""
    text = unicodedata.normalize("NFKC", header).casefold()
    text = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】", "", text)
    return re.sub(r"[\W_]+", "", text)


def guess(kind: str, columns: Sequence[str]) -> tuple[FileMapping | None, list[str]]:
    """Return a mapping of `columns` for `kind`, or None and the fields that would still be needed."""
    found = _match(_synonyms()[kind], columns)
    taken = set(found.values())
    extra: dict[str, str] = {}
    if kind in ("cases", "hazards"):
        rest = [column for column in columns if column not in taken]
        offered = {f: n for f, n in _synonyms()["enterprises"].items() if f in ENTERPRISE_FIELDS and f not in found}
        extra = _match(offered, rest)
    missing = [" / ".join(group) for group in REQUIRED[kind] if not any(field in found for field in group)]
    if missing:
        return None, missing
    specs = {field: Column.model_validate({"from": column}) for field, column in found.items()}
    if kind == "hazards" and "origin" not in specs:
        specs["origin"] = Column.model_validate({"value": "inspection"})
    enterprise = {field: Column.model_validate({"from": column}) for field, column in extra.items()}
    return FileMapping.model_validate({"kind": kind, "columns": specs, "enterprise": enterprise}), []


def guess_kind(columns: Sequence[str]) -> FileMapping | None:
    """Return the mapping of the kind whose fields explain most of `columns`, None where no kind fits."""
    fits = [mapping for kind in KINDS if (mapping := guess(kind, columns)[0]) is not None]
    # A column "name" alone does not make a list of enterprises; the person who says so by hand is believed.
    fits = [m for m in fits if m.kind != "enterprises" or _TELLING & m.columns.keys()]
    return max(fits, key=lambda mapping: len(mapping.columns), default=None)


def _match(synonyms: dict[str, list[str]], columns: Sequence[str]) -> dict[str, str]:
    """Return field → column; a field takes the column that stands first in its own list of names."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(normalise_header(column), column)
    found: dict[str, str] = {}
    for field, names in synonyms.items():
        named = next((by_name[name] for name in names if name in by_name and by_name[name] not in found.values()), None)
        if named is not None:
            found[field] = named
    return found


@cache
def _synonyms() -> dict[str, dict[str, list[str]]]:
    data: dict[str, dict[str, list[str]]] = load_data("headers.yaml")
    return {
        kind: {field: [normalise_header(name) for name in [field, *names]] for field, names in fields.items()}
        for kind, fields in data.items()
    }
