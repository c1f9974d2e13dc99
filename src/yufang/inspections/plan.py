"""A plan that fills a time budget: which items, at which stops, in which order, with what else to look at there.

Which items are worth the time is the knapsack of `yufang.deduction.visit` (solved exactly); a share of the points is
drawn below the likely ones, so that the plan learns where the platform is wrong (`yufang.deduction.exploration`). The
same input and seed give the same plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yufang.deduction import exploration
from yufang.deduction.visit import LONGEST, best_checks
from yufang.inspections.areas import area_by_name
from yufang.inspections.candidates import Candidate
from yufang.inspections.errors import InspectionError, out_of_range
from yufang.inspections.route import Place, shortest_way
from yufang.inspections.weights import table

SHORTEST = 30  # minutes: less than a talk at the gate and one look


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """An area of the enterprise: its name and, where known, where it is."""

    id: int
    name_zh: str
    name_en: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is known of where things stand: areas, what people said of machines (name → area), the gate."""

    areas: tuple[Area, ...] = ()
    said: Mapping[str, int] = field(default_factory=dict)
    gate: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """An item of the plan. `propensity` in (0, 1]: the chance that the draw had of taking it; 1 if it was chosen."""

    candidate: Candidate
    explore: bool = False
    propensity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStop:
    """One stop: where, how that is known (`given`, `set`, `name` or ""), its items and what else to look at there."""

    name_zh: str
    name_en: str
    area_id: int | None
    placed: str
    reach: int
    items: tuple[PlannedItem, ...]
    also: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan. `metres`: length of the way where every stop has a place; `expected`: findings to be expected."""

    minutes: int
    used: int
    opening: int
    metres: float | None
    expected: float
    stops: tuple[PlannedStop, ...]
    left_out: tuple[Candidate, ...]


def make_plan(
    found: Sequence[Candidate], *, minutes: int, seed: str, ground: Ground | None = None, n: int | None = None
) -> Plan:
    """The plan that is worth most within `minutes` (30 to 600) and at most `n` items.

    Raises InspectionError for a budget that can't be, and where there is nothing to look at.
    """
    weights = table("weights")
    n = int(weights["most_items"]) if n is None else n
    if not SHORTEST <= minutes <= LONGEST:
        raise out_of_range("minutes", minutes, SHORTEST, LONGEST)
    if not 1 <= n <= int(weights["most_items"]):
        raise out_of_range("n", n, 1, weights["most_items"])
    if not found:
        raise InspectionError(
            "enterprise",
            "该企业没有可列入检查的内容：没有中低级预警、未核查的风险点、到期证照或待复查隐患。",
            "There is nothing to look at: no medium or low warning, no unanswered point, no paper that is due "
            "and no hazard to look at again.",
        )
    ground = ground or Ground()
    opening, reach = int(weights["minutes"]["opening"]), int(weights["minutes"]["reach"])
    groups = _by_stop(found, ground)
    taken = _with_exploration(groups, minutes - opening, n, reach, seed)
    if not taken:
        shortest = opening + reach + min(one.minutes for one in found)
        raise InspectionError(
            "minutes",
            f"{minutes} 分钟内一项也查不完（最短的一项连同进场需 {shortest} 分钟），请延长时间。",
            f"Nothing can be looked at within {minutes} minutes: the shortest item takes {shortest} with the talk at "
            "the gate. Give it more time.",
        )
    stops = _stops(groups, taken, ground, reach)
    walked = shortest_way([_place(stop, ground) for stop in stops], ground.gate)
    stops = [stops[index] for index in walked.order]
    items = [item for stop in stops for item in stop.items]
    chosen = {item.candidate.key for item in items}
    return Plan(
        minutes=minutes,
        used=opening + sum(stop.reach + sum(i.candidate.minutes for i in stop.items) for stop in stops),
        opening=opening,
        metres=walked.length,
        expected=round(sum(item.candidate.chance for item in items), 2),
        stops=tuple(stops),
        left_out=tuple(one for one in found if one.key not in chosen),
    )


@dataclass(frozen=True, slots=True)
class _Spot:
    """What makes a stop: an area where one is known, else a place's name."""

    area_id: int | None
    name_zh: str
    name_en: str
    placed: str


