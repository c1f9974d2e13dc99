"""The outbox in one SQLite file: journal, batches with their sequence, events once, snapshots, troubles.

What a crash leaves is a past commit, whole: journal, events and the keys of events are written together, so that after
a restart the snapshot and the journal give the detectors exactly the state that the last commit stood for.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson

from yufang.edge.batches import EdgeBatch, decode, encode, key_table
from yufang.edge.outbox.packing import pack_arrays, pack_readings, unpack_arrays, unpack_readings
from yufang.edge.outbox.schema import PAGE, open_database
from yufang.edge.outbox.thinning import LAST_LEVEL, level_to_thin, thinned
from yufang.sensing.detectors.contract import Snapshot
from yufang.sensing.readings import Readings

RESERVE_BYTES = 4 * 1024 * 1024  # given up when the disk is full: thinning itself needs room to write
_SLACK = 512 * 1024  # of the bound, for indexes and what is rewritten
MAX_TROUBLES = 500
MAX_BATCH_READINGS = 40_000  # under what the platform takes, even where nothing compresses
T = TypeVar("T")


class OutboxFull(OSError):
    """The disk or the bound leaves no room, even after thinning everything that may be thinned."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A batch that the platform hasn't acknowledged."""

    lane: str
    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class OpenEpisode:
    """An episode that is raised, with the event that raised it as plain data."""

    episode: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """How the outbox stands, for the health page and the platform."""

    waiting: dict[str, int]  # lane → batches not acknowledged
    first: dict[str, int]  # lane → oldest sequence still here
    next: dict[str, int]  # lane → the sequence that the next batch gets
    oldest_us: int | None
    used_bytes: int
    limit_bytes: int
    refused: int  # batches that the platform can't take
    thinned_batches: int
    dropped_readings: int
    disk_full: bool


