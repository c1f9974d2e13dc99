"""Nothing in a feature comes from a later row; labels tell what came after the row, and only that."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sensing.forecast.conftest import LIMIT, STEP_S, made_up
from yufang.sensing.forecast.boosting import Boosting
from yufang.sensing.forecast.contracts import WINDOWS, Ahead, Window
from yufang.sensing.forecast.features import back, describe
from yufang.sensing.forecast.labels import onsets, peak_ahead, reached
from yufang.sensing.forecast.learners import Linear, Persistence, Working
from yufang.sensing.forecast.rolling import Task, out_of_fold
from yufang.sensing.forecast.series import Series
from yufang.sensing.forecast.train import task_of


@pytest.mark.parametrize("row", [0, 1, 40, 300, 799])
def test_features_are_the_same_whatever_comes_later(row: int) -> None:
    series = made_up(1, 9).cut(0, 800)
    here = describe(series, LIMIT)
    assert {"shearer.share_60", "barometer.fall_180", "day.sin", "since_reached"} <= set(here.names)
    random = np.random.default_rng(0)
    value = np.r_[series.value[: row + 1], random.normal(3, 5, 799 - row)]
    beside = {n: np.r_[v[: row + 1], random.normal(0, 9, 799 - row)] for n, v in series.beside.items()}
    other = describe(Series("ch4", STEP_S, value, beside, series.roles, series.start), LIMIT)
    np.testing.assert_array_equal(here.x[: row + 1], other.x[: row + 1])
    np.testing.assert_array_equal(here.raw[: row + 1], other.raw[: row + 1])


def test_scores_out_of_fold_are_the_same_whatever_comes_later() -> None:
    series = made_up(4, 9)
    scores = []
    for value in (series.value, np.r_[series.value[:3000], -series.value[3000:]]):
        changed = Series("ch4", STEP_S, value, series.beside, series.roles, series.start)
        task = task_of(changed, describe(changed, LIMIT), LIMIT, WINDOWS[1])
        scores.append(out_of_fold(task, Working))
    told = ~np.isnan(scores[0][:2980]) & ~np.isnan(scores[1][:2980])
    assert told.sum() > 500
    np.testing.assert_array_equal(scores[0][:2980][told], scores[1][:2980][told])


def test_a_label_looks_ahead_by_its_window_only() -> None:
    value = np.zeros(200)
    value[100] = LIMIT
    series = Series("x", STEP_S, value)
    within, later = reached(series, LIMIT, Window(0, 15)), reached(series, LIMIT, Window(15, 30))
    assert np.flatnonzero(within == 1).tolist() == list(range(85, 100))
    assert np.flatnonzero(later == 1).tolist() == list(range(70, 85))
    assert np.isnan(within[185:]).all()
    assert not np.isnan(within[:185]).any()
    assert peak_ahead(series, LIMIT, Window(0, 15))[85] == 0.0


def test_what_is_missing_ahead_is_not_called_calm() -> None:
    value = np.zeros(200)
    value[100:110] = np.nan
    label = reached(Series("x", STEP_S, value), LIMIT, Window(0, 15))
    assert np.isnan(label[95])
    assert label[50] == 0


def test_an_onset_follows_half_an_hour_below() -> None:
    value = np.zeros(300)
    value[[0, 50, 60, 75, 200]] = 2.0
    assert onsets(Series("x", STEP_S, value), LIMIT).tolist() == [50, 200]


def test_back_and_since_count_in_rows() -> None:
    assert back(np.arange(4.0), 2).tolist()[2:] == [0.0, 1.0]
    assert np.isnan(back(np.arange(4.0), 9)).all()
    value = np.zeros(10)
    value[3] = LIMIT
    since = np.expm1(describe(Series("x", STEP_S, value), LIMIT).column("since_reached"))
    np.testing.assert_allclose(since[3:], np.arange(7), atol=1e-9)


@pytest.mark.parametrize("kind", [Persistence, Working, Linear, Boosting])
def test_a_higher_level_is_never_told_as_safer(kind: type) -> None:
    series = made_up(3, 9)
    task = task_of(series, describe(series, LIMIT), LIMIT, WINDOWS[1])
    rows = np.flatnonzero(task.usable)
    learner = kind()
    learner.fit(task.described, rows, task.outcome.at(rows), 0)
    some = rows[::50]
    lower = learner.score(task.described, some)
    raised = task.described.x.copy()
    for name in ("value", "level", "level_10", "peak_15", "peak_60", "upper_60"):
        raised[:, task.described.names.index(name)] += 0.2
    higher = learner.score(type(task.described)(task.described.names, raised, task.described.raw), some)
    assert (higher >= lower - 1e-12).all()
    assert (higher > lower).any()
    again = kind()
    again.restore(learner.to_dict())
    np.testing.assert_allclose(again.score(task.described, some), lower, rtol=1e-12)
    assert set(learner.needs) <= set(task.described.names)


def test_production_raises_the_chance_where_it_raises_the_gas() -> None:
    on = (np.arange(6000) // 120) % 2 == 1
    noise = np.random.default_rng(1).normal(0, 0.1, 6000)
    value = np.clip(0.55 + 0.4 * np.convolve(on, np.ones(60) / 60)[:6000] + noise, 0, 2)
    series = Series("ch4", STEP_S, value, {"shearer": on.astype(float)}, {"shearer": "production"})
    described = describe(series, LIMIT)
    came = np.nan_to_num(reached(series, LIMIT, WINDOWS[3]))
    task = Task(described, value < LIMIT, Ahead(came, peak_ahead(series, LIMIT, WINDOWS[3])), 30, 1440)
    rows = np.flatnonzero(task.usable)
    working = Working()
    working.fit(described, rows, task.outcome.at(rows), 0)
    assert 0.0 < working.raised["shearer.share_60"] < 0.4
