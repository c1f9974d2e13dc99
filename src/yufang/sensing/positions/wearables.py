"""What a body-worn sensor tells: a heart rate out of the person's own usual range, and a fall.

Both watch one channel at a time. No labelled falls were at hand to calibrate on: a fall's sureness is 0.5, which says
just that. The numbers are our reading, not a standard's; a works doctor sets them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from yufang.sensing.detectors.base import AT, CODE, LAST, LIMIT, NEVER, SINCE, VALUE, A, ArrayDetector, B, C
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.errors import DetectorError
from yufang.sensing.detectors.fields import Field
from yufang.sensing.detectors.sureness import UNKNOWN, real
from yufang.sensing.detectors.texts import amount, lasted, state_of

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel

NAN = math.nan
BASE, SPREAD, WORN, BACK = 1, 2, 3, 4  # columns of a heart row; then begun and raised of high, of low
_PRIOR = 0.01  # share of held deviations that are no artefact of the strap, beforehand
_STANDARD_GRAVITY = 9.80665  # m/s²
_PER_G = {"g0": 1.0, "standard_gravity": 1.0, "m/s^2": _STANDARD_GRAVITY, "m/s2": _STANDARD_GRAVITY}


def heart_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: high_floor, low_ceiling, spreads, known_s, memory_s, high_cap, low_cap, hold µs, release µs.

    The baseline is a mean and a mean absolute deviation that forget over memory_s; a beat counts as far off as three
    deviations at most, so that an episode moves it little.
    """
    told = 0
    for k in range(start, len(channel)):
        if told > len(out) - 3:
            return k, told
        r = row[channel[k]]
        if r < 0:
            continue
        s = state[r]
        t, x = time[k], value[k]
        if t <= s[0] or x <= 0.0 or x > 400.0:
            continue
        step = min((t - s[0]) / 1e6, 60.0) if s[0] > -1e300 else 1.0  # a gap teaches no more than a minute
        s[0] = t
        known = s[3] >= shared[3]
        sd = max(1.2533 * s[2], 3.0)  # of a Gaussian with this mean absolute deviation
        high = max(shared[0], s[1] + shared[2] * sd) if known else shared[5]
        low = min(shared[1], s[1] - shared[2] * sd) if known else shared[6]
        high, low = min(high, shared[5]), max(low, shared[6])
        for j in range(2):
            b = 5 + 3 * j
            limit = high if j == 0 else low
            over = x >= limit if j == 0 else x <= limit
            if over:
                s[b + 2] = NAN
                if s[b] != s[b]:
                    s[b] = t
                if s[b + 1] == 0.0 and t - s[b] >= shared[7]:
                    s[b + 1] = 1.0
                    o = out[told]
                    o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, j + 1.0, s[b], t, x, limit
                    o[7], o[8], o[9] = s[1], sd, s[3]
                    told += 1
            elif s[b + 1] == 0.0:
                s[b] = NAN
            else:
                if s[b + 2] != s[b + 2]:
                    s[b + 2] = t
                if t - s[b + 2] >= shared[8]:
                    o = out[told]
                    o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, -(j + 1.0), s[b], t, x, limit
                    o[7], o[8], o[9] = s[1], sd, s[3]
                    told += 1
                    s[b], s[b + 1], s[b + 2] = NAN, 0.0, NAN
        if s[3] == 0.0:
            s[1], s[2] = x, 5.0
        bound = 3.0 * max(1.2533 * s[2], 3.0)
        off = min(max(x - s[1], -bound), bound)
        s[3] += step
        rate = step / min(s[3], shared[4])
        s[1] += rate * off
        s[2] += rate * (abs(off) - s[2])
    return len(channel), told


