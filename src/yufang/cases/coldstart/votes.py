"""Labelling functions at work: where a text's words stand decides how they are read, and each reading is a vote.

Every function has up to three columns, because the same word is worth more or less by its place: `decides` where it
is the last accident word of a sentence that tells an outcome, `told` elsewhere (`named` for equipment, places and
means), `foretold` where a rule or a danger is spoken of. What the accident was not ("no collapse occurred") gives no
vote. The label model learns what each column is worth.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import opencc
from numpy.typing import NDArray

from yufang.cases.coldstart.functions import FunctionSet, Reader, Scope

DECIDES, TOLD, FORETOLD, NAMED = "decides", "told", "foretold", "named"
_SENTENCE = re.compile(r"[^。；;！!？?\n]+")
_CLAUSE_END = re.compile(r"[，,、：:]")
_AFTER = 8  # characters behind a word in which "danger of" is looked for
_BEFORE = 10


@dataclass(frozen=True, slots=True)
class Votes:
    """What functions say of n texts.

    fired: (n, columns) bool. says: (columns,) position in `codes` that a column speaks for. names: `function:reading`.
    """

    fired: NDArray[np.bool_]
    says: NDArray[np.int64]
    names: tuple[str, ...]
    codes: tuple[str, ...]

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Texts of which any function says anything, (n,)."""
        return np.asarray(self.fired.any(axis=1), dtype=bool)

    def take(self, rows: NDArray[np.int64]) -> Votes:
        """The votes on some of the texts."""
        return Votes(self.fired[rows], self.says, self.names, self.codes)


@dataclass(frozen=True, slots=True)
class _Hit:
    reader: Reader
    start: int
    end: int
    foretold: bool


def plain(text: str) -> str:
    """The text as functions and a cold-start coder read it: NFKC, simplified characters."""
    return str(_converter().convert(unicodedata.normalize("NFKC", text)))


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def vote(functions: FunctionSet, texts: Sequence[str]) -> Votes:
    """Read texts (any script of Chinese) with every function."""
    columns: dict[tuple[str, str], int] = {}
    for reader in functions.readers:
        for reading in (DECIDES, TOLD, FORETOLD) if reader.kind == "event" else (NAMED, FORETOLD):
            columns[reader.id, reading] = len(columns)
    code_of = {reader.id: functions.codes.index(reader.code) for reader in functions.readers}
    fired = np.zeros((len(texts), len(columns)), bool)
    cues = _Cues(functions.scope)
    for row, text in enumerate(texts):
        for name, reading in _read(functions, cues, plain(text)):
            fired[row, columns[name, reading]] = True
    says = np.array([code_of[name] for name, _ in columns], dtype=np.int64)
    return Votes(fired, says, tuple(f"{name}:{reading}" for name, reading in columns), functions.codes)


class _Cues:
    """The scope's words as patterns; one that has no word never matches."""

    def __init__(self, scope: Scope) -> None:
        def pattern(words: Sequence[str]) -> re.Pattern[str]:
            return re.compile("|".join(map(re.escape, words)) if words else r"(?!)")

        self.outcome = pattern(scope.outcome)
        self.denied = pattern(scope.denied_before)
        self.before = pattern(scope.foretold_before)
        self.after = pattern(scope.foretold_after)
        self.stop = pattern(scope.stop)


def _read(functions: FunctionSet, cues: _Cues, text: str) -> set[tuple[str, str]]:
    """(function, reading) of everything that is said in a text."""
    stop = cues.stop.search(text)
    text = text[: min(stop.start() if stop else len(text), functions.read)]
    found: set[tuple[str, str]] = set()
    events: set[str] = set()
    for sentence in _SENTENCE.findall(text):
        hits = [hit for reader in functions.readers for hit in _hits(reader, sentence, cues)]
        loud = {name for hit in hits if not hit.foretold for name in hit.reader.beats}
        hits = [hit for hit in hits if hit.reader.id not in loud]
        accidents = [hit for hit in hits if hit.reader.kind == "event" and not hit.foretold]
        events |= {hit.reader.code for hit in accidents}
        last = max((hit.end for hit in accidents), default=-1) if cues.outcome.search(sentence) else -1
        for hit in hits:
            found.add((hit.reader.id, _reading(hit, last)))
    if events - functions.last_resorts:
        lesser = {reader.id for reader in functions.readers if reader.code in functions.last_resorts}
        found = {(name, reading) for name, reading in found if name not in lesser}
    return found


def _reading(hit: _Hit, last: int) -> str:
    if hit.foretold:
        return FORETOLD
    if hit.reader.kind == "thing":
        return NAMED
    return DECIDES if hit.end == last else TOLD


def _hits(reader: Reader, sentence: str, cues: _Cues) -> list[_Hit]:
    hits = []
    for match in reader.pattern.finditer(sentence):
        start, end = match.span()
        # What stands before the word in its own clause, and shortly behind it.
        before = _CLAUSE_END.split(sentence[:start])[-1]
        if cues.denied.search(before[-_BEFORE:]):
            continue
        foretold = bool(cues.before.search(before) or cues.after.search(sentence[end : end + _AFTER]))
        hits.append(_Hit(reader, start, end, foretold))
    return hits
