"""From facts to "raise", "downgrade" and "clear": separate conditions, hold times both ways, absence, flap damping.

A signal is the memory of one rule at one subject. It is pure: facts come with the time they were true, and a timer
that is run late acts as of the second it was due. Hysteresis and on/off delays follow the practice of alarm systems
(EEMUA 191; ISA-18.2 §10): a condition that is only just met, or only for a moment, must not make people run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from yufang.warning.lifecycle import Tier
from yufang.warning.lifecycle_conditions import Condition, Fact

Standing = Literal["quiet", "raised", "downgraded"]
Change = Literal["raise", "downgrade", "clear", "flapping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRule:
    """What raises, downgrades and clears an alert, and for how long each has to hold first.

    `absent_after`: with no fresh fact for so long the alert clears (`on_absence` clear) or stays (keep). `flap_changes`
    in `flap_window` make the signal flap: it clears only after `flap_hold`, and says so.
    """

    rule: str
    tier: Tier
    title_zh: str
    title_en: str
    procedure_zh: str = ""
    procedure_en: str = ""
    source: str = ""
    when_raised: Condition
    when_cleared: Condition
    when_downgraded: Condition | None = None
    lower_tier: Tier = "medium"
    raise_hold: timedelta = timedelta()
    downgrade_hold: timedelta = timedelta()
    clear_hold: timedelta = timedelta()
    absent_after: timedelta | None = None
    on_absence: Literal["clear", "keep"] = "clear"
    flap_changes: int = 4
    flap_window: timedelta = timedelta(minutes=30)
    flap_hold: timedelta = timedelta(minutes=30)

    @property
    def facts(self) -> frozenset[str]:
        """Names of the facts that the rule reads."""
        lower = self.when_downgraded.facts() if self.when_downgraded else frozenset()
        return self.when_raised.facts() | self.when_cleared.facts() | lower


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What is remembered of one rule at one subject.

    `since`: from when `pending` has been wanted without a break. `changes`: when it was raised or cleared of late.
    """

    standing: Standing = "quiet"
    facts: Mapping[str, Fact] = field(default_factory=dict)
    seen_at: datetime | None = None
    pending: Standing | None = None
    since: datetime | None = None
    changes: tuple[datetime, ...] = ()
    flapping: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The alert is to be raised, downgraded or cleared as of `at`. `why`: condition | absence."""

    change: Change
    at: datetime
    why: str = "condition"


Heard = tuple[Signal, tuple[Changed, ...]]
_CHANGES: dict[Standing, Change] = {"raised": "raise", "downgraded": "downgrade", "quiet": "clear"}


def hear(signal: Signal, rule: SignalRule, facts: Mapping[str, Fact], at: datetime) -> Heard:
    """Take facts in that were true at `at`. Facts older than the newest ones heard change nothing."""
    if signal.seen_at is not None and at < signal.seen_at:
        return signal, ()
    signal, done = run(signal, rule, at - timedelta(microseconds=1))  # what was due before the facts came
    own = {name: value for name, value in facts.items() if name in rule.facts}
    signal = _wanted(replace(signal, facts={**signal.facts, **own}, seen_at=at), rule, at)
    signal, more = run(signal, rule, at)
    return signal, done + more


def run(signal: Signal, rule: SignalRule, at: datetime) -> Heard:
    """Run every timer that was due by `at`, each as of its own time."""
    done: tuple[Changed, ...] = ()
    while True:
        held, absent = _held_at(signal, rule), _absent_at(signal, rule)
        first = min((t for t in (held, absent) if t is not None), default=None)
        if first is None or first > at:
            return signal, done
        signal, more = _changed(signal, rule, first) if first == held else _absent(signal, rule, first)
        done += more


def next_due(signal: Signal, rule: SignalRule) -> datetime | None:
    """When `run` has to be called next; None for never."""
    times = [t for t in (_held_at(signal, rule), _absent_at(signal, rule)) if t is not None]
    return min(times) if times else None


def _wanted(signal: Signal, rule: SignalRule, at: datetime) -> Signal:
    """What the facts ask for; the hold starts anew whenever that breaks."""
    wanted = _target(signal, rule)
    if wanted == signal.pending:
        return signal
    return replace(signal, pending=wanted, since=at if wanted else None)


def _target(signal: Signal, rule: SignalRule) -> Standing | None:
    if rule.when_raised.holds(signal.facts):
        return "raised" if signal.standing != "raised" else None
    if signal.standing == "quiet":
        return None
    if rule.when_cleared.holds(signal.facts):
        return "quiet"
    lower = rule.when_downgraded
    return "downgraded" if signal.standing == "raised" and lower is not None and lower.holds(signal.facts) else None


def _held_at(signal: Signal, rule: SignalRule) -> datetime | None:
    if signal.pending is None or signal.since is None:
        return None
    hold = {"raised": rule.raise_hold, "downgraded": rule.downgrade_hold, "quiet": rule.clear_hold}[signal.pending]
    if signal.pending == "quiet" and signal.flapping:
        hold = max(hold, rule.flap_hold)
    return signal.since + hold


def _absent_at(signal: Signal, rule: SignalRule) -> datetime | None:
    idle = signal.standing == "quiet" and signal.pending is None
    if rule.absent_after is None or signal.seen_at is None or idle or not signal.facts:
        return None
    return signal.seen_at + rule.absent_after


def _absent(signal: Signal, rule: SignalRule, at: datetime) -> Heard:
    """Nothing was heard for too long: what was known is forgotten, and the alert clears or stays."""
    forgotten = replace(signal, facts={}, pending=None, since=None)
    if signal.standing == "quiet" or rule.on_absence == "keep":
        return forgotten, ()
    return replace(forgotten, standing="quiet", flapping=False), (Changed(change="clear", at=at, why="absence"),)


def _changed(signal: Signal, rule: SignalRule, at: datetime) -> Heard:
    standing = signal.pending or signal.standing
    done = [Changed(change=_CHANGES[standing], at=at)]
    changes = tuple(t for t in signal.changes if t > at - rule.flap_window)
    if "quiet" in (standing, signal.standing):
        changes = (*changes, at)
    flapping = signal.flapping
    if standing == "quiet" and flapping:
        flapping, changes = False, (at,)  # it held for the long time: calm again
    elif standing != "quiet" and not flapping and len(changes) >= rule.flap_changes:
        flapping = True
        done.append(Changed(change="flapping", at=at))
    after = replace(signal, standing=standing, pending=None, since=None, changes=changes, flapping=flapping)
    return _wanted(after, rule, at), tuple(done)


def to_data(signal: Signal) -> dict[str, Any]:
    """The signal as plain data for JSON."""
    return {
        "standing": signal.standing,
        "facts": dict(signal.facts),
        "seen_at": signal.seen_at.isoformat() if signal.seen_at else None,
        "pending": signal.pending,
        "since": signal.since.isoformat() if signal.since else None,
        "changes": [t.isoformat() for t in signal.changes],
        "flapping": signal.flapping,
    }


def from_data(data: Mapping[str, Any]) -> Signal:
    """What `to_data` gave; an empty mapping is a signal that has heard nothing."""
    if not data:
        return Signal()
    times = {name: datetime.fromisoformat(data[name]) if data[name] else None for name in ("seen_at", "since")}
    changes = tuple(datetime.fromisoformat(t) for t in data["changes"])
    return Signal(**{**data, **times, "changes": changes})
