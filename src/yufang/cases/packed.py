"""The weights of one facet or many in whole numbers, laid side by side: a text is read once for all of them.

An n-gram that several facets know has one column, and its weights for all their codes lie together in memory, so that
it is looked up once and fetched once. A weight times its n-gram's idf is rounded to 16 bits of the largest of its facet
and block; the lengths of the blocks ride along as squares of idf. Sums of whole numbers are exact, so a text's margins
depend on nothing but the text and the facet: not on the batch, the thread, the machine's order of work, nor on which
other facets are read beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from yufang.cases.hashing import CHARACTER_BLOCK, LATE_BLOCK, WORD_BLOCK, build_table
from yufang.cases.ngrams import Options, tables
from yufang.cases.reading_many import PATTERN_BITS, SHORT, read_texts
from yufang.cases.text import TextBuffer

if TYPE_CHECKING:
    from yufang.cases.model import Model

_LARGEST = 32_767
_ALIGNED = 32  # sums of a block are padded to whole vectors, four at a time
_MEMORY_BYTES = 48 << 20  # for the sums of words, a thread
_MOST_WORDS, _LEAST_WORDS = 1 << 15, SHORT + (1 << 12)
_ORDER = (CHARACTER_BLOCK, WORD_BLOCK, LATE_BLOCK)  # of the sums: those that words remember come first


@dataclass(frozen=True, slots=True)
class _Part:
    """One facet's block: its columns' keys, idf, whole-numbered weights, and where its sums and margins stand."""

    facet: int
    block: int
    keys: NDArray[np.uint64]
    idf: NDArray[np.float32]
    weights: NDArray[np.int16]  # (columns, codes and views, the square of idf behind them, padding)
    width: int
    unit: float  # what a margin is: unit · sum / √(sum of squares)
    to: int  # first margin


def _parts(facet: int, model: Model, first: int, lengths: Sequence[float]) -> list[_Part]:
    vocabulary, weights = model.vocabulary, model.weights
    third = len(weights.bias) - len(model.labels)
    found = []
    for block, plain, to in (
        (CHARACTER_BLOCK, weights.characters, 0),
        (WORD_BLOCK, weights.words, 0),
        (LATE_BLOCK, weights.late, third),
    ):
        chosen = vocabulary.block == block
        if not plain.size or (block == LATE_BLOCK and third == 0):
            continue
        idf = vocabulary.idf[chosen]
        scaled = plain * idf[:, None]
        unit = float(np.abs(scaled).max()) / _LARGEST or 1.0
        squares = idf * idf
        square_unit = float(squares.max()) / _LARGEST
        whole = np.zeros((len(idf), -(-(plain.shape[1] + 1) // _ALIGNED) * _ALIGNED), np.int16)
        np.rint(scaled / np.float32(unit), out=scaled)
        whole[:, : plain.shape[1]] = scaled
        whole[:, plain.shape[1]] = np.rint(squares / np.float32(square_unit))
        margin_unit = unit * lengths[block] / square_unit**0.5
        keys = vocabulary.keys[chosen]
        found.append(_Part(facet, block, keys, idf, whole, plain.shape[1], margin_unit, first + to))
    return found


class Packed:
    """Models packed together. `margins` may be called from many threads at once.

    Raises ValueError where the models take different n-grams (`same_ngrams` tells beforehand).
    """

    def __init__(self, models: Sequence[Model], lengths: Sequence[float]) -> None:
        if not same_ngrams(models):
            raise ValueError("models that take different n-grams can't be packed together")
        options = models[0].vocabulary.options
        self._options: Options = replace(options, late=max(model.vocabulary.options.late for model in models))
        self._bias = np.concatenate([model.weights.bias for model in models]).astype(np.float32)
        ends = np.cumsum([len(model.weights.bias) for model in models]).tolist()
        self._spans = list(zip([0, *ends[:-1]], ends, strict=True))
        parts = [part for f, model in enumerate(models) for part in _parts(f, model, self._spans[f][0], lengths)]
        parts.sort(key=lambda part: (_ORDER.index(part.block), part.facet))
        starts = np.cumsum([0, *(part.weights.shape[1] for part in parts)])
        self._width = max(int(starts[-1]), 1)
        self._remembered = sum(part.weights.shape[1] for part in parts if part.block == CHARACTER_BLOCK)
        self._parts = (
            starts[:-1].astype(np.int64),
            np.array([part.width for part in parts], np.int64),
            np.array([start + part.width for start, part in zip(starts, parts, strict=False)], np.int64),
            np.array([part.unit for part in parts], np.float64),
            np.array([part.to for part in parts], np.int64),
        )
        keys = self._join(parts, starts)
        self._columns = len(keys)
        self._table = build_table(keys)
        self._local = threading.local()

    def _join(self, parts: Sequence[_Part], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Lay out the rows; returns the keys, block by block and the frequent first."""
        keys = np.unique(np.concatenate([part.keys for part in parts] or [np.zeros(0, np.uint64)]))
        known = np.zeros(len(keys), np.uint64)
        idf = np.full(len(keys), np.inf, np.float32)
        places = [np.searchsorted(keys, part.keys) for part in parts]
        for number, (part, place) in enumerate(zip(parts, places, strict=True)):
            known[place] |= np.uint64(1 << number)
            idf[place] = np.minimum(idf[place], part.idf)
        order = np.lexsort((keys, idf, keys & np.uint64(3)))
        rank = np.empty(len(keys), np.int64)
        rank[order] = np.arange(len(keys))
        keys, known = keys[order], known[order]
        local = [np.full(0, 0)] * len(parts)
        for number, place in enumerate(places):
            local[number] = np.full(len(keys), -1, np.int64)
            local[number][rank[place]] = np.arange(len(place))
        patterns, pattern = np.unique(known, return_inverse=True)
        offset = np.zeros(len(keys), np.int64)
        runs = np.zeros((len(patterns), len(parts), 2), np.int64)  # where in the sums, and how many
        squares = np.full((len(patterns), len(parts), 2), -1, np.int64)  # where in the sums, and in the row
        widths = np.zeros(len(patterns), np.int64)
        data, used = [np.zeros(0, np.int16)], 0
        for number, bits in enumerate(patterns.tolist()):
            held = [p for p in range(len(parts)) if bits >> p & 1]
            rows = np.flatnonzero(pattern == number)
            block = np.concatenate([parts[p].weights[local[p][rows]] for p in held], axis=1)
            offset[rows] = used + np.arange(len(rows)) * block.shape[1]
            used += block.size
            widths[number] = block.shape[1]
            data.append(block.ravel())
            run, within = -1, 0
            for s, p in enumerate(held):
                size = parts[p].weights.shape[1]
                squares[number, s] = self._parts[2][p], within + parts[p].width
                within += size
                if run >= 0 and runs[number, run].sum() == starts[p]:
                    runs[number, run, 1] += size
                else:
                    run += 1
                    runs[number, run] = starts[p], size
        most = max(int((runs[:, :, 1] > 0).sum(axis=1).max(initial=0)), 1)
        if len(patterns) >= 1 << PATTERN_BITS:
            raise ValueError(f"{len(patterns)} mixtures of facets; {1 << PATTERN_BITS} can be told apart")
        self._rows = (
            offset << PATTERN_BITS | pattern,
            np.ascontiguousarray(runs[:, :most]),
            squares,
            widths,
            np.concatenate(data),
        )
        return keys

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_local"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._local = threading.local()

    def margins(self, texts: TextBuffer) -> list[NDArray[np.float32]]:
        """Margins (texts, codes · views) float32 of each model."""
        kind, fold = tables()
        out = np.tile(self._bias, (len(texts), 1))
        words, tally = self._scratch()
        read_texts(
            texts.codes,
            texts.starts,
            kind,
            fold,
            self._options.as_tuple(),
            self._table,
            self._rows,
            words,
            tally,
            self._parts,
            out,
        )
        return [np.ascontiguousarray(out[:, begin:end]) for begin, end in self._spans]

    def _scratch(self) -> tuple[Any, Any]:
        """This thread's memory of words, and its counts and sums."""
        if not hasattr(self._local, "words"):
            width = max(self._remembered, 1)
            room = max(min(_MEMORY_BYTES // (4 * width), _MOST_WORDS), _LEAST_WORDS)
            slots = 1 << (2 * room - 1).bit_length()
            self._local.words = (
                np.zeros((slots, 4), np.int64),
                np.zeros(room + 1, np.int32),
                np.zeros(room * 24 + 8 * SHORT, np.int32),
                np.zeros((room, width), np.int32),
                np.zeros(room, np.uint8),
                np.zeros(1, np.int64),
            )
            self._local.tally = (
                np.zeros(self._columns + 1, np.int32),
                np.zeros(self._columns + 1, np.int32),
                np.zeros(4 * SHORT, np.int32),
                np.zeros(SHORT + 1, np.int32),
                np.zeros(2, np.int64),
                np.zeros(self._width, np.int32),
                np.zeros(self._width, np.int64),
            )
        return self._local.words, self._local.tally


def same_ngrams(models: Sequence[Model]) -> bool:
    """Whether models take the same n-grams, so that they can be packed together."""
    return len({replace(model.vocabulary.options, late=0) for model in models}) == 1
