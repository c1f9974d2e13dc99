"""Events of detectors become episodes, and episodes alerts: one open alert a rule and subject."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yufang.sensing.alerting import ALERTS, AlertKind, Tier
from yufang.sensing.detectors.contract import key_of
from yufang.sensing.errors import Refusal
from yufang.sensing.wire_json import FIRST_US, LAST_US
from yufang.sensing.wire_limits import Refusals
from yufang.server.accounts.models import Organisation
from yufang.server.live.events import EpisodeChanged, emit
from yufang.server.scope import Actor
from yufang.server.sensing.models import Channel, Episode, SensingEvent, Source
from yufang.server.warning import actions as warning

_OVER_ZH, _OVER_EN = "读数恢复正常", "the reading is back to normal"
_LOCAL = timedelta(hours=8)


class EventIn(BaseModel):
    """An event as detectors write it (`yufang.sensing.detectors.contract.Event`)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    key: str = Field(min_length=1, max_length=120)
    episode: str = Field(default="", max_length=80)
    detector: str = Field(min_length=1, max_length=80)
    channel: str = Field(default="", max_length=120)
    kind: str = Field(min_length=1, max_length=40)
    state: Literal["raised", "changed", "cleared"]
    since: int = Field(ge=FIRST_US, lt=LAST_US)
    at: int = Field(ge=FIRST_US, lt=LAST_US)
    value: float | None = None
    limit: float | None = None
    unit: str = Field(default="", max_length=24)
    deviation: float | None = None
    sureness: float = Field(default=0.5, ge=0, le=1)
    reason_zh: str = Field(default="", max_length=2_000)
    reason_en: str = Field(default="", max_length=2_000)
    momentary: bool = False
    evidence: dict[str, Any] = {}


def read_events(events: Sequence[Mapping[str, Any]], refusals: Refusals) -> list[EventIn]:
    """The events that can be read, in order of event time; the others are refused, one by one."""
    read = []
    for index, event in enumerate(events):
        try:
            read.append(EventIn.model_validate(_finite(event)))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            told = f"{field}: {first['msg']}"[:120]
            refusals.add(Refusal(index, str(event.get("channel", ""))[:120], "events", told, "event_unreadable"))
    return sorted(read, key=lambda event: event.at)


