"""Leaks, looked for over a whole site: gas sensors and wind of many sources together, minute by minute from the store.

One detector runs for each watch (`LeakWatch`). It reads the store some seconds behind the clock, so that the batches of
edge nodes are there; what comes later than that is charted and judged by other detectors, and not by this one.
"""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from yufang.sensing.channels import Channel as SensingChannel
from yufang.sensing.detectors.contract import Event
from yufang.sensing.errors import SensingError
from yufang.sensing.leaks.area import affected_area
from yufang.sensing.leaks.detector import MINUTE, LeakDetector
from yufang.sensing.leaks.errors import LeakError
from yufang.sensing.leaks.site import turned
from yufang.sensing.readings import Readings
from yufang.sensing.units import convert
from yufang.server.scope import Actor
from yufang.server.sensing import episodes
from yufang.server.sensing.detecting import packed, unpacked
from yufang.server.sensing.models import Channel, Episode, LeakWatch
from yufang.server.sensing.registry import channels_by_key
from yufang.server.sensing.stores import store_of

LEAST_SENSORS = 3
BEHIND = timedelta(seconds=40)  # an edge node's batch is ten seconds long and a moment under way
LONGEST = timedelta(hours=3)  # looked back at most: the background is learned from two hours
_WIND_US = 10 * MINUTE  # of wind before an event, for the map of where the gas stands


def detector_of(row: LeakWatch, at: datetime) -> LeakDetector:
    """The detector of a watch over the channels that are there on the day of `at`. Raises LeakError."""
    channels = _channels(row, at)
    gas = list(row.config["gas"]) or [
        key
        for key, channel in channels.items()
        if channel.quantity == row.config["quantity"] and channel.x is not None and channel.y is not None
    ]
    if len(gas) < LEAST_SENSORS:
        rule_zh = f"至少 {LEAST_SENSORS} 个在平面图上有坐标的 {row.config['quantity']} 通道"
        rule = f"at least {LEAST_SENSORS} channels of {row.config['quantity']} with a position on the plan"
        raise LeakError("bad_value", detector=row.name, field="gas", value=gas, rule_zh=rule_zh, rule=rule)
    wanted = [*gas, row.config["wind_speed"], row.config["wind_direction"]]
    known = [channels[key] for key in wanted if key in channels]
    fields = {n: v for n, v in row.config.items() if n != "quantity"}
    return LeakDetector.from_config(fields | {"name": row.name, "gas": gas}, known)


def look(acting_user: Actor, row: LeakWatch, now: datetime) -> int:
    """Look at what came since the last time; inside the action's transaction. Returns how many events were told."""
    try:
        detector = detector_of(row, now)
    except SensingError as error:
        zh, way = error.zh
        row.trouble = {"zh": f"{zh}；{way}。", "en": f"{error.message}; {error.way_out}."}
        _end_open(acting_user, row, ("监测已停止：" + zh, "it is looked for no more: " + error.message), now)
        row.save(update_fields=["trouble"])
        return 0
    end = int((now - BEHIND).timestamp() * 1e6)
    start = max(row.upto, int((now - BEHIND - LONGEST).timestamp() * 1e6))
    if not _resume(detector, row):
        start = int((now - BEHIND - LONGEST).timestamp() * 1e6)
        _end_open(acting_user, row, ("监测配置已变更", "what is looked for was changed"), now)
    told = [_drawn(row, detector, event) for event in detector.update(_readings(row, detector, start, end))]
    read = [episodes.EventIn.model_validate(asdict(event)) for event in told]
    episodes.take_events(acting_user, row.enterprise, None, read, now)
    row.upto, row.trouble = end, None
    kept: dict[str, Any] = {f"detector/{name}": array for name, array in detector.snapshot().items()}
    row.state = packed(kept | {"channels": _named(detector)})
    row.save(update_fields=["upto", "trouble", "state"])
    return len(told)


def stop(acting_user: Actor, row: LeakWatch, now: datetime) -> None:
    """Nothing is looked for any more: an open leak is cleared, and says why."""
    _end_open(acting_user, row, ("监测已停用", "the watch was closed"), now)


def _channels(row: LeakWatch, at: datetime) -> dict[str, SensingChannel]:
    keys = [*row.config["gas"], row.config["wind_speed"], row.config["wind_direction"]]
    rows = Channel.objects.select_related("device").filter(enterprise_id=row.enterprise_id, closed=False)
    named = list(rows.filter(key__in=keys))
    if not row.config["gas"]:
        here = rows.filter(organisation_id=row.organisation_id, quantity=row.config["quantity"])
        named += list(here.exclude(key__in=keys))
    return dict(sorted(channels_by_key(named, timezone.localdate(at)).items()))


