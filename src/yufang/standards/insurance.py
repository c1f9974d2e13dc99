"""Work-injury insurance: recognition, deadlines, benefits and disability grades."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from yufang.standards.catalogue import code_list
from yufang.standards.model import Confidence, OutOfScale

Unit = Literal["calendar_day", "working_day", "month", "year", "hour", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A situation that decides a recognition. `result`: recognized | deemed | excluded. `factors` are what must be
    shown; `evidence` the codes of the papers usually asked for it."""

    code: str
    result: Literal["recognized", "deemed", "excluded"]
    name_zh: str
    name_en: str
    gloss_zh: str
    gloss_en: str
    factors: tuple[str, ...]
    evidence: tuple[str, ...]
    clause: str
    confidence: Confidence


def recognition_situations(at: date | None = None) -> tuple[Situation, ...]:
    """Situations of articles 14 to 16. Raises `NotInForce`."""
    papers = [(paper.code, paper.values["situation"]) for paper in code_list("recognition_evidence", at)]
    return tuple(
        Situation(
            code=found.code,
            result=found.values["result"],  # type: ignore[arg-type]  # a test holds the column to the three
            name_zh=found.name_zh,
            name_en=found.name_en,
            gloss_zh=found.definition_zh,
            gloss_en=found.definition_en,
            factors=tuple(found.values["factors"].split("|")),
            evidence=tuple(code for code, situation in papers if situation in ("", found.code)),
            clause=found.clause,
            confidence=found.confidence,
        )
        for found in code_list("recognition_situation", at)
    )


def _plus_months(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A time limit counted from `starts`. `value` is None where time stands still instead of running."""

    code: str
    name_zh: str
    name_en: str
    value: int | None
    unit: Unit
    starts_zh: str
    starts_en: str
    note_zh: str
    note_en: str
    clause: str
    effective_from: date | None
    effective_to: date | None
    confidence: Confidence

    def last_day(self, start: date, holidays: Collection[date] = (), worked_weekends: Collection[date] = ()) -> date:
        """The last day of the limit; the day of the event itself is not counted.

        Working days leave out Saturdays, Sundays and `holidays`, but count `worked_weekends`. A last day on a rest
        day is not moved: whoever decides knows the local calendar. Raises `OutOfScale` for hours and for no limit.
        """
        if self.value is None or self.unit in ("hour", "none"):
            raise OutOfScale("unit", self.unit, "a limit counted in days, months or years")
        if self.unit == "calendar_day":
            return start + timedelta(days=self.value)
        if self.unit == "month":
            return _plus_months(start, self.value)
        if self.unit == "year":
            return _plus_months(start, 12 * self.value)
        day, left = start, self.value
        while left:
            day += timedelta(days=1)
            rests = day in holidays or (day.weekday() >= 5 and day not in worked_weekends)
            left -= not rests
        return day


def deadlines(at: date | None = None) -> tuple[Deadline, ...]:
    """Time limits of recognition, assessment, appeal and accident reports in force on day `at`, or all."""
    return tuple(
        Deadline(
            code=found.code,
            name_zh=found.name_zh,
            name_en=found.name_en,
            value=int(found.values["value"]) if found.values["value"] else None,
            unit=found.values["unit"],  # type: ignore[arg-type]  # a test holds the column to the units
            starts_zh=found.values["starts_zh"],
            starts_en=found.values["starts_en"],
            note_zh=found.values["note_zh"],
            note_en=found.values["note_en"],
            clause=found.clause,
            effective_from=found.effective_from,
            effective_to=found.effective_to,
            confidence=found.confidence,
        )
        for found in code_list("deadline", at)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DisabilityBenefit:
    """What a disability grade brings. Months and per cent are of the worker's own wage (art. 64 caps it).

    `monthly_pct` is None where no monthly allowance is due. At grades 5 and 6 the employer pays it, and only where
    no suitable work can be given. `termination_grants` are set by the province.
    """

    grade: int
    lump_sum_months: int
    monthly_pct: int | None
    monthly_payer: Literal["fund", "employer", ""]
    termination_grants: bool
    gloss_zh: str
    gloss_en: str
    clause: str
    confidence: Confidence


def disability_benefit(grade: int, at: date | None = None) -> DisabilityBenefit:
    """Benefits of a disability grade, 1 the gravest to 10. Raises `OutOfScale` and `NotInForce`."""
    if grade not in range(1, 11):
        raise OutOfScale("grade", grade, "a whole number from 1 to 10")
    found = code_list("disability_benefit", at).get(str(grade))
    return DisabilityBenefit(
        grade=grade,
        lump_sum_months=int(found.values["lump_sum_months"]),
        monthly_pct=int(found.values["monthly_pct"]) if found.values["monthly_pct"] else None,
        monthly_payer=found.values["monthly_payer"],  # type: ignore[arg-type]  # held by a test
        termination_grants=found.values["termination_grants"] == "1",
        gloss_zh=found.definition_zh,
        gloss_en=found.definition_en,
        clause=found.clause,
        confidence=found.confidence,
    )
