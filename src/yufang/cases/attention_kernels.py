"""Kernels of the second reader: tokens, their parts, votes under attention, and steps of Adam on touched rows."""

from __future__ import annotations

import numpy as np
from numba import njit

from yufang.cases.hashing import mix

_SEED_TOKEN = np.uint64(0x51ED270B7F3A2C19)
_SEED_SIGN = np.uint64(0x2545F4914F6CDD1D)
_SEED_PART = np.uint64(0x85EBCA77C2B2AE63)
_PAD = np.uint64(32)
_NOTHING = np.uint64(1)  # the token of a text without any


@njit(cache=True, nogil=True)
def read_tokens(codes, starts, kind, fold, most):  # type: ignore[no-untyped-def]
    """Tokens of each text: words, numbers, ideographs and punctuation marks, `most` at most from either end.

    Returns their hashes, begin and end in `codes`, and where each text's tokens begin. A text without any gets one
    that stands for nothing.
    """
    room = len(codes) + len(starts)
    keys = np.empty(room, np.uint64)
    begin = np.empty(room, np.int64)
    end = np.empty(room, np.int64)
    indptr = np.zeros(len(starts), np.int64)
    limit = np.uint64(kind.shape[0])
    n = 0
    for text in range(len(starts) - 1):
        base = n
        i = starts[text]
        while i < starts[text + 1]:
            c = codes[i]
            k = kind[c] if c < limit else 0
            if k == 1:
                number = 48 <= c <= 57
                h = _SEED_TOKEN
                j = i
                while j < starts[text + 1] and codes[j] < limit and kind[codes[j]] == 1:
                    if (48 <= codes[j] <= 57) != number:
                        break
                    h = mix(h, np.uint64(fold[codes[j]]))
                    j += 1
                keys[n], begin[n], end[n] = h, i, j
                n += 1
                i = j
            else:
                if c > 32:
                    keys[n], begin[n], end[n] = mix(_SEED_SIGN, np.uint64(c)), i, i + 1
                    n += 1
                i += 1
        if n - base > 2 * most:
            # A very long text: its beginning and its end.
            for q in range(most):
                source = n - most + q
                keys[base + most + q], begin[base + most + q], end[base + most + q] = (
                    keys[source],
                    begin[source],
                    end[source],
                )
            n = base + 2 * most
        if n == base:
            keys[n], begin[n], end[n] = _NOTHING, starts[text], starts[text]
            n += 1
        indptr[text + 1] = n
    return keys[:n].copy(), begin[:n].copy(), end[:n].copy(), indptr


@njit(cache=True, nogil=True)
def word_parts(codes, fold, begin, end, buckets):  # type: ignore[no-untyped-def]
    """Buckets of each token's character n-grams of 3 to 5, its edges counted in; one empty bucket where it has none."""
    room = 0
    for t in range(len(begin)):
        room += 3 * (end[t] - begin[t] + 2)
    parts = np.empty(room, np.int32)
    indptr = np.zeros(len(begin) + 1, np.int64)
    n = 0
    for t in range(len(begin)):
        i, j = begin[t], end[t]
        if j - i > 1 and codes[i] > 57:
            for a in range(i - 1, j):
                g = _SEED_PART
                for b in range(a, min(a + 5, j + 1)):
                    g = mix(g, _PAD if b < i or b >= j else np.uint64(fold[codes[b]]))
                    if b - a >= 2:
                        parts[n] = np.int32((g >> np.uint64(20)) % np.uint64(buckets))
                        n += 1
        if n == indptr[t]:
            parts[n] = buckets
            n += 1
        indptr[t + 1] = n
    return parts[:n].copy(), indptr


@njit(cache=True, nogil=True, fastmath=True)
def gather(words, parts, word, part, indptr, out):  # type: ignore[no-untyped-def]
    """A token's vector: its word's plus the mean of its parts'."""
    d = words.shape[1]
    for i in range(len(word)):
        scale = np.float32(1.0) / (indptr[i + 1] - indptr[i])
        for j in range(d):
            out[i, j] = words[word[i], j]
        for q in range(indptr[i], indptr[i + 1]):
            for j in range(d):
                out[i, j] += parts[part[q], j] * scale


