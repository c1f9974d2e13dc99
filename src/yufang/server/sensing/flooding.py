"""How much that can't be taken a source may send before it has to wait.

What is refused costs the interpreter, thing by thing, what good sources beside it need. So every source has an
allowance of such things: `AT_ONCE`, and `A_SECOND` that come back each second. A message is never cut: whoever has used
up the allowance is told to send the next one later, before that one is read. Nothing is lost: it hasn't been counted,
and the same message is taken then.

Counted in this process, by the hash of the key, so that a flood doesn't even reach the database. Where several
processes serve, each counts for itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

AT_ONCE = 20_000  # unknown channels and unreadable rows; as many as one message may name
A_SECOND = 1_000  # more than any honest mistake makes: a thousand channels that nobody registered, every second
_MOST = 10_000  # sources that are remembered at once


class Allowance:
    """What each source has used, kept as one moment: when its allowance will be whole again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._whole: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, source: str) -> float:
        """Seconds until `source` may send again, 0.0 where it may now."""
        with self._lock:
            return max(0.0, self._whole.get(source, 0.0) - self._clock() - AT_ONCE / A_SECOND)

    def use(self, source: str, things: int) -> None:
        """`things` of a message of `source` couldn't be taken. One message may go over: the next one waits for it."""
        if things <= 0:
            return
        now = self._clock()
        with self._lock:
            if len(self._whole) >= _MOST:
                self._whole = {key: whole for key, whole in self._whole.items() if whole > now}
            # However much it was, nobody waits longer than for one full allowance.
            whole = max(self._whole.get(source, 0.0), now) + things / A_SECOND
            self._whole[source] = min(whole, now + 2 * AT_ONCE / A_SECOND)

    def clear(self) -> None:
        """Every allowance is whole again."""
        with self._lock:
            self._whole.clear()


ALLOWANCE = Allowance()