class Outbox:
    """One node's outbox. One process owns it; calls come from one thread at a time."""

    def __init__(self, path: Path, *, limit_bytes: int, keep_acked_s: float = 86_400.0) -> None:
        self.path, self.limit_bytes, self._keep_acked_us = path, limit_bytes, int(keep_acked_s * 1e6)
        self.disk_full = False
        self._bound = limit_bytes  # less while the disk is full
        self._database = open_database(path, limit_bytes)
        self._reserve = path.with_suffix(".reserve")
        self._reserve_again = 0.0
        self._hold_reserve()

    def close(self) -> None:
        self._database.close()

    # ── what is written ───────────────────────────────────────────────────────────────────────────────────────────

    def commit(self, readings: Readings, events: Sequence[Mapping[str, Any]], now_us: int) -> int:
        """Write readings to the journal and the events that are new as a batch of their lane, in one transaction.

        `readings.channel` counts into the node's channels. Returns how many events were new. Raises OutboxFull where
        there is no room; nothing of it is then written.
        """
        if not len(readings) and not events:
            return 0

        def write() -> int:
            with self._transaction():
                if len(readings):
                    self._database.execute("INSERT INTO journal (payload) VALUES (?)", [pack_readings(readings)])
                return self._write_events(events, now_us)

        return self._with_room(write, now_us)

    def seal(
        self,
        keys: Sequence[str],
        now_us: int,
        snapshots: Mapping[str, Snapshot] | None = None,
        lost: Sequence[Mapping[str, Any]] = (),
    ) -> int | None:
        """Put what the journal holds since the last seal into a batch of readings.

        With `snapshots`, the rules' state at the end of the journal, the journal begins anew. `lost` is told in the
        batch's thinning. Returns the last sequence, None where there was nothing to seal. Raises OutboxFull.
        """

        def write() -> int | None:
            with self._transaction():
                readings = Readings.concat(list(self._journal("WHERE sealed = 0")))
                sequence = None
                if len(readings) or lost:
                    for at in range(0, max(1, len(readings)), MAX_BATCH_READINGS):
                        part = readings.take(slice(at, at + MAX_BATCH_READINGS))
                        sequence = self._write_readings(part, keys, now_us, () if at else tuple(lost))
                if snapshots is None and self.disk_full:
                    self._database.execute("DELETE FROM journal")  # a restart then starts from an older state
                elif snapshots is None:
                    self._database.execute("UPDATE journal SET sealed = 1 WHERE sealed = 0")
                else:
                    self._keep(snapshots)
                return sequence

        return self._with_room(write, now_us)

    def acknowledge(self, lane: str, sequence: int) -> None:
        """The platform has this batch."""
        with self._transaction():
            self._database.execute("UPDATE batch SET acked = 1 WHERE lane = ? AND sequence = ?", [lane, sequence])

    def refuse(self, lane: str, sequence: int) -> None:
        """The platform can't take this batch, now or later: it is set aside, so that the others go on."""
        with self._transaction():
            self._database.execute("UPDATE batch SET acked = 2 WHERE lane = ? AND sequence = ?", [lane, sequence])

    def wanted_again(self, lane: str, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """The platform misses these sequences: what is still here is sent again. Returns what isn't here."""
        gone = []
        with self._transaction():
            for first, last in ranges:
                last = min(last, self._next(lane) - 1)
                if last < first:
                    continue
                self._database.execute(
                    "UPDATE batch SET acked = 0 WHERE lane = ? AND acked = 1 AND sequence BETWEEN ? AND ?",
                    [lane, first, last],
                )
                gone += self._holes(lane, first, last)
        return gone

    @property
    def epoch(self) -> str:
        """Tells this outbox from an earlier one of the same node, whose sequences began at 0 too."""
        return self.get("epoch") or ""

    def forget(self, now_us: int) -> None:
        """Remove acknowledged batches past their time and keys of events past any repetition (30 days)."""
        with self._transaction():
            self._database.execute(
                "DELETE FROM batch WHERE acked = 1 AND created_us < ?", [now_us - self._keep_acked_us]
            )
            month = now_us - 30 * 86_400_000_000
            self._database.execute("DELETE FROM batch WHERE acked = 2 AND created_us < ?", [month])
            self._database.execute("DELETE FROM event_key WHERE at_us < ?", [month])
        self._database.execute("PRAGMA incremental_vacuum(500)")

    # ── what is read ──────────────────────────────────────────────────────────────────────────────────────────────

    def pending(self, lane: str, limit: int = 1) -> list[Pending]:
        """The oldest batches of a lane that wait, in their order."""
        rows = self._database.execute(
            "SELECT sequence, payload FROM batch WHERE lane = ? AND acked = 0 ORDER BY sequence LIMIT ?", [lane, limit]
        )
        return [Pending(lane, sequence, payload) for sequence, payload in rows]

    def journal(self) -> Iterator[Readings]:
        """Readings since the last snapshot, as they were committed."""
        return self._journal("")

    def snapshots(self) -> dict[str, Snapshot]:
        """The detectors' states at the last seal."""
        return {n: unpack_arrays(p) for n, p in self._database.execute("SELECT name, payload FROM snapshot")}

    def episodes(self) -> list[OpenEpisode]:
        """Episodes that are raised and not cleared."""
        rows = self._database.execute("SELECT episode, event FROM episode")
        return [OpenEpisode(episode, orjson.loads(event)) for episode, event in rows]

    def last_time_us(self) -> int:
        """The latest event time written: the node's clock goes on from there. 0 where there is none."""
        latest = [int(readings.time.max()) for readings in self.journal()]
        row = self._database.execute(
            "SELECT to_us FROM batch WHERE lane = 'readings' ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        return max([0, *latest, *(row or ())])

    def figures(self) -> Figures:
        """Counts for the health page."""
        waiting, first = {}, {}
        for lane in ("events", "readings"):
            (count,) = self._database.execute(
                "SELECT count(*) FROM batch WHERE lane = ? AND acked = 0", [lane]
            ).fetchone()
            (oldest,) = self._database.execute("SELECT min(sequence) FROM batch WHERE lane = ?", [lane]).fetchone()
            waiting[lane] = count
            first[lane] = self._next(lane) if oldest is None else oldest
        oldest = [
            row[0]
            for lane in waiting
            for row in self._database.execute(
                "SELECT from_us FROM batch WHERE lane = ? AND acked = 0 ORDER BY sequence LIMIT 1", [lane]
            )
        ]
        (bad,) = self._database.execute("SELECT count(*) FROM batch WHERE acked = 2").fetchone()
        (thin,) = self._database.execute(
            "SELECT count(*) FROM batch WHERE lane = 'readings' AND acked IN (0, 1) AND level > 0"
        ).fetchone()
        return Figures(
            waiting=waiting,
            first=first,
            next={lane: self._next(lane) for lane in waiting},
            oldest_us=min(oldest, default=None),
            used_bytes=self._used(),
            limit_bytes=self.limit_bytes,
            refused=bad,
            thinned_batches=thin,
            dropped_readings=int(self.get("dropped_readings") or 0),
            disk_full=self.disk_full,
        )

    def get(self, key: str) -> str | None:
        """A small fact kept with the outbox."""
        row = self._database.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return None if row is None else str(row[0])

    def put(self, key: str, value: str) -> None:
        """Keep a small fact."""
        with self._transaction():
            self._put(key, value)

    def note(self, source: str, place: str, kind: str, zh: str, en: str, now_us: int, times: int = 1) -> None:
        """Keep a trouble; the same one again is counted. The oldest go where there are too many."""
        with suppress(sqlite3.Error), self._transaction():
            self._database.execute(
                "INSERT INTO trouble VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, place, kind) DO UPDATE SET "
                "zh = excluded.zh, en = excluded.en, last_us = excluded.last_us, times = times + excluded.times",
                [source[:80], place[:200], kind, zh[:500], en[:500], now_us, now_us, times],
            )
            self._database.execute(
                "DELETE FROM trouble WHERE rowid IN "
                "(SELECT rowid FROM trouble ORDER BY last_us DESC LIMIT -1 OFFSET ?)",
                [MAX_TROUBLES],
            )

    def troubles(self, limit: int = 50) -> list[dict[str, Any]]:
        """The latest troubles, newest first."""
        rows = self._database.execute(
            "SELECT source, place, kind, zh, en, first_us, last_us, times FROM trouble ORDER BY last_us DESC LIMIT ?",
            [limit],
        )
        names = ("source", "place", "kind", "zh", "en", "first_us", "last_us", "times")
        return [dict(zip(names, row, strict=True)) for row in rows]

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def _journal(self, which: str) -> Iterator[Readings]:
        for (payload,) in self._database.execute(f"SELECT payload FROM journal {which} ORDER BY id").fetchall():
            yield unpack_readings(payload)

    def _keep(self, snapshots: Mapping[str, Snapshot]) -> None:
        self._database.execute("DELETE FROM snapshot")
        for name, arrays in snapshots.items():
            self._database.execute("INSERT INTO snapshot VALUES (?, ?)", [name, pack_arrays(arrays)])
        self._database.execute("DELETE FROM journal")

    def _put(self, key: str, value: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])

    def _next(self, lane: str) -> int:
        return int(self.get(f"next.{lane}") or 0)

    def _holes(self, lane: str, first: int, last: int) -> list[tuple[int, int]]:
        """Ranges between `first` and `last` of which no batch is here that could be sent."""
        rows = self._database.execute(
            "SELECT sequence FROM batch WHERE lane = ? AND sequence BETWEEN ? AND ? AND acked < 2 ORDER BY sequence",
            [lane, first, last],
        )
        holes, expected = [], first
        for (sequence,) in rows:
            if sequence > expected:
                holes.append((expected, sequence - 1))
            expected = sequence + 1
        if expected <= last:
            holes.append((expected, last))
        return holes

    def _write_events(self, events: Sequence[Mapping[str, Any]], now_us: int) -> int:
        new = []
        for event in events:
            if self._database.execute(
                "INSERT OR IGNORE INTO event_key VALUES (?, ?)", [event["key"], int(event["at"])]
            ).rowcount:
                new.append(event)
                self._follow(event)
        for at in range(0, len(new), 500):
            part = new[at : at + 500]
            times = [int(event["at"]) for event in part]
            self._insert(EdgeBatch("events", self._next("events"), Readings.empty(), (), tuple(part)), times, now_us)
        return len(new)

    def _follow(self, event: Mapping[str, Any]) -> None:
        if event["state"] == "cleared":
            self._database.execute("DELETE FROM episode WHERE episode = ?", [event["episode"]])
        elif not event.get("momentary"):
            self._database.execute(
                "INSERT OR REPLACE INTO episode VALUES (?, ?)", [event["episode"], orjson.dumps(event)]
            )

    def _write_readings(
        self, readings: Readings, keys: Sequence[str], now_us: int, lost: tuple[Mapping[str, Any], ...]
    ) -> int:
        counted, named = key_table(readings, keys)
        batch = EdgeBatch("readings", self._next("readings"), counted, named, (), lost)
        times = [int(readings.time.min()), int(readings.time.max())] if len(readings) else [now_us]
        return self._insert(batch, times, now_us)

    def _insert(self, batch: EdgeBatch, times: Sequence[int], now_us: int) -> int:
        payload = encode(batch)
        self._database.execute(
            "INSERT INTO batch (lane, sequence, created_us, from_us, to_us, readings, events, size, payload) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                batch.lane,
                batch.sequence,
                now_us,
                min(times),
                max(times),
                len(batch.readings),
                len(batch.events),
                len(payload),
                payload,
            ],
        )
        self._put(f"next.{batch.lane}", str(batch.sequence + 1))
        return batch.sequence

    # ── room ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _with_room(self, write: Callable[[], T], now_us: int) -> T:
        """Run `write`; where the disk or the bound has no room, make some and try again."""
        over = self._used() - (self._bound - max(_SLACK, self._bound // 20))
        if over > 0:
            with suppress(sqlite3.OperationalError):
                self._thin(now_us, max(over, 128 * 1024))
        for _ in range(3):
            try:
                done = write()
            except sqlite3.OperationalError as error:
                if not _is_full(error):
                    raise
                self.disk_full = True
                self._give_way(now_us)
            else:
                if self.disk_full and time.monotonic() > self._reserve_again:
                    self._hold_reserve()
                return done
        raise OutboxFull(f"no room in {self.path.parent}")

    def _give_way(self, now_us: int) -> None:
        """The disk is full: give up the reserve, all but stop growing, and free a tenth of what the batches hold.

        Most of the reserve is for the log; the file takes a quarter of it and then writes over what is freed in it.
        """
        self._reserve.unlink(missing_ok=True)
        self._reserve_again = time.monotonic() + 10.0
        with suppress(sqlite3.Error):  # the reserve alone may be enough; the next try tells
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (pages,) = self._database.execute("PRAGMA page_count").fetchone()
            if self._bound == self.limit_bytes:
                pages += RESERVE_BYTES // 4 // PAGE
                self._bound = min(self._bound, pages * PAGE)
                self._database.execute(f"PRAGMA max_page_count = {pages}")
                self._database.execute("PRAGMA wal_autocheckpoint = 100")
            (held,) = self._database.execute("SELECT coalesce(sum(size), 0) FROM batch").fetchone()
            self._thin(now_us, max(2 * _SLACK, held // 10))
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _hold_reserve(self) -> None:
        """Keep some of the disk for the moment when it is full; `disk_full` tells whether that can be done."""
        size = min(RESERVE_BYTES, self.limit_bytes // 8)
        try:
            if not self._reserve.exists() or self._reserve.stat().st_size != size:
                with self._reserve.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, size)
        except OSError:
            self._reserve.unlink(missing_ok=True)
            self._reserve_again = time.monotonic() + 10.0
            self.disk_full = True
            return
        self.disk_full = False
        self._bound = self.limit_bytes
        self._database.execute(f"PRAGMA max_page_count = {max(256, self.limit_bytes // PAGE)}")
        self._database.execute("PRAGMA wal_autocheckpoint = 500")

    def _used(self) -> int:
        (pages,) = self._database.execute("PRAGMA page_count").fetchone()
        (free,) = self._database.execute("PRAGMA freelist_count").fetchone()
        return int(pages - free) * PAGE

    def _thin(self, now_us: int, wanted: int) -> int:
        """Free about `wanted` bytes: batches that the platform has, then the oldest readings. Returns what is free."""
        freed = 0
        rows = self._database.execute(
            "SELECT rowid, size FROM batch WHERE acked = 1 ORDER BY lane DESC, sequence LIMIT 500"
        ).fetchall()
        with self._transaction():
            for row, size in rows:
                if freed >= wanted:
                    break
                self._database.execute("DELETE FROM batch WHERE rowid = ?", [row])
                freed += size
        began = time.monotonic()
        # Bounded in time: detectors wait meanwhile. What is missing is freed with the next commit.
        while freed < wanted and time.monotonic() - began < 0.2:
            less = self._thin_some(now_us, wanted - freed)
            if not less:
                break
            freed += less
        return freed

    def _thin_some(self, now_us: int, wanted: int) -> int:
        """Thin up to 8 batches by one level each, in one transaction; returns the bytes saved."""
        sizes: dict[int, int] = dict(
            self._database.execute(
                "SELECT level, sum(size) FROM batch "
                "WHERE lane = 'readings' AND acked = 0 AND level < ? AND readings > 0 GROUP BY level",
                [LAST_LEVEL],
            ).fetchall()
        )
        level = level_to_thin(sizes)
        if level is None:
            return 0
        rows = self._database.execute(
            "SELECT sequence, payload FROM batch WHERE lane = 'readings' AND acked = 0 AND level = ? AND readings > 0 "
            "ORDER BY sequence LIMIT 8",
            [level],
        ).fetchall()
        saved = dropped = 0
        with self._transaction():
            for sequence, payload in rows:
                if saved >= wanted:
                    break
                before = after = decode(payload)
                reached = level
                while reached < LAST_LEVEL and len(after.readings) == len(before.readings):
                    reached += 1  # a level that would drop nothing is passed over
                    after = thinned(before, reached, now_us)
                less = encode(after)
                self._database.execute(
                    "UPDATE batch SET payload = ?, size = ?, level = ?, readings = ? "
                    "WHERE lane = 'readings' AND sequence = ?",
                    [less, len(less), reached, len(after.readings), sequence],
                )
                dropped += len(before.readings) - len(after.readings)
                saved += max(1, len(payload) - len(less))
            self._put("dropped_readings", str(int(self.get("dropped_readings") or 0) + dropped))
        return saved


def _is_full(error: sqlite3.OperationalError) -> bool:
    # ENOSPC shows as SQLITE_FULL, or as an I/O error where the write-ahead log could not be extended.
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
