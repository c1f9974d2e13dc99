"""What floor 1 asks for, read from the rooms: points, warnings, fixes, papers, and where things stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q
from django.utils import timezone

from yufang.server.deduction.models import HazardPoint
from yufang.server.deduction.verification.queries import check_of
from yufang.server.hazards.models import Hazard
from yufang.server.inspections.models import Answer, Item, Paper, Placing
from yufang.server.places import queries as places
from yufang.server.places.contracts import AreaOut, PlanOut
from yufang.server.places.plan_geometry import metres_wide
from yufang.server.profiles.models import Enterprise, Equipment
from yufang.server.warning.models import Warning
from yufang.server.warning.queries import OPEN

if TYPE_CHECKING:
    from yufang.inspections import (
        Candidate,
        Chances,
        DuePaper,
        EnterpriseIn,
        Ground,
        HazardIn,
        Machine,
        PointIn,
        WarningIn,
    )
    from yufang.inspections import (
        Paper as PaperIn,
    )
    from yufang.inspections.route import Place

MOST_POINTS = 120
ROUTE = "next_inspection"
_GATES = ("大门", "门卫", "门岗", "正门")


def candidates(enterprise_id: int, day: date) -> tuple[Candidate, ...]:
    """Everything worth a look at an enterprise on `day`, the worthiest first."""
    from yufang.inspections import candidates as weigh

    return weigh(
        points=_points(enterprise_id),
        warnings=_warnings(enterprise_id),
        hazards=_hazards(enterprise_id),
        papers=due_papers(enterprise_id, day),
        today=day,
        chances=chances(),
    )


def _points(enterprise_id: int) -> list[PointIn]:
    from yufang.inspections import PointIn

    rows = HazardPoint.objects.filter(organisation_id=enterprise_id, current=True, status="open")
    found = []
    for p in rows.order_by("rank", "id")[:MOST_POINTS]:
        check = check_of(p)
        records = len(p.body.get("records", ()))
        found.append(
            PointIn(
                id=p.pk,
                key=p.key,
                title_zh=p.title_zh,
                title_en=p.title_en,
                place_zh=p.body.get("own_zh") or p.equipment,
                place_en=p.body.get("own_en") or p.equipment_en,
                probability=p.probability,
                severity=p.severity,
                check_zh=check[0],
                check_en=check[1] or check[0],
                clause=p.body.get("clause", ""),
                looks=p.looks,
                reason_zh=f"{records} 条佐证记录" if records else "",
                reason_en=f"{records} supporting records" if records else "",
            )
        )
    return found


def _warnings(enterprise_id: int) -> list[WarningIn]:
    from yufang.inspections import WarningIn

    rows = Warning.objects.filter(
        organisation_id=enterprise_id, state__in=OPEN, route=ROUTE, tier__in=("medium", "low")
    ).select_related("hazard_point")
    found = []
    for w in rows.order_by("gravity", "due_on", "id"):
        check = check_of(w.hazard_point) if w.hazard_point else ("", "")
        found.append(
            WarningIn(
                id=w.pk,
                tier=w.tier,
                title_zh=w.title_zh,
                title_en=w.title_en,
                reason_zh=w.reason_zh,
                reason_en=w.reason_en,
                due_on=w.due_on,
                point_id=w.hazard_point_id,
                area_id=w.area_id,
                probability=w.probability,
                check_zh=check[0],
                check_en=check[1],
            )
        )
    return found


def _hazards(enterprise_id: int) -> list[HazardIn]:
    """Fixes that wait for somebody to look at them."""
    from yufang.inspections import HazardIn

    return [
        HazardIn(
            id=h.pk,
            title_zh=h.title_zh,
            title_en=h.title_en,
            state=h.state,
            major=h.level == "major" or bool(h.major),
            due_on=timezone.localtime(h.due_at).date(),
            area_id=h.area_id,
        )
        for h in Hazard.objects.filter(enterprise_id=enterprise_id, state=Hazard.State.FIXED).order_by("id")
    ]


def machines(enterprise_id: int) -> list[Machine]:
    """The enterprise's equipment as floor 1 reads it."""
    from yufang.inspections import Machine

    return [
        Machine(key=e.key, name=e.name, kind=e.kind, count=e.count or 1, commissioned_on=e.commissioned_on)
        for e in Equipment.objects.filter(organisation_id=enterprise_id).order_by("key")
    ]


def papers(enterprise_id: int) -> list[PaperIn]:
    """Papers on record."""
    from yufang.inspections import Paper as PaperIn

    return [
        PaperIn(
            kind="equipment" if p.kind == Paper.Kind.EQUIPMENT else "certificate",
            code=p.code,
            done_on=p.done_on,
            equipment_key=p.equipment_key,
            holder=p.holder,
            valid_until=p.valid_until,
        )
        for p in Paper.objects.filter(organisation_id=enterprise_id).order_by("id")
    ]


