"""Permits to work: their own danger, and what can't go together (GB 30871)."""

from __future__ import annotations

from typing import Any

from tests.sensing.riskmap.made import GRID, METRES, MINUTE, NOW, RULES, sensor
from yufang.sensing.channels import Limit
from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.permits import Permit, permit_factors, permit_hours, works
from yufang.sensing.riskmap.score import score
from yufang.sensing.riskmap.sensors import Sensor, sensor_factors

HERE = GRID.cell_at(0.25, 0.5)


def permit(kind: str, **more: Any) -> Permit:
    fields: dict[str, Any] = {
        "key": f"permit:{kind}",
        "where": Where(area="1", plan="7", x=0.3, y=0.5),
        "since": NOW - MINUTE,
        "until": NOW + 60 * MINUTE,
        "outdoors": True,
    }
    return Permit(kind=kind, **fields | more)


def of(permits: list[Permit], sensors: list[Sensor], now: int = NOW) -> dict[str, Factor]:
    return {one.ref: one for one in permit_factors(permits, sensors, now, RULES, METRES)}


def test_every_kind_of_work_has_a_weight_and_a_longest_time() -> None:
    assert set(RULES.permits) == set(works())
    assert permit_hours("HOT-1", RULES) == (8, True)
    assert permit_hours("LFT-1", RULES) == (RULES.longest_permit_h, False)


def test_a_permit_counts_while_it_holds() -> None:
    assert "permit:HOT-1" in of([permit("HOT-1")], [sensor(0.0)])
    assert of([permit("HOT-1")], [sensor(0.0)], NOW + 60 * MINUTE) == {}
    assert of([permit("HOT-1", since=NOW + MINUTE)], [sensor(0.0)]) == {}


def test_hot_work_beside_gas_is_graver_than_both_alone() -> None:
    gas = sensor(12.0)  # under half of its alarm level, and above what hot work may start at (0.2 %vol, LEL 2.1)
    alone = score(GRID, sensor_factors([gas], NOW, RULES), RULES).score[HERE]
    found = of([permit("HOT-1")], [gas])
    conflict = found["permit:HOT-1/against/channel:T1.lel"]
    assert "0.2 %vol" in conflict.why_zh
    assert "GB 30871-2022 5.3.2" in conflict.source
    together = score(GRID, [*sensor_factors([gas], NOW, RULES), *found.values()], RULES)
    work = score(GRID, [found["permit:HOT-1"]], RULES).score[HERE]
    assert together.score[HERE] > alone + work
    assert together.levels[HERE] == 1


def test_hot_work_in_clean_air_or_far_from_the_gas_is_no_conflict() -> None:
    assert set(of([permit("HOT-1")], [sensor(3.0)])) == {"permit:HOT-1"}
    far = permit("HOT-1", where=Where(area="2", plan="7", x=0.75, y=0.5))
    assert not any("against" in ref for ref in of([far], [sensor(50.0)]))


def test_hot_work_where_nobody_measures_gas_is_unknown() -> None:
    silent = sensor(3.0, time=NOW - 60 * MINUTE)
    assert of([permit("HOT-1")], [silent])["permit:HOT-1/unwatched"].part == "unknown"


def test_a_confined_space_with_little_oxygen_is_a_conflict() -> None:
    limits = (Limit(kind="low", value=19.5, unit="%vol", source="s"),)

    def oxygen(value: float) -> Sensor:
        return sensor(value, key="o2", quantity="gas:o2", unit="%vol", limits=limits)

    low = of([permit("CSE")], [oxygen(18.0)])["permit:CSE/against/channel:o2"]
    assert "19.5-21 %vol" in low.why_zh
    assert low.source.startswith("GB 30871-2022 6.4")
    assert set(of([permit("CSE")], [oxygen(20.9)])) == {"permit:CSE"}
    assert "permit:CSE/against/channel:o2" in of([permit("CSE")], [oxygen(24.0)])


def test_a_confined_space_with_toxic_gas_is_a_conflict() -> None:
    toxic = sensor(40.0, key="h2s", quantity="gas:h2s", unit="ppm", limits=())
    assert "mg/m³" in of([permit("CSE")], [toxic])["permit:CSE/against/channel:h2s"].why_zh


def test_work_that_wind_forbids() -> None:
    wind = sensor(9.0, key="wind", quantity="wind_speed", unit="m/s", limits=())
    assert "5 级" in of([permit("WAH-2")], [wind])["permit:WAH-2/against/wind"].why_zh
    assert "permit:LFT-1/against/wind" not in of([permit("LFT-1")], [wind])  # from force 6 on
    assert "permit:WAH-2/against/wind" not in of([permit("WAH-2", outdoors=False)], [wind])


def test_blinding_near_hot_work_is_a_conflict() -> None:
    hot = permit("HOT-2", where=Where(area="2", plan="7", x=0.5, y=0.5))
    found = of([permit("BLD"), hot], [sensor(0.0)])
    assert "GB 30871-2022 7.6" in found["permit:BLD/against/permit:HOT-2"].source
    away = permit("HOT-2", where=Where(area="2", plan="7", x=0.9, y=0.5))
    assert "permit:BLD/against/permit:HOT-2" not in of([permit("BLD"), away], [sensor(0.0)])
