"""The lake: canonical tables as Parquet parts under one folder, read as frames and written in whole steps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from yufang.lake.engine import DuckDBEngine, Engine
from yufang.lake.errors import LakeError
from yufang.lake.manifest import (
    ImportRecord,
    Manifest,
    Part,
    part_path,
    read_manifest,
    sweep,
    write_manifest,
    writing,
)
from yufang.lake.tables import TABLES

# Rows refused and values changed by imports, beside the canonical tables.
REJECTS = pl.Schema(
    {
        "import_id": pl.String,
        "source": pl.String,
        "source_row": pl.Int64,
        "field": pl.String,
        "value": pl.String,
        "rule": pl.String,
        "row": pl.String,  # the whole row as the source has it, as JSON
    }
)
CHANGES = pl.Schema(
    {
        "import_id": pl.String,
        "source_row": pl.Int64,
        "field": pl.String,
        "original": pl.String,
        "rule": pl.String,
        "at": pl.String,  # ISO time of the import, where the caller gave one
    }
)
# Values that were kept and can't be so: for a person to look at.
FINDINGS = pl.Schema(
    {
        "import_id": pl.String,
        "source": pl.String,
        "source_row": pl.Int64,
        "field": pl.String,
        "value": pl.String,  # personal numbers with their middle hidden
        "rule": pl.String,
        "at": pl.String,
    }
)
SCHEMAS: dict[str, pl.Schema] = {**TABLES, "rejects": REJECTS, "changes": CHANGES, "findings": FINDINGS}
# Tables that hold one row for one thing: later imports complete earlier rows instead of adding to them.
MASTER: dict[str, str] = {"enterprises": "enterprise_id", "equipment": "equipment_id"}


class Lake:
    """A folder of canonical tables. Reading needs no lock; one process writes at a time.

    `engine` computes aggregations and SQL; DuckDB in this process unless another is given.
    """

    def __init__(self, root: Path | str, engine: Engine | None = None) -> None:
        self.root = Path(root)
        self._engine = engine

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = DuckDBEngine()
        return self._engine

    def table(self, name: str) -> pl.DataFrame:
        """Return a whole table (also `rejects` and `changes`) with its schema; empty where nothing was imported."""
        return self.scan(name).collect()

    def scan(self, name: str) -> pl.LazyFrame:
        """Return a table to be filtered before it is read."""
        parts = self._parts(name)
        if not parts:
            return pl.LazyFrame(schema=SCHEMAS[name])
        schema = SCHEMAS[name]  # parts of before a column was added hold nothing in it
        return pl.scan_parquet(parts, schema=schema, glob=False, missing_columns="insert").select(schema.names())

    def aggregate(self, name: str, build: Callable[[nw.LazyFrame[Any]], nw.LazyFrame[Any]]) -> pl.DataFrame:
        """Compute what `build` makes of the table (Narwhals expressions) on the lake's engine."""
        return self.engine.collect(build(self.engine.scan(self._parts(name), SCHEMAS[name])))

    def sql(self, query: str) -> pl.DataFrame:
        """Answer an SQL query over the tables by their names."""
        return self.engine.sql(query, {name: (self._parts(name), SCHEMAS[name]) for name in SCHEMAS})

    def count(self, name: str) -> int:
        """Return the number of rows of a table; the manifest knows it."""
        self._check_name(name)
        return sum(part.rows for part in self.manifest().parts(name))

    def imports(self) -> pl.DataFrame:
        """Return the run log: one row for each finished import."""
        records = [record.model_dump() for record in self.manifest().imports]
        schema = {
            name: pl.Int64 if field.annotation is int else pl.String
            for name, field in ImportRecord.model_fields.items()
        }
        return pl.DataFrame(records, schema=schema, orient="row")

    def rejects(self) -> pl.DataFrame:
        """Return every refused row: source, row number, field, value, rule and the row itself as JSON."""
        return self.table("rejects")

    def changes(self) -> pl.DataFrame:
        """Return the original of every value that cleaning changed, with the rule that changed it."""
        return self.table("changes")

    def write(self, name: str, frame: pl.DataFrame, *, source: str) -> int:
        """Make `frame` the rows that `source` has in the table; return their number.

        Rows written before under the same `source` are replaced, others stay. In `enterprises` and `equipment` a row
        whose id is known completes that row. Raises LakeError if the columns don't fit the table's schema.
        """
        ready = conform(name, frame)
        if "source" in SCHEMAS[name]:
            ready = ready.with_columns(pl.col("source").fill_null(source))
        with writing(self.root):
            manifest = read_manifest(self.root)
            sweep(self.root, manifest)
            tables = self.stage(manifest, {name: ready}, writer=f"write:{name}:{source}")
            write_manifest(self.root, manifest.model_copy(update={"version": manifest.version + 1, "tables": tables}))
        return ready.height

    def findings(self) -> pl.DataFrame:
        """Return every value that was kept although a rule says that it can't be so."""
        return self.table("findings")

    def manifest(self) -> Manifest:
        """Return what the lake holds now."""
        return read_manifest(self.root)

    def stage(
        self, manifest: Manifest, frames: Mapping[str, pl.DataFrame], writer: str, drop: str | None = None
    ) -> dict[str, tuple[Part, ...]]:
        """Write `frames` as parts and return the tables of the next manifest; nothing refers to the parts yet.

        Parts of `writer` itself and of `drop` (an import that this one replaces) are left out. Call while `writing`.
        """
        gone = {writer, drop}
        tables = {
            name: tuple(part for part in parts if name in MASTER or part.writer not in gone)
            for name, parts in manifest.tables.items()
        }
        version = manifest.version + 1
        for name, frame in frames.items():
            if name in MASTER:
                frame = merge(self.table(name), frame, MASTER[name])
                tables[name] = ()
            if frame.is_empty():
                continue
            stem = hashlib.sha256(f"{writer}\n{version}".encode()).hexdigest()[:16]
            path = part_path(name, stem)
            self.engine.write(frame, self.root / path)
            tables[name] = (*tables.get(name, ()), Part(path=path, rows=frame.height, writer=writer))
        return tables

    def _parts(self, name: str) -> list[Path]:
        self._check_name(name)
        return [self.root / part.path for part in self.manifest().parts(name)]

    @staticmethod
    def _check_name(name: str) -> None:
        if name not in SCHEMAS:
            raise KeyError(f"no table {name!r} in the lake; there are: {', '.join(SCHEMAS)}")


def conform(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with exactly the columns and types of table `name`; a missing column is empty."""
    schema = SCHEMAS[name]
    unknown = [column for column in frame.columns if column not in schema]
    if unknown:
        raise LakeError("wrong_schema", table=name, reason=f"unknown columns {', '.join(unknown)}")
    try:
        return frame.select(
            (pl.col(column) if column in frame.columns else pl.lit(None)).cast(dtype).alias(column)
            for column, dtype in schema.items()
        )
    except pl.exceptions.PolarsError as error:
        raise LakeError("wrong_schema", table=name, reason=str(error).splitlines()[0]) from error


def merge(known: pl.DataFrame, new: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return one row for each `key`: what `new` says, completed by what was `known`, in order of first appearance."""
    stacked = pl.concat([new, known])
    order = pl.concat([known.select(key), new.select(key)]).unique(maintain_order=True)
    completed = stacked.group_by(key, maintain_order=True).agg(pl.exclude(key).drop_nulls().first())
    return order.join(completed, on=key, how="left", maintain_order="left").select(new.columns)
