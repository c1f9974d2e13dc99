"""What the live page asks for beside channels and charts: alarms put together by cause, and small curves of many
channels at once. Grouping is a view; the alerts stay as they are."""

from __future__ import annotations

import cmath
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from django.db.models import Q
from pydantic import AwareDatetime

from yufang.sensing.alerting import ALERTS, Tier
from yufang.sensing.readings import UNUSABLE
from yufang.sensing.storms import SECOND, Alarm, Group, Storms, storms
from yufang.server.edge import queries as edge
from yufang.server.errors import Contract
from yufang.server.places.models import Area, SitePlan
from yufang.server.places.plan_geometry import on_earth
from yufang.server.sensing.models import Channel, Episode
from yufang.server.sensing.queries import home_of
from yufang.server.sensing.stores import store_of

WITHIN = timedelta(hours=8)  # a shift
LONGEST = timedelta(days=7)
MOST_ALARMS = 5_000
MOST_MEMBERS = 200
SPARK_CHANNELS = 1_000
_NODE = "edge:"
_Named = tuple[str, str]  # cause, what it names


class AlarmOut(Contract):
    """One alarm of a group."""

    episode_id: int
    channel_id: int | None
    subject: str
    name_zh: str
    name_en: str
    area_zh: str
    area_en: str
    kind: str
    kind_zh: str
    kind_en: str
    tier: Tier
    since: AwareDatetime
    over_at: AwareDatetime | None
    value: float | None
    limit: float | None
    unit: str
    reason_zh: str
    reason_en: str
    alert_id: int | None
    synthetic: bool


class AlarmGroup(Contract):
    """Alarms of one probable cause. `of`: the device, edge node, gas or area that is named; `from_cause` of the
    `size` tell of it, `channels` is how many channels they speak of; `because`: why `first` is thought to be first.
    `members`: by their beginnings, at most 200; `tiers`: how many of each tier."""

    cause: Literal["network", "power", "device_lost", "spread", "device", "area", "channel"]
    of: str
    of_zh: str
    of_en: str
    tier: Tier
    size: int
    open: int
    channels: int
    from_cause: int
    tiers: dict[str, int]
    began: AwareDatetime
    last: AwareDatetime
    lead_s: float | None
    because: list[Literal["earliest", "gravest", "upwind", "same_moment"]]
    first: AlarmOut
    members: list[AlarmOut]


class AlarmFlood(Contract):
    """More alarms than anybody can answer: more than 10 in 10 minutes, until fewer than 5."""

    since: AwareDatetime
    until: AwareDatetime | None
    alarms: int
    most: int


class AlarmChatter(Contract):
    """An alarm that came at least three times within a minute."""

    channel_id: int | None
    name_zh: str
    name_en: str
    kind_zh: str
    kind_en: str
    times: int
    most: int
    newest: AwareDatetime


class ChannelAlarm(Contract):
    """The gravest open alarm of a channel."""

    channel_id: int
    kind: str
    tier: Tier
    kind_zh: str
    kind_en: str
    since: AwareDatetime


class AlarmStorms(Contract):
    """Alarms of an enterprise since a moment, and all that are open. `left_out`: older ones beyond what is grouped;
    `stale`: open for more than a day."""

    enterprise_id: int
    since: AwareDatetime
    at: AwareDatetime
    alarms: int
    open: int
    left_out: int
    groups: list[AlarmGroup]
    floods: list[AlarmFlood]
    chatter: list[AlarmChatter]
    stale: int
    by_channel: list[ChannelAlarm]


class SparkOut(Contract):
    """Means of a channel, oldest first; None where nothing usable was."""

    channel_id: int
    mean: list[float | None]


class SparksOut(Contract):
    """Small curves of an enterprise's channels from `start`, a value each `step_s`."""

    start: AwareDatetime
    step_s: float
    items: list[SparkOut]


def storms_of(enterprise_id: int, since: datetime | None, now: datetime) -> AlarmStorms:
    """Alarms of an enterprise grouped by probable cause. Refuses with 404."""
    home = home_of(enterprise_id)
    start = max(since or now - WITHIN, now - LONGEST)
    asked = Episode.objects.filter(enterprise=home, kind__in=list(ALERTS)).filter(
        Q(cleared_at=None, momentary=False) | Q(since__gte=_us(start))
    )
    total = asked.count()
    rows = list(
        asked.select_related("channel__device", "channel__area__plan", "area", "source").order_by("-since", "-id")[
            :MOST_ALARMS
        ]
    )
    if not rows:
        return _told(home.pk, start, now, [], Storms((), (), (), ()), 0)
    nodes = {f"edge/{node.id}": node.name for node in edge.nodes_of(home.pk).nodes}
    frames = _Frames()
    alarms = [_alarm(row, nodes, frames) for row in rows]
    lost = {row.subject: row.since for row in rows if row.kind == "silent" and row.subject.startswith(_NODE)}
    found = storms(alarms, _us(now), lost_sources=lost, wind=_wind(home.pk, min(row.since for row in rows), now))
    return _told(home.pk, start, now, rows, found, total)


