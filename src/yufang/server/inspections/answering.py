"""The only code that writes answers: what was found of an item, and what follows from it in other rooms.

A finding opens a hazard in the same transaction; the answer to a deduced point is an answer of the room `deduction`
too (a label); the warnings that put an item on the plan are answered by it; a date read from a paper goes on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from yufang.server.accounts.models import Organisation
from yufang.server.deduction import actions as deduction
from yufang.server.deduction.contracts import Result as PointResult
from yufang.server.errors import Refused, not_found
from yufang.server.hazards import actions as hazards
from yufang.server.hazards import moving
from yufang.server.hazards.models import Hazard
from yufang.server.inspections import actions
from yufang.server.inspections.facts import answer_facts, text_hash
from yufang.server.inspections.models import Answer, Item, Photo, Plan, Retraction
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import InspectionChanged, emit
from yufang.server.scope import Actor, action
from yufang.server.warning import actions as warnings
from yufang.server.warning.models import Warning
from yufang.server.warning.queries import OPEN

Result = Literal["ok", "finding", "not_applicable"]
UNDO_WITHIN = timedelta(hours=24)
_OF_POINT: dict[Result, PointResult] = {
    "ok": "not_found",
    "finding": "confirmed",
    "not_applicable": "not_applicable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer as a device made it. `photos`: client ids of photos that were sent before it."""

    client_id: UUID
    item_id: int
    result: Result
    note: str = ""
    photos: tuple[UUID, ...] = ()
    hazard_kind: str = ""
    paper_date: date | None = None
    said_at: datetime | None = None

    @property
    def content(self) -> str:
        """What the same id may not say differently."""
        parts = (
            self.item_id,
            self.result,
            self.note,
            self.hazard_kind,
            self.paper_date,
            *sorted(map(str, self.photos)),
        )
        return text_hash("\n".join(map(str, parts)))


@action
def answer(acting_user: Actor, said: Said, today: date) -> tuple[int, bool]:
    """Keep an answer that a device may send more than once; returns its id and whether it is new."""
    item = _item(said.item_id)
    plan = actions.locked(item.plan_id)
    known = Answer.objects.filter(by_id=acting_user.person_id, client_id=said.client_id).first()
    if known is not None:
        if known.body_hash != said.content:
            raise _id_taken()
        return int(known.pk), False
    photos = _photos(acting_user, item, said)
    now = timezone.now()
    at = min(said.said_at, now) if said.said_at else now
    enterprise = Organisation.objects.get(id=plan.organisation_id)
    hazard_id = _hazard(acting_user, plan, item, enterprise, said, photos, at)
    index = ledger.append(
        acting_user,
        plan.path,
        "inspections.answered",
        f"inspection_item:{item.pk}",
        answer_facts(item.pk, said.result, said.note, hazard_id),
    )
    try:
        kept = Answer.objects.create(
            item=item,
            path=plan.path,
            organisation=enterprise,
            result=said.result,
            note=said.note,
            paper_date=said.paper_date,
            by_id=acting_user.person_id,
            at=now,
            said_at=at,
            client_id=said.client_id,
            hazard_id=hazard_id,
            body_hash=said.content,
            ledger_index=index,
        )
    except IntegrityError as error:  # the same id for two items at the same moment
        raise _id_taken() from error
    Photo.objects.filter(id__in=[p.pk for p in photos]).update(answer=kept)
    _follow(acting_user, item, enterprise, said, at, today)
    emit(InspectionChanged(id=plan.pk, enterprise_id=plan.organisation_id, path=plan.path))
    return int(kept.pk), True


def _item(item_id: int) -> Item:
    item = Item.objects.select_related("stop").filter(id=item_id).first()
    if item is None:
        raise not_found()
    return item


def _id_taken() -> Refused:
    return Refused(
        409,
        "id_taken",
        "这个提交编号已用于另一条检查结果；原结果已保留，请重新作答。",
        "This answer's id was used for another answer, which stands; answer anew.",
        "client_id",
    )


def _photos(acting_user: Actor, item: Item, said: Said) -> list[Photo]:
    found = list(Photo.objects.filter(by_id=acting_user.person_id, item=item, client_id__in=said.photos).order_by("id"))
    missing = len(set(said.photos)) - len(found)
    if missing:
        raise Refused(
            409,
            "photos_missing",
            f"还有 {missing} 张照片未到达，请先上传照片再提交结果。",
            f"{missing} photos have not arrived; send them first, then the answer.",
            "photos",
        )
    return found


def _hazard(
    acting_user: Actor,
    plan: Plan,
    item: Item,
    enterprise: Organisation,
    said: Said,
    photos: list[Photo],
    at: datetime,
) -> int | None:
    """The hazard that a finding opens; of an item that looks at a fix, the hazard itself."""
    if item.hazard_id is not None:
        _look_again(acting_user, item.hazard_id, said, at)
        return int(item.hazard_id)
    if said.result != "finding":
        return None
    return hazards.open_hazard(
        acting_user,
        organisation_id=enterprise.pk,
        area_id=item.stop.area_id,
        kind=said.hazard_kind or kind_of(item),
        title_zh=item.title_zh,
        title_en=item.title_en,
        words=said.note,
        found_by="regulator" if plan.side == Plan.Side.REGULATOR else "inspection",
        point_id=item.point_id,
        warning_id=item.warning_ids[0] if item.warning_ids else None,
        inspection_id=plan.pk,
        photos=tuple(dict.fromkeys(photo.sha256 for photo in photos)),
        at=at,
        synthetic=plan.synthetic,
    )


