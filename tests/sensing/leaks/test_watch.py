"""Background and belief: found, placed and sized on made-up releases, from past and present only."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.sensing.leaks.made_up import SENSORS, SITE, SOURCES, START, readings_ppm, winds
from yufang.sensing.leaks import ELSEWHERE, Answer, Belief, Watch
from yufang.sensing.leaks.background import Background
from yufang.sensing.leaks.belief import Priors
from yufang.sensing.leaks.site import local

MINUTE = 60_000_000


def _go(values: np.ndarray, wind: np.ndarray | None) -> list[Answer]:
    watch = Watch(SITE)
    return [
        watch.step(
            START + (n + 1) * MINUTE, values[n], None if wind is None else (float(wind[n, 0]), float(wind[n, 1]))
        )
        for n in range(len(values))
    ]


@pytest.mark.parametrize("source", range(len(SOURCES)))
def test_source_and_rate_of_a_made_up_release_are_found(source: int) -> None:
    wind = winds(160, seed=source)
    values = readings_ppm(wind, source, rate=2.0, since=60, until=160, seed=source)
    answers = _go(values, wind)
    assert max(answer.leak for answer in answers[:60]) < 0.5
    assert answers[-1].leak > 0.95
    assert answers[-1].likeliest == source
    low, middle, high = answers[-1].rate
    assert low <= 2.0 <= high
    assert 1.0 <= middle <= 4.0


def test_a_leak_that_ends_is_let_go() -> None:
    wind = winds(200, seed=7)
    answers = _go(readings_ppm(wind, 1, 2.0, 40, 110, seed=7), wind)
    assert max(answer.leak for answer in answers[100:110]) > 0.9
    assert min(answer.leak for answer in answers[110:]) < 0.2


def test_what_comes_later_changes_no_answer() -> None:
    wind = winds(60, seed=4)
    values = readings_ppm(wind, 0, 3.0, 20, 60, seed=4)
    other_values, other_wind = values.copy(), wind.copy()
    other_values[40:] += 50.0
    other_wind[40:] *= -1
    for one, other in zip(_go(values, wind)[:40], _go(other_values, other_wind)[:40], strict=True):
        assert one.leak == other.leak
        assert one.rate == other.rate
        assert np.array_equal(one.sources, other.sources)


def test_without_a_wind_there_may_be_a_leak_but_no_source() -> None:
    wind = winds(120, seed=2)
    answers = _go(readings_ppm(wind, 2, 5.0, 30, 120, seed=2), None)
    assert max(answer.leak for answer in answers[30:]) > 0.5
    known = answers[-1].sources[:-1]
    assert known.max() - known.min() < 1e-9  # the gas alone prefers no place


def test_gas_that_no_place_explains_is_from_elsewhere() -> None:
    belief = Belief(1, 4)
    for n in range(60):
        gas = np.array([2.0, 0.0, 0.0, 0.0]) if n % 3 else np.zeros(4)
        answer = belief.step(gas, np.full((1, 4), 1e-9), 3.0)
    assert answer.leak > 0.9
    assert answer.likeliest == ELSEWHERE


def test_a_minute_without_readings_teaches_nothing_but_that_time_passes() -> None:
    belief = Belief(2, 3)
    before = belief.answer().leak
    answer = belief.step(np.full(3, math.nan), np.ones((2, 3)), 3.0)
    assert answer.leak == pytest.approx(before, abs=0.02)
    assert answer.leak + belief.none == pytest.approx(1.0)


def test_silent_sensors_leave_the_source_to_the_others() -> None:
    wind = winds(160, seed=1)
    values = readings_ppm(wind, 1, 2.0, 50, 160, seed=1)
    values[70:, [1, 4]] = np.nan
    values[100] = np.nan
    answers = _go(values, wind)
    assert max(answer.leak for answer in answers[140:]) > 0.9
    assert answers[-1].likeliest == 1
    assert all(math.isfinite(answer.leak) for answer in answers)


def test_a_repeated_minute_weighs_less_than_a_fresh_one() -> None:
    seen = np.array([[5.0], [0.0]])

    def leak(repeat: float) -> float:
        belief = Belief(2, 1, Priors(repeat=repeat))
        for _ in range(5):
            answer = belief.step(np.array([2.0]), seen, 3.0)
        return answer.leak

    assert leak(0.2) < leak(1.0)


def test_background_follows_drift_and_not_a_leak() -> None:
    background = Background(2)
    rng = np.random.default_rng(0)
    for n in range(400):
        drift = 2.0 + 0.001 * n
        gas = 8.0 if 200 <= n < 320 and n % 2 else 0.0
        excess, noise = background.step(np.array([drift + gas, drift]) + rng.normal(0, 0.01, 2))
        if n > 60:
            assert abs(excess[1]) < 0.15
            assert excess[0] == pytest.approx(gas, abs=0.2)
    assert noise == pytest.approx(0.01, rel=0.8)


def test_background_says_nothing_before_it_has_heard_enough_and_outlives_silence() -> None:
    background = Background(1, minutes=30, least=10)
    told = [background.step(np.array([2.0]))[0][0] for _ in range(12)]
    assert all(math.isnan(x) for x in told[:9])
    assert told[9:] == [0.0, 0.0, 0.0]
    assert math.isnan(background.step(np.array([math.nan]))[0][0])
    assert background.step(np.array([5.0]))[0][0] == pytest.approx(3.0)


def test_a_rise_at_every_sensor_is_the_regions_air() -> None:
    assert np.allclose(local(np.full(len(SENSORS), 1.2)), 0.0)
    one = np.zeros(len(SENSORS))
    one[3] = 4.0
    assert np.array_equal(local(one), one)
