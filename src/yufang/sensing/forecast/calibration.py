"""From scores to probabilities, and how far these are from what came.

Beta calibration: Kull, Silva Filho & Flach, "Beta calibration", AISTATS 2017, fitted on rows that the learner had not
seen. It has three parameters and keeps every order that the learner gave; isotonic steps would need far more crossings
than one channel has, and would tie what the learner tells apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from yufang.sensing.forecast.contracts import Floats

_EDGE = 1e-4  # no probability is told nearer to 0 or 1
_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Beta:
    """logit p = c + a·ln s − b·ln(1 − s), a and b ≥ 0, for scores s in (0, 1)."""

    a: float = 1.0
    b: float = 1.0
    c: float = 0.0

    def apply(self, score: Floats) -> Floats:
        """Probabilities of `score` (n,) in (0, 1); NaN stays NaN."""
        s = np.clip(score, 1e-9, 1 - 1e-9)
        p: Floats = np.clip(sigmoid(self.c + self.a * np.log(s) - self.b * np.log1p(-s)), _EDGE, 1 - _EDGE)
        return p

    def to_dict(self) -> dict[str, Any]:
        return {"a": self.a, "b": self.b, "c": self.c}


def sigmoid(margin: Floats) -> Floats:
    """1 / (1 + e^-m) without overflow."""
    return np.where(margin >= 0, 1 / (1 + np.exp(-np.abs(margin))), 1 - 1 / (1 + np.exp(-np.abs(margin))))


def fit_beta(score: Floats, came: Floats) -> Beta:
    """Beta calibration of scores (n,) on what came (n,), 0 or 1; a small ridge pulls it to "as it is"."""
    if len(score) == 0 or came.min() == came.max():
        return Beta()
    s = np.clip(score, 1e-9, 1 - 1e-9)
    z = np.column_stack([np.log(s), -np.log1p(-s), np.ones(len(s))])

    def loss(w: Floats) -> tuple[float, Floats]:
        margin = z @ w
        away = w - np.array([1.0, 1.0, 0.0])
        value = float((np.logaddexp(0, margin) - came * margin).mean() + _RIDGE * (away @ away))
        return value, z.T @ (sigmoid(margin) - came) / len(came) + 2 * _RIDGE * away

    found = minimize(
        loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None), (None, None)]
    )
    a, b, c = (float(v) for v in found.x)
    return Beta(a, b, c) if a + b > 0 else Beta(1e-3, 1e-3, c)


def calibration_error(probability: Floats, came: Floats, bins: int = 10) -> float:
    """Expected calibration error: mean |told − came| over `bins` bins of equal count, weighted by their rows."""
    if not len(probability):
        return float("nan")
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    away = sum(len(part) * abs(float(probability[part].mean() - came[part].mean())) for part in parts)
    return away / len(probability)


def log_loss(probability: Floats, came: Floats) -> float:
    """Mean negative log-likelihood in nats."""
    p = np.clip(probability, _EDGE, 1 - _EDGE)
    return float(-(came * np.log(p) + (1 - came) * np.log(1 - p)).mean())
