"""Outlines of areas on a plan as polygons in metres: x to the right, y up, from the plan's lower left corner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from yufang.sensing.positions.inside import inside
from yufang.server.places.models import Area
from yufang.server.places.plan_geometry import metres_wide


def outline_metres(area: Area) -> list[list[float]] | None:
    """Corners in metres; None where the area is not drawn, or nobody measured its plan."""
    plan = area.plan
    if plan is None or not plan.corners or len(area.outline) < 3:
        return None
    (a, b), (c, d) = plan.corners
    wide = metres_wide(((a, b), (c, d)), plan.width, plan.height)
    high = wide * plan.height / plan.width
    return [[round(x * wide, 3), round((1.0 - y) * high, 3)] for x, y in area.outline]


def area_at(areas: Sequence[Area], x: float, y: float, sd_m: float) -> tuple[Area | None, float | None]:
    """The area that a position most probably lies in, and how probably; (None, None) below one half."""
    best: tuple[Area | None, float | None] = (None, None)
    place, cov = np.array([[x, y]]), np.eye(2)[None] * sd_m**2
    for area in areas:
        outline = outline_metres(area)
        if outline is None:
            continue
        p = float(inside(place, cov, np.array(outline))[0])
        if p >= 0.5 and p > (best[1] or 0.0):
            best = (area, round(p, 3))
    return best
