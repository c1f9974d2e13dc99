"""The battery that every detector must pass: `check_detector(make)`.

For a detector of this house and for one of yours alike:

    check_detector(lambda channels: MyDetector.from_config({...}, channels))

It raises AssertionError that says which promise of the contract is broken, and with which reading.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from yufang.sensing.channels import Channel, Limit
from yufang.sensing.detectors.contract import Detector, Event, GoesBack, Snapshot, episode_of, key_of
from yufang.sensing.readings import Quality, Readings

if TYPE_CHECKING:
    from yufang.sensing.detectors.engine import Engine

Make = Callable[[Sequence[Channel]], "Detector | Engine"]
START = 1_750_000_000_000_000  # µs: some time in June 2025
_HAN = re.compile(r"[\u4e00-\u9fff]")


def example_channels(count: int = 6) -> list[Channel]:
    """Channels with limits of every kind, for detectors of one channel at a time."""
    limits = (
        Limit(kind="high", value=12.0, unit="ppm", source="example", hysteresis=1.0, hold_s=3.0),
        Limit(kind="high_high", value=16.0, unit="ppm", source="example", hysteresis=1.0),
        Limit(kind="low", value=4.0, unit="ppm", source="example", hysteresis=0.5),
        Limit(kind="stel", value=13.0, unit="ppm", source="example"),
        Limit(kind="twa", value=11.0, unit="ppm", source="example"),
        Limit(kind="rate", value=4.0, unit="ppm", source="example"),
    )
    return [
        Channel(key=f"c{i}", device="d", quantity="gas:co", unit="ppm", low=0.0, high=50.0, limits=limits)
        for i in range(count)
    ]


def example_readings(channels: int = 6, each: int = 900, every_s: float = 1.0, seed: int = 0) -> Readings:
    """Made-up readings, interleaved: noise about 10 with steps, a ramp, spikes, stuck stretches and gaps."""
    rng = np.random.default_rng(seed)
    step = np.arange(each)
    value = 10.0 + rng.normal(0.0, 0.3, (each, channels))
    time = START + np.round((step[:, None] + rng.uniform(-0.2, 0.2, (each, channels))) * every_s * 1e6).astype(np.int64)
    for c in range(channels):
        at = rng.integers(each // 3, each // 2)
        if c % 3 == 0:
            value[at : at + each // 5, c] += 7.0
        elif c % 3 == 1:
            value[at:, c] += np.minimum(0.15 * np.arange(each - at), 8.0)
            value[3 * each // 4 :, c] -= 15.0
        else:
            value[at : at + each // 6, c] = value[at, c]
        value[rng.integers(each // 4, each, 3), c] += 25.0
    late = np.arange(each) > 2 * each // 3
    time[late] += int(40 * every_s * 1e6)
    order = np.argsort(time, axis=None, kind="stable")
    channel = np.broadcast_to(np.arange(channels), (each, channels)).ravel()[order]
    return Readings.of(channel, time.ravel()[order], value.ravel()[order])


def check_detector(
    make: Make,
    channels: Sequence[Channel] | None = None,
    readings: Readings | None = None,
    *,
    seed: int = 0,
    permutes: bool = True,
    points: int = 4,
) -> list[Event]:
    """Hold `make(channels)` to the contract over `readings` (in-order, all usable); returns the events that it told.

    permutes=False: leave out that the order of the channels changes nothing (a model over all channels together, whose
    sums round differently). points: how many cuts are tried. Raises AssertionError.
    """
    own = list(channels) if channels is not None else example_channels()
    batch = readings if readings is not None else example_readings(len(own))
    rng = np.random.default_rng(seed)
    events = make(own).update(batch)
    assert events, "the readings tell no event: the battery would prove nothing; give readings that do"
    _same(events, make(own).update(batch), "run twice")
    _check_events(events, batch, own)
    _check_splits(make, own, batch, events, rng)
    _check_resumption(make, own, batch, events, rng, points)
    _check_unusable(make, own, batch, events, rng)
    _check_order(make, own, batch, events, rng)
    _check_no_future(make, own, batch, rng, points)
    _check_bounds(make, own, batch)
    _check_set_back(make, own, batch)
    if permutes:
        _check_permutation(make, own, batch, events, rng)
    return events


def _check_events(events: Sequence[Event], batch: Readings, channels: Sequence[Channel]) -> None:
    """Keys are unique and stable, episodes open before they clear, and every field says what it should."""
    keys = [event.key for event in events]
    twice = {key for key in keys if keys.count(key) > 1} if len(set(keys)) < len(keys) else set()
    assert not twice, f"keys told twice: {[e for e in events if e.key in twice][:2]}"
    open_: set[str] = set()
    closed: set[str] = set()
    known = {channel.key for channel in channels}
    last = int(batch.time.max())
    for event in events:
        assert event.episode == episode_of(event.detector, event.channel, event.kind, event.since), event
        assert event.key == key_of(event.episode, event.state, event.at), event
        assert event.channel in known or channels == [], f"unknown channel: {event}"
        assert event.since <= event.at <= last, f"since ≤ at ≤ the last reading: {event}"
        assert math.isfinite(event.value), event
        assert 0.0 <= event.sureness <= 1.0, f"sureness is a probability: {event}"
        assert _HAN.search(event.reason_zh), f"reason_zh is Chinese: {event}"
        assert event.reason_en.strip(), f"reason_en says something: {event}"
        json.dumps(dict(event.evidence), allow_nan=False)
        if event.state == "raised":
            assert event.episode not in open_ | closed, f"raised twice: {event}"
            (closed if event.momentary else open_).add(event.episode)
        else:
            assert event.episode in open_, f"{event.state} before it was raised, or after it was cleared: {event}"
            if event.state == "cleared":
                open_.discard(event.episode)
                closed.add(event.episode)


def _check_splits(
    make: Make, channels: Sequence[Channel], batch: Readings, events: Sequence[Event], rng: np.random.Generator
) -> None:
    """How the readings were cut into batches changes nothing; an empty batch tells nothing."""
    detector = make(channels)
    assert detector.update(batch.take(slice(0, 0))) == [], "an empty batch tells nothing"
    cuts = np.unique(np.r_[0, 1, 2, 3, rng.integers(0, len(batch), 12), len(batch)])
    told = [e for a, b in pairwise(cuts) for e in detector.update(batch.take(slice(a, b)))]
    _same(events, told, f"cut at {cuts.tolist()}")
    few = min(len(batch), 1500)
    one, other = make(channels), make(channels)
    single = [e for n in range(few) for e in one.update(batch.take(slice(n, n + 1)))]
    _same(other.update(batch.take(slice(0, few))), single, "one reading at a time")


def _check_resumption(
    make: Make,
    channels: Sequence[Channel],
    batch: Readings,
    events: Sequence[Event],
    rng: np.random.Generator,
    points: int,
) -> None:
    """A snapshot, through a file, put into a fresh detector: same events from there on, same state at the end."""
    whole = make(channels)
    whole.update(batch)
    final = whole.snapshot()
    for cut in [0, len(batch), *rng.integers(1, len(batch), points).tolist()]:
        first = make(channels)
        told = list(first.update(batch.take(slice(0, cut))))
        kept = first.snapshot()
        before = _through_a_file(kept)
        first.update(batch.take(slice(cut, None)))
        _same_state(kept, before, f"a snapshot at {cut} changed when its detector went on")
        second = make(channels)
        second.update(batch.take(slice(0, min(7, len(batch)))))  # whatever was in it is gone after restore
        second.restore(before)
        told += second.update(batch.take(slice(cut, None)))
        _same(events, told, f"resumed at {cut}")
        _same_state(second.snapshot(), final, f"state after resuming at {cut}")
    broken = {name: array[:0] if array.ndim else array for name, array in list(final.items())[1:]}
    try:
        make(channels).restore(broken)
    except ValueError:
        pass
    else:
        raise AssertionError("a snapshot that lacks an array was taken")


def _check_unusable(
    make: Make, channels: Sequence[Channel], batch: Readings, events: Sequence[Event], rng: np.random.Generator
) -> None:
    """NaN, infinities, and readings flagged missing or bad, in between: as if they had not come."""
    where = np.sort(rng.integers(0, len(batch) + 1, 80))
    values = rng.choice([np.nan, np.inf, -np.inf, 1e300], 80)
    flags = rng.choice([int(Quality.MISSING), int(Quality.NOT_FINITE), int(Quality.BAD)], 80)
    flags[~np.isfinite(values) & (rng.random(80) < 0.5)] = 0
    time = batch.time[np.minimum(where, len(batch) - 1)] + 1
    mixed = _with(batch, where, rng.integers(0, len(channels), 80), time, values, flags)
    _same(events, make(channels).update(mixed), "NaN, ±inf and missing readings in between")
    bad = Readings.of([len(channels)], [int(batch.time[-1]) + 1], [1.0])
    try:
        make(channels).update(bad)
    except ValueError:
        return
    raise AssertionError("a channel outside the list was taken")


def _check_order(
    make: Make, channels: Sequence[Channel], batch: Readings, events: Sequence[Event], rng: np.random.Generator
) -> None:
    """A reading told twice, a whole stretch told again, and readings older than the channel's last: no other events."""
    doubled = batch.take(np.repeat(np.arange(len(batch)), 2))
    _same(events, make(channels).update(doubled), "each reading twice")
    half = len(batch) // 2
    again = np.r_[np.arange(half), np.arange(half), np.arange(half, len(batch))]
    _same(events, make(channels).update(batch.take(again)), "the first half twice")
    where = np.sort(rng.integers(1, len(batch), 80))
    source = where - 1  # the time of a reading that has been taken, so never later than its channel's last
    old = batch.time[source] - rng.integers(0, 30_000_000, 80)
    mixed = _with(batch, where, batch.channel[source], old, np.full(80, 1e6), np.zeros(80, np.int64))
    _same(events, make(channels).update(mixed), "readings that come after later ones of their channel")


