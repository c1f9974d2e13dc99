"""Warnings scored by onset: how many crossings were foretold, how early, and how often the warning was wrong.

A warning is given when the probability reaches a threshold while it is calm (the channel has been below the limit for
half an hour), stands for the 30 minutes it speaks of, and is not given again before it has run out. So a probability
that stays high all day is many wrong warnings, not one right one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yufang.sensing.forecast.contracts import Bools, Floats, Whole
from yufang.sensing.forecast.labels import APART_MIN, onsets
from yufang.sensing.forecast.series import Series

STANDS_MIN = 30.0
NEVER = 1.1  # a threshold that no probability reaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Share of `onsets` that a standing warning had foretold, median lead in minutes of these (NaN where none), wrong
    warnings a day over `days` days, and how many warnings there were."""

    onsets: int
    onsets_warned: float
    median_lead_min: float
    false_warnings_per_day: float
    warnings: int
    days: float


def calm(series: Series, limit: float) -> Bools:
    """Rows at which the channel is told and has not reached the limit in the last `APART_MIN` minutes; shape (n,)."""
    over = np.cumsum(np.concatenate([[0], (series.value >= limit).astype(np.int64)]))
    row = np.arange(len(series))
    since = over[row + 1] - over[np.maximum(0, row + 1 - series.rows(APART_MIN))]
    found: Bools = (since == 0) & np.isfinite(series.value)
    return found


def give(probability: Floats, calm_rows: Bools, threshold: float, stands: int) -> Whole:
    """Rows at which a warning is given; NaN (can't tell) gives none."""
    with np.errstate(invalid="ignore"):
        candidates = np.flatnonzero(calm_rows & (probability >= threshold))
    given: list[int] = []
    free = -1
    for row in candidates.tolist():
        if row > free:
            given.append(row)
            free = row + stands
    return np.array(given, dtype=np.int64)


def score(series: Series, limit: float, probability: Floats, threshold: float, scored: Bools | None = None) -> Warned:
    """How warnings at `threshold` of `probability` (n,) did. `scored`: rows that count, all where None."""
    counted = np.ones(len(series), np.bool_) if scored is None else scored
    stands = series.rows(STANDS_MIN)
    given = give(probability, calm(series, limit) & counted, threshold, stands)
    # Of what comes after the last row nobody knows whether it would have been right.
    given = given[given + stands < len(series)] if len(given) else given
    came = onsets(series, limit)
    came = came[counted[came]]
    leads = []
    for onset in came.tolist():
        standing = given[(given < onset) & (given + stands >= onset)]
        if len(standing):
            leads.append((onset - int(standing[0])) * series.every_s / 60)
    right = sum(bool(((came > g) & (came <= g + stands)).any()) for g in given.tolist())
    days = float(counted.sum()) * series.every_s / 86_400
    return Warned(
        onsets=len(came),
        onsets_warned=len(leads) / len(came) if len(came) else float("nan"),
        median_lead_min=float(np.median(leads)) if leads else float("nan"),
        false_warnings_per_day=(len(given) - right) / days if days else float("nan"),
        warnings=len(given),
        days=days,
    )


def choose_threshold(
    series: Series, limit: float, probability: Floats, false_per_day: float, scored: Bools | None = None
) -> float:
    """The threshold that warns of most onsets with at most `false_per_day` wrong warnings a day; the highest such.

    `NEVER` where none warns of any.
    """
    told = probability[~np.isnan(probability)]
    if not len(told):
        return NEVER
    best, found = 0.0, NEVER
    for threshold in np.unique(np.quantile(told, np.linspace(0.3, 0.999, 60)))[::-1].tolist():
        warned = score(series, limit, probability, threshold, scored)
        if warned.false_warnings_per_day <= false_per_day and warned.onsets_warned > best:
            best, found = warned.onsets_warned, threshold
    return found
