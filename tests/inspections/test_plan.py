"""Claims about a plan: it fits its budget, says why, walks a short way, explores a little, and comes out the same."""

from __future__ import annotations

import itertools
import math
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.inspections import (
    Area,
    Chances,
    Ground,
    HazardIn,
    InspectionError,
    Machine,
    PointIn,
    Seen,
    WarningIn,
    candidates,
    due_papers,
    make_plan,
)
from yufang.inspections.areas import area_by_name
from yufang.inspections.candidates import Candidate
from yufang.inspections.route import Place, distance, from_degrees, from_plan, shortest_way

TODAY = date(2026, 6, 30)


def point(n: int, **more: object) -> PointIn:
    return PointIn(
        **{  # type: ignore[arg-type]
            "id": n,
            "key": f"machinery/MS-{n:02d}",
            "title_zh": f"压力机模区无防护{n}",
            "title_en": f"Unguarded press {n}",
            "place_zh": f"{'甲乙丙丁戊己庚辛'[n % 8]}号压力机",
            "place_en": f"Press {n % 8}",
            "probability": round(0.9 - 0.03 * (n % 25), 3),
            "severity": ("fatal", "serious", "minor")[n % 3],
            "check_zh": "目视防护罩,试动联锁",
            "check_en": "Look at the guard, try the interlock",
        }
        | more
    )


def warning(n: int, point_id: int | None = None, **more: object) -> WarningIn:
    return WarningIn(
        **{  # type: ignore[arg-type]
            "id": n,
            "tier": "medium",
            "title_zh": f"预警{n}",
            "title_en": f"Warning {n}",
            "reason_zh": "核实概率高",
            "reason_en": "Likely",
            "due_on": date(2026, 7, 20),
            "point_id": point_id,
        }
        | more
    )


def found(points: int = 20, **more: object) -> tuple[Candidate, ...]:
    crane = Machine(key="C1", name="电动单梁起重机", commissioned_on=date(2015, 3, 1))
    return candidates(
        **{  # type: ignore[arg-type]
            "points": [point(n) for n in range(points)],
            "warnings": [warning(1, 3), warning(2)],
            "hazards": [HazardIn(id=9, title_zh="通道堵塞", title_en="", state="fixed", major=False)],
            "papers": due_papers([crane], ["焊接"], [], today=TODAY),
            "today": TODAY,
        }
        | more
    )


# ── why an item is there ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_reasons_add_up_to_the_worth_and_speak_both_languages() -> None:
    for one in found():
        assert one.worth == pytest.approx(sum(reason.worth for reason in one.reasons), abs=1e-3)
        assert one.worth > 0
        for reason in one.reasons:
            assert reason.zh
            assert reason.en
        assert one.check_zh
        assert one.check_en


def test_a_warning_of_a_point_and_the_point_are_one_item_worth_more_than_either() -> None:
    both = next(one for one in found() if one.point_id == 3)
    alone = next(one for one in found(warnings=[]) if one.point_id == 3)
    assert both.sources == ("point", "warning")
    assert both.warning_ids == (1,)
    assert both.worth > alone.worth
    assert [one.key for one in found()].count("point/3") == 1
    assert "warning/2" in [one.key for one in found()], "a warning without a point stands for itself"


def test_an_overdue_warning_is_worth_more_and_says_so() -> None:
    late = found(warnings=[warning(1, 3, due_on=date(2026, 6, 1))])
    item = next(one for one in late if one.point_id == 3)
    assert item.worth > next(one for one in found() if one.point_id == 3).worth
    assert "已超期 29 天" in item.reasons[1].zh


def test_what_was_found_moves_the_judgement() -> None:
    judged = Chances().of("unproven")
    assert judged == pytest.approx(0.30)
    often = Chances({"unproven": Seen(found=30, asked=40)})
    never = Chances({"unproven": Seen(found=0, asked=40)})
    assert never.of("unproven") < judged < often.of("unproven") < 0.75
    assert "已查 40 项中发现 30 项" in often.told("unproven")[0]


# ── the budget ────────────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=25, deadline=None)
@given(st.integers(30, 480), st.integers(1, 30), st.integers(1, 40))
def test_a_plan_never_takes_longer_than_its_budget_and_holds_each_thing_once(minutes: int, n: int, points: int) -> None:
    listed = found(points)
    shortest = min(one.minutes for one in listed)
    if minutes < 10 + 5 + shortest:
        with pytest.raises(InspectionError, match="shortest item"):
            make_plan(listed, minutes=minutes, seed="s", n=n)
        return
    plan = make_plan(listed, minutes=minutes, seed="s", n=n)
    items = [item for stop in plan.stops for item in stop.items]
    assert plan.used <= minutes
    assert 1 <= len(items) <= n
    assert plan.used == plan.opening + sum(s.reach + sum(i.candidate.minutes for i in s.items) for s in plan.stops)
    keys = [item.candidate.key for item in items]
    assert len(set(keys)) == len(keys)
    assert {one.key for one in plan.left_out} | set(keys) == {one.key for one in listed}
    assert len({(stop.area_id, stop.name_zh) for stop in plan.stops}) == len(plan.stops)


