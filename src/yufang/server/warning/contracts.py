"""What leaves the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.errors import Contract

State = Literal["raised", "acknowledged", "handed_on", "resolved"]
Tier = Literal["high", "medium", "low"]


class WarningRow(Contract):
    id: int
    tier: Tier
    state: State
    route: str
    title_zh: str
    title_en: str
    enterprise_id: int
    enterprise_name: str
    probability: float
    colour: str
    raised_at: datetime
    due_on: date
    assignee: str | None
    assignee_en: str | None
    overdue: bool


class Counts(Contract):
    """Warnings under the same filter, by tier (open ones) and by state."""

    tier: dict[str, int]
    state: dict[str, int]


class WarningPage(Contract):
    total: int
    page: int
    size: int
    counts: Counts
    items: list[WarningRow]


class MeasureOut(Contract):
    level: str
    text_zh: str
    text_en: str


class StepOut(Contract):
    at: datetime
    by: str | None
    by_en: str | None
    action: str
    note: str
    to: str | None
    to_en: str | None
    ledger_index: int


class WarningDetail(WarningRow):
    reason_zh: str
    reason_en: str
    rule: str
    measures: list[MeasureOut]
    procedure_zh: str
    procedure_en: str
    training: str
    training_en: str
    hazard_point_id: int | None
    history: list[StepOut]
    synthetic: bool
