"""Hashes of n-grams and the table that finds their columns: what every reading kernel shares.

numba's cache notices a change in the file of the kernel that Python calls, and in no other. Whoever changes this file
raises `store.FORMAT`, since hashes change with it, and deletes the `.nbi` files in `__pycache__`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# The two lowest bits of a hash say which block its n-gram belongs to.
WORD_BLOCK = 0
CHARACTER_BLOCK = 1
LATE_BLOCK = 2  # words and pairs of the text's second half, where narratives tell what came of it
BLOCKS = 3

PRIME = np.uint64(0x9E3779B97F4A7C15)
SEED_WORD = np.uint64(0x51ED270B7F3A2C19)
SEED_PAIR = np.uint64(0x2545F4914F6CDD1D)
SEED_SKIP = np.uint64(0x6C62272E07BB0142)
SEED_TRIPLE = np.uint64(0x27D4EB2F165667C5)
SEED_CHARACTER = np.uint64(0x85EBCA77C2B2AE63)
SEED_LATE = np.uint64(0xB492B66FBE98F273)
SEED_RUN = np.uint64(0xC2B2AE3D27D4EB4F)
PAD = np.uint64(32)
EDGE = np.uint64(10)  # before a text's first sign and behind its last


@njit(cache=True, nogil=True, inline="always")
def mix(h: np.uint64, value: np.uint64) -> np.uint64:
    h = (h ^ value) * PRIME
    return h ^ (h >> np.uint64(29))


@njit(cache=True, nogil=True)
def without_spaces(codes, start, end, kind):  # type: ignore[no-untyped-def]
    """Whether a text is written without spaces: a third or more of its letters are ideographs."""
    limit = np.uint64(kind.shape[0])
    letters = 0
    ideographs = 0
    for i in range(start, end):
        k = kind[codes[i]] if codes[i] < limit else 0
        letters += k == 1
        ideographs += k == 2
    return ideographs > 0 and ideographs * 2 >= letters


@njit(cache=True, nogil=True)
def build_table(keys):  # type: ignore[no-untyped-def]
    """Open-addressing table hash → column (position in `keys`); each slot packs 32 bits of the hash and column + 1."""
    size = 64
    while size < 2 * keys.shape[0]:
        size *= 2
    mask = np.uint64(size - 1)
    table = np.zeros(size, np.uint64)
    for column in range(keys.shape[0]):
        h = keys[column]
        p = (h >> np.uint64(7)) & mask
        while table[p] != 0:
            p = (p + np.uint64(1)) & mask
        table[p] = (h >> np.uint64(32) << np.uint64(32)) | np.uint64(column + 1)
    return table


@njit(cache=True, nogil=True, inline="always")
def find(table, h):  # type: ignore[no-untyped-def]
    """Column of hash `h`, or -1."""
    mask = np.uint64(table.shape[0] - 1)
    p = (h >> np.uint64(7)) & mask
    top = h >> np.uint64(32)
    while True:
        slot = table[p]
        if slot == 0:
            return -1
        if slot >> np.uint64(32) == top:
            return np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
        p = (p + np.uint64(1)) & mask
