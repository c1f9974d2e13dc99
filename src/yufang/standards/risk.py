"""Risk scores and colours: LEC (Graham-Kinney), the LS matrix and MES. Bands are configuration, not law.

Which score band carries which colour differs by province and company, so every method takes a band table; the
shipped one is only the default.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from yufang.standards.catalogue import code_list, rows
from yufang.standards.model import OutOfScale

Colour = Literal["red", "orange", "yellow", "blue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskColour:
    """A risk colour. `level` 1 is the gravest. `hex` is the conventional colour, to fill an area; `text_on_hex` is
    the colour of letters upon it, `hex_on_white` a darker tone for letters and lines on white. Both pairs reach
    the WCAG 2 contrast of 4.5 : 1."""

    level: int
    key: Colour
    zh: str
    en: str
    risk_zh: str
    risk_en: str
    hex: str
    text_on_hex: str
    hex_on_white: str


def _colour(level: int, key: Colour, names: tuple[str, str, str, str], tones: tuple[str, str, str]) -> RiskColour:
    return RiskColour(
        level=level, key=key, zh=names[0], en=names[1], risk_zh=names[2], risk_en=names[3],
        hex=tones[0], text_on_hex=tones[1], hex_on_white=tones[2],
    )  # fmt: skip


COLOURS: tuple[RiskColour, ...] = (
    _colour(1, "red", ("红", "Red", "重大风险", "Major risk"), ("#FF0000", "#000000", "#C00000")),
    _colour(2, "orange", ("橙", "Orange", "较大风险", "Considerable risk"), ("#FFA500", "#000000", "#A34700")),
    _colour(3, "yellow", ("黄", "Yellow", "一般风险", "General risk"), ("#FFFF00", "#000000", "#7A5C00")),
    _colour(4, "blue", ("蓝", "Blue", "低风险", "Low risk"), ("#0000FF", "#FFFFFF", "#0B4FD0")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Scores from `lower` (itself included unless `lower_open`) up to the next band."""

    code: str
    lower: float
    lower_open: bool
    name_zh: str
    name_en: str
    colour: Colour

    def reached_by(self, score: float) -> bool:
        return score > self.lower if self.lower_open else score >= self.lower


class BandTable:
    """Bands that partition the scores from 0 up: highest first, the lowest starts at 0. Raises ValueError if not."""

    def __init__(self, bands: Iterable[Band]) -> None:
        self.bands = tuple(sorted(bands, key=lambda band: (band.lower, band.lower_open), reverse=True))
        starts = [(band.lower, band.lower_open) for band in self.bands]
        if not starts or starts[-1] != (0.0, False):
            raise ValueError("bands: the lowest band must start at 0, included, so that every score has a band")
        if len(set(starts)) != len(starts):
            raise ValueError(f"bands: two bands start at the same score: {starts}")
        known = {colour.key for colour in COLOURS}
        for band in self.bands:
            if band.colour not in known:
                raise ValueError(f"bands: {band.code}: colour {band.colour!r} is none of {sorted(known)}")

    def of(self, score: float) -> Band:
        """The band of a score ≥ 0. Raises `OutOfScale`."""
        if not (score >= 0 and math.isfinite(score)):
            raise OutOfScale("score", score, "a finite number, zero or more")
        return next(band for band in self.bands if band.reached_by(score))

    @classmethod
    def parse(cls, table: Iterable[Mapping[str, str]]) -> BandTable:
        """From rows with the columns code, lower, lower_open (0 or 1), name_zh, name_en, colour."""
        return cls(
            Band(
                code=row["code"],
                lower=float(row["lower"]),
                lower_open=row["lower_open"] == "1",
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                colour=row["colour"],  # type: ignore[arg-type]  # the constructor checks it
            )
            for row in table
        )


def read_bands(path: Path) -> BandTable:
    """A band table from a CSV file in UTF-8 with the columns of `BandTable.parse`. Raises ValueError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return BandTable.parse(csv.DictReader(file))
        except KeyError as missing:
            raise ValueError(f"{path}: the column {missing} is missing") from None


@cache
def default_bands(method: Literal["lec", "ls", "mes"]) -> BandTable:
    """The shipped bands of a method: the classic values, with the four-colour reading common in guides."""
    return BandTable.parse(row for row in rows("risk_band") if row["method"] == method)


def scale(key: str) -> tuple[float, ...]:
    """The values a factor may take, highest first. `key`: a scale's list key, e.g. `lec_likelihood`."""
    return tuple(float(step.code) for step in code_list(key))


def _on_scale(name: str, value: float, key: str) -> float:
    allowed = scale(key)
    if value not in allowed:
        raise OutOfScale(name, value, "one of " + ", ".join(f"{step:g}" for step in allowed))
    return float(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskScore:
    """A score, its band and the band's colour."""

    score: float
    band: Band
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class LecResult(RiskScore):
    """D = L × E × C with the factors it was made from."""

    likelihood: float
    exposure: float
    consequence: float


def lec(likelihood: float, exposure: float, consequence: float, bands: BandTable | None = None) -> LecResult:
    """LEC score of a task. Raises `OutOfScale` where a factor is not a value of its scale."""
    factors = (
        _on_scale("likelihood", likelihood, "lec_likelihood"),
        _on_scale("exposure", exposure, "lec_exposure"),
        _on_scale("consequence", consequence, "lec_consequence"),
    )
    # Rounded because 0.1 × 0.5 × 7 must not miss a band edge by a binary fraction.
    score = round(math.prod(factors), 6)
    band = (bands or default_bands("lec")).of(score)
    return LecResult(
        score=score, band=band, colour=band.colour,
        likelihood=factors[0], exposure=factors[1], consequence=factors[2],
    )  # fmt: skip


def _score(factors: Iterable[float], bands: BandTable) -> RiskScore:
    score = round(math.prod(factors), 6)
    band = bands.of(score)
    return RiskScore(score=score, band=band, colour=band.colour)


def ls(likelihood: int, severity: int, bands: BandTable | None = None) -> RiskScore:
    """Matrix score R = L × S, each a whole number from 1 to 5. Raises `OutOfScale`."""
    factors = (
        _on_scale("likelihood", likelihood, "ls_likelihood"),
        _on_scale("severity", severity, "ls_severity"),
    )
    return _score(factors, bands or default_bands("ls"))


def mes(measures: float, exposure: float, severity: float, bands: BandTable | None = None) -> RiskScore:
    """MES score R = M × E × S for injuries. Raises `OutOfScale`."""
    factors = (
        _on_scale("measures", measures, "mes_measures"),
        _on_scale("exposure", exposure, "mes_exposure"),
        _on_scale("severity", severity, "mes_severity"),
    )
    return _score(factors, bands or default_bands("mes"))


def risk_colour(key: str) -> RiskColour:
    """The colour `red`, `orange`, `yellow` or `blue`. Raises `OutOfScale`."""
    for colour in COLOURS:
        if colour.key == key:
            return colour
    raise OutOfScale("colour", key, "one of red, orange, yellow, blue")
