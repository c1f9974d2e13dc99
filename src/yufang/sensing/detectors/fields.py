"""Configuration by data: each detector lists its fields; what doesn't fit is refused by name, value and rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from yufang.sensing.detectors.errors import DetectorError

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel

_SELECT = ("keys", "quantity", "area", "device", "site")


@dataclass(frozen=True, slots=True)
class Field:
    """A number in [low, high] with a default (None: the field may be left out and then isn't applied)."""

    default: float | None
    low: float
    high: float
    zh: str
    en: str

    @property
    def rule(self) -> str:
        return f"{self.low:g} … {self.high:g}" + (" / null" if self.default is None else "")


def read_fields(detector: str, fields: Mapping[str, Field], data: Mapping[str, Any]) -> dict[str, float]:
    """Numbers by field; NaN where a field without default is left out. Raises DetectorError."""
    for name in data:
        if name not in fields and name not in ("kind", "name", "channels", "lateness_s"):
            raise DetectorError("unknown_field", detector=detector, field=name, known=", ".join(fields))
    found: dict[str, float] = {}
    for name, rule in fields.items():
        value = data.get(name, rule.default)
        if value is None and rule.default is None:
            found[name] = math.nan
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not rule.low <= value <= rule.high:
            raise DetectorError("bad_value", detector=detector, field=name, value=value, rule=rule.rule)
        found[name] = float(value)
    return found


def read_name(kind: str, data: Mapping[str, Any]) -> str:
    """The detector's name: `name`, or its kind."""
    name = data.get("name", kind)
    if not isinstance(name, str) or not name.strip() or len(name) > 60 or "/" in name:
        raise DetectorError("bad_value", detector=kind, field="name", value=name, rule="1 … 60 characters without /")
    return name


def select(detector: str, chosen: Any, channels: Sequence[Channel]) -> list[int]:
    """Positions of the channels that `chosen` picks: {keys, quantity, area, device, site: a pattern or several}.

    A pattern is a name with `*` and `?`; a channel has to fit every field given. None picks all. Raises DetectorError.
    """
    if chosen is None:
        return list(range(len(channels)))
    if not isinstance(chosen, Mapping):
        raise DetectorError("bad_value", detector=detector, field="channels", value=chosen, rule=f"{{{_SELECT}: …}}")
    tests: list[tuple[str, tuple[str, ...]]] = []
    for name, patterns in chosen.items():
        if name not in _SELECT:
            raise DetectorError("unknown_field", detector=detector, field=f"channels.{name}", known=", ".join(_SELECT))
        several = [patterns] if isinstance(patterns, str) else patterns
        if not isinstance(several, Sequence) or not all(isinstance(p, str) and p for p in several):
            raise DetectorError(
                "bad_value", detector=detector, field=f"channels.{name}", value=patterns, rule="text / [text, …]"
            )
        tests.append(("key" if name == "keys" else name, tuple(several)))
    return [
        position
        for position, channel in enumerate(channels)
        if all(any(fnmatchcase(getattr(channel, name) or "", p) for p in patterns) for name, patterns in tests)
    ]
