"""What stands in a message: rules that turn JSON, plain text or CSV into channel, time and value."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from yufang.edge.connectors.settings import Strict

TimeUnit = Literal["auto", "s", "ms", "us", "ns"]
_PER_US = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}
_EARLIEST, _LATEST = 946_684_800_000_000, 4_102_444_800_000_000  # years 2000 and 2100
_STEP = re.compile(r"([^.\[\]]+)|\[(-?\d+)\]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_WORDS = {"nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf, "true": 1.0, "false": 0.0}


class Unreadable(ValueError):
    """One message or record that can't be read; says what was found and what was expected."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


Skip = Callable[[Unreadable], None]


@dataclass(frozen=True, slots=True)
class Read:
    """One value of a message: `names` fill the channel template."""

    names: dict[str, str]
    time_us: int | None
    value: float | str | None


class Payload(Strict):
    """How a message is read.

    `json`: `value` is the path of the value ("data.ch4" or "v[0]"); or `each` is the path of an object whose members
    are values ({key} in the channel is the member's name), or of a list of records in which `value` and `key` stand.
    `plain`: the whole message is one value. `csv`: lines of `columns`; the columns `time` and `key` are read as such,
    `value` is one column, or every other column is a value of its own ({key} is its name).
    """

    format: Literal["json", "plain", "csv"] = Field(default="json", title="报文格式", description="json, plain or csv.")
    value: str | None = Field(default=None, title="值", description="Path or column of the value.")
    time: str | None = Field(default=None, title="时间", description="Path or column of the event time.")
    key: str | None = Field(
        default=None, title="名称", description="Path or column that names the channel of a record."
    )
    each: str | None = Field(
        default=None, title="逐项", description="Path of the object or list to go through; '' is the top."
    )
    columns: list[str] = Field(default_factory=list, title="列", description="Column names of csv lines, in order.")
    separator: str = Field(
        default=",", min_length=1, max_length=1, title="分隔符", description="Separator of csv columns."
    )
    time_unit: TimeUnit = Field(
        default="auto", title="时间单位", description="Unit of a numeric time; auto tells by size."
    )
    timezone: str = Field(default="UTC", title="时区", description="Zone of a written time that names none.")
    most_values: int = Field(
        default=10_000, ge=1, title="每条上限", description="Values read from one message at most."
    )

    @field_validator("timezone")
    @classmethod
    def _zone(cls, given: str) -> str:
        try:
            ZoneInfo(given)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone {given!r} / 没有时区“{given}”") from error
        return given

    @model_validator(mode="after")
    def _fits(self) -> Payload:
        if self.format == "csv" and not self.columns:
            raise ValueError("csv needs columns / csv 要写明 columns（列名）")
        if self.format == "csv":
            for name in (self.value, self.time, self.key):
                if name is not None and name not in self.columns:
                    raise ValueError(f"{name!r} is not among columns / columns 中没有“{name}”")
        return self

    def read(self, body: bytes, skip: Skip | None = None) -> Iterator[Read]:
        """The values of one message, in order.

        Raises Unreadable where the message can't be read. A single member, record or line that can't be read is given
        to `skip` and passed over; without `skip` it raises too.
        """
        if self.format == "plain":
            yield Read({}, None, number(_text(body).strip()))
            return
        records = self._csv(_text(body), skip) if self.format == "csv" else self._json(body, skip)
        for count, one in enumerate(records):
            if count >= self.most_values:
                raise Unreadable(
                    f"一条报文超过 {self.most_values} 个值。", f"more than {self.most_values} values in one message."
                )
            yield one

    def _json(self, body: bytes, skip: Skip | None) -> Iterator[Read]:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"不是 JSON（{error}）。", f"not JSON ({error}).") from error
        outer = self._when(document)
        if self.each is None:
            yield Read({}, outer, number(pick(document, self.value or "value")))
            return
        group = pick(document, self.each)
        if not isinstance(group, dict | list):
            raise Unreadable(f"“{self.each}”处应为对象或列表。", f"an object or a list was expected at {self.each!r}.")
        members = group.items() if isinstance(group, dict) else enumerate(group)
        for name, member in members:
            if self.each == "" and name == self.time:
                continue
            try:
                yield self._member(str(name), member, outer, named=isinstance(group, dict))
            except Unreadable as error:
                if skip is None:
                    raise
                skip(error)

    def _member(self, name: str, member: Any, outer: int | None, *, named: bool) -> Read:
        names = {"key": name if named or self.key is None else str(pick(member, self.key))}
        at = self._when(member) if isinstance(member, dict) else None
        return Read(names, outer if at is None else at, number(pick(member, self.value) if self.value else member))

    def _when(self, document: Any) -> int | None:
        """The time at its path; None where none stands there (the time may be in the records or around them)."""
        if self.time is None:
            return None
        try:
            found = pick(document, self.time)
        except Unreadable:
            return None
        return None if found is None else when(found, self.time_unit, self.timezone)

    def _csv(self, text: str, skip: Skip | None) -> Iterator[Read]:
        for line, row in enumerate(csv.reader(text.splitlines(), delimiter=self.separator), 1):
            try:
                yield from self.row(row, f"第 {line} 行", f"line {line}: ")
            except Unreadable as error:
                if skip is None:
                    raise
                skip(error)

    def row(self, row: list[str], zh: str = "", en: str = "") -> Iterator[Read]:
        """The values of one csv line; an empty line has none. Raises Unreadable, `zh` and `en` before its words."""
        if not row:
            return
        if len(row) != len(self.columns):
            raise Unreadable(
                f"{zh}有 {len(row)} 列，应为 {len(self.columns)} 列。",
                f"{en}{len(row)} columns, {len(self.columns)} were expected.",
            )
        yield from self.record(dict(zip(self.columns, (cell.strip() for cell in row), strict=True)))

    def record(self, cells: dict[str, str]) -> Iterator[Read]:
        """The values of one csv record."""
        at = when(cells[self.time], self.time_unit, self.timezone) if self.time and cells[self.time] else None
        if self.value is not None:
            names = {"key": cells[self.key]} if self.key else {}
            yield Read(names, at, number(cells[self.value]))
            return
        for name, cell in cells.items():
            if name not in (self.time, self.key):
                yield Read({"key": name}, at, number(cell))


