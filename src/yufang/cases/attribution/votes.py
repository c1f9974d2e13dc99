"""Which patterns speak for which units of a narrative."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from yufang.cases.attribution.patterns import Pattern, Patterns
from yufang.cases.attribution.units import Pieces


@dataclass(frozen=True, slots=True)
class Vote:
    """Pattern number `pattern` (its place in `Patterns.votes`) speaks over units [first, last)."""

    pattern: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Read:
    """A text's units, the votes over them (`by_unit`: the patterns that speak over each), and where words stand
    that say "and this came of it" (`led`: 导致, causing) or "and this is why" (`because`: 由于, due to), in characters.
    """

    pieces: Pieces
    votes: list[Vote]
    by_unit: list[list[int]]
    led: list[tuple[int, int]]
    because: list[tuple[int, int]]


def read(pieces: Pieces, patterns: Patterns) -> Read:
    """All votes of `patterns` over `pieces`."""
    hits: list[tuple[int, int, int]] = []
    directed: list[tuple[int, int]] = []
    led: list[tuple[int, int]] = []
    because: list[tuple[int, int]] = []
    for number, pattern in enumerate(patterns.votes):
        for found in pattern.match.finditer(pieces.text):
            if found.start() == found.end():
                continue
            hits.append((number, found.start(), found.end()))
            if pattern.reach in ("after", "before"):
                directed.append((found.start(), found.end()))
                forward = (pattern.kind == "cause") == (pattern.reach == "before")
                (led if forward else because).append((found.start(), found.end()))
    directed.sort()
    votes = []
    for number, start, end in hits:
        low, high = _reach(patterns.votes[number], pieces, start, end, directed)
        if low < high:
            votes.append(Vote(number, low, high))
    by_unit: list[list[int]] = [[] for _ in range(len(pieces))]
    for vote in votes:
        for unit in range(vote.first, vote.last):
            by_unit[unit].append(vote.pattern)
    return Read(pieces, votes, by_unit, sorted(led), sorted(because))


def _reach(pattern: Pattern, pieces: Pieces, start: int, end: int, directed: list[tuple[int, int]]) -> tuple[int, int]:
    """The units that a match at characters [start, end) speaks over."""
    low = bisect.bisect_right(pieces.ends, start)
    high = bisect.bisect_left(pieces.starts, end)
    if pattern.reach == "here":
        return low, high
    if pattern.reach == "exact":
        alone = high - low == 1 and pieces.ends[low] - pieces.starts[low] <= end - start
        return (low, high) if alone else (0, 0)
    marks = pieces.clause_at if pattern.reach == "clause" else pieces.sentence_at
    place = max(0, bisect.bisect_right(marks, start) - 1)
    begin, stop = marks[place], marks[min(place + 1, len(marks) - 1)]
    if pattern.reach == "next":
        begin, stop = end, _ends(pieces.clause_at, end)
    elif pattern.reach == "after":
        at = bisect.bisect_left(directed, (end, 0))
        stop = min(stop, directed[at][0]) if at < len(directed) else stop
        begin = end
    elif pattern.reach == "before":
        at = bisect.bisect_left(directed, (start, 0))
        begin = max([begin, *(done for _, done in directed[max(0, at - 3) : at] if done <= start)])
        stop = start
    return bisect.bisect_left(pieces.starts, begin), bisect.bisect_left(pieces.starts, stop)


def _ends(marks: list[int], at: int) -> int:
    """Where the clause that goes on at character `at` ends."""
    return marks[min(bisect.bisect_right(marks, at), len(marks) - 1)]
