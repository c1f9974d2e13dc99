"""How far a reading lies from what this hour of the day usually is: median over days, spread by MAD.

A day is cut into `bins`. For each bin the means of its last DAYS days are kept; what is usual is their median, so that
one bad day, or an alarm that lasts, moves nothing. The spread is that of readings within the bin (median over days of
the mean absolute deviation) and that of the days about their median (MAD), together.

Sureness: the probability that the deviation is real, where a share `prior` of the time deviates by N(0, 10²) spreads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from yufang.sensing.detectors.base import AT, CODE, LAST, LIMIT, NEVER, SINCE, VALUE, A, ArrayDetector, B, C, D, inside
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.fields import Field
from yufang.sensing.detectors.sureness import real
from yufang.sensing.detectors.texts import amount, lasted, number, state_of

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel

DAYS = 5
# Columns: the visit to a bin under way (which, its sum, how many, sum of |x - mean|), then the alarm, then the bins.
VISIT, TOTAL, MEMBERS, ABS, RAISED, BEGIN, BACK_SINCE, LEAST = 1, 2, 3, 4, 5, 6, 7, 8
BINS = 9
# Within a bin: days kept, usual, spread, then DAYS means and DAYS mean absolute deviations.
KEPT, USUAL, SPREAD, MEANS = 0, 1, 2, 3
WIDE = MEANS + 2 * DAYS
# shared
COUNT, OFFSET, LEAST_READINGS, LEAST_DAYS, THRESHOLD, CLEAR, HOLD = 0, 1, 2, 3, 4, 5, 6
NAN = math.nan
_DAY = 86_400e6


@inside
def _of_day(s: Any, b: int, m: int, which: int) -> float:
    """Day m of bin b: its mean (0), its mean absolute deviation (1), or how far its mean lies from the usual (2)."""
    if which == 1:
        return float(s[b + MEANS + DAYS + m])
    if which == 2:
        return abs(float(s[b + MEANS + m] - s[b + USUAL]))
    return float(s[b + MEANS + m])


@inside
def _median(s: Any, b: int, which: int) -> float:
    """Median over the days that bin b has seen, by rank."""
    n = int(s[b + KEPT])
    low = 0.0
    high = 0.0
    for m in range(DAYS):
        if s[b + MEANS + m] != s[b + MEANS + m]:
            continue
        v = _of_day(s, b, m, which)
        below = 0
        for q in range(DAYS):
            if q == m or s[b + MEANS + q] != s[b + MEANS + q]:
                continue
            w = _of_day(s, b, q, which)
            if w < v or (w == v and q < m):
                below += 1
        if below == (n - 1) // 2:
            low = v
        if below == n // 2:
            high = v
    return 0.5 * (low + high)


@inside
def _keep_visit(s: Any, count: float) -> None:
    """Put the visit that ended among its bin's days, and take what is usual there anew."""
    b = BINS + WIDE * int(s[VISIT] % count)
    day = int(math.floor(s[VISIT] / count) % DAYS)
    s[b + MEANS + day] = s[TOTAL] / s[MEMBERS]
    s[b + MEANS + DAYS + day] = s[ABS] / s[MEMBERS]
    kept = 0.0
    for m in range(DAYS):
        if s[b + MEANS + m] == s[b + MEANS + m]:
            kept += 1.0
    s[b + KEPT] = kept
    s[b + USUAL] = _median(s, b, 0)
    within = 1.2533141373155 * _median(s, b, 1)
    between = 1.4826 * _median(s, b, 2)
    s[b + SPREAD] = max(math.sqrt(within**2 + between**2), s[LEAST])


@inside
def _judge(s: Any, t: float, size: float, shared: Any) -> float:
    """1 where it is raised now, -1 where it is cleared, else 0."""
    if size >= shared[THRESHOLD]:
        s[BACK_SINCE] = NAN
        if s[BEGIN] != s[BEGIN]:
            s[BEGIN] = t
        if s[RAISED] == 0.0 and t - s[BEGIN] >= shared[HOLD]:
            s[RAISED] = 1.0
            return 1.0
    elif s[RAISED] == 0.0:
        s[BEGIN] = NAN
    elif size <= shared[CLEAR] * shared[THRESHOLD]:
        if s[BACK_SINCE] != s[BACK_SINCE]:
            s[BACK_SINCE] = t
        if t - s[BACK_SINCE] >= shared[HOLD]:
            return -1.0
    else:
        s[BACK_SINCE] = NAN
    return 0.0


