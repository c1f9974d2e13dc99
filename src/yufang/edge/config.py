"""A node's configuration: one YAML file. Every mistake is told at once, with field, value and rule."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, field_validator

from yufang.edge.connectors.contract import SettingsError
from yufang.edge.connectors.settings import Strict, read
from yufang.edge.errors import EdgeError
from yufang.sensing.channels import Channel, Limit, LimitKind, LimitNote, check_channel, limits_of, limits_with_notes
from yufang.sensing.errors import SensingError
from yufang.standards import NotInForce

MAX_CHANNELS = 5_000
_NAME = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")
Name = Annotated[str, _NAME]


class LimitIn(Strict):
    """A limit that no standard sets, with where it comes from."""

    kind: LimitKind
    value: float
    source: str
    hysteresis: float = 0.0
    hold_s: float = 0.0


class ChannelIn(Strict):
    """One channel of the node. `limits: standard` takes what the standards set for its quantity."""

    key: str = Field(min_length=1, max_length=120)
    name_zh: str = Field("", max_length=120)
    name_en: str = Field("", max_length=120)
    device: str = ""
    quantity: str
    unit: str
    low: float | None = None
    high: float | None = None
    every_s: float = Field(1.0, gt=0, le=86_400)
    area: str | None = None
    x: float | None = None
    y: float | None = None
    z: float | None = None
    calibrated_on: date | None = None
    calibration_expires: date | None = None
    limits: Literal["standard", "none"] | list[LimitIn] = "standard"
    place: str = ""  # a methane sensor's place in a coal mine, CH4-04


class ConnectorIn(Strict):
    """A connector: its kind's own settings stand under `settings`.

    `time`: `device` takes the device's time where it is near the node's, and stamps and flags the reading where it
    isn't; `received` always stamps; `trusted` takes the device's time whatever it is (replays, buffers).
    `repeats`: `drop` leaves out what isn't later than the channel's last reading (a replay that begins again).
    """

    name: Name
    kind: Name
    time: Literal["device", "received", "trusted"] | None = None
    repeats: Literal["keep", "drop"] | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


class When(Strict):
    """Which events switch an output: any kind and channel that matches; `*` and `?` stand for anything."""

    kinds: list[str] = Field(default_factory=lambda: ["high_high", "low_low", "leak"], min_length=1)
    channels: list[str] = Field(default_factory=lambda: ["*"], min_length=1)

    def matches(self, kind: str, channel: str) -> bool:
        return any(fnmatchcase(kind, k) for k in self.kinds) and any(fnmatchcase(channel, c) for c in self.channels)


class OutputIn(Strict):
    """Something at the site that is switched on while a matching episode lasts."""

    name: Name
    kind: Name
    when: When = Field(default_factory=When)
    settings: dict[str, Any] = Field(default_factory=dict)


class Platform(Strict):
    """Where batches go. `ca` is a PEM file for a platform with a certificate of its own."""

    url: str = Field(pattern=r"^https?://")
    ca: Path | None = None
    timeout_s: float = Field(20.0, gt=0, le=300)
    report_every_s: float = Field(15.0, gt=0, le=3600)
    positions_every_s: float = Field(2.0, ge=0.5, le=3600)

    @field_validator("url")
    @classmethod
    def _bare(cls, url: str) -> str:
        return url.rstrip("/")


class OutboxIn(Strict):
    """The disk bound, and how readings are cut into batches."""

    limit_mb: int = Field(512, ge=4, le=1_000_000)
    batch_s: float = Field(10.0, gt=0, le=600)
    commit_s: float = Field(1.0, gt=0, le=60)
    keep_sent_h: float = Field(24.0, ge=0, le=24 * 90)


class HealthIn(Strict):
    """The local page. It shows readings' state and takes pushed readings: keep it inside the site's network."""

    host: str = "127.0.0.1"
    port: int = Field(8099, ge=0, le=65_535)


class ClockIn(Strict):
    """How far clocks may differ before readings are flagged."""

    tolerance_s: float = Field(5.0, gt=0, le=3600)


class EdgeConfig(Strict):
    """The whole file."""

    name: Name
    site: str = ""
    home: Path = Path("edge-home")
    platform: Platform | None = None
    channels: list[ChannelIn] = Field(default_factory=list, max_length=MAX_CHANNELS)
    channels_file: Path | None = None
    connectors: list[ConnectorIn] = Field(default_factory=list)
    outputs: list[OutputIn] = Field(default_factory=list)
    rules: list[dict[str, Any]] = Field(default_factory=lambda: [{"kind": "limits"}])
    signers: list[str] = Field(default_factory=list)
    outbox: OutboxIn = Field(default_factory=lambda: OutboxIn.model_validate({}))
    health: HealthIn = Field(default_factory=lambda: HealthIn.model_validate({}))
    clock: ClockIn = Field(default_factory=lambda: ClockIn.model_validate({}))


def load_config(path: Path) -> EdgeConfig:
    """The configuration at `path`; relative paths in it are taken from its folder. Raises EdgeError."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise EdgeError(
            f"读不到配置文件 {path}：{error.strerror}。", f"Can't read {path}: {error.strerror}."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EdgeError(f"配置文件 {path} 不是有效的 YAML：{error}", f"{path} is no YAML: {error}") from error
    if not isinstance(data, dict):
        raise EdgeError(f"配置文件 {path} 应为一组键值。", f"{path} should hold keys and values.")
    return read_config(data, path.parent)


