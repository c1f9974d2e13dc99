"""What leaves the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.deduction.contracts import MeasureOut
from yufang.server.errors import Contract

State = Literal["raised", "acknowledged", "handed_on", "escalated", "downgraded", "resolved", "closed"]
May = Literal["acknowledge", "hand_on", "snooze", "wake", "mute", "resolve", "close"]
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
    level: int  # of the escalation chain that was told
    escalate_at: datetime | None  # when the next level is told, unless somebody takes it on
    quiet_until: datetime | None
    quiet_why: Literal["", "snoozed", "muted"]
    flapping: bool
    area_id: int | None


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


class StepOut(Contract):
    at: datetime
    by: str | None
    by_en: str | None
    action: str
    note: str
    to: str | None
    to_en: str | None
    ledger_index: int


class MuteOut(Contract):
    id: int
    organisation_id: int
    organisation_name: str
    rule: str
    subject_key: str
    area_id: int | None
    area_zh: str
    area_en: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    by: str | None
    by_en: str | None
    lifted_at: datetime | None
    active: bool


class AlertPlace(Contract):
    """Where an alert's area is: on its plan (shares of width and height), and on the map where that is known."""

    id: int
    name_zh: str
    name_en: str
    outline: list[tuple[float, float]]
    image: str | None  # address of the plan's picture
    width: int
    height: int
    lat: float | None
    lon: float | None


class WarningDetail(WarningRow):
    reason_zh: str
    reason_en: str
    rule: str
    subject_key: str
    measures: list[MeasureOut]
    procedure_zh: str
    procedure_en: str
    training: str
    training_en: str
    hazard_point_id: int | None
    hazard_id: int | None
    origin: Literal["run", "event"]  # only what a run gives has a calibrated probability
    episode: int
    close_at: datetime | None
    snooze_hours: int  # the longest snooze of its tier
    levels: int  # of its escalation chain, the last included
    may: list[May]  # what the person who asks may do with it now, the usual step first
    place: AlertPlace | None
    mutes: list[MuteOut]  # windows that cover it, now or later
    earlier: list[int]  # closed episodes of the same rule and subject, newest first
    history: list[StepOut]
    synthetic: bool
