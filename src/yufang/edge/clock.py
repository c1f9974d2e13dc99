"""The node's time: it never runs backwards and doesn't follow a jump of the system's clock before it is confirmed.

Holds and time-outs run on the monotonic clock. Event time is `now_us`: the system's time when the node started, plus
what the monotonic clock counted since. Where the system's clock jumps away from that by more than `tolerance_s`, the
node goes on counting and flags its readings CLOCK_SKEW until it knows better:

* the system's clock comes back: nothing was wrong with our time;
* the platform's time agrees with the system's clock: forward, we step; backward, we run at half speed until the two
  meet, so that no two readings change their order;
* the platform's time agrees with ours: ours was right; only the system's clock is told wrong on the health page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_PLATFORM_HOLDS_S = 3600.0  # what the platform told of the time is not held against us for longer


@dataclass(frozen=True, slots=True)
class ClockState:
    """How the node's time stands. `system_off_s`, `platform_off_s`: the system's clock, the platform's, minus ours."""

    skewed: bool
    system_off_s: float
    platform_off_s: float
    jumps: int
    slowing: bool
    confirmed: bool


class NodeClock:
    """Monotone UTC microseconds. `wall` and `monotonic` give seconds; tests pass their own."""

    def __init__(
        self,
        tolerance_s: float = 5.0,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        not_before_us: int = 0,
    ) -> None:
        self._wall, self._monotonic, self._tolerance = wall, monotonic, tolerance_s
        self._counted = monotonic()
        # `not_before_us`: the last event time written before a restart; a clock that went back meanwhile is slow.
        self._now = max(wall(), not_before_us / 1e6)
        self._last_off = self._off()
        self._skewed = self._last_off < -tolerance_s
        self._slow_until = 0.0
        self._confirmed = False
        self._platform: tuple[float, float] | None = None  # the platform's time minus the monotonic clock, and when
        self.jumps = int(self._skewed)

    def _off(self) -> float:
        return self._wall() - self._now

    def now_us(self) -> int:
        """Event time now; later than or equal to every answer before."""
        monotonic = self._monotonic()
        passed = max(0.0, monotonic - self._counted)
        self._counted = monotonic
        if self._slow_until > 0:
            slowed = min(passed, 2 * self._slow_until)
            self._slow_until -= slowed / 2
            self._now += slowed / 2 + (passed - slowed)
            if self._slow_until <= 0:
                self._slow_until = 0.0
                self._skewed = False
        else:
            self._now += passed
        return int(self._now * 1e6)

    def monotonic(self) -> float:
        """Seconds for holds and time-outs; untouched by any jump."""
        return self._monotonic()

    def look(self) -> ClockState:
        """Compare with the system's clock. Call it every second or so."""
        self.now_us()
        off = self._off()
        if abs(off - self._last_off) > self._tolerance:
            self.jumps += 1
            self._confirmed = False
        self._last_off = off
        if abs(off) <= self._tolerance:
            # Within what we tolerate the system's clock is the better one: follow it, never back.
            if off > 0:
                self._now += off
                self._last_off = 0.0
            self._skewed = self._slow_until > 0
        elif not self._confirmed and self._slow_until <= 0:
            self._skewed = True
        return ClockState(
            self.skewed,
            round(off, 3),
            round(self._platform_off(), 3),
            self.jumps,
            self._slow_until > 0,
            self._confirmed,
        )

    def told(self, platform_us: int) -> ClockState:
        """The platform's time, from a signed exchange just now: settles who is right after a jump."""
        now = self.now_us() / 1e6
        platform = platform_us / 1e6
        wall = self._wall()
        if self._slow_until > 0 or not self._skewed:
            pass
        elif abs(platform - now) <= self._tolerance:
            self._skewed, self._confirmed = False, True
        elif abs(platform - wall) <= self._tolerance:
            if wall > now:
                self._now = wall
                self._skewed = False
            else:
                self._slow_until = now - wall
        # Both may be wrong alike: a small computer without a battery that started in 1970.
        self._platform = (platform - self._counted, self._counted)
        return self.look()

    @property
    def skewed(self) -> bool:
        """Whether readings stamped now carry CLOCK_SKEW."""
        return self._skewed or abs(self._platform_off()) > self._tolerance

    def _platform_off(self) -> float:
        """The platform's time minus ours; 0 where it told none lately."""
        if self._platform is None or self._counted - self._platform[1] > _PLATFORM_HOLDS_S:
            return 0.0
        return self._platform[0] + self._counted - self._now
