"""The score of every place, and why.

    score = E x sum over groups of max over the group of min(L x M, 10) x C x w

after LEC, D = L x E x C (Graham, W. K. and Kinney, G. F. (1976), Practical Risk Analysis for Safety Management;
scales as in `yufang.standards`). L, C: likelihood and consequence of a hazard; w (0-1): how much of it reaches the
place, by the square of 1 - (distance / reach)²; M: product of the multipliers that hold there; E: exposure of the
people there. Scores of different dangers add up, since their expected harm does; of one danger seen in several ways
(a group) the gravest counts. Sum, fading and groups are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from yufang.sensing.riskmap.grid import Floats, Grid, Mask
from yufang.sensing.riskmap.model import PARTS, Factor, Where
from yufang.sensing.riskmap.rules import Rules

Ints = npt.NDArray[np.int32]
UNKNOWN = 0  # level of a place where nothing speaks of danger and what should watch it is silent


@dataclass(frozen=True, slots=True)
class Weighed:
    """A factor at a place: how much of it reaches there (0-1), its share of the hazard (None unless it is one), and by
    how much the score would fall without it."""

    factor: Factor
    weight: float
    share: float | None
    adds: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why a place has its score: score = exposure x hazard; factors ranked by what they add; what is not known."""

    score: float
    level: int
    unknown: bool
    hazard: float
    exposure: float
    exposure_known: bool
    times: float
    factors: tuple[Weighed, ...]
    silent: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """Which factor reaches which place, and how much of it (0-1): entries of a sparse matrix, none of them 0."""

    factor: Ints
    place: Ints
    weight: Floats

    def of(self, which: Mask) -> Reached:
        """The entries of the factors in `which` (mask of factors)."""
        chosen = which[self.factor]
        return Reached(self.factor[chosen], self.place[chosen], self.weight[chosen])


@dataclass(frozen=True)
class Scored:
    """Scores (places,), levels (places,) 1-4 or 0 for unknown, and a mask of places that something silent should
    watch. The places are those of `grid`."""

    grid: Grid
    rules: Rules
    factors: tuple[Factor, ...]
    reached: Reached
    hazard: Floats
    exposure: Floats
    exposure_known: Mask
    times: Floats
    score: Floats
    levels: npt.NDArray[np.int8]
    unknown: Mask

    @cached_property
    def unplaced(self) -> tuple[Factor, ...]:
        """Factors of which nobody knows where they are; they are in no score."""
        return tuple(factor for factor in self.factors if not factor.where.placed)

    def worst_of(self, area: str) -> int:
        """The place that decides an area: its worst, an unknown one before a blue one."""
        inside = self.grid.held[area]
        edge = self.rules.colours[-2].lower  # an unknown place ranks right below yellow
        gravity = np.where(self.levels[inside] == UNKNOWN, np.float32(edge), self.score[inside])
        return int(inside[np.argmax(gravity)])

    def top_of(self, place: int) -> Factor | None:
        """What decides a place: its gravest danger, else what is silent there; None where there is neither."""
        found = self._here(place)
        hazards = _gravest(found, float(self.times[place]), self.rules)
        ranked = [one for one, _ in found if one.ref in hazards]
        silent = next((one for one, _ in found if one.part == "unknown"), None)
        return max(ranked, key=lambda one: (hazards[one.ref], one.ref), default=silent)

    def _here(self, place: int) -> list[tuple[Factor, float]]:
        if not 0 <= place < self.grid.places:
            raise IndexError(place)
        entries = np.flatnonzero(self.reached.place == place)
        return [(self.factors[self.reached.factor[n]], float(self.reached.weight[n])) for n in entries]

    def explain(self, place: int) -> Why:
        """Why `place` has its score. Raises IndexError where there is no such place."""
        found = self._here(place)
        here = [one for one in found if one[0].part != "unknown"]
        hazards = _gravest(here, float(self.times[place]), self.rules)
        whole = sum(hazards.values())
        weighed = []
        for factor, weight in here:
            share = None if factor.part != "hazard" else hazards.get(factor.ref, 0.0) / whole if whole else 0.0
            adds = 0.0
            if factor.part != "hazard" or factor.ref in hazards:
                adds = float(self.score[place]) - _score([one for one in here if one[0] is not factor], self.rules)
            weighed.append(Weighed(factor, round(weight, 4), share, round(max(adds, 0.0), 3)))
        weighed.sort(key=lambda one: (-one.adds, -(one.share or 0.0), -one.factor.weight, one.factor.ref))
        return Why(
            score=float(self.score[place]),
            level=int(self.levels[place]),
            unknown=bool(self.unknown[place]),
            hazard=float(self.hazard[place]),
            exposure=float(self.exposure[place]),
            exposure_known=bool(self.exposure_known[place]),
            times=float(self.times[place]),
            factors=tuple(weighed),
            silent=tuple(factor for factor, _ in found if factor.part == "unknown"),
        )