def sparks_of(enterprise_id: int, minutes: int, points: int, until: datetime) -> SparksOut:
    """The last `minutes` before `until` of an enterprise's channels in `points` values each. Channels that say
    something about one person are left out: a look at those is written down. Refuses with 404."""
    home = home_of(enterprise_id)
    rows = Channel.objects.filter(enterprise=home, closed=False, personal=False, last_time__gte=_us(until) - _DAY)
    known = dict(rows.order_by("key").values_list("key", "id")[:SPARK_CHANNELS])
    step = minutes * 60 * SECOND // points
    start = (_us(until) // step - points + 1) * step
    readings, keys = store_of(home.pk).read(list(known), start, start + points * step)
    usable = ((readings.flag & int(UNUSABLE)) == 0) & np.isfinite(readings.value)
    place = readings.channel[usable] * points + (readings.time[usable] - start) // step
    size = len(keys) * points
    count = np.bincount(place, minlength=size)
    total = np.bincount(place, weights=readings.value[usable], minlength=size)
    with np.errstate(invalid="ignore"):
        mean = (total / count).reshape(len(keys), points)
    items = [
        SparkOut(channel_id=known[key], mean=[None if math.isnan(value) else round(value, 6) for value in row])
        for key, row in zip(keys, mean.tolist(), strict=True)
    ]
    return SparksOut(start=_time(start), step_s=step / SECOND, items=items)


_DAY = 86_400 * SECOND


def _us(at: datetime) -> int:
    return int(at.timestamp() * 1e6)


def _time(time_us: int) -> datetime:
    return datetime.fromtimestamp(time_us / 1e6, UTC)


class _Frames:
    """Places of alarms in metres east and north: a plan may lie turned."""

    def __init__(self) -> None:
        self._turns: dict[int, complex] = {}

    def east_north(self, row: Channel) -> tuple[str, float | None, float | None]:
        """(name of the plan, metres east, metres north) of a channel; metres None where nobody measured."""
        plan = row.area.plan if row.area else None
        if row.x is None or row.y is None:
            return "", None, None
        if plan is None:
            return f"area:{row.area_id or 0}", row.x, row.y
        spot = complex(row.x, row.y) * self._turn(plan)
        return f"plan:{plan.pk}", spot.real, spot.imag

    def _turn(self, plan: SitePlan) -> complex:
        if plan.pk not in self._turns:
            turn = 1 + 0j
            if plan.corners:
                (a, b), (c, d) = plan.corners
                (lat0, lon0), (lat1, lon1) = (
                    on_earth(((a, b), (c, d)), plan.width, plan.height, x, 1.0) for x in (0.0, 1.0)
                )
                turn = cmath.exp(1j * cmath.phase(complex((lon1 - lon0) * math.cos(math.radians(lat0)), lat1 - lat0)))
            self._turns[plan.pk] = turn
        return self._turns[plan.pk]


def _alarm(row: Episode, nodes: Mapping[str, str], frames: _Frames) -> Alarm:
    channel = row.channel
    frame, x, y = frames.east_north(channel) if channel else ("", None, None)
    level = row.evidence.get("level") if row.kind == "silent" else None
    device = channel.device.key if channel else row.subject if level == "device" else ""
    return Alarm(
        id=row.pk,
        subject=row.subject or row.episode,
        kind=row.kind,
        tier=ALERTS[row.kind].tier,
        began=row.since,
        ended=row.at if row.momentary else row.cleared_at,
        device=device,
        source=row.subject if row.subject.startswith(_NODE) else _source(row, nodes),
        area=str(row.area_id or ""),
        quantity=channel.quantity if channel else "",
        frame=frame,
        x=x,
        y=y,
        channels=_count(row),
    )


def _source(row: Episode, nodes: Mapping[str, str]) -> str:
    """Who sent it: an edge node by its name, whichever of its lanes; else the source itself."""
    if row.source is None:
        return str(row.evidence.get("source") or "")[:120]
    node = nodes.get("/".join(row.source.name.split("/")[:2]))
    return f"{_NODE}{node}" if node else row.source.name


def _count(row: Episode) -> int:
    found = row.evidence.get("count") if row.kind == "silent" else None
    return found if isinstance(found, int) and found > 0 else 1


def _wind(enterprise_id: int, start: int, now: datetime) -> list[tuple[int, float]]:
    """Directions of the enterprise's first wind vane, () where it has none. A bucket that the wind turned through
    says nothing."""
    vane = Channel.objects.filter(enterprise_id=enterprise_id, quantity="wind_direction", closed=False)
    first = vane.order_by("key").first()
    if first is None:
        return []
    chart = store_of(enterprise_id).chart(first.key, max(start, _us(now - LONGEST)) - _DAY // 96, _us(now))
    steady = np.isfinite(chart.mean) & (chart.high - chart.low < 180)
    return list(zip(chart.time[steady].tolist(), chart.mean[steady].tolist(), strict=True))


def _told(
    enterprise_id: int, start: datetime, now: datetime, rows: Sequence[Episode], found: Storms, total: int
) -> AlarmStorms:
    by_id = {row.pk: row for row in rows}
    by_subject = {row.subject or row.episode: row for row in reversed(rows)}
    names = _named(enterprise_id, found.groups)
    return AlarmStorms(
        enterprise_id=enterprise_id,
        since=start,
        at=now,
        alarms=len(rows),
        open=sum(_is_open(row) for row in rows),
        left_out=total - len(rows),
        groups=[_group_out(group, by_id, names) for group in found.groups],
        floods=[
            AlarmFlood(
                since=_time(flood.since),
                until=None if flood.until is None else _time(flood.until),
                alarms=flood.alarms,
                most=flood.most,
            )
            for flood in found.floods
        ],
        chatter=[
            AlarmChatter(
                **_names(by_subject[one.subject]),
                channel_id=by_subject[one.subject].channel_id,
                kind_zh=ALERTS[one.kind].zh,
                kind_en=ALERTS[one.kind].en,
                times=one.times,
                most=one.most,
                newest=_time(one.newest),
            )
            for one in found.chatter
        ],
        stale=len(found.stale),
        by_channel=_gravest(rows),
    )


def _group_out(
    group: Group, by_id: Mapping[int, Episode], names: Mapping[tuple[str, str], tuple[str, str]]
) -> AlarmGroup:
    zh, en = names.get((group.cause, group.of), (group.of.removeprefix(_NODE),) * 2)
    return AlarmGroup(
        cause=group.cause,
        of=group.of,
        of_zh=zh,
        of_en=en,
        tier=group.tier,
        size=len(group.members),
        open=group.open,
        channels=len({member.subject for member in group.members if member.channels == 1})
        + sum(member.channels for member in group.members if member.channels > 1),
        from_cause=group.from_cause,
        tiers=dict(Counter(member.tier for member in group.members)),
        began=_time(group.began),
        last=_time(group.last),
        lead_s=group.lead_s,
        because=list(group.because),
        first=_alarm_out(by_id[group.first]),
        members=[_alarm_out(by_id[member.id]) for member in group.members[:MOST_MEMBERS]],
    )


def _named(enterprise_id: int, groups: Sequence[Group]) -> dict[_Named, tuple[str, str]]:
    """Names of the areas and gases that groups speak of; a device or node goes by its key."""
    found: dict[_Named, tuple[str, str]] = {}
    areas = {int(group.of) for group in groups if group.cause == "area"}
    for area in Area.objects.filter(enterprise_id=enterprise_id, id__in=areas):
        found["area", str(area.pk)] = (area.name_zh, area.name_en or area.name_zh)
    for group in groups:
        if group.cause == "spread":
            gas = group.of.removeprefix("gas:").upper()
            found["spread", group.of] = (gas, gas)
    return found


def _alarm_out(row: Episode) -> AlarmOut:
    kind = ALERTS[row.kind]
    return AlarmOut(
        **_names(row),
        episode_id=row.pk,
        channel_id=row.channel_id,
        subject=row.subject,
        area_zh=row.area.name_zh if row.area else "",
        area_en=(row.area.name_en or row.area.name_zh) if row.area else "",
        kind=row.kind,
        kind_zh=kind.zh,
        kind_en=kind.en,
        tier=kind.tier,
        since=_time(row.since),
        over_at=_time(row.at) if row.momentary else None if row.cleared_at is None else _time(row.cleared_at),
        value=row.value,
        limit=row.limit,
        unit=row.unit,
        reason_zh=row.reason_zh,
        reason_en=row.reason_en,
        alert_id=row.alert_id,
        synthetic=row.synthetic,
    )


def _names(row: Episode) -> dict[str, str]:
    channel = row.channel
    plain = row.subject.removeprefix(_NODE) or row.episode
    return {
        "name_zh": (channel.name_zh if channel else "") or plain,
        "name_en": (channel.name_en if channel else "") or plain,
    }


def _is_open(row: Episode) -> bool:
    return row.cleared_at is None and not row.momentary


def _gravest(rows: Sequence[Episode]) -> list[ChannelAlarm]:
    order = ("high", "medium", "low")
    found: dict[int, Episode] = {}
    for row in rows:
        if row.channel_id is None or not _is_open(row):
            continue
        known = found.get(row.channel_id)
        if known is None or order.index(ALERTS[row.kind].tier) < order.index(ALERTS[known.kind].tier):
            found[row.channel_id] = row
    return [
        ChannelAlarm(
            channel_id=channel_id,
            kind=row.kind,
            tier=ALERTS[row.kind].tier,
            kind_zh=ALERTS[row.kind].zh,
            kind_en=ALERTS[row.kind].en,
            since=_time(row.since),
        )
        for channel_id, row in found.items()
    ]
