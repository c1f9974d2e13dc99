"""What a report is called, and what kind it is where its writer left that open."""

from __future__ import annotations

import re
from typing import Any

from yufang.hazards.kinds import kind as kind_of
from yufang.hazards.suggest import suggest_kinds

SURE = 0.5  # below it, a report without a kind is “other” until a person says
_LONGEST = 40


def guesses(words: str, limit: int = 3) -> list[dict[str, Any]]:
    """The machine's guesses at the kind: [{key, probability}], best first."""
    return [{"key": one.key, "probability": one.probability} for one in suggest_kinds(words, limit=limit)]


def sure_kind(suggested: list[dict[str, Any]]) -> str:
    """The first guess where it is likely enough, else “other”."""
    if suggested and suggested[0]["probability"] >= SURE:
        return str(suggested[0]["key"])
    return "other"


def title(kind: str, words: str, area_zh: str, area_en: str) -> tuple[str, str]:
    """(zh, en): the first sentence as it was said, else the kind, and the place. What was said isn't translated."""
    name = kind_of(kind).name
    first = re.split(r"[。！？!?\n；;]|\.\s", words.strip(), maxsplit=1)[0].strip()
    short = first if len(first) <= _LONGEST else first[: _LONGEST - 1] + "…"
    if not short:
        return f"{area_zh}：{name.zh}", f"{name.en}, {area_en or area_zh}"
    if re.search(r"[\u3400-\u9fff]", short):
        return short, f"{name.en}, {area_en or area_zh}"
    return f"{area_zh}：{name.zh}", short
