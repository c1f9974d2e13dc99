"""Compaction of a store of readings: what landed becomes parts by day, parts are merged, old days are let go.

Each step ends with one new manifest; before it nothing refers to the new files, after it nothing to the old ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import polars as pl

from yufang.sensing.store import SCHEMA, ReadingStore, add_up, once, widen
from yufang.sensing.store_layout import (
    DAY_US,
    LANDING,
    LEVELS,
    RAW,
    Manifest,
    Part,
    compacting,
    day_name,
    landed,
    read_manifest,
    sweep,
    sync_folder,
    write_manifest,
)

FAN = 8  # so many parts of one rank of one day are merged into one of the next
CLOSED_AFTER_US = 2 * 3_600_000_000  # a day is merged into one part when it has been over for so long
STEP_ROWS = 4_000_000  # rows that are held in memory at once
_ROW_GROUP = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days that are kept, by level; None keeps them for ever."""

    raw: int | None = 90
    m1: int | None = 400
    m15: int | None = 1_100
    h1: int | None = None

    def days(self, level: str) -> int | None:
        return {"raw": self.raw, "m1": self.m1, "m15": self.m15, "h1": self.h1}[level]


@dataclass(slots=True)
class Compaction:
    """What a compaction did. `repeated` readings were known already and changed nothing."""

    batches: int = 0
    rows: int = 0
    repeated: int = 0
    merged: int = 0
    dropped: list[str] = field(default_factory=list)


def compact(
    store: ReadingStore, now: int, retention: Retention | None = None, step: Callable[[str], None] = lambda _: None
) -> Compaction:
    """Compact what landed, merge parts, let go of what is older than `retention`, as of `now` (µs).

    Idempotent; can be cut off anywhere. `step` is told before each change on disk (tests stop it there). Raises
    SensingError where another process compacts, or the folder can't be written.
    """
    done = Compaction()
    with compacting(store.root):
        step("sweep")
        manifest = sweep(store.root, read_manifest(store.root))
        for names in _steps(store.root):
            manifest = _absorb(store, manifest, names, done, step)
        manifest = _merge(store, manifest, now, done, step)
        manifest = _let_go(store, manifest, now, retention or Retention(), done, step)
    return done


def _steps(root: Path) -> list[list[str]]:
    """Batches that landed, grouped so that a group fits the memory."""
    groups: list[list[str]] = []
    rows = STEP_ROWS
    for name in landed(root):
        count = int(pl.scan_parquet(root / LANDING / name, glob=False).select(pl.len()).collect().item())
        if rows + count > STEP_ROWS:
            groups.append([])
            rows = 0
        groups[-1].append(name)
        rows += count
    return groups


