"""What leaves the room `warning`: a tiered warning with the reasons for its tier and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yufang.deduction.contracts import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class TieredWarning:
    """A warning about one subject of one enterprise.

    `tier`: high | medium | low. `route`: `supervisor_now` for high, `next_inspection` for the others. `rule` names the
    row of the decision table that gave the tier. `subject_key` is the hazard point's key or `profile`; with
    `enterprise_id` and `rule` it identifies the warning across runs. `probability`: of the point being
    confirmed, or for `profile` of any injury within 12 months.
    """

    enterprise_id: str
    subject_key: str
    rule: str
    tier: str
    route: str
    due_on: date
    title_zh: str
    title_en: str
    reason_zh: str
    reason_en: str
    probability: float
    colour: str
    measures: tuple[Measure, ...]  # hierarchy of controls first
    procedure_zh: str
    procedure_en: str
    training: str
    training_en: str = ""