def _resume(detector: LeakDetector, row: LeakWatch) -> bool:
    """Whether the detector goes on from what the watch kept; else it starts afresh."""
    state = unpacked(row.state)
    if not state:
        return True
    if not np.array_equal(state.get("channels", np.zeros(0)), _named(detector)):
        return False
    try:
        detector.restore({n.removeprefix("detector/"): a for n, a in state.items() if n.startswith("detector/")})
    except LeakError:
        return False
    return True


def _named(detector: LeakDetector) -> Any:
    """What the arrays of a detector stand for: its channels and sources with their places."""
    site = detector.settings.site
    places = [f"{p.key} {p.x:g} {p.y:g} {p.z:g}" for p in (*site.sensors, *site.sources)]
    return np.array([*detector.channels, *places], dtype=np.str_)


def _readings(row: LeakWatch, detector: LeakDetector, start: int, end: int) -> Readings:
    found, keys = store_of(row.enterprise_id).read(list(detector.channels), start, end)
    place = {key: n for n, key in enumerate(detector.channels)}
    moved = np.array([place[key] for key in keys], np.int32)
    if not len(found):
        return Readings.empty()
    return Readings(moved[found.channel], found.time, found.value, found.flag, found.raw).in_order()


def _drawn(row: LeakWatch, detector: LeakDetector, event: Event) -> Event:
    """The event with the ground on which the gas stands above limits, and where its source is."""
    evidence = dict(event.evidence) | {"watch": row.name, "plan": row.plan_id, "area": [], "source_at": None}
    source = next((s for s in detector.settings.site.sources if s.key == evidence["source"]), None)
    rate = evidence["rate_kg_h"]
    if source is not None:
        evidence["source_at"] = {"x": source.x, "y": source.y, "z": source.z}
    if event.state == "cleared":  # where it was stays with the episode, for whoever looks back
        evidence |= _last_drawn(row, event.episode)
    winds = _winds(row, detector, event.at) if source is not None and rate and event.state != "cleared" else []
    if source is not None and winds:
        site = detector.settings.site
        stability = detector.watch.air.stability(event.at, winds[-1])
        limits = _limits(row, detector)
        drawn = affected_area(
            source, float(rate["middle"]), winds, stability, limits, molar_mass=site.molar_mass, reach=site.reach
        )
        evidence["area"] = [
            {"limit_ppm": one.limit, "square_metres": round(one.square_metres, 1), "rings": one.rings}
            for one in drawn
            if one.rings
        ]
    return replace(event, evidence=evidence)


def _last_drawn(row: LeakWatch, episode: str) -> dict[str, Any]:
    """Source and ground of an episode as they were told last."""
    found = Episode.objects.filter(enterprise_id=row.enterprise_id, episode=episode).first()
    return {name: found.evidence.get(name) for name in ("area", "source_at")} if found else {}


def _limits(row: LeakWatch, detector: LeakDetector) -> list[float]:
    """The limits of the gas channels in ppm, and the least that counts as gas at once."""
    found = {detector.settings.instant} if detector.settings.instant > 0 else {1.0}
    channels = _channels(row, timezone.now())
    for place in detector.settings.gas:
        channel = channels.get(detector.channels[place])
        if channel is None:
            continue
        for limit in channel.limits:
            if limit.kind in ("high", "high_high"):
                found.add(round(convert(limit.value, limit.unit, "ppm", quantity=channel.quantity), 6))
    return sorted(x for x in found if math.isfinite(x) and x > 0)[:4]


def _winds(row: LeakWatch, detector: LeakDetector, at: int) -> list[tuple[float, float]]:
    """(east, north) m/s of each of the last minutes before `at`, on the plan; minutes without wind are left out."""
    settings = detector.settings
    names = [detector.channels[settings.speed], detector.channels[settings.direction]]
    found, keys = store_of(row.enterprise_id).read(names, at - _WIND_US, at + 1)
    found = found.take(found.usable())
    winds = []
    for minute in np.unique(found.time // MINUTE):
        here = found.take(found.time // MINUTE == minute)
        speed, direction = (here.value[here.channel == keys.index(n)] if n in keys else here.value[:0] for n in names)
        if not len(speed) or not len(direction):
            continue
        east, north = np.mean([settings.towards(float(value)) for value in direction], axis=0)
        length = math.hypot(east, north)
        if length > 1e-9:
            mean = float(speed.mean())
            winds.append(turned((mean * east / length, mean * north / length), settings.site.turned))
    return winds


def _end_open(acting_user: Actor, row: LeakWatch, why: tuple[str, str], now: datetime) -> None:
    open_ = Episode.objects.filter(enterprise_id=row.enterprise_id, kind="leak", detector=row.name, cleared_at=None)
    episodes.end(acting_user, row.enterprise, list(open_.filter(source=None)), why, now)
