"""Read a file line by line and emit its rows in their own rhythm."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from yufang.edge.connectors.contract import Emit, SettingsError, Status, Tell
from yufang.edge.connectors.gate import Gate
from yufang.edge.connectors.payload import Payload, Read, TimeUnit, Unreadable, fill
from yufang.edge.connectors.settings import Link, read

_BREATH = 500  # rows between two looks at the other tasks
_LONGEST_LINE = 1_048_576


class ReplaySettings(Link):
    """A CSV file with a header, and how fast to go through it."""

    file: Path = Field(title="文件", description="CSV file, UTF-8, first line the column names.")
    time: str = Field(min_length=1, title="时间列", description="Column of the event time.")
    key: str | None = Field(default=None, title="通道列", description="Column that names the channel (long form).")
    value: str | None = Field(default=None, title="数值列", description="Column of the value (long form).")
    channel: str = Field(
        default="{key}", min_length=1, title="通道", description="Channel; {key} is the name or the column."
    )
    separator: str = Field(default=",", min_length=1, max_length=1, title="分隔符", description="Separator of columns.")
    time_unit: TimeUnit = Field(default="auto", title="时间单位", description="Unit of a numeric time.")
    timezone: str = Field(default="UTC", title="时区", description="Zone of a written time that names none.")
    speed: float = Field(
        default=1.0, ge=0, title="倍速", description="1: as it was; 60: a minute a second; 0: at once."
    )
    longest_wait_s: float = Field(
        default=60, gt=0, title="最长停顿", description="A longer gap in the file is cut to this."
    )

    @model_validator(mode="after")
    def _long_form(self) -> ReplaySettings:
        if (self.key is None) != (self.value is None):
            raise ValueError("key and value go together / key 与 value 须同时填写")
        return self


class ReplayConnector:
    """Rows of a file as samples. Event times stay as they are in the file."""

    def __init__(self, name: str, settings: ReplaySettings, tell: Tell) -> None:
        self.name = name
        self.status = Status()
        self.settings = settings
        self.gate = Gate(
            name, self.status, tell, most=settings.max_channels, per_device=settings.max_channels_per_device
        )

    async def run(self, emit: Emit, stop: asyncio.Event) -> None:
        """Go through the file once, then wait for `stop`."""
        self.gate.open(emit)
        self.gate.connected()
        loop = asyncio.get_running_loop()
        due, before = loop.time(), None
        for count, (where, one) in enumerate(self._rows(), 1):
            if stop.is_set():
                break
            if self.settings.speed and one.time_us is not None:
                if before is not None:
                    gap = max(0.0, (one.time_us - before) / 1e6)
                    due += min(gap, self.settings.longest_wait_s) / self.settings.speed
                before = one.time_us if before is None else max(before, one.time_us)
                if (wait := due - loop.time()) > 0 and await _stopped(stop, wait):
                    break
            if count % _BREATH == 0:
                await asyncio.sleep(0)
            self._emit(where, one)
        self.status.details["rows"] = self.status.samples
        self.status.details["finished"] = 1
        await stop.wait()
        self.status.connected = False

    def _emit(self, where: str, one: Read) -> None:
        try:
            channel = fill(self.settings.channel, one.names)
        except Unreadable as error:
            self.gate.refuse(where, error.zh, error.en)
            return
        self.gate.take(channel, one.time_us, one.value, where=where, device=str(self.settings.file))

    def _rows(self) -> Iterator[tuple[str, Read]]:
        """(file:line, value); a line that can't be read is told and passed over."""
        given = self.settings
        try:
            with given.file.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                rows = csv.reader(_bounded(file), delimiter=given.separator)
                columns = next(rows, None)
                payload = self._payload(columns)
                while True:
                    where = f"{given.file.name}:{rows.line_num + 1}"
                    try:
                        row = next(rows)
                        yield from ((where, one) for one in payload.row(row))
                    except StopIteration:
                        return
                    except Unreadable as error:
                        self.gate.refuse(where, error.zh, error.en)
                    except csv.Error as error:
                        self.gate.refuse(where, f"不是 CSV 行（{error}）。", f"not a CSV line ({error}).")
        except OSError as error:
            raise SettingsError(
                f"{self.name}：读不到文件 {given.file}（{error.strerror}）。",
                f"{self.name}: can't read {given.file} ({error.strerror}).",
            ) from error

    def _payload(self, columns: list[str] | None) -> Payload:
        given = self.settings
        names = [name.strip() for name in columns or []]
        for column in (given.time, given.key, given.value):
            if column is not None and column not in names:
                raise SettingsError(
                    f"{self.name}：{given.file} 没有“{column}”列，有：{'、'.join(names)[:300]}。",
                    f"{self.name}: {given.file} has no column {column!r}; it has {', '.join(names)[:300]}.",
                )
        return Payload(
            format="csv",
            columns=names,
            time=given.time,
            key=given.key,
            value=given.value,
            separator=given.separator,
            time_unit=given.time_unit,
            timezone=given.timezone,
        )


def _bounded(file: Any) -> Iterator[str]:
    """Lines of a file, none longer than a megabyte: the rest of a longer one is passed over."""
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE and not line.endswith("\n"):
            while (rest := file.readline(_LONGEST_LINE)) and not rest.endswith("\n"):
                pass
            line = "\n"
        yield line


async def _stopped(stop: asyncio.Event, wait_s: float) -> bool:
    try:
        await asyncio.wait_for(stop.wait(), wait_s)
    except TimeoutError:
        return False
    return True


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> ReplayConnector:
    """The connector of these settings. Raises SettingsError."""
    return ReplayConnector(name, read(ReplaySettings, "replay", name, settings), tell)
