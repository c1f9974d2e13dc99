"""Drift says in words whether the model still holds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sensing.forecast.conftest import made_up
from yufang.sensing.forecast.drift import psi, watch
from yufang.sensing.forecast.model import Model
from yufang.sensing.forecast.series import Series


def shifted(series: Series, by: float) -> Series:
    return Series("ch4", series.every_s, series.value + by, series.beside, series.roles, series.start)


def test_days_like_those_of_training_hold(model: Model) -> None:
    found = watch(model, made_up(3, 11))
    assert found.verdict == "holds", found
    assert found.zh
    assert found.en
    assert found.foretold == pytest.approx(found.came, abs=0.1)


def test_a_shifted_probe_is_seen(model: Model) -> None:
    found = watch(model, shifted(made_up(3, 11), -0.8))
    assert found.verdict in ("retrain", "watch")
    assert found.psi["value"] > found.usual["value"]


def test_probabilities_that_no_longer_come_ask_for_new_training(model: Model) -> None:
    calm = made_up(3, 11)
    value = np.where(np.arange(len(calm)) % 20 == 0, 0.85, 0.8) + 1e-4 * np.arange(len(calm)) % 1e-2
    found = watch(model, Series("ch4", calm.every_s, value, calm.beside, calm.roles, calm.start))
    assert found.verdict == "retrain"


def test_too_few_rows_are_not_judged(model: Model) -> None:
    assert watch(model, made_up(0.1, 11)).verdict == "cannot_tell"


def test_psi_is_zero_for_the_same_shares_and_grows_with_the_shift() -> None:
    same, a, b = np.full(4, 0.25), np.array([0.3, 0.25, 0.25, 0.2]), np.array([0.7, 0.1, 0.1, 0.1])
    assert psi(same, same) == 0.0
    assert 0 < psi(a, same) < psi(b, same)
