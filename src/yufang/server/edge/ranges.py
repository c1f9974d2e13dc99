"""Ranges of sequences, [from, to] with both included: joined, and taken from one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def joined(ranges: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    """The same numbers as disjoint ranges in order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted((int(r[0]), int(r[1])) for r in ranges):
        if last < first:
            continue
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def without(ranges: Iterable[Sequence[int]], taken: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    """The numbers of `ranges` that are not in `taken`."""
    left = joined(ranges)
    for first, last in joined(taken):
        parts = [part for a, b in left for part in ((a, min(b, first - 1)), (max(a, last + 1), b))]
        left = joined(parts)
    return left
