"""Short-term (15 min) and shift (8 h) exposure: time-weighted means by GBZ 2.1-2019, over a window that moves.

C_STEL = Σ C·T / 15 min and C_TWA = Σ C·T / 8 h. Between two readings the concentration runs straight; over a gap longer
than `gap_s` nothing is known. Where at least `coverage` of the window is known, the mean over what is known is judged;
where less is, the unknown time counts as none, so that what is told is a floor. The window is kept as a ring of slots.

Sureness: the probability that the whole window's mean is beyond the limit, if the unknown share of it has a mean like
the known slots' (Gaussian, with their spread) and readings, one every `every_s`, scatter by Gaussian noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from yufang.sensing.channels import LimitKind
from yufang.sensing.detectors.base import (
    AT,
    CODE,
    LAST,
    LIMIT,
    NEVER,
    SINCE,
    VALUE,
    A,
    ArrayDetector,
    B,
    C,
    D,
    E,
    inside,
)
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.fields import Field
from yufang.sensing.detectors.limits import in_unit
from yufang.sensing.detectors.sureness import beyond
from yufang.sensing.detectors.texts import amount, finite, lasted, state_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from yufang.sensing.channels import Channel

# What each reading needs stands in the first two lines of the cache: the slot under way (NOW…), the slots between, and
# the oldest, part of which has left the window. The ring behind is touched when a slot ends.
PREV, SLOT, NOW_DOSE, NOW_KNOWN, DOSE, KNOWN, RAISED = 1, 2, 3, 4, 5, 6, 7
OLD_DOSE, OLD_KNOWN, MEAN_LIMIT, BACK, GAP, NOISE, COUNT, SINCE_AT = 8, 9, 10, 11, 12, 13, 14, 15
RING = 16  # from here: (dose, known seconds) of each slot that has ended
# shared
SLOT_US, SLOTS, COVERAGE = 0, 1, 2
NAN = math.nan


@inside
def _notice(s: Any, d: float) -> None:
    """Take a difference between readings into the channel's noise; a jump counts six times what is known at most."""
    n = s[COUNT] + 1.0
    if n > 8.0 and s[NOISE] > 0.0 and d > 6.0 * s[NOISE]:
        d = 6.0 * s[NOISE]
    s[NOISE] += (d - s[NOISE]) / min(n, 64.0)
    s[COUNT] = n


@inside
def _close(s: Any, slot: float, ring: int) -> None:
    """Put the slot under way into the ring."""
    i = RING + 2 * int(slot % ring)
    s[i] = s[NOW_DOSE]
    s[i + 1] = s[NOW_KNOWN]
    s[NOW_DOSE] = 0.0
    s[NOW_KNOWN] = 0.0


@inside
def _walk(s: Any, last: float, t: float, prev: float, x: float, width: float, ring: int) -> None:
    """Add the dose from the last reading to this one, straight between them, slot by slot."""
    slot = s[SLOT]
    now = math.floor(t / width)
    per_us = (x - prev) / (t - last)
    u = last
    a = prev
    while slot < now:
        edge = (slot + 1.0) * width
        b = prev + per_us * (edge - last)
        s[NOW_DOSE] += 0.5 * (a + b) * (edge - u) * 1e-6
        s[NOW_KNOWN] += (edge - u) * 1e-6
        _close(s, slot, ring)
        u = edge
        a = b
        slot += 1.0
    s[NOW_DOSE] += 0.5 * (a + x) * (t - u) * 1e-6
    s[NOW_KNOWN] += (t - u) * 1e-6


@inside
def _skip(s: Any, now: float, ring: int) -> None:
    """A gap: the slots that passed are empty."""
    slot = s[SLOT]
    if now > slot:
        _close(s, slot, ring)
        for m in range(1, int(min(now - slot, ring + 1.0))):
            i = RING + 2 * int((slot + m) % ring)
            s[i] = 0.0
            s[i + 1] = 0.0


