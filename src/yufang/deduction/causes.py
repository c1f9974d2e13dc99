"""Which of the five factors a hazard speaks of most: the cause that tells two hazards of one part apart."""

from __future__ import annotations

from typing import Literal, NamedTuple

from yufang.packs import Hazard

Factor = Literal["human", "machine", "material", "method", "environment"]
FACTORS: tuple[Factor, ...] = ("machine", "human", "method", "material", "environment")  # the order breaks ties


class Cause(NamedTuple):
    """A cause of a hazard in both languages."""

    factor: Factor
    zh: str
    en: str


def dominant_cause(row: Hazard) -> Cause:
    """The factor whose text shares most with the row's title and circumstance.

    The share of the text's character pairs that stand there too; a row states at least three factors, all of them true,
    and the circumstance is written around one of them.
    """
    told = pairs(row.title.zh + row.circumstance.zh)
    best: tuple[float, Cause] | None = None
    for factor in FACTORS:
        text = getattr(row.causes, factor)
        if text is None:
            continue
        own = pairs(text.zh)
        share = len(own & told) / len(own) if own else 0.0
        if best is None or share > best[0] + 1e-12:
            best = share, Cause(factor, text.zh, text.en)
    if best is None:
        raise ValueError(f"{row.id}: causes: none of the five factors is filled; a pack row names at least three")
    return best[1]


def pairs(text: str) -> frozenset[str]:
    """The character pairs of a text, what two wordings are compared by."""
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))
