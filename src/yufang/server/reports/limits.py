"""How much one place may be used in a while. Counted in memory and by place alone: nothing says who asked."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from yufang.server.errors import Refused


@dataclass(slots=True)
class Limit:
    """At most `most` times in `seconds` for each place."""

    sort: str
    most: int
    seconds: float
    _times: dict[int, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, area_id: int) -> None:
        """Count one more. Refuses with 429 where the place has had its share."""
        now = time.monotonic()
        with self._lock:
            times = self._times.setdefault(area_id, deque())
            while times and now - times[0] > self.seconds:
                times.popleft()
            if len(times) < self.most:
                times.append(now)
                return
            wait = max(1, round(self.seconds - (now - times[0])))
        raise Refused(
            429,
            "too_many",
            f"该地点短时间内提交过多，请 {wait} 秒后再试；您手机上的内容不会丢失。",
            f"Too much came from this place at once; try again in {wait} seconds. What is on your phone stays there.",
        )


# A shift of a hundred people who all report within five minutes is let through; a script is not.
NEW_REPORTS = Limit("report", 120, 300)
SUGGESTIONS = Limit("suggest", 240, 60)
