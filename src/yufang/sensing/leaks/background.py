"""What the air holds without a leak: a causal moving background for each sensor, and how noisy the sensor is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A leak's gas comes and goes with the wind, so the lower part of the last hours is air without it.
QUANTILE = 0.35
_NORMAL = 1.4826 / np.sqrt(2.0)  # median |difference of two readings| → standard deviation of one


class Background:
    """Lower quantile of each sensor's last `minutes` readings, and noise from its steps; both see only the past.

    A sensor that falls silent keeps its background while any of those readings stand; one that never spoke has none.
    `least` readings are needed before an excess is told.
    """

    def __init__(self, sensors: int, minutes: int = 120, least: int = 10) -> None:
        self.least = least
        self.values: Floats = np.full((minutes, sensors), np.nan)
        self.steps: Floats = np.full((minutes, sensors), np.nan)
        self.last: Floats = np.full(sensors, np.nan)
        self.next = 0

    def step(self, values: Floats) -> tuple[Floats, Floats]:
        """Excess over the background and the noise (standard deviation), both (sensors,), in the unit of `values`.

        NaN where the sensor said nothing, or has said too little yet.
        """
        at = self.next % len(self.values)
        self.values[at] = values
        self.steps[at] = np.abs(values - self.last)
        self.last = values.copy()
        self.next += 1
        level = _quantile(self.values, QUANTILE)
        noise = np.nan_to_num(_NORMAL * _quantile(self.steps, 0.5))
        ready = np.count_nonzero(np.isfinite(self.values), axis=0) >= self.least
        return np.where(ready, values - level, np.nan), np.where(ready, noise, np.nan)


def _quantile(rows: Floats, share: float) -> Floats:
    """Quantile of each column without its NaN, the nearest value at or below; NaN where there is none."""
    count = np.count_nonzero(np.isfinite(rows), axis=0)
    ordered = np.sort(rows, axis=0)  # NaN goes last
    at = np.minimum((share * np.maximum(count - 1, 0)).astype(np.int64), len(rows) - 1)
    return np.asarray(ordered[at, np.arange(rows.shape[1])])
