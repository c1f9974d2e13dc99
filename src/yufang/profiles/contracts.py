"""What leaves the room `profiles`: the risk profile of an enterprise at a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskProfile:
    """Risk of one enterprise as of the first day of `month`, from records dated before it.

    `expected_injuries` and `expected_lost_days` are for the next 12 months. `credibility` in [0, 1] is the weight of
    the enterprise's own record against its class. `score` is 0-100 (the share of the region's enterprises it exceeds in
    expected loss, in per cent, weighted by severity); `peer_percentile` 0-100 ranks it within its industry class.
    `trend` is the change of `expected_injuries` against six months before, as a ratio minus 1.
    """

    enterprise_id: str
    month: date
    injuries_12m: int
    lost_days_12m: float
    hazards_12m: int
    expected_injuries: float
    expected_injuries_low: float
    expected_injuries_high: float
    expected_lost_days: float
    credibility: float
    class_code: str
    score: float
    colour: str  # red | orange | yellow | blue
    trend: float
    peer_percentile: float
    reasons_zh: tuple[str, ...]
    reasons_en: tuple[str, ...]
