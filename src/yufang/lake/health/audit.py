"""The data-health audit: five dimensions for each source, with counts, per column, and the rows to look at first.

The dimensions and their names in GB/T 36344-2018 (evaluation indicators of data quality) and ISO/IEC 25012:

- completeness (完整性, completeness): filled values of the columns a table is expected to have.
- validity (规范性 and 准确性, accuracy): values given that no rule finds wrong; emptied ones count as given and wrong.
- freshness (时效性, currentness): recency × timeliness. Recency is 1 while the newest record is at most `fresh` days
  old and falls evenly to 0 at `stale` days; timeliness is the share of rows that no rule finds late or stale.
- contradiction (一致性, consistency): rows whose parts don't contradict each other.
- duplication (准确性: uniqueness): rows that repeat no earlier one, exactly or nearly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import polars as pl

from yufang.lake.cleaning.catalogue import DIMENSIONS, Catalogue, Dimension, shipped_catalogue
from yufang.lake.cleaning.checks import only
from yufang.lake.health.contracts import (
    FieldHealth,
    HealthReport,
    Measure,
    Reason,
    RuleCount,
    SourceHealth,
    TrendPoint,
    WorstRow,
)
from yufang.lake.health.facts import KEYS, KNOWN, Facts, gather
from yufang.lake.readers import ROW
from yufang.lake.store import Lake

_WEIGHT = {"major": 3.0, "minor": 1.0, "info": 0.0}
MONTHS = 12


def audit(
    lake: Lake,
    *,
    today: date,
    catalogue: Catalogue | None = None,
    owners: Mapping[str, str] | None = None,
    worst: int = 10,
    months: int = MONTHS,
) -> HealthReport:
    """Audit every source of `lake` as of `today`, with the scores of the last `months` month ends.

    `owners` (source → who answers for it) outweighs the catalogue's patterns. The trend is worked out from the rows
    known by each month's end (their day of report, else of occurrence); refused rows, which have no day, are counted
    into it in proportion. Pure: writes nothing.
    """
    catalogue = catalogue or shipped_catalogue()
    facts = gather(lake, catalogue, today)
    sources = tuple(_source(one, today, catalogue, owners or {}, worst) for one in facts)
    trend = tuple(_trend(facts, sources, today, months, catalogue))
    rows = sum(source.rows for source in sources)
    scored = [(source.overall, source.rows) for source in sources if source.overall is not None and source.rows]
    overall = sum(score * n for score, n in scored) / sum(n for _, n in scored) if scored else None
    return HealthReport(today, rows, _round(overall), sources, trend)


def _source(facts: Facts, today: date, catalogue: Catalogue, owners: Mapping[str, str], worst: int) -> SourceHealth:
    fields = _fields(facts, catalogue)
    measures = _measures(facts, facts.rows, facts.faults, 1.0, today, catalogue)
    counted = pl.concat([facts.faults.select("rule"), facts.rejects.select("rule")])
    by_rule = counted.group_by("rule").len().sort(["len", "rule"], descending=[True, False])
    newest = facts.rows[KNOWN].max()
    return SourceHealth(
        source=facts.source,
        table=facts.table,
        owner=owners.get(facts.source, facts.owner),
        as_of=today,
        rows=facts.rows.height,
        refused=facts.rejects["source_row"].n_unique(),
        newest=newest if isinstance(newest, date) else None,
        overall=_overall(measures, catalogue),
        measures=measures,
        fields=fields,
        by_rule=tuple(RuleCount(rule, count) for rule, count in by_rule.iter_rows()),
        worst=_worst(facts, catalogue, worst),
    )


def _expected(facts: Facts, catalogue: Catalogue) -> list[str]:
    return [name for name in catalogue.health.expected.get(facts.table, ()) if name in facts.rows.columns]


def _filled(name: str, rows: pl.DataFrame) -> pl.Expr:
    """A list without members and an empty text are no value."""
    column = pl.col(name)
    if rows.schema[name] == pl.String:
        return (column.str.len_chars() > 0).fill_null(False)
    if isinstance(rows.schema[name], pl.List):
        return (column.list.len() > 0).fill_null(False)
    return column.is_not_null()


def _fields(facts: Facts, catalogue: Catalogue) -> tuple[FieldHealth, ...]:
    names = _expected(facts, catalogue)
    counts = facts.rows.select(_filled(name, facts.rows).sum().alias(name) for name in names).row(0, named=True)
    invalid = _of(facts.faults, catalogue, "validity")
    wrong = dict(invalid.unique([ROW, "field"]).group_by("field").len().iter_rows())
    return tuple(FieldHealth(name, facts.rows.height, int(counts[name] or 0), wrong.get(name, 0)) for name in names)


def _of(faults: pl.DataFrame, catalogue: Catalogue, dimension: Dimension) -> pl.DataFrame:
    rules = [key for key, rule in catalogue.rules.items() if rule.dimension == dimension]
    return faults.filter(pl.col("rule").is_in(rules))


def _measures(
    facts: Facts, rows: pl.DataFrame, faults: pl.DataFrame, share: float, today: date, catalogue: Catalogue
) -> tuple[Measure, ...]:
    """The five dimensions over `rows` and their `faults`; `share` of the source's refused rows counts beside them."""
    refused = {name: round(share * _of(facts.rejects, catalogue, name).height) for name in DIMENSIONS}
    names = _expected(facts, catalogue)
    cells = rows.select(pl.sum_horizontal(_filled(name, rows).sum() for name in names).alias("n")) if names else None
    filled = int(cells.item() or 0) if cells is not None and rows.height else 0
    invalid = _of(faults, catalogue, "validity").unique([ROW, "field"])
    emptied = invalid.filter(pl.col("rule").is_in(list(facts.emptied))).height
    given = filled + emptied + refused["validity"]
    wrong = invalid.height + refused["validity"]
    bad = {name: _of(faults, catalogue, name)[ROW].n_unique() for name in ("freshness", "contradiction", "duplication")}
    doubles = bool(catalogue.on("duplicate_exact", facts.table) or catalogue.on("duplicate_near", facts.table))
    return (
        _measure("completeness", filled, rows.height * len(names) + refused["completeness"]),
        _measure("validity", given - wrong, given),
        _freshness(facts, rows, bad["freshness"], today, catalogue),
        _measure("contradiction", rows.height - bad["contradiction"], rows.height + refused["contradiction"]),
        _measure("duplication", rows.height - bad["duplication"], (rows.height + refused["duplication"]) * doubles),
    )


