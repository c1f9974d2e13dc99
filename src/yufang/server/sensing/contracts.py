"""What leaves the room `sensing`, and what comes in as JSON bodies."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

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


class SensingReason(Contract):
    """Why something is not told, in both languages."""

    code: str
    zh: str
    en: str


class SensingChannelOut(Contract):
    """A channel with the limits that apply today and its newest reading.

    `limit_notes` say why a limit that one would expect is missing, or stands though its table no longer holds.
    """

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
    limit_notes: list[SensingReason]
    registered_by: str
    personal: bool
    closed: bool
    synthetic: bool
    last_at: AwareDatetime | None
    last_value: float | None
    last_flags: list[str]
    open_events: int


class RegisterRow(Schema):
    """One channel of an edge node's register, as it stands in the node's configuration."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=120)
    device: str = Field(default="", max_length=120)
    quantity: str = Field(min_length=1, max_length=60)
    unit: str = Field(max_length=24)
    name_zh: str = Field(default="", max_length=120)
    name_en: str = Field(default="", max_length=120)
    low: float | None = None
    high: float | None = None
    every_s: float = Field(default=1.0, gt=0, le=86_400)
    area: str | None = Field(default=None, max_length=120)
    x: float | None = None
    y: float | None = None
    z: float | None = None
    calibrated_on: date | None = None
    calibration_expires: date | None = None
    limits: Literal["standard", "none"] | list[RegisterLimit] = "standard"
    place: str = Field(default="", max_length=10)


class RegisterLimit(Schema):
    """A limit of a row, in the unit of its channel."""

    kind: LimitKindOut
    value: float
    source: str = Field(default="", max_length=200)
    hysteresis: float = Field(default=0.0, ge=0)
    hold_s: float = Field(default=0.0, ge=0, le=86_400)


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
    """What was taken of a batch. `again`: it had come before, nothing was written. `missing`: sequences to resend.

    `unknown`: how many of its channels nobody registered (not told again).
    """

    source: str
    sequence: int
    again: bool
    readings: int
    events: int
    refused: int
    refusals: list[RefusalOut]
    unknown: int = 0
    missing: list[tuple[int, int]]
    next: int


class Registered(Contract):
    """What came of a register. `kept`: channels that a person put in order, which stand as they are."""

    opened: int
    changed: int
    closed: int
    same: int
    kept: int
    refused: int
    refusals: list[RefusalOut]


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


class ForecastLimit(Contract):
    value: float
    unit: str
    source: str


class ForecastChance(Contract):
    """Calibrated probability that the limit is reached within so many minutes."""

    within_min: float
    probability: float


class ForecastBand(Contract):
    """Quantiles of the path ahead: `values[i][j]` is the quantile `levels[j]` at `minutes[i]` after `at`."""

    minutes: list[float]
    levels: list[float]
    values: list[list[float]]


class ForecastModelOut(Contract):
    version: str
    trained_at: str
    learners: dict[str, str]
    card_zh: list[str]
    card_en: list[str]


class ForecastDrift(Contract):
    state: Literal["holds", "watch", "retrain", "cannot_tell"]
    zh: str
    en: str
    at: AwareDatetime


class ChannelForecastOut(Contract):
    """What is foretold of a channel, or why nothing is.

    `above`: the value is at or over the limit already. `none`: there is no forecast. `warn_at`: the threshold that the
    probability within 30 minutes is held against; `warned` while an event of kind "forecast" lasts. `later`:
    probability of reaching the limit in 15 to 30 minutes, time enough to act.
    """

    channel_id: int
    unit: str
    state: Literal["told", "above", "cannot_tell", "none"]
    at: AwareDatetime | None = None
    made_at: AwareDatetime | None = None
    value: float | None = None
    limit: ForecastLimit | None = None
    chances: list[ForecastChance] = Field(default_factory=list)
    later: float | None = None
    warn_at: float | None = None
    warned: bool = False
    band: ForecastBand | None = None
    model: ForecastModelOut | None = None
    drift: ForecastDrift | None = None
    reasons: list[SensingReason] = Field(default_factory=list)
    synthetic: bool = False


class LeakSource(Schema):
    """A place from which gas may escape, in metres on the plan."""

    key: str = Field(min_length=1, max_length=60)
    x: float = Field(ge=-1e5, le=1e5)
    y: float = Field(ge=-1e5, le=1e5)
    z: float = Field(default=1.0, ge=0, le=500)


class LeakWatchIn(Schema):
    """Where leaks are looked for; the same name again changes it. `gas` []: every open gas channel of `quantity` at
    the organisation that has a position. Wind: keys of channels; direction as `direction_means` says."""

    organisation_id: int
    name: str = Field(min_length=1, max_length=60)
    site_plan: int | None = None
    quantity: str = Field(default="gas:ch4", pattern=r"^gas:.{1,50}$")
    gas: list[str] = Field(default_factory=list, max_length=200)
    wind_speed: str = Field(min_length=1, max_length=120)
    wind_direction: str = Field(min_length=1, max_length=120)
    direction_means: Literal["from_north_deg", "towards_east_rad"] = "from_north_deg"
    turned_deg: float = Field(default=0.0, ge=-360, le=360)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    molar_mass: float = Field(default=16.04, ge=1, le=1000)
    instant_ppm: float = Field(default=5.0, ge=0, le=1e6)
    alarm: float = Field(default=0.8, ge=0.01, le=0.999)
    priors: dict[str, float] = Field(default_factory=dict)
    sources: list[LeakSource] = Field(min_length=1, max_length=200)
    closed: bool = False


class LeakWatchOut(Contract):
    """A watch for leaks, up to when it has looked, and why it can't where it can't."""

    id: int
    organisation_id: int
    enterprise_id: int
    name: str
    site_plan: int | None
    config: dict[str, Any]
    closed: bool
    looked_at: AwareDatetime | None
    trouble: SensingReason | None
