"""The only code that writes whom an authority visits in a week."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused
from yufang.server.inspections import gathering
from yufang.server.inspections.actions import refused
from yufang.server.inspections.models import Choice, ChosenPlace, Plan
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action


def monday(day: date) -> date:
    """The Monday of the week that `day` is in."""
    return day - timedelta(days=day.weekday())


@action
def choose_week(acting_user: Actor, *, week: date, capacity: int, today: date, anew: bool = False) -> int:
    """The choice of the week; asked again it is the same one, unless `anew`. Returns its id.

    Enterprises with an unfinished inspection of the authority are left out: they are being visited.
    """
    from yufang.inspections import InspectionError, choose
    from yufang.inspections.weights import table, version

    home = Organisation.objects.select_for_update().filter(id=acting_user.organisation_id, kind="regulator").first()
    if home is None:
        raise Refused(
            403,
            "not_a_regulator",
            "只有监管部门人员可以排定检查企业。",
            "Only people of the authority choose whom to visit.",
        )
    week = monday(week)
    newest = Choice.objects.filter(organisation=home, week=week).order_by("-number").first()
    if newest is not None and not anew:
        return int(newest.pk)
    number = newest.number + 1 if newest else 1
    seed = f"{home.key}|{week.isoformat()}|{number}"
    begun = Plan.objects.filter(side=Plan.Side.REGULATOR, state=Plan.State.OPEN)
    listed = gathering.enterprises(today, set(begun.values_list("organisation_id", flat=True)))
    try:
        found = choose(listed, capacity=capacity, week=week, today=today, seed=seed)
    except InspectionError as error:
        raise refused(error) from error
    index = ledger.append(
        acting_user,
        home.path,
        "inspections.chosen",
        f"organisation:{home.pk}",
        {
            "week": week.isoformat(),
            "number": number,
            "considered": len(listed),
            "enterprises": [one.id for one in found],
            "explored": sum(one.explore for one in found),
        },
    )
    choice = Choice.objects.create(
        organisation=home,
        path=home.path,
        week=week,
        number=number,
        capacity=capacity,
        seed=seed[:160],
        explore_share=float(table("weights")["choose"]["explore_share"]),
        considered=len(listed),
        rules=version(),
        made_by_id=acting_user.person_id,
        made_at=timezone.now(),
        ledger_index=index,
    )
    ChosenPlace.objects.bulk_create(
        ChosenPlace(
            choice=choice,
            path=home.path,
            organisation_id=one.id,
            position=one.position,
            day=one.day,
            explore=one.explore,
            propensity=one.propensity,
            priority=one.priority,
            reasons=[{"zh": r.zh, "en": r.en, "worth": round(r.worth, 4)} for r in one.reasons],
        )
        for one in found
    )
    return int(choice.pk)
