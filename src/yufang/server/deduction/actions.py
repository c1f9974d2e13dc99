"""The only code that writes hazard points and answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server import bulk
from yufang.server.accounts.models import Organisation
from yufang.server.bulk import clean
from yufang.server.deduction import learning, queries
from yufang.server.deduction.contracts import AnswerOut, Result
from yufang.server.deduction.models import Answer, HazardPoint, Retraction, Slot
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.live.events import HazardPointAnswered, emit
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.deduction.contracts import HazardPoint as Deduced

REFRESH = "yufang.deduction.refresh"
UNDO_WITHIN = timedelta(hours=24)


def text_hash(text: str) -> str:
    """What the ledger keeps of a free text: enough to prove it, nothing to read in it."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnSite:
    """An answer as a phone made it. `client_id` is the phone's own; `slot_id` the place on the list it answers."""

    client_id: UUID
    point_id: int
    result: Result
    note: str = ""
    slot_id: int | None = None
    said_at: datetime | None = None


@action
def answer_point(acting_user: Actor, point_id: int, result: Result, note: str) -> AnswerOut:
    """Keep what was found on site. Refuses a second, equal answer of the same person within five seconds."""
    point = _locked(point_id)
    newest = point.answers.order_by("-id").first()
    again = newest is not None and newest.by_id == acting_user.person_id and newest.result == result
    if again and newest is not None and timezone.now() - newest.at < timedelta(seconds=5):
        raise Refused(
            409,
            "already_answered",
            "您刚刚提交过相同的核实结果，无需重复提交。",
            "You have just given this answer; there is no need to repeat it.",
        )
    return queries.answer(_keep(acting_user, point, result, note))


@action
def answer_on_site(acting_user: Actor, said: OnSite) -> tuple[AnswerOut, bool]:
    """Keep an answer that a phone may send more than once; says whether it is new.

    A point that the newest run no longer names is answered all the same: somebody stood there. Refuses the id of
    another answer, and a place of the list that is not this point's.
    """
    point = _locked(said.point_id)
    known = Answer.objects.filter(by_id=acting_user.person_id, client_id=said.client_id).first()
    if known is not None:
        if (known.point_id, known.result, known.note) != (point.pk, said.result, said.note):
            raise _id_taken()
        return queries.answer(known), False
    if said.slot_id is not None and not Slot.objects.filter(id=said.slot_id, point=point).exists():
        raise Refused(
            422,
            "other_slot",
            "这个核查位次不属于该风险点，请刷新核查单后重新作答。",
            "This place of the list belongs to another point; reload the list and answer again.",
            "slot_id",
        )
    try:
        return queries.answer(_keep(acting_user, point, said.result, said.note, said)), True
    except IntegrityError as error:  # the same id for two points at the same moment
        raise _id_taken() from error


def _id_taken() -> Refused:
    return Refused(
        409,
        "id_taken",
        "这个提交编号已用于另一条核查结果；原结果已保留，请重新作答。",
        "This answer's id was used for another answer, which stands; answer anew.",
        "client_id",
    )


def _locked(point_id: int) -> HazardPoint:
    # Its key stays: who holds the ledger and adds a row that names the point needn't wait for us, who want the ledger.
    point = HazardPoint.objects.select_for_update(no_key=True).filter(id=point_id).first()
    if point is None:
        raise not_found()
    return point


def _keep(acting_user: Actor, point: HazardPoint, result: Result, note: str, said: OnSite | None = None) -> Answer:
    now = timezone.now()
    index = ledger.append(
        acting_user, point.path, "deduction.answered", f"hazard_point:{point.pk}", facts(result, note)
    )
    answer = Answer.objects.create(
        point=point,
        path=point.path,
        result=result,
        note=note,
        by_id=acting_user.person_id,
        ledger_index=index,
        at=now,
        # A phone whose clock runs ahead must not outdate answers that are still to come.
        said_at=min(said.said_at, now) if said and said.said_at else now,
        client_id=said.client_id if said else None,
        slot_id=said.slot_id if said else None,
        expected=point.probability,
    )
    _restate(point)
    return answer


def _restate(point: HazardPoint) -> None:
    """The point stands as its newest valid answer says, and what depends on it follows."""
    newest = Answer.in_order(Answer.valid().filter(point=point)).last()
    point.status = newest.result if newest else HazardPoint.Status.OPEN
    point.answered_by_id = newest.by_id if newest else None
    point.answered_at = (newest.said_at or newest.at) if newest else None
    point.save(update_fields=["status", "answered_by", "answered_at"])
    emit(
        HazardPointAnswered(id=point.pk, enterprise_id=point.organisation_id, path=point.path, result=str(point.status))
    )
    # In this transaction: the job exists if and only if the answer does.
    app.configure_task(REFRESH).defer(point_id=point.pk, path=point.path)


