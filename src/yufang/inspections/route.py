"""In which order to walk: the shortest way past places on a plan or a map, found by 2-opt and moving single stops.

Open way with a free end; with `start` (the gate) it begins there. Croes (1958) for 2-opt, Or (1976) for moving stops.
For the thirty stops of a visit this is within a hair of the best; a test holds it against trying all orders.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

EARTH_M = 6_371_008.8
_STARTS = 8  # first stops that are tried


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stop is: metres east and north where `metric`, else units of one drawing. `sheet` names the drawing."""

    x: float
    y: float
    sheet: str = ""
    metric: bool = True


def from_degrees(latitude: float, longitude: float, origin_latitude: float | None = None) -> Place:
    """A place on the map, WGS 84. Distances are right within a region (equirectangular, parallel of the origin)."""
    parallel = math.radians(latitude if origin_latitude is None else origin_latitude)
    x = math.radians(longitude) * math.cos(parallel) * EARTH_M
    return Place(x, math.radians(latitude) * EARTH_M, "map")


def from_plan(x: float, y: float, *, sheet: str, width: float, height: float, metres_wide: float | None) -> Place:
    """A place on a site plan: x and y in 0 … 1 of `width` × `height` pixels; metric where its breadth is known."""
    scale = (metres_wide / width) if metres_wide else 1.0
    return Place(x * width * scale, y * height * scale, sheet, metric=metres_wide is not None)


def distance(a: Place, b: Place) -> float:
    """Straight line, in the places' own units."""
    return math.hypot(a.x - b.x, a.y - b.y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`order`: indices of the stops as they are walked; `length` in metres, None where any leg has none."""

    order: tuple[int, ...]
    length: float | None


def shortest_way(places: Sequence[Place | None], start: Place | None = None) -> Way:
    """The order of all stops. Stops of one sheet stay together, in the order in which the sheets first appear.

    A stop without a place comes where its turn was in what was given: after the placed ones.
    """
    sheets: dict[str, list[int]] = {}
    lost = []
    for index, place in enumerate(places):
        if place is None:
            lost.append(index)
        else:
            sheets.setdefault(place.sheet, []).append(index)
    order: list[int] = []
    total, known = 0.0, bool(sheets) and len(sheets) == 1 and not lost
    for sheet, members in sheets.items():
        at = start if start is not None and start.sheet == sheet else None
        spots = [place for index in members if (place := places[index]) is not None]
        walked = _walk(spots, at)
        order += [members[one] for one in walked]
        total += _length(spots, walked, at)
        known = known and all(spot.metric for spot in spots)
    return Way(order=(*order, *lost), length=round(total, 1) if known else None)


def _length(spots: Sequence[Place], order: Sequence[int], start: Place | None) -> float:
    legs = [distance(spots[a], spots[b]) for a, b in itertools.pairwise(order)]
    return sum(legs) + (distance(start, spots[order[0]]) if start is not None and order else 0.0)


def _walk(spots: Sequence[Place], start: Place | None) -> list[int]:
    if len(spots) < 2:
        return list(range(len(spots)))
    best: list[int] = []
    step = max(1, len(spots) // _STARTS)
    for first in range(0, len(spots), step):
        walked = _improved(spots, _nearest(spots, first), start)
        if not best or _length(spots, walked, start) < _length(spots, best, start) - 1e-9:
            best = walked
    return best


def _nearest(spots: Sequence[Place], first: int) -> list[int]:
    order, left = [first], set(range(len(spots))) - {first}
    while left:
        here = spots[order[-1]]
        order.append(min(left, key=lambda one: (distance(here, spots[one]), one)))
        left.discard(order[-1])
    return order


def _improved(spots: Sequence[Place], order: list[int], start: Place | None) -> list[int]:
    """Turn stretches round and move stops, as long as the way becomes shorter by it."""
    gain = True
    while gain:
        gain = _turned(spots, order, start) or _moved(spots, order, start)
    return order


def _leg(spots: Sequence[Place], a: int | None, b: int | None, start: Place | None) -> float:
    if b is None:
        return 0.0
    if a is None:
        return distance(start, spots[b]) if start is not None else 0.0
    return distance(spots[a], spots[b])


def _turned(spots: Sequence[Place], order: list[int], start: Place | None) -> bool:
    n = len(order)
    for i in range(n - 1):
        for j in range(i + 1, n):
            before = order[i - 1] if i else None
            after = order[j + 1] if j + 1 < n else None
            old = _leg(spots, before, order[i], start) + _leg(spots, order[j], after, start)
            new = _leg(spots, before, order[j], start) + _leg(spots, order[i], after, start)
            if new < old - 1e-9:
                order[i : j + 1] = order[i : j + 1][::-1]
                return True
    return False


def _moved(spots: Sequence[Place], order: list[int], start: Place | None) -> bool:
    n = len(order)
    for i, stop in enumerate(order):
        before, after = (order[i - 1] if i else None), (order[i + 1] if i + 1 < n else None)
        saved = _leg(spots, before, stop, start) + _leg(spots, stop, after, start) - _leg(spots, before, after, start)
        rest = order[:i] + order[i + 1 :]
        for j in range(n):
            left, right = (rest[j - 1] if j else None), (rest[j] if j < n - 1 else None)
            cost = _leg(spots, left, stop, start) + _leg(spots, stop, right, start) - _leg(spots, left, right, start)
            if cost < saved - 1e-9:
                order[:] = [*rest[:j], stop, *rest[j:]]
                return True
    return False
