"""Training on normal rows alone: scales, scores, spreads that allow for what the rows could not show, and limits.

Limits come from rows that were held out: the rows are cut into five stretches, each is judged by a model of the other
four, and the limit is passed by the chosen share of them. Two allowances keep later normal rows below it:

  few independent rows   a slow variable shows few independent values in n rows. With a correlation time of τ rows
                         (AR(1): τ = (1+ρ)/(1-ρ)) its sample variance falls short by τ/n and its mean is off by as
                         much, so the variance that later rows show about the old mean is (1+τ/n)/(1-τ/n) times it.
  wander                 how far a variable's level moves between two normal stretches, beyond what one stretch shows;
                         measured on earlier stretches by `wander_between`, it adds to the spread at every memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from yufang.sensing.multivariate.errors import MultivariateError
from yufang.sensing.multivariate.model import CLIP, STATISTICS, Floats, Model, Score, score

MEMORIES = (1.0, 0.3, 0.1)  # weight of the newest row: memories of 1, 3 and 10 rows
JUDGED = ("spe", "variable")
MAX_LAGS = 3
_FOLDS = 5
_LEADING = 0.8  # share of the variance that the leading scores carry
_ROWS_A_COLUMN = 4  # lagged columns are at most a quarter of the rows
_RANK = 1e-12  # of the greatest eigenvalue: below it there is only the rounding of floats
_LEAST_ROWS = 60


def fit(
    rows: Floats,
    variables: Sequence[str],
    *,
    name: str = "multivariate",
    false_alarms: float = 0.02,
    lags: int | None = None,
    wander: Floats | None = None,
    judged: Sequence[str] = JUDGED,
    step_s: float = 1.0,
) -> Model:
    """A model of normal `rows` (n, m), one an instant, `step_s` seconds apart, columns as `variables`.

    false_alarms: share of held-out normal rows that may alarm. lags: rows before the newest that are looked at; None:
    up to 3, while the columns stay below a quarter of the rows. wander: (m,), see `wander_between`. Raises
    MultivariateError naming variable, row and rule.
    """
    x = _checked(rows, variables, false_alarms, judged, step_s)
    n, m = x.shape
    most = max(0, n // (_ROWS_A_COLUMN * m) - 1)
    if lags is not None and not 0 <= lags <= most:
        raise MultivariateError("bad_value", field="lags", value=lags, rule=f"0 … {most}")
    used = min(MAX_LAGS, most) if lags is None else lags
    extra = np.zeros(m) if wander is None else np.asarray(wander, dtype=np.float64)
    if extra.shape != (m,) or not np.isfinite(extra).all() or (extra < 0).any():
        raise MultivariateError("bad_value", field="wander", value=extra.tolist(), rule=f"{m} numbers of at least 0")
    model = _spreads(x, tuple(variables), name, used, extra, step_s, tuple(judged), false_alarms)
    return _limits(model, x, used, extra)


def wander_between(stretches: Sequence[Floats]) -> Floats:
    """(m,): mean squared move of a level from one normal stretch (n, m) to the next, in variances within a stretch.

    The stretches are in order of time and a like time apart. A level that wanders moves in proportion to the root of
    time (a random walk): for a model used over a shorter time, multiply by the ratio of the times. Raises
    MultivariateError where there are fewer than two stretches.
    """
    if len(stretches) < 2:
        raise MultivariateError("bad_value", field="stretches", value=len(stretches), rule="2 …")
    moves = []
    for one, other in pairwise(stretches):
        move = (other.mean(axis=0) - one.mean(axis=0)) ** 2
        moves += [move / np.maximum(part.var(axis=0), _least_variance(part)) for part in (one, other)]
    return np.asarray(np.mean(moves, axis=0), dtype=np.float64)


def _checked(
    rows: Floats, variables: Sequence[str], false_alarms: float, judged: Sequence[str], step_s: float
) -> Floats:
    x = np.asarray(rows, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != len(variables) or len(variables) < 2 or len(set(variables)) < len(variables):
        raise MultivariateError("bad_shape", shape=x.shape, variables=len(variables))
    needed = max(_LEAST_ROWS, _ROWS_A_COLUMN * len(variables) * _FOLDS // (_FOLDS - 1))
    if len(x) < needed:
        raise MultivariateError("few_rows", rows=len(x), variables=len(variables), needed=needed)
    bad = np.argwhere(~np.isfinite(x))
    if len(bad):
        row, column = (int(place) for place in bad[0])
        raise MultivariateError("not_finite", variable=variables[column], row=row, value=float(x[row, column]))
    for column in np.flatnonzero(np.ptp(x, axis=0) == 0).tolist():
        raise MultivariateError("constant", variable=variables[column], rows=len(x), value=float(x[0, column]))
    if not 0.0 < false_alarms <= 0.5:
        raise MultivariateError("bad_value", field="false_alarms", value=false_alarms, rule="0 … 0.5")
    if not judged or set(judged) - set(STATISTICS):
        raise MultivariateError("bad_value", field="judged", value=list(judged), rule=" / ".join(STATISTICS))
    if not 0.0 < step_s <= 86_400.0:
        raise MultivariateError("bad_value", field="step_s", value=step_s, rule="0 … 86400")
    return x


def _least_variance(x: Floats) -> Floats:
    """(m,): variance of the rounding alone: a variable that comes in steps of q is off by up to q/2 (q²/12)."""
    steps = []
    for column in x.T:
        gaps = np.diff(np.unique(column))
        steps.append(float(gaps.min()) if len(gaps) else 1.0)
    return np.square(np.array(steps)) / 12.0


def _spreads(
    x: Floats,
    variables: tuple[str, ...],
    name: str,
    lags: int,
    wander: Floats,
    step_s: float,
    judged: tuple[str, ...],
    false_alarms: float,
) -> Model:
    """Everything but the limits."""
    n = len(x)
    mean = x.mean(axis=0)
    least = _least_variance(x)
    scale = np.sqrt(np.maximum(x.var(axis=0), least))
    lagged = _lagged((x - mean) / scale, lags)
    moves = np.kron(np.ones((lags + 1, lags + 1)), np.diag(wander))
    value, vector = np.linalg.eigh(lagged.T @ lagged / n + moves)
    value, vector = value[::-1], vector[:, ::-1]
    # A relation that holds exactly in training (two copies of a sensor) is kept, as exact as the readings are rounded.
    rounding = np.maximum(np.tile(least / scale**2, lags + 1) @ vector**2, _RANK * value[0])
    value = np.maximum(value, rounding)
    basis = vector / np.sqrt(value)
    leading = min(int(np.searchsorted(np.cumsum(value), _LEADING * value.sum())) + 1, len(value))
    moved = np.einsum("ij,ik,kj->j", basis, moves, basis)
    scores = np.clip(lagged @ basis, -CLIP, CLIP)
    spread = np.stack(
        [
            np.sqrt(np.maximum(_later_variance(_smoothed(scores, w)), rounding / value * w / (2.0 - w)) + moved)
            for w in MEMORIES
        ]
    )
    unknown = np.zeros((len(MEMORIES), len(STATISTICS)))
    return Model(
        name=name,
        variables=variables,
        mean=mean,
        scale=scale,
        basis=basis,
        leading=leading,
        weights=np.array(MEMORIES),
        spread=spread,
        judged=judged,
        centre=unknown,
        width=unknown + 1.0,
        limit=1.0,
        step_s=step_s,
        rows=n,
        false_alarms=false_alarms,
    )


def _limits(model: Model, x: Floats, lags: int, wander: Floats) -> Model:
    """The model with centre, width and limit from held-out stretches."""
    verdicts: list[Score] = []
    parts = np.array_split(np.arange(len(x)), _FOLDS)
    for part in parts:
        others = np.delete(x, part, axis=0)
        fold = _spreads(others, model.variables, "", lags, wander, model.step_s, model.judged, model.false_alarms)
        verdicts += score(fold, x[part])
    logs = np.log(np.stack([verdict.values for verdict in verdicts]) + 1e-9)
    centre, width = logs.mean(axis=0), np.maximum(logs.std(axis=0), 1e-3)
    z = ((logs - centre) / width)[:, :, [name in model.judged for name in STATISTICS]]
    limit = float(np.quantile(z.max(axis=(1, 2)), 1.0 - model.false_alarms))
    return replace(model, centre=centre, width=width, limit=max(limit, 0.5))


def _lagged(scaled: Floats, lags: int) -> Floats:
    """(n, m·(lags+1)): each row beside the rows before it; before the first stands the first."""
    parts = [scaled] + [np.vstack([np.repeat(scaled[:1], lag, axis=0), scaled[:-lag]]) for lag in range(1, lags + 1)]
    return np.hstack(parts)


def _smoothed(scores: Floats, weight: float) -> Floats:
    found = np.empty_like(scores)
    now = np.zeros(scores.shape[1])
    for n, row in enumerate(scores):
        now = (1.0 - weight) * now + weight * row
        found[n] = now
    return found


def _later_variance(scores: Floats) -> Floats:
    """(k,): mean square that later rows show about the mean of these, from the correlation of successive rows."""
    n = len(scores)
    variance = np.maximum((scores**2).mean(axis=0), 1e-12)
    successive = np.clip((scores[1:] * scores[:-1]).mean(axis=0) / variance, 0.0, 0.995)
    share = np.minimum((1.0 + successive) / (1.0 - successive) / n, 0.5)
    return np.asarray(variance * (1.0 + share) / (1.0 - share), dtype=np.float64)
