"""CUSUM (Page, Biometrika 41, 1954) and EWMA (Roberts, Technometrics 1, 1959), in control as the first readings were.

Mean and sd are estimated from the first `learn` readings of a channel, the sd as the larger of the ordinary one and
the one from successive differences; a reading counts four sd at most, so that one spike raises nothing. Readings that
hang together (autocorrelation) make false alarms more frequent than the theory of either chart says: widen the limit,
or give the detector a channel of means.

Sureness of CUSUM: the posterior probability that the mean has moved, by Shiryaev's rule: each reading moves it by
2·`allowance` sd, up or down, with probability 1/`expected_every` (Shiryaev, Theory Probab. Appl. 8, 1963). Sureness of
EWMA: that the deviation is real, where a share `prior` of the time is out of control by N(0, 10²) standard errors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from yufang.sensing.detectors.base import AT, CODE, LAST, LIMIT, NEVER, SINCE, VALUE, A, ArrayDetector, B, C, D
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.fields import Field
from yufang.sensing.detectors.sureness import from_log_odds, real
from yufang.sensing.detectors.texts import amount, lasted, number, state_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from yufang.sensing.channels import Channel

# Columns that both charts share; while learning, MEAN and M2 are Welford's, DIFF the mean absolute difference.
N, MEAN, SD, PREV, M2, DIFF, LEAST_SD = 1, 2, 3, 4, 5, 6, 7
# CUSUM: (sum, since, Shiryaev's R, raised) upwards, then downwards.
UP, DOWN = 8, 12
# EWMA
SMOOTH, FADE, OUT_SINCE, RAISED = 8, 9, 10, 11
NAN = math.nan


def cusum_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: [learn, allowance, threshold, expected_every]."""
    told = 0
    room = len(out) - 4
    learn, allowance, threshold = shared[0], shared[1], shared[2]
    shift = 2.0 * allowance
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
        if s[N] < learn:
            n = s[N] + 1.0
            s[N] = n
            d = x - s[MEAN]
            s[MEAN] += d / n
            s[M2] += d * (x - s[MEAN])
            if n > 1.0:
                s[DIFF] += (abs(x - s[PREV]) - s[DIFF]) / (n - 1.0)
            s[PREV] = x
            if n >= learn:
                sd = max(math.sqrt(s[M2] / (n - 1.0)), s[DIFF] * 0.886226925452758, s[LEAST_SD])
                s[SD] = sd * math.sqrt(1.0 + 1.0 / n)
            continue
        z = (x - s[MEAN]) / s[SD]
        z = min(max(z, -4.0), 4.0)
        for side in range(2):
            b = UP + 4 * side
            y = z if side == 0 else -z
            if s[b] == 0.0:
                s[b + 1] = t
            s[b] = min(max(s[b] + y - allowance, 0.0), 2.0 * threshold)
            s[b + 2] = min((1.0 + s[b + 2]) * math.exp(shift * y - 0.5 * shift * shift), 1e15)
            code = 0.0
            if s[b + 3] == 0.0:
                if s[b] >= threshold:
                    s[b + 3] = 1.0
                    code = 1.0 + side
            elif s[b] == 0.0:
                code = -(1.0 + side)
            if code != 0.0:
                if code > 0.0:
                    s[b + 3] = s[b + 1]  # what is raised is known by when it began
                o = out[told]
                o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, code, s[b + 3], t, x, threshold
                o[7], o[8], o[9], o[10], o[11] = s[b], s[b + 2], s[MEAN], s[SD], z
                told += 1
                if code < 0.0:
                    s[b + 2] = 0.0
                    s[b + 3] = 0.0
    return len(channel), told


