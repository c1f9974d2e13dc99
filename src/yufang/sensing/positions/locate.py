"""Where a tag may be from a handful of ranges alone: the start of a track, with how unsure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENOUGH = 3  # anchors for a place on a known floor
_STARTS = 8
_SAME_M = 0.5  # two descents that end so close ended in the same place
_STEPS = 20
_FLAT = 1e-3  # determinant below which the anchors say nothing across their line


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Place (2,), covariance (2, 2) about it, what covers the other places that fit (2, 2), and the probability that it
    is none of those; misfit is the root mean square residual of the ranges, m."""

    place: Floats
    cov: Floats
    other: Floats
    sure: float
    misfit: float


def locate(anchors: Floats, ranges: Floats, height: float, noise_m: float) -> Start | None:
    """Where a tag at `height` may be by ranges (n,) to anchors (n, 3), n ≥ 3, each with error sd `noise_m`.

    Gauss-Newton from eight directions. Several places may fit (anchors in a line: the mirror image); their
    probabilities follow from their residuals. None where no
    place fits: root mean square residual above 3 m.
    """
    if len(ranges) < ENOUGH:
        return None
    found: list[tuple[float, Floats]] = []
    for start in _starts(anchors, ranges):
        cost, place = _descend(anchors, ranges, height, start)
        if math.isfinite(cost) and all(float(np.hypot(*(place - other))) > _SAME_M for _, other in found):
            found.append((cost, place))
    if not found:
        return None
    found.sort(key=lambda pair: pair[0])
    least, best = found[0]
    if least > (3.0**2) * len(ranges):
        return None
    weight = np.exp([(least - cost) / (2.0 * noise_m**2) for cost, _ in found])
    weight /= weight.sum()
    cov = np.asarray(np.linalg.inv(_information(anchors, best, height)), np.float64)
    cov = cov * (noise_m**2 + least / len(ranges))
    elsewhere = np.zeros((2, 2))
    for share, (_, other) in zip(weight[1:], found[1:], strict=True):
        elsewhere += float(share) * np.outer(other - best, other - best)
    return Start(best, cov, elsewhere, float(weight[0]), math.sqrt(least / len(ranges)))


def _starts(anchors: Floats, ranges: Floats) -> list[Floats]:
    centre, far = anchors[:, :2].mean(axis=0), float(np.median(ranges))
    angles = 2 * np.pi * np.arange(_STARTS) / _STARTS
    return [centre + far * np.array([math.cos(a), math.sin(a)]) for a in angles]


def _descend(anchors: Floats, ranges: Floats, height: float, start: Floats) -> tuple[float, Floats]:
    """(sum of squared residuals in m², place) after damped Gauss-Newton steps."""
    place = start
    for _ in range(_STEPS):
        direction, length = _toward(anchors, place, height)
        step = np.linalg.solve(direction.T @ direction + 1e-6 * np.eye(2), direction.T @ (ranges - length))
        size = float(np.hypot(*step))
        place = place + step * min(1.0, 5.0 / max(size, 1e-9))
        if size < 1e-4:
            break
    _, length = _toward(anchors, place, height)
    return float(((ranges - length) ** 2).sum()), place


def _toward(anchors: Floats, place: Floats, height: float) -> tuple[Floats, Floats]:
    gap = np.column_stack([place - anchors[:, :2], np.full(len(anchors), height) - anchors[:, 2]])
    length = np.maximum(np.sqrt((gap**2).sum(axis=1)), 1e-3)
    return gap[:, :2] / length[:, None], length


def _information(anchors: Floats, place: Floats, height: float) -> Floats:
    direction, _ = _toward(anchors, place, height)
    information: Floats = direction.T @ direction
    if np.linalg.det(information) < _FLAT:  # across the line of the anchors nothing is known: 30 m
        information = information + np.eye(2) * 1e-3
    return information
