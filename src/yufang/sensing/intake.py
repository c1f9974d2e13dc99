"""What of a message is taken: readings of registered channels, in the channel's unit, no older than what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yufang.sensing.channels import Channel
from yufang.sensing.errors import Refusal, SensingError
from yufang.sensing.readings import Readings
from yufang.sensing.units import affine
from yufang.sensing.wire_limits import Refusals


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
    counts = np.bincount(readings.channel, minlength=len(keys))
    unknown: dict[str, tuple[str, int]] = {}
    for n, (key, unit) in enumerate(zip(keys, units or ("",) * len(keys), strict=True)):
        channel = channels.get(key)
        if channel is None:
            unknown[key] = (unit[:24], unknown.get(key, ("", 0))[1] + int(counts[n]))
            _refuse(refusals, Refusal(-1, key, "channel", key, "channel_unknown"), int(counts[n]))
            continue
        try:
            if unit:
                scale[n], offset[n] = affine(unit, channel.unit, quantity=channel.quantity, channel=key)
        except SensingError:
            _refuse(
                refusals, Refusal(-1, key, "unit", f"{unit} → {channel.unit}", "unit_no_conversion"), int(counts[n])
            )
            continue
        if key not in known:
            known[key] = len(taken)
            taken.append(channel)
        index[n] = known[key]
    good = index[readings.channel] >= 0
    early = readings.time < earliest
    for n in np.unique(readings.channel[good & early]):
        old = int((early & (readings.channel == n)).sum())
        _refuse(refusals, Refusal(-1, keys[n], "time", f"{old}", "reading_too_old"), old)
    kept = readings.take(good & ~early)
    value = kept.value * scale[kept.channel] + offset[kept.channel]
    raw = None if kept.raw is None else kept.raw * scale[kept.channel] + offset[kept.channel]
    return Intake(Readings(index[kept.channel], kept.time, value, kept.flag, raw), tuple(taken), unknown)


def _refuse(refusals: Refusals, refusal: Refusal, readings: int) -> None:
    if readings:
        refusals.add(refusal)
        refusals.count += readings - 1
