"""Which criteria of major hazards (重大事故隐患) may fit a description. A suggestion only: a named person decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yufang.hazards.likeness import bigrams
from yufang.standards.major_hazards import MajorCriterion, major_criteria

ENOUGH = 0.5  # share of a criterion's word groups that must be named
MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A criterion that may fit: `share` of its word groups are named in the description, `words` are those found."""

    criterion: MajorCriterion
    share: float
    words: tuple[str, ...]


def suspects(text: str, kind: str, industry: str, at: date) -> tuple[Suspect, ...]:
    """Criteria in force on `at` that may fit, the closest first.

    A criterion of certain divisions of GB/T 4754 is asked only where `industry` (its code, empty: unknown) lies in
    one. It fits when at least half of its word groups are named, of a single group that one; `kind` breaks ties.
    """
    plain = "".join(text.casefold().split())
    found = []
    for criterion in major_criteria(at):
        if not _concerns(criterion, industry):
            continue
        named = [next((w for w in group if w in plain), None) for group in criterion.words]
        hits = tuple(w for w in named if w is not None)
        share = len(hits) / len(named) if named else 0.0
        # One word of many says little: of several groups two at least.
        if share >= ENOUGH and len(hits) >= min(2, len(named)):
            found.append(Suspect(criterion=criterion, share=share, words=hits))
    order = {s.criterion.code: len(bigrams(s.criterion.name_zh) & bigrams(text)) for s in found}
    found.sort(key=lambda s: (-s.share, kind not in s.criterion.kinds, -order[s.criterion.code], s.criterion.code))
    return tuple(found[:MOST])


def _concerns(criterion: MajorCriterion, industry: str) -> bool:
    return not criterion.industries or (bool(industry) and industry.startswith(criterion.industries))
