"""From what a person writes, in Chinese or English, to nodes: phrases that stand in it, and shared pieces of words."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from yufang.graph.linking import simplify

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9][a-z0-9/-]*")
_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "at",
        "in",
        "on",
        "to",
        "and",
        "or",
        "by",
        "for",
        "with",
        "from",
        "is",
        "was",
        "were",
        "be",
        "been",
        "it",
        "its",
        "as",
        "while",
        "into",
        "near",
    ]
)
MOST_WORDS = 4  # of an English phrase
LONGEST = 14  # characters of a Chinese phrase


@dataclass(frozen=True, slots=True)
class Hit:
    """A node that a text speaks of; `score` in (0, 1]."""

    node: str
    score: float


def stem(word: str) -> str:
    """An English word without its common endings: slipped, slips, slipping → slip."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            if ending in ("ing", "ed") and len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def stems(text: str) -> list[str]:
    """Stems of the English words of a text, small words left out."""
    return [stem(word) for word in _LATIN.findall(text.lower()) if word not in _STOP]


def pieces(text: str) -> set[str]:
    """Character pairs of the Chinese and stems of the English words of a text."""
    plain = simplify(text).lower()
    found = set(stems(plain))
    for run in _HAN.findall(plain):
        found.update(run[at : at + 2] for at in range(len(run) - 1))
        if len(run) == 1:
            found.add(run)
    return found


class Phrases:
    """Finds the phrases of a vocabulary in texts."""

    def __init__(self) -> None:
        self._nodes: dict[str, list[str]] = defaultdict(list)

    def add(self, node: str, phrases: Iterable[str]) -> None:
        """Let `phrases` speak of `node`."""
        for phrase in phrases:
            key = self._key(phrase)
            if len(key) >= 2 and node not in self._nodes[key]:
                self._nodes[key].append(node)

    @staticmethod
    def _key(phrase: str) -> str:
        plain = simplify(phrase).lower()
        if _HAN.search(plain):
            return "".join(plain.split())
        return " ".join(stems(plain))

    def found(self, text: str) -> Iterator[tuple[str, str]]:
        """(phrase, node) for each phrase of the vocabulary that stands in the text."""
        plain = simplify(text).lower()
        seen: set[str] = set()
        for run in re.findall(r"[^\s,.;:!?，。；：！？、（）()]+", plain):
            if _HAN.search(run):
                for at in range(len(run)):
                    seen.update(run[at : at + length] for length in range(2, LONGEST + 1) if at + length <= len(run))
        words = stems(plain)
        for at in range(len(words)):
            seen.update(" ".join(words[at : at + count]) for count in range(1, MOST_WORDS + 1))
        for phrase in sorted(seen & self._nodes.keys()):
            for node in self._nodes[phrase]:
                yield phrase, node

    def shared_by(self, phrase: str) -> int:
        """How many nodes a phrase speaks of."""
        return len(self._nodes.get(phrase, ()))


class PhraseReader:
    """Nodes of some kinds whose own words stand in a text: what an incident's narrative names."""

    def __init__(self, words: dict[str, tuple[str, ...]], kinds: tuple[str, ...] = ("place", "cause")) -> None:
        self._phrases = Phrases()
        for node, phrases in words.items():
            if node.partition(":")[0] in kinds:
                self._phrases.add(node, phrases)

    def read(self, text: str) -> tuple[str, ...]:
        """Nodes that the text names, in a stable order."""
        return tuple(dict.fromkeys(node for _, node in self._phrases.found(text)))


class Search:
    """Nodes by their labels and words; grows with the graph."""

    def __init__(self) -> None:
        self._phrases = Phrases()
        self._holding: dict[str, set[str]] = defaultdict(set)
        self._pieces: dict[str, set[str]] = {}

    def add(self, node: str, labels: Iterable[str], words: Iterable[str] = ()) -> None:
        """Let a node be found by its labels and words."""
        named = [label for label in labels if label]
        own: set[str] = self._pieces.setdefault(node, set())
        for text in (*named, *words):
            own |= pieces(text)
        for piece in own:
            self._holding[piece].add(node)
        self._phrases.add(node, (*(label for label in named if len(label) <= 60), *words))

    def find(self, text: str, *, kinds: Iterable[str] | None = None, limit: int = 20) -> list[Hit]:
        """Nodes that a text speaks of, best first: phrases weigh by their length, pieces by their rarity."""
        wanted = set(kinds) if kinds is not None else None
        asked = pieces(text)
        weight = {piece: self._rarity(piece) for piece in asked}
        whole = math.sqrt(sum(w * w for w in weight.values())) or 1.0
        shared: dict[str, float] = defaultdict(float)
        for piece, rare in weight.items():
            for node in self._holding.get(piece, ()):
                shared[node] += rare * rare
        missed: dict[str, float] = defaultdict(lambda: 1.0)
        for phrase, node in self._phrases.found(text):
            length = len(phrase) if _HAN.search(phrase) else 2 * len(phrase.split()) + 1
            spread = math.sqrt(self._phrases.shared_by(phrase))
            missed[node] *= 1.0 - min(0.9, 0.22 * length) / spread
        hits = []
        for node in shared.keys() | missed.keys():
            if wanted is not None and node.partition(":")[0] not in wanted:
                continue
            own = math.sqrt(sum(self._rarity(p) ** 2 for p in self._pieces[node])) or 1.0
            cosine = shared[node] / (whole * own)
            score = 1.0 - (1.0 - min(1.0, cosine)) * missed[node]
            if score > 0.05:
                hits.append(Hit(node, round(score, 4)))
        return sorted(hits, key=lambda hit: (-hit.score, hit.node))[:limit]

    def _rarity(self, piece: str) -> float:
        return math.log((1 + len(self._pieces)) / (1 + len(self._holding.get(piece, ())))) + 0.1
