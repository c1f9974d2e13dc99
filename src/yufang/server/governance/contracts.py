"""What leaves the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.errors import Contract


class CodeFiguresOut(Contract):
    """A class: rows that hold it, rows it was given to, of them rightly, and the probability stated there."""

    code: str
    name_zh: str
    name_en: str
    true: int
    given: int
    right: int
    probability: float


class EvaluationOut(Contract):
    rows: int
    accuracy: float
    auto_share: float
    auto_accuracy: float
    ece: float
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    codes: list[CodeFiguresOut]


class ModelChangeOut(Contract):
    kind: Literal["promoted", "rolled_back"]
    reason: str
    by: str | None
    by_en: str | None
    at: datetime
    ledger_index: int


class VersionRow(Contract):
    """gold: None where the version may have learned from the gold set, so that figures there would flatter it."""

    id: int
    facet: str
    version: str
    state: Literal["candidate", "active", "retired"]
    origin: Literal["desk", "run"]
    made_at: datetime
    rows: int
    threshold: float
    recoding: bool
    out_of_fold: EvaluationOut | None
    gold: EvaluationOut | None


class VersionDetail(Contract):
    row: VersionRow
    origins: dict[str, int]
    period: list[date]
    codes: int
    left_out: int
    settings: dict[str, float]
    data_sha256: str
    gold_sha256: str
    asked_by: str | None
    asked_by_en: str | None
    changes: list[ModelChangeOut]


class RunOut(Contract):
    id: int
    facet: str
    state: Literal["queued", "running", "done", "failed"]
    step: str
    done: int
    total: int
    tries: int
    asked_by: str | None
    asked_by_en: str | None
    asked_at: datetime
    finished_at: datetime | None
    problem_zh: str
    problem_en: str
    version_id: int | None


class FacetDesk(Contract):
    """One facet: what there is to learn from, its versions (newest first), and the newest training."""

    facet: str
    facet_zh: str
    facet_en: str
    training: int
    gold: int
    more: int
    synthetic: bool
    versions: list[VersionRow]
    run: RunOut | None
    can_roll_back: bool


class ChangedOut(Contract):
    """A case on which two versions differ. truth: None for an open case."""

    case_id: int
    excerpt: str
    first: str
    first_zh: str
    first_en: str
    second: str
    second_zh: str
    second_en: str
    truth: str | None


class ComparisonOut(Contract):
    """Two versions on the frozen gold set. only_first, only_second: gold rows that only one of them got right.

    fair: neither may have learned from the gold set. pending: open cases both were asked about; pending_changed: of
    them coded differently.
    """

    first: VersionRow
    second: VersionRow
    fair: bool
    rows: int
    first_gold: EvaluationOut | None
    second_gold: EvaluationOut | None
    only_first: int
    only_second: int
    pending: int
    pending_changed: int
    changed: list[ChangedOut]


class MonthOut(Contract):
    """Decisions of a month about suggestions of one version, and how many agreed."""

    month: date
    version: str
    decisions: int
    agreed: int
    low: float
    high: float
