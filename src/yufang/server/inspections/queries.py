"""Reads of plans, papers and choices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Q

from yufang.server.accounts.models import Organisation, Person
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.deduction.queries import ELSEWHERE
from yufang.server.errors import not_found
from yufang.server.inspections import gathering
from yufang.server.inspections.actions import certificate_codes
from yufang.server.inspections.answering import kind_of
from yufang.server.inspections.choosing import monday
from yufang.server.inspections.contracts import (
    ChosenEnterprise,
    ChosenReason,
    DuePaperOut,
    InspectionAnswer,
    InspectionArea,
    InspectionItem,
    InspectionKind,
    InspectionPlan,
    InspectionPlanPage,
    InspectionPlanRow,
    InspectionSitePlan,
    InspectionStop,
    PaperChoice,
    PaperOut,
    PapersOut,
    VisitChoice,
    VisitChoiceOfWeek,
)
from yufang.server.inspections.models import Answer, Choice, Item, Paper, Photo, Plan, Stop
from yufang.server.inspections.pictures import photo_out
from yufang.server.paging import window
from yufang.server.places import queries as places
from yufang.server.places.contracts import AreaOut
from yufang.server.profiles.models import Enterprise, Equipment

VISITS_A_WEEK = 10  # what the page offers first


def plan_page(*, state: str, enterprise_id: int | None, side: str, page: int, size: int) -> InspectionPlanPage:
    """Plans of the open scope, the newest day first."""
    rows = Plan.objects.select_related("organisation", "made_by")
    if state:
        rows = rows.filter(state=state)
    if side:
        rows = rows.filter(side=side)
    if enterprise_id is not None:
        rows = rows.filter(organisation_id=enterprise_id)
    total = rows.count()
    found = list(rows.order_by("-day", "-id")[window(page, size)])
    return InspectionPlanPage(
        total=total, page=page, size=size, items=[InspectionPlanRow(**row) for row in _rows(found)]
    )


def _rows(plans: Iterable[Plan]) -> list[dict[str, Any]]:
    plans = list(plans)
    sizes = dict(Item.objects.filter(plan__in=plans).values_list("plan_id").annotate(n=Count("id")).order_by())
    answered: dict[int, dict[int, str]] = {}
    for plan_id, item_id, result in Answer.in_order(Answer.valid().filter(item__plan__in=plans)).values_list(
        "item__plan_id", "item_id", "result"
    ):
        answered.setdefault(plan_id, {})[item_id] = result  # the newest stays
    return [
        {
            "id": p.pk,
            "enterprise_id": p.organisation_id,
            "enterprise_name": p.organisation.name,
            "day": p.day,
            "side": p.side,
            "number": p.number,
            "state": p.state,
            "minutes": p.minutes,
            "used": p.used,
            "items": sizes.get(p.pk, 0),
            "answered": len(answered.get(p.pk, {})),
            "findings": sum(result == "finding" for result in answered.get(p.pk, {}).values()),
            "expected": p.expected,
            "made_by": person_label(p.made_by),
            "made_by_en": person_label_en(p.made_by),
            "made_at": p.made_at,
            "synthetic": p.synthetic,
        }
        for p in plans
    ]


def plan(plan_id: int, person_id: int | None) -> InspectionPlan:
    """One plan with its stops, items and answers. Refuses with 404. `person_id`: whose answers can be taken back."""
    from yufang.hazards.kinds import kinds

    found = Plan.objects.select_related("organisation", "made_by").filter(id=plan_id).first()
    if found is None:
        raise not_found()
    areas = {area.id: area for area in places.areas(found.organisation_id)}
    drawn = {area.plan_id for area in areas.values() if area.plan_id is not None}
    answers = _answers(found, person_id)
    items: dict[int, list[InspectionItem]] = {}
    for item in found.items.order_by("position"):
        items.setdefault(item.stop_id, []).append(_item(item, answers.get(item.pk)))
    stops = [_stop(stop, items.get(stop.pk, []), areas) for stop in found.stops.order_by("position")]
    (row,) = _rows([found])
    return InspectionPlan(
        **row,
        opening=found.opening,
        metres=found.metres,
        stops=stops,
        left_out=found.left_out,
        areas=[InspectionArea(id=a.id, name_zh=a.name_zh, name_en=a.name_en or a.name_zh) for a in areas.values()],
        site_plans=[
            InspectionSitePlan(id=p.id, name=p.name, image=p.image, width=p.width, height=p.height)
            for p in (places.plan(key) for key in sorted(drawn))
        ],
        kinds=[InspectionKind(key=k.key, zh=k.name.zh, en=k.name.en) for k in kinds()],
        rules=found.rules,
        ledger_index=found.ledger_index,
    )


def _stop(stop: Stop, items: list[InspectionItem], areas: dict[int, AreaOut]) -> InspectionStop:
    area = areas.get(stop.area_id or 0)
    return InspectionStop(
        id=stop.pk,
        position=stop.position,
        name_zh=stop.name_zh,
        name_en=stop.name_en,
        area_id=stop.area_id,
        placed=stop.placed,
        plan_id=area.plan_id if area else None,
        spot=area.spot if area else None,
        reach=stop.reach,
        items=items,
        also=stop.also,
    )


def _item(item: Item, answer: InspectionAnswer | None) -> InspectionItem:
    return InspectionItem(
        id=item.pk,
        position=item.position,
        sources=item.sources,
        title_zh=item.title_zh,
        title_en=item.title_en,
        check_zh=item.check_zh,
        check_en=item.check_en,
        clause=item.clause,
        reasons=item.reasons,
        worth=item.worth,
        chance=item.chance,
        probability=item.probability,
        minutes=item.minutes,
        explore=item.explore,
        propensity=item.propensity,
        point_id=item.point_id,
        warning_ids=item.warning_ids,
        hazard_id=item.hazard_id,
        paper_kind=item.paper_kind,
        kind=kind_of(item),
        answer=answer,
    )


def _answers(plan: Plan, person_id: int | None) -> dict[int, InspectionAnswer]:
    newest: dict[int, Answer] = {}
    for answer in Answer.in_order(Answer.valid().filter(item__plan=plan)):
        newest[answer.item_id] = answer
    return {key: _answer(found, person_id) for key, found in _with_photos(newest).items()}


def _with_photos(newest: dict[int, Answer]) -> dict[int, tuple[Answer, list[Photo], Person | None]]:
    photos: dict[int, list[Photo]] = {}
    for photo in Photo.objects.filter(answer__in=newest.values()).order_by("id"):
        photos.setdefault(photo.answer_id, []).append(photo)
    people = Person.objects.in_bulk({a.by_id for a in newest.values()})
    return {key: (a, photos.get(a.pk, []), people.get(a.by_id)) for key, a in newest.items()}


def _answer(found: tuple[Answer, list[Photo], Person | None], person_id: int | None) -> InspectionAnswer:
    answer, photos, by = found
    return InspectionAnswer(
        id=answer.pk,
        result=answer.result,
        note=answer.note,
        by=person_label(by) or ELSEWHERE[0],
        by_en=person_label_en(by) or ELSEWHERE[1],
        said_at=answer.said_at or answer.at,
        hazard_id=answer.hazard_id,
        paper_date=answer.paper_date,
        client_id=str(answer.client_id) if answer.by_id == person_id else None,
        photos=[photo_out(photo) for photo in photos],
        ledger_index=answer.ledger_index,
    )


def answer(answer_id: int, person_id: int | None) -> InspectionAnswer:
    """The contract of one answer."""
    found = Answer.objects.filter(id=answer_id).first()
    if found is None:
        raise not_found()
    return _answer(_with_photos({found.item_id: found})[found.item_id], person_id)


# ── papers ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def papers(enterprise_id: int, day: date) -> PapersOut:
    """Papers of an enterprise: what is due, what is on record, what can be put there. Refuses with 404."""
    from yufang.inspections.papers import needed_certificates
    from yufang.standards import checks_of_machine, equipment_checks

    place = Organisation.objects.filter(id=enterprise_id, kind="enterprise").first()
    if place is None:
        raise not_found()
    names = {check.code: (check.name_zh, check.name_en) for check in equipment_checks()} | certificate_codes()
    machines = gathering.machines(place.pk)
    enterprise = Enterprise.objects.filter(pk=place.pk).first()
    choices = [
        _choice("equipment", check.code, (check.name_zh, check.name_en), machine.key, machine.name)
        for machine in machines
        for check in checks_of_machine(machine.name) or checks_of_machine(machine.kind.replace("_", " "))
    ]
    needed = needed_certificates(machines, enterprise.processes if enterprise else [])
    codes = dict.fromkeys([one.code for one in needed]) | dict.fromkeys(certificate_codes())
    choices += [_choice("certificate", code, names[code], "", "") for code in codes]
    kept = Paper.objects.filter(organisation=place).select_related("by").order_by("-done_on", "-id")
    own = dict(Equipment.objects.filter(organisation=place).values_list("key", "name"))
    return PapersOut(
        enterprise_id=place.pk,
        enterprise_name=place.name,
        as_of=day,
        due=[DuePaperOut.model_validate(one) for one in gathering.due_papers(place.pk, day)],
        kept=[_paper(paper, names, own) for paper in kept],
        choices=choices,
        synthetic=place.synthetic,
    )


def _choice(kind: str, code: str, name: tuple[str, str], key: str, machine: str) -> PaperChoice:
    return PaperChoice(
        kind="equipment" if kind == "equipment" else "certificate",
        code=code,
        name_zh=name[0],
        name_en=name[1],
        equipment_key=key,
        equipment_name=machine,
    )


def _paper(paper: Paper, names: dict[str, tuple[str, str]], own: dict[str, str]) -> PaperOut:
    zh, en = names.get(paper.code, (paper.code, paper.code))
    return PaperOut(
        id=paper.pk,
        kind=paper.kind,
        code=paper.code,
        name_zh=zh,
        name_en=en,
        equipment_key=paper.equipment_key,
        equipment_name=own.get(paper.equipment_key, paper.equipment_key),
        holder=paper.holder,
        done_on=paper.done_on,
        valid_until=paper.valid_until,
        by=person_label(paper.by),
        by_en=person_label_en(paper.by),
        ledger_index=paper.ledger_index,
    )


# ── whom to visit ─────────────────────────────────────────────────────────────────────────────────────────────────────


def choice(week: date) -> VisitChoiceOfWeek:
    """The newest choice of the week that `week` is in, or none."""
    start = monday(week)
    found = Choice.objects.select_related("made_by").filter(week=start).order_by("-number").first()
    return VisitChoiceOfWeek(week=start, choice=_choice_out(found) if found else None, suggested=VISITS_A_WEEK)


def _choice_out(found: Choice) -> VisitChoice:
    rows = list(found.places.select_related("organisation").order_by("position"))
    ids = [row.organisation_id for row in rows]
    known = Enterprise.objects.in_bulk(ids)
    plans: dict[int, Plan] = {}
    made_since = Q(made_at__gte=found.made_at) | Q(state=Plan.State.OPEN)
    visits = Plan.objects.filter(made_since, organisation_id__in=ids, side=Plan.Side.REGULATOR)
    for visit in visits.exclude(state=Plan.State.DROPPED).order_by("id"):
        plans[visit.organisation_id] = visit
    return VisitChoice(
        id=found.pk,
        week=found.week,
        number=found.number,
        capacity=found.capacity,
        considered=found.considered,
        explore_share=found.explore_share,
        made_by=person_label(found.made_by),
        made_by_en=person_label_en(found.made_by),
        made_at=found.made_at,
        ledger_index=found.ledger_index,
        places=[
            ChosenEnterprise(
                enterprise_id=row.organisation_id,
                enterprise_name=row.organisation.name,
                district=place.district if (place := known.get(row.organisation_id)) else "",
                score=place.score if place else None,
                colour=place.colour if place else "",
                position=row.position,
                day=row.day,
                explore=row.explore,
                propensity=row.propensity,
                priority=row.priority,
                reasons=[ChosenReason(**reason) for reason in row.reasons],
                plan_id=plan.pk if (plan := plans.get(row.organisation_id)) else None,
                plan_state=plan.state if plan else "",
            )
            for row in rows
        ],
    )
