"""Turn the text rows of a source into canonical rows, with what was changed, emptied or refused, and why.

A chunk is cleaned on its own and gives the same result wherever the chunk's edges fall: what needs the whole column
(day or month first) is settled in a `Plan` before, what needs all rows (ids, doubled rows) is done after.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date

import polars as pl

from yufang.lake.articles import first_article
from yufang.lake.cleaning.catalogue import Catalogue, Companion, shipped_catalogue
from yufang.lake.cleaning.changes import obey_switches, simplified, units_of, without_negations
from yufang.lake.cleaning.checks import FINDINGS, check
from yufang.lake.errors import LakeError
from yufang.lake.headers import normalise_header
from yufang.lake.identity import sha256
from yufang.lake.mapping import KINDS, Column, FileMapping, fields_of
from yufang.lake.readers import ROW
from yufang.lake.tables import TABLES
from yufang.lake.values import (
    MAX_TEXT,
    UNITS,
    Parsed,
    by_distinct,
    day_order,
    empty_tokens,
    read_date,
    read_list,
    read_number,
    read_text,
)

EXTRA = "e_"  # what a row says about its enterprise travels beside it under this prefix
REJECTS = pl.Schema({ROW: pl.Int64, "field": pl.String, "value": pl.String, "rule": pl.String})
CHANGES = pl.Schema({ROW: pl.Int64, "field": pl.String, "original": pl.String, "rule": pl.String})

_LONG = frozenset({"narrative", "text", "clause"})  # line breaks in these mean something
_NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "cases": (("occurred_on", "reported_on"), ("narrative", "accident_type", "enterprise_name", "enterprise_id")),
    "hazards": (("found_on",), ("text", "clause")),
    "enterprises": (("name", "credit_code", "enterprise_id"),),
    "equipment": (("name", "kind"),),
}
_DAY_OF = {"cases": "occurred_on", "hazards": "found_on"}
COMPANION = "c_"  # a source column that only checks look at


@dataclass(frozen=True)
class Plan:
    """How to clean one file: its mapping, what whole columns show, and the day after which nothing can be."""

    mapping: FileMapping
    orders: dict[str, str | None]
    today: date | None = None
    catalogue: Catalogue = dataclasses.field(default_factory=shipped_catalogue)
    companions: dict[str, str] = dataclasses.field(default_factory=dict)  # companion → column of the source


@dataclass(frozen=True)
class Cleaned:
    """One chunk: canonical rows (typed, with `_row`), refused rows, changed values and values that can't be so."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    changes: pl.DataFrame
    findings: pl.DataFrame


def make_plan(
    mapping: FileMapping, frame: pl.DataFrame, today: date | None = None, catalogue: Catalogue | None = None
) -> Plan:
    """Look at whole columns for what no single value tells."""
    catalogue = catalogue or shipped_catalogue()
    schema = TABLES[KINDS[mapping.kind]]
    orders = {
        field: day_order(_raw(spec, frame))
        for field, spec in mapping.columns.items()
        if schema.get(field) == pl.Date and not any(form in ("dmy", "mdy") for form in spec.dates)
    }
    companions = _companions(mapping, frame.columns, catalogue)
    for name, column in companions.items():
        if catalogue.companions[name].kind == "date":
            orders[COMPANION + name] = day_order(frame[column])
    return Plan(mapping, orders, today, catalogue, companions)


def _companions(mapping: FileMapping, columns: list[str], catalogue: Catalogue) -> dict[str, str]:
    """Find the source columns that the mapping leaves alone and rules look at, by their headers."""
    used = set(mapping.needs())
    free = {normalise_header(column): column for column in reversed(columns) if column not in used and column != ROW}

    def column_of(companion: Companion) -> str | None:
        return next((free[normalise_header(h)] for h in companion.headers if normalise_header(h) in free), None)

    found = {name: column_of(companion) for name, companion in catalogue.companions.items()}
    return {name: column for name, column in found.items() if column is not None}


