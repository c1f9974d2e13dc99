"""Which pack row does a record speak of? Phrases of the row and the wording of the whole row, in simplified Chinese.

Two witnesses are combined: the row's own phrases (`words`, equipment and part names) found in the text, and the
cosine between hashed character n-grams of the text and of the row, each weighted by how few rows share it. Below its
threshold a text has no link: a wrong link is worse than none.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from yufang.lake.cleaning.script import simplify as simplify
from yufang.packs import Pack

THRESHOLD = 0.5  # where the trade is unknown, so that every pack's rows compete
THRESHOLD_IN_TRADE = 0.3  # where the packs of the text's trade are known
BUCKETS = 1 << 18
_NOT_TEXT = re.compile(r"[^\u4e00-\u9fffa-zA-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Link:
    """The row a text speaks of. `key` is `<pack>/<row>`, or "" for no link; `confidence` of the best row, [0, 1]."""

    key: str
    confidence: float


def _plain(text: str) -> str:
    return _NOT_TEXT.sub("", simplify(text)).lower()


def packs_covering(packs: Sequence[Pack], industry_code: str) -> list[Pack]:
    """Those of `packs` that cover a GB/T 4754 code (any level, section letter or not), the most specific first."""
    digits = industry_code.strip().upper().lstrip("ABCDEFGHIJKLMNOPQRST")
    if not digits:
        return []
    depth = [(max((len(own) for own in pack.industries if digits.startswith(own)), default=0), pack) for pack in packs]
    return [pack for length, pack in sorted(depth, key=lambda pair: -pair[0]) if length]


class Linker:
    """Links texts to the rows of `packs`; prepared once, used for many texts."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self.packs = tuple(packs)
        self.keys: list[str] = []
        self._pack_of: list[str] = []
        documents: list[str] = []
        phrases: list[tuple[str, ...]] = []
        for pack in packs:
            equipment = {e.key: e for e in pack.equipment}
            for row in pack.hazards:
                kind = equipment[row.equipment]
                part = kind.parts[row.part].zh if row.part else ""
                causes = (c.zh for c in (row.causes.machine, row.causes.human, row.causes.method) if c)
                self.keys.append(f"{pack.key}/{row.id}")
                self._pack_of.append(pack.key)
                wording = [row.title.zh, row.title.zh, *row.words, *row.words, part, kind.name.zh]
                documents.append("。".join(_plain(t) for t in (*wording, row.circumstance.zh, *causes)))
                phrases.append(tuple(p for p in {_plain(w) for w in row.words} if len(p) >= 2))
        self._phrases = phrases
        self._spread = Counter(p for row in phrases for p in row)
        vocabulary = sorted(self._spread)
        # Two characters lead to the few phrases that begin with them: faster than one long alternation.
        self._by_head: dict[str, list[str]] = defaultdict(list)
        for phrase in sorted(vocabulary, key=len, reverse=True):
            self._by_head[phrase[:2]].append(phrase)
        self._rows_of: dict[str, list[int]] = {}
        for index, own in enumerate(phrases):
            for phrase in own:
                self._rows_of.setdefault(phrase, []).append(index)
        from sklearn.feature_extraction.text import HashingVectorizer  # seconds to import

        self._hash = HashingVectorizer(
            analyzer="char", ngram_range=(2, 3), n_features=BUCKETS, norm=None, alternate_sign=False
        )
        counts = self._hash.transform(documents) if documents else csr_matrix((0, BUCKETS))
        seen = np.asarray((counts > 0).sum(axis=0)).ravel()
        self._idf: NDArray[np.float64] = np.log((1 + len(documents)) / (1 + seen)) + 0.1
        self._matrix = self._weigh(counts)

    def _weigh(self, counts: csr_matrix) -> csr_matrix:
        weighted = counts.copy().astype(np.float64)
        weighted.data = (1 + np.log(weighted.data)) * self._idf[weighted.indices]
        norm = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        rows = np.repeat(np.arange(weighted.shape[0]), np.diff(weighted.indptr))
        weighted.data /= np.maximum(norm, 1e-9)[rows]
        return weighted

    def link(self, texts: Sequence[str], industries: Sequence[str] | None = None) -> list[Link]:
        """The best row for each text. `industries` (GB/T 4754 codes, "" unknown) keeps to the packs that cover it."""
        if not self.keys or not texts:
            return [Link("", 0.0)] * len(texts)
        plain = [_plain(t) for t in texts]
        cosine = (self._weigh(self._hash.transform(plain)) @ self._matrix.T).toarray()
        score = 1.0 - (1.0 - np.minimum(1.0, 1.6 * cosine)) * (1.0 - self._phrase_scores(plain))
        needed = np.full(len(texts), THRESHOLD)
        if industries is not None:
            allowed = np.stack([self._allowed(code) for code in industries])
            score *= allowed
            covered = {code: bool(packs_covering(self.packs, code)) for code in set(industries)}
            needed[[covered[code] for code in industries]] = THRESHOLD_IN_TRADE
        best = score.argmax(axis=1)
        confidence = score[np.arange(len(texts)), best]
        return [
            Link(self.keys[i] if c >= least else "", round(float(c), 4))
            for i, c, least in zip(best, confidence, needed, strict=True)
        ]

    def _phrase_scores(self, plain: Sequence[str]) -> NDArray[np.float64]:
        """(texts, rows) in [0, 0.9]: a longer phrase that fewer rows share says more."""
        score = np.zeros((len(plain), len(self.keys)))
        for t, text in enumerate(plain):
            for phrase in self._phrases_in(text):
                strength = min(0.75, 0.09 * len(phrase)) / np.sqrt(self._spread[phrase])
                for row in self._rows_of[phrase]:
                    score[t, row] = 1.0 - (1.0 - score[t, row]) * (1.0 - strength)
        return np.minimum(score, 0.9)

    def _phrases_in(self, text: str) -> set[str]:
        """The phrases of a text, the longest where several begin together; none overlaps another."""
        found, at = set(), 0
        while at < len(text) - 1:
            heads = self._by_head.get(text[at : at + 2], ())
            phrase = next((p for p in heads if text.startswith(p, at)), "")
            if phrase:
                found.add(phrase)
            at += len(phrase) or 1
        return found

    @lru_cache(maxsize=4096)  # noqa: B019  # a linker lives as long as the graph it belongs to
    def _allowed(self, code: str) -> NDArray[np.float64]:
        covering = {pack.key for pack in packs_covering(self.packs, code)}
        if not covering:
            return np.ones(len(self.keys), np.float64)
        return np.array([1.0 if pack in covering else 0.0 for pack in self._pack_of])


def link(texts: Sequence[str], packs: Sequence[Pack], industry: str = "") -> list[tuple[str, float]]:
    """(key, confidence) of the best pack row for each text, key "" where none is sure. One-off form of `Linker`."""
    found = Linker(packs).link(texts, [industry] * len(texts) if industry else None)
    return [(one.key, one.confidence) for one in found]