@njit(cache=True, nogil=True, fastmath=True)
def scatter_parts(gradient, indptr, place, out):  # type: ignore[no-untyped-def]
    """The gradient of each token's vector, handed on to its parts (`place`: row of `out` of each part)."""
    for i in range(gradient.shape[0]):
        scale = np.float32(1.0) / (indptr[i + 1] - indptr[i])
        for q in range(indptr[i], indptr[i + 1]):
            for j in range(gradient.shape[1]):
                out[place[q], j] += gradient[i, j] * scale


@njit(cache=True, nogil=True, fastmath=True)
def add_rows(rows, place, out):  # type: ignore[no-untyped-def]
    """out[place[i]] += rows[i]."""
    for i in range(len(place)):
        for j in range(rows.shape[1]):
            out[place[i], j] += rows[i, j]


@njit(cache=True, nogil=True, fastmath=True)
def window_sums(projected, token, width, bias, out):  # type: ignore[no-untyped-def]
    """relu of the windows of one text: the sum of what each neighbour sends to its place in the window.

    projected: (types, width, filters); token: type of each token, (n,). out: (n, filters).
    """
    half = width // 2
    n = len(token)
    filters = out.shape[1]
    for t in range(n):
        for f in range(filters):
            out[t, f] = bias[f]
        for k in range(width):
            s = t + k - half
            if 0 <= s < n:
                for f in range(filters):
                    out[t, f] += projected[token[s], k, f]
        for f in range(filters):
            out[t, f] = max(out[t, f], np.float32(0.0))


@njit(cache=True, nogil=True, fastmath=True)
def vote(signals, indptr, classes, attention, score):  # type: ignore[no-untyped-def]
    """Each class's score: its tokens' votes, weighted by a softmax of their attention over the text.

    signals (tokens, 2 · classes): attention before the softmax, then votes. Fills attention (tokens, classes) and
    score (texts, classes).
    """
    top = np.empty(classes, np.float32)
    total = np.empty(classes, np.float32)
    for d in range(len(indptr) - 1):
        top[:] = -np.inf
        total[:] = 0.0
        score[d] = 0.0
        for t in range(indptr[d], indptr[d + 1]):
            for k in range(classes):
                top[k] = max(top[k], signals[t, k])
        for t in range(indptr[d], indptr[d + 1]):
            for k in range(classes):
                a = np.exp(signals[t, k] - top[k])
                attention[t, k] = a
                total[k] += a
        for t in range(indptr[d], indptr[d + 1]):
            for k in range(classes):
                attention[t, k] /= total[k]
                score[d, k] += attention[t, k] * signals[t, classes + k]


@njit(cache=True, nogil=True, fastmath=True)
def vote_gradient(signals, attention, indptr, classes, score, gradient, out):  # type: ignore[no-untyped-def]
    """Gradient of `signals`, given that of the scores (texts, classes)."""
    for d in range(len(indptr) - 1):
        for t in range(indptr[d], indptr[d + 1]):
            for k in range(classes):
                a = attention[t, k] * gradient[d, k]
                out[t, classes + k] = a
                out[t, k] = a * (signals[t, classes + k] - score[d, k])


@njit(cache=True, nogil=True, fastmath=True)
def adam_rows(weights, first, second, rows, gradient, rate, step):  # type: ignore[no-untyped-def]
    """One step of Adam (Kingma and Ba 2015) on the rows that the batch touched."""
    b1 = np.float32(0.9)
    b2 = np.float32(0.999)
    one = np.float32(1.0)
    scale = np.float32(rate * np.sqrt(1.0 - 0.999**step) / (1.0 - 0.9**step))
    for i in range(len(rows)):
        r = rows[i]
        for j in range(weights.shape[1]):
            g = gradient[i, j]
            m = b1 * first[r, j] + (one - b1) * g
            v = b2 * second[r, j] + (one - b2) * g * g
            first[r, j] = m
            second[r, j] = v
            weights[r, j] -= scale * m / (np.sqrt(v) + np.float32(1e-8))