def clean_chunk(chunk: pl.DataFrame, plan: Plan, file: str) -> Cleaned:
    """Clean one chunk of a source's rows. `file` is named where a value makes the whole file suspect."""
    kind = plan.mapping.kind
    fields = [*fields_of(kind), *(["credit_code"] if kind in ("cases", "hazards") else [])]
    columns: dict[str, pl.Series] = {ROW: chunk[ROW]}
    rejects: list[pl.DataFrame] = []
    changes: list[pl.DataFrame] = []
    specs = dict(plan.mapping.columns) | {f"{EXTRA}{name}": spec for name, spec in plan.mapping.enterprise.items()}
    for field, spec in specs.items():
        table, name = ("enterprises", field.removeprefix(EXTRA)) if field.startswith(EXTRA) else (KINDS[kind], field)
        raw = empty_tokens(_raw(spec, chunk))
        _refuse_long(raw, chunk[ROW], name, file)
        raw, negated = without_negations(raw, name, plan.catalogue)
        mapped, refused = _map_values(raw, spec)
        dtype = TABLES[table].get(name, pl.String)
        parsed = _parse(mapped.values, name, dtype, spec, plan)
        parsed = obey_switches(parsed, mapped.values, plan.catalogue)
        parsed = simplified(parsed, name, plan.catalogue)
        columns[field] = parsed.values.alias(field)
        original = chunk[spec.sources[0]] if len(spec.sources) == 1 else raw
        said_nothing = pl.DataFrame({"o": original, "r": raw}).select(
            pl.when(pl.col("r").is_null() & (pl.col("o").str.strip_chars() != "")).then(pl.lit("nothing"))
        )
        rules = pl.select(pl.coalesce(negated, parsed.rules, mapped.rules, said_nothing.to_series())).to_series()
        noted = pl.DataFrame({ROW: chunk[ROW], "original": original, "rule": rules}).filter(
            pl.col("rule").is_not_null()
        )
        if spec.use is None and noted.height:
            changes.append(noted.select(ROW, pl.lit(name).alias("field"), "original", "rule"))
        if refused is not None:
            rejects.append(_reject_where(refused, chunk[ROW], name, raw, "value_not_in_map"))
    _fill(columns, [field for field in fields if field not in columns], TABLES[KINDS[kind]], chunk.height)
    rows = pl.DataFrame(columns)
    rejects += _refuse(rows, chunk, plan)
    refused_rows = _stack(rejects, REJECTS).unique(subset=ROW, keep="first", maintain_order=True)
    rows = rows.join(refused_rows.select(ROW), on=ROW, how="anti", maintain_order="left")
    return Cleaned(rows, refused_rows, _stack(changes, CHANGES), _findings(rows, chunk, plan))


