"""Readings into event time: what waits, what is late, what came twice. No channel waits for another.

With a lateness bound of 0 a reading is passed on at once, and one that is not later than the channel's last is left
out: counted `repeated` where the times are equal, `late` otherwise. With a bound of L a reading waits until its channel
has told one that is L later (or SLOTS of the channel wait already), and goes on in order of event time; only what is
older than something passed on before is late.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from yufang.sensing.detectors.base import Prepared, compiled
from yufang.sensing.detectors.contract import Snapshot
from yufang.sensing.detectors.errors import DetectorError

SLOTS = 64  # readings of one channel that may wait
PASSED, NEWEST, FILLED, HEAD = 0, 1, 2, 3  # columns of a row; from HEAD on (time, value) of what waits, oldest first
_NEVER = -math.inf


def count_kernel(channel: Any, time: Any, last: Any, counts: Any) -> None:
    """Move `last` on; counts: [late, repeated]."""
    for k in range(len(channel)):
        c = channel[k]
        t = time[k]
        if t > last[c]:
            last[c] = t
        elif t == last[c]:
            counts[1] += 1.0
        else:
            counts[0] += 1.0


def reorder_kernel(
    channel: Any, time: Any, value: Any, state: Any, bound: float, slots: int, counts: Any, out: Any
) -> int:
    """Pass on what no longer has to wait: rows of `out` are (position, channel, time, value). Returns how many."""
    told = 0
    for k in range(len(channel)):
        c = channel[k]
        s = state[c]
        t = time[k]
        if t <= s[PASSED]:
            counts[1 if t == s[PASSED] else 0] += 1.0
            continue
        filled = int(s[FILLED])
        place = filled
        while place > 0 and s[HEAD + 2 * (place - 1)] > t:
            place -= 1
        if place > 0 and s[HEAD + 2 * (place - 1)] == t:
            counts[1] += 1.0
            continue
        for m in range(filled, place, -1):
            s[HEAD + 2 * m] = s[HEAD + 2 * (m - 1)]
            s[HEAD + 2 * m + 1] = s[HEAD + 2 * (m - 1) + 1]
        s[HEAD + 2 * place] = t
        s[HEAD + 2 * place + 1] = value[k]
        filled += 1
        s[NEWEST] = max(s[NEWEST], t)
        ready = 0
        while ready < filled and s[HEAD + 2 * ready] <= s[NEWEST] - bound:
            ready += 1
        ready = max(ready, filled - slots)
        for m in range(ready):
            o = out[told]
            o[0], o[1], o[2], o[3] = k, c, s[HEAD + 2 * m], s[HEAD + 2 * m + 1]
            s[PASSED] = s[HEAD + 2 * m]
            told += 1
        for m in range(ready, filled):
            s[HEAD + 2 * (m - ready)] = s[HEAD + 2 * m]
            s[HEAD + 2 * (m - ready) + 1] = s[HEAD + 2 * m + 1]
        for m in range(filled - ready, filled):
            s[HEAD + 2 * m] = 0.0
            s[HEAD + 2 * m + 1] = 0.0
        s[FILLED] = filled - ready
    return told


class Order:
    """Event time of `channels` channels under a lateness bound; `late` and `repeated` count what was left out."""

    def __init__(self, channels: int, lateness_s: float, *, jit: bool) -> None:
        self.lateness_s = lateness_s
        self._jit = jit
        self._counts = np.zeros(2)
        if lateness_s:
            self._state = np.zeros((channels, HEAD + 2 * (SLOTS + 1)))
            self._state[:, [PASSED, NEWEST]] = _NEVER
        else:
            self._state = np.full((channels, 1), _NEVER)

    @property
    def late(self) -> int:
        return int(self._counts[0])

    @property
    def repeated(self) -> int:
        return int(self._counts[1])

    def passed(self, ready: Prepared) -> Prepared:
        """What of a batch, and of what waited, goes on to the detectors now."""
        if not len(ready):
            return ready
        if not self.lateness_s:
            count: Any = compiled(count_kernel) if self._jit else count_kernel
            count(ready.channel, ready.time, self._state[:, 0], self._counts)
            return ready
        room = np.zeros((len(ready) + int(self._state[:, FILLED].sum()), 4))
        run: Any = compiled(reorder_kernel) if self._jit else reorder_kernel
        args = (ready.channel, ready.time, ready.value, self._state, self.lateness_s * 1e6, SLOTS, self._counts, room)
        out = room[: run(*args)]
        position = out[:, 0].astype(np.int64)
        if ready.position is not None:
            position = ready.position[position]
        return Prepared(out[:, 1].astype(np.int32), out[:, 2].copy(), out[:, 3].copy(), position)

    def flush(self) -> Prepared:
        """Everything that waits, channel by channel: for the end of a replay."""
        if not self.lateness_s:
            return Prepared(np.zeros(0, np.int32), np.zeros(0), np.zeros(0), None)
        rows = [
            (c, s[HEAD + 2 * m], s[HEAD + 2 * m + 1]) for c, s in enumerate(self._state) for m in range(int(s[FILLED]))
        ]
        for c, t, _ in rows:
            self._state[c, PASSED] = t
        self._state[:, FILLED:] = 0.0
        out = np.array(rows, np.float64).reshape(-1, 3)
        return Prepared(out[:, 0].astype(np.int32), out[:, 1].copy(), out[:, 2].copy(), None)

    def set_back(self, time_us: int) -> None:
        """The clock was found ahead: nothing counts as later than `time_us`; what waits beyond it is passed over."""
        columns = [PASSED, NEWEST] if self.lateness_s else [0]
        ahead = (self._state[:, columns] > time_us).any(axis=1)
        self._state[:, columns] = np.minimum(self._state[:, columns], time_us)
        if self.lateness_s:
            self._state[ahead, FILLED:] = 0.0

    def snapshot(self) -> Snapshot:
        return {"state": self._state.copy(), "counts": self._counts.copy()}

    def restore(self, state: Snapshot, place: np.ndarray) -> None:
        """Put rows back; place[c]: the snapshot's row of channel c, -1 where it has none. Raises DetectorError."""
        rows, counts = state.get("state"), state.get("counts")
        if rows is None or counts is None or rows.shape[1:] != self._state.shape[1:] or counts.shape != (2,):
            raise DetectorError(
                "bad_snapshot", detector="order", reason_zh="与迟到界限不符", reason_en="it has another bound"
            )
        self._state[:] = 0.0
        self._state[:, : 2 if self.lateness_s else 1] = _NEVER
        known = place >= 0
        self._state[known] = rows[place[known]]
        self._counts[:] = counts
