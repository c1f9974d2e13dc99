"""The Merkle tree of RFC 6962 (Certificate Transparency), section 2.1: append, prove, verify.

Hashes are 32 bytes of SHA-256. A leaf's hash is SHA-256(0x00 ‖ leaf), a node's is SHA-256(0x01 ‖ left ‖ right), so that
no leaf can pass for a node. Indices count from 0; a tree of size n holds the leaves 0 … n-1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node over the hashes of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The least that is needed to append and to know the root: one hash for each 1 bit of the size.

    Whoever keeps `size` and `hashes` can go on appending without reading a single leaf.
    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.hashes = list(hashes)  # complete subtrees, largest first
        if len(self.hashes) != size.bit_count() or any(len(item) != HASH_BYTES for item in self.hashes):
            raise ValueError(f"a range of size {size} has {size.bit_count()} hashes of {HASH_BYTES} bytes")

    def append(self, hashed_leaf: bytes) -> None:
        """Add a leaf's hash: at most log2(size) + 1 hashings."""
        node, size = hashed_leaf, self.size
        while size & 1:
            node, size = node_hash(self.hashes.pop(), node), size >> 1
        self.hashes.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self.hashes:
            return EMPTY_ROOT
        node = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            node = node_hash(left, node)
        return node


class Prover:
    """Proofs over a tree whose complete subtrees `_node` can tell; each takes O(log n) of them."""

    def __len__(self) -> int:
        raise NotImplementedError

    def _node(self, level: int, position: int) -> bytes:
        """The hash over the leaves position * 2^level … (position + 1) * 2^level - 1, all of which there are."""
        raise NotImplementedError

    def leaf(self, index: int) -> bytes:
        """Return the hash of the leaf at `index`."""
        if not 0 <= index < len(self):
            raise IndexError(f"leaf {index} of a tree of size {len(self)}")
        return self._node(0, index)

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the first `size` leaves (all, if not given)."""
        size = self._size(size)
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the audit path of leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1), lowest hash first."""
        size = self._size(size)
        if not 0 <= index < size:
            raise IndexError(f"leaf {index} of a tree of size {size}")
        start, end, path = 0, size, []
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        return path[::-1]

    def consistency_proof(self, old: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the tree of `old` leaves is the beginning of the tree of `size` (RFC 6962, 2.1.2)."""
        size = self._size(size)
        if not 0 <= old <= size:
            raise IndexError(f"a tree of size {old} is not the beginning of one of size {size}")
        if old in (0, size):
            return []
        start, end, path = 0, size, []
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        if start:  # the old tree is not itself a left subtree: its last part must be told
            path.append(self._range(start, end))
        return path[::-1]

    def _size(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise IndexError(f"size {size} of a tree of size {len(self)}")
        return size

    def _range(self, start: int, end: int) -> bytes:
        """Return the hash over leaves start … end-1, where start is where such a subtree can begin."""
        size = end - start
        if size & (size - 1) == 0:
            level = size.bit_length() - 1
            return self._node(level, start >> level)
        middle = start + _split(size)
        return node_hash(self._range(start, middle), self._range(middle, end))


class Tree(Prover):
    """A tree that can prove: keeps the hash of every complete subtree, 64 bytes for each leaf."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for item in leaf_hashes:
            self.append(item)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def append(self, hashed_leaf: bytes) -> int:
        """Add a leaf's hash and return its index."""
        if len(hashed_leaf) != HASH_BYTES:
            raise ValueError(f"a leaf hash has {HASH_BYTES} bytes, not {len(hashed_leaf)}")
        index = position = len(self)
        node, level = hashed_leaf, 0
        while True:
            self._levels[level] += node
            if position & 1 == 0:
                return index
            node = node_hash(self._node(level, position - 1), node)
            level, position = level + 1, position >> 1
            if level == len(self._levels):
                self._levels.append(bytearray())

    def _node(self, level: int, position: int) -> bytes:
        return bytes(self._levels[level][position * HASH_BYTES : (position + 1) * HASH_BYTES])


def _split(size: int) -> int:
    """Return the largest power of two below `size` (≥ 2)."""
    return 1 << (size - 1).bit_length() - 1


def verify_inclusion(hashed_leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether `proof` shows that the leaf with this hash stands at `index` in the tree of `size` with `root`."""
    if not 0 <= index < size:
        return False
    node, place, last = hashed_leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while place & 1 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Say whether `proof` shows that the tree of `old` leaves with `old_root` is the beginning of the later tree."""
    if not 0 <= old <= size:
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT and (size > 0 or root == EMPTY_ROOT)
    if old == size:
        return not proof and old_root == root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)  # the old tree is a whole left subtree
    if not path:
        return False
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while place & 1 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == root
