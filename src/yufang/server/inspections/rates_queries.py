"""Coverage and hit rate, counted when asked. An item counts by its newest valid answer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from yufang.server.errors import Refused
from yufang.server.inspections.contracts import InspectionRate, InspectionRates
from yufang.server.inspections.models import Answer, Item, Plan
from yufang.server.profiles.models import Enterprise

if TYPE_CHECKING:
    from yufang.inspections import Outcome


def rates(*, side: str, enterprise_id: int | None, since: date | None, until: date | None) -> InspectionRates:
    """Coverage and hit rate of the plans of a time, by source and by month. Dropped plans don't count."""
    from yufang.inspections import rates as count
    from yufang.inspections.rates import rate

    if since is not None and until is not None and since > until:
        raise Refused(
            422,
            "invalid",
            f"开始日期 {since} 晚于结束日期 {until}，请改正后重试。",
            f"since {since} lies after until {until}; correct one of them.",
            "since",
        )
    plans = Plan.objects.exclude(state=Plan.State.DROPPED)
    if side:
        plans = plans.filter(side=side)
    if enterprise_id is not None:
        plans = plans.filter(organisation_id=enterprise_id)
    if since is not None:
        plans = plans.filter(day__gte=since)
    if until is not None:
        plans = plans.filter(day__lte=until)
    listed = _outcomes(plans.values("id"))
    months = sorted({month for month, _, _ in listed})
    seen = {owner for _, owner, one in listed if one.result is not None}
    return InspectionRates(
        plans=plans.count(),
        enterprises=Enterprise.objects.count() if enterprise_id is None else 1,
        enterprises_seen=len(seen),
        sources=[InspectionRate.model_validate(one) for one in count([one for _, _, one in listed])],
        months=[
            InspectionRate.model_validate(rate(month, [one for own, _, one in listed if own == month]))
            for month in months
        ],
    )


def _outcomes(plan_ids: object) -> list[tuple[str, int, Outcome]]:
    """(month, enterprise, outcome) of every item."""
    from yufang.inspections import Outcome

    newest = dict(Answer.in_order(Answer.valid().filter(item__plan__in=plan_ids)).values_list("item_id", "result"))
    items = Item.objects.filter(plan__in=plan_ids).values_list(
        "id", "sources", "explore", "chance", "plan__day", "plan__organisation_id"
    )
    return [
        (
            f"{day:%Y-%m}",
            owner,
            Outcome(sources=tuple(sources), result=newest.get(key), explore=explore, chance=chance),
        )
        for key, sources, explore, chance, day, owner in items
    ]
