"""What leaves the room, and what comes in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from yufang.server.accounts.contracts import GlassRow
from yufang.server.errors import Contract

Dataset = Literal["hazard_statistics", "hazard_records", "warnings", "injury_aggregates"]
Purpose = Annotated[str, Field(min_length=2, max_length=300)]


class FitnessNotes(Schema):
    """Only what a room needs: may the person do the work, what speaks against which work, a short note."""

    fit: bool | None = None
    contraindications: list[Annotated[str, Field(max_length=60)]] = Field(default=[], max_length=20)
    note: str = Field(default="", max_length=300)


class DetailsIn(Schema):
    """Empty text deletes a value."""

    identity_number: str = Field(default="", max_length=18)
    phone: str = Field(default="", max_length=20)
    birth_year: int | None = Field(default=None, ge=1900, le=2100)
    health: FitnessNotes | None = None


class DetailsOut(Contract):
    """The identity number is masked unless it was asked for in full."""

    person_id: int
    name: str
    identity_number: str
    phone: str
    birth_year: int | None
    health: FitnessNotes | None
    changed_at: datetime | None


class ReadDetailsIn(Schema):
    purpose: Purpose
    full: bool = False


class FindIn(Schema):
    identity_number: str = Field(min_length=18, max_length=18)
    purpose: Purpose


class FoundPerson(Contract):
    person_id: int | None
    name: str | None


class AccessOut(Contract):
    """Somebody read something of a person."""

    id: int
    at: datetime
    reader: str
    what: str
    purpose: str
    break_glass: bool
    person_id: int | None
    person: str | None
    subject: str


class Accesses(Contract):
    items: list[AccessOut]
    total: int
    page: int
    size: int


class KeptOut(Contract):
    """One kind of record in which the person stands: how many, what it rests on, what an erasure does with it."""

    record: str
    zh: str
    en: str
    rows: int
    law: str
    erase: Literal["keep", "delete", "clear"]
    keep_zh: str
    keep_en: str


class ExportOut(Contract):
    id: int
    person_id: int
    state: Literal["waiting", "ready", "failed", "gone"]
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    size: int
    sha256: str


class ExportIn(Schema):
    """Without a person: one's own."""

    person_id: int | None = None
    purpose: str = Field(default="", max_length=300)


class ErasureOutcome(Contract):
    record: str
    zh: str
    en: str
    rows: int
    done: Literal["kept", "deleted", "cleared"]
    why_zh: str
    why_en: str


class ErasureOut(Contract):
    id: int
    person_id: int
    person: str
    reason: str
    state: Literal["asked", "done", "refused"]
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    answer: str
    outcome: list[ErasureOutcome]


class ErasureIn(Schema):
    reason: str = Field(default="", max_length=300)


class ErasureDecisionIn(Schema):
    accept: bool
    answer: str = Field(default="", max_length=300)


class HoldIn(Schema):
    person_id: int | None = None
    record: str = Field(default="", max_length=60)
    reason: Purpose


class HoldOut(Contract):
    id: int
    person_id: int | None
    person: str | None
    record: str
    reason: str
    by: str | None
    at: datetime
    lifted_at: datetime | None


class RetentionRuleOut(Contract):
    record: str
    zh: str
    en: str
    keep_days: int | None
    then: str
    law_zh: str
    law_en: str
    held: bool


class RetentionRunOut(Contract):
    at: datetime
    counts: dict[str, int]
    held: dict[str, int]
    ledger_index: int


class Retention(Contract):
    rules: list[RetentionRuleOut]
    runs: list[RetentionRunOut]


class MyPrivacy(Contract):
    """Everything on one's own page. `emergencies`: who opened one's organisation without otherwise seeing it."""

    name: str
    details: DetailsOut
    kept: list[KeptOut]
    accesses: list[AccessOut]
    accesses_total: int
    emergencies: list[GlassRow]
    exports: list[ExportOut]
    erasures: list[ErasureOut]


class PartnerOut(Contract):
    id: int
    name: str


class ProposalIn(Schema):
    receiver_id: int
    datasets: list[Dataset] = Field(min_length=1, max_length=4)
    purpose: str = Field(min_length=4, max_length=500)
    legal_basis: str = Field(min_length=4, max_length=300)
    min_cell: int = Field(default=5, ge=3, le=100)
    until: datetime


class SharingWordIn(Schema):
    accept: bool


class RevokeIn(Schema):
    why: Purpose


class SharingAgreementOut(Contract):
    id: int
    side: Literal["giver", "receiver", "both"]
    giver: str
    receiver: str
    datasets: list[str]
    purpose: str
    legal_basis: str
    min_cell: int
    until: datetime
    state: Literal["proposed", "active", "declined", "revoked", "expired"]
    proposed_by: str
    proposed_at: datetime
    answered_by: str | None
    answered_at: datetime | None
    revoked_at: datetime | None
    revoked_why: str
    may_answer: bool
    may_revoke: bool
    may_read: bool
    reads: int


class SharedReadOut(Contract):
    dataset: str
    by: str
    rows: int
    at: datetime


class SharedRows(Contract):
    """Rows of a dataset as agreed. A count that is null is smaller than the agreed cell size."""

    agreement_id: int
    dataset: str
    purpose: str
    min_cell: int
    rows: list[dict[str, Any]]
    next: int | None


class ReleaseIn(Schema):
    method: Literal["noise", "cells"]
    by_what: Literal["industry", "accident_type", "month", "industry×month", "accident_type×month"]
    year: int = Field(ge=2000, le=2100)
    epsilon: float = Field(default=0.5, ge=0.001, le=2)  # spent in thousandths
    min_cell: int = Field(default=5, ge=3, le=100)


class ReleaseOut(Contract):
    """A published table. noise: `table` has `rows` [{key, zh, en, n}], `sd` and `error_95`. cells: `rows`, `columns`
    and `counts` with -1 for a hidden cell, the last row and column being totals."""

    id: int
    region: str
    method: Literal["noise", "cells"]
    by_what: str
    year: int
    title_zh: str
    title_en: str
    table: dict[str, Any]
    epsilon: float
    min_cell: int
    at: datetime
    synthetic: bool
    ledger_index: int


class BudgetOut(Contract):
    year: int
    total: float
    spent: float
