"""A narrative cut into units: the pieces between punctuation and cue words, at whose ends spans begin and end."""

from __future__ import annotations

import bisect
import itertools
import re
from dataclasses import dataclass

from yufang.cases.attribution.patterns import Patterns

# Beyond this a narrative is no narrative but a file: the tail is left unread.
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Pieces:
    """Units of one text: characters [starts[i], ends[i]), and the sentence and clause each lies in (numbered from 0).

    Punctuation and blanks between units belong to none. `sentence_at` and `clause_at` are where sentences and clauses
    begin, with the text's length as last entry.
    """

    text: str
    starts: list[int]
    ends: list[int]
    sentence: list[int]
    clause: list[int]
    sentence_at: list[int]
    clause_at: list[int]

    def __len__(self) -> int:
        return len(self.starts)


def cut(text: str, patterns: Patterns) -> Pieces:
    """The units of `text`; what lies beyond 20,000 characters is not read."""
    read = text[:LONGEST]
    size = len(read)
    bounds = {0, size}
    bounds.update(m.end() for m in patterns.ends.finditer(read))
    bounds.update(m.start() for m in patterns.starts.finditer(read))
    sentence_at = _begins(patterns.sentence, read)
    clause_at = sorted({*_begins(patterns.clause, read), *sentence_at})
    bounds.update(sentence_at)
    ordered = sorted(bounds)
    starts, ends = [], []
    trim = patterns.trim
    for low, high in itertools.pairwise(ordered):
        piece = read[low:high]
        bare = piece.lstrip(trim)
        if not bare:
            continue
        begin = high - len(bare)
        starts.append(begin)
        ends.append(begin + len(bare.rstrip(trim)))
    sentence = [bisect.bisect_right(sentence_at, start) - 1 for start in starts]
    clause = [bisect.bisect_right(clause_at, start) - 1 for start in starts]
    return Pieces(read, starts, ends, sentence, clause, sentence_at, clause_at)


def _begins(mark: re.Pattern[str], text: str) -> list[int]:
    ends = {m.end() for m in mark.finditer(text)}
    return sorted({0, *ends, len(text)}) if text else [0, 0]
