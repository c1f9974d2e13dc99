"""Industries of GB/T 4754-2017 and the work-injury insurance class each falls into."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from yufang.standards.catalogue import code_list
from yufang.standards.model import Confidence, Entry, UnknownCode

INDUSTRIES = "gbt4754_2017"
Level = Literal["section", "division", "group", "class"]
_LEVELS: tuple[Level, ...] = ("section", "division", "group", "class")


@dataclass(frozen=True, slots=True, kw_only=True)
class Industry:
    """An industry at any level, with the codes above it (None below its own level)."""

    code: str
    level: Level
    name_zh: str
    name_en: str
    section: str
    division: str | None
    group: str | None
    path: tuple[Entry, ...]  # from the section down to itself


def industry(code: str) -> Industry:
    """The industry of `code`: a section letter, or digits with or without it (`C`, `26`, `261`, `2614`, `C2614`).

    Raises `UnknownCode`, also where the letter is not the section that the digits stand in.
    """
    table = code_list(INDUSTRIES)
    plain = unicodedata.normalize("NFKC", code).strip().upper()
    letter, digits = (plain[0], plain[1:]) if plain[:1].isalpha() else ("", plain)
    if digits and not digits.isdecimal():
        raise UnknownCode(INDUSTRIES, code, table.nearest(code))
    found = table.get(digits or letter)
    path = (*reversed(table.ancestors(found.code)), found)
    if letter and path[0].code != letter:
        reason = f"{INDUSTRIES}: {digits} {found.name_zh} stands in section {path[0].code}, not {letter}"
        raise UnknownCode(INDUSTRIES, code, (found,), reason)
    codes = [step.code for step in path] + [None] * 2
    return Industry(
        code=found.code,
        level=_LEVELS[len(path) - 1],
        name_zh=found.name_zh,
        name_en=found.name_en,
        section=path[0].code,
        division=codes[1],
        group=codes[2],
        path=path,
    )


class NoRateClass(ValueError):
    """The national table gives this industry no single class; the local agency's table decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateClass:
    """A risk class of work-injury insurance for an industry.

    `base_rate_pct` is per cent of wages, the national guide value; pooling areas set their own. `grades_pct` are the
    floating grades in per cent of the base rate; `rates_pct` the rates they give, in per cent of wages.
    """

    number: int
    base_rate_pct: float
    grades_pct: tuple[int, ...]
    division: str
    confidence: Confidence
    note_zh: str
    note_en: str

    @property
    def rates_pct(self) -> tuple[float, ...]:
        return tuple(round(self.base_rate_pct * grade / 100, 4) for grade in self.grades_pct)


def rate_class(industry_code: str) -> RateClass:
    """The risk class of an industry (division, group or class). A group of its own row goes before its division.

    Raises `UnknownCode`, and `NoRateClass` for a section and for a division that the table of 2015 doesn't know.
    """
    found = industry(industry_code)
    if found.division is None:
        raise NoRateClass(f"section {found.code} {found.name_zh} spans several classes; give a division, e.g. 26")
    table = code_list("wii_rate_division")
    row = table.get(found.group if found.group and found.group in table else found.division)
    if not row.values["risk_class"]:
        raise NoRateClass(f"division {row.code} {row.name_zh}: {row.values['note_en']}")
    of_class = code_list("wii_rate_class").get(row.values["risk_class"])
    return RateClass(
        number=int(of_class.code),
        base_rate_pct=float(of_class.values["base_rate_pct"]),
        grades_pct=tuple(int(grade) for grade in of_class.values["grades_pct"].split("|")),
        division=found.division,
        confidence=row.confidence,
        note_zh=row.values["note_zh"],
        note_en=row.values["note_en"],
    )
