"""A factor of the risk map: what it is, where it holds, since when, how much it weighs, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

Part = Literal["hazard", "multiplier", "exposure", "unknown"]
Extent = Literal["place", "all", "outdoors", "beyond"]
Ring = tuple[tuple[float, float], ...]

PARTS: tuple[Part, ...] = ("hazard", "multiplier", "exposure", "unknown")
EXTENTS: tuple[Extent, ...] = ("place", "all", "outdoors", "beyond")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a factor holds.

    `extent` `all` is everywhere, `outdoors` everywhere but in areas that are buildings, `beyond` where no area is.
    `place`: on plan `plan` within `ring`, or around (x, y), fading out at `reach_m` metres; both in shares of the
    plan's width and height from its upper left. Without a plan the factor holds for the whole area; without an area
    either it has no place.
    """

    area: str = ""
    plan: str = ""
    x: float | None = None
    y: float | None = None
    reach_m: float = 0.0
    ring: Ring = ()
    extent: Extent = "place"

    @property
    def placed(self) -> bool:
        """Whether it is known where the factor holds."""
        return bool(self.area) or self.extent != "place" or self.on_plan

    @property
    def on_plan(self) -> bool:
        """Whether it holds around a spot or within a ring of a plan."""
        return bool(self.plan) and (bool(self.ring) or (self.x is not None and self.y is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One thing that the map knows.

    ref: its name, unique at a moment (`channel:7/limit`). group: of factors of one group only the gravest hazard
    counts, so that a reading, the event it raised and its forecast aren't three dangers. since, until: µs of 1970 UTC;
    until None where no end is set. A `hazard` has `likelihood` (0-10) and `consequence` (0-100) on the scales of LEC;
    a `multiplier` has `times`, by which the likelihood of every hazard there is multiplied; an `exposure` has
    `exposure` (0-10) and, in `count`, what was counted; an `unknown` says what can't be known, and has no number.
    reading: what a sensor showed, as a share of its limit, where there is one. source: standard and clause, or who
    said it. link: what can be opened (`channel:7`).
    """

    ref: str
    kind: str
    part: Part
    where: Where
    since: int
    why_zh: str
    why_en: str
    source: str = ""
    link: str = ""
    group: str = ""
    until: int | None = None
    likelihood: float | None = None
    consequence: float | None = None
    times: float | None = None
    exposure: float | None = None
    count: str = ""
    reading: float | None = None
    synthetic: bool = False

    def __post_init__(self) -> None:
        if self.part not in PARTS or self.where.extent not in EXTENTS:
            raise ValueError(f"{self.ref}: part {self.part!r} or extent {self.where.extent!r} is none that is known")
        wanted = {
            "hazard": (self.likelihood, self.consequence),
            "multiplier": (self.times,),
            "exposure": (self.exposure,),
            "unknown": (),
        }[self.part]
        if any(number is None or not math.isfinite(number) or number < 0 for number in wanted):
            raise ValueError(f"{self.ref}: a factor of part {self.part} needs its numbers, zero or more: {wanted}")

    @property
    def weight(self) -> float:
        """How grave it is, to rank factors of all parts: likelihood x consequence, or what stands for it."""
        if self.part == "hazard":
            return float(self.likelihood or 0.0) * float(self.consequence or 0.0)
        return float(self.times or self.exposure or 0.0)

    def numbers(self) -> tuple[Any, ...]:
        """All that the score depends on: two factors with the same numbers give the same map."""
        return (self.ref, self.part, self.group, self.where, self.until, self.likelihood, self.consequence,
                self.times, self.exposure)  # fmt: skip

    def as_data(self) -> dict[str, Any]:
        """The factor as JSON has it; `from_data` reads it back."""
        return _told(self) | {"where": _told(self.where)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Factor:
        """Back from `as_data`. Raises ValueError or TypeError where a field is missing or can't be so."""
        known = {field.name for field in fields(cls)}
        where = dict(data.get("where") or {})
        where["ring"] = tuple((float(x), float(y)) for x, y in where.get("ring") or ())
        return cls(**{name: value for name, value in data.items() if name in known} | {"where": Where(**where)})


def _told(one: Factor | Where) -> dict[str, Any]:
    """The fields that say something else than their default."""
    return {
        field.name: getattr(one, field.name)
        for field in fields(one)
        if field.name != "where" and getattr(one, field.name) != field.default
    }
