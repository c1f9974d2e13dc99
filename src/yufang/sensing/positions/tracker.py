"""Tags that are followed: measurements in, positions with covariance out, state in arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.positions import kernel as k
from yufang.sensing.positions.errors import PositionError
from yufang.sensing.positions.locate import ENOUGH, Start, locate
from yufang.sensing.positions.model import PERSON, VEHICLE, Motion, Ranging

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_SLOTS = 8  # anchors whose bias is followed for one tag
TOGETHER_S = 1.0  # ranges so close in time may locate a tag together
SURE = 0.99  # probability of a place from which its track begins at once
PATIENCE_S = 3.0  # then it begins, and its covariance covers the other places too
RECHECK_S = 1.0  # while they stay open
AGREE_M = 0.3  # root mean square misfit of ranges that agree on a place
ELSEWHERE_M = 3.0  # so far from the track the place that turned out to be the only one is another one
MICRO = 1e-6
FARTHEST_M = 1e5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What is worn by a person or mounted on a vehicle. `key` is its device, `groups` are for zones that name them."""

    key: str
    vehicle: bool = False
    motion: Motion | None = None
    groups: tuple[str, ...] = ()

    @property
    def moves(self) -> Motion:
        return self.motion or (VEHICLE if self.vehicle else PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A fixed ranging station: place in metres, and the floor it hangs on."""

    key: str
    x: float
    y: float
    z: float
    floor: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Where the T tags are at one time.

    place, velocity: (T, 2), m and m/s; cov: (T, 2, 2), m²; velocity_cov: (T, 2, 2); age_s: (T,) since the last
    measurement that was taken; floor: (T,); known: (T,) False where a tag was never located (NaN there).
    """

    at: int
    place: Floats
    velocity: Floats
    cov: Floats
    velocity_cov: Floats
    age_s: Floats
    floor: NDArray[np.int64]
    known: NDArray[np.bool_]

    @property
    def sd(self) -> Floats:
        """(T,) standard deviation along the worst direction, m."""
        a, b, c = self.cov[:, 0, 0], self.cov[:, 1, 1], self.cov[:, 0, 1]
        found: Floats = np.sqrt(np.maximum(0.0, 0.5 * (a + b) + np.sqrt(0.25 * (a - b) ** 2 + c * c)))
        return found


class Tracker:
    """Follows tags by ranges to anchors and by reported fixes. It has no clock: time comes with the measurements.

    floors: height of each floor above the datum, m; a tag is on the floor of the anchor it heard last, or on the one
    it reported. jit: compiled kernel; without, the same code runs plain (an edge node without numba).
    """

    def __init__(
        self,
        tags: Sequence[Tag],
        anchors: Sequence[Anchor],
        ranging: Ranging | None = None,
        floors: Mapping[int, float] | None = None,
        *,
        jit: bool = True,
    ) -> None:
        for what, keys in (("tags", [t.key for t in tags]), ("anchors", [a.key for a in anchors])):
            if len(set(keys)) < len(keys):
                raise PositionError("same_key", what=what, key=next(x for x in keys if keys.count(x) > 1))
        self.tags, self.anchors = tuple(tags), tuple(anchors)
        self.ranging = r = ranging or Ranging()
        self.floors = dict(floors or {0: 0.0})
        self._advance = k.kernel(jit)
        moving = [(m.speed_sd, m.keep_s, m.carry_m, m.carry_sd_m) for m in (t.moves for t in tags)]
        shared = (
            r.noise_m,
            r.drift_m,
            r.drift_s,
            r.survey_m,
            r.blocked_share,
            r.blocked_m,
            r.gate,
            r.degrees,
        )
        self.settings = k.Settings(
            np.array([(a.x, a.y, a.z, a.floor, self._ground(a)) for a in anchors], np.float64).reshape(-1, 5),
            np.array(sorted(self.floors.items()), np.float64),
            np.array(moving, np.float64).reshape(-1, 4),
            np.array(shared, np.float64),
        )
        self.state = _fresh(len(tags), min(MAX_SLOTS, max(1, len(anchors))))
        self.state.floor[:] = min(self.floors)
        self.state.ground[:] = self.floors[min(self.floors)]
        self._tried = np.full(len(tags), -np.inf)  # s of the first try to locate a tag
        self._other = np.zeros((len(tags), 2, 2))  # m², covers other places that fit as well
        self._fix = np.full((len(tags), 4), -np.inf)  # time and value of the last x, then of the last y

    def update(self, tag: Ints, time: Ints, kind: Ints, anchor: Ints, value: Floats, sd: Floats) -> None:
        """Take n measurements in their order: arrays (n,), time in µs; see `kernel.Measured`.

        A value beyond 100 km, one that isn't finite, or a range that is negative moves nothing.
        """
        good = (np.abs(value) < FARTHEST_M) & ((kind != k.RANGE) | (value >= 0.0))
        delay = np.where(kind == k.RANGE, self.ranging.latency_s, self.ranging.fix_latency_s)
        seconds = (time * MICRO - delay)[good]
        seen = k.Measured(tag[good], seconds, kind[good], anchor[good], value[good], sd[good])
        start, end = 0, len(seconds)
        while start < end:
            start = self._advance(start, end, seen, self.state, self.settings)
            if start < end:
                if self.state.clock[seen.tag[start]] == k.NOWHERE:
                    self._locate(int(seen.tag[start]), seen, start)
                else:
                    self._check_again(int(seen.tag[start]), seen.time[start])
                start += 1

    def at(self, now: int) -> Positions:
        """Every tag moved to `now` (µs), by what is known until then; the state stays where it is.

        Blind, a tag's uncertainty grows: within seconds to its walking range, then with the root of the time.
        """
        s = self.state
        known = s.clock != k.NOWHERE
        step = np.where(known, np.maximum(0.0, now * MICRO - s.clock), 0.0)
        speed, keep = self.settings.moving[:, k.SPEED], self.settings.moving[:, k.KEEP]
        f = np.exp(-step / keep)
        g = keep * (1.0 - f)
        full = s.cov[:, :4, :4]
        xx, xv, vv = full[:, :2, :2], full[:, :2, 2:], full[:, 2:, 2:]
        cross = xv + xv.transpose(0, 2, 1)
        cov = xx + g[:, None, None] * cross + (g * g)[:, None, None] * vv
        grown = (speed * keep) ** 2 * np.maximum(0.0, 2.0 * step / keep - 3.0 + 4.0 * f - f * f)
        eye = np.eye(2)
        cov = cov + grown[:, None, None] * eye + self._other
        vcov = (f * f)[:, None, None] * vv + (speed**2 * (1.0 - f * f))[:, None, None] * eye
        gone = ~known[:, None]
        place = np.where(gone, np.nan, s.mean[:, :2] + g[:, None] * s.mean[:, 2:4])
        velocity = np.where(gone, np.nan, f[:, None] * s.mean[:, 2:4])
        age = np.where(known, np.maximum(0.0, now * MICRO - s.heard), np.inf)
        return Positions(int(now), place, velocity, cov, vcov, age, s.floor.astype(np.int64), known)

    def set_back(self, time_us: int) -> None:
        """The clock ran ahead of `time_us`: tags are located anew, as nobody knows how long they had to move."""
        s, latest = self.state, time_us * MICRO
        ahead = s.clock > latest
        s.clock[ahead], s.recheck[ahead], s.doubt[ahead] = k.NOWHERE, np.inf, 0.0
        for array in (s.heard, s.time, self._tried, self._fix[:, 0], self._fix[:, 2]):
            np.minimum(array, latest, out=array)

    def excess(self, tag: int) -> dict[str, float]:
        """By anchor that the tag hears: by how many metres its ranges are too long by now, as far as is known."""
        pairs = enumerate(self.state.anchor[tag])
        return {self.anchors[a].key: round(float(self.state.mean[tag, k.BASE + n]), 3) for n, a in pairs if a >= 0}

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Copies of all arrays, for `restore`."""
        found = {name: np.array(value) for name, value in self.state._asdict().items()}
        return found | {"fix": self._fix.copy(), "tried": self._tried.copy(), "other": self._other.copy()}

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Put a snapshot back. Raises PositionError where names or shapes don't fit."""
        mine = self.snapshot()
        for name, array in mine.items():
            if name not in state:
                raise PositionError("bad_snapshot", reason_zh=f"缺少 {name}", reason_en=f"it lacks {name}")
            if state[name].shape != array.shape or state[name].dtype != array.dtype:
                told = f"{name}: {state[name].dtype}{state[name].shape}, {array.dtype}{array.shape}"
                raise PositionError("bad_snapshot", reason_zh=told, reason_en=told)
        for name, mine_now in self.state._asdict().items():
            mine_now[...] = state[name]
        self._fix[...] = state["fix"]
        self._tried[...] = state["tried"]
        self._other[...] = state["other"]

    def _ground(self, anchor: Anchor) -> float:
        if anchor.floor not in self.floors:
            known = ", ".join(map(str, sorted(self.floors)))
            raise PositionError("unknown_key", what=f"anchor {anchor.key}: floors", key=str(anchor.floor), known=known)
        return self.floors[anchor.floor]

    def _locate(self, tag: int, seen: k.Measured, i: int) -> None:
        """Try to begin a track with measurement i and what came just before it."""
        now = float(seen.time[i])
        if seen.kind[i] != k.RANGE:
            found = self._by_fix(tag, seen, i)
        else:
            found = self._by_ranges(tag, now)
            if found is not None and now - self._tried[tag] > 2 * PATIENCE_S:  # a first try, or one after a silence
                self._tried[tag] = now
            if found is not None and found.sure < SURE and now - self._tried[tag] < PATIENCE_S:
                return  # another place fits as well: more ranges may tell
        if found is not None:
            self._begin(tag, now, found)

    def _begin(self, tag: int, now: float, found: Start) -> None:
        s, motion = self.state, self.settings.moving[tag]
        mean, cov, slots = s.mean[tag], s.cov[tag], s.anchor.shape[1]
        mean[:], cov[:] = 0.0, 0.0
        mean[:2], cov[:2, :2] = found.place, found.cov
        cov[2, 2] = cov[3, 3] = motion[k.SPEED] ** 2
        mean[4], cov[4, 4] = s.ground[tag] + motion[k.CARRY], motion[k.CARRY_SD] ** 2
        for n in range(slots):
            cov[k.BASE + n, k.BASE + n] = self.ranging.drift_m**2
            cov[k.BASE + slots + n, k.BASE + slots + n] = self.ranging.survey_m**2
        s.clock[tag] = s.heard[tag] = now
        s.doubt[tag] = 0.0
        self._tried[tag] = -np.inf
        self._leave_open(tag, now, found)

    def _leave_open(self, tag: int, now: float, found: Start) -> None:
        """Keep in mind the other places that fit; look again in a second, while there are any."""
        self._other[tag] = found.other
        self.state.recheck[tag] = np.inf if found.sure >= SURE else now + RECHECK_S

    def _check_again(self, tag: int, now: float) -> None:
        """A tag that may be elsewhere, by where it began or by odd measurements: is there one place that fits all?"""
        found = self._by_ranges(tag, now)
        self.state.doubt[tag] *= 0.5
        if found is None:
            self.state.recheck[tag] = now + RECHECK_S if np.isfinite(self.state.recheck[tag]) else np.inf
            return
        gap = found.place - self.state.mean[tag, :2]
        if found.sure >= SURE and found.misfit < AGREE_M and float(np.hypot(*gap)) > ELSEWHERE_M:
            self._begin(tag, now, found)
        elif np.isfinite(self.state.recheck[tag]):
            self._leave_open(tag, now, found)

    def _by_ranges(self, tag: int, now: float) -> Start | None:
        s, r = self.state, self.ranging
        fresh = (s.anchor[tag] >= 0) & (now - s.time[tag] <= TOGETHER_S)
        if fresh.sum() < ENOUGH:
            return None
        height = s.ground[tag] + self.settings.moving[tag, k.CARRY]
        error = float(np.sqrt(r.noise_m**2 + r.drift_m**2 + r.survey_m**2))
        return locate(self.settings.anchors[s.anchor[tag, fresh], :3], s.value[tag, fresh], float(height), error)

    def _by_fix(self, tag: int, seen: k.Measured, i: int) -> Start | None:
        axis = 0 if seen.kind[i] == k.FIX_X else 1
        self._fix[tag, 2 * axis : 2 * axis + 2] = seen.time[i], seen.value[i]
        if seen.time[i] - self._fix[tag, [0, 2]].min() > TOGETHER_S:
            return None
        return Start(self._fix[tag, [1, 3]], np.eye(2) * seen.sd[i] ** 2, np.zeros((2, 2)), 1.0, 0.0)


def _fresh(tags: int, slots: int) -> k.State:
    size = k.BASE + 2 * slots
    return k.State(
        mean=np.zeros((tags, size)),
        cov=np.zeros((tags, size, size)),
        clock=np.full(tags, k.NOWHERE),
        heard=np.full(tags, -np.inf),
        doubt=np.zeros(tags),
        recheck=np.full(tags, np.inf),
        anchor=np.full((tags, slots), -1, np.int64),
        time=np.full((tags, slots), -np.inf),
        value=np.zeros((tags, slots)),
        floor=np.zeros(tags),
        ground=np.zeros(tags),
    )
