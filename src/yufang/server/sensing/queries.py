"""Reads of channels, charts, events and sources. PostgreSQL shows what lies in the open scope; the store of an
enterprise is opened only through a channel that was shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from yufang.sensing.channels import Channel as SensingChannel
from yufang.sensing.readings import Quality
from yufang.sensing.store_layout import MOST_POINTS
from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, not_found
from yufang.server.scope import Actor, set_local
from yufang.server.sensing import forecasting
from yufang.server.sensing.contracts import (
    ChannelForecastOut,
    ChannelsPage,
    ChartOut,
    EpisodeOut,
    EpisodesPage,
    LeakWatchOut,
    SensingChannelOut,
    SensingLimit,
    SensingReason,
    SourceOut,
    SourcesOf,
    UnknownOut,
)
from yufang.server.sensing.models import Channel, ChannelForecast, Episode, LeakWatch, Source, UnknownChannel
from yufang.server.sensing.registry import channel_of, limit_notes
from yufang.server.sensing.stores import store_of

LONGEST_CHART_DAYS = 1_100
# Fields of a channel's contract that its row doesn't have under this name, or not for everyone.
_COMPUTED = frozenset(
    {"id", "area", "device", "limits", "limit_notes", "calibrated", "last_at", "last_value", "last_flags"}
    | {"open_events"}
)


def channels(
    enterprise_id: int, page: slice, *, area_id: int | None = None, quantity: str = "", words: str = ""
) -> ChannelsPage:
    """Channels of an enterprise, open ones first, by key."""
    rows = Channel.objects.filter(enterprise_id=home_of(enterprise_id).pk)
    if area_id is not None:
        rows = rows.filter(area_id=area_id)
    if quantity:
        rows = rows.filter(quantity=quantity)
    if words:
        rows = rows.filter(Q(key__icontains=words) | Q(name_zh__icontains=words) | Q(name_en__icontains=words))
    found = rows.select_related("device", "area").order_by("closed", "key")[page]
    return ChannelsPage(items=_channels_out(list(found)), total=rows.count())


def channel(channel_id: int) -> SensingChannelOut:
    """One channel. Refuses with 404."""
    return _channels_out([_row(channel_id)])[0]


def channel_row_path(channel_id: int) -> tuple[str, bool]:
    """(path, whether it says something about one person) of a channel. Refuses with 404."""
    row = _row(channel_id)
    return row.path, row.personal


def known_channels(enterprise_id: int, at: date) -> list[SensingChannel]:
    """Every open channel of an enterprise as floor 1 has it, with the limits that apply on day `at`; for detectors
    and edge nodes."""
    rows = Channel.objects.filter(enterprise_id=enterprise_id, closed=False).select_related("device").order_by("key")
    return [channel_of(row, at, row.device.key) for row in rows]


def forecast(channel_id: int) -> ChannelForecastOut:
    """What is foretold of a channel, or why nothing is. Refuses with 404."""
    row = _row(channel_id)
    found = ChannelForecast.objects.filter(channel=row).first()
    base: dict[str, Any] = {"channel_id": row.pk, "unit": row.unit, "synthetic": row.synthetic}
    if row.personal or found is None:
        code, zh, en = forecasting.why_none(row)
        return ChannelForecastOut(state="none", reasons=[SensingReason(code=code, zh=zh, en=en)], **base)
    told = {**found.told, "at": forecasting.time_of(found.told["at"])}
    return ChannelForecastOut(
        made_at=found.made_at, drift=found.drift, warned=found.raised_since is not None, **base, **told
    )


def leak_watches(enterprise_id: int) -> list[LeakWatchOut]:
    """Where leaks of an enterprise are looked for."""
    rows = LeakWatch.objects.filter(enterprise_id=home_of(enterprise_id).pk).order_by("name")
    return [leak_watch_out(row) for row in rows]


def leak_watch(watch_id: int) -> LeakWatchOut:
    """A watch for leaks. Refuses with 404."""
    row = LeakWatch.objects.filter(id=watch_id).first()
    if row is None:
        raise not_found()
    return leak_watch_out(row)


def watched_enterprises() -> list[int]:
    """Enterprises at which leaks are looked for."""
    rows = LeakWatch.objects.filter(closed=False).order_by("enterprise_id")
    return list(rows.values_list("enterprise_id", flat=True).distinct())


def leak_watch_out(row: LeakWatch) -> LeakWatchOut:
    """The contract of a watch for leaks."""
    return LeakWatchOut(
        id=row.pk,
        organisation_id=row.organisation_id,
        enterprise_id=row.enterprise_id,
        name=row.name,
        site_plan=row.plan_id,
        config=row.config,
        closed=row.closed,
        looked_at=forecasting.time_of(row.upto or None),
        trouble=None if row.trouble is None else SensingReason(code="trouble", **row.trouble),
    )


def chart(channel_id: int, start: datetime, end: datetime, most_points: int = MOST_POINTS) -> ChartOut:
    """A channel from `start` up to `end`, in buckets so that there are at most `most_points`."""
    row = _row(channel_id)
    if not start < end or (end - start).days > LONGEST_CHART_DAYS:
        raise Refused(
            422,
            "bad_span",
            f"时间范围须为先后两个时刻，且不超过{LONGEST_CHART_DAYS}天。",
            f"The span has to begin before it ends and last at most {LONGEST_CHART_DAYS} days.",
            "end",
        )
    first, last = (int(at.timestamp() * 1_000_000) for at in (start, end))
    found = store_of(row.enterprise_id).chart(row.key, first, last, most_points)
    return ChartOut(
        channel_id=row.pk,
        unit=row.unit,
        bucket_s=found.bucket_us / 1e6,
        time=(found.time // 1000).tolist(),
        low=_numbers(found.low),
        mean=_numbers(found.mean),
        high=_numbers(found.high),
        count=found.count.tolist(),
        flagged=found.flagged.tolist(),
    )


def episodes(
    enterprise_id: int,
    page: slice,
    *,
    channel_id: int | None = None,
    open_only: bool = False,
    kind: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> EpisodesPage:
    """Events of an enterprise, the newest first: one row an episode."""
    rows = Episode.objects.filter(enterprise_id=home_of(enterprise_id).pk)
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    if open_only:
        rows = rows.filter(cleared_at=None, momentary=False)
    if kind:
        rows = rows.filter(kind=kind)
    if since is not None:
        rows = rows.filter(Q(cleared_at=None, momentary=False) | Q(at__gte=int(since.timestamp() * 1e6)))
    if until is not None:
        rows = rows.filter(since__lt=int(until.timestamp() * 1e6))
    found = rows.order_by("-since", "-id")[page]
    return EpisodesPage(items=[episode_out(row) for row in found], total=rows.count())


def episode(episode_id: int) -> EpisodeOut:
    """One episode. Refuses with 404."""
    row = Episode.objects.filter(id=episode_id).first()
    if row is None:
        raise not_found()
    return episode_out(row)


def sources_of(enterprise_id: int) -> SourcesOf:
    """Who sends readings of an enterprise, and which channels came that aren't registered."""
    home = home_of(enterprise_id)
    unknown = UnknownChannel.objects.filter(enterprise=home).select_related("source").order_by("key")
    return SourcesOf(
        sources=[source_out(row) for row in Source.objects.filter(enterprise=home).order_by("name")],
        unknown=[
            UnknownOut(key=row.key, unit=row.unit, source=row.source.name, readings=row.readings, at=row.at)
            for row in unknown
        ],
    )


