"""Rate of rise over a minute, and drift over days: one line fitted to the recent past, older points counting less.

Each point's weight falls by e over half of `window_s`. Rate fits the readings, drift the means of blocks. Sureness: the
probability that the true slope lies beyond the limit, if the points scatter about a line by Gaussian noise and every
slope is as likely beforehand; the noise is learned from how far each point lay from the line before it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

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
from yufang.sensing.detectors.sureness import ENOUGH, UNKNOWN, beyond
from yufang.sensing.detectors.texts import amount, finite, lasted, state_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from yufang.sensing.channels import Channel

# Columns of a row. Sums are taken about the newest point, so that neither 10^15 µs nor a high level costs digits.
BLOCK, TOTAL, MEMBERS, BLOCK_AT, REF, FIRST, POINTS = 1, 2, 3, 4, 5, 6, 7
W, T, X, TT, TX, W2, T2, TT2, LEVEL, NOISE, ERRORS = 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
RAISED, BEGIN, SLOPE_LIMIT, BACK, TOP = 19, 20, 21, 22, 23
WIDTH = 24
# shared
BLOCK_US, TAU, HOLD, CERTAIN, BOTH, LEAST = 0, 1, 2, 3, 4, 5
NAN = math.nan


@inside
def _block_ended(s: Any, t: float, x: float, block_us: float) -> bool:
    """Take a reading into its block; True where that closed one: its middle stands in BLOCK_AT, its mean in TOP."""
    block = float(math.floor(t / block_us))
    if block == s[BLOCK]:
        s[TOTAL] += x
        s[MEMBERS] += 1.0
        return False
    ended = s[MEMBERS]
    s[TOP] = s[TOTAL] / max(ended, 1.0)
    s[BLOCK_AT] = (s[BLOCK] + 0.5) * block_us
    s[BLOCK] = block
    s[TOTAL] = x
    s[MEMBERS] = 1.0
    return bool(ended > 0.0)


@inside
def _add(s: Any, at: float, x: float, tau: float) -> None:
    """Move the origin of the sums to a new point, learn from how far it lies from the line so far, and add it."""
    dt = (at - s[REF]) * 1e-6
    if not dt < 5.0 * tau:
        # Nothing within reach, or the first point: start again. What is raised stays so until readings clear it.
        s[W], s[T], s[X], s[TT], s[TX], s[W2], s[T2], s[TT2] = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        s[POINTS] = 0.0
        s[FIRST] = at
        dt = 0.0
    else:
        g = math.exp(-dt / tau)
        dx = x - s[LEVEL]
        # T, X … become sums over t - dt and x - dx; TX first, it needs the old ones.
        s[TX] = g * (s[TX] - dt * s[X] - dx * s[T] + dt * dx * s[W])
        s[TT] = g * (s[TT] - 2.0 * dt * s[T] + dt * dt * s[W])
        s[X] = g * (s[X] - dx * s[W])
        s[T] = g * (s[T] - dt * s[W])
        s[W] = g * s[W]
        s[TT2] = g * g * (s[TT2] - 2.0 * dt * s[T2] + dt * dt * s[W2])
        s[T2] = g * g * (s[T2] - dt * s[W2])
        s[W2] = g * g * s[W2]
    if s[POINTS] >= 3.0:
        spread = s[TT] - s[T] * s[T] / s[W]
        if spread > 0.0:
            before = (s[TX] - s[T] * s[X] / s[W]) / spread
            error = abs(s[X] / s[W] - before * s[T] / s[W])
            n = s[ERRORS] + 1.0
            if n > 8.0 and s[NOISE] > 0.0 and error > 4.0 * s[NOISE]:
                error = 4.0 * s[NOISE]
            s[NOISE] += (error - s[NOISE]) / min(n, 64.0)
            s[ERRORS] = n
    s[W] += 1.0
    s[W2] += 1.0
    s[POINTS] += 1.0
    s[REF] = at
    s[LEVEL] = x


@inside
def _judge(s: Any, t: float, at: float, shared: Any, o: Any) -> float:
    """Fit the line; 1 where it is raised now, -1 where it is cleared, else 0. Fills `o` from SINCE on."""
    if s[POINTS] < shared[LEAST] or (at - s[FIRST]) * 1e-6 < shared[TAU]:
        return 0.0
    mid = s[T] / s[W]
    spread = s[TT] - s[T] * mid
    if not spread > 0.0:
        return 0.0
    slope = (s[TX] - mid * s[X]) / spread
    sd = s[NOISE] * 1.2533141373155  # √(π/2)
    se = sd * math.sqrt(max(s[TT2] - 2.0 * mid * s[T2] + mid * mid * s[W2], 0.0)) / spread
    size = slope
    if s[RAISED] < 0.0 or (s[RAISED] == 0.0 and shared[BOTH] > 0.0 and slope < 0.0):
        size = -slope
    code = 0.0
    if s[RAISED] == 0.0:
        if size >= s[SLOPE_LIMIT] and (s[ERRORS] < 8.0 or size >= shared[CERTAIN] * se):
            if s[BEGIN] != s[BEGIN]:
                s[BEGIN] = t
            if t - s[BEGIN] >= shared[HOLD]:
                s[RAISED] = 1.0 if slope > 0.0 else -1.0
                code = 1.0
        else:
            s[BEGIN] = NAN
    elif size < s[BACK]:
        code = -1.0
    if code != 0.0:
        o[3], o[4], o[5], o[6] = s[BEGIN], t, slope, s[SLOPE_LIMIT] * s[RAISED]
        o[7] = (size - s[SLOPE_LIMIT]) * code
        o[8], o[9], o[10], o[11] = se, s[ERRORS], s[LEVEL], (at - s[FIRST]) * 1e-6
    return code


def slope_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: [block µs (0: each reading), decay s, hold µs, standard errors, both directions, least points]."""
    told = 0
    room = len(out) - 2
    for k in range(start, len(channel)):
        if told > room:
            return k, told
        r = row[channel[k]]
        if r < 0:
            continue
        s = state[r]
        t = time[k]
        if t <= s[LAST]:
            continue
        s[LAST] = t
        at = t
        x = value[k]
        if shared[BLOCK_US] > 0.0:
            if not _block_ended(s, t, x, shared[BLOCK_US]):
                continue
            at = s[BLOCK_AT]
            x = s[TOP]
        _add(s, at, x, shared[TAU])
        o = out[told]
        code = _judge(s, t, at, shared, o)
        if code != 0.0:
            o[0], o[1], o[2] = k, r, code
            told += 1
            if code < 0.0:
                s[RAISED] = 0.0
                s[BEGIN] = NAN
    return len(channel), told


