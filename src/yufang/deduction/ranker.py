"""Gradient boosting over described candidates, and the calibration of what it says.

Trained on earlier visits, calibrated on a later slice that the trees have not seen, then grown anew on both. With too
few visits there is nothing to learn from: then the online model's shrunken rates are the probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from yufang.deduction.history import FEATURES, Floats

if TYPE_CHECKING:
    import lightgbm as lgb

MIN_FOUND = 400  # found candidates below which no trees are grown
LATE_SHARE = 0.2  # share of the training visits, the latest, that calibrate
ROUNDS = 120
FULL_FROM = 4000  # found candidates from which trees on all rows behave as the calibrated ones did
FULL_ROUNDS = 132  # on all training visits, a quarter more rows than the calibrated trees saw
_TREES = {
    "objective": "binary",
    "learning_rate": 0.08,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Platt:
    """Calibration p → σ(a + b · logit p); identity is a = 0, b = 1."""

    a: float = 0.0
    b: float = 1.0

    def __call__(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return _sigmoid(self.a + self.b * _logit(p))


@dataclass(frozen=True, slots=True)
class Ranker:
    """`trees` is LightGBM's text form, "" where there were too few visits; `rows` the training rows."""

    trees: str
    platt: Platt
    rows: int

    def probabilities(self, x: Floats) -> NDArray[np.float64]:
        """Calibrated probability of each described candidate, (R,)."""
        return self.platt(_raw(_booster(self.trees) if self.trees else None, x))


@lru_cache(maxsize=4)
def _booster(trees: str) -> lgb.Booster:
    """The trees read from their text form; remembered because an answer through the API has no time to read them."""
    import lightgbm as lgb  # seconds to import, with what it looks for

    return lgb.Booster(model_str=trees)


def train(x: Floats, y: Floats, visit: NDArray[np.int64], *, seed: int) -> tuple[Ranker, NDArray[np.float64]]:
    """Train on rows in order of date; `visit` (R,) numbers their visits, rising.

    Trees grown on the earlier rows are calibrated on the late slice; with `FULL_FROM` found rows or more, trees are
    then grown on all rows and keep that calibration, so that the latest visits teach them too. Returns the ranker, and
    the calibrated probabilities of the late slice by the trees that had not seen it (NaN for the earlier rows; all are
    late where there are no trees), on which cut-offs may be chosen.
    """
    distinct = np.unique(visit)
    border = distinct[int(len(distinct) * (1 - LATE_SHARE))] if len(distinct) else 0
    late = visit >= border
    booster = None
    if y[~late].sum() >= MIN_FOUND:
        booster = _grown(x[~late], y[~late], seed, ROUNDS)
    else:
        late[:] = True
    raw = _raw(booster, x[late])
    platt = fit_platt(raw, y[late])
    if booster is None and platt.b > 1:  # a handful of visits is no ground for more certainty
        platt = Platt(platt.a, 1.0)
    probability = np.full(len(y), np.nan)
    probability[late] = platt(raw)
    if booster and y.sum() >= FULL_FROM:
        booster = _grown(x, y, seed, FULL_ROUNDS)
    return Ranker(booster.model_to_string() if booster else "", platt, len(y)), probability


def _grown(x: Floats, y: Floats, seed: int, rounds: int) -> lgb.Booster:
    import lightgbm as lgb  # as above

    data = lgb.Dataset(x, y, feature_name=list(FEATURES), free_raw_data=True)
    return lgb.train({**_TREES, "seed": seed}, data, rounds)


def fit_platt(p: NDArray[np.float64], y: Floats) -> Platt:
    """Two-parameter calibration by maximum likelihood, drawn towards the identity by 25 rows' worth of belief."""
    if len(y) == 0 or not 0 < y.sum() < len(y):
        return Platt()
    z = _logit(p)

    def loss(ab: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        t = ab[0] + ab[1] * z
        error = _sigmoid(t) - y
        cost = float(np.logaddexp(0, t).sum() - (y * t).sum())
        pull = 25 * (ab - np.array([0.0, 1.0]))
        return cost + float((pull**2).sum()) / 50, np.array([error.sum(), (error * z).sum()]) + pull

    best = minimize(loss, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B")
    a, b = float(best.x[0]), float(best.x[1])
    return Platt(a, b) if b > 0 else Platt()


def _raw(booster: lgb.Booster | None, x: Floats) -> NDArray[np.float64]:
    if len(x) == 0:
        return np.zeros(0)
    if booster is None:
        return _sigmoid(x[:, FEATURES.index("online_logit")].astype(np.float64))
    return np.asarray(booster.predict(x, num_threads=1), np.float64)


def _sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-z))


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(p, _EDGE, 1 - _EDGE)
    return np.log(p) - np.log1p(-p)


def calibration_error(p: NDArray[np.float64], y: NDArray[np.float64], bins: int = 10) -> float:
    """Expected calibration error: mean |predicted - observed| over `bins` of equal count, weighted by count."""
    if len(p) == 0:
        return 0.0
    parts = np.array_split(np.argsort(p, kind="stable"), bins)
    return float(sum(len(i) * abs(p[i].mean() - y[i].mean()) for i in parts if len(i)) / len(p))
