"""Zones of a site: outline, floor, hours, who they are for and what is asked of whoever is inside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.positions.errors import PositionError

ZoneKind = Literal["forbidden", "required", "watch"]
MINUTES = 1440
_WEEK_US = 7 * 86_400_000_000
_MONDAY_US = 4 * 86_400_000_000  # 1970-01-05 was a Monday
_NUMBERS = {
    "hold_s": (2.0, 0.0, 3600.0),
    "release_s": (5.0, 0.0, 3600.0),
    "enter_p": (0.7, 0.05, 0.999),
    "exit_p": (0.3, 0.001, 0.95),
    "lone_after_s": (0.0, 0.0, 86_400.0),
    "buddy_m": (15.0, 0.5, 1000.0),
    "sight_s": (0.0, 0.0, 86_400.0),
}


@dataclass(frozen=True, slots=True)
class Hours:
    """Local time of the week: days 1 (Monday) to 7, from and to in minutes of the day; to ≤ from ends the next day."""

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone and its rules.

    kind: `forbidden` (nobody of `groups` may be in), `required` (everybody of `groups` has to be in) or `watch`.
    outline: corners (x, y) in metres; floor: None for all. hours: when the rules hold; () always. groups: () for all
    people. A person counts as inside from probability `enter_p` held for `hold_s`, as outside again from `exit_p` held
    for `release_s`. max_people: crowding above it (0: no limit). lone_after_s: alone for so long, nobody within
    `buddy_m` (0: no rule). sight_s: the position of somebody inside is lost for so long (0: no rule). still_ok: who
    stands still here is at rest.
    """

    key: str
    kind: ZoneKind
    outline: tuple[tuple[float, float], ...]
    name_zh: str = ""
    name_en: str = ""
    floor: int | None = None
    hours: tuple[Hours, ...] = ()
    groups: tuple[str, ...] = ()
    max_people: int = 0
    still_ok: bool = False
    hold_s: float = 2.0
    release_s: float = 5.0
    enter_p: float = 0.7
    exit_p: float = 0.3
    lone_after_s: float = 0.0
    buddy_m: float = 15.0
    sight_s: float = 0.0

    @property
    def corners(self) -> NDArray[np.float64]:
        return np.array(self.outline, np.float64)

    def name(self) -> tuple[str, str]:
        return self.name_zh or self.key, self.name_en or self.name_zh or self.key

    def holds(self, at: int, offset_min: int) -> bool:
        """Whether the rules hold at `at` (µs), local time being UTC + `offset_min` minutes."""
        if not self.hours:
            return True
        minute = ((at - _MONDAY_US + offset_min * 60_000_000) % _WEEK_US) // 60_000_000
        day, of_day = int(minute // MINUTES) + 1, int(minute % MINUTES)
        before = 7 if day == 1 else day - 1
        for hours in self.hours:
            if hours.start < hours.end:
                if day in hours.days and hours.start <= of_day < hours.end:
                    return True
            elif (day in hours.days and of_day >= hours.start) or (before in hours.days and of_day < hours.end):
                return True
        return False

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Zone:
        """From plain data, hours as {days: [1..7], from: "08:00", to: "18:00"}. Raises PositionError."""
        key = data.get("key")
        what = f"zone {key}"
        if not isinstance(key, str) or not key.strip() or len(key) > 80 or "/" in key:
            raise PositionError("bad_value", what="zone", field="key", value=key, rule="1 … 80 characters without /")
        known = list(cls.__dataclass_fields__)
        for name in data:
            if name not in known:
                raise PositionError("unknown_field", what=what, field=name, known=", ".join(known))
        kind = data.get("kind", "watch")
        if kind not in get_args(ZoneKind):
            raise PositionError("bad_value", what=what, field="kind", value=kind, rule=" / ".join(get_args(ZoneKind)))
        numbers = {name: _number(what, name, data.get(name, rule[0]), *rule[1:]) for name, rule in _NUMBERS.items()}
        if numbers["exit_p"] >= numbers["enter_p"]:
            raise PositionError("bad_value", what=what, field="exit_p", value=numbers["exit_p"], rule="below enter_p")
        floor = data.get("floor")
        return cls(
            key=key,
            kind=cast(ZoneKind, kind),
            outline=_outline(key, data.get("outline", ())),
            name_zh=str(data.get("name_zh", "")),
            name_en=str(data.get("name_en", "")),
            floor=None if floor is None else int(_number(what, "floor", floor, -99, 999)),
            hours=tuple(_hours(what, one) for one in _rows(what, "hours", data.get("hours", ()))),
            groups=tuple(str(one) for one in _rows(what, "groups", data.get("groups", ()))),
            max_people=int(_number(what, "max_people", data.get("max_people", 0), 0, 100_000)),
            still_ok=bool(data.get("still_ok", False)),
            **numbers,
        )


def read_zones(rows: Sequence[Mapping[str, Any]]) -> tuple[Zone, ...]:
    """Zones in the order of their keys. Raises PositionError."""
    found = sorted((Zone.from_data(one) for one in rows), key=lambda zone: zone.key)
    for one, other in pairwise(found):
        if one.key == other.key:
            raise PositionError("same_key", what="zones", key=one.key)
    return tuple(found)


def _number(what: str, field: str, value: Any, low: float, high: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= value <= high:
        raise PositionError("bad_value", what=what, field=field, value=value, rule=f"{low:g} … {high:g}")
    return float(value)


def _rows(what: str, field: str, value: Any) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise PositionError("bad_value", what=what, field=field, value=value, rule="a list")
    return value


def _hours(what: str, data: Any) -> Hours:
    try:
        days = tuple(sorted({int(day) for day in data.get("days", range(1, 8))}))
        start, end = (_minutes(data[name]) for name in ("from", "to"))
    except (AttributeError, KeyError, TypeError, ValueError):
        days, start, end = (), -1, -1
    if not days or days[0] < 1 or days[-1] > 7 or start < 0 or end < 0:
        rule = '{days: [1 … 7], from: "08:00", to: "18:00"}'
        raise PositionError("bad_value", what=what, field="hours", value=data, rule=rule)
    return Hours(days, start, end)


def _minutes(text: str) -> int:
    hour, minute = str(text).split(":")
    found = int(hour) * 60 + int(minute)
    if not (0 <= int(minute) < 60 and 0 <= found <= MINUTES):
        raise ValueError(text)
    return found


def _outline(key: str, data: Any) -> tuple[tuple[float, float], ...]:
    def refuse(zh: str, en: str) -> PositionError:
        return PositionError("bad_polygon", key=key, reason_zh=zh, reason_en=en)

    try:
        points = [(float(x), float(y)) for x, y in data]
    except (TypeError, ValueError):
        raise refuse("须是 [x, y] 的列表", "it has to be a list of [x, y]") from None
    if points and points[0] == points[-1]:
        points.pop()
    if len(points) < 3 or len(set(points)) < len(points) or len(points) > 500:
        raise refuse(f"有 {len(points)} 个角点", f"it has {len(points)} corners, or one of them twice")
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
        raise refuse("有角点不是有限的数", "a corner is no finite number")
    sides = list(zip(points, points[1:] + points[:1], strict=True))
    for n, one in enumerate(sides):
        for m in range(n + 2, len(sides)):
            if (n, m) != (0, len(sides) - 1) and _cross(*one, *sides[m]):
                raise refuse(f"第 {n + 1} 条边与第 {m + 1} 条边相交", f"its sides {n + 1} and {m + 1} cross")
    return tuple(points)


_Point = tuple[float, float]


def _cross(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    def side(p: _Point, q: _Point, r: _Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
