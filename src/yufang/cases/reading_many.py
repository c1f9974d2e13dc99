"""Kernels that read a text once for many facets (packed.py lays out the arrays).

Weights are whole numbers of 16 bits, and what they add up to is exact: a sum doesn't depend on its order, so that the
sum of a word's own character n-grams may be kept and used again. N-grams that stand in a text more than once are set
right afterwards. Arrays are handed on one by one: taking them out of a tuple costs more than the work.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from yufang.cases.hashing import (
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

SHORT = 5_000  # code points up to which no sum of 32 bits can overflow (a code point begins 8 n-grams at most)
_FLUSH = 256  # columns of a longer text after which its sums are moved to 64 bits
_FRACTION = 8  # bits behind the point of 1 + ln(count)
PATTERN_BITS = 12
_PATTERNS = (1 << PATTERN_BITS) - 1
_AHEAD = 3  # rows of weights asked of the memory before they are needed


@intrinsic
def _fetch(_typing, array, at):  # type: ignore[no-untyped-def]
    """Ask the memory for the line that holds array[at], without waiting."""

    def generate(context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        data = context.make_array(array)(context, builder, arguments[0]).data
        pointer = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], kind)
        builder.call(function, [pointer, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@njit(cache=True, nogil=True, forceinline=True)
def _look_up(table, h, block):  # type: ignore[no-untyped-def]
    return find(table, (h & ~np.uint64(3)) | np.uint64(block))


@njit(cache=True, nogil=True, forceinline=True)
def _count(column, counts, listed, n):  # type: ignore[no-untyped-def]
    """Count one occurrence of a column that may be -1; it is listed when it comes first."""
    if column >= 0:
        if counts[column] == 0:
            listed[n[0]] = column
            n[0] += 1
        counts[column] += 1


@njit(cache=True, nogil=True, forceinline=True)
def _add(place, runs, acc, data):  # type: ignore[no-untyped-def]
    """Add the weights of a column to the runs of `acc` that they belong to. place: where they begin, and their pattern.

    Unsigned places, since numba then knows that none counts from the end, and takes a whole vector at a time.
    """
    at = np.uint64(place >> PATTERN_BITS)
    pattern = place & _PATTERNS
    for r in range(runs.shape[1]):
        to = np.uint64(runs[pattern, r, 0])
        length = np.uint64(runs[pattern, r, 1])
        for k in range(length):
            acc[to + k] += np.int32(data[at + k])
        at += length


@njit(cache=True, nogil=True)
def _add_repeated(place, runs, squares, acc, data, count, minus):  # type: ignore[no-untyped-def]
    """Add weights times 1 + ln(count), squares of idf times that squared, and take away `minus` times both."""
    grown = 1.0 + np.log(np.float64(count))
    by = np.int64(np.rint(grown * 256.0)) - 256 * minus
    at = np.uint64(place >> PATTERN_BITS)
    pattern = place & _PATTERNS
    for s in range(squares.shape[1]):
        if squares[pattern, s, 1] >= 0:
            q = np.int64(data[at + np.uint64(squares[pattern, s, 1])])
            square = np.int64(np.rint(grown * grown * 256.0)) - 256 * minus
            acc[squares[pattern, s, 0]] += ((q * square) >> _FRACTION) - ((q * by) >> _FRACTION)
    for r in range(runs.shape[1]):
        to = np.uint64(runs[pattern, r, 0])
        length = np.uint64(runs[pattern, r, 1])
        if abs(by) < 65_536:
            factor = np.int32(by)
            for k in range(length):
                acc[to + k] += np.int32(np.int32(data[at + k]) * factor) >> np.int32(_FRACTION)
        else:
            for k in range(length):
                acc[to + k] += (np.int64(data[at + k]) * by) >> _FRACTION
        at += length


@njit(cache=True, nogil=True)
def _new_word(codes, i, j, h, fold, options, table, starts, columns, entry, w):  # type: ignore[no-untyped-def]
    """Put the word [i, j) into the memory: its hash, its number w + 1, its own column, that of the late word."""
    n = starts[w]
    for a in range(i - 1, j):
        g = SEED_CHARACTER
        for b in range(a, min(a + options[3], j + 1)):
            g = mix(g, PAD if b < i or b >= j else np.uint64(fold[codes[b]]))
            if b - a + 1 >= options[2]:
                column = _look_up(table, g, CHARACTER_BLOCK)
                if column < 0:
                    break  # what is too rare doesn't become less so when it is longer
                columns[n] = column
                n += 1
    starts[w + 1] = n
    entry[0] = h
    entry[1] = w + 1
    entry[2] = _look_up(table, np.uint64(h), WORD_BLOCK)
    entry[3] = _look_up(table, mix(SEED_LATE, np.uint64(h)), LATE_BLOCK)


@njit(cache=True, nogil=True)
def _take_characters(codes, i, j, fold, options, table, counts, listed, n):  # type: ignore[no-untyped-def]
    """Count the character n-grams of the word [i, j)."""
    for a in range(i - 1, j):
        g = SEED_CHARACTER
        for b in range(a, min(a + options[3], j + 1)):
            g = mix(g, PAD if b < i or b >= j else np.uint64(fold[codes[b]]))
            if b - a + 1 >= options[2]:
                column = _look_up(table, g, CHARACTER_BLOCK)
                if column < 0:
                    break
                _count(column, counts, listed, n)


@njit(cache=True, nogil=True)
def _take_run(codes, end, run, run_end, first, half, kind, fold, options, table, counts, listed, n):  # type: ignore[no-untyped-def]
    """Count the n-grams of `_emit_run`."""
    limit = np.uint64(kind.shape[0])
    for a in range(run - 1, run_end):
        g = SEED_RUN
        b = a
        stop = a
        for length in range(1, options[5] + 1):
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
            if length >= options[4] and stop > a:
                column = _look_up(table, g, CHARACTER_BLOCK)
                if column < 0:
                    break
                _count(column, counts, listed, n)
                if a >= half and not pad and 2 <= length <= 3:
                    _count(_look_up(table, mix(SEED_LATE, g), LATE_BLOCK), counts, listed, n)
            if pad and b >= end:
                break


@njit(cache=True, nogil=True)
def _find_words(codes, start, end, kind, fold, options, table, counts, listed, n, tokens):  # type: ignore[no-untyped-def]
    """Write down a text's words (hash, first, end, block), count the n-grams of its runs. Returns how many words."""
    spaceless = without_spaces(codes, start, end, kind)
    half = (start + end) // 2 if options[6] > 0 else end
    limit = np.uint64(kind.shape[0])
    first = True
    m = 0
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
            tokens[m, 0] = np.int64(h)
            tokens[m, 1] = i
            tokens[m, 2] = j
            tokens[m, 3] = CHARACTER_BLOCK if ideographs else WORD_BLOCK
            m += 1
            i = j
        if ideographs:
            _take_run(codes, end, run, run_end, first, half, kind, fold, options, table, counts, listed, n)
            first = False
    return m


