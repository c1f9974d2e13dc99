"""What a connector is: something that turns a device's messages into samples and never stops the others.

A connector is one folder beside this module with a `Settings` model and a class that satisfies `Connector`.
`run` keeps its connection by itself: it reconnects with a jittered back-off, subscribes again, and returns only when
`stop` is set. It may raise `SettingsError` for settings that can never work; anything else that it raises is a defect,
and the runner starts it again with the same back-off. A message that can't be read is told as a `Trouble` with its
topic, node, register or line, and passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Sample:
    """One value as it came from a device.

    `time_us`: the device's own time of the value (UTC microseconds), None where the device gives none.
    `received_us`: when this node took it in (UTC microseconds). `value`: a number; text that is no number stays text;
    None where the device says that it has no value. NaN and infinities are passed on as they came.
    `quality`: bits of `yufang.sensing.quality.Quality` that the source itself told, 0 where it told nothing.
    """

    channel: str
    time_us: int | None
    value: float | str | None
    received_us: int
    quality: int = 0


Emit = Callable[[Sample], None]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should know about a connector or an output.

    `kind`: "refused" (a message or value was passed over), "lost" (no connection), "back" (connected again),
    "bounded" (a limit on size or number of channels was reached), "failed" (an output could not do what it was told).
    `where`: topic, node id, register, path or file:line. `times`: how often it happened since it was last told.
    """

    source: str
    kind: Literal["refused", "lost", "back", "bounded", "failed"]
    where: str
    zh: str
    en: str
    at_us: int
    times: int = 1


Tell = Callable[[Trouble], None]


@dataclass(slots=True)
class Status:
    """How a connector stands, for the health page. Written by the connector only."""

    connected: bool = False
    since_us: int | None = None
    samples: int = 0
    refused: int = 0
    reconnects: int = 0
    channels: int = 0
    last_sample_us: int | None = None
    last_trouble: Trouble | None = None
    details: dict[str, str | int | float] = field(default_factory=dict)


class SettingsError(ValueError):
    """Settings that can't work: names the field, the value and the rule, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{en} / {zh}")
        self.zh = zh
        self.en = en


class Connector(Protocol):
    """One source of samples."""

    name: str
    status: Status

    async def run(self, emit: Emit, stop: asyncio.Event) -> None:
        """Emit samples until `stop` is set; survives lost connections by itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a push endpoint answers: HTTP status and a JSON body."""

    status: int
    body: bytes


@runtime_checkable
class Pushed(Protocol):
    """A connector that others push to: the node's local page serves `POST <path>` and hands the body to `take`.

    `limit` is the largest body in bytes; the page answers 413 beyond it without reading the rest.
    """

    path: str
    limit: int

    def take(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Read one pushed body; header names are lower case."""
