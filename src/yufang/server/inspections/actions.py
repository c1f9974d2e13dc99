"""The only code that writes plans, where machines stand, and papers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, not_found
from yufang.server.inspections import gathering
from yufang.server.inspections.facts import text_hash
from yufang.server.inspections.models import Answer, Item, Paper, Placing, Plan, Stop
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import InspectionChanged, emit
from yufang.server.places.models import Area
from yufang.server.profiles.models import Equipment
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.inspections import InspectionError, PlannedItem, PlannedStop
    from yufang.inspections import Plan as Made

MOST_LEFT_OUT = 50


def refused(error: InspectionError) -> Refused:
    """What floor 1 refuses, as the API answers it."""
    return Refused(422, "invalid", error.message_zh, error.message_en, error.field)


@action
def make_plan(acting_user: Actor, enterprise_id: int, *, minutes: int, day: date, anew: bool = False) -> int:
    """The plan of the enterprise for `day`; asked again it is the same one, unless `anew`. Returns its id.

    A regulator's plan and the enterprise's own stand beside each other. A plan that nobody began is dropped by a new
    one; one that was begun is closed as it stands.
    """
    from yufang.inspections import InspectionError
    from yufang.inspections import make_plan as plan_for

    place = Organisation.objects.select_for_update().filter(id=enterprise_id, kind="enterprise").first()
    if place is None:
        raise not_found()
    side, path = _side(acting_user, place)
    newest = Plan.objects.filter(organisation=place, day=day, side=side).order_by("-number").first()
    if newest is not None and not anew:
        return int(newest.pk)
    number = newest.number + 1 if newest else 1
    seed = f"{place.key}|{day.isoformat()}|{side}|{number}"
    try:
        made = plan_for(
            gathering.candidates(place.pk, day), minutes=minutes, seed=seed, ground=gathering.ground(place.pk)
        )
    except InspectionError as error:
        raise refused(error) from error
    if newest is not None and newest.state == Plan.State.OPEN:
        begun = Answer.valid().filter(item__plan=newest).exists()
        _close(acting_user, newest, Plan.State.DONE if begun else Plan.State.DROPPED)
    return _keep(acting_user, place, path, side, day, number, seed, made)


def _side(acting_user: Actor, place: Organisation) -> tuple[str, str]:
    """On whose behalf, and the path that the plan carries: a regulator's is not shown to the enterprise."""
    home = Organisation.objects.filter(id=acting_user.organisation_id).first()
    if home is not None and home.kind == Organisation.Kind.REGULATOR:
        return Plan.Side.REGULATOR, home.path
    return Plan.Side.OWN, place.path


def _keep(
    acting_user: Actor, place: Organisation, path: str, side: str, day: date, number: int, seed: str, made: Made
) -> int:
    from yufang.inspections.weights import version

    items = [item for stop in made.stops for item in stop.items]
    index = ledger.append(
        acting_user,
        path,
        "inspections.planned",
        f"enterprise:{place.pk}",
        {
            "day": day.isoformat(),
            "side": str(side),
            "number": number,
            "minutes": made.minutes,
            "items": len(items),
            "explored": sum(item.explore for item in items),
            "content_sha256": text_hash("\n".join(item.candidate.key for item in items)),
        },
    )
    plan = Plan.objects.create(
        organisation=place,
        path=path,
        day=day,
        side=side,
        number=number,
        minutes=made.minutes,
        used=made.used,
        opening=made.opening,
        metres=made.metres,
        expected=made.expected,
        left_out=[
            {"title_zh": one.title_zh, "title_en": one.title_en, "sources": list(one.sources), "worth": one.worth}
            for one in made.left_out[:MOST_LEFT_OUT]
        ],
        rules=version(),
        seed=seed[:160],
        made_by_id=acting_user.person_id,
        made_at=timezone.now(),
        ledger_index=index,
        synthetic=place.synthetic,
    )
    position = 0
    rows: list[Item] = []
    for turn, stop in enumerate(made.stops, start=1):
        kept = _stop(plan, turn, stop)
        for item in stop.items:
            position += 1
            rows.append(_item(plan, kept, position, item))
    Item.objects.bulk_create(rows)
    _tell(plan)
    return int(plan.pk)


def _stop(plan: Plan, position: int, stop: PlannedStop) -> Stop:
    return Stop.objects.create(
        plan=plan,
        path=plan.path,
        position=position,
        name_zh=stop.name_zh,
        name_en=stop.name_en,
        area_id=stop.area_id,
        placed=stop.placed,
        reach=stop.reach,
        also=[
            {"title_zh": one.title_zh, "title_en": one.title_en, "check_zh": one.check_zh, "check_en": one.check_en}
            for one in stop.also
        ],
    )


def _item(plan: Plan, stop: Stop, position: int, item: PlannedItem) -> Item:
    row = gathering.item_row(plan.path, item.candidate)
    row.plan, row.stop, row.position = plan, stop, position
    row.explore, row.propensity = item.explore, item.propensity
    return row


def _tell(plan: Plan) -> None:
    emit(InspectionChanged(id=plan.pk, enterprise_id=plan.organisation_id, path=plan.path))


@action
def close_plan(acting_user: Actor, plan_id: int) -> None:
    """End a plan: done where anything was answered, dropped where nothing was. A second time changes nothing."""
    plan = locked(plan_id)
    if plan.state == Plan.State.OPEN:
        begun = Answer.valid().filter(item__plan=plan).exists()
        _close(acting_user, plan, Plan.State.DONE if begun else Plan.State.DROPPED)


def locked(plan_id: int) -> Plan:
    """The plan, held until the transaction ends. Refuses with 404."""
    plan = Plan.objects.select_for_update(of=("self",)).filter(id=plan_id).first()
    if plan is None:
        raise not_found()
    return plan


