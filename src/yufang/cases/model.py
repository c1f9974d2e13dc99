"""A trained model as plain arrays: n-grams with a column, their weights, and how margins become probabilities."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yufang.cases.calibration import Calibration
from yufang.cases.hashing import CHARACTER_BLOCK, LATE_BLOCK, WORD_BLOCK, build_table
from yufang.cases.ngrams import Options, scratch, tables
from yufang.cases.packed import Packed
from yufang.cases.reading import document_frequencies, sparse_rows
from yufang.cases.text import TextBuffer, encode

# Length of a text's word, character and late block. Words say little where runs of ideographs hold the meaning.
BLOCK_LENGTHS = (0.7, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """n-grams with a column: hash (`keys`), block and inverse document frequency of each, and the look-up table."""

    options: Options
    keys: NDArray[np.uint64]
    idf: NDArray[np.float32]
    block: NDArray[np.uint8]
    table: NDArray[np.uint64]

    @classmethod
    def of(cls, options: Options, keys: NDArray[np.uint64], idf: NDArray[np.float32]) -> Vocabulary:
        """Build the look-up table for given keys and weights."""
        return cls(options, keys, idf, (keys & np.uint64(3)).astype(np.uint8), build_table(keys))

    @classmethod
    def learn(cls, texts: TextBuffer, options: Options) -> Vocabulary:
        """n-grams that occur in at least two texts, or in any where there are fewer than 200 texts."""
        kind, fold = tables()
        keys, frequency = document_frequencies(
            texts.codes, texts.starts, kind, fold, options.as_tuple(), scratch(texts, options)
        )
        if len(texts) >= 200:
            kept = frequency >= 2
            keys, frequency = keys[kept], frequency[kept]
        # Block by block, and the frequent first: what is looked up most lies together in the processor's cache.
        order = np.lexsort((keys, -frequency, keys & np.uint64(3)))
        keys, frequency = keys[order], frequency[order]
        idf = (1.0 + np.log(len(texts) / frequency)).astype(np.float32)
        return cls.of(options, keys, idf)

    def rows(self, texts: TextBuffer) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """CSR arrays (indptr, columns, values) of texts."""
        kind, fold = tables()
        indptr, columns, values = sparse_rows(
            texts.codes,
            texts.starts,
            kind,
            fold,
            self.options.as_tuple(),
            scratch(texts, self.options),
            self.table,
            self.block,
            self.idf,
            np.array(BLOCK_LENGTHS, np.float32),
        )
        return indptr, columns, values


class Weights(NamedTuple):
    """What n-grams weigh, block by block in the order of the vocabulary's columns, float32.

    The first view sees words and characters, the second words only, the third the words of the text's second half.
    words: (n-grams, 2 · classes), or (n-grams, classes) where there is one view. characters, late: (n-grams, classes).
    bias: (classes · views).
    """

    words: NDArray[np.float32]
    characters: NDArray[np.float32]
    late: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def of_views(cls, views: Sequence[NDArray[np.float32]], block: NDArray[np.uint8]) -> Weights:
        """Put together what one machine or three learned: each (n-grams + 1, classes), the last row the bias."""
        word, character, late = (np.flatnonzero(block == b) for b in (WORD_BLOCK, CHARACTER_BLOCK, LATE_BLOCK))
        words = views[0][word]
        if len(views) > 1:
            # The second view learned from rows of length 1; it is asked with the first view's.
            words = np.concatenate([words, views[1][word] / np.float32(BLOCK_LENGTHS[WORD_BLOCK])], axis=1)
        return cls(
            np.ascontiguousarray(words),
            np.ascontiguousarray(views[0][character]),
            np.ascontiguousarray(views[-1][late]),
            np.concatenate([view[-1] for view in views]),
        )

    def of_class(self, label: int) -> NDArray[np.float32]:
        """What each n-gram weighs for a class in the first view."""
        return np.concatenate([self.words[:, label], self.characters[:, label], np.zeros(len(self.late), np.float32)])


@dataclass(frozen=True)
class Model:
    """A trained coder's arrays."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Weights
    calibration: Calibration

    @functools.cached_property
    def packed(self) -> Packed:
        """The weights in whole numbers, by which texts are coded."""
        return Packed([self], BLOCK_LENGTHS)

    def margins(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Margins (n, classes · views) of texts."""
        return self.packed.margins(encode(texts))[0]

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities (n, classes) of texts."""
        return self.calibration.probabilities(self.margins(texts))

    def digest(self) -> str:
        """Twelve hexadecimal digits that change with anything that the model's answers depend on."""
        sha = hashlib.sha256("\x1f".join(self.labels).encode())
        sha.update(repr(self.vocabulary.options.as_tuple()).encode())
        parts = (self.vocabulary.keys, self.vocabulary.idf, *self.weights)
        c = self.calibration
        for array in (*parts, c.slopes, c.factor, c.shift, c.mixing, c.trust):
            sha.update(np.ascontiguousarray(array).tobytes())
        sha.update(repr(c.floor).encode())
        return sha.hexdigest()[:12]
