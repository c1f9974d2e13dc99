"""What leaves the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.errors import Contract

Side = Literal["own", "regulator"]
PlanState = Literal["open", "done", "dropped"]
Result = Literal["ok", "finding", "not_applicable"]
Source = Literal["warning", "point", "equipment", "certificate", "hazard"]
Standing = Literal["open", "overdue", "done", "withdrawn"]


class InspectionPhoto(Contract):
    id: int
    sha256: str
    width: int
    height: int


class InspectionReason(Contract):
    """One part of why an item is there; the parts add up to its worth."""

    source: Source
    zh: str
    en: str
    worth: float


class InspectionAnswer(Contract):
    """The newest valid answer of an item. `client_id` only on one's own: with it one takes it back."""

    id: int
    result: Result
    note: str
    by: str
    by_en: str
    said_at: datetime
    hazard_id: int | None
    paper_date: date | None
    client_id: str | None
    photos: list[InspectionPhoto]
    ledger_index: int


class InspectionItem(Contract):
    """One thing to look at. `kind`: what a finding of it most probably is; `paper_kind` "" where it is no paper."""

    id: int
    position: int
    sources: list[Source]
    title_zh: str
    title_en: str
    check_zh: str
    check_en: str
    clause: str
    reasons: list[InspectionReason]
    worth: float
    chance: float
    probability: float | None
    minutes: int
    explore: bool
    propensity: float
    point_id: int | None
    warning_ids: list[int]
    hazard_id: int | None
    paper_kind: str
    kind: str
    answer: InspectionAnswer | None


class AlsoHere(Contract):
    """A check of the packs that is worth a look when one is at the stop; not an item."""

    title_zh: str
    title_en: str
    check_zh: str
    check_en: str


class InspectionStop(Contract):
    """A stop. `placed`: given, set (a person said it), name (guessed by its name), or "" where nobody knows."""

    id: int
    position: int
    name_zh: str
    name_en: str
    area_id: int | None
    placed: str
    plan_id: int | None
    spot: tuple[float, float] | None
    reach: int
    items: list[InspectionItem]
    also: list[AlsoHere]


class InspectionLeftOut(Contract):
    title_zh: str
    title_en: str
    sources: list[Source]
    worth: float


class InspectionArea(Contract):
    id: int
    name_zh: str
    name_en: str


class InspectionKind(Contract):
    key: str
    zh: str
    en: str


class InspectionSitePlan(Contract):
    id: int
    name: str
    image: str
    width: int
    height: int


class InspectionPlanRow(Contract):
    id: int
    enterprise_id: int
    enterprise_name: str
    day: date
    side: Side
    number: int
    state: PlanState
    minutes: int
    used: int
    items: int
    answered: int
    findings: int
    expected: float
    made_by: str | None
    made_by_en: str | None
    made_at: datetime
    synthetic: bool


class InspectionPlan(InspectionPlanRow):
    """A plan with everything that is needed beside the machine."""

    opening: int
    metres: float | None
    stops: list[InspectionStop]
    left_out: list[InspectionLeftOut]
    areas: list[InspectionArea]
    site_plans: list[InspectionSitePlan]
    kinds: list[InspectionKind]
    rules: str
    ledger_index: int


class InspectionPlanPage(Contract):
    total: int
    page: int
    size: int
    items: list[InspectionPlanRow]


class DuePaperOut(Contract):
    kind: Literal["equipment", "certificate"]
    code: str
    state: Literal["overdue", "unproven", "soon"]
    name_zh: str
    name_en: str
    machine_key: str
    machine_name: str
    holder: str
    due_on: date | None
    why_zh: str
    why_en: str
    clause: str


class PaperOut(Contract):
    id: int
    kind: Literal["equipment", "certificate"]
    code: str
    name_zh: str
    name_en: str
    equipment_key: str
    equipment_name: str
    holder: str
    done_on: date
    valid_until: date | None
    by: str | None
    by_en: str | None
    ledger_index: int


class PaperChoice(Contract):
    """What can be put on record: a check of one machine, or a certificate."""

    kind: Literal["equipment", "certificate"]
    code: str
    name_zh: str
    name_en: str
    equipment_key: str
    equipment_name: str


class PapersOut(Contract):
    enterprise_id: int
    enterprise_name: str
    as_of: date
    due: list[DuePaperOut]
    kept: list[PaperOut]
    choices: list[PaperChoice]
    synthetic: bool


class ChosenReason(Contract):
    zh: str
    en: str
    worth: float


class ChosenEnterprise(Contract):
    """An enterprise of the week; `plan_id`: the authority's inspection of it, where one was made since."""

    enterprise_id: int
    enterprise_name: str
    district: str
    score: float | None
    colour: str
    position: int
    day: date
    explore: bool
    propensity: float
    priority: float
    reasons: list[ChosenReason]
    plan_id: int | None
    plan_state: str


class VisitChoice(Contract):
    id: int
    week: date
    number: int
    capacity: int
    considered: int
    explore_share: float
    made_by: str | None
    made_by_en: str | None
    made_at: datetime
    places: list[ChosenEnterprise]
    ledger_index: int


class VisitChoiceOfWeek(Contract):
    week: date
    choice: VisitChoice | None
    suggested: int


class OrderRow(Contract):
    id: int
    enterprise_id: int
    enterprise_name: str
    issuer_name: str
    year: int
    number: int
    state: Literal["issued", "closed", "withdrawn"]
    standing: Standing
    deadline: date
    issued_at: datetime
    closed_at: datetime | None
    hazards: int
    closed_hazards: int
    days_left: int
    synthetic: bool


class OrderPage(Contract):
    total: int
    page: int
    size: int
    counts: dict[str, int]
    items: list[OrderRow]


class OrderItemOut(Contract):
    position: int
    hazard_id: int
    requirement: str
    title_zh: str
    title_en: str
    state: str
    level: str
    area_zh: str
    area_en: str
    due_at: datetime | None


class OrderStepOut(Contract):
    at: datetime
    action: str
    note: str
    by: str | None
    by_en: str | None
    ledger_index: int


class OrderDetail(OrderRow):
    basis: str
    plan_id: int | None
    issued_by: str
    issued_by_en: str
    ledger_index: int
    items: list[OrderItemOut]
    history: list[OrderStepOut]


class OrderableHazard(Contract):
    """An open hazard that an order can name; `of_plan`: found by the inspection that was asked for."""

    id: int
    title_zh: str
    title_en: str
    level: str
    state: str
    opened_on: date
    of_plan: bool


class InspectionRate(Contract):
    """Items of one group: how many were looked at, and the share of those that applied that found something, with its
    95 % Wilson interval. `expected`: the mean chance foretold. `small`: too few to compare by."""

    key: str
    planned: int
    answered: int
    found: int
    ok: int
    not_applicable: int
    coverage: float | None
    share: float | None
    low: float
    high: float
    expected: float | None
    small: bool


class InspectionRates(Contract):
    """`sources`: all, by source, drawn ones; `months`: the same by the month of the plan's day."""

    plans: int
    enterprises: int
    enterprises_seen: int
    sources: list[InspectionRate]
    months: list[InspectionRate]