def due_papers(enterprise_id: int, day: date) -> tuple[DuePaper, ...]:
    """Papers of the enterprise that are due on `day`."""
    from yufang.inspections import due_papers as due

    place = Enterprise.objects.filter(pk=enterprise_id).first()
    return due(machines(enterprise_id), place.processes if place else [], papers(enterprise_id), today=day)


def chances() -> Chances:
    """What earlier inspections in the open scope found, by source."""
    from yufang.inspections import Chances, Seen

    answers = Answer.valid().filter(item__explore=False).exclude(item__judged="").exclude(result="not_applicable")
    seen: dict[str, Seen] = {}
    for judged, found, asked in answers.values_list("item__judged").annotate(
        found=Count("id", filter=Q(result="finding")), asked=Count("id")
    ):
        seen[judged] = Seen(found=found, asked=asked)
    return Chances(seen)


def ground(enterprise_id: int) -> Ground:
    """Where things stand, as far as anybody said."""
    from yufang.inspections import Area, Ground

    listed = places.areas(enterprise_id)
    plans = {area.plan_id: places.plan(area.plan_id) for area in listed if area.plan_id is not None}
    spots = {area.id: _place(area, plans) for area in listed}
    gate = next((spots[area.id] for area in listed if any(word in area.name_zh for word in _GATES)), None)
    said = dict(Placing.objects.filter(organisation_id=enterprise_id).values_list("name_zh", "area_id"))
    return Ground(
        areas=tuple(
            Area(id=area.id, name_zh=area.name_zh, name_en=area.name_en, place=spots[area.id]) for area in listed
        ),
        said=said,
        gate=gate,
    )


def _place(area: AreaOut, plans: Mapping[int, PlanOut]) -> Place | None:
    from yufang.inspections.route import from_degrees, from_plan

    plan = plans.get(area.plan_id or 0)
    if plan is not None and area.spot is not None:
        wide = None
        if plan.corners is not None:
            wide = metres_wide(plan.corners, plan.width, plan.height)
        return from_plan(*area.spot, sheet=str(plan.id), width=plan.width, height=plan.height, metres_wide=wide)
    if area.lat is not None and area.lon is not None:
        return from_degrees(area.lat, area.lon)
    return None


def enterprises(day: date, without: set[int]) -> list[EnterpriseIn]:
    """Enterprises of the open scope that could be visited: their risk, and when somebody last looked."""
    from yufang.inspections import EnterpriseIn
    from yufang.server.deduction.models import Answer as PointAnswer
    from yufang.server.inspections.orders_queries import overdue_enterprises

    warned: dict[int, dict[str, int]] = {}
    rows = Warning.objects.filter(state__in=OPEN).values_list("organisation_id", "tier").annotate(n=Count("*"))
    for owner, tier, n in rows.order_by():
        warned.setdefault(owner, {})[tier] = n
    seen: dict[int, tuple[date, int]] = {}
    own = Answer.valid().values_list("organisation_id").annotate(last=Max("said_at"), n=Count("id"))
    visits = (
        PointAnswer.objects.filter(retraction__isnull=True)
        .values_list("point__organisation_id")
        .annotate(last=Max("said_at"), n=Count("id"))
    )
    for owner, last, n in [*own.order_by(), *visits.order_by()]:
        at = timezone.localtime(last).date()
        before = seen.get(owner)
        seen[owner] = (max(at, before[0]) if before else at, n + (before[1] if before else 0))
    late = overdue_enterprises(day)
    listed = Enterprise.objects.exclude(pk__in=without).exclude(score__isnull=True).order_by("pk")
    return [
        EnterpriseIn(
            id=e.pk,
            score=e.score or 0.0,
            last_seen=seen[e.pk][0] if e.pk in seen else None,
            looks=seen[e.pk][1] if e.pk in seen else 0,
            high_warnings=warned.get(e.pk, {}).get("high", 0),
            medium_warnings=warned.get(e.pk, {}).get("medium", 0),
            order_overdue=e.pk in late,
            latitude=e.latitude,
            longitude=e.longitude,
        )
        for e in listed
    ]


def item_row(plan_path: str, one: Candidate) -> Item:
    """An unsaved item of a plan; its stop, place and draw are the caller's."""
    paper = one.paper
    return Item(
        path=plan_path,
        key=one.key[:200],
        sources=list(one.sources),
        title_zh=one.title_zh,
        title_en=one.title_en,
        check_zh=one.check_zh,
        check_en=one.check_en,
        clause=one.clause,
        reasons=[{"source": r.source, "zh": r.zh, "en": r.en, "worth": round(r.worth, 3)} for r in one.reasons],
        worth=one.worth,
        probability=one.probability,
        chance=one.chance,
        minutes=one.minutes,
        steps=list(one.steps),
        point_id=one.point_id,
        warning_ids=list(one.warning_ids),
        hazard_id=one.hazard_id,
        equipment_key=paper.machine_key if paper else "",
        paper_kind=paper.kind if paper else "",
        paper_code=paper.code if paper else "",
        paper_holder=paper.holder if paper else "",
        judged=one.judged,
    )
