"""Counts with noise, so that one case more or less can't be told from what is published (differential privacy).

The noise is the two-sided geometric mechanism of Ghosh, Roughgarden & Sundararajan (2012): whole numbers, best for
every user of a count. It is drawn exactly, in whole numbers and fractions, by the sampler of Canonne, Kamath & Steinke
(2020, algorithms 1 and 2), since floating-point noise has holes that give counts away (Mironov 2012). Randomness comes
in as a function, so that this module stays pure: `secrets.randbelow` in earnest, a seeded one in tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

RandBelow = Callable[[int], int]  # n → a whole number from 0 to n - 1, each as likely


class BudgetSpent(ValueError):
    """A release asks for more than is left of the budget."""

    def __init__(self, asked: Fraction, left: Fraction) -> None:
        super().__init__(f"epsilon {float(asked):g} is asked for, {float(left):g} is left")
        self.asked = asked
        self.left = left


@dataclass(frozen=True, slots=True)
class Spending:
    """What may be spent in one span of time on one set of records, and what is spent. Losses add up (basic
    composition); cells of one release that no case shares cost once (parallel composition)."""

    total: Fraction
    spent: Fraction = Fraction(0)

    @property
    def left(self) -> Fraction:
        """What is left."""
        return self.total - self.spent

    def spend(self, epsilon: Fraction) -> Spending:
        """After a release of `epsilon`. Raises BudgetSpent, ValueError for an epsilon that isn't above 0."""
        if epsilon <= 0:
            raise ValueError(f"epsilon: {float(epsilon):g} has to be above 0")
        if epsilon > self.left:
            raise BudgetSpent(epsilon, self.left)
        return Spending(self.total, self.spent + epsilon)


@dataclass(frozen=True, slots=True)
class NoisyCounts:
    """What is published. `counts`: with noise, never below 0. `error_95`: with 95 % the noise of one count is at most
    this; `sd`: its standard deviation. Both follow from epsilon alone, so telling them costs nothing."""

    counts: tuple[int, ...]
    epsilon: Fraction
    sd: float
    error_95: int


def noisy_counts(counts: Sequence[int], epsilon: Fraction, randbelow: RandBelow) -> NoisyCounts:
    """`counts` of cells that no case shares, each with noise of scale 1/epsilon: `epsilon`-differentially private
    where one case is added or left out. The cells must not be chosen by the data. Raises ValueError for an epsilon
    that isn't above 0.

    Noise that leads below 0 is cut off there: that is post-processing and gives nothing away, but small counts come
    out a little high on average.
    """
    if epsilon <= 0:
        raise ValueError(f"epsilon: {float(epsilon):g} has to be above 0")
    told = tuple(max(0, count + discrete_laplace(epsilon, randbelow)) for count in counts)
    return NoisyCounts(told, epsilon, standard_error(epsilon), error_bound(epsilon, Fraction(5, 100)))


def discrete_laplace(epsilon: Fraction, randbelow: RandBelow) -> int:
    """One draw x with probability proportional to exp(-epsilon · |x|)."""
    s, t = epsilon.numerator, epsilon.denominator  # scale t/s
    while True:
        u = randbelow(t)
        if not _bernoulli_exp(Fraction(u, t), randbelow):
            continue
        v = 0
        while _bernoulli_exp(Fraction(1), randbelow):
            v += 1
        size = (u + t * v) // s
        if (minus := randbelow(2)) and size == 0:
            continue
        return -size if minus else size


def _bernoulli_exp(gamma: Fraction, randbelow: RandBelow) -> bool:
    """True with probability exp(-gamma), gamma from 0 to 1."""
    k = 1
    while _bernoulli(gamma / k, randbelow):
        k += 1
    return k % 2 == 1


def _bernoulli(p: Fraction, randbelow: RandBelow) -> bool:
    return randbelow(p.denominator) < p.numerator


def standard_error(epsilon: Fraction) -> float:
    """Standard deviation of the noise of one count."""
    a = math.exp(-float(epsilon))
    return math.sqrt(2 * a) / (1 - a)


def error_bound(epsilon: Fraction, outside: Fraction) -> int:
    """The smallest m with P(|noise| > m) at most `outside`."""
    e = float(epsilon)
    # P(|X| > m) = 2 a^(m+1) / (1 + a), a = exp(-epsilon)
    m = -math.log(float(outside) * (1 + math.exp(-e)) / 2) / e - 1
    return max(0, math.ceil(m - 1e-9))
