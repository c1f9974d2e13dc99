"""The life of an alert as a pure state machine: who has it, who must be told, and when something is due next.

The clock is a parameter. A timer that comes late (a worker was killed, a server restarted) acts as of the second it
was due, not of the second it was noticed, so a restart neither loses nor moves a deadline. Windows during which nobody
is told are given as data; the machine itself decides what they postpone. States and terms follow the alarm life cycle
of IEC 62682:2022 (shelving = snooze, suppression = mute, with a reason and an end each).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

State = Literal["raised", "acknowledged", "handed_on", "escalated", "downgraded", "resolved", "closed"]
Tier = Literal["high", "medium", "low"]
Kind = Literal[
    "raise", "downgrade", "clear", "acknowledge", "hand_on", "snooze", "wake", "unmute", "resolve", "close", "tick"
]
Quiet = Literal["", "snoozed", "muted"]
Window = tuple[datetime, datetime]  # nobody is told from (included) to (not included)

GRAVITY: dict[str, int] = {"high": 0, "medium": 1, "low": 2}
OPEN: tuple[State, ...] = ("raised", "escalated", "acknowledged", "handed_on", "downgraded")
_TAKEN: tuple[State, ...] = ("acknowledged", "handed_on")
# event → states it may start from
FROM: dict[Kind, tuple[State, ...]] = {
    "acknowledge": ("raised", "escalated", "handed_on", "downgraded"),
    "hand_on": OPEN,
    "resolve": OPEN,
    "snooze": OPEN,
    "wake": OPEN,
    "close": (*OPEN, "resolved"),
    "raise": (*OPEN, "resolved"),
    "downgrade": OPEN,
    "clear": OPEN,
    "unmute": (*OPEN, "resolved"),
    "tick": (*OPEN, "resolved", "closed"),
}
BY_PEOPLE: tuple[Kind, ...] = ("acknowledge", "hand_on", "snooze", "wake", "resolve", "close")


class NotNow(ValueError):
    """The event is impossible as the alert stands. `field` names what is wrong: `state`, or the value `until`."""

    def __init__(self, message: str, field: str = "state") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Deadlines of one tier.

    `acknowledge_within[i]`: from telling level i until level i+1 is told; so the top level is its length.
    `resolve_within`: from taking the alert on until the next level is told, None for never. `close_after`: from
    resolved to closed; until then the same alert is raised again. `quiet_at_most`: the longest snooze.
    """

    acknowledge_within: tuple[timedelta, ...] = ()
    resolve_within: timedelta | None = None
    close_after: timedelta = timedelta(hours=24)
    quiet_at_most: timedelta = timedelta(hours=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Where an alert stands. `level`: of the escalation chain.

    `round` counts the times that its people have to hear of the same level anew (raised again, upgraded, reminded);
    with `level` it names what was told, so that nothing is told twice and a reminder is not taken for a double.
    `owed`: the people of `level` have yet to be told (while it is quiet). `quiet_why`: snoozed | muted.
    """

    tier: Tier
    state: State = "raised"
    level: int = 0
    round: int = 1
    owed: bool = False
    escalate_at: datetime | None = None
    close_at: datetime | None = None
    quiet_until: datetime | None = None
    quiet_why: Quiet = ""

    @property
    def due_at(self) -> datetime | None:
        """When the machine has to be run next; None for never."""
        times = [t for t in (self.escalate_at, self.close_at, self.quiet_until) if t is not None]
        return min(times) if times else None

    @property
    def may(self) -> tuple[Kind, ...]:
        """What people may do with it as it stands, the usual step first."""
        return tuple(
            kind for kind in BY_PEOPLE if self.state in FROM[kind] and (kind != "wake" or self.quiet_why == "snoozed")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """One thing that happened, as of `at`. `tell`: the people of `level` are to be told now, because of `why`."""

    step: str
    at: datetime
    level: int
    tell: bool = False
    why: str = ""


Moved = tuple[Alert, tuple[Did, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happens: `tier` for `raise` and `downgrade`, `until` for `snooze`."""

    kind: Kind
    tier: Tier | None = None
    until: datetime | None = None


def open_alert(tier: Tier, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window] = ()) -> Moved:
    """A new alert, raised at `at`."""
    return _told(_restarted(Alert(tier=tier, round=0), tier, at, policies), at, mutes, "raised")


