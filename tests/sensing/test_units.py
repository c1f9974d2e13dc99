"""Units convert by pint and by the standards' arithmetic, or are refused with the way out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.sensing.errors import SensingError
from yufang.sensing.units import affine, convert, convert_array, known_unit


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "quantity", "expected"),
    [
        (5.0, "%vol", "ppm", "gas:ch4", 50_000.0),
        (50.0, "%LEL", "%vol", "gas:ch4", 2.5),
        (10.0, "mg/m³", "ppm", "gas:h2s", 7.179),  # GBZ 2.1 MAC of H2S at 25 °C
        (20.0, "mg/m3", "ppm", "gas:co", 17.47),
        (1.0, "ppm", "mg/m3", "gas:ch4", 0.6557),
        (1.0, "%LEL", "mg/m3", "gas:ch4", 327.9),
        (20.0, "℃", "°F", "temperature", 68.0),
        (1.0, "MPa", "bar", "pressure", 10.0),
        (60.0, "次/分", "count/second", "heart_rate", 1.0),
        (3.6, "km/h", "m/s", "wind", 1.0),
    ],
)
def test_a_value_converts(value: float, unit: str, wanted: str, quantity: str, expected: float) -> None:
    assert convert(value, unit, wanted, quantity=quantity) == pytest.approx(expected, rel=1e-3)


@given(st.floats(-1e6, 1e6), st.sampled_from([("%LEL", "mg/m3"), ("ppm", "%LEL"), ("ppb", "g/m3")]))
def test_there_and_back_is_the_same(value: float, pair: tuple[str, str]) -> None:
    there = convert(value, *pair, quantity="gas:h2s")
    assert convert(there, *reversed(pair), quantity="gas:h2s") == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("unit", "wanted", "quantity", "why"),
    [
        ("ppm", "m/s", "gas:ch4", "Cannot convert"),
        ("mg/m3", "ppm", "temperature", "names none"),
        ("%LEL", "ppm", "gas:cl2", "no lower explosive limit"),
        ("mg/m3", "ppm", "gas:unobtainium", "no molar mass"),
        ("dB(A)", "Pa", "noise", "different kinds"),
    ],
)
def test_what_does_not_convert_is_refused_with_the_way_out(unit: str, wanted: str, quantity: str, why: str) -> None:
    with pytest.raises(SensingError, match=why) as refused:
        affine(unit, wanted, quantity=quantity, channel="probe-7")
    assert "probe-7" in str(refused.value)
    assert wanted in refused.value.way_out
    assert all(refused.value.zh)


@pytest.mark.parametrize("unit", ["9**9**9", "__import__('os')", "ppm;", "x" * 300, "glorps", "m^99"])
def test_what_is_no_unit_is_not_known_and_never_evaluated(unit: str) -> None:
    assert not known_unit(unit)


def test_an_array_converts_as_its_values_do() -> None:
    values = np.array([0.0, 10.0, np.nan])
    assert convert_array(values, "°C", "kelvin").tolist()[:2] == pytest.approx([273.15, 283.15])
