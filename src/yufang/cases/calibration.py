"""From margins to probabilities, and from probabilities to the threshold a desk works with.

Everything here is fitted on margins of rows that the machines did not see (out of fold), so that a probability of
0.8 means right four times in five, and the threshold keeps the accuracy it promises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import minimize

from yufang.cases.reading_many import product

Float = NDArray[np.float64]
Single = NDArray[np.float32]
Whole = NDArray[np.int64]

MIXED_CLASSES = 150  # up to so many classes each class's margin may speak for every other
_MOST_WORK = 200_000_000  # rows · margins · classes of one pass
NEVER = 1.0  # a threshold that no probability reaches
UNCHANGED = np.array([1.0, 0.0], np.float32)


@njit(cache=True, fastmath=True, nogil=True)
def _bend(margins, scores, slopes, factor, shift):  # type: ignore[no-untyped-def]
    """Add the piecewise-linear slope, the class's own factor and its shift to `scores`, in place."""
    for i in range(scores.shape[0]):
        for c in range(scores.shape[1]):
            m = margins[i, c]
            bent = slopes[1] * max(m + np.float32(0.5), np.float32(0.0)) + slopes[2] * max(m, np.float32(0.0))
            scores[i, c] += m * (slopes[0] + factor[c]) + shift[c] + bent


@njit(cache=True, fastmath=True, nogil=True)
def _softmax(scores):  # type: ignore[no-untyped-def]
    """Softmax of each row in place; returns each row's log of the sum of exponentials."""
    n, k = scores.shape
    logs = np.empty(n, np.float32)
    for i in range(n):
        top = scores[i].max()
        total = np.float32(0.0)
        for c in range(k):
            scores[i, c] = np.exp(scores[i, c] - top)
            total += scores[i, c]
        logs[i] = np.log(total) + top
        for c in range(k):
            scores[i, c] /= total
    return logs


@njit(cache=True, fastmath=True, nogil=True)
def _gradients(margins, residual):  # type: ignore[no-untyped-def]
    """Gradients by slopes (3), factor (k) and shift (k) of residuals (probability - truth)."""
    n, k = residual.shape
    g_slopes = np.zeros(3, np.float64)
    g_factor = np.zeros(k, np.float64)
    g_shift = np.zeros(k, np.float64)
    for i in range(n):
        bent = np.float32(0.0)
        steep = np.float32(0.0)
        for c in range(k):
            m = margins[i, c]
            r = residual[i, c]
            g_factor[c] += r * m
            g_shift[c] += r
            bent += r * max(m + np.float32(0.5), np.float32(0.0))
            steep += r * max(m, np.float32(0.0))
        g_slopes[1] += bent
        g_slopes[2] += steep
    g_slopes[0] = g_factor.sum()
    return g_slopes, g_factor, g_shift


@dataclass(frozen=True, slots=True)
class Calibration:
    """Multinomial calibration: score of class c = slope(m_c) + factor_c·m_c + shift_c + Σ mixing_dc·m_d, then softmax.

    m has one margin a class and view, the first view's first. slope is piecewise linear and shared by all
    classes; factor, shift and mixing are shrunk to 0. `mixing` (margins, k) lets the other views speak, and a high
    margin of one class for another; it is (0, 0) where there are too many classes to learn it.
    floor: least probability of a class: after n rows without a miss the next may still be one, as in Laplace's rule.
    trust: (slope, shift) of the likeliest code's log-odds, see `fit_trust`.
    """

    slopes: Single
    factor: Single
    shift: Single
    mixing: Single
    floor: float
    trust: Single

    def scores(self, margins: Single, by: Callable[[Single, Single], Single] = np.matmul) -> Single:
        """Scores (n, classes) before the softmax, of margins (n, classes · views); `by` multiplies matrices."""
        out: Single = by(margins, self.mixing) if self.mixing.size else np.zeros_like(margins)
        _bend(margins, out, self.slopes, self.factor, self.shift)
        return out

    def probabilities(self, margins: Single) -> Single:
        """Probabilities (n, classes) of margins (n, classes · views); rows sum to 1, and know nothing of each other."""
        out = self.scores(np.ascontiguousarray(margins), product)
        _softmax(out)
        out = trusted(out, self.trust)
        out *= np.float32(1.0 - out.shape[1] * self.floor)
        out += np.float32(self.floor)
        return out


