"""Where a sensor stands on its plan: the one thing of a channel that is set by pointing at a picture."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field

from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.places.models import Area
from yufang.server.scope import Actor, action
from yufang.server.sensing.models import Channel

FARTHEST_M = 100_000.0


class SensorPlaceIn(Schema):
    """Metres on the plan from its lower left corner, x to the right, y up; both left out: nobody knows where."""

    x: float | None = Field(default=None, ge=-FARTHEST_M, le=FARTHEST_M, allow_inf_nan=False)
    y: float | None = Field(default=None, ge=-FARTHEST_M, le=FARTHEST_M, allow_inf_nan=False)
    area_id: int | None = None


@action
def place_channel(acting_user: Actor, channel_id: int, body: SensorPlaceIn) -> int:
    """Say where a sensor stands; with `area_id` also in which area. Returns the channel's id."""
    row = Channel.objects.select_for_update(of=("self",)).filter(id=channel_id).first()
    if row is None:
        raise not_found()
    if (body.x is None) != (body.y is None):
        raise Refused(
            422,
            "half_a_place",
            "坐标须同时给出 x 和 y，或都不给。",
            "Give both x and y, or neither.",
            "y" if body.y is None else "x",
        )
    if body.area_id is not None:
        if not Area.objects.filter(id=body.area_id, enterprise_id=row.enterprise_id).exists():
            raise not_found()
        row.area_id = body.area_id
    row.x, row.y = body.x, body.y
    row.save(update_fields=["x", "y", "area"])
    facts = {"key": row.key, "x": row.x, "y": row.y, "area": row.area_id}
    ledger.append(acting_user, row.path, "sensing.channel_placed", f"channel:{row.pk}", facts)
    return int(row.pk)
