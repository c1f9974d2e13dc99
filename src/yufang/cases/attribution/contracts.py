"""What leaves the attribution of a narrative: typed spans, causes of the five kinds, the chain between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["cause", "event", "injury", "damage"]
Factor = Literal["human", "machine", "material", "method", "environment"]
Language = Literal["zh", "ja", "en"]

KINDS: tuple[Kind, ...] = ("cause", "event", "injury", "damage")
FACTORS: tuple[Factor, ...] = ("human", "machine", "material", "method", "environment")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorGuess:
    """One of the five kinds of cause, its probability in [0, 1] and the words that spoke for it."""

    factor: Factor
    probability: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedSpan:
    """Characters [start, end) of the narrative and what they tell of.

    `tag` is the label of the marked data that a trained model was shown (finer than `kind`, e.g. "Event_Leak");
    without a trained model it is the kind. `confidence` is the probability that a person marks the same kind over most
    of these characters; it is calibrated only where `Attribution.calibrated` says so. `why` names pattern ids, or the
    strongest learned features of the sequence model. `factors` is empty except on causes.
    """

    start: int
    end: int
    text: str
    kind: Kind
    tag: str
    confidence: float
    why: tuple[str, ...]
    factors: tuple[FactorGuess, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of the chain: span `source` led to span `target` (places in `Attribution.spans`).

    `why`: "cue" (words such as 导致 stand between them), "sentence" (same sentence), "order" (the nearest by order of
    telling). `confidence` is the lesser of both spans': a step is no surer than its ends.
    """

    source: int
    target: int
    why: Literal["cue", "sentence", "order"]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One narrative read: spans by place, links of the chain, and the probability that each of the five kinds of cause
    is told at all. `model` names what read it: "patterns" or a trained model's version."""

    language: Language
    spans: tuple[TypedSpan, ...]
    links: tuple[Link, ...]
    factors: dict[Factor, float]
    calibrated: bool
    model: str
