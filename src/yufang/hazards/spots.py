"""Whether a photo of the fix was taken where the hazard was reported."""

from __future__ import annotations

import math
from dataclasses import dataclass

FAR_METRES = 30.0  # beyond what both devices said they might be off by
FAR_SHARE = 0.12  # of the plan's longer side, where nobody measured the plan
EARTH = 6_371_000.0  # metres, mean radius


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in shares of a plan's width and height, in WGS-84 degrees, or both. `accuracy_m` as the device said."""

    x: float | None = None
    y: float | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known of the plan: pixels, and metres that its width stands for (None: not measured)."""

    width: int
    height: int
    metres_wide: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """How far two spots are apart: metres, else a share of the plan's longer side; None where neither is known."""

    metres: float | None
    share: float | None
    far: bool


UNKNOWN = Beside(metres=None, share=None, far=False)


def beside(first: Spot, second: Spot, plan: Plan | None = None) -> Beside:
    """How far `second` is from `first`: on the plan where both stand on it, else by their positions on earth.

    Positions count as far when they are more than `FAR_METRES` apart beyond both accuracies.
    """
    if plan is not None and None not in (first.x, first.y, second.x, second.y):
        return _on_plan(first, second, plan)
    if None not in (first.lat, first.lon, second.lat, second.lon):
        metres = metres_between(first, second)
        slack = (first.accuracy_m or 0.0) + (second.accuracy_m or 0.0)
        return Beside(metres=round(metres, 1), share=None, far=metres > FAR_METRES + slack)
    return UNKNOWN


def _on_plan(first: Spot, second: Spot, plan: Plan) -> Beside:
    dx = (second.x or 0.0) - (first.x or 0.0)
    dy = (second.y or 0.0) - (first.y or 0.0)
    pixels = math.hypot(dx * plan.width, dy * plan.height)
    if plan.metres_wide is not None:
        metres = pixels / plan.width * plan.metres_wide
        return Beside(metres=round(metres, 1), share=None, far=metres > FAR_METRES)
    share = pixels / max(plan.width, plan.height)
    return Beside(metres=None, share=round(share, 4), far=share > FAR_SHARE)


def metres_between(first: Spot, second: Spot) -> float:
    """Great-circle metres between two positions (haversine). Raises TypeError where one has none."""
    if first.lat is None or first.lon is None or second.lat is None or second.lon is None:
        raise TypeError("both spots need a position on earth")
    a, b = math.radians(first.lat), math.radians(second.lat)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(second.lon - first.lon) / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(1.0, half)))
