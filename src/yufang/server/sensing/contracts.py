"""What leaves the room `sensing`, and what comes in as JSON bodies."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field

from yufang.server.errors import Contract

LimitKindOut = Literal["high", "high_high", "low", "low_low", "stel", "twa", "rate"]


class SensingLimit(Schema):
    """A limit of a channel; `source` names standard and clause, or who set it."""

    kind: LimitKindOut
    value: float
    unit: str = Field(max_length=24)
    source: str = Field(default="", max_length=200)
    hysteresis: float = Field(default=0.0, ge=0)
    hold_s: float = Field(default=0.0, ge=0, le=86_400)


class SensingChannelIn(Schema):
    """A channel as it is registered; the same key again changes it."""

    organisation_id: int
    key: str = Field(min_length=1, max_length=120)
    device: str = Field(min_length=1, max_length=120)
    quantity: str = Field(min_length=1, max_length=60)
    unit: str = Field(max_length=24)
    name_zh: str = Field(default="", max_length=120)
    name_en: str = Field(default="", max_length=120)
    low: float | None = None
    high: float | None = None
    every_s: float = 1.0
    area_id: int | None = None
    x: float | None = None
    y: float | None = None
    z: float | None = None
    calibrated_on: date | None = None
    calibration_expires: date | None = None
    with_standards: bool = True
    place: str = Field(default="", max_length=10)
    limits: list[SensingLimit] = Field(default_factory=list, max_length=20)
    personal: bool = False
    closed: bool = False


class SensingChannelOut(Contract):
    """A channel with the limits that apply today and its newest reading."""

    id: int
    organisation_id: int
    enterprise_id: int
    device_id: int
    device: str
    key: str
    name_zh: str
    name_en: str
    quantity: str
    unit: str
    low: float | None
    high: float | None
    every_s: float
    area_id: int | None
    area: str | None
    x: float | None
    y: float | None
    z: float | None
    calibrated_on: date | None
    calibration_expires: date | None
    calibrated: bool
    place: str
    limits: list[SensingLimit]
    personal: bool
    closed: bool
    synthetic: bool
    last_at: AwareDatetime | None
    last_value: float | None
    last_flags: list[str]
    open_events: int


class ChannelsPage(Contract):
    items: list[SensingChannelOut]
    total: int


class ChartOut(Contract):
    """A channel over a span. `time`: milliseconds; `bucket_s` 0: single readings. None where nothing usable was."""

    channel_id: int
    unit: str
    bucket_s: float
    time: list[int]
    low: list[float | None]
    mean: list[float | None]
    high: list[float | None]
    count: list[int]
    flagged: list[int]


class EpisodeOut(Contract):
    """What a detector said of a channel, from when until when."""

    id: int
    episode: str
    detector: str
    kind: str
    channel_id: int | None
    subject: str
    area_id: int | None
    since: AwareDatetime
    at: AwareDatetime
    cleared_at: AwareDatetime | None
    momentary: bool
    value: float | None
    limit: float | None
    unit: str
    deviation: float | None
    sureness: float
    reason_zh: str
    reason_en: str
    evidence: dict[str, Any]
    alert_id: int | None
    synthetic: bool


class EpisodesPage(Contract):
    items: list[EpisodeOut]
    total: int


class RefusalOut(Contract):
    """One reading, channel or event that was not taken, and why."""

    index: int
    channel: str
    field: str
    value: str
    rule: str
    reason_zh: str
    reason_en: str


class Taken(Contract):
    """What was taken of a batch. `again`: it had come before, nothing was written. `missing`: sequences to resend."""

    source: str
    sequence: int
    again: bool
    readings: int
    events: int
    refused: int
    refusals: list[RefusalOut]
    missing: list[tuple[int, int]]
    next: int


class SourceIn(Schema):
    """A device or program that will send readings with a key of its own."""

    organisation_id: int
    name: str = Field(min_length=1, max_length=120)


class SourceOut(Contract):
    id: int
    enterprise_id: int
    name: str
    detects: bool
    has_key: bool
    next: int
    missing: list[tuple[int, int]]
    last_at: AwareDatetime | None
    closed: bool
    synthetic: bool


class NewSource(Contract):
    """A source and its key, which is shown this once."""

    source: SourceOut
    key: str


class UnknownOut(Contract):
    """A channel that sent readings and isn't registered."""

    key: str
    unit: str
    source: str
    readings: int
    at: AwareDatetime


class SourcesOf(Contract):
    sources: list[SourceOut]
    unknown: list[UnknownOut]
