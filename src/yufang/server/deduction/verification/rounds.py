"""Drawing the list of a visit: likely points, and some that are drawn to learn from."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from yufang.server.accounts.models import Organisation
from yufang.server.deduction.models import HazardPoint, Round, Slot
from yufang.server.deduction.verification import queries
from yufang.server.deduction.verification.contracts import RoundOut
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action


@action
def draw_round(acting_user: Actor, enterprise_id: int, size: int, day: date) -> RoundOut:
    """The round of `day` that still has open places; where there is none, a new one of at most `size` points.

    Two people who ask at the same time get the same round.
    """
    from yufang.deduction.exploration import EXPLORE_SHARE, Candidate, draw

    place = Organisation.objects.select_for_update().filter(id=enterprise_id, kind="enterprise").first()
    if place is None:
        raise not_found()
    newest = Round.objects.filter(organisation=place, day=day).order_by("-number").first()
    if newest is not None and newest.slots.filter(point__status="open").exists():
        return queries.round_out(newest, acting_user.person_id)
    candidates = queries.candidates(place.pk)
    if not candidates:
        raise Refused(
            409,
            "nothing_left",
            "该企业的风险点都已核查，没有可再抽取的；可在企业页查看结果。",
            "Every point of this enterprise has been answered, so there is nothing left to draw; "
            "see the results on the enterprise's page.",
        )
    number = newest.number + 1 if newest else 1
    seed = f"{place.key}|{day.isoformat()}|{number}"
    drawn = draw([Candidate(id=p.pk, probability=p.probability, looks=p.looks) for p in candidates], size, seed=seed)
    index = ledger.append(
        acting_user,
        place.path,
        "deduction.round_drawn",
        f"enterprise:{place.pk}",
        {
            "day": day.isoformat(),
            "number": number,
            "places": len(drawn),
            "explored": sum(one.kind == "explore" for one in drawn),
            "points": [one.id for one in drawn],
        },
    )
    made = Round.objects.create(
        organisation=place,
        path=place.path,
        day=day,
        number=number,
        seed=seed[:160],
        explore_share=EXPLORE_SHARE,
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
    )
    chances: dict[int, HazardPoint] = {p.pk: p for p in candidates}
    Slot.objects.bulk_create(
        Slot(
            round=made,
            path=place.path,
            point_id=one.id,
            position=position,
            kind=one.kind,
            propensity=one.propensity,
            probability=chances[one.id].probability,
        )
        for position, one in enumerate(drawn, start=1)
    )
    return queries.round_out(made, acting_user.person_id)
