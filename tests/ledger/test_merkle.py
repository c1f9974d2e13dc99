"""RFC 6962 trees: the reference vectors of Certificate Transparency, and proofs that hold only for what is true."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.ledger import (
    EMPTY_ROOT,
    CompactRange,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
N1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"  # leaf 1
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"  # leaves 2, 3
N47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"  # leaves 4 … 7
N4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"  # leaf 4
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"  # leaves 6, 7
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"  # leaves 4, 5


def tree_of(leaves: list[bytes]) -> Tree:
    return Tree(leaf_hash(leaf) for leaf in leaves)


def mth(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word for word: slow, and surely right."""
    if len(leaves) < 2:
        return leaf_hash(leaves[0]) if leaves else EMPTY_ROOT
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(mth(leaves[:k]), mth(leaves[k:]))


def test_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert CompactRange().root() == EMPTY_ROOT == Tree().root()


@pytest.mark.parametrize("size", range(1, 9))
def test_reference_roots(size: int) -> None:
    tree = tree_of(LEAVES)
    assert tree.root(size).hex() == ROOTS[size - 1]
    compact = CompactRange()
    for leaf in LEAVES[:size]:
        compact.append(leaf_hash(leaf))
    assert compact.root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (0, 8, [N1, N23, N47]),
        (5, 8, [N4, N67, ROOTS[3]]),
        (2, 3, [ROOTS[1]]),
        (1, 5, [ROOTS[0], N23, N4]),
    ],
)
def test_reference_inclusion_proofs(index: int, size: int, path: list[str]) -> None:
    proof = tree_of(LEAVES).inclusion_proof(index, size)
    assert [item.hex() for item in proof] == path
    assert verify_inclusion(leaf_hash(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(
    ("old", "size", "path"),
    [(1, 1, []), (1, 8, [N1, N23, N47]), (6, 8, [N45, N67, ROOTS[3]]), (2, 5, [N23, N4])],
)
def test_reference_consistency_proofs(old: int, size: int, path: list[str]) -> None:
    proof = tree_of(LEAVES).consistency_proof(old, size)
    assert [item.hex() for item in proof] == path
    old_root, root = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[size - 1])
    assert verify_consistency(old, size, proof, old_root, root)


@given(st.lists(st.binary(max_size=8), max_size=70))
@settings(max_examples=60, deadline=None)
def test_every_root_is_the_definitions(leaves: list[bytes]) -> None:
    tree, compact = tree_of(leaves), CompactRange()
    for size in range(len(leaves) + 1):
        assert tree.root(size) == mth(leaves[:size]) == compact.root()
        compact = CompactRange(compact.size, compact.hashes)  # what is kept between appends is enough
        if size < len(leaves):
            compact.append(leaf_hash(leaves[size]))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_proof_of_inclusion_holds_for_its_leaf_place_and_root_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    leaves = [bytes([number]) for number in range(size)]
    tree = tree_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof, root = tree.inclusion_proof(index), tree.root()
    assert verify_inclusion(leaf_hash(leaves[index]), index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index)) if size > 1 else None
    if other is not None:
        assert not verify_inclusion(leaf_hash(leaves[other]), index, size, proof, root)
        assert not verify_inclusion(leaf_hash(leaves[index]), other, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"never appended"), index, size, proof, root)
    assert not verify_inclusion(leaf_hash(leaves[index]), index, size, [*proof, EMPTY_ROOT], root)
    if proof:
        broken = data.draw(st.integers(0, len(proof) - 1))
        flipped = bytes([proof[broken][0] ^ 1]) + proof[broken][1:]
        altered = [*proof[:broken], flipped, *proof[broken + 1 :]]
        assert not verify_inclusion(leaf_hash(leaves[index]), index, size, altered, root)
        assert not verify_inclusion(leaf_hash(leaves[index]), index, size, proof[:-1], root)
    assert not verify_inclusion(leaf_hash(leaves[index]), index, size, proof, leaf_hash(root))
    assert not verify_inclusion(leaf_hash(leaves[index]), size, size, proof, root)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_proof_of_consistency_holds_for_a_beginning_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    old = data.draw(st.integers(0, size))
    leaves = [bytes([number]) for number in range(size)]
    tree = tree_of(leaves)
    proof = tree.consistency_proof(old)
    assert verify_consistency(old, size, proof, tree.root(old), tree.root())
    if old > 0:
        changed = data.draw(st.integers(0, old - 1))
        rewritten = tree_of([*leaves[:changed], b"rewritten", *leaves[changed + 1 :]])
        assert not verify_consistency(old, size, rewritten.consistency_proof(old), tree.root(old), rewritten.root())
    assert not verify_consistency(old, size, [*proof, EMPTY_ROOT], tree.root(old), tree.root())
    if proof:
        assert not verify_consistency(old, size, proof[:-1], tree.root(old), tree.root())
        assert not verify_consistency(old, size, proof, leaf_hash(b"x"), tree.root())
        assert not verify_consistency(old, size, proof, tree.root(old), leaf_hash(b"x"))


def test_a_node_cannot_pass_for_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert tree_of([b"a", b"b"]).root() != leaf_hash(left + right)


def test_what_is_out_of_range_is_refused() -> None:
    tree = tree_of(LEAVES[:3])
    with pytest.raises(IndexError, match="leaf 3 of a tree of size 3"):
        tree.inclusion_proof(3)
    with pytest.raises(IndexError, match="size 4 of a tree of size 3"):
        tree.root(4)
    with pytest.raises(IndexError):
        tree.consistency_proof(4)
    with pytest.raises(ValueError, match="32 bytes"):
        tree.append(b"short")
    with pytest.raises(ValueError, match="a range of size 3 has 2 hashes"):
        CompactRange(3, [EMPTY_ROOT])


def test_a_proof_in_a_log_of_a_million_leaves_takes_under_50_ms() -> None:
    hashed = [leaf_hash(number.to_bytes(4, "big")) for number in range(256)]
    tree = Tree(hashed[number & 0xFF] for number in range(1_000_000))
    start = time.process_time()
    inclusion = tree.inclusion_proof(765_432, 999_999)
    consistency = tree.consistency_proof(654_321, 999_999)
    assert time.process_time() - start < 0.05
    root = tree.root(999_999)
    assert verify_inclusion(hashed[765_432 & 0xFF], 765_432, 999_999, inclusion, root)
    assert verify_consistency(654_321, 999_999, consistency, tree.root(654_321), root)
