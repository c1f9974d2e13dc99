"""A condition that has to last before it is raised, and to be gone for a while before it is cleared; many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
NEVER = np.int64(-1)


class Holds:
    """n conditions. begun, raised, ending: (n,) int64 µs, -1 for none: when it began to be true, since when it is
    raised (the time it began), and when it began to be untrue again."""

    def __init__(self, n: int, hold_s: float, release_s: float) -> None:
        self.hold, self.release = int(hold_s * 1e6), int(release_s * 1e6)
        self.begun = np.full(n, NEVER)
        self.raised = np.full(n, NEVER)
        self.ending = np.full(n, NEVER)

    def step(self, now: int, on: Bools, off: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(what is raised now, what is cleared now) as positions.

        on: true now. off: surely untrue. Between the two a raised one stays, one that was about to be isn't any more.
        The time of a raised one stays in `raised` until `clear`.
        """
        waiting = self.raised == NEVER
        self.begun = np.where(on, np.where(self.begun == NEVER, now, self.begun), np.where(waiting, NEVER, self.begun))
        up = waiting & on & (now - self.begun >= self.hold)
        self.raised = np.where(up, self.begun, self.raised)
        self.ending = np.where(off & ~waiting, np.where(self.ending == NEVER, now, self.ending), NEVER)
        down = ~waiting & off & (now - self.ending >= self.release)
        return np.flatnonzero(up), np.flatnonzero(down)

    def clear(self, which: NDArray[np.int64]) -> None:
        """Forget what was cleared."""
        for array in (self.begun, self.raised, self.ending):
            array[which] = NEVER

    def set_back(self, time_us: int) -> None:
        """No time stays later than `time_us`, but for `raised`: the episode's id rests on it."""
        for array in (self.begun, self.ending):
            np.minimum(array, time_us, out=array)

    @property
    def arrays(self) -> dict[str, NDArray[np.int64]]:
        return {"begun": self.begun, "raised": self.raised, "ending": self.ending}

    def put(self, state: dict[str, NDArray[np.int64]]) -> None:
        self.begun, self.raised, self.ending = (state[n].copy() for n in ("begun", "raised", "ending"))