def number(found: Any) -> float | str | None:
    """A found value as number, text or None. Numbers in text become numbers; true and false become 1 and 0.

    Raises Unreadable for an object or a list, which are no value.
    """
    if found is None:
        return None
    if isinstance(found, bool | int | float):
        try:
            return float(found)
        except OverflowError:
            return math.inf if found > 0 else -math.inf
    if isinstance(found, str):
        text = found.strip()
        if _NUMBER.match(text):
            return float(text)
        return _WORDS.get(text.lower(), text) if text else None
    raise Unreadable(
        f"应为一个值，得到{type(found).__name__}。", f"a value was expected, found a {type(found).__name__}."
    )


def when(found: Any, unit: TimeUnit = "auto", timezone: str = "UTC") -> int:
    """A found time as UTC microseconds: a number since 1970 in `unit`, or written as ISO 8601.

    Raises Unreadable for what is no time or lies outside the years 2000 to 2100.
    """
    value = number(found)
    if isinstance(value, float) and math.isfinite(value):
        us = _from_number(value, unit, found)
    elif isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError as error:
            raise _no_time(found) from error
        at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))
        since = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    else:
        raise _no_time(found)
    if not _EARLIEST <= us < _LATEST:
        raise _no_time(found)
    return us


def _from_number(value: float, unit: TimeUnit, found: Any) -> int:
    if unit == "auto":
        size = abs(value)
        unit = "s" if size < 1e11 else "ms" if size < 1e14 else "us" if size < 1e17 else "ns"
    if isinstance(found, int):  # whole numbers stay exact beyond 2^53
        return found // 1000 if unit == "ns" else found * int(_PER_US[unit])
    return round(value * _PER_US[unit])


def _no_time(found: Any) -> Unreadable:
    shown = str(found)[:60]
    return Unreadable(
        f"“{shown}”不是 2000 至 2100 年间的时间（ISO 8601 或自 1970 年起的数）。",
        f"{shown!r} is no time between 2000 and 2100 (ISO 8601, or a number since 1970).",
    )


def pick(document: Any, path: str) -> Any:
    """What stands at `path` ("a.b[0].c"; "" is the document itself). Raises Unreadable where nothing stands."""
    found = document
    for name, place in _STEP.findall(path):
        try:
            found = found[int(place)] if place else found[name]
        except (KeyError, IndexError, TypeError) as error:
            raise Unreadable(f"没有“{path}”这一项。", f"nothing stands at {path!r}.") from error
    return found


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("不是 UTF-8 文本。", "not UTF-8 text.") from error


def fill(template: str, names: dict[str, str]) -> str:
    """The channel of `template` ("{device}.{key}"). Raises Unreadable where a name is missing."""
    try:
        return template.format_map(names)
    except (KeyError, IndexError, ValueError) as error:
        raise Unreadable(
            f"通道模板“{template}”缺少 {error}。", f"channel template {template!r} lacks {error}."
        ) from error
