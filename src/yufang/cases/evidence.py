"""The words that decided: what each n-gram added to a code's margin, laid back on the narrative as it was written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yufang.cases.contracts import Span
from yufang.cases.model import BLOCK_LENGTHS, Model
from yufang.cases.ngrams import scratch, tables
from yufang.cases.reading import character_scores
from yufang.cases.text import IDEOGRAPH, WORD, encode, normalise_with_map, original_span

MAX_SPANS = 5
READ_CHARACTERS = 50_000  # nobody looks for marked words behind the twentieth page
_LEAST_SHARE = 0.04  # a span with a smaller share of what spoke for the code is left out


def explain(model: Model, text: str, label: int) -> tuple[Span, ...]:
    """At most five spans that spoke for class `label`, in order of the text.

    A span is whole words, or a stretch of ideographs; its weight is its share of all that spoke for the code (0 to 1).
    Of very long texts the first 50,000 characters are read.
    """
    normal, offsets = normalise_with_map(text[:READ_CHARACTERS])
    score = _character_scores(model, normal, label)
    total = float(score[score > 0].sum())
    if total <= 0.0:
        return ()
    units = _units(normal, score)
    ranked = sorted((unit for unit in units if unit[2] > 0), key=lambda unit: (-unit[2], unit[0]))
    # In a text that repeats itself no span may reach the least share: then the strongest stands alone.
    strongest = [unit for unit in ranked[:MAX_SPANS] if unit[2] >= _LEAST_SHARE * total] or ranked[:1]
    spans = []
    for first, end, weight in sorted(strongest):
        start, stop = original_span(offsets, first, end)
        spans.append(Span(start=start, end=stop, text=text[start:stop], weight=weight / total))
    return tuple(spans)


def _character_scores(model: Model, normal: str, label: int) -> NDArray[np.float64]:
    """What each character of a normalised text added to the margin of `label`: n-grams share theirs out evenly."""
    buffer = encode([normal])
    vocabulary = model.vocabulary
    kind, fold = tables()
    hashes = scratch(buffer, vocabulary.options)
    score: NDArray[np.float64] = character_scores(
        buffer.codes,
        kind,
        fold,
        vocabulary.options.as_tuple(),
        hashes,
        vocabulary.table,
        vocabulary.block,
        vocabulary.idf,
        np.array(BLOCK_LENGTHS, np.float32),
        model.weights.of_class(label),
    )
    return score


def _units(normal: str, score: NDArray[np.float64]) -> list[tuple[int, int, float]]:
    """(start, end, score) of each word, and of each stretch of ideographs that spoke for the code."""
    kind, _ = tables()
    kinds = [int(kind[ord(c)]) if ord(c) < len(kind) else 0 for c in normal]
    units: list[tuple[int, int, float]] = []
    i = 0
    while i < len(normal):
        if kinds[i] not in (WORD, IDEOGRAPH) or (kinds[i] == IDEOGRAPH and score[i] <= 0):
            i += 1
            continue
        j = i + 1
        while j < len(normal) and kinds[j] == kinds[i] and (kinds[i] == WORD or score[j] > 0):
            j += 1
        if kinds[i] == WORD:
            units.append((i, j, float(score[i:j].sum())))
        else:
            units.extend(_strong_stretches(i, j, score))
        i = j
    return units


def _strong_stretches(begin: int, end: int, score: NDArray[np.float64]) -> list[tuple[int, int, float]]:
    """Cut a positive run of ideographs to the stretches above half of its mean, so that a clause isn't one span."""
    floor = 0.5 * float(score[begin:end].mean())
    found: list[tuple[int, int, float]] = []
    i = begin
    while i < end:
        if score[i] < floor:
            i += 1
            continue
        j = i
        while j < end and score[j] >= floor:
            j += 1
        found.append((i, j, float(score[i:j].sum())))
        i = j
    return found