def take(
    alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window] = ()
) -> Moved:
    """Run what was due by `at`, the event, and what that made due. Raises NotNow where the event is impossible.

    `policies` by tier; `mutes` are the windows that cover this alert, in any order.
    """
    alert, done = advance(alert, at, policies, mutes)
    if event.kind == "tick":
        return alert, done
    if alert.state not in FROM[event.kind]:
        raise NotNow(f"an alert that is {alert.state} cannot take the step {event.kind}")
    alert, more = _TAKE[event.kind](alert, event, at, policies, mutes)
    alert, then = advance(alert, at, policies, mutes)  # what the event made due at once
    return alert, done + more + then


def advance(alert: Alert, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window] = ()) -> Moved:
    """Run every timer that was due by `at`, in order and each as of its own time."""
    done: tuple[Did, ...] = ()
    while (due := alert.due_at) is not None and due <= at:
        alert, more = _fire(alert, due, policies, mutes)
        done += more
    return alert, done


def _fire(alert: Alert, due: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]) -> Moved:
    if alert.close_at == due:
        return replace(alert, state="closed", close_at=None), (Did(step="closed", at=due, level=alert.level),)
    if alert.quiet_until == due:
        why = alert.quiet_why
        alert = replace(alert, quiet_until=None, quiet_why="")
        if why == "snoozed":  # whoever asked to be reminded is
            alert = replace(alert, owed=True, round=alert.round + 1)
        return _told(alert, due, mutes, "", after=f"{why}_over")
    end = covered_until(due, mutes)
    if end is not None:  # a deadline inside a mute window waits for its end
        return _quiet(alert, due, end, "muted"), (Did(step="muted", at=due, level=alert.level),)
    policy = policies[alert.tier]
    top = len(policy.acknowledge_within)
    level = min(alert.level + 1, top)
    again = int(level == alert.level)  # the top of the chain hears a second time
    deadline = _deadline(policy, level, due)
    alert = replace(alert, state="escalated", level=level, round=alert.round + again, owed=True, escalate_at=deadline)
    return _told(alert, due, mutes, "escalated")


def covered_until(at: datetime, mutes: Sequence[Window]) -> datetime | None:
    """The end of the quiet that `at` lies in (windows that touch count as one), or None."""
    end = at
    for start, stop in sorted(mutes):
        if start <= end < stop:
            end = stop
    return end if end > at else None


def _deadline(policy: Policy, level: int, at: datetime) -> datetime | None:
    within = policy.acknowledge_within
    return at + within[level] if level < len(within) else None


def _restarted(alert: Alert, tier: Tier, at: datetime, policies: Mapping[str, Policy]) -> Alert:
    deadline = _deadline(policies[tier], 0, at)
    return Alert(tier=tier, round=alert.round + 1, owed=True, escalate_at=deadline)


def _quiet(alert: Alert, at: datetime, until: datetime, why: Quiet) -> Alert:
    """Stop the countdown from `at` to `until`."""
    shifted = alert.escalate_at + (until - at) if alert.escalate_at is not None else None
    return replace(alert, escalate_at=shifted, quiet_until=until, quiet_why=why)


def _told(alert: Alert, at: datetime, mutes: Sequence[Window], step: str, after: str = "") -> Moved:
    """Tell whoever is owed it, or wait for the end of the mute window that `at` lies in."""
    did: list[Did] = []
    tell = False
    if alert.owed and alert.quiet_until is None:
        end = covered_until(at, mutes)
        if end is not None:
            alert = _quiet(alert, at, end, "muted")
            did.append(Did(step="muted", at=at, level=alert.level))
        else:
            alert, tell = replace(alert, owed=False), True
    name = step or after
    return alert, (Did(step=name, at=at, level=alert.level, tell=tell, why=name if tell else ""), *did)


