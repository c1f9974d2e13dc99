"""The second reader: a narrow convolution over words, and for each code its own attention to them.

Sums over n-grams can't tell the part of the body that was hurt from one that is merely named. Here each token, seen
with two neighbours on either side, has for each code a vote and a claim to attention; a code's score is the vote
where its attention lies (label attention, after Mullenbach et al. 2018, without their hidden document vector). Trained
from scratch with Adam on log loss; no word vectors come from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.cases.attention_kernels import (
    adam_rows,
    add_rows,
    gather,
    read_tokens,
    scatter_parts,
    vote,
    vote_gradient,
    window_sums,
    word_parts,
)
from yufang.cases.second import TextReader
from yufang.cases.text import character_tables, encode

Single = NDArray[np.float32]
Long = NDArray[np.int64]

DIMENSIONS = 64
FILTERS = 256
WIDTH = 5
BUCKETS = 1 << 15
DROPPED = 0.3
EPOCHS = 5
RATE = 3e-3
BATCH = 32
DECAY = 1e-3
LONGEST = 256  # tokens read from either end of a text
LEAST_LOG = -9.0  # a code's log-probability is never told as less
LEAST_ROWS = 3000  # with fewer, attention to words can't be learned
MOST_CLASSES = 100
MOST_SETTLED = 0.9  # a first reader that settles so large a share alone needs no second


@dataclass(frozen=True, slots=True)
class Tokens:
    """Texts as tokens: type of each token, where each text begins, and the parts of each type."""

    keys: NDArray[np.uint64]
    token: NDArray[np.int32]
    indptr: Long
    part: NDArray[np.int32]
    part_indptr: Long

    @classmethod
    def of(cls, texts: Sequence[str]) -> Tokens:
        """Read texts."""
        buffer, tables = encode(texts), character_tables()
        every, begin, end, indptr = read_tokens(buffer.codes, buffer.starts, tables.kind, tables.fold, LONGEST)
        keys, first, token = np.unique(every, return_index=True, return_inverse=True)
        part, part_indptr = word_parts(buffer.codes, tables.fold, begin[first], end[first], BUCKETS)
        return cls(keys, token.astype(np.int32), indptr, part, part_indptr)

    def known_by(self, vocabulary: NDArray[np.uint64]) -> NDArray[np.int32]:
        """Row of each type in the word table; 0 for one that was not learned."""
        at = np.minimum(np.searchsorted(vocabulary, self.keys), len(vocabulary) - 1)
        return np.where(vocabulary[at] == self.keys, at + 1, 0).astype(np.int32)

    def parts_of(self, types: NDArray[np.int32]) -> tuple[NDArray[np.int32], Long]:
        """The parts of some types, end to end, and where each type's begin."""
        sizes = self.part_indptr[types + 1] - self.part_indptr[types]
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        take = np.repeat(self.part_indptr[types] - indptr[:-1], sizes) + np.arange(indptr[-1])
        return self.part[take], indptr


@dataclass(frozen=True, slots=True)
class Reader:
    """A trained second reader as plain arrays.

    vocabulary: hashes of the words learned (sorted). words (n + 1, d), parts (buckets + 1, d), windows
    (width · d, filters), window_bias (filters), signals (filters, 2 · classes), bias (classes); all float32.
    """

    kind = "attention"

    vocabulary: NDArray[np.uint64]
    words: Single
    parts: Single
    windows: Single
    window_bias: Single
    signals: Single
    bias: Single

    def log_probabilities(self, texts: Sequence[str]) -> Single:
        """Log-probabilities (n, classes) before calibration, none below LEAST_LOG.

        Each text is worked out by itself, so that its numbers don't depend on its neighbours in the batch.
        """
        if not texts:
            return np.empty((0, len(self.bias)), np.float32)
        tokens = Tokens.of(texts)
        projected = self._projected(tokens)
        classes = len(self.bias)
        out = np.empty((len(texts), classes), np.float32)
        score = np.empty((1, classes), np.float32)
        for i in range(len(texts)):
            token = tokens.token[tokens.indptr[i] : tokens.indptr[i + 1]]
            seen = np.empty((len(token), len(self.window_bias)), np.float32)
            window_sums(projected, token, WIDTH, self.window_bias, seen)
            attention = np.empty((len(token), classes), np.float32)
            vote(seen @ self.signals, np.array([0, len(token)]), classes, attention, score)
            out[i] = score[0]
        return log_softmax(out + self.bias)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it has learned, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def _projected(self, tokens: Tokens) -> Single:
        """What each type sends to each place of a window: (types, width, filters)."""
        known = tokens.known_by(self.vocabulary)
        vectors = np.empty((len(known), self.words.shape[1]), np.float32)
        gather(self.words, self.parts, known, tokens.part, tokens.part_indptr, vectors)
        d, filters = self.words.shape[1], len(self.window_bias)
        placed = np.ascontiguousarray(self.windows.reshape(WIDTH, d, filters).transpose(1, 0, 2)).reshape(d, -1)
        out = np.empty((len(known), WIDTH * filters), np.float32)
        for i in range(len(known)):  # one by one: a product's last digits may depend on how many rows it has
            out[i] = vectors[i] @ placed
        return out.reshape(len(known), WIDTH, filters)