def _check_no_future(
    make: Make, channels: Sequence[Channel], batch: Readings, rng: np.random.Generator, points: int
) -> None:
    """What comes later changes nothing of what was told before."""
    for cut in rng.integers(1, len(batch), points).tolist():
        prefix = make(channels).update(batch.take(slice(0, cut)))
        value = batch.value.copy()
        value[cut:] = rng.normal(100.0, 50.0, len(batch) - cut)
        other = make(channels).update(replace(batch, value=value))
        _same(prefix, other[: len(prefix)], f"other values after reading {cut}")


def _check_bounds(make: Make, channels: Sequence[Channel], batch: Readings) -> None:
    """State doesn't grow with the past, and the caller's arrays stay as they are."""
    detector = make(channels)
    sizes = []
    span = int(batch.time.max() - batch.time.min()) + 1_000_000
    own: list[Any] = [batch.time, batch.value, batch.channel, batch.flag]
    kept: list[Any] = [batch.time.copy(), batch.value.copy(), batch.channel.copy(), batch.flag.copy()]
    for n in range(3):
        detector.update(replace(batch, time=batch.time + n * span))
        sizes.append(sum(array.nbytes for array in detector.snapshot().values()))
    assert sizes[1] == sizes[2], f"state grew from {sizes[1]} to {sizes[2]} bytes while the channels stayed the same"
    for n in range(len(kept)):
        assert np.array_equal(kept[n], own[n]), "the detector wrote into the caller's readings"


