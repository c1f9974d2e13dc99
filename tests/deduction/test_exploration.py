"""The list of a visit: the likeliest points and some that are drawn, with chances that are known."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.deduction.exploration import Candidate, draw, explore_slots

POINTS = [Candidate(id=n, probability=0.9 - 0.08 * n, looks=n % 4) for n in range(11)]


def test_the_same_seed_draws_the_same_list_and_another_seed_another() -> None:
    first = draw(POINTS, 5, seed="E1|2026-06-30|1")
    assert first == draw(list(reversed(POINTS)), 5, seed="E1|2026-06-30|1")
    assert len({tuple(one.id for one in draw(POINTS, 5, seed=str(n))) for n in range(30)}) > 5


def test_a_fifth_explores_and_the_rest_are_the_likeliest() -> None:
    found = draw(POINTS, 10, seed="x")
    assert [one.kind for one in found].count("explore") == explore_slots(10) == 2
    assert {one.id for one in found if one.kind == "likely"} == set(range(8))
    assert found[0].kind == "likely"
    assert all(one.propensity == 1 for one in found if one.kind == "likely")


def test_chances_are_those_that_are_said() -> None:
    seen, said = Counter(), {}
    times = 6000
    for n in range(times):
        for one in draw(POINTS, 6, seed=f"s{n}"):
            if one.kind == "explore":
                seen[one.id] += 1
                said[one.id] = one.propensity
    assert set(seen) == set(range(5, 11)), "every point below the likely ones is within reach"
    for point, propensity in said.items():
        assert seen[point] / times == pytest.approx(propensity, abs=0.02)


def test_what_is_less_known_is_drawn_more_often() -> None:
    pair = [Candidate(id=1, probability=0.9), Candidate(id=2, probability=0.9), Candidate(id=3, probability=0.9)]
    pair += [Candidate(id=4, probability=0.5, looks=0), Candidate(id=5, probability=0.5, looks=200)]
    seen = Counter(one.id for n in range(800) for one in draw(pair, 4, seed=str(n)) if one.kind == "explore")
    assert seen[4] > 1.5 * seen[5] > 0


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 500)), max_size=40),
    st.integers(1, 30),
    st.floats(0, 1),
    st.text(max_size=10),
)
def test_any_list_is_whole(points: list[tuple[float, int]], size: int, share: float, seed: str) -> None:
    candidates = [Candidate(id=n, probability=p, looks=looks) for n, (p, looks) in enumerate(points)]
    found = draw(candidates, size, seed=seed, share=share)
    assert len(found) == len({one.id for one in found}) == min(size, len(points))
    assert all(0 < one.propensity <= 1 for one in found)


@pytest.mark.parametrize(("size", "share"), [(0, 0.2), (5, 1.2), (5, -0.1)])
def test_an_impossible_list_is_refused_by_name(size: int, share: float) -> None:
    with pytest.raises(ValueError, match=r"size is|share is"):
        draw(POINTS, size, seed="x", share=share)
