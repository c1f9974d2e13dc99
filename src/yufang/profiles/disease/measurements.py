"""The table of measurements: one row a sample or a stretch of a shift, from CSV (UTF-8) or JSON lines or an array."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl

from yufang import standards
from yufang.standards.exposure import ppm_to_mg_m3
from yufang.standards.model import UnknownCode

MEASUREMENTS = pl.Schema(
    {
        "enterprise_id": pl.String,  # as in the lake: credit code where there is one
        "place": pl.String,  # workshop
        "post": pl.String,
        "agent": pl.String,  # `noise`, or a substance by key, name or CAS number (GBZ 2.1)
        "fraction": pl.String,  # dusts: total | respirable; else empty
        "value": pl.Float64,
        "unit": pl.String,  # mg/m3 | ppm | dB(A)
        "minutes": pl.Float64,  # of the shift that the value stands for
        "measured_on": pl.Date,
        "people": pl.Int64,  # who work at the post
        "years": pl.Float64,  # they work there, in all, up to the end (empty: unknown)
        "quartz_pct": pl.Float64,  # free silica in respirable dust, per cent (empty: unknown)
        "acts_on": pl.String,  # substances that act alike carry the same word, for the mixture index
    }
)
_NEEDED = ("enterprise_id", "post", "agent", "value", "unit", "minutes", "measured_on")
NOISE = frozenset({"noise", "噪声"})
UNITS = ("mg/m3", "ppm", "dB(A)")


class MeasurementError(ValueError):
    """A file or row that can't be used: `message` names row, field, value and rule, `way_out` what to do."""

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(f"{message} {way_out}")
        self.message = message
        self.way_out = way_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One row, checked. `value` is mg/m³ or dB(A); `key` is the limit's key or `noise`."""

    enterprise_id: str
    place: str
    post: str
    key: str
    fraction: str
    value: float
    minutes: float
    measured_on: date
    people: int | None
    years: float | None
    quartz_pct: float | None
    acts_on: str


def read_measurements(path: Path) -> tuple[Measurement, ...]:
    """The measurements in `path`, `.csv`, `.json` or `.jsonl`. Raises MeasurementError at the first row that is wrong:
    a file is taken whole or not at all. An index from half a shift would look safe."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise MeasurementError(f"{path} can't be read: {error.strerror}.", "Give a file that exists.") from None
    except UnicodeDecodeError:
        raise MeasurementError(f"{path} is not UTF-8.", "Save it as CSV UTF-8.") from None
    rows = list(_rows(path, text))
    if not rows:
        raise MeasurementError(f"{path} holds no row.", f"Columns are {', '.join(MEASUREMENTS)}.")
    missing = [name for name in _NEEDED if name not in rows[0]]
    if missing:
        raise MeasurementError(
            f"{path}: the column {missing[0]} is missing.", f"Columns are {', '.join(MEASUREMENTS)}."
        )
    return tuple(measurement(row, number) for number, row in enumerate(rows, 1))


def _rows(path: Path, text: str) -> Iterable[dict[str, Any]]:
    if path.suffix == ".csv":
        return csv.DictReader(io.StringIO(text))
    try:
        if path.suffix == ".json":
            found = json.loads(text)
        else:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise MeasurementError(f"{path} is not valid JSON: {error}.", "Use .csv, .json (an array) or .jsonl.") from None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise MeasurementError(f"{path} is no array of objects.", "Write one object a measurement.")
    return found


def measurement(row: dict[str, Any], number: int) -> Measurement:
    """One row, checked; `number` is its place in the file. Raises MeasurementError."""
    agent = _text(row, "agent")
    unit = _text(row, "unit")
    noise = agent.lower() in NOISE
    value = _number(row, number, "value", needed=True)
    minutes = _number(row, number, "minutes", needed=True)
    assert value is not None
    assert minutes is not None
    wanted = ("dB(A)",) if noise else UNITS[:2]
    if unit not in wanted:
        raise _wrong(number, "unit", unit, f"{' or '.join(wanted)} for {agent or 'a substance'}")
    if not 0 < minutes <= 1440:
        raise _wrong(number, "minutes", minutes, "above 0, at most 1440")
    if noise and not 30 <= value <= 150:
        raise _wrong(number, "value", value, "a sound level of 30 to 150 dB(A)")
    key, value = ("noise", value) if noise else _substance(agent, unit, value, number)
    fraction = _text(row, "fraction")
    if fraction not in ("", "total", "respirable"):
        raise _wrong(number, "fraction", fraction, "total, respirable or empty")
    people = _number(row, number, "people")
    quartz = _number(row, number, "quartz_pct")
    if quartz is not None and quartz > 100:
        raise _wrong(number, "quartz_pct", quartz, "per cent, 0 to 100")
    for field in ("enterprise_id", "post"):
        if not _text(row, field):
            raise _wrong(number, field, "", "not empty")
    return Measurement(
        enterprise_id=_text(row, "enterprise_id"),
        place=_text(row, "place"),
        post=_text(row, "post"),
        key=key,
        fraction=fraction,
        value=value,
        minutes=minutes,
        measured_on=_day(row, number),
        people=None if people is None else int(people),
        years=_number(row, number, "years"),
        quartz_pct=quartz,
        acts_on=_text(row, "acts_on"),
    )


def _substance(agent: str, unit: str, value: float, number: int) -> tuple[str, float]:
    try:
        found = standards.limits(agent)
    except UnknownCode as error:
        raise MeasurementError(
            f"row {number}: agent {agent!r} has no exposure limit here.",
            f"{error} Use `noise` or a substance of `yufang standards`.",
        ) from None
    if unit == "mg/m3":
        return found.key, value
    if found.molar_mass is None:
        raise _wrong(number, "unit", unit, f"mg/m3, for {found.name_en} is no gas")
    return found.key, ppm_to_mg_m3(value, found.molar_mass)


def _text(row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    return "" if value is None else str(value).strip()


def _number(row: dict[str, Any], number: int, field: str, *, needed: bool = False) -> float | None:
    text = _text(row, field)
    if not text and not needed:
        return None
    try:
        value = float(text)
    except ValueError:
        raise _wrong(number, field, text, "a number") from None
    if not isfinite(value) or value < 0:
        raise _wrong(number, field, text, "zero or more")
    return value


def _day(row: dict[str, Any], number: int) -> date:
    text = _text(row, "measured_on")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(number, "measured_on", text, "a day as 2026-03-31") from None


def _wrong(number: int, field: str, value: object, rule: str) -> MeasurementError:
    return MeasurementError(
        f"row {number}: {field} is {value!r}; it must be {rule}.", "Correct the row; nothing was taken from the file."
    )
