"""Rules about movement: nobody stirs, and a vehicle that comes close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.positions.holds import Holds
from yufang.sensing.positions.inside import within
from yufang.sensing.positions.rules import BLIND_S, HALF, Found, Scene, evidence_of, people_of
from yufang.sensing.positions.tracker import Tag

Floats = NDArray[np.float64]


class NoMotion:
    """Somebody has not moved by `move_m` for `still_s`, while being seen.

    A reference place stands until it is more likely than not that the tag has moved away from it. Zones with
    `still_ok` (a rest room, a control desk) don't count; blind seconds neither confirm nor end stillness.
    """

    def __init__(self, tags: Sequence[Tag], still_s: float, move_m: float) -> None:
        self.tags, self.still_s, self.move_m = tuple(tags), still_s, move_m
        self.who = people_of(tags, ())
        self.holds = Holds(len(tags), still_s, 0.0)
        self.key = "still/no_motion"
        self.mark = np.full((len(tags), 5), np.nan)  # x, y, and the covariance's three numbers, of the reference

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.holds.arrays | {"mark": self.mark}

    def look(self, scene: Scene) -> list[Found]:
        now = scene.now
        seen = self.who & now.known & (now.age_s < BLIND_S)
        resting = np.zeros(len(seen), np.bool_)
        for z, zone in enumerate(scene.zones):
            if zone.still_ok:
                resting |= scene.p[z] >= HALF
        a, b, c = self.mark[:, 2], self.mark[:, 3], self.mark[:, 4]
        cov = now.cov + np.stack([np.stack([a, c], axis=1), np.stack([c, b], axis=1)], axis=1)
        still = np.zeros(len(seen))
        judged = seen & ~np.isnan(self.mark[:, 0])
        still[judged] = within(now.place[judged] - self.mark[judged, :2], cov[judged], self.move_m)
        moved = seen & (still < HALF)
        self.mark[moved, :2] = now.place[moved]
        self.mark[moved, 2:] = np.stack([now.cov[moved, 0, 0], now.cov[moved, 1, 1], now.cov[moved, 0, 1]], axis=1)
        on = judged & ~moved & ~resting
        # Blind and not yet raised: the hold begins anew when the tag is seen again.
        up, down = self.holds.step(now.at, on, moved | (seen & resting))
        found = [self._found(scene, int(t), float(still[t]), "raised") for t in up]
        found += [self._found(scene, int(t), float(1.0 - still[t]), "cleared") for t in down]
        self.holds.clear(down)
        return found

    def _found(self, scene: Scene, tag: int, p: float, state: Literal["raised", "cleared"]) -> Found:
        key, span = self.tags[tag].key, max(0.0, (scene.now.at - int(self.holds.raised[tag])) / 1e6)
        if state == "raised":
            zh = f"{key} 已 {span:.0f} 秒未移动(不超过 {self.move_m:g} 米的概率 {p:.0%})"
            en = f"{key} has not moved for {span:.0f} s (by less than {self.move_m:g} m with probability {p:.0%})"
        else:
            zh, en = f"{key} 又有移动", f"{key} moves again"
        return Found(
            rule="still",
            kind="no_motion",
            state=state,
            tag=tag,
            since=int(self.holds.raised[tag]),
            value=span,
            limit=self.still_s,
            unit="s",
            p=min(1.0, max(0.0, p)),
            zh=zh,
            en=en,
            evidence=evidence_of(scene, tag) | {"move_m": self.move_m},
        )


class VehicleNear:
    """A vehicle within `near_m` of a person now, or at the closest point of the next `horizon_s` seconds if both keep
    their velocity; by the joint uncertainty of both positions and velocities."""

    def __init__(self, tags: Sequence[Tag], near_m: float, horizon_s: float, enter_p: float, release_s: float) -> None:
        self.tags, self.near_m, self.horizon_s, self.enter_p = tuple(tags), near_m, horizon_s, enter_p
        vehicles = [n for n, tag in enumerate(tags) if tag.vehicle]
        people = [n for n, tag in enumerate(tags) if not tag.vehicle]
        pairs = [(v, p) for v in vehicles for p in people]
        self.vehicle = np.array([v for v, _ in pairs], np.int64)
        self.person = np.array([p for _, p in pairs], np.int64)
        self.key = "near/vehicle_near"
        self.holds = Holds(len(pairs), 0.0, release_s)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.holds.arrays

    def look(self, scene: Scene) -> list[Found]:
        now, v, p = scene.now, self.vehicle, self.person
        if not len(v):
            return []
        gap = now.place[p] - now.place[v]
        speed = now.velocity[p] - now.velocity[v]
        seen = now.known[v] & now.known[p] & (now.floor[v] == now.floor[p])
        seen &= (now.age_s[v] < BLIND_S) & (now.age_s[p] < BLIND_S)
        far = np.hypot(gap[:, 0], gap[:, 1])
        closing = -(gap * speed).sum(axis=1) / np.maximum(far, 1e-6)
        square = np.maximum((speed**2).sum(axis=1), 1e-9)
        when = np.clip(-(gap * speed).sum(axis=1) / square, 0.0, self.horizon_s)
        cov = now.cov[p] + now.cov[v]
        chance = np.zeros(len(v))
        for time in (np.zeros(len(v)), when):
            ahead = cov + (time**2)[:, None, None] * (now.velocity_cov[p] + now.velocity_cov[v])
            one = within((gap + time[:, None] * speed)[seen], ahead[seen], self.near_m)
            chance[seen] = np.maximum(chance[seen], one)
        up, down = self.holds.step(now.at, chance >= self.enter_p, chance <= 0.5 * self.enter_p)
        lines = (far, closing, when, chance)
        found = [self._found(scene, int(n), lines, "raised") for n in up]
        found += [self._found(scene, int(n), lines, "cleared") for n in down]
        self.holds.clear(down)
        return found

    def _found(self, scene: Scene, n: int, lines: tuple[Floats, ...], state: Literal["raised", "cleared"]) -> Found:
        far, closing, when, chance = (float(line[n]) for line in lines)
        person, vehicle = self.tags[self.person[n]].key, self.tags[self.vehicle[n]].key
        known = np.isfinite(far)
        if state == "raised":
            zh = f"车辆 {vehicle} 距 {person} {far:.1f} 米，接近速度 {closing:.1f} 米/秒，{when:.1f} 秒后最近"
            en = (
                f"vehicle {vehicle} is {far:.1f} m from {person}, closing at {closing:.1f} m/s, closest in {when:.1f} s"
            )
        else:
            zh, en = f"车辆 {vehicle} 与 {person} 已拉开距离", f"vehicle {vehicle} and {person} are apart again"
        return Found(
            rule=f"near:{vehicle}",
            kind="vehicle_near",
            state=state,
            tag=int(self.person[n]),
            since=int(self.holds.raised[n]),
            value=far if known else -1.0,
            limit=self.near_m,
            unit="m",
            p=chance if state == "raised" else 1.0 - chance,
            zh=zh,
            en=en,
            evidence=evidence_of(scene, int(self.person[n]))
            | {
                "vehicle": vehicle,
                "distance_m": round(far, 2) if known else None,
                "closing_m_s": round(closing, 2) if known else None,
                "closest_in_s": round(when, 2) if known else None,
            },
        )
