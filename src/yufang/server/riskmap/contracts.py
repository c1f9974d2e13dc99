"""What leaves the room `riskmap`, and what comes in as JSON bodies."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field

from yufang.server.errors import Contract
from yufang.server.places.contracts import PlanOut

FactorPart = Literal["hazard", "multiplier", "exposure", "unknown"]
PermitState = Literal["waiting", "valid", "expired", "closed"]
Share = Annotated[float, Field(ge=0, le=1)]


class RiskBand(Contract):
    """A colour of the map. `level` 1 (red) to 4 (blue); a place has it from a score of `lower` on, 0: unknown."""

    level: int
    key: str
    zh: str
    en: str
    lower: float | None
    hex: str
    text_on_hex: str


class RiskFactorOut(Contract):
    """One thing that the map knows: where, since when, how much, why, and where that is written.

    x, y, reach and ring are shares of the plan's width and height (reach: of its width); null where the factor holds
    for the whole area, or (without an area either) everywhere. `source` names standard and clause, or who said it;
    `link` is `channel:7`, `episode:7`, `hazard:7`, `permit:7` or "".
    """

    id: int
    kind: str
    part: FactorPart
    link: str
    area_id: int | None
    x: float | None
    y: float | None
    reach: float | None
    ring: list[tuple[float, float]] | None
    since: AwareDatetime
    until: AwareDatetime | None
    likelihood: float | None
    consequence: float | None
    times: float | None
    exposure: float | None
    why_zh: str
    why_en: str
    source: str
    synthetic: bool


class RiskAreaOut(Contract):
    """An area's score: that of its worst cell; where it isn't drawn, of what holds for the area.

    `people` is a band such as "1-2", None where nobody knows. `unknown`: a sensor that should watch it is silent.
    """

    area_id: int
    name_zh: str
    name_en: str
    outline: list[tuple[float, float]]
    on_plan: bool
    score: float
    level: int
    unknown: bool
    people: str | None
    top_zh: str
    top_en: str


class RiskMapOut(Contract):
    """The map of a plan at a moment. `levels` and `scores` go row by row from the upper left, `columns` to a row.

    Level 0: nothing speaks of danger, but a sensor that should watch is silent. `plan` is null where the enterprise has
    none: then there are areas only. `at`: for which moment; `known`: whether the map was being kept then.
    """

    enterprise_id: int
    plan: PlanOut | None
    plans: list[PlanOut]
    at: AwareDatetime
    known: bool
    columns: int
    rows: int
    levels: list[int]
    scores: list[float]
    unknown_cells: list[int]  # numbers of the cells that a silent sensor should watch
    bands: list[RiskBand]
    areas: list[RiskAreaOut]
    factors: list[RiskFactorOut]  # gravest first, at most 200
    factors_total: int
    unknown: list[RiskFactorOut]  # what is silent, and what nobody watches
    unplaced: list[RiskFactorOut]  # factors of no area and no place on any plan
    kept_from: AwareDatetime | None  # how far back a replay goes
    trouble_zh: str  # what is wrong with the deployment's own rules, "" where nothing is
    trouble_en: str
    synthetic: bool


class WeighedFactor(Contract):
    """A factor at one place. `share`: its part of the hazard (hazards only; they add up to 1). `adds`: by how much the
    score would fall without it. `weight`: how much of it reaches here, 0 to 1."""

    factor: RiskFactorOut
    weight: float
    share: float | None
    adds: float


class RiskExplained(Contract):
    """Why a cell or an area has its score: score = exposure × hazard, hazard = sum of likelihood × consequence."""

    enterprise_id: int
    cell: int | None
    area_ids: list[int]
    at: AwareDatetime
    known: bool
    score: float
    level: int
    unknown: bool
    hazard: float
    exposure: float
    exposure_known: bool
    times: float
    factors: list[WeighedFactor]
    silent: list[RiskFactorOut]
    formula_zh: str
    formula_en: str


class RiskFrameArea(Contract):
    area_id: int
    score: float
    level: int


class RiskFrame(Contract):
    """The map at one past moment. `known` false: the map was not kept then; levels and areas are empty."""

    at: AwareDatetime
    known: bool
    levels: list[int]
    areas: list[RiskFrameArea]
    factors: int
    top_zh: str
    top_en: str


class RiskReplay(Contract):
    """Frames of a past span. `step_s` may be wider than asked for where the span is long; before `minutes_before` only
    whole minutes are kept, before `kept_from` nothing."""

    enterprise_id: int
    plan_id: int | None
    columns: int
    rows: int
    step_s: float
    kept_from: AwareDatetime | None
    minutes_before: AwareDatetime
    frames: list[RiskFrame]


class PermitKind(Contract):
    """A special work of GB 30871 that needs a permit; `hours` is how long one permit may hold at most."""

    code: str
    name_zh: str
    name_en: str
    scope_zh: str
    scope_en: str
    hours: int
    hours_by_standard: bool
    approver_zh: str
    approver_en: str
    clause: str


class PermitIn(Schema):
    """A permit to work as it is issued. x, y: where, in shares of the area's plan; left out: the whole area."""

    area_id: int
    kind: str = Field(min_length=1, max_length=10)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    x: Share | None = None
    y: Share | None = None
    work: str = Field(default="", max_length=200)


class PermitExtendIn(Schema):
    ends_at: AwareDatetime


class PermitCloseIn(Schema):
    note: str = Field(default="", max_length=200)


class PermitOut(Contract):
    """A permit to work. `state` by time: waiting, valid, expired; or closed."""

    id: int
    enterprise_id: int
    organisation_id: int
    area_id: int
    area: str
    kind: str
    kind_zh: str
    kind_en: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    latest_end: AwareDatetime
    x: float | None
    y: float | None
    work: str
    state: PermitState
    applied_by: str | None
    closed_at: AwareDatetime | None
    closed_note: str
    synthetic: bool


class PermitsPage(Contract):
    items: list[PermitOut]
    total: int
