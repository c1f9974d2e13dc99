"""Reads for the visit on site: the round of the day with all that is needed beside the machine."""

from __future__ import annotations

from datetime import date
from typing import Any

from yufang.packs.checks import checks_of
from yufang.server.accounts.models import Organisation, Person
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.deduction.contracts import LecOut, MeasureOut
from yufang.server.deduction.models import Answer, HazardPoint, Photo, Round, Slot
from yufang.server.deduction.queries import ELSEWHERE
from yufang.server.deduction.verification.contracts import RoundOrNone, RoundOut, SlotOut
from yufang.server.errors import not_found
from yufang.server.names import ACCIDENT_TYPES, names


def candidates(enterprise_id: int) -> list[HazardPoint]:
    """Points of the newest run that nobody has answered."""
    found = HazardPoint.objects.filter(organisation_id=enterprise_id, current=True, status="open")
    return list(found.order_by("rank", "id"))


def round_of_day(enterprise_id: int, day: date, person_id: int | None) -> RoundOrNone:
    """The newest round of `day`, or what one could be drawn from."""
    place = Organisation.objects.filter(id=enterprise_id, kind="enterprise").first()
    if place is None:
        raise not_found()
    newest = Round.objects.filter(organisation=place, day=day).order_by("-number").first()
    return RoundOrNone(
        enterprise_id=place.pk,
        enterprise_name=place.name,
        round=round_out(newest, person_id) if newest else None,
        left=_left(place.pk, newest),
        synthetic=place.synthetic,
    )


def _left(enterprise_id: int, newest: Round | None) -> int:
    found = HazardPoint.objects.filter(organisation_id=enterprise_id, current=True, status="open")
    if newest is not None:
        found = found.exclude(id__in=newest.slots.values("point_id"))
    return found.count()


def round_out(found: Round, person_id: int | None) -> RoundOut:
    """The contract of a round; `person_id`: whose own answers can be taken back by their client's id."""
    slots = list(found.slots.select_related("point", "point__answered_by").order_by("position"))
    answers: dict[int, Answer] = {}
    for answer in Answer.in_order(Answer.valid().filter(point_id__in=[s.point_id for s in slots])):
        answers[answer.point_id] = answer  # the newest stays
    photos: dict[int, int] = {}
    for answer_id in Photo.objects.filter(answer__in=answers.values()).values_list("answer_id", flat=True):
        photos[answer_id] = photos.get(answer_id, 0) + 1
    people = Person.objects.in_bulk({a.by_id for a in answers.values()})
    place = Organisation.objects.get(id=found.organisation_id)
    return RoundOut(
        id=found.pk,
        enterprise_id=place.pk,
        enterprise_name=place.name,
        day=found.day,
        number=found.number,
        drawn_at=found.at,
        explore_share=found.explore_share,
        slots=[SlotOut(**_slot(s), **_answer(answers.get(s.point_id), photos, people, person_id)) for s in slots],
        left=_left(place.pk, found),
        synthetic=place.synthetic,
    )


def _slot(s: Slot) -> dict[str, Any]:
    p = s.point
    zh, en = names(ACCIDENT_TYPES, p.accident_type)
    check = check_of(p)
    told = ("circumstance_zh", "circumstance_en", "consequence_zh", "consequence_en", "clause")
    return {
        "id": s.pk,
        "position": s.position,
        "kind": s.kind,
        "propensity": s.propensity,
        "point_id": p.pk,
        **{name: getattr(p, name) for name in ("title_zh", "title_en", "equipment", "equipment_en", "part", "part_en")},
        **{name: p.body.get(name, "") for name in (*told, "own_zh", "own_en")},
        "check_zh": check[0],
        "check_en": check[1],
        "measures": [MeasureOut(**m) for m in p.body.get("measures", ())],
        "probability": p.probability,
        "looks": p.looks,
        "reasons": len(p.body.get("records", ())),
        "lec": LecOut(**p.body["lec"]),
        "accident_type_zh": zh,
        "accident_type_en": en,
        "severity": p.severity,
        "status": p.status,
    }


def check_of(p: HazardPoint) -> tuple[str, str]:
    """What to do to confirm or refute the point, zh and en: its own or its pack row's check, else its circumstance."""
    if p.body.get("check_zh"):
        return p.body["check_zh"], p.body.get("check_en", "")
    pack, _, row = p.key.partition("/")
    found = checks_of(pack).get(row.split("@")[0])
    if found is not None:
        return found.zh, found.en
    return p.body.get("circumstance_zh", ""), p.body.get("circumstance_en", "")


def _answer(
    answer: Answer | None, photos: dict[int, int], people: dict[int, Person], person_id: int | None
) -> dict[str, Any]:
    if answer is None:
        return {
            **dict.fromkeys(("result", "answered_by", "answered_by_en", "answer_id", "answer_client")),
            "note": "",
            "photos": 0,
        }
    by = people.get(answer.by_id)
    own = answer.client_id is not None and answer.by_id == person_id
    return {
        "result": answer.result,
        "note": answer.note,
        "photos": photos.get(answer.pk, 0),
        "answered_by": person_label(by) or ELSEWHERE[0],
        "answered_by_en": person_label_en(by) or ELSEWHERE[1],
        "answer_id": answer.pk,
        "answer_client": str(answer.client_id) if own else None,
    }
