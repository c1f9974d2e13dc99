"""What one message may hold, and the list of what of it was refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from yufang.sensing.errors import Refusal, SensingError

MAX_BYTES = 32 * 1024 * 1024  # of one message
MAX_READINGS = 1_000_000  # in one message
MAX_KEYS = 20_000  # channels in one message
MAX_EVENTS = 10_000  # in one message
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


def check_counts(readings: int, keys: int, events: int) -> None:
    """Raise SensingError where a message holds more than one message may."""
    for what, number, limit in (
        ("readings", readings, MAX_READINGS),
        ("channels", keys, MAX_KEYS),
        ("events", events, MAX_EVENTS),
    ):
        if number > limit:
            raise SensingError("too_many", what=what, number=number, limit=limit)
