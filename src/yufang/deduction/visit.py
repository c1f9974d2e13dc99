"""A list that fits a visit: ten points for two hours, chosen so that most of the harm that is there is found.

The value of a check is the probability that it confirms its point times the consequence C of LEC. A check takes as
long as its steps do (`data/visit.yaml`), each equipment once the way to it. Which checks are worth the time is a
knapsack whose items come in groups that cost something to open: solved exactly by dynamic programming over minutes and
points.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from yufang.deduction.contracts import HazardPoint
from yufang.deduction.scoring import CONSEQUENCE

LONGEST = 600  # minutes; a visit is planned by the day
MOST_POINTS = 30
_FILE = Path(__file__).parent / "data" / "visit.yaml"
_WATCH = re.compile(r"(\d{1,3})\s*分钟")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One point's check: when it starts (minutes from arrival), how long it takes, its steps (`look`, `measure` …)."""

    point: HazardPoint
    starts_at: int
    minutes: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One equipment of the way, with its checks."""

    name_zh: str
    name_en: str
    reach: int  # minutes to get there
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitList:
    """The plan. `expected`: points to be confirmed; `worth`: the same weighed by consequence; `left_out`: those that
    found no room, the worthiest first."""

    minutes: int
    used: int
    opening: int
    stops: tuple[Stop, ...]
    expected: float
    worth: float
    left_out: tuple[HazardPoint, ...]


class VisitError(ValueError):
    """A visit that can't be planned: which field, why, and the way out, in both languages."""

    def __init__(self, field: str, message_zh: str, message_en: str) -> None:
        super().__init__(message_en)
        self.field = field
        self.message_zh = message_zh
        self.message_en = message_en


@cache
def _times() -> Mapping[str, Any]:
    times: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return times


def step_names() -> dict[str, tuple[str, str]]:
    """Steps of a check by key, (zh, en)."""
    return {step["key"]: (step["zh"], step["en"]) for step in _times()["steps"]}


def check_minutes(check_zh: str) -> tuple[int, tuple[str, ...]]:
    """Minutes that a check takes by its wording, and the steps it consists of."""
    times = _times()
    steps = [step for step in times["steps"] if any(word in check_zh for word in step["words"])]
    steps = steps or times["steps"][:1]
    watched = sum(int(minutes) for minutes in _WATCH.findall(check_zh))
    total = times["base"] + sum(step["minutes"] for step in steps) + min(watched, times["longest_watch"])
    return int(total), tuple(step["key"] for step in steps)


def plan_visit(points: Sequence[HazardPoint], *, minutes: int = 120, n: int = 10) -> VisitList:
    """The checks, at most `n`, that are worth most within `minutes`, equipment after equipment.

    points: candidates, no two of which say the same. Raises VisitError where minutes or n can't be.
    """
    times = _times()
    opening, reach = int(times["opening_and_closing"]), int(times["reach"])
    if not 1 <= n <= MOST_POINTS:
        raise _refused("n", n, f"1…{MOST_POINTS}", f"from 1 to {MOST_POINTS}")
    if not opening + reach < minutes <= LONGEST:
        raise _refused(
            "minutes", minutes, f"{opening + reach + 1}…{LONGEST}", f"from {opening + reach + 1} to {LONGEST}"
        )
    groups: dict[str, list[HazardPoint]] = {}
    english: dict[str, str] = {}  # two packs may call one place by one Chinese and two English names
    for point in points:
        name_zh, name_en = _place(point)
        groups.setdefault(name_zh, []).append(point)
        english.setdefault(name_zh, name_en)
    costs = {point.key: check_minutes(point.check_zh) for point in points}
    items = [[(costs[p.key][0], _worth(p)) for p in group] for group in groups.values()]
    taken = best_checks(items, minutes - opening, n, reach)
    stops, clock = [], opening * 2 // 3  # the talk at the gate is the longer part
    for (name_zh, group), places in zip(groups.items(), taken, strict=True):
        if not places:
            continue
        clock += reach
        checks = []
        for place in places:
            duration, steps = costs[group[place].key]
            checks.append(Check(point=group[place], starts_at=clock, minutes=duration, steps=steps))
            clock += duration
        stops.append(Stop(name_zh=name_zh, name_en=english[name_zh], reach=reach, checks=tuple(checks)))
    chosen = [check.point for stop in stops for check in stop.checks]
    left = sorted((p for p in points if p not in chosen), key=lambda p: (-_worth(p), p.key))
    return VisitList(
        minutes=minutes,
        used=opening + sum(stop.reach + sum(check.minutes for check in stop.checks) for stop in stops),
        opening=opening,
        stops=tuple(stops),
        expected=round(sum(p.probability for p in chosen), 2),
        worth=round(sum(map(_worth, chosen)), 2),
        left_out=tuple(left),
    )


def _refused(field: str, value: int, zh: str, en: str) -> VisitError:
    return VisitError(field, f"{field} 为 {value}，应在 {zh} 之间", f"{field} is {value}; it must be {en}")


def _place(point: HazardPoint) -> tuple[str, str]:
    """Where the check is done: the own machine, else the kind of equipment, else the site as a whole."""
    if point.own_zh:
        return point.own_zh, point.own_en
    return (point.equipment, point.equipment_en) if point.equipment else ("全厂巡视", "Round of the site")


def _worth(point: HazardPoint) -> float:
    return point.probability * CONSEQUENCE[point.severity]


def best_checks(
    groups: Sequence[Sequence[tuple[int, float]]], minutes: int, n: int, reach: int
) -> list[tuple[int, ...]]:
    """Places of the items kept in each group: the largest sum of worth.

    groups: (minutes, worth) of each item. At most `n` items and `minutes` in all, and each group of which anything is
    kept costs `reach` minutes besides. Exact.
    """
    value = np.zeros((minutes + 1, n + 1))
    trail: list[tuple[NDArray[np.bool_], list[NDArray[np.bool_]]]] = []
    for items in groups:
        inside = np.full_like(value, -np.inf)
        if reach <= minutes:
            inside[reach:] = value[: minutes + 1 - reach]
        takes = []
        for cost, worth in items:
            with_it = np.full_like(value, -np.inf)
            if cost <= minutes:
                with_it[cost:, 1:] = inside[: minutes + 1 - cost, :-1] + worth
            take = with_it > inside
            takes.append(take)
            inside = np.where(take, with_it, inside)
        enter = inside > value
        trail.append((enter, takes))
        value = np.where(enter, inside, value)
    return _traced(groups, trail, minutes, n, reach)


def _traced(
    groups: Sequence[Sequence[tuple[int, float]]],
    trail: Sequence[tuple[NDArray[np.bool_], list[NDArray[np.bool_]]]],
    minutes: int,
    n: int,
    reach: int,
) -> list[tuple[int, ...]]:
    """Walk the decisions back from the whole budget."""
    kept: list[tuple[int, ...]] = []
    left, room = minutes, n
    for items, (enter, takes) in zip(reversed(groups), reversed(trail), strict=True):
        mine: list[int] = []
        if enter[left, room]:
            for place in range(len(items) - 1, -1, -1):
                if takes[place][left, room]:
                    mine.append(place)
                    left, room = left - items[place][0], room - 1
            left -= reach
        kept.append(tuple(reversed(mine)))
    return kept[::-1]
