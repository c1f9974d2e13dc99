"""Narratives as one buffer of code points: normalised, and mapped back to the text as it was written.

A narrative is compared in Unicode NFKC (full and half width are one) and lower case; traditional and simplified
characters are kept as they are. Coders read a whole batch as one UCS-4 buffer (`encode`); only the few texts whose
evidence is shown pay for the offset map (`normalise_with_map`).
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# What a code point is to the n-gram kernels.
SEPARATOR = 0
WORD = 1  # letters and digits of scripts that part their words with spaces
IDEOGRAPH = 2  # Han, kana, hangul: no spaces between words
_TABLE_SIZE = 0x30000

_IDEOGRAPH_RANGES = (
    (0x3005, 0x3008),
    (0x3040, 0x3100),
    (0x3100, 0x3130),
    (0x31F0, 0x3200),
    (0x3400, 0x4DC0),
    (0x4E00, 0xA000),
    (0xAC00, 0xD7B0),
    (0xF900, 0xFB00),
    (0x20000, _TABLE_SIZE),
)


@dataclass(frozen=True, slots=True)
class CharacterTables:
    """Per code point below 0x30000: what it is, and its lower-case form."""

    kind: NDArray[np.uint8]
    fold: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class TextBuffer:
    """Normalised texts laid end to end: text i is codes[starts[i]:starts[i + 1]] (UCS-4 code points)."""

    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1


@functools.cache
def character_tables() -> CharacterTables:
    """The tables the kernels look code points up in (built once, read-only)."""
    kind = np.zeros(_TABLE_SIZE, dtype=np.uint8)
    fold = np.arange(_TABLE_SIZE, dtype=np.uint32)
    for code in range(0x10000):
        character = chr(code)
        if character.isalnum() or unicodedata.combining(character):
            kind[code] = WORD
            lower = character.lower()
            if len(lower) == 1:
                fold[code] = ord(lower)
    for first, end in _IDEOGRAPH_RANGES:
        kind[first:end] = IDEOGRAPH
    kind.setflags(write=False)
    fold.setflags(write=False)
    return CharacterTables(kind, fold)


def normalise(text: str) -> str:
    """NFKC form of `text`. Lone surrogates, which no encoding can carry, become U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode("utf-16-le")
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return unicodedata.normalize("NFKC", text)


def encode(texts: Sequence[str]) -> TextBuffer:
    """Normalise `texts` and lay them end to end in one buffer."""
    ready = [text if text.isascii() else normalise(text) for text in texts]
    starts = np.zeros(len(ready) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, ready), dtype=np.int64, count=len(ready)), out=starts[1:])
    codes = np.frombuffer("".join(ready).encode("utf-32-le"), dtype=np.uint32)
    return TextBuffer(codes, starts)


@functools.cache
def _joins_backward() -> frozenset[str]:
    """Starters that compose with the character before them, so that no piece may begin with one."""
    seconds = {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    for code in range(0x12000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            seconds.add(chr(int(parts[1], 16)))
    return frozenset(seconds)


@functools.lru_cache(maxsize=1 << 16)
def _begins_piece(character: str) -> bool:
    if character.isascii():
        return True
    first = unicodedata.normalize("NFKD", character)[0]
    return not unicodedata.combining(first) and first not in _joins_backward()


def normalise_with_map(text: str) -> tuple[str, NDArray[np.int64]]:
    """`normalise(text)` and, for each of its characters and its end, the offset in `text` it came from.

    The map has len(normalised) + 1 entries; a normalised span [a, b) comes from text[map[a]:map[b]]. Characters that
    came from one piece (a ligature, a composed letter) all point to the piece's beginning.
    """
    if text.isascii() or (unicodedata.is_normalized("NFKC", text) and normalise(text) == text):
        return text, np.arange(len(text) + 1, dtype=np.int64)
    pieces: list[str] = []
    offsets: list[int] = []
    begin = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and not _begins_piece(text[end]):
            continue
        piece = normalise(text[begin:end])
        pieces.append(piece)
        offsets.extend([begin] * len(piece))
        begin = end
    offsets.append(len(text))
    return "".join(pieces), np.asarray(offsets, dtype=np.int64)


def original_span(offsets: NDArray[np.int64], start: int, end: int) -> tuple[int, int]:
    """Offsets in the original text of the normalised span [start, end); never empty for a non-empty span."""
    first = int(offsets[start])
    # A span that ends inside a piece takes the whole piece.
    while end < len(offsets) - 1 and offsets[end] == offsets[end - 1]:
        end += 1
    return first, int(offsets[end])
