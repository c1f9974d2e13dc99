"""What the sequence model sees of a unit: its wording, its neighbours, its clause and sentence, its place, the votes.

Features are strings, so that a model's weights can be read and named as reasons. Han, kana and hangul are seen as
characters; other scripts as words.
"""

from __future__ import annotations

import itertools
import re

from yufang.cases.attribution.patterns import Patterns
from yufang.cases.attribution.votes import Read

_WORDS = re.compile(r"[a-z]+|#?\d+|[^\sa-z\d]")
_DIGITS = re.compile(r"\d+")


def features(read: Read, patterns: Patterns) -> list[list[str]]:
    """The features of each unit of one narrative."""
    words = patterns.language == "en"
    pieces = read.pieces
    text = pieces.text.lower() if words else pieces.text
    if len(text) != len(pieces.text):  # lower case that changes lengths: offsets win
        text = pieces.text
    out = _wording(text, read, words)
    _surroundings(text, read, words, out)
    for own, spoken in zip(out, voted(read, patterns), strict=True):
        own += spoken
    _told_before(read, patterns, out)
    return out


def voted(read: Read, patterns: Patterns) -> list[list[str]]:
    """The features that the votes give each unit: all that a model without marked data goes by."""
    out: list[list[str]] = [["1"] for _ in range(len(read.pieces))]
    for i, sentence in enumerate(read.pieces.sentence):
        if i == 0 or read.pieces.sentence[i - 1] != sentence:
            out[i].append("fresh")
    for vote in read.votes:
        name = f"p:{patterns.votes[vote.pattern].id}"
        for unit in range(vote.first, vote.last):
            out[unit].append(name)
    return out


def _told_before(read: Read, patterns: Patterns, out: list[list[str]]) -> None:
    """Whether an earlier, or a later, sentence already told of a kind: what is told twice is marked less often."""
    sentence = read.pieces.sentence
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for vote in sorted(read.votes, key=lambda one: one.first):
        kind = patterns.votes[vote.pattern].id
        first.setdefault(kind, sentence[vote.first])
        last[kind] = max(last.get(kind, 0), sentence[vote.last - 1])
    for vote in read.votes:
        kind = patterns.votes[vote.pattern].id
        for unit in range(vote.first, vote.last):
            out[unit].append(f"o:{kind}:{int(first[kind] < sentence[unit])}{int(last[kind] > sentence[unit])}")


def _wording(text: str, read: Read, words: bool) -> list[list[str]]:
    """Each unit's own n-grams and ends, then the ends of its neighbours."""
    pieces = read.pieces
    out: list[list[str]] = []
    heads, tails = [], []
    for start, end in zip(pieces.starts, pieces.ends, strict=True):
        unit = _DIGITS.sub("0", text[start:end])
        if words:
            tokens = _WORDS.findall(unit)
            own = [f"w:{one}" for one in tokens]
            own += [f"w:{a} {b}" for a, b in itertools.pairwise(tokens)]
            head, tail = tokens[:2], tokens[-2:]
            own += [f"b:{' '.join(head)}", f"b:{head[0] if head else ''}", f"e:{' '.join(tail)}"]
            heads.append([head[0] if head else "", " ".join(head)])
            tails.append([tail[-1] if tail else "", " ".join(tail)])
        else:
            own = ["g:" + unit[i : i + 2] for i in range(len(unit) - 1)]
            own += ["g:" + unit[i : i + 3] for i in range(len(unit) - 2)]
            own += ["b:" + unit[:n] for n in (1, 2, 3, 4)]
            own += ["e:" + unit[-n:] for n in (1, 2, 3, 4, 6)]
            heads.append([unit[:1], unit[:2], unit[:4]])
            tails.append([unit[-1:], unit[-2:], unit[-3:]])
        own.append(f"n:{min(8, len(unit) // 3)}")
        out.append(own)
    last = len(out) - 1
    for i, own in enumerate(out):
        if i:
            own += ["-e:" + one for one in tails[i - 1]]
            own += ["-b:" + one for one in heads[i - 1][-2:]]
        if i > 1:
            own.append("--e:" + tails[i - 2][1])
        if i < last:
            own += ["+e:" + one for one in tails[i + 1]]
            own += ["+b:" + one for one in heads[i + 1][-2:]]
        if i < last - 1:
            own.append("++e:" + tails[i + 2][1])
    return out


def _surroundings(text: str, read: Read, words: bool, out: list[list[str]]) -> None:
    """Marks before and after, the ends of clause and sentence, and the place in the narrative."""
    pieces = read.pieces
    count = len(pieces)
    sentences = [
        _edges(text, low, high, words) for low, high in zip(pieces.sentence_at, pieces.sentence_at[1:], strict=False)
    ]
    clauses = [
        _edges(text, low, high, words) for low, high in zip(pieces.clause_at, pieces.clause_at[1:], strict=False)
    ]
    total = pieces.sentence[-1] if count else 0
    for i, own in enumerate(out):
        before = text[pieces.ends[i - 1] if i else 0 : pieces.starts[i]].strip()[-2:]
        after = text[pieces.ends[i] : pieces.starts[i + 1] if i + 1 < count else len(text)].strip()[:2]
        own += ["<" + before, ">" + after, "<>" + before + "|" + after]
        here = pieces.sentence[i]
        fresh = i == 0 or pieces.sentence[i - 1] != here
        ends = i + 1 == count or pieces.sentence[i + 1] != here
        own.append(f"s:{int(fresh)}{int(ends)}")
        own += ["S" + one for one in sentences[here]]
        own += ["C" + one for one in clauses[pieces.clause[i]]]
        if fresh:
            own += ["SF" + one for one in sentences[here]]
        if here:
            own += ["-S" + one for one in sentences[here - 1]]
        if here < total:
            own += ["+S" + one for one in sentences[here + 1]]
        own.append(f"i:{min(here, 3)}")
        own.append(f"j:{min(total - here, 3)}")


def _edges(text: str, low: int, high: int, words: bool) -> list[str]:
    span = _DIGITS.sub("0", text[low:high].strip(" \n。.，,、；;"))
    if words:
        tokens = _WORDS.findall(span[:40])
        tail = _WORDS.findall(span[-40:])
        return [
            "b" + " ".join(tokens[:1]),
            "b" + " ".join(tokens[:2]),
            "e" + " ".join(tail[-1:]),
            "e" + " ".join(tail[-2:]),
        ]
    return [
        "b" + span[:2],
        "b" + span[:3],
        "b" + span[:4],
        "e" + span[-2:],
        "e" + span[-3:],
        "e" + span[-4:],
        "e" + span[-6:],
    ]