def _close(acting_user: Actor, plan: Plan, state: Plan.State) -> None:
    ledger.append(acting_user, plan.path, "inspections.closed", f"plan:{plan.pk}", {"state": str(state)})
    plan.state = state
    plan.closed_by_id = acting_user.person_id
    plan.closed_at = timezone.now()
    plan.save(update_fields=["state", "closed_by", "closed_at"])
    _tell(plan)


@action
def place_stop(acting_user: Actor, stop_id: int, area_id: int | None) -> int:
    """Say in which area a stop is; later plans of the enterprise know it. None forgets it. Returns the plan's id."""
    stop = Stop.objects.select_for_update(of=("self",)).select_related("plan").filter(id=stop_id).first()
    if stop is None:
        raise not_found()
    owner = Organisation.objects.get(id=stop.plan.organisation_id)
    area = Area.objects.filter(id=area_id, enterprise_id=owner.pk).first() if area_id is not None else None
    if area_id is not None and area is None:
        raise Refused(
            422,
            "other_area",
            "该区域不属于这家企业，请从列表中重新选择。",
            "The area belongs to another enterprise; choose one from the list.",
            "area_id",
        )
    index = ledger.append(
        acting_user, owner.path, "inspections.placed", f"enterprise:{owner.pk}", {"area": area_id, "stop": stop_id}
    )
    known = Placing.objects.filter(organisation=owner, name_zh=stop.name_zh[:200])
    if area is None:
        known.delete()
    else:
        Placing.objects.update_or_create(
            organisation=owner,
            name_zh=stop.name_zh[:200],
            defaults={
                "path": owner.path,
                "area_id": area.pk,
                "by_id": acting_user.person_id,
                "at": timezone.now(),
                "ledger_index": index,
            },
        )
    stop.area_id, stop.placed = (area.pk, "set") if area else (None, "")
    stop.save(update_fields=["area_id", "placed"])
    _tell(stop.plan)
    return int(stop.plan_id)


@action
def keep_paper(
    acting_user: Actor,
    enterprise_id: int,
    *,
    kind: str,
    code: str,
    done_on: date,
    equipment_key: str = "",
    holder: str = "",
    valid_until: date | None = None,
    day: date,
) -> int:
    """Put a paper on record: an inspection report or a certificate. The same one twice is kept once."""
    place = Organisation.objects.filter(id=enterprise_id, kind="enterprise").first()
    if place is None:
        raise not_found()
    _check_paper(place.pk, kind, code, equipment_key, done_on, valid_until, day)
    key: dict[str, Any] = {
        "organisation": place,
        "kind": kind,
        "code": code,
        "equipment_key": equipment_key,
        "holder": holder.strip()[:80],
        "done_on": done_on,
    }
    known = Paper.objects.filter(**key).first()
    if known is not None and known.valid_until == valid_until:
        return int(known.pk)
    index = ledger.append(
        acting_user,
        place.path,
        "inspections.paper_kept",
        f"enterprise:{place.pk}",
        {"kind": kind, "code": code, "done_on": done_on.isoformat()},
    )
    paper, _ = Paper.objects.update_or_create(
        **key,
        defaults={
            "path": place.path,
            "valid_until": valid_until,
            "by_id": acting_user.person_id,
            "at": timezone.now(),
            "ledger_index": index,
        },
    )
    emit(InspectionChanged(id=0, enterprise_id=place.pk, path=place.path))
    return int(paper.pk)


def _check_paper(
    enterprise_id: int, kind: str, code: str, equipment_key: str, done_on: date, valid_until: date | None, day: date
) -> None:
    from yufang.standards import equipment_checks
    from yufang.standards.model import UnknownCode

    if done_on > max(day, timezone.localdate()):
        raise Refused(
            422,
            "in_future",
            f"检验或发证日期 {done_on} 在将来，请按报告或证件上的日期填写。",
            f"The day {done_on} lies ahead; take the one on the report or certificate.",
            "done_on",
        )
    if valid_until is not None and valid_until < done_on:
        raise Refused(
            422,
            "ends_before",
            f"有效期至 {valid_until} 早于检验或发证日期 {done_on}，请核对后重填。",
            f"It would hold until {valid_until}, before it was made on {done_on}; compare with the paper.",
            "valid_until",
        )
    if kind == Paper.Kind.EQUIPMENT:
        codes = [check.code for check in equipment_checks()]
        if code not in codes:
            raise _unknown_code(code, codes)
        if not Equipment.objects.filter(organisation_id=enterprise_id, key=equipment_key).exists():
            raise Refused(
                422,
                "unknown_equipment",
                f"该企业没有编号为 {equipment_key or '空'} 的设备，请从设备列表中选择。",
                f"The enterprise has no equipment {equipment_key!r}; choose one from its list.",
                "equipment_key",
            )
        return
    known = certificate_codes()
    if code not in known:
        raise _unknown_code(code, list(known)) from UnknownCode("special_operation", code, ())


def certificate_codes() -> dict[str, tuple[str, str]]:
    """Certificates that can be put on record: code → names, of special operations and special-equipment operators."""
    from yufang.inspections.weights import table
    from yufang.standards import special_operations

    operators = table("certificates")["operators"]["of"].values()
    return {one.code: (one.name_zh, one.name_en) for one in special_operations()} | {
        row["code"]: (row["zh"], row["en"]) for row in operators
    }


def _unknown_code(code: str, codes: list[str]) -> Refused:
    listed = ", ".join(codes)
    return Refused(
        422,
        "unknown_code",
        f"没有代码 {code}，可用：{listed}。",
        f"There is no code {code}; use one of {listed}.",
        "code",
    )
