"""When a hazard must be answered and fixed, and at which moments the platform looks at it again.

Timers are worked out from where a hazard stands and never counted down: asked twice, the answer is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from yufang.hazards.kinds import Level
from yufang.hazards.lifecycle import State

PROMISE = timedelta(hours=48)
REMIND_BEFORE = (timedelta(hours=24), timedelta(hours=8))  # that is 24 and 40 hours after opening
TO_REGULATOR = timedelta(hours=24)  # after the safety manager was told
LAPSE = timedelta(days=7)  # a reporter has this long to confirm or to contest
DUE_SOON = timedelta(hours=24)
OVERDUE_TO_REGULATOR = timedelta(days=3)

# Days to the fix by level; a routing rule may name fewer or more.
DAYS: Mapping[Level, int] = MappingProxyType({"low": 15, "medium": 7, "high": 3, "major": 1})

TimerKind = Literal[
    "answer_24", "answer_40", "answer_due", "answer_regulator", "fix_soon", "fix_due", "fix_regulator", "lapse",
    "report_up", "release_wanted",
]  # fmt: skip
WAITING_FOR_FIX: tuple[State, ...] = ("opened", "assigned", "in_progress")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the timers of one hazard depend on. `since` is when it came to `state`, `answered` whether anybody said
    what happens since it was opened or contested, `major_at` when a person decided that it is a major one."""

    state: State
    level: Level
    opened_at: datetime
    promise_due_at: datetime
    due_at: datetime
    since: datetime
    answered: bool
    major_at: datetime | None = None


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A moment at which the platform looks again."""

    at: datetime
    kind: TimerKind


def due_at(start: datetime, level: Level, days: int | None = None) -> datetime:
    """When a hazard of `level` must be fixed: `days` of a routing rule, or the level's own, after `start`."""
    return start + timedelta(days=DAYS[level] if days is None else days)


def timers(standing: Standing) -> tuple[Due, ...]:
    """All moments of a hazard that stands like this, the earliest first; those gone by are due at once."""
    found: list[Due] = []
    if standing.state in WAITING_FOR_FIX:
        found += [*_promise(standing), *_fix(standing)]
    if standing.state in ("checked", "refused"):
        found.append(Due(standing.since + LAPSE, "lapse"))
    if standing.state == "confirmed":
        found.append(Due(standing.since, "release_wanted"))
    if standing.major_at is not None and standing.state != "closed":
        found.append(Due(standing.major_at, "report_up"))
    return tuple(sorted(found))


def _promise(standing: Standing) -> list[Due]:
    if standing.answered:
        return []
    end = standing.promise_due_at
    return [
        Due(end - REMIND_BEFORE[0], "answer_24"),
        Due(end - REMIND_BEFORE[1], "answer_40"),
        Due(end, "answer_due"),
        Due(end + TO_REGULATOR, "answer_regulator"),
    ]


def _fix(standing: Standing) -> list[Due]:
    """A reminder a day before where the time given is longer than that; then the safety manager, then the regulator.

    An overdue major hazard goes to the regulator at once.
    """
    found = [Due(standing.due_at, "fix_due")]
    if standing.due_at - standing.opened_at > DUE_SOON:
        found.append(Due(standing.due_at - DUE_SOON, "fix_soon"))
    wait = timedelta(0) if standing.level == "major" else OVERDUE_TO_REGULATOR
    found.append(Due(standing.due_at + wait, "fix_regulator"))
    return found
