"""Optional tables that a profile uses where they are there: exposure, signals. What is not there is not made up."""

from __future__ import annotations

import polars as pl

# One row an enterprise and month, or one with an empty month for all months. The first that is there counts:
# hours worked, then headcount, then payroll.
EXPOSURE = pl.Schema(
    {
        "enterprise_id": pl.String,
        "month": pl.Date,  # any day of the month; null: every month
        "hours": pl.Float64,  # worked in the month
        "headcount": pl.Float64,
        "payroll": pl.Float64,  # of the month, in one currency
    }
)

# What sensors, cameras, access control or registers of certificates reported. `weight` is how many (alarms, people).
SIGNALS = pl.Schema(
    {
        "enterprise_id": pl.String,
        "on": pl.Date,
        "kind": pl.String,  # one of SIGNAL_KINDS
        "label_zh": pl.String,  # with {n}: "{n}名焊工证书过期"
        "label_en": pl.String,  # with {n}: "certificates of {n} welders expired"
        "count": pl.Float64,
    }
)
SIGNAL_KINDS = ("sensor", "behaviour", "certificate")


class ProfileInputError(ValueError):
    """A table that can't be used: `message` names table, field, value and rule, `way_out` what to do."""

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(f"{message} {way_out}")
        self.message = message
        self.way_out = way_out


def checked(table: pl.DataFrame | None, schema: pl.Schema, name: str) -> pl.DataFrame:
    """`table` in the columns of `schema`, empty where there is none. Raises ProfileInputError.

    Columns that are missing are empty; numbers must be finite and not negative.
    """
    if table is None:
        return pl.DataFrame(schema=schema)
    if "enterprise_id" not in table.columns:
        raise ProfileInputError(f"{name}: the column enterprise_id is missing.", "Name the enterprise of each row.")
    for column, kind in schema.items():
        if column not in table.columns:
            table = table.with_columns(pl.lit(None, dtype=kind).alias(column))
    try:
        table = table.select(pl.col(column).cast(kind) for column, kind in schema.items())
    except pl.exceptions.InvalidOperationError as error:
        raise ProfileInputError(
            f"{name}: a column has the wrong type: {error}.", f"Types are {dict(schema)}."
        ) from None
    for column in ("hours", "headcount", "payroll", "count"):
        if column in schema:
            value = pl.col(column)
            bad = table.filter(value.is_not_null() & ((value < 0) | ~value.is_finite()))
            if len(bad):
                row = bad.row(0, named=True)
                raise ProfileInputError(
                    f"{name}: {column} of {row['enterprise_id']} is {row[column]:g}; it must be zero or more.",
                    "Correct the row or leave the field empty.",
                )
    if "kind" in schema:
        _known_kinds(table, name)
    return table


def _known_kinds(table: pl.DataFrame, name: str) -> None:
    strange = table.filter(~pl.col("kind").is_in(SIGNAL_KINDS) | pl.col("kind").is_null())
    if len(strange):
        row = strange.row(0, named=True)
        raise ProfileInputError(
            f"{name}: kind of {row['enterprise_id']} is {row['kind']!r}; it must be one of {', '.join(SIGNAL_KINDS)}.",
            "Correct the kind of the row.",
        )
