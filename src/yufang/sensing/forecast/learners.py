"""Simple learners: persistence, exponential smoothing, recent level and peak, and a linear one with everything else.

Each gives a score in (0, 1) that rises with the chance of reaching the limit; `calibration` makes probabilities of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from scipy.optimize import minimize

from yufang.sensing.forecast.calibration import sigmoid
from yufang.sensing.forecast.contracts import Ahead, Floats, Whole
from yufang.sensing.forecast.features import Described

_RIDGE = 1e-3
_FLATTEST = 1e-3  # slope, in units of the spread


class Learner(Protocol):
    """What `rolling` compares. `name` is told on the card; `needs` are the features without which it can't tell."""

    name: ClassVar[str]

    @property
    def needs(self) -> tuple[str, ...]: ...

    def fit(self, described: Described, rows: Whole, ahead: Ahead, seed: int) -> None:
        """Learn from the rows (m,) of `described` and what came after each (m,)."""

    def score(self, described: Described, rows: Whole) -> Floats:
        """Scores (m,) in (0, 1) of these rows."""

    def to_dict(self) -> dict[str, Any]:
        """Its state as JSON takes it."""

    def restore(self, data: dict[str, Any]) -> None:
        """Take up what `to_dict` gave."""


def fit_rising(z: Floats, came: Floats) -> tuple[float, float]:
    """Level and slope > 0 of logit p = level + slope·z, with a slight ridge on the slope in units of z's spread.

    Newton's method with halved steps; where a falling slope would fit better, the flattest rising one is taken.
    """
    spread = float(z.std()) or 1.0
    middle = float(z.mean())
    unit = (z - middle) / spread
    share = float(np.clip(came.mean(), 1e-6, 1 - 1e-6))
    w = np.array([np.log(share / (1 - share)), 0.0])
    loss = _rising_loss(w, unit, came)
    for _ in range(50):
        p = sigmoid(w[0] + w[1] * unit)
        away, bend = p - came, p * (1 - p)
        slope = np.array([away.mean(), (away * unit).mean() + _RIDGE * w[1]])
        mixed = (bend * unit).mean()
        curve = np.array([[bend.mean() + 1e-12, mixed], [mixed, (bend * unit * unit).mean() + _RIDGE]])
        step = np.linalg.solve(curve, slope)
        while (after := _rising_loss(w - step, unit, came)) > loss and np.abs(step).max() > 1e-9:
            step /= 2
        w, gained, loss = w - step, loss - after, after
        if gained < 1e-10:
            break
    if w[1] < _FLATTEST:
        w = np.array([np.log(share / (1 - share)), _FLATTEST])
    rise = float(w[1]) / spread
    return float(w[0]) - rise * middle, rise


def _rising_loss(w: Floats, unit: Floats, came: Floats) -> float:
    margin = w[0] + w[1] * unit
    return float((np.logaddexp(0, margin) - came * margin).mean() + 0.5 * _RIDGE * w[1] ** 2)


def filled(values: Floats, instead: float) -> Floats:
    """The values with NaN replaced."""
    return np.where(np.isnan(values), instead, values)


@dataclass(slots=True)
class _Rising:
    """A logistic curve over the mean of some levels."""

    parts: ClassVar[tuple[str, ...]] = ()
    level: float = 0.0
    slope: float = 1.0

    @property
    def needs(self) -> tuple[str, ...]:
        return self.parts

    def margin(self, described: Described, rows: Whole) -> Floats:
        """Log-odds (m,) of these rows."""
        z = np.mean([described.column(name)[rows] for name in self.parts], axis=0)
        margin: Floats = self.level + self.slope * z
        return margin

    def fit(self, described: Described, rows: Whole, ahead: Ahead, seed: int) -> None:
        z = np.mean([described.column(name)[rows] for name in self.parts], axis=0)
        told = ~np.isnan(z)
        self.level, self.slope = fit_rising(z[told], ahead.came[told])

    def score(self, described: Described, rows: Whole) -> Floats:
        return sigmoid(self.margin(described, rows))

    def to_dict(self) -> dict[str, Any]:
        return {"level": self.level, "slope": self.slope}

    def restore(self, data: dict[str, Any]) -> None:
        self.level, self.slope = float(data["level"]), float(data["slope"])


class Persistence(_Rising):
    """As it is now, so it stays."""

    name: ClassVar[str] = "persistence"
    parts: ClassVar[tuple[str, ...]] = ("value",)


class Smoothing(_Rising):
    """Simple exponential smoothing: the level without the last readings' noise."""

    name: ClassVar[str] = "smoothing"
    parts: ClassVar[tuple[str, ...]] = ("level",)


class Envelope(_Rising):
    """Level and recent peak in equal parts: what has just come near the limit comes near it again."""

    name: ClassVar[str] = "envelope"
    parts: ClassVar[tuple[str, ...]] = ("level", "peak_15")


