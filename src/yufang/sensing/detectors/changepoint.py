"""When did the level change? Bayesian online changepoint detection with a bounded number of hypotheses.

Adams & MacKay, Bayesian Online Changepoint Detection (arXiv:0710.3742, 2007), on trimmed means of `block` readings,
Gaussian with a level that each change draws anew from N(first level, (`shift`·sd)²) and an sd known from the first
`learn` blocks. At most HYPOTHESES run lengths are kept; the least probable one gives way.

Sureness: the posterior probability that the level changed after the last change told, under that model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from yufang.sensing.detectors.base import AT, LAST, NEVER, SINCE, VALUE, A, ArrayDetector, B, C
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.fields import Field
from yufang.sensing.detectors.texts import amount

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel

HYPOTHESES = 20
TOTAL, MEMBERS, OPENED, N, MEAN, SD, M2, PREV, DIFF, USED, SETTLED, LEAST = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
LOWEST, HIGHEST = 13, 14
FIRST = 15  # from here: (probability, blocks, sum of z, when it began) of each hypothesis
# shared
BLOCK, LEARN, HAZARD, SHIFT2, SURE = 0, 1, 2, 3, 4
NAN = math.nan


def changepoint_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: [readings of a block, blocks to learn from, hazard, shift², sureness at which it is told]."""
    told = 0
    room = len(out) - 2
    hazard, shift2 = shared[HAZARD], shared[SHIFT2]
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
        if s[MEMBERS] == 0.0:
            s[OPENED] = t
            s[LOWEST] = value[k]
            s[HIGHEST] = value[k]
        s[TOTAL] += value[k]
        s[MEMBERS] += 1.0
        s[LOWEST] = min(s[LOWEST], value[k])
        s[HIGHEST] = max(s[HIGHEST], value[k])
        if s[MEMBERS] < shared[BLOCK]:
            continue
        x = s[TOTAL] / s[MEMBERS]
        if s[MEMBERS] >= 4.0:
            # Without its lowest and its highest reading: one spike is no change of level.
            x = (s[TOTAL] - s[LOWEST] - s[HIGHEST]) / (s[MEMBERS] - 2.0)
        s[TOTAL] = 0.0
        s[MEMBERS] = 0.0
        if s[N] < shared[LEARN]:
            n = s[N] + 1.0
            s[N] = n
            d = x - s[MEAN]
            s[MEAN] += d / n
            s[M2] += d * (x - s[MEAN])
            if n > 1.0:
                s[DIFF] += (abs(x - s[PREV]) - s[DIFF]) / (n - 1.0)
            s[PREV] = x
            if n >= shared[LEARN]:
                s[SD] = max(s[DIFF] * 0.886226925452758, s[LEAST])
                s[USED] = 1.0
                s[SETTLED] = s[OPENED]
                s[FIRST], s[FIRST + 1], s[FIRST + 2], s[FIRST + 3] = 1.0, n, 0.0, s[OPENED]
            continue
        z = (x - s[MEAN]) / s[SD]
        used = int(s[USED])
        # Probability of this block under each hypothesis; the level's posterior given n blocks with sum m is
        # N(m·shift²/(1 + n·shift²), shift²/(1 + n·shift²)). The largest exponent is taken out before exp.
        best = -1e300
        fresh = -0.5 * z * z / (1.0 + shift2)
        for h in range(used):
            b = FIRST + 4 * h
            g = 1.0 + s[b + 1] * shift2
            e = z - s[b + 2] * shift2 / g
            best = max(best, -0.5 * e * e / (1.0 + shift2 / g))
        best = max(best, fresh)
        total = 0.0
        least = 0
        for h in range(used):
            b = FIRST + 4 * h
            g = 1.0 + s[b + 1] * shift2
            e = z - s[b + 2] * shift2 / g
            v = 1.0 + shift2 / g
            s[b] *= (1.0 - hazard) * math.exp(-0.5 * e * e / v - best) / math.sqrt(v)
            s[b + 1] += 1.0
            s[b + 2] += z
            total += s[b]
            if s[b] < s[FIRST + 4 * least]:
                least = h
        born = hazard * math.exp(fresh - best) / math.sqrt(1.0 + shift2)
        if used < HYPOTHESES:
            place = used
            s[USED] = used + 1.0
        else:
            place = least
            total -= s[FIRST + 4 * least]
        # Rows stay in the order in which they began.
        for h in range(place, int(s[USED]) - 1):
            for c in range(4):
                s[FIRST + 4 * h + c] = s[FIRST + 4 * (h + 1) + c]
        b = FIRST + 4 * (int(s[USED]) - 1)
        s[b], s[b + 1], s[b + 2], s[b + 3] = born, 1.0, z, s[OPENED]
        total += born
        since = 0.0
        top = 0.0
        level = 0.0
        changed = 0.0
        for h in range(int(s[USED])):
            b = FIRST + 4 * h
            # None dies out for good: a level may come back after a reading that no hypothesis explains.
            s[b] = max(s[b] / total, 1e-30)
            if s[b + 3] > s[SETTLED]:
                changed += s[b]
                if s[b] > top and s[b + 1] >= 2.0:
                    top = s[b]
                    since = s[b + 3]
                    level = s[b + 2] / s[b + 1]
        if changed >= shared[SURE] and top > 0.0:
            o = out[told]
            o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, 1.0, since, t, s[MEAN] + s[SD] * level, NAN
            o[7], o[8], o[9] = changed, s[PREV], s[SD]
            told += 1
            s[SETTLED] = since
            s[PREV] = s[MEAN] + s[SD] * level
        elif top < 0.1:
            # The level that stands now, for the next event to say what it was before.
            b = FIRST
            for h in range(int(s[USED])):
                if s[FIRST + 4 * h] > s[b]:
                    b = FIRST + 4 * h
            s[PREV] = s[MEAN] + s[SD] * s[b + 2] / s[b + 1]
    return len(channel), told


