"""What follows from where everybody is: rules that look at all tags at one instant, each with its holds.

A rule gets `Scene` and answers `Found`s: what began to be true, and what ended. It keeps arrays only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.positions.holds import NEVER, Holds
from yufang.sensing.positions.inside import inside, more_than, within
from yufang.sensing.positions.tracker import Positions, Tag
from yufang.sensing.positions.zones import Zone

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HALF = 0.5
SEEN_S = 1.0
BLIND_S = 5.0  # without a measurement for longer a tag's stillness and its company are not judged


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Positions of the tags, and P(inside) (Z, T) of each zone; 0 for a tag on another floor or never located."""

    now: Positions
    zones: tuple[Zone, ...]
    p: Floats
    open: Bools  # (Z,) whether the zone's rules hold now


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that began (`raised`) or ended: of tag `tag`, under rule `rule` (part of the event's detector)."""

    rule: str
    kind: str
    state: Literal["raised", "cleared"]
    tag: int
    since: int
    value: float
    limit: float | None
    unit: str
    p: float
    zh: str
    en: str
    evidence: dict[str, Any] = field(default_factory=dict)


class Rule(Protocol):
    holds: Holds

    @property
    def key(self) -> str:
        """Tells the rule from the others of a detector, whatever their order: zone and kind."""
        ...

    def look(self, scene: Scene) -> list[Found]: ...

    def arrays(self) -> dict[str, NDArray[Any]]: ...


def scene_of(now: Positions, zones: tuple[Zone, ...], offset_min: int) -> Scene:
    """P(inside) of every zone and tag."""
    p = np.zeros((len(zones), len(now.known)))
    for z, zone in enumerate(zones):
        here = now.known if zone.floor is None else now.known & (now.floor == zone.floor)
        if here.any():
            p[z, here] = inside(now.place[here], now.cov[here], zone.corners)
    open_ = np.array([zone.holds(now.at, offset_min) for zone in zones], np.bool_)
    return Scene(now, zones, p, open_)


def people_of(tags: Sequence[Tag], groups: Sequence[str]) -> Bools:
    """(T,) people of the groups; all people where none is named."""
    return np.array([not t.vehicle and (not groups or bool(set(groups) & set(t.groups))) for t in tags], np.bool_)


class _ZoneRule:
    """A rule of one zone over all tags."""

    KIND = ""
    HOLD = "hold_s"

    def __init__(self, z: int, zone: Zone, tags: Sequence[Tag]) -> None:
        self.z, self.zone, self.tags = z, zone, tuple(tags)
        self.who = people_of(tags, zone.groups)
        self.holds = Holds(len(tags), getattr(zone, self.HOLD), zone.release_s)

    @property
    def key(self) -> str:
        return f"{self.zone.key}/{self.KIND}"

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.holds.arrays

    def chance(self, scene: Scene) -> Floats:
        """(T,) probability that what the rule names is true of a tag."""
        raise NotImplementedError

    def judged(self, scene: Scene) -> Bools:
        """(T,) tags that can be judged: a blind one has neither come nor gone, whatever its growing covariance says."""
        found: Bools = scene.now.age_s < BLIND_S
        return found

    def words(self, scene: Scene, tag: int, p: float, state: str) -> tuple[str, str]:
        raise NotImplementedError

    def look(self, scene: Scene) -> list[Found]:
        p = self.chance(scene)
        alive = self.who & bool(scene.open[self.z])
        sure = self.judged(scene)
        on, off = alive & sure & (p >= self.zone.enter_p), ~alive | (sure & (p <= self.zone.exit_p))
        up, down = self.holds.step(scene.now.at, on, off)
        found = [self._found(scene, int(t), float(p[t]), "raised") for t in up]
        found += [self._found(scene, int(t), float(1.0 - p[t]), "cleared") for t in down]
        self.holds.clear(down)
        return found

    def _found(self, scene: Scene, tag: int, p: float, state: Literal["raised", "cleared"]) -> Found:
        p = min(1.0, max(0.0, p))
        zh, en = self.words(scene, tag, p, state)
        value = float(scene.p[self.z, tag])
        return Found(
            rule=self.zone.key,
            kind=self.KIND,
            state=state,
            tag=tag,
            since=int(self.holds.raised[tag]),
            value=value,
            limit=self.zone.enter_p,
            unit="",
            p=p,
            zh=zh,
            en=en,
            evidence=evidence_of(scene, tag) | {"zone": self.zone.key, "hold_s": getattr(self.zone, self.HOLD)},
        )


def evidence_of(scene: Scene, tag: int) -> dict[str, Any]:
    """What a person needs to check a claim about a tag: place, how sure, how old."""
    now = scene.now
    if not now.known[tag]:
        return {"located": False}
    return {
        "x": round(float(now.place[tag, 0]), 2),
        "y": round(float(now.place[tag, 1]), 2),
        "sd_m": round(float(now.sd[tag]), 2),
        "floor": int(now.floor[tag]),
        "age_s": round(float(now.age_s[tag]), 1),
    }


class Forbidden(_ZoneRule):
    """Somebody is where nobody may be."""

    KIND = "zone_forbidden"

    def chance(self, scene: Scene) -> Floats:
        return scene.p[self.z]

    def words(self, scene: Scene, tag: int, p: float, state: str) -> tuple[str, str]:
        (zh, en), key = self.zone.name(), self.tags[tag].key
        if state == "cleared":
            return f"{key} 已离开禁入区“{zh}”", f"{key} has left the forbidden zone {en}"
        held = f"{self.zone.hold_s:g}"
        return (
            f"{key} 进入禁入区“{zh}”，在区内的概率 {p:.0%}，已持续 {held} 秒",
            f"{key} is in the forbidden zone {en} with probability {p:.0%}, for {held} s",
        )


class Required(_ZoneRule):
    """Somebody has left where they have to be. Before a tag was ever located nothing is claimed."""

    KIND = "zone_left"

    def chance(self, scene: Scene) -> Floats:
        found: Floats = np.where(scene.now.known, 1.0 - scene.p[self.z], HALF)
        return found

    def words(self, scene: Scene, tag: int, p: float, state: str) -> tuple[str, str]:
        (zh, en), key = self.zone.name(), self.tags[tag].key
        if state == "cleared":
            return f"{key} 已回到规定区域“{zh}”", f"{key} is back in the required zone {en}"
        return (
            f"{key} 离开规定区域“{zh}”，在区外的概率 {p:.0%}",
            f"{key} has left the required zone {en} with probability {p:.0%}",
        )


class OutOfSight(_ZoneRule):
    """The position of somebody who was inside is lost for `sight_s`: the dot is not frozen, it is missed."""

    KIND = "position_lost"
    HOLD = ""

    def __init__(self, z: int, zone: Zone, tags: Sequence[Tag]) -> None:
        self.z, self.zone, self.tags = z, zone, tuple(tags)
        self.who = people_of(tags, zone.groups)
        self.holds = Holds(len(tags), 0.0, 0.0)
        self.last = np.zeros(len(tags))  # P(inside) while it was last seen

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.holds.arrays | {"last": self.last}

    def chance(self, scene: Scene) -> Floats:
        seen = scene.now.age_s < SEEN_S  # before the growing covariance takes the probability away
        self.last[seen] = scene.p[self.z, seen]
        found: Floats = np.where(scene.now.age_s >= max(self.zone.sight_s, BLIND_S), self.last, 0.0)
        return found

    def judged(self, scene: Scene) -> Bools:
        return scene.now.known

    def words(self, scene: Scene, tag: int, p: float, state: str) -> tuple[str, str]:
        (zh, en), key = self.zone.name(), self.tags[tag].key
        if state == "cleared":
            return f"又收到 {key} 的定位", f"{key} is seen again"
        age, sd = scene.now.age_s[tag], scene.now.sd[tag]
        return (
            f"{key} 在“{zh}”内失去定位 {age:.0f} 秒，位置不确定度已达 {sd:.0f} 米",
            f"{key} was lost in {en} {age:.0f} s ago; the position is now unsure by {sd:.0f} m",
        )

    def _found(self, scene: Scene, tag: int, p: float, state: Literal["raised", "cleared"]) -> Found:
        zh, en = self.words(scene, tag, p, state)
        age = float(min(scene.now.age_s[tag], 1e9))
        return Found(
            rule=self.zone.key,
            kind=self.KIND,
            state=state,
            tag=tag,
            since=int(self.holds.raised[tag]),
            value=age,
            limit=self.zone.sight_s,
            unit="s",
            p=min(1.0, max(0.0, p)),
            zh=zh,
            en=en,
            evidence=evidence_of(scene, tag) | {"zone": self.zone.key},
        )


class LoneWorker(_ZoneRule):
    """Somebody is in the zone with nobody near for `lone_after_s`. Tags that are not seen are company to nobody."""

    KIND = "lone_worker"
    HOLD = "lone_after_s"

    def chance(self, scene: Scene) -> Floats:
        now, p = scene.now, scene.p[self.z]
        people = np.array([not tag.vehicle for tag in self.tags]) & now.known & (now.age_s < BLIND_S)
        found = np.zeros(len(p))
        others = np.flatnonzero(people)
        for t in np.flatnonzero(self.who & (p > 0.01) & (now.age_s < BLIND_S)):
            rest = others[(others != t) & (now.floor[others] == now.floor[t])]
            gap = now.place[rest] - now.place[t]
            near = within(gap, now.cov[rest] + now.cov[t], self.zone.buddy_m)
            found[t] = p[t] * float(np.prod(1.0 - near))
        return found

    def words(self, scene: Scene, tag: int, p: float, state: str) -> tuple[str, str]:
        (zh, en), key = self.zone.name(), self.tags[tag].key
        if state == "cleared":
            return f"{key} 在“{zh}”不再单独作业", f"{key} is no longer alone in {en}"
        after, near = f"{self.zone.lone_after_s:g}", f"{self.zone.buddy_m:g}"
        return (
            f"{key} 在“{zh}”单独作业已 {after} 秒，{near} 米内无人的概率 {p:.0%}",
            f"{key} has been alone in {en} for {after} s; nobody within {near} m with probability {p:.0%}",
        )


class Crowding:
    """More people in a zone than it may hold, by the distribution of their number."""

    KIND = "crowding"

    def __init__(self, z: int, zone: Zone, tags: Sequence[Tag]) -> None:
        self.z, self.zone, self.tags = z, zone, tuple(tags)
        self.who = people_of(tags, ())
        self.holds = Holds(1, zone.hold_s, zone.release_s)
        self.lead = np.full(1, NEVER)  # the tag whose channel carries the episode

    @property
    def key(self) -> str:
        return f"{self.zone.key}/{self.KIND}"

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.holds.arrays | {"lead": self.lead}

    def look(self, scene: Scene) -> list[Found]:
        each = np.where(self.who, scene.p[self.z], 0.0)
        p = more_than(self.zone.max_people, each) if scene.open[self.z] else 0.0
        on, off = np.array([p >= self.zone.enter_p]), np.array([p <= self.zone.exit_p])
        up, down = self.holds.step(scene.now.at, on, off)
        if len(up):
            self.lead[0] = int(np.argmax(each))
            return [self._found(scene, p, each, "raised")]
        if len(down):
            found = [self._found(scene, 1.0 - p, each, "cleared")]
            self.holds.clear(down)
            return found
        return []

    def _found(self, scene: Scene, p: float, each: Floats, state: Literal["raised", "cleared"]) -> Found:
        (zh, en), most, people = self.zone.name(), self.zone.max_people, float(each.sum())
        if state == "raised":
            zh = f"“{zh}”内约 {people:.1f} 人，超过 {most} 人的概率 {p:.0%}"
            en = f"about {people:.1f} people in {en}: more than {most} with probability {p:.0%}"
        else:
            zh = f"“{zh}”内约 {people:.1f} 人，不再超员"
            en = f"about {people:.1f} people in {en}: no longer more than {most}"
        return Found(
            rule=self.zone.key,
            kind=self.KIND,
            state=state,
            tag=int(self.lead[0]),
            since=int(self.holds.raised[0]),
            value=people,
            limit=float(most),
            unit="",
            p=min(1.0, max(0.0, p)),
            zh=zh,
            en=en,
            evidence={"zone": self.zone.key, "expected": round(people, 2)},
        )


ZONE_RULES = (_ZoneRule, Crowding)


def ended(rule: Rule) -> list[Found]:
    """The open episodes of a zone's rule as ended, because what is asked of the zone was changed."""
    assert isinstance(rule, ZONE_RULES)
    zh, en = rule.zone.name()
    found = []
    for n in np.flatnonzero(rule.holds.raised != NEVER).tolist():
        found.append(
            Found(
                rule=rule.zone.key,
                kind=rule.KIND,
                state="cleared",
                tag=int(rule.lead[0]) if isinstance(rule, Crowding) else n,
                since=int(rule.holds.raised[n]),
                value=0.0,
                limit=None,
                unit="",
                p=1.0,
                zh=f"“{zh}”的规则已变更，原报警结束",
                en=f"what is asked of {en} was changed; this alarm ends with it",
                evidence={"zone": rule.zone.key, "zone_changed": True},
            )
        )
    return found


def zone_rules(zones: Sequence[Zone], tags: Sequence[Tag]) -> list[Rule]:
    """The rules that the zones ask for."""
    found: list[Rule] = []
    for z, zone in enumerate(zones):
        if zone.kind == "forbidden":
            found.append(Forbidden(z, zone, tags))
        if zone.kind == "required":
            found.append(Required(z, zone, tags))
        if zone.max_people:
            found.append(Crowding(z, zone, tags))
        if zone.lone_after_s:
            found.append(LoneWorker(z, zone, tags))
        if zone.sight_s:
            found.append(OutOfSight(z, zone, tags))
    return found
