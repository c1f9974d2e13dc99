"""Routes of the live page beside channels and charts."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import AwareDatetime

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem
from yufang.server.sensing import live, placing, queries
from yufang.server.sensing.contracts import SensingChannelOut
from yufang.server.sensing.live import AlarmStorms, SparksOut
from yufang.server.sensing.placing import SensorPlaceIn

router = Router(tags=["sensing"])


@router.get("/sensing/storms", response={200: AlarmStorms, 404: Problem})
def alarm_storms(request: HttpRequest, enterprise_id: int, since: AwareDatetime | None = None) -> AlarmStorms:
    """Alarms of an enterprise by probable cause, the first of each named: since a moment (without one: of the last
    eight hours, at most seven days), and all that are open."""
    actor(request)
    return live.storms_of(enterprise_id, since, timezone.now())


@router.get("/sensing/sparks", response={200: SparksOut, 404: Problem})
def sparks(
    request: HttpRequest,
    enterprise_id: int,
    minutes: Annotated[int, Query(60, ge=5, le=1_440)],
    points: Annotated[int, Query(60, ge=10, le=240)],
    until: AwareDatetime | None = None,
) -> SparksOut:
    """The last minutes of all channels of an enterprise, or those before a past moment, as small curves; personal
    channels are left out."""
    actor(request)
    now = timezone.now()
    return live.sparks_of(enterprise_id, minutes, points, min(until or now, now))


@router.put(
    "/sensing/channels/{sensing_channel}/place",
    response={200: SensingChannelOut, 403: Problem, 404: Problem, 422: Problem},
)
def place_channel(request: HttpRequest, sensing_channel: int, body: SensorPlaceIn) -> SensingChannelOut:
    """Say where a sensor stands on the plan of its area (permission sensing.manage)."""
    return queries.channel(placing.place_channel(actor(request, "sensing.manage"), sensing_channel, body))