@njit(cache=True, nogil=True)
def _look_up_words(  # type: ignore[no-untyped-def]
    codes, short, fold, options, table, memory, starts, columns, used, counts, listed, seen, n, tokens, m
):
    """Find each word's own column and that of the late word (-1: none), and note or count its character n-grams.

    Words of short texts are only noted in `seen`: what the memory holds of them is added later.
    """
    mask = memory.shape[0] - 1
    for t in range(m):
        if short and t + _AHEAD < m:
            _fetch(memory, (tokens[t + _AHEAD, 0] >> 7 & mask) * memory.shape[1])  # type: ignore[call-arg]
        h = tokens[t, 0]
        if short and tokens[t, 3] == WORD_BLOCK:
            p = h >> 7 & mask
            while memory[p, 1] != 0 and memory[p, 0] != h:
                p = p + 1 & mask
            if memory[p, 1] == 0:
                entry = memory[p]
                _new_word(codes, tokens[t, 1], tokens[t, 2], h, fold, options, table, starts, columns, entry, used[0])
                used[0] += 1
            seen[n[1]] = memory[p, 1] - 1
            n[1] += 1
            tokens[t, 4] = memory[p, 2]
            tokens[t, 5] = memory[p, 3]
        else:
            tokens[t, 4] = _look_up(table, np.uint64(h), tokens[t, 3])
            tokens[t, 5] = _look_up(table, mix(SEED_LATE, np.uint64(h)), LATE_BLOCK)
            if tokens[t, 3] == WORD_BLOCK:
                _take_characters(codes, tokens[t, 1], tokens[t, 2], fold, options, table, counts, listed, n)
        _count(tokens[t, 4], counts, listed, n)


@njit(cache=True, nogil=True, forceinline=True)
def _together(seed, first, second):  # type: ignore[no-untyped-def]
    return mix(mix(seed, np.uint64(first)), np.uint64(second))


@njit(cache=True, nogil=True, forceinline=True)
def _fetch_slot(table, h):  # type: ignore[no-untyped-def]
    _fetch(table, np.int64((h >> np.uint64(7)) & np.uint64(table.shape[0] - 1)))  # type: ignore[call-arg]


