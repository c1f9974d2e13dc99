"""Quality flags: what is wrong with a reading, judged by its channel's range, calibration, clock and its own past.

State stands in arrays, one place a channel; the same readings in the same order give the same flags however they are
cut into batches. Nothing is thrown away: a flag informs, and where a value is repaired the one that came is kept.

How each is judged (our own rules, none is from a standard):
  OUT_OF_RANGE  below `low` or above `high` of the channel.
  UNCALIBRATED  event time after the last day of the calibration.
  CLOCK_SKEW    event time more than `ahead_s` ahead of the receipt.
  LATE          event time not after the newest that the channel had.
  STUCK         the same value for `stuck_times` as many readings as its runs used to have, at least `stuck_least`; a
                channel that always rests at one value (clean air) is never stuck.
  SPIKE         a jump by more than `spike_scale` times the usual step that the next reading does not confirm; the
                first reading of a true step is flagged, its second is not.
  DRIFT         gases only: the background (a running 10 % quantile) left that of the first `learn_s` seconds
                by more than `drift_scale` of its own scatter and 2 % of the range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from yufang.sensing.channels import Channel, substance_of
from yufang.sensing.readings import UNUSABLE, Quality, Readings

_NEVER = np.iinfo(np.int64).max
_STATE: Mapping[str, type] = {
    "time": np.int64,  # event time of the newest reading, 0: none yet
    "count": np.int64,
    "value": np.float64,  # newest value as it came
    "good": np.float64,  # newest value that was no spike
    "waiting": np.int64,  # 1: the newest was a spike unless the next confirms it
    "step": np.float64,  # usual size of a step
    "run": np.int64,  # equal readings up to now
    "runs": np.int64,  # runs that ended
    "run_mean": np.float64,  # their usual length
    "first": np.int64,  # event time of the first reading
    "low10": np.float64,  # running 10 % quantile
    "base": np.float64,  # its mean while learning
    "scatter": np.float64,  # its mean square while learning
    "learnt": np.int64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRules:
    """The numbers of the rules above. `repair_spikes` puts the last good value in a spike's place."""

    ahead_s: float = 5.0
    stuck_times: float = 10.0
    stuck_least: int = 60
    spike_scale: float = 12.0
    spike_after: int = 30  # readings before a spike is called one
    drift_scale: float = 6.0
    learn_s: float = 3 * 86_400.0
    silent_times: float = 5.0  # sampling intervals without a reading
    repair_spikes: bool = False


class QualityMarks:
    """Marks the readings of a list of channels; `Readings.channel` counts into it.

    `jit=False` runs the same kernel without numba, which takes 140 MB (about 5 µs a reading then).
    """

    def __init__(self, channels: Sequence[Channel], rules: QualityRules | None = None, *, jit: bool = True) -> None:
        self.channels = tuple(channels)
        self.rules = rules or QualityRules()
        self._jit = jit
        self._low = _numbers([channel.low for channel in channels], -np.inf)
        self._high = _numbers([channel.high for channel in channels], np.inf)
        self._expires = np.array([_end_of(channel.calibration_expires) for channel in channels], np.int64)
        self._every = np.array([channel.every_s * 1e6 for channel in channels])
        self._drifts = np.array([bool(substance_of(channel.quantity)) for channel in channels], np.bool_)
        self._state: dict[str, npt.NDArray[Any]] = {
            name: np.zeros(len(channels), dtype) for name, dtype in _STATE.items()
        }

    def mark(self, readings: Readings, received: int) -> Readings:
        """The readings with their flags, in the order they came; `received` is the time of receipt (µs)."""
        flag = readings.flag | self._fixed(readings, received)
        value = readings.value.copy()
        order = np.lexsort((readings.time, readings.channel))
        repaired = self._past(order, readings, value, flag)
        if not repaired.any():
            return replace(readings, flag=flag)
        raw = np.full(len(readings), np.nan) if readings.raw is None else readings.raw.copy()
        raw[repaired] = np.where(np.isnan(raw[repaired]), readings.value[repaired], raw[repaired])
        return Readings(readings.channel, readings.time, value, flag, raw)

    def mark_fixed(self, readings: Readings, received: int) -> Readings:
        """The readings with the flags that need no past: range, calibration, clock, not finite."""
        return replace(readings, flag=readings.flag | self._fixed(readings, received))

    def silent(self, now: int) -> npt.NDArray[np.intp]:
        """Positions of the channels that sent before and have been silent for too long at `now` (µs): MISSING."""
        since = now - self._state["time"]
        return np.flatnonzero((self._state["time"] > 0) & (since > self.rules.silent_times * self._every))

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Copies of the state."""
        return {name: column.copy() for name, column in self._state.items()}

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Put a snapshot back, bit for bit. Raises ValueError where it isn't of these channels."""
        for name, column in self._state.items():
            found = state.get(name)
            if found is None or found.shape != column.shape or found.dtype != column.dtype:
                raise ValueError(f"snapshot: {name} does not fit {len(self.channels)} channels")
        self._state = {name: state[name].copy() for name in self._state}

    def _fixed(self, readings: Readings, received: int) -> npt.NDArray[np.uint16]:
        """Flags that need no past."""
        channel, value = readings.channel, readings.value
        flag = np.zeros(len(readings), np.uint16)
        with np.errstate(invalid="ignore"):
            out = (value < self._low[channel]) | (value > self._high[channel])
        flag[out] |= np.uint16(Quality.OUT_OF_RANGE)
        flag[readings.time >= self._expires[channel]] |= np.uint16(Quality.UNCALIBRATED)
        flag[readings.time > received + int(self.rules.ahead_s * 1e6)] |= np.uint16(Quality.CLOCK_SKEW)
        absent = ~np.isfinite(value) & ((readings.flag & np.uint16(Quality.MISSING | Quality.NOT_FINITE)) == 0)
        flag[absent] |= np.uint16(Quality.NOT_FINITE)
        return flag

    def _past(
        self,
        order: npt.NDArray[np.intp],
        readings: Readings,
        value: npt.NDArray[np.float64],
        flag: npt.NDArray[np.uint16],
    ) -> npt.NDArray[np.bool_]:
        """Flags that come from a channel's past, into `flag` and `value`; a mask of what was repaired."""
        rules, state = self.rules, self._state
        repaired = np.zeros(len(readings), np.bool_)
        span = np.where(np.isfinite(self._high - self._low), self._high - self._low, 0.0)
        # A clock that runs ahead must not make everything after it late.
        skip = np.uint16(UNUSABLE | Quality.CLOCK_SKEW)
        kernel: Callable[..., None] = _compiled() if self._jit else _follow
        kernel(
            order.astype(np.int64),
            readings.channel,
            readings.time,
            value,
            flag,
            repaired,
            (flag & skip) != 0,
            self._drifts,
            span,
            *(state[name] for name in _STATE),
            rules.stuck_times,
            rules.stuck_least,
            rules.spike_scale,
            rules.spike_after,
            rules.drift_scale,
            int(rules.learn_s * 1e6),
            rules.repair_spikes,
        )
        return repaired


