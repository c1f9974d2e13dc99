"""A score is exposure times the sum of what is dangerous there, and says what it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sensing.riskmap.made import GRID, HALL, NOW, RULES, hazard
from yufang.sensing.riskmap.grid import AreaOnMap, Grid
from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.score import UNKNOWN, score


def exposure(value: float, area: str = "1") -> Factor:
    where = Where(area=area)
    return Factor(ref=f"p{area}", kind="people", part="exposure", where=where, since=NOW, why_zh="", why_en="",
                  exposure=value)  # fmt: skip


def times(value: float, where: Where) -> Factor:
    return Factor(ref="w", kind="weather", part="multiplier", where=where, since=NOW, why_zh="", why_en="", times=value)


def silent(where: Where) -> Factor:
    return Factor(ref="s", kind="silent", part="unknown", where=where, since=NOW, why_zh="不知道", why_en="unknown")


IN_TANKS, IN_HALL = GRID.cell_at(0.25, 0.5), GRID.cell_at(0.75, 0.5)


def test_cells_are_square_and_fill_the_plan() -> None:
    assert (GRID.columns, GRID.rows) == (32, 16)
    assert GRID.cell_at(0.999, 0.999) == GRID.cells - 1
    assert GRID.areas_of(IN_HALL) == ["2"]
    assert GRID.areas_of(GRID.cells) == ["3"]  # the store has a place of its own behind the cells


def test_the_score_is_likelihood_times_exposure_times_consequence() -> None:
    found = score(GRID, [hazard(), exposure(6)], RULES)
    assert found.score[IN_TANKS] == pytest.approx(3 * 6 * 15)
    assert found.score[IN_HALL] == 0
    assert found.levels[IN_TANKS] == 2  # orange: 160 to 320
    assert found.levels[IN_HALL] == 4


def test_where_nobody_knows_how_many_are_present_exposure_is_not_taken_as_low() -> None:
    found = score(GRID, [hazard()], RULES)
    assert not found.exposure_known[IN_TANKS]
    assert found.exposure[IN_TANKS] == RULES.people.unknown == 6


def test_people_leaving_lower_the_score() -> None:
    full, empty = (score(GRID, [hazard(), exposure(e)], RULES).score[IN_TANKS] for e in (10, 1))
    assert full == 10 * empty > 0


def test_different_dangers_add_up_and_one_seen_twice_counts_once() -> None:
    both = score(GRID, [hazard("a"), hazard("b")], RULES).score[IN_TANKS]
    one = score(GRID, [hazard("a", group="g"), hazard("b", group="g", likelihood=1.0)], RULES).score[IN_TANKS]
    assert both == 2 * one == 2 * score(GRID, [hazard("a")], RULES).score[IN_TANKS]


def test_a_multiplier_raises_the_likelihood_but_never_above_ten() -> None:
    plain = score(GRID, [hazard()], RULES).score[IN_TANKS]
    windy = score(GRID, [hazard(), times(2, Where(extent="outdoors"))], RULES).score[IN_TANKS]
    most = score(GRID, [hazard(likelihood=6.0), times(3, Where(extent="all"))], RULES).score[IN_TANKS]
    assert windy == 2 * plain
    assert most == pytest.approx(10 * 15 * 6)


def test_wind_is_felt_outdoors_only() -> None:
    found = score(GRID, [times(2, Where(extent="outdoors"))], RULES)
    assert (found.times[IN_TANKS], found.times[IN_HALL]) == (2, 1)


def test_a_spot_fades_out_towards_its_reach() -> None:
    spot = Where(area="1", plan="7", x=0.25, y=0.5, reach_m=20)
    found = score(GRID, [hazard(where=spot)], RULES)
    along = [found.score[GRID.cell_at(0.25 + metres / 100, 0.5)] for metres in (0, 5, 10, 15, 25)]
    assert along[0] == pytest.approx(3 * 15 * 6)
    assert along == sorted(along, reverse=True)
    assert along[1] > along[2] > along[3] > 0 == along[4]


def test_a_ring_covers_the_ground_within_it() -> None:
    ring = ((0.1, 0.2), (0.4, 0.2), (0.4, 0.8), (0.1, 0.8))
    found = score(GRID, [hazard(where=Where(plan="7", ring=ring))], RULES)
    assert found.score[IN_TANKS] > 0 == found.score[GRID.cell_at(0.05, 0.5)]


def test_what_stands_on_another_plan_is_not_drawn_here() -> None:
    found = score(GRID, [hazard(where=Where(plan="8", x=0.25, y=0.5, reach_m=20))], RULES)
    assert not found.score.any()


def test_what_has_no_place_is_in_no_score_and_is_told() -> None:
    found = score(GRID, [hazard(where=Where())], RULES)
    assert not found.score.any()
    assert [one.ref for one in found.unplaced] == ["h"]


def test_where_what_should_watch_is_silent_a_place_is_unknown_and_not_blue() -> None:
    found = score(GRID, [silent(Where(area="1"))], RULES)
    assert found.levels[IN_TANKS] == UNKNOWN
    assert found.levels[IN_HALL] == 4
    assert found.worst_of("1") == int(np.flatnonzero(GRID.inside["1"])[0])


def test_silence_does_not_hide_a_danger_that_is_known() -> None:
    found = score(GRID, [hazard(), silent(Where(area="1"))], RULES)
    assert (found.levels[IN_TANKS], bool(found.unknown[IN_TANKS])) == (2, True)


def test_an_explanation_names_every_factor_with_its_share() -> None:
    factors = [hazard("a"), hazard("b", likelihood=1.0), exposure(3), times(2, Where(extent="all"))]
    why = score(GRID, [*factors, silent(Where(area="1"))], RULES).explain(IN_TANKS)
    shares = {one.factor.ref: one.share for one in why.factors}
    assert shares["a"] == pytest.approx(0.75)
    assert shares["b"] == pytest.approx(0.25)
    assert shares["w"] is shares["p1"] is None
    adds = {one.factor.ref: one.adds for one in why.factors}
    assert adds["a"] == pytest.approx(2 * 3 * 15 * 3)
    assert adds["w"] == pytest.approx(why.score / 2)
    assert [one.ref for one in why.silent] == ["s"]
    assert why.score == pytest.approx(why.exposure * why.hazard)


def test_what_decides_a_place_is_its_gravest_danger_and_else_what_is_silent() -> None:
    found = score(GRID, [hazard("a"), hazard("b", likelihood=6.0), silent(Where(area="2"))], RULES)
    decides = {place: found.top_of(place) for place in (IN_TANKS, IN_HALL, GRID.cells)}
    assert [one.ref if one else None for one in decides.values()] == ["b", "s", None]


def test_there_is_no_explanation_of_a_cell_that_is_not_there() -> None:
    with pytest.raises(IndexError):
        score(GRID, [], RULES).explain(GRID.places)


def test_a_map_without_a_plan_has_areas_only() -> None:
    grid = Grid.of("", 0, 0, [AreaOnMap(key="1"), HALL])
    found = score(grid, [hazard(), times(2, Where(extent="outdoors"))], RULES)
    assert grid.cells == 0
    assert found.score[found.worst_of("1")] == 2 * 3 * 15 * 6
    assert found.score[found.worst_of("2")] == 0


@st.composite
def factors_anywhere(draw: st.DrawFn) -> list[Factor]:
    found = []
    for n in range(draw(st.integers(0, 12))):
        share = st.floats(0, 1)
        where = draw(
            st.one_of(
                st.sampled_from([Where(area="1"), Where(area="2"), Where(area="3"), Where(extent="all")]),
                st.builds(
                    lambda x, y, r: Where(area="1", plan="7", x=x, y=y, reach_m=r), share, share, st.floats(1, 90)
                ),
            )
        )
        group = draw(st.sampled_from(["", "g", "k"]))
        if draw(st.booleans()):
            numbers = {"likelihood": draw(st.floats(0.1, 10)), "consequence": draw(st.floats(0.5, 100))}
            found.append(hazard(f"h{n}", where=where, group=group, **numbers))
        else:
            found.append(
                Factor(ref=f"m{n}", kind="m", part="multiplier", where=where, since=NOW, why_zh="", why_en="",
                       times=draw(st.floats(0.5, 3)))
            )  # fmt: skip
    return found


@settings(max_examples=25, deadline=None)
@given(factors_anywhere(), st.integers(0, GRID.places - 1))
def test_the_explanation_adds_up_to_the_score_for_any_factors(factors: list[Factor], place: int) -> None:
    found = score(GRID, factors, RULES)
    why = found.explain(place)
    shares = [one.share for one in why.factors if one.share is not None]
    assert why.score == pytest.approx(why.exposure * why.hazard, rel=1e-3, abs=1e-2)
    assert sum(shares) == pytest.approx(1.0 if why.hazard > 0 else 0.0, abs=1e-3)
    for one in why.factors:
        without = score(GRID, [f for f in factors if f.ref != one.factor.ref], RULES).score[place]
        assert one.adds == pytest.approx(max(0.0, why.score - without), rel=1e-3, abs=2e-2)


def test_a_factor_survives_being_kept() -> None:
    spot = Where(area="1", plan="7", x=0.0, y=0.5, reach_m=20, ring=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
    one = hazard(where=spot, group="g", until=NOW + 1, reading=0.4, synthetic=True)
    assert Factor.from_data(one.as_data()) == one


@pytest.mark.parametrize("wrong", [{"likelihood": None}, {"likelihood": -1.0}, {"consequence": float("nan")}])
def test_a_hazard_without_its_numbers_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="hazard"):
        hazard(**wrong)