def sender(key_sha256: str) -> tuple[Actor, int, str] | None:
    """(actor, organisation, source) of a key, for a request that has no scope yet. None where no open source has it.

    A policy shows exactly the row with this hash to this transaction. The actor sees its enterprise.
    """
    set_local("yufang.sensing_key", key_sha256)
    row = Source.objects.filter(key_sha256=key_sha256, closed=False).first() if key_sha256 else None
    set_local("yufang.sensing_key", "")
    if row is None:
        return None
    mark = f"/{row.enterprise_id}/"
    scope = row.path[: row.path.index(mark) + len(mark)]
    who = Actor(
        person_id=None,
        name=row.name,
        organisation_id=row.organisation_id,
        scope=scope,
        permissions=frozenset({"sensing.send"}),
    )
    return who, row.organisation_id, row.name


def home_of(enterprise_id: int) -> Organisation:
    """An enterprise of the open scope. Refuses with 404."""
    found = Organisation.objects.filter(id=enterprise_id, kind=Organisation.Kind.ENTERPRISE).first()
    if found is None:
        raise not_found()
    return found


def stored_enterprises() -> list[int]:
    """Enterprises that have sources: whose stores are to be compacted."""
    return list(Source.objects.order_by("enterprise_id").values_list("enterprise_id", flat=True).distinct())


