"""What is known at each row: levels, peaks, slopes, production, air, pressure. Row t is made from rows up to t only.

Windows are minutes, so that the same features serve any sampling. A level is told as its distance to the limit, in the
channel's unit; every feature of the channel itself keeps that unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from yufang.sensing.forecast.contracts import Floats
from yufang.sensing.forecast.series import Series

HISTORY_MIN = 30.0  # history that a forecast needs
LONGEST_MIN = 240.0  # beyond so many minutes back no feature looks, but for `since_reached`
_SINCE_CAP_MIN = 720.0
_LEVEL_HALF_LIFE = 2.0  # minutes; smooths the last digit of a probe away
_SHIFT_S = 8 * 3600  # the calendar is China's


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Features of n rows: x float64[n, k] with a name for each column; NaN where a row doesn't tell it.

    `raw` float64[n, c] are the channels themselves (the first is the distance to the limit), for learners that read
    sequences.
    """

    names: tuple[str, ...]
    x: Floats
    raw: Floats

    def column(self, name: str) -> Floats:
        return self.x[:, self.names.index(name)]


def describe(series: Series, limit: float) -> Described:
    """Features of every row of `series` for a crossing of `limit`."""
    columns = dict(_own(series, limit))
    columns |= dict(_beside(series))
    columns |= dict(_calendar(series))
    raw = [series.value - limit, *series.beside.values()]
    return Described(tuple(columns), np.column_stack(list(columns.values())), np.column_stack(raw))


def _line(values: Floats) -> pl.Series:
    """The values with what is missing as null, for Polars' windows."""
    return pl.Series("", values, dtype=pl.Float64).fill_nan(None)


def _floats(line: pl.Series) -> Floats:
    return line.cast(pl.Float64).fill_null(np.nan).to_numpy().copy()


def smooth(series: Series, values: Floats, half_life_min: float) -> Floats:
    """Exponentially weighted mean of the rows so far; carries the last mean over missing rows. Shape (n,)."""
    half_life = max(half_life_min * 60 / series.every_s, 1e-6)
    decay = 0.5 ** (1 / half_life)
    return _floats(_line(values).ewm_mean(alpha=1 - decay, adjust=False, ignore_nulls=True).forward_fill())


def back(values: Floats, rows: int) -> Floats:
    """The values `rows` rows earlier, NaN where there are none. Shape (n,)."""
    rows = min(rows, len(values))
    return np.concatenate([np.full(rows, np.nan), values[: len(values) - rows]])


def _mean(series: Series, values: Floats, minutes: float) -> Floats:
    return _floats(_line(values).rolling_mean(series.rows(minutes), min_samples=1))


def _peak(series: Series, values: Floats, minutes: float) -> Floats:
    return _floats(_line(values).rolling_max(series.rows(minutes), min_samples=1))


def _own(series: Series, limit: float) -> Iterator[tuple[str, Floats]]:
    value = series.value
    line = _line(value)
    level, slow = smooth(series, value, _LEVEL_HALF_LIFE), smooth(series, value, 60.0)
    yield "value", _floats(line.forward_fill(series.rows(3))) - limit
    yield "level", level - limit
    yield "level_10", smooth(series, value, 10.0) - limit
    yield "peak_15", _peak(series, value, 15) - limit
    yield "peak_60", _peak(series, value, 60) - limit
    upper = line.rolling_quantile(0.9, window_size=series.rows(60), min_samples=1)
    yield "upper_60", _floats(upper) - limit
    yield "value_ago_5", back(level, series.rows(5)) - limit
    yield "value_ago_15", back(level, series.rows(15)) - limit
    yield "slope_10", level - back(level, series.rows(10))
    yield "slope_30", level - back(level, series.rows(30))
    yield "over_hour", level - slow
    yield "spread_30", _floats(line.rolling_std(series.rows(30), min_samples=2))
    yield "since_reached", _since(series, value >= limit, _SINCE_CAP_MIN)


def _since(series: Series, happened: np.ndarray[tuple[int], np.dtype[np.bool_]], cap_min: float) -> Floats:
    """log(1 + minutes) since it last happened, capped. Shape (n,)."""
    row = np.arange(len(series))
    last = np.maximum.accumulate(np.where(happened, row, -1))
    minutes = np.where(last < 0, cap_min, (row - last) * series.every_s / 60)
    since: Floats = np.log1p(np.minimum(minutes, cap_min))
    return since


def _beside(series: Series) -> Iterator[tuple[str, Floats]]:
    for name in series.of_role("production"):
        on = series.beside[name]
        yield f"{name}.now", _floats(_line(on).forward_fill(series.rows(3)))
        yield f"{name}.share_10", _mean(series, on, 10)
        yield f"{name}.share_30", _mean(series, on, 30)
        yield f"{name}.share_60", _mean(series, on, 60)
    for name in series.of_role("air"):
        speed = smooth(series, series.beside[name], 5.0)
        usual = _floats(_line(series.beside[name]).rolling_median(series.rows(120), min_samples=1))
        yield f"{name}.speed", speed
        yield f"{name}.change", speed - usual
    for name in series.of_role("pressure"):
        pressure = smooth(series, series.beside[name], 5.0)
        yield f"{name}.fall_60", back(pressure, series.rows(60)) - pressure
        yield f"{name}.fall_180", back(pressure, series.rows(180)) - pressure
    for name in series.of_role("gas"):
        gas = smooth(series, series.beside[name], 5.0)
        yield f"{name}.level", gas
        yield f"{name}.slope_30", gas - back(gas, series.rows(30))


def _calendar(series: Series) -> Iterator[tuple[str, Floats]]:
    """Time of day as a circle, and whether it is a weekend; nothing where rows carry no time."""
    if series.start is None:
        return
    seconds = series.start / 1e6 + np.arange(len(series)) * series.every_s + _SHIFT_S
    angle = 2 * np.pi * (seconds % 86_400) / 86_400
    yield "day.sin", np.sin(angle)
    yield "day.cos", np.cos(angle)
    # 1 January 1970 was a Thursday.
    yield "weekend", (((seconds // 86_400).astype(np.int64) + 3) % 7 >= 5).astype(float)


def told(series: Series, minutes: float = HISTORY_MIN) -> Floats:
    """Share of the rows of the last `minutes` in which the channel is told; rows before the first count as missing."""
    window = series.rows(minutes)
    there = np.concatenate([np.zeros(window), np.cumsum(np.isfinite(series.value).astype(float))])
    share: Floats = (there[window:] - there[:-window]) / window
    return share


def unchanged(series: Series) -> Floats:
    """Minutes for which the channel has held the same value, at each row; missing rows don't end it. Shape (n,)."""
    value = _floats(_line(series.value).forward_fill())
    moved = np.ones(len(value), np.bool_)
    moved[1:] = ~(value[1:] == value[:-1])
    row = np.arange(len(value))
    minutes: Floats = (row - np.maximum.accumulate(np.where(moved, row, 0))) * series.every_s / 60
    return minutes
