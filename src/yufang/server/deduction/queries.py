"""Reads of hazard points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count

from yufang.packs.ppe import ppe_names
from yufang.server.accounts.models import Organisation, Person
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.deduction.contracts import (
    Answered,
    AnswerOut,
    LecOut,
    PhotoOut,
    PointDetail,
    PointRow,
    PpeOut,
)
from yufang.server.deduction.models import Answer, HazardPoint
from yufang.server.errors import not_found
from yufang.server.names import ACCIDENT_TYPES, names

if TYPE_CHECKING:
    from yufang.deduction.contracts import HazardPoint as Deduced

# An answer of somebody whom the reader may not see: a regulator's, read by the enterprise.
ELSEWHERE = ("上级单位人员", "someone of the authority")


def hazard_points(enterprise_id: int) -> list[PointRow]:
    """The enterprise's points, best first."""
    if not Organisation.objects.filter(id=enterprise_id, kind="enterprise").exists():
        raise not_found()
    points = HazardPoint.objects.filter(organisation_id=enterprise_id, current=True)
    points = points.select_related("answered_by").order_by("rank", "id")
    return [PointRow(**_row(p)) for p in points]


def _row(p: HazardPoint) -> dict[str, Any]:
    zh, en = names(ACCIDENT_TYPES, p.accident_type)
    return {
        "id": p.pk,
        "key": p.key,
        "rank": p.rank,
        "title_zh": p.title_zh,
        "title_en": p.title_en,
        "equipment": p.equipment,
        "equipment_en": p.equipment_en,
        "part": p.part,
        "part_en": p.part_en,
        "probability": p.probability,
        "lec": LecOut(**p.body["lec"]),
        "accident_type": p.accident_type,
        "accident_type_zh": zh,
        "accident_type_en": en,
        "severity": p.severity,
        "status": p.status,
        "answered_by": person_label(p.answered_by),
        "answered_by_en": person_label_en(p.answered_by),
        "answered_at": p.answered_at,
    }


def hazard_point(point_id: int) -> PointDetail:
    """One point with everything that speaks for it."""
    p = HazardPoint.objects.select_related("answered_by", "organisation").filter(id=point_id).first()
    if p is None:
        raise not_found()
    answers = [answer(a) for a in reversed(list(Answer.in_order(p.answers.select_related("slot"))))]
    kept = ("circumstance_zh", "circumstance_en", "consequence_zh", "consequence_en", "measures", "clause")
    rest = ("training", "training_en", "signals", "signals_en", "path", "records")
    return PointDetail(
        **_row(p),
        **{name: p.body[name] for name in (*kept, *rest)},
        ppe=[_ppe(code) for code in p.body["ppe"]],
        enterprise_id=p.organisation_id,
        enterprise_name=p.organisation.name,
        model_version=p.model_version,
        answers=answers,
        synthetic=p.synthetic,
    )


def _ppe(code: str) -> PpeOut:
    name = ppe_names().get(code)
    return PpeOut(code=code, name_zh=name.zh if name else "", name_en=name.en if name else "")


def answer(a: Answer) -> AnswerOut:
    """The contract of one answer."""
    by = Person.objects.filter(id=a.by_id).first()
    return AnswerOut(
        id=a.pk,
        result=a.result,
        note=a.note,
        by=person_label(by) or ELSEWHERE[0],
        by_en=person_label_en(by) or ELSEWHERE[1],
        at=a.at,
        said_at=a.said_at or a.at,
        ledger_index=a.ledger_index,
        client_id=str(a.client_id) if a.client_id else None,
        kind=a.slot.kind if a.slot else "own",
        taken_back=hasattr(a, "retraction"),
        photos=[PhotoOut(id=p.pk, sha256=p.sha256, width=p.width, height=p.height) for p in a.photos.order_by("id")],
    )


def answered() -> Answered:
    """How much of what was deduced people have looked at, and how much of that was there."""
    groups = list(HazardPoint.objects.values_list("current", "status").annotate(n=Count("*")).order_by())
    total = sum(n for current, _, n in groups if current)
    answered = sum(n for current, status, n in groups if current and status != "open")
    looked = sum(n for _, status, n in groups if status != "open")
    confirmed = sum(n for _, status, n in groups if status == "confirmed")
    return Answered(share=answered / total if total else 0.0, verified=confirmed / looked if looked else None)


def deduced(p: HazardPoint) -> Deduced:
    """The floor-1 contract of a stored point, with its probability as it stands."""
    # Here, because it brings the whole analysis along, which the web server doesn't need to start.
    from yufang.run.results import hazard_point as hazard_point_from

    return hazard_point_from(
        p.body
        | {
            "key": p.key,
            "rank": p.rank,
            "title_zh": p.title_zh,
            "title_en": p.title_en,
            "equipment": p.equipment,
            "equipment_en": p.equipment_en,
            "part": p.part,
            "part_en": p.part_en,
            "accident_type": p.accident_type,
            "severity": p.severity,
            "probability": p.probability,
            "model_version": p.model_version,
        }
    )
