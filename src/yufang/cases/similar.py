"""Similar cases: the nearest narratives by the coder's own n-grams (TF-IDF, cosine), found through inverted lists.

The same kernels that read a narrative for coding read it here, so that Chinese, Japanese and English need no tokeniser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.cases.model import Vocabulary
from yufang.cases.ngrams import Options
from yufang.cases.text import encode

_COMMON = 0.25  # an n-gram in more than this share of many texts says nothing of likeness and costs most to look up
_MANY = 2_000


@dataclass(frozen=True, slots=True)
class Near:
    """A text near the asked one: its position among the indexed texts, and the cosine in (0, 1]."""

    position: int
    similarity: float


class SimilarTexts:
    """An index over narratives; unchangeable once built."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Index `texts`. Positions in answers are positions in this sequence."""
        self._size = len(texts)
        self._vocabulary: Vocabulary | None = None
        if not any(text.strip() for text in texts):
            return
        buffer = encode(texts)
        vocabulary = Vocabulary.learn(buffer, Options(late=0))
        indptr, columns, values = vocabulary.rows(buffer)
        owner = np.repeat(np.arange(len(texts), dtype=np.int32), np.diff(indptr))
        order = np.argsort(columns, kind="stable")
        found = np.bincount(columns, minlength=len(vocabulary.keys))
        self._vocabulary = vocabulary
        self._starts: NDArray[np.int64] = np.concatenate([[0], np.cumsum(found)])
        self._owner = owner[order]
        self._values = values[order]
        lengths = np.sqrt(np.bincount(owner, weights=values.astype(np.float64) ** 2, minlength=len(texts)))
        self._lengths = np.maximum(lengths, 1e-12)
        self._most = int(_COMMON * len(texts)) if len(texts) >= _MANY else len(texts)

    def __len__(self) -> int:
        return self._size

    def nearest(self, text: str, most: int = 10, *, leave_out: int | None = None) -> list[Near]:
        """At most `most` texts that share n-grams with `text`, nearest first; `leave_out` is a position to pass over.

        A text of nothing known to the index has no neighbours.
        """
        if self._vocabulary is None or not text.strip() or most < 1:
            return []
        _, columns, values = self._vocabulary.rows(encode([text]))
        length = float(np.sqrt((values.astype(np.float64) ** 2).sum()))
        if not length:
            return []
        score = np.zeros(self._size, np.float64)
        for column, value in zip(columns.tolist(), values.tolist(), strict=True):
            begin, end = int(self._starts[column]), int(self._starts[column + 1])
            if end - begin <= self._most:
                score[self._owner[begin:end]] += value * self._values[begin:end]
        score /= self._lengths * length
        if leave_out is not None:
            score[leave_out] = 0.0
        kept = min(most, self._size)
        best = np.argpartition(-score, kept - 1)[:kept]
        best = best[np.lexsort((best, -score[best]))]
        return [Near(int(i), min(float(score[i]), 1.0)) for i in best if score[i] > 0.0]
