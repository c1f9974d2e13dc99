"""Where the gas of a leak stands above given limits: polygons for the map.

The field is that of puffs in the wind of the last minutes, a mean over the last of them; it is drawn on a grid and cut
by contourpy's marching squares. Needs the base of yufang, not the edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.leaks.dispersion import Place, Puffs, ppm, seen_at, sigmas

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
    meander: float = 0.2,
) -> list[Area]:
    """Areas for `limits` (ppm), highest first, of a release of `rate` kg/h at `height` metres (a person's breath).

    winds: (east, north) m/s of each of the last minutes, oldest first; the field is the mean of the last of them.
    meander (radians): see `seen_at`. Raises ValueError where there is no wind at all, or a limit or the rate is not
    above zero.
    """
    if not winds:
        raise ValueError("winds is empty: give the wind of at least one minute")
    if rate <= 0 or any(limit <= 0 for limit in limits):
        raise ValueError(f"rate {rate} and limits {list(limits)} have to be above zero")
    puffs = Puffs(reach=reach, life=60.0 * len(winds), spacing=1.0, capacity=4000)
    for wind in winds[:-1]:
        puffs.step(wind, stability)
    rows, weights = puffs.step(winds[-1], stability)

    def field(x: Floats, y: Floats) -> Floats:
        east, north = source.x + rows[:, 0], source.y + rows[:, 1]
        wide = 5.0 * np.hypot(sigmas(rows[:, 2], stability)[0], meander * rows[:, 2])
        near = (east > x[0] - wide) & (east < x[-1] + wide) & (north > y[0] - wide) & (north < y[-1] + wide)
        lines = [[Place("", float(a), float(b), height) for a in x] for b in y]
        seen = np.vstack([seen_at(rows[near], weights[near], [source], line, meander) for line in lines])
        return ppm(seen, molar_mass) * (rate / 3600.0)

    # Along the puffs' own centres the gas is thickest; how far these stand above a limit says how far to draw.
    centres = rows[:: max(len(rows) // 300, 1)]
    points = [Place("", source.x + float(puff[0]), source.y + float(puff[1]), source.z) for puff in centres]
    thick = ppm(seen_at(rows, weights, [source], points, meander)[0], molar_mass) * (rate / 3600.0)
    return [
        _drawn(field, source, centres[thick >= 0.5 * limit], stability, meander, limit)
        for limit in sorted(limits, reverse=True)
    ]


def _drawn(
    field: Callable[[Floats, Floats], Floats],
    source: Place,
    centres: Floats,
    stability: str,
    meander: float,
    limit: float,
) -> Area:
    """The outline at `limit`, on a grid about the puffs that stand above half of it."""
    if not len(centres):
        return Area(float(limit), (), 0.0)
    # Three spreads at the far end hold all but a thousandth of the gas.
    way = np.array([float(np.max(centres[:, 2]))])
    wide = 3.0 * math.hypot(float(sigmas(way, stability)[0][0]), meander * float(way[0])) + 2.0
    x = source.x + np.linspace(min(np.min(centres[:, 0]), 0) - wide, max(np.max(centres[:, 0]), 0) + wide, CELLS)
    y = source.y + np.linspace(min(np.min(centres[:, 1]), 0) - wide, max(np.max(centres[:, 1]), 0) + wide, CELLS)
    return _cut(x, y, field(x, y), limit)


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