def fit_calibration(margins: Single, target: Whole, classes: int) -> Calibration:
    """Fit a `Calibration` to out-of-fold margins and true classes (n,), by L-BFGS with Gaussian priors."""
    k = classes
    mixed = margins.shape[1] if k <= MIXED_CLASSES else 0
    # Evenly spaced rows where there are more than a minute's work.
    most = max(_MOST_WORK // (k * max(mixed, 1)), 1000)
    taken = np.unique(np.linspace(0, len(margins) - 1, min(most, len(margins))).astype(np.int64))
    margins, target = margins[taken], target[taken]
    n = len(margins)
    everyone = np.arange(n)
    floor = 1.0 / ((n + 2) * k)
    # Standard deviations of the priors: slopes free, factor 1, shift 2, mixing 0.5.
    precision = np.concatenate([np.zeros(3), np.ones(k), np.full(k, 0.25), np.full(mixed * k, 4.0)])

    def unpack(p: Float) -> Calibration:
        q = p.astype(np.float32)
        return Calibration(
            q[:3],
            q[3 : 3 + k],
            q[3 + k : 3 + 2 * k],
            q[3 + 2 * k :].reshape(mixed, k if mixed else 0),
            floor,
            UNCHANGED,
        )

    def objective(p: Float) -> tuple[float, Float]:
        scores = unpack(p).scores(margins)
        aim = scores[everyone, target].astype(np.float64)
        loss = float((_softmax(scores) - aim).sum())
        scores[everyone, target] -= np.float32(1.0)
        parts = [*_gradients(margins, scores)]
        if mixed:
            parts.append((margins.T @ scores).ravel().astype(np.float64))
        prior = precision * p
        return (loss + 0.5 * float(prior @ p)) / n, (np.concatenate(parts) + prior) / n

    start = np.concatenate([[5.0], np.zeros(len(precision) - 1)])
    # Single precision is enough: the loss is flat to 1e-6 long before 80 steps.
    best = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 80, "ftol": 1e-7})
    return unpack(best.x)


def cross_fitted(margins: Single, target: Whole, fold: Whole, classes: int) -> Single:
    """Probabilities of every row from a calibration that was fitted without the row's half."""
    out = np.empty((len(margins), classes), np.float32)
    half = fold % 2
    for side in (0, 1):
        learn, judge = np.flatnonzero(half != side), np.flatnonzero(half == side)
        if len(learn) and len(judge):
            out[judge] = fit_calibration(margins[learn], target[learn], classes).probabilities(margins[judge])
        else:
            out[judge] = fit_calibration(margins, target, classes).probabilities(margins[judge])
    return out


def fit_trust(probability: Single, target: Whole) -> Single:
    """(slope, shift) that make the honest probabilities (n, classes) of the likeliest codes true (after Platt 1999).

    With many codes and few rows a calibration fits its own rows too well; on the other half's rows this shows. Both
    numbers are shrunk to those that change nothing, (1, 0), with standard deviation 0.5.
    """
    top = np.clip(probability.max(axis=1).astype(np.float64), 1e-6, 1.0 - 1e-6)
    odds = np.log(top / (1.0 - top))
    hit = (probability.argmax(axis=1) == target).astype(np.float64)

    def loss(p: Float) -> tuple[float, Float]:
        z = p[0] * odds + p[1]
        error = 1.0 / (1.0 + np.exp(-z)) - hit
        away = p - np.array([1.0, 0.0])
        slope = np.array([float(error @ odds), float(error.sum())]) + away / 0.25
        return float((np.logaddexp(0.0, z) - hit * z).sum() + 0.5 * (away @ away) / 0.25), slope

    return np.asarray(minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B").x, np.float32)


def trusted(probability: Single, trust: Single) -> Single:
    """Probabilities (n, classes) with the likeliest code's made true, and the others sharing the rest as before.

    The likeliest code stays the likeliest.
    """
    if not len(probability) or (trust[0] == 1.0 and trust[1] == 0.0):
        return probability
    row = np.arange(len(probability))
    best = probability.argmax(axis=1)
    top = np.clip(probability[row, best].astype(np.float64), 1e-6, 1.0 - 1e-6)
    rest = probability.copy()
    rest[row, best] = 0.0
    second = rest.max(axis=1).astype(np.float64)
    sure = 1.0 / (1.0 + np.exp(-(float(trust[0]) * np.log(top / (1.0 - top)) + float(trust[1]))))
    sure = np.maximum(sure, second / (1.0 - top + second) + 1e-6)
    out = rest * ((1.0 - sure) / np.maximum(rest.sum(axis=1), 1e-12))[:, None].astype(np.float32)
    out[row, best] = sure
    return np.asarray(out, np.float32)


def calibration_error(probability: Single, hit: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017) of top-class probabilities (n,) against hits (n,), in equal bins."""
    if not len(hit):
        return 0.0
    which = np.minimum((probability * bins).astype(np.int64), bins - 1)
    size = np.bincount(which, minlength=bins)
    gap = np.bincount(which, weights=hit.astype(float), minlength=bins) - np.bincount(
        which, weights=probability.astype(float), minlength=bins
    )
    return float(np.abs(gap[size > 0]).sum() / len(hit))


def threshold_for(probability: Single, hit: NDArray[np.bool_], wanted: float, *, safety: float = 1.0) -> float:
    """Lowest probability above which the share of hits stays at `wanted`, with `safety` standard errors to spare.

    NEVER where no 20 rows together keep it.
    """
    order = np.argsort(-probability, kind="stable")
    sorted_p = probability[order]
    count = np.arange(1, len(order) + 1)
    share = np.cumsum(hit[order]) / count
    # The spread of the wanted share itself: a run of hits without a miss is no proof that none will come.
    spare = safety * np.sqrt(wanted * (1.0 - wanted) / count)
    last_of_tie = np.append(sorted_p[1:] != sorted_p[:-1], True) if len(order) else np.zeros(0, bool)
    good = np.flatnonzero((share - spare >= wanted) & (count >= 20) & last_of_tie)
    if not len(good):
        return NEVER
    lowest = float(sorted_p[good[-1]])
    # Where every row qualifies, the lowest seen is a bound of the rows, not of what may be trusted.
    return min(lowest, wanted) if good[-1] == len(order) - 1 else lowest
