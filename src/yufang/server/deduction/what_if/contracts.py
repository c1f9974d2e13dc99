"""What leaves the room about suppositions, visit lists and enterprises that are not saved."""

from __future__ import annotations

from datetime import date

from yufang.server.deduction.contracts import LecOut, MeasureOut, PathStepOut
from yufang.server.errors import Contract


class DeducedPoint(Contract):
    """A hazard point as deduced now. `own_…`: the enterprise's machine, empty where the equipment is only expected.

    `point_id`: the stored point of the same key, where there is one.
    """

    key: str
    rank: int
    title_zh: str
    title_en: str
    equipment: str
    equipment_en: str
    own_zh: str
    own_en: str
    settings_zh: str
    settings_en: str
    part: str
    part_en: str
    text_zh: str
    text_en: str
    circumstance_zh: str
    circumstance_en: str
    consequence_zh: str
    consequence_en: str
    cause_factor: str
    cause_zh: str
    cause_en: str
    check_zh: str
    check_en: str
    accident_type: str
    severity: str
    exposure: str
    probability: float
    lec: LecOut
    measures: list[MeasureOut]
    clause: str
    training: str
    training_en: str
    ppe: list[str]
    path: list[PathStepOut]
    point_id: int | None = None


class UnknownEquipment(Contract):
    """An equipment that no pack knows, and the nearest names."""

    name: str
    nearest: list[str]


class Deduced(Contract):
    """Points of one enterprise as of `at`. `model`: region where a run's model answered, packs where priors did.

    `told_zh`, `told_en` say why the list is empty or short; empty where it is neither.
    """

    points: list[DeducedPoint]
    unknown_equipment: list[UnknownEquipment]
    at: date
    model: str
    model_version: str
    told_zh: str
    told_en: str


class Choice(Contract):
    key: str
    zh: str
    en: str


class MachineOut(Contract):
    """One of the enterprise's machines and the parts whose state can be supposed."""

    name: str
    name_en: str
    parts: list[Choice]


class WhatIfChoices(Contract):
    """What can be supposed of an enterprise."""

    machines: list[MachineOut]
    states: list[Choice]
    shifts: list[Choice]
    processes: list[str]
    materials: list[str]
    equipment_to_add: list[Choice]
    processes_to_add: list[Choice]
    materials_to_add: list[Choice]
    unknown_equipment: list[UnknownEquipment]


class ScoredOut(Contract):
    """`rank` is null where the point is not on the list."""

    probability: float
    lec: LecOut
    rank: int | None


class PointChangeOut(Contract):
    """`move`: new, gone, up, down or same."""

    key: str
    title_zh: str
    title_en: str
    equipment: str
    equipment_en: str
    part: str
    part_en: str
    before: ScoredOut | None
    after: ScoredOut | None
    move: str
    reasons_zh: list[str]
    reasons_en: list[str]


class WhatIfOut(Contract):
    """Both lists and every movement. `score_…`: sum of the LEC scores of the points on either list."""

    before: list[DeducedPoint]
    after: list[DeducedPoint]
    moved: list[PointChangeOut]
    score_before: float
    score_after: float
    told_zh: list[str]
    told_en: list[str]
    at: date
    model: str
    model_version: str


class CheckOut(Contract):
    """One check: minutes from arrival at which it starts, and how long it takes."""

    point: DeducedPoint
    starts_at: int
    minutes: int
    steps: list[Choice]


class StopOut(Contract):
    name_zh: str
    name_en: str
    reach: int
    checks: list[CheckOut]


class VisitOut(Contract):
    """A list that fits a visit, in the order it is walked. `expected`: points that it should confirm."""

    enterprise_id: int
    enterprise_name: str
    minutes: int
    used: int
    opening: int
    stops: list[StopOut]
    expected: float
    left_out: list[DeducedPoint]
    at: date
    model: str
    model_version: str
