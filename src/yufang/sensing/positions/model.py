"""What the filter believes about walking, driving and ranging: few numbers, each with its physical reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from yufang.sensing.positions.errors import PositionError


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """An integrated Ornstein-Uhlenbeck walk a plan axis: velocity forgets itself, so a blind zone can't run away.

    speed_sd: m/s, standing spread of the velocity along one axis. keep_s: seconds after which a velocity is half
    forgotten (time constant). carry_m, carry_sd_m: height of the tag above its floor.
    """

    speed_sd: float
    keep_s: float
    carry_m: float
    carry_sd_m: float


# Walking pace is 1.3-1.4 m/s (Bohannon 1997), half of the time along either axis: 1.0 m/s; a walker turns every few
# seconds. A tag is worn between belt and chest. A truck at a works' 15 km/h, mounted at cab height.
PERSON = Motion(speed_sd=1.0, keep_s=3.0, carry_m=1.1, carry_sd_m=0.2)
VEHICLE = Motion(speed_sd=3.0, keep_s=6.0, carry_m=1.8, carry_sd_m=0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranging:
    """How ultra-wideband ranges err.

    noise_m: white noise of one two-way range (IEEE 802.15.4 UWB transceivers: about 0.05 m). drift_m, drift_s:
    slowly changing bias of one tag-anchor pair as the body turns (standing spread, time constant). survey_m: constant
    bias of a pair: antenna delay and survey of the anchor, centimetres. blocked_share, blocked_m: share of ranges
    whose direct path is blocked, and the mean excess length then (exponential, always too long). latency_s: a
    range stamped t tells of t - latency_s. gate: squared normalised innovation beyond which a range is refused
    (25: five standard deviations). degrees: of the Student t that weighs what lies between.
    """

    noise_m: float = 0.05
    drift_m: float = 0.06
    drift_s: float = 1.5
    survey_m: float = 0.04
    blocked_share: float = 0.02
    blocked_m: float = 1.0
    latency_s: float = 0.0
    gate: float = 25.0
    degrees: float = 4.0
    fix_sd_m: float = 3.0
    fix_latency_s: float = 0.0

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Ranging:
        """From plain data; a field left out keeps its default. Raises PositionError."""
        return cls(**read_numbers("ranging", cls, data))


def read_numbers(what: str, kind: type, data: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of `data` for the fields of a dataclass. Raises PositionError for an unknown field or no number."""
    known = [field.name for field in fields(kind)]
    for name, value in data.items():
        if name not in known:
            raise PositionError("unknown_field", what=what, field=name, known=", ".join(known))
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            raise PositionError("bad_value", what=what, field=name, value=value, rule="a number >= 0")
    return {name: float(value) for name, value in data.items()}
