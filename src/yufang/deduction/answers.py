"""What answers from the site say of points that nobody has looked at yet, and how sure a share of answers is.

Three layers of Beta-binomial belief move a run's probability, each as an offset of log-odds, each from answers that the
layers below it don't use again:

* the hazard elsewhere: answers to it in other industries,
* the hazard in the industry: answers to it at peers,
* the house: answers to the enterprise's other points, against what the two layers above let one expect.

A layer with the prior mean μ, the strength m (how many looks the prior is worth) and c of n answers confirmed has the
posterior mean (m μ + c) / (m + n) (Gelman et al., Bayesian Data Analysis, ch. 2 and 5); its offset is the difference of
log-odds between the two means. No answers, no offset. Which points were looked at depends on their probability and on
the number of answers alone, both of which the layers know, so the choice does not bias them; shares that are reported
are weighted instead (`weighted_share`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import betaln

EDGE = 1e-4  # means closer to 0 or 1 than this are taken for it
Z95 = 1.959963984540054
STRENGTHS = (2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 64.0, 128.0)
ENOUGH = 50  # looks, below which strengths are not learnt


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The newest valid answer to one point that somebody looked at; `deduced` is the run's probability in [0, 1]."""

    hazard: str
    industry: str
    enterprise: str
    deduced: float
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Strengths:
    """How many looks the prior of each layer is worth. The defaults stand until answers allow to learn them."""

    hazard: float = 6.0
    industry: float = 6.0
    enterprise: float = 12.0


class Sums(NamedTuple):
    """Answers of one group: how many, how many confirmed, and the sum of what was expected of them."""

    looks: int = 0
    confirmed: int = 0
    expected: float = 0.0

    def plus(self, confirmed: bool, expected: float, times: int = 1) -> Sums:
        """With one answer more (`times` 1) or without it (`times` -1)."""
        return Sums(
            self.looks + times, self.confirmed + times * confirmed, self.expected + times * min(max(expected, 0.0), 1.0)
        )

    def less(self, other: Sums) -> Sums:
        """Without the answers of `other`, a part of these."""
        return Sums(self.looks - other.looks, self.confirmed - other.confirmed, self.expected - other.expected)

    @property
    def mean(self) -> float:
        """Mean of what was expected; 0.5 where there is no answer."""
        return self.expected / self.looks if self.looks else 0.5


NOTHING = Sums()


def logit(p: float) -> float:
    """Log-odds of `p`, which is kept `EDGE` away from 0 and 1."""
    p = min(max(p, EDGE), 1 - EDGE)
    return math.log(p / (1 - p))


def moved(p: float, offset: float) -> float:
    """`p` in [0, 1] with `offset` added to its log-odds. No offset leaves it as it is."""
    return p if offset == 0 else 1 / (1 + math.exp(-logit(p) - offset))


def _offset(prior: float, strength: float, sums: Sums) -> float:
    if sums.looks <= 0:
        return 0.0
    prior = min(max(prior, EDGE), 1 - EDGE)
    return logit((strength * prior + sums.confirmed) / (strength + sums.looks)) - logit(prior)


@dataclass(frozen=True, slots=True)
class Layers:
    """Sums of answers by hazard, by hazard and industry, and by enterprise. Made by `learn`."""

    hazards: Mapping[str, Sums]
    industries: Mapping[tuple[str, str], Sums]
    enterprises: Mapping[str, Sums]
    strengths: Strengths

    def peers(self, hazard: str, industry: str, own: Told | None = None) -> tuple[float, int]:
        """Offset from answers to `hazard` at other enterprises, and their number. `own`: an answer left out."""
        here = self.industries.get((hazard, industry), NOTHING)
        elsewhere = self.hazards.get(hazard, NOTHING).less(here)
        if own is not None:
            here = here.plus(own.confirmed, own.deduced, -1)
        wide = _offset(elsewhere.mean, self.strengths.hazard, elsewhere)
        near = _offset(moved(here.mean, wide), self.strengths.industry, here)
        return wide + near, elsewhere.looks + here.looks

    def probability(
        self, deduced: float, hazard: str, industry: str, enterprise: str, own: Told | None = None
    ) -> tuple[float, int]:
        """Probability of a point as others' answers leave it, and the number of answers that spoke.

        `own`: the answer to the point itself, which is left out here; it moves the point by Bayes' rule on top of this.
        """
        offset, looks = self.peers(hazard, industry, own)
        house = self.enterprises.get(enterprise, NOTHING)
        if own is not None:
            house = house.plus(own.confirmed, moved(own.deduced, offset), -1)
        return (
            moved(deduced, offset + _offset(house.mean, self.strengths.enterprise, house)),
            looks + house.looks,
        )


