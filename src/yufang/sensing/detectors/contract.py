"""What a detector is: readings in, events out, state in arrays that can be taken out and put back exactly.

A detector is built for a list of channels; `Readings.channel` counts into that list. It reads event time only: it has
no clock, and what it says depends on the readings of a channel in the order they are given, never on how they were
cut into batches. `check_detector` (yufang.sensing.detectors.check) holds every detector to this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel
    from yufang.sensing.readings import Readings

State = Literal["raised", "changed", "cleared"]
Snapshot = dict[str, NDArray[Any]]


def episode_of(detector: str, channel: str, kind: str, since: int) -> str:
    """Stable id (32 hex digits) of one episode: what a detector says of a channel from `since` (µs) to its clearing."""
    told = "\x1f".join((detector, channel, kind, str(int(since))))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def key_of(episode: str, state: State, at: int) -> str:
    """Stable id of one message about an episode: `<episode>-r`, `<episode>-c`, or `<episode>-<at in hex>`."""
    return f"{episode}-{state[0]}" if state != "changed" else f"{episode}-{int(at):x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One message about one episode of one channel.

    An episode is raised once, may change, and is cleared at most once; its messages share `episode` and differ in
    `key`, so that whoever stores by `key` never stores one twice. A momentary event (a spike) is raised and never
    cleared: `momentary` is True.

    key: see `key_of`. since, at: event time in UTC microseconds: when it began, and the reading that told it.
    value, limit, deviation: in `unit`; deviation is how far the value lies beyond what was expected. sureness: the
    probability, under the model that the detector's docstring states, that what the event claims is true; 0.5 where
    nothing is known of the channel's noise yet. evidence: what a person needs to check it; plain JSON values.
    """

    key: str
    episode: str
    detector: str
    channel: str
    kind: str
    state: State
    since: int
    at: int
    value: float
    limit: float | None
    unit: str
    deviation: float | None
    sureness: float
    reason_zh: str
    reason_en: str
    momentary: bool = False
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, *, detector: str, channel: str, kind: str, state: State, since: int, at: int, value: float, **rest: Any
    ) -> Self:
        """An event with its `key` and `episode` made from the other fields."""
        episode = episode_of(detector, channel, kind, since)
        return cls(
            key=key_of(episode, state, at),
            episode=episode,
            detector=detector,
            channel=channel,
            kind=kind,
            state=state,
            since=int(since),
            at=int(at),
            value=float(value),
            **rest,
        )


@runtime_checkable
class GoesBack(Protocol):
    """A detector can be told that the clock ran ahead: without it is blind until that time has passed.

    Every detector has to; `check_detector` holds it to this.
    """

    def set_back(self, time_us: int) -> None:
        """Keep no time later than `time_us` (UTC µs), so that readings after it are judged; see `Engine.set_back`.

        An episode that is open stays open under its own id, though it began at a time that never was.
        """
        ...


@runtime_checkable
class Detector(Protocol):
    """What `check_detector` holds a detector to.

    name: unique within an engine; part of every key. channels: keys of the channels that readings count into.
    """

    name: str
    channels: Sequence[str]

    @classmethod
    def from_config(cls, data: Mapping[str, Any], channels: Sequence[Channel]) -> Self:
        """From plain data (YAML, JSON). Raises SensingError naming field, value, rule and way out."""
        ...

    def update(self, batch: Readings) -> list[Event]:
        """Take the readings of a batch in their order; the events they tell, in the order of those readings.

        A reading that isn't finite, is flagged missing, or is not later than the channel's last one moves no state.
        A detector that needs the readings of several channels together (multivariate, leaks) closes an instant when
        the first later reading of any of its channels arrives, so that cutting a batch anywhere changes nothing.
        """
        ...

    def snapshot(self) -> Snapshot:
        """Copies of every array that `restore` needs; their sizes depend on the channels, not on the past."""
        ...

    def restore(self, state: Snapshot) -> None:
        """Put a snapshot back, bit for bit. Raises SensingError where names, shapes or types don't fit."""
        ...


class EngineContract(Protocol):
    """`yufang.sensing.detectors.Engine`: several detectors over one stream of batches.

    `Engine.from_config(data, channels, jit=True)`; `jit=False` runs the same kernels without numba (edge: numba alone
    takes 140 MB), and tells the same events.
    """

    channels: Sequence[str]

    def update(self, batch: Readings) -> list[Event]:
        """Events of all detectors, in the order of the readings that told them, then of the detectors."""
        ...

    def translate(self, batch: Readings, keys: Sequence[str]) -> Readings:
        """The batch whose `channel` counts into `keys`, counted into the engine's channels; unknown ones are left out
        (and counted in `unknown`)."""
        ...

    def snapshot(self) -> Snapshot: ...

    def restore(self, state: Snapshot) -> None: ...


def empty_snapshot() -> Snapshot:
    """The snapshot of a detector without state."""
    return {"none": np.zeros(0)}
