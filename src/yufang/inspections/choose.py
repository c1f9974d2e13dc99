"""Which enterprises an authority visits: by risk and by how long ago they were seen, a share of them drawn.

A list of the riskiest alone would go to the same doors each week and never learn where the scores are wrong. A fifth is
drawn below them (`yufang.deduction.exploration`: chances known, more where less has been seen), which is also what
"双随机" asks for: nobody can be sure of not being visited. The days are filled along the shortest way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from yufang.deduction import exploration
from yufang.inspections.errors import InspectionError, out_of_range
from yufang.inspections.route import Place, from_degrees, shortest_way
from yufang.inspections.weights import table

MOST_VISITS = 60  # a week
WORKDAYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseIn:
    """What is known of an enterprise. `score` 0 … 100; `last_seen`: the newest answer on site, None for never;
    `looks`: answers ever given there."""

    id: int
    score: float
    last_seen: date | None = None
    looks: int = 0
    high_warnings: int = 0
    medium_warnings: int = 0
    order_overdue: bool = False
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReason:
    """One part of an enterprise's priority, in words."""

    zh: str
    en: str
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """An enterprise of the week. `propensity`: the chance that the draw had; 1 where it was chosen by priority."""

    id: int
    day: date
    position: int
    explore: bool
    propensity: float
    priority: float
    reasons: tuple[PlaceReason, ...]


def priority(enterprise: EnterpriseIn, today: date) -> tuple[float, tuple[PlaceReason, ...]]:
    """Priority in [0, 1] and the parts it is the sum of (cut at 1)."""
    rules = table("weights")["choose"]
    now, horizon = float(rules["now"]), int(rules["horizon_days"])
    risk = min(max(enterprise.score, 0.0), 100.0) / 100
    reasons = [
        PlaceReason(zh=f"风险分 {enterprise.score:.0f}", en=f"risk score {enterprise.score:.0f}", worth=risk * now)
    ]
    days = (today - enterprise.last_seen).days if enterprise.last_seen else None
    share = 1.0 if days is None else min(max(days, 0), horizon) / horizon
    if share > 0:
        reasons.append(
            PlaceReason(
                zh="尚无现场核查记录" if days is None else f"距上次现场核查 {days} 天",
                en="never looked at on site" if days is None else f"last looked at {days} days ago",
                worth=risk * (1 - now) * share,
            )
        )
    warned = min(
        enterprise.high_warnings * float(rules["high_warning"])
        + enterprise.medium_warnings * float(rules["medium_warning"]),
        float(rules["warnings_most"]),
    )
    if warned > 0:
        reasons.append(
            PlaceReason(
                zh=f"未关闭预警：高 {enterprise.high_warnings} 条、中 {enterprise.medium_warnings} 条",
                en=f"open warnings: {enterprise.high_warnings} high, {enterprise.medium_warnings} medium",
                worth=warned,
            )
        )
    if enterprise.order_overdue:
        worth = float(rules["order_overdue"])
        reasons.append(PlaceReason(zh="整改指令逾期未完成", en="an order is overdue", worth=worth))
    return min(1.0, sum(reason.worth for reason in reasons)), tuple(reasons)


def choose(
    enterprises: Sequence[EnterpriseIn], *, capacity: int, week: date, today: date, seed: str
) -> tuple[Chosen, ...]:
    """At most `capacity` visits of the week that begins on Monday `week`, in the order of the way, day by day.

    Raises InspectionError for a capacity that can't be, and where there is nobody to visit.
    """
    if not 1 <= capacity <= MOST_VISITS:
        raise out_of_range("capacity", capacity, 1, MOST_VISITS)
    if not enterprises:
        raise InspectionError(
            "enterprises",
            "没有可选的企业：请先载入企业，或等本周已定的检查完成。",
            "There is no enterprise to choose from: load some first, or finish the visits of this week.",
        )
    weighed = {one.id: priority(one, today) for one in enterprises}
    by_id = {one.id: one for one in enterprises}
    drawn = exploration.draw(
        [exploration.Candidate(id=one.id, probability=weighed[one.id][0], looks=one.looks) for one in enterprises],
        capacity,
        seed=seed,
        share=float(table("weights")["choose"]["explore_share"]),
    )
    middle = [latitude for one in drawn if (latitude := by_id[one.id].latitude) is not None]
    origin = sum(middle) / len(middle) if middle else None
    way = shortest_way([_place(by_id[one.id], origin) for one in drawn])
    per_day = -(-len(drawn) // WORKDAYS)
    return tuple(
        Chosen(
            id=drawn[index].id,
            day=week + timedelta(days=position // per_day),
            position=position + 1,
            explore=drawn[index].kind == "explore",
            propensity=drawn[index].propensity,
            priority=round(weighed[drawn[index].id][0], 4),
            reasons=weighed[drawn[index].id][1],
        )
        for position, index in enumerate(way.order)
    )


def _place(enterprise: EnterpriseIn, origin: float | None) -> Place | None:
    if enterprise.latitude is None or enterprise.longitude is None:
        return None
    return from_degrees(enterprise.latitude, enterprise.longitude, origin)
