"""Many alarms at once, put together by what they probably come of: one line for a lost controller, one for a leak.

Grouping is a view: every alarm stays what it is. A grave alarm that tells of danger is never put under a lost signal,
nor under another alarm only because it is near. Figures for floods, chatter and stale alarms: ANSI/ISA-18.2-2016
(monitoring and assessment) and EEMUA 191; the distances and spans of a common cause are our reading.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from yufang.sensing.alerting import Tier

SECOND = 1_000_000  # µs
FLOOD_SPAN_S, FLOOD_BEGINS, FLOOD_ENDS = 600, 10, 5  # a flood: more than 10 in 10 minutes, until fewer than 5
CHATTER_SPAN_S, CHATTER_TIMES = 60, 3
STALE_S = 24 * 3600
LINK_S = 120.0  # two alarms of one cause begin within,
LOSS_LINK_S = 60.0  # two lost signals within,
SPAN_S = 600.0  # and all of a group within this of its first
NEAR_M, SPREAD_M, ANY_WIND_M = 50.0, 150.0, 30.0
DOWNWIND_DEG = 75.0
WIND_HOLDS_S = 900.0
TOGETHER_S = 1.0  # clocks don't tell which of two was earlier
_COMPARED = 64  # newest alarms of one device, area or gas that a new one is compared with

LOSSES = frozenset({"silent", "stuck", "missing"})
# What a signal that breaks off looks like to detectors; a rise is never among them.
_SWEPT = frozenset({"low", "cusum", "ewma", "seasonal", "changepoint", "multivariate", "drift"})
_GRAVITY: Mapping[Tier, int] = {"high": 0, "medium": 1, "low": 2}

Cause = Literal["network", "power", "device_lost", "spread", "device", "area", "channel"]
Because = Literal["earliest", "gravest", "upwind", "same_moment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One episode of a detector. `subject`: its channel or what it is about; `quantity`: as of channels; times in µs.

    `x`, `y`: metres east and north on the plan `frame`; two alarms are compared by place only on one plan. `channels`:
    how many channels it speaks of, where one message stands for all of a device.
    """

    id: int
    subject: str
    kind: str
    tier: Tier
    began: int
    ended: int | None = None
    device: str = ""
    source: str = ""
    area: str = ""
    quantity: str = ""
    frame: str = ""
    x: float | None = None
    y: float | None = None
    channels: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Alarms of one probable cause, by their beginnings. `of`: the device, node, gas or area that the cause names, ""
    for a single channel; `from_cause`: how many of them tell of it; `because`: why the first is thought to be first;
    `lead_s`: seconds until the second subject followed, None where there is one."""

    cause: Cause
    of: str
    first: int
    because: tuple[Because, ...]
    lead_s: float | None
    members: tuple[Alarm, ...]
    from_cause: int
    tier: Tier

    @property
    def began(self) -> int:
        """When its first alarm began, µs."""
        return self.members[0].began

    @property
    def last(self) -> int:
        """When its newest alarm began, µs."""
        return self.members[-1].began

    @property
    def open(self) -> int:
        """How many of its alarms are not over."""
        return sum(alarm.ended is None for alarm in self.members)


@dataclass(frozen=True, slots=True)
class Flood:
    """A span with more alarms than anybody can answer; `until` is None while it lasts. `most`: in 10 minutes."""

    since: int
    until: int | None
    alarms: int
    most: int


@dataclass(frozen=True, slots=True)
class Chatter:
    """An alarm that comes and goes: `times` beginnings, at the most `most` in one minute."""

    subject: str
    kind: str
    times: int
    most: int
    newest: int


@dataclass(frozen=True, slots=True)
class Storms:
    """Groups, gravest and newest first; floods in order of time; what chatters; ids of what stands for a day."""

    groups: tuple[Group, ...]
    floods: tuple[Flood, ...]
    chatter: tuple[Chatter, ...]
    stale: tuple[int, ...]


def storms(
    alarms: Iterable[Alarm],
    now: int,
    *,
    lost_sources: Mapping[str, int] | None = None,
    wind: Sequence[tuple[int, float]] = (),
) -> Storms:
    """Group `alarms`; `now` in µs.

    `lost_sources`: edge nodes that fell silent, with since when (µs). `wind`: (time, degrees from north, clockwise,
    that it came from) in order of time; a reading holds for a quarter of an hour.
    """
    ordered = sorted(alarms, key=lambda alarm: (alarm.began, alarm.id))
    lost = _lost_signals(ordered, lost_sources or {})
    taken = {alarm.id for group in lost for alarm in group.members}
    rest = [alarm for alarm in ordered if alarm.id not in taken]
    blows = _Wind(wind)
    groups = lost + [_of_process(members, blows) for members in _linked(rest, blows)]
    groups.sort(key=lambda group: (group.open == 0, _GRAVITY[group.tier], -group.last, group.first))
    stale = tuple(alarm.id for alarm in ordered if alarm.ended is None and now - alarm.began > STALE_S * SECOND)
    return Storms(tuple(groups), tuple(floods(ordered, now)), tuple(chattering(ordered)), stale)


def floods(alarms: Sequence[Alarm], now: int) -> list[Flood]:
    """Floods among `alarms`: begun with more than 10 beginnings in 10 minutes, over with fewer than 5."""
    span = FLOOD_SPAN_S * SECOND
    began = sorted(alarm.began for alarm in alarms)
    # At equal times what leaves the window leaves it first.
    steps = sorted([(at, 1) for at in began] + [(at + span, 0) for at in began if at + span <= now])
    found: list[Flood] = []
    window: deque[int] = deque()
    since, total, most = 0, 0, 0
    for at, comes in steps:
        if comes:
            window.append(at)
            if total:
                total += 1
            elif len(window) > FLOOD_BEGINS:
                since, total = window[0], len(window)
            most = max(most, len(window)) if total else 0
        else:
            window.popleft()
            if total and len(window) < FLOOD_ENDS:
                found.append(Flood(since, at, total, most))
                total, most = 0, 0
    if total:
        found.append(Flood(since, None, total, most))
    return found


def chattering(alarms: Sequence[Alarm]) -> list[Chatter]:
    """Alarms of one subject and kind that began at least three times within a minute, the worst first."""
    times: dict[tuple[str, str], list[int]] = defaultdict(list)
    for alarm in alarms:
        times[alarm.subject, alarm.kind].append(alarm.began)
    found = []
    for (subject, kind), began in times.items():
        window: deque[int] = deque()
        most = 0
        for at in sorted(began):
            window.append(at)
            while at - window[0] > CHATTER_SPAN_S * SECOND:
                window.popleft()
            most = max(most, len(window))
        if most >= CHATTER_TIMES:
            found.append(Chatter(subject, kind, len(began), most, max(began)))
    return sorted(found, key=lambda one: (-one.times, one.subject, one.kind))


class _Wind:
    """Where the wind came from, by time."""

    def __init__(self, readings: Sequence[tuple[int, float]]) -> None:
        self._times = [at for at, _ in readings]
        self._degrees = [degrees for _, degrees in readings]

    def at(self, time: int) -> float | None:
        """Degrees at `time` (µs), None where no reading is near enough."""
        n = bisect_right(self._times, time) - 1
        return self._degrees[n] if n >= 0 and time - self._times[n] <= WIND_HOLDS_S * SECOND else None


# ── lost signals ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _lost_signals(ordered: Sequence[Alarm], lost_sources: Mapping[str, int]) -> list[Group]:
    """Signals that broke off together: of a node that isn't heard, of several devices of one node, of one device."""
    by_source: dict[str, list[Alarm]] = defaultdict(list)
    for alarm in ordered:
        if alarm.kind in LOSSES:
            by_source[alarm.source].append(alarm)
    found: list[Group] = []
    for source, losses in by_source.items():
        for bunch in _bunches(losses, LOSS_LINK_S):
            found += _causes_of_loss(source, bunch, lost_sources.get(source) if source else None)
    swept: dict[int, list[Alarm]] = defaultdict(list)
    for alarm in ordered:
        at = next((n for n, group in enumerate(found) if _swept_along(alarm, group)), None)
        if at is not None:
            swept[at].append(alarm)
    return [_with(group, swept[n]) for n, group in enumerate(found)]


