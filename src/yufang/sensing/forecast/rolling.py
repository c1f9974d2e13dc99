"""Rolling-origin evaluation: learn from what was before, foretell what came next, move on; and the choice made on it.

Tashman, "Out-of-sample tests of forecasting accuracy", International Journal of Forecasting 16 (2000). Between the last
row learned from and the first foretold lies the window ahead, so that no label looks into the rows it is tried on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from yufang.sensing.forecast.calibration import calibration_error, fit_beta, log_loss
from yufang.sensing.forecast.contracts import Ahead, Bools, Floats, Whole
from yufang.sensing.forecast.features import Described
from yufang.sensing.forecast.learners import Learner

ORIGINS = 12
FIRST_SHARE = 0.15  # of the rows, before the first origin
NEAR_H = 24.0  # rows are compared with rows at most so many hours away
LEAST_POSITIVE = 5  # rows of each kind that a fold needs to learn from
_MOST_COMPARED = 1500
_BOOTSTRAPS = 400


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is learned: `described` rows (n,), which of them can be used (below the limit, outcome known)."""

    described: Described
    usable: Bools
    outcome: Ahead
    ahead: int  # rows that the label looks ahead
    per_day: float  # rows a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One learner's figures out of fold.

    `near_auc`: how often, of two moments at most 24 h apart, the one before a crossing scored higher (0.5 is chance);
    `gain` over persistence with its standard error by bootstrap over episodes.
    """

    learner: str
    near_auc: float
    gain: float
    gain_error: float
    log_loss: float
    calibration_error: float
    rows: int
    episodes: int


def origins(rows: int, count: int = ORIGINS) -> list[tuple[int, int]]:
    """First and last-but-one row of each stretch that is foretold, one after the other."""
    first = max(1, round(rows * FIRST_SHARE))
    edges = np.unique(np.linspace(first, rows, count + 1).round().astype(int))
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def out_of_fold(task: Task, make: Callable[[], Learner], seed: int = 0, count: int = ORIGINS) -> Floats:
    """Scores (n,) of every usable row after the first origin, each by a learner of the rows before; NaN elsewhere."""
    n = len(task.usable)
    scores = np.full(n, np.nan)
    for start, end in origins(n, count):
        before = np.flatnonzero(task.usable[: max(0, start - task.ahead)])
        then = start + np.flatnonzero(task.usable[start:end])
        outcome = task.outcome.at(before)
        if not len(then) or min(outcome.came.sum(), (1 - outcome.came).sum()) < LEAST_POSITIVE:
            continue
        learner = make()
        learner.fit(task.described, before, outcome, seed)
        scores[then] = learner.score(task.described, then)
    return scores


def concordance(score: Floats, came: Floats, at: Whole, near: float) -> tuple[Floats, Whole]:
    """For each row before a crossing (at most 1,500, evenly taken): share of the others within `near` rows that score
    lower, ties half; and the row's place. Rows without such others are left out. Arrays of equal length."""
    positive, negative = np.flatnonzero(came == 1), np.flatnonzero(came == 0)
    if len(positive) > _MOST_COMPARED:
        positive = positive[np.linspace(0, len(positive) - 1, _MOST_COMPARED).round().astype(int)]
    found, places = [], []
    where = at[negative]
    for row in positive:
        low, high = np.searchsorted(where, [at[row] - near, at[row] + near])
        others = score[negative[low:high]]
        if len(others):
            found.append(float((others < score[row]).mean() + 0.5 * (others == score[row]).mean()))
            places.append(int(at[row]))
    return np.array(found), np.array(places, dtype=np.int64)


def bootstrap_error(values: Floats, places: Whole, apart: int, seed: int = 0) -> tuple[float, int]:
    """Standard error of the mean by drawing whole episodes (rows at most `apart` from the one before); their number."""
    if len(values) < 2:
        return float("nan"), len(values)
    episode = np.cumsum(np.diff(places, prepend=places[0]) > apart)
    count = int(episode[-1]) + 1
    if count < 2:
        return float("nan"), count
    total, size = np.bincount(episode, values), np.bincount(episode)
    drawn = np.random.default_rng(seed).integers(0, count, (_BOOTSTRAPS, count))
    return float((total[drawn].sum(axis=1) / size[drawn].sum(axis=1)).std()), count


def compare(task: Task, scores: Mapping[str, Floats], base: str) -> list[Tried]:
    """Figures of each learner's out-of-fold scores on the rows that all of them scored, against learner `base`."""
    there = np.all([~np.isnan(s) for s in scores.values()], axis=0)
    at = np.flatnonzero(there)
    came = task.outcome.came[at]
    near = NEAR_H / 24 * task.per_day
    shares = {name: concordance(score[at], came, at, near) for name, score in scores.items()}
    found = []
    for name, (share, places) in shares.items():
        gain = share - shares[base][0]
        error, episodes = bootstrap_error(gain, places, max(task.ahead, 1))
        told = calibrated_on_time(scores[name][at], came)
        tried = ~np.isnan(told)
        found.append(
            Tried(
                learner=name,
                near_auc=float(share.mean()) if len(share) else float("nan"),
                gain=float(gain.mean()) if len(gain) else float("nan"),
                gain_error=0.0 if name == base else error,
                log_loss=log_loss(told[tried], came[tried]) if tried.any() else float("nan"),
                calibration_error=calibration_error(told[tried], came[tried]),
                rows=len(at),
                episodes=episodes,
            )
        )
    return found


def calibrated_on_time(score: Floats, came: Floats, parts: int = 4) -> Floats:
    """Probabilities of each later part of the rows by a calibration of the parts before; NaN in the first. Shape (n,).

    So the calibration error is that of rows which the calibration hadn't seen.
    """
    told = np.full(len(score), np.nan)
    edges = np.linspace(0, len(score), parts + 1).round().astype(int)
    for start, end in pairwise(edges.tolist()[1:]):
        told[start:end] = fit_beta(score[:start], came[:start]).apply(score[start:end])
    return told


def choose(tried: Sequence[Tried], margin: float = 0.005) -> str:
    """The simplest learner whose near-AUC is within `margin` of the best; `tried` goes from simple to intricate."""
    known = [t for t in tried if np.isfinite(t.near_auc)]
    if not known:
        return tried[0].learner
    best = max(t.near_auc for t in known)
    return next(t.learner for t in known if t.near_auc >= best - margin)


def rounded(tried: Tried) -> Tried:
    """The same with four digits, for cards."""
    digits = {
        k: round(getattr(tried, k), 4) for k in ("near_auc", "gain", "gain_error", "log_loss", "calibration_error")
    }
    return replace(tried, **digits)