def test_two_hours_hold_more_than_one_and_the_worthiest_item_is_in() -> None:
    listed = found()
    one, two = (make_plan(listed, minutes=minutes, seed="s") for minutes in (60, 120))

    def worth(plan: object) -> float:
        return sum(i.candidate.worth for s in plan.stops for i in s.items)  # type: ignore[attr-defined]

    assert worth(two) > worth(one)
    assert listed[0].key in {i.candidate.key for s in two.stops for i in s.items}


def test_the_same_seed_gives_the_same_plan_and_another_explores_elsewhere() -> None:
    listed = found(40)
    first, again = (make_plan(listed, minutes=180, seed="E1|2026-06-30|1") for _ in range(2))
    assert first == again
    drawn = {
        seed: [i.candidate.key for s in make_plan(listed, minutes=180, seed=seed).stops for i in s.items if i.explore]
        for seed in map(str, range(8))
    }
    assert all(drawn.values())
    assert len({tuple(keys) for keys in drawn.values()}) > 1
    explored = [i for s in first.stops for i in s.items if i.explore]
    assert all(0 < item.propensity <= 1 for item in explored)


def test_what_else_stands_at_a_stop_is_named_and_is_not_an_item() -> None:
    plan = make_plan(found(40), minutes=120, seed="s")
    items = {i.candidate.key for s in plan.stops for i in s.items}
    also = [one.key for stop in plan.stops for one in stop.also]
    assert also
    assert not items & set(also)


@pytest.mark.parametrize(
    ("field", "asked"), [("minutes", {"minutes": 5}), ("minutes", {"minutes": 601}), ("n", {"n": 0})]
)
def test_a_budget_that_cannot_be_is_refused_by_name(field: str, asked: dict[str, int]) -> None:
    with pytest.raises(InspectionError) as refusal:
        make_plan(found(), **({"minutes": 120, "seed": "s"} | asked))  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert str(next(iter(asked.values()))) in refusal.value.message_zh


def test_an_enterprise_without_anything_to_look_at_is_told_so() -> None:
    with pytest.raises(InspectionError, match="nothing to look at"):
        make_plan((), minutes=120, seed="s")


# ── the way ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_way_is_as_short_as_the_best_of_all_orders() -> None:
    rng = random.Random(5)
    worse = 0
    for _ in range(20):
        places = [Place(rng.random() * 300, rng.random() * 200) for _ in range(7)]
        gate = Place(0, 0)
        way = shortest_way(places, gate)

        def length(order: tuple[int, ...], at: Place = gate, spots: list[Place] = places) -> float:
            legs = [spots[i] for i in order]
            return sum(distance(a, b) for a, b in itertools.pairwise([at, *legs]))

        best = min(length(order) for order in itertools.permutations(range(7)))
        assert way.length == pytest.approx(length(way.order), abs=0.1)
        assert way.length <= best * 1.05 + 0.1
        worse += way.length > best + 0.1
    assert worse <= 2


def test_stops_without_a_place_come_last_and_leave_the_length_unknown() -> None:
    way = shortest_way([None, Place(0, 0), None, Place(5, 0)])
    assert way.order[2:] == (0, 2)
    assert way.length is None
    assert shortest_way([]).order == ()


def test_places_on_a_plan_and_on_the_map_have_the_right_distances() -> None:
    a, b = (from_plan(x, 0.5, sheet="p", width=1000, height=500, metres_wide=200) for x in (0.0, 1.0))
    assert distance(a, b) == pytest.approx(200)
    assert not from_plan(0.1, 0.1, sheet="p", width=1000, height=500, metres_wide=None).metric
    north, south = from_degrees(30.01, 120.0, 30.0), from_degrees(30.0, 120.0, 30.0)
    assert distance(north, south) == pytest.approx(1112, rel=0.01)
    east = from_degrees(30.0, 120.01, 30.0)
    assert distance(east, south) == pytest.approx(1112 * math.cos(math.radians(30)), rel=0.01)


def test_items_of_one_area_are_one_stop_and_how_the_place_is_known_is_told() -> None:
    areas = (
        Area(id=1, name_zh="冲压车间", place=Place(0, 0)),
        Area(id=2, name_zh="锅炉房", place=Place(10, 0)),
        Area(id=3, name_zh="成品库", place=Place(90, 0)),
    )
    points = [
        point(1, place_zh="冲压机"),
        point(2, place_zh="燃气锅炉"),
        point(3, place_zh="货架"),
        point(4, place_zh="开式冲压机"),
        point(5, place_zh="台钻"),
    ]
    ground = Ground(areas=areas, said={"货架": 3}, gate=Place(100, 0))
    plan = make_plan(
        candidates(points=points, warnings=[], hazards=[], papers=[], today=TODAY), minutes=300, seed="s", ground=ground
    )
    known = {stop.name_zh: (stop.area_id, stop.placed) for stop in plan.stops}
    assert known == {
        "冲压车间": (1, "name"),
        "锅炉房": (2, "name"),
        "成品库": (3, "set"),
        "台钻": (None, ""),
    }
    assert [stop.name_zh for stop in plan.stops] == ["成品库", "锅炉房", "冲压车间", "台钻"]
    assert plan.metres is None, "one stop has no place"


def test_an_area_is_guessed_by_a_name_both_share_and_by_nothing_less() -> None:
    areas = {1: "冲压车间", 2: "焊接一车间", 3: "焊接二车间"}
    assert area_by_name("冲压机", areas) == 1
    assert area_by_name("焊接机器人", areas) is None, "two areas fit equally"
    assert area_by_name("车间行车", areas) is None
