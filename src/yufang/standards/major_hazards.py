"""Criteria of major hazards (重大事故隐患): document, article and item by date, each with our own short paraphrase.

The official sentences are not copied: a person who decides reads them in the document that is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from yufang.standards.catalogue import code_list
from yufang.standards.model import Confidence

CRITERIA = "major_hazard_criterion"
DOCUMENTS = "major_hazard_document"


@dataclass(frozen=True, slots=True, kw_only=True)
class MajorCriterion:
    """One item; `cited_zh` and `cited_en` name document, article and number.

    `words` are groups of words: a description that fits names one of each group; `industries` prefixes of GB/T 4754
    (empty: all); `kinds` keys of `yufang.hazards`. Dates: first and last day in force, None where open.
    """

    code: str
    document: str
    cited_zh: str
    cited_en: str
    name_zh: str
    name_en: str
    industries: tuple[str, ...]
    kinds: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    confidence: Confidence
    effective_from: date | None
    effective_to: date | None


@cache
def _all() -> tuple[MajorCriterion, ...]:
    documents = code_list(DOCUMENTS)
    return tuple(
        MajorCriterion(
            code=found.code,
            document=found.values["document"],
            cited_zh=found.values["cited_zh"],
            cited_en=found.values["cited_en"],
            name_zh=found.name_zh,
            name_en=found.name_en,
            industries=tuple(filter(None, found.values["industries"].split("|"))),
            kinds=tuple(filter(None, found.values["kinds"].split("|"))),
            words=tuple(tuple(group.split("|")) for group in found.values["words"].split(";") if group),
            confidence=found.confidence,
            effective_from=documents.get(found.values["document"]).effective_from,
            effective_to=documents.get(found.values["document"]).effective_to,
        )
        for found in code_list(CRITERIA)
    )


def major_criteria(at: date) -> tuple[MajorCriterion, ...]:
    """Every criterion in force on `at`; one whose first day is not known counts as in force."""
    return tuple(
        c
        for c in _all()
        if (c.effective_from is None or c.effective_from <= at) and (c.effective_to is None or at <= c.effective_to)
    )


def major_criterion(code: str) -> MajorCriterion:
    """The criterion of this code, in force or not. Raises KeyError."""
    found = next((c for c in _all() if c.code == code), None)
    if found is None:
        raise KeyError(code)
    return found
