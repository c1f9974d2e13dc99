"""What of a message is taken: readings of registered channels, in the channel's unit, no older than what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yufang.sensing.channels import Channel
from yufang.sensing.errors import Refusal, SensingError
from yufang.sensing.readings import Readings
from yufang.sensing.units import affine
from yufang.sensing.wire_limits import TOLD, Refusals


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """`readings` count into `channels`. `unknown`: key → (unit, readings) of channels that aren't registered."""

    readings: Readings
    channels: tuple[Channel, ...]
    unknown: Mapping[str, tuple[str, int]]


def take_in(
    readings: Readings,
    keys: Sequence[str],
    units: Sequence[str],
    channels: Mapping[str, Channel],
    earliest: int,
    refusals: Refusals,
) -> Intake:
    """Take what can be taken of `readings` over `keys` (with `units` parallel, "" as registered).

    `channels` are the registered ones by key; `earliest` (µs) is where what is kept begins. What is refused goes to
    `refusals`: an unknown channel and a unit that doesn't convert with all their readings, once for each channel.
    """
    known: dict[str, int] = {}
    taken: list[Channel] = []
    index = np.full(len(keys), -1, np.int32)
    scale, offset = np.ones(len(keys)), np.zeros(len(keys))
    counts = np.bincount(readings.channel, minlength=len(keys)).tolist()
    unknown: dict[str, tuple[str, int]] = {}
    conversions: dict[tuple[str, str, str], tuple[float, float] | None] = {}
    for n, (key, unit) in enumerate(zip(keys, units or ("",) * len(keys), strict=True)):
        channel = channels.get(key)
        if channel is None:
            unknown[key] = (unit[:24], unknown[key][1] + counts[n] if key in unknown else counts[n])
            _refuse(refusals, counts[n], key, "channel", key, "channel_unknown")
            continue
        how = (unit, channel.unit, channel.quantity)
        if how not in conversions:  # a unit that doesn't convert is tried once, not for every channel
            conversions[how] = _conversion(*how)
        found = conversions[how]
        if found is None:
            _refuse(refusals, counts[n], key, "unit", f"{unit} → {channel.unit}", "unit_no_conversion")
            continue
        scale[n], offset[n] = found
        if key not in known:
            known[key] = len(taken)
            taken.append(channel)
        index[n] = known[key]
    good = index[readings.channel] >= 0
    early = readings.time < earliest
    olds = np.bincount(readings.channel[good & early], minlength=len(keys))
    for n in np.flatnonzero(olds).tolist():
        _refuse(refusals, int(olds[n]), keys[n], "time", f"{olds[n]}", "reading_too_old")
    kept = readings.take(good & ~early)
    value = kept.value * scale[kept.channel] + offset[kept.channel]
    raw = None if kept.raw is None else kept.raw * scale[kept.channel] + offset[kept.channel]
    return Intake(Readings(index[kept.channel], kept.time, value, kept.flag, raw), tuple(taken), unknown)


def _conversion(unit: str, wanted: str, quantity: str) -> tuple[float, float] | None:
    """(scale, offset) from `unit`, "" as registered; None where it doesn't convert."""
    try:
        return affine(unit, wanted, quantity=quantity) if unit else (1.0, 0.0)
    except SensingError:
        return None


def _refuse(refusals: Refusals, readings: int, channel: str, field: str, value: str, rule: str) -> None:
    """Refuse `readings` of one channel as one refusal; what isn't told costs no more than being counted."""
    if not readings:
        return
    refusals.count += readings
    if len(refusals.told) < TOLD:
        refusals.told.append(Refusal(-1, channel, field, value, rule))
