"""What the detectors of one channel at a time share: state as one row of numbers a channel, one kernel over a batch.

A kernel is a plain Python function in the part of the language that numba compiles. With `jit` it runs compiled over
arrays; without, the very same function runs over lists of floats, for a node where numba (140 MB resident) doesn't
fit. Both do the same IEEE operations in the same order, so they tell the same events.

    kernel(start, row, channel, time, value, state, shared, out) -> (next, told)

start: the reading to go on from; row[i]: row of `state` for channel i, -1 where the detector doesn't look at it; time
in µs as float64 (exact below 2**53); state: (rows, width); shared: the numbers of the configuration; out: (room, OUT),
filled with what is told. It stops early where fewer than two rows of `out` are left.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.detectors.contract import Event, Snapshot
from yufang.sensing.detectors.errors import DetectorError
from yufang.sensing.detectors.fields import Field, read_fields, read_name, select

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel
    from yufang.sensing.readings import Readings

OUT = 12  # numbers of one told row: position, row, code, since, at, value, limit, and five of the detector's own
POSITION, ROW, CODE, SINCE, AT, VALUE, LIMIT, A, B, C, D, E = range(OUT)
LAST = 0  # first column of every state row: event time of the channel's last reading, -inf before the first
NEVER = -math.inf
_ROOM = 1024
_EXACT = 2**53
_DENSE = 8  # a batch with a reading for every eighth channel is dense

Kernel = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The usable readings of a batch: float64 times, and where in the batch each of them stands."""

    channel: NDArray[np.int32]
    time: NDArray[np.float64]
    value: NDArray[np.float64]
    position: NDArray[np.int64] | None  # None: all of them, in place

    def __len__(self) -> int:
        return len(self.channel)

    def at(self, k: int) -> int:
        """Position in the batch of the k-th usable reading."""
        return k if self.position is None else int(self.position[k])


def prepare(batch: Readings, channels: int, *, jit: bool = False) -> Prepared:
    """Check a batch once for all detectors; with `jit` a dense one is grouped by channel.

    Raises DetectorError for a channel outside the list of `channels`.
    """
    if len(batch) and (int(batch.channel.min()) < 0 or int(batch.channel.max()) >= channels):
        wrong = int(np.flatnonzero((batch.channel < 0) | (batch.channel >= channels))[0])
        raise DetectorError("bad_channel_index", index=wrong, value=int(batch.channel[wrong]), last=channels - 1)
    mask = batch.usable()
    mask &= np.abs(batch.time) < _EXACT
    if mask.all():
        # Copies: arrays that came over a wire may be read-only, for which numba would compile a second time.
        ready = Prepared(batch.channel.astype(np.int32), batch.time.astype(np.float64), batch.value.copy(), None)
        return _grouped(ready, channels) if jit and len(ready) * _DENSE > channels else ready
    position = np.flatnonzero(mask)
    return Prepared(batch.channel[position], batch.time[position].astype(np.float64), batch.value[position], position)


def group_kernel(channel: Any, time: Any, value: Any, place: Any, out: Any, times: Any, values: Any, at: Any) -> None:
    """Counting sort by channel; place: zeros, one more than there are channels."""
    for k in range(len(channel)):
        place[channel[k] + 1] += 1
    for c in range(1, len(place)):
        place[c] += place[c - 1]
    for k in range(len(channel)):
        c = channel[k]
        n = place[c]
        place[c] = n + 1
        out[n], times[n], values[n], at[n] = c, time[k], value[k], k


def _grouped(ready: Prepared, channels: int) -> Prepared:
    """The same readings, channel by channel, each channel's in the order in which they came.

    What a detector says of a channel depends on that channel alone; walking the state in order spares the processor
    most of its waiting for memory.
    """
    n = len(ready)
    out = (np.empty(n, np.int32), np.empty(n), np.empty(n), np.empty(n, np.int64))
    compiled(group_kernel)(ready.channel, ready.time, ready.value, np.zeros(channels + 1, np.int64), *out)
    return Prepared(*out)


def inside(part: Kernel) -> Kernel:
    """Marks a function that kernels of its module call: it is compiled with them, and runs as it is without numba."""
    part.inside_a_kernel = True  # type: ignore[attr-defined]
    return part


