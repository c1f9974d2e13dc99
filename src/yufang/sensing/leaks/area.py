"""Where the gas of a leak stands above given limits: polygons for the map.

The field is that of puffs in the wind of the last minutes, a mean over the last of them; it is drawn on a grid and cut
by contourpy's marching squares. Needs the base of yufang, not the edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.leaks.dispersion import Place, Puffs, ppm, seen_at

Floats = NDArray[np.float64]
CELLS = 80


@dataclass(frozen=True)
class Area:
    """Ground where the mean concentration reaches `limit` ppm: closed rings of (x, y) in metres, and its size in m2."""

    limit: float
    rings: tuple[tuple[tuple[float, float], ...], ...]
    square_metres: float


def affected_area(
    source: Place,
    rate: float,
    winds: Sequence[tuple[float, float]],
    stability: str,
    limits: Sequence[float],
    *,
    height: float = 1.5,
    molar_mass: float = 16.04,
    reach: float = 500.0,
    meander: float = 0.0,
) -> list[Area]:
    """Areas for `limits` (ppm), highest first, of a release of `rate` kg/h at `height` metres (a person's breath).

    winds: (east, north) m/s of each of the last minutes, oldest first; the field is the mean of the last of them.
    Raises ValueError where there is no wind at all, or a limit or the rate isn't above zero.
    """
    if not winds:
        raise ValueError("winds is empty: give the wind of at least one minute")
    if rate <= 0 or any(limit <= 0 for limit in limits):
        raise ValueError(f"rate {rate} and limits {list(limits)} have to be above zero")
    puffs = Puffs(reach=reach, life=60.0 * len(winds), spacing=1.0, capacity=4000)
    for wind in winds[:-1]:
        puffs.step(wind, stability)
    rows, weights = puffs.step(winds[-1], stability)
    half = _extent(rows, reach)
    axis_x = source.x + np.linspace(half[0], half[1], CELLS)
    axis_y = source.y + np.linspace(half[2], half[3], CELLS)
    lines = [[Place("", float(x), float(y), height) for x in axis_x] for y in axis_y]
    field = np.vstack([seen_at(rows, weights, [source], line, meander) for line in lines])
    field = ppm(field, molar_mass) * rate / 3600.0
    return [_cut(axis_x, axis_y, field, limit) for limit in sorted(limits, reverse=True)]


def _extent(rows: Floats, reach: float) -> tuple[float, float, float, float]:
    """West, east, south, north of what to draw, from the source: where the puffs stand and half as much around."""
    wide = min(max(float(np.max(rows[:, 2])) * 0.5, 20.0), reach)
    return (
        float(np.min(rows[:, 0])) - wide,
        float(np.max(rows[:, 0])) + wide,
        float(np.min(rows[:, 1])) - wide,
        float(np.max(rows[:, 1])) + wide,
    )


def _cut(axis_x: Floats, axis_y: Floats, field: Floats, limit: float) -> Area:
    from contourpy import contour_generator  # an edge node doesn't draw

    padded = np.pad(field, 1)  # a ring that would leave the grid is closed at its border
    step_x, step_y = axis_x[1] - axis_x[0], axis_y[1] - axis_y[0]
    x = np.concatenate([[axis_x[0] - step_x], axis_x, [axis_x[-1] + step_x]])
    y = np.concatenate([[axis_y[0] - step_y], axis_y, [axis_y[-1] + step_y]])
    found: Any = contour_generator(x, y, padded, line_type="Separate").lines(limit)
    lines = [np.asarray(line, np.float64) for line in found]
    rings = tuple(tuple((round(float(a), 2), round(float(b), 2)) for a, b in line) for line in lines)
    # Rings of a hole run the other way round, so that signed areas add up.
    size = abs(math.fsum(_signed(line) for line in lines))
    return Area(float(limit), rings, size)


def _signed(ring: Floats) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
