"""Warnings are scored by onset; a probability that stays high is many wrong warnings."""

from __future__ import annotations

import numpy as np

from tests.sensing.forecast.conftest import LIMIT, STEP_S
from yufang.sensing.forecast.onsets import NEVER, choose_threshold, score
from yufang.sensing.forecast.series import Series

DAY = 1440


def day(*onsets: int) -> Series:
    value = np.zeros(DAY)
    for onset in onsets:
        value[onset : onset + 5] = 2.0
    return Series("x", STEP_S, value)


def test_a_warning_before_an_onset_is_right_and_its_lead_is_counted() -> None:
    p = np.zeros(DAY)
    p[490:500] = 0.9  # ten minutes before the first onset
    p[1000:1003] = 0.9  # wrong
    found = score(day(500, 800), LIMIT, p, 0.5)
    assert (found.onsets, found.onsets_warned, found.median_lead_min) == (2, 0.5, 10.0)
    assert found.false_warnings_per_day == 1.0
    assert found.warnings == 2


def test_a_warning_too_early_is_wrong_and_one_at_the_onset_comes_too_late() -> None:
    p = np.zeros(DAY)
    p[450] = p[500] = 0.9
    found = score(day(500), LIMIT, p, 0.5)
    assert found.onsets_warned == 0.0
    assert found.false_warnings_per_day == 1.0


def test_crying_wolf_all_day_costs_a_warning_every_half_hour() -> None:
    found = score(day(500), LIMIT, np.ones(DAY), 0.5)
    assert found.onsets_warned == 1.0
    assert found.false_warnings_per_day > 40


def test_where_it_cannot_tell_it_does_not_warn() -> None:
    found = score(day(500), LIMIT, np.full(DAY, np.nan), 0.5)
    assert (found.warnings, found.onsets_warned) == (0, 0.0)


def test_the_threshold_keeps_to_the_wrong_warnings_allowed() -> None:
    p = np.random.default_rng(0).random(DAY) * 0.5
    p[485:500] = 0.9
    series = day(500)
    chosen = choose_threshold(series, LIMIT, p, 1.0)
    found = score(series, LIMIT, p, chosen)
    assert found.onsets_warned == 1.0
    assert found.false_warnings_per_day <= 1.0
    assert choose_threshold(series, LIMIT, np.full(DAY, np.nan), 1.0) == NEVER
