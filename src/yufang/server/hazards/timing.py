"""Timers: what the platform does by itself at the moments that `yufang.hazards.deadlines` names.

A timer is a row; whoever rings it locks the row first, so a job that runs twice, late, or after a kill does it once.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from yufang.server.hazards import history, telling
from yufang.server.hazards.models import Hazard, Timer
from yufang.server.hazards.moving import Asked, locked, move
from yufang.server.scope import Actor, action

MOST_AT_ONCE = 200
_HELD = {
    "answer_24": (
        "报告已满 24 小时尚未答复，请在 48 小时内答复",
        "A report waits for its answer; 24 of 48 hours are gone",
    ),
    "answer_40": (
        "报告已满 40 小时尚未答复，请在 48 小时内答复",
        "A report waits for its answer; 40 of 48 hours are gone",
    ),
    "fix_soon": ("隐患整改明天到期", "A fix is due tomorrow"),
}
_UP = {
    "answer_due": (1, "报告超过 48 小时未答复", "A report had no answer within 48 hours"),
    "answer_regulator": (2, "报告超过 72 小时未答复", "A report had no answer within 72 hours"),
    "fix_due": (1, "隐患整改逾期", "A fix is overdue"),
    "fix_regulator": (2, "隐患整改逾期，上报监管部门", "A fix is overdue; the regulator is told"),
}
_TO_REGULATOR = {
    "report_up": ("重大事故隐患上报，请挂牌督办", "A major hazard is reported up; please supervise it"),
    "release_wanted": ("重大事故隐患整改已验收，请核销", "A major hazard is fixed and checked; please release it"),
}


@action
def ring(acting_user: Actor, timer_id: int, now: datetime) -> bool:
    """Do what a timer is for, if it is due and nobody did. `acting_user` is the platform in the region's scope."""
    timer = Timer.objects.select_related("hazard").filter(id=timer_id).first()
    if timer is None or timer.done_at is not None or timer.due_at > now:
        return False
    hazard = locked(timer.hazard_id)  # the hazard first, as every step does: two orders of locks would wait for ever
    again = Timer.objects.select_for_update().filter(id=timer_id, done_at__isnull=True).first()
    if again is None:
        return False
    again.done_at = now
    again.save(update_fields=["done_at"])
    _do(acting_user, hazard, again, now)
    if again.kind != "lapse":  # a lapse moved the hazard, which planned its timers
        history.plan_timers(hazard)
    return True


def _do(acting_user: Actor, hazard: Hazard, timer: Timer, now: datetime) -> None:
    if timer.kind == "lapse":
        move(acting_user, hazard, "lapse", Asked(by=None, text=_lapsed(hazard)), now)
    elif timer.kind in _HELD:
        words = _HELD[timer.kind]
        telling.tell(acting_user, hazard, telling.holders(hazard), "hazard_promise_near", words, now)
        _note(acting_user, hazard, "reminded", words, now)
    elif timer.kind in _UP:
        level, zh, en = _UP[timer.kind]
        people = telling.regulators(hazard) if level == 2 else telling.safety_managers(hazard)
        telling.tell(acting_user, hazard, people, "hazard_escalated", (zh, en), now)
        if hazard.escalated < level:
            hazard.escalated = level
            hazard.save(update_fields=["escalated"])
        _note(acting_user, hazard, "escalated", (zh, en), now)
        history.tell_live(hazard)
    else:
        words = _TO_REGULATOR[timer.kind]
        telling.tell(acting_user, hazard, telling.regulators(hazard), f"hazard_{timer.kind}", words, now)
        _note(acting_user, hazard, timer.kind, words, now)


def _lapsed(hazard: Hazard) -> tuple[str, str]:
    why = "not_contested" if hazard.state == Hazard.State.REFUSED else "nobody_confirmed"
    return telling.closed_text(why)


def _note(acting_user: Actor, hazard: Hazard, name: str, words: tuple[str, str], at: datetime) -> None:
    history.write_step(acting_user, hazard, name, before=hazard.state, after=hazard.state, at=at, by=None, text=words)


def ring_due(now: datetime | None = None) -> int:
    """Ring everything that is due, the oldest first, each in its own transaction; returns how many rang."""
    moment = now or timezone.now()
    rung = 0
    for timer_id, path in due(moment):
        rung += ring(Actor.platform(scope=history.root(path)), timer_id, moment)
    return rung


def due(moment: datetime) -> list[tuple[int, str]]:
    """Ids and paths of timers that are due, the oldest first."""
    from yufang.server.scope import scoped

    with scoped(Actor.platform()):
        waiting = Timer.objects.filter(done_at__isnull=True, due_at__lte=moment).order_by("due_at", "id")
        return list(waiting.values_list("id", "path")[:MOST_AT_ONCE])


@action
def add_up_tally(acting_user: Actor) -> None:
    """Add up the tally of the actor's regions; counts stay what they were."""
    history.add_up()
