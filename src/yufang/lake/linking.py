"""Give every row its enterprise and its id, and set doubled rows apart: what needs all rows of a file at once."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from yufang.lake.clean import EXTRA
from yufang.lake.identity import sha256
from yufang.lake.mapping import ENTERPRISE_FIELDS, KINDS
from yufang.lake.names import is_credit_code, name_id, normalise_name
from yufang.lake.readers import ROW
from yufang.lake.tables import TABLES
from yufang.lake.values import by_distinct

ID_OF = {"cases": "case_id", "hazards": "record_id", "enterprises": "enterprise_id", "equipment": "equipment_id"}


@dataclass(frozen=True)
class Linked:
    """Rows with ids, the enterprises they name, and what linking changed or refused."""

    rows: pl.DataFrame  # canonical columns and _row
    enterprises: pl.DataFrame  # canonical columns of `enterprises`, one row for each id
    rejects: pl.DataFrame  # _row, field, value, rule
    changes: pl.DataFrame  # _row, field, original, rule
    known: int  # rows that the lake already holds with the same content


def link(rows: pl.DataFrame, kind: str, lake: dict[str, pl.DataFrame], *, keep_duplicates: bool) -> Linked:
    """Link cleaned `rows` of one file. `lake` holds the tables as they stand before."""
    name_column = "name" if kind == "enterprises" else "enterprise_name"
    rows, changes = _check_codes(rows, kind)
    rows = _enterprise_ids(rows, name_column, lake["enterprises"])
    named = _enterprises(rows, kind)
    rows = rows.drop(column for column in rows.columns if column.startswith(EXTRA))
    rows = rows.with_columns(_content_hash(rows, kind).alias("_hash"))
    rows, doubled = _own_ids(rows, kind, keep_duplicates)
    rows, conflicts, known = _against_lake(rows, kind, lake[KINDS[kind]])
    return Linked(rows.drop("_hash"), named, pl.concat([doubled, conflicts]), changes, known)


def _content_hash(rows: pl.DataFrame, kind: str) -> pl.Series:
    """Hash what a row says. Its enterprise counts by name: the id of a name may change as the lake learns more."""
    who = [column for column in ("enterprise_name", "enterprise_id") if column in rows.columns]
    apart = (ID_OF[kind], "source", "source_row", *who)
    content = [column for column in TABLES[KINDS[kind]] if column not in apart]
    return sha256(rows.with_columns(pl.coalesce(who).alias("_who")), ["_who", *content])


def _check_codes(rows: pl.DataFrame, kind: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Empty credit codes whose check digit is wrong: a mistyped code would join two enterprises or part one."""
    column = f"{EXTRA}credit_code" if f"{EXTRA}credit_code" in rows.columns else "credit_code"
    empty = pl.DataFrame(schema={ROW: pl.Int64, "field": pl.String, "original": pl.String, "rule": pl.String})
    if column not in rows.columns:
        return rows, empty

    def read(value: str) -> tuple[str | None, str | None]:
        code = value.replace(" ", "").upper()
        if is_credit_code(code):
            return code, None if code == value else "text"
        return None, "unreadable_credit_code"

    parsed = by_distinct(rows[column], read, pl.String)
    noted = pl.DataFrame({ROW: rows[ROW], "original": rows[column], "rule": parsed.rules}).drop_nulls("rule")
    changes = noted.select(ROW, pl.lit("credit_code").alias("field"), "original", "rule")
    return rows.with_columns(parsed.values.alias("credit_code")).drop(
        [column] if column != "credit_code" else []
    ), changes


