"""Readings as arrays, their quality flags, and the batch that a message carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

import numpy as np
import numpy.typing as npt

from yufang.sensing.errors import Refusal, SensingError


class Quality(IntFlag):
    """What is known to be wrong with a reading; 0 is a good one. Bits of `Readings.flag` (uint16)."""

    GOOD = 0
    MISSING = 1  # no value came; the value is NaN
    STUCK = 2
    SPIKE = 4
    DRIFT = 8
    UNCALIBRATED = 16  # calibration ran out before the reading
    CLOCK_SKEW = 32  # event time ahead of the time of receipt
    OUT_OF_RANGE = 64  # outside the measuring range
    NOT_FINITE = 128  # NaN or infinite as it came; the value is NaN
    REPAIRED = 256  # the value is not the one that came; `raw` keeps that
    LATE = 512  # came after the detectors had passed its event time
    BAD = 1024  # the device itself says so (OPC UA, Sparkplug)
    THINNED = 2048  # kept where others of its time were dropped for want of room (docs/edge.md)


# Detectors leave these out; OUT_OF_RANGE stays in (a gas beyond the range is a high gas).
UNUSABLE = Quality.MISSING | Quality.NOT_FINITE | Quality.BAD


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """n readings as equal-length arrays.

    channel: int32[n], index into a list of keys that travels beside it; time: int64[n], event time in microseconds
    since 1970 UTC; value: float64[n] in the unit of the channel; flag: uint16[n], bits of `Quality`; raw: float64[n]
    with the value as it came where REPAIRED is set (NaN elsewhere), or None where nothing was repaired.
    """

    channel: npt.NDArray[np.int32]
    time: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    flag: npt.NDArray[np.uint16]
    raw: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        n = len(self.channel)
        columns = (self.time, self.value, self.flag) + (() if self.raw is None else (self.raw,))
        if any(len(column) != n for column in columns):
            raise ValueError(f"columns of readings differ in length: {[len(self.channel), *map(len, columns)]}")

    def __len__(self) -> int:
        return len(self.channel)

    @staticmethod
    def of(channel: Any, time: Any, value: Any, flag: Any = None, raw: Any = None) -> Readings:
        """Readings from anything array-like; `flag` is 0 where it is not given."""
        channels = np.asarray(channel, dtype=np.int32)
        return Readings(
            channels,
            np.asarray(time, dtype=np.int64),
            np.asarray(value, dtype=np.float64),
            np.zeros(len(channels), np.uint16) if flag is None else np.asarray(flag, dtype=np.uint16),
            None if raw is None else np.asarray(raw, dtype=np.float64),
        )

    @staticmethod
    def empty() -> Readings:
        return Readings.of([], [], [])

    def take(self, index: Any) -> Readings:
        """The readings at `index` (positions or a mask of n booleans)."""
        raw = None if self.raw is None else self.raw[index]
        return Readings(self.channel[index], self.time[index], self.value[index], self.flag[index], raw)

    def in_order(self) -> Readings:
        """Sorted by event time, then channel; what came first stays first."""
        return self.take(np.lexsort((self.channel, self.time)))

    def usable(self) -> npt.NDArray[np.bool_]:
        """Mask of the readings that a detector may look at: finite, and not called bad by the device."""
        return ((self.flag & np.uint16(UNUSABLE)) == 0) & np.isfinite(self.value)

    @staticmethod
    def concat(parts: Sequence[Readings]) -> Readings:
        """All `parts` one after another; they share one list of keys."""
        if not parts:
            return Readings.empty()
        raw = None
        if any(part.raw is not None for part in parts):
            raw = np.concatenate([np.full(len(p), np.nan) if p.raw is None else p.raw for p in parts])
        return Readings(
            np.concatenate([p.channel for p in parts]),
            np.concatenate([p.time for p in parts]),
            np.concatenate([p.value for p in parts]),
            np.concatenate([p.flag for p in parts]),
            raw,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One message: `readings` over `keys`, with what the sender says of itself.

    `units` is parallel to `keys`; "" is the unit that the channel is registered with. `sequence` counts the messages
    of `source` from 0; -1 where the sender doesn't count. `events` are plain dicts (`detectors.Event` as JSON).
    `refused` names what of the message could not be taken (at most 100), `refused_count` how many there were.
    """

    readings: Readings
    keys: tuple[str, ...]
    units: tuple[str, ...] = ()
    source: str = ""
    sequence: int = -1
    events: tuple[Mapping[str, Any], ...] = ()
    refused: tuple[Refusal, ...] = ()
    refused_count: int = 0

    def __post_init__(self) -> None:
        if not self.units:
            object.__setattr__(self, "units", ("",) * len(self.keys))
        if len(self.units) != len(self.keys):
            raise SensingError("bad_batch", reason=f"{len(self.units)} units for {len(self.keys)} keys")
