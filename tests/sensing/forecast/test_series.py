"""Rows come from wide and long tables; what can't be taken is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from yufang.sensing.forecast.errors import ForecastError
from yufang.sensing.forecast.series import Series, read_parquet
from yufang.sensing.readings import Quality

AT = datetime(2026, 1, 1, tzinfo=UTC)


def write(path: Path, frame: pl.DataFrame) -> Path:
    frame.write_parquet(path)
    return path


def test_a_wide_table_without_times_is_an_even_grid(tmp_path: Path) -> None:
    path = write(tmp_path / "w.parquet", pl.DataFrame({"a": [1.0, None, float("inf")], "on": [True, False, True]}))
    series = read_parquet(path, "a", {"on": "production"}, 30.0)
    np.testing.assert_array_equal(series.value, [1.0, np.nan, np.nan])
    np.testing.assert_array_equal(series.beside["on"], [1.0, 0.0, 1.0])
    assert series.start is None
    assert series.time(0) is None


def test_a_long_table_is_put_on_the_grid_and_gaps_are_missing(tmp_path: Path) -> None:
    seconds = [0, 10, 30, 95, 95]
    frame = pl.DataFrame(
        {
            "channel": ["a", "a", "a", "a", "b"],
            "time": [AT + timedelta(seconds=s) for s in seconds],
            "value": [1.0, 2.0, 3.0, 4.0, 9.0],
        }
    )
    bad = frame.head(1).with_columns(pl.lit(AT + timedelta(seconds=60)).alias("time"))
    flags = pl.Series("flag", [0] * len(frame) + [int(Quality.BAD)], dtype=pl.UInt16)
    frame = pl.concat([frame, bad]).with_columns(flags)
    series = read_parquet(write(tmp_path / "l.parquet", frame), "a", {"b": "gas"}, 30.0)
    np.testing.assert_array_equal(series.value, [2.0, 3.0, np.nan, 4.0])
    np.testing.assert_array_equal(series.beside["b"], [np.nan, np.nan, np.nan, 9.0])
    assert series.start == int(AT.timestamp() * 1e6)
    assert series.cut(1, 4).start == int(AT.timestamp() * 1e6) + 30_000_000


def test_what_cannot_be_taken_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "w.parquet", pl.DataFrame({"a": [1.0], "text": ["x"]}))
    with pytest.raises(ForecastError, match="missing"):
        read_parquet(tmp_path / "none.parquet", "a")
    with pytest.raises(ForecastError, match="has no channel b; it has a, text"):
        read_parquet(path, "b")
    long = pl.DataFrame({"channel": ["a"], "time": [AT], "value": [1.0]})
    with pytest.raises(ForecastError, match="has no channel b; it has a"):
        read_parquet(write(tmp_path / "long.parquet", long), "b")
    with pytest.raises(ForecastError, match="holds no numbers"):
        read_parquet(path, "text")
    (tmp_path / "bad.parquet").write_bytes(b"not parquet")
    with pytest.raises(ForecastError, match="can't be read"):
        read_parquet(tmp_path / "bad.parquet", "a")
    backwards = pl.DataFrame({"time": [AT, AT - timedelta(seconds=1)], "a": [1.0, 2.0]})
    with pytest.raises(ForecastError, match="row 2"):
        read_parquet(write(tmp_path / "t.parquet", backwards), "a")
    for times in (["today"], [None]):
        timeless = pl.DataFrame({"time": times, "a": [1.0]})
        with pytest.raises(ForecastError, match="each row needs a date and time"):
            read_parquet(write(tmp_path / "n.parquet", timeless), "a")
    with pytest.raises(ForecastError, match="every_s"):
        Series("a", 3600.0, np.zeros(3))
    with pytest.raises(ForecastError, match="as many rows"):
        Series("a", 30.0, np.zeros(3), {"b": np.zeros(2)})