def log_softmax(scores: Single) -> Single:
    """Log-probabilities of scores, row by row, none below LEAST_LOG."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    out = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.maximum(out, np.float32(LEAST_LOG)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Tokens of some texts: where each begins, types met (`known`, parts), and the type of each token."""

    indptr: Long
    known: NDArray[np.int32]
    part: NDArray[np.int32]
    part_indptr: Long
    token: Long
    slot: Long  # where each token stands among the rows, with room for a window between texts


class _Training:
    """Weights while they are learned, with Adam's moments."""

    def __init__(self, tokens: Tokens, rows: Long, classes: int, seed: int) -> None:
        self.tokens, self.classes = tokens, classes
        self.random = np.random.default_rng(seed)
        seen = np.zeros(len(tokens.keys), np.int64)
        for i in rows:
            seen[np.unique(tokens.token[tokens.indptr[i] : tokens.indptr[i + 1]])] += 1
        self.vocabulary = tokens.keys[seen >= 2] if (seen >= 2).any() else tokens.keys[seen >= 1]
        self.known = tokens.known_by(self.vocabulary)
        spread = float(np.sqrt(2.0 / (WIDTH * DIMENSIONS)))
        self.weights = {
            "words": self._normal((len(self.vocabulary) + 1, DIMENSIONS), 0.1),
            "parts": self._normal((BUCKETS + 1, DIMENSIONS), 0.1),
            "windows": self._normal((WIDTH * DIMENSIONS, FILTERS), spread),
            "window_bias": np.zeros(FILTERS, np.float32),
            "signals": self._normal((FILTERS, 2 * classes), 0.05),
            "bias": np.zeros(classes, np.float32),
        }
        self.moments = {name: (np.zeros_like(w), np.zeros_like(w)) for name, w in self.weights.items()}
        self.steps = 0

    def _normal(self, shape: tuple[int, ...], spread: float) -> Single:
        return self.random.standard_normal(shape, dtype=np.float32) * np.float32(spread)

    def _mask(self, shape: tuple[int, ...]) -> Single:
        kept = self.random.random(shape, dtype=np.float32) >= DROPPED
        return kept.astype(np.float32) * np.float32(1.0 / (1.0 - DROPPED))

    def batch(self, rows: Long) -> _Batch:
        tokens = self.tokens
        sizes = tokens.indptr[rows + 1] - tokens.indptr[rows]
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        take = np.repeat(tokens.indptr[rows] - indptr[:-1], sizes) + np.arange(indptr[-1])
        types, token = np.unique(tokens.token[take], return_inverse=True)
        part, part_indptr = tokens.parts_of(types)
        slot = np.arange(indptr[-1]) + (WIDTH // 2) * (1 + np.repeat(np.arange(len(rows)), sizes))
        return _Batch(indptr, self.known[types], part, part_indptr, token.astype(np.int64), slot)

    def step(self, b: _Batch, target: Long, rate: float) -> None:
        """One step of Adam on the log loss of a batch."""
        w, n, half = self.weights, len(target), WIDTH // 2
        self.steps += 1
        vectors = np.empty((len(b.known), DIMENSIONS), np.float32)
        gather(w["words"], w["parts"], b.known, b.part, b.part_indptr, vectors)
        kept = self._mask((len(b.token), DIMENSIONS))
        laid = np.zeros((int(b.slot[-1]) + half + 1, DIMENSIONS), np.float32)
        laid[b.slot] = vectors[b.token] * kept
        around = b.slot[:, None] + np.arange(-half, half + 1)
        windows = laid[around].reshape(len(b.token), -1)
        seen = np.maximum(windows @ w["windows"] + w["window_bias"], 0.0)
        seen_kept = self._mask(seen.shape) * (seen > 0)
        seen *= seen_kept
        signals = seen @ w["signals"]
        attention = np.empty((len(b.token), self.classes), np.float32)
        score = np.empty((n, self.classes), np.float32)
        vote(signals, b.indptr, self.classes, attention, score)
        error = score + w["bias"]
        error = np.exp(error - error.max(axis=1, keepdims=True))
        error /= error.sum(axis=1, keepdims=True)
        error[np.arange(n), target] -= 1.0
        error /= np.float32(n)
        d_signals = np.empty_like(signals)
        vote_gradient(signals, attention, b.indptr, self.classes, score, error, d_signals)
        d_seen = (d_signals @ w["signals"].T) * seen_kept
        d_windows = (d_seen @ w["windows"].T).reshape(len(b.token), WIDTH, DIMENSIONS)
        d_laid = np.zeros_like(laid)
        for k in range(WIDTH):
            d_laid[around[:, k]] += d_windows[:, k]
        d_vectors = np.zeros_like(vectors)
        add_rows(d_laid[b.slot] * kept, b.token, d_vectors)
        self._dense("signals", seen.T @ d_signals, rate)
        self._dense("windows", windows.T @ d_seen, rate)
        self._dense("window_bias", d_seen.sum(axis=0), rate)
        self._dense("bias", error.sum(axis=0), rate)
        self._tables(b, d_vectors, rate)

    def _dense(self, name: str, gradient: Single, rate: float) -> None:
        weights, (first, second) = self.weights[name], self.moments[name]
        first += 0.1 * (gradient - first)
        second += 0.001 * (gradient * gradient - second)
        scale = rate * np.sqrt(1.0 - 0.999**self.steps) / (1.0 - 0.9**self.steps)
        if weights.ndim > 1:
            weights *= np.float32(1.0 - rate * DECAY)
        weights -= np.float32(scale) * first / (np.sqrt(second) + np.float32(1e-8))

    def _tables(self, b: _Batch, d_vectors: Single, rate: float) -> None:
        """Only the rows that the batch read are moved."""
        rows, place = np.unique(b.part, return_inverse=True)
        gradient = np.zeros((len(rows), DIMENSIONS), np.float32)
        scatter_parts(d_vectors, b.part_indptr, place.astype(np.int64), gradient)
        adam_rows(self.weights["parts"], *self.moments["parts"], rows, gradient, rate, self.steps)
        rows, place = np.unique(b.known, return_inverse=True)
        gradient = np.zeros((len(rows), DIMENSIONS), np.float32)
        add_rows(d_vectors, place.astype(np.int64), gradient)
        adam_rows(self.weights["words"], *self.moments["words"], rows, gradient, rate, self.steps)


def train_reader(
    tokens: Tokens,
    rows: Long,
    target: Long,
    classes: int,
    *,
    seed: int = 0,
) -> Reader:
    """Learn from the texts `rows` of `tokens` with classes `target` (one for each text of `tokens`)."""
    training = _Training(tokens, rows, classes, seed)
    steps = EPOCHS * -(-len(rows) // BATCH)
    warm = max(1, steps // 10)

    for _ in range(EPOCHS):
        order = training.random.permutation(rows)
        for i in range(0, len(order), BATCH):
            chosen = order[i : i + BATCH]
            k = training.steps + 1
            rate = RATE * (k / warm if k <= warm else (steps - k + 1) / (steps - warm + 1))
            training.step(training.batch(chosen), target[chosen], rate)
    return Reader(vocabulary=training.vocabulary, **training.weights)


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts as tokens (see `second.Study`)."""

    texts: Sequence[str]
    tokens: Tokens

    def train(self, rows: Long, target: Long, classes: int, seed: int) -> Reader:
        return train_reader(self.tokens, rows, target, classes, seed=seed)

    def ask(self, reader: TextReader, rows: Long) -> Single:
        return reader.log_probabilities([self.texts[i] for i in rows.tolist()])


class AttentionLearner:
    """Learns a `Reader`; the default second reader (see `second.Learner`)."""

    def suits(self, rows: int, classes: int, settled: float) -> bool:
        """Where there are rows enough for attention to be learned, not too many codes, and something left open."""
        return rows >= LEAST_ROWS and classes <= MOST_CLASSES and settled < MOST_SETTLED

    def prepare(self, texts: Sequence[str]) -> _Texts:
        """Read the texts' tokens."""
        return _Texts(texts, Tokens.of(texts))
