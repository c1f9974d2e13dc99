"""The machine of floor 1 at work on rows: what it says is written, told, and wakes up again when due.

Used by this room's actions only, inside their transactions, on rows that they have locked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from django.db.models import Q, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.dispatch.chains import default_rules as dispatch_rules
from yufang.server.errors import Refused
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import WarningChanged, emit
from yufang.server.scope import Actor
from yufang.server.warning.models import MuteWindow, Step, Warning
from yufang.warning.lifecycle import Alert, Did, Event, Kind, NotNow, Policy, Window, open_alert, take
from yufang.warning.lifecycle_policies import default_rules

RUN_DUE = "yufang.warning.run_due"
QUEUE = "urgent"
# What is due sooner gets a job of its own; for the rest the job of each minute looks ahead.
AHEAD = timedelta(seconds=90)
_MACHINE = ("tier", "state", "level", "round", "owed", "escalate_at", "close_at", "quiet_until", "quiet_why")
_MESSAGES = {
    "until": (
        "暂缓提醒的结束时间须晚于现在，且不超过该级别允许的最长时间（高级{high}小时）。",
        "A snooze ends later than now and lasts no longer than the tier allows (high: {high} hours).",
    ),
    "state": (
        "这条预警已被他人处理，请刷新后查看最新状态。",
        "Someone has dealt with this warning already; reload to see where it stands.",
    ),
}


@cache
def policies() -> Mapping[str, Policy]:
    """Deadlines by tier: those of taking an alert on are the minutes of its escalation chain."""
    chains, found = dispatch_rules(), {}
    for tier, policy in default_rules().policies.items():
        levels = chains.chain(tier).levels
        minutes = tuple(timedelta(minutes=level.minutes) for level in levels if level.minutes is not None)
        found[tier] = replace(policy, acknowledge_within=minutes)
    return found


def machine(row: Warning) -> Alert:
    """Where the row stands, as the machine sees it."""
    return Alert(**{name: getattr(row, name) for name in _MACHINE})


def begin(acting_user: Actor, row: Warning, at: datetime, note: str, *, by_load: bool = False) -> None:
    """Start the life of a row that was just made. A load has written the first step already."""
    alert, done = open_alert(row.tier, at, policies(), mutes(row, at))
    written = done[1:] if by_load else done
    _keep(acting_user, row, alert, [(did, False) for did in written], note=note)
    for did in done if by_load else ():
        if did.tell:
            tell(acting_user, row, did)


def happen(
    acting_user: Actor,
    row: Warning,
    event: Event,
    at: datetime,
    *,
    note: str = "",
    to: int | None = None,
    assignee: int | None = None,
) -> bool:
    """Let `event` happen to a locked row; returns whether anything did.

    Timers that were due before are run first, in the platform's name. `assignee` has it from now on, where given; an
    alert that is raised anew belongs to nobody. Raises Refused where it can't happen now.
    """
    before, windows = machine(row), mutes(row, at)
    try:
        _, overdue = take(before, Event(kind="tick"), at, policies(), windows)
        alert, done = take(before, event, at, policies(), windows)
    except NotNow as error:
        raise _refusal(error) from error
    if not done:
        return False
    if assignee is not None:
        row.assignee_id = assignee
    elif any(did.step in ("raised_again", "upgraded") for did in done):
        row.assignee = None
    _keep(acting_user, row, alert, [(d, n < len(overdue)) for n, d in enumerate(done)], note=note, to=to)
    return True


def _refusal(error: NotNow) -> Refused:
    zh, en = _MESSAGES[error.field]
    high = int(policies()["high"].quiet_at_most.total_seconds() // 3600)
    if error.field == "until":
        return Refused(422, "bad_until", zh.format(high=high), en.format(high=high), "until")
    return Refused(409, "wrong_state", zh, en)


def _keep(
    acting_user: Actor,
    row: Warning,
    alert: Alert,
    done: Sequence[tuple[Did, bool]],
    *,
    note: str = "",
    to: int | None = None,
) -> None:
    """Write what was done (and whether a timer did it), tell who is to be told, and see to the next timer."""
    platform = Actor.platform(scope=acting_user.scope)
    said = False
    for did, by_timer in done:
        own = not by_timer and not said
        said = said or own
        _write(acting_user if own else platform, row, did, note if own else "", to if own else None)
    for name in _MACHINE:
        setattr(row, name, getattr(alert, name))
    if row.state == Warning.State.RESOLVED:
        row.flapping = False
    row.save(update_fields=[*_MACHINE, "assignee", "flapping"])
    for did, by_timer in done:
        if did.tell:
            tell(platform if by_timer else acting_user, row, did)
    emit(
        WarningChanged(id=row.pk, enterprise_id=row.organisation_id, path=row.path, state=str(row.state), tier=row.tier)
    )
    wake_at(alert.due_at)


def mark_flapping(acting_user: Actor, row: Warning, note: str, at: datetime) -> None:
    """Write that the alert flaps. Its life goes on as it was."""
    _write(acting_user, row, Did(step="flapping", at=at, level=row.level), note, None)
    row.flapping = True
    row.save(update_fields=["flapping"])


def _write(acting_user: Actor, row: Warning, did: Did, note: str, to: int | None) -> None:
    """One step with its leaf. `row` stands as before it."""
    index = ledger.append(
        acting_user,
        row.path,
        f"warning.{did.step}",
        f"warning:{row.pk}",
        {"from": str(row.state), "level": did.level, "due": did.at.isoformat()} | facts(did.step, note, to),
    )
    Step.objects.create(
        warning=row,
        path=row.path,
        action=did.step,
        note=note,
        by_id=acting_user.person_id,
        to_id=to,
        at=did.at,
        ledger_index=index,
    )


def text_hash(text: str) -> str:
    """What the ledger keeps of a free text."""
    return hashlib.sha256(text.encode()).hexdigest()


def facts(step: str, note: str, to: int | None) -> dict[str, str | int | None]:
    """What the ledger keeps of a step, beside the state it started from."""
    return {"step": step, "to": to, "note_sha256": text_hash(note)}


def tell(acting_user: Actor, row: Warning, did: Did) -> None:
    """Tell the people of the level, in the same transaction: a raised alert without its messages can't exist."""
    from yufang.server.dispatch import actions as dispatch

    dispatch.send(acting_user, row.pk, did.level, did.why, did.at)


