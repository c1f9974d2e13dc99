"""Tiles: the paths of the specification, proofs equal to those of the whole tree, files that are never written over."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.ledger import Tree, leaf_hash
from yufang.ledger.tiles import (
    ENTRIES,
    Tile,
    TiledTree,
    TileError,
    TileFolder,
    bundle,
    read_path,
    tile_root,
    tiles_between,
    unbundle,
    width_in,
)

HASHES = [leaf_hash(str(number).encode()) for number in range(66_000)]
TREE = Tree(HASHES)


class Memory:
    """All tiles of the tree, made when asked for."""

    def hashes(self, tile: Tile) -> bytes:
        first = tile.index * 256
        return b"".join(TREE._node(8 * tile.level, place) for place in range(first, first + tile.width))


def test_paths_are_those_of_the_specification() -> None:
    assert Tile(0, 1234067).path == "0/x001/x234/067"
    assert Tile(1, 0, 17).path == "1/000.p/17"
    assert Tile(ENTRIES, 273, 112).path == "entries/273.p/112"


@given(st.integers(-1, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_a_path_reads_back(level: int, index: int, width: int) -> None:
    assert read_path(Tile(level, index, width).path) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path", ["64/000", "0/1", "0/x000/000", "0/000.p/0", "0/000.p/256", "0/000.p/08", "00/000", "../0/000", "-1/000"]
)
def test_what_names_no_tile_is_refused(path: str) -> None:
    with pytest.raises(TileError):
        read_path(path)


def test_a_tree_of_70000_has_the_tiles_the_specification_counts() -> None:
    tiles = [tile for tile in tiles_between(0, 70_000) if tile.level != ENTRIES]
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    assert [tile for tile in tiles if tile.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert [tile for tile in tiles if tile.level == 1 and tile.width == 256] == [Tile(1, 0)]
    assert [tile for tile in tiles_between(0, 256) if tile.level >= 0] == [Tile(0, 0), Tile(1, 0, 1)]


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_what_is_new_between_two_sizes_is_what_the_old_has_not(one: int, other: int) -> None:
    old, size = sorted((one, other))
    assert set(tiles_between(old, size)) == set(tiles_between(0, size)) - set(tiles_between(0, old))


@given(st.integers(1, 66_000), st.data())
@settings(max_examples=60)
def test_proofs_from_tiles_are_those_of_the_tree(size: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    tiled = TiledTree(Memory(), size)
    assert tiled.root() == TREE.root(size)
    assert tiled.inclusion_proof(index) == TREE.inclusion_proof(index, size)
    assert tiled.consistency_proof(old) == TREE.consistency_proof(old, size)
    assert tiled.leaf(index) == HASHES[index]


def test_a_proof_among_ten_million_reads_few_tiles() -> None:
    class Counting:
        def hashes(self, tile: Tile) -> bytes:
            return bytes(32) * tile.width

    for index in (0, 5_000_000, 9_999_999):
        tree = TiledTree(Counting(), 10_000_000)
        tree.inclusion_proof(index)
        assert tree.reads <= 6
    old = TiledTree(Counting(), 2**40 + 12345)
    old.consistency_proof(2**39 + 777)
    assert old.reads <= 24


def test_a_tile_of_the_wrong_length_is_refused() -> None:
    class Short:
        def hashes(self, tile: Tile) -> bytes:
            return bytes(32)

    with pytest.raises(TileError, match="has 32 bytes"):
        TiledTree(Short(), 2).root()
    with pytest.raises(TileError, match="power of two"):
        tile_root(bytes(96))
    assert width_in(70_000, 1, 1) == 17


@given(st.lists(st.binary(max_size=300), max_size=40))
def test_a_bundle_reads_back(entries: list[bytes]) -> None:
    assert unbundle(bundle(entries)) == entries


def test_a_cut_bundle_and_a_long_entry_are_refused() -> None:
    assert bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"
    with pytest.raises(TileError, match="within entry 1"):
        unbundle(bundle([b"ab", b"cd"])[:-1])
    with pytest.raises(TileError, match="65535"):
        bundle([bytes(65_536)])


def test_a_published_tile_is_never_written_over(tmp_path: Path) -> None:
    folder = TileFolder(tmp_path)
    full = b"".join(HASHES[:256])
    folder.write(Tile(0, 0, 3), full[:96])
    folder.write(Tile(0, 0, 3), full[:96])
    with pytest.raises(TileError, match="forked"):
        folder.write(Tile(0, 0, 3), bytes(96))
    folder.write(Tile(0, 0), full)
    assert not (tmp_path / "tile/0/000.p").exists()
    assert folder.hashes(Tile(0, 0, 3)) == full[:96]
    with pytest.raises(TileError, match="forked"):
        folder.write(Tile(0, 0), bytes(8192))
    with pytest.raises(TileError, match="not there"):
        folder.read(Tile(0, 1))
    assert hashlib.sha256(folder.read(Tile(0, 0))).digest() == hashlib.sha256(full).digest()
    assert not list(tmp_path.rglob(".*"))
