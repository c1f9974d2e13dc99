"""The leak detector keeps the contract of all detectors, and says what it can't know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.sensing.leaks.made_up import START, batch, channels, config, readings_ppm, winds
from yufang.sensing.detectors.check import check_detector
from yufang.sensing.detectors.contract import Detector, Event
from yufang.sensing.leaks import LeakDetector
from yufang.sensing.leaks.errors import LeakError
from yufang.sensing.readings import Readings


def _events(readings: Readings, **changes: object) -> list[Event]:
    return LeakDetector.from_config(config(**changes), channels()).update(readings)


def _leak(speed: float = 2.5, minutes: int = 170) -> Readings:
    wind = winds(minutes, seed=1, speed=speed)
    return batch(readings_ppm(wind, 1, 3.0, 40, 90, seed=1), wind)


@pytest.fixture(scope="module")
def leak() -> tuple[Readings, list[Event]]:
    readings = _leak()
    return readings, _events(readings)


def test_it_keeps_the_contract() -> None:
    wind = winds(36, seed=5)
    readings = batch(readings_ppm(wind, 1, 4.0, 12, 24, seed=5), wind)
    few = config(gas=["g0", "g1", "g2", "g4"], instant_ppm=2.0, sources=config()["sources"][:2])
    assert isinstance(LeakDetector.from_config(few, channels()), Detector)
    check_detector(lambda own: LeakDetector.from_config(few, own), channels(), readings, permutes=False, points=1)


def test_one_leak_is_one_episode_with_source_rate_and_sensors(leak: tuple[Readings, list[Event]]) -> None:
    events = leak[1]
    raised = [event for event in events if event.state == "raised"]
    assert len({event.episode for event in events}) == len(raised)
    first = raised[0]
    assert START + 40 * 60_000_000 <= first.since <= first.at
    last = [event for event in events if event.evidence["source"] and event.state != "cleared"][-1]
    assert last.evidence["source"] == "valve"
    rate = last.evidence["rate_kg_h"]
    assert rate["low"] <= 3.0 <= rate["high"]
    assert first.evidence["sensors"]
    assert first.evidence["wind"]["speed_m_s"] > 0.5
    assert "valve" in last.reason_zh
    assert "kg/h" in last.reason_en
    assert events[-1].state == "cleared"


def test_in_a_calm_it_warns_and_says_that_the_air_is_too_still() -> None:
    raised = next(event for event in _events(_leak(speed=0.15, minutes=60)) if event.state == "raised")
    assert raised.evidence["source"] is None
    assert raised.evidence["why_no_source"] == "calm"
    assert "风速过低" in raised.reason_zh
    assert "too still" in raised.reason_en


def test_without_a_wind_reading_it_still_warns(leak: tuple[Readings, list[Event]]) -> None:
    still = leak[0].take(leak[0].channel < 8)
    raised = next(event for event in _events(still) if event.state == "raised")
    assert raised.evidence["wind"] is None
    assert raised.evidence["source"] is None


def test_quiet_air_tells_nothing() -> None:
    wind = winds(90, seed=9)
    assert _events(batch(readings_ppm(wind, None, 0.0, 0, 0, seed=9), wind)) == []


def test_a_very_high_reading_alarms_within_its_minute() -> None:
    wind = winds(60, seed=3)
    values = readings_ppm(wind, None, 0.0, 0, 0, seed=3)
    values[50, 2] = 500.0
    events = _events(batch(values, wind))
    assert events[0].state == "raised"
    assert events[0].channel == "g2"
    assert events[0].at // 60_000_000 == START // 60_000_000 + 50


def test_a_sensor_in_other_units_says_the_same(leak: tuple[Readings, list[Event]]) -> None:
    readings, events = leak
    percent = [replace(c, unit="%vol") if c.quantity == "gas:ch4" else c for c in channels()]
    value = np.where(readings.channel < 8, readings.value / 10_000, readings.value)
    other = LeakDetector.from_config(config(), percent).update(Readings.of(readings.channel, readings.time, value))
    assert [(e.state, e.at) for e in other] == [(e.state, e.at) for e in events]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"gas": ["g0", "nowhere"]}, "nowhere"),
        ({"gas": []}, "gas"),
        ({"gas": ["speed"]}, "speed"),
        ({"wind_speed": None}, "wind_speed"),
        ({"sources": []}, "sources"),
        ({"sources": [{"key": "a", "x": "east", "y": 0}]}, r"sources\[0\].x"),
        ({"sources": [{"key": "a", "x": 0, "y": 0}] * 2}, "sources"),
        ({"latitude": 140}, "latitude"),
        ({"latitude": float("nan")}, "latitude"),
        ({"direction_means": "somehow"}, "direction_means"),
        ({"priors": {"florr": 1}}, "florr"),
        ({"alarm": True}, "alarm"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_configuration_names_the_field_in_both_languages(changes: dict[str, object], field: str) -> None:
    with pytest.raises(LeakError, match=field) as caught:
        LeakDetector.from_config(config(**changes), channels())
    assert caught.value.zh[0]
    assert caught.value.way_out
