"""Rows on an even grid: the channel that is foretold and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import polars as pl

from yufang.sensing.forecast.contracts import Floats, Whole
from yufang.sensing.forecast.errors import ForecastError
from yufang.sensing.readings import UNUSABLE, Readings

Role = Literal["production", "air", "pressure", "gas"]
ROLES: tuple[Role, ...] = get_args(Role)

MOST_GAP = 10_000_000  # rows that a grid may have
_LONG = ("channel", "time", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """n rows, one every `every_s` seconds, oldest first.

    value: float64[n] of `channel`, NaN where missing; beside: float64[n] of each other channel; roles: what each of
    these is (`production` 0..1, `air` velocity, `pressure` barometric, `gas` another gas sensor); start: event time of
    the first row in microseconds UTC, or None where the rows carry no time (then nothing is learned from the calendar).
    """

    channel: str
    every_s: float
    value: Floats
    beside: Mapping[str, Floats] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    start: int | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.every_s) and 0 < self.every_s <= 180):
            raise ForecastError(
                "bad_setting",
                field="every_s",
                value=self.every_s,
                rule_zh="采样间隔要在 0 到 180 秒之间，否则说不出 3 分钟内会怎样",
                rule_en="a row every 0 to 180 seconds is needed to say something of the next 3 minutes",
            )
        for name, column in self.beside.items():
            if len(column) != len(self.value):
                raise ForecastError(
                    "bad_setting",
                    field=name,
                    value=f"{len(column)} rows",
                    rule_zh=f"要与 {self.channel} 一样长（{len(self.value)} 行）",
                    rule_en=f"as many rows as {self.channel} are needed ({len(self.value)})",
                )

    def __len__(self) -> int:
        return len(self.value)

    def rows(self, minutes: float) -> int:
        """How many rows `minutes` are, at least one."""
        return max(1, round(minutes * 60 / self.every_s))

    def cut(self, start: int, end: int) -> Series:
        """Rows `start` up to but without `end`."""
        start, end, _ = slice(start, end).indices(len(self))
        return Series(
            self.channel,
            self.every_s,
            self.value[start:end],
            {name: column[start:end] for name, column in self.beside.items()},
            self.roles,
            None if self.start is None else self.start + round(start * self.every_s * 1e6),
        )

    def time(self, row: int) -> int | None:
        """Event time of a row (negative counts from the end) in microseconds UTC, or None."""
        row = row if row >= 0 else len(self) + row
        return None if self.start is None else self.start + round(row * self.every_s * 1e6)

    def of_role(self, role: Role) -> list[str]:
        """Names of the channels beside that have this role, in their order."""
        return [name for name in self.beside if self.roles.get(name) == role]


def read_parquet(path: Path, channel: str, roles: Mapping[str, Role] | None = None, every_s: float = 30.0) -> Series:
    """Series of `channel` and the channels in `roles`.

    Takes a wide table (a column a channel, rows `every_s` apart unless a `time` column says otherwise) or a long one
    (columns channel, time, value, and flag where there is one: rows of the store of readings). Times are put on a grid:
    the last reading of each step stands, a step without one is missing. Raises ForecastError.
    """
    if not path.exists():
        raise ForecastError("no_file", file=path)
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ForecastError("unreadable", file=path, reason=str(error).splitlines()[0]) from error
    return from_frame(frame, channel, roles or {}, every_s, str(path))


def from_readings(
    readings: Readings, keys: Sequence[str], channel: str, roles: Mapping[str, Role], every_s: float
) -> Series:
    """Series of `channel` and the channels in `roles` from readings that count into `keys`, in any order.

    The grid ends with the newest usable reading of `channel`; a channel without any is missing throughout. Raises
    ForecastError where `channel` has none.
    """
    usable = readings.take(readings.usable()).in_order()
    place = {key: n for n, key in enumerate(keys)}
    own = usable.time[usable.channel == place.get(channel, -1)]
    if not len(own):
        raise ForecastError("too_few_rows", channel=channel, rows=0, least=1, step=every_s)
    step, end = round(every_s * 1e6), int(own[-1])
    rows = min(MOST_GAP, int((end - int(usable.time[0])) // step) + 1)
    columns = {}
    for name in (channel, *(name for name in roles if name != channel)):
        mask = (usable.channel == place.get(name, -1)) & (usable.time <= end)
        row = rows - 1 - (end - usable.time[mask]) // step
        line = np.full(rows, np.nan)
        line[row[row >= 0]] = usable.value[mask][row >= 0]  # later readings of a step write over earlier ones
        columns[name] = line
    value = columns.pop(channel)
    return Series(channel, every_s, value, columns, dict(roles), end - (rows - 1) * step)


def from_frame(frame: pl.DataFrame, channel: str, roles: Mapping[str, Role], every_s: float, origin: str) -> Series:
    """`read_parquet` for a frame that is read already; `origin` names it in messages."""
    wanted = [channel, *(name for name in roles if name != channel)]
    there = [name for name in frame.columns if name != "time"]
    if set(_LONG) <= set(frame.columns):
        there = frame["channel"].cast(pl.String).unique().drop_nulls().sort().to_list()
        frame = _wide(frame, wanted)
    for name in wanted:
        if name not in frame.columns:
            known = ", ".join(there)[:200] or "–"
            raise ForecastError("no_channel", file=origin, channel=name, known=known)
        if not frame[name].dtype.is_numeric() and frame[name].dtype != pl.Boolean:
            raise ForecastError("not_numbers", channel=name, kind=frame[name].dtype)
    if not len(frame):
        raise ForecastError("too_few_rows", channel=channel, rows=0, least=1, step=every_s)
    start, columns = _grid(frame, wanted, every_s)
    value = columns.pop(channel)
    return Series(channel, every_s, value, columns, dict(roles), start)


def _wide(frame: pl.DataFrame, wanted: Iterable[str]) -> pl.DataFrame:
    """Long rows as one column a channel; readings flagged unusable are left out."""
    kept = frame.filter(pl.col("channel").cast(pl.String).is_in(list(wanted)))
    if "flag" in frame.columns:
        kept = kept.filter((pl.col("flag").cast(pl.UInt16) & int(UNUSABLE)) == 0)
    if kept.is_empty():
        return frame.select("time").clear()
    return kept.sort("time", maintain_order=True).pivot(
        "channel", index="time", values="value", aggregate_function="last"
    )


def _microseconds(times: pl.Series) -> Whole:
    """Event times in microseconds. Raises ForecastError where they are no times or one is missing."""
    if not (isinstance(times.dtype, pl.Datetime) or times.dtype.is_integer()):
        raise _bad_time(str(times.dtype))
    if times.null_count():
        raise _bad_time("null")
    whole = times.dt.epoch("us") if isinstance(times.dtype, pl.Datetime) else times
    return whole.cast(pl.Int64).to_numpy().astype(np.int64)


def _bad_time(value: str) -> ForecastError:
    return ForecastError(
        "bad_setting",
        field="time",
        value=value,
        rule_zh="每行都要有时间：日期时间，或 1970 年以来的微秒整数",
        rule_en="each row needs a date and time, or whole microseconds since 1970",
    )


def _grid(frame: pl.DataFrame, wanted: list[str], every_s: float) -> tuple[int | None, dict[str, Floats]]:
    """Start and columns on the grid; infinite values count as missing."""
    columns = {name: frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy().copy() for name in wanted}
    for column in columns.values():
        column[~np.isfinite(column)] = np.nan
    if "time" not in frame.columns:
        return None, columns
    times = _microseconds(frame["time"])
    late = np.flatnonzero(np.diff(times) <= 0)
    if len(late):
        raise ForecastError("not_in_order", row=int(late[0]) + 2)
    step = round(every_s * 1e6)
    place = (times - times[0]) // step
    if place[-1] >= MOST_GAP:
        raise ForecastError(
            "bad_setting",
            field="every_s",
            value=every_s,
            rule_zh=f"时间跨度会产生 {int(place[-1]) + 1} 行，上限 {MOST_GAP}",
            rule_en=f"the span of time would make {int(place[-1]) + 1} rows, more than {MOST_GAP}",
        )
    found: dict[str, Floats] = {}
    for name, column in columns.items():
        line = np.full(int(place[-1]) + 1, np.nan)
        told = ~np.isnan(column)
        line[place[told]] = column[told]  # later rows of a step write over earlier ones
        found[name] = line
    return int(times[0]), found
