"""What is let go by time. The periods are `yufang.ledger.retention`'s; here stands which rows a type has and what
becomes of them. A period that no law text confirms removes nothing until the operator confirms it (a setting)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from yufang.ledger.retention import Period, RetentionRule, retention_rules
from yufang.server.accounts.models import Organisation
from yufang.server.ledger import actions as ledger
from yufang.server.positions.models import LatestFix, PositionLook, Wearing
from yufang.server.privacy import exporting
from yufang.server.privacy.models import LegalHold, PersonalAccess, PersonalExport, RetentionRun
from yufang.server.reports.models import Report
from yufang.server.scope import Actor, action, scoped

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one retention type: those whose time ended before a moment, of whom they are, what becomes of them."""

    type: str
    before: Callable[[datetime], QuerySet[Any]]
    people: tuple[str, ...]
    clears: tuple[str, ...] = ()  # empty: the row is deleted


def _fixes(limit: datetime) -> QuerySet[Any]:
    return LatestFix.objects.filter(at__lt=int(limit.timestamp() * 1e6))


def _reports(limit: datetime) -> QuerySet[Any]:
    ended = Q(hazard__closed_at__lt=limit) | Q(hazard__isnull=True, received_at__lt=limit)
    return Report.objects.filter(ended).exclude(contact__isnull=True, person__isnull=True)


ROWS = (
    Rows("position", _fixes, ("wearing__person",)),
    Rows("position", lambda limit: Wearing.objects.filter(returned_at__lt=limit), ("person",)),
    Rows("access_log", lambda limit: PersonalAccess.objects.filter(at__lt=limit), ("person",)),
    Rows("access_log", lambda limit: PositionLook.objects.filter(at__lt=limit), ("person",)),
    Rows("report", _reports, ("person",), clears=("contact", "person")),
)


def confirmed(rule: RetentionRule) -> bool:
    """Whether rows may be removed by a rule: its source was read, or the operator confirmed its type."""
    named = {part.strip() for part in settings.CONFIG.retention_confirmed.split(",")}
    return rule.at_most is not None and (rule.verified or rule.type in named)


def _limit(period: Period, now: datetime) -> datetime:
    """Rows from before this moment are over their period. Found by trying days: a month has no fixed length."""
    today = timezone.localdate(now)
    day = today - timedelta(days=366 * period.years + 31 * period.months + period.days)
    while period.after(day + timedelta(days=1)) <= today:
        day += timedelta(days=1)
    return now - timedelta(days=(today - day).days)


def due(now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """(rows to let go, rows that a hold keeps) by type, of the open scope; changes nothing."""
    counts: dict[str, int] = {}
    held: dict[str, int] = {}
    for rows, query, free in _selected(now):
        counts[rows.type] = counts.get(rows.type, 0) + free.count()
        held[rows.type] = held.get(rows.type, 0) + query.count() - free.count()
    return counts, {name: n for name, n in held.items() if n}


def _selected(now: datetime) -> list[tuple[Rows, QuerySet[Any], QuerySet[Any]]]:
    rules, found = retention_rules(), []
    open_holds = LegalHold.objects.filter(lifted_at__isnull=True)
    types = list(open_holds.exclude(record="").values_list("record", "path"))
    people = list(open_holds.filter(person__isnull=False).values_list("person_id", flat=True))
    for rows in ROWS:
        rule = rules[rows.type]
        if rule.at_most is None or not confirmed(rule):
            continue
        query = rows.before(_limit(rule.at_most, now))
        free = query
        for where in (path for record, path in types if record == rows.type):
            free = free.exclude(path__startswith=where)
        for field in rows.people if people else ():
            free = free.exclude(**{f"{field}__in": people})
        found.append((rows, query, free))
    return found


def run_all(now: datetime) -> dict[str, dict[str, int]]:
    """The run of a day: one for each region, whose people see its leaf. Counts by path."""
    with scoped(Actor.platform()):
        roots = list(Organisation.objects.filter(parent__isnull=True).values_list("path", flat=True))
    return {path: run(Actor.platform(scope=path), now) for path in roots}


def run(acting_user: Actor, now: datetime) -> dict[str, int]:
    """Let go of all that is over its period, in batches of a transaction each, and say so in one leaf."""
    total: dict[str, int] = {}
    with scoped(acting_user):
        _, held = due(now)
    while batch := _batch(acting_user, now):
        for name, n in batch.items():
            total[name] = total.get(name, 0) + n
    gone = _drop_exports(acting_user, now)
    if gone:
        total["export"] = gone
    _keep_run(acting_user, now, total, held)
    return total


@action
def _batch(acting_user: Actor, now: datetime) -> dict[str, int]:
    done: dict[str, int] = {}
    for rows, _, free in _selected(now):
        keys = list(free.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not keys:
            continue
        chosen = free.model.objects.filter(pk__in=keys)
        if rows.clears:
            chosen.update(**dict.fromkeys(rows.clears))
        else:
            chosen.delete()
        done[rows.type] = done.get(rows.type, 0) + len(keys)
    return done


@action
def _drop_exports(acting_user: Actor, now: datetime) -> int:
    over = PersonalExport.objects.filter(state=PersonalExport.State.READY, expires_at__lt=now)
    for row in over:
        exporting.drop(row.file)
    return over.update(state=PersonalExport.State.GONE)


@action
def _keep_run(acting_user: Actor, now: datetime, counts: dict[str, int], held: dict[str, int]) -> None:
    facts = {"counts": counts, "held": held, "rows": sum(counts.values())}
    index = ledger.append(acting_user, acting_user.scope, "privacy.retention_run", f"retention:{now:%Y-%m-%d}", facts)
    RetentionRun.objects.create(path=acting_user.scope, at=now, counts=counts, held=held, ledger_index=index)
