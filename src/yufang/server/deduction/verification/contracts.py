"""What leaves the room for the visit on site and for the rates of verification."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.deduction.contracts import LecOut, MeasureOut, Result, Status
from yufang.server.errors import Contract

Kind = Literal["likely", "explore"]
Dimension = Literal["pack", "industry", "inspector", "month"]


class SlotOut(Contract):
    """One point of a round with all that is needed beside the machine, so that the page works without a network.

    `own_zh`, `own_en`: the enterprise's own machine, "" where the equipment is only to be expected. `check_…`: what to
    do to confirm or refute it; the circumstance where the pack has no such text.
    `status` is the point's own; `answer` the id of the newest valid answer given to this place of the list.
    """

    id: int
    position: int
    kind: Kind
    propensity: float
    point_id: int
    title_zh: str
    title_en: str
    equipment: str
    equipment_en: str
    part: str
    part_en: str
    own_zh: str
    own_en: str
    check_zh: str
    check_en: str
    circumstance_zh: str
    circumstance_en: str
    consequence_zh: str
    consequence_en: str
    clause: str
    measures: list[MeasureOut]
    probability: float
    looks: int
    reasons: int
    lec: LecOut
    accident_type_zh: str
    accident_type_en: str
    severity: str
    status: Status
    result: Result | None
    note: str
    photos: int
    answered_by: str | None
    answered_by_en: str | None
    answer_id: int | None
    answer_client: str | None


class RoundOut(Contract):
    """The list of one visit. `left`: points of the enterprise that nobody has answered and that are on no open list."""

    id: int
    enterprise_id: int
    enterprise_name: str
    day: date
    number: int
    drawn_at: datetime
    explore_share: float
    slots: list[SlotOut]
    left: int
    synthetic: bool


class RoundOrNone(Contract):
    """The newest round of today, or null with the number of points that a round could be drawn from."""

    enterprise_id: int
    enterprise_name: str
    round: RoundOut | None
    left: int
    synthetic: bool


class VerifiedShare(Contract):
    """A share of answers confirmed, with its 95 % Wilson interval. `small`: too few answers to compare by."""

    answered: int
    confirmed: int
    not_found: int
    not_applicable: int
    share: float | None
    low: float
    high: float
    small: bool
    expected: float | None  # mean probability that the platform had given these points


class WeightedShare(Contract):
    """The share among all points that lists were drawn from: answers weighted by 1/propensity (Hájek)."""

    share: float
    low: float
    high: float
    effective: float
    small: bool


class VerifiedRow(Contract):
    """One group. `proposed` leaves explored points out; `weighted` is null where no answer came from a list."""

    key: str
    name_zh: str
    name_en: str
    proposed: VerifiedShare
    explored: VerifiedShare
    weighted: WeightedShare | None


class FirstMile(Contract):
    """How the start goes: the enterprise's first day with an answer beside all later days, and how far it has got."""

    enterprises: int  # with points
    visited: int  # with at least one valid answer
    rounds: int
    places: int  # on these rounds' lists
    places_answered: int
    first: VerifiedShare
    later: VerifiedShare


class VerifiedRates(Contract):
    """Rates of verification from `since` to `until` (both included)."""

    by: Dimension
    since: date | None
    until: date | None
    smallest: int  # a group with fewer answers is called small
    total: VerifiedRow
    rows: list[VerifiedRow]
    first_mile: FirstMile
    belief_version: str | None
    synthetic: bool
