"""A floor under expectations: enterprises whose expected loss can't usefully be told apart get one common value.

Far down the ranking the order of fine predictions is mostly noise: nearly all of these enterprises will have no loss
at all. Saying that they are alike loses little of what the prediction explains (deviance) and makes the ranking truer
(rank correlation counts the false order of hundreds of equals). Where the floor stands is chosen on earlier periods:
the highest rank correlation among the floors that cost at most `TOLERANCE` of the deviance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yufang.profiles.credibility import Floats

TOLERANCE = 0.01
SHARES = (0.0, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85)


@dataclass(frozen=True, slots=True)
class Floor:
    """Predictions up to `below` become `value`; both in the unit of the prediction. `share` was pooled when chosen."""

    below: float
    value: float
    share: float

    def apply(self, predicted: Floats) -> Floats:
        """`predicted` (n,) with everything up to `below` replaced by `value`."""
        return np.where(predicted <= self.below, self.value, predicted)


def deviance(loss: Floats, predicted: Floats) -> float:
    """Mean Poisson deviance of predictions (n,) > 0 for losses (n,) ≥ 0."""
    mu = np.maximum(predicted, 1e-9)
    log_ratio = np.where(loss > 0, loss * np.log(np.where(loss > 0, loss, 1.0) / mu), 0.0)
    return float(2 * np.mean(log_ratio - (loss - mu)))


def choose_floor(folds: Sequence[tuple[Floats, Floats]], *, tolerance: float = TOLERANCE) -> Floor:
    """Choose a floor on `folds`, each (predictions, what was lost) of a period that the predictor was not fitted on.

    The share of pooled rows is chosen over all folds together; `below` is that quantile of the newest fold (the last)
    and `value` the mean prediction under it. Raises ValueError where there is no fold or one without any loss.
    """
    if not folds or any(loss.sum() <= 0 for _, loss in folds):
        raise ValueError("a floor is chosen on earlier periods with losses; none was given, or one has no loss")
    from scipy.stats import spearmanr  # a second to import: only who fits waits for it

    free = sum(deviance(loss, predicted) for predicted, loss in folds)
    best, chosen = -np.inf, 0.0
    for share in SHARES:
        floors = [_floor(predicted, share) for predicted, _ in folds]
        pooled = [floor.apply(predicted) for floor, (predicted, _) in zip(floors, folds, strict=True)]
        cost = sum(deviance(loss, p) for p, (_, loss) in zip(pooled, folds, strict=True))
        rank = float(np.mean([spearmanr(loss, p)[0] for p, (_, loss) in zip(pooled, folds, strict=True)]))
        if cost <= free * (1 + tolerance) and rank > best:
            best, chosen = rank, share
    return _floor(folds[-1][0], chosen)


def _floor(predicted: Floats, share: float) -> Floor:
    if share <= 0:
        return Floor(0.0, 0.0, 0.0)
    below = float(np.quantile(predicted, share))
    return Floor(below, float(predicted[predicted <= below].mean()), share)
