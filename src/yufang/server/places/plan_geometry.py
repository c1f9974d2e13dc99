"""Where a position on earth lies on a plan. Pure: no database, no clock.

A plan is a picture to scale, so the positions of two opposite corners fix it: shift, turn and scale (a similarity).
Positions are WGS-84 degrees, points on the plan are shares of its width and height with (0, 0) at the upper left.
Over a site (some kilometres) the earth is taken as flat: metres east and north of the first corner, error below 1 m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Point = tuple[float, float]
METRES_PER_DEGREE = 111_320.0  # of latitude; of longitude times the cosine of the latitude


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPlan:
    """A spot on the plan: shares of width and height, and how far off it may be, as a share of the width."""

    x: float
    y: float
    radius: float

    @property
    def inside(self) -> bool:
        """Whether the circle of uncertainty touches the picture (its height counted in shares of itself)."""
        return -self.radius <= self.x <= 1 + self.radius and -self.radius <= self.y <= 1 + self.radius


def no_position(lat: float | None, lon: float | None) -> bool:
    """Whether a fix says nothing: missing, not a number, off the globe, or (0, 0), which phones send without a fix."""
    if lat is None or lon is None or not (math.isfinite(lat) and math.isfinite(lon)):
        return True
    return abs(lat) > 90 or abs(lon) > 180 or (abs(lat) < 1e-4 and abs(lon) < 1e-4)


def metres_between(a: Point, b: Point) -> float:
    """Metres between two nearby positions (lat, lon)."""
    return abs(_metres(a, b))


def metres_wide(corners: tuple[Point, Point], width: int, height: int) -> float:
    """How many metres the plan's width stands for. Raises ValueError where both corners are one place."""
    return _scale(corners, width, height)[0] * width


def on_plan(
    corners: tuple[Point, Point], width: int, height: int, lat: float, lon: float, accuracy_m: float = 0.0
) -> OnPlan:
    """The spot of a position on a plan of `width` × `height` pixels. Raises ValueError for corners in one place."""
    per_pixel, turn = _scale(corners, width, height)
    pixels = _metres(corners[0], (lat, lon)) / per_pixel / turn
    return OnPlan(x=pixels.real / width, y=-pixels.imag / height, radius=max(0.0, accuracy_m) / per_pixel / width)


def on_earth(corners: tuple[Point, Point], width: int, height: int, x: float, y: float) -> Point:
    """The position (lat, lon) of a spot on the plan: the way back of `on_plan`."""
    per_pixel, turn = _scale(corners, width, height)
    metres = complex(x * width, -y * height) * per_pixel * turn
    lat0, lon0 = corners[0]
    return lat0 + metres.imag / METRES_PER_DEGREE, lon0 + metres.real / _per_degree_east(lat0)


def middle(outline: list[Point]) -> Point | None:
    """Centre of gravity of a polygon; of a line or a point the mean; None of nothing."""
    if not outline:
        return None
    twice_area = cx = cy = 0.0
    for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True):
        cross = x0 * y1 - x1 * y0
        twice_area += cross
        cx += (x0 + x1) * cross
        cy += (y0 + y1) * cross
    if abs(twice_area) < 1e-9:
        return sum(x for x, _ in outline) / len(outline), sum(y for _, y in outline) / len(outline)
    return cx / (3 * twice_area), cy / (3 * twice_area)


def contains(outline: list[Point], x: float, y: float) -> bool:
    """Whether a spot lies in a polygon (even-odd rule)."""
    inside = False
    for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            inside = not inside
    return inside


def _per_degree_east(lat: float) -> float:
    return METRES_PER_DEGREE * math.cos(math.radians(lat))


def _metres(origin: Point, there: Point) -> complex:
    """Metres east (real) and north (imaginary) of `origin`; on one scale of longitude, so that ways are undone."""
    return complex((there[1] - origin[1]) * _per_degree_east(origin[0]), (there[0] - origin[0]) * METRES_PER_DEGREE)


def _scale(corners: tuple[Point, Point], width: int, height: int) -> tuple[float, complex]:
    """(metres of a pixel, turn of the picture as a unit complex number)."""
    span = _metres(*corners) / complex(width, -height)
    if abs(span) * max(width, height) < 1:
        raise ValueError("both corners of the plan lie in the same place")
    return abs(span), span / abs(span)
