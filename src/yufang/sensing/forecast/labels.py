"""What came: whether the limit was reached in a window ahead, and the onsets of each time above it."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from yufang.sensing.forecast.contracts import Bools, Floats, Whole, Window
from yufang.sensing.forecast.series import Series

APART_MIN = 30.0  # so long below the limit makes the next reaching of it a new onset


def reached(series: Series, limit: float, window: Window) -> Floats:
    """1.0 where the channel is at or over `limit` in `window` after the row, 0.0 where not; shape (n,).

    NaN where it can't be known: the window ends after the last row, or a tenth of it is missing and the rest below.
    """
    first = round(window.start_min * 60 / series.every_s) + 1
    last = max(first, round(window.end_min * 60 / series.every_s))
    label = np.full(len(series), np.nan)
    if len(series) <= last:
        return label
    ahead = sliding_window_view(series.value, last - first + 1)[first:]
    hit = (ahead >= limit).any(axis=1)
    known = hit | (np.isfinite(ahead).mean(axis=1) > 0.9)
    label[: len(ahead)] = np.where(known, hit, np.nan)
    return label


def peak_ahead(series: Series, limit: float, window: Window) -> Floats:
    """Highest value in `window` after the row, less `limit`; NaN where the window ends after the last row or nothing in
    it is told. Shape (n,)."""
    first = round(window.start_min * 60 / series.every_s) + 1
    last = max(first, round(window.end_min * 60 / series.every_s))
    peak = np.full(len(series), np.nan)
    if len(series) > last:
        told = np.where(np.isnan(series.value), -np.inf, series.value)
        highest = sliding_window_view(told, last - first + 1)[first:].max(axis=1)
        peak[: len(highest)] = np.where(np.isinf(highest), np.nan, highest - limit)
    return peak


def below(series: Series, limit: float) -> Bools:
    """Rows at which the channel is told and below `limit`: only from these can it be foretold to reach it."""
    found: Bools = series.value < limit  # NaN is not below
    return found


def onsets(series: Series, limit: float, apart_min: float = APART_MIN) -> Whole:
    """Rows at which the channel reaches `limit` after `apart_min` minutes below it (missing rows count as below)."""
    over = np.flatnonzero(series.value >= limit)
    if not len(over):
        return over
    gap = np.diff(over, prepend=-1 - series.rows(apart_min))
    found = over[gap > series.rows(apart_min)]
    return found[found > 0]  # what is above from the first row on began at a time that isn't known