def seasonal_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: [bins, offset µs, least readings, least days, threshold, clearing share, hold µs]."""
    told = 0
    room = len(out) - 2
    width = _DAY / shared[COUNT]
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
        s[LAST] = t
        visit = float(math.floor((t + shared[OFFSET]) / width))
        if visit != s[VISIT]:
            if s[MEMBERS] >= shared[LEAST_READINGS]:
                _keep_visit(s, shared[COUNT])
            s[VISIT], s[TOTAL], s[MEMBERS], s[ABS] = visit, 0.0, 0.0, 0.0
        s[TOTAL] += x
        s[MEMBERS] += 1.0
        # Deviation from the visit's mean so far: one pass, and a slow change inside the hour hardly counts.
        s[ABS] += abs(x - s[TOTAL] / s[MEMBERS])
        b = BINS + WIDE * int(visit % shared[COUNT])
        if s[b + KEPT] < shared[LEAST_DAYS]:
            continue
        z = (x - s[b + USUAL]) / s[b + SPREAD]
        code = _judge(s, t, abs(z), shared)
        if code != 0.0:
            o = out[told]
            o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, code, s[BEGIN], t, x, shared[THRESHOLD]
            o[7], o[8], o[9], o[10] = z, s[b + USUAL], s[b + SPREAD], s[b + KEPT]
            told += 1
            if code < 0.0:
                s[RAISED] = 0.0
                s[BEGIN] = NAN
                s[BACK_SINCE] = NAN
    return len(channel), told


class Seasonal(ArrayDetector):
    """Kind seasonal: a reading far from the usual of its time of day, for `hold_s`."""

    KIND = "seasonal"
    KERNEL = staticmethod(seasonal_kernel)
    TIMES: ClassVar[Sequence[int]] = (LAST, BEGIN, BACK_SINCE)
    OPEN: ClassVar[Mapping[int, int]] = {BEGIN: RAISED}
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "bins": Field(24.0, 1.0, 288.0, "一天分成几段", "parts that a day is cut into"),
        "utc_offset_h": Field(8.0, -12.0, 14.0, "当地时间与 UTC 之差（小时）", "local time ahead of UTC, hours"),
        "min_readings": Field(20.0, 1.0, 1e6, "一段至少多少条读数才算数", "readings that a visit to a part needs"),
        "min_days": Field(3.0, 2.0, float(DAYS), "至少见过几天", "days seen before anything is judged"),
        "threshold": Field(6.0, 1.0, 1000.0, "判定界限（离散度倍数）", "spreads at which it is raised"),
        "clear_share": Field(0.5, 0.0, 1.0, "解除界限的份额", "share of the threshold at which it clears"),
        "hold_s": Field(0.0, 0.0, 86_400.0, "须持续的秒数", "seconds that it has to last, and to be back"),
        "least_spread": Field(None, 0.0, 1e12, "离散度下限（单位）", "smallest spread taken, in the unit"),
        "prior": Field(0.001, 1e-9, 0.5, "异常时间的先验份额", "share of the time that deviates"),
    }

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        bins = int(settings["bins"])
        line = [0.0] * BINS + ([0.0] * MEANS + [NAN] * (2 * DAYS)) * bins
        line[LAST], line[VISIT], line[BEGIN], line[BACK_SINCE] = NEVER, NAN, NAN, NAN
        least = settings["least_spread"]
        if math.isnan(least):
            ranged = channel.low is not None and channel.high is not None
            least = 1e-3 * (channel.high - channel.low) if ranged else 1e-9  # type: ignore[operator]
        line[LEAST] = max(least, 1e-12)
        return line

    def _configured(self) -> Sequence[int]:
        return (LEAST,)

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        return [
            float(int(settings["bins"])),
            settings["utc_offset_h"] * 3600e6,
            settings["min_readings"],
            settings["min_days"],
            settings["threshold"],
            settings["clear_share"],
            settings["hold_s"] * 1e6,
        ]

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        value, usual = amount(line[VALUE], channel.unit), amount(line[B], channel.unit)
        raised = line[CODE] > 0
        sureness = real(line[A], self.settings["prior"])
        for_zh, for_en = lasted(line[SINCE], line[AT])
        if raised:
            side_zh, side_en = ("高于", "above") if line[A] > 0 else ("低于", "below")
            far, limit = number(abs(line[A])), number(line[LIMIT])
            reason_zh = (
                f"{channel.key} 为 {value}，{side_zh}这一时段平时的 {usual}，偏离 {far} 倍离散度（界限 {limit}）"
            )
            reason_en = (
                f"{channel.key} is {value}, {side_en} the {usual} usual at this hour by {far} spreads (≥ {limit})"
            )
        else:
            reason_zh = f"{channel.key} 回到这一时段平时的 {usual} 附近，为 {value}，历时 {for_zh}"
            reason_en = f"{channel.key} is back near the {usual} usual at this hour, at {value}, after {for_en}"
        return Event.of(
            detector=self.name,
            channel=channel.key,
            kind=self.KIND,
            state=state_of(line[CODE]),
            since=int(line[SINCE]),
            at=int(line[AT]),
            value=line[VALUE],
            limit=None,
            unit=channel.unit,
            deviation=line[VALUE] - line[B],
            sureness=sureness if raised else 1.0 - sureness,
            reason_zh=reason_zh,
            reason_en=reason_en,
            evidence={"usual": line[B], "spread": line[C], "in_spreads": line[A], "days": int(line[D])},
        )
