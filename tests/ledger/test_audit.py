"""A whole log under verification: each way to tamper with it is named with leaf or file, and the right copy wins."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.ledger import CompactRange, Tree, leaf_hash
from yufang.ledger.audit import Audit, Claim, StoredLeaf, audit
from yufang.ledger.tiles import ENTRIES, Tile, TileError, bundle

SIZE = 1000
ENTRIES_ = [f'{{"action":"a","number":{number}}}'.encode() for number in range(SIZE)]
HASHES = [leaf_hash(entry) for entry in ENTRIES_]
TREE = Tree(HASHES)
LEAVES = [StoredLeaf(index, entry, hashed) for index, (entry, hashed) in enumerate(zip(ENTRIES_, HASHES, strict=True))]
CLAIMS = [Claim(size, TREE.root(size), f"checkpoint {size}") for size in (1, 200, 256, 700, 900)]


class Copy:
    """Published tiles, or the nodes of a database, with some hashes replaced."""

    def __init__(self, replaced: dict[tuple[int, int], bytes] | None = None, gone: Tile | None = None) -> None:
        self.replaced, self.gone = replaced or {}, gone

    def hashes(self, tile: Tile) -> bytes:
        if tile == self.gone:
            raise TileError("gone")
        first = tile.index * 256
        places = range(first, first + tile.width)
        if places[-1] >= SIZE >> 8 * tile.level:
            raise TileError("never was")
        return b"".join(self.replaced.get((tile.level, n), TREE._node(8 * tile.level, n)) for n in places)


def bundles(tile: Tile) -> bytes:
    assert tile.level == ENTRIES
    return bundle(ENTRIES_[tile.index * 256 : tile.index * 256 + tile.width])


def run(leaves: list[StoredLeaf] = LEAVES, claims: list[Claim] = CLAIMS, **more: Any) -> Audit:
    given_: dict[str, Any] = {"tiles": Copy(), "bundles": bundles, "published": 900, "nodes": Copy()} | more
    return audit(leaves, claims, **given_)


def kinds(result: Audit) -> list[tuple[str, int | None]]:
    return [(finding.kind, finding.first) for finding in result.findings]


@pytest.mark.parametrize("copies", [{}, {"tiles": None, "bundles": None, "nodes": None}, {"nodes": None}])
@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 900, 1000])
def test_an_untouched_log_is_whole(copies: dict[str, Any], size: int) -> None:
    claims = [claim for claim in CLAIMS if claim.size <= size]
    result = run(LEAVES[:size], claims, published=min(size, 900), **copies)
    assert result.ok
    assert (result.size, result.root) == (size, TREE.root(size) if size else CompactRange().root())


def altered(index: int, data: bytes | None = None, stored: bytes | None = None) -> list[StoredLeaf]:
    old = LEAVES[index]
    new = StoredLeaf(index, data or old.data, stored or old.stored)
    return [*LEAVES[:index], new, *LEAVES[index + 1 :]]


@given(st.integers(0, SIZE - 1), st.sampled_from(["all", "tiles", "nothing"]))
@settings(max_examples=40)
def test_altered_bytes_are_named(index: int, copies: str) -> None:
    more: dict[str, Any] = {"tiles": None, "bundles": None, "nodes": None} if copies == "nothing" else {}
    more |= {"nodes": None} if copies == "tiles" else {}
    assert kinds(run(altered(index, b"forged"), **more)) == [("altered", index)]


@given(st.integers(0, 899))
@settings(max_examples=30)
def test_an_altered_stored_hash_is_told_from_altered_bytes(index: int) -> None:
    assert kinds(run(altered(index, None, bytes(32)))) == [("hash_altered", index)]
    bare: dict[str, Any] = {"tiles": None, "bundles": None, "nodes": None}
    assert kinds(run(altered(index, None, bytes(32)), **bare)) == [("hash_altered", index)]


@given(st.integers(0, 899))
@settings(max_examples=30)
def test_a_leaf_rewritten_with_its_hash_is_named_by_the_published_tile(index: int) -> None:
    assert kinds(run(altered(index, b"forged", leaf_hash(b"forged")))) == [("altered", index)]


def test_without_tiles_it_is_bracketed_by_checkpoints() -> None:
    leaves = altered(300, b"forged", leaf_hash(b"forged"))
    result = run(leaves, tiles=None, bundles=None, nodes=None)
    assert [(f.kind, f.first, f.last) for f in result.findings] == [("rewritten", 256, 699), ("rewritten", 700, 899)]


@given(st.integers(0, 899))
@settings(max_examples=30)
def test_a_removed_leaf_is_named(index: int) -> None:
    assert ("missing", index) in kinds(run([*LEAVES[:index], *LEAVES[index + 1 :]]))
    assert len(run([*LEAVES[:index], *LEAVES[index + 1 :]]).findings) == 1


@given(st.integers(0, 899), st.integers(0, 899))
@settings(max_examples=30)
def test_two_leaves_that_changed_places_are_named(one: int, other: int) -> None:
    if one == other:
        return
    leaves = list(LEAVES)
    for to, came in ((one, other), (other, one)):
        leaves[to] = StoredLeaf(to, LEAVES[came].data, LEAVES[came].stored)
    assert kinds(run(leaves)) == [("moved", min(one, other)), ("moved", max(one, other))]


def test_a_leaf_that_was_given_another_index_is_named() -> None:
    moved = StoredLeaf(50_000, LEAVES[17].data, LEAVES[17].stored)
    assert kinds(run([*LEAVES[:17], *LEAVES[18:], moved])) == [("missing", 17), ("moved", 50_000)]


def test_a_cut_log_is_named() -> None:
    result = run(LEAVES[:600])
    assert [(f.kind, f.first) for f in result.findings if f.kind == "shorter"] == [("shorter", 600)]
    assert result.first == 600


@pytest.mark.parametrize("index", [5, 300, 890])
def test_an_altered_tile_of_hashes_is_named_and_no_leaf(index: int) -> None:
    result = run(tiles=Copy({(0, index): bytes(32)}))
    assert kinds(result) == [("tile_altered", index)]
    assert result.findings[0].where == f"tile/0/{index // 256:03d}"


def test_an_altered_or_missing_tile_above_and_node_are_named() -> None:
    assert [f.where for f in run(tiles=Copy({(1, 1): bytes(32)})).findings] == ["tile/1/000.p/3"]
    assert [f.where for f in run(tiles=Copy(gone=Tile(0, 2))).findings] == ["tile/0/002"]
    assert [f.where for f in run(nodes=Copy({(1, 2): bytes(32)})).findings] == ["node 1/2"]


def test_an_altered_bundle_is_named() -> None:
    def other(tile: Tile) -> bytes:
        return bundles(tile).replace(b'"number":600', b'"number":601')

    result = run(bundles=other)
    assert [(f.kind, f.where, f.first) for f in result.findings] == [("tile_altered", "tile/entries/002", 600)]


def test_two_checkpoints_that_do_not_agree_are_named_with_their_holders() -> None:
    result = run(claims=[*CLAIMS, Claim(700, bytes(32), "witness.example/w1")])
    assert kinds(result) == [("forked", None)]
    assert "witness.example/w1" in result.findings[0].en
    assert kinds(run(claims=[*CLAIMS[:3], Claim(700, bytes(32), "w"), CLAIMS[4]])) == [("rewritten", 256)]


def test_damage_in_several_places_is_named_in_each() -> None:
    leaves = altered(300, b"forged", leaf_hash(b"forged"))
    leaves[700] = StoredLeaf(700, b"x", LEAVES[700].stored)
    result = run(leaves, tiles=Copy({(0, 5): bytes(32)}))
    assert sorted(kinds(result), key=str) == [("altered", 300), ("altered", 700), ("tile_altered", 5)]


def test_every_single_change_is_found_whatever_copies_there_are() -> None:
    chance = random.Random(3)
    changes: list[Callable[[int], dict[str, Any]]] = [
        lambda n: {"leaves": altered(n, b"forged")},
        lambda n: {"leaves": altered(n, b"forged", leaf_hash(b"forged"))},
        lambda n: {"tiles": Copy({(0, n): bytes(32)})},
        lambda n: {"leaves": [leaf for leaf in LEAVES if leaf.index != n]},
    ]
    for _ in range(60):
        index = chance.randrange(900)
        assert not run(**chance.choice(changes)(index)).ok