def source_out(row: Source) -> SourceOut:
    """The contract of a source."""
    return SourceOut(
        id=row.pk,
        enterprise_id=row.enterprise_id,
        name=row.name,
        detects=row.detects,
        has_key=bool(row.key_sha256),
        next=row.upto,
        missing=[(first, last) for first, last in row.gaps],
        last_at=row.last_at,
        closed=row.closed,
        synthetic=row.synthetic,
    )


def episode_out(row: Episode) -> EpisodeOut:
    """The contract of an episode."""
    return EpisodeOut(
        id=row.pk,
        episode=row.episode,
        detector=row.detector,
        kind=row.kind,
        channel_id=row.channel_id,
        subject=row.subject,
        area_id=row.area_id,
        since=_time(row.since),
        at=_time(row.at),
        cleared_at=None if row.cleared_at is None else _time(row.cleared_at),
        momentary=row.momentary,
        value=row.value,
        limit=row.limit,
        unit=row.unit,
        deviation=row.deviation,
        sureness=row.sureness,
        reason_zh=row.reason_zh,
        reason_en=row.reason_en,
        evidence=row.evidence,
        alert_id=row.alert_id,
        synthetic=row.synthetic,
    )


def _row(channel_id: int) -> Channel:
    found = Channel.objects.select_related("device", "area").filter(id=channel_id).first()
    if found is None:
        raise not_found()
    return found


def _channels_out(rows: Sequence[Channel]) -> list[SensingChannelOut]:
    today = timezone.localdate()
    open_now = Episode.objects.filter(channel__in=rows, cleared_at=None, momentary=False)
    counts = dict(open_now.order_by().values_list("channel").annotate(n=Count("id")))
    return [_channel_out(row, today, counts.get(row.pk, 0)) for row in rows]


def _channel_out(row: Channel, today: date, open_events: int) -> SensingChannelOut:
    known = channel_of(row, today, row.device.key)
    same = {name: getattr(row, name) for name in SensingChannelOut.model_fields if name not in _COMPUTED}
    return SensingChannelOut(
        **same,
        id=row.pk,
        device=row.device.key,
        area=row.area.name_zh if row.area else None,
        calibrated=known.calibrated(today),
        limits=[
            SensingLimit(**{name: getattr(limit, name) for name in SensingLimit.model_fields}) for limit in known.limits
        ],
        limit_notes=[SensingReason(code=n.code, zh=n.zh, en=n.en) for n in limit_notes(row, today)],
        last_at=None if row.last_time is None else _time(row.last_time),
        last_flags=[flag.name or "" for flag in Quality(row.last_flag)],
        last_value=None if row.personal else row.last_value,  # a look at it is logged: `actions.look`
        open_events=open_events,
    )


def _time(time_us: int) -> datetime:
    return datetime.fromtimestamp(time_us / 1e6, UTC)


def _numbers(column: Any) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column.tolist()]
