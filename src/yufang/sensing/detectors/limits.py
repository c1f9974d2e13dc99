"""Limits with hysteresis and hold: the plainest detector, and the one that a siren hangs on.

Sureness: the probability that the channel's true level lies beyond the limit, if the level has stood still since
`since`, the readings scatter about it by Gaussian noise, and every level is as likely beforehand. The noise is learned
from successive differences.
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
from yufang.sensing.detectors.errors import DetectorError
from yufang.sensing.detectors.fields import Field
from yufang.sensing.detectors.sureness import beyond, noise_sd
from yufang.sensing.detectors.texts import amount, lasted, state_of

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel, Limit, LimitKind

KINDS: tuple[LimitKind, ...] = ("high", "high_high", "low", "low_low")
_NAMES = {
    "high": ("高限", "high limit"),
    "high_high": ("高高限", "high-high limit"),
    "low": ("低限", "low limit"),
    "low_low": ("低低限", "low-low limit"),
}
# Columns of a row: 8 for the channel (one line of the processor's cache), then 9 for each of KINDS.
PREV, NOISE, COUNT, ACTIVE, NEAR_HIGH, NEAR_LOW = 1, 2, 3, 4, 5, 6
FIRST, STRIDE = 8, 9
AT_VALUE, BACK, HOLD, BEGIN, RAISED, SUM, HELD, PEAK, BACK_SINCE = range(9)
NAN = math.nan


@inside
def _notice(s: Any, t: float, x: float) -> None:
    """Take a reading into the channel's noise. A jump is none: once known, a difference counts six times it at most."""
    if s[LAST] != NEVER:
        d = abs(x - s[PREV])
        n = s[COUNT] + 1.0
        if n > 8.0 and s[NOISE] > 0.0 and d > 6.0 * s[NOISE]:
            d = 6.0 * s[NOISE]
        s[NOISE] += (d - s[NOISE]) / min(n, 64.0)
        s[COUNT] = n
    s[LAST] = t
    s[PREV] = x


@inside
def _tell(o: Any, s: Any, b: int, k: int, r: int, code: float, t: float, x: float) -> None:
    o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, code, s[b + BEGIN], t, x, s[b + AT_VALUE]
    o[7], o[8] = x, 1.0
    if code > 0.0:
        o[7], o[8] = s[b + SUM] / s[b + HELD], s[b + HELD]
    o[9], o[10], o[11] = s[NOISE], s[COUNT], s[b + PEAK]


@inside
def _judge(s: Any, j: int, t: float, x: float, clear_hold: float) -> float:
    """Move limit j on; 1 where it is raised now, -1 where it is cleared, else 0."""
    b = FIRST + STRIDE * j
    side = 1.0 if j < 2 else -1.0
    if (x - s[b + AT_VALUE]) * side >= 0.0:
        s[b + BACK_SINCE] = NAN
        if s[b + BEGIN] != s[b + BEGIN]:
            s[b + BEGIN] = t
            s[b + SUM] = 0.0
            s[b + HELD] = 0.0
            s[b + PEAK] = x
        if (x - s[b + PEAK]) * side > 0.0:
            s[b + PEAK] = x
        if s[b + RAISED] == 0.0:
            s[b + SUM] += x
            s[b + HELD] += 1.0
            if t - s[b + BEGIN] >= s[b + HOLD]:
                s[b + RAISED] = 1.0
                return 1.0
    elif s[b + RAISED] == 0.0:
        s[b + BEGIN] = NAN
    elif (x - s[b + BACK]) * side <= 0.0:
        if s[b + BACK_SINCE] != s[b + BACK_SINCE]:
            s[b + BACK_SINCE] = t
        if t - s[b + BACK_SINCE] >= clear_hold:
            return -1.0
    else:
        s[b + BACK_SINCE] = NAN
    return 0.0


def limits_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """Judge each reading against up to four limits. shared: [clear_hold in µs]."""
    told = 0
    room = len(out) - 4
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
        x = value[k]
        _notice(s, t, x)
        if s[ACTIVE] == 0.0 and x < s[NEAR_HIGH] and x > s[NEAR_LOW]:
            continue
        active = 0.0
        for j in range(4):
            b = FIRST + STRIDE * j
            if s[b + AT_VALUE] != s[b + AT_VALUE]:
                continue
            code = _judge(s, j, t, x, shared[0])
            if code != 0.0:
                _tell(out[told], s, b, k, r, code * (j + 1.0), t, x)
                told += 1
                if code < 0.0:
                    s[b + RAISED] = 0.0
                    s[b + BEGIN] = NAN
                    s[b + BACK_SINCE] = NAN
            if s[b + BEGIN] == s[b + BEGIN]:
                active = 1.0
        s[ACTIVE] = active
    return len(channel), told


