"""What is wrong with the rows of one source, found once; the scores of any day are counted from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch

import polars as pl

from yufang.lake.cleaning.catalogue import Catalogue, Near, Rule
from yufang.lake.cleaning.checks import FINDINGS, check
from yufang.lake.cleaning.duplicates import near_groups
from yufang.lake.mapping import KINDS
from yufang.lake.readers import ROW
from yufang.lake.store import Lake
from yufang.lake.tables import TABLES

KEYS = {"injury_cases": "case_id", "hazard_records": "record_id", "enterprises": "enterprise_id"}
KEYS |= {"equipment": "equipment_id"}
KNOWN = "_known"  # the day by which a row was known


@dataclass(frozen=True)
class Facts:
    """One source of one table. `faults` has `_row`, field, value, rule: kept, emptied and doubled alike."""

    source: str
    table: str
    owner: str
    rows: pl.DataFrame  # the table's columns, `_row` and `_known`
    faults: pl.DataFrame
    emptied: frozenset[str]  # rules whose value was emptied: the column lacks it
    rejects: pl.DataFrame  # field, rule


def gather(lake: Lake, catalogue: Catalogue, today: date) -> list[Facts]:
    """Look at every source of every table once."""
    found = []
    stored = {name: lake.table(name) for name in ("changes", "findings", "rejects")}
    imports = lake.imports()
    kinds = {(file, KINDS[kind]) for file, kind in imports.select("file", "kind").iter_rows()}
    files = {file for file, _ in kinds}
    for table in TABLES:
        whole = lake.table(table)
        for (source,), rows in whole.group_by("source", maintain_order=True):
            name = str(source or "")
            # Enterprises that a file of cases names in passing are not what that file is answerable for.
            if name in files and (name, table) not in kinds:
                continue
            ids = imports.filter(pl.col("file") == name)["import_id"].implode()
            part = {key: frame.filter(pl.col("import_id").is_in(ids)) for key, frame in stored.items()}
            found.append(_facts(name, table, rows, part, catalogue, today))
    return found


def _facts(
    source: str,
    table: str,
    rows: pl.DataFrame,
    stored: dict[str, pl.DataFrame],
    catalogue: Catalogue,
    today: date,
) -> Facts:
    rows = rows.with_row_index(ROW).with_columns(pl.col(ROW).cast(pl.Int64), _known(table, rows, catalogue))
    places = rows.select(ROW, "source_row").drop_nulls()
    changes = stored["changes"].select("source_row", "field", pl.col("original").alias("value"), "rule")
    wrong = [key for key, rule in catalogue.rules.items() if rule.on and rule.dimension is not None]
    emptied = changes.filter(pl.col("rule").is_in(wrong))
    kept = stored["findings"].select("source_row", "field", "value", "rule").filter(pl.col("rule").is_in(wrong))
    at_import = pl.concat([emptied, kept]).join(places, on="source_row").select(FINDINGS.names()).cast(FINDINGS)
    now = check(rows, table, catalogue, today)
    doubled = duplicates(rows, table, catalogue)
    faults = pl.concat([at_import, now, doubled]).unique([ROW, "field", "rule"], keep="first", maintain_order=True)
    return Facts(
        source,
        table,
        owner_of(source, catalogue),
        rows,
        faults.sort(ROW, maintain_order=True),
        frozenset(emptied["rule"].unique().to_list()),
        stored["rejects"].select("source_row", "field", "rule"),
    )


def owner_of(source: str, catalogue: Catalogue) -> str:
    """Who answers for a source, by the patterns of the catalogue's `health.owners`."""
    return next((who for pattern, who in catalogue.health.owners.items() if fnmatch(source, pattern)), "")


def _known(table: str, rows: pl.DataFrame, catalogue: Catalogue) -> pl.Expr:
    spec = catalogue.health.freshness.get(table)
    if spec is None:
        return pl.lit(None, dtype=pl.Date).alias(KNOWN)
    reported = [pl.col("reported_on")] if "reported_on" in rows.columns else []
    return pl.coalesce([*reported, pl.col(spec.field)]).alias(KNOWN)


def duplicates(rows: pl.DataFrame, table: str, catalogue: Catalogue) -> pl.DataFrame:
    """Return a finding for each row that repeats an earlier one, exactly or nearly (`_row` orders them)."""
    found = []
    doubled = pl.Series(ROW, [], dtype=pl.Int64)
    for rule in catalogue.on("duplicate_exact", table):
        exact = _exact(rows, table, rule)
        doubled = exact[ROW]
        found.append(exact)
    for rule in catalogue.on("duplicate_near", table):
        found.append(_near(rows.filter(~pl.col(ROW).is_in(doubled.implode())), table, rule))
    return pl.concat(found) if found else pl.DataFrame(schema=FINDINGS)


def _exact(rows: pl.DataFrame, table: str, rule: Rule) -> pl.DataFrame:
    apart = {KEYS[table], "source", "source_row"}
    content = [name for name in TABLES[table] if name not in apart]
    first = pl.col(ROW).first().over(content)
    hit = rows.with_columns(first.alias("_first")).filter(pl.col(ROW) != pl.col("_first"))
    keys = rows.select(pl.col(ROW).alias("_first"), pl.col(KEYS[table]).alias("value"))
    return _doubled(hit.join(keys, on="_first", how="left"), rule, "")


def _near(rows: pl.DataFrame, table: str, rule: Rule) -> pl.DataFrame:
    spec: Near = rule.parameters
    text = next((name for name in spec.text if name in rows.columns), None)
    day = next((name for name in spec.day if name in rows.columns), None)
    if text is None or day is None:
        return pl.DataFrame(schema=FINDINGS)
    same = [name for name in spec.same if name in rows.columns]
    rows = rows.filter(pl.col(text).str.len_chars() >= spec.least).drop_nulls([text, day, *same])
    # Only rows of an enterprise that has another one within the days can be doubles: most texts need no look.
    rows = rows.sort([*same, day, ROW])
    gap = (pl.col(day) - pl.col(day).shift(1)).dt.total_days()
    close = (gap <= spec.within_days).fill_null(False)
    close = pl.all_horizontal(close, *(pl.col(name) == pl.col(name).shift(1) for name in same)).fill_null(False)
    rows = rows.with_columns((~close).cum_sum().alias("_run"))
    rows = rows.filter(pl.len().over("_run") > 1)
    if rows.is_empty():
        return pl.DataFrame(schema=FINDINGS)
    texts = rows[text].unique(maintain_order=True)
    groups = pl.DataFrame({text: texts, "_group": near_groups(texts.to_list(), spec.threshold)})
    rows = rows.join(groups, on=text, how="left", maintain_order="left")
    first = pl.col(ROW).min().over("_run", "_group")
    keys = rows.select(pl.col(ROW).alias("_first"), pl.col(KEYS[table]).alias("value"))
    hit = rows.with_columns(first.alias("_first")).filter(pl.col(ROW) != pl.col("_first"))
    return _doubled(hit.join(keys, on="_first", how="left"), rule, text)


def _doubled(hit: pl.DataFrame, rule: Rule, field: str) -> pl.DataFrame:
    named = hit.select(ROW, pl.lit(field).alias("field"), "value", pl.lit(rule.id).alias("rule"))
    return named.cast(FINDINGS)
