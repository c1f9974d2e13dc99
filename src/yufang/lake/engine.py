"""The port to whatever computes over the lake's Parquet parts: DuckDB in this process, or a cluster.

The lake decides which parts make up a table; an engine reads, aggregates and writes them. Aggregations are written
once, as Narwhals expressions, and run on every engine. `check_engine` (engine_contract) is what each engine must pass.
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

Parts = Sequence[Path]
BATCH_ROWS = 10_000


class BatchWork(Protocol):
    """What `Engine.apply` does to rows: a callable that can be pickled, since a cluster's workers run it too.

    It must treat each row by itself: an engine cuts batches where it likes.
    """

    schema: pa.Schema

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return one batch with the columns of `schema`."""
        ...


class Engine(Protocol):
    """Reads and writes tables that are lists of Parquet files. Stateless about which files these are."""

    name: str

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` as one Parquet file at `path`: whole and synced to disk, or not at all."""
        ...

    def scan(self, parts: Parts, schema: pl.Schema) -> nw.LazyFrame[Any]:
        """Return the rows of all `parts` with the columns of `schema`, not yet computed; no parts, no rows."""
        ...

    def collect(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """Compute a frame that was built from `scan`."""
        ...

    def count(self, parts: Parts) -> int:
        """Return the number of rows in `parts`, without reading them where the format allows."""
        ...

    def sql(self, query: str, tables: Mapping[str, tuple[Parts, pl.Schema]]) -> pl.DataFrame:
        """Answer `query`, in which each key of `tables` may be used as a table's name."""
        ...

    def apply(self, work: BatchWork, parts: Parts, columns: Sequence[str], folder: Path) -> list[Path]:
        """Do `work` on the `columns` of all rows of `parts` and return the Parquet parts it wrote to `folder`.

        The folder appears whole or not at all; what stood there before is replaced. The order of rows isn't promised.
        """
        ...

    def close(self) -> None:
        """Give back what the engine holds."""
        ...


_SQL_TYPES: MappingProxyType[Any, str] = MappingProxyType(
    {
        pl.String: "VARCHAR",
        pl.Int64: "BIGINT",
        pl.Float64: "DOUBLE",
        pl.Date: "DATE",
        pl.Boolean: "BOOLEAN",
        pl.List: "VARCHAR[]",
    }
)


class DuckDBEngine:
    """DuckDB in this process. Needs no extension beyond the built-in Parquet reader and fetches none."""

    name = "duckdb"

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._connection = duckdb.connect(
            config={
                "threads": threads,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                # Rows come back in the order of the parts, so that runs can be compared byte by byte.
                "preserve_insertion_order": True,
            }
        )

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        write_whole(frame, path)

    def scan(self, parts: Parts, schema: pl.Schema) -> nw.LazyFrame[Any]:
        return nw.from_native(self._relation(self._connection, parts, schema))

    def collect(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        relation: duckdb.DuckDBPyRelation = frame.to_native()
        return relation.pl()

    def count(self, parts: Parts) -> int:
        if not parts:
            return 0
        rows = self._connection.read_parquet([str(path) for path in parts]).count("*").fetchall()
        return int(rows[0][0])

    def sql(self, query: str, tables: Mapping[str, tuple[Parts, pl.Schema]]) -> pl.DataFrame:
        cursor = self._connection.cursor()
        try:
            for name, (parts, schema) in tables.items():
                self._relation(cursor, parts, schema).create_view(name, replace=True)
            return cursor.sql(query).pl()
        finally:
            for name in tables:
                cursor.execute(f'drop view if exists "{name}"')
            cursor.close()

    def apply(self, work: BatchWork, parts: Parts, columns: Sequence[str], folder: Path) -> list[Path]:
        with finished_folder(folder) as unfinished:
            if parts:
                self._apply(work, parts, columns, unfinished / "part-00000.parquet")
        return sorted(folder.glob("*.parquet"))

    def close(self) -> None:
        self._connection.close()

    def _apply(self, work: BatchWork, parts: Parts, columns: Sequence[str], path: Path) -> None:
        """One file, its rows in the order of the parts; as many batches at a time as there are threads."""
        path.parent.mkdir(parents=True)
        cursor = self._connection.cursor()
        names = ", ".join(f'"{name}"' for name in columns)
        relation = cursor.read_parquet([str(part) for part in parts], union_by_name=True).project(names)
        waiting: deque[Future[pa.RecordBatch]] = deque()
        with (
            pq.ParquetWriter(path, work.schema, compression="zstd", compression_level=1) as file,
            ThreadPoolExecutor(self._threads) as pool,
        ):
            for batch in relation.to_arrow_reader(BATCH_ROWS):
                waiting.append(pool.submit(work, batch))
                if len(waiting) > self._threads:  # one more than are worked on, so that nobody waits
                    file.write_batch(waiting.popleft().result())
            while waiting:
                file.write_batch(waiting.popleft().result())
        cursor.close()

    @staticmethod
    def _relation(connection: duckdb.DuckDBPyConnection, parts: Parts, schema: pl.Schema) -> duckdb.DuckDBPyRelation:
        if parts:
            held = connection.read_parquet([str(path) for path in parts], union_by_name=True)
            # Parts of before a column was added hold nothing in it.
            columns = ", ".join(
                f'"{name}"' if name in held.columns else f'cast(null as {_SQL_TYPES[dtype.base_type()]}) as "{name}"'
                for name, dtype in schema.items()
            )
            return held.project(columns)
        empty = ", ".join(
            f'cast(null as {_SQL_TYPES[dtype.base_type()]}) as "{name}"' for name, dtype in schema.items()
        )
        return connection.sql(f"select {empty} where false")


@contextmanager
def finished_folder(folder: Path) -> Iterator[Path]:
    """A neighbour of `folder` to write to, which takes the folder's place when all went well."""
    unfinished = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield unfinished
        unfinished.mkdir(exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def write_whole(frame: pl.DataFrame, path: Path) -> None:
    """Write `frame` to `path` through a neighbour file and a rename, so that no reader ever sees half of it."""

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            frame.write_parquet(file, compression="zstd", compression_level=3)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
