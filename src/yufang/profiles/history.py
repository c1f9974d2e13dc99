"""Counts by enterprise and month, and sums over moving windows of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from yufang.profiles.credibility import Floats

# Lost days that stand for a death: the convention of GB/T 15499-1995 (6000 days), kept by GB 15499-2025.
DEATH_DAYS = 6000.0


def month_index(day: date) -> int:
    """Months since year 0 of the month that holds `day`."""
    return day.year * 12 + day.month - 1


def month_start(index: int) -> date:
    """First day of the month with that index."""
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class History:
    """Monthly counts, each (enterprises, months); column j is the month `first + j`. The last one ends before `at`."""

    enterprises: tuple[str, ...]
    first: int
    injuries: Floats
    lost_days: Floats
    measured: Floats  # injuries whose lost days are known
    deaths: Floats
    hazards: Floats
    exposure: Floats

    @property
    def months(self) -> int:
        return int(self.injuries.shape[1])

    def window(self, table: Floats, end: int, length: int) -> Floats:
        """Sum of `length` months before column `end`, shape (enterprises,). Months before the first count as none."""
        return table[:, max(0, end - length) : end].sum(axis=1)


def build_history(enterprises: pl.DataFrame, cases: pl.DataFrame, hazards: pl.DataFrame, *, at: date) -> History:
    """Counts from the lake's tables, from records dated before the first day of `at`'s month.

    Exposure is hundreds of employees where their number is known, else one unit an enterprise, from the first month
    of all records on. It must not start with the enterprise's own first record: whoever enters the data by an
    accident would then seem to have one every month.
    """
    ids = tuple(enterprises["enterprise_id"])
    last = month_index(at)
    dated_cases = _monthly(cases, "occurred_on", last)
    dated_hazards = _monthly(hazards, "found_on", last)
    firsts = [f["month"].min() for f in (dated_cases, dated_hazards) if len(f)]
    first = max(min((int(str(f)) for f in firsts), default=last - 1), last - 120)
    shape = (len(ids), last - first)
    injuries, lost, measured, deaths, found = (np.zeros(shape) for _ in range(5))
    order = pl.DataFrame({"enterprise_id": ids, "row": np.arange(len(ids))})
    rows = dated_cases.join(order, on="enterprise_id").filter(pl.col("month") >= first)
    if len(rows):
        place = (rows["row"].to_numpy(), rows["month"].to_numpy() - first)
        died = rows["deaths"].fill_null(0).to_numpy().astype(float)
        hurt = rows["injured"].fill_null(0).to_numpy().astype(float)
        people = np.maximum(hurt + died, 1.0)
        known = rows["lost_days"].is_not_null().to_numpy()
        np.add.at(injuries, place, people)
        np.add.at(measured, place, np.where(known, people, died))
        np.add.at(deaths, place, died)
        np.add.at(lost, place, rows["lost_days"].fill_null(0).to_numpy().astype(float) + died * DEATH_DAYS)
    rows = dated_hazards.join(order, on="enterprise_id").filter(pl.col("month") >= first)
    if len(rows):
        np.add.at(found, (rows["row"].to_numpy(), rows["month"].to_numpy() - first), 1.0)
    return History(ids, first, injuries, lost, measured, deaths, found, _exposure(enterprises, shape[1]))


def _monthly(records: pl.DataFrame, column: str, last: int) -> pl.DataFrame:
    month = pl.col(column).dt.year().cast(pl.Int64) * 12 + pl.col(column).dt.month().cast(pl.Int64) - 1
    return records.filter(pl.col(column).is_not_null()).with_columns(month=month).filter(month < last)


def _exposure(enterprises: pl.DataFrame, months: int) -> Floats:
    """Exposure a month: (enterprises, months), in enterprise-years or hundreds of employee-years."""
    size = enterprises["employees"].cast(pl.Float64).fill_null(0.0).to_numpy()
    return np.repeat(np.where(size > 0, size / 100.0, 1.0)[:, None] / 12.0, months, axis=1)