class _Slope(ArrayDetector):
    """A line through the recent past against a limit of its slope."""

    KERNEL = staticmethod(slope_kernel)
    TIMES: ClassVar[Sequence[int]] = (LAST, REF, FIRST, BEGIN)
    OPEN: ClassVar[Mapping[int, int]] = {BEGIN: RAISED}
    PER_S: ClassVar[float]  # seconds of the unit of time in which the slope is said
    PER: ClassVar[str]
    NAMES: ClassVar[tuple[str, str]]

    def _restart(self, row: NDArray[np.float64], fresh: NDArray[np.float64], time_us: float) -> None:
        """The line is drawn anew: its points lie at times that never were."""
        kept = row[[LAST, RAISED, BEGIN, NOISE, ERRORS]]
        row[:] = fresh
        row[[LAST, RAISED, BEGIN, NOISE, ERRORS]] = kept

    def _fresh_row(self, limit_per_s: float, settings: Mapping[str, float]) -> list[float]:
        line = [0.0] * WIDTH
        line[LAST], line[REF], line[BEGIN], line[BLOCK] = NEVER, NEVER, NAN, NAN
        line[SLOPE_LIMIT], line[BACK] = limit_per_s, limit_per_s * (1.0 - settings["hysteresis_share"])
        return line

    def _configured(self) -> Sequence[int]:
        return (SLOPE_LIMIT, BACK)

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        unit = f"{channel.unit}/{self.PER}"
        value, limit, raised = line[VALUE] * self.PER_S, line[LIMIT] * self.PER_S, line[CODE] > 0
        known = line[C] >= ENOUGH
        zh, en = self.NAMES
        for_zh, for_en = lasted(line[SINCE], line[AT])
        if raised:
            now = amount(line[D], channel.unit)
            reason_zh = f"{channel.key} {zh} {amount(value, unit)}，超过 {amount(limit, unit)}，当前 {now}"
            reason_en = f"{channel.key} {en} by {amount(value, unit)}, more than {amount(limit, unit)}; it is {now}"
        else:
            reason_zh = f"{channel.key} {zh}已降到 {amount(value, unit)}，限值 {amount(limit, unit)}，历时 {for_zh}"
            reason_en = f"{channel.key} {en} by {amount(value, unit)} only, limit {amount(limit, unit)}, after {for_en}"
        return Event.of(
            detector=self.name,
            channel=channel.key,
            kind=self.KIND,
            state=state_of(line[CODE]),
            since=int(line[SINCE]),
            at=int(line[AT]),
            value=value,
            limit=limit,
            unit=unit,
            deviation=(line[A] if raised else -line[A]) * self.PER_S,
            sureness=beyond(line[A], line[B]) if known else UNKNOWN,
            reason_zh=reason_zh,
            reason_en=reason_en,
            evidence={
                "reading": line[D],
                "standard_error": finite(line[B] * self.PER_S) if known else None,
                "over_s": round(line[E], 3),
                "source": self._source(channel),
            },
        )

    def _source(self, channel: Channel) -> str:
        return ""


