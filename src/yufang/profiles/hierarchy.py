"""Credibility along a hierarchy of industries: what a class is expected to be like leans on its group, that on its
division, that on its section, and all on the region.

Jewell, W.S. (1975), "The use of collateral data in credibility theory: a hierarchical model", Giornale dell'Istituto
Italiano degli Attuari 38; Bühlmann, H. and Gisler, A. (2005), "A Course in Credibility Theory", ch. 6. Variances
between units are relative to the mean of their parent (rates of mines and of offices differ by a factor, not by a
sum) and estimated by moments over all parents of a level together, as in DerSimonian and Laird (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yufang.profiles.credibility import Floats, GammaPrior

LEVELS = ("section", "division", "group", "class")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: `rate` per unit of exposure, and the `weight` in [0, 1] that its own record has."""

    level: str  # own, class, group, division, section, region
    code: str
    rate: float
    weight: float


@dataclass(frozen=True, slots=True)
class _Unit:
    """A node's pooled record: rate, its relative variance, and its expectation in the end."""

    rate: float
    variance: float
    estimate: float
    own: float  # credibility of its own record against its parent's


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Fitted ladder: one node for each prefix of a path (the empty path is the region)."""

    nodes: dict[Path, _Unit]
    spread: tuple[float, ...]  # relative variance between units: region-section … class-enterprise

    @classmethod
    def fit(cls, paths: list[Path], counts: Floats, exposure: Floats) -> Hierarchy:
        """Fit on one entity a row: its path from section to class (equal lengths), its count and exposure > 0."""
        total = float(exposure.sum())
        grand = max(float(counts.sum()) / total if total > 0 else 0.0, 1e-9)
        depth = len(paths[0]) if paths else 0
        leaves, index = _indexed(paths)
        w = np.bincount(index, exposure, minlength=len(leaves))
        n = np.bincount(index, counts, minlength=len(leaves))
        # A class without any injury is taken as the region with the weight of one expected injury.
        rate = (n + 1.0) / (w + 1.0 / grand)
        spread = [_between_entities(index, counts, exposure, rate)]
        squares = np.bincount(index, exposure**2, minlength=len(leaves))
        variance = 1.0 / np.maximum(rate * w, 1e-12) + spread[0] * squares / np.maximum(w, 1e-12) ** 2
        level = {leaf: (float(rate[i]), float(variance[i])) for i, leaf in enumerate(leaves)}
        levels = [level]
        for size in range(depth - 1, -1, -1):
            between = _between_units(level, size)
            spread.append(between)
            level = _parents(level, size, between)
            levels.append(level)
        nodes: dict[Path, _Unit] = {(): _Unit(grand, level[()][1], grand, 1.0)}
        for lower, between in zip(reversed(levels[:-1]), reversed(spread[1:]), strict=True):
            for path, (own, vary) in lower.items():
                above = nodes[path[:-1]].estimate
                z = between / (between + vary) if between > 0 else 0.0
                nodes[path] = _Unit(own, vary, z * own + (1 - z) * above, z)
        return cls(nodes, tuple(reversed(spread)))

    def prior(self, path: Path) -> GammaPrior:
        """Gamma prior of the rate of an entity of that class."""
        mean = max(self.nodes[path].estimate, 1e-9)
        relative = self.spread[-1]
        strength = 1.0 / (relative * mean) if relative > 0 else 50.0 / mean
        return GammaPrior(mean, float(min(max(strength, 1e-3), 1e9)))

    def rungs(self, path: Path, own_rate: float, credibility: float) -> tuple[Rung, ...]:
        """How the expectation of an entity comes about: weights sum to 1, Σ weight · rate is its posterior mean."""
        out = [Rung("own", "", own_rate, credibility)]
        left = 1.0 - credibility
        for size in range(len(path), 0, -1):
            node = self.nodes[path[:size]]
            out.append(Rung(LEVELS[size - 1], path[size - 1], node.rate, left * node.own))
            left *= 1.0 - node.own
        out.append(Rung("region", "", self.nodes[()].estimate, left))
        return tuple(out)


def _indexed(paths: list[Path]) -> tuple[list[Path], npt.NDArray[np.int64]]:
    leaves = sorted(set(paths))
    place = {leaf: i for i, leaf in enumerate(leaves)}
    return leaves, np.array([place[p] for p in paths], dtype=np.int64)


def _between_entities(index: npt.NDArray[np.int64], counts: Floats, exposure: Floats, rate: Floats) -> float:
    """Relative variance of entities within classes: moments with the process variance of a Poisson count."""
    mean = rate[index]
    keep = exposure > 0
    own = np.where(keep, counts / np.where(keep, exposure, 1.0), 0.0)
    members = np.bincount(index, keep.astype(float), minlength=len(rate))
    w = np.bincount(index, exposure, minlength=len(rate))
    squares = np.bincount(index, exposure**2, minlength=len(rate))
    moment = np.bincount(index, exposure * (own - mean) ** 2, minlength=len(rate))
    many = members > 1
    scale = float((rate**2 * (w - squares / np.maximum(w, 1e-12)))[many].sum())
    if scale <= 0:
        return 0.0
    return max(0.0, float((moment - (members - 1) * rate)[many].sum()) / scale)


def _families(level: dict[Path, tuple[float, float]], size: int) -> dict[Path, list[tuple[float, float]]]:
    families: dict[Path, list[tuple[float, float]]] = {}
    for path, unit in level.items():
        families.setdefault(path[:size], []).append(unit)
    return families


def _between_units(level: dict[Path, tuple[float, float]], size: int) -> float:
    """Relative variance between siblings, over all families of the level together."""
    top = bottom = 0.0
    for units in _families(level, size).values():
        if len(units) < 2:
            continue
        x, v = np.array(units).T
        p = 1.0 / v
        mean = float(np.average(x, weights=p))
        top += float((p * (x / mean - 1) ** 2).sum()) - (len(x) - 1)
        bottom += float(p.sum() - (p**2).sum() / p.sum())
    return max(0.0, top / bottom) if bottom > 0 else 0.0


def _parents(level: dict[Path, tuple[float, float]], size: int, between: float) -> dict[Path, tuple[float, float]]:
    """Rate and relative variance of each family, its members weighed by what they tell."""
    out = {}
    for path, units in _families(level, size).items():
        x, v = np.array(units).T
        weight = 1.0 / (v + between)
        out[path] = (float(np.average(x, weights=weight)), float(1.0 / weight.sum()))
    return out
