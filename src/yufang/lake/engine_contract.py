"""The battery that every engine must pass: `check_engine` raises AssertionError at the first broken claim."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import narwhals as nw
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from yufang.lake.engine import Engine

SCHEMA = pl.Schema(
    {  # type: ignore[arg-type]  # polars takes classes and instances beside each other
        "id": pl.String,
        "name": pl.String,
        "day": pl.Date,
        "days": pl.Float64,
        "count": pl.Int64,
        "tags": pl.List(pl.String),
    }
)


def sample() -> pl.DataFrame:
    """Return rows with what breaks engines: Chinese, line breaks, quotes, nulls, empty lists, old and far days."""
    return pl.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e"],
            "name": ["国城营造", "國城營造", 'with "quotes"\nand lines', "", None],
            "day": [date(2024, 3, 5), date(1912, 1, 1), None, date(2199, 12, 31), date(2024, 3, 5)],
            "days": [1.5, 0.0, None, -2.25, 1e9],
            "count": [1, 0, None, 2**53, 3],
            "tags": [["焊接", "打磨"], [], None, ["x"], ["焊接"]],
        },
        schema=SCHEMA,
    )


def check_engine(make: Callable[[], Engine], folder: Path) -> None:
    """Check every claim of the `Engine` port on a fresh engine from `make`, writing under `folder`."""
    engine = make()
    try:
        _keeps_what_is_written(engine, folder / "kept")
        _joins_parts(engine, folder / "parts")
        _reads_no_parts_as_no_rows(engine)
        _aggregates_as_polars_does(engine, folder / "aggregate")
        _answers_sql(engine, folder / "sql")
        _applies_work_to_every_row(engine, folder / "work")
        _leaves_nothing_half_written(engine, folder / "half")
    finally:
        engine.close()


def _expect(holds: bool, engine: Engine, claim: str) -> None:
    if not holds:
        raise AssertionError(f"engine {engine.name}: {claim}")


def _keeps_what_is_written(engine: Engine, folder: Path) -> None:
    path = folder / "part.parquet"
    engine.write(sample(), path)
    back = engine.collect(engine.scan([path], SCHEMA)).sort("id")
    _expect(back.schema == SCHEMA, engine, f"the schema comes back as written, not {back.schema}")
    _expect(back.equals(sample(), null_equal=True), engine, "every value comes back as written")
    narrow = pl.Schema({"name": pl.String, "id": pl.String})
    _expect(
        engine.collect(engine.scan([path], narrow)).columns == ["name", "id"],
        engine,
        "a scan has the columns of its schema, in its order",
    )


def _joins_parts(engine: Engine, folder: Path) -> None:
    parts = [folder / "1.parquet", folder / "2.parquet"]
    engine.write(sample().head(2), parts[0])
    engine.write(sample().tail(3), parts[1])
    back = engine.collect(engine.scan(parts, SCHEMA)).sort("id")
    _expect(back.equals(sample(), null_equal=True), engine, "parts together are the table")
    _expect(engine.count(parts) == 5, engine, "count is the number of rows of all parts")


def _reads_no_parts_as_no_rows(engine: Engine) -> None:
    nothing = engine.collect(engine.scan([], SCHEMA))
    _expect(nothing.height == 0 and nothing.schema == SCHEMA, engine, "no parts are no rows, with the schema")
    _expect(engine.count([]) == 0, engine, "no parts count as 0")


def _aggregates_as_polars_does(engine: Engine, folder: Path) -> None:
    path = folder / "part.parquet"
    engine.write(sample(), path)

    def by_day(frame: nw.LazyFrame[pl.LazyFrame]) -> nw.LazyFrame[pl.LazyFrame]:
        kept = frame.filter(nw.col("id") != "d")
        return (
            kept.group_by("day")
            .agg(nw.len().alias("rows"), nw.col("days").sum().alias("days"), nw.col("count").max().alias("most"))
            .with_columns(nw.col("rows").cast(nw.Int64))
            .sort("day", nulls_last=True)
        )

    computed = engine.collect(by_day(engine.scan([path], SCHEMA)))
    expected = by_day(nw.from_native(sample().lazy())).collect().to_native()
    _expect(
        computed.to_dicts() == expected.to_dicts(),
        engine,
        f"filter, group, sum, max and sort answer as Polars does: {computed.to_dicts()} ≠ {expected.to_dicts()}",
    )


def _answers_sql(engine: Engine, folder: Path) -> None:
    path = folder / "part.parquet"
    engine.write(sample(), path)
    tables = {"people": ([path], SCHEMA), "nobody": ([], SCHEMA)}
    answer = engine.sql('select id, "count" from people where "count" >= 1 order by id', tables)
    _expect(answer.rows() == [("a", 1), ("d", 2**53), ("e", 3)], engine, "a query sees the table by its name")
    none = engine.sql("select count(*) as n from nobody", tables)
    _expect(none["n"].to_list() == [0], engine, "a table without parts can be queried")


class _Lengths:
    """Work for `apply`: the length of each name."""

    schema = pa.schema([("id", pa.string()), ("length", pa.int64()), ("kind", pa.dictionary(pa.int32(), pa.string()))])

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self.fails:
            raise ValueError("this work can't be done")
        length = pc.utf8_length(batch["name"].cast(pa.string())).cast(pa.int64())
        kind = pc.if_else(pc.greater(length, 4), "long", "short").cast(pa.string()).dictionary_encode()
        return pa.record_batch([batch["id"].cast(pa.string()), length, kind], schema=self.schema)


def _applies_work_to_every_row(engine: Engine, folder: Path) -> None:
    parts = [folder / "1.parquet", folder / "2.parquet"]
    engine.write(sample().head(2), parts[0])
    engine.write(sample().tail(3), parts[1])
    out = folder / "out"
    schema = pl.Schema({"id": pl.String, "length": pl.Int64, "kind": pl.String})
    for _again in range(2):  # the second run takes the first one's place
        written = engine.apply(_Lengths(), parts, ["id", "name"], out)
        rows = engine.collect(engine.scan(written, schema)).sort("id").rows()
        expected = [("a", 4, "short"), ("b", 4, "short"), ("c", 23, "long"), ("d", 0, "short"), ("e", None, None)]
        _expect(rows == expected, engine, f"work is done on every row once: {rows}")
    _expect(engine.apply(_Lengths(), [], ["id", "name"], folder / "none") == [], engine, "no parts, no work")
    try:
        engine.apply(_Lengths(fails=True), parts, ["id", "name"], out)
    except Exception:  # each engine wraps it in its own way
        failed = True
    else:
        failed = False
    _expect(failed, engine, "work that fails is told")
    _expect(sorted(out.glob("*.parquet")) == written, engine, "work that fails leaves what stood there")
    left = sorted(entry.name for entry in folder.iterdir())
    _expect(left == ["1.parquet", "2.parquet", "none", "out"], engine, f"work leaves nothing beside, not {left}")


def _leaves_nothing_half_written(engine: Engine, folder: Path) -> None:
    folder.mkdir(parents=True)
    path = folder / "part.parquet"
    path.mkdir()  # a folder stands where the file should go: the write must fail
    try:
        engine.write(sample(), path)
    except OSError:
        failed = True
    else:
        failed = False
    _expect(failed, engine, "a write that can't be done raises OSError")
    left = [entry.name for entry in folder.iterdir() if entry.name != path.name]
    _expect(not left, engine, f"a failed write leaves nothing behind, not {left}")
