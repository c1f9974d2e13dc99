"""What leaves the room `rates`: proposals and the simulation of a pool."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """An enterprise of the pool. `employees`: None where unknown."""

    enterprise_id: str
    name: str = ""
    industry_code: str = ""
    employees: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateProposal:
    """The rate proposed to one enterprise for `year`.

    Rates in per cent of payroll, money in yuan, grades in per cent of the base rate. `experience` is the expected loss
    per payroll relative to what the pool's base rates take it to be (1: as its class); `credibility` in [0, 1] the
    weight of its own record. `indicated_grade` is what experience alone says, `proposed_grade` what guards and steps
    leave of it. `base_rate_pct` is the table's, `factor` the pool's uniform factor on it; `capped`: the yearly swing
    was held to the table's cap. `problem_zh` is empty unless no rate could be made; then figures are 0.
    """

    enterprise_id: str
    year: int
    industry_code: str
    rate_class: int
    base_rate_pct: float
    factor: float
    payroll: float
    window_years: int
    injuries: int
    deaths: int
    diseases: int
    benefits: float
    expected_benefits: float
    experience: float
    own_experience: float
    credibility: float
    current_grade: int
    indicated_grade: int
    proposed_grade: int
    current_rate_pct: float
    proposed_rate_pct: float
    premium_now: float
    premium_proposed: float
    capped: bool
    guards: tuple[str, ...]
    reasons_zh: tuple[str, ...]
    reasons_en: tuple[str, ...]
    problem_zh: str = ""
    problem_en: str = ""
    problem_field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A part of the pool: how much it pays now and proposed, and what it costs. Money in yuan."""

    key: str
    name_zh: str
    name_en: str
    enterprises: int
    payroll: float
    premium_now: float
    premium_proposed: float
    expected_benefits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decile:
    """A tenth of the payroll of the last year, from the lowest foretold cost to the highest, foretold without that
    year.

    `benefits` is what that year then cost; premiums are that year's payroll at the rates in force and as this table
    would have set them, both scaled to the same income.
    """

    number: int
    enterprises: int
    payroll: float
    premium_now: float
    premium_proposed: float
    benefits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """The table tried on the last known year, from the years before alone.

    `gini_*`: area between the line of equality and the curve of benefits over premium, enterprises ordered by the
    foretold cost over premium: the nearer to 0, the less is left to tell apart (Frees, Meyers & Cummings 2011).
    `lift`: cost per payroll of the highest tenth over that of the lowest.
    """

    year: int
    deciles: tuple[Decile, ...]
    gini_now: float
    gini_proposed: float
    lift: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The whole pool under a rule table. Money in yuan a year.

    `income_target` is what the uniform `factor` was solved for; `income_reached` is False where the caps on yearly
    swings keep the pool from it. `moves`: enterprises by change in grade steps, from the deepest fall to the highest
    rise.
    """

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
    moves: tuple[tuple[int, int], ...]
    by_class: tuple[Band, ...]
    by_sector: tuple[Band, ...]
    by_size: tuple[Band, ...]
    backtest: Backtest | None
    method: dict[str, float | int | None]
    proposals: tuple[RateProposal, ...]
