"""The only code that writes hazard points and answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server import bulk
from yufang.server.accounts.models import Organisation
from yufang.server.bulk import clean
from yufang.server.deduction import queries
from yufang.server.deduction.belief import updated
from yufang.server.deduction.contracts import AnswerOut, Result
from yufang.server.deduction.models import Answer, HazardPoint
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.live.events import HazardPointAnswered, emit
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.deduction.contracts import HazardPoint as Deduced

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
    emit(HazardPointAnswered(id=point.pk, enterprise_id=point.organisation_id, path=point.path, result=result))
    # In this transaction: the job exists if and only if the answer does.
    app.configure_task(REFRESH).defer(point_id=point.pk, path=point.path)
    return queries.answer(answer)


def facts(result: str, note: str) -> dict[str, str]:
    """What the ledger keeps of an answer."""
    return {"result": result, "note_sha256": text_hash(note)}


@action
def refresh_belief(acting_user: Actor, point_id: int) -> HazardPoint | None:
    """Move the point's probability by its answers, from the run's value each time: repeating is harmless."""
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
    for point in HazardPoint.objects.filter(path__startswith=region.path).exclude(status="open"):
        results = point.answers.order_by("id").values_list("result", flat=True)
        point.probability = updated(point.deduced, results)
        point.save(update_fields=["probability"])
    ledger.append_load(acting_user, region.path, "deduction.loaded", staged.rows, staged.content)


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
