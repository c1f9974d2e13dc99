"""What leaves the room."""

from __future__ import annotations

from datetime import date
from typing import Any

from yufang.server.errors import Contract


class Tiers(Contract):
    """Open warnings by tier."""

    high: int = 0
    medium: int = 0
    low: int = 0


class Colours(Contract):
    """Enterprises by colour of risk."""

    red: int = 0
    orange: int = 0
    yellow: int = 0
    blue: int = 0


class MonthCount(Contract):
    month: date
    injuries: int


class Overview(Contract):
    """The region at a glance. Shares are in [0, 1]; `verified_rate` is null while nobody has answered."""

    enterprises: int
    colours: Colours
    open_warnings: Tiers
    answered_share: float
    cases_12m: int
    cases_prev_12m: int
    verified_rate: float | None
    review_queue: int
    synthetic: bool
    region_name: str
    region_name_en: str
    as_of: date
    months: list[MonthCount]


class MapPoint(Contract):
    """An enterprise on the map; degrees, WGS 84. `high`: open high warnings."""

    id: int
    name: str
    lon: float
    lat: float
    colour: str
    score: float | None
    high: int


class RegionMap(Contract):
    districts: dict[str, Any]
    points: list[MapPoint]


class EnterpriseRow(Contract):
    id: int
    name: str
    industry_code: str
    industry_zh: str
    industry_en: str
    district: str
    colour: str
    score: float | None
    rank: int | None
    trend: float | None
    expected_injuries: float | None
    peer_percentile: float | None
    injuries_12m: int | None
    open_warnings: Tiers
    lon: float | None
    lat: float | None
    synthetic: bool
    sparkline: list[float]


class EnterprisePage(Contract):
    total: int
    page: int
    size: int
    items: list[EnterpriseRow]


class EquipmentOut(Contract):
    id: int
    name: str
    kind: str
    model: str
    count: int | None
    commissioned_on: date | None


class RungOut(Contract):
    """One step of how the rate comes about; `code` is of GB/T 4754-2017, its names beside it."""

    level: str
    code: str
    name_zh: str = ""
    name_en: str = ""
    rate: float
    weight: float


class MovementPartOut(Contract):
    cause: str
    points: float
    text_zh: str
    text_en: str


class MovementOut(Contract):
    """How the score moved since `since`; the parts' points sum to `change`."""

    since: date
    change: float
    parts: list[MovementPartOut]
    text_zh: str
    text_en: str


class ProfileMonthOut(Contract):
    month: date
    score: float
    colour: str
    expected_injuries: float
    expected_injuries_low: float
    expected_injuries_high: float
    expected_lost_days: float
    credibility: float
    injuries_12m: int
    hazards_12m: int
    trend: float
    peer_percentile: float
    reasons_zh: list[str]
    reasons_en: list[str]
    colour_rule: str
    exposure: float
    exposure_basis: str
    yearly_change: float | None
    yearly_change_low: float | None
    yearly_change_high: float | None
    seasons: list[float]
    rungs: list[RungOut]
    movement: MovementOut | None


class EnterpriseDetail(EnterpriseRow):
    employees: int | None
    credit_code: str
    equipment: list[EquipmentOut]
    processes: list[str]
    materials: list[str]
    profile: ProfileMonthOut | None


class IndustryCount(Contract):
    """A division of GB/T 4754-2017 and its enterprises."""

    code: str
    name_zh: str
    name_en: str
    count: int


class PeerRow(Contract):
    """One enterprise of the same class; `rate` is expected injuries a year per 100 employees."""

    id: int
    name: str
    own: bool
    employees: int | None
    colour: str
    score: float | None
    trend: float | None
    injuries_12m: int | None
    hazards_12m: int | None
    expected_injuries: float | None
    rate: float | None


class PeersOut(Contract):
    """The enterprise beside those of its class that are nearest in size. `level` and `code` name the class that has
    enough of them; `median_*` are over all `enterprises` of it that the reader may see."""

    level: str
    code: str
    name_zh: str
    name_en: str
    enterprises: int
    median_score: float | None
    median_rate: float | None
    rows: list[PeerRow]


class ExpectedCasesOut(Contract):
    """Cases of disease to expect; `cases` is null where nobody can tell, and `why_*` says why."""

    cases: float | None
    low: float | None
    high: float | None
    disease_zh: str
    disease_en: str
    source: str
    why_zh: str
    why_en: str


class ExposureOut(Contract):
    """Measured exposure of one post to one agent; an index of 1 is at the limit."""

    id: int
    place: str
    post: str
    key: str
    name_zh: str
    name_en: str
    kind: str
    fraction: str
    measured_on: date
    samples: int
    twa: float
    limit: float | None
    unit: str
    twa_index: float | None
    stel_index: float | None
    mac_index: float | None
    mixture: float | None
    index: float | None
    covered: float
    verdict: str
    clause: str
    people: int | None
    expected: ExpectedCasesOut
    notes_zh: list[str]
    notes_en: list[str]


class GroupOut(Contract):
    """People hurt in one group in 12 months; `change` against the 12 before, with its 90 % interval."""

    dimension: str
    key: str
    name_zh: str
    name_en: str
    injuries: int
    previous: int
    deaths: int
    lost_days: float
    change: float | None
    change_low: float | None
    change_high: float | None
    enterprises: int
    rate: float | None
    rate_low: float | None
    rate_high: float | None


class RegionGroups(Contract):
    """The region by groups. `told`: share of cases that speak of sector, post, age, tenure and in a narrative."""

    month: date | None
    injuries: int
    previous: int
    told: dict[str, float]
    groups: list[GroupOut]