def kind_of(item: Item) -> str:
    """The kind that a finding of this item most probably is; the person on site may say another."""
    from yufang.hazards.suggest import suggest_kinds

    if item.paper_kind:
        return "equipment_defect" if item.paper_kind == "equipment" else "permits_management"
    guessed = suggest_kinds(f"{item.title_zh} {item.check_zh}", limit=1)
    return guessed[0].key if guessed else "other"


def _look_again(acting_user: Actor, hazard_id: int, said: Said, at: datetime) -> None:
    """A fix was looked at: it passes or goes back. Where somebody was faster, the answer is kept and moves nothing."""
    if said.result == "not_applicable":
        return
    hazard = moving.locked(hazard_id)
    if hazard.state != Hazard.State.FIXED:
        return
    step: Literal["check", "send_back"] = "check" if said.result == "ok" else "send_back"
    moving.move(acting_user, hazard, step, moving.Asked(by=acting_user.person_id, note=said.note), at)


def _follow(acting_user: Actor, item: Item, enterprise: Organisation, said: Said, at: datetime, today: date) -> None:
    if item.point_id is not None:
        told = deduction.OnSite(
            client_id=said.client_id,
            point_id=item.point_id,
            result=_OF_POINT[said.result],
            note=said.note,
            said_at=at,
        )
        deduction.answer_on_site(acting_user, told)  # its job lets the point's warnings follow
    else:
        _answer_warnings(acting_user, item, said)
    if said.paper_date is not None and item.paper_kind:
        actions.keep_paper(
            acting_user,
            enterprise.pk,
            kind=item.paper_kind,
            code=item.paper_code,
            equipment_key=item.equipment_key,
            holder=item.paper_holder,
            done_on=said.paper_date,
            day=today,
        )


def _answer_warnings(acting_user: Actor, item: Item, said: Said) -> None:
    """Not there: the warning is resolved. There: somebody has taken it on, the hazard goes its way."""
    for warning in Warning.objects.filter(id__in=item.warning_ids, state__in=OPEN).order_by("id"):
        note = f"检查计划 {item.plan_id} / inspection plan {item.plan_id}"
        try:
            with transaction.atomic():
                if said.result == "finding":
                    warnings.acknowledge(acting_user, warning.pk, note)
                else:
                    warnings.resolve(acting_user, warning.pk, note)
        except Refused:
            continue  # somebody took the step a moment before; the answer stands all the same


@action
def take_back(acting_user: Actor, client_id: UUID) -> int:
    """Take back an answer of one's own within a day; a second time changes nothing. Returns the answer's id.

    The hazard that a finding opened goes with it as long as nobody fixed it; a fix that was passed or sent back stays.
    """
    answer = Answer.objects.filter(by_id=acting_user.person_id, client_id=client_id).select_related("item").first()
    if answer is None:
        raise not_found()
    plan = actions.locked(answer.item.plan_id)
    if Retraction.objects.filter(answer=answer).exists():
        return int(answer.pk)
    if timezone.now() - answer.at > UNDO_WITHIN:
        raise Refused(
            409,
            "too_late",
            "已超过 24 小时，不能撤销；如情况有变，请另行登记。",
            "The answer is more than 24 hours old and can't be taken back; report what has changed instead.",
        )
    if answer.item.hazard_id is not None and answer.result != Answer.Result.NOT_APPLICABLE:
        raise Refused(
            409,
            "fix_was_judged",
            "复查结果已作用于该隐患，不能在此撤销；请到隐患页重新打开或退回。",
            "The answer has moved the hazard on; reopen it or send it back on the hazard's page.",
        )
    if answer.hazard_id is not None and answer.item.hazard_id is None:
        _withdraw_hazard(acting_user, answer.hazard_id)
    index = ledger.append(
        acting_user, plan.path, "inspections.taken_back", f"inspection_item:{answer.item_id}", {"answer": answer.pk}
    )
    Retraction.objects.create(
        answer=answer, path=plan.path, by_id=acting_user.person_id, at=timezone.now(), ledger_index=index
    )
    if answer.item.point_id is not None:
        deduction.take_back(acting_user, client_id)
    emit(InspectionChanged(id=plan.pk, enterprise_id=plan.organisation_id, path=plan.path))
    return int(answer.pk)


def _withdraw_hazard(acting_user: Actor, hazard_id: int) -> None:
    hazard = moving.locked(hazard_id)
    if hazard.state == Hazard.State.CLOSED:
        return
    if hazard.state not in (Hazard.State.OPENED, Hazard.State.ASSIGNED):
        raise Refused(
            409,
            "hazard_moved",
            "该隐患已在整改，不能撤销；如属误判，请到隐患页判定。",
            "The hazard is being dealt with and can't be taken back; decide on the hazard's page that it is none.",
        )
    note = "检查人员撤销了这条发现 / the inspector took this finding back"
    moving.move(acting_user, hazard, "refuse", moving.Asked(by=acting_user.person_id, note=note), timezone.now())
