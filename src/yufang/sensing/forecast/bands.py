"""Quantiles of the path ahead, from how far the channel has moved in the training rows from where it was expected.

The expectation is persistence, the smoothed level, or a level that goes back to its median; which one is chosen by the
pinball loss on rows after those learned from. The residuals are those of rows about as restless as the present one
(thirds of the spread of the last half hour), so the band is narrow when the channel is quiet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from yufang.sensing.forecast.contracts import Band, Floats, Whole
from yufang.sensing.forecast.features import Described, back
from yufang.sensing.forecast.series import Series

MINUTES = (1.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0)
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
BASES = ("persistence", "smoothing", "reverting")
_THIRDS = 3
_FOLDS = 4


@dataclass(slots=True)
class Bands:
    """`residuals[i][k][j]`: quantile `LEVELS[j]` of the residual at `MINUTES[i]` in third k of restlessness (edges
    `restless`); `back[i]`: share of the way to `median` that the level goes in `MINUTES[i]`."""

    base: str = "persistence"
    median: float = 0.0
    lowest: float = 0.0
    back: list[float] = field(default_factory=list)
    restless: list[float] = field(default_factory=list)
    residuals: list[list[list[float]]] = field(default_factory=list)
    pinball: dict[str, float] = field(default_factory=dict)
    coverage: dict[str, float] = field(default_factory=dict)

    def expected(self, described: Described, limit: float, lead: int) -> Floats:
        """Expected value (n,) at `MINUTES[lead]` ahead of each row."""
        if self.base == "persistence":
            return described.column("value") + limit
        level: Floats = described.column("level") + limit
        if self.base == "reverting":
            level = level + self.back[lead] * (self.median - level)
        return level

    def third(self, described: Described) -> Whole:
        """Which third of restlessness each row (n,) is in; the most restless where it isn't told."""
        spread = described.column("spread_30")
        place = np.searchsorted(self.restless, spread, side="left")
        return np.where(np.isnan(spread), _THIRDS - 1, place)

    def fit(self, series: Series, described: Described, limit: float, rows: Whole) -> None:
        """Learn from the rows; what lies ahead of the last of them by more than it isn't looked at."""
        value = series.value[: int(rows[-1]) + 1]
        self.median, self.lowest = float(np.nanmedian(value)), float(np.nanmin(value))
        spread = described.column("spread_30")[rows]
        told = spread[~np.isnan(spread)]
        self.restless = [float(q) for q in np.quantile(told, [1 / 3, 2 / 3])] if len(told) else [0.0, 0.0]
        third = self.third(described)[rows]
        self.back, self.residuals = [], []
        for lead, minutes in enumerate(MINUTES):
            ahead = np.full(len(series), np.nan)
            ahead[: len(value)] = _ahead(value, series.rows(minutes))
            level = described.column("level")[rows] + limit
            self.back.append(_share(self.median - level, ahead[rows] - level))
            away = ahead[rows] - self.expected(described, limit, lead)[rows]
            self.residuals.append([_quantiles(away[third == k], away) for k in range(_THIRDS)])

    def values(self, described: Described, limit: float, rows: Whole) -> Floats:
        """Quantiles, shape (m, minutes, levels), never falling with the level."""
        third = self.third(described)[rows]
        residuals = np.array(self.residuals)
        found = np.empty((len(rows), len(MINUTES), len(LEVELS)))
        for lead in range(len(MINUTES)):
            expected = self.expected(described, limit, lead)[rows]
            found[:, lead, :] = expected[:, None] + residuals[lead][third]
        lowest = np.fmin(self.lowest, described.column("value")[rows] + limit)
        return np.maximum(found, lowest[:, None, None])

    def band(self, described: Described, limit: float, row: int) -> Band:
        """The band of one row."""
        values = self.values(described, limit, np.array([row]))[0]
        return Band(MINUTES, LEVELS, tuple(tuple(float(v) for v in line) for line in values))

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Bands:
        return cls(**{name: data[name] for name in cls.__slots__})


def fit_bands(series: Series, described: Described, limit: float) -> Bands:
    """Bands of `series`, their base chosen and their coverage measured on later rows than those learned from."""
    rows = np.flatnonzero(~np.isnan(described.column("value")))
    edges = np.linspace(0.3 * len(rows), len(rows), _FOLDS + 1).round().astype(int)
    losses: dict[str, list[float]] = {base: [] for base in BASES}
    inside: dict[str, list[tuple[float, float]]] = {base: [] for base in BASES}
    truth = np.column_stack([_ahead(series.value, series.rows(m)) for m in MINUTES])
    for start, end in pairwise(edges.tolist()):
        for base in BASES:
            tried = Bands(base=base)
            tried.fit(series, described, limit, rows[:start])
            then = rows[start:end]
            values = tried.values(described, limit, then)
            losses[base].append(_pinball(values, truth[then]))
            inside[base].append(_coverage(values, truth[then]))
    pinball = {base: float(np.mean(loss)) for base, loss in losses.items()}
    chosen = Bands(base=min(BASES, key=lambda base: pinball[base]))
    chosen.fit(series, described, limit, rows)
    half, most = np.mean(inside[chosen.base], axis=0)
    chosen.pinball = {base: round(loss, 5) for base, loss in pinball.items()}
    chosen.coverage = {"50%": round(float(half), 4), "90%": round(float(most), 4)}
    return chosen


def _ahead(value: Floats, rows: int) -> Floats:
    """The value `rows` rows later, NaN where there is none."""
    return back(value[::-1], rows)[::-1].copy()


def _share(way: Floats, gone: Floats) -> float:
    told = ~np.isnan(way) & ~np.isnan(gone)
    size = float((way[told] ** 2).sum())
    return float(np.clip((way[told] * gone[told]).sum() / size, 0.0, 1.0)) if size > 0 else 0.0


def _quantiles(away: Floats, instead: Floats) -> list[float]:
    """Quantiles of the residuals; of all of them where a third has too few."""
    away = away[~np.isnan(away)]
    if len(away) < 50:
        away = instead[~np.isnan(instead)]
    return [float(q) for q in np.quantile(away, LEVELS)] if len(away) else [0.0] * len(LEVELS)


def _pinball(values: Floats, truth: Floats) -> float:
    away = truth[:, :, None] - values
    levels = np.array(LEVELS)
    return float(np.nanmean(np.maximum(levels * away, (levels - 1) * away)))


def _coverage(values: Floats, truth: Floats) -> tuple[float, float]:
    """Share of what came inside the middle half and inside the 90 % band."""
    told = ~np.isnan(truth)
    half = (truth >= values[:, :, 1] - 1e-9) & (truth <= values[:, :, 3] + 1e-9)
    most = (truth >= values[:, :, 0] - 1e-9) & (truth <= values[:, :, 4] + 1e-9)
    return float(half[told].mean()), float(most[told].mean())
