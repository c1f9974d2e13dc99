"""What one message may hold, and the list of what of it was refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from yufang.sensing.errors import Refusal, SensingError

MAX_BYTES = 32 * 1024 * 1024  # of one message
MAX_READINGS = 1_000_000  # in one message
MAX_KEYS = 20_000  # channels in one message
MAX_EVENTS = 10_000  # in one message
MAX_UNITS = 200  # spellings of units in one message: each has to be understood
MAX_KEY = 120  # characters of a channel's key
TOLD = 100  # refusals that are told one by one; the rest are counted


@dataclass
class Refusals:
    """Collects what could not be taken; the first `TOLD` one by one, all of them counted."""

    told: list[Refusal] = field(default_factory=list)
    count: int = 0

    def add(self, refusal: Refusal) -> None:
        self.count += 1
        if len(self.told) < TOLD:
            self.told.append(refusal)


def check_size(size: int, limit: int) -> None:
    """Raise SensingError where a message of `size` bytes is over `limit`."""
    if size > limit:
        raise SensingError("too_big", size=size, limit=limit)


def check_counts(readings: int, keys: int, events: int, units: int = 0) -> None:
    """Raise SensingError where a message holds more than one message may."""
    for what, what_zh, number, limit in (
        ("readings", "条读数", readings, MAX_READINGS),
        ("channels", "个通道", keys, MAX_KEYS),
        ("events", "个事件", events, MAX_EVENTS),
        ("units", "种单位", units, MAX_UNITS),
    ):
        if number > limit:
            raise SensingError("too_many", what=what, what_zh=what_zh, number=number, limit=limit)
