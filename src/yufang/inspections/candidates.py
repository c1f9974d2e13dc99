"""What could be looked at, and why: warnings, deduced points, papers and fixes become candidates in one currency.

The worth of a candidate is the chance that a look finds something times the consequence C of LEC, as in
`yufang.deduction.visit`; each source adds its part as a reason in words, and the parts add up to the worth. A warning
of a deduced point and the point itself are one candidate with two reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from yufang.deduction.scoring import CONSEQUENCE
from yufang.deduction.visit import check_minutes
from yufang.inspections.papers import DuePaper
from yufang.inspections.weights import table

Source = Literal["warning", "point", "equipment", "certificate", "hazard"]
SITE = ("全厂巡视", "Round of the site")
PAPERS = ("资料室（查证照与检验报告）", "Office (certificates and reports)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointIn:
    """A deduced point nobody has answered: probability in [0, 1], `looks` answers elsewhere that spoke of it."""

    id: int
    key: str
    title_zh: str
    title_en: str
    place_zh: str
    place_en: str
    probability: float
    severity: str
    check_zh: str
    check_en: str
    clause: str = ""
    looks: int = 0
    reason_zh: str = ""
    reason_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningIn:
    """An open warning whose route is the next inspection."""

    id: int
    tier: str
    title_zh: str
    title_en: str
    reason_zh: str
    reason_en: str
    due_on: date
    point_id: int | None = None
    area_id: int | None = None
    probability: float | None = None
    check_zh: str = ""
    check_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardIn:
    """An open hazard that is said to be put right, or whose deadline has passed; `major` by the criteria."""

    id: int
    title_zh: str
    title_en: str
    state: str
    major: bool
    due_on: date | None = None
    area_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One part of a candidate's worth, in words."""

    source: Source
    zh: str
    en: str
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One thing to look at. `reasons` add up to `worth`; `probability` and `looks` are those of its point."""

    key: str
    title_zh: str
    title_en: str
    place_zh: str
    place_en: str
    check_zh: str
    check_en: str
    clause: str
    minutes: int
    steps: tuple[str, ...]
    reasons: tuple[Reason, ...]
    chance: float
    area_id: int | None = None
    point_id: int | None = None
    probability: float | None = None
    looks: int = 0
    warning_ids: tuple[int, ...] = ()
    hazard_id: int | None = None
    paper: DuePaper | None = None
    judged: str = ""  # the source of `weights.yaml` that its chance is from; "" for a point's own probability

    @property
    def worth(self) -> float:
        return round(sum(reason.worth for reason in self.reasons), 4)

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(dict.fromkeys(reason.source for reason in self.reasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What earlier inspections found of one source: `asked` answers that applied, `found` findings among them."""

    found: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Chances:
    """Chance that a look finds something, by source: the table's judgement, moved by what was found.

    A Beta belief whose mean is the judgement and whose weight is `prior_looks` answers; its posterior mean is used.
    """

    seen: Mapping[str, Seen] = field(default_factory=dict)

    def of(self, source: str) -> float:
        """Chance in (0, 1). Raises KeyError for a source the table doesn't have."""
        weights = table("weights")
        judged, worth = float(weights["sources"][source]["chance"]), float(weights["prior_looks"])
        seen = self.seen.get(source, Seen())
        return (judged * worth + seen.found) / (worth + seen.asked)

    def told(self, source: str) -> tuple[str, str]:
        """How the chance came about, zh and en."""
        seen = self.seen.get(source, Seen())
        if not seen.asked:
            return "经验值", "a judgement"
        return f"已查 {seen.asked} 项中发现 {seen.found} 项", f"{seen.found} found of {seen.asked} looked at"


