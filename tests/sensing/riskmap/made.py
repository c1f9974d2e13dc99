"""A made-up site of 100 m x 50 m: a tank area in the open, a hall, and a store that stands on no plan."""

from __future__ import annotations

from typing import Any

from yufang.sensing.channels import limits_of
from yufang.sensing.riskmap.grid import AreaOnMap, Grid
from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.rules import shipped
from yufang.sensing.riskmap.sensors import Sensor

NOW = 1_763_800_000_000_000
MINUTE = 60_000_000
RULES = shipped()
TANKS = AreaOnMap(key="1", outline=((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
HALL = AreaOnMap(key="2", outline=((0.6, 0.1), (0.9, 0.1), (0.9, 0.9), (0.6, 0.9)), indoors=True)
STORE = AreaOnMap(key="3")
GRID = Grid.of("7", 1000, 500, (TANKS, HALL, STORE), 100.0)
METRES = {"7": (100.0, 50.0)}


def hazard(ref: str = "h", **more: Any) -> Factor:
    fields: dict[str, Any] = {
        "kind": "hazard",
        "part": "hazard",
        "where": Where(area="1"),
        "since": NOW,
        "likelihood": 3.0,
        "consequence": 15.0,
        "why_zh": "隐患",
        "why_en": "a hazard",
    }
    return Factor(ref=ref, **fields | more)


def sensor(value: float | None, **more: Any) -> Sensor:
    """A propane sensor in %LEL at the middle of the tanks, heard a second ago."""
    from datetime import date

    fields: dict[str, Any] = {
        "key": "T1.lel",
        "name_zh": "一号罐可燃气体",
        "name_en": "gas at tank 1",
        "quantity": "gas:c3h8",
        "unit": "%LEL",
        "where": Where(area="1", plan="7", x=0.25, y=0.5),
        "limits": limits_of("gas:c3h8", date(2026, 11, 1), unit="%LEL"),
        "every_s": 1.0,
        "low": 0.0,
        "high": 100.0,
        "time": NOW - 1_000_000,
        "value": value,
        "outdoors": True,
        "link": "channel:1",
    }
    return Sensor(**fields | more)
