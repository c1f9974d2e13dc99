"""Sensors, weather, equipment, hazards and people become factors that say why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sensing.riskmap.made import GRID, MINUTE, NOW, RULES, sensor
from yufang.sensing.channels import Limit
from yufang.sensing.readings import Quality
from yufang.sensing.riskmap.equipment import equipment_factors
from yufang.sensing.riskmap.hazards import OpenHazard, hazard_factors
from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.people import band_of, people_factors
from yufang.sensing.riskmap.score import UNKNOWN, score
from yufang.sensing.riskmap.sensors import (
    Ahead,
    Found,
    event_factors,
    forecast_factors,
    next_silence,
    sensor_factors,
)
from yufang.sensing.riskmap.weather import beaufort, weather_factors

HERE = GRID.cell_at(0.25, 0.5)


def level_of(value: float) -> int:
    return int(score(GRID, sensor_factors([sensor(value)], NOW, RULES), RULES).levels[HERE])


def test_gas_far_below_its_limit_is_no_factor() -> None:
    assert sensor_factors([sensor(2.0)], NOW, RULES) == []


@pytest.mark.parametrize(("value", "level"), [(2.0, 4), (13.0, 3), (21.0, 2), (26.0, 1), (60.0, 1)])
def test_gas_that_rises_turns_its_cell_yellow_orange_red(value: float, level: int) -> None:
    assert level_of(value) == level


def test_the_reason_names_sensor_reading_limit_and_clause() -> None:
    (one,) = sensor_factors([sensor(26.0)], NOW, RULES)
    assert "一号罐可燃气体" in one.why_zh
    assert "26" in one.why_zh
    assert "25 %LEL" in one.why_zh
    assert "gas at tank 1" in one.why_en
    assert "GB/T 50493-2019" in one.source
    assert one.link == "channel:1"


def test_a_silent_sensor_is_unknown_and_never_safe() -> None:
    quiet = sensor(2.0, time=NOW - 10 * MINUTE)
    (one,) = sensor_factors([quiet], NOW, RULES)
    assert (one.part, one.kind) == ("unknown", "silent")
    assert "自 11-22 16:16:40 起没有读数" in one.why_zh
    assert score(GRID, [one], RULES).levels[HERE] == UNKNOWN


def test_a_sensor_that_never_spoke_or_gave_nothing_usable_is_unknown() -> None:
    never, bad = sensor(None, time=None), sensor(3.0, flag=int(Quality.BAD))
    assert [one.part for one in sensor_factors([never, bad], NOW, RULES)] == ["unknown", "unknown"]


def test_a_sensor_out_of_calibration_is_doubted_and_still_counts() -> None:
    found = sensor_factors([sensor(26.0, flag=int(Quality.UNCALIBRATED))], NOW, RULES)
    assert [one.part for one in found] == ["unknown", "hazard"]


def test_silence_comes_when_ten_intervals_have_passed_and_not_before_a_minute() -> None:
    assert next_silence([sensor(2.0, every_s=1.0)], NOW, RULES) == NOW - 1_000_000 + MINUTE
    assert next_silence([sensor(2.0, every_s=60.0)], NOW, RULES) == NOW - 1_000_000 + 10 * MINUTE
    assert next_silence([sensor(2.0, time=None)], NOW, RULES) is None


def test_oxygen_is_held_against_clean_air() -> None:
    limits = (Limit(kind="low", value=19.5, unit="%vol", source="s"),)
    fields = {"quantity": "gas:o2", "unit": "%vol", "limits": limits, "high": 30.0}
    assert sensor_factors([sensor(20.9, **fields)], NOW, RULES) == []
    (near,) = sensor_factors([sensor(19.7, **fields)], NOW, RULES)
    (past,) = sensor_factors([sensor(19.0, **fields)], NOW, RULES)
    assert near.likelihood == RULES.gas_share[0.8]
    assert past.likelihood == RULES.first_limit


def test_events_of_one_channel_and_its_reading_are_one_danger() -> None:
    near = sensor(60.0)
    event = Found(key="event:1", kind="high_high", since=NOW, where=near.where, reason_zh="超限", reason_en="over",
                  sensor=near.key)  # fmt: skip
    ahead = Ahead(sensor=near.key, at=NOW, minutes=15, probability=0.9, limit=25)
    by_key = {near.key: near}
    found = sensor_factors([near], NOW, RULES)
    alone = score(GRID, found, RULES).score[HERE]
    found += event_factors([event], by_key, RULES) + forecast_factors([ahead], by_key, NOW, RULES)
    assert len(found) == 3
    assert score(GRID, found, RULES).score[HERE] == alone


def test_a_forecast_counts_until_what_it_told_of_is_over() -> None:
    by_key = {"T1.lel": sensor(5.0)}
    ahead = Ahead(sensor="T1.lel", at=NOW, minutes=15, probability=0.9, limit=25)
    (one,) = forecast_factors([ahead], by_key, NOW, RULES)
    assert "90%" in one.why_zh
    assert forecast_factors([ahead], by_key, NOW + 15 * MINUTE, RULES) == []


def test_a_leak_covers_its_ground() -> None:
    ring = ((0.1, 0.2), (0.4, 0.2), (0.4, 0.8), (0.1, 0.8))
    leak = Found(key="event:2", kind="leak", since=NOW, where=sensor(1.0).where, reason_zh="疑似泄漏",
                 reason_en="a leak", sensor="T1.lel", rings=(ring,), sureness=0.9)  # fmt: skip
    found = score(GRID, event_factors([leak], {"T1.lel": sensor(1.0)}, RULES), RULES)
    assert found.levels[GRID.cell_at(0.38, 0.75)] == 1
    assert "把握 90%" in found.explain(HERE).factors[0].factor.why_zh


def test_an_event_that_doubts_a_sensor_makes_its_place_unknown() -> None:
    stuck = Found(key="event:3", kind="stuck", since=NOW, where=Where(area="1"), reason_zh="", reason_en="")
    assert [one.part for one in event_factors([stuck], {}, RULES)] == ["unknown"]


@pytest.mark.parametrize(("speed", "force"), [(0.0, 0), (7.9, 4), (8.0, 5), (10.8, 6), (40.0, 12)])
def test_beaufort(speed: float, force: int) -> None:
    assert beaufort(speed) == force


def station(quantity: str, unit: str, value: float, **more: Any) -> list[Factor]:
    one = sensor(value, key=quantity, quantity=quantity, unit=unit, limits=(), **more)
    return list(weather_factors([one], NOW, RULES))


def test_strong_wind_makes_every_danger_outdoors_likelier() -> None:
    (one,) = station("wind_speed", "m/s", 12.0)
    assert (one.part, one.times, one.where.extent) == ("multiplier", 1.5, "outdoors")
    assert station("wind_speed", "m/s", 3.0) == []
    assert station("wind_speed", "m/s", 12.0, outdoors=False) == []  # the air of a gallery is no weather


def test_heat_follows_the_rule_for_outdoor_work() -> None:
    hot, stop = station("air_temperature", "degC", 36.0)[0], station("air_temperature", "degC", 41.0)[0]
    assert (hot.likelihood or 0) < (stop.likelihood or 0)
    assert stop.source
    assert station("air_temperature", "degC", 30.0) == []


def test_wbgt_rain_and_lightning() -> None:
    assert "GBZ 2.2-2007" in station("wbgt", "degC", 33.0)[0].source
    assert station("rain", "mm/hour", 20.0)[0].part == "multiplier"
    assert station("lightning", "km", 4.0)[0].part == "hazard"
    assert station("lightning", "km", 40.0) == []


def test_a_weather_station_that_is_silent_leaves_outdoors_unknown() -> None:
    (one,) = station("wind_speed", "m/s", 3.0, time=NOW - 60 * MINUTE)
    assert (one.part, one.where.extent) == ("unknown", "outdoors")


def states(**on: float) -> list[Factor]:
    found = [
        ("press", sensor(v, key=f"press.{name}", quantity=f"state:{name}", unit="1", limits=()))
        for name, v in on.items()
    ]
    return list(equipment_factors(found, NOW, RULES))


def test_equipment_that_runs_in_maintenance_is_a_danger_of_its_own() -> None:
    assert [one.part for one in states(maintenance=1.0, running=0.0)] == ["multiplier"]
    (one,) = states(maintenance=1.0, running=1.0)
    assert (one.part, one.likelihood) == ("hazard", 6)
    assert states(alarm=0.0, bypass=0.0) == []
    assert len(states(alarm=1.0, bypass=1.0)) == 2


def test_open_hazards_weigh_by_level_and_less_once_fixed() -> None:
    levels = ("low", "medium", "high", "major")
    made = [OpenHazard(key=f"hazard:{n}", level=level, where=Where(area="1"), since=NOW, title_zh="缺护栏",
                       title_en="no rail") for n, level in enumerate(levels)]  # fmt: skip
    weights = [one.weight for one in hazard_factors(made, RULES)]
    assert weights == sorted(weights)
    fixed = OpenHazard(key="h", level="high", where=Where(), since=NOW, title_zh="x", title_en="", fixed=True)
    assert hazard_factors([fixed], RULES)[0].weight == weights[2] / 2


def test_people_are_told_as_bands() -> None:
    assert [band_of(n, RULES) for n in (0, 1, 2, 3, 9, 10, 500)] == ["0", "1-2", "1-2", "3-9", "3-9", "10+", "10+"]


def test_an_area_without_people_is_low_and_one_with_silent_tags_is_not_empty() -> None:
    empty = {one.where.area: one.exposure for one in people_factors({"1": 4}, ["1", "2"], 0, NOW, RULES)}
    assert (empty["1"], empty["2"]) == (6, 1)
    unseen = people_factors({"1": 4}, ["1", "2"], 3, NOW, RULES)
    assert {one.where.area: one.exposure for one in unseen if one.part == "exposure"}["2"] == RULES.people.unseen
    assert [one.part for one in unseen if one.kind == "people_unseen"] == ["unknown"]
