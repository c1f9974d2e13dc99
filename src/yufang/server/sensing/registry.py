"""From rows to what floor 1 knows: channels with the limits that apply on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from yufang.sensing.channels import Channel as SensingChannel
from yufang.sensing.channels import Limit, limits_of
from yufang.sensing.errors import SensingError
from yufang.server.sensing.models import Channel
from yufang.standards import NotInForce, UnknownCode


def channel_of(row: Channel, at: date, device: str = "") -> SensingChannel:
    """The channel of a row as floor 1 has it, with its own limits and, of other kinds, those of the standards."""
    own = tuple(Limit(**limit) for limit in row.limits)
    kinds = {limit.kind for limit in own}
    given = _standards(row.quantity, at, row.unit, row.place) if row.with_standards else ()
    return SensingChannel(
        key=row.key,
        device=device,
        quantity=row.quantity,
        unit=row.unit,
        low=row.low,
        high=row.high,
        every_s=row.every_s,
        site=str(row.organisation_id),
        area=str(row.area_id) if row.area_id else None,
        x=row.x,
        y=row.y,
        z=row.z,
        calibrated_on=row.calibrated_on,
        calibration_expires=row.calibration_expires,
        limits=own + tuple(limit for limit in given if limit.kind not in kinds),
    )


def channels_by_key(rows: Iterable[Channel], at: date) -> dict[str, SensingChannel]:
    """The channels of `rows` (with their devices) by their keys."""
    return {row.key: channel_of(row, at, row.device.key) for row in rows}


@lru_cache(maxsize=4096)
def _standards(quantity: str, at: date, unit: str, place: str) -> tuple[Limit, ...]:
    try:
        return limits_of(quantity, at, unit=unit, place=place)
    except NotInForce:  # the table that was read no longer holds: no limit is better than a wrong one
        return ()
    except (UnknownCode, SensingError):
        return ()
