"""What leaves the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.errors import Contract

State = Literal["proposed", "approved", "returned", "unrated"]


class InsuredTotals(Contract):
    """A year of the pool in yuan, and how many enterprises it has rows of."""

    year: int
    enterprises: int
    payroll: float
    benefits: float
    injuries: int


class TableOut(Contract):
    """A rule table; `id` is null for the national one."""

    id: int | None
    key: str
    name_zh: str
    name_en: str
    effective_from: date
    by: str | None
    by_en: str | None
    at: datetime | None


class BandOut(Contract):
    key: str
    name_zh: str
    name_en: str
    enterprises: int
    payroll: float
    premium_now: float
    premium_proposed: float
    expected_benefits: float


class DecileOut(Contract):
    number: int
    enterprises: int
    payroll: float
    premium_now: float
    premium_proposed: float
    benefits: float


class BacktestOut(Contract):
    """The table tried on the last known year from the years before alone."""

    year: int
    deciles: list[DecileOut]
    gini_now: float
    gini_proposed: float
    lift: float


class MoveOut(Contract):
    """Enterprises whose grade moves by so many steps."""

    steps: int
    enterprises: int


class SimulationOut(Contract):
    """The whole pool under a table; money in yuan a year (see `yufang.rates.contracts.Simulation`)."""

    year: int
    enterprises: int
    rated: int
    unrated: int
    payroll: float
    income_now: float
    income_plain: float
    income_proposed: float
    income_target: float
    income_reached: bool
    factor: float
    expected_benefits: float
    capped: int
    largest_rise_pct: float
    largest_fall_pct: float
    moves: list[MoveOut]
    by_class: list[BandOut]
    by_sector: list[BandOut]
    by_size: list[BandOut]
    backtest: BacktestOut | None
    method: dict[str, float | None]


class RateRunOut(Contract):
    id: int
    state: Literal["queued", "running", "done", "failed"]
    done: int
    total: int
    year: int | None
    income_change: float | None
    table: TableOut
    asked_by: str
    asked_by_en: str
    asked_at: datetime
    finished_at: datetime | None
    problem_zh: str
    problem_en: str
    counts: dict[str, int]
    simulation: SimulationOut | None


class RatesDesk(Contract):
    """What the room stands on: years on record, refused rows, tables, and the newest simulations."""

    years: list[InsuredTotals]
    refused: int
    strangers: int
    tables: list[TableOut]
    running: RateRunOut | None
    newest: RateRunOut | None
    synthetic: bool


class RefusedOut(Contract):
    id: int
    file: str
    row: int
    field: str
    value: str
    reason_zh: str
    reason_en: str
    raw: dict[str, str]


class RefusedPage(Contract):
    total: int
    page: int
    size: int
    items: list[RefusedOut]


class LoadedOut(Contract):
    """What a file brought: rows taken and rows refused."""

    taken: int
    refused: int


class ProposalRow(Contract):
    id: int
    enterprise_id: int | None
    owner: str
    name: str
    industry_code: str
    industry_zh: str
    industry_en: str
    rate_class: int
    current_grade: int
    proposed_grade: int
    current_rate_pct: float
    proposed_rate_pct: float
    premium_now: float
    premium_proposed: float
    change: float
    experience: float
    state: State
    problem_zh: str
    problem_en: str


class ProposalPage(Contract):
    total: int
    page: int
    size: int
    items: list[ProposalRow]


class DecisionOut(Contract):
    kind: Literal["approved", "returned"]
    reason: str
    by: str
    by_en: str
    at: datetime
    ledger_index: int


class YearOut(Contract):
    year: int
    payroll: float
    benefits: float
    injuries: int
    deaths: int
    diseases: int
    grade: int | None


class ProposalDetail(ProposalRow):
    run_id: int
    year: int
    table: TableOut | None
    base_rate_pct: float
    factor: float
    payroll: float
    window_years: int
    injuries: int
    deaths: int
    diseases: int
    benefits: float
    expected_benefits: float
    own_experience: float
    credibility: float
    indicated_grade: int
    capped: bool
    guards: list[str]
    reasons_zh: list[str]
    reasons_en: list[str]
    years: list[YearOut]
    decisions: list[DecisionOut]
    synthetic: bool


class RangeOut(Contract):
    """Mean, 5 % and 95 % quantile."""

    mean: float
    low: float
    high: float


class LossOut(Contract):
    yuan: RangeOut
    employer_yuan: RangeOut
    fund_yuan: RangeOut
    injuries: RangeOut
    serious: RangeOut
    deaths: RangeOut


class MeasureValueOut(Contract):
    """A measure and what it brings a year (see `yufang.rates.safety_value.MeasureValue`)."""

    key: str
    rank: int
    level: str
    text_zh: str
    text_en: str
    titles_zh: list[str]
    titles_en: list[str]
    effect: RangeOut
    once_yuan: RangeOut
    yearly_yuan: RangeOut
    years: int
    saved_yuan: RangeOut
    employer_saved_yuan: RangeOut
    prevented_injuries: RangeOut
    prevented_serious: RangeOut
    prevented_deaths: RangeOut
    loss_after_yuan: RangeOut
    net_yuan: RangeOut
    payback_years: float | None
    employer_payback_years: float | None
    pays: float
    own_cost: bool


class SafetyValueOut(Contract):
    """`points`: how many hazard points it stands on; `now` is null where there is no risk profile yet."""

    enterprise_id: int
    enterprise_name: str
    synthetic: bool
    points: int
    now: LossOut | None
    measures: list[MeasureValueOut]
    together_keys: list[str]
    together_loss_yuan: RangeOut | None
    together_saved_yuan: RangeOut | None
    together_prevented_injuries: RangeOut | None
    together_prevented_deaths: RangeOut | None
    together_once_yuan: RangeOut | None
    draws: int
    seed: int