def candidates(
    *,
    points: Sequence[PointIn],
    warnings: Sequence[WarningIn],
    hazards: Sequence[HazardIn],
    papers: Sequence[DuePaper],
    today: date,
    chances: Chances | None = None,
) -> tuple[Candidate, ...]:
    """All candidates, the worthiest first, each thing once."""
    chances = chances or Chances()
    of_point: dict[int, list[WarningIn]] = {}
    known = {point.id for point in points}
    alone = []
    for warning in warnings:
        if warning.point_id in known and warning.point_id is not None:
            of_point.setdefault(warning.point_id, []).append(warning)
        else:
            alone.append(warning)
    found = [
        *(_of_point(point, of_point.get(point.id, ()), today) for point in points),
        *(_of_warning(warning, today, chances) for warning in alone),
        *(_of_hazard(hazard, today, chances) for hazard in hazards),
        *(_of_paper(paper, chances) for paper in papers),
    ]
    return tuple(sorted(found, key=lambda one: (-one.worth, one.key)))


def _of_point(point: PointIn, warnings: Sequence[WarningIn], today: date) -> Candidate:
    consequence = CONSEQUENCE[point.severity]
    base = point.probability * consequence
    told = f"（{point.reason_zh}）" if point.reason_zh else ""
    told_en = f" ({point.reason_en})" if point.reason_en else ""
    reasons = [
        Reason(
            source="point",
            zh=f"推断属实的可能性 {point.probability:.0%} × 后果 C={consequence:g}{told}",
            en=f"deduced with a chance of {point.probability:.0%} × consequence C={consequence:g}{told_en}",
            worth=base,
        )
    ]
    reasons += [_warned(warning, base, today) for warning in warnings]
    minutes, steps = check_minutes(point.check_zh)
    return Candidate(
        key=f"point/{point.id}",
        title_zh=point.title_zh,
        title_en=point.title_en,
        place_zh=point.place_zh or SITE[0],
        place_en=point.place_en or point.place_zh or SITE[1],
        check_zh=point.check_zh,
        check_en=point.check_en,
        clause=point.clause,
        minutes=minutes,
        steps=steps,
        reasons=tuple(reasons),
        chance=point.probability,
        area_id=next((w.area_id for w in warnings if w.area_id), None),
        point_id=point.id,
        probability=point.probability,
        looks=point.looks,
        warning_ids=tuple(w.id for w in warnings),
    )


_TIERS = {"high": ("高", "high"), "medium": ("中", "medium"), "low": ("低", "low")}


def _factor(warning: WarningIn, today: date) -> float:
    factors = table("weights")["warning_factor"]
    return float(factors.get(warning.tier, 0.0)) + (float(factors["overdue"]) if warning.due_on < today else 0.0)


def _due(due: date, today: date) -> tuple[str, str]:
    late = (today - due).days
    if late > 0:
        return f"已超期 {late} 天", f"{late} days overdue"
    return f"应于 {due} 前处理", f"due by {due}"


def _warned(warning: WarningIn, base: float, today: date) -> Reason:
    zh, en = _TIERS[warning.tier]
    due_zh, due_en = _due(warning.due_on, today)
    return Reason(
        source="warning",
        zh=f"{zh}级预警，{due_zh}：{warning.reason_zh}",
        en=f"Warning ({en}), {due_en}: {warning.reason_en or warning.reason_zh}",
        worth=base * _factor(warning, today),
    )


def _of_warning(warning: WarningIn, today: date, chances: Chances) -> Candidate:
    row = table("weights")["sources"]["warning"]
    chance = warning.probability if warning.probability is not None else chances.of("warning")
    base = chance * float(row["consequence"])
    zh, en = _TIERS[warning.tier]
    due_zh, due_en = _due(warning.due_on, today)
    check_zh = warning.check_zh or f"现场核对预警所述情形是否存在：{warning.reason_zh}"
    check_en = warning.check_en or f"See on site whether it is as the warning says: {warning.reason_en}"
    return Candidate(
        key=f"warning/{warning.id}",
        title_zh=warning.title_zh,
        title_en=warning.title_en,
        place_zh=SITE[0],
        place_en=SITE[1],
        check_zh=check_zh,
        check_en=check_en,
        clause="",
        minutes=int(table("weights")["minutes"]["warning"]),
        steps=("look",),
        reasons=(
            Reason(
                source="warning",
                zh=f"{zh}级预警，{due_zh}：{warning.reason_zh}",
                en=f"Warning ({en}), {due_en}: {warning.reason_en or warning.reason_zh}",
                worth=base * (1 + _factor(warning, today)),
            ),
        ),
        chance=chance,
        area_id=warning.area_id,
        warning_ids=(warning.id,),
        judged="warning" if warning.probability is None else "",
    )


