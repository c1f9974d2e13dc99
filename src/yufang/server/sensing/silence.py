"""Channels that have fallen silent: one event for a whole node or device that says nothing, else one a channel.

Judged by the platform's clock: a channel that told something within the last week and nothing for five of its sampling
intervals (two minutes at least), or whose edge node says that it is missing. Left out are channels of people, who may
take a device off, and made-up history, which has no source that could go on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from yufang.sensing.detectors.contract import Event
from yufang.sensing.quality import QualityRules
from yufang.sensing.readings import Quality
from yufang.server.accounts.models import Organisation
from yufang.server.scope import Actor
from yufang.server.sensing import episodes
from yufang.server.sensing.models import Channel, Episode

DETECTOR, KIND = "silence", "silent"
LEAST_S = 120.0  # a batch under way, a network that hiccups
WEEK = timedelta(days=7)
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Silent:
    """Something that says nothing: a channel, a device with all of its channels, or an edge node with all devices."""

    level: str
    subject: str
    since: int  # µs: the newest reading
    channels: tuple[str, ...]
    gas: bool


def look(acting_user: Actor, home: Organisation, now: datetime) -> int:
    """Raise what fell silent and clear what speaks again; inside the action's transaction. Returns what changed."""
    wanted = {(one.level, one.subject): one for one in silent(home.pk, now)}
    rows = Episode.objects.select_for_update(of=("self",)).filter(
        enterprise=home, detector=DETECTOR, kind=KIND, cleared_at=None
    )
    open_ = {(str(row.evidence.get("level")), row.subject): row for row in rows}
    over = [row for key, row in open_.items() if key not in wanted]
    episodes.end(
        acting_user, home, over, ("读数已恢复，或已并入上一级", "it speaks again, or is told with the whole"), now
    )
    told = [_event(one, now) for key, one in wanted.items() if key not in open_]
    episodes.take_events(acting_user, home, None, told, now)
    return len(over) + len(told)


def silent(enterprise_id: int, now: datetime) -> list[Silent]:
    """What of an enterprise says nothing at `now`, the largest whole first."""
    now_us = int(now.timestamp() * 1e6)
    rows = Channel.objects.filter(
        enterprise_id=enterprise_id,
        closed=False,
        personal=False,
        last_time__gt=now_us - int(WEEK.total_seconds() * 1e6),
    ).exclude(synthetic=True, registered_by="")
    nodes: dict[str, dict[str, list[tuple[Any, ...]]]] = defaultdict(lambda: defaultdict(list))
    fields = ("key", "device__key", "quantity", "every_s", "last_time", "last_flag", "registered_by")
    for row in rows.order_by("key").values_list(*fields):
        nodes[row[6]][row[1]].append(row)
    found: list[Silent] = []
    for node, devices in nodes.items():
        quiet = {device: [row for row in own if _is_silent(row, now_us)] for device, own in devices.items()}
        whole = [device for device, own in devices.items() if len(own) == len(quiet[device])]
        if node and len(devices) > 1 and len(whole) == len(devices):
            found.append(_silent("node", _node_name(node), [row for own in devices.values() for row in own]))
            continue
        for device, own in quiet.items():
            if device in whole and len(own) > 1:
                found.append(_silent("device", device, own))
            else:
                found += [_silent("channel", row[0], [row]) for row in own]
    return found


def _is_silent(row: tuple[Any, ...], now_us: int) -> bool:
    _, _, _, every_s, last_time, last_flag, _ = row
    if last_flag & Quality.MISSING:
        return True
    return bool(now_us - last_time > max(QualityRules().silent_times * every_s, LEAST_S) * 1e6)


def _silent(level: str, subject: str, rows: list[tuple[Any, ...]]) -> Silent:
    gas = any(row[2].startswith("gas:") for row in rows)
    return Silent(level, subject, max(row[4] for row in rows), tuple(row[0] for row in rows), gas)


def _node_name(registered_by: str) -> str:
    """`edge:NAME` of the node that registered a channel."""
    from yufang.server.edge.queries import name_of  # rooms ask each other at work, not when they are loaded

    name = name_of(int(registered_by.partition("/")[2]))
    return f"edge:{name}" if name else registered_by


def _event(one: Silent, now: datetime) -> episodes.EventIn:
    now_us = int(now.timestamp() * 1e6)
    minutes = max(0.0, (now_us - one.since) / 60e6)
    what = {
        "channel": ("通道", "channel"),
        "device": ("设备（全部通道）", "device, with all of its channels,"),
        "node": ("边缘节点（全部设备）", "edge node, with all of its devices,"),
    }[one.level]
    count = len(one.channels)
    event = Event.of(
        detector=DETECTOR,
        channel=one.subject,
        kind=KIND,
        state="raised",
        since=one.since,
        at=now_us,
        value=minutes,
        limit=None,
        unit="min",
        deviation=None,
        sureness=1.0,
        reason_zh=f"{what[0]} {one.subject} 已 {minutes:.0f} 分钟没有读数（{count} 个通道）：超限时不会报警",
        reason_en=f"{what[1]} {one.subject} has told nothing for {minutes:.0f} min ({count} channels): nothing there "
        "would alarm",
        evidence={"level": one.level, "channels": list(one.channels[:_SHOWN]), "count": count, "gas": one.gas},
    )
    return episodes.EventIn.model_validate(asdict(event))
