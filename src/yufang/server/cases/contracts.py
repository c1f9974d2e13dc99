"""What leaves the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.errors import Contract

State = Literal["auto", "review", "decided"]


class SuggestionOut(Contract):
    code: str
    name_zh: str
    name_en: str
    probability: float


class EvidenceOut(Contract):
    """Words that decided: characters [start, end) of the narrative."""

    start: int
    end: int
    text: str
    weight: float


class CaseRow(Contract):
    """One facet of one case; `id` is the case's."""

    id: int
    occurred_on: date | None
    enterprise_name: str
    excerpt: str
    facet: str
    facet_zh: str
    facet_en: str
    suggestion: SuggestionOut | None
    state: State


class CasePage(Contract):
    total: int
    page: int
    size: int
    items: list[CaseRow]


class FacetOut(Contract):
    facet: str
    facet_zh: str
    facet_en: str
    list_key: str
    state: State
    code: str | None
    name_zh: str
    name_en: str
    probability: float
    threshold: float
    suggestions: list[SuggestionOut]
    evidence: list[EvidenceOut]
    model_version: str
    decided_by: str | None
    decided_by_en: str | None
    decided_at: datetime | None
    note: str


class CaseDetail(Contract):
    id: int
    occurred_on: date | None
    reported_on: date | None
    enterprise_id: int | None
    enterprise_name: str
    narrative: str
    place: str
    job: str
    equipment: str
    lost_days: float | None
    deaths: int | None
    synthetic: bool
    facets: list[FacetOut]


class CodeOut(Contract):
    """An entry of a code list, for pickers."""

    code: str
    name_zh: str
    name_en: str
    parent: str | None