@action
def take_back(acting_user: Actor, client_id: UUID) -> AnswerOut:
    """Take back an answer of one's own; a second time changes nothing. Refuses after a day: answer anew then."""
    answer = Answer.objects.filter(by_id=acting_user.person_id, client_id=client_id).first()
    if answer is None:
        raise not_found()
    point = _locked(answer.point_id)
    if not Retraction.objects.filter(answer=answer).exists():
        if timezone.now() - answer.at > UNDO_WITHIN:
            raise Refused(
                409,
                "too_late",
                "已超过 24 小时，不能撤销；如情况有变，请重新作答。",
                "The answer is more than 24 hours old and can't be taken back; answer the point anew instead.",
            )
        index = ledger.append(
            acting_user,
            point.path,
            "deduction.taken_back",
            f"hazard_point:{point.pk}",
            {"answer": answer.pk},
        )
        Retraction.objects.create(
            answer=answer, path=point.path, by_id=acting_user.person_id, at=timezone.now(), ledger_index=index
        )
        _restate(point)
    return queries.answer(Answer.objects.get(id=answer.pk))


def facts(result: str, note: str) -> dict[str, str]:
    """What the ledger keeps of an answer."""
    return {"result": result, "note_sha256": text_hash(note)}


POINT = {
    "owner": "text",
    "key": "text",
    "rank": "int",
    "title_zh": "text",
    "title_en": "text",
    "equipment": "text",
    "equipment_en": "text",
    "part": "text",
    "part_en": "text",
    "accident_type": "text",
    "severity": "text",
    "deduced": "float8",
    "colour": "text",
    "model_version": "text",
    "body": "jsonb",
}
_BODY = (
    "circumstance_zh",
    "circumstance_en",
    "consequence_zh",
    "consequence_en",
    "lec",
    "measures",
    "clause",
    "training",
    "training_en",
    "ppe",
    "signals",
    "signals_en",
    "path",
    "records",
    "own_zh",
    "own_en",
    "settings_zh",
    "settings_en",
    "cause_factor",
    "cause_zh",
    "cause_en",
    "check_zh",
    "check_en",
    "text_zh",
    "text_en",
    "exposure",
)


@action
def load_points(
    acting_user: Actor,
    region: Organisation,
    points: Iterable[tuple[str, Deduced]],
    after: str,
    synthetic: bool,
) -> None:
    """Take over a run's points. Answers stay and go on moving the new probability; points it no longer names rest."""
    staged = bulk.stage(POINT, (_staged(owner, point) for owner, point in points), after=after)
    if newest_content("deduction.loaded", region.path) == staged.content:
        return
    learning.one_at_a_time(region.path)
    own = [name for name in POINT if name != "owner"]
    bulk.name_owners(region.pk)
    bulk.run(
        f"""
        INSERT INTO deduction_hazardpoint
            (organisation_id, path, status, current, synthetic, probability, {", ".join(own)})
        SELECT o.id, o.path, 'open', true, %(synthetic)s, s.deduced, {", ".join("s." + name for name in own)}
        FROM stage s JOIN owners o ON o.key = s.owner
        ON CONFLICT (organisation_id, key) DO UPDATE SET current = true, probability = excluded.deduced,
            {", ".join(f"{name} = excluded.{name}" for name in own if name != "key")}
        """,
        {"synthetic": synthetic},
    )
    bulk.run(
        """
        UPDATE deduction_hazardpoint p SET current = false FROM owners o
        WHERE o.id = p.organisation_id AND p.current
            AND NOT EXISTS (SELECT 1 FROM stage s WHERE s.owner = o.key AND s.key = p.key)
        """
    )
    ledger.append_load(acting_user, region.path, "deduction.loaded", staged.rows, staged.content)
    if HazardPoint.objects.filter(path__startswith=region.path).exclude(status="open").exists():
        learning.move_all(acting_user, region.path)


def _staged(owner: str, p: Deduced) -> tuple[object, ...]:
    return (
        owner,
        p.key,
        p.rank,
        clean(p.title_zh),
        clean(p.title_en),
        clean(p.equipment),
        clean(p.equipment_en),
        clean(p.part),
        clean(p.part_en),
        p.accident_type,
        p.severity,
        p.probability,
        p.lec.colour,
        p.model_version[:120],
        bulk.as_json({name: getattr(p, name) for name in _BODY}),
    )
