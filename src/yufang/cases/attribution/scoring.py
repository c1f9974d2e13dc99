"""How well found spans agree with marked ones: exactly, by overlap, by characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

# Characters [start, end) and the kind (or tag) they tell of.
Mark: TypeAlias = tuple[int, int, str]
Pair: TypeAlias = tuple[Sequence[Mark], Sequence[Mark]]


@dataclass(frozen=True, slots=True)
class SpanScore:
    """F1 over all narratives: same bounds and kind; intersection over union of half or more, one to one; characters."""

    exact: float
    overlap: float
    characters: float
    marked: int
    found: int


def likeness(a: Mark, b: Mark) -> float:
    """Intersection over union of two spans' characters."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return max(0.0, shared / (max(a[1], b[1]) - min(a[0], b[0])))


def agrees(found: Sequence[Mark], marked: Sequence[Mark], least: float = 0.5) -> list[bool]:
    """For each found span whether it matches a marked one of its kind; the likest pairs are matched first."""
    ways = sorted(
        (
            (likeness(guess, true), i, j)
            for i, guess in enumerate(found)
            for j, true in enumerate(marked)
            if guess[2] == true[2]
        ),
        key=lambda way: (-way[0], way[1], way[2]),
    )
    mine, theirs = set(), set()
    for like, i, j in ways:
        if like >= least and i not in mine and j not in theirs:
            mine.add(i)
            theirs.add(j)
    return [i in mine for i in range(len(found))]


def overlap_f1(pairs: Sequence[Pair]) -> float:
    """F1 of `agrees` over all narratives."""
    hits = sum(sum(agrees(found, marked)) for found, marked in pairs)
    return _f1(hits, sum(len(found) for found, _ in pairs), sum(len(marked) for _, marked in pairs))


def score(pairs: Sequence[Pair]) -> dict[str, SpanScore]:
    """Scores by kind, and under "all" over all kinds together."""
    kinds = sorted({kind for found, marked in pairs for _, _, kind in (*found, *marked)})
    counts = {kind: _counts([(_only(found, kind), _only(marked, kind)) for found, marked in pairs]) for kind in kinds}
    whole: Counter[str] = Counter()
    for one in counts.values():
        whole += one
    return {kind: _score(one) for kind, one in [("all", whole), *counts.items()]}


def _only(marks: Sequence[Mark], kind: str) -> list[Mark]:
    return [mark for mark in marks if mark[2] == kind]


def _counts(pairs: Sequence[Pair]) -> Counter[str]:
    out: Counter[str] = Counter()
    for found, marked in pairs:
        out["exact"] += len(set(found) & set(marked))
        out["overlap"] += sum(agrees(found, marked))
        out["found"] += len(found)
        out["marked"] += len(marked)
        mine = {at for start, end, _ in found for at in range(start, end)}
        theirs = {at for start, end, _ in marked for at in range(start, end)}
        out["both_characters"] += len(mine & theirs)
        out["found_characters"] += len(mine)
        out["marked_characters"] += len(theirs)
    return out


def _score(n: Counter[str]) -> SpanScore:
    return SpanScore(
        exact=_f1(n["exact"], n["found"], n["marked"]),
        overlap=_f1(n["overlap"], n["found"], n["marked"]),
        characters=_f1(n["both_characters"], n["found_characters"], n["marked_characters"]),
        marked=n["marked"],
        found=n["found"],
    )


def _f1(hits: int, found: int, marked: int) -> float:
    return 2 * hits / (found + marked) if found + marked else 0.0
