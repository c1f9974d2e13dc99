"""Several variables judged together: what is found, who is named, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from yufang.sensing.channels import Channel
from yufang.sensing.detectors.check import START, check_detector
from yufang.sensing.detectors.engine import Engine
from yufang.sensing.multivariate import (
    Multivariate,
    MultivariateError,
    Scorer,
    fit,
    from_bytes,
    score,
    to_bytes,
    wander_between,
)
from yufang.sensing.multivariate.model import index_of
from yufang.sensing.wire import Readings

NAMES = ("flow", "pressure", "current", "speed", "heat", "vibration")
UNITS = ("m3/h", "kPa", "A", "1/min", "degC", "mm/s")


def plant(rows: int, seed: int = 0) -> np.ndarray:
    """Made-up normal rows: two hidden causes with memory move six variables, each with its own noise and unit."""
    rng = np.random.default_rng(seed)
    ways = np.random.default_rng(99).normal(size=(2, 6))
    hidden = np.zeros((rows, 2))
    for n in range(1, rows):
        hidden[n] = 0.8 * hidden[n - 1] + rng.normal(size=2)
    noisy = hidden @ ways + rng.normal(0.0, 0.5, (rows, 6))
    return np.asarray(np.array([30.0, 200.0, 5.0, 1450.0, 60.0, 2.0]) + noisy * np.array([1, 8, 0.2, 15, 2, 0.1]))


@pytest.fixture(scope="module")
def model():
    return fit(plant(600), NAMES, name="pump")


@pytest.fixture(scope="module")
def channels() -> list[Channel]:
    return [Channel(key=key, device="d", quantity="process", unit=unit) for key, unit in zip(NAMES, UNITS, strict=True)]


def readings(rows: np.ndarray, jitter: float = 0.3, seed: int = 3) -> Readings:
    """Rows as interleaved readings, a second apart, none exactly on time."""
    n, m = rows.shape
    rng = np.random.default_rng(seed)
    time = START + ((np.arange(n)[:, None] + rng.uniform(-jitter, jitter, (n, m))) * 1e6).astype(np.int64)
    order = np.argsort(time, axis=None, kind="stable")
    return Readings.of(np.broadcast_to(np.arange(m), (n, m)).ravel()[order], time.ravel()[order], rows.ravel()[order])


def test_later_normal_rows_stay_within_the_chosen_share_of_false_alarms(model) -> None:
    shares = [float((index_of(score(model, plant(600, seed))) > 1).mean()) for seed in range(1, 4)]
    assert np.mean(shares) <= 0.03
    assert model.false_alarms == 0.02


@pytest.mark.parametrize("variable", range(6))
def test_the_disturbed_variable_is_named_with_sign_and_size(model, variable: int) -> None:
    rows = plant(200, 7)
    shift = (-1) ** variable * 2.0 * plant(600)[:, variable].std()
    rows[100:, variable] += shift
    scorer = Scorer(model)
    verdicts = [scorer.step(row) for row in rows]
    late = verdicts[150:]
    assert np.mean([verdict.index > 1 for verdict in late]) > 0.9
    first = [scorer.contributions(verdict)[0] for verdict in late]
    assert np.mean([part.variable == NAMES[variable] for part in first]) > 0.9
    assert np.median([part.shift for part in first]) == pytest.approx(shift, rel=0.3)


def test_a_broken_relation_is_found_where_every_variable_alone_is_usual(model) -> None:
    rows = plant(400, 8)
    rows[:, 2] = rows[::-1, 2]  # the same values, at other times
    usual = plant(600)
    assert (np.abs(rows - usual.mean(axis=0)) < 4.5 * usual.std(axis=0)).all()
    assert (index_of(score(model, rows)) > 1).mean() > 0.8


def test_an_unmeasured_variable_alone_raises_no_alarm_and_hides_no_other(model) -> None:
    rows = plant(400, 9)
    rows[:, 4] = np.nan
    assert (index_of(score(model, rows)) > 1).mean() < 0.05
    rows[200:, 0] += 3.0 * plant(600)[:, 0].std()
    assert (index_of(score(model, rows))[230:] > 1).mean() > 0.9


def test_wander_that_was_seen_before_lets_a_level_move_but_not_a_relation() -> None:
    stretches = [plant(200, seed) + np.array([0, 0, 0, 0, 12.0 * seed, 0]) for seed in range(4)]
    wander = wander_between(stretches)
    assert int(np.argmax(wander)) == 4
    later = plant(200, 21) + np.array([0, 0, 0, 0, 14.0, 0])
    strict, lenient = fit(stretches[0], NAMES), fit(stretches[0], NAMES, wander=wander)
    assert (index_of(score(strict, later)) > 1).mean() > 0.5
    assert (index_of(score(lenient, later)) > 1).mean() < 0.1
    later[:, 0] -= 2.5 * stretches[0][:, 0].std()
    assert (index_of(score(lenient, later)) > 1).mean() > 0.5


def test_the_battery_holds(model, channels) -> None:
    rows = plant(240, 11)
    rows[60:110, 1] += 60.0
    rows[150:200, 5] -= 0.6
    told = check_detector(
        lambda given: Multivariate.from_config({"model": model}, given), channels, readings(rows), points=2
    )
    assert [event.state for event in told][:2] == ["raised", "cleared"]
    assert told[0].channel == "pressure"
    assert told[0].kind == "multivariate"


def test_an_event_says_in_both_languages_which_variable_by_how_much(model, channels) -> None:
    rows = plant(120, 12)
    rows[60:, 1] += 60.0
    (event,) = Multivariate.from_config({"model": model, "name": "pump-1"}, channels).update(readings(rows))
    assert "pressure 偏高" in event.reason_zh
    assert "kPa above what the others lead to expect" in event.reason_en
    assert event.deviation is not None
    assert event.deviation > 0
    assert event.unit == "kPa"
    assert event.sureness > 0.9
    assert event.evidence["contributions"][0]["channel"] == "pressure"
    assert abs(event.since - (START + 60_000_000)) <= 3_000_000


def test_an_engine_runs_it_from_a_file(model, channels, tmp_path) -> None:
    (tmp_path / "pump.npz").write_bytes(to_bytes(model))
    entry = {"kind": "multivariate", "model": str(tmp_path / "pump.npz"), "hold": 2}
    engine = Engine.from_config({"detectors": [entry]}, channels, jit=False)
    rows = plant(120, 12)
    rows[60:, 1] += 60.0
    assert [event.channel for event in engine.update(readings(rows))] == ["pressure"]


def test_a_clock_that_ran_ahead_does_not_blind_it_once_it_is_set_back(model, channels) -> None:
    engine = Engine.from_config(
        {"detectors": [{"kind": "multivariate", "model": model, "hold": 2}]}, channels, jit=False
    )
    normal = readings(plant(20, 12))
    ahead = Readings.of(normal.channel, normal.time + 7_200_000_000, normal.value)
    assert engine.update(ahead) == []
    disturbed = plant(120, 12)
    disturbed[60:, 1] += 60.0
    assert engine.update(readings(disturbed)) == [], "all of it counts as late"
    engine.set_back(START)
    assert [event.channel for event in engine.update(readings(disturbed))] == ["pressure"]


def test_a_dead_channel_is_told_and_a_dead_plant_is_not_judged(model, channels) -> None:
    detector = Multivariate.from_config({"model": model, "max_gap_s": 5}, channels)
    rows = plant(200, 13)
    rows[100:, 1] += 60.0
    batch = readings(rows)
    alive = ~((batch.channel == 4) & (batch.time > START + 50_000_000))
    (event,) = detector.update(batch.take(alive))
    assert event.evidence["not_measured"] == ["heat"]
    few = (batch.channel < 2) | (batch.time < START + 50_000_000)
    assert Multivariate.from_config({"model": model, "max_gap_s": 5}, channels).update(batch.take(few)) == []


def test_a_file_gives_the_same_verdicts_bit_for_bit(model) -> None:
    rows = plant(50, 14)
    again = from_bytes(to_bytes(model))
    assert to_bytes(again) == to_bytes(model)
    assert index_of(score(again, rows)).tobytes() == index_of(score(model, rows)).tobytes()
    assert len(to_bytes(model)) < 20_000


def test_a_file_of_another_version_is_refused_by_number(model, monkeypatch) -> None:
    with monkeypatch.context() as other:
        other.setattr("yufang.sensing.multivariate.file.VERSION", 9)
        data = to_bytes(model)
    with pytest.raises(MultivariateError) as error:
        from_bytes(data)
    assert "version 9" in error.value.message
    assert "版本是 9" in error.value.zh[0]
    assert "train the model again" in error.value.way_out


@pytest.mark.parametrize("spoil", ["cut", "text", "shape", "nan", "scale"])
def test_what_is_not_a_whole_model_is_refused(model, spoil: str) -> None:
    spoiled = {
        "shape": lambda: to_bytes(replace(model, mean=model.mean[:3])),
        "nan": lambda: to_bytes(replace(model, basis=model.basis * np.nan)),
        "scale": lambda: to_bytes(replace(model, scale=model.scale * 0)),
        "cut": lambda: to_bytes(model)[:2000],
        "text": lambda: b"not a model",
    }[spoil]()
    with pytest.raises(MultivariateError, match="not a file of a multivariate model"):
        from_bytes(spoiled)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("nan", "variable 'current', row 17: nan"),
        ("inf", "variable 'current', row 17: inf"),
        ("constant", "variable 'current' is 5.0 in all 600 training rows"),
        ("few", "40 training rows are too few"),
        ("twice", "no key twice"),
    ],
)
def test_training_rows_that_cannot_teach_are_refused_by_name(spoil: str, said: str) -> None:
    rows, names = plant(600), NAMES
    if spoil == "nan":
        rows[17, 2] = np.nan
    elif spoil == "inf":
        rows[17, 2] = np.inf
    elif spoil == "constant":
        rows[:, 2] = 5.0
    elif spoil == "few":
        rows = rows[:40]
    else:
        names = ("flow",) * 6
    with pytest.raises(MultivariateError) as error:
        fit(rows, names)
    assert said in f"{error.value.message} {error.value.way_out}"
    assert error.value.zh[0]
    assert error.value.zh[1]


def test_settings_out_of_range_are_refused(channels, model) -> None:
    for wrong in ({"lags": 40}, {"false_alarms": 0.0}, {"judged": ("q",)}, {"wander": np.array([-1.0] * 6)}):
        with pytest.raises(MultivariateError):
            fit(plant(200), NAMES, **wrong)
    with pytest.raises(MultivariateError, match="'vibration'"):
        Multivariate.from_config({"model": model}, channels[:5])
    with pytest.raises(MultivariateError, match="No such file"):
        Multivariate.from_config({"model": "/nowhere/pump.npz"}, channels)
    with pytest.raises(ValueError, match="hold"):
        Multivariate.from_config({"model": model, "hold": 0}, channels)


def test_two_copies_of_one_sensor_do_not_upset_a_model() -> None:
    rows = np.column_stack([plant(300), plant(300)[:, 0]])
    model = fit(rows, (*NAMES, "flow-again"))
    later = plant(300, 5)
    later = np.column_stack([later, later[:, 0]])
    assert (index_of(score(model, later)) > 1).mean() < 0.05
    later[150:, 6] += 1.0
    assert (index_of(score(model, later))[160:] > 1).all()


def test_evidence_is_plain_json(model, channels) -> None:
    rows = plant(100, 12)
    rows[60:, 1] += 60.0
    (event,) = Multivariate.from_config({"model": model}, channels).update(readings(rows))
    assert json.loads(json.dumps(dict(event.evidence), allow_nan=False))["statistic"] in ("spe", "variable")
