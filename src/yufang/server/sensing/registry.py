"""From rows to what floor 1 knows: channels with the limits that apply on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from yufang.sensing.channels import Channel as SensingChannel
from yufang.sensing.channels import Limit, LimitNote, limits_with_notes
from yufang.server.sensing.models import Channel


def channel_of(row: Channel, at: date, device: str = "") -> SensingChannel:
    """The channel of a row as floor 1 has it, with its own limits and, of other kinds, those of the standards."""
    own = tuple(Limit(**limit) for limit in row.limits)
    kinds = {limit.kind for limit in own}
    given = _standards(row.quantity, at, row.unit, row.place)[0] if row.with_standards else ()
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


def with_keys(rows: QuerySet[Channel], keys: Iterable[str]) -> QuerySet[Channel]:
    """Those of `rows` that have one of these keys, which go to the database as one array: thousands of parameters
    would cost the interpreter more than the database."""
    return rows.extra(where=["sensing_channel.key = ANY(%s)"], params=[list(keys)])


def limit_notes(row: Channel, at: date) -> tuple[LimitNote, ...]:
    """Why a limit that one would expect of a channel isn't there, or stands though its table no longer holds.

    A note about a table is left out where the channel's own limits replace it.
    """
    if not row.with_standards:
        return ()
    given, notes = _standards(row.quantity, at, row.unit, row.place)
    own = {limit["kind"] for limit in row.limits}
    replaced = {limit.kind for limit in given} <= own and bool(own)
    return () if replaced else notes


@lru_cache(maxsize=4096)
def _standards(quantity: str, at: date, unit: str, place: str) -> tuple[tuple[Limit, ...], tuple[LimitNote, ...]]:
    return limits_with_notes(quantity, at, unit=unit, place=place)