class Changepoint(ArrayDetector):
    """Kind changepoint: the level is another one since `since`. Momentary: told once a change with the new one."""

    KIND = "changepoint"
    KERNEL = staticmethod(changepoint_kernel)
    TIMES: ClassVar[Sequence[int]] = (LAST, OPENED, SETTLED, *(FIRST + 4 * h + 3 for h in range(HYPOTHESES)))
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "block": Field(10.0, 1.0, 1e5, "合成一块的读数条数", "readings that are averaged into a block"),
        "learn": Field(20.0, 5.0, 1e5, "用来估计噪声的块数", "blocks that the noise is estimated from"),
        "expected_every": Field(1000.0, 10.0, 1e9, "预期多少块发生一次变化", "blocks between two changes"),
        "shift": Field(10.0, 1.0, 1000.0, "变化大小的先验（标准差）", "size of a change, in sd of a block"),
        "sure": Field(0.95, 0.5, 0.999999, "判定所需的把握", "sureness at which it is told"),
        "least_sd": Field(None, 0.0, 1e12, "标准差下限（单位）", "smallest sd of a block taken, in the unit"),
    }

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        line = [0.0] * (FIRST + 4 * HYPOTHESES)
        line[LAST], line[PREV] = NEVER, NAN
        least = settings["least_sd"]
        if math.isnan(least):
            ranged = channel.low is not None and channel.high is not None
            least = 1e-4 * (channel.high - channel.low) if ranged else 1e-9  # type: ignore[operator]
        line[LEAST] = max(least, 1e-12)
        return line

    def _configured(self) -> Sequence[int]:
        return (LEAST,)

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        return [
            float(int(settings["block"])),
            settings["learn"],
            1.0 / settings["expected_every"],
            settings["shift"] ** 2,
            settings["sure"],
        ]

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        now, before = amount(line[VALUE], channel.unit), amount(line[B], channel.unit)
        return Event.of(
            detector=self.name,
            channel=channel.key,
            kind=self.KIND,
            state="raised",
            since=int(line[SINCE]),
            at=int(line[AT]),
            value=line[VALUE],
            limit=None,
            unit=channel.unit,
            deviation=line[VALUE] - line[B],
            sureness=min(max(line[A], 0.0), 1.0),
            reason_zh=f"{channel.key} 的水平由 {before} 变为 {now}",
            reason_en=f"{channel.key} changed its level from {before} to {now}",
            momentary=True,
            evidence={"before": line[B], "after": line[VALUE], "block_sd": line[C]},
        )
