"""The outbox: nothing taken is lost, nothing twice; under its bound the oldest readings go first, never an event."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.edge.batches import EdgeBatch, decode, encode
from yufang.edge.errors import EdgeError
from yufang.edge.outbox import Outbox
from yufang.edge.outbox.thinning import LAST_LEVEL, level_to_thin, thinned
from yufang.sensing.readings import Quality, Readings

SECOND = 1_000_000
KEYS = [f"ch{n}" for n in range(50)]


def some(n: int, start: int = 0, channels: int = 50, seed: int = 1) -> Readings:
    made = np.random.default_rng(seed)
    return Readings.of(
        np.arange(n) % channels, start + np.arange(n) * 20_000, np.round(made.normal(20, 5, n), 2), np.zeros(n)
    )


def event(key: str, at: int = 0, state: str = "raised", episode: str = "") -> dict[str, Any]:
    return {"key": key, "episode": episode or key, "at": at, "state": state, "kind": "high", "channel": "ch0"}


def opened(tmp_path: Path, limit_mb: float = 50) -> Outbox:
    return Outbox(tmp_path / "outbox.db", limit_bytes=int(limit_mb * 1024 * 1024))


finite = st.floats(allow_nan=False, width=64)
decimals = st.integers(-10_000, 10_000).map(lambda v: v / 100)
values = st.one_of(decimals, decimals, finite, st.just(float("nan")), st.just(-0.0), st.just(float("inf")))
rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**52), values, st.integers(0, 65_535)), max_size=40)


@settings(max_examples=50)
@given(rows)
def test_a_batch_gives_back_every_bit_in_event_time_order(told: list[tuple[int, int, float, int]]) -> None:
    columns = list(zip(*told, strict=True)) or [(), (), (), ()]
    before = Readings.of(*columns)
    after = decode(encode(EdgeBatch("readings", 7, before, tuple(KEYS[:5])))).readings
    expected = before.in_order()
    for name in ("channel", "time", "value", "flag"):
        assert getattr(after, name).tobytes() == getattr(expected, name).tobytes(), name


@settings(max_examples=50)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_damaged_bytes_are_refused_and_never_fill_the_memory(noise: bytes, at: int) -> None:
    good = encode(EdgeBatch("readings", 1, some(10), tuple(KEYS)))
    for damaged in (noise, b"YFB1" + noise, good[:at] + noise, good[:-4] + noise):
        if damaged != good:
            with pytest.raises(EdgeError):
                decode(damaged)


def test_a_message_that_unpacks_to_more_than_it_tells_is_refused() -> None:
    """A zip bomb: 5 MB of zeros behind a header that tells of one reading."""
    import zlib

    good = encode(EdgeBatch("readings", 1, some(1), ("ch0",)))
    header = good[: 8 + int.from_bytes(good[4:8], "little")]
    with pytest.raises(EdgeError, match="unpacked"):
        decode(header + zlib.compress(b"\0" * 5_000_000, 1))


def test_an_event_is_kept_once_however_often_it_is_told(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    assert outbox.commit(Readings.empty(), [event("a"), event("b")], 1) == 2
    assert outbox.commit(Readings.empty(), [event("a"), event("c"), event("c")], 2) == 1
    told = [e["key"] for batch in outbox.pending("events", 9) for e in decode(batch.payload).events]
    assert told == ["a", "b", "c"]


def test_episodes_that_last_are_known_after_a_restart(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.commit(Readings.empty(), [event("x-r", episode="x"), event("y-r", episode="y")], 1)
    outbox.commit(Readings.empty(), [event("x-c", state="cleared", episode="x")], 2)
    outbox.close()
    assert [e.episode for e in opened(tmp_path).episodes()] == ["y"]


def test_batches_count_on_after_a_restart_and_the_epoch_stays(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.commit(some(100), [], 1)
    outbox.seal(KEYS, 1)
    epoch = outbox.epoch
    outbox.close()
    again = opened(tmp_path)
    again.commit(some(100, SECOND * 60), [], 2)
    again.seal(KEYS, 2)
    assert [batch.sequence for batch in again.pending("readings", 9)] == [0, 1]
    assert again.epoch == epoch
    assert opened(tmp_path / "new").epoch != epoch


def test_what_the_platform_misses_is_sent_again_and_what_is_gone_is_said(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    for n in range(6):
        outbox.commit(some(10, n * SECOND), [], n)
        outbox.seal(KEYS, n, {})
        outbox.acknowledge("readings", n)
    outbox.forget(10**15)  # days later: what was acknowledged is gone
    for n in range(6, 9):
        outbox.commit(some(10, n * SECOND), [], n)
        outbox.seal(KEYS, n, {})
        outbox.acknowledge("readings", n)
    assert outbox.pending("readings") == []
    assert outbox.wanted_again("readings", [(4, 7), (8, 400)]) == [(4, 5)]
    assert [batch.sequence for batch in outbox.pending("readings", 9)] == [6, 7, 8]


def test_a_batch_that_is_refused_for_good_stops_no_other(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    for n in range(2):
        outbox.commit(some(10, n * SECOND), [], n)
        outbox.seal(KEYS, n, {})
    outbox.refuse("readings", 0)
    assert [batch.sequence for batch in outbox.pending("readings", 9)] == [1]
    assert outbox.wanted_again("readings", [(0, 0)]) == [(0, 0)]  # said to be gone: the platform asks no more
    assert outbox.figures().refused == 1


def test_under_the_bound_the_oldest_readings_are_thinned_and_every_event_stays(tmp_path: Path) -> None:
    outbox = opened(tmp_path, limit_mb=1)
    told = []
    for n in range(64):
        start = n * 60 * SECOND
        events = [event(f"e{n}", start)] if n % 5 == 0 else []
        told += [e["key"] for e in events]
        outbox.commit(some(3_000, start, seed=n), events, start)
        outbox.seal(KEYS, start, {})
        assert (tmp_path / "outbox.db").stat().st_size <= 1.0 * 1024 * 1024
    kept = [e["key"] for batch in outbox.pending("events", 999) for e in decode(batch.payload).events]
    assert kept == told
    batches = [decode(batch.payload) for batch in outbox.pending("readings", 999)]
    assert [batch.sequence for batch in batches] == list(range(64))  # none is missing, thinned ones say so
    levels = [batch.thinning[-1]["level"] if batch.thinning else 0 for batch in batches]
    assert levels[0] > 0
    assert levels[-1] == 0
    assert levels == sorted(levels, reverse=True)  # the older, the thinner
    for n, batch in enumerate(batches):
        assert len(batch.readings) + sum(t["dropped"] for t in batch.thinning) == 3_000
        kept_values = set(zip(batch.readings.channel.tolist(), batch.readings.value.tolist(), strict=True))
        names = {KEYS.index(key): i for i, key in enumerate(batch.keys)}
        real = some(3_000, n * 60 * SECOND, seed=n)
        measured = zip((names.get(c, -1) for c in real.channel.tolist()), real.value.tolist(), strict=True)
        assert kept_values <= set(measured)  # nothing is made up
        flagged = batch.readings.flag & Quality.THINNED
        assert flagged.all() == (levels[n] > 0) or not len(flagged)
    assert outbox.figures().dropped_readings == sum(t["dropped"] for batch in batches for t in batch.thinning)


def test_what_the_platform_has_goes_before_anything_is_thinned(tmp_path: Path) -> None:
    outbox = opened(tmp_path, limit_mb=1)
    for n in range(56):
        outbox.commit(some(3_000, n * 60 * SECOND, seed=n), [], n)
        outbox.seal(KEYS, n, {})
        outbox.acknowledge("readings", n)
    assert outbox.figures().thinned_batches == 0


def test_the_lowest_and_the_highest_of_each_channel_stay_first() -> None:
    found = Readings.of([0, 0, 0, 1, 1], [1, 2, 3, 1, 2], [5.0, 9.0, 1.0, float("nan"), 7.0])
    batch = EdgeBatch("readings", 6, found, ("a", "b"))
    first = thinned(batch, 1, 0).readings
    assert first.value.tolist() == [9.0, 1.0, 7.0]
    assert thinned(batch, 2, 0).readings.value.tolist() == [9.0, 7.0]
    assert len(thinned(batch, 3, 0).readings) == 2
    assert len(thinned(EdgeBatch("readings", 7, found, ("a", "b")), 3, 0).readings) == 0
    assert len(thinned(batch, LAST_LEVEL, 0).readings) == 0


@settings(max_examples=50)
@given(st.dictionaries(st.integers(0, 4), st.integers(0, 10**9)))
def test_the_level_to_thin_is_one_that_holds_readings(sizes: dict[int, int]) -> None:
    level = level_to_thin(sizes)
    holding = [n for n in range(LAST_LEVEL) if sizes.get(n, 0)]
    assert (level is None) == (not holding)
    if level is not None:
        assert level in holding


def test_a_full_disk_lets_events_through_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound of pages stands in for the disk: SQLite answers both with the same error."""
    outbox = opened(tmp_path)
    for n in range(20):
        outbox.commit(some(3_000, n * 60 * SECOND, seed=n), [], n)
        outbox.seal(KEYS, n, {})
    (pages,) = outbox._database.execute("PRAGMA page_count").fetchone()
    outbox._database.execute(f"PRAGMA max_page_count = {pages + 4}")
    monkeypatch.setattr("os.posix_fallocate", _no_room)
    for n in range(20, 30):
        assert outbox.commit(some(3_000, n * 60 * SECOND, seed=n), [event(f"e{n}")], n) == 1
        outbox.seal(KEYS, n, {})
    assert outbox.figures().disk_full is True
    assert outbox.figures().thinned_batches > 0
    monkeypatch.undo()
    outbox._reserve_again = 0.0
    outbox.commit(some(10), [], 99)
    assert outbox.figures().disk_full is False


def _no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_nothing_of_a_commit_is_kept_when_it_fails(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    with pytest.raises(KeyError):
        outbox.commit(some(10), [event("a"), {"no": "key"}], 1)
    assert list(outbox.journal()) == []
    assert outbox.pending("events") == []
    assert outbox.commit(some(10), [event("a")], 1) == 1


def test_the_file_is_in_wal_and_every_commit_is_on_the_disk(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    assert outbox._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert outbox._database.execute("PRAGMA synchronous").fetchone() == (2,)
    assert isinstance(outbox._database, sqlite3.Connection)