def _findings(rows: pl.DataFrame, chunk: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Check the rows that were taken, beside what their source says in columns that no table keeps."""
    beside = chunk.select(ROW)
    for name, column in plan.companions.items():
        raw = empty_tokens(chunk[column])
        if plan.catalogue.companions[name].kind == "date":
            raw = read_date(raw, (), plan.orders.get(COMPANION + name)).values
        beside = beside.with_columns(raw.alias(name))
    whole = rows.join(beside, on=ROW, how="left", maintain_order="left")
    found = check(whole, KINDS[plan.mapping.kind], plan.catalogue, plan.today)
    headers = pl.col("field").replace(plan.companions)
    return found.with_columns(headers).cast(FINDINGS)


def _raw(spec: Column, frame: pl.DataFrame) -> pl.Series:
    """Return the text a column is made of, before any reading."""
    if spec.value is not None:
        return pl.select(pl.repeat(spec.value, frame.height, dtype=pl.String)).to_series()
    if spec.template is not None:
        pieces, names = _split_template(spec.template)
        parts = [pl.lit(pieces[0])]
        for name, piece in zip(names, pieces[1:], strict=True):
            parts += [pl.col(name).str.strip_chars(), pl.lit(piece)]
        return frame.select(pl.concat_str(parts).alias("raw"))["raw"]
    if spec.hash:
        filled = [pl.col(name).fill_null("") for name in spec.hash]
        return _prefixed(frame.select(pl.concat_str(filled, separator="\x1f").alias("raw"))["raw"], spec)
    if len(spec.sources) == 1:
        return _prefixed(frame[spec.sources[0]].alias("raw"), spec)
    given = [empty_tokens(frame[name]).alias(name) for name in spec.sources]
    joined = pl.DataFrame(given).select(pl.concat_str(pl.all(), separator=spec.join, ignore_nulls=True).alias("raw"))
    return _prefixed(joined["raw"], spec)


def _prefixed(raw: pl.Series, spec: Column) -> pl.Series:
    if spec.hash:
        raw = sha256(raw.to_frame("raw"), ["raw"]).str.slice(0, 20)
    return spec.prefix + raw if spec.prefix else raw


def _split_template(template: str) -> tuple[list[str], list[str]]:
    pieces, names, rest = [], [], template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        pieces.append(before)
        names.append(name)
    return [*pieces, rest], names


def _refuse_long(raw: pl.Series, rows: pl.Series, field: str, file: str) -> None:
    """A value longer than any real one means that the file is broken around it: take nothing of it."""
    too_long = raw.str.len_bytes() > MAX_TEXT
    if not too_long.any():
        return
    at = pl.DataFrame({"row": rows, "length": raw.str.len_chars()}).filter(pl.col("length") > MAX_TEXT)
    if at.height:
        row, length = at.row(0)
        raise LakeError("too_long", file=file, row=row, field=field, length=length, limit=MAX_TEXT)


def _map_values(raw: pl.Series, spec: Column) -> tuple[Parsed, pl.Series | None]:
    """Apply `extract`, `values` and `use`; the second part marks values that the mapping refuses."""
    nothing = pl.select(pl.repeat(None, len(raw), dtype=pl.String)).to_series()
    if spec.extract is not None:
        taken = raw.str.extract(spec.extract, 1)
        noted = pl.DataFrame({"r": raw, "t": taken}).select(
            pl.when(pl.col("t").ne_missing(pl.col("r"))).then(pl.lit("extract"))
        )
        raw, nothing = taken, noted.to_series()
    if spec.use == "first_article":
        return by_distinct(raw, lambda value: (first_article(value), "first_article"), pl.String), None
    if not spec.values:
        return Parsed(raw, nothing), None
    known = {key.strip(): value for key, value in spec.values.items()}

    def read(value: str) -> tuple[str | None, str | None]:
        mapped = known.get(value.strip())
        if mapped is not None:
            return mapped, None if mapped == value else "value_map"
        return (None, "value_not_in_map") if spec.other == "empty" else (value, None)

    mapped = by_distinct(raw, read, pl.String)
    refused = None
    if spec.other == "reject":
        refused = raw.is_not_null() & ~raw.str.strip_chars().is_in(list(known))
    return mapped, refused


def _parse(raw: pl.Series, field: str, dtype: pl.DataType | type[pl.DataType], spec: Column, plan: Plan) -> Parsed:
    if dtype == pl.Date:
        return read_date(raw, spec.dates, plan.orders.get(field))
    if dtype in (pl.Int64, pl.Float64):
        counts = field not in ("longitude", "latitude")
        units = units_of(field, plan.catalogue)
        parsed = read_number(
            raw, whole=dtype == pl.Int64, counts=counts, factor=UNITS[spec.unit or "days"], units=units
        )
        return parsed if counts else _on_earth(parsed, field)
    if isinstance(dtype, pl.List):
        return read_list(raw)
    return read_text(raw, lines=field in _LONG)


def _on_earth(parsed: Parsed, field: str) -> Parsed:
    limit = 180.0 if field == "longitude" else 90.0
    frame = pl.DataFrame({"v": parsed.values, "r": parsed.rules}).with_columns(off=pl.col("v").abs() > limit)
    values = frame.select(pl.when(pl.col("off").fill_null(False)).then(None).otherwise("v").alias("v"))["v"]
    rules = frame.select(pl.when("off").then(pl.lit("unreadable_coordinate")).otherwise("r").alias("r"))["r"]
    return Parsed(values, rules)


def _refuse(rows: pl.DataFrame, chunk: pl.DataFrame, plan: Plan) -> list[pl.DataFrame]:
    """Find rows that can't be taken: an unreadable or impossible day, nothing in the fields that make a record."""
    kind, found = plan.mapping.kind, []
    day = _DAY_OF.get(kind)
    if day is not None and day in plan.mapping.columns:
        raw = empty_tokens(_raw(plan.mapping.columns[day], chunk))
        found.append(_reject_where(rows[day].is_null() & raw.is_not_null(), rows[ROW], day, raw, "unreadable_date"))
        if plan.today is not None:
            found.append(_reject_where(rows[day] > plan.today, rows[ROW], day, raw, "date_in_future"))
    for group in _NEEDED[kind]:
        empty = rows.select(pl.all_horizontal(pl.col(list(group)).is_null()).alias("empty"))["empty"]
        blank = pl.select(pl.repeat(None, rows.height, dtype=pl.String)).to_series()
        found.append(_reject_where(empty, rows[ROW], group[0], blank, "required"))
    return found


def _reject_where(mask: pl.Series, rows: pl.Series, field: str, value: pl.Series, rule: str) -> pl.DataFrame:
    frame = pl.DataFrame({ROW: rows, "value": value, "mask": mask.fill_null(False)}).filter("mask")
    return frame.select(
        ROW, pl.lit(field).alias("field"), pl.col("value").str.slice(0, 1000), pl.lit(rule).alias("rule")
    )


def _fill(columns: dict[str, pl.Series], names: list[str], schema: pl.Schema, height: int) -> None:
    for name in names:
        columns[name] = pl.select(pl.repeat(None, height, dtype=schema.get(name, pl.String()))).to_series().alias(name)


def _stack(frames: list[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    return pl.concat([frame.cast(schema) for frame in frames]) if frames else pl.DataFrame(schema=schema)
