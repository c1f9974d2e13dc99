"""What leaves the room."""

from __future__ import annotations

from datetime import date

from yufang.server.errors import Contract


class DimensionOut(Contract):
    """A dimension of health: share in [0, 1] (null: nothing to say), and the counts it is made of."""

    dimension: str
    score: float | None
    good: int
    checked: int


class TrendOut(Contract):
    """The scores as of one day. `recomputed`: worked out later from the rows known by that day."""

    as_of: date
    rows: int
    overall: float | None
    scores: dict[str, float | None]
    recomputed: bool


class SourceRow(Contract):
    """A source with its newest audit."""

    id: int
    name: str
    table: str
    owner: str
    rows: int
    refused: int
    newest: date | None
    as_of: date | None
    overall: float | None
    dimensions: list[DimensionOut]
    synthetic: bool


class HealthOverview(Contract):
    """All sources; `overall` weighs each by its rows. `trend` is the same for each day that was audited."""

    as_of: date | None
    overall: float | None
    rows: int
    sources: list[SourceRow]
    trend: list[TrendOut]


class FieldOut(Contract):
    """A column that is expected: how many rows fill it, how many of its values are wrong."""

    field: str
    rows: int
    filled: int
    wrong: int


class RuleOut(Contract):
    """A cleaning rule and how often it was broken."""

    rule: str
    title_zh: str
    title_en: str
    reason_zh: str
    reason_en: str
    severity: str
    count: int


class ReasonOut(Contract):
    rule: str
    title_zh: str
    title_en: str
    field: str
    value: str


class WorstOut(Contract):
    """A row to look at first; personal data masked."""

    key: str
    source_row: int | None
    missing: int
    reasons: list[ReasonOut]


class ImportRunOut(Contract):
    """A finished import: rows = taken + rejected + known."""

    at: str
    mapping: str
    encoding: str
    rows: int
    taken: int
    rejected: int
    known: int
    changed: int
    emptied: int
    flagged: int


class RejectOut(Contract):
    """A refused row; personal data masked."""

    source_row: int
    field: str
    value: str
    rule: str
    title_zh: str
    title_en: str


class SourceDetail(SourceRow):
    fields: list[FieldOut]
    rules: list[RuleOut]
    worst: list[WorstOut]
    trend: list[TrendOut]
    runs: list[ImportRunOut]
    rejects: list[RejectOut]
    rejects_total: int
