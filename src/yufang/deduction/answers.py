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
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Name = TypeVar("Name", str, tuple[str, str])

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
    odds = np.array([logit(one.deduced) for one in told])
    confirmed = np.array([one.confirmed for one in told], np.bool_)
    hazards, hazard_at = _numbered([one.hazard for one in told])
    places, place_at = _numbered([(one.hazard, one.industry) for one in told])
    enterprises, enterprise_at = _numbered([one.enterprise for one in told])

    plain = _likelihoods(odds, confirmed)
    by_hazard, by_place = _summed(plain, hazard_at, len(hazards)), _summed(plain, place_at, len(places))
    hazard_number = {hazard: n for n, hazard in enumerate(hazards)}
    above = [hazard_number[hazard] for hazard, _ in places]
    others = [by_hazard[h].less(by_place[n]) for n, h in enumerate(above)]
    wide, unsure = _posteriors(others, np.full(len(places), widths.hazard))
    reach = np.sqrt(unsure + widths.industry**2)

    beside = _likelihoods(odds + wide[place_at], confirmed) if len(told) else plain
    industries = _summed(beside, place_at, len(places))
    near, _ = _posteriors(industries, reach)

    # What an enterprise's answer was to be expected to say, by all answers but itself.
    left = [industries[n].less(Group(1, beside[i])) for i, n in enumerate(place_at)]
    known = (wide[place_at] + _posteriors(left, reach[place_at])[0]) if len(told) else odds
    houses = _summed(_likelihoods(odds + known, confirmed), enterprise_at, len(enterprises))
    elsewhere, _ = _posteriors(by_hazard, np.full(len(hazards), widths.hazard))
    house, _ = _posteriors(houses, np.full(len(enterprises), widths.enterprise))
    return Layers(
        widths=widths,
        hazards=dict(zip(hazards, by_hazard, strict=True)),
        elsewhere=dict(zip(hazards, elsewhere.tolist(), strict=True)),
        wide=dict(zip(places, wide.tolist(), strict=True)),
        reach=dict(zip(places, reach.tolist(), strict=True)),
        industries=dict(zip(places, industries, strict=True)),
        near=dict(zip(places, near.tolist(), strict=True)),
        enterprises=dict(zip(enterprises, houses, strict=True)),
        houses=dict(zip(enterprises, house.tolist(), strict=True)),
    )


def _numbered(names: Sequence[Name]) -> tuple[list[Name], NDArray[np.int64]]:
    """Each name once, and the number of each given name among them."""
    numbers: dict[Name, int] = {}
    at = [numbers.setdefault(name, len(numbers)) for name in names]
    return list(numbers), np.array(at, np.int64)


def _likelihoods(odds: Floats, confirmed: NDArray[np.bool_]) -> Floats:
    """Log-likelihood of each answer (rows) at each offset of `GRID` (columns)."""
    shifted = odds[:, None] + GRID
    found: Floats = -np.logaddexp(0.0, np.where(confirmed[:, None], -shifted, shifted))
    return found


def _summed(rows: Floats, at: NDArray[np.int64], groups: int) -> list[Group]:
    sums = np.zeros((groups, len(GRID)))
    np.add.at(sums, at, rows)
    looks = np.bincount(at, minlength=groups)
    return [Group(int(n), row) for n, row in zip(looks, sums, strict=True)]


def _posteriors(groups: Sequence[Group], width: Floats) -> tuple[Floats, Floats]:
    """`_posterior` of many groups at once."""
    if not groups:
        return np.zeros(0), np.zeros(0)
    log_weight = np.array([group.likelihood for group in groups]) - GRID**2 / (2 * width[:, None] ** 2)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = weight @ GRID
    variance = (weight * (GRID - mean[:, None]) ** 2).sum(axis=1)
    silent = np.array([group.looks <= 0 for group in groups])
    return np.where(silent, 0.0, mean), np.where(silent, width**2, variance)


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
