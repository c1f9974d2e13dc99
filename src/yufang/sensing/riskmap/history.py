"""What the map knew when: versions of factors, each shown from one moment to another.

A version stays while the numbers of its factor stay; a new one begins where they change. The map of any moment is made
anew from the versions that were shown then, so that a replay gives what was shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from yufang.sensing.riskmap.model import Factor

READING_STEP = 0.05  # a reading that moved by so much of its limit is told anew, though the score stays
MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Version:
    """A factor as it was shown from `start` to `end` (µs, `end` not included); None: it still is."""

    id: int
    factor: Factor
    start: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What changed: versions that end now, factors that begin now, and versions that go on."""

    ended: tuple[Version, ...]
    begun: tuple[Factor, ...]
    going_on: tuple[Version, ...]

    @property
    def changed(self) -> bool:
        return bool(self.ended or self.begun)


def settle(shown: Iterable[Version], now: Iterable[Factor]) -> Settled:
    """Hold what is shown against what holds now. A factor that only got other numbers keeps its `since`."""
    before = {version.factor.ref: version for version in shown}
    ended, begun, going_on = [], [], []
    for factor in now:
        version = before.pop(factor.ref, None)
        if version is not None and _same(version.factor, factor):
            going_on.append(version)
            continue
        if version is not None:
            ended.append(version)
            factor = replace(factor, since=min(factor.since, version.factor.since))
        begun.append(factor)
    return Settled((*ended, *before.values()), tuple(begun), tuple(going_on))


def _same(old: Factor, new: Factor) -> bool:
    if old.numbers() != new.numbers() or old.kind != new.kind or old.count != new.count:
        return False
    if (old.reading is None) != (new.reading is None):
        return False
    return old.reading is None or new.reading is None or abs(old.reading - new.reading) < READING_STEP


def shown_at(versions: Iterable[Version], at: int) -> list[Version]:
    """The versions that were shown at a moment, and whose factor had not run out by itself."""
    ends = ((one, (one.end, one.factor.until)) for one in versions if one.start <= at)
    return [one for one, stops in ends if all(stop is None or at < stop for stop in stops)]


def thin(versions: Iterable[Version]) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """(ids to let go, id → (start, end) of what stays) so that at most one version of a factor begins in a minute.

    Of those that began in one minute the gravest stays and takes the time of them all: a thinned past never shows
    less danger than there was. Versions that aren't over stay as they are.
    """
    gone: list[int] = []
    kept: dict[int, tuple[int, int]] = {}
    over = sorted((one for one in versions if one.end is not None), key=lambda one: (one.factor.ref, one.start))
    for _, same in groupby(over, key=lambda one: (one.factor.ref, one.start // MINUTE)):
        group = list(same)
        if len(group) == 1:
            continue
        stays = max(group, key=lambda one: (one.factor.part == "unknown", one.factor.weight))
        gone += [one.id for one in group if one is not stays]
        kept[stays.id] = (group[0].start, max(one.end or 0 for one in group))
    return gone, kept


def moments(start: int, end: int, step: int, most: int) -> tuple[list[int], int]:
    """(moments from `start` to `end`, the step between them): at most `most`, the step widened where it has to be."""
    wide = max(step, -(-(end - start) // max(most - 1, 1)))
    return list(range(start, end + 1, wide)), wide


def covered(spans: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether the map was being kept at a moment. spans: (from, to) in µs, both included."""
    return any(start <= at <= end for start, end in spans)
