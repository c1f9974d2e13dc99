"""What the risk map asks of this room: channels as sensors on a plan, open events, and forecasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Count

from yufang.sensing.riskmap.model import Ring, Where
from yufang.sensing.riskmap.sensors import Ahead, Found, Sensor
from yufang.server.places.contracts import AreaOut
from yufang.server.sensing.models import Channel, ChannelForecast, Episode
from yufang.server.sensing.registry import channel_of

OPEN_AIR = ("yard", "construction")
MOST_EVENTS = 2_000
MOST_RINGS = 3
Metres = Mapping[int, tuple[float, float]]  # plan → its width and height in metres, for plans that were measured


def spot_on(x: float | None, y: float | None, area: AreaOut | None, metres: Metres) -> Where:
    """Where a thing with (x, y) in metres from a plan's lower left corner is: on the plan of its area, without an area
    on the only plan that was measured; else in its area as a whole."""
    plan = area.plan_id if area is not None else next(iter(metres)) if len(metres) == 1 else None
    within = str(area.id) if area is not None else ""
    if plan is None or plan not in metres or x is None or y is None:
        return Where(area=within)
    wide, high = metres[plan]
    share_x, share_y = x / wide, 1.0 - y / high
    if not (0.0 <= share_x <= 1.0 and 0.0 <= share_y <= 1.0):
        return Where(area=within)
    return Where(area=within, plan=str(plan), x=round(share_x, 5), y=round(share_y, 5))


def sensors(enterprise_id: int, day: date, areas: Mapping[int, AreaOut], metres: Metres) -> list[tuple[str, Sensor]]:
    """(device, sensor) of every open channel that isn't about one person, with the limits that apply on `day`."""
    rows = Channel.objects.filter(enterprise_id=enterprise_id, closed=False, personal=False)
    found = []
    for row in rows.select_related("device").order_by("id"):
        area = areas.get(row.area_id) if row.area_id is not None else None
        known = channel_of(row, day, row.device.key)
        sensor = Sensor(
            key=row.key,
            name_zh=row.name_zh or row.key,
            name_en=row.name_en or row.key,
            quantity=row.quantity,
            unit=row.unit,
            where=spot_on(row.x, row.y, area, metres),
            limits=known.limits,
            every_s=row.every_s,
            low=row.low,
            high=row.high,
            time=row.last_time,
            value=row.last_value,
            flag=row.last_flag,
            outdoors=area is None or area.kind in OPEN_AIR,
            link=f"channel:{row.pk}",
            synthetic=row.synthetic,
        )
        found.append((row.device.key, sensor))
    return found


def open_events(
    enterprise_id: int, by_key: Mapping[str, Sensor], areas: Mapping[int, AreaOut], metres: Metres
) -> list[Found]:
    """Events that detectors raised and that aren't over, with the ground that a leak's gas covers."""
    rows = Episode.objects.filter(enterprise_id=enterprise_id, cleared_at=None, momentary=False)
    found = []
    for row in rows.order_by("-since", "-id")[:MOST_EVENTS]:
        sensor = by_key.get(row.subject)
        where = sensor.where if sensor is not None else Where(area=str(row.area_id or ""))
        found.append(
            Found(
                key=f"event:{row.pk}",
                kind=row.kind,
                since=row.since,
                where=where,
                reason_zh=row.reason_zh,
                reason_en=row.reason_en,
                sureness=row.sureness,
                sensor=row.subject if sensor is not None else "",
                link=f"episode:{row.pk}",
                rings=tuple(_rings(row.evidence, where, metres)),
                synthetic=row.synthetic,
            )
        )
    return found


def forecasts(enterprise_id: int, within_min: float = 15.0) -> list[Ahead]:
    """The newest forecast of each channel that has one: the probability within a quarter of an hour."""
    rows = ChannelForecast.objects.filter(enterprise_id=enterprise_id).select_related("channel")
    found = []
    for row in rows:
        told: dict[str, Any] = row.told
        chances = [one for one in told.get("chances") or () if one.get("within_min") == within_min]
        limit = told.get("limit")
        if told.get("state") != "told" or told.get("at") is None or not chances or not limit:
            continue
        found.append(
            Ahead(
                sensor=row.channel.key,
                at=int(told["at"]),
                minutes=within_min,
                probability=float(chances[0]["probability"]),
                limit=float(limit["value"]),
            )
        )
    return found


def channels_by_plan(enterprise_id: int) -> dict[int, int]:
    """How many open channels stand in areas of each plan."""
    rows = Channel.objects.filter(enterprise_id=enterprise_id, closed=False, area__plan__isnull=False)
    return dict(rows.order_by().values_list("area__plan").annotate(n=Count("id")))


def enterprises_with_channels() -> list[int]:
    """Enterprises that have open channels."""
    rows = Channel.objects.filter(closed=False).order_by("enterprise_id")
    return list(rows.values_list("enterprise_id", flat=True).distinct())


def _rings(evidence: Mapping[str, Any], where: Where, metres: Metres) -> Iterable[Ring]:
    """Outlines of the widest of a leak's areas, in shares of the plan that the event is on."""
    drawn = evidence.get("area") if isinstance(evidence, Mapping) else None
    if not where.plan or int(where.plan) not in metres or not isinstance(drawn, list) or not drawn:
        return
    wide, high = metres[int(where.plan)]
    try:
        widest = max(drawn, key=lambda one: float(one["square_metres"]))
        for ring in widest["rings"][:MOST_RINGS]:
            points = tuple((round(float(x) / wide, 4), round(1.0 - float(y) / high, 4)) for x, y in ring)
            if len(points) >= 3:
                yield points
    except (KeyError, TypeError, ValueError):  # of an older detector that told its area otherwise
        return
