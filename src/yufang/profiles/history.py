"""Counts by enterprise and month, and sums over moving windows of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from yufang.profiles.credibility import Floats
from yufang.profiles.inputs import EXPOSURE, SIGNAL_KINDS, SIGNALS, checked

# Lost days that stand for a death: the convention of GB/T 15499-1995 (6000 days), kept by GB 15499-2025.
DEATH_DAYS = 6000.0
HOURS_OF_HUNDRED = 200_000.0 / 12  # hours that 100 full-time people work in a month
LONGEST = 120  # months


def month_index(day: date) -> int:
    """Months since year 0 of the month that holds `day`."""
    return day.year * 12 + day.month - 1


def month_start(index: int) -> date:
    """First day of the month with that index."""
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Happening:
    """An injury case or a signal as a sentence needs it; `column` is its month, `count` people or alarms.

    `what` is the accident type's code of a case; a signal has labels with {n} instead.
    """

    column: int
    kind: str  # injury, or one of SIGNAL_KINDS
    count: float
    what: str = ""
    where: str = ""  # equipment, else place, as the source writes it
    deaths: float = 0.0
    label_zh: str = ""
    label_en: str = ""


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
    cited: Floats  # hazards that an authority cited
    unmended: Floats  # hazards found before the month and not mended when it began; zeros where nobody tells
    signals: dict[str, Floats]
    basis: tuple[str, ...]  # what exposure stands on: hours, headcount, payroll or enterprise
    happenings: dict[int, tuple[Happening, ...]] = field(default_factory=dict)  # by row

    @property
    def months(self) -> int:
        return int(self.injuries.shape[1])

    def window(self, table: Floats, end: int, length: int) -> Floats:
        """Sum of `length` months before column `end`, shape (enterprises,). Months before the first count as none."""
        return table[:, max(0, end - length) : max(end, 0)].sum(axis=1)


def build_history(
    enterprises: pl.DataFrame,
    cases: pl.DataFrame,
    hazards: pl.DataFrame,
    *,
    at: date,
    exposure: pl.DataFrame | None = None,
    signals: pl.DataFrame | None = None,
) -> History:
    """Counts from the lake's tables, from records dated before the first day of `at`'s month.

    Exposure starts with the first month of all records. It must not start with the enterprise's own first record:
    whoever enters the data by an accident would then seem to have one every month. Raises ProfileInputError for a
    table of exposure or signals that can't be used.
    """
    ids = tuple(enterprises["enterprise_id"])
    last = month_index(at)
    told = checked(signals, SIGNALS, "signals")
    dated_cases = _monthly(cases, "occurred_on", last)
    dated_hazards = _monthly(hazards, "found_on", last)
    firsts = [f["month"].min() for f in (dated_cases, dated_hazards) if len(f)]
    first = max(min((int(str(f)) for f in firsts), default=last - 1), last - LONGEST)
    shape = (len(ids), last - first)
    order = pl.DataFrame(
        {"enterprise_id": ids, "row": np.arange(len(ids))}, schema_overrides={"enterprise_id": pl.String}
    )
    placed = [
        rows.join(order, on="enterprise_id").filter(pl.col("month") >= first)
        for rows in (dated_cases, dated_hazards, _monthly(told, "on", last))
    ]
    injuries, lost, measured, deaths = _injuries(placed[0], first, shape)
    found, cited, unmended = _hazards(placed[1], first, shape)
    weights, basis = _exposure(enterprises, checked(exposure, EXPOSURE, "exposure"), order, first, shape[1])
    return History(
        enterprises=ids,
        first=first,
        injuries=injuries,
        lost_days=lost,
        measured=measured,
        deaths=deaths,
        hazards=found,
        exposure=weights,
        cited=cited,
        unmended=unmended,
        signals={
            kind: _summed(placed[2].filter(pl.col("kind") == kind), "count", first, shape) for kind in SIGNAL_KINDS
        },
        basis=basis,
        happenings=_happenings(placed[0], placed[2], first),
    )


def _monthly(records: pl.DataFrame, column: str, last: int) -> pl.DataFrame:
    month = pl.col(column).dt.year().cast(pl.Int64) * 12 + pl.col(column).dt.month().cast(pl.Int64) - 1
    return records.filter(pl.col(column).is_not_null()).with_columns(month=month).filter(pl.col("month") < last)


def _summed(rows: pl.DataFrame, column: str, first: int, shape: tuple[int, int]) -> Floats:
    table = np.zeros(shape)
    if len(rows):
        values = rows[column].fill_null(1).to_numpy().astype(float)
        np.add.at(table, (rows["row"].to_numpy(), rows["month"].to_numpy() - first), values)
    return table


def _injuries(rows: pl.DataFrame, first: int, shape: tuple[int, int]) -> tuple[Floats, Floats, Floats, Floats]:
    injuries, lost, measured, deaths = (np.zeros(shape) for _ in range(4))
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
    return injuries, lost, measured, deaths


def _hazards(rows: pl.DataFrame, first: int, shape: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Found, cited by an authority, and not mended as each month begins."""
    found, cited, change = np.zeros(shape), np.zeros(shape), np.zeros((shape[0], shape[1] + 2))
    if len(rows):
        row, month = rows["row"].to_numpy(), rows["month"].to_numpy() - first
        np.add.at(found, (row, month), 1.0)
        np.add.at(cited, (row, month), (rows["origin"].fill_null("") == "citation").to_numpy().astype(float))
        if rows["rectified_on"].is_not_null().mean() or 0:  # a source that never tells says nothing of what stays open
            mended = rows.select(
                (pl.col("rectified_on").dt.year().cast(pl.Int64) * 12 + pl.col("rectified_on").dt.month() - 1 - first)
                .fill_null(shape[1] + 1)
                .clip(0, shape[1] + 1)
            ).to_series()
            opens = month + 1
            closes = np.maximum(mended.to_numpy().astype(np.int64) + 1, opens)
            np.add.at(change, (row, opens), 1.0)
            np.add.at(change, (row, np.minimum(closes, shape[1] + 1)), -1.0)
    return found, cited, change.cumsum(axis=1)[:, :-1]