@inside
def _turn(s: Any, now: float, ring: int) -> None:
    """A new slot has begun: sum up the ended ones anew, so that no rounding adds up; the oldest stands apart."""
    s[SLOT] = now
    i = RING + 2 * int(now % ring)  # held the slot that has left the window by now
    s[i] = 0.0
    s[i + 1] = 0.0
    j = RING + 2 * int((now + 1) % ring)
    dose = 0.0
    known = 0.0
    for m in range(ring):
        q = RING + 2 * m
        if q != j:
            dose += s[q]
            known += s[q + 1]
    s[DOSE] = dose
    s[KNOWN] = known
    s[OLD_DOSE] = s[j]
    s[OLD_KNOWN] = s[j + 1]


@inside
def _spread(s: Any, ring: int, o: Any) -> None:
    """Sd of the slots' means into o[9], how many there are into o[11]."""
    filled = 0.0
    first = 0.0
    second = 0.0
    for m in range(ring):
        q = RING + 2 * m
        if s[q + 1] > 0.0:
            filled += 1.0
            first += s[q] / s[q + 1]
    for m in range(ring):
        q = RING + 2 * m
        if s[q + 1] > 0.0:
            second += (s[q] / s[q + 1] - first / filled) ** 2
    o[9] = math.sqrt(second / max(filled - 1.0, 1.0))
    o[11] = filled


