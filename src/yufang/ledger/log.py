"""Verify a stored log: hash its bytes again, compare with what was stored then, and name the first altered leaf."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import IO, Any, Literal

import orjson

from yufang.ledger.audit import Block, StoredLeaf
from yufang.ledger.merkle import HASH_BYTES, CompactRange, leaf_hash
from yufang.ledger.tiles import WIDTH

Verdict = Literal["whole", "altered", "hash_altered", "missing", "surplus", "rewritten", "shorter"]


@dataclass(frozen=True)
class Checkpoint:
    """The root of the first `size` leaves, as it was told to others at the time."""

    size: int
    root: bytes


@dataclass(frozen=True)
class VerifyReport:
    """What verification found.

    whole          every leaf hashes to what was stored, and every checkpoint's root comes out
    altered        the bytes of leaf `first` are not those that were hashed when it was appended
    hash_altered   the bytes of leaf `first` fit the checkpoint, its stored hash does not
    missing        leaf `first` has a stored hash and no bytes
    surplus        leaf `first` has bytes and no stored hash
    rewritten      bytes and hashes agree, yet a checkpoint doesn't: leaves `first` … `last` were replaced together
    shorter        the log ends before a checkpoint: leaf `first` is gone
    """

    verdict: Verdict
    size: int
    root: bytes  # over the bytes as they stand
    first: int | None = None
    last: int | None = None

    @property
    def ok(self) -> bool:
        return self.verdict == "whole"


def verify(
    entries: Iterable[bytes], stored_hashes: Iterable[bytes], checkpoint: Checkpoint | Sequence[Checkpoint]
) -> VerifyReport:
    """Hash every entry again and compare with `stored_hashes` and the checkpoints (any order).

    Several checkpoints narrow down where a log was rewritten together with its hashes. One pass, constant memory.
    """
    points = sorted([checkpoint] if isinstance(checkpoint, Checkpoint) else checkpoint, key=lambda p: p.size)
    byte_range, hash_range = CompactRange(), CompactRange()
    byte_roots: dict[int, bytes] = {0: byte_range.root()}
    hash_roots: dict[int, bytes] = {0: hash_range.root()}
    sizes = {point.size for point in points}
    first: tuple[Verdict, int] | None = None
    for index, (entry, stored) in enumerate(zip_longest(entries, stored_hashes)):
        if entry is None or stored is None:
            first = first or ("missing" if entry is None else "surplus", index)
            break
        computed = leaf_hash(entry)
        if computed != stored and first is None:
            first = ("altered", index)
        byte_range.append(computed)
        hash_range.append(stored if len(stored) == HASH_BYTES else b"\x00" * HASH_BYTES)
        if index + 1 in sizes:
            byte_roots[index + 1], hash_roots[index + 1] = byte_range.root(), hash_range.root()
    size, root = byte_range.size, byte_range.root()
    if first is not None:
        verdict, index = first
        after = next((point for point in points if point.size > index), None)
        if verdict == "altered" and after is not None and byte_roots.get(after.size) == after.root:
            verdict = "hash_altered"
        return VerifyReport(verdict, size, root, index, index)
    start = 0
    for point in points:
        if point.size > size:
            return VerifyReport("shorter", size, root, size, point.size - 1)
        if byte_roots[point.size] != point.root:
            return VerifyReport("rewritten", size, root, start, max(start, point.size - 1))
        start = point.size
    return VerifyReport("whole", size, root)


# ── exported logs ─────────────────────────────────────────────────────────────────────────────────────────────────────


class ExportError(ValueError):
    """An exported log that can't be read: names the line and what is wrong with it."""


def write_export(file: IO[str], entries: Iterable[bytes], stored_hashes: Iterable[bytes], *points: Checkpoint) -> None:
    """Write a log as JSON Lines: one line a leaf (`leaf` in base64, `hash` in hex), then one a checkpoint."""
    for index, (entry, stored) in enumerate(zip(entries, stored_hashes, strict=True)):
        line = {"index": index, "leaf": base64.b64encode(entry).decode(), "hash": stored.hex()}
        file.write(json.dumps(line) + "\n")
    for point in points:
        file.write(json.dumps({"size": point.size, "root": point.root.hex()}) + "\n")


