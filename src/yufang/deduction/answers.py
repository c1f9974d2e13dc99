"""What answers from the site say of points that nobody has looked at yet, and how sure a share of answers is.

A run's probability moves by offsets of its log-odds, one from each of three layers; no answer is used by two of them:

* the hazard elsewhere: answers to it in other industries,
* the hazard in the industry: answers to it at peers,
* the house: answers to the enterprise's other points, against what the two layers above let one expect.

Each layer has a normal prior with mean 0 on its offset and the Bernoulli likelihood of the answers, worked out on a
grid (a logistic model with random intercepts: Gelman and Hill 2007, ch. 14). The posterior's mean is the offset; how
unsure the first layer stays widens the second. So an answer counts by how much it surprises, few answers move little,
and a confirmation never lowers a like point. No answers, no offset. Which points were looked at depends on their
probability and on the number of answers alone, both of which the layers know, so the choice does not bias them; shares
that are reported are weighted instead (`weighted_share`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EDGE = 1e-4  # probabilities closer to 0 or 1 than this are taken for it
Z95 = 1.959963984540054
GRID: Floats = np.linspace(-4.0, 4.0, 33)  # offsets of log-odds
WIDTHS = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0)
ENOUGH = 50  # answers, below which widths are not learnt
PRIOR_LOOKS = 6.0  # what a run's probability is worth beside answers, where only an idea of that is needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The newest valid answer to one point that somebody looked at; `deduced` is the run's probability in [0, 1]."""

    hazard: str
    industry: str
    enterprise: str
    deduced: float
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """Standard deviation of each layer's offset, in log-odds: how far the truth may lie from the run.

    The defaults are working assumptions until there are answers enough to learn them; 0.8 makes a probability of 0.3
    worth about six looks.
    """

    hazard: float = 0.8
    industry: float = 0.6
    enterprise: float = 0.6


class Group(NamedTuple):
    """Answers of one group: how many, and their log-likelihood at each offset of `GRID`."""

    looks: int
    likelihood: Floats

    def plus(self, other: Group) -> Group:
        """Both together."""
        return Group(self.looks + other.looks, self.likelihood + other.likelihood)

    def less(self, other: Group) -> Group:
        """Without the answers of `other`, a part of these."""
        return Group(self.looks - other.looks, self.likelihood - other.likelihood)


NOTHING = Group(0, np.zeros(len(GRID)))


def logit(p: float) -> float:
    """Log-odds of `p`, which is kept `EDGE` away from 0 and 1."""
    p = min(max(p, EDGE), 1 - EDGE)
    return math.log(p / (1 - p))


def moved(p: float, offset: float) -> float:
    """`p` in [0, 1] with `offset` added to its log-odds. No offset leaves it as it is."""
    return p if offset == 0 else 1 / (1 + math.exp(-logit(p) - offset))


def _answer(one: Told, known: float = 0.0) -> Group:
    """One answer, where `known` is the offset that is known already."""
    odds = logit(one.deduced) + known + GRID
    return Group(1, -np.logaddexp(0.0, -odds if one.confirmed else odds))


def _posterior(group: Group, width: float) -> tuple[float, float]:
    """Mean and variance of a layer's offset."""
    if group.looks <= 0:
        return 0.0, width * width
    log_weight = group.likelihood - GRID**2 / (2 * width * width)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = float(weight @ GRID)
    return mean, float(weight @ (GRID - mean) ** 2)


def _offset(group: Group, width: float) -> float:
    return _posterior(group, width)[0]


def _evidence(group: Group, width: float) -> float:
    """Log of the likelihood of the group's answers under a layer of this width."""
    prior = np.exp(-(GRID**2) / (2 * width * width))
    top = float(group.likelihood.max())
    return top + float(np.log(np.exp(group.likelihood - top) @ prior / prior.sum()))


