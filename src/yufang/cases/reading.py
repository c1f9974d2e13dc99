"""Kernels that read texts: n-grams, sparse rows, margins, and each character's part in a margin.

They stand in one file because numba's cache notices a change in the file of the kernel that Python calls, and in
no other: a kernel that calls into another file could go on with the old one (see `hashing`).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from yufang.cases.hashing import (
    BLOCKS,
    CHARACTER_BLOCK,
    EDGE,
    LATE_BLOCK,
    PAD,
    SEED_CHARACTER,
    SEED_LATE,
    SEED_PAIR,
    SEED_RUN,
    SEED_SKIP,
    SEED_TRIPLE,
    SEED_WORD,
    WORD_BLOCK,
    find,
    mix,
    without_spaces,
)


@njit(cache=True, nogil=True, inline="always")
def _put(out, n, h, block, first, last):  # type: ignore[no-untyped-def]
    """Write one n-gram: its hash, its block in the two lowest bits, its span where spans are wanted."""
    hashes, firsts, lasts = out
    hashes[n] = (h & ~np.uint64(3)) | np.uint64(block)
    if firsts.shape[0] > 0:
        firsts[n] = first
        lasts[n] = last
    return n + 1


@njit(cache=True, nogil=True)
def _emit_word(out, n, h, i, j, prev, prev_at, prev2, prev2_at, half, block, options):  # type: ignore[no-untyped-def]
    """The word [i, j) with hash h, alone and with the one or two words before it (at -1 where there are none)."""
    order, skip = options[0], options[1]
    n = _put(out, n, h, block, i, j)
    if i >= half:
        n = _put(out, n, mix(SEED_LATE, h), LATE_BLOCK, i, j)
        if prev_at >= half:
            n = _put(out, n, mix(mix(SEED_LATE, prev), h), LATE_BLOCK, prev_at, j)
    if order > 1 and prev_at >= 0:
        n = _put(out, n, mix(mix(SEED_PAIR, prev), h), block, prev_at, j)
        if prev2_at >= 0 and skip > 0:
            n = _put(out, n, mix(mix(SEED_SKIP, prev2), h), block, prev2_at, j)
        if prev2_at >= 0 and order > 2:
            n = _put(out, n, mix(mix(mix(SEED_TRIPLE, prev2), prev), h), block, prev2_at, j)
    return n


@njit(cache=True, nogil=True)
def _emit_characters(out, n, codes, i, j, fold, options):  # type: ignore[no-untyped-def]
    """Character n-grams of the padded word [i, j)."""
    shortest, longest = options[2], options[3]
    for a in range(i - 1, j):
        g = SEED_CHARACTER
        for b in range(a, min(a + longest, j + 1)):
            g = mix(g, PAD if b < i or b >= j else np.uint64(fold[codes[b]]))
            if b - a + 1 >= shortest:
                n = _put(out, n, g, CHARACTER_BLOCK, max(a, i), min(b + 1, j))
    return n


@njit(cache=True, nogil=True)
def _emit_run(out, n, codes, end, run, run_end, first, half, kind, fold, options):  # type: ignore[no-untyped-def]
    """n-grams that begin in the run [run, run_end) or at the pad before it.

    They go on across punctuation and spaces, which count as one pad: both sides of a comma belong together.
    """
    shortest, longest = options[4], options[5]
    limit = np.uint64(kind.shape[0])
    for a in range(run - 1, run_end):
        g = SEED_RUN
        b = a
        stop = a
        for length in range(1, longest + 1):
            pad = b < run or b >= end or codes[b] >= limit or kind[codes[b]] == 0
            if pad:
                edge = b < run and first
                b = max(b + 1, run)
                while b < end and (codes[b] >= limit or kind[codes[b]] == 0):
                    b += 1
                g = mix(g, EDGE if edge or b >= end else PAD)
            else:
                g = mix(g, np.uint64(fold[codes[b]]))
                b += 1
                stop = b
            if length >= shortest and stop > a:
                n = _put(out, n, g, CHARACTER_BLOCK, max(a, run), stop)
                if a >= half and not pad and 2 <= length <= 3:
                    n = _put(out, n, mix(SEED_LATE, g), LATE_BLOCK, a, stop)
            if pad and b >= end:
                break
    return n


@njit(cache=True, nogil=True)
def emit(codes, start, end, kind, fold, options, hashes, firsts, lasts):  # type: ignore[no-untyped-def]
    """Write the hashes of one text's n-grams; its two lowest bits are its block. Returns how many.

    options: (word order 1-3, skip pairs 0/1, character min, character max, run min, run max, late 0/1).
    firsts/lasts: spans in `codes` of each n-gram, as long as `hashes`, or empty where they aren't wanted.
    """
    out = (hashes, firsts, lasts)
    spaceless = without_spaces(codes, start, end, kind)
    half = (start + end) // 2 if options[6] > 0 else end
    limit = np.uint64(kind.shape[0])
    n = 0
    prev = np.uint64(0)
    prev2 = np.uint64(0)
    prev_at = -1
    prev2_at = -1
    first = True  # no run yet
    i = start
    while i < end:
        if codes[i] >= limit or kind[codes[i]] == 0:
            i += 1
            continue
        run = i
        ideographs = spaceless
        while i < end and codes[i] < limit and kind[codes[i]] != 0:
            ideographs = ideographs or kind[codes[i]] == 2
            i += 1
        run_end = i
        # A number amid ideographs is one of their signs, not a word among words.
        block = CHARACTER_BLOCK if ideographs else WORD_BLOCK
        i = run
        while i < run_end:
            if kind[codes[i]] == 2:
                i += 1
                continue
            j = i
            h = SEED_WORD
            while j < run_end and kind[codes[j]] == 1:
                h = mix(h, np.uint64(fold[codes[j]]))
                j += 1
            n = _emit_word(out, n, h, i, j, prev, prev_at, prev2, prev2_at, half, block, options)
            prev2 = prev
            prev2_at = prev_at
            prev = h
            prev_at = i
            if not ideographs:
                n = _emit_characters(out, n, codes, i, j, fold, options)
            i = j
        if ideographs:
            n = _emit_run(out, n, codes, end, run, run_end, first, half, kind, fold, options)
            first = False
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
        value = idf[column]
        if counts[column] > 1:  # most are 1, and a logarithm is dear
            value *= np.float32(1.0) + np.log(np.float32(counts[column]))
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


@njit(cache=True, fastmath=True, nogil=True)
def view_margins(columns, values, begin, end, words, characters, late, bias, out):  # type: ignore[no-untyped-def]
    """Write one sparse row's margins of all views to `out` (classes · views).

    Columns stand block by block. Words speak to the first two views, characters to the first, late words to the third.
    """
    first_character = words.shape[0]
    first_late = first_character + characters.shape[0]
    classes = characters.shape[1]
    third = bias.shape[0] - classes
    for k in range(bias.shape[0]):
        out[k] = bias[k]
    for t in range(begin, end):
        f = columns[t]
        x = values[t]
        if f < first_character:
            for k in range(words.shape[1]):
                out[k] += x * words[f, k]
        elif f < first_late:
            f -= first_character
            for k in range(classes):
                out[k] += x * characters[f, k]
        elif third > 0:
            f -= first_late
            for k in range(classes):
                out[third + k] += x * late[f, k]


@njit(cache=True, fastmath=True, nogil=True)
def margins_of_rows(rows, indptr, columns, values, words, characters, late, bias):  # type: ignore[no-untyped-def]
    """Margins (len(rows), classes · views) float32 of some rows of the CSR arrays."""
    out = np.empty((rows.shape[0], bias.shape[0]), np.float32)
    for position in range(rows.shape[0]):
        i = rows[position]
        view_margins(columns, values, indptr[i], indptr[i + 1], words, characters, late, bias, out[position])
    return out


@njit(cache=True, nogil=True)
def character_scores(codes, kind, fold, options, hashes, table, block, idf, scale, weight):  # type: ignore[no-untyped-def]
    """What each character added to a margin: n-grams share theirs out evenly over their places and characters."""
    firsts = np.zeros(hashes.shape[0], np.int64)
    lasts = np.zeros(hashes.shape[0], np.int64)
    n = emit(codes, 0, codes.shape[0], kind, fold, options, hashes, firsts, lasts)
    counts = np.zeros(idf.shape[0], np.int32)
    columns = np.empty(min(hashes.shape[0], idf.shape[0]), np.int32)
    values = np.empty(columns.shape[0], np.float32)
    m = row(hashes, n, table, block, idf, scale, counts, columns, values)
    for t in range(n):
        column = find(table, hashes[t])
        if column >= 0:
            counts[column] += 1
    gain = np.zeros(idf.shape[0], np.float64)
    for t in range(m):
        gain[columns[t]] = values[t] * weight[columns[t]] / counts[columns[t]]
    score = np.zeros(codes.shape[0], np.float64)
    for t in range(n):
        column = find(table, hashes[t])
        if column >= 0:
            share = gain[column] / max(lasts[t] - firsts[t], 1)
            for at in range(firsts[t], lasts[t]):
                score[at] += share
    return score