@njit(cache=True, nogil=True, forceinline=True)
def _may_be_known(tokens, t, before):  # type: ignore[no-untyped-def]
    """Whether word t with an earlier one can be a known pair: an n-gram is never more frequent than its parts.

    A pair of words of two blocks counts in the later one's, where the earlier may be unknown.
    """
    return tokens[t, 4] >= 0 and (tokens[before, 4] >= 0 or tokens[before, 3] != tokens[t, 3])


@njit(cache=True, nogil=True)
def _take_words(half, options, table, counts, listed, n, tokens, m):  # type: ignore[no-untyped-def]
    """Count late words, pairs, pairs that skip a word, and triples, as `_emit_word` writes them."""
    order, skip = options[0], options[1]
    for t in range(m + _AHEAD):
        if t < m and t >= 1 and order > 1:  # ask for the slots of those that come soon
            if _may_be_known(tokens, t, t - 1):
                _fetch_slot(table, _together(SEED_PAIR, tokens[t - 1, 0], tokens[t, 0]))
            if t >= 2 and skip > 0 and _may_be_known(tokens, t, t - 2):
                _fetch_slot(table, _together(SEED_SKIP, tokens[t - 2, 0], tokens[t, 0]))
        u = t - _AHEAD
        if u < 0:
            continue
        tokens[u, 6] = 0
        late = tokens[u, 5] if tokens[u, 1] >= half else np.int64(-1)
        if late >= 0:
            _count(late, counts, listed, n)
            if u >= 1 and tokens[u - 1, 1] >= half and tokens[u - 1, 5] >= 0:
                pair = _together(SEED_LATE, tokens[u - 1, 0], tokens[u, 0])
                _count(_look_up(table, pair, LATE_BLOCK), counts, listed, n)
        if order < 2 or u < 1:
            continue
        if _may_be_known(tokens, u, u - 1):
            pair = _together(SEED_PAIR, tokens[u - 1, 0], tokens[u, 0])
            column = _look_up(table, pair, tokens[u, 3])
            _count(column, counts, listed, n)
            if column >= 0 and u >= 2 and order > 2:
                triple = mix(_together(SEED_TRIPLE, tokens[u - 2, 0], tokens[u - 1, 0]), np.uint64(tokens[u, 0]))
                tokens[u, 6] = np.int64(triple)
                _fetch_slot(table, triple)
        if skip > 0 and u >= 2 and _may_be_known(tokens, u, u - 2):
            pair = _together(SEED_SKIP, tokens[u - 2, 0], tokens[u, 0])
            _count(_look_up(table, pair, tokens[u, 3]), counts, listed, n)
    for t in range(m):
        if tokens[t, 6] != 0:
            _count(_look_up(table, np.uint64(tokens[t, 6]), tokens[t, 3]), counts, listed, n)


@njit(cache=True, nogil=True, forceinline=True)
def _fetch_row(place, widths, data):  # type: ignore[no-untyped-def]
    """Ask for the weights of a column, 32 to a line of memory."""
    for k in range(0, widths[place & _PATTERNS], 32):
        _fetch(data, (place >> PATTERN_BITS) + k)  # type: ignore[call-arg]


@njit(cache=True, nogil=True)
def _sum_words(  # type: ignore[no-untyped-def]
    starts, columns, sums, summed, seen, words, counts, repeated, places, runs, squares, widths, data, acc
):
    """Add what the memory holds of a text's words, and set right what stands there more than once."""
    again = 0
    width = np.uint64(sums.shape[1])
    for s in range(words):
        w = seen[s]
        if summed[w] == 0:
            summed[w] = 1
            sums[w, :] = 0
            for t in range(starts[w], starts[w + 1]):
                _add(places[columns[t]], runs, sums[w], data)
        if s + _AHEAD < words:
            for k in range(0, sums.shape[1], 16):
                _fetch(sums, np.int64(seen[s + _AHEAD]) * sums.shape[1] + k)  # type: ignore[call-arg]
        row = np.uint64(w)
        for k in range(width):
            acc[k] += sums[row, k]
        for t in range(starts[w], starts[w + 1]):
            column = columns[t]
            counts[column] += 1
            if counts[column] == 2:
                repeated[again] = column
                again += 1
    for t in range(again):
        if t + _AHEAD < again:
            _fetch_row(places[repeated[t + _AHEAD]], widths, data)
        c = repeated[t]
        _add_repeated(places[c], runs, squares, acc, data, counts[c], counts[c])
    for s in range(words):
        for t in range(starts[seen[s]], starts[seen[s] + 1]):
            counts[columns[t]] = 0


