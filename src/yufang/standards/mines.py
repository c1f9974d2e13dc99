"""Limits of methane and other gases in coal mines, from the edition of the Coal Mine Safety Rules that was read (2016).

The revision in force from 2026-02-01 may differ: asking for a day after the old edition raises `NotInForce`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yufang.standards.catalogue import code_list
from yufang.standards.model import Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class MethaneLimit:
    """Set-points of a methane sensor in % vol: alarm and power-off at or over, power back under `restore_below`."""

    code: str
    location_zh: str
    location_en: str
    alarm: float
    power_off: float | None
    restore_below: float | None
    scope_zh: str
    scope_en: str
    confidence: Confidence


def methane_limits(at: date | None = None) -> tuple[MethaneLimit, ...]:
    """Methane sensor set-points by location. Raises `NotInForce` for a day outside the edition read."""
    return tuple(
        MethaneLimit(
            code=found.code,
            location_zh=found.name_zh,
            location_en=found.name_en,
            alarm=float(found.values["alarm"]),
            power_off=float(found.values["power_off"]) if found.values["power_off"] else None,
            restore_below=float(found.values["restore_below"]) if found.values["restore_below"] else None,
            scope_zh=found.values["scope_zh"],
            scope_en=found.values["scope_en"],
            confidence=found.confidence,
        )
        for found in code_list("coal_methane_sensor_2016", at)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MineAirRule:
    """A limit of mine air. Where `quantity op value` holds: for `kind` `act` the action is due, for `require` the
    state is as it must be."""

    code: str
    name_zh: str
    name_en: str
    quantity: str
    op: str
    value: float
    unit: str
    kind: str
    action_zh: str
    action_en: str
    clause: str
    confidence: Confidence


def mine_air_rules(at: date | None = None) -> tuple[MineAirRule, ...]:
    """Rules for air, temperature and noise underground. Raises `NotInForce` for a day outside the edition read."""
    return tuple(
        MineAirRule(
            code=found.code,
            name_zh=found.name_zh,
            name_en=found.name_en,
            quantity=found.values["quantity"],
            op=found.values["op"],
            value=float(found.values["value"]),
            unit=found.values["unit"],
            kind=found.values["kind"],
            action_zh=found.values["action_zh"],
            action_en=found.values["action_en"],
            clause=found.clause,
            confidence=found.confidence,
        )
        for found in code_list("coal_mine_air_2016", at)
    )