def _causes_of_loss(source: str, bunch: Sequence[Alarm], last_heard: int | None) -> list[Group]:
    devices = {alarm.device for alarm in bunch}
    if last_heard is not None and last_heard <= bunch[-1].began + LOSS_LINK_S * SECOND:
        return [_group("network", source, bunch)]
    if source and len(devices) > 1 and len(bunch) > 2:
        return [_group("power", source, bunch)]
    groups = []
    for device in sorted(devices):
        of_it = [alarm for alarm in bunch if alarm.device == device]
        several = device and len({alarm.subject for alarm in of_it}) > 1
        parts = [of_it] if several else [[alarm] for alarm in of_it]
        groups += [_group("device_lost" if several else "channel", device if several else "", part) for part in parts]
    return groups


def _swept_along(alarm: Alarm, group: Group) -> bool:
    """Whether an alarm is what detectors made of a signal that broke off. A grave one never is."""
    if alarm.kind not in _SWEPT or alarm.tier == "high" or not alarm.device:
        return False
    lost = [member for member in group.members if member.device == alarm.device and _lasts(member, alarm.began)]
    if group.cause == "channel":
        lost = [member for member in lost if member.subject == alarm.subject]
    return bool(lost) and -LOSS_LINK_S * SECOND <= alarm.began - group.began <= SPAN_S * SECOND


