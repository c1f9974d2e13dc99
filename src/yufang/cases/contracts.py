"""What leaves the room `cases`: codes suggested for a narrative, with probability and evidence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words that decided: character offsets [start, end) in the narrative and their share of the decision."""

    start: int
    end: int
    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A candidate code with its calibrated probability in [0, 1]."""

    code: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedCase:
    """One narrative coded for one facet.

    `code` is the accepted code, or None ("unknown") where the best probability is under `threshold`;
    `suggestions` are the best candidates, most probable first.
    """

    facet: str
    code: str | None
    probability: float
    threshold: float
    suggestions: tuple[Suggestion, ...]
    evidence: tuple[Span, ...]
    model_version: str
