"""Where a report is of: the best that the person, the code and the photos say."""

from __future__ import annotations

from typing import Any

from yufang.server.places.contracts import PlaceByToken, PlanOut
from yufang.server.places.models import SitePlan
from yufang.server.places.plan_geometry import no_position, on_earth, on_plan
from yufang.server.places.queries import plan_out
from yufang.server.reports.contracts import SpotIn
from yufang.server.reports.models import Report

Spot = dict[str, Any]


def resolved(place: PlaceByToken, said: SpotIn | None) -> Spot:
    """What is kept of what the phone sent: {source, x, y, lat, lon, accuracy_m}.

    A fix of (0, 0) or off the globe says nothing and is left out; then the area of the code stands. A fix is put on the
    plan and a tap on the earth where the plan's corners are known.
    """
    if said is not None and said.source == "plan" and said.x is not None and said.y is not None:
        at = _earth(place.plan, said.x, said.y)
        return _spot("plan", said.x, said.y, at[0], at[1])
    if said is not None and said.source == "gps" and not no_position(said.lat, said.lon):
        lat, lon = said.lat or 0.0, said.lon or 0.0
        x, y = _plan(place.plan, lat, lon)
        return _spot("gps", x, y, lat, lon, said.accuracy_m)
    x, y = place.area.spot or (None, None)
    return _spot("qr", x, y, place.area.lat, place.area.lon)


def better_from_photo(spot: Spot | None) -> bool:
    """Whether a photo's own position says more: the person gave neither a fix nor a tap."""
    return spot is None or spot.get("source") not in ("gps", "plan", "photo")


def from_photo(report: Report, position: tuple[float, float]) -> Spot:
    """The spot by a photo's position; on the plan where it lies on it, else the area's own spot stays."""
    plan = SitePlan.objects.filter(areas=report.area_id).first()
    x, y = _plan(plan_out(plan) if plan else None, *position)
    before = report.spot or {}
    if x is None:
        x, y = before.get("x"), before.get("y")
    return _spot("photo", x, y, position[0], position[1])


def _spot(
    source: str,
    x: float | None,
    y: float | None,
    lat: float | None = None,
    lon: float | None = None,
    accuracy_m: float | None = None,
) -> Spot:
    return {"source": source, "x": x, "y": y, "lat": lat, "lon": lon, "accuracy_m": accuracy_m}


def _plan(plan: PlanOut | None, lat: float, lon: float) -> tuple[float | None, float | None]:
    if plan is None or plan.corners is None:
        return None, None
    found = on_plan(plan.corners, plan.width, plan.height, lat, lon)
    if not (0 <= found.x <= 1 and 0 <= found.y <= 1):
        return None, None
    return round(found.x, 5), round(found.y, 5)


def _earth(plan: PlanOut | None, x: float, y: float) -> tuple[float | None, float | None]:
    if plan is None or plan.corners is None:
        return None, None
    lat, lon = on_earth(plan.corners, plan.width, plan.height, x, y)
    return round(lat, 7), round(lon, 7)