def _exposure(
    enterprises: pl.DataFrame, told: pl.DataFrame, order: pl.DataFrame, first: int, months: int
) -> tuple[Floats, tuple[str, ...]]:
    """Exposure a month in twelfths of a hundred employees, (enterprises, months), and what it stands on.

    By hours, else headcount, else payroll (at the middle pay per head of those who tell both). An enterprise of which
    nothing is known counts as the middle of those known, or as one unit where nothing is known of any.
    """
    size = enterprises["employees"].cast(pl.Float64).fill_null(0.0).to_numpy()
    people = np.where(size > 0, size, np.nan)
    table = np.repeat(people[:, None], months, axis=1)
    basis = np.where(size > 0, "headcount", "enterprise").astype(object)
    rows = told.join(order, on="enterprise_id")
    both = rows.filter((pl.col("headcount") > 0) & (pl.col("payroll") > 0))
    wage = float((both["payroll"] / both["headcount"]).median() or 0) if len(both) else 0.0  # type: ignore[arg-type]
    heads = (
        pl.when(pl.col("hours").is_not_null())
        .then(pl.col("hours") / HOURS_OF_HUNDRED * 100)
        .when(pl.col("headcount").is_not_null())
        .then(pl.col("headcount"))
        .otherwise(pl.col("payroll") / wage if wage > 0 else None)
    )
    of = (
        pl.when(pl.col("hours").is_not_null())
        .then(pl.lit("hours"))
        .when(pl.col("headcount").is_not_null())
        .then(pl.lit("headcount"))
        .otherwise(pl.lit("payroll"))
    )
    year = pl.col("month").dt.year().cast(pl.Int64) * 12 + pl.col("month").dt.month() - 1 - first
    # Rows for every month first, so that those of one month overrule them.
    known = rows.select("row", year.alias("column"), heads.alias("heads"), of.alias("of")).drop_nulls("heads")
    for row, column, count, kind in known.sort("column", nulls_last=False).iter_rows():
        if column is None:
            table[row, :] = count
        elif 0 <= column < months:
            table[row, column] = count
        basis[row] = kind
    typical = float(np.nanmedian(table)) if np.isfinite(table).any() else 100.0
    table = np.where(np.isfinite(table), table, typical)
    return np.maximum(table, 1e-3) / 100.0 / 12.0, tuple(basis)


def _happenings(cases: pl.DataFrame, signals: pl.DataFrame, first: int) -> dict[int, tuple[Happening, ...]]:
    found: dict[int, list[Happening]] = {}
    coded = "code_accident_type" if "code_accident_type" in cases.columns else "accident_type"
    where = pl.coalesce(
        pl.when(pl.col(c).str.strip_chars() != "").then(pl.col(c).str.strip_chars()) for c in ("equipment", "place")
    )
    rows = cases.select(
        "row",
        pl.col("month") - first,
        pl.col(coded).fill_null(""),
        where.fill_null("").alias("where"),
        "injured",
        "deaths",
    )
    for row, column, code, place, hurt, died in rows.iter_rows():
        people = max((hurt or 0) + (died or 0), 1)
        found.setdefault(row, []).append(Happening(column, "injury", people, code, place, died or 0))
    for row, column, kind, count, zh, en in signals.select(
        "row", pl.col("month") - first, "kind", "count", "label_zh", "label_en"
    ).iter_rows():
        n = 1.0 if count is None else count
        found.setdefault(row, []).append(Happening(column, kind, n, label_zh=zh or "", label_en=en or ""))
    return {row: tuple(listed) for row, listed in found.items()}
