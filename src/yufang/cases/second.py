"""A second opinion on what the first reader leaves open, and how much each of the two is believed.

The two readers' log-probabilities are added with learned weights (a logarithmic opinion pool, Genest and Zidek 1986)
and a small shift for each code, all fitted on rows that neither reader had seen.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Single = NDArray[np.float32]
Long = NDArray[np.int64]

SURE = 0.9  # where the first reader is as sure as this, the second isn't asked
FOLDS = 3
MOST_ROWS = 60_000  # of more rows so many are drawn: a quarter of an hour's work
_FIRST_WEIGHTS = (np.float32(0.3), np.float32(1.0))
_SHIFT_SPREAD = 0.3  # standard deviation of the prior of the codes' shifts


class TextReader(Protocol):
    """A trained second reader."""

    kind: str

    def log_probabilities(self, texts: Sequence[str]) -> Single:
        """Log-probabilities (n, classes) before calibration; a text's don't depend on its neighbours."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it has learned, by name, to be saved."""
        ...


class Study(Protocol):
    """Texts made ready once, to learn from parts of them again and again."""

    def train(self, rows: Long, target: Long, classes: int, seed: int) -> TextReader:
        """Learn from the texts `rows`; target: class of every text."""
        ...

    def ask(self, reader: TextReader, rows: Long) -> Single:
        """`reader.log_probabilities` of the texts `rows`."""
        ...


class Learner(Protocol):
    """A way of reading that a coder may take as its second."""

    def suits(self, rows: int, classes: int, settled: float) -> bool:
        """Whether it can be learned here and has something to add; settled: share that the first codes alone."""
        ...

    def prepare(self, texts: Sequence[str]) -> Study:
        """Make texts ready."""
        ...


@dataclass(frozen=True, slots=True)
class Pool:
    """log p = first · log p₁ + second · log p₂ + shift + constant."""

    first: float
    second: float
    shift: Single

    def probabilities(self, one: Single, two: Single) -> Single:
        """Pooled probabilities (n, classes) of two readers' log-probabilities."""
        scores = self.first * one + self.second * two + self.shift
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        pooled: Single = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
        return pooled


def fit_pool(one: Single, two: Single, target: Long) -> Pool:
    """Fit a `Pool` to log-probabilities (n, classes) of rows that neither reader had seen, by maximum posterior."""
    n, classes = one.shape
    everyone = np.arange(n)

    def objective(p: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shift = p[2:]
        scores = p[0] * one + p[1] * two + shift
        scores -= scores.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scores).sum(axis=1, keepdims=True))
        error = np.exp(scores - log_sum)
        loss = float((log_sum[:, 0] - scores[everyone, target]).sum() + 0.5 * (shift @ shift) / _SHIFT_SPREAD**2)
        error[everyone, target] -= 1.0
        slope = [float((error * one).sum()), float((error * two).sum())]
        return loss / n, np.concatenate([slope, error.sum(axis=0) + shift / _SHIFT_SPREAD**2]) / n

    start = np.concatenate([[0.5, 0.5], np.zeros(classes)])
    best = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    return Pool(float(best[0]), float(best[1]), best[2:].astype(np.float32))


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """A second reader and the pool of both."""

    reader: TextReader
    pool: Pool

    def digest(self) -> str:
        """Six hexadecimal digits that change with anything that its answers depend on."""
        sha = hashlib.sha256(repr((self.pool.first, self.pool.second)).encode())
        for array in (self.pool.shift, *self.reader.arrays().values()):
            sha.update(np.ascontiguousarray(array).tobytes())
        return sha.hexdigest()[:6]

    def revise(self, texts: Sequence[str], probability: Single) -> Single:
        """The first reader's probabilities (n, classes); rows of which it isn't sure are pooled with the second's.

        Rows are worked out one by one: a row's answer doesn't depend on which others are asked.
        """
        unsure = np.flatnonzero(probability.max(axis=1) < SURE)
        if not len(unsure):
            return probability
        two = self.reader.log_probabilities([texts[i] for i in unsure.tolist()])
        out = probability.copy()
        out[unsure] = self.pool.probabilities(np.log(np.maximum(probability[unsure], 1e-9)), two)
        return out


def second_opinion(
    learner: Learner,
    texts: Sequence[str],
    target: Long,
    honest: Single,
    fold: Long,
    *,
    seed: int = 0,
) -> tuple[SecondOpinion, Single] | None:
    """Train a second reader; None where the pool does not beat the first by more than one standard error.

    honest: the first reader's probabilities (n, classes) of rows that it had not seen; fold: 0 to FOLDS - 1 for each
    row. Returns the opinion and the revised honest probabilities.
    """
    classes = honest.shape[1]
    study = learner.prepare(texts)
    one = np.log(np.maximum(honest, 1e-9))
    two = np.zeros_like(one)
    drawn = np.zeros(len(texts), bool)
    drawn[np.random.default_rng(seed).permutation(len(texts))[:MOST_ROWS]] = True
    open_rows = drawn & (honest.max(axis=1) < SURE)
    for k in range(FOLDS):
        learn, judge = np.flatnonzero(drawn & (fold != k)), np.flatnonzero((fold == k) & open_rows)
        two[judge] = study.ask(study.train(learn, target, classes, seed + 1 + k), judge)
        # Before the pool's weights are known: what helps on one fold with neither of two is not worth two folds more.
        if k == 0 and not any(_better(one[judge], one[judge] + w * two[judge], target[judge]) for w in _FIRST_WEIGHTS):
            return None
    revised = honest.copy()
    # Fitted on one half and asked of the other, so that what is reported is honest too.
    for side in (0, 1):
        half = fold % 2 == side
        learn, judge = np.flatnonzero(open_rows & ~half), np.flatnonzero(open_rows & half)
        if len(learn) and len(judge):
            revised[judge] = fit_pool(one[learn], two[learn], target[learn]).probabilities(one[judge], two[judge])
    if not _better(honest, revised, target):
        return None
    asked = np.flatnonzero(open_rows)
    reader = study.train(np.flatnonzero(drawn), target, classes, seed)
    return SecondOpinion(reader, fit_pool(one[asked], two[asked], target[asked])), revised


def _better(before: Single, after: Single, target: Long) -> bool:
    """Whether `after` hits more often than `before` by more than one standard error of the difference."""
    a, b = before.argmax(axis=1) == target, after.argmax(axis=1) == target
    return int(b.sum()) - int(a.sum()) > math.sqrt(int((a != b).sum()))
