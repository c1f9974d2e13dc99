"""Peers of the multivariate detector: trained on the same normal rows, judged on the same rows by their own limits."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import IsolationForest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

Floats = NDArray[np.float64]
Alarms = NDArray[np.bool_]
Peer = Callable[[Floats], Alarms]  # rows to judge -> which of them alarm
Statistics = Callable[[Floats], Floats]  # rows (n, m) -> statistics (n, s)


def _scaler(rows: Floats) -> Callable[[Floats], Floats]:
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-12)
    return lambda x: np.asarray((x - mean) / spread)


def _held_out(make: Callable[[Floats], Statistics], rows: Floats, quantile: float) -> Peer:
    """Alarms where any statistic is above its limit: the quantile over five stretches, each held out in turn. Limits
    from the rows that were trained on would be passed by a fifth of later normal rows."""
    parts = np.array_split(np.arange(len(rows)), 5)
    held = np.concatenate([make(np.delete(rows, part, axis=0))(rows[part]) for part in parts])
    limit = np.quantile(held, quantile, axis=0)
    statistics = make(rows)
    return lambda x: np.asarray((statistics(x) > limit).any(axis=1))


def pca(rows: Floats, quantile: float = 0.99, share: float = 0.8) -> Peer:
    """T² and SPE of a static PCA."""

    def make(train: Floats) -> Statistics:
        scaled = _scaler(train)
        value, vector = np.linalg.eigh(np.cov(scaled(train).T))
        value, vector = value[::-1], vector[:, ::-1]
        kept = int(np.searchsorted(np.cumsum(value) / value.sum(), share)) + 1

        def statistics(x: Floats) -> Floats:
            z = scaled(x)
            t = z @ vector[:, :kept]
            rest = ((z - t @ vector[:, :kept].T) ** 2).sum(axis=1)
            return np.stack([(t**2 / value[:kept]).sum(axis=1), rest], axis=1)

        return statistics

    return _held_out(make, rows, quantile)


def kernel_pca(rows: Floats, quantile: float = 0.99, share: float = 0.95) -> Peer:
    """T² and SPE in the space of a Gaussian kernel of width² 10·m (Lee et al. 2004)."""

    def make(train: Floats) -> Statistics:
        scaled = _scaler(train)
        gamma = 1.0 / (10.0 * train.shape[1])
        model = KernelPCA(n_components=len(train) - 1, kernel="rbf", gamma=gamma, eigen_solver="dense")
        spread = model.fit_transform(scaled(train)).var(axis=0)
        kept = int(np.searchsorted(np.cumsum(spread) / spread.sum(), share)) + 1

        def statistics(x: Floats) -> Floats:
            t = model.transform(scaled(x))
            rest = (t[:, kept:] ** 2).sum(axis=1)
            return np.stack([(t[:, :kept] ** 2 / spread[:kept]).sum(axis=1), rest], axis=1)

        return statistics

    return _held_out(make, rows, quantile)


def autoencoder(
    rows: Floats, layers: tuple[int, ...], quantile: float = 0.99, times: float = 1.0, seed: int = 0
) -> Peer:
    """Squared error of a plain autoencoder; the limit is the quantile of the last fifth of rows, which it never saw,
    times `times`."""
    scaled = _scaler(rows)
    cut = len(rows) * 4 // 5
    model = MLPRegressor(
        hidden_layer_sizes=layers, activation="tanh", learning_rate_init=0.005, max_iter=200, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 200 rounds are what it gets
        model.fit(scaled(rows[:cut]), scaled(rows[:cut]))

    def error(x: Floats) -> Floats:
        return np.asarray(((scaled(x) - model.predict(scaled(x))) ** 2).sum(axis=1))

    limit = times * np.quantile(error(rows[cut:]), quantile)
    return lambda x: np.asarray(error(x) > limit)


def t2_q(rows: Floats, share: float = 0.85, p: float = 0.999) -> Peer:
    """T² and Q with limits from the F and the normal distribution (Jackson & Mudholkar 1979), medians over 5 rows: the
    settings of the SKAB leaderboard."""
    scaled = _scaler(rows)
    n = len(rows)
    value, vector = np.linalg.eigh(np.cov(scaled(rows).T))
    value, vector = value[::-1], vector[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(value) / value.sum(), share)) + 1
    t_limit = kept * (n - 1) * (n + 1) / (n * (n - kept)) * stats.f.ppf(p, kept, n - kept)
    one, two, three = (float((value[kept:] ** power).sum()) for power in (1, 2, 3))
    if kept == len(value):  # no residual is left
        q_limit = np.inf
    else:
        h = 1.0 - 2.0 * one * three / (3.0 * two**2)
        normal = stats.norm.ppf(p)
        q_limit = one * (1.0 + normal * h * np.sqrt(2.0 * two) / one + two * h * (h - 1.0) / one**2) ** (1.0 / h)

    def judge(x: Floats) -> Alarms:
        z = scaled(x)
        t = z @ vector[:, :kept]
        t2 = (t**2 / value[:kept]).sum(axis=1)
        q = ((z - t @ vector[:, :kept].T) ** 2).sum(axis=1)
        return np.asarray((_median(t2, 5) > t_limit) | (_median(q, 5) > q_limit))

    return judge


def isolation_forest(rows: Floats, seed: int = 0) -> Peer:
    """Isolation forest with a contamination of 0.0005, medians over 3 rows: the settings of the SKAB leaderboard."""
    model = IsolationForest(contamination=0.0005, random_state=seed).fit(rows)
    return lambda x: np.asarray(_median((model.predict(x) < 0).astype(float), 3) > 0.5)


def three_sd(rows: Floats) -> Peer:
    """Any variable further than three sd from its mean."""
    scaled = _scaler(rows)
    return lambda x: np.asarray((np.abs(scaled(x)) > 3.0).any(axis=1))


def _median(values: Floats, window: int) -> Floats:
    """Of the last `window` values; fewer at the start."""
    padded = np.concatenate([np.full(window - 1, np.nan), values])
    return np.asarray(np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, window), axis=1))
