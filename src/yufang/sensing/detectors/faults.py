"""What the probe itself does wrong: a value that stands still, and a reading that its neighbours don't share.

Sureness of stuck: the posterior probability that the run of equal readings comes from a stuck probe, if one gets stuck
at each reading with probability 1/`expected_every`, and a healthy one repeats a value as often as this channel did in
the runs that ended. Sureness of spike: that the reading is none of the channel's Gaussian noise, where a share `prior`
of readings are spikes of N(0, 30²) sd.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from yufang.sensing.detectors.base import AT, CODE, LAST, NEVER, SINCE, VALUE, A, ArrayDetector, B, C, D
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.fields import Field
from yufang.sensing.detectors.sureness import from_log_odds, real
from yufang.sensing.detectors.texts import amount, lasted, number, state_of

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel

NAN = math.nan
# Stuck: the value that stands, since when, how many further readings equal it; equal and all pairs of ended runs.
HELD, HELD_SINCE, RUN, EQUAL, PAIRS, RAISED = 1, 2, 3, 4, 5, 6
# Spike: the last two readings, noise, how many differences it rests on.
ONE, TWO, ONE_AT, NOISE, COUNT, JUDGED = 1, 2, 3, 4, 5, 6
SPIKE_SPREAD = 30.0


def stuck_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """shared: [tolerance, hold in µs, log of the posterior odds, log of the prior odds]."""
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
        x = value[k]
        first = s[LAST] == NEVER
        s[LAST] = t
        if not first and abs(x - s[HELD]) <= shared[0]:
            s[RUN] += 1.0
            if s[RAISED] == 0.0 and t - s[HELD_SINCE] >= shared[1]:
                # A healthy channel repeats a value with this probability (Laplace's rule).
                q = (s[EQUAL] + 1.0) / (s[PAIRS] + 2.0)
                # It may have got stuck at any reading of the run: the sum of q^-m over m = 1 … RUN.
                log_run = s[RUN] * math.log(q)
                odds = shared[3] - log_run + math.log((1.0 - math.exp(log_run)) / (1.0 - q))
                if s[PAIRS] >= 8.0 and odds >= shared[2]:
                    s[RAISED] = s[RUN]
                    o = out[told]
                    o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, 1.0, s[HELD_SINCE], t, x, NAN
                    o[7], o[8], o[9], o[10] = odds, s[RUN], q, s[PAIRS]
                    told += 1
            continue
        if s[RAISED] != 0.0:
            o = out[told]
            o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, -1.0, s[HELD_SINCE], t, x, NAN
            o[7], o[8], o[9], o[10] = 700.0, s[RUN], 0.0, s[PAIRS]
            told += 1
            # Of a run that was called stuck only what led to it counts: it may have been healthy so far.
            s[RUN] = s[RAISED]
            s[RAISED] = 0.0
        if not first:
            # Old runs fade, so that a channel that changes its ways is believed.
            if s[PAIRS] > 4096.0:
                s[EQUAL] *= 0.5
                s[PAIRS] *= 0.5
            s[EQUAL] += s[RUN]
            s[PAIRS] += s[RUN] + 1.0
        s[HELD] = x
        s[HELD_SINCE] = t
        s[RUN] = 0.0
    return len(channel), told


def spike_kernel(
    start: int, row: Any, channel: Any, time: Any, value: Any, state: Any, shared: Any, out: Any
) -> tuple[int, int]:
    """Judge a reading when the next one has come. shared: [threshold in sd, prior]."""
    told = 0
    room = len(out) - 2
    threshold = shared[0]
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
        first = s[LAST] == NEVER
        s[LAST] = t
        if first:
            s[ONE], s[ONE_AT] = x, t
            continue
        d = abs(x - s[ONE])
        n = s[COUNT] + 1.0
        known = s[NOISE]
        if n > 8.0 and known > 0.0 and d > 6.0 * known:
            d = 6.0 * known
        s[NOISE] += (d - known) / min(n, 64.0)
        s[COUNT] = n
        if s[JUDGED] > 0.0 and n > 32.0:
            # Noise as it was before the doubtful reading had a say: `known` holds half of it, clipped.
            sd = max(known * 0.886226925452758, shared[1])
            between = 0.5 * (s[TWO] + x)
            z = (s[ONE] - between) / (sd * 1.224744871391589)
            apart = abs(x - s[TWO]) / (sd * 1.414213562373095)
            if abs(z) >= threshold and apart < 0.5 * threshold:
                o = out[told]
                o[0], o[1], o[2], o[3], o[4], o[5], o[6] = k, r, 1.0, s[ONE_AT], t, s[ONE], NAN
                o[7], o[8], o[9], o[10] = z, between, sd, n
                told += 1
                # The one after a spike has no honest neighbour before it.
                s[TWO], s[ONE], s[ONE_AT] = s[TWO], x, t
                continue
        s[TWO], s[ONE], s[ONE_AT] = s[ONE], x, t
        s[JUDGED] = 1.0
    return len(channel), told


class Stuck(ArrayDetector):
    """Kind stuck: the value has not moved for longer than this channel's own habit explains.

    A channel that often repeats its value (a coarse resolution, a gas at zero) needs a longer run, or is never called
    stuck. Nothing is said before eight changes or repeats were seen. Cleared by the first other value.
    """

    KIND = "stuck"
    KERNEL = staticmethod(stuck_kernel)
    TIMES: ClassVar[Sequence[int]] = (LAST, HELD_SINCE)
    OPEN: ClassVar[Mapping[int, int]] = {HELD_SINCE: RAISED}
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "tolerance": Field(0.0, 0.0, 1e12, "视为不变的差（单位）", "difference that counts as none, in the unit"),
        "hold_s": Field(30.0, 0.0, 2_592_000.0, "须持续的秒数", "seconds that the value has to stand still"),
        "sure": Field(0.99, 0.5, 0.999999, "判定所需的把握", "sureness at which it is raised"),
        "expected_every": Field(1e6, 10.0, 1e12, "预期多少条读数卡死一次", "readings between two faults"),
    }

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        return [NEVER, NAN, NAN, 0.0, 0.0, 0.0, 0.0, 0.0]

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        sure, prior = settings["sure"], 1.0 / settings["expected_every"]
        return [
            settings["tolerance"],
            settings["hold_s"] * 1e6,
            math.log(sure / (1.0 - sure)),
            math.log(prior / (1.0 - prior)),
        ]

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        value = amount(line[VALUE], channel.unit)
        for_zh, for_en = lasted(line[SINCE], line[AT])
        if line[CODE] > 0:
            reason_zh = f"{channel.key} 停在 {value} 已 {for_zh}（{int(line[B]) + 1} 条相同读数），疑似探头卡死"
            reason_en = f"{channel.key} has stood at {value} for {for_en} ({int(line[B]) + 1} equal readings): stuck?"
            deviation = 0.0
        else:
            reason_zh = f"{channel.key} 的读数又变动了，为 {value}，静止了 {for_zh}"
            reason_en = f"{channel.key} moves again, at {value}, after {for_en}"
            deviation = None
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
            sureness=from_log_odds(line[A]),
            reason_zh=reason_zh,
            reason_en=reason_en,
            evidence={"equal_readings": int(line[B]) + 1, "repeat_share": line[C], "pairs_seen": line[D]},
        )


class Spike(ArrayDetector):
    """Kind spike: one reading far from both neighbours, which agree. Told when the next reading has come; momentary."""

    KIND = "spike"
    KERNEL = staticmethod(spike_kernel)
    TIMES: ClassVar[Sequence[int]] = (LAST, ONE_AT)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "threshold": Field(8.0, 2.0, 1000.0, "判定界限（标准差）", "sd at which it is told"),
        "least_sd": Field(1e-9, 0.0, 1e12, "噪声下限（单位）", "smallest noise taken, in the unit"),
        "prior": Field(0.0001, 1e-9, 0.5, "尖峰的先验份额", "share of readings that are spikes"),
    }

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        return [NEVER, NAN, NAN, NAN, 0.0, 0.0, 0.0, 0.0]

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        return [settings["threshold"], max(settings["least_sd"], 1e-300)]

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        value, around = amount(line[VALUE], channel.unit), amount(line[B], channel.unit)
        far = number(abs(line[A]))
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
            sureness=real(line[A], self.settings["prior"], SPIKE_SPREAD),
            reason_zh=f"{channel.key} 单点读数 {value}，前后均约 {around}，相差 {far} 倍噪声",
            reason_en=f"{channel.key} read {value} once between readings near {around}: {far} times its noise",
            momentary=True,
            evidence={"between": line[B], "noise_sd": line[C], "in_sd": line[A]},
        )
