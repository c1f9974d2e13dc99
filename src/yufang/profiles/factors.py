"""What inspections and signals say beyond the own injury record: factors on the expectation, learnt from earlier years.

A feature is log(1 + how many) less its class mean; its weight is that of a Poisson regression of a year's injuries on
the features of the year before, with the credibility estimate as offset. Weights are never negative: that more
findings mean fewer injuries would only say that few are inspected. A feature that nobody reports has no weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yufang.profiles.credibility import Floats
from yufang.profiles.history import History
from yufang.profiles.inputs import SIGNAL_KINDS

Classes = npt.NDArray[np.str_]
HAZARDS = ("found", "cited", "unmended")
FEATURES = (*HAZARDS, *SIGNAL_KINDS)
SIGNAL_MONTHS = 3
LEAST_INJURIES = 50  # to learn a weight from
RIDGE = 1.0  # prior weight on zero, in the unit of injuries
LIMIT = 1.0  # all factors together stay within ÷e … ×e


@dataclass(frozen=True, slots=True)
class Features:
    """Each feature's own part and class part (what is taken off), all of shape (enterprises,)."""

    own: dict[str, Floats]
    of_class: dict[str, Floats]

    def centred(self, name: str) -> Floats:
        """The feature less its class mean."""
        return self.own[name] - self.of_class[name]


def features(history: History, classes: Classes, end: int) -> Features:
    """Features as the month of column `end` begins."""
    end = max(end, 0)
    tables = {
        "found": history.window(history.hazards, end, 12),
        "cited": history.window(history.cited, end, 12),
        "unmended": history.unmended[:, min(end, history.unmended.shape[1] - 1)],
    }
    tables |= {kind: history.window(history.signals[kind], end, SIGNAL_MONTHS) for kind in SIGNAL_KINDS}
    own = {name: np.log1p(table) for name, table in tables.items()}
    _, index = np.unique(classes, return_inverse=True)
    members = np.bincount(index)
    return Features(own, {name: (np.bincount(index, x) / members)[index] for name, x in own.items()})


@dataclass(frozen=True, slots=True)
class Weights:
    """Weight of each of `FEATURES`, ≥ 0."""

    of: dict[str, float]

    def log_factor(self, own: dict[str, Floats], of_class: dict[str, Floats]) -> Floats:
        """Log of the factor on the expectation, held within ±`LIMIT`."""
        total = sum(self.of[name] * (own[name] - of_class[name]) for name in FEATURES if self.of[name] > 0)
        shape = next(iter(own.values())).shape
        return np.clip(np.zeros(shape) + total, -LIMIT, LIMIT)


def learn_weights(rows: list[tuple[Features, Floats, Floats, npt.NDArray[np.bool_]]]) -> Weights:
    """Weights from years that have passed: (features, expected injuries, injuries, who was on record) of each.

    Only those on record by then count: who is known by a later accident alone would speak against findings. All
    weights are zero where fewer than `LEAST_INJURIES` injuries can be learnt from.
    """
    nothing = Weights(dict.fromkeys(FEATURES, 0.0))
    if not rows:
        return nothing
    x = np.concatenate([np.column_stack([f.centred(name) for name in FEATURES])[keep] for f, _, _, keep in rows])
    mu = np.concatenate([expected[keep] for _, expected, _, keep in rows])
    y = np.concatenate([later[keep] for _, _, later, keep in rows])
    if y.sum() < LEAST_INJURIES:
        return nothing
    told = x.std(axis=0) > 1e-9
    if not told.any():
        return nothing
    x = x[:, told]

    from scipy.optimize import minimize  # read only where weights are learnt

    def loss(b: Floats) -> tuple[float, Floats]:
        # First the level, free, then the weights.
        eta = np.clip(b[0] + x @ b[1:], -5, 5)
        m = mu * np.exp(eta)
        gradient = np.concatenate([[(m - y).sum()], x.T @ (m - y) + RIDGE * b[1:]])
        return float((m - y * eta).sum() + 0.5 * RIDGE * (b[1:] ** 2).sum()), gradient

    bounds = [(-2.0, 2.0)] + [(0.0, 3.0)] * x.shape[1]
    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B").x[1:]
    learnt = dict.fromkeys(FEATURES, 0.0)
    for name, weight in zip(np.array(FEATURES)[told], found, strict=True):
        learnt[str(name)] = float(weight)
    return Weights(learnt)
