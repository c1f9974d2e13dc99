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


class SuspectOut(Contract):
    """A code that a model trained without the case finds improbable. origin: whose code it is."""

    given: str
    given_zh: str
    given_en: str
    p_given: float
    origin: Literal["source", "person"]


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
    suspect: SuspectOut | None


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
    suspect: SuspectOut | None
    in_campaign: bool
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


class FacetWaiting(Contract):
    facet: str
    facet_zh: str
    facet_en: str
    list_key: str
    waiting: int


class ProgressOut(Contract):
    """How far the desk is: codes that wait (by facet), suspects that wait, and the person's own decisions of today."""

    facets: list[FacetWaiting]
    waiting: int
    suspects: int
    mine_today: int


class UndoneOut(Contract):
    """The facet whose decision was taken back, as it stands now."""

    case_id: int
    facet: FacetOut


class NearCode(Contract):
    facet: str
    facet_zh: str
    facet_en: str
    code: str
    name_zh: str
    name_en: str
    origin: Literal["person", "source"]


class NearOut(Contract):
    """A decided case near another; `codes` in the order of facets. similarity: cosine in (0, 1]."""

    id: int
    similarity: float
    occurred_on: date | None
    enterprise_name: str
    excerpt: str
    codes: list[NearCode]


class ClassOffer(Contract):
    """A class of the queue: how its newest decisions went, and what waits at or above `least`."""

    facet: str
    code: str
    name_zh: str
    name_en: str
    least: float
    decisions: int
    agreed: int
    low: float
    wanted: float
    stable: bool
    missing: int
    pending: int


class BulkPreview(Contract):
    offer: ClassOffer
    items: list[CaseRow]


class BulkOut(Contract):
    """A bulk acceptance; `standing`: how many of its codes still hold."""

    id: int
    facet: str
    code: str
    name_zh: str
    name_en: str
    least: float
    accepted: int
    standing: int
    reason: str
    by: str | None
    by_en: str | None
    at: datetime
    undone_by: str | None
    undone_by_en: str | None
    undone_at: datetime | None
    ledger_index: int


class CoderOut(Contract):
    """A person who may code cases."""

    id: int
    name: str
    name_en: str


class ClassAgreementOut(Contract):
    code: str
    name_zh: str
    name_en: str
    first: int
    second: int
    both: int
    share: float


class ConfusionOut(Contract):
    first: str
    first_zh: str
    first_en: str
    second: str
    second_zh: str
    second_en: str
    n: int


class AgreementOut(Contract):
    """Cohen's kappa of the two coders on the cases both have coded, with its 95 % interval; None where undefined."""

    n: int
    agreed: int
    kappa: float | None
    low: float | None
    high: float | None
    classes: list[ClassAgreementOut]
    confusions: list[ConfusionOut]


class CampaignOut(Contract):
    """mine: what is left for the person who asks: codes to give as one of the two, or disagreements to settle."""

    id: int
    title: str
    facet: str
    facet_zh: str
    facet_en: str
    list_key: str
    first_coder: CoderOut
    second_coder: CoderOut
    show_suggestions: bool
    opened_at: datetime
    cases: int
    coded_first: int
    coded_second: int
    agreed: int
    disputed: int
    settled: int
    mine: int
    role: Literal["coder", "third", "reader"]
    agreement: AgreementOut


class BlindOut(Contract):
    by: str | None
    by_en: str | None
    code: str
    name_zh: str
    name_en: str
    note: str


class BlindTask(Contract):
    """A case to code blind (`given` empty), or a disagreement to settle (`given`: the two codes)."""

    item_id: int
    number: int
    narrative: str
    occurred_on: date | None
    job: str
    equipment: str
    synthetic: bool
    suggestions: list[SuggestionOut]
    given: list[BlindOut]
