"""The folder of a store of readings and its manifest: what counts, and what is still to be swept away.

manifest.json            what the store holds; replaced whole, so that it is always one version or the next
landing/<batch>.parquet  batches as they came
days/<day>/<n>.raw.parquet   compacted readings, sorted by channel and time
days/<day>/<n>.m1.parquet    and .m15, .h1: what they add up to in buckets of a minute, a quarter and an hour
marks/<n>.parquet        the newest compacted event time of each channel
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from yufang.sensing.errors import SensingError

MANIFEST, LANDING, DAYS, MARKS = "manifest.json", "landing", "days", "marks"
RAW = "raw"
LEVELS: dict[str, int] = {"m1": 60_000_000, "m15": 900_000_000, "h1": 3_600_000_000}  # width of a bucket, µs
DAY_US = 86_400_000_000
MOST_POINTS = 2_000  # of a chart, unless more are asked for


@dataclass(frozen=True, slots=True)
class Part:
    """Files `days/<day>/<n>.*` of one compaction or merge. `levels` are those still kept; `rank` counts the merges."""

    number: int
    day: int  # days since 1970, UTC
    rows: int
    rank: int
    levels: tuple[str, ...]

    def path(self, level: str) -> str:
        return f"{DAYS}/{day_name(self.day)}/{self.number:09d}.{level}.parquet"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`absorbed`: landing files whose rows are in parts already. `garbage`: files that older readers may still hold."""

    version: int = 0
    next_number: int = 0
    parts: tuple[Part, ...] = ()
    marks: str = ""
    absorbed: tuple[str, ...] = ()
    garbage: tuple[str, ...] = ()

    def of_days(self, first: int, last: int) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if first <= part.day <= last)

    def following(self, **changes: object) -> Manifest:
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]


def day_name(day: int) -> str:
    """`2026-11-22` of a number of days since 1970."""
    from datetime import date

    return str(date.fromordinal(date(1970, 1, 1).toordinal() + day))


def read_manifest(root: Path) -> Manifest:
    """The newest manifest; an empty one where there is none yet. Raises SensingError where it can't be read."""
    path = root / MANIFEST
    try:
        data = json.loads(path.read_bytes())
        parts = tuple(Part(**{**part, "levels": tuple(part["levels"])}) for part in data.pop("parts"))
        absorbed, garbage = tuple(data.pop("absorbed")), tuple(data.pop("garbage"))
        return Manifest(parts=parts, absorbed=absorbed, garbage=garbage, **data)
    except FileNotFoundError:
        return Manifest()
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise SensingError("broken_store", folder=root, file=MANIFEST, reason=str(error)) from error


def write_manifest(root: Path, manifest: Manifest) -> None:
    """Make `manifest` the one that counts, in one step."""
    write_whole(root / MANIFEST, json.dumps(asdict(manifest), separators=(",", ":")).encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut. Raises SensingError."""
    passing = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with passing.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(passing, path)
        sync_folder(path.parent)
    except OSError as error:
        passing.unlink(missing_ok=True)
        raise SensingError("no_write", folder=path.parent, reason=error.strerror or str(error)) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def compacting(root: Path) -> Iterator[None]:
    """Let one process change parts and manifest at a time. Raises SensingError where another one is at it."""
    root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(root / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise SensingError("busy_store", folder=root) from error


def landed(root: Path) -> list[str]:
    """Names of the batches that landed and were not swept yet, in order of name."""
    try:
        return sorted(entry.name for entry in os.scandir(root / LANDING) if entry.name.endswith(".parquet"))
    except FileNotFoundError:
        return []


def sweep(root: Path, manifest: Manifest) -> Manifest:
    """Delete what no manifest speaks of: absorbed batches, garbage, and what a broken compaction left behind."""
    for name in manifest.absorbed:
        (root / LANDING / name).unlink(missing_ok=True)
    for name in manifest.garbage:
        (root / name).unlink(missing_ok=True)
    kept = {part.path(level) for part in manifest.parts for level in part.levels} | {manifest.marks}
    for folder in (*sorted((root / DAYS).glob("*")), root / MARKS):
        if not folder.is_dir():
            continue
        for path in folder.iterdir():
            if path.relative_to(root).as_posix() not in kept:
                path.unlink(missing_ok=True)
        if folder.parent.name == DAYS and not any(folder.iterdir()):
            folder.rmdir()
    return replace(manifest, absorbed=(), garbage=())