def learn(told: Sequence[Told], strengths: Strengths | None = None) -> Layers:
    """The layers of `told`, at most one answer a hazard and enterprise. Order does not matter beyond rounding."""
    hazards: dict[str, Sums] = {}
    industries: dict[tuple[str, str], Sums] = {}
    for one in told:
        hazards[one.hazard] = hazards.get(one.hazard, NOTHING).plus(one.confirmed, one.deduced)
        place = (one.hazard, one.industry)
        industries[place] = industries.get(place, NOTHING).plus(one.confirmed, one.deduced)
    layers = Layers(hazards, industries, {}, strengths or Strengths())
    enterprises: dict[str, Sums] = {}
    for one in told:
        expected = moved(one.deduced, layers.peers(one.hazard, one.industry, one)[0])
        enterprises[one.enterprise] = enterprises.get(one.enterprise, NOTHING).plus(one.confirmed, expected)
    return Layers(hazards, industries, enterprises, layers.strengths)


def learn_strengths(told: Sequence[Told]) -> Strengths:
    """The strength of each layer under which the answers are likeliest (beta-binomial, on the grid `STRENGTHS`).

    Empirical Bayes, type II maximum likelihood. Fewer than `ENOUGH` answers: the defaults.
    """
    if len(told) < ENOUGH:
        return Strengths()
    flat = learn(told)
    hazard = _likeliest([(s.mean, s) for s in flat.hazards.values()])
    wide = Layers(flat.hazards, flat.industries, {}, Strengths(hazard=hazard))
    near = []
    for (name, _), here in wide.industries.items():
        elsewhere = wide.hazards[name].less(here)
        near.append((moved(here.mean, _offset(elsewhere.mean, hazard, elsewhere)), here))
    industry = _likeliest(near)
    houses = learn(told, Strengths(hazard=hazard, industry=industry)).enterprises
    return Strengths(hazard=hazard, industry=industry, enterprise=_likeliest([(s.mean, s) for s in houses.values()]))


def _likeliest(groups: Sequence[tuple[float, Sums]]) -> float:
    mean = np.clip([mean for mean, _ in groups], EDGE, 1 - EDGE)
    confirmed = np.array([s.confirmed for _, s in groups], dtype=np.float64)
    missed = np.array([s.looks for _, s in groups], dtype=np.float64) - confirmed
    scores = [
        float(np.sum(betaln(m * mean + confirmed, m * (1 - mean) + missed) - betaln(m * mean, m * (1 - mean))))
        for m in STRENGTHS
    ]
    return STRENGTHS[int(np.argmax(scores))]


def spread(probability: float, looks: int, strength: float = Strengths().industry) -> float:
    """Standard deviation of the Beta belief in a point: its prior's strength and the answers that spoke for it."""
    return math.sqrt(max(probability * (1 - probability), 0.0) / (strength + looks + 1))


def wilson(confirmed: float, looked: float, z: float = Z95) -> tuple[float, float]:
    """Score interval of a share (Wilson 1927). `looked` ≤ 0 gives (0, 1): nothing is known.

    `looked` may be an effective number, not a whole one. Raises ValueError where confirmed is not within 0 … looked.
    """
    if looked <= 0:
        return 0.0, 1.0
    if not 0 <= confirmed <= looked * (1 + 1e-9):
        raise ValueError(f"confirmed is {confirmed}; it must lie within 0 … {looked}")
    share = min(confirmed / looked, 1.0)
    z2 = z * z
    middle = (share + z2 / (2 * looked)) / (1 + z2 / looked)
    half = z / (1 + z2 / looked) * math.sqrt(share * (1 - share) / looked + z2 / (4 * looked * looked))
    return max(0.0, middle - half), min(1.0, middle + half)


class Weighted(NamedTuple):
    """A share with weights 1/propensity: the share, its interval, and the effective number of looks (Kish 1965)."""

    share: float
    low: float
    high: float
    looks: float


def weighted_share(answers: Iterable[tuple[bool, float]]) -> Weighted | None:
    """Share confirmed among all points that could have been drawn, from (confirmed, propensity in (0, 1]).

    The Hájek estimator, with a Wilson interval at Kish's effective number. None where there is no answer. Raises
    ValueError for a propensity outside (0, 1].
    """
    weight = hits = squares = 0.0
    for confirmed, propensity in answers:
        if not 0 < propensity <= 1:
            raise ValueError(f"propensity is {propensity}; it must lie within (0, 1]")
        w = 1 / propensity
        weight, hits, squares = weight + w, hits + w * confirmed, squares + w * w
    return weighted_of_sums(weight, hits, squares)


def weighted_of_sums(weight: float, hits: float, squares: float) -> Weighted | None:
    """`weighted_share` from the sums of the weights, of the weights of confirmed answers, and of squared weights."""
    if weight <= 0:
        return None
    looks = weight * weight / squares
    share = min(hits / weight, 1.0)
    low, high = wilson(share * looks, looks)
    return Weighted(share, low, high, looks)
