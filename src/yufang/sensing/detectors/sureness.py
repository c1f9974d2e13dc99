"""How sure: the probability, under a stated model, that what an event claims is true given the readings.

Three models, each tested by simulating from it (tests/sensing/detectors/test_sureness.py): a level under Gaussian noise
with a flat prior; a deviation that is either noise or a real effect of unknown size; odds from a likelihood ratio.
"""

from __future__ import annotations

import math

UNKNOWN = 0.5  # nothing is known of the channel's noise yet
ENOUGH = 8  # differences between readings from which the noise is known
SPREAD = 10.0  # sd of a real effect, in sd of the noise (slab of the spike-and-slab prior)


def noise_sd(mean_difference: float, count: float) -> float:
    """Sd of Gaussian noise from the mean absolute difference of successive readings; NaN before ENOUGH of them.

    E|x₂ - x₁| = 2σ/√π; differences see neither level nor slow change.
    """
    return mean_difference * math.sqrt(math.pi) / 2.0 if count >= ENOUGH else math.nan


def normal_cdf(z: float) -> float:
    """P(N(0,1) ≤ z)."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def beyond(excess: float, sd: float) -> float:
    """P(true value beyond the limit): the estimate lies `excess` beyond it, with standard error `sd`, prior flat."""
    if math.isnan(sd):
        return UNKNOWN
    if sd <= 0.0:
        return 1.0 if excess >= 0.0 else 0.0
    return normal_cdf(excess / sd)


def from_log_odds(log_odds: float) -> float:
    """Logistic function, without overflow."""
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-min(log_odds, 700.0)))
    raised = math.exp(max(log_odds, -700.0))
    return raised / (1.0 + raised)


def real(z: float, prior: float, spread: float = SPREAD) -> float:
    """P(a deviation of `z` sd is real): noise is N(0,1), a real one N(0, 1 + spread²), its share `prior`."""
    if math.isnan(z):
        return UNKNOWN
    z = min(abs(z), 1e6)
    bayes = 0.5 * z * z * spread**2 / (1.0 + spread**2) - 0.5 * math.log1p(spread**2)
    return from_log_odds(math.log(prior) - math.log1p(-prior) + bayes)