def wake_at(due: datetime | None) -> None:
    """See to it that the timers are run at the very second. Later than `AHEAD`, the job of each minute does."""
    if due is None:
        return
    now = timezone.now()
    if due <= now + AHEAD:
        app.configure_task(RUN_DUE, queue=QUEUE, schedule_at=max(due, now)).defer()


def mutes(row: Warning, at: datetime) -> list[Window]:
    """The windows that cover the row and may still matter to a timer that is run late."""
    since = min(at, row.due_at or at)
    return [(w.starts_at, w.lifted_at or w.ends_at) for w in covering(row).filter(ends_at__gt=since)]


def covering(row: Warning) -> QuerySet[MuteWindow]:
    """Mute windows of the row's organisation or one above it, for its rule, subject and area."""
    parts = row.path.strip("/").split("/")
    above = ["/" + "/".join(parts[:n]) + "/" for n in range(1, len(parts) + 1)]
    area = Q(area=None) | Q(area=row.area_id) if row.area_id else Q(area=None)
    return MuteWindow.objects.filter(
        area, path__in=above, rule__in=("", row.rule), subject_key__in=("", row.subject_key)
    )


def covered(window: MuteWindow) -> Q:
    """The other way round: alerts that a window covers."""
    found = Q(path__gte=window.path, path__lt=window.path + "~")
    if window.rule:
        found &= Q(rule=window.rule)
    if window.subject_key:
        found &= Q(subject_key=window.subject_key)
    return found & Q(area=window.area_id) if window.area_id else found


def may(row: Warning) -> tuple[Kind, ...]:
    """What people may do with the row as it stands."""
    return machine(row).may
