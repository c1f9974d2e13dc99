"""What rows say that can't be so: the catalogue's checks, each one vectorised polars expression.

A check changes nothing. It gives findings: row, field, value, rule. Rules whose columns a frame lacks, or that hold
nothing there, have nothing to say about it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from yufang.lake.cleaning.catalogue import Catalogue, Condition, Contradiction, Order, Range, Rule, Stale
from yufang.lake.cleaning.numbers import credit_fault, hidden, id_birthday, id_fault, phone_fault, plate_fault
from yufang.lake.readers import ROW

FINDINGS = pl.Schema({ROW: pl.Int64, "field": pl.String, "value": pl.String, "rule": pl.String})
_ID_INSIDE = r"(?:^|[^0-9A-Za-z])(\d{17}[\dXx]|\d{15})(?:[^0-9A-Za-z]|$)"


def check(frame: pl.DataFrame, table: str, catalogue: Catalogue, today: date | None = None) -> pl.DataFrame:
    """Return every finding in `frame` (canonical columns of `table`, companions, and `_row`).

    `today` settles what is old; without it such rules rest. Columns may be missing.
    """
    return only(_with_birthdays(frame), table, catalogue, today, *_CHECKS)


def only(frame: pl.DataFrame, table: str, catalogue: Catalogue, today: date | None, *operations: str) -> pl.DataFrame:
    """Return the findings of some operations alone."""
    rules = [rule for rule in catalogue.rules.values() if rule.on and rule.operation in operations]
    found = [_CHECKS[rule.operation](frame, rule, today) for rule in rules if rule.covers(table)]
    parts = [part for parts in found for part in parts]
    return pl.concat(parts).sort(ROW, maintain_order=True) if parts else pl.DataFrame(schema=FINDINGS)


def _with_birthdays(frame: pl.DataFrame) -> pl.DataFrame:
    """Take the day of birth from the identity number where the source has no column for it."""
    if "identity_number" not in frame.columns:
        return frame
    born = id_birthday(pl.col("identity_number"))
    known = pl.coalesce("born_on", born) if "born_on" in frame.columns else born
    return frame.with_columns(known.alias("born_on"))


def _rows(frame: pl.DataFrame, rule: Rule, wrong: pl.Expr, field: str, value: pl.Expr) -> list[pl.DataFrame]:
    """Return the rows of `frame` where `wrong` holds, as findings."""
    hit = (
        frame.lazy()
        .filter(wrong.fill_null(False))
        .select(
            pl.col(ROW).cast(pl.Int64),
            pl.lit(field).alias("field"),
            value.cast(pl.String).str.slice(0, 200).alias("value"),
            pl.lit(rule.id).alias("rule"),
        )
    )
    done = hit.collect()
    return [done] if done.height else []


def _said(frame: pl.DataFrame, name: str) -> bool:
    """Whether a column is there and holds anything."""
    return name in frame.columns and frame[name].null_count() < frame.height


def _value_check(fault: Callable[[pl.Expr], pl.Expr], *, personal: bool) -> Callable[..., list[pl.DataFrame]]:
    def run(frame: pl.DataFrame, rule: Rule, today: date | None) -> list[pl.DataFrame]:
        found = []
        for field in rule.fields:
            if not _said(frame, field):
                continue
            shown = hidden(pl.col(field)) if personal else pl.col(field)
            found += _rows(frame, rule, fault(pl.col(field)).is_not_null(), field, shown)
        return found

    return run


def _identity(frame: pl.DataFrame, rule: Rule, today: date | None) -> list[pl.DataFrame]:
    now = pl.lit(today) if today else None
    found = []
    for field in rule.fields:
        if not _said(frame, field):
            continue
        part = frame.select(ROW, pl.col(field).alias("n"))
        if rule.parameters.inside:
            part = part.filter(pl.col("n").str.contains(r"\d{15}").fill_null(False))
            if part.is_empty():
                continue
            # Digits of an identity number may touch Chinese but not other digits or letters.
            part = part.with_columns(pl.col("n").str.extract_all(_ID_INSIDE)).explode("n").drop_nulls("n")
            part = part.with_columns(pl.col("n").str.extract(r"(\d{17}[\dXx]|\d{15})", 1))
            # Fifteen digits without a day in them are an account or an order, not a person.
            own = pl.col("n").str.len_chars() == 18
            part = part.filter(own | id_birthday(pl.col("n")).is_not_null())
        fault = part.with_columns(id_fault(pl.col("n"), now).alias("fault")).filter(pl.col("fault").is_not_null())
        told = pl.concat_str(hidden(pl.col("n")), pl.lit(" · "), pl.col("fault"))
        found += _rows(fault, rule, pl.lit(True), field, told)
    return found


def _range(frame: pl.DataFrame, rule: Rule, today: date | None) -> list[pl.DataFrame]:
    limits: Range = rule.parameters
    found = []
    for field in rule.fields:
        if not _said(frame, field) or not frame.schema[field].is_numeric():
            continue
        wrong = pl.lit(False)
        if limits.min is not None:
            wrong = wrong | (pl.col(field) < limits.min)
        if limits.max is not None:
            wrong = wrong | (pl.col(field) > limits.max)
        found += _rows(frame, rule, wrong, field, pl.col(field))
    return found


def _order(frame: pl.DataFrame, rule: Rule, today: date | None) -> list[pl.DataFrame]:
    order: Order = rule.parameters
    if not (_said(frame, order.earlier) and _said(frame, order.later)):
        return []
    gap = (pl.col(order.later) - pl.col(order.earlier)).dt.total_days()
    if order.within_days is not None:
        wrong = gap > order.within_days
    elif order.least_days is not None:
        wrong = (gap >= 0) & (gap < order.least_days)
    else:
        wrong = gap < 0
    told = pl.concat_str(pl.col(order.earlier).cast(pl.String), pl.lit(" → "), pl.col(order.later).cast(pl.String))
    return _rows(frame, rule, wrong, order.later, told)


def _holds(condition: Condition, frame: pl.DataFrame) -> pl.Expr:
    column = pl.col(condition.field)
    if condition.matches is not None:
        return column.cast(pl.String).str.contains(condition.matches)
    if condition.above is not None:
        return column.cast(pl.Float64, strict=False) > condition.above
    if frame.schema[condition.field].is_numeric():
        return column == pl.lit(condition.equals).cast(pl.Float64)
    return column.cast(pl.String) == str(condition.equals)


def _contradiction(frame: pl.DataFrame, rule: Rule, today: date | None) -> list[pl.DataFrame]:
    spec: Contradiction = rule.parameters
    if not all(_said(frame, condition.field) for condition in spec.all):
        return []
    wrong = pl.all_horizontal(_holds(condition, frame).fill_null(False) for condition in spec.all)
    told = pl.concat_str(
        [
            pl.concat_str(pl.lit(f"{c.field}="), pl.col(c.field).cast(pl.String).str.slice(0, 60), ignore_nulls=True)
            for c in spec.all
        ],
        separator="; ",
    )
    return _rows(frame, rule, wrong, spec.all[0].field, told)


def _stale(frame: pl.DataFrame, rule: Rule, today: date | None) -> list[pl.DataFrame]:
    spec: Stale = rule.parameters
    if today is None or not _said(frame, spec.field):
        return []
    if spec.empty is not None and not _said(frame, spec.empty):
        return []  # a source that never fills the column says nothing by leaving it empty
    wrong = (pl.lit(today) - pl.col(spec.field)).dt.total_days() > spec.days
    if spec.empty is not None:
        wrong = wrong & pl.col(spec.empty).is_null()
    return _rows(frame, rule, wrong, spec.field, pl.col(spec.field))


_CHECKS: dict[str, Callable[[pl.DataFrame, Rule, date | None], list[pl.DataFrame]]] = {
    "identity_number": _identity,
    "credit_code": _value_check(credit_fault, personal=False),
    "phone": _value_check(phone_fault, personal=True),
    "plate": _value_check(plate_fault, personal=True),
    "range": _range,
    "order": _order,
    "contradiction": _contradiction,
    "stale": _stale,
}
