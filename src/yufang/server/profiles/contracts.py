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