def read_config(data: Mapping[str, Any], folder: Path) -> EdgeConfig:
    """A configuration from plain data. Raises EdgeError naming every mistake."""
    try:
        config = read(EdgeConfig, "edge", str(data.get("name", "")), data)
        listed = config.channels_file
        if listed is not None:
            rows = _channel_rows(listed if listed.is_absolute() else folder / listed)
            more = [read(ChannelIn, "channel", str(row.get("key", "")), row) for row in rows]
            config = config.model_copy(update={"channels": [*config.channels, *more]})
    except SettingsError as error:
        raise EdgeError(error.zh, error.en) from error
    home = config.home if config.home.is_absolute() else folder / config.home
    config = config.model_copy(update={"home": home})
    _check_unique("connectors", [c.name for c in config.connectors])
    _check_unique("outputs", [o.name for o in config.outputs])
    _check_unique("channels", [c.key for c in config.channels])
    if len(config.channels) > MAX_CHANNELS:
        raise EdgeError(
            f"channels：有 {len(config.channels)} 个通道，一个节点最多 {MAX_CHANNELS} 个；请分到多个节点。",
            f"channels: {len(config.channels)} channels, {MAX_CHANNELS} at most a node; use several nodes.",
            field="channels",
        )
    return config


def channels_of(config: EdgeConfig, on: date) -> list[Channel]:
    """The channels with the limits that hold on day `on`. Raises EdgeError naming the channel."""
    return [_channel(one, config.site, on) for one in config.channels]


def _standard_limits(one: ChannelIn, on: date) -> tuple[Limit, ...]:
    """The limits of the standards; those of a table that no longer holds, flagged, rather than none."""
    try:
        return limits_of(one.quantity, on, unit=one.unit, place=one.place)
    except NotInForce:
        return limits_with_notes(one.quantity, on, unit=one.unit, place=one.place)[0]


def limit_notes(config: EdgeConfig, on: date) -> list[tuple[str, LimitNote]]:
    """(channel, note) of every channel whose standard limits are missing or no longer in force on day `on`."""
    return [
        (one.key, note)
        for one in config.channels
        if one.limits == "standard"
        for note in limits_with_notes(one.quantity, on, unit=one.unit, place=one.place)[1]
    ]


def _channel(one: ChannelIn, site: str, on: date) -> Channel:
    try:
        if one.limits == "standard":
            limits = _standard_limits(one, on)
        elif one.limits == "none":
            limits = ()
        else:
            limits = tuple(
                Limit(
                    kind=limit.kind,
                    value=limit.value,
                    unit=one.unit,
                    source=limit.source,
                    hysteresis=limit.hysteresis,
                    hold_s=limit.hold_s,
                )
                for limit in one.limits
            )
        return check_channel(
            Channel(
                key=one.key,
                device=one.device,
                quantity=one.quantity,
                unit=one.unit,
                low=one.low,
                high=one.high,
                every_s=one.every_s,
                site=site,
                area=one.area,
                x=one.x,
                y=one.y,
                z=one.z,
                calibrated_on=one.calibrated_on,
                calibration_expires=one.calibration_expires,
                limits=limits,
            )
        )
    except (SensingError, ValueError, LookupError) as error:
        zh = "；".join(error.zh) if isinstance(error, SensingError) else str(error)
        en = f"{error.message}; {error.way_out}" if isinstance(error, SensingError) else str(error)
        raise EdgeError(f"通道 {one.key}：{zh}", f"channel {one.key}: {en}", field=f"channels.{one.key}") from error


def _channel_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a CSV or YAML list of channels; empty cells are left out."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EdgeError(
            f"channels_file：读不到 {path}（{error}）。",
            f"channels_file: can't read {path} ({error}).",
            field="channels_file",
        ) from error
    if path.suffix.lower() == ".csv":
        return [
            {k: v for k, v in row.items() if k and v not in ("", None)} for row in csv.DictReader(text.splitlines())
        ]
    try:
        rows = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise EdgeError(f"channels_file：{error}", f"channels_file: {error}", field="channels_file") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise EdgeError(
            f"channels_file：{path} 应为通道列表。",
            f"channels_file: {path} should be a list of channels.",
            field="channels_file",
        )
    return rows


def _check_unique(field: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise EdgeError(
                f"{field}：名称“{name}”重复；请改名。",
                f"{field}: the name {name!r} stands twice; rename one.",
                field=field,
            )
        seen.add(name)


__all__ = [
    "ChannelIn",
    "ConnectorIn",
    "EdgeConfig",
    "OutputIn",
    "channels_of",
    "load_config",
    "read_config",
]
