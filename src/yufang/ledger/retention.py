"""How long records are kept, by type: data in `retention.yaml`, read here into rules that say until when."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Since = Literal["written", "closed", "left"]  # the day it was written, its case was closed, the person left
Standing = Literal["keep", "may_go", "must_go"]


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time on the calendar."""

    years: int = 0
    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """The day on which the period that began on `day` is over; 29 February plus a year is 28 February."""
        month = day.month - 1 + self.months
        year = day.year + self.years + month // 12
        month = month % 12 + 1
        return date(year, month, min(day.day, calendar.monthrange(year, month)[1])) + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long one type of record is kept. `verified` is False where the number still has to be confirmed.

    `at_least`: erasing earlier is refused. `at_most`: then the record's personal data goes; None: no job removes it.
    Both count from the day that `since` names. `subjects` are the first parts of the ledger subjects it covers.
    """

    type: str
    zh: str
    en: str
    subjects: tuple[str, ...]
    since: Since
    at_least: Period | None
    at_most: Period | None
    source: str
    verified: bool

    def keep_until(self, since: date) -> date | None:
        """The first day on which the record may go; None where nothing asks to keep it."""
        return self.at_least.after(since) if self.at_least else None

    def gone_by(self, since: date) -> date | None:
        """The day from which the record must be gone; None where no job removes it."""
        return self.at_most.after(since) if self.at_most else None

    def standing(self, since: date, today: date) -> Standing:
        """Whether a record whose period began on `since` has to be kept, may go or must go today."""
        gone, kept = self.gone_by(since), self.keep_until(since)
        if gone is not None and today >= gone:
            return "must_go"
        return "keep" if kept is not None and today < kept else "may_go"


@lru_cache(maxsize=1)
def retention_rules() -> dict[str, RetentionRule]:
    """Every rule by its type, in the order of the file. Raises ValueError naming the entry that isn't a rule."""
    return read_rules(files("yufang.ledger").joinpath("retention.yaml").read_text(encoding="utf-8"))


def read_rules(text: str) -> dict[str, RetentionRule]:
    """Read rules written as YAML; an organisation may keep its own file. Raises ValueError naming entry and field."""
    rules: dict[str, RetentionRule] = {}
    for number, entry in enumerate(yaml.safe_load(text) or [], start=1):
        try:
            rule = _rule(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"retention rule {number}: {error} is missing or not of the right form") from error
        if rule.type in rules:
            raise ValueError(f"retention rule {number}: {rule.type} is there already")
        if (
            rule.at_least
            and rule.at_most
            and rule.at_most.after(date(2001, 1, 1)) < rule.at_least.after(date(2001, 1, 1))
        ):
            raise ValueError(f"retention rule {number}: at_most ends before at_least")
        rules[rule.type] = rule
    return rules


def rule_of_subject(subject: str) -> RetentionRule | None:
    """The rule for what a ledger leaf speaks of (`hazard:17`); None where none covers it."""
    first = subject.partition(":")[0]
    return next((rule for rule in retention_rules().values() if first in rule.subjects), None)


def _rule(entry: dict[str, Any]) -> RetentionRule:
    since = entry["since"]
    if since not in ("written", "closed", "left"):
        raise ValueError(f"since: {since!r}")
    return RetentionRule(
        type=str(entry["type"]),
        zh=str(entry["zh"]),
        en=str(entry["en"]),
        subjects=tuple(str(subject) for subject in entry["subjects"]),
        since=since,
        at_least=Period(**entry["at_least"]) if "at_least" in entry else None,
        at_most=Period(**entry["at_most"]) if "at_most" in entry else None,
        source=str(entry["source"]),
        verified=entry["verified"] is True,
    )