def _finite(value: Any) -> Any:
    """The same with None for every number that JSON and PostgreSQL don't have."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key).replace("\0", ""): _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value.replace("\0", "") if isinstance(value, str) else value


def take_events(
    acting_user: Actor, home: Organisation, source: Source | None, events: Sequence[EventIn], now: datetime
) -> list[int]:
    """Write events that are new, let their episodes follow and the episodes' alerts; ids of episodes that changed.

    The order in which messages of an episode come doesn't matter: it is cleared for good once that was said.
    """
    if not events:
        return []
    known = set(
        SensingEvent.objects.filter(enterprise=home, key__in=[e.key for e in events]).values_list("key", flat=True)
    )
    channels = {c.key: c for c in Channel.objects.filter(enterprise=home, key__in={e.channel for e in events})}
    touched: dict[str, Episode] = {}
    for event in events:
        if event.key in known:
            continue
        known.add(event.key)
        row = _follow(home, source, event, channels.get(event.channel), touched)
        SensingEvent.objects.create(
            path=row.path,
            enterprise=home,
            episode=row,
            key=event.key,
            state=event.state,
            at=event.at,
            value=event.value,
            reason_zh=event.reason_zh,
            reason_en=event.reason_en,
            taken_at=now,
        )
    for row in touched.values():
        _alert(acting_user, row, now)
        emit(EpisodeChanged(id=row.pk, enterprise_id=home.pk, path=row.path, kind=row.kind, open=_is_open(row)))
    return [row.pk for row in touched.values()]


def end(acting_user: Actor, home: Organisation, rows: Sequence[Episode], why: tuple[str, str], now: datetime) -> None:
    """Clear open episodes that their detector will not clear any more, and say why (zh, en)."""
    at = int(now.timestamp() * 1e6)
    told = [
        EventIn(
            key=key_of(row.episode, "cleared", at),
            episode=row.episode,
            detector=row.detector,
            channel=row.subject,
            kind=row.kind,
            state="cleared",
            since=row.since,
            at=max(at, row.at),
            unit=row.unit,
            sureness=1.0,
            reason_zh=why[0],
            reason_en=why[1],
            evidence=row.evidence,
        )
        for row in rows
    ]
    take_events(acting_user, home, None, told, now)


def _follow(
    home: Organisation, source: Source | None, event: EventIn, channel: Channel | None, touched: dict[str, Episode]
) -> Episode:
    name = event.episode or event.key
    row = (
        touched.get(name)
        or Episode.objects.select_for_update(of=("self",)).filter(enterprise=home, episode=name).first()
    )
    kind = ALERTS.get(event.kind)
    if row is None:
        place = channel.organisation_id if channel else (source.organisation_id if source else home.pk)
        row = Episode(
            path=channel.path if channel else (source.path if source else home.path),
            organisation_id=place,
            enterprise=home,
            episode=name,
            detector=event.detector,
            channel=channel,
            subject=event.channel,
            kind=event.kind,
            since=event.since,
            at=0,
            momentary=event.momentary,
            area_id=channel.area_id if channel else None,
            alert_rule="" if kind is None or event.momentary else kind.rule,
            source=source,
            synthetic=channel.synthetic if channel else home.synthetic,
        )
    if event.state == "cleared":
        row.cleared_at = event.at
    if event.at >= row.at:
        for field in ("at", "limit", "unit", "deviation", "sureness", "evidence"):
            setattr(row, field, getattr(event, field))
        if event.state != "cleared" or not row.reason_zh:  # what it was stays, not that it is over
            row.value, row.reason_zh, row.reason_en = event.value, event.reason_zh, event.reason_en
    row.save()
    touched[name] = row
    return row


def _is_open(row: Episode) -> bool:
    return row.cleared_at is None and not row.momentary


def _alert(acting_user: Actor, row: Episode, now: datetime) -> None:
    """Raise, follow or clear the alert of an episode.

    One that was over before the platform heard of it raises an alert only where it was grave.
    """
    kind = ALERTS.get(row.kind)
    if kind is None or not row.alert_rule:
        return
    if row.alert_id is None and (_is_open(row) or kind.tier == "high"):
        row.alert_id = _raise(acting_user, row, kind, now)
        row.save(update_fields=["alert"])
    elif row.alert_id is not None and _is_open(row):
        _raise(acting_user, row, kind, now)
    if row.alert_id is not None and not _is_open(row):
        others = Episode.objects.filter(
            enterprise=row.enterprise, alert_rule=row.alert_rule, subject=row.subject, cleared_at=None
        )
        if not others.exclude(alert_rule="").exists():
            at = _clock(row.cleared_at or row.at)
            warning.clear(acting_user, row.alert_id, f"{_OVER_ZH}({at}) / {_OVER_EN} ({at})", now)


def _raise(acting_user: Actor, row: Episode, kind: AlertKind, now: datetime) -> int:
    channel = row.channel
    zh = (channel.name_zh if channel else "") or row.subject
    en = (channel.name_en if channel else "") or row.subject
    since = _clock(row.since)
    return warning.raise_alert(
        acting_user,
        organisation_id=row.organisation_id,
        rule=row.alert_rule,
        subject_key=f"channel:{row.enterprise_id}:{row.subject}"[:160],
        tier=_tier(row, kind),
        title_zh=f"{zh}:{kind.zh}",
        title_en=f"{en}: {kind.en}",
        reason_zh=f"{row.reason_zh}(自 {since} 起)",
        reason_en=f"{row.reason_en} (since {since})",
        area_id=row.area_id,
        at=now,
        probability=row.sureness,
        synthetic=row.synthetic,
    )


def _tier(row: Episode, kind: AlertKind) -> Tier:
    """A gas detector that says nothing protects nobody: its silence is graver than another's."""
    return "medium" if row.kind == "silent" and row.evidence.get("gas") is True else kind.tier


def _clock(time_us: int) -> str:
    return f"{datetime.fromtimestamp(time_us / 1e6, UTC) + _LOCAL:%Y-%m-%d %H:%M:%S}"
