"""Ids that stay the same wherever and whenever a row is read: SHA-256 over its text, computed column-wise."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl


def sha256(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Return the SHA-256 (64 hex digits) of each row's `columns`; null and "" differ."""
    text = frame.select(
        pl.col(name).cast(pl.List(pl.String)).list.join(";")
        if isinstance(frame.schema[name], pl.List)
        else pl.col(name).cast(pl.String)
        for name in columns
    )
    parts = ", ".join(f'coalesce("{name}", chr(30))' for name in columns)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("rows", text.to_arrow())
        hashed = connection.sql(f"select sha256(concat_ws(chr(31), {parts})) as digest from rows").pl()
    return hashed["digest"]