class HeartRate(ArrayDetector):
    """Events heart_high and heart_low of channels of quantity `heart_rate` (beats a minute).

    High: at or above the larger of `high_floor` and the person's own mean + `spreads` standard deviations (never above
    `high_cap`), held for `hold_s`; low likewise below. Until the device was worn for `known_s` the caps alone hold.
    Sureness: the probability that a deviation of so many of the person's own standard deviations is real, where one
    held deviation in a hundred is; 0.5 while the baseline isn't known.
    """

    KIND = "heart_rate"
    KERNEL = staticmethod(heart_kernel)
    TIMES: ClassVar[Sequence[int]] = (LAST, 5, 7, 8, 10)
    OPEN: ClassVar[Mapping[int, int]] = {5: 6, 8: 9}
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "high_floor": Field(120.0, 60.0, 250.0, "低于此值不算过速", "no heart rate below it counts as high"),
        "low_ceiling": Field(50.0, 20.0, 90.0, "高于此值不算过缓", "no heart rate above it counts as low"),
        "spreads": Field(3.0, 1.0, 10.0, "偏离本人常态的标准差数", "standard deviations from the person's own mean"),
        "known_s": Field(900.0, 60.0, 864_000.0, "佩戴多久后才用本人基线", "seconds worn until the baseline is used"),
        "memory_s": Field(28_800.0, 600.0, 8_640_000.0, "基线的记忆时长", "seconds that the baseline remembers"),
        "high_cap": Field(180.0, 80.0, 300.0, "绝对上限", "always high from here"),
        "low_cap": Field(35.0, 10.0, 80.0, "绝对下限", "always low from here"),
        "hold_s": Field(60.0, 0.0, 3600.0, "须持续的秒数", "seconds that it has to last"),
        "release_s": Field(60.0, 0.0, 3600.0, "恢复须持续的秒数", "seconds that it has to be back"),
    }

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        names = list(self.FIELDS)
        return [settings[name] * (1e6 if name in ("hold_s", "release_s") else 1.0) for name in names]

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        if channel.quantity != "heart_rate":
            return None
        return [NEVER, 0.0, 0.0, 0.0, 0.0, NAN, 0.0, NAN, NAN, 0.0, NAN]

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        high, raised = abs(line[CODE]) == 1.0, line[CODE] > 0
        known = line[C] >= self.settings["known_s"]
        value, limit = amount(round(line[VALUE]), "次/分"), amount(round(line[LIMIT]), "次/分")
        own, for_ = round(line[A]), lasted(line[SINCE], line[AT])
        if raised:
            name = "心率过快" if high else "心率过缓"
            zh = f"{channel.device} {name}：{value}（界限 {limit}，本人常态 {own}），已持续 {for_[0]}"
            en = (
                f"heart rate of {channel.device} is {'high' if high else 'low'}: {line[VALUE]:.0f} a minute, beyond "
                f"{line[LIMIT]:.0f} (usually {own}), for {for_[1]}"
            )
        else:
            zh = f"{channel.device} 心率恢复：{value}，历时 {for_[0]}"
            en = f"heart rate of {channel.device} is back at {line[VALUE]:.0f} a minute, after {for_[1]}"
        z = (line[VALUE] - line[A]) / line[B]
        return Event.of(
            detector=self.name,
            channel=channel.key,
            kind="heart_high" if high else "heart_low",
            state=state_of(line[CODE]),
            since=int(line[SINCE]),
            at=int(line[AT]),
            value=line[VALUE],
            limit=line[LIMIT],
            unit=channel.unit,
            deviation=abs(line[VALUE] - line[A]),
            sureness=(real(z, _PRIOR) if raised else 1.0 - real(z, _PRIOR)) if known else UNKNOWN,
            reason_zh=zh,
            reason_en=en,
            evidence={"own_mean": line[A], "own_sd": line[B], "worn_s": line[C], "person_known": known},
        )


