"""Files of readings, read as batches: long (channel, time, value) or wide (time and a column for each channel)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from yufang.sensing.errors import SensingError
from yufang.sensing.readings import Quality, Readings
from yufang.sensing.wire_limits import MAX_KEYS

_TIMES = ("time", "timestamp", "datetime", "date_time", "时间", "采集时间")
_CHANNELS = ("channel", "sensor", "tag", "point", "通道", "测点")
_VALUES = ("value", "reading", "值", "数值")
_UNITS = ("unit", "单位")
_UTC = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The readings of a file by event time; `rows` counts into `keys`. `skipped`: rows without time or channel."""

    rows: pl.DataFrame  # channel (index), time, value, flag
    keys: tuple[str, ...]
    units: tuple[str, ...]
    skipped: int

    def batches(self, seconds: float, most: int = 50_000) -> Iterator[Readings]:
        """The readings in spans of `seconds` of event time, at most `most` in one."""
        if self.rows.is_empty():
            return
        times = self.rows["time"].to_numpy()
        width = max(1, int(seconds * 1e6))
        starts = np.flatnonzero(np.diff((times - times[0]) // width, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(times)], strict=True):
            for first in range(int(start), int(end), most):
                part = self.rows[first : min(first + most, int(end))]
                yield Readings.of(*(part[name].to_numpy() for name in ("channel", "time", "value", "flag")))


def read_recording(path: Path, timezone: str = "", unit: str = "") -> Recording:
    """Read CSV, Parquet or Arrow IPC. `timezone` is that of times that carry no offset; `unit` that of every channel.

    A value that is no number is kept as missing. Raises SensingError naming the file and the way out.
    """
    frame = _read(path)
    time = _column(frame, _TIMES)
    if time is None:
        raise _refused(path, f"no column of times ({', '.join(_TIMES[:4])}) among {', '.join(frame.columns[:12])}")
    channel, value = _column(frame, _CHANNELS), _column(frame, _VALUES)
    if channel is not None and value is not None:
        found = _column(frame, _UNITS)
        named = pl.col(found).cast(pl.String).fill_null("") if found else pl.lit(unit)
        long = frame.select(
            pl.col(channel).cast(pl.String).alias("key"), pl.col(time), pl.col(value), named.alias("unit")
        )
        long = long.rename({time: "time", value: "value"})
    else:
        values = [name for name in frame.columns if name != time and _is_number(frame[name])]
        if not values:
            raise _refused(path, "no column of values, and no columns of numbers either")
        long = frame.select(pl.col(time).alias("time"), *(pl.col(name).cast(pl.Float64) for name in values))
        long = long.unpivot(values, index="time", variable_name="key", value_name="value")
        long = long.with_columns(pl.lit(unit).alias("unit"))
    return _recording(path, long, timezone)


def _recording(path: Path, long: pl.DataFrame, timezone: str) -> Recording:
    number = pl.col("value").cast(pl.Float64, strict=False)
    rows = long.with_columns(_times(path, long["time"], timezone), number.alias("value"))
    kept = rows.filter(pl.col("time").is_not_null(), pl.col("key").str.len_chars().is_between(1, 120))
    pairs = kept.select("key", "unit").unique(maintain_order=True).with_row_index("channel")
    if pairs.height > MAX_KEYS:
        raise _refused(path, f"{pairs.height} channels, more than {MAX_KEYS}")
    missing = pl.when(pl.col("value").is_null()).then(int(Quality.MISSING))
    flag = missing.when(~pl.col("value").is_finite()).then(int(Quality.NOT_FINITE)).otherwise(0)
    found = (
        kept.join(pairs, on=["key", "unit"], maintain_order="left")
        .select(
            pl.col("channel").cast(pl.Int32),
            "time",
            pl.when(pl.col("value").is_finite()).then(pl.col("value")).otherwise(float("nan")).alias("value"),
            flag.cast(pl.UInt16).alias("flag"),
        )
        .sort("time", "channel", maintain_order=True)
    )
    return Recording(found, tuple(pairs["key"]), tuple(pairs["unit"]), rows.height - kept.height)


def _read(path: Path) -> pl.DataFrame:
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path, glob=False)
        if path.suffix.lower() in (".arrow", ".ipc", ".feather"):
            return pl.read_ipc(path)
        return pl.read_csv(path, separator=_separator(path), infer_schema_length=10_000, glob=False)
    except FileNotFoundError as error:
        raise _refused(path, "there is no such file") from error
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise _refused(path, str(error).splitlines()[0][:200]) from error


def _separator(path: Path) -> str:
    with path.open("rb") as file:
        head = file.readline(65_536)
    return max((",", ";", "\t"), key=lambda mark: head.count(mark.encode()))


def _times(path: Path, column: pl.Series, timezone: str) -> pl.Series:
    """µs since 1970 UTC; null where a time can't be read."""
    if column.dtype.is_integer():
        newest = column.abs().max()
        # Seconds, milliseconds, microseconds or nanoseconds: told apart by their size.
        size = int(newest) if isinstance(newest, int) else 0
        scale = next((s for limit, s in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0)) if size < limit), 1e-3)
        return (column.cast(pl.Float64) * scale).cast(pl.Int64) if scale < 1 else column.cast(pl.Int64) * int(scale)
    if column.dtype == pl.String:
        column = _parsed(path, column, timezone)
    if not isinstance(column.dtype, pl.Datetime):
        raise _refused(path, f"its times are of type {column.dtype}")
    if column.dtype.time_zone is None:
        column = _placed(path, column, timezone)
    return column.dt.convert_time_zone("UTC").cast(_UTC).dt.timestamp("us")


def _parsed(path: Path, column: pl.Series, timezone: str) -> pl.Series:
    head: Any = column.drop_nulls().head(1).to_list()
    carries = bool(head) and (head[0].endswith("Z") or any(mark in head[0][10:] for mark in "+-"))
    try:
        if carries:
            return column.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
        return _placed(path, column.str.to_datetime(time_unit="us", strict=False), timezone)
    except pl.exceptions.PolarsError as error:
        raise _refused(path, f"its times can't be read: {str(error).splitlines()[0][:120]}") from error


def _placed(path: Path, column: pl.Series, timezone: str) -> pl.Series:
    if not timezone:
        raise _refused(path, "its times carry no offset; say which zone they are of (--timezone Asia/Shanghai)")
    try:
        return column.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    except pl.exceptions.PolarsError as error:
        raise _refused(path, f"no time zone {timezone!r}") from error


def _column(frame: pl.DataFrame, names: tuple[str, ...]) -> str | None:
    return next((column for column in frame.columns if column.strip().lower() in names), None)


def _is_number(column: pl.Series) -> bool:
    return column.dtype.is_numeric()


def _refused(path: Path, reason: str) -> SensingError:
    return SensingError("bad_file", file=path, reason=reason)
