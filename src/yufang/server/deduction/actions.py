"""The only code that writes hazard points and answers."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server.deduction import queries
from yufang.server.deduction.belief import updated
from yufang.server.deduction.contracts import AnswerOut, Result
from yufang.server.deduction.models import Answer, HazardPoint
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import HazardPointAnswered, emit
from yufang.server.scope import Actor, action

REFRESH = "yufang.deduction.refresh"


def text_hash(text: str) -> str:
    """What the ledger keeps of a free text: enough to prove it, nothing to read in it."""
    return hashlib.sha256(text.encode()).hexdigest()


@action
def answer_point(acting_user: Actor, point_id: int, result: Result, note: str) -> AnswerOut:
    """Keep what was found on site. Refuses a second, equal answer of the same person within five seconds."""
    point = HazardPoint.objects.select_for_update().filter(id=point_id).first()
    if point is None:
        raise not_found()
    newest = point.answers.order_by("-id").first()
    again = newest is not None and newest.by_id == acting_user.person_id and newest.result == result
    if again and newest is not None and timezone.now() - newest.at < timedelta(seconds=5):
        raise Refused(
            409,
            "already_answered",
            "您刚刚提交过相同的核实结果,无需重复提交。",
            "You have just given this answer; there is no need to repeat it.",
        )
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
        at=timezone.now(),
    )
    point.status, point.answered_by_id, point.answered_at = result, acting_user.person_id, answer.at
    point.save(update_fields=["status", "answered_by", "answered_at"])
    emit(
        HazardPointAnswered(
            id=point.pk, enterprise_id=point.organisation_id, path=point.path, result=result
        )
    )
    # In this transaction: the job exists if and only if the answer does.
    app.configure_task(REFRESH).defer(point_id=point.pk, path=point.path)
    return queries.answer(answer)


def facts(result: str, note: str) -> dict[str, str]:
    """What the ledger keeps of an answer."""
    return {"result": result, "note_sha256": text_hash(note)}


@action
def refresh_belief(acting_user: Actor, point_id: int) -> HazardPoint | None:
    """Move the point's probability by its answers. Computed from the run's value each time, so repeating is harmless."""
    point = HazardPoint.objects.select_for_update().filter(id=point_id).first()
    if point is None:
        return None
    probability = updated(point.deduced, point.answers.order_by("id").values_list("result", flat=True))
    if probability != point.probability:
        ledger.append(
            acting_user,
            point.path,
            "deduction.updated",
            f"hazard_point:{point.pk}",
            {"from": round(point.probability, 6), "to": round(probability, 6)},
        )
        point.probability = probability
        point.save(update_fields=["probability"])
    return point
