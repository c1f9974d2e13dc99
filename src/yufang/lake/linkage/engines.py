"""Where pairs are scored: Splink over DuckDB in this process, or Splink over Spark. The same model, the same answers.

An engine takes features (one row a record, `uid` 0 … n-1) and gives scored pairs. What differs is only how a table gets
in and out; the SQL is common to both.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import duckdb
import polars as pl

from yufang.lake.linkage.contracts import Kind
from yufang.lake.linkage.model import Model, splink_settings

UNSEEN = 0.1
NAMES = ("core", "brand")

logging.getLogger("splink").setLevel(logging.ERROR)


class LinkageEngine(Protocol):
    """Scores the pairs that the kind's blocking rules bring together."""

    name: str

    def score(self, features: pl.DataFrame, kind: Kind, model: Model, threshold: float) -> pl.DataFrame:
        """Pairs of probability `threshold` or more: uid_l < uid_r, weight (bits), probability, mw_FIELD (bits),
        gamma_FIELD (level, -1 missing, 0 lowest). Sorted by uid_l, uid_r."""
        ...


class DuckDBLinkage:
    """Splink over DuckDB in this process. `memory` in bytes; what is more goes to a temporary folder."""

    name = "duckdb"

    def __init__(self, threads: int = 2, memory: int = 3 * 2**30) -> None:
        self._threads, self._memory = threads, memory

    @contextmanager
    def linker(
        self, features: pl.DataFrame, kind: Kind, model: Model, settings: dict[str, Any]
    ) -> Iterator[tuple[Any, Any]]:
        """A Splink linker over `features` and its connection; both go when the block ends."""
        from splink import DuckDBAPI, Linker

        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": self._threads,
            "memory_limit": f"{self._memory // 2**20}MiB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=config) as connection:
            connection.register("features", features.to_arrow())
            connection.execute("create table records as from features")
            connection.unregister("features")
            api = DuckDBAPI(connection=connection)
            linker = Linker(api.register("records"), settings, log_level=None, validate_settings=False)
            for column, table in frequencies(features, kind, model).items():
                linker.table_management.register_term_frequency_lookup(api.register(table.to_arrow()), column)
            yield linker, connection

    def score(self, features: pl.DataFrame, kind: Kind, model: Model, threshold: float) -> pl.DataFrame:
        return tidy(self.raw(features, kind, model, threshold), kind)

    def raw(self, features: pl.DataFrame, kind: Kind, model: Model, threshold: float | None) -> pl.DataFrame:
        """Scored pairs as Splink gives them, rarity apart (mw_tf_adj_FIELD); without a threshold all that meet."""
        settings = splink_settings(kind, model, features.height)
        with self.linker(features, kind, model, settings) as (linker, connection):
            found = linker.inference.predict(threshold_match_probability=threshold, warning_mode="never")
            columns = ", ".join(f'"{name}"' for name in wanted(kind))
            return connection.sql(f"select {columns} from {found.physical_name}").pl()


def frequencies(features: pl.DataFrame, kind: Kind, model: Model) -> dict[str, pl.DataFrame]:
    """How likely another thing bears the same value by chance: a table (COLUMN, tf_COLUMN) for each counted column.

    A value's plain share of the rows would call a name common because one firm stands in many files. Rows are counted
    as things (by the model's matches a record), and the thing itself is left out: a name that only one thing bears
    has been seen by chance no time at all, which counts as UNSEEN times. A firm with forty plants stands in forty rows
    and is one firm: a name counts at most as often as it is written as another registered name (`Kind.apart`).
    """
    rows_per_thing = 1 + 2 * model.matches_per_record
    things = max(features.height / rows_per_thing, 1.0)
    tables = {}
    for column in kind.tokens:
        bearers = pl.len() / rows_per_thing
        if kind.apart and column in NAMES:
            bearers = pl.min_horizontal(bearers, pl.col(kind.apart).n_unique().cast(pl.Float64))
        others = (bearers.clip(1.0) - 1 + UNSEEN) / things
        counted = features.drop_nulls(column).group_by(column).agg(others.clip(0, 1).alias("tf"))
        tables[column] = counted.rename({"tf": f"tf_{column}"}).sort(column)
    return tables


def wanted(kind: Kind) -> list[str]:
    """Columns of a scored pair that are kept."""
    fields = [c.field for c in kind.comparisons]
    own = [f"gamma_{field}" for field in fields] + [f"mw_{field}" for field in fields]
    own += [f"mw_tf_adj_{c.field}" for c in kind.comparisons if any(lv.tf for lv in c.levels)]
    return ["uid_l", "uid_r", "match_weight", "match_probability", *own]


def tidy(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Scored pairs in one order and of one precision, however many threads or machines made them."""
    bits = []
    for c in kind.comparisons:
        # What a rare value adds belongs to the field's own weight.
        rarity = pl.col(f"mw_tf_adj_{c.field}") if f"mw_tf_adj_{c.field}" in rows.columns else pl.lit(0.0)
        bits.append((pl.col(f"mw_{c.field}") + rarity).cast(pl.Float64).round(6).alias(f"mw_{c.field}"))
    turned = pl.col("uid_l") > pl.col("uid_r")
    return rows.select(
        pl.when(turned).then("uid_r").otherwise("uid_l").cast(pl.Int64).alias("uid_l"),
        pl.when(turned).then("uid_l").otherwise("uid_r").cast(pl.Int64).alias("uid_r"),
        pl.col("match_weight").cast(pl.Float64).round(6).alias("weight"),
        pl.col("match_probability").cast(pl.Float64).round(9).alias("probability"),
        *(pl.col(name).cast(pl.Int8) for name in rows.columns if name.startswith("gamma_")),
        *bits,
    ).sort("uid_l", "uid_r")
