"""Yearly change of an enterprise's injuries, shrunk towards its class, with an interval; and the seasons of a class.

The change is the slope b of a log-linear Poisson rate over the window. Given the enterprise's total N, its months are
multinomial with p_t ∝ exposure_t · exp(b t), so the level drops out. b has a normal prior: the class's slope, itself
shrunk towards the region's, with a between-enterprise variance by moments (DerSimonian and Laird 1986). Reported are
the posterior mode and its normal 90 % interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yufang.profiles.credibility import Floats, GammaPrior

Z90 = 1.6448536269514722
LEAST_VARIANCE, MOST_VARIANCE = 0.01, 1.0  # of yearly slopes between enterprises


@dataclass(frozen=True, slots=True)
class Trends:
    """Yearly change as a ratio minus 1, its 5 % and 95 % bounds, each (enterprises,)."""

    change: Floats
    low: Floats
    high: Floats


def trends(counts: Floats, exposure: Floats, index: npt.NDArray[np.int64]) -> Trends:
    """Yearly change from monthly `counts` and `exposure` (both (enterprises, months)); `index` gives the class 0…k-1.

    With fewer than 12 months nothing is said of change: the interval is the prior's, around none.
    """
    n, months = counts.shape
    if months < 12 or counts.sum() <= 0:
        wide = Z90 * np.sqrt(MOST_VARIANCE)
        return Trends(np.zeros(n), np.full(n, np.expm1(-wide)), np.full(n, np.expm1(wide)))
    years = (np.arange(months) - (months - 1) / 2) / 12.0
    region, _ = _slope(counts.sum(0)[None], exposure.sum(0)[None], years, np.zeros(1), np.full(1, MOST_VARIANCE))
    classes = int(index.max()) + 1
    by_class = np.zeros((classes, months))
    weight = np.zeros((classes, months))
    np.add.at(by_class, index, counts)
    np.add.at(weight, index, exposure)
    spread = np.full(classes, _between(by_class, weight, years, region[0]))
    of_class, _ = _slope(by_class, weight, years, np.full(classes, region[0]), spread)
    between = np.full(n, _between(counts, exposure, years, of_class[index]))
    slope, deviation = _slope(counts, exposure, years, of_class[index], between)
    return Trends(np.expm1(slope), np.expm1(slope - Z90 * deviation), np.expm1(slope + Z90 * deviation))


def _moments(slope: Floats, exposure: Floats, years: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the month, in years, under slope (rows,)."""
    p = exposure * np.exp(slope[:, None] * years)
    p /= p.sum(axis=1, keepdims=True)
    mean = p @ years
    return mean, p @ years**2 - mean**2


def _slope(counts: Floats, exposure: Floats, years: Floats, prior: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Posterior mode and standard deviation of the slope of each row, by Newton's method on a concave likelihood."""
    total, moment = counts.sum(1), counts @ years
    slope = prior.copy()
    information = np.ones_like(slope)
    for _ in range(12):
        mean, spread = _moments(slope, exposure, years)
        information = total * spread + 1.0 / variance
        step = (moment - total * mean - (slope - prior) / variance) / information
        slope = np.clip(slope + np.clip(step, -0.5, 0.5), -3.0, 3.0)
    return slope, 1.0 / np.sqrt(information)


def _between(counts: Floats, exposure: Floats, years: Floats, centre: Floats | float) -> float:
    """Variance of true slopes around `centre`, from scores: E U² = I + I² a with information I."""
    total = counts.sum(1)
    centres = np.broadcast_to(np.asarray(centre, dtype=float), total.shape)
    mean, spread = _moments(centres, exposure, years)
    score, information = counts @ years - total * mean, total * spread
    bottom = float((information**2).sum())
    raw = float((score**2 - information).sum()) / bottom if bottom > 0 else LEAST_VARIANCE
    return min(max(raw, LEAST_VARIANCE), MOST_VARIANCE)


@dataclass(frozen=True, slots=True)
class Seasons:
    """Factor of each calendar month, January first, on a class's monthly injuries; means 1. Bounds are 5 % and 95 %."""

    factor: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def seasons(counts: Floats, exposure: Floats, first: int, above: Seasons | None = None) -> Seasons | None:
    """Seasons from a class's monthly `counts` and `exposure` (months,), the first being month index `first`.

    Shrunk towards `above`, the wider class's, or towards no season, as far as chance alone could make the differences
    between months. None with less than two whole years: one year's months are not yet seasons.
    """
    whole = len(counts) // 12 * 12
    if whole < 24 or counts[-whole:].sum() <= 0:
        return None
    months = (first + len(counts) - whole + np.arange(whole)) % 12
    wide = np.array(above.factor) if above else np.ones(12)
    # Each year on its own level, so that a trend is no season.
    year = np.arange(whole) // 12
    n, w = counts[-whole:], exposure[-whole:] * wide[months]
    level = np.bincount(year, n) / np.maximum(np.bincount(year, w), 1e-12)
    expected = np.bincount(months, w * level[year], minlength=12)
    told = np.bincount(months, n, minlength=12).astype(np.float64)
    prior = GammaPrior.fit(told, np.maximum(expected, 1e-9))
    mean, low, high, _ = prior.posterior(told, np.asarray(expected, dtype=np.float64))
    scale = 12.0 / float((mean * wide).sum())
    return Seasons(*(tuple(float(x) for x in part * wide * scale) for part in (mean, low, high)))
