"""The configuration of a leak detector, read from plain data and checked field by field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from yufang.sensing.leaks.belief import Priors
from yufang.sensing.leaks.dispersion import Place
from yufang.sensing.leaks.errors import LeakError
from yufang.sensing.leaks.site import Site
from yufang.sensing.units import convert

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel

_FIELDS = (
    "kind", "name", "gas", "wind_speed", "wind_direction", "direction_means", "turned_deg", "sources", "latitude",
    "longitude", "molar_mass", "alarm", "clear", "instant_ppm", "onset", "priors", "lateness_s",
)  # fmt: skip
_MEANS = ("from_north_deg", "towards_east_rad")


@dataclass(frozen=True)
class Settings:
    """A checked configuration. gas, speed, direction: places in the list of channels; factors: their unit → ppm."""

    name: str
    site: Site
    gas: tuple[int, ...]
    factors: tuple[float, ...]
    speed: int
    direction: int
    means: str
    alarm: float
    clear: float
    instant: float
    onset: float
    priors: Priors

    def towards(self, direction: float) -> tuple[float, float]:
        """East and north of the way in which the air goes, for one reading of the direction."""
        if self.means == "from_north_deg":
            return -math.sin(math.radians(direction)), -math.cos(math.radians(direction))
        return math.cos(direction), math.sin(direction)


def read_settings(data: Mapping[str, Any], channels: Sequence[Channel]) -> Settings:
    """Check `data` against `channels`. Raises LeakError naming field, value, rule and way out."""
    name = str(data.get("name", "leaks"))
    for key in data:
        if key not in _FIELDS:
            raise LeakError("unknown_field", detector=name, field=key, known=", ".join(_FIELDS))
    places = {channel.key: place for place, channel in enumerate(channels)}
    keys = data.get("gas")
    if not isinstance(keys, Sequence) or isinstance(keys, str) or not keys:
        raise _bad(name, "gas", keys, "至少一个气体通道的键", "a list of at least one key of a gas channel")
    gas = tuple(_channel(name, "gas", key, places) for key in keys)
    if len(set(gas)) < len(gas):
        raise _bad(name, "gas", list(keys), "不重复的通道键", "keys of which none comes twice")
    means = data.get("direction_means", _MEANS[0])
    if means not in _MEANS:
        raise _bad(name, "direction_means", means, "、".join(_MEANS), " or ".join(_MEANS))
    site = Site(
        sources=_sources(name, data.get("sources")),
        sensors=tuple(_sensor(name, channels[place]) for place in gas),
        latitude=_number(name, data, "latitude", None, -90, 90),
        longitude=_number(name, data, "longitude", None, -180, 180),
        molar_mass=_number(name, data, "molar_mass", 16.04, 1, 1000),
        turned=_number(name, data, "turned_deg", 0.0, -360, 360),
    )
    return Settings(
        name=name,
        site=site,
        gas=gas,
        factors=tuple(
            convert(1.0, channels[i].unit, "ppm", quantity=channels[i].quantity, channel=channels[i].key) for i in gas
        ),
        speed=_channel(name, "wind_speed", data.get("wind_speed"), places),
        direction=_channel(name, "wind_direction", data.get("wind_direction"), places),
        means=str(means),
        alarm=_number(name, data, "alarm", 0.8, 0.01, 0.999),
        clear=min(_number(name, data, "clear", 0.3, 0.001, 0.999), _number(name, data, "alarm", 0.8, 0.01, 0.999)),
        instant=_number(name, data, "instant_ppm", 5.0, 0, 1e6),
        onset=_number(name, data, "onset", 0.2, 0.001, 0.999),
        priors=_priors(name, data.get("priors", {})),
    )


def _bad(name: str, field: str, value: object, rule_zh: str, rule: str) -> LeakError:
    return LeakError("bad_value", detector=name, field=field, value=value, rule_zh=rule_zh, rule=rule)


def _channel(name: str, field: str, key: object, places: Mapping[str, int]) -> int:
    if not isinstance(key, str) or key not in places:
        raise _bad(name, field, key, "已登记通道的键", "the key of a registered channel")
    return places[key]


def _number(
    name: str, data: Mapping[str, Any], field: str, default: float | None, low: float, high: float, label: str = ""
) -> float:
    value = data.get(field, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _bad(name, label or field, value, f"{low} 到 {high} 之间的数", f"a number from {low} to {high}")
    return float(value)


def _sensor(name: str, channel: Channel) -> Place:
    x, y = channel.x, channel.y
    if x is None or y is None:
        rule = "a channel with x and y on the plan"
        raise _bad(name, f"gas ({channel.key})", f"x={x}, y={y}", "平面图上有 x、y 坐标的通道", rule)
    return Place(channel.key, x, y, 2.0 if channel.z is None else max(channel.z, 0.0))


def _sources(name: str, given: object) -> tuple[Place, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise _bad(name, "sources", given, "至少一个可能的泄漏点", "a list of at least one possible source")
    sources = []
    for n, entry in enumerate(given):
        field = f"sources[{n}]"
        if not isinstance(entry, Mapping) or not entry.get("key"):
            raise _bad(name, field, entry, "含 key、x、y、z 的映射", "a mapping with key, x, y, z")
        x, y = (_number(name, entry, axis, None, -1e5, 1e5, f"{field}.{axis}") for axis in ("x", "y"))
        sources.append(Place(str(entry["key"]), x, y, _number(name, entry, "z", 1.0, 0, 500, f"{field}.z")))
    if len({source.key for source in sources}) < len(sources):
        raise _bad(name, "sources", [s.key for s in sources], "不重复的 key", "keys of which none comes twice")
    return tuple(sources)


def _priors(name: str, given: object) -> Priors:
    known = {field.name for field in fields(Priors)}
    if not isinstance(given, Mapping) or set(given) - known:
        wrong = sorted(set(given) - known) if isinstance(given, Mapping) else given
        raise _bad(
            name, "priors", wrong, f"以下各项：{', '.join(sorted(known))}", f"some of {', '.join(sorted(known))}"
        )
    shares = {"false", "false_calm", "stray", "wrong"}
    values = {
        field: _number(name, given, field, None, 1e-6, 0.9 if field in shares else 1e6, f"priors.{field}")
        for field in given
    }
    return Priors(**values)