def score(grid: Grid, factors: Sequence[Factor], rules: Rules) -> Scored:
    """Score every place of `grid` by the factors that hold now; vectorised over factors and places."""
    ordered = tuple(sorted(factors, key=lambda factor: (factor.part, factor.group or factor.ref, factor.ref)))
    reached = _reached(grid, ordered)
    parts = np.array([PARTS.index(factor.part) for factor in ordered], np.int8)
    of = {part: reached.of(parts == n) for n, part in enumerate(PARTS)}
    times = _times(of["multiplier"], ordered, grid.places, rules)
    hazard = _hazard(of["hazard"], ordered, times, rules)
    exposure, known = _exposure(of["exposure"], ordered, grid.places, rules)
    unknown: Mask = np.zeros(grid.places, np.bool_)
    unknown[of["unknown"].place] = True
    points = np.round(exposure * hazard, 3)
    levels = _levels(points, rules)
    levels[unknown & (levels == len(rules.colours))] = UNKNOWN
    return Scored(grid, rules, ordered, reached, hazard, exposure, known, times, points, levels, unknown)


def _reached(grid: Grid, factors: Sequence[Factor]) -> Reached:
    whole: list[tuple[int, Ints]] = []
    spots: list[int] = []
    everywhere = np.arange(grid.places, dtype=np.int32)
    extents = {"all": everywhere, "outdoors": everywhere[grid.outdoors], "beyond": everywhere[grid.beyond]}
    for n, factor in enumerate(factors):
        where = factor.where
        if where.extent != "place":
            whole.append((n, extents[where.extent]))
        elif where.on_plan and where.plan == grid.plan:
            if where.ring:
                whole.append((n, np.flatnonzero(grid.ring_mask(where.ring)).astype(np.int32)))
            else:
                spots.append(n)
            if where.area in grid.apart:  # of an area that isn't drawn the whole knows of it
                whole.append((n, grid.apart[where.area]))
        elif where.area in grid.held:
            whole.append((n, grid.held[where.area]))
    sizes = [len(places) for _, places in whole]
    rows = np.repeat(np.array([n for n, _ in whole], np.int32), sizes)
    cells = np.concatenate([places for _, places in whole]) if whole else np.zeros(0, np.int32)
    near = _fading(grid, [factors[n].where for n in spots], np.array(spots, np.int32))
    return Reached(
        np.concatenate([rows, near.factor]),
        np.concatenate([cells, near.place]),
        np.concatenate([np.ones(len(rows), np.float32), near.weight]),
    )


def _fading(grid: Grid, spots: Sequence[Where], rows: Ints) -> Reached:
    """Spots over the cells within their reach: 1 at the spot, 0 from its reach on. A cell is as near as its nearest
    point."""
    if not spots or not grid.cells:
        return Reached(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))
    x = np.array([where.x for where in spots], np.float64)
    y = np.array([where.y for where in spots], np.float64)
    reach = np.array([max(where.reach_m, 0.1) for where in spots])
    east, columns = _axis(x, reach, grid.columns, grid.wide_m)
    north, lines = _axis(y, reach, grid.rows, grid.high_m)
    near = 1.0 - (north * north)[:, :, None] - (east * east)[:, None, :]
    held = (near > 0) & (lines >= 0)[:, :, None] & (columns >= 0)[:, None, :]
    which, row, column = np.nonzero(held)
    weight = near[held].astype(np.float32)
    place = (lines[which, row] * grid.columns + columns[which, column]).astype(np.int32)
    return Reached(rows[which], place, weight * weight)