def _lasts(loss: Alarm, at: int) -> bool:
    """Whether a signal was lost at `at` (µs), or within a minute before or after."""
    near = LOSS_LINK_S * SECOND
    return loss.began - near <= at and (loss.ended is None or at <= loss.ended + near)


def _with(group: Group, more: Sequence[Alarm]) -> Group:
    if not more:
        return group
    return _group(group.cause, group.of, sorted((*group.members, *more), key=lambda a: (a.began, a.id)))


def _bunches(ordered: Sequence[Alarm], gap_s: float) -> list[list[Alarm]]:
    """Runs in time: no gap longer than `gap_s`, none longer than `SPAN_S`."""
    found: list[list[Alarm]] = []
    for alarm in ordered:
        run = found[-1] if found else None
        near = run and alarm.began - run[-1].began <= gap_s * SECOND and alarm.began - run[0].began <= SPAN_S * SECOND
        if run is not None and near:
            run.append(alarm)
        else:
            found.append([alarm])
    return found


# ── what happens in the plant ─────────────────────────────────────────────────────────────────────────────────────────


def _linked(ordered: Sequence[Alarm], wind: _Wind) -> list[list[Alarm]]:
    """Alarms joined pair by pair where one may follow from the other, each bunch in order of time."""
    parent = list(range(len(ordered)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    recent: dict[tuple[str, str], deque[int]] = defaultdict(lambda: deque(maxlen=_COMPARED))
    for n, alarm in enumerate(ordered):
        keys = _keys(alarm)
        for earlier in sorted({other for key in keys for other in recent[key]}, reverse=True):
            first = root(earlier)
            if alarm.began - ordered[first].began > SPAN_S * SECOND:
                continue
            if root(n) != first and _follows(ordered[earlier], alarm, wind):
                low, high = sorted((first, root(n)))
                parent[high] = low
        for key in keys:
            recent[key].append(n)
    bunches: dict[int, list[Alarm]] = defaultdict(list)
    for n, alarm in enumerate(ordered):
        bunches[root(n)].append(alarm)
    return list(bunches.values())


def _keys(alarm: Alarm) -> list[tuple[str, str]]:
    named = {"subject": alarm.subject, "device": alarm.device, "area": alarm.area, "gas": _gas(alarm)}
    return [(what, name) for what, name in named.items() if name]


def _follows(a: Alarm, b: Alarm, wind: _Wind) -> bool:
    """Whether `b`, which began after `a`, may be of one cause with it."""
    if b.began - a.began > LINK_S * SECOND:
        return False
    if a.subject == b.subject:
        return True
    if a.kind in LOSSES or b.kind in LOSSES:
        return False
    if _gas(a) and _gas(a) == _gas(b):
        return _spreads(a, b, wind.at(a.began))
    grave = "high" in (a.tier, b.tier)
    if a.device and a.device == b.device:
        return not grave or _same_place(a, b)
    return bool(a.area) and a.area == b.area and not grave


def _spreads(a: Alarm, b: Alarm, wind_from: float | None) -> bool:
    way = _way(a, b)
    if way is None:
        return bool(a.area) and a.area == b.area
    metres = math.hypot(*way)
    if metres <= ANY_WIND_M or wind_from is None:
        return metres <= SPREAD_M
    off = _off_wind(way, wind_from)
    if b.began - a.began <= TOGETHER_S * SECOND:  # either may have been first
        off = min(off, 180.0 - off)
    return metres <= SPREAD_M and off <= DOWNWIND_DEG


def _same_place(a: Alarm, b: Alarm) -> bool:
    way = _way(a, b)
    return bool(a.area) and a.area == b.area if way is None else math.hypot(*way) <= NEAR_M


def _way(a: Alarm, b: Alarm) -> tuple[float, float] | None:
    """Metres east and north from `a` to `b`; None where they can't be compared."""
    if a.frame != b.frame or a.x is None or a.y is None or b.x is None or b.y is None:
        return None
    return b.x - a.x, b.y - a.y


def _off_wind(way: tuple[float, float], wind_from: float) -> float:
    """Degrees between a way (east, north) and where the wind blows to."""
    bearing = math.degrees(math.atan2(way[0], way[1]))
    return abs((bearing - (wind_from + 180.0) + 180.0) % 360.0 - 180.0)


def _gas(alarm: Alarm) -> str:
    return alarm.quantity if alarm.quantity.startswith("gas:") and alarm.kind not in LOSSES else ""


def _of_process(members: Sequence[Alarm], wind: _Wind) -> Group:
    subjects = {alarm.subject for alarm in members}
    if len(subjects) == 1:
        return _group("channel", "", members, wind)
    rows = [(_gas(alarm), alarm.device, alarm.area) for alarm in members]
    gases, devices, areas = (Counter(column).most_common(1)[0] for column in zip(*rows, strict=True))
    (gas, of_gas), (device, of_device), (area, of_area) = gases, devices, areas
    if gas and of_gas == len(members):
        return _group("spread", gas, members, wind)
    if device and (of_device >= of_area or not area):
        return _group("device", device, members, wind)
    return _group("area", area, members, wind)


def _group(cause: Cause, of: str, members: Sequence[Alarm], wind: _Wind | None = None) -> Group:
    first, because = _first(members, wind.at(members[0].began) if wind and cause == "spread" else None)
    later = [alarm.began for alarm in members if alarm.subject != first.subject]
    return Group(
        cause=cause,
        of=of,
        first=first.id,
        because=because,
        lead_s=(min(later) - first.began) / SECOND if later else None,
        members=tuple(members),
        from_cause=sum(_names(alarm, cause) == of for alarm in members),
        tier=min((alarm.tier for alarm in members), key=_GRAVITY.__getitem__),
    )


def _names(alarm: Alarm, cause: Cause) -> str:
    """What an alarm has in common with the others of a group of `cause`."""
    if cause in ("network", "power"):
        return alarm.source
    if cause in ("device_lost", "device"):
        return alarm.device
    return alarm.quantity if cause == "spread" else alarm.area if cause == "area" else ""


def _first(members: Sequence[Alarm], wind_from: float | None) -> tuple[Alarm, tuple[Because, ...]]:
    """The alarm that probably came first: the earliest; among those of one moment the gravest, then the most upwind."""
    start = members[0].began
    moment = [alarm for alarm in members if alarm.began - start <= TOGETHER_S * SECOND]
    if len({alarm.subject for alarm in moment}) == 1:
        return members[0], ("earliest",)
    gravest = min(_GRAVITY[alarm.tier] for alarm in moment)
    left = [alarm for alarm in moment if _GRAVITY[alarm.tier] == gravest]
    because: tuple[Because, ...] = ("same_moment",) if len(left) == len(moment) else ("same_moment", "gravest")
    placed = [alarm for alarm in left if alarm.x is not None and alarm.y is not None and alarm.frame == left[0].frame]
    if wind_from is not None and len(placed) == len(left) > 1:
        turn = math.radians(wind_from)
        upwind = max(placed, key=lambda a: (a.x or 0.0) * math.sin(turn) + (a.y or 0.0) * math.cos(turn))
        return upwind, (*because, "upwind")
    return left[0], because
