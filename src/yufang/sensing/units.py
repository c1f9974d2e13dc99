"""Units: pint for physical quantities, the standards' own arithmetic for gases, and a refusal that names the way out.

A conversion is a scale and an offset, so that arrays convert at the cost of one multiplication. `pint` is imported at
the first unit that is none of a gas's (about 18 MB resident).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from yufang.sensing.errors import SensingError
from yufang.standards import UnknownCode, lel_vol_pct, limits
from yufang.standards.exposure import molar_volume

# Spellings that instruments and people use → the one kept here.
_SPELLINGS = {
    "ppmv": "ppm",
    "ppm(v)": "ppm",
    "ppbv": "ppb",
    "mg/m³": "mg/m3",
    "mg/m^3": "mg/m3",
    "mgm3": "mg/m3",
    "µg/m³": "ug/m3",
    "μg/m³": "ug/m3",
    "µg/m3": "ug/m3",
    "μg/m3": "ug/m3",
    "g/m³": "g/m3",
    "%vol": "%vol",
    "vol%": "%vol",
    "%v/v": "%vol",
    "%lel": "%LEL",
    "lel%": "%LEL",
    "℃": "degC",
    "°c": "degC",
    "c": "degC",
    "degc": "degC",
    "℉": "degF",
    "°f": "degF",
    "degf": "degF",
    "k": "kelvin",
    "%rh": "percent",
    "%": "percent",
    "bpm": "count/minute",
    "次/分": "count/minute",
    "m³/h": "m^3/hour",
    "m3/h": "m^3/hour",
    "m³/min": "m^3/minute",
    "m3/min": "m^3/minute",
    "m³/s": "m^3/s",
    "m3/s": "m^3/s",
    "m/s²": "m/s^2",
    "m/s2": "m/s^2",
    "r/min": "rpm",
}
# Units that only convert to themselves: a level on a frequency curve, a path integral, a count, a state.
_ALONE = {"db(a)": "dB(A)", "dba": "dB(A)", "lel.m": "LEL.m", "state": "state", "1": "1", "": "1"}
# Share of a gas by volume, in ppm, that one unit of each stands for (mass and %LEL depend on the gas).
_VOLUME = {"ppm": 1.0, "ppb": 1e-3, "%vol": 1e4}
_MASS = {"mg/m3": 1.0, "ug/m3": 1e-3, "g/m3": 1e3}
_GAS = frozenset({*_VOLUME, *_MASS, "%LEL"})
# Words with at most a one-digit power, joined by / * or ·: nothing else reaches pint, which would evaluate it.
_SAFE = re.compile(r"[A-Za-zµμΩ°_]{1,16}(\^-?[0-9])?([/*·][A-Za-zµμΩ°_]{1,16}(\^-?[0-9])?){0,4}")


def canonical(unit: str) -> str:
    """The one spelling of `unit` that is kept: `mg/m³` → `mg/m3`, `℃` → `degC`, `% LEL` → `%LEL`."""
    bare = unit.strip().replace(" ", "").replace("／", "/").replace("％", "%")
    folded = bare.lower()
    return _ALONE.get(folded) or _SPELLINGS.get(bare) or _SPELLINGS.get(folded) or bare


def known_unit(unit: str) -> bool:
    """Whether `unit` is one that readings can be kept in."""
    name = canonical(unit)
    if name in _GAS or name in _ALONE.values():
        return True
    try:
        _pint_unit(name)
    except ValueError:
        return False
    return True


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def _pint_unit(name: str) -> Any:
    """pint's unit of this name. Raises ValueError."""
    if not _SAFE.fullmatch(name):
        raise ValueError("not the name of a unit")
    import pint

    try:
        return _registry().Unit(name.replace("·", "*"))
    except (pint.PintError, AttributeError, TypeError, ValueError, SyntaxError) as error:
        raise ValueError(str(error)) from error


