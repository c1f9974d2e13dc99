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
from importlib import resources
from itertools import pairwise

import yaml

from yufang.hazards.kinds import kinds

LEAST_ALIKE = 0.3
MOST_TERMS, LONGEST = 60, 400  # what is read of a long text, so that nobody waits for somebody else's story
SHARPNESS, OTHER = 1.2, 0.6
# What a stated probability of the first guess turned out to be: knots of a monotone line.
CALIBRATION: tuple[tuple[float, float], ...] = (
    (0.0, 0.0),
    (0.2, 0.187),
    (0.3, 0.455),
    (0.4, 0.624),
    (0.6, 0.72),
    (0.8, 0.725),
    (0.9, 0.836),
    (0.97, 0.931),
    (1.0, 0.971),
)
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
    asked = terms(words)[:MOST_TERMS]
    if not asked or not known:
        return ()
    texts = [plain(text[:LONGEST]) for _, text in known]
    total = len(texts)
    shared = [0.0] * total
    whole = 0.0
    for term in asked:
        hits = [n for n, text in enumerate(texts) if term in text]
        # A term that nobody used tells these texts apart from none of them: it counts, but not as a rare one.
        weight = (math.log((1 + total) / (1 + len(hits))) + 1) ** 2 if hits else 1.0
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
    """Kinds that `words` are probably about, likeliest first, those of at least `least`. Empty where nothing speaks.

    Each known word counts once for every kind it stands under (`kinds.yaml`, `suggest_words.yaml`), the more the longer
    it is and the fewer kinds share it; a word within a longer one that is known does not count beside it. The sums are
    made probabilities by a softmax in which “other” has a fixed sum, and brought to what was seen on citations
    (benchmarks/report_kinds.py: fitted on one half, measured on the other; figures in docs/reports.md).
    """
    text = plain(words[: 2 * LONGEST])
    scores = dict.fromkeys((k.key for k in kinds()), 0.0)
    for word in _longest(text):
        owners = _owners()[word]
        for key in owners:
            scores[key] += _weight(word) / len(owners)
    if not any(scores.values()):
        return ()
    scores["other"] = OTHER
    best = max(scores.values())
    parts = {key: math.exp(SHARPNESS * (score - best)) for key, score in scores.items()}
    whole = sum(parts.values())
    stated = sorted(((part / whole, key) for key, part in parts.items() if key != "other"), key=lambda s: (-s[0], s[1]))
    top = _seen(stated[0][0])
    rest = (1 - top) / (1 - stated[0][0]) if stated[0][0] < 1 else 0.0
    found = [
        Guess(key=key, probability=round(min(top, p * rest) if n else top, 4)) for n, (p, key) in enumerate(stated)
    ]
    return tuple(g for g in found if g.probability >= least)[:limit]


def _seen(stated: float) -> float:
    """A stated probability brought to what it turned out to be."""
    for (x0, y0), (x1, y1) in pairwise(CALIBRATION):
        if stated <= x1:
            return y0 + (y1 - y0) * (stated - x0) / (x1 - x0)
    return CALIBRATION[-1][1]


def _weight(word: str) -> float:
    """How much a known word says: a Chinese character about as much as two and a half Latin letters."""
    length = sum(1.0 if c > "\u33ff" else 0.4 for c in word)
    return 1 + math.log(max(1.0, length))


def _longest(text: str) -> list[str]:
    """The known words of a text, each once, none within another."""
    found: dict[str, None] = {}
    at = 0
    for match in _pattern().finditer(text):
        if match.start() >= at:
            found[match.group()] = None
            at = match.end()
    return list(found)


@cache
def _pattern() -> re.Pattern[str]:
    # Longest first; a Latin word begins and ends where a word does, and takes an ending (-s, -ing, -ed).
    words = sorted(_owners(), key=lambda w: (-len(w), w))
    return re.compile("|".join(re.escape(w) if w[0] > "\u33ff" else rf"(?<![a-z]){re.escape(w)}" for w in words))


@cache
def _owners() -> dict[str, tuple[str, ...]]:
    """Known words and the kinds they speak for."""
    text = resources.files("yufang.hazards").joinpath("suggest_words.yaml").read_text(encoding="utf-8")
    more: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    unknown = more.keys() - {k.key for k in kinds()}
    if unknown:
        raise ValueError(f"suggest_words.yaml has words of kinds that kinds.yaml lacks: {', '.join(sorted(unknown))}")
    found: dict[str, set[str]] = {}
    for kind in kinds():
        own = more.get(kind.key, {})
        for word in (*kind.aliases, *own.get("zh", ()), *own.get("en", ())):
            found.setdefault(plain(str(word)), set()).add(kind.key)
    return {word: tuple(sorted(keys)) for word, keys in found.items()}
