"""From samples to readings: unknown channels and texts are refused and counted, times and values are judged.

Samples wait in a bounded list between two ticks of the node; a connector can't fill the memory. What a reading is
worth is said by its flag; nothing is repaired here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np

from yufang.edge.config import ConnectorIn
from yufang.edge.connectors.contract import Sample
from yufang.sensing.channels import Channel
from yufang.sensing.detectors.contract import Snapshot
from yufang.sensing.readings import Quality, Readings

MAX_WAITING = 200_000  # samples between two ticks
_EXAMPLES = 20  # names of refused channels that are kept
_SILENT = 3.0  # intervals without a reading until a channel counts as silent
_TOLD_FAR = 1 << 62


@dataclass(slots=True)
class Refusals:
    """What of one connector was not taken, with a few examples."""

    times: Counter[str] = field(default_factory=Counter)  # reason → how often
    examples: dict[str, list[str]] = field(default_factory=dict)  # reason → channels

    def add(self, reason: str, channel: str) -> None:
        self.times[reason] += 1
        shown = self.examples.setdefault(reason, [])
        if len(shown) < _EXAMPLES and channel[:120] not in shown:
            shown.append(channel[:120])


REASONS = {
    "unknown": ("通道未在配置中登记", "the channel is not in the configuration"),
    "text": ("值是文本，不是数字", "the value is a text, no number"),
    "repeated": ("重复的读数", "a repeated reading"),
    "flood": ("一次到达的读数过多", "too many readings at once"),
    "time": ("时间超出可表示的范围", "a time beyond what can be told"),
}


class Intake:
    """Takes samples of all connectors; `readings` gives those since the last call, by event time."""

    def __init__(
        self,
        channels: Sequence[Channel],
        connectors: Mapping[str, ConnectorIn],
        *,
        tolerance_s: float = 5.0,
    ) -> None:
        self.channels = channels
        self._index = {channel.key: i for i, channel in enumerate(channels)}
        self._connectors = connectors
        self._tolerance_us = int(tolerance_s * 1e6)
        n = len(channels)
        self._low = np.array([-math.inf if c.low is None else c.low for c in channels])
        self._high = np.array([math.inf if c.high is None else c.high for c in channels])
        self._every_us = np.array([c.every_s * 1e6 for c in channels])
        self._expires = np.array([_end_of(c.calibration_expires) for c in channels], np.int64)
        self.last_time = np.zeros(n, np.int64)
        self._arrived_us = np.zeros(n, np.int64)
        self.last_value = np.full(n, np.nan)
        self.last_flag = np.zeros(n, np.uint16)
        self._silent = np.zeros(n, bool)
        self.device_off_s: dict[str, float] = {}  # device → its clock minus ours, where it was flagged
        self.refused: dict[str, Refusals] = {name: Refusals() for name in connectors}
        self.taken = 0
        self._waiting: list[tuple[int, int, float, int]] = []  # channel, time, value, flag

    def remember(self, readings: Readings) -> None:
        """Readings of before a restart: repetitions of them are known."""
        order = np.argsort(readings.time, kind="stable")
        self.last_time[readings.channel[order]] = readings.time[order]
        self.last_value[readings.channel[order]] = readings.value[order]
        self.last_flag[readings.channel[order]] = readings.flag[order]

    def snapshot(self) -> Snapshot:
        """The newest reading of each channel: arrays of the length of `channels`."""
        return {"time": self.last_time.copy(), "value": self.last_value.copy(), "flag": self.last_flag.copy()}

    def restore(self, state: Snapshot) -> None:
        """Put back what `snapshot` gave for the same channels; nothing where there is none."""
        if state and len(state["time"]) == len(self.last_time):
            self.last_time[:], self.last_value[:], self.last_flag[:] = state["time"], state["value"], state["flag"]

    def take(self, connector: str, sample: Sample, now_us: int, skewed: bool) -> None:
        """One sample. Never raises: what can't be taken is counted with its reason."""
        refused = self.refused.setdefault(connector, Refusals())
        at = self._index.get(sample.channel)
        if at is None:
            return refused.add("unknown", sample.channel)
        if len(self._waiting) >= MAX_WAITING:
            return refused.add("flood", sample.channel)
        flag = int(sample.quality) & 0xFFFF
        value = _number(sample.value)
        if value is None:
            return refused.add("text", sample.channel)
        if sample.value is None:
            flag |= Quality.MISSING
        elif not math.isfinite(value):
            flag |= Quality.NOT_FINITE
            value = math.nan
        asked = self._connectors.get(connector)
        time_us, flag = self._time(sample, asked, at, now_us, flag | (Quality.CLOCK_SKEW if skewed else 0))
        if not 0 <= time_us < 2**53:
            return refused.add("time", sample.channel)
        dropping = asked is not None and _repeats(asked) == "drop"
        last = self.last_time[at]
        if last and ((dropping and time_us <= last) or (time_us == last and _same(value, self.last_value[at]))):
            return refused.add("repeated", sample.channel)
        self._arrived_us[at] = now_us
        if time_us > last:
            self.last_time[at], self.last_value[at], self.last_flag[at] = time_us, value, flag
        self._waiting.append((at, time_us, value, flag))
        self.taken += 1
        return None

    def readings(self) -> Readings:
        """Readings since the last call, in event-time order."""
        if not self._waiting:
            return Readings.empty()
        waiting, self._waiting = self._waiting, []
        channel, time, value, flag = zip(*waiting, strict=True)
        found = Readings.of(channel, time, value, flag).in_order()
        index = found.channel
        with np.errstate(invalid="ignore"):
            outside = (found.value < self._low[index]) | (found.value > self._high[index])
        late_calibration = found.time >= self._expires[index]
        more = np.where(outside, np.uint16(Quality.OUT_OF_RANGE), np.uint16(0))
        more |= np.where(late_calibration, np.uint16(Quality.UNCALIBRATED), np.uint16(0))
        return Readings.of(index, found.time, found.value, found.flag | more)

    def silent(self, now_us: int, started_us: int) -> list[int]:
        """Channels that fell silent since the last call; one MISSING reading of each is taken."""
        since = np.maximum(self._arrived_us, started_us)
        silent = now_us - since > _SILENT * np.maximum(self._every_us, 1e6)
        fell = np.flatnonzero(silent & ~self._silent)
        self._silent = silent
        for at in fell:
            # In the channel's own time: what is played back may be of another year.
            own = int(self.last_time[at] + now_us - self._arrived_us[at]) if self._arrived_us[at] else now_us
            self._waiting.append((int(at), own, math.nan, int(Quality.MISSING)))
        return [int(at) for at in fell]

    @property
    def silent_now(self) -> int:
        """How many channels are silent."""
        return int(self._silent.sum())

    def _time(self, sample: Sample, asked: ConnectorIn | None, at: int, now_us: int, flag: int) -> tuple[int, int]:
        way = (asked.time if asked else None) or (
            "trusted" if asked is not None and asked.kind == "replay" else "device"
        )
        if sample.time_us is None or way == "received":
            # A millisecond is finer than any probe; microseconds of a stamp would only cost room.
            return now_us // 1000 * 1000, flag
        if way == "trusted":
            return sample.time_us, flag & ~Quality.CLOCK_SKEW
        off = sample.time_us - now_us
        if abs(off) <= self._tolerance_us:
            return sample.time_us, flag
        if abs(off) < _TOLD_FAR:
            self.device_off_s[self.channels[at].device or self.channels[at].key] = round(off / 1e6, 1)
        return now_us // 1000 * 1000, flag | Quality.CLOCK_SKEW


def _repeats(asked: ConnectorIn) -> str:
    return asked.repeats or ("drop" if asked.kind == "replay" else "keep")


def _number(value: float | str | None) -> float | None:
    """The number; NaN for no value; None for a text that is no number."""
    if value is None:
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def _end_of(day: date | None) -> int:
    """The first microsecond after `day`; far away where there is none."""
    if day is None:
        return 1 << 62
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1e6) + 86_400_000_000
