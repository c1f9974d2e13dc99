"""A log as tiles: files of 256 hashes, and bundles of 256 entries, after C2SP tlog-tiles.

A tile of level 0 holds leaf hashes, one of level l the roots of 256 full tiles below it each. Whoever can read tiles
can prove everything (`TiledTree`); a proof reads at most two tiles of each level.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Protocol

from yufang.ledger.merkle import HASH_BYTES, Prover

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = -1  # the level of entry bundles
LARGEST_ENTRY = 0xFFFF  # bytes: an entry's length is a uint16
AT_ONCE = 128  # files that are waited for together
_PATH = re.compile(r"(entries|\d|[1-5]\d|6[0-3])/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")


class TileError(ValueError):
    """A tile that isn't what its path says, or that would be written over with other bytes."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A tile's place: level (`ENTRIES` for a bundle), index in the level, and how many of its 256 places are taken."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """`0/x001/x234/067.p/8`, to stand behind `tile/`."""
        parts = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            parts.append(f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"{level}/{'/'.join(reversed(parts))}" + (f".p/{self.width}" if self.width < WIDTH else "")


def read_path(path: str) -> Tile:
    """The tile that `path` names. Raises TileError for what names none, leading zeroes included."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise TileError(f"{path[:80]!r} names no tile")
    level, number, width = found.groups()
    tile = Tile(
        ENTRIES if level == "entries" else int(level),
        int("".join(part.lstrip("x") for part in number.split("/"))),
        int(width) if width else WIDTH,
    )
    if tile.path != path or (width and tile.width >= WIDTH):
        raise TileError(f"{path[:80]!r} names no tile")
    return tile


def width_in(size: int, level: int, index: int) -> int:
    """How many places of the tile a tree of `size` leaves takes; 0 where it has no such tile."""
    return max(0, min(WIDTH, (size >> HEIGHT * max(level, 0)) - index * WIDTH))