@njit(cache=True, nogil=True)
def _sum_listed(counts, listed, n, places, runs, squares, widths, data, flush, acc, total):  # type: ignore[no-untyped-def]
    """Add the weights of the listed columns; every `flush` columns the sums are moved to `total`."""
    for t in range(min(4 * _AHEAD, n)):
        _fetch(places, listed[t])  # type: ignore[call-arg]
    for t in range(min(_AHEAD, n)):
        _fetch_row(places[listed[t]], widths, data)
    for t in range(n):
        if t + 4 * _AHEAD < n:
            _fetch(places, listed[t + 4 * _AHEAD])  # type: ignore[call-arg]
        if t + _AHEAD < n:
            _fetch_row(places[listed[t + _AHEAD]], widths, data)
        c = listed[t]
        if counts[c] == 1:
            _add(places[c], runs, acc, data)
        else:
            _add_repeated(places[c], runs, squares, acc, data, counts[c], 0)
        counts[c] = 0
        if t % flush == flush - 1:
            total += acc
            acc[:] = 0


@njit(cache=True, nogil=True)
def read_texts(codes, starts, kind, fold, options, table, rows, words, tally, parts, out):  # type: ignore[no-untyped-def]
    """Write the margins of all facets and views to `out` (texts, margins), which holds the bias already.

    rows: the weights. words, tally: memory and zeroed scratch, one set a thread. parts: where the facets' blocks stand.
    """
    places, runs, squares, widths, data = rows
    memory, firsts, columns, sums, summed, used = words
    counts, listed, repeated, seen, n, acc, total = tally
    at, width, square_at, unit, to = parts
    tokens = np.empty((np.max(np.diff(starts)) // 2 + 1 if starts.shape[0] > 1 else 0, 7), np.int64)
    for d in range(starts.shape[0] - 1):
        begin = starts[d]
        end = starts[d + 1]
        short = end - begin <= SHORT
        half = (begin + end) // 2 if options[6] > 0 else end
        if used[0] + SHORT >= sums.shape[0] or firsts[used[0]] + 8 * SHORT >= columns.shape[0]:
            memory[:] = 0  # it is full: begin anew
            summed[:] = 0
            used[0] = 0
        n[:] = 0
        m = _find_words(codes, begin, end, kind, fold, options, table, counts, listed, n, tokens)
        _look_up_words(
            codes, short, fold, options, table, memory, firsts, columns, used, counts, listed, seen, n, tokens, m
        )
        _take_words(half, options, table, counts, listed, n, tokens, m)
        flush = SHORT * 8 if short else _FLUSH
        total[:] = 0
        _sum_listed(counts, listed, n[0], places, runs, squares, widths, data, flush, acc, total)
        _sum_words(
            firsts, columns, sums, summed, seen, n[1], counts, repeated, places, runs, squares, widths, data, acc
        )
        total += acc
        acc[:] = 0
        for p in range(at.shape[0]):
            square = total[square_at[p]]
            if square > 0:
                by = unit[p] / np.sqrt(np.float64(square))
                for k in range(width[p]):
                    out[d, to[p] + k] += np.float32(by * np.float64(total[at[p] + k]))


@njit(cache=True, nogil=True, fastmath={"contract"})
def product(left, right):  # type: ignore[no-untyped-def]
    """left @ right in single precision, each row for itself: a row's result doesn't depend on its neighbours."""
    # Four terms at a time and whole vectors: the sum of a cell goes on in the order of the terms all the same.
    wide = np.zeros((-(-right.shape[0] // 4) * 4, -(-right.shape[1] // 32) * 32), np.float32)
    wide[: right.shape[0], : right.shape[1]] = right
    out = np.empty((left.shape[0], right.shape[1]), np.float32)
    x = np.zeros(wide.shape[0], np.float32)
    total = np.empty(wide.shape[1], np.float32)
    for i in range(left.shape[0]):
        total[:] = 0
        for d in range(left.shape[1]):
            x[d] = left[i, d]
        for d in range(0, wide.shape[0], 4):
            x0, x1, x2, x3 = x[d], x[d + 1], x[d + 2], x[d + 3]
            for c in range(wide.shape[1]):
                so_far = total[c] + x0 * wide[d, c]
                so_far = so_far + x1 * wide[d + 1, c]
                so_far = so_far + x2 * wide[d + 2, c]
                total[c] = so_far + x3 * wide[d + 3, c]
        for c in range(right.shape[1]):
            out[i, c] = total[c]
    return out