def _axis(
    at: npt.NDArray[np.float64], reach: npt.NDArray[np.float64], cells: int, metres: float
) -> tuple[npt.NDArray[np.float32], Ints]:
    """Of each spot the cells of one axis within its reach: (distance in reaches, number or -1), (spots, window)."""
    size = metres / cells
    home = np.floor(at * cells).astype(np.int64)
    half = min(int(np.ceil(reach.max() / size)) + 1, cells)
    numbers = home[:, None] + np.arange(-half, half + 1)
    away = np.abs((numbers + 0.5) - (at * cells)[:, None]) - 0.5
    distance = np.maximum(away, 0.0) * (size / reach)[:, None]
    numbers[(numbers < 0) | (numbers >= cells)] = -1
    return distance.astype(np.float32), numbers.astype(np.int32)


def _numbers(factors: Sequence[Factor], name: str) -> Floats:
    """A number of every factor, 0 where it has none."""
    return np.array([getattr(factor, name) or 0.0 for factor in factors], np.float32)


def _times(of: Reached, factors: Sequence[Factor], places: int, rules: Rules) -> Floats:
    """The product of the multipliers at each place, never above `most_times`; one half in reach counts half."""
    product = np.ones(places, np.float32)
    if len(of.place):
        np.multiply.at(product, of.place, 1.0 + (_numbers(factors, "times")[of.factor] - 1.0) * of.weight)
    return np.minimum(product, np.float32(rules.most_times))


def _hazard(of: Reached, factors: Sequence[Factor], times: Floats, rules: Rules) -> Floats:
    """The sum over groups of the gravest hazard of each, (places,)."""
    places = len(times)
    likelihood, consequence = _numbers(factors, "likelihood"), _numbers(factors, "consequence")
    harm = np.minimum(likelihood[of.factor] * times[of.place], np.float32(rules.most_likelihood))
    harm *= consequence[of.factor] * of.weight
    names = [factor.group or factor.ref for factor in factors]
    firsts = np.array([n == 0 or name != names[n - 1] for n, name in enumerate(names)], np.bool_)
    group = np.cumsum(firsts) - 1
    several = np.bincount(group, minlength=1)[group][of.factor] > 1 if len(of.factor) else np.zeros(0, np.bool_)
    found = np.bincount(of.place[~several], weights=harm[~several], minlength=places)
    if several.any():
        key = group[of.factor[several]].astype(np.int64) * places + of.place[several]
        order = np.argsort(key, kind="stable")
        key, gravest = key[order], harm[several][order]
        starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
        found = found + np.bincount(
            key[starts] % places, weights=np.maximum.reduceat(gravest, starts), minlength=places
        )
    return np.asarray(found, np.float32)


def _exposure(of: Reached, factors: Sequence[Factor], places: int, rules: Rules) -> tuple[Floats, Mask]:
    """(exposure, whether it is known) of each place: the highest that reaches it."""
    highest = np.full(places, -1.0, np.float32)
    np.maximum.at(highest, of.place, _numbers(factors, "exposure")[of.factor])
    known: Mask = highest >= 0
    return np.where(known, highest, np.float32(rules.people.unknown)).astype(np.float32), known


def _levels(points: Floats, rules: Rules) -> npt.NDArray[np.int8]:
    levels = np.full(len(points), len(rules.colours), np.int8)
    for number in range(len(rules.colours), 0, -1):
        colour = rules.colours[number - 1]
        levels[points > colour.lower if colour.open else points >= colour.lower] = number
    return levels


def _gravest(here: Sequence[tuple[Factor, float]], times: float, rules: Rules) -> dict[str, float]:
    """What each hazard that counts adds to the hazard of a place: of a group the gravest."""
    best: dict[str, tuple[float, str]] = {}
    for factor, weight in here:
        if factor.part != "hazard" or factor.likelihood is None or factor.consequence is None:
            continue
        harm = min(factor.likelihood * times, rules.most_likelihood) * factor.consequence * weight
        group = factor.group or factor.ref
        if group not in best or harm > best[group][0]:
            best[group] = (harm, factor.ref)
    return {ref: harm for harm, ref in best.values()}


def _score(here: Sequence[tuple[Factor, float]], rules: Rules) -> float:
    """The score of one place by the factors that reach it; the same sum as `score`."""
    times = 1.0
    for factor, weight in here:
        times *= 1.0 + (factor.times - 1.0) * weight if factor.times is not None else 1.0
    people = [factor.exposure for factor, _ in here if factor.exposure is not None]
    exposure = max(people) if people else rules.people.unknown
    return exposure * sum(_gravest(here, min(times, rules.most_times), rules).values())
