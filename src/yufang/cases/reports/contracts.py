"""What a long report yields: facts and passages, each with its place in the text and the rule that found it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Basis = Literal["measured", "set"]
Role = Literal["contractor", "owner", "supervisor", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Characters [start, end) of the report that state a fact, and the fact (`value`; a time as ISO 8601 as far as it
    is told, a type by its name in GB 6441-1986).

    `confidence` is the precision of `rule`: `basis` says whether it was measured on reports or set by hand.
    """

    value: str
    start: int
    end: int
    text: str
    confidence: float
    basis: Basis
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Said):
    """A number of people: `people` is the number that `value` writes."""

    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise(Said):
    """An enterprise and its part in the works, where told; `mentions` is how often its name stands in the report."""

    role: Role
    mentions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage(Said):
    """A sentence of a cause or a lesson; `rule` names the heading or the wording that made it one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredCase:
    """A report as a case. What the report doesn't tell is None or empty and named in `missing`."""

    time: Said | None
    place: Said | None
    accident_type: Said | None
    deaths: Count | None
    injured: Count | None
    people_missing: Count | None
    loss: Said | None
    enterprises: tuple[Enterprise, ...]
    direct_causes: tuple[Passage, ...]
    management_causes: tuple[Passage, ...]
    lessons: tuple[Passage, ...]
    missing: tuple[str, ...]
