"""Accident types by date, the map from the types of 1986 to those of 2025, and accident grades."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from yufang.standards.catalogue import CodeList, code_list, list_info
from yufang.standards.industries import INDUSTRIES, industry
from yufang.standards.model import OutOfScale, UnknownCode

TYPES_1986 = "gb6441_1986_type"
TYPES_2025 = "gb6441_2025_type"


def accident_type_list(at: date) -> CodeList:
    """The accident types in force on day `at`: GB 6441-1986 before 2026-07-01, GB 6441-2025 from then on.

    Raises `NotInForce` before the standard of 1986.
    """
    return code_list(TYPES_2025 if list_info(TYPES_2025).in_force(at) else TYPES_1986, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedType:
    """A type of 1986 read as a type of 2025.

    `mode` is `auto_default` where `code_2025` holds unless the note's circumstance applies, `manual_review` where a
    person (or a model with the narrative) must choose among `candidates`; `code_2025` is then None. The standard
    prints no such map: this one is our reading.
    """

    code_1986: str
    code_2025: str | None
    mode: Literal["auto_default", "manual_review"]
    candidates: tuple[str, ...]
    note_zh: str
    note_en: str

    @property
    def note(self) -> str:
        return self.note_zh


def map_accident_type_1986(code: str) -> MappedType:
    """The 2025 type of a 1986 type code (`01` … `020`). Raises `UnknownCode`."""
    found = code_list(TYPES_1986).get(code)
    target = found.values["code_2025"]
    return MappedType(
        code_1986=found.code,
        code_2025=target or None,
        mode="auto_default" if target else "manual_review",
        candidates=tuple(found.values["candidates_2025"].split("|")),
        note_zh=found.values["map_note_zh"],
        note_en=found.values["map_note_en"],
    )


def industry_accident_code(industry_class: str) -> str:
    """The GB 6441-2025 code of an accident by industry: `WSA3` and the four digits of the GB/T 4754 class.

    Raises `UnknownCode` where `industry_class` is not a class (four digits).
    """
    found = industry(industry_class)
    if found.level != "class":
        raise UnknownCode(INDUSTRIES, industry_class, found.path[-1:], f"{industry_class!r} is not a class code")
    return f"WSA3{found.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccidentGrade:
    """A grade of production-safety accident; `rank` 1 is the gravest."""

    code: str
    rank: int
    name_zh: str
    name_en: str


def accident_grade(deaths: int = 0, serious_injuries: int = 0, loss_wan: float = 0.0) -> AccidentGrade | None:
    """The grade of an accident: the gravest that deaths, serious injuries or direct loss (10,000 yuan) reaches.

    Acute industrial poisonings count as serious injuries. None where all three are zero. Raises `OutOfScale` for a
    negative number. Source: State Council Order 493 art. 3.
    """
    for name, value in (("deaths", deaths), ("serious_injuries", serious_injuries), ("loss_wan", loss_wan)):
        if not value >= 0:
            raise OutOfScale(name, value, "zero or more")
    if not (deaths or serious_injuries or loss_wan):
        return None
    for rank, grade in enumerate(code_list("accident_grade"), start=1):
        limits = grade.values
        if (
            deaths >= int(limits["deaths_min"])
            or serious_injuries >= int(limits["serious_injuries_min"])
            or loss_wan >= float(limits["loss_wan_min"])
        ):
            return AccidentGrade(code=grade.code, rank=rank, name_zh=grade.name_zh, name_en=grade.name_en)
    return None
