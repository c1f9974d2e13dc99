"""What leaves the room `profiles`: the risk profile of an enterprise at a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from yufang.profiles.hierarchy import Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementPart:
    """One cause of a movement and its share in points of the score, with the facts behind it."""

    cause: str  # new_injuries, past_injuries, hazards, sensor, behaviour, certificate, exposure, industry, region
    points: float
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """How the score moved since the first day of the month `since`: `change` is the sum of the parts' points."""

    since: date
    change: float
    parts: tuple[MovementPart, ...]
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskProfile:
    """Risk of one enterprise as of the first day of `month`, from records dated before it.

    `expected_injuries` and `expected_lost_days` are for the next 12 months. `credibility` in [0, 1] is the weight of
    the enterprise's own record against its class. `score` is 0-100 (the share of the region's enterprises it exceeds in
    expected loss, in per cent, weighted by severity); `peer_percentile` 0-100 ranks it within its industry class.
    `trend` is the change of `expected_injuries` against six months before, as a ratio minus 1; `yearly_change` is the
    shrunk yearly change of its injuries with its 5 % and 95 % bounds, None where it was not worked out.

    `exposure` is hundreds of employee-years a year, from `exposure_basis` (hours, headcount, payroll or enterprise).
    `rungs` say how the rate comes about: own record, class, group, division, section, region. `seasons` are the class's
    factors of the calendar months, January first, empty where nobody can tell; these three stand at the newest month.
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
    colour_rule: str = ""
    exposure: float = 0.0
    exposure_basis: str = ""
    yearly_change: float | None = None
    yearly_change_low: float | None = None
    yearly_change_high: float | None = None
    seasons: tuple[float, ...] = ()
    rungs: tuple[Rung, ...] = ()
    movement: Movement | None = None

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> RiskProfile:
        """The profile from its JSON form; fields that an older run did not write keep their defaults."""
        movement = body.get("movement")
        return cls(
            **body
            | {
                "month": date.fromisoformat(body["month"]),
                "reasons_zh": tuple(body["reasons_zh"]),
                "reasons_en": tuple(body["reasons_en"]),
                "seasons": tuple(body.get("seasons") or ()),
                "rungs": tuple(Rung(**r) for r in body.get("rungs") or ()),
                "movement": movement
                and Movement(
                    **movement
                    | {
                        "since": date.fromisoformat(movement["since"]),
                        "parts": tuple(MovementPart(**p) for p in movement["parts"]),
                    }
                ),
            }
        )
