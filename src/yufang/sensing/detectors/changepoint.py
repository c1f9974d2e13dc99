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

from yufang.sensing.detectors.base import AT, LAST, NEVER, SINCE, VALUE, A, ArrayDetector, B, C, inside
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.fields import Field
from yufang.sensing.detectors.texts import amount

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel

HYPOTHESES = 20
TOTAL, MEMBERS, OPENED, N, MEAN, SD, LEVEL, PREV, DIFF, USED, SETTLED, LEAST = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
LOWEST, HIGHEST = 13, 14
FIRST = 15  # from here: (probability, blocks, sum of z, when it began) of each hypothesis
# shared
BLOCK, LEARN, HAZARD, SHIFT2, SURE = 0, 1, 2, 3, 4
NAN = math.nan


@inside
def _block_ended(s: Any, t: float, x: float, size: float) -> bool:
    """Take a reading into the block; True where that filled it: its trimmed mean stands in LEVEL."""
    if s[MEMBERS] == 0.0:
        s[OPENED], s[LOWEST], s[HIGHEST] = t, x, x
    s[TOTAL] += x
    s[MEMBERS] += 1.0
    s[LOWEST] = min(s[LOWEST], x)
    s[HIGHEST] = max(s[HIGHEST], x)
    if s[MEMBERS] < size:
        return False
    s[LEVEL] = s[TOTAL] / s[MEMBERS]
    if s[MEMBERS] >= 4.0:
        # Without its lowest and its highest reading: one spike is no change of level.
        s[LEVEL] = (s[TOTAL] - s[LOWEST] - s[HIGHEST]) / (s[MEMBERS] - 2.0)
    s[TOTAL] = 0.0
    s[MEMBERS] = 0.0
    return True


@inside
def _learn(s: Any, x: float, learn: float) -> None:
    """One of the first blocks: mean, and sd from successive differences; the last of them opens the first run."""
    n = s[N] + 1.0
    s[N] = n
    s[MEAN] += (x - s[MEAN]) / n
    if n > 1.0:
        s[DIFF] += (abs(x - s[PREV]) - s[DIFF]) / (n - 1.0)
    s[PREV] = x
    if n >= learn:
        s[SD] = max(s[DIFF] * 0.886226925452758, s[LEAST])
        s[USED] = 1.0
        s[SETTLED] = s[OPENED]
        s[FIRST], s[FIRST + 1], s[FIRST + 2], s[FIRST + 3] = 1.0, n, 0.0, s[OPENED]


@inside
def _fit(s: Any, b: int, z: float, shift2: float) -> float:
    """Exponent of the probability of z under the hypothesis at b.

    The level's posterior given n blocks with sum m is N(m·shift²/(1 + n·shift²), shift²/(1 + n·shift²)).
    """
    g = 1.0 + s[b + 1] * shift2
    e = z - s[b + 2] * shift2 / g
    return float(-0.5 * e * e / (1.0 + shift2 / g))


@inside
def _weigh(s: Any, z: float, hazard: float, shift2: float) -> None:
    """A block of `z` sd: each hypothesis by how well it foretold it, and a new one that begins here."""
    used = int(s[USED])
    fresh = -0.5 * z * z / (1.0 + shift2)
    best = fresh  # the largest exponent is taken out before exp
    for h in range(used):
        best = max(best, _fit(s, FIRST + 4 * h, z, shift2))
    total = 0.0
    least = 0
    for h in range(used):
        b = FIRST + 4 * h
        fit = _fit(s, b, z, shift2)
        s[b] *= (1.0 - hazard) * math.exp(fit - best) / math.sqrt(1.0 + shift2 / (1.0 + s[b + 1] * shift2))
        s[b + 1] += 1.0
        s[b + 2] += z
        total += s[b]
        if s[b] < s[FIRST + 4 * least]:
            least = h
    place = used
    if used < HYPOTHESES:
        used += 1
        s[USED] = float(used)
    else:
        place = least
        total -= s[FIRST + 4 * least]
    for h in range(place, used - 1):  # rows stay in the order in which they began
        for c in range(4):
            s[FIRST + 4 * h + c] = s[FIRST + 4 * (h + 1) + c]
    born = hazard * math.exp(fresh - best) / math.sqrt(1.0 + shift2)
    b = FIRST + 4 * (used - 1)
    s[b], s[b + 1], s[b + 2], s[b + 3] = born, 1.0, z, s[OPENED]
    total += born
    for h in range(used):
        # None dies out for good: a level may come back after a reading that no hypothesis explains.
        s[FIRST + 4 * h] = max(s[FIRST + 4 * h] / total, 1e-30)


@inside
def _changed(s: Any, sure: float, o: Any) -> bool:
    """Whether a change after the one last told is sure by now; fills `o` from SINCE on."""
    probability = 0.0
    top = 0.0
    stands = FIRST
    newest = FIRST
    for h in range(int(s[USED])):
        b = FIRST + 4 * h
        if s[b] > s[stands]:
            stands = b
        if s[b + 3] > s[SETTLED]:
            probability += s[b]
            if s[b] > top and s[b + 1] >= 2.0:
                top = s[b]
                newest = b
    if probability < sure or top == 0.0:
        if top < 0.1:  # the level that stands now, for the next event to say what it was before
            s[PREV] = s[MEAN] + s[SD] * s[stands + 2] / s[stands + 1]
        return False
    level = s[MEAN] + s[SD] * (s[newest + 2] / s[newest + 1])
    o[3], o[4], o[5], o[6], o[7], o[8], o[9] = s[newest + 3], s[LAST], level, NAN, probability, s[PREV], s[SD]
    s[SETTLED] = s[newest + 3]
    s[PREV] = level
    return True


def changepoint_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: [readings of a block, blocks to learn from, hazard, shift², sureness at which it is told]."""
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
        if not _block_ended(s, t, value[k], shared[BLOCK]):
            continue
        if s[N] < shared[LEARN]:
            _learn(s, s[LEVEL], shared[LEARN])
            continue
        _weigh(s, (s[LEVEL] - s[MEAN]) / s[SD], shared[HAZARD], shared[SHIFT2])
        o = out[told]
        if _changed(s, shared[SURE], o):
            o[0], o[1], o[2] = k, r, 1.0
            told += 1
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
