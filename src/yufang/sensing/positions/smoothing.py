"""A track looked at afterwards: each place by what came before and after it (Rauch, Tung and Striebel 1965).

Only where delay is allowed: what an accident's hour looked like, or how a walk was made. Nothing that warns may use it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.positions import kernel as k
from yufang.sensing.positions.tracker import MICRO, Tracker

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """time: (n,) s of the track; place: (n, 2) m; velocity: (n, 2) m/s; cov: (n, 2, 2) m²."""

    time: Floats
    place: Floats
    velocity: Floats
    cov: Floats

    def at(self, now: Ints) -> Floats:
        """Places (m, 2) at the times `now` (m,) µs: from the last step before each, by its velocity; NaN before it."""
        wanted = now * MICRO
        n = np.searchsorted(self.time, wanted, side="right") - 1
        found = self.place[n] + self.velocity[n] * (wanted - self.time[n])[:, None]
        found[n < 0] = np.nan
        out: Floats = found
        return out


def smooth(tracker: Tracker, time: Ints, anchor: Ints, value: Floats) -> Smoothed:
    """The track of the only tag of a fresh `tracker` from ranges (n,) in order: µs, anchor, m.

    The tag hears at most as many anchors as it has slots. Steps before it is located are left out.
    """
    steps: list[tuple[float, Floats, Floats]] = []
    zero, nothing = np.zeros(1, np.int64), np.zeros(1)
    for i in range(len(time)):
        tracker.update(zero, time[i : i + 1], zero, anchor[i : i + 1], value[i : i + 1], nothing)
        clock = float(tracker.state.clock[0])
        if clock != k.NOWHERE:
            steps.append((clock, tracker.state.mean[0].copy(), tracker.state.cov[0].copy()))
    return _backward(tracker, steps)


def _backward(tracker: Tracker, steps: list[tuple[float, Floats, Floats]]) -> Smoothed:
    n = len(steps)
    place, velocity, cov = np.zeros((n, 2)), np.zeros((n, 2)), np.zeros((n, 2, 2))
    later_mean, later_cov, later = np.zeros(0), np.zeros(0), math.inf
    for i in range(n - 1, -1, -1):
        clock, mean, spread = steps[i]
        if i < n - 1:
            move, noise, rest = _transition(tracker, later - clock)
            ahead = move @ spread @ move.T + noise
            back = np.linalg.solve(ahead, move @ spread).T
            mean = mean + back @ (later_mean - rest - move @ (mean - rest))
            spread = spread + back @ (later_cov - ahead) @ back.T
        place[i], velocity[i], cov[i] = mean[:2], mean[2:4], spread[:2, :2]
        later_mean, later_cov, later = mean, spread, clock
    return Smoothed(np.array([step[0] for step in steps]), place, velocity, cov)


def _transition(tracker: Tracker, step: float) -> tuple[Floats, Floats, Floats]:
    """(F, Q, the state it tends to) of `step` seconds: `kernel.forward` as matrices."""
    s, settings = tracker.state, tracker.settings
    size, slots = s.mean.shape[1], s.anchor.shape[1]
    probe = k.State(*(array.copy() for array in s))
    probe.cov[0], probe.mean[0] = 0.0, 0.0
    rest = np.zeros(size)
    rest[4] = s.ground[0] + settings.moving[0, k.CARRY]
    k.forward(0, step, probe, settings)
    r = tracker.ranging
    f = math.exp(-step / settings.moving[0, k.KEEP])
    diagonal = np.ones(size)
    diagonal[2:4] = f
    diagonal[4] = math.exp(-step / k.HEIGHT_S)
    diagonal[k.BASE : k.BASE + slots] = math.exp(-step / r.drift_s)
    diagonal[k.BASE + slots :] = math.exp(-step / k.SURVEY_S)
    move = np.diag(diagonal)
    move[0, 2] = move[1, 3] = settings.moving[0, k.KEEP] * (1.0 - f)
    # Ranges follow each other within milliseconds; a floor keeps the prediction's covariance invertible.
    return move, probe.cov[0] + 1e-12 * np.eye(size), rest