def _follow(  # one loop over sorted readings; numba's and Python's alike
    order: Any, channel: Any, times: Any, value: Any, flag: Any, repaired: Any, skip: Any, drifts: Any, span: Any,
    time: Any, count: Any, last: Any, good: Any, waiting: Any, step: Any, run: Any, runs: Any, run_mean: Any,
    first: Any, low10: Any, base: Any, scatter: Any, learnt: Any,
    stuck_times: float, stuck_least: int, spike_scale: float, spike_after: int, drift_scale: float, learn_us: int,
    repair: bool,
) -> None:  # fmt: skip
    for i in order:
        c = channel[i]
        if skip[i]:
            continue
        if count[c] > 0 and times[i] <= time[c]:
            flag[i] |= np.uint16(512)  # LATE
            continue
        x = value[i]
        if count[c] == 0:
            first[c], last[c], good[c], low10[c], run[c] = times[i], x, x, x, 0
        # stuck
        if x == last[c]:
            run[c] += 1
        else:
            runs[c] += 1
            run_mean[c] += (run[c] - run_mean[c]) / min(runs[c], 50)
            run[c] = 1
        if runs[c] >= 3 and run[c] > stuck_least and run[c] > stuck_times * run_mean[c]:
            flag[i] |= np.uint16(2)  # STUCK
        # spike
        jump = abs(x - good[c])
        if waiting[c] == 1 and abs(x - last[c]) < jump:
            waiting[c] = 0  # confirmed: a new level
            good[c] = x
        elif count[c] >= spike_after and step[c] > 0 and jump > spike_scale * step[c]:
            waiting[c] = 1
            flag[i] |= np.uint16(4)  # SPIKE
            if repair:
                value[i] = good[c]
                repaired[i] = True
                flag[i] |= np.uint16(256)  # REPAIRED
        else:
            waiting[c] = 0
            # A step counts with at most five times the usual one, so that one spike teaches little.
            usual = jump if step[c] == 0 else min(jump, 5 * step[c])
            step[c] += (usual - step[c]) / min(count[c] + 1, 200)
            good[c] = x
        # drift: the quantile climbs by half a usual step an hour and falls nine times faster, so that an hour's leak
        # hardly moves it and a creeping background does
        if drifts[c]:
            gone = min(times[i] - time[c], 3_600_000_000) if count[c] > 0 else 0
            pace = 5.0 * max(step[c], 1e-12) * gone / 3_600_000_000
            low10[c] += -0.9 * pace if x < low10[c] else 0.1 * pace
            if times[i] - first[c] < learn_us:
                learnt[c] += 1
                gap = low10[c] - base[c]
                base[c] += gap / learnt[c]
                scatter[c] += gap * (low10[c] - base[c])
            elif learnt[c] >= 100:
                away = abs(low10[c] - base[c])
                if away > drift_scale * (scatter[c] / learnt[c]) ** 0.5 and away > 0.02 * span[c]:
                    flag[i] |= np.uint16(8)  # DRIFT
        time[c], last[c], count[c] = times[i], x, count[c] + 1


@cache
def _compiled() -> Callable[..., None]:
    import numba

    return numba.njit(cache=True)(_follow)


def _numbers(values: Sequence[float | None], absent: float) -> npt.NDArray[np.float64]:
    return np.array([absent if value is None else value for value in values], np.float64)


def _end_of(day: date | None) -> int:
    """The first µs after `day` (UTC+8, the house's day)."""
    if day is None:
        return int(_NEVER)
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) - timedelta(hours=8)
    return int(end.timestamp()) * 1_000_000