def fall_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: impact, still, settle, still and window in µs. Row: last, per g, activity, impact at, peak, still since,
    raised."""
    told = 0
    for k in range(start, len(channel)):
        if told > len(out) - 2:
            return k, told
        r = row[channel[k]]
        if r < 0:
            continue
        s = state[r]
        t = time[k]
        if t <= s[0]:
            continue
        x = abs(value[k]) / s[1]
        first = s[0] < -1e300
        step = 0.0 if first else (t - s[0]) / 1e6
        s[0] = t
        off = min(abs(x - 1.0), 4.0)
        s[2] += (1.0 - math.exp(-step)) * (off - s[2])  # mean over about a second
        if s[6] == 1.0:
            if s[2] > 2.0 * shared[1]:
                o = out[told]
                o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, -1.0, s[3], t, x, shared[0]
                o[7], o[8] = s[4], s[5]
                told += 1
                s[3], s[4], s[5], s[6] = NAN, 0.0, NAN, 0.0
            continue
        if x >= shared[0]:
            if s[3] != s[3] or t - s[3] > shared[2]:
                s[3], s[4] = t, x
            s[4] = max(s[4], x)
            s[5] = NAN
            continue
        if s[3] != s[3] or t - s[3] < shared[2]:
            continue
        if s[2] <= shared[1]:
            if s[5] != s[5]:
                s[5] = t
            if t - s[5] >= shared[3]:
                s[6] = 1.0
                o = out[told]
                o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, 1.0, s[3], t, s[4], shared[0]
                o[7], o[8] = s[4], s[5]
                told += 1
        else:
            s[5] = NAN
            if t - s[3] > shared[4]:
                s[3], s[4] = NAN, 0.0
    return len(channel), told


class Fall(ArrayDetector):
    """Event `fall` of channels of quantity `acceleration` (magnitude; g0 or m/s^2).

    An impact of `impact_g`, then, after `settle_s`, stillness for `still_s` that begins within `window_s`. Cleared when
    the person moves again.

    Sureness: 0.5; see the module.
    """

    KIND = "fall"
    KERNEL = staticmethod(fall_kernel)
    TIMES: ClassVar[Sequence[int]] = (LAST, 3, 5)
    OPEN: ClassVar[Mapping[int, int]] = {3: 6}
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "impact_g": Field(2.5, 1.2, 16.0, "冲击阈值(g)", "impact, in g"),
        "still_g": Field(0.15, 0.01, 1.0, "静止时偏离1g的幅度", "how far from 1 g stillness may be"),
        "settle_s": Field(2.0, 0.0, 60.0, "冲击后的缓冲秒数", "seconds after the impact that don't count"),
        "still_s": Field(10.0, 1.0, 600.0, "须静止的秒数", "seconds of stillness"),
        "window_s": Field(20.0, 1.0, 600.0, "冲击后多久内须静止", "stillness has to begin within"),
    }

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        return [v * (1e6 if name.endswith("_s") else 1.0) for name, v in settings.items()]

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        if channel.quantity != "acceleration":
            return None
        if channel.unit not in _PER_G:
            rule = " / ".join(_PER_G)
            raise DetectorError(
                "bad_value", detector=self.name, field=f"{channel.key}.unit", value=channel.unit, rule=rule
            )
        return [NEVER, _PER_G[channel.unit], 0.0, NAN, 0.0, NAN, 0.0]

    def _configured(self) -> Sequence[int]:
        return (1,)

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        raised = line[CODE] > 0
        still = lasted(line[B], line[AT])
        if raised:
            zh = f"{channel.device} 疑似跌倒：冲击 {line[A]:.1f} g，其后静止 {still[0]}"
            en = f"{channel.device} may have fallen: an impact of {line[A]:.1f} g, then still for {still[1]}"
        else:
            zh, en = f"{channel.device} 又有活动", f"{channel.device} moves again"
        return Event.of(
            detector=self.name,
            channel=channel.key,
            kind="fall",
            state=state_of(line[CODE]),
            since=int(line[SINCE]),
            at=int(line[AT]),
            value=line[VALUE],
            limit=line[LIMIT],
            unit="g0",
            deviation=None,
            sureness=UNKNOWN,
            reason_zh=zh,
            reason_en=en,
            evidence={"impact_g": line[A], "still_s": (line[AT] - line[B]) / 1e6},
        )
