"""Credibility: how much an enterprise's own record weighs against its class.

Bühlmann, H. and Straub, E. (1970), "Glaubwürdigkeit für Schadensätze"; the Poisson-gamma form (Whitney 1918, Bailey
1950) is its exact case for counts, and also gives an interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BuhlmannStraub:
    """Non-parametric Bühlmann-Straub parameters of one portfolio.

    `mean`: collective mean per unit of exposure; `within`: expected process variance s²; `between`: variance of the
    entities' true means a. The credibility of exposure w is w / (w + s²/a); with a = 0 it is 0.
    """

    mean: float
    within: float
    between: float

    @classmethod
    def fit(cls, entity: Ints, rate: Floats, exposure: Floats) -> BuhlmannStraub:
        """Fit on one row a period: entity index 0…k-1, loss per unit of exposure, exposure > 0 (same length)."""
        total = np.bincount(entity, exposure)
        own = np.bincount(entity, exposure * rate) / np.maximum(total, 1e-300)
        periods = np.bincount(entity)
        present = total > 0
        w, x = total[present], own[present]
        overall = float(np.average(x, weights=w))
        degrees = float((periods[present] - 1).sum())
        within = float((exposure * (rate - own[entity]) ** 2).sum() / degrees) if degrees > 0 else 0.0
        k, grand = len(w), float(w.sum())
        scale = grand - float((w**2).sum()) / grand
        between = 0.0
        if k > 1 and scale > 0:
            between = max(0.0, (float((w * (x - overall) ** 2).sum()) - (k - 1) * within) / scale)
        if between > 0:  # the credibility-weighted mean has the smaller variance
            z = w / (w + within / between)
            overall = float(np.average(x, weights=z)) if z.sum() > 0 else overall
        return cls(overall, within, between)

    def credibility(self, exposure: Floats) -> Floats:
        """Weight in [0, 1] of an entity's own mean, by its exposure."""
        if self.between <= 0:
            return np.zeros_like(exposure, dtype=float)
        return exposure / (exposure + self.within / self.between)

    def estimate(self, rate: Floats, exposure: Floats) -> Floats:
        """Credibility estimate of the next period's loss per unit of exposure."""
        z = self.credibility(exposure)
        return z * np.where(exposure > 0, rate, 0.0) + (1 - z) * self.mean


@dataclass(frozen=True, slots=True)
class GammaPrior:
    """Gamma prior of a Poisson rate: `mean` per unit of exposure and `strength`, its weight in units of exposure."""

    mean: float
    strength: float

    @classmethod
    def fit(cls, counts: Floats, exposure: Floats, *, floor: GammaPrior | None = None) -> GammaPrior:
        """Moment estimate from entities' counts and exposures; thin classes lean on `floor`, the wider class.

        The between-entity variance is (Σ w (x-m)² - (k-1) m) / (W - Σw²/W), the Bühlmann-Straub estimator with the
        process variance of a Poisson count, s² = m.
        """
        keep = exposure > 0
        n, w = counts[keep], exposure[keep]
        wide_mean = floor.mean if floor else 0.0
        # The wider class counts as as much exposure as gives it one expected injury.
        anchor = 1.0 / wide_mean if wide_mean > 0 else 0.0
        grand = float(w.sum())
        if grand + anchor <= 0:
            return cls(1e-9, 1.0)
        mean = (float(n.sum()) + anchor * wide_mean) / (grand + anchor)
        mean = max(mean, 1e-9)
        scale = grand - float((w**2).sum()) / grand if grand > 0 else 0.0
        between = 0.0
        if len(w) > 1 and scale > 0:
            between = (float((w * (n / w - mean) ** 2).sum()) - (len(w) - 1) * mean) / scale
        # Where no spread is visible beyond chance: lean on the wider class, else trust the class mean strongly.
        flat = floor.strength if floor else 50.0 / mean
        strength = mean / between if between > 0 else flat
        return cls(mean, float(min(max(strength, 1e-3), 1e9)))

    def posterior(self, counts: Floats, exposure: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Posterior mean rate, 5 % and 95 % quantiles and credibility, each of the shape of `counts`."""
        from scipy.special import gammaincinv  # read only where profiles are worked out

        # Most enterprises share their record with many others: quantiles are worked out once a distinct record.
        records, back = np.unique(np.stack([counts, exposure]), axis=1, return_inverse=True)
        shape, rate = self.mean * self.strength + records[0], self.strength + records[1]
        low = gammaincinv(shape, 0.05) / rate
        high = gammaincinv(shape, 0.95) / rate
        credibility = records[1] / rate
        back = back.reshape(-1)
        return (shape / rate)[back], low[back], high[back], credibility[back]