def _raise(alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]) -> Moved:
    tier = event.tier or alert.tier
    if alert.state == "resolved":
        return _told(_restarted(alert, tier, at, policies), at, mutes, "raised_again")
    if GRAVITY[tier] >= GRAVITY[alert.tier]:
        return alert, ()  # it stands already; only a downgrade makes it less grave
    # Graver than what somebody took on or snoozed: it has to be taken on anew, at once.
    return _told(_restarted(alert, tier, at, policies), at, mutes, "upgraded")


def _downgrade(
    alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]
) -> Moved:
    tier = event.tier
    if tier is None or GRAVITY[tier] <= GRAVITY[alert.tier]:
        return alert, ()
    policy = policies[tier]
    if alert.state in _TAKEN:  # it never leaves a person's hands by itself
        resolve_by = at + policy.resolve_within if policy.resolve_within is not None else None
        alert = replace(alert, tier=tier, level=0, escalate_at=resolve_by)
    else:
        alert = replace(alert, tier=tier, state="downgraded", level=0, owed=False, escalate_at=_deadline(policy, 0, at))
    if alert.quiet_until is not None:
        alert = _quiet(alert, at, alert.quiet_until, alert.quiet_why or "snoozed")
    return alert, (Did(step="downgraded", at=at, level=0),)


def _acknowledge(
    alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]
) -> Moved:
    within = policies[alert.tier].resolve_within
    return _held(alert, "acknowledged", at, at + within if within is not None else None)


def _hand_on(
    alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]
) -> Moved:
    within = policies[alert.tier].acknowledge_within
    last = min(alert.level, len(within) - 1)  # whoever is handed it at the top of the chain has a deadline too
    return _held(alert, "handed_on", at, at + within[last] if within else None)


def _held(alert: Alert, state: State, at: datetime, deadline: datetime | None) -> Moved:
    alert = replace(alert, state=state, owed=False, escalate_at=deadline, quiet_until=None, quiet_why="")
    return alert, (Did(step=state, at=at, level=alert.level),)


def _snooze(alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]) -> Moved:
    until, most = event.until, policies[alert.tier].quiet_at_most
    if until is None or until <= at:
        raise NotNow("a snooze ends later than now", "until")
    if until > at + most:
        raise NotNow(f"an alert of this tier may be snoozed for {most} at most", "until")
    if alert.quiet_until is not None:
        alert = _woken(alert, at)
    return _quiet(alert, at, until, "snoozed"), (Did(step="snoozed", at=at, level=alert.level),)


def _wake(alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]) -> Moved:
    if alert.quiet_why != "snoozed":
        raise NotNow("the alert is not snoozed")
    return _told(_woken(alert, at), at, mutes, "woken")


def _unmute(alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]) -> Moved:
    """The window was lifted before its end; `mutes` no longer holds it."""
    if alert.quiet_why != "muted":
        return alert, ()
    return _told(_woken(alert, at), at, mutes, "unmuted")


def _woken(alert: Alert, at: datetime) -> Alert:
    early = alert.quiet_until - at if alert.quiet_until is not None else timedelta()
    shifted = alert.escalate_at - early if alert.escalate_at is not None else None
    return replace(alert, escalate_at=shifted, quiet_until=None, quiet_why="")


def _resolve(
    alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]
) -> Moved:
    close_at = at + policies[alert.tier].close_after
    rested = Alert(tier=alert.tier, state="resolved", level=alert.level, round=alert.round, close_at=close_at)
    step = "cleared" if event.kind == "clear" else "resolved"
    return rested, (Did(step=step, at=at, level=alert.level),)


def _close(alert: Alert, event: Event, at: datetime, policies: Mapping[str, Policy], mutes: Sequence[Window]) -> Moved:
    rested = Alert(tier=alert.tier, state="closed", level=alert.level, round=alert.round)
    return rested, (Did(step="closed", at=at, level=alert.level),)


_TAKE = {
    "raise": _raise,
    "downgrade": _downgrade,
    "clear": _resolve,
    "acknowledge": _acknowledge,
    "hand_on": _hand_on,
    "snooze": _snooze,
    "wake": _wake,
    "unmute": _unmute,
    "resolve": _resolve,
    "close": _close,
}