@dataclass(frozen=True)
class Export:
    """An exported log, read."""

    entries: list[bytes]
    stored_hashes: list[bytes]
    checkpoints: list[Checkpoint]


def read_export(lines: Iterable[str]) -> Export:
    """Read what `write_export` wrote; raise ExportError at the first line that is not of that form."""
    export = Export([], [], [])
    for number, record in _records(lines):
        try:
            if "leaf" in record:
                if record["index"] != len(export.entries):
                    raise ExportError(
                        f"line {number}: leaf {record['index']} where {len(export.entries)} should follow"
                    )
                export.entries.append(base64.b64decode(record["leaf"], validate=True))
                export.stored_hashes.append(as_hash(record["hash"]))
            else:
                export.checkpoints.append(Checkpoint(int(record["size"]), as_hash(record["root"])))
        except (KeyError, TypeError) as error:
            raise ExportError(f"line {number}: {error} is missing or of the wrong type") from error
        except ExportError:
            raise
        except ValueError as error:
            raise ExportError(f"line {number}: {error}") from error
    return export


def stream_export(lines: Iterable[str]) -> Iterator[StoredLeaf | Block]:
    """The leaves of an export in order, full tiles as blocks, for logs that don't fit in memory. Raises ExportError."""
    tile: list[StoredLeaf] = []
    for leaf in _stream(lines):
        if leaf.index % WIDTH != len(tile) or (tile and leaf.index != tile[0].index + len(tile)):
            yield from tile
            tile = []
        if leaf.index % WIDTH != len(tile):
            yield leaf
            continue
        tile.append(leaf)
        if len(tile) == WIDTH:
            yield Block(tile[0].index, [leaf.data for leaf in tile], [leaf.stored for leaf in tile])
            tile = []
    yield from tile


def _stream(lines: Iterable[str]) -> Iterator[StoredLeaf]:
    for number, record in _records(lines):
        if "leaf" in record:
            try:
                data = base64.b64decode(record["leaf"], validate=True)
                yield StoredLeaf(int(record["index"]), data, as_hash(record["hash"]))
            except (KeyError, TypeError) as error:
                raise ExportError(f"line {number}: {error} is missing or of the wrong type") from error
            except ValueError as error:
                raise ExportError(f"line {number}: {error}") from error


def export_claims(lines: Iterable[str]) -> tuple[list[Checkpoint], list[str], dict[str, int]]:
    """What an export says beside its leaves: roots, signed checkpoints (notes), and which leaf has which file
    (SHA-256 → index). Raises ExportError."""
    points: list[Checkpoint] = []
    notes: list[str] = []
    files: dict[str, int] = {}
    for number, record in _records(line for line in lines if '"leaf":' not in line):
        try:
            if "note" in record:
                notes.append(str(record["note"]))
            elif "file" in record:
                files[str(record["file"])] = int(record["of"])
            else:
                points.append(Checkpoint(int(record["size"]), as_hash(record["root"])))
        except (KeyError, TypeError) as error:
            raise ExportError(f"line {number}: {error} is missing or of the wrong type") from error
        except ValueError as error:
            raise ExportError(f"line {number}: {error}") from error
    return points, notes, files


def as_hash(text: str) -> bytes:
    """Read a hash written in hex; raise ValueError if it is not 32 bytes."""
    value = bytes.fromhex(text)
    if len(value) != HASH_BYTES:
        raise ValueError(f"a hash has {HASH_BYTES} bytes in hex, not {len(value)}")
    return value


def _records(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise ExportError(f"line {number} is not JSON: {error.msg}") from error
        if not isinstance(record, dict):
            raise ExportError(f"line {number} is not a JSON object")
        yield number, record
