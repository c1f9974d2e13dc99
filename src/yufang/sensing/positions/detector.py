"""Positions as a detector: readings of ranges and fixes in, events about people out.

A channel of quantity `uwb_range` is one tag-anchor pair: its `device` is the tag, its key ends in `/ANCHOR`. Reported
fixes come as channels of quantity `position_x`, `position_y` (m on the plan) and `position_floor`, device the tag.

What everybody's place means is judged at ticks of event time (`tick_s`), each when the first reading at or after it
arrives; several ticks that pass without a reading are judged once, at the last.

Sureness of an event is the probability that what it says is true under the filter's Gaussian. How well that holds is
measured: `yufang bench positioning`, `covered_95`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.detectors.base import prepare
from yufang.sensing.detectors.contract import Event, Snapshot
from yufang.sensing.positions import kernel as k
from yufang.sensing.positions.errors import PositionError
from yufang.sensing.positions.model import Motion, Ranging, read_numbers
from yufang.sensing.positions.moving import NoMotion, VehicleNear
from yufang.sensing.positions.rules import ZONE_RULES, Found, Rule, ended, scene_of, zone_rules
from yufang.sensing.positions.tracker import Anchor, Positions, Tag, Tracker
from yufang.sensing.positions.zones import Zone, read_zones

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel
    from yufang.sensing.readings import Readings

QUANTITIES = {"uwb_range": k.RANGE, "position_x": k.FIX_X, "position_y": k.FIX_Y, "position_floor": k.FLOOR}
_NEVER = np.iinfo(np.int64).min
_NUMBERS = {
    "tick_s": (0.5, 0.1, 60.0),
    "utc_offset_min": (480.0, -840.0, 840.0),
    "still_s": (0.0, 0.0, 86_400.0),
    "move_m": (2.0, 0.2, 100.0),
    "near_m": (0.0, 0.0, 100.0),
    "near_horizon_s": (3.0, 0.0, 30.0),
    "near_p": (0.5, 0.05, 0.99),
    "near_release_s": (3.0, 0.0, 600.0),
}
_TABLES = ("anchors", "tags", "zones", "floors", "ranging")
_LAYOUT = np.array([2], np.int64)


class PositionDetector:
    """Kinds of events: zone_forbidden, zone_left, crowding, lone_worker, position_lost, no_motion, vehicle_near.

    An event's `channel` is the first (by key) of the tag it speaks of; of crowding, of the likeliest person inside.
    Its `detector` is `NAME/RULE`, the rule being the zone's key, `still`, or `near:VEHICLE`.
    """

    def __init__(
        self,
        name: str,
        channels: Sequence[Channel],
        tracker: Tracker,
        zones: Sequence[Zone],
        numbers: Mapping[str, float],
    ) -> None:
        self.name = name
        self.channels: Sequence[str] = [channel.key for channel in channels]
        self.tracker, self.zones = tracker, tuple(zones)
        self._tick = round(numbers["tick_s"] * 1e6)
        self._offset = int(numbers["utc_offset_min"])
        tags = tracker.tags
        self._rules: list[Rule] = zone_rules(self.zones, tags)
        if numbers["still_s"]:
            self._rules.append(NoMotion(tags, numbers["still_s"], numbers["move_m"]))
        if numbers["near_m"]:
            near = (numbers["near_m"], numbers["near_horizon_s"], numbers["near_p"], numbers["near_release_s"])
            self._rules.append(VehicleNear(tags, *near))
        self._map(channels)
        self._last = np.full(len(channels), _NEVER, np.int64)
        self._ticked = np.full(1, _NEVER, np.int64)

    @classmethod
    def from_config(cls, data: Mapping[str, Any], channels: Sequence[Channel], *, jit: bool = True) -> Self:
        """From {name, anchors, tags, zones, floors, ranging} and the numbers of `_NUMBERS`; docs/sensing/positions.md.

        A tag that isn't listed but has channels is a person. Raises PositionError naming field, value, rule, way out.
        """
        what = str(data.get("name", "positions"))
        for field in data:
            if field not in (*_NUMBERS, *_TABLES, "name", "kind", "lateness_s"):
                known = ", ".join((*_NUMBERS, *_TABLES))
                raise PositionError("unknown_field", what=what, field=field, known=known)
        numbers = {field: _number(what, field, data) for field in _NUMBERS}
        floors = {int(key): float(value) for key, value in (data.get("floors") or {0: 0.0}).items()}
        anchors = [_anchor(one) for one in data.get("anchors", ())]
        tags = [_tag(one) for one in data.get("tags", ())]
        named = {tag.key for tag in tags}
        devices = {channel.device for channel in channels if channel.quantity in QUANTITIES}
        tags += [Tag(key=key) for key in devices - named]
        tracker = Tracker(
            sorted(tags, key=lambda tag: tag.key),
            sorted(anchors, key=lambda anchor: anchor.key),
            Ranging.from_data(data.get("ranging") or {}),
            floors,
            jit=jit,
        )
        return cls(what, channels, tracker, read_zones(data.get("zones", ())), numbers)

    def update(self, batch: Readings) -> list[Event]:
        """The events that the batch tells; see `Detector.update`."""
        ready = prepare(batch, len(self.channels))
        watched = self._tag[ready.channel] >= 0
        channel, value = ready.channel[watched], ready.value[watched]
        time = ready.time[watched].astype(np.int64)
        fresh = self._fresh(channel, time)
        channel, time, value = channel[fresh], time[fresh], value[fresh]
        if not len(time):
            return []
        tick = np.maximum(np.maximum.accumulate(time // self._tick), self._ticked[0])
        turns = np.flatnonzero(tick != np.r_[self._ticked[0], tick[:-1]])
        events: list[Event] = []
        begun = 0
        for turn in [*turns.tolist(), len(time)]:
            if turn > begun:
                part = slice(begun, turn)
                self._take(channel[part], time[part], value[part])
                begun = turn
            if turn < len(time):
                if self._ticked[0] != _NEVER:
                    events += self._judge(int(tick[turn]) * self._tick)
                self._ticked[0] = tick[turn]
        return events

    def at(self, now: int) -> Positions:
        """Where the tags (`tracker.tags`) are at `now` (µs), for a map; changes nothing."""
        return self.tracker.at(now)

    def set_back(self, time_us: int) -> None:
        """No time that is kept stays later than `time_us`, but for when open episodes began; see `Engine.set_back`."""
        np.minimum(self._last, time_us, out=self._last)
        np.minimum(self._ticked, time_us // self._tick, out=self._ticked)
        self.tracker.set_back(time_us)
        for rule in self._rules:
            rule.holds.set_back(time_us)

    def change_zones(self, zones: Sequence[Zone], at: int) -> list[Event]:
        """Go by other zones from `at` (µs) on, tracks and what goes on staying as they are.

        A rule of the same zone and kind keeps its state; an open episode of one that is gone is cleared, and says so.
        """
        before = {rule.key: rule for rule in self._rules}
        self.zones = tuple(sorted(zones, key=lambda zone: zone.key))
        others = [rule for rule in self._rules if not isinstance(rule, ZONE_RULES)]
        self._rules = [*zone_rules(self.zones, self.tracker.tags), *others]
        for rule in self._rules:
            old = before.pop(rule.key, None)
            if old is not None and old is not rule:
                for name, array in rule.arrays().items():
                    array[...] = old.arrays()[name]
        return [self._event(found, at) for rule in before.values() for found in ended(rule) if self._lead[found.tag]]

    def snapshot(self) -> Snapshot:
        found: Snapshot = {
            "layout": _LAYOUT.copy(),
            "keys": np.array(sorted(self.channels), np.str_),
            "last": self._last[np.argsort(np.array(self.channels, np.str_))],
            "ticked": self._ticked.copy(),
            "rules": np.array([rule.key for rule in self._rules], np.str_),
        }
        found |= {f"tracker.{name}": array for name, array in self.tracker.snapshot().items()}
        for n, rule in enumerate(self._rules):
            found |= {f"rule{n}.{name}": array.copy() for name, array in rule.arrays().items()}
        return found

    def restore(self, state: Snapshot) -> None:
        """Put a snapshot back. Raises PositionError where it was made for other channels, tags, anchors or zones."""
        mine = self.snapshot()
        for name, array in mine.items():
            if name not in state:
                raise PositionError("bad_snapshot", reason_zh=f"缺少 {name}", reason_en=f"it lacks {name}")
            named = name in ("keys", "rules")
            if state[name].shape != array.shape or (named and not np.array_equal(state[name], array)):
                raise PositionError("bad_snapshot", reason_zh=f"{name} 不符", reason_en=f"{name} doesn't fit")
        self.tracker.restore({name[8:]: array for name, array in state.items() if name.startswith("tracker.")})
        self._last[np.argsort(np.array(self.channels, np.str_))] = state["last"]
        self._ticked[:] = state["ticked"]
        for n, rule in enumerate(self._rules):
            for name, array in rule.arrays().items():
                array[...] = state[f"rule{n}.{name}"]

    def _map(self, channels: Sequence[Channel]) -> None:
        """Which tag, kind and anchor each channel speaks of."""
        tags = {tag.key: n for n, tag in enumerate(self.tracker.tags)}
        anchors = {anchor.key: n for n, anchor in enumerate(self.tracker.anchors)}
        self._tag = np.full(len(channels), -1, np.int64)
        self._kind = np.zeros(len(channels), np.int64)
        self._anchor = np.full(len(channels), -1, np.int64)
        self._lead: list[str] = [""] * len(tags)
        for n, channel in enumerate(channels):
            kind = QUANTITIES.get(channel.quantity)
            if kind is None:
                continue
            tag = tags[channel.device]
            if kind == k.RANGE:
                anchor = channel.key.rpartition("/")[2]
                if anchor not in anchors:
                    known = ", ".join(anchors)
                    raise PositionError("unknown_key", what=f"anchors: {channel.key}", key=anchor, known=known)
                self._anchor[n] = anchors[anchor]
            self._tag[n], self._kind[n] = tag, kind
            if not self._lead[tag] or channel.key < self._lead[tag]:
                self._lead[tag] = channel.key

    def _fresh(self, channel: NDArray[np.int32], time: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Readings later than all before them of their channel; remembers the latest."""
        fresh = np.zeros(len(time), np.bool_)
        for one in np.unique(channel):
            where = np.flatnonzero(channel == one)
            top = np.maximum.accumulate(np.r_[self._last[one], time[where]])
            fresh[where] = time[where] > top[:-1]
            self._last[one] = top[-1]
        return fresh

    def _take(self, channel: NDArray[np.int32], time: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        sd = np.full(len(time), self.tracker.ranging.fix_sd_m)
        self.tracker.update(self._tag[channel], time, self._kind[channel], self._anchor[channel], value, sd)

    def _judge(self, at: int) -> list[Event]:
        scene = scene_of(self.tracker.at(at), self.zones, self._offset)
        return [self._event(found, at) for rule in self._rules for found in rule.look(scene) if self._lead[found.tag]]

    def _event(self, found: Found, at: int) -> Event:
        return Event.of(
            detector=f"{self.name}/{found.rule}",
            channel=self._lead[found.tag],
            kind=found.kind,
            state=found.state,
            since=found.since,
            at=at,
            value=found.value,
            limit=found.limit,
            unit=found.unit,
            deviation=None,
            sureness=found.p,
            reason_zh=found.zh,
            reason_en=found.en,
            evidence=found.evidence | {"tag": self.tracker.tags[found.tag].key},
        )


def _number(what: str, field: str, data: Mapping[str, Any]) -> float:
    default, low, high = _NUMBERS[field]
    value = data.get(field, default)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= value <= high:
        raise PositionError("bad_value", what=what, field=field, value=value, rule=f"{low:g} … {high:g}")
    return float(value)


def _anchor(data: Mapping[str, Any]) -> Anchor:
    what = f"anchor {data.get('key')}"
    for field in ("key", "x", "y", "z"):
        if field not in data:
            raise PositionError("bad_value", what=what, field=field, value=None, rule="given")
    place = [data["x"], data["y"], data["z"]]
    for field, value in zip("xyz", place, strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise PositionError("bad_value", what=what, field=field, value=value, rule="a number of metres")
    return Anchor(key=str(data["key"]), x=place[0], y=place[1], z=place[2], floor=int(data.get("floor", 0)))


def _tag(data: Mapping[str, Any]) -> Tag:
    key = data.get("key")
    if not isinstance(key, str) or not key or "/" in key:
        raise PositionError("bad_value", what="tag", field="key", value=key, rule="text without /")
    motion = data.get("motion")
    if motion is not None:
        numbers = read_numbers(f"tag {key}", Motion, motion)
        return Tag(key=key, vehicle=bool(data.get("vehicle")), motion=Motion(**numbers))
    return Tag(key=key, vehicle=bool(data.get("vehicle", False)), groups=tuple(data.get("groups", ())))