def _absorb(
    store: ReadingStore, manifest: Manifest, names: list[str], done: Compaction, step: Callable[[str], None]
) -> Manifest:
    paths = [store.root / LANDING / name for name in names]
    came = pl.read_parquet(paths, schema=SCHEMA, glob=False)
    rows = store.unknown(manifest, once(came))
    number = manifest.next_number
    parts = []
    day = (pl.col("time").dt.timestamp("us") // DAY_US).alias("day")
    for (found,), group in rows.group_by(day, maintain_order=True):
        part = Part(number=number, day=int(found), rows=group.height, rank=0, levels=(RAW, *LEVELS))
        step("part")
        _write(group, store.root / part.path(RAW))
        sums = add_up(group, LEVELS["m1"])
        for level, width in LEVELS.items():
            sums = widen(sums, width) if level != "m1" else sums
            _write(sums, store.root / part.path(level))
        parts.append(part)
        number += 1
    step("marks")
    marks = _write(_new_marks(store, manifest, rows), store.root / store.marks_path(number))
    step("manifest")
    after = manifest.following(
        next_number=number + 1,
        parts=(*manifest.parts, *parts),
        marks=marks.relative_to(store.root).as_posix(),
        absorbed=(*manifest.absorbed, *names),
        garbage=(*manifest.garbage, *((manifest.marks,) if manifest.marks else ())),
    )
    write_manifest(store.root, after)
    step("absorbed")
    for path in paths:
        path.unlink(missing_ok=True)
    done.batches += len(names)
    done.rows += rows.height
    done.repeated += came.height - rows.height
    return after


def _new_marks(store: ReadingStore, manifest: Manifest, rows: pl.DataFrame) -> pl.DataFrame:
    newest = rows.group_by("channel").agg(pl.col("time").max().dt.timestamp("us").alias("newest"))
    both = pl.concat([store.marks(manifest), newest.with_columns(pl.col("newest").cast(pl.Int64))])
    return both.group_by("channel").agg(pl.col("newest").max()).sort("channel")


def _write(frame: pl.DataFrame, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP)
    _sync(path)
    return path


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(path.parent)


def _merge(
    store: ReadingStore, manifest: Manifest, now: int, done: Compaction, step: Callable[[str], None]
) -> Manifest:
    for day in sorted({part.day for part in manifest.parts}):
        while True:
            parts = [part for part in manifest.parts if part.day == day]
            over = now >= (day + 1) * DAY_US + CLOSED_AFTER_US
            chosen = _ripe(parts, over)
            if len(chosen) < 2:
                break
            step("merge")
            manifest = _merge_parts(store, manifest, chosen, step)
            done.merged += len(chosen)
    return manifest


def _ripe(parts: Sequence[Part], over: bool) -> list[Part]:
    """The parts of one day to merge next: all where the day is over, else `FAN` of one rank."""
    if over:
        return list(parts)
    for rank in sorted({part.rank for part in parts}):
        same = [part for part in parts if part.rank == rank]
        if len(same) >= FAN:
            return same[:FAN]
    return []


def _merge_parts(
    store: ReadingStore, manifest: Manifest, chosen: Sequence[Part], step: Callable[[str], None]
) -> Manifest:
    levels = tuple(level for level in (RAW, *LEVELS) if all(level in part.levels for part in chosen))
    made = Part(
        number=manifest.next_number,
        day=chosen[0].day,
        rows=sum(part.rows for part in chosen),
        rank=max(part.rank for part in chosen) + 1,
        levels=levels,
    )
    for level in levels:
        sources = [str(store.root / part.path(level)) for part in chosen]
        _sort_into(sources, store.root / made.path(level), level)
    step("manifest")
    gone = {part.number for part in chosen}
    after = manifest.following(
        next_number=manifest.next_number + 1,
        parts=(*(part for part in manifest.parts if part.number not in gone), made),
        garbage=(*manifest.garbage, *(part.path(level) for part in chosen for level in part.levels)),
    )
    write_manifest(store.root, after)
    return after


def _sort_into(sources: Sequence[str], path: Path, level: str) -> None:
    """Merge files into one, sorted; DuckDB spills to disk where a day doesn't fit the memory."""
    if level == RAW:
        query = f"SELECT {', '.join(SCHEMA.names())} FROM read_parquet($1) ORDER BY channel, time"
    else:
        query = (
            "SELECT channel, bucket, sum(count)::UINTEGER AS count, sum(flagged)::UINTEGER AS flagged, "
            "sum(total) AS total, min(low) AS low, max(high) AS high FROM read_parquet($1) "
            "GROUP BY channel, bucket ORDER BY channel, bucket"
        )
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": "1GB",
        "threads": 1,
        "temp_directory": str(path.parent),
    }
    with duckdb.connect(config=config) as connection:
        target = str(path).replace("'", "''")
        copy = f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
        connection.execute(copy, [list(sources)])
    _sync(path)


def _let_go(
    store: ReadingStore,
    manifest: Manifest,
    now: int,
    retention: Retention,
    done: Compaction,
    step: Callable[[str], None],
) -> Manifest:
    today = now // DAY_US
    kept, garbage = [], []
    for part in manifest.parts:
        gone = {level for level in part.levels if _too_old(part.day, today, retention.days(level))}
        if not gone:
            kept.append(part)
            continue
        garbage += [part.path(level) for level in part.levels if level in gone]
        done.dropped += [f"{day_name(part.day)}:{level}" for level in part.levels if level in gone]
        left = tuple(level for level in part.levels if level not in gone)
        if left:
            kept.append(replace(part, levels=left))
    if not garbage:
        return manifest
    step("retention")
    after = manifest.following(parts=tuple(kept), garbage=(*manifest.garbage, *garbage))
    write_manifest(store.root, after)
    return after


def _too_old(day: int, today: int, days: int | None) -> bool:
    return days is not None and day < today - days
