"""What a trained model is, and how a row of all variables is judged with it. numpy only: it runs at the edge.

The last rows of all variables, scaled, stand side by side (dynamic PCA: Ku, Storer & Georgakis 1995) and are turned
into uncorrelated scores. The scores are looked at with several memories (exponentially weighted, Lowry et al. 1992),
each with the spread that normal rows show at that memory. For every memory there are three statistics:

    t2        mean square of the leading scores: how far along the ways in which the plant usually moves
    spe       mean square of the remaining scores: how far off those ways, each weighed by its own spread
    variable  the greatest of the squared tests "has this one variable shifted, given all the others?"

The last is the reconstruction-based contribution (Alcala & Qin 2009) used as a statistic, so what detects also names
the variable. Statistics are compared on one scale, their log in sd of rows that were held out in training; the index
of a row is the greatest one over the limit. It alarms above 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.multivariate.errors import MultivariateError

Floats = NDArray[np.float64]

STATISTICS = ("t2", "spe", "variable")
CLIP = 30.0  # sd: so far one row can throw a score, so that a wild value is forgotten within a memory
_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A trained model of m variables with L lags, k scores and S memories.

    variables: m channel keys; mean, scale: (m,); basis: (m·(L+1), k), a row of scaled values to scores of sd 1 in
    training; leading: how many scores count as the usual ways; weights: (S,) of the newest row; spread: (S, k);
    judged: names out of STATISTICS; centre, width: (S, 3) of the log statistics on held-out rows; limit: of the index;
    step_s: seconds between rows; rows: training rows; false_alarms: the share of them above the limit when held out.
    """

    name: str
    variables: tuple[str, ...]
    mean: Floats
    scale: Floats
    basis: Floats
    leading: int
    weights: Floats
    spread: Floats
    judged: tuple[str, ...]
    centre: Floats
    width: Floats
    limit: float
    step_s: float
    rows: int
    false_alarms: float

    @property
    def lags(self) -> int:
        return len(self.basis) // len(self.variables) - 1

    def directions(self) -> tuple[Floats, Floats]:
        """(S, k, m): what a shift of one variable by one sd looks like in spread-scaled scores, as unit vectors; and
        their lengths (S, m). A variable that no score sees has length 0."""
        m = len(self.variables)
        lifted = self.basis.reshape(self.lags + 1, m, -1).sum(axis=0)  # (m, k): the shift is in all lags
        seen = lifted.T[None, :, :] / self.spread[:, :, None]
        length = np.sqrt((seen**2).sum(axis=1))
        return seen / np.maximum(length, _TINY)[:, None, :], length


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much of a deviation one variable explains: its share of the sum over variables, and its shift, in the unit
    of the variable, that would explain it (above 0: higher than the other variables lead to expect)."""

    variable: str
    share: float
    shift: float


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """Verdict on one row. index: above 1 it alarms; z: the greatest statistic in sd of held-out normal rows; statistic
    and memory: which one; values: (S, 3) the statistics; tests: (S, m) the signed test of each variable."""

    index: float
    z: float
    statistic: str
    memory: int
    values: Floats
    tests: Floats


class Scorer:
    """Judges row after row. `lagged` (L+1, m), `smoothed` (S, k) and `seen` are all its state."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._directions, self._lengths = model.directions()
        self._judged = np.array([name in model.judged for name in STATISTICS])
        self._weights = model.weights[:, None]
        self._precision: Floats | None = None
        self.clear()

    def clear(self) -> None:
        """Forget the past."""
        self.lagged = np.zeros((self.model.lags + 1, len(self.model.variables)))
        self.smoothed = np.zeros(self.model.spread.shape)
        self.seen = 0

    def step(self, row: Floats) -> Score:
        """Judge the next row (m,), in the units of training. NaN: not measured; its likeliest value given the others
        is put in its place. Raises MultivariateError for a row of another length."""
        model = self.model
        if row.shape != model.mean.shape:
            raise MultivariateError("other_row", got=row.size, model=model.name, wanted=len(model.variables))
        scaled = (row - model.mean) / model.scale
        unknown = ~np.isfinite(scaled)
        if unknown.any():
            scaled = self._filled(scaled, unknown)
        self.lagged[1:] = self.lagged[:-1] if self.seen else scaled
        self.lagged[0] = scaled
        self.seen += 1
        scores = np.clip(self.lagged.reshape(-1) @ model.basis, -CLIP, CLIP)
        self.smoothed = (1.0 - self._weights) * self.smoothed + self._weights * scores
        return self._judge(self.smoothed / model.spread)

    def _judge(self, scores: Floats) -> Score:
        model = self.model
        tests = np.stack([one @ directions for one, directions in zip(scores, self._directions, strict=True)])
        square = scores**2
        values = np.stack(
            [_mean(square[:, : model.leading]), _mean(square[:, model.leading :]), (tests**2).max(axis=1)], axis=1
        )
        z = (np.log(values + 1e-9) - model.centre) / model.width
        at = int(np.argmax(np.where(self._judged, z, -np.inf)))
        memory, statistic = divmod(at, len(STATISTICS))
        top = float(z[memory, statistic])
        return Score(top / model.limit, top, STATISTICS[statistic], memory, values, tests)

    def _filled(self, scaled: Floats, unknown: NDArray[np.bool_]) -> Floats:
        """Unmeasured values of the newest row, given the measured ones and the rows before."""
        if self._precision is None:
            self._precision = self.model.basis @ self.model.basis.T
        m = len(scaled)
        whole = np.concatenate([scaled, self.lagged[:-1].reshape(-1)])
        known = np.ones(len(whole), bool)
        known[:m] = ~unknown
        if not self.seen:
            known[m:] = False
        rows = np.flatnonzero(unknown)
        inner = self._precision[np.ix_(rows, rows)] + _TINY * np.eye(len(rows))
        filled = scaled.copy()
        filled[unknown] = -np.linalg.solve(inner, self._precision[np.ix_(rows, np.flatnonzero(known))] @ whole[known])
        return filled

    def contributions(self, verdict: Score, most: int = 5) -> list[Contribution]:
        """The variables that explain a verdict, the greatest share first."""
        tests = verdict.tests[verdict.memory]
        length = self._lengths[verdict.memory]
        square = tests**2
        total = float(square.sum())
        order = np.argsort(-square, kind="stable")[:most]
        return [
            Contribution(
                self.model.variables[j],
                float(square[j]) / total if total > 0 else 0.0,
                float(tests[j] / length[j] * self.model.scale[j]) if length[j] > 0 else 0.0,
            )
            for j in order.tolist()
        ]


def _mean(square: Floats) -> Floats:
    """Row means; 0 where there are no columns."""
    return square.mean(axis=1) if square.shape[1] else np.zeros(len(square))


def score(model: Model, rows: Floats) -> list[Score]:
    """Verdicts on rows (n, m) that follow one another, the first without a past."""
    scorer = Scorer(model)
    return [scorer.step(row) for row in np.asarray(rows, dtype=np.float64)]


def index_of(verdicts: Sequence[Score]) -> Floats:
    """The index of each verdict: above 1 it alarms."""
    return np.array([verdict.index for verdict in verdicts])
