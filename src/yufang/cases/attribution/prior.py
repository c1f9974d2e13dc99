"""The chain that patterns alone make: each vote adds its weight, hand-set transitions keep spans whole.

Label 0 is "outside"; tag t begins with label 1 + 2t and goes on with 2 + 2t.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yufang.cases.attribution.contracts import Kind
from yufang.cases.attribution.crf import Chain
from yufang.cases.attribution.patterns import Patterns

# In nats, by hand. Silence speaks for "outside"; a new sentence seldom goes on with a span.
OUTSIDE = 1.6
GOES_ON = 1.0
BEGINS_ANEW = -1.0
TURNS = -0.3
IMPOSSIBLE = -12.0
ACROSS_SENTENCES = -4.0


def kind_of(tag: str) -> Kind | None:
    """The kind that a tag of marked data tells of, by its name ("Event_Leak" → event), or None."""
    name = tag.lower()
    if name.startswith("cause"):
        return "cause"
    if name.startswith("event"):
        return "event"
    if name.startswith("injury") or name.endswith("human"):
        return "injury"
    return "damage" if name.startswith("damage") else None


def pattern_chain(patterns: Patterns, tags: tuple[str, ...], vocabulary: dict[str, int]) -> Chain:
    """The chain over `vocabulary` (feature → row) in which only votes and silence speak."""
    labels = 1 + 2 * len(tags)
    weights = np.zeros((len(vocabulary), labels))
    if "1" in vocabulary:
        weights[vocabulary["1"], 0] = OUTSIDE
    if "fresh" in vocabulary:
        weights[vocabulary["fresh"], 2::2] = ACROSS_SENTENCES
    for vote in patterns.votes:
        row = vocabulary.get(f"p:{vote.id}")
        if row is None:
            continue
        if vote.kind == "none":
            weights[row, 0] += vote.weight
        for place, tag in enumerate(tags):
            if kind_of(tag) == vote.kind:
                weights[row, 1 + 2 * place : 3 + 2 * place] += vote.weight
    first, last = np.zeros(labels), np.zeros(labels)
    first[2::2] = IMPOSSIBLE
    return Chain(weights, _transitions(len(tags)), first, last)


def _transitions(tags: int) -> NDArray[np.float64]:
    labels = 1 + 2 * tags
    moves = np.zeros((labels, labels))
    moves[:, 2::2] = IMPOSSIBLE
    for tag in range(tags):
        begin, inside = 1 + 2 * tag, 2 + 2 * tag
        moves[[begin, inside], 1::2] = TURNS
        moves[[begin, inside], begin] = BEGINS_ANEW
        moves[[begin, inside], inside] = GOES_ON
    return moves
