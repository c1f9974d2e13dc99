"""N-grams without a tokeniser: from code points to sparse rows, in numba kernels.

Scripts with spaces give words, word pairs and triples, pairs that skip a word, and character n-grams of each padded
word. Scripts without spaces give character n-grams, in which any punctuation is one sign. Every n-gram is a
64-bit hash; those that occur in enough training texts get a column, found again through an open-addressing table, and
all others are passed over, so that an unseen n-gram never falls on a seen one's weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.cases.text import TextBuffer, character_tables


@dataclass(frozen=True, slots=True)
class Options:
    """Which n-grams are taken."""

    word_order: int = 3
    skip_pairs: int = 1
    character_min: int = 3
    character_max: int = 5
    run_min: int = 1
    run_max: int = 5
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
