"""Which limits apply to a channel on a day, each with its clause; what a channel can't be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from yufang.sensing.channels import Channel, Limit, check_channel, limits_of, limits_with_notes
from yufang.sensing.errors import SensingError
from yufang.standards import NotInForce

DAY = date(2025, 6, 1)


def kinds(quantity: str, unit: str, at: date = DAY, place: str = "") -> dict[str, float]:
    return {limit.kind: round(limit.value, 3) for limit in limits_of(quantity, at, unit=unit, place=place)}


def test_a_detector_of_explosive_shares_gets_the_combustible_set_points() -> None:
    assert kinds("gas:ch4", "%LEL") == {"high": 25.0, "high_high": 50.0}
    assert kinds("gas:co", "%LEL") == {"high": 25.0, "high_high": 50.0}


def test_a_toxic_detector_gets_the_exposure_limits() -> None:
    assert kinds("gas:co", "mg/m3") == {"high": 30.0, "high_high": 60.0, "stel": 30.0, "twa": 20.0}
    assert kinds("gas:h2s", "ppm") == {"high": 7.179, "high_high": 14.358}


def test_oxygen_alarms_below_and_above() -> None:
    assert kinds("gas:o2", "%vol") == {"low": 19.5, "high": 23.5}


def test_what_no_standard_limits_has_no_limit() -> None:
    assert limits_of("temperature", DAY) == limits_of("gas:unobtainium", DAY) == ()


def test_every_limit_names_standard_and_clause() -> None:
    for limit in (*limits_of("gas:co", DAY), *limits_of("gas:ch4", DAY, place="CH4-04")):
        assert limit.source.startswith(("GB/T 50493-2019 5.5.2", "GBZ 2.1-2019", "煤矿安全规程(2016) art.498"))


def test_the_law_of_the_day_holds() -> None:
    assert kinds("gas:ch4", "%vol", place="CH4-01") == {"high": 1.0, "high_high": 1.5}
    with pytest.raises(NotInForce):
        limits_of("gas:ch4", date(2026, 3, 1), place="CH4-01")
    assert kinds("gas:co", "mg/m3", at=date(2019, 1, 1)) == {}  # before either standard


def test_power_returns_only_below_what_the_rules_name() -> None:
    off = next(limit for limit in limits_of("gas:ch4", DAY, place="CH4-01") if limit.kind == "high_high")
    assert off.value - off.hysteresis == pytest.approx(1.0)


def test_a_width_converts_without_the_offset_of_its_unit() -> None:
    limit = Limit(kind="high", value=40.0, unit="°C", source="works rule", hysteresis=2.0)
    from yufang.sensing.channels import _in_unit

    moved = _in_unit(limit, "°F", "temperature")
    assert (moved.value, moved.hysteresis) == (pytest.approx(104.0), pytest.approx(3.6))


def test_a_calibration_ends_with_its_last_day() -> None:
    channel = Channel(key="a", device="d", quantity="gas:co", unit="ppm", calibration_expires=DAY)
    assert channel.calibrated(DAY)
    assert not channel.calibrated(date(2025, 6, 2))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", " a"),
        ("unit", "glorps"),
        ("low", float("nan")),
        ("low", 200.0),
        ("every_s", 0.0),
        ("x", float("inf")),
        ("limits", (Limit(kind="high", value=1.0, unit="m/s", source=""),)),
    ],
)
def test_a_channel_that_cannot_be_is_refused(field: str, value: Any) -> None:
    good = Channel(key="a", device="d", quantity="gas:co", unit="ppm", low=0, high=100)
    assert check_channel(good) is good
    with pytest.raises(SensingError) as refused:
        check_channel(replace(good, **{field: value}))
    assert refused.value.way_out


def test_limits_that_are_missing_or_superseded_are_said_and_never_silently_gone() -> None:
    after = date(2026, 11, 22)
    kept, (note,) = limits_with_notes("gas:ch4", after, unit="%vol", place="CH4-04")
    assert [limit.value for limit in kept] == [
        limit.value for limit in limits_of("gas:ch4", date(2026, 1, 31), place="CH4-04")
    ]
    assert all("2026-01-31" in limit.source for limit in kept)
    assert (note.code, "核对" in note.zh) == ("superseded", True)
    assert limits_with_notes("gas:ch4", date(2026, 1, 31), unit="%vol", place="CH4-04")[1] == ()
    for quantity, more, code in (
        ("gas:unobtainium", {}, "no_standard"),
        ("gas:ch4", {"place": "CH4-99"}, "unknown_place"),
        ("gas:ch4", {"unit": "kg"}, "unit"),
    ):
        found, notes = limits_with_notes(quantity, after, **more)
        assert (found, [n.code for n in notes]) == ((), [code]), quantity
    assert limits_with_notes("temperature", after) == ((), ())