@functools.cache
def compiled(kernel: Kernel) -> Kernel:
    """The kernel compiled by numba, kept on disk beside its source. Raises DetectorError where numba is missing."""
    try:
        from numba import njit
    except ImportError as error:
        raise DetectorError("no_numba") from error
    assert isinstance(kernel, FunctionType)
    # The parts that it calls are swapped for compiled ones in a copy; those of the module stay plain Python.
    names = {name: found for name, found in kernel.__globals__.items() if hasattr(found, "inside_a_kernel")}
    parts = {name: compiled(found) for name, found in names.items() if name in kernel.__code__.co_names}
    copy = FunctionType(kernel.__code__, {**kernel.__globals__, **parts}, kernel.__name__)
    copy.__module__, copy.__qualname__ = kernel.__module__, kernel.__qualname__
    fast: Kernel = njit(cache=True, nogil=True)(copy)
    return fast


def _aligned(rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Rows as one array that starts on a line of the processor's cache and whose rows are whole lines, zeros behind."""
    width = -(-max((len(row) for row in rows), default=8) // 8) * 8
    room = np.zeros(len(rows) * width + 8)
    first = (-room.ctypes.data // 8) % 8
    state = room[first : first + len(rows) * width].reshape(len(rows), width)
    if rows:
        state[:, : len(rows[0])] = rows
    return state


class ArrayDetector:
    """A detector whose state is one row of float64 a channel; see the module's docstring.

    A subclass sets KIND, FIELDS, KERNEL, WIDTH (columns of a row), FIXED (the columns from LAST+1 on that come from the
    configuration, not from the past), and makes `_row` (a fresh row for a channel) and `_event` (what a told row says).
    """

    KIND: ClassVar[str]
    FIELDS: ClassVar[Mapping[str, Field]]
    KERNEL: ClassVar[Kernel]
    LAYOUT: ClassVar[int] = 1  # raised when the columns of a row change their meaning
    TIMES: ClassVar[Sequence[int]] = (LAST,)  # columns that hold times in µs
    # Column of TIMES → the column that is not 0 while an episode that began then is open: its id rests on that time.
    OPEN: ClassVar[Mapping[int, int]] = {}

    def __init__(
        self,
        name: str,
        channels: Sequence[Channel],
        rows: Sequence[int],
        settings: Mapping[str, float],
        *,
        jit: bool = True,
    ) -> None:
        self.name = name
        self.channels: Sequence[str] = [channel.key for channel in channels]
        self.settings = dict(settings)
        watched = [(i, fresh) for i in rows if (fresh := self._row(channels[i], settings)) is not None]
        self._watched = [channels[i] for i, _ in watched]
        self._keys = np.array([c.key for c in self._watched], dtype=np.str_)
        row = np.full(len(channels), -1, np.int32)
        row[[i for i, _ in watched]] = np.arange(len(watched), dtype=np.int32)
        state = _aligned([fresh for _, fresh in watched])
        shared = np.array(self._shared(settings), np.float64)
        self._jit = jit
        self._fresh = np.array(state)
        self._state: Any = state if jit else state.tolist()
        self._map: Any = row if jit else row.tolist()
        self._numbers: Any = shared if jit else shared.tolist()
        room = np.zeros((_ROOM, OUT))
        self._out: Any = room if jit else room.tolist()
        self._kernel = compiled(type(self).KERNEL) if jit else type(self).KERNEL

    @classmethod
    def from_config(cls, data: Mapping[str, Any], channels: Sequence[Channel], *, jit: bool = True) -> Self:
        """From plain data: `name`, `channels` (see `select`) and the numbers of FIELDS. Raises DetectorError."""
        name = read_name(cls.KIND, data)
        settings = read_fields(name, cls.FIELDS, data)
        return cls(name, channels, select(name, data.get("channels"), channels), settings, jit=jit)

    def update(self, batch: Readings) -> list[Event]:
        """The events that the batch tells, in the order of its readings; see `Detector.update`."""
        told = self.run(prepare(batch, len(self.channels), jit=self._jit))
        return [event for _, event in sorted(told, key=itemgetter(0))]

    def run(self, ready: Prepared) -> list[tuple[int, Event]]:
        """As `update`, on a batch that was prepared for all detectors: (position in the batch, event), unsorted."""
        if not len(self._watched) or not len(ready):
            return []
        columns: tuple[Any, ...] = (ready.channel, ready.time, ready.value)
        if not self._jit:
            columns = tuple(column.tolist() for column in columns)
        told: list[tuple[int, Event]] = []
        start, end = 0, len(ready)
        while start < end:
            start, count = self._kernel(start, self._map, *columns, self._state, self._numbers, self._out)
            for n in range(count):
                line = [float(x) for x in self._out[n]]
                told.append((ready.at(int(line[POSITION])), self._event(self._watched[int(line[ROW])], line)))
        return told

    def snapshot(self) -> Snapshot:
        """`state` (rows, width) float64, the `keys` of its rows, and the `layout` of its columns."""
        return {
            "state": np.array(self._state, np.float64).reshape(self._fresh.shape),
            "keys": self._keys.copy(),
            "layout": np.array([self.LAYOUT, self._fresh.shape[1] if self._fresh.ndim == 2 else 0]),
        }

    def restore(self, state: Snapshot) -> None:
        """Put the rows back by channel key; a channel that the snapshot doesn't know starts afresh.

        What comes from the configuration stays as configured now. Raises DetectorError where the snapshot doesn't fit.
        """
        missing = {"state", "keys", "layout"} - set(state)
        if missing:
            raise self._refusal(f"缺少 {sorted(missing)}", f"it lacks {sorted(missing)}")
        rows, keys, layout = state["state"], state["keys"], state["layout"]
        width = self._fresh.shape[1]
        if [int(x) for x in np.ravel(layout)] != [self.LAYOUT, width] or rows.shape != (len(keys), width):
            raise self._refusal(f"布局 {layout.tolist()} {rows.shape}", f"its layout is {layout.tolist()} {rows.shape}")
        if rows.dtype != np.float64:
            raise self._refusal(f"类型 {rows.dtype}", f"its type is {rows.dtype}")
        back = self._fresh.copy()
        if np.array_equal(keys, self._keys):
            back[:] = rows
        else:
            place = {str(key): n for n, key in enumerate(keys)}
            for n, key in enumerate(self._keys):
                if str(key) in place:
                    back[n] = rows[place[str(key)]]
        for column in self._configured():
            back[:, column] = self._fresh[:, column]
        self._put(back)

    def set_back(self, time_us: int) -> None:
        """No time that is kept stays later than `time_us`, but for when an open episode began (its id rests on it);
        see `Engine.set_back`."""
        state = np.array(self._state, np.float64).reshape(self._fresh.shape)
        ahead = state[:, LAST] > time_us
        for column in self.TIMES:
            moved = np.minimum(state[:, column], float(time_us))
            held = self.OPEN.get(column)
            state[:, column] = moved if held is None else np.where(state[:, held] != 0.0, state[:, column], moved)
        for row in np.flatnonzero(ahead):
            self._restart(state[row], self._fresh[row], float(time_us))
        self._put(state)

    def _restart(self, row: NDArray[np.float64], fresh: NDArray[np.float64], time_us: float) -> None:
        """Take out of a row that had run ahead what else rests on times that never were; `TIMES` are set back."""

    def _put(self, state: NDArray[np.float64]) -> None:
        if self._jit:
            self._state[:] = state
        else:
            self._state = state.tolist()

    def _refusal(self, zh: str, en: str) -> DetectorError:
        return DetectorError("bad_snapshot", detector=self.name, reason_zh=zh, reason_en=en)

    def _row(self, channel: Channel, settings: Mapping[str, float]) -> list[float] | None:
        """A fresh state row; None where the detector has nothing to watch in this channel."""
        raise NotImplementedError

    def _shared(self, settings: Mapping[str, float]) -> list[float]:
        """The numbers that the kernel reads of the configuration, in its order."""
        return list(settings.values())

    def _configured(self) -> Sequence[int]:
        """Columns of a row that hold configuration."""
        return ()

    def _event(self, channel: Channel, line: Sequence[float]) -> Event:
        raise NotImplementedError