@dataclass(frozen=True, slots=True)
class Layers:
    """What was learnt from answers. Made by `learn`."""

    widths: Widths
    hazards: Mapping[str, Group]
    elsewhere: Mapping[str, float]  # offset of a hazard for industries without an answer of their own
    wide: Mapping[tuple[str, str], float]  # offset of a hazard from the other industries
    reach: Mapping[tuple[str, str], float]  # width of the industry's layer: its own, and what `wide` leaves unsure
    industries: Mapping[tuple[str, str], Group]  # answers, beside what `wide` lets one expect
    near: Mapping[tuple[str, str], float]
    enterprises: Mapping[str, Group]
    houses: Mapping[str, float]

    def peers(self, hazard: str, industry: str, own: Told | None = None) -> tuple[float, int]:
        """Offset from answers to `hazard` at other enterprises, and their number. `own`: an answer left out."""
        place = (hazard, industry)
        looks = self.hazards.get(hazard, NOTHING).looks
        if place not in self.industries:
            return self.elsewhere.get(hazard, 0.0), looks
        if own is None:
            return self.wide[place] + self.near[place], looks
        left = self.industries[place].less(_answer(own, self.wide[place]))
        return self.wide[place] + _offset(left, self.reach[place]), looks - 1

    def probability(
        self, deduced: float, hazard: str, industry: str, enterprise: str, own: Told | None = None
    ) -> tuple[float, int]:
        """Probability of a point as answers to other points leave it, and the number of answers that spoke.

        `own`: the answer to the point itself, which is left out here; it moves the point by Bayes' rule on top of this.
        """
        offset, looks = self.peers(hazard, industry, own)
        house = self.enterprises.get(enterprise, NOTHING)
        if own is None:
            return moved(deduced, offset + self.houses.get(enterprise, 0.0)), looks + house.looks
        left = house.less(_answer(own, offset))
        return moved(deduced, offset + _offset(left, self.widths.enterprise)), looks + left.looks


def learn(told: Sequence[Told], widths: Widths | None = None) -> Layers:
    """The layers of `told`, at most one answer a hazard and enterprise. Order does not matter beyond rounding."""
    widths = widths or Widths()
    hazards: dict[str, Group] = {}
    places: dict[tuple[str, str], Group] = {}
    for one in told:
        answer, place = _answer(one), (one.hazard, one.industry)
        hazards[one.hazard] = hazards.get(one.hazard, NOTHING).plus(answer)
        places[place] = places.get(place, NOTHING).plus(answer)
    others = {place: _posterior(hazards[place[0]].less(group), widths.hazard) for place, group in places.items()}
    wide = {place: mean for place, (mean, _) in others.items()}
    reach = {place: math.sqrt(variance + widths.industry**2) for place, (_, variance) in others.items()}
    industries: dict[tuple[str, str], Group] = {}
    for one in told:
        place = (one.hazard, one.industry)
        industries[place] = industries.get(place, NOTHING).plus(_answer(one, wide[place]))
    peers = Layers(
        widths=widths,
        hazards=hazards,
        elsewhere={hazard: _offset(group, widths.hazard) for hazard, group in hazards.items()},
        wide=wide,
        reach=reach,
        industries=industries,
        near={place: _offset(group, reach[place]) for place, group in industries.items()},
        enterprises={},
        houses={},
    )
    enterprises: dict[str, Group] = {}
    for one in told:
        known = peers.peers(one.hazard, one.industry, one)[0]
        enterprises[one.enterprise] = enterprises.get(one.enterprise, NOTHING).plus(_answer(one, known))
    houses = {enterprise: _offset(group, widths.enterprise) for enterprise, group in enterprises.items()}
    return replace(peers, enterprises=enterprises, houses=houses)


def learn_widths(told: Sequence[Told]) -> Widths:
    """The width of each layer under which the answers are likeliest, one layer after the other, out of `WIDTHS`.

    Empirical Bayes (type II maximum likelihood). Fewer than `ENOUGH` answers: the defaults.
    """
    if len(told) < ENOUGH:
        return Widths()
    hazard = _likeliest([(group, 0.0) for group in learn(told).hazards.values()])
    found = learn(told, Widths(hazard=hazard, industry=WIDTHS[0]))
    unsure = {place: reach * reach - WIDTHS[0] ** 2 for place, reach in found.reach.items()}
    industry = _likeliest([(group, unsure[place]) for place, group in found.industries.items()])
    found = learn(told, Widths(hazard=hazard, industry=industry))
    enterprise = _likeliest([(group, 0.0) for group in found.enterprises.values()])
    return Widths(hazard=hazard, industry=industry, enterprise=enterprise)


def _likeliest(groups: Sequence[tuple[Group, float]]) -> float:
    """The width under which groups are likeliest; each with a variance that it has beside the layer's own."""
    return max(WIDTHS, key=lambda w: sum(_evidence(group, math.sqrt(w * w + more)) for group, more in groups))


def spread(probability: float, looks: int, prior: float = PRIOR_LOOKS) -> float:
    """Standard deviation of a Beta belief in a point that `prior` looks and `looks` answers stand behind."""
    return math.sqrt(max(probability * (1 - probability), 0.0) / (prior + looks + 1))


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