@dataclass(slots=True)
class Working:
    """The envelope, raised by the share of the last hour in which production ran: what is being cut gives off gas.

    How much it raises is not learned from the few crossings but from all rows: half of what an hour of production adds
    to the highest value in the window, at the same envelope; half, for most rows are far below the limit. Without a
    production channel it is the envelope.
    """

    name: ClassVar[str] = "working"
    raised: dict[str, float] = field(default_factory=dict)  # feature → what a full hour adds, in the channel's unit
    level: float = 0.0
    slope: float = 1.0

    @property
    def needs(self) -> tuple[str, ...]:
        return (*Envelope.parts, *self.raised)

    def _z(self, described: Described, rows: Whole) -> Floats:
        z: Floats = np.mean([described.column(name)[rows] for name in Envelope.parts], axis=0)
        for name, raised in self.raised.items():
            z = z + raised * filled(described.column(name)[rows], 0.0)
        return z

    def fit(self, described: Described, rows: Whole, ahead: Ahead, seed: int) -> None:
        self.raised = {}
        z = self._z(described, rows)
        for name in (n for n in described.names if n.endswith(".share_60")):
            share = described.column(name)[rows]
            told = ~np.isnan(z) & ~np.isnan(share) & ~np.isnan(ahead.peak)
            if told.any():
                design = np.column_stack([np.ones(int(told.sum())), z[told], share[told]])
                added = float(np.linalg.lstsq(design, ahead.peak[told], rcond=None)[0][2])
                if added > 0:
                    self.raised[name] = added / 2
        z = self._z(described, rows)
        told = ~np.isnan(z)
        self.level, self.slope = fit_rising(z[told], ahead.came[told])

    def score(self, described: Described, rows: Whole) -> Floats:
        return sigmoid(self.level + self.slope * self._z(described, rows))

    def to_dict(self) -> dict[str, Any]:
        return {"raised": self.raised, "level": self.level, "slope": self.slope}

    def restore(self, data: dict[str, Any]) -> None:
        self.raised = {str(name): float(v) for name, v in data["raised"].items()}
        self.level, self.slope = float(data["level"]), float(data["slope"])


# Features that the linear learner takes, by the end of their name; a sign is one that physics gives.
_LINEAR: dict[str, int] = {
    "value": 1,
    "level": 1,
    "peak_15": 1,
    "slope_30": 0,
    "spread_30": 1,
    ".share_30": 1,
    ".change": 0,
    ".fall_180": 1,
    "day.sin": 0,
    "day.cos": 0,
    "weekend": 0,
}


def linear_features(names: Sequence[str]) -> dict[str, int]:
    """Those of `names` that the linear learner takes, with the sign of each (0: either)."""
    found = {}
    for name in names:
        key = name if name in _LINEAR else "." + name.rpartition(".")[2]
        if key in _LINEAR:
            found[name] = _LINEAR[key]
    return found


@dataclass(slots=True)
class Linear:
    """Logistic regression held by a ridge to `Envelope`: production, pressure, air and the calendar correct it.

    logit p = level + slope·z + Σ wᵢ·uᵢ, z the envelope's level, uᵢ the standardised features; the ridge is on w alone,
    so with few crossings the envelope is what remains. Production, a falling barometer, a wider spread and a higher
    level can only raise it.
    """

    name: ClassVar[str] = "linear"
    ridge: float = 1.0
    names: tuple[str, ...] = ()
    middle: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)  # level, slope, then one a feature

    @property
    def needs(self) -> tuple[str, ...]:
        used = (n for n, w in zip(self.names, self.weights[2:], strict=False) if abs(w) > 1e-6)
        return tuple(dict.fromkeys(("level", "peak_15", *used)))

    def _design(self, described: Described, rows: Whole) -> Floats:
        z = (described.column("level")[rows] + described.column("peak_15")[rows]) / 2
        # A feature that isn't told pulls neither way.
        units = [
            filled((described.column(name)[rows] - middle) / spread, 0.0)
            for name, middle, spread in zip(self.names, self.middle, self.spread, strict=True)
        ]
        return np.column_stack([np.ones(len(rows)), z, *(np.clip(unit, -4, 4) for unit in units)])

    def fit(self, described: Described, rows: Whole, ahead: Ahead, seed: int) -> None:
        signs = linear_features(described.names)
        columns = {name: described.column(name)[rows] for name in signs}
        columns = {name: c for name, c in columns.items() if np.isfinite(c).any() and np.nanstd(c) > 1e-9}
        self.names = tuple(columns)
        self.middle = [float(np.nanmean(c)) for c in columns.values()]
        self.spread = [float(np.nanstd(c)) for c in columns.values()]
        design = self._design(described, rows)
        told = ~np.isnan(design).any(axis=1)
        x, y = design[told], ahead.came[told]
        shrink = np.r_[0.0, 0.0, np.full(len(self.names), self.ridge)]
        envelope = fit_rising(x[:, 1], y)

        def loss(w: Floats) -> tuple[float, Floats]:
            margin = x @ w
            value = float((np.logaddexp(0, margin) - y * margin).mean() + 0.5 * (shrink * w * w).sum())
            return value, x.T @ (sigmoid(margin) - y) / len(y) + shrink * w

        start = np.r_[envelope, np.zeros(len(self.names))]
        bounds = [(None, None), (0, None), *((0, None) if signs[n] > 0 else (None, None) for n in self.names)]
        self.weights = [float(w) for w in minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x]

    def score(self, described: Described, rows: Whole) -> Floats:
        return sigmoid(self._design(described, rows) @ np.array(self.weights))

    def to_dict(self) -> dict[str, Any]:
        return {
            "names": list(self.names),
            "middle": self.middle,
            "spread": self.spread,
            "weights": self.weights,
        }

    def restore(self, data: dict[str, Any]) -> None:
        self.names = tuple(data["names"])
        self.middle, self.spread, self.weights = (
            [float(v) for v in data[key]] for key in ("middle", "spread", "weights")
        )
