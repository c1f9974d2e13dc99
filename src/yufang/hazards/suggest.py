"""What a worker's words are probably about, and whether somebody said the same already.

Both run while a person types on a phone, so both stay far below a third of a second. Nothing here decides: the
person taps a kind or leaves it, and says “the same” or “something else”.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from yufang.hazards.kinds import kinds

LEAST_ALIKE = 0.35
_LATIN = re.compile(r"[a-z0-9]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A known report: its key, and how alike its words are, 0 to 1."""

    key: int
    score: float


def similar(
    words: str, known: Sequence[tuple[int, str]], *, limit: int = 3, least: float = LEAST_ALIKE
) -> tuple[Alike, ...]:
    """Those of `known` (key, words) that say most nearly the same as `words`, best first, at most `limit`.

    Pairs of Chinese characters and whole Latin words are the terms; a term counts by its rarity among `known`
    (inverse document frequency), and what is shared is held against the length of both texts (cosine). Ten thousand
    texts take some hundredths of a second: a term is looked for as a substring, no text is taken apart.
    """
    asked = terms(words)
    if not asked or not known:
        return ()
    texts = [plain(text) for _, text in known]
    total = len(texts)
    shared = [0.0] * total
    whole = 0.0
    for term in asked:
        hits = [n for n, text in enumerate(texts) if term in text]
        weight = (math.log((1 + total) / (1 + len(hits))) + 1) ** 2
        whole += weight
        for n in hits:
            shared[n] += weight
    usual = whole / len(asked)
    found = []
    for n, weight in enumerate(shared):
        if weight <= 0:
            continue
        own = max(weight, usual * _length(texts[n]))
        score = weight / math.sqrt(whole * own)
        if score >= least:
            found.append(Alike(key=known[n][0], score=round(min(1.0, score), 4)))
    return tuple(sorted(found, key=lambda one: (-one.score, one.key))[:limit])


def terms(text: str) -> tuple[str, ...]:
    """What counts in a text: pairs of Chinese characters (a lone one stands for itself), Latin words of three or
    more letters. Each once, in order."""
    clean = plain(text)
    pairs = [run[n : n + 2] for run in _HAN.findall(clean) for n in range(max(1, len(run) - 1))]
    return tuple(dict.fromkeys(pairs + [word for word in _LATIN.findall(clean) if len(word) > 2]))


def plain(text: str) -> str:
    """`text` in one width and in small letters."""
    return unicodedata.normalize("NFKC", text).lower()


def _length(text: str) -> int:
    """About how many terms a text has, without taking it apart."""
    han = sum(1 for c in text if "\u3400" <= c <= "\u9fff")
    return max(1, han - 1 if han else 0) + (text.count(" ") if len(text) > 2 * han else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A kind of hazard that words may be about, and how probably."""

    key: str
    probability: float


def suggest_kinds(words: str, *, limit: int = 5, least: float = 0.05) -> tuple[Guess, ...]:
    """Kinds that `words` are probably about, likeliest first, those of at least `least`. Empty where nothing speaks."""
    text = plain(words)
    scores = {key: sum(math.log1p(len(alias)) for alias in found if alias in text) for key, found in _aliases().items()}
    if not any(scores.values()):
        return ()
    whole = sum(math.exp(2 * score) for score in scores.values())
    found = [Guess(key=key, probability=round(math.exp(2 * score) / whole, 4)) for key, score in scores.items()]
    return tuple(g for g in sorted(found, key=lambda g: (-g.probability, g.key)) if g.probability >= least)[:limit]


@cache
def _aliases() -> dict[str, tuple[str, ...]]:
    return {k.key: tuple(plain(a) for a in k.aliases) for k in kinds() if k.key != "other"}
