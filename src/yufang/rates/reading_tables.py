"""The floating part of a rule table: grade lines and guards, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from yufang.rates.yaml_places import Place

# What a guard may ask about: the window's record of one enterprise.
INDICATORS = ("deaths", "diseases", "injuries", "use_ratio", "incidence_ratio", "experience", "years")


class _HasGrades(Protocol):
    @property
    def grades_pct(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeLine:
    """`grade` for a relative experience below `below`; None: for all above the lines before."""

    below: float | None
    grade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`at_least` <= indicator <= `at_most`; a bound that is None doesn't bind."""

    indicator: str
    at_least: float | None
    at_most: float | None

    def holds(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Where all conditions hold: a bound on the grade, and the reason a person reads."""

    key: str
    when: tuple[Condition, ...]
    no_reduction: bool
    no_increase: bool
    least_grade: int | None
    most_grade: int | None
    reason_zh: str
    reason_en: str


def read_floating(place: Place, classes: Mapping[int, _HasGrades]) -> dict[str, Any]:
    """The fields of `RuleTable` that float a rate. Raises RateError."""
    grades = {grade for row in classes.values() for grade in row.grades_pct}
    return {
        "window_years": place.get("window_years").whole(1, 10),
        "least_years": place.get("least_years").whole(1, 10),
        "by_experience": _lines(place.get("by_experience"), grades),
        "max_steps_up": place.get("max_steps_up").whole(0, 10),
        "max_steps_down": place.get("max_steps_down").whole(0, 10),
        "guards": tuple(_guard(g, grades) for g in place.get("guards").items()) if place.body.get("guards") else (),
    }


def _lines(place: Place, grades: set[int]) -> tuple[GradeLine, ...]:
    lines: list[GradeLine] = []
    items = place.items()
    for i, item in enumerate(items):
        item.mapping({"below", "grade"})
        last = i == len(items) - 1
        if last and item.has("below"):
            item.refuse("最后一行不能有 below", "the last line takes the rest and has no `below`")
        below = None if last else item.get("below").number(0, 100)
        if lines and below is not None and lines[-1].below is not None and below <= lines[-1].below:
            item.get("below").refuse(
                f"必须大于上一行的 {lines[-1].below:g}", f"must be above the line before ({lines[-1].below:g})"
            )
        grade = _grade(item.get("grade"), grades)
        if lines and grade <= lines[-1].grade:
            item.get("grade").refuse(
                f"必须高于上一行的 {lines[-1].grade}", f"must be above the line before ({lines[-1].grade})"
            )
        lines.append(GradeLine(below=below, grade=grade))
    return tuple(lines)


def _grade(place: Place, grades: set[int]) -> int:
    grade = place.whole(1, 500)
    if grade not in grades:
        listed = "、".join(str(g) for g in sorted(grades))
        place.refuse(
            f"不是任何一类的浮动档次；可用：{listed}", f"is no floating grade of any class; known are {listed}"
        )
    return grade


def _guard(place: Place, grades: set[int]) -> Guard:
    place.mapping({"key", "when", "then", "reason"})
    then = place.get("then")
    effect = then.mapping({"no_reduction", "no_increase", "least_grade", "most_grade"})
    if not effect:
        then.refuse("至少写一种限制", "needs at least one bound")
    reason = place.get("reason")
    reason.mapping({"zh", "en"})
    conditions = tuple(_condition(key, value) for key, value in place.get("when").entries())
    if not conditions:
        place.get("when").refuse("至少写一个条件", "needs at least one condition")
    return Guard(
        key=place.get("key").text(),
        when=conditions,
        no_reduction=then.get("no_reduction").truth() if then.has("no_reduction") else False,
        no_increase=then.get("no_increase").truth() if then.has("no_increase") else False,
        least_grade=_grade(then.get("least_grade"), grades) if then.has("least_grade") else None,
        most_grade=_grade(then.get("most_grade"), grades) if then.has("most_grade") else None,
        reason_zh=reason.get("zh").text(),
        reason_en=reason.get("en").text(),
    )


def _condition(indicator: str, place: Place) -> Condition:
    if indicator not in INDICATORS:
        listed = "、".join(INDICATORS)
        place.refuse(
            f"不认识的指标“{indicator}”；可用：{listed}", f"unknown indicator {indicator!r}; known are {listed}"
        )
    bounds = place.mapping({"at_least", "at_most"})
    if not bounds:
        place.refuse("写 at_least 或 at_most", "needs at_least or at_most")
    return Condition(
        indicator=indicator,
        at_least=place.get("at_least").number(0, 1e12) if "at_least" in bounds else None,
        at_most=place.get("at_most").number(0, 1e12) if "at_most" in bounds else None,
    )
