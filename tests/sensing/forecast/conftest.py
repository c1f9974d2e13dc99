"""A made-up channel whose crossing probability is known, and a model of it."""

from __future__ import annotations

import numpy as np
import pytest

from yufang.sensing.forecast.learners import Envelope, Persistence, Smoothing
from yufang.sensing.forecast.model import Model
from yufang.sensing.forecast.series import Series
from yufang.sensing.forecast.train import train

STEP_S = 60.0
MEMORY, NOISE, LIMIT = 0.97, 0.12, 1.0
START = 1_767_225_600_000_000  # 1 January 2026


def walk(rows: int, seed: int) -> np.ndarray:
    """x' = 0.97 x + 0.12 e: what comes depends on the last value alone, so its probability can be simulated."""
    noise = np.random.default_rng(seed).normal(0, NOISE, rows)
    x = np.zeros(rows)
    for i in range(1, rows):
        x[i] = MEMORY * x[i - 1] + noise[i]
    return x


def made_up(days: float, seed: int) -> Series:
    rows = round(days * 86_400 / STEP_S)
    random = np.random.default_rng(seed + 1000)
    beside = {"shearer": (random.random(rows) < 0.5).astype(float), "barometer": 1000 + walk(rows, seed + 7)}
    roles = {"shearer": "production", "barometer": "pressure"}
    return Series("ch4", STEP_S, walk(rows, seed), beside, roles, START)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def model() -> Model:
    return train(made_up(5, 1), LIMIT, unit="%", learners=(Persistence, Smoothing, Envelope))
