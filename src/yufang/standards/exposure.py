"""Occupational exposure limits, explosive limits, alarm set-points, heat, noise and outdoor work in hot weather.

Concentrations are mg/m³ unless a name says ppm or % vol. Conversion is by formula at 25 °C and 101.325 kPa unless
told otherwise; a substance without a molar mass (dusts, mists, fumes) has no ppm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2
from typing import Literal

from yufang.standards.catalogue import code_list, fold
from yufang.standards.model import Confidence, Entry, OutOfScale, UnknownCode

CHEMICALS = "gbz2_1_2019_chemical"
DUSTS = "gbz2_1_2019_dust"
LEL = "lower_explosive_limit"
SETPOINTS = "gbt50493_2019_setpoint"
PHYSICAL = "gbz2_2_2007_physical"
HOT_WEATHER = "hot_weather_rule"


def molar_volume(temperature_c: float = 25.0, pressure_kpa: float = 101.325) -> float:
    """Litres that one mole of an ideal gas fills: 24.47 at 25 °C and 101.325 kPa. Raises `OutOfScale`."""
    if not temperature_c > -273.15:
        raise OutOfScale("temperature_c", temperature_c, "above absolute zero")
    if not pressure_kpa > 0:
        raise OutOfScale("pressure_kpa", pressure_kpa, "above zero")
    return 8.314462618 * (temperature_c + 273.15) / pressure_kpa


def ppm_to_mg_m3(ppm: float, molar_mass: float, temperature_c: float = 25.0, pressure_kpa: float = 101.325) -> float:
    """mg/m³ of a gas of `molar_mass` g/mol at `ppm` parts in a million by volume."""
    return ppm * molar_mass / molar_volume(temperature_c, pressure_kpa)


def mg_m3_to_ppm(mg_m3: float, molar_mass: float, temperature_c: float = 25.0, pressure_kpa: float = 101.325) -> float:
    """Parts in a million by volume of a gas of `molar_mass` g/mol at `mg_m3`."""
    return mg_m3 * molar_volume(temperature_c, pressure_kpa) / molar_mass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureLimit:
    """Limits of one substance in workplace air, mg/m³; None where the table has none.

    `mac` is never to be exceeded, `twa` averages a shift, `stel` 15 minutes. For a dust, `twa` is total and
    `twa_respirable` respirable dust. `molar_mass` is g/mol on the basis that the limit is counted on (as CN, as F …).
    """

    key: str
    kind: Literal["chemical", "dust"]
    name_zh: str
    name_en: str
    cas: str
    mac: float | None
    twa: float | None
    stel: float | None
    twa_respirable: float | None
    molar_mass: float | None
    clause: str
    confidence: Confidence
    note_zh: str
    note_en: str

    @property
    def oel(self) -> tuple[str, float]:
        """The limit that alarms refer to, as (name, mg/m³): MAC, else PC-STEL, else PC-TWA."""
        for name, value in (("MAC", self.mac), ("PC-STEL", self.stel), ("PC-TWA", self.twa)):
            if value is not None:
                return name, value
        raise UnknownCode(CHEMICALS, self.key, (), f"{self.key} has no limit")

    def ppm(self, mg_m3: float | None) -> float | None:
        """A concentration of this substance in ppm; None where it is no gas or there is no value."""
        if mg_m3 is None or self.molar_mass is None:
            return None
        return mg_m3_to_ppm(mg_m3, self.molar_mass)


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def _limit(found: Entry) -> ExposureLimit:
    values = found.values
    return ExposureLimit(
        key=found.code,
        kind="dust" if found.list_key == DUSTS else "chemical",
        name_zh=found.name_zh,
        name_en=found.name_en,
        cas=values.get("cas", ""),
        mac=_number(values.get("mac")),
        twa=_number(values.get("twa")),
        stel=_number(values.get("stel")),
        twa_respirable=_number(values.get("twa_respirable")),
        molar_mass=_number(values.get("molar_mass")),
        clause=found.clause,
        confidence=found.confidence,
        note_zh=values.get("note_zh", ""),
        note_en=values.get("note_en", ""),
    )


def _lookup(key: str, substance: str) -> Entry | None:
    """The entry with this key, CAS number, name or alias; the first where several share it."""
    table = code_list(key)
    if substance in table:
        return table.get(substance)
    named = table.find(substance)
    if named:
        return named[0]
    wanted = substance.strip()
    return next((found for found in table if wanted and found.values.get("cas") == wanted), None)


def _nearest(substance: str, *keys: str) -> tuple[Entry, ...]:
    return tuple(found for key in keys for found in code_list(key).nearest(substance, 3))


def limits(substance: str) -> ExposureLimit:
    """Exposure limits of a chemical or dust by key (`H2S`), name in either language, alias or CAS number.

    A dust has rows by silica content; its plain name gives the first. Raises `UnknownCode`. Source: GBZ 2.1-2019.
    """
    for key in (CHEMICALS, DUSTS):
        found = _lookup(key, substance)
        if found is not None:
            return _limit(found)
    raise UnknownCode(CHEMICALS, substance, _nearest(substance, CHEMICALS, DUSTS))


def exposure_limits() -> Iterator[ExposureLimit]:
    """Every encoded limit, chemicals first."""
    for key in (CHEMICALS, DUSTS):
        yield from map(_limit, code_list(key))


def lel_vol_pct(substance: str) -> float:
    """Lower explosive limit in air, % vol, by key, name or alias. Raises `UnknownCode`. Handbook values."""
    found = _lookup(LEL, substance)
    if found is None:
        raise UnknownCode(LEL, substance, _nearest(substance, LEL))
    return float(found.values["vol_pct"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSetpoint:
    """One alarm threshold. `direction` `above` alarms at or over `value`, `below` at or under it.

    `unit` is `mg/m3`, `%LEL`, `%vol` or `LEL.m`; `vol_pct` and `ppm` give the same value in those units where they
    can be computed. `basis` says what it was taken from. The rule sets the highest value allowed; lower is allowed.
    """

    level: int
    direction: Literal["above", "below"]
    value: float
    unit: str
    vol_pct: float | None
    ppm: float | None
    basis: str
    confidence: Confidence


def _setpoint(code: str, value: float, unit: str, basis: str, **more: float | None) -> AlarmSetpoint:
    rule = code_list(SETPOINTS).get(code)
    return AlarmSetpoint(
        level=int(rule.values["level"]),
        direction="below" if rule.values["direction"] == "below" else "above",
        value=value,
        unit=unit,
        vol_pct=more.get("vol_pct"),
        ppm=more.get("ppm"),
        basis=basis,
        confidence=rule.confidence,
    )


def _rule(code: str) -> float:
    return float(code_list(SETPOINTS).get(code).values["value"])


def alarm_setpoints(substance: str) -> tuple[AlarmSetpoint, ...]:
    """Highest allowed alarm set-points of a fixed gas detector (GB/T 50493-2019 5.5.2).

    A combustible gas gives its %LEL levels, a toxic one its exposure-limit levels, one that is both gives both,
    combustible first; `O2` gives want and excess of oxygen. Raises `UnknownCode` for any other substance.
    """
    if fold(substance) in {"o2", "oxygen", "氧", "氧气"}:
        return tuple(_setpoint(code, _rule(code), "%vol", "O2", vol_pct=_rule(code)) for code in ("O2-LOW", "O2-HIGH"))
    combustible, toxic = _lookup(LEL, substance), _lookup(CHEMICALS, substance)
    if combustible is None and toxic is None:
        raise UnknownCode(SETPOINTS, substance, _nearest(substance, LEL, CHEMICALS))
    found = []
    if combustible is not None:
        lel = float(combustible.values["vol_pct"])
        for code in ("COMB-1", "COMB-2"):
            share = _rule(code)
            found.append(_setpoint(code, share, "%LEL", f"LEL {lel:g} %vol", vol_pct=lel * share / 100))
    if toxic is not None:
        limit = _limit(toxic)
        name, oel = limit.oel
        for code in ("TOX-1", "TOX-2"):
            value = oel * _rule(code) / 100
            found.append(_setpoint(code, value, "mg/m3", f"{name} {oel:g} mg/m3", ppm=limit.ppm(value)))
    return tuple(found)


def wbgt_limit(contact_rate_pct: int, work_class: int) -> float:
    """WBGT limit in °C. `contact_rate_pct`: share of the shift in the heat, 25, 50, 75 or 100; `work_class`: 1 light
    to 4 very heavy. Where outdoor summer ventilation is designed for 30 °C or more, the limit is 1 °C higher.
    Raises `OutOfScale`. Source: GBZ 2.2-2007 table 8.
    """
    if contact_rate_pct not in (25, 50, 75, 100):
        raise OutOfScale("contact_rate_pct", contact_rate_pct, "25, 50, 75 or 100")
    if work_class not in (1, 2, 3, 4):
        raise OutOfScale("work_class", work_class, "1, 2, 3 or 4")
    return float(code_list(PHYSICAL).get(f"WBGT-{contact_rate_pct}-{work_class}").values["value"])


def noise_limit_dba(hours: float) -> float:
    """Equal-energy noise limit in dB(A) for `hours` a day: 85 at 8 h, 3 dB more for each halving. Raises `OutOfScale`.

    Source: GBZ 2.2-2007.
    """
    if not 0 < hours <= 24:
        raise OutOfScale("hours", hours, "above 0, at most 24")
    table = code_list(PHYSICAL)
    base, step = (float(table.get(code).values["value"]) for code in ("NOISE-8H", "NOISE-STEP"))
    return base + step * log2(8 / hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class HotWeatherRule:
    """What the day's highest temperature, °C, demands of outdoor work. `hours_max` is the day's total, None where
    the rule sets none; `stop` means no outdoor work in the open."""

    code: str
    from_c: float
    stop: bool
    hours_max: float | None
    rule_zh: str
    rule_en: str
    clause: str
    confidence: Confidence


def hot_weather_rule(highest_c: float) -> HotWeatherRule | None:
    """The rule for a day whose forecast highest temperature is `highest_c`; None below 35 °C."""
    for found in code_list(HOT_WEATHER):
        if highest_c >= float(found.values["from_c"]):
            return HotWeatherRule(
                code=found.code,
                from_c=float(found.values["from_c"]),
                stop=found.values["stop"] == "1",
                hours_max=_number(found.values["hours_max"]),
                rule_zh=found.definition_zh,
                rule_en=found.definition_en,
                clause=found.clause,
                confidence=found.confidence,
            )
    return None