def _by_stop(found: Sequence[Candidate], ground: Ground) -> dict[_Spot, list[Candidate]]:
    names = {area.id: (area.name_zh, area.name_en) for area in ground.areas}
    groups: dict[_Spot, list[Candidate]] = {}
    english: dict[str, str] = {}
    for one in found:
        area_id, placed = _area_of(one, ground)
        zh, en = names[area_id] if area_id is not None else (one.place_zh, one.place_en)
        en = english.setdefault(zh, en or zh)
        groups.setdefault(_Spot(area_id, zh, en, placed), []).append(one)
    return _joined(groups)


def _joined(groups: dict[_Spot, list[Candidate]]) -> dict[_Spot, list[Candidate]]:
    """One stop an area, however each of its items came to be placed there; the surest way of knowing is told."""
    order = {"given": 0, "set": 1, "name": 2, "": 3}
    merged: dict[tuple[int | None, str], tuple[_Spot, list[Candidate]]] = {}
    for spot, members in groups.items():
        known = merged.get((spot.area_id, spot.name_zh))
        if known is None:
            merged[spot.area_id, spot.name_zh] = (spot, members)
        else:
            surest = min(known[0], spot, key=lambda one: order[one.placed])
            merged[spot.area_id, spot.name_zh] = (surest, [*known[1], *members])
    return dict(merged.values())


def _area_of(one: Candidate, ground: Ground) -> tuple[int | None, str]:
    known = {area.id for area in ground.areas}
    if one.area_id in known:
        return one.area_id, "given"
    if ground.said.get(one.place_zh) in known:
        return ground.said[one.place_zh], "set"
    guessed = area_by_name(one.place_zh, {area.id: area.name_zh for area in ground.areas})
    return (guessed, "name") if guessed is not None else (None, "")


def _with_exploration(
    groups: Mapping[_Spot, Sequence[Candidate]], minutes: int, n: int, reach: int, seed: str
) -> dict[str, PlannedItem]:
    """Items by key: first what is worth most; then, where there are enough, some points drawn below them."""
    weights = table("weights")
    first = _chosen(groups, minutes, n, reach, set())
    places = round(len(first) * float(weights["explore_share"]))
    if len(first) >= int(weights["explore_from"]):
        places = max(1, places)
    rest = {
        one.point_id: one
        for members in groups.values()
        for one in members
        if one.point_id is not None and one.key not in first and not one.warning_ids
    }
    asked = [
        exploration.Candidate(id=key, probability=one.probability or 0.0, looks=one.looks)
        for key, one in rest.items()
        if one.minutes + reach <= minutes // 4  # a look that takes a quarter of the visit is chosen, not drawn
    ]
    if not places or not asked or len(first) < int(weights["explore_from"]):
        return {key: PlannedItem(candidate=one) for key, one in first.items()}
    drawn = {
        rest[one.id].key: PlannedItem(candidate=rest[one.id], explore=True, propensity=one.propensity)
        for one in exploration.draw(asked, places, seed=seed, share=1.0)
    }
    cost = sum(item.candidate.minutes + reach for item in drawn.values())
    again = _chosen(groups, minutes - cost, n - len(drawn), reach, set(drawn))
    return {key: PlannedItem(candidate=one) for key, one in again.items()} | drawn


def _chosen(
    groups: Mapping[_Spot, Sequence[Candidate]], minutes: int, n: int, reach: int, without: set[str]
) -> dict[str, Candidate]:
    members = [[one for one in group if one.key not in without] for group in groups.values()]
    kept = best_checks([[(one.minutes, one.worth) for one in group] for group in members], minutes, n, reach)
    return {group[place].key: group[place] for group, places in zip(members, kept, strict=True) for place in places}


def _stops(
    groups: Mapping[_Spot, Sequence[Candidate]], taken: Mapping[str, PlannedItem], ground: Ground, reach: int
) -> list[PlannedStop]:
    most = int(table("weights")["most_also"])
    stops = []
    for spot, members in groups.items():
        items = [taken[one.key] for one in members if one.key in taken]
        if not items:
            continue
        also = [one for one in members if one.key not in taken and one.point_id is not None]
        stops.append(
            PlannedStop(
                name_zh=spot.name_zh,
                name_en=spot.name_en,
                area_id=spot.area_id,
                placed=spot.placed,
                reach=reach,
                items=tuple(items),
                also=tuple(also[:most]),
            )
        )
    return sorted(stops, key=lambda stop: (-sum(item.candidate.worth for item in stop.items), stop.name_zh))


def _place(stop: PlannedStop, ground: Ground) -> Place | None:
    return next((area.place for area in ground.areas if area.id == stop.area_id), None)
