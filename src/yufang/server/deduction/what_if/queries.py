"""Reads: what is deduced now for an enterprise or a description of one, what if, and a list that fits a visit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING

from yufang.server.accounts.models import Organisation
from yufang.server.deduction.models import HazardPoint
from yufang.server.deduction.what_if import model as at_work
from yufang.server.deduction.what_if.contracts import (
    CheckOut,
    Choice,
    Deduced,
    DeducedPoint,
    MachineOut,
    PointChangeOut,
    StopOut,
    UnknownEquipment,
    VisitOut,
    WhatIfChoices,
    WhatIfOut,
)
from yufang.server.errors import Refused, not_found
from yufang.server.profiles import queries as profiles

if TYPE_CHECKING:
    from yufang.deduction import Deducer, EnterpriseContext
    from yufang.deduction import HazardPoint as Point
    from yufang.deduction.changes import Changes

VISIT_CANDIDATES = 40
_EDGE = 1e-6


def _enterprise(enterprise_id: int) -> tuple[Organisation, EnterpriseContext, Deducer]:
    """An enterprise of the scope, what is known of it, and the model of its region."""
    from yufang.deduction import EnterpriseContext, OwnEquipment

    organisation = Organisation.objects.filter(id=enterprise_id, kind="enterprise").first()
    if organisation is None:
        raise not_found()
    known = profiles.enterprise(enterprise_id)
    own = [OwnEquipment(name=e.name or e.kind, model=e.model, kind=e.kind, count=e.count) for e in known.equipment]
    context = EnterpriseContext(
        enterprise_id=organisation.key,
        name=known.name,
        industry_code=known.industry_code,
        region=known.district,
        employees=known.employees,
        inventory=tuple(one for one in own if one.name),
        processes=tuple(known.processes),
        materials=tuple(known.materials),
    )
    return organisation, context, at_work.deducer(organisation.parent_id)


def _belief(enterprise_id: int) -> tuple[Callable[[str, float], float], dict[str, int]]:
    """How people's answers moved the stored points, as a factor on the odds by key; and the stored points' ids."""
    moved: dict[str, float] = {}
    ids: dict[str, int] = {}
    rows = HazardPoint.objects.filter(organisation_id=enterprise_id)
    for key, point_id, deduced, probability in rows.values_list("key", "id", "deduced", "probability"):
        ids[key] = point_id
        if abs(deduced - probability) > _EDGE:
            moved[key] = _odds(probability) / _odds(deduced)

    def belief(key: str, probability: float) -> float:
        factor = moved.get(key)
        if factor is None:
            return probability
        odds = _odds(probability) * factor
        return odds / (1 + odds)

    return belief, ids


def _odds(probability: float) -> float:
    p = min(max(probability, 1e-9), 1 - 1e-9)
    return p / (1 - p)


def deduced(enterprise_id: int, n: int) -> Deduced:
    """What is deduced now for a saved enterprise, its answers counted."""
    from yufang.deduction.what_if import Believed

    _, context, found = _enterprise(enterprise_id)
    belief, ids = _belief(enterprise_id)
    day = at_work.day(found, profiles.today())
    return _deduced(found, context, found.points(context, at=day, n=n, treatment=Believed(belief)), day, ids)


def described(context: EnterpriseContext, n: int) -> Deduced:
    """What is deduced for an enterprise that is not saved: from its trade and equipment alone."""
    region = profiles.region()
    found = at_work.deducer(region.organisation_id if region else None)
    day = at_work.day(found, profiles.today())
    return _deduced(found, context, found.points(context, at=day, n=n), day, {})


def _deduced(
    found: Deducer, context: EnterpriseContext, points: Iterable[Point], day: date, ids: dict[str, int]
) -> Deduced:
    listed = [_point(point, ids) for point in points]
    zh = en = ""
    if not listed:
        covered = "、".join(sorted({f"{p.name.zh}（{'、'.join(p.industries[:4])}）" for p in found.graph.packs}))
        zh = f"没有行业知识包覆盖这个行业，也没有认得的设备。请补充设备，或选用以下行业之一：{covered}"
        names = ", ".join(sorted(p.name.en for p in found.graph.packs))
        en = f"No pack covers this trade and no equipment was recognised. Add equipment, or choose among: {names}"
    return Deduced(
        points=listed,
        unknown_equipment=_unknown(found, context),
        at=day,
        told_zh=zh,
        told_en=en,
        **_model(found),
    )


def _model(found: Deducer) -> dict[str, str]:
    """Which model answered."""
    learnt = found.model.visits_learned > 0
    return {"model": "region" if learnt else "packs", "model_version": found.model.version}


def _unknown(found: Deducer, context: EnterpriseContext) -> list[UnknownEquipment]:
    from yufang.deduction.what_if import unknown_equipment

    return [UnknownEquipment(name=k, nearest=list(v)) for k, v in unknown_equipment(found, context).items()]


def _point(point: Point, ids: dict[str, int]) -> DeducedPoint:
    out = DeducedPoint.model_validate(point)
    return out.model_copy(update={"point_id": ids[point.key]}) if point.key in ids else out


def choices(enterprise_id: int) -> WhatIfChoices:
    """What can be supposed of an enterprise: its machines and their parts, and what could come beside them."""
    from yufang.deduction.changes import part_states, shifts
    from yufang.deduction.inventory import name_of
    from yufang.graph.linking import packs_covering

    _, context, found = _enterprise(enterprise_id)
    owned = found.own_machines(context)
    machines = []
    for node, own in owned.items():
        zh, en = name_of(own[:1])
        parts = [Choice(key=key, zh=text.zh, en=text.en) for key, text in found.parts_of(node).items()]
        machines.append(MachineOut(name=zh, name_en=en, parts=parts))
    trade = packs_covering(found.graph.packs, context.industry_code) or found.graph.packs
    kinds = {
        kind.name.zh: kind
        for pack in trade
        for kind in pack.equipment
        if f"equipment:{pack.key}/{kind.key}" not in owned
    }
    tasks = {
        task.name.zh: task.name.en for pack in trade for task in pack.tasks if task.name.zh not in context.processes
    }
    stuff = {m.name.zh: m.name.en for pack in trade for m in pack.materials if m.name.zh not in context.materials}
    return WhatIfChoices(
        machines=machines,
        states=[Choice(key=s.key, zh=s.zh, en=s.en) for s in part_states().values()],
        shifts=[Choice(key=s.key, zh=s.zh, en=s.en) for s in shifts().values()],
        processes=list(context.processes),
        materials=list(context.materials),
        equipment_to_add=[Choice(key=zh, zh=zh, en=kind.name.en) for zh, kind in kinds.items()],
        processes_to_add=[Choice(key=zh, zh=zh, en=en) for zh, en in tasks.items()],
        materials_to_add=[Choice(key=zh, zh=zh, en=en) for zh, en in stuff.items()],
        unknown_equipment=_unknown(found, context),
    )


def what_if(enterprise_id: int, changes: Changes, n: int) -> WhatIfOut:
    """The points and LEC scores as they are and under `changes`; nothing is kept."""
    from yufang.deduction.changes import ChangeError
    from yufang.deduction.what_if import what_if as supposed

    _, context, found = _enterprise(enterprise_id)
    belief, ids = _belief(enterprise_id)
    day = at_work.day(found, profiles.today())
    try:
        told = supposed(found, context, changes, at=day, n=n, belief=belief)
    except ChangeError as error:
        raise Refused(422, "invalid", error.message_zh, error.message_en, error.field) from error
    return WhatIfOut(
        before=[_point(point, ids) for point in told.before],
        after=[_point(point, ids) for point in told.after],
        moved=[PointChangeOut.model_validate(one) for one in told.moved],
        score_before=told.score_before,
        score_after=told.score_after,
        told_zh=list(told.told_zh),
        told_en=list(told.told_en),
        at=day,
        **_model(found),
    )


def visit_list(enterprise_id: int, minutes: int, n: int) -> VisitOut:
    """The checks that are worth most within a visit, equipment after equipment."""
    from yufang.deduction.visit import VisitError, plan_visit, step_names
    from yufang.deduction.what_if import Believed

    organisation, context, found = _enterprise(enterprise_id)
    belief, ids = _belief(enterprise_id)
    day = at_work.day(found, profiles.today())
    points = found.points(context, at=day, n=VISIT_CANDIDATES, treatment=Believed(belief))
    try:
        plan = plan_visit(points, minutes=minutes, n=n)
    except VisitError as error:
        raise Refused(422, "invalid", error.message_zh, error.message_en, error.field) from error
    names = step_names()
    stops = [
        StopOut(
            name_zh=stop.name_zh,
            name_en=stop.name_en,
            reach=stop.reach,
            checks=[
                CheckOut(
                    point=_point(check.point, ids),
                    starts_at=check.starts_at,
                    minutes=check.minutes,
                    steps=[Choice(key=step, zh=names[step][0], en=names[step][1]) for step in check.steps],
                )
                for check in stop.checks
            ],
        )
        for stop in plan.stops
    ]
    return VisitOut(
        enterprise_id=organisation.pk,
        enterprise_name=context.name,
        minutes=plan.minutes,
        used=plan.used,
        opening=plan.opening,
        stops=stops,
        expected=plan.expected,
        left_out=[_point(point, ids) for point in plan.left_out[:n]],
        at=day,
        **_model(found),
    )
