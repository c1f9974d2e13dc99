"""Forecasts are calibrated, say when they can't tell, and survive the file."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.sensing.forecast.conftest import LIMIT, MEMORY, NOISE, STEP_S, made_up
from yufang.sensing.forecast.calibration import calibration_error
from yufang.sensing.forecast.contracts import WITHIN, Window
from yufang.sensing.forecast.errors import ForecastError
from yufang.sensing.forecast.labels import reached
from yufang.sensing.forecast.model import Model
from yufang.sensing.forecast.series import Series
from yufang.sensing.forecast.store import load, save
from yufang.sensing.forecast.train import train


def true_probability(now: float, minutes: int) -> float:
    """Share of 4,000 simulated paths from `now` that reach the limit within so many minutes."""
    random = np.random.default_rng(5)
    x, hit = np.full(4000, now), np.zeros(4000, bool)
    for _ in range(minutes):
        x = MEMORY * x + random.normal(0, NOISE, len(x))
        hit |= x >= LIMIT
    return float(hit.mean())


def ending_in(value: np.ndarray, series: Series | None = None) -> Series:
    base = series or made_up(0.2, 4)
    n = len(value)
    return Series("ch4", STEP_S, value, {k: v[:n] for k, v in base.beside.items()}, base.roles, base.start)


@pytest.mark.parametrize("window", WITHIN)
def test_the_probability_is_that_of_the_process(model: Model, window: Window) -> None:
    fresh = made_up(6, 2)
    told = model.probabilities(fresh, window)
    rows = np.flatnonzero(~np.isnan(told))[::200]
    true = np.array([true_probability(float(fresh.value[row]), round(window.end_min)) for row in rows])
    assert len(rows) > 30
    assert np.abs(told[rows] - true).mean() < 0.06
    label = reached(fresh, LIMIT, window)
    known = ~np.isnan(told) & ~np.isnan(label)
    assert calibration_error(told[known], label[known]) < 0.06


def test_a_process_that_remembers_only_its_last_value_is_told_by_persistence(model: Model) -> None:
    assert model.heads[WITHIN[0]].learner.name == "persistence"
    assert {model.card.tried["0-30"][k].learner for k in range(3)} == {"persistence", "smoothing", "envelope"}


def test_a_longer_time_is_never_less_likely_and_the_band_is_in_order(model: Model) -> None:
    fresh = made_up(1, 3)
    told = 0
    for end in range(100, len(fresh), 60):
        found = model.forecast(fresh.cut(end - 100, end))
        if found.state != "told":
            continue
        told += 1
        p = [found.probability(m) for m in (3, 15, 30)]
        assert p == sorted(p)
        assert p[0] > 0
        assert p[-1] < 1
        assert found.band is not None
        assert all(list(values) == sorted(values) for values in found.band.values)
        assert found.model == model.version
        assert found.at == fresh.time(end - 1)
    assert told > 10


def test_the_band_holds_as_much_as_it_says(model: Model) -> None:
    assert 0.85 < model.bands.coverage["90%"] < 0.95
    assert 0.42 < model.bands.coverage["50%"] < 0.58


def test_at_the_limit_nothing_is_foretold(model: Model) -> None:
    value = made_up(0.2, 4).value.copy()
    value[-1] = LIMIT
    found = model.forecast(ending_in(value))
    assert found.state == "above"
    assert not found.chances


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("too_little_history", lambda v: v[-20:]),
        ("missing", lambda v: np.where(np.arange(len(v)) % 2 == 0, v, np.nan)),
        ("missing", lambda v: np.r_[v[:-10], np.full(10, np.nan)]),
        ("missing", lambda v: np.full(len(v), np.nan)),
        ("out_of_range", lambda v: v - 50.0),
        ("stuck", lambda v: np.full(len(v), 0.5)),
    ],
)
def test_it_says_when_it_cannot_tell(model: Model, code: str, change) -> None:  # type: ignore[no-untyped-def]
    found = model.forecast(ending_in(change(np.minimum(made_up(0.2, 4).value, 0.9))))
    assert found.state == "cannot_tell"
    assert code in [reason.code for reason in found.reasons]
    assert all(reason.zh and reason.en for reason in found.reasons)
    assert not found.chances
    assert found.band is None
    assert found.probability(15) is None


def test_an_input_that_fell_silent_is_named(model: Model) -> None:
    needing = replace_learner(model)
    fresh = made_up(0.2, 4)
    silent = {**fresh.beside, "shearer": np.r_[fresh.beside["shearer"][:-40], np.full(40, np.nan)]}
    found = needing.forecast(Series("ch4", STEP_S, np.minimum(fresh.value, 0.9), silent, fresh.roles, fresh.start))
    assert found.state == "cannot_tell"
    assert any(r.code == "missing_input" and "shearer" in r.en for r in found.reasons)


def replace_learner(model: Model) -> Model:
    """The model with a learner that uses production."""
    from yufang.sensing.forecast.learners import Working
    from yufang.sensing.forecast.model import Head

    head = model.heads[WITHIN[0]]
    working = Working(raised={"shearer.share_60": 0.1}, level=-1.0, slope=1.0)
    return replace(model, heads={**model.heads, WITHIN[0]: Head(working, head.beta, head.base, head.base_beta)})


def test_rows_of_another_step_or_without_an_input_are_refused(model: Model) -> None:
    fresh = made_up(0.2, 4)
    with pytest.raises(ForecastError, match="every 60 s"):
        model.forecast(Series("ch4", 30.0, fresh.value, fresh.beside, fresh.roles))
    with pytest.raises(ForecastError, match="shearer"):
        model.forecast(Series("ch4", STEP_S, fresh.value))
    with pytest.raises(ForecastError, match="0 rows"):
        model.forecast(fresh.cut(0, 0))


def test_the_file_gives_the_same_answers(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "ch4.forecast"
    save(model, path)
    again = load(path)
    fresh = made_up(0.3, 6)
    assert again.forecast(fresh) == model.forecast(fresh)
    assert again.card == model.card
    save(again, tmp_path / "twice")
    assert (tmp_path / "twice").read_bytes() == path.read_bytes()


def test_a_file_of_another_format_is_refused_with_the_way_out(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "ch4.forecast"
    save(model, path)
    data = json.loads(gzip.decompress(path.read_bytes()))

    def changed(**fields: object) -> Path:
        path.write_bytes(gzip.compress(json.dumps(data | fields).encode()))
        return path

    with pytest.raises(ForecastError) as refused:
        load(changed(format=99))
    assert refused.value.code == "other_format"
    assert "99" in refused.value.message
    assert "reads format 1" in refused.value.message
    assert "yufang sensing train" in refused.value.way_out
    assert "99" in refused.value.zh[0]
    with pytest.raises(ForecastError, match="damaged"):
        load(changed(limit=0.2))  # not what was learned
    with pytest.raises(ForecastError, match="another kind"):
        load(changed(kind="something"))
    path.write_bytes(b"no model")
    with pytest.raises(ForecastError, match="not a forecast model"):
        load(path)


@pytest.mark.parametrize("value", [np.full(2000, 0.4), np.full(2000, np.nan)])
def test_a_channel_that_tells_nothing_is_refused(value: np.ndarray) -> None:
    with pytest.raises(ForecastError) as refused:
        train(Series("ch4", STEP_S, value), LIMIT)
    assert refused.value.code == "constant"


def test_too_few_crossings_or_rows_are_refused() -> None:
    with pytest.raises(ForecastError, match="5 are needed"):
        train(made_up(2, 1), 50.0)
    with pytest.raises(ForecastError, match="at least 720"):
        train(made_up(0.1, 1), LIMIT)
    with pytest.raises(ForecastError, match="limit"):
        train(made_up(1, 1), float("nan"))


def test_the_card_says_what_it_learned_from_in_both_languages(model: Model) -> None:
    zh, en = ("\n".join(model.card.describe(language)) for language in ("zh", "en"))
    for text in (zh, en):
        assert "ch4" in text
        assert "near-AUC" in text
        assert "±" in text
    assert "滚动起点" in zh
    assert "rolling origins" in en
    assert json.loads(json.dumps(model.card.to_dict(), allow_nan=False))["rows"] == len(made_up(5, 1))
