"""Facts from outside (readings, machine signals) that a signal rule turns into alerts: the actions that hear them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, not_found
from yufang.server.scope import Actor, action
from yufang.server.warning import actions, life
from yufang.server.warning.models import Warning, Watch
from yufang.warning.lifecycle_conditions import Fact
from yufang.warning.lifecycle_policies import default_rules
from yufang.warning.lifecycle_signals import Changed, Signal, SignalRule, from_data, hear, next_due, run, to_data

AHEAD_OF_CLOCK = timedelta(minutes=2)
_ABSENT = "没有新的数据 / no fresh data"
_CLEARED = "条件恢复正常 / the condition is back to normal"
_LOWER = "条件降至较低级别 / the condition fell to the lower level"
_FLAPPING = "反复波动，延长观察后才会解除 / it flaps: it clears only after a longer calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Facts that were true of a subject at `at`."""

    organisation_id: int
    rule: str
    subject_key: str
    facts: Mapping[str, Fact]
    at: datetime
    area_id: int | None = None


@action
def observe(acting_user: Actor, seen: Observation, now: datetime) -> int | None:
    """Hear facts; returns the id of the alert that is open for this rule and subject, None where all is quiet.

    The same facts twice change nothing; facts older than the newest change nothing.
    """
    rule = default_rules().signals.get(seen.rule)
    if rule is None:
        names = ", ".join(default_rules().signals)
        raise Refused(
            422,
            "unknown_rule",
            f"没有名为 {seen.rule} 的规则，可用：{names}。",
            f"No rule {seen.rule}; use {names}.",
            "rule",
        )
    if seen.at > now + AHEAD_OF_CLOCK:
        raise Refused(
            422,
            "future",
            "数据时间晚于服务器时间2分钟以上，请校准设备时钟。",
            "The facts are dated more than 2 minutes ahead of the server; set the device's clock.",
            "at",
        )
    place = Organisation.objects.filter(id=seen.organisation_id).first()
    if place is None:
        raise not_found()
    watch = _watch(place, seen)
    signal, changes = hear(from_data(watch.signal), rule, seen.facts, min(seen.at, now))
    return _follow(acting_user, watch, rule, signal, changes)


@action
def run_watch(acting_user: Actor, watch_id: int, now: datetime) -> None:
    """Run what is due of one signal; does nothing the second time. Skips one that is in use."""
    watch = Watch.objects.select_for_update(skip_locked=True, of=("self",)).filter(id=watch_id).first()
    if watch is None or watch.due_at is None or watch.due_at > now:
        return
    rule = default_rules().signals.get(watch.rule)
    if rule is None:  # the rule was taken out since; its alert is people's to close
        watch.due_at = None
        watch.save(update_fields=["due_at"])
        return
    signal, changes = run(from_data(watch.signal), rule, now)
    _follow(acting_user, watch, rule, signal, changes)


def _watch(place: Organisation, seen: Observation) -> Watch:
    key = {"organisation": place, "rule": seen.rule, "subject_key": seen.subject_key}
    Watch.objects.bulk_create([Watch(**key, path=place.path, area_id=seen.area_id)], ignore_conflicts=True)
    return Watch.objects.select_for_update(of=("self",)).get(**key)


def _follow(
    acting_user: Actor, watch: Watch, rule: SignalRule, signal: Signal, changes: Sequence[Changed]
) -> int | None:
    """Do to the alert what the signal says, and keep the signal."""
    watch.signal, watch.due_at = to_data(signal), next_due(signal, rule)
    watch.save(update_fields=["signal", "due_at"])
    life.wake_at(watch.due_at)
    key = {"organisation_id": watch.organisation_id, "rule": watch.rule, "subject_key": watch.subject_key}
    for change in changes:
        if change.change == "raise":
            _raise(acting_user, watch, rule, signal, change)
            continue
        row = Warning.objects.filter(**key).exclude(state="closed").first()
        if row is None:
            continue
        if change.change == "clear":
            note = _ABSENT if change.why == "absence" else _CLEARED
            actions.clear(acting_user, row.pk, note, change.at)
        elif change.change == "downgrade":
            actions.downgrade(acting_user, row.pk, rule.lower_tier, _LOWER, change.at)
        else:
            actions.say_flapping(acting_user, row.pk, _FLAPPING, change.at)
    return Warning.objects.filter(**key).exclude(state__in=("resolved", "closed")).values_list("id", flat=True).first()


def _raise(acting_user: Actor, watch: Watch, rule: SignalRule, signal: Signal, change: Changed) -> None:
    values = "、".join(f"{name}={value}" for name, value in sorted(signal.facts.items()))
    held = int(rule.raise_hold.total_seconds())
    held_zh, held_en = (f"，已持续{held}秒", f", held for {held} s") if held else ("", "")
    actions.raise_alert(
        acting_user,
        organisation_id=watch.organisation_id,
        rule=watch.rule,
        subject_key=watch.subject_key,
        tier=rule.tier,
        title_zh=rule.title_zh,
        title_en=rule.title_en,
        reason_zh=f"规则{rule.rule}（{rule.source}）：{values}{held_zh}。",
        reason_en=f"Rule {rule.rule} ({rule.source}): {values.replace('、', ', ')}{held_en}.",
        procedure_zh=rule.procedure_zh,
        procedure_en=rule.procedure_en,
        area_id=watch.area_id,
        at=change.at,
    )
