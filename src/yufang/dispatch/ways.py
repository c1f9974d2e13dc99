"""By which way a person is told: their channels in their own order, and the next one when a channel fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHARED = frozenset({"dingtalk", "wecom", "feishu", "webhook"})  # one post serves everyone who is told by it


@dataclass(frozen=True, slots=True)
class Way:
    """One address of a person. `failures`: how often its channel failed in a row, over all people."""

    reach: int
    kind: str
    position: int
    enabled: bool = True
    failures: int = 0


def order_ways(ways: Iterable[Way], *, broken_after: int) -> tuple[Way, ...]:
    """The ways in the order to try them: as the person ordered them, channels known to be broken behind the others."""
    usable = [way for way in ways if way.enabled]
    return tuple(sorted(usable, key=lambda way: (way.failures >= broken_after, way.position, way.reach)))


def next_way(ways: Sequence[Way], tried: Iterable[int], *, broken_after: int) -> Way | None:
    """The way to take after those in `tried` (their `reach`) failed; None where none is left."""
    done = set(tried)
    return next((way for way in order_ways(ways, broken_after=broken_after) if way.reach not in done), None)
