"""Exact and near duplicates of texts: character 4-grams, MinHash (rensa), banded hashing, exact Jaccard at the end.

Distinct texts are compared, not rows, so that a template used ten thousand times costs as much as one text. Within a
bucket each text is held against the bucket's first members, not all against all; what is found is verified by the
true Jaccard similarity, so a pair given is a near duplicate and no chance of the hashing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rensa import RMinHash

GRAM = 4
PERMUTATIONS = 64
_SEED = 20_240_305
_LEADERS = 4  # members of a bucket that the others are held against


def near_groups(texts: Sequence[str], threshold: float) -> NDArray[np.int64]:
    """Return for each of the distinct `texts` the index of its group's first member.

    Texts whose sets of character 4-grams have a Jaccard similarity of at least `threshold` (0-1) are of one group,
    and so is whoever is near a member of it. Deterministic.
    """
    count = len(texts)
    parent = np.arange(count)
    if count < 2:
        return parent
    grams, offsets = _grams(texts)
    signatures = _signatures(grams, offsets)
    first, second = _candidates(signatures, threshold)
    if not len(first):
        return parent
    # The estimate from the signatures spares most exact comparisons; its standard error is at most 0.0625.
    estimate = (signatures[first] == signatures[second]).mean(axis=1)
    keep = estimate >= threshold - 0.2
    for a, b in zip(first[keep].tolist(), second[keep].tolist(), strict=True):
        root_a, root_b = _root(parent, a), _root(parent, b)
        if root_a != root_b and _jaccard(grams, offsets, a, b) >= threshold:
            parent[max(root_a, root_b)] = min(root_a, root_b)
    return np.array([_root(parent, at) for at in range(count)], np.int64)


def _grams(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Sorted distinct 64-bit hashes of each text's 4-grams, flat, with the offsets where each text's begin."""
    lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    ends = np.cumsum(lengths)
    owner = np.repeat(np.arange(len(texts)), lengths)
    hashed = np.zeros(len(codes), np.uint64)
    with np.errstate(over="ignore"):
        for step in range(GRAM):
            part = np.zeros(len(codes), np.uint64)
            part[: len(codes) - step] = codes[step:]
            hashed = (hashed * np.uint64(0x9E3779B97F4A7C15)) ^ (part + np.uint64(step + 1))
        hashed ^= hashed >> np.uint64(29)
        hashed *= np.uint64(0xBF58476D1CE4E5B9)
        hashed ^= hashed >> np.uint64(32)
    # A gram that runs into the next text is no gram; a text shorter than four has its first place alone.
    place = np.arange(len(codes)) - np.repeat(ends - lengths, lengths)
    inside = (place + GRAM <= lengths[owner]) | (place == 0)
    owner, hashed = owner[inside], hashed[inside]
    order = np.lexsort((hashed, owner))
    owner, hashed = owner[order], hashed[order]
    new = np.ones(len(hashed), bool)
    new[1:] = (hashed[1:] != hashed[:-1]) | (owner[1:] != owner[:-1])
    counts = np.bincount(owner[new], minlength=len(texts))
    return hashed[new], np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _signatures(grams: NDArray[np.uint64], offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(grams, offsets.tolist(), PERMUTATIONS, _SEED)
    return np.array(matrix.to_rows(), np.uint32).reshape(len(offsets) - 1, PERMUTATIONS)


def _candidates(signatures: NDArray[np.uint32], threshold: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs that agree in a whole band. Rows a band: chosen so that a pair at the threshold is met with P >= 0.99."""
    rows = next(r for r in (8, 4, 2, 1) if 1 - (1 - threshold**r) ** (PERMUTATIONS // r) >= 0.99 or r == 1)
    found: list[pl.DataFrame] = []
    for at in range(0, PERMUTATIONS, rows):
        band = np.ascontiguousarray(signatures[:, at : at + rows])
        keyed = pl.DataFrame({f"k{n}": band[:, n] for n in range(rows)}).with_row_index("i")
        buckets = keyed.group_by([f"k{n}" for n in range(rows)]).agg("i").filter(pl.col("i").list.len() > 1)
        if buckets.is_empty():
            continue
        members = buckets.select(pl.col("i").list.sort(), pl.col("i").list.sort().list.head(_LEADERS).alias("leader"))
        pairs = members.explode("leader").explode("i").filter(pl.col("i") > pl.col("leader"))
        found.append(pairs.select("leader", "i"))
    if not found:
        none = np.zeros(0, np.int64)
        return none, none
    every = pl.concat(found).unique().sort("leader", "i")
    return every["leader"].to_numpy().astype(np.int64), every["i"].to_numpy().astype(np.int64)


def _jaccard(grams: NDArray[np.uint64], offsets: NDArray[np.int64], a: int, b: int) -> float:
    one, other = grams[offsets[a] : offsets[a + 1]], grams[offsets[b] : offsets[b + 1]]
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / max(1, len(one) + len(other) - shared)


def _root(parent: NDArray[np.int64], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = int(parent[at])
    return at