def _check_set_back(make: Make, channels: Sequence[Channel], batch: Readings) -> None:
    """A clock that ran two hours ahead and is set back blinds nothing; what was raised then is cleared by its id."""
    detector = make(channels)
    assert isinstance(detector, GoesBack), "a detector has to be told that the clock ran ahead: it lacks set_back"
    first, last = int(batch.time.min()), int(batch.time.max())
    before = detector.update(replace(batch, time=batch.time + 2 * 3_600_000_000))
    detector.set_back(first - 1)
    told = detector.update(batch)
    assert told, "set back from two hours ahead it is blind: readings that told events tell none"
    open_ = {e.episode for e in before if e.state == "raised" and not e.momentary}
    open_ -= {e.episode for e in before if e.state == "cleared"}
    for event in told:
        assert first <= event.at <= last, f"set back, but told at a time that never was: {event}"
        assert math.isfinite(event.value), event
        if event.state == "raised":
            assert event.since <= event.at, f"raised after the clock was set back, since a time that never was: {event}"
            open_.add(event.episode)
        else:
            assert event.episode in open_, f"{event.state} under an id that was never raised: {event}"
    make(channels).restore(_through_a_file(detector.snapshot()))


def _check_permutation(
    make: Make, channels: Sequence[Channel], batch: Readings, events: Sequence[Event], rng: np.random.Generator
) -> None:
    """The order in which channels are listed changes nothing."""
    order = rng.permutation(len(channels))
    place = np.empty(len(channels), np.int32)
    place[order] = np.arange(len(channels), dtype=np.int32)
    moved = make([channels[i] for i in order]).update(replace(batch, channel=place[batch.channel]))
    _same(_sorted(events), _sorted(moved), f"channels listed as {order.tolist()[:10]}")


def _sorted(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.at, event.key))


def _with(
    batch: Readings,
    where: np.ndarray,
    channel: np.ndarray,
    time: np.ndarray,
    value: np.ndarray,
    flag: np.ndarray,
) -> Readings:
    """`batch` with more readings inserted before the positions `where` (sorted)."""
    return Readings.of(
        np.insert(batch.channel, where, channel),
        np.insert(batch.time, where, time),
        np.insert(batch.value, where, value),
        np.insert(batch.flag, where, flag),
    )


def _same(wanted: Sequence[Event], told: Sequence[Event], case: str) -> None:
    for n, (one, other) in enumerate(zip(wanted, told, strict=False)):
        assert _plain(one) == _plain(other), f"{case}: event {n} differs:\n  {one}\n  {other}"
    longer = wanted if len(wanted) > len(told) else told
    assert len(wanted) == len(told), (
        f"{case}: {len(wanted)} events were told before, {len(told)} now, the first too many or missing is\n"
        f"  {longer[min(len(wanted), len(told))]}"
    )


def _plain(event: Event) -> tuple[str, ...]:
    return tuple(repr(x) for x in astuple(event))


def _through_a_file(state: Snapshot) -> Snapshot:
    """A snapshot as it comes back from a file: an array without objects, bit for bit."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{f"a{n}": array for n, array in enumerate(state.values())})
    buffer.seek(0)
    with np.load(buffer, allow_pickle=False) as read:
        return {name: read[f"a{n}"] for n, name in enumerate(state)}


def _same_state(one: Snapshot, other: Snapshot, case: str) -> None:
    assert set(one) == set(other), f"{case}: {sorted(set(one) ^ set(other))}"
    for name, array in one.items():
        assert (array.dtype, array.shape) == (other[name].dtype, other[name].shape), f"{case}: {name} differs in kind"
        assert array.tobytes() == other[name].tobytes(), f"{case}: {name} differs"