def _of_hazard(hazard: HazardIn, today: date, chances: Chances) -> Candidate:
    source = "hazard_major" if hazard.major else "hazard_general"
    chance = chances.of(source)
    consequence = float(table("weights")["sources"][source]["consequence"])
    told_zh, told_en = chances.told(source)
    late = hazard.due_on is not None and hazard.due_on < today
    due_zh, due_en = _due(hazard.due_on, today) if hazard.due_on else ("未定期限", "no deadline set")
    level_zh, level_en = ("重大隐患", "Major hazard") if hazard.major else ("隐患", "Hazard")
    return Candidate(
        key=f"hazard/{hazard.id}",
        title_zh=f"复查：{hazard.title_zh}",
        title_en=f"Look again: {hazard.title_en or hazard.title_zh}",
        place_zh=SITE[0],
        place_en=SITE[1],
        check_zh="到现场核对整改是否到位，与整改前照片比对，并拍整改后照片",
        check_en="See on site whether it is put right, compare with the earlier photo and take one from the same place",
        clause="",
        minutes=int(table("weights")["minutes"]["hazard"]),
        steps=("look",),
        reasons=(
            Reason(
                source="hazard",
                zh=f"{level_zh}待复查，{due_zh}；未整改到位的可能性 {chance:.0%}（{told_zh}）× 后果 C={consequence:g}",
                en=f"{level_en} to be looked at again, {due_en}; chance that it is not put right {chance:.0%} "
                f"({told_en}) × consequence C={consequence:g}",
                worth=chance
                * consequence
                * (1 + (float(table("weights")["warning_factor"]["overdue"]) if late else 0.0)),
            ),
        ),
        chance=chance,
        area_id=hazard.area_id,
        hazard_id=hazard.id,
        judged=source,
    )


def _of_paper(paper: DuePaper, chances: Chances) -> Candidate:
    chance = chances.of(paper.state)
    consequence = float(table("weights")["sources"][paper.state]["consequence"])
    told_zh, told_en = chances.told(paper.state)
    at_machine = paper.kind == "equipment"
    return Candidate(
        key=f"paper/{paper.key}",
        title_zh=f"{paper.machine_name}：{paper.name_zh}" if at_machine else paper.name_zh,
        title_en=f"{paper.machine_name}: {paper.name_en}" if at_machine else paper.name_en,
        place_zh=paper.machine_name if at_machine else PAPERS[0],
        place_en=paper.machine_name if at_machine else PAPERS[1],
        check_zh="查阅最近一次检验报告和使用标志，核对编号与设备一致，记下报告日期"
        if at_machine
        else "抽查上岗人员证件，核对工种、有效期和复审日期，记下最早到期的日期",
        check_en="Read the newest inspection report and the label on the machine, compare the numbers, note the day"
        if at_machine
        else "Ask people at work for their certificates; compare kind, validity and review, note the earliest day",
        clause=paper.clause,
        minutes=2 + int(table("weights")["minutes"]["papers"]),
        steps=("papers",),
        reasons=(
            Reason(
                source=paper.kind,
                zh=f"{paper.why_zh}；缺失或过期的可能性 {chance:.0%}（{told_zh}）× 后果 C={consequence:g}",
                en=f"{paper.why_en}; chance that it is missing or out of date {chance:.0%} ({told_en}) "
                f"× consequence C={consequence:g}",
                worth=chance * consequence,
            ),
        ),
        chance=chance,
        paper=paper,
        judged=paper.state,
    )


def by_key(found: Iterable[Candidate]) -> dict[str, Candidate]:
    """Candidates by key."""
    return {one.key: one for one in found}
