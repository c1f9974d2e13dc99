"""The recursive filter over one measurement after another: an extended Kalman filter whose state holds, beside place
and velocity, the bias of every tag-anchor pair.

State of a tag (5 + 2 K): x, y, vx, vy, z, then K drifting biases and K standing ones, one of each per anchor slot.
A range r to anchor a is |place - a| + drift + standing + noise. What is known of its errors enters so:

- blocked direct path: an innovation that is too long is either noise or an exponential excess (mixture likelihood);
  the responsibility of the second raises the variance of that pair's drift, so that the bias takes the excess and the
  place doesn't;
- outliers: beyond the gate a range is refused; between, a Student t weighs it (iterated reweighting, one step);
- curvature of the range near an anchor: second-order term of mean and variance (Bar-Shalom et al. 2001, ch. 10).

Plain Python over numpy arrays in the part of the language that numba compiles; it runs either way.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

RANGE, FIX_X, FIX_Y, FLOOR = 0, 1, 2, 3
BASE = 5  # x, y, vx, vy, z
HEIGHT_S = 10.0  # time constant of the tag's height above its floor
SURVEY_S = 1000.0  # of the standing bias: clocks and temperature move it within a quarter of an hour
BLOCKED_S = 5.0  # a body or a machine stands in the way for seconds
RESET_S = 5.0  # a tag whose measurements are refused for so long is located anew
DOUBT, DOUBT_RATE = 0.5, 0.025  # so large a share of late measurements (about forty) odd: is the track wrong?
AWAY_S = 300.0  # after so long without a measurement the old place says nothing any more
LATE_S = 2.0  # a measurement older than the tag's state by more than this moves nothing
NOWHERE = -1.0  # clock of a tag that isn't located
NOISE, DRIFT, DRIFT_S, SURVEY, SHARE, EXCESS, GATE, DEGREES = range(8)  # of `Settings.shared`
SPEED, KEEP, CARRY, CARRY_SD = range(4)  # columns of `Settings.moving`


class Measured(NamedTuple):
    """n measurements, arrays (n,): tag, time (s), kind, anchor (-1: a fix), value (m), sd (m, of a fix)."""

    tag: Any
    time: Any
    kind: Any
    anchor: Any
    value: Any
    sd: Any


class State(NamedTuple):
    """mean (T, N), cov (T, N, N), clock (T,) s of the state, heard (T,) s of the last measurement taken.

    doubt (T,): share of late measurements that were odd; recheck (T,): s when to look whether another place fits as
    well, inf for never. Per slot (T, K): anchor (-1: free), time and value of its last range. floor (T,) number and
    ground (T,) m of the floor that the tag is on.
    """

    mean: Any
    cov: Any
    clock: Any
    heard: Any
    doubt: Any
    recheck: Any
    anchor: Any
    time: Any
    value: Any
    floor: Any
    ground: Any


class Settings(NamedTuple):
    """anchors (A, 5): x, y, z, floor, ground; floors (F, 2): number, ground; moving (T, 4), shared (8,)."""

    anchors: Any
    floors: Any
    moving: Any
    shared: Any


def advance(start: int, stop: int, seen: Measured, state: State, settings: Settings) -> int:
    """Take measurements start..stop in their order, changing `state` in place.

    Returns the index of a measurement after which its tag has to be located (its clock is NOWHERE; the range stands in
    the slot) or looked at again (`recheck`), or `stop`.
    """
    size = state.mean.shape[1]
    row, gain = np.zeros(size), np.zeros(size)
    for i in range(start, stop):
        t = seen.tag[i]
        slot = -1
        if seen.kind[i] == FLOOR:
            for k in range(settings.floors.shape[0]):
                if settings.floors[k, 0] == seen.value[i]:
                    state.floor[t], state.ground[t] = settings.floors[k, 0], settings.floors[k, 1]
            continue
        if seen.kind[i] == RANGE:
            slot = slot_of(t, i, seen, state, settings.shared)
            state.floor[t] = settings.anchors[seen.anchor[i], 3]
            state.ground[t] = settings.anchors[seen.anchor[i], 4]
        if state.clock[t] == NOWHERE:
            return i
        step = seen.time[i] - state.clock[t]
        if step < -LATE_S:
            continue
        if seen.time[i] - state.heard[t] > AWAY_S:
            state.clock[t] = NOWHERE
            return i
        if step > 0.0:
            forward(t, step, state, settings)
            state.clock[t] = seen.time[i]
        odd = correct(t, slot, i, seen, state, settings, row, gain)
        state.doubt[t] += DOUBT_RATE * (odd - state.doubt[t])
        if odd < 1.0:
            state.heard[t] = seen.time[i]
        if seen.time[i] - state.heard[t] > RESET_S:
            state.clock[t] = NOWHERE
            return i
        if state.doubt[t] > DOUBT or seen.time[i] >= state.recheck[t]:
            return i
    return stop


def slot_of(t: int, i: int, seen: Measured, state: State, shared: Any) -> int:
    """The slot of the pair of measurement i; a pair without one takes that of the pair heard longest ago."""
    slots = state.anchor.shape[1]
    slot = 0
    for k in range(slots):
        if state.anchor[t, k] == seen.anchor[i]:
            slot = k
            break
        if state.time[t, k] < state.time[t, slot]:
            slot = k
    if state.anchor[t, slot] != seen.anchor[i]:
        state.anchor[t, slot] = seen.anchor[i]
        for m in (BASE + slot, BASE + slots + slot):
            state.mean[t, m] = 0.0
            state.cov[t, m, :] = 0.0
            state.cov[t, :, m] = 0.0
        state.cov[t, BASE + slot, BASE + slot] = shared[DRIFT] ** 2
        state.cov[t, BASE + slots + slot, BASE + slots + slot] = shared[SURVEY] ** 2
    if seen.time[i] >= state.time[t, slot]:
        state.time[t, slot] = seen.time[i]
        state.value[t, slot] = seen.value[i]
    return slot


def forward(t: int, step: float, state: State, settings: Settings) -> None:
    """Move tag t `step` seconds on: integrated Ornstein-Uhlenbeck walk, height and biases that forget themselves."""
    mean, cov, shared = state.mean[t], state.cov[t], settings.shared
    slots = state.anchor.shape[1]
    keep = settings.moving[t, KEEP]
    f = math.exp(-step / keep)
    g = keep * (1.0 - f)
    for a in range(2):
        mean[a] += g * mean[a + 2]
        mean[a + 2] *= f
        cov[a, :] += g * cov[a + 2, :]
        cov[a + 2, :] *= f
    for a in range(2):
        cov[:, a] += g * cov[:, a + 2]
        cov[:, a + 2] *= f
    v2 = settings.moving[t, SPEED] ** 2
    xx = max(0.0, v2 * keep * keep * (2.0 * step / keep - 3.0 + 4.0 * f - f * f))
    xv = v2 * keep * (1.0 - f) ** 2
    for a in range(2):
        cov[a, a] += xx
        cov[a, a + 2] += xv
        cov[a + 2, a] += xv
        cov[a + 2, a + 2] += v2 * (1.0 - f * f)
    f = math.exp(-step / HEIGHT_S)
    rest = state.ground[t] + settings.moving[t, CARRY]
    mean[4] = rest + f * (mean[4] - rest)
    cov[4, :] *= f
    cov[:, 4] *= f
    cov[4, 4] += (1.0 - f * f) * settings.moving[t, CARRY_SD] ** 2
    for k in range(slots):
        m = BASE + k
        f, sd = math.exp(-step / shared[DRIFT_S]), shared[DRIFT]
        if (
            mean[m] > 3.0 * shared[DRIFT] and shared[SHARE] > 0.0
        ):  # blocked: it stays so for a while, by an unknown length
            f, sd = math.exp(-step / BLOCKED_S), shared[EXCESS]
        mean[m] *= f
        cov[m, :] *= f
        cov[:, m] *= f
        cov[m, m] += (1.0 - f * f) * sd * sd
    h = math.exp(-step / SURVEY_S)
    mean[BASE + slots :] *= h
    cov[BASE + slots :, :] *= h
    cov[:, BASE + slots :] *= h
    for m in range(BASE + slots, BASE + 2 * slots):
        cov[m, m] += (1.0 - h * h) * shared[SURVEY] ** 2


def expect(t: int, slot: int, i: int, seen: Measured, state: State, anchors: Any, row: Any) -> tuple[float, float]:
    """Fill `row` with the derivative of measurement i; returns (innovation, second-order term of its mean)."""
    mean, cov = state.mean[t], state.cov[t]
    row[:] = 0.0
    if slot < 0:
        axis = 0 if seen.kind[i] == FIX_X else 1
        row[axis] = 1.0
        return seen.value[i] - mean[axis], 0.0
    slots = state.anchor.shape[1]
    a = seen.anchor[i]
    dx, dy, dz = mean[0] - anchors[a, 0], mean[1] - anchors[a, 1], mean[4] - anchors[a, 2]
    far = max(math.sqrt(dx * dx + dy * dy + dz * dz), 0.05)
    row[0], row[1], row[4] = dx / far, dy / far, dz / far
    along = 0.0
    for m in (0, 1, 4):
        for n in (0, 1, 4):
            along += row[m] * cov[m, n] * row[n]
    row[BASE + slot] = 1.0
    row[BASE + slots + slot] = 1.0
    bend = 0.5 * max(0.0, cov[0, 0] + cov[1, 1] + cov[4, 4] - along) / far
    return seen.value[i] - far - mean[BASE + slot] - mean[BASE + slots + slot] - bend, bend


def correct(t: int, slot: int, i: int, seen: Measured, state: State, settings: Settings, row: Any, gain: Any) -> float:
    """Let measurement i correct tag t; returns how odd it was: 1 refused by the gate, else how likely blocked."""
    mean, cov, shared = state.mean[t], state.cov[t], settings.shared
    size = len(row)
    error, bend = expect(t, slot, i, seen, state, settings.anchors, row)
    noise = shared[NOISE] ** 2 if slot >= 0 else seen.sd[i] ** 2
    gain[:] = 0.0
    for m in range(size):
        if row[m] != 0.0:
            gain += cov[:, m] * row[m]
    known = 2.0 * bend * bend
    for m in range(size):
        known += row[m] * gain[m]
    blocked = 0.0
    if slot >= 0:
        blocked = blocked_share(error, known + noise, shared)
        more = blocked * error * error  # second moment of the excess, where there is one
        cov[BASE + slot, BASE + slot] += more
        gain[BASE + slot] += more
        known += more
    odd = error * error / (known + noise)
    if odd > shared[GATE]:
        return 1.0
    total = known + noise * max(1.0, (shared[DEGREES] + odd) / (shared[DEGREES] + 1.0))
    for m in range(size):
        share = gain[m] / total
        mean[m] += share * error
        cov[m, :] -= share * gain
    if slot >= 0 and mean[BASE + slot] > 3.0 * shared[DRIFT]:
        return 0.99
    return 0.99 * blocked


def blocked_share(error: float, variance: float, shared: Any) -> float:
    """Probability that a range is too long because its direct path is blocked, given its innovation."""
    if error <= 0.0 or shared[SHARE] <= 0.0:
        return 0.0
    direct = (1.0 - shared[SHARE]) * math.exp(-0.5 * error * error / variance) / math.sqrt(2.0 * math.pi * variance)
    longer = shared[SHARE] * math.exp(-error / shared[EXCESS]) / shared[EXCESS]
    if direct + longer <= 0.0:
        return 1.0
    return longer / (direct + longer)


Advance = Callable[[int, int, Measured, State, Settings], int]
_PARTS = (slot_of, forward, expect, blocked_share, correct, advance)  # each calls only those before it


@functools.cache
def kernel(jit: bool) -> Advance:
    """`advance` with its parts; where `jit`, compiled by numba (kept on disk beside this file)."""
    if not jit:
        return advance
    from numba import njit

    names: dict[str, Any] = dict(globals())
    for part in _PARTS:
        plain = FunctionType(part.__code__, names, part.__name__)
        names[part.__name__] = njit(cache=True, nogil=True)(plain)
    fast: Advance = names["advance"]
    return fast