def tiles_between(old: int, size: int) -> Iterator[Tile]:
    """The tiles and bundles of a tree of `size` leaves that one of `old` leaves doesn't have, lowest level first."""
    for level in (ENTRIES, *range((max(size - 1, 0)).bit_length() // HEIGHT + 2)):
        shift = HEIGHT * max(level, 0)
        before, now = old >> shift, size >> shift
        if before < now:
            for index in range(before // WIDTH, (now - 1) // WIDTH + 1):
                yield Tile(level, index, width_in(size, level, index))


def tile_root(hashes: bytes) -> bytes:
    """The Merkle tree hash over a power of two of concatenated hashes (a full tile, or half of one)."""
    count = len(hashes) // HASH_BYTES
    if count * HASH_BYTES != len(hashes) or not count or count & (count - 1):
        raise TileError(f"{len(hashes)} bytes are not a power of two of hashes")
    row = hashes
    while len(row) > HASH_BYTES:  # `node_hash` of each pair, without a call for each
        pairs = range(0, len(row), 2 * HASH_BYTES)
        row = b"".join([sha256(b"\x01" + row[place : place + 2 * HASH_BYTES]).digest() for place in pairs])
    return row


class TileSource(Protocol):
    """Whoever can read hash tiles: a folder, a database, a server."""

    def hashes(self, tile: Tile) -> bytes:
        """The tile's `width` hashes, one after another. Raises TileError where there is no such tile."""
        ...


class TiledTree(Prover):
    """Roots and proofs of the first `size` leaves, from tiles. `reads` counts the tiles it asked for."""

    def __init__(self, source: TileSource, size: int) -> None:
        self._source, self._length, self.reads = source, size, 0
        self._read: dict[tuple[int, int], bytes] = {}

    def __len__(self) -> int:
        return self._length

    def _node(self, level: int, position: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        index, place = divmod(position << height, WIDTH)
        known = self._read.get((tile_level, index))
        if known is None:
            tile = Tile(tile_level, index, width_in(self._length, tile_level, index))
            known = self._source.hashes(tile)
            if len(known) != tile.width * HASH_BYTES:
                raise TileError(f"tile {tile.path} has {len(known)} bytes, not {tile.width * HASH_BYTES}")
            self._read[tile_level, index] = known
            self.reads += 1
        return tile_root(known[place * HASH_BYTES : (place + (1 << height)) * HASH_BYTES])


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after another, each behind its length in two bytes, the larger first. Raises TileError."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > LARGEST_ENTRY:
            raise TileError(f"an entry has at most {LARGEST_ENTRY} bytes, not {len(entry)}")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises TileError where it is cut."""
    entries: list[bytes] = []
    place = 0
    while place < len(data):
        end = place + 2 + int.from_bytes(data[place : place + 2], "big")
        if place + 2 > len(data) or end > len(data):
            raise TileError(f"the bundle is cut within entry {len(entries)}")
        entries.append(data[place + 2 : end])
        place = end
    return entries


class TileFolder:
    """Tiles as files under `tile/` of a folder. Whole or not there: each is renamed into place when it is on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, tile: Tile) -> Path:
        """Where the tile stands."""
        return self.folder / "tile" / tile.path

    def read(self, tile: Tile) -> bytes:
        """The tile's bytes. Raises TileError where it isn't there."""
        try:
            return self.file(tile).read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise TileError(f"tile {tile.path} is not there") from error

    def hashes(self, tile: Tile) -> bytes:
        """The tile's hashes; where only a fuller one of its place is kept, the beginning of that."""
        try:
            return self.read(tile)
        except TileError:
            return self.fullest(tile)[: tile.width * HASH_BYTES]

    def fullest(self, tile: Tile) -> bytes:
        """The bytes of the fullest tile kept at this place, of at least the tile's width. Raises TileError."""
        full = replace(tile, width=WIDTH)
        if self.file(full).exists():
            return self.read(full)
        partial = self.file(full).with_name(self.file(full).name + ".p")
        kept = [int(p.name) for p in partial.iterdir() if p.name.isdigit()] if partial.is_dir() else []
        if max(kept, default=0) < tile.width:
            raise TileError(f"tile {tile.path} is not there")
        return self.read(replace(tile, width=max(kept)))

    def write(self, tile: Tile, data: bytes) -> None:
        """Keep the tile. Raises TileError where other bytes stand there: what was published stays as it was."""
        self.write_all([(tile, data)])

    def write_all(self, tiles: Iterable[tuple[Tile, bytes]]) -> None:
        """Keep tiles as `write` does each, and wait for the disk once for many of them."""
        rest = iter(tiles)
        while some := list(islice(rest, AT_ONCE)):
            new: list[tuple[Path, bytes]] = []
            for tile, data in some:
                place = self.file(tile)
                if not place.exists():
                    new.append((place, data))
                elif place.read_bytes() != data:
                    raise TileError(f"tile {tile.path} was published with other bytes: the log was forked")
            write_whole(*new)
            for tile, _ in some:
                if tile.width == WIDTH:
                    place = self.file(tile)
                    _remove_partial(place.with_name(place.name + ".p"))


def write_whole(*files: tuple[Path, bytes]) -> None:
    """Write files so that, whenever the machine stops, each is there as it was or as it is now, and nothing between.

    All are written before the first is waited for: a disk takes many at once in little more time than one.
    """
    unfinished: list[tuple[Path, Path]] = []
    try:
        for place, data in files:
            place.parent.mkdir(parents=True, exist_ok=True)
            beside = place.with_name(f".{place.name}.{secrets.token_hex(6)}")
            unfinished.append((beside, place))
            beside.write_bytes(data)
        for beside, _ in unfinished:
            _on_disk(beside)
        for beside, place in unfinished:
            os.replace(beside, place)
    except OSError:
        for beside, _ in unfinished:
            beside.unlink(missing_ok=True)
        raise
    for folder in {place.parent for place, _ in files}:
        _on_disk(folder)


def _on_disk(place: Path) -> None:
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _remove_partial(folder: Path) -> None:
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink(missing_ok=True)
        folder.rmdir()


def split(hashes: bytes) -> Sequence[bytes]:
    """The hashes of a tile, each by itself."""
    return [hashes[place : place + HASH_BYTES] for place in range(0, len(hashes), HASH_BYTES)]
