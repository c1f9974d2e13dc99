"""Change over the years with its interval, and seasons: found where they are, not where only chance is."""

import numpy as np
import pytest

from yufang.profiles.trend import seasons, trends


def counts(slope: float, rows: int, level: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    years = (np.arange(36) - 17.5) / 12
    return rng.poisson(level * np.exp(slope * years), (rows, 36)).astype(float)


def test_a_rise_is_found_and_its_interval_covers_it() -> None:
    table = counts(np.log(1.5), 300, 2.0, 1)
    found = trends(table, np.ones_like(table), np.zeros(300, dtype=np.int64))
    assert np.median(found.change) == pytest.approx(0.5, abs=0.08)
    assert np.mean((found.low <= 0.5) & (found.high >= 0.5)) > 0.85


def test_one_injury_says_little_of_change() -> None:
    table = np.vstack([counts(0.0, 199, 1.0, 2), np.eye(36)[35]])
    found = trends(table, np.ones_like(table), np.zeros(200, dtype=np.int64))
    assert abs(found.change[-1]) < 0.15
    assert found.low[-1] < 0 < found.high[-1]


def test_more_people_at_the_same_rate_is_no_rise() -> None:
    rng = np.random.default_rng(5)
    people = np.repeat(np.exp(np.linspace(0, 1.5, 36))[None], 100, axis=0)
    table = rng.poisson(people).astype(float)
    assert np.median(trends(table, people, np.zeros(100, dtype=np.int64)).change) == pytest.approx(0, abs=0.06)


def test_less_than_a_year_says_nothing() -> None:
    found = trends(np.ones((3, 8)), np.ones((3, 8)), np.zeros(3, dtype=np.int64))
    assert (found.change == 0).all()
    assert (found.low < -0.5).all()


def test_a_summer_peak_is_found() -> None:
    rng = np.random.default_rng(6)
    months = (5 + np.arange(60)) % 12  # the first month is a June
    found = seasons(rng.poisson(np.where(np.isin(months, [6, 7]), 60.0, 30.0)).astype(float), np.ones(60), 24000 + 5)
    assert found is not None
    assert set(np.argsort(found.factor)[-2:]) == {6, 7}
    assert sum(found.factor) == pytest.approx(12)
    assert found.low[6] > 1.2


def test_chance_alone_makes_hardly_a_season() -> None:
    rng = np.random.default_rng(7)
    found = seasons(rng.poisson(4.0, 60).astype(float), np.ones(60), 24000)
    assert found is not None
    assert max(found.factor) < 1.2


def test_a_rising_year_is_no_season_and_one_year_has_none() -> None:
    level = np.repeat([10.0, 40.0], 12)
    found = seasons(level, np.ones(24), 24000)
    assert found is not None
    assert max(found.factor) == pytest.approx(1.0, abs=1e-6)
    assert seasons(level[:12], np.ones(12), 24000) is None