class Limits(ArrayDetector):
    """Events of kind high, high_high, low, low_low for the channel's own limits of those kinds.

    Raised when the value has stood at or beyond the limit for the limit's `hold_s`; cleared when it has been back by
    its `hysteresis` for `clear_hold_s`. Readings that stay beyond across a gap count as one stretch.
    """

    KIND = "limits"
    KERNEL = staticmethod(limits_kernel)
    TIMES: ClassVar[Sequence[int]] = (
        LAST,
        *(FIRST + STRIDE * j + c for j in range(4) for c in (3, 8)),
    )  # BEGIN, BACK_SINCE
    OPEN: ClassVar[Mapping[int, int]] = {FIRST + STRIDE * j + 3: FIRST + STRIDE * j + 4 for j in range(4)}
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "clear_hold_s": Field(0.0, 0.0, 86_400.0, "恢复须持续的秒数", "seconds that the value has to be back"),
    }

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        return [settings["clear_hold_s"] * 1e6]

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        found = [channel.limit(kind) for kind in KINDS]
        if not any(found):
            return None
        line = [NEVER, NAN, 0.0, 0.0, 0.0, math.inf, -math.inf, 0.0]
        for j, limit in enumerate(found):
            if limit is None:
                line += [NAN, NAN, 0.0, NAN, 0.0, 0.0, 0.0, NAN, NAN]
                continue
            at, width = in_unit(limit, channel)
            side = 1.0 if j < 2 else -1.0
            line += [at, at - side * width, limit.hold_s * 1e6, NAN, 0.0, 0.0, 0.0, NAN, NAN]
            if side > 0:
                line[NEAR_HIGH] = min(line[NEAR_HIGH], at)
            else:
                line[NEAR_LOW] = max(line[NEAR_LOW], at)
        return line

    def _configured(self) -> Sequence[int]:
        per_limit = [FIRST + STRIDE * j + c for j in range(4) for c in (AT_VALUE, BACK, HOLD)]
        return [NEAR_HIGH, NEAR_LOW, *per_limit]

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        kind = KINDS[int(abs(line[CODE])) - 1]
        limit = channel.limit(kind)
        assert limit is not None
        raised = line[CODE] > 0
        side = 1.0 if kind.startswith("high") else -1.0
        sd = noise_sd(line[C], line[D])
        excess = (line[A] - line[LIMIT]) * side
        if not raised:
            excess = -excess
        zh, en = _NAMES[kind]
        value, at = amount(line[VALUE], channel.unit), amount(line[LIMIT], channel.unit)
        for_zh, for_en = lasted(line[SINCE], line[AT])
        if raised:
            reason_zh = f"{channel.key} 为 {value}，越过{zh} {at}，已持续 {for_zh}（{limit.source}）"
            reason_en = f"{channel.key} is {value}, beyond its {en} of {at}, for {for_en} ({limit.source})"
        else:
            peak = amount(line[E], channel.unit)
            reason_zh = f"{channel.key} 回到 {value}，{zh} {at} 的报警解除，历时 {for_zh}，最值 {peak}"
            reason_en = f"{channel.key} is back at {value}: {en} of {at} cleared after {for_en}, extreme {peak}"
        return Event.of(
            detector=self.name,
            channel=channel.key,
            kind=kind,
            state=state_of(line[CODE]),
            since=int(line[SINCE]),
            at=int(line[AT]),
            value=line[VALUE],
            limit=line[LIMIT],
            unit=channel.unit,
            deviation=(line[VALUE] - line[LIMIT]) * side,
            sureness=beyond(excess, sd / math.sqrt(line[B])),
            reason_zh=reason_zh,
            reason_en=reason_en,
            evidence={
                "source": limit.source,
                "readings": int(line[B]),
                "mean": line[A],
                "extreme": line[E],
                "noise_sd": None if math.isnan(sd) else sd,
                "hold_s": limit.hold_s,
                "hysteresis": limit.hysteresis,
            },
        )


def in_unit(limit: Limit, channel: Channel) -> tuple[float, float]:
    """(value, hysteresis) of a limit in the channel's unit. Raises DetectorError, SensingError."""
    if not (math.isfinite(limit.value) and limit.hysteresis >= 0.0 and limit.hold_s >= 0.0):
        raise DetectorError(
            "bad_value", detector=channel.key, field=f"limits.{limit.kind}", value=limit.value, rule="finite, ≥ 0 s"
        )
    if limit.unit == channel.unit:
        return limit.value, limit.hysteresis
    from yufang.sensing.units import convert

    def to(value: float) -> float:
        return convert(value, limit.unit, channel.unit, quantity=channel.quantity, channel=channel.key)

    return to(limit.value), abs(to(limit.value) - to(limit.value - limit.hysteresis))
