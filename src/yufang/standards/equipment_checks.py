"""How often special equipment must be inspected: which rows of the table a machine falls under, and when they are due.

Special Equipment Safety Law art. 40: inspection is asked for a month before the last one runs out, and what was not
inspected may not be used. The cycles stand in the technical standards that each row names; where they depend on grade
or age the row holds the longest ordinary one, so that nothing is called overdue that may not be.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from yufang.standards.catalogue import code_list
from yufang.standards.model import Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentCheck:
    """One regular check of a kind of special equipment, cycles in months from first use or from the last check.

    by: `body`, a licensed inspection body; `user`, the enterprise itself. ages_months: months of age at which the
    check falls due, before it comes `every_months`; empty where it is due at `first_months` and every cycle after.
    """

    code: str
    name_zh: str
    name_en: str
    catalogue: str  # code of `special_equipment`
    first_months: int
    every_months: int
    ages_months: tuple[int, ...]
    by: Literal["body", "user"]
    clause: str
    confidence: Confidence
    names: tuple[str, ...]
    narrow: tuple[str, ...]
    excepted: tuple[str, ...]


def equipment_checks(at: date | None = None) -> tuple[EquipmentCheck, ...]:
    """The regular checks of special equipment. Raises `NotInForce`."""
    return tuple(
        EquipmentCheck(
            code=found.code,
            name_zh=found.name_zh,
            name_en=found.name_en,
            catalogue=found.values["catalogue"],
            first_months=int(found.values["first_months"]),
            every_months=int(found.values["every_months"]),
            ages_months=tuple(int(age) for age in found.values["ages_months"].split("|") if age),
            by="user" if found.values["by"] == "user" else "body",
            clause=found.clause,
            confidence=found.confidence,
            names=_words(found.values["names"]),
            narrow=_words(found.values["narrow"]),
            excepted=_words(found.values["except"]),
        )
        for found in code_list("special_equipment_check", at)
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split("|") if word)


@lru_cache(maxsize=1)
def _checks() -> tuple[EquipmentCheck, ...]:
    return equipment_checks()


@lru_cache(maxsize=4096)
def checks_of_machine(name: str) -> tuple[EquipmentCheck, ...]:
    """The checks that a machine called `name` (either language) falls under; empty where it is no special equipment.

    A row with words of its own (`narrow`) goes before the general rows of its catalogue code.
    """
    text = unicodedata.normalize("NFKC", name).casefold().replace("_", " ")
    narrow = [row for row in _checks() if _named(row.narrow, text)]
    if narrow:
        best = max(narrow, key=lambda row: max(len(word) for word in row.narrow if _named((word,), text)))
        return (best,)
    named = [row for row in _checks() if _named(row.names, text) and not _named(row.excepted, text)]
    if not named:
        return ()
    longest = max(named, key=lambda row: max(len(word) for word in row.names if _named((word,), text)))
    return tuple(row for row in named if row.catalogue == longest.catalogue)


def _named(words: tuple[str, ...], text: str) -> bool:
    return any(re.search(rf"\b{re.escape(word)}", text) if word.isascii() else word in text for word in words)


def months_after(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it has no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def due_after_use(check: EquipmentCheck, commissioned_on: date, today: date) -> tuple[date, int]:
    """From the day of first use alone: the newest day on which the check fell due, or will first, and how many did.

    Used where no report is known. 0 times: it is not due yet.
    """
    ages = check.ages_months or (check.first_months,)
    due = [months_after(commissioned_on, age) for age in ages]
    while due[-1] <= today:
        due.append(months_after(due[-1], check.every_months))
    passed = [day for day in due if day <= today]
    return (passed[-1], len(passed)) if passed else (due[0], 0)


def due_after_report(check: EquipmentCheck, done_on: date, commissioned_on: date | None = None) -> date:
    """When the check falls due after a report of `done_on`: by age where the table says so, else a cycle later."""
    if check.ages_months and commissioned_on is not None:
        later = [months_after(commissioned_on, age) for age in check.ages_months]
        # A check done up to two months early stands for the one it was done for.
        ahead = [day for day in later if day > months_after(done_on, 2)]
        if ahead:
            return ahead[0]
    return months_after(done_on, check.every_months)
