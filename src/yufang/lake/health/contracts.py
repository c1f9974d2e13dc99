"""What an audit of the lake's data says: frozen, ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yufang.lake.cleaning.catalogue import Dimension


@dataclass(frozen=True, slots=True)
class Measure:
    """One dimension of one source: `score` in [0, 1], `good` of `checked` units; None where nothing can be said.

    The units: completeness and validity count values, freshness, contradiction and duplication count rows.
    """

    dimension: Dimension
    score: float | None
    good: int
    checked: int


@dataclass(frozen=True, slots=True)
class FieldHealth:
    """One expected column: how many rows fill it, and how many of its values are wrong (kept or emptied)."""

    field: str
    rows: int
    filled: int
    wrong: int

    @property
    def completeness(self) -> float:
        return self.filled / self.rows if self.rows else 0.0

    @property
    def validity(self) -> float | None:
        """Share of the values given that are right; None where none was given."""
        given = max(self.filled, self.wrong)
        return 1 - self.wrong / given if given else None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is among the worst: the rule ("" for missing values), the field and the value."""

    rule: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class WorstRow:
    """A row to look at first. `key` is its id in the table, `source_row` its data row in the file."""

    key: str
    source_row: int | None
    missing: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RuleCount:
    rule: str
    count: int


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source (file) of one table. `overall` is the weighted mean of the dimensions that have a score."""

    source: str
    table: str
    owner: str  # "" where nobody is named
    as_of: date
    rows: int
    refused: int
    newest: date | None
    overall: float | None
    measures: tuple[Measure, ...]
    fields: tuple[FieldHealth, ...]
    by_rule: tuple[RuleCount, ...]
    worst: tuple[WorstRow, ...]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The scores of one source as of one day, worked out from the rows that were known by then."""

    as_of: date
    source: str
    table: str
    rows: int
    overall: float | None
    scores: tuple[tuple[Dimension, float | None], ...]


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All sources; `overall` weighs each by its rows."""

    as_of: date
    rows: int
    overall: float | None
    sources: tuple[SourceHealth, ...]
    trend: tuple[TrendPoint, ...]
