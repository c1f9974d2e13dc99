"""Reads of permits to work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Case, F, When
from django.db.models.expressions import Combinable

from yufang.sensing.riskmap.permits import permit_hours, works
from yufang.server.errors import not_found
from yufang.server.riskmap.contracts import PermitKind, PermitOut, PermitsPage, PermitState
from yufang.server.riskmap.gathering import rules
from yufang.server.riskmap.models import WorkPermit
from yufang.server.sensing.queries import home_of


def permits(enterprise_id: int, page: slice, now: datetime, *, open_only: bool = False) -> PermitsPage:
    """Permits of an enterprise: what ran out and nobody closed; those that hold, the first to end first; those that
    wait, the first to begin first; what is closed, the newest first. `open_only`: without what is closed."""
    rows = WorkPermit.objects.filter(enterprise_id=home_of(enterprise_id).pk)
    if open_only:
        rows = rows.filter(closed_at__isnull=True)
    found = rows.select_related("area", "applied_by").order_by(*_by_need(now))
    return PermitsPage(items=[_out(row, now) for row in found[page]], total=rows.count())


def _by_need(now: datetime) -> tuple[Combinable | str, ...]:
    # What ran out asks most of a person: work may still go on there, and the risk map counts it no longer.
    over, ran_out = When(closed_at__isnull=False, then=3), When(ends_at__lte=now, then=0)
    waits = When(starts_at__gt=now, then=2)
    soonest = Case(
        When(closed_at__isnull=False, then=None),
        When(starts_at__gt=now, then=F("starts_at")),
        When(ends_at__gt=now, then=F("ends_at")),
    )
    return Case(over, ran_out, waits, default=1), soonest, "-starts_at", "-id"


def permit(permit_id: int, now: datetime) -> PermitOut:
    """One permit. Refuses with 404."""
    row = WorkPermit.objects.select_related("area", "applied_by").filter(id=permit_id).first()
    if row is None:
        raise not_found()
    return _out(row, now)


def permit_kinds() -> list[PermitKind]:
    """The special works that a permit can be for, with how long one may hold."""
    found = []
    for work in works().values():
        hours, standard = permit_hours(work.code, rules())
        found.append(
            PermitKind(
                code=work.code,
                name_zh=work.name_zh,
                name_en=work.name_en,
                scope_zh=work.scope_zh,
                scope_en=work.scope_en,
                hours=hours,
                hours_by_standard=standard,
                approver_zh=work.approver_zh,
                approver_en=work.approver_en,
                clause=work.clause,
            )
        )
    return found


def state_of(row: WorkPermit, now: datetime) -> PermitState:
    """The state of a permit at a moment."""
    if row.closed_at is not None:
        return "closed"
    if now < row.starts_at:
        return "waiting"
    return "valid" if now < row.ends_at else "expired"


def _out(row: WorkPermit, now: datetime) -> PermitOut:
    work = works().get(row.kind)
    hours, _ = permit_hours(row.kind, rules()) if work is not None else (0, False)
    return PermitOut(
        id=row.pk,
        enterprise_id=row.enterprise_id,
        organisation_id=row.organisation_id,
        area_id=row.area_id,
        area=row.area.name_zh,
        kind=row.kind,
        kind_zh=work.name_zh if work else row.kind,
        kind_en=work.name_en if work else row.kind,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        latest_end=max(row.ends_at, row.starts_at + timedelta(hours=hours)),
        x=row.x,
        y=row.y,
        work=row.work,
        state=state_of(row, now),
        applied_by=row.applied_by.name if row.applied_by else None,
        closed_at=row.closed_at,
        closed_note=row.closed_note,
        synthetic=row.synthetic,
    )
