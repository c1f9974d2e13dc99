"""N-grams without a tokeniser: from code points to sparse rows, in numba kernels.

Scripts with spaces give words, word pairs and triples, pairs that skip a word, and character n-grams of each padded
word. Scripts without spaces give character n-grams of each run between punctuation. Every n-gram is a
64-bit hash; those that occur in enough training texts get a column, found again through an open-addressing table, and
all others are passed over, so that an unseen n-gram never falls on a seen one's weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yufang.cases.text import TextBuffer, character_tables

# The two lowest bits of a hash say which block its n-gram belongs to.
WORD_BLOCK = 0
CHARACTER_BLOCK = 1
LATE_BLOCK = 2  # words and pairs of the text's second half, where narratives tell what came of it
BLOCKS = 3

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_SEED_WORD = np.uint64(0x51ED270B7F3A2C19)
_SEED_PAIR = np.uint64(0x2545F4914F6CDD1D)
_SEED_SKIP = np.uint64(0x6C62272E07BB0142)
_SEED_TRIPLE = np.uint64(0x27D4EB2F165667C5)
_SEED_CHARACTER = np.uint64(0x85EBCA77C2B2AE63)
_SEED_LATE = np.uint64(0xB492B66FBE98F273)
_SEED_RUN = np.uint64(0xC2B2AE3D27D4EB4F)
_PAD = np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def _mix(h: np.uint64, value: np.uint64) -> np.uint64:
    h = (h ^ value) * _PRIME
    return h ^ (h >> np.uint64(29))


@njit(cache=True, nogil=True)
def emit(codes, start, end, kind, fold, options, hashes, firsts, lasts):  # type: ignore[no-untyped-def]
    """Write the hashes of one text's n-grams; its two lowest bits are its block. Returns how many.

    options: (word order 1-3, skip pairs 0/1, character min, character max, run min, run max, late 0/1).
    firsts/lasts: spans in `codes` of each n-gram, written only where their length is that of `hashes`.
    """
    order, skip, cmin, cmax, rmin, rmax, late = options
    half = (start + end) // 2 if late > 0 else end
    spans = firsts.shape[0] == hashes.shape[0]
    limit = np.uint64(kind.shape[0])
    n = 0
    prev = np.uint64(0)
    prev2 = np.uint64(0)
    prev_at = -1
    prev2_at = -1
    i = start
    while i < end:
        c = codes[i]
        k = kind[c] if c < limit else 0
        if k == 0:
            i += 1
            continue
        run = i
        has_ideograph = False
        while i < end:
            c = codes[i]
            k = kind[c] if c < limit else 0
            if k == 0:
                break
            has_ideograph = has_ideograph or k == 2
            i += 1
        run_end = i
        word_bit = np.uint64(1) if has_ideograph else np.uint64(0)
        i = run
        while i < run_end:
            c = codes[i]
            if kind[c] == 2:
                i += 1
                continue
            # One word [i, j).
            j = i
            h = _SEED_WORD
            while j < run_end:
                c = codes[j]
                if kind[c] != 1:
                    break
                h = _mix(h, np.uint64(fold[c]))
                j += 1
            hashes[n] = (h & ~np.uint64(3)) | word_bit
            if spans:
                firsts[n] = i
                lasts[n] = j
            n += 1
            if i >= half:
                hashes[n] = (_mix(_SEED_LATE, h) & ~np.uint64(3)) | np.uint64(2)
                if spans:
                    firsts[n] = i
                    lasts[n] = j
                n += 1
                if prev_at >= half:
                    hashes[n] = (_mix(_mix(_SEED_LATE, prev), h) & ~np.uint64(3)) | np.uint64(2)
                    if spans:
                        firsts[n] = prev_at
                        lasts[n] = j
                    n += 1
            if order > 1 and prev_at >= 0:
                hashes[n] = (_mix(_mix(_SEED_PAIR, prev), h) & ~np.uint64(3)) | word_bit
                if spans:
                    firsts[n] = prev_at
                    lasts[n] = j
                n += 1
                if prev2_at >= 0:
                    if skip > 0:
                        hashes[n] = (_mix(_mix(_SEED_SKIP, prev2), h) & ~np.uint64(3)) | word_bit
                        if spans:
                            firsts[n] = prev2_at
                            lasts[n] = j
                        n += 1
                    if order > 2:
                        hashes[n] = (_mix(_mix(_mix(_SEED_TRIPLE, prev2), prev), h) & ~np.uint64(3)) | word_bit
                        if spans:
                            firsts[n] = prev2_at
                            lasts[n] = j
                        n += 1
            prev2 = prev
            prev2_at = prev_at
            prev = h
            prev_at = i
            for a in range(i - 1, j if not has_ideograph else i - 1):
                g = _SEED_CHARACTER
                for b in range(a, min(a + cmax, j + 1)):
                    g = _mix(g, _PAD if b < i or b >= j else np.uint64(fold[codes[b]]))
                    if b - a + 1 >= cmin:
                        hashes[n] = (g & ~np.uint64(3)) | np.uint64(1)
                        if spans:
                            firsts[n] = max(a, i)
                            lasts[n] = min(b + 1, j)
                        n += 1
            i = j
        if has_ideograph:
            for a in range(run - 1, i):
                g = _SEED_RUN
                for b in range(a, min(a + rmax, i + 1)):
                    pad = b < run or b >= i
                    g = _mix(g, _PAD if pad else np.uint64(fold[codes[b]]))
                    if b - a + 1 >= rmin and not (pad and a == b):
                        hashes[n] = (g & ~np.uint64(3)) | np.uint64(1)
                        if spans:
                            firsts[n] = max(a, run)
                            lasts[n] = min(b + 1, i)
                        n += 1
                        if a >= half and not pad and 2 <= b - a + 1 <= 3:
                            hashes[n] = (_mix(_SEED_LATE, g) & ~np.uint64(3)) | np.uint64(2)
                            if spans:
                                firsts[n] = a
                                lasts[n] = b + 1
                            n += 1
    return n


@njit(cache=True, nogil=True)
def _grow(keys, counts, last):  # type: ignore[no-untyped-def]
    size = keys.shape[0] * 2
    mask = np.uint64(size - 1)
    keys2 = np.zeros(size, np.uint64)
    counts2 = np.zeros(size, np.int32)
    last2 = np.full(size, -1, np.int32)
    for s in range(keys.shape[0]):
        if counts[s] > 0:
            p = (keys[s] >> np.uint64(7)) & mask
            while counts2[p] > 0:
                p = (p + np.uint64(1)) & mask
            keys2[p] = keys[s]
            counts2[p] = counts[s]
            last2[p] = last[s]
    return keys2, counts2, last2


@njit(cache=True, nogil=True)
def document_frequencies(codes, starts, kind, fold, options, buffer):  # type: ignore[no-untyped-def]
    """Every n-gram's hash and the number of texts it occurs in, in order of the table (deterministic)."""
    keys = np.zeros(1 << 16, np.uint64)
    counts = np.zeros(1 << 16, np.int32)
    last = np.full(1 << 16, -1, np.int32)
    none = np.zeros(0, np.int64)
    used = 0
    for d in range(starts.shape[0] - 1):
        n = emit(codes, starts[d], starts[d + 1], kind, fold, options, buffer, none, none)
        for t in range(n):
            if used * 2 > keys.shape[0]:
                keys, counts, last = _grow(keys, counts, last)
            mask = np.uint64(keys.shape[0] - 1)
            h = buffer[t]
            p = (h >> np.uint64(7)) & mask
            while counts[p] > 0 and keys[p] != h:
                p = (p + np.uint64(1)) & mask
            if counts[p] == 0:
                keys[p] = h
                used += 1
            if last[p] != d:
                last[p] = d
                counts[p] += 1
    kept = counts > 0
    return keys[kept], counts[kept]


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


