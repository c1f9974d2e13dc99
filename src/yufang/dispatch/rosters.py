"""Who is on duty: shifts, people who are away, those who stand in, and times that nobody holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class ShiftSpan:
    """`person` has the duty from `start` until before `end` (aware times)."""

    person: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class StandInSpan:
    """`person` is away from `start` until before `end`; `stand_in` takes their shifts, None: nobody does."""

    person: int
    stand_in: int | None
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty at a moment. `in_place_of` names, for each person, whom they stand in for (None: themselves).

    `away`: people with a shift who are away and whom nobody replaces: the reason of a hole.
    """

    people: tuple[int, ...]
    in_place_of: tuple[int | None, ...]
    away: tuple[int, ...]

    @property
    def hole(self) -> bool:
        """Whether nobody is on duty."""
        return not self.people


@dataclass(frozen=True, slots=True)
class Gap:
    """From `start` until before `end` nobody is on duty; `away`: who should have been."""

    start: datetime
    end: datetime
    away: tuple[int, ...]


def on_duty(shifts: Iterable[ShiftSpan], stand_ins: Sequence[StandInSpan], at: datetime) -> Duty:
    """Who is on duty `at`. A stand-in who is away too is replaced in turn; a ring of stand-ins leaves a hole."""
    found: dict[int, int | None] = {}
    away: list[int] = []
    for shift in shifts:
        if not shift.start <= at < shift.end:
            continue
        person = _present(shift.person, stand_ins, at)
        if person is None:
            away.append(shift.person)
        elif person not in found:
            found[person] = None if person == shift.person else shift.person
    return Duty(tuple(found), tuple(found.values()), tuple(dict.fromkeys(away)))


def _present(person: int, stand_ins: Sequence[StandInSpan], at: datetime) -> int | None:
    seen = {person}
    while True:
        absences = [s for s in stand_ins if s.person == person and s.start <= at < s.end]
        if not absences:
            return person
        replaced = absences[-1].stand_in  # the latest entry counts
        if replaced is None or replaced in seen:
            return None
        seen.add(replaced)
        person = replaced


def gaps(
    shifts: Sequence[ShiftSpan], stand_ins: Sequence[StandInSpan], start: datetime, end: datetime
) -> tuple[Gap, ...]:
    """The times between `start` and `end` that nobody holds, in order; neighbours with the same cause are one."""
    edges = {start, end}
    spans = [(s.start, s.end) for s in shifts] + [(s.start, s.end) for s in stand_ins]
    for span in spans:
        edges.update(moment for moment in span if start < moment < end)
    moments = sorted(edges)
    found: list[Gap] = []
    for begin, stop in pairwise(moments):
        duty = on_duty(shifts, stand_ins, begin)
        if not duty.hole:
            continue
        if found and found[-1].end == begin and found[-1].away == duty.away:
            found[-1] = Gap(found[-1].start, stop, duty.away)
        else:
            found.append(Gap(begin, stop, duty.away))
    return tuple(found)