def affine(
    unit: str,
    wanted: str,
    *,
    quantity: str = "",
    channel: str = "",
    temperature_c: float = 25.0,
    pressure_kpa: float = 101.325,
) -> tuple[float, float]:
    """(scale, offset) such that a value in `unit` times scale plus offset is the value in `wanted`.

    A gas (`quantity` `gas:ch4`) converts between ppm, ppb, %vol, %LEL, mg/m3, ug/m3 and g/m3 through its molar mass
    (GBZ 2.1-2019) and lower explosive limit (handbook), as an ideal gas at the temperature and pressure given. Raises
    SensingError with the way out.
    """
    source, target = canonical(unit), canonical(wanted)
    if source == target:
        return 1.0, 0.0
    try:
        if source in _GAS and target in _GAS:
            basis = (quantity, temperature_c, pressure_kpa)
            return _ppm_of(source, *basis) / _ppm_of(target, *basis), 0.0
        if source in _ALONE.values() or target in _ALONE.values():
            raise ValueError("different kinds of quantity")
        return _physical(source, target)
    except ValueError as error:
        raise SensingError(
            "no_conversion",
            channel=channel or "?",
            quantity=quantity or "?",
            unit=unit,
            wanted=wanted,
            reason=str(error),
        ) from error


def convert(value: float, unit: str, wanted: str, *, quantity: str = "", channel: str = "") -> float:
    """`value` of `unit` in `wanted`; see `affine`. Raises SensingError."""
    scale, offset = affine(unit, wanted, quantity=quantity, channel=channel)
    return value * scale + offset


def convert_array(
    values: npt.NDArray[np.float64], unit: str, wanted: str, *, quantity: str = "", channel: str = ""
) -> npt.NDArray[np.float64]:
    """`values` (n,) of `unit` in `wanted`, as a new array; see `affine`. Raises SensingError."""
    scale, offset = affine(unit, wanted, quantity=quantity, channel=channel)
    return values * scale + offset


@cache
def _physical(source: str, target: str) -> tuple[float, float]:
    if not (_SAFE.fullmatch(source) and _SAFE.fullmatch(target)):
        raise ValueError("not the name of a unit")  # before pint is asked: reading its units takes a third of a second
    try:
        a, b = _pint_unit(source), _pint_unit(target)
        registry = _registry()
        zero = float(registry.Quantity(0.0, a).to(b).magnitude)
        one = float(registry.Quantity(1.0, a).to(b).magnitude)
    except Exception as error:  # pint raises many kinds for what is no unit or doesn't convert
        raise ValueError(str(error)) from error
    return one - zero, zero


@cache
def _ppm_of(unit: str, quantity: str, temperature_c: float, pressure_kpa: float) -> float:
    """ppm by volume that one `unit` of the gas is."""
    if unit in _VOLUME:
        return _VOLUME[unit]
    kind, _, substance = quantity.partition(":")
    if kind != "gas" or not substance:
        raise ValueError("it depends on the gas, and the channel's quantity names none (gas:…)")
    if unit == "%LEL":
        try:
            return lel_vol_pct(substance) * 1e4 / 100
        except UnknownCode as error:
            raise ValueError(f"no lower explosive limit is known for {substance}") from error
    return _MASS[unit] * molar_volume(temperature_c, pressure_kpa) / molar_mass(substance)


# g/mol of gases that have a lower explosive limit but no exposure limit. Source: IUPAC standard atomic weights.
_MOLAR_MASS = {"CH4": 16.043, "H2": 2.016, "C2H2": 26.038, "C2H4": 28.054, "C3H8": 44.097, "O2": 31.998, "N2": 28.014}


def molar_mass(substance: str) -> float:
    """g/mol of a gas. Raises ValueError where none is known."""
    try:
        found = limits(substance).molar_mass
    except UnknownCode:
        found = None
    found = found or _MOLAR_MASS.get(substance.upper())
    if found is None:
        raise ValueError(f"no molar mass is known for {substance}")
    return found