def ewma_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: [learn, weight, threshold, share at which it clears]."""
    told = 0
    room = len(out) - 2
    learn, weight, threshold, clear = shared[0], shared[1], shared[2], shared[3]
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
        if s[N] < learn:
            n = s[N] + 1.0
            s[N] = n
            d = x - s[MEAN]
            s[MEAN] += d / n
            s[M2] += d * (x - s[MEAN])
            if n > 1.0:
                s[DIFF] += (abs(x - s[PREV]) - s[DIFF]) / (n - 1.0)
            s[PREV] = x
            if n >= learn:
                s[SD] = max(math.sqrt(s[M2] / (n - 1.0)), s[DIFF] * 0.886226925452758, s[LEAST_SD])
            continue
        z = (x - s[MEAN]) / s[SD]
        z = min(max(z, -4.0), 4.0)
        s[SMOOTH] += weight * (z - s[SMOOTH])
        s[FADE] *= (1.0 - weight) * (1.0 - weight)
        se = math.sqrt(weight / (2.0 - weight) * (1.0 - s[FADE]) + 1.0 / learn)
        u = s[SMOOTH] / se
        size = abs(u)
        if size <= clear * threshold or u * s[OUT_SINCE] < 0.0:
            if s[RAISED] != 0.0:
                o = out[told]
                o[0], o[1], o[2], o[3], o[4], o[5] = k, r, -1.0, abs(s[OUT_SINCE]), t, x
                o[6], o[7], o[8], o[9], o[10], o[11] = threshold, u, s[MEAN], s[SD], se, s[SMOOTH]
                told += 1
                s[RAISED] = 0.0
            s[OUT_SINCE] = 0.0
        if size > clear * threshold and s[OUT_SINCE] == 0.0:
            s[OUT_SINCE] = t if u > 0.0 else -t
        if size >= threshold and s[RAISED] == 0.0:
            s[RAISED] = 1.0
            o = out[told]
            o[0], o[1], o[2], o[3], o[4], o[5] = k, r, 1.0, abs(s[OUT_SINCE]), t, x
            o[6], o[7], o[8], o[9], o[10], o[11] = threshold, u, s[MEAN], s[SD], se, s[SMOOTH]
            told += 1
    return len(channel), told


_LEARN = Field(200.0, 20.0, 1e6, "用来估计受控参数的读数条数", "readings that mean and sd are estimated from")
_LEAST = Field(None, 0.0, 1e12, "标准差下限（单位）", "smallest sd taken, in the unit")


class _Chart(ArrayDetector):
    WIDTH: ClassVar[int]

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        line = [0.0] * self.WIDTH
        line[LAST], line[PREV] = NEVER, NAN
        line[LEAST_SD] = settings["least_sd"]
        if math.isnan(line[LEAST_SD]):
            # A probe that stood still while we learned: a thousandth of its range is its resolution at best.
            known = channel.low is not None and channel.high is not None
            line[LEAST_SD] = 1e-3 * (channel.high - channel.low) if known else 1e-9  # type: ignore[operator]
        line[LEAST_SD] = max(line[LEAST_SD], 1e-12)
        return line

    def _configured(self) -> Sequence[int]:
        return (LEAST_SD,)

    def _told(
        self, channel: Channel, line: Sequence[float], mean: float, sd: float, sureness: float, why: tuple[str, str]
    ) -> Event:
        deviation = line[VALUE] - mean
        raised = line[CODE] > 0
        usual = amount(mean, channel.unit)
        for_zh, for_en = lasted(line[SINCE], line[AT])
        if raised:
            side_zh, side_en = ("高于", "above") if line[A] > 0 else ("低于", "below")
            now = amount(line[VALUE], channel.unit)
            reason_zh = f"{channel.key} 持续{side_zh}平时的 {usual} 已 {for_zh}，当前 {now}（{why[0]}）"
            reason_en = f"{channel.key} has been {side_en} its usual {usual} for {for_en}, now {now} ({why[1]})"
        else:
            reason_zh = f"{channel.key} 回到平时的 {usual} 附近，历时 {for_zh}"
            reason_en = f"{channel.key} is back near its usual {usual} after {for_en}"
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
            deviation=deviation,
            sureness=sureness if raised else 1.0 - sureness,
            reason_zh=reason_zh,
            reason_en=reason_en,
            evidence={"mean": mean, "sd": sd, "statistic": line[A], "threshold": line[LIMIT], "in_sd": deviation / sd},
        )


class Cusum(_Chart):
    """Kind cusum: a small shift of the mean that lasts. Raised above `threshold`, cleared when the sum is back at 0."""

    KIND = "cusum"
    KERNEL = staticmethod(cusum_kernel)
    WIDTH = 16
    TIMES: ClassVar[Sequence[int]] = (LAST, UP + 1, DOWN + 1)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "learn": _LEARN,
        "allowance": Field(0.5, 0.05, 2.0, "容差（标准差）", "half of the shift that matters, in sd"),
        "threshold": Field(10.0, 1.0, 1000.0, "判定界限（标准差）", "sum at which it is raised, in sd"),
        "expected_every": Field(10_000.0, 10.0, 1e9, "预期多少条读数发生一次变化", "readings between two real changes"),
        "least_sd": _LEAST,
    }

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        odds = max(line[B], 1e-300) / (2.0 * self.settings["expected_every"])
        side = 1.0 if abs(line[CODE]) == 1.0 else -1.0
        signed = [*line[:A], line[A] * side, *line[B:]]
        why = f"CUSUM {number(line[A])} ≥ {number(line[LIMIT])}"
        return self._told(channel, signed, line[C], line[D], from_log_odds(math.log(odds)), (why, why))


class Ewma(_Chart):
    """Kind ewma: the smoothed value leaves ± `threshold` standard errors; cleared within `clear_share` of that."""

    KIND = "ewma"
    KERNEL = staticmethod(ewma_kernel)
    WIDTH = 12
    TIMES: ClassVar[Sequence[int]] = (LAST,)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "learn": _LEARN,
        "weight": Field(0.1, 0.001, 1.0, "新读数的权重", "weight of a new reading"),
        "threshold": Field(5.0, 1.0, 100.0, "判定界限（标准误）", "standard errors at which it is raised"),
        "clear_share": Field(0.5, 0.0, 1.0, "解除界限的份额", "share of the threshold at which it clears"),
        "prior": Field(0.001, 1e-9, 0.5, "失控时间的先验份额", "share of the time that is out of control"),
        "least_sd": _LEAST,
    }

    def _restart(self, row: NDArray[np.float64], fresh: NDArray[np.float64], time_us: float) -> None:
        if row[RAISED] == 0.0:  # its sign says on which side
            row[OUT_SINCE] = math.copysign(min(abs(row[OUT_SINCE]), time_us), row[OUT_SINCE])

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        line = super()._row(channel, settings)
        assert line is not None
        line[FADE] = 1.0
        return line

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        return [settings[name] for name in ("learn", "weight", "threshold", "clear_share")]

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        why = f"EWMA {number(abs(line[A]))} ≥ {number(line[LIMIT])}"
        return self._told(channel, line, line[B], line[C], real(line[A], self.settings["prior"]), (why, why))
