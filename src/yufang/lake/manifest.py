"""What a lake holds, in one file: which parts make up each table, and which files were imported.

Everything is written first under names that nothing refers to; then `manifest.json` is replaced by a rename. A process
that dies at any moment leaves the old manifest or the new one, and each names only whole files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from yufang.lake.errors import LakeError

NAME = "manifest.json"
STAGING = "staging"
SIDE_TABLES = ("rejects", "changes", "findings")


class Part(BaseModel):
    """One Parquet file of a table: path from the lake's root, its rows, and the import or source that wrote it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    rows: int
    writer: str


class ImportRecord(BaseModel):
    """One finished import. rows = taken + rejected + known: no row is lost without a word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    import_id: str
    file: str
    file_hash: str
    kind: str
    mapping: str
    mapping_hash: str
    encoding: str
    rows: int
    taken: int
    rejected: int
    known: int  # already in the lake from another file, with the same content
    changed: int  # values cleaned or converted; the originals stand in `changes`
    emptied: int  # of these, values that could not be read
    enterprises: int  # enterprises that the lake did not know before
    flagged: int = 0  # values that were kept although a rule says that they can't be so
    at: str = ""  # ISO time, where the caller gave one


class Manifest(BaseModel):
    """The lake at one moment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    version: int = 0
    tables: dict[str, tuple[Part, ...]] = {}
    imports: tuple[ImportRecord, ...] = ()

    def parts(self, table: str) -> tuple[Part, ...]:
        return self.tables.get(table, ())


EMPTY = Manifest()


def read_manifest(root: Path) -> Manifest:
    """Return the lake's manifest; an empty one where nothing was imported yet."""
    path = root / NAME
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return EMPTY
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise LakeError("broken_lake", folder=root, manifest=NAME, reason=reason) from error


def write_manifest(root: Path, manifest: Manifest) -> None:
    """Replace the manifest. This is the moment at which an import becomes true."""
    beside = root / f".{NAME}.part"
    with beside.open("w", encoding="utf-8") as file:
        json.dump(manifest.model_dump(mode="json"), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(root / NAME)
    folder = os.open(root, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Hold the lake for one writer. Raise LakeError if it can't be written or another import holds it.

    The lock is the operating system's: it goes with the process that held it, however that ends.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        # A lock file can be opened in a folder that takes no new file, so ask for a new one.
        probe = root / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
        lock = FileLock(root / ".lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise LakeError("busy", folder=root) from error
    except OSError as error:
        raise LakeError("no_write", folder=root, reason=error.strerror or str(error)) from error
    try:
        yield
    except OSError as error:
        raise LakeError("no_write", folder=root, reason=error.strerror or str(error)) from error
    finally:
        lock.release()


def sweep(root: Path, manifest: Manifest) -> None:
    """Remove parts that no manifest names: left by a broken import, or replaced by the one before.

    Done before an import and not after one, so that a reader that still holds the last manifest finds its files.
    """
    named = {part.path for parts in manifest.tables.values() for part in parts}
    for path in (root / "tables").glob("*/*"):
        if path.is_file() and path.relative_to(root).as_posix() not in named:
            path.unlink()


def part_path(table: str, name: str) -> str:
    """Return the path of a part from the lake's root."""
    return f"tables/{table}/{name}.parquet"
