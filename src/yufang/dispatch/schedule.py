"""When: the next try after a failure, and hours in which nobody is rung."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from pydantic import BaseModel, ConfigDict, Field


class BackOff(BaseModel):
    """Seconds to wait after the first, the second … failed try. After the last no further try is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: tuple[int, ...] = Field(min_length=1)
    most_seconds: int = Field(900, ge=1)

    @property
    def most_tries(self) -> int:
        """Tries in all."""
        return len(self.seconds) + 1


class QuietHours(BaseModel):
    """From `start` until before `end`, local time; over midnight where `end` is earlier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: time
    end: time

    def holds(self, at: time) -> bool:
        """Whether `at` is within them."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def next_try(back_off: BackOff, tries: int, failed_at: datetime, *, asked: float | None = None) -> datetime | None:
    """When to try again after `tries` failed ones, None where enough were made.

    `asked`: seconds that the receiver asked to wait (HTTP Retry-After); kept to, up to `most_seconds`.
    """
    if tries >= back_off.most_tries:
        return None
    wait = float(back_off.seconds[max(tries, 1) - 1])
    if asked is not None:
        wait = max(wait, asked)
    return failed_at + timedelta(seconds=min(wait, back_off.most_seconds))


def not_before(at: datetime, quiet: QuietHours, zone: tzinfo) -> datetime:
    """The earliest moment at or after `at` (aware) outside the quiet hours of `zone`."""
    local = at.astimezone(zone)
    if not quiet.holds(local.time()):
        return at
    end = datetime.combine(local.date(), quiet.end, zone)
    return end if end > local else datetime.combine(local.date() + timedelta(days=1), quiet.end, zone)