class Rate(_Slope):
    """Kind rate: the value rises faster than the channel's limit of kind rate (unit per minute), or `limit_per_min`.

    The rise has to exceed the limit for `hold_s` and zero by `certain` standard errors; it clears when it has fallen
    by `hysteresis_share` of the limit.
    """

    KIND = "rate"
    PER_S, PER, NAMES = 60.0, "min", ("上升速率", "rises")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "window_s": Field(60.0, 1.0, 3600.0, "拟合窗口（秒）", "seconds that the line is fitted over"),
        "hold_s": Field(0.0, 0.0, 3600.0, "须持续的秒数", "seconds that the rise has to last"),
        "certain": Field(3.0, 0.0, 20.0, "须超过零的标准误倍数", "standard errors by which the rise exceeds zero"),
        "hysteresis_share": Field(0.2, 0.0, 1.0, "解除须低于限值的份额", "share below the limit at which it clears"),
        "limit_per_min": Field(None, 0.0, 1e12, "限值（单位每分钟）", "limit, in the unit per minute"),
    }

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        limit, own = settings["limit_per_min"], channel.limit("rate")
        if own is not None:
            limit = in_unit(own, channel)[0]
        return None if math.isnan(limit) else self._fresh_row(limit / 60.0, settings)

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        return [0.0, settings["window_s"] / 2.0, settings["hold_s"] * 1e6, settings["certain"], 0.0, 5.0]

    def _source(self, channel: Channel) -> str:
        own = channel.limit("rate")
        return own.source if own is not None else "limit_per_min"


class Drift(_Slope):
    """Kind drift: the level moves steadily, up or down, by more than `limit_per_day` (or `share_per_day` of the range).

    A line through means of `block_s` over days: a probe whose zero wanders, a filter that clogs. Channels without a
    range are watched only where `limit_per_day` is given.
    """

    KIND = "drift"
    PER_S, PER, NAMES = 86_400.0, "d", ("每日漂移", "drifts")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "block_s": Field(600.0, 1.0, 86_400.0, "取均值的分块（秒）", "seconds that are averaged into a point"),
        "window_s": Field(172_800.0, 60.0, 31_536_000.0, "拟合窗口（秒）", "seconds that the line is fitted over"),
        "certain": Field(6.0, 0.0, 50.0, "须超过零的标准误倍数", "standard errors by which the slope exceeds zero"),
        "hysteresis_share": Field(0.5, 0.0, 1.0, "解除须低于限值的份额", "share below the limit at which it clears"),
        "limit_per_day": Field(None, 0.0, 1e12, "限值（单位每日）", "limit, in the unit per day"),
        "share_per_day": Field(0.02, 0.0, 1.0, "量程的份额每日", "limit as a share of the range, per day"),
    }

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        limit = settings["limit_per_day"]
        if math.isnan(limit) and channel.low is not None and channel.high is not None:
            limit = settings["share_per_day"] * (channel.high - channel.low)
        return None if math.isnan(limit) else self._fresh_row(limit / 86_400.0, settings)

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        return [settings["block_s"] * 1e6, settings["window_s"] / 2.0, 0.0, settings["certain"], 1.0, 12.0]

    def _source(self, channel: Channel) -> str:
        return "limit_per_day" if not math.isnan(self.settings["limit_per_day"]) else "share_per_day"