@njit(cache=True, nogil=True)
def row(hashes, n, table, block, idf, scale, counts, columns, values):  # type: ignore[no-untyped-def]
    """One text's sparse row: (1 + ln tf) · idf, each block at length scale[block]. Returns its length.

    counts: zeroed scratch, one entry a column; left zeroed again.
    """
    m = 0
    for t in range(n):
        column = find(table, hashes[t])
        if column >= 0:
            if counts[column] == 0:
                columns[m] = column
                m += 1
            counts[column] += 1
    norms = np.zeros(BLOCKS, np.float64)
    for t in range(m):
        column = columns[t]
        value = idf[column] * (1.0 + np.log(np.float32(counts[column])))
        counts[column] = 0
        values[t] = value
        norms[block[column]] += value * value
    for b in range(BLOCKS):
        norms[b] = scale[b] / np.sqrt(norms[b]) if norms[b] > 0 else 0.0
    for t in range(m):
        values[t] *= norms[block[columns[t]]]
    return m


@njit(cache=True, nogil=True)
def sparse_rows(codes, starts, kind, fold, options, buffer, table, block, idf, scale):  # type: ignore[no-untyped-def]
    """CSR arrays (indptr, columns, values) of every text."""
    none = np.zeros(0, np.int64)
    counts = np.zeros(idf.shape[0], np.int32)
    columns = np.empty(min(buffer.shape[0], idf.shape[0]), np.int32)
    values = np.empty(columns.shape[0], np.float32)
    indptr = np.zeros(starts.shape[0], np.int64)
    all_columns = np.empty(1 << 16, np.int32)
    all_values = np.empty(1 << 16, np.float32)
    used = 0
    for d in range(starts.shape[0] - 1):
        n = emit(codes, starts[d], starts[d + 1], kind, fold, options, buffer, none, none)
        m = row(buffer, n, table, block, idf, scale, counts, columns, values)
        while used + m > all_columns.shape[0]:
            all_columns = np.concatenate((all_columns, np.empty_like(all_columns)))
            all_values = np.concatenate((all_values, np.empty_like(all_values)))
        all_columns[used : used + m] = columns[:m]
        all_values[used : used + m] = values[:m]
        used += m
        indptr[d + 1] = used
    return indptr, all_columns[:used].copy(), all_values[:used].copy()


@dataclass(frozen=True, slots=True)
class Options:
    """Which n-grams are taken."""

    word_order: int = 3
    skip_pairs: int = 1
    character_min: int = 3
    character_max: int = 5
    run_min: int = 1
    run_max: int = 4
    late: int = 1

    def as_tuple(self) -> tuple[int, ...]:
        return (
            self.word_order,
            self.skip_pairs,
            self.character_min,
            self.character_max,
            self.run_min,
            self.run_max,
            self.late,
        )


def scratch(buffer: TextBuffer, options: Options) -> NDArray[np.uint64]:
    """Room for the n-grams of the longest text of a batch."""
    longest = int(np.max(np.diff(buffer.starts), initial=0))
    per_character = options.character_max + options.run_max + 10
    return np.empty((longest + 2) * per_character, dtype=np.uint64)


def tables() -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """(kind, fold) tables for the kernels."""
    both = character_tables()
    return both.kind, both.fold
