"""Credibility in two levels, and losses limited so that one catastrophe doesn't set an entity's rate for years.

Jewell, W. S. (1975), "The use of collateral data in credibility theory: a hierarchical model"; with one group it is
the model of Bühlmann and Straub (1970). Outliers: Gisler, A. and Reinhard, P. (1993), "Robust credibility".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yufang.rates.panel import Floats, Ints, Panel

ROUNDS = 6  # of limiting: the limits stand on estimates that the limits change


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Parameters of one portfolio: entities within groups within the whole.

    `mean`: collective mean per unit of exposure; `within` s²: process variance of a unit of exposure; `between` a:
    variance of entities' true means within a group; `above` b: variance of groups' true means. `group_mean` (g,) is
    each group's credibility estimate.
    """

    mean: float
    within: float
    between: float
    above: float
    group_mean: Floats

    @classmethod
    def fit(cls, panel: Panel) -> Hierarchy:
        """Moment estimates; none is ever negative. Where no spread shows beyond chance, the wider mean stands."""
        w, x = panel.totals()
        rows = np.bincount(panel.entity, minlength=panel.entities)
        degrees = float(np.maximum(rows - 1, 0).sum())
        squares = float((panel.exposure * (panel.rate - x[panel.entity]) ** 2).sum())
        within = squares / degrees if degrees > 0 else 0.0
        present = w > 0
        g, groups = panel.group[present], int(panel.group.max()) + 1
        w, x = w[present], x[present]
        between = _spread(w, x, g, groups, within)
        z = w / (w + within / between) if between > 0 else w
        weight = np.bincount(g, z, groups).astype(float)
        own = np.bincount(g, z * x, groups) / np.maximum(weight, 1e-300)
        seen = weight > 0
        # With no spread between entities a group's own variance is that of its exposure.
        noise = between if between > 0 else within
        above = _spread(weight[seen], own[seen], np.zeros(int(seen.sum()), np.int64), 1, noise)
        q = weight / (weight + noise / above) if above > 0 else np.zeros(groups)
        mean = float(np.average(own, weights=q if q.sum() > 0 else weight))
        return cls(mean, within, between, above, q * own + (1 - q) * mean)

    def credibility(self, exposure: Floats) -> Floats:
        """Weight in [0, 1] of an entity's own mean, by its exposure."""
        if self.between <= 0:
            return np.zeros_like(exposure, dtype=float)
        weight: Floats = exposure / (exposure + self.within / self.between)
        return weight

    def estimate(self, panel: Panel) -> Floats:
        """Credibility estimate of each entity's next loss per unit of exposure, (n,)."""
        w, own = panel.totals()
        z = self.credibility(w)
        return z * own + (1 - z) * self.group_mean[panel.group]


def _spread(w: Floats, x: Floats, group: Ints, groups: int, noise: float) -> float:
    """Variance of true means within groups: (Σ w (x - x̄)² - Σ(k-1)·noise) / Σ(W - Σw²/W), at least 0."""
    total = np.bincount(group, w, groups)
    mean = np.bincount(group, w * x, groups) / np.maximum(total, 1e-300)
    k = np.bincount(group, minlength=groups)
    squares = float((w * (x - mean[group]) ** 2).sum())
    scale = float((total - np.bincount(group, w**2, groups) / np.maximum(total, 1e-300))[k > 1].sum())
    degrees = float(np.maximum(k - 1, 0).sum())
    return max(0.0, (squares - degrees * noise) / scale) if scale > 0 else 0.0


def limit_outliers(panel: Panel, limit: float) -> Floats:
    """Rates (rows,) cut at what an entity's other years foretell plus `limit` standard deviations.

    The variance of a year is the process variance over exposure, in proportion to the expected rate, plus what is not
    known of the entity's true mean. Parameters are fitted anew on the cut rates, `ROUNDS` times, because an outlier
    widens the very variance that should betray it.
    """
    rate = panel.rate.copy()
    w, e = panel.exposure, panel.entity
    for _ in range(ROUNDS):
        cut = panel.with_rate(rate)
        model = Hierarchy.fit(cut)
        total, own = cut.totals()
        others = total[e] - w
        rest = np.where(others > 0, (own * total)[e] - w * rate, 0.0) / np.maximum(others, 1e-300)
        z = model.credibility(np.maximum(others, 0.0))
        expected = z * rest + (1 - z) * model.group_mean[panel.group[e]]
        overall = float((w * expected).sum() / w.sum())
        if overall <= 0:
            return rate
        variance = model.within / w * expected / overall + model.between * (1 - z)
        rate = np.minimum(panel.rate, expected + limit * np.sqrt(np.maximum(variance, 0.0)))
    return rate