def _measure(dimension: Dimension, good: int, checked: int) -> Measure:
    good = max(0, good)
    return Measure(dimension, _round(good / checked) if checked else None, good if checked else 0, checked)


def _freshness(facts: Facts, rows: pl.DataFrame, late: int, today: date, catalogue: Catalogue) -> Measure:
    spec = catalogue.health.freshness.get(facts.table)
    newest = rows[spec.field].max() if spec is not None and rows.height else None
    if spec is None or not isinstance(newest, date):
        return Measure("freshness", None, 0, 0)
    age = max(0, (today - newest).days)
    recency = min(1.0, max(0.0, (spec.stale - age) / max(1, spec.stale - spec.fresh)))
    return Measure("freshness", _round(recency * (1 - late / rows.height)), rows.height - late, rows.height)


def _overall(measures: Iterable[Measure], catalogue: Catalogue) -> float | None:
    weights = catalogue.health.weights
    scored = [(m.score, weights.get(m.dimension, 0.0)) for m in measures if m.score is not None]
    total = sum(weight for _, weight in scored)
    return _round(sum(score * weight for score, weight in scored) / total) if total else None


def _round(score: float | None) -> float | None:
    return None if score is None else round(score, 4)


def _worst(facts: Facts, catalogue: Catalogue, count: int) -> tuple[WorstRow, ...]:
    """Rows by the weight of their faults, then by what they lack, then by their place."""
    names = _expected(facts, catalogue)
    weights = {key: _WEIGHT[rule.severity] for key, rule in catalogue.rules.items()}
    weighed = facts.faults.with_columns(
        pl.col("rule").replace_strict(weights, default=1.0, return_dtype=pl.Float64).alias("w")
    )
    heavy = weighed.group_by(ROW).agg(pl.col("w").sum())
    lacking = pl.sum_horizontal(*((~_filled(name, facts.rows)).cast(pl.Int64) for name in names), pl.lit(0))
    rows = facts.rows.select(ROW, "source_row", pl.col(KEYS[facts.table]).alias("key"), lacking.alias("missing"))
    ranked = rows.join(heavy, on=ROW, how="left").with_columns(pl.col("w").fill_null(0.0))
    ranked = ranked.filter((pl.col("w") > 0) | (pl.col("missing") > 0))
    chosen = ranked.sort(["w", "missing", ROW], descending=[True, True, False]).head(count)
    reasons: dict[int, list[Reason]] = {}
    told = facts.faults.join(chosen.select(ROW), on=ROW, how="semi")
    for row, field, value, rule in told.select(ROW, "field", "value", "rule").iter_rows():
        reasons.setdefault(row, []).append(Reason(rule, field or "", (value or "")[:120]))
    return tuple(
        WorstRow(key or "", source_row, missing, tuple(reasons.get(row, ())))
        for row, source_row, key, missing in chosen.select(ROW, "source_row", "key", "missing").iter_rows()
    )


def _trend(
    facts: list[Facts], sources: tuple[SourceHealth, ...], today: date, months: int, catalogue: Catalogue
) -> Iterable[TrendPoint]:
    for one, now in zip(facts, sources, strict=True):
        if one.rows[KNOWN].null_count() == one.rows.height:
            continue
        timed = {rule.id for rule in catalogue.on("stale")}
        for day in _month_ends(today, months):
            rows = one.rows.filter(pl.col(KNOWN) <= day)
            if rows.is_empty():
                continue
            # What had grown old by today may still have been young then.
            faults = one.faults.join(rows.select(ROW), on=ROW, how="semi").filter(~pl.col("rule").is_in(list(timed)))
            faults = pl.concat([faults, _stale_then(one, rows, day, catalogue)])
            share = rows.height / one.rows.height
            measures = _measures(one, rows, faults, share, day, catalogue)
            scores = tuple((m.dimension, m.score) for m in measures)
            yield TrendPoint(day, one.source, one.table, rows.height, _overall(measures, catalogue), scores)
        scores = tuple((m.dimension, m.score) for m in now.measures)
        yield TrendPoint(today, one.source, one.table, now.rows, now.overall, scores)


def _stale_then(facts: Facts, rows: pl.DataFrame, day: date, catalogue: Catalogue) -> pl.DataFrame:
    return only(rows, facts.table, catalogue, day, "stale")


def _month_ends(today: date, months: int) -> list[date]:
    """The last `months` ends of months before `today`, oldest first."""
    ends = []
    first = today.replace(day=1)
    for _ in range(months):
        ends.append(first - timedelta(days=1))
        first = ends[-1].replace(day=1)
    return ends[::-1]