def _enterprise_ids(rows: pl.DataFrame, name: str, known: pl.DataFrame) -> pl.DataFrame:
    """Fill `enterprise_id`: as given; else by credit code; else by a name the lake knows; else from the name."""
    normal = by_distinct(rows[name], lambda value: (normalise_name(value) or None, None), pl.String).values
    hashed = by_distinct(rows[name], lambda value: (name_id(value), None), pl.String).values
    lookup = known.select("enterprise_id", "name", "credit_code")
    lookup = lookup.with_columns(
        by_distinct(lookup["name"], lambda v: (normalise_name(v), None), pl.String).values.alias("_normal")
    )
    # A name that two enterprises share tells nothing about which is meant.
    by_name = lookup.drop_nulls("_normal").filter(pl.len().over("_normal") == 1)
    by_code = lookup.drop_nulls("credit_code").unique("credit_code", keep="first")
    code = "credit_code" if "credit_code" in rows.columns else None
    rows = rows.with_columns(normal.alias("_normal"), hashed.alias("_hashed"))
    rows = rows.join(
        by_name.select(
            "_normal", pl.col("enterprise_id").alias("_by_name"), pl.col("credit_code").alias("_their_code")
        ),
        on="_normal",
        how="left",
        maintain_order="left",
    )
    choices = [pl.col("enterprise_id")]
    if code:
        rows = rows.join(
            by_code.select("credit_code", pl.col("enterprise_id").alias("_by_code")),
            on="credit_code",
            how="left",
            maintain_order="left",
        )
        # The same name with another credit code is another enterprise.
        same = pl.col("_their_code").is_null() | pl.col(code).is_null() | (pl.col("_their_code") == pl.col(code))
        choices += [pl.col("_by_code"), pl.when(same).then("_by_name"), pl.col(code), pl.col("_hashed")]
    else:
        choices += [pl.col("_by_name"), pl.col("_hashed")]
    rows = rows.with_columns(pl.coalesce(choices).alias("enterprise_id"))
    return rows.drop([column for column in rows.columns if column.startswith("_") and column != ROW])


def _enterprises(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return one row for each enterprise named, with the first value found for each of its fields."""
    schema = TABLES["enterprises"]
    if kind == "enterprises":
        return pl.DataFrame(schema=schema)
    fields = {"enterprise_id": "enterprise_id", "name": "enterprise_name"}
    for field in ENTERPRISE_FIELDS:
        for column in (f"{EXTRA}{field}", field):
            if column in rows.columns and (column.startswith(EXTRA) or field in ("industry_code", "credit_code")):
                fields.setdefault(field, column)
    given = rows.select([pl.col(column).alias(field) for field, column in fields.items()]).drop_nulls("enterprise_id")
    grouped = given.group_by("enterprise_id", maintain_order=True).agg(
        pl.all().exclude("enterprise_id").drop_nulls().first()
    )
    return grouped.select(
        (pl.col(column) if column in grouped.columns else pl.lit(None)).cast(dtype).alias(column)
        for column, dtype in schema.items()
    )


def _own_ids(rows: pl.DataFrame, kind: str, keep_duplicates: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Fill the row's own id from its content where the source gives none; refuse rows that repeat an earlier one."""
    key = ID_OF[kind]
    place = pl.col(ROW).cum_count().over("_hash") - 1
    rows = rows.with_columns(place.alias("_place"))
    derived = pl.col("_hash").str.slice(0, 20)
    if keep_duplicates:
        # The second of two identical rows needs an id of its own, the same one each time the file is read.
        suffix = pl.when(pl.col("_place") > 0).then(pl.format("-{}", pl.col("_place") + 1)).otherwise(pl.lit(""))
        derived = pl.concat_str([derived, suffix])
    rows = rows.with_columns(pl.coalesce(pl.col(key), derived).alias(key))
    first = pl.col(ROW).first().over(key)
    repeated = rows.select(ROW, key, first.alias("_first")).filter(pl.col(ROW) != pl.col("_first"))
    rejects = repeated.select(
        ROW,
        pl.lit(key).alias("field"),
        pl.format("{} (row {})", pl.col(key), pl.col("_first")).alias("value"),
        pl.lit("duplicate").alias("rule"),
    )
    return rows.join(repeated.select(ROW), on=ROW, how="anti", maintain_order="left").drop("_place"), rejects


def _against_lake(rows: pl.DataFrame, kind: str, held: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Set apart rows whose id the lake holds: the same content is known, other content is a conflict.

    Enterprises and equipment are completed instead: what a later file says of them is news, not a conflict.
    """
    key = ID_OF[kind]
    none = pl.DataFrame(schema={ROW: pl.Int64, "field": pl.String, "value": pl.String, "rule": pl.String})
    if kind in ("enterprises", "equipment") or held.is_empty():
        return rows, none, 0
    held = held.join(rows.select(key), on=key, how="semi")
    held = held.select(key, _content_hash(held, kind).alias("_held"))
    rows = rows.join(held, on=key, how="left", maintain_order="left")
    conflict = rows.filter(pl.col("_held").is_not_null() & (pl.col("_held") != pl.col("_hash")))
    rejects = conflict.select(
        ROW, pl.lit(key).alias("field"), pl.col(key).alias("value"), pl.lit("id_conflict").alias("rule")
    )
    known = rows.filter(pl.col("_held") == pl.col("_hash")).height
    return rows.filter(pl.col("_held").is_null()).drop("_held"), rejects, known