def exposure_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: [µs of a slot, slots of the window, coverage]. The ring has one slot more than the window."""
    told = 0
    room = len(out) - 2
    width = shared[SLOT_US]
    ring = int(shared[SLOTS]) + 1
    window = shared[SLOTS] * width * 1e-6
    for k in range(start, len(channel)):
        if told > room:
            return k, told
        r = row[channel[k]]
        if r < 0:
            continue
        s = state[r]
        t = time[k]
        last = s[LAST]
        if t <= last:
            continue
        x = value[k]
        prev = s[PREV]
        s[LAST] = t
        s[PREV] = x
        now = math.floor(t / width)
        if last == NEVER:
            s[SLOT] = now
            continue
        if t - last <= s[GAP]:
            _notice(s, abs(x - prev))
            _walk(s, last, t, prev, x, width, ring)
        else:
            _skip(s, now, ring)
        if now != s[SLOT]:
            _turn(s, now, ring)
        left = 1.0 - (t - now * width) / width
        dose = s[DOSE] + s[NOW_DOSE] + s[OLD_DOSE] * left
        known = s[KNOWN] + s[NOW_KNOWN] + s[OLD_KNOWN] * left
        mean = dose / window
        if known >= shared[COVERAGE] * window:
            mean = dose / known
        if (s[RAISED] == 0.0 and mean > s[MEAN_LIMIT]) or (s[RAISED] != 0.0 and mean <= s[BACK]):
            s[RAISED] = 1.0 - s[RAISED]
            if s[RAISED] != 0.0:
                s[SINCE_AT] = t
            o = out[told]
            o[0], o[1], o[2], o[3], o[4], o[5] = k, r, 2.0 * s[RAISED] - 1.0, s[SINCE_AT], t, mean
            o[6], o[7], o[8], o[10] = s[MEAN_LIMIT], known, dose, s[NOISE]
            _spread(s, ring, o)
            told += 1
    return len(channel), told


class _Exposure(ArrayDetector):
    KERNEL = staticmethod(exposure_kernel)
    TIMES: ClassVar[Sequence[int]] = (LAST, SINCE_AT)
    OPEN: ClassVar[Mapping[int, int]] = {SINCE_AT: RAISED}
    LIMIT_KIND: ClassVar[LimitKind]
    NAMES: ClassVar[tuple[str, str]]
    WINDOW_S: ClassVar[float]
    SLOT_COUNT: ClassVar[int]
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "coverage": Field(0.75, 0.01, 1.0, "窗口内已知时间的最低份额", "share of the window that has to be known"),
        "gap_s": Field(None, 0.001, 86_400.0, "视为缺测的间隔（秒）", "seconds without a reading that count as a gap"),
        "hysteresis_share": Field(0.05, 0.0, 1.0, "解除须低于限值的份额", "share below the limit at which it clears"),
    }

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        limit = channel.limit(self.LIMIT_KIND)
        if limit is None:
            return None
        value, width = in_unit(limit, channel)
        line = [0.0] * (RING + 2 * (self.SLOT_COUNT + 1))
        gap = settings["gap_s"]
        line[LAST], line[PREV], line[SINCE_AT] = NEVER, NAN, NAN
        line[MEAN_LIMIT] = value
        line[BACK] = value - (width if width > 0 else settings["hysteresis_share"] * abs(value))
        line[GAP] = (max(5.0 * channel.every_s, 10.0) if math.isnan(gap) else gap) * 1e6
        return line

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        return [self.WINDOW_S * 1e6 / self.SLOT_COUNT, float(self.SLOT_COUNT), settings["coverage"]]

    def _configured(self) -> Sequence[int]:
        return (MEAN_LIMIT, BACK, GAP)

    def _restart(self, row: NDArray[np.float64], fresh: NDArray[np.float64], time_us: float) -> None:
        """Rows that had run ahead lose their window: what was known of it lies at times that never were."""
        if row[SLOT] * self._numbers[SLOT_US] > time_us:
            kept = row[[LAST, PREV, RAISED, SINCE_AT]]
            row[:] = fresh
            row[[LAST, PREV, RAISED, SINCE_AT]] = kept
            row[SLOT] = math.floor(time_us / self._numbers[SLOT_US])

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        limit = channel.limit(self.LIMIT_KIND)
        assert limit is not None
        raised = line[CODE] > 0
        known, dose, spread = min(line[A], self.WINDOW_S), line[B], line[C]
        missing = max(0.0, 1.0 - known / self.WINDOW_S)
        judged_known = known >= self.settings["coverage"] * self.WINDOW_S
        # Noise of the mean of the readings that are known; the unknown share as one more draw of a slot-like mean.
        readings = max(known / channel.every_s, line[E], 1.0)
        sd = math.hypot(missing * spread, line[D] * math.sqrt(math.pi) / 2.0 / math.sqrt(readings))
        estimate = line[VALUE] if judged_known or known <= 0 else dose / known
        excess = estimate - line[LIMIT] if raised else line[LIMIT] - line[VALUE]
        zh, en = self.NAMES
        value, at = amount(line[VALUE], channel.unit), amount(line[LIMIT], channel.unit)
        share = f"{known / self.WINDOW_S:.0%}"
        for_zh, for_en = lasted(line[SINCE], line[AT])
        if raised:
            floor_zh, floor_en = (
                ("", "") if judged_known else ("（缺测按零计，至少）", " at least (unknown time as none)")
            )
            reason_zh = f"{channel.key} {zh}{floor_zh} {value}，超过 {at}（{limit.source}），窗口内有数据 {share}"
            reason_en = f"{channel.key}: {en} is{floor_en} {value}, above {at} ({limit.source}); {share} known"
        else:
            reason_zh = f"{channel.key} {zh}回到 {value}，限值 {at}，历时 {for_zh}"
            reason_en = f"{channel.key}: {en} is back at {value}, limit {at}, after {for_en}"
        return Event.of(
            detector=self.name,
            channel=channel.key,
            kind=self.KIND,
            state=state_of(line[CODE]),
            since=int(line[SINCE]),
            at=int(line[AT]),
            value=line[VALUE],
            limit=line[LIMIT],
            unit=channel.unit,
            deviation=line[VALUE] - line[LIMIT],
            sureness=beyond(excess, sd),
            reason_zh=reason_zh,
            reason_en=reason_en,
            evidence={
                "source": limit.source,
                "window_s": self.WINDOW_S,
                "known_s": round(known, 3),
                "dose": finite(dose),
                "floor": dose / self.WINDOW_S,
                "spread_of_slots": spread,
            },
        )


class Stel(_Exposure):
    """Kind stel: the mean of the last 15 minutes against the channel's limit of kind stel (PC-STEL)."""

    KIND = "stel"
    LIMIT_KIND = "stel"
    NAMES = ("15 分钟时间加权平均", "15-minute time-weighted mean")
    WINDOW_S = 900.0
    SLOT_COUNT = 30


class Twa(_Exposure):
    """Kind twa: the mean of the last 8 hours against the channel's limit of kind twa (PC-TWA)."""

    KIND = "twa"
    LIMIT_KIND = "twa"
    NAMES = ("8 小时时间加权平均", "8-hour time-weighted mean")
    WINDOW_S = 28_800.0
    SLOT_COUNT = 48
