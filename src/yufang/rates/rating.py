"""Every enterprise of a pool rated for one year, before the pool's factor: experience, grade and the rate in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yufang.rates.contracts import Insured
from yufang.rates.errors import RateError
from yufang.rates.experience import Choice, Experience, Progress, choose, fit_experience
from yufang.rates.grading import Graded, Record, grade, nearest_grade
from yufang.rates.panel import Panel
from yufang.rates.pool import InsuredYear
from yufang.rates.tables import RateClassRow, RuleTable, known_industry


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One enterprise with everything its proposal says, but for the pool's factor. Money in yuan, rates in per cent."""

    enterprise: Insured
    row: RateClassRow
    record: Record
    payroll: float
    expected_benefits: float
    own_experience: float
    credibility: float
    current_grade: int
    stated_grade: int | None
    current_rate_pct: float
    graded: Graded


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrated:
    """An enterprise that no rate could be made for, and why."""

    enterprise: Insured
    problem: RateError
    rows: tuple[InsuredYear, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedPool:
    year: int
    rated: tuple[Rated, ...]
    unrated: tuple[Unrated, ...]
    experience: Experience | None


def rate_pool(
    enterprises: Sequence[Insured],
    rows: Iterable[InsuredYear],
    table: RuleTable,
    in_force: RuleTable,
    year: int,
    *,
    choice: Choice | None = None,
    progress: Progress = lambda *_: None,
) -> RatedPool:
    """Rate all for `year` from what is known of the years before it. Who can't be rated comes back with the reason."""
    by_owner: dict[str, list[InsuredYear]] = defaultdict(list)
    for row in rows:
        if row.year < year:
            by_owner[row.enterprise_id].append(row)
    known = {e.enterprise_id for e in enterprises}
    strangers = [Insured(enterprise_id=key) for key in sorted(by_owner.keys() - known)]
    unrated = [Unrated(enterprise=e, problem=_stranger(e), rows=tuple(by_owner[e.enterprise_id])) for e in strangers]
    sound: list[tuple[Insured, RateClassRow, RateClassRow]] = []
    for enterprise in enterprises:
        own = by_owner.get(enterprise.enterprise_id, [])
        try:
            _payroll(enterprise, own, year)
            classes = table.class_of(enterprise.industry_code), in_force.class_of(enterprise.industry_code)
            sound.append((enterprise, *classes))
        except RateError as problem:
            unrated.append(Unrated(enterprise=enterprise, problem=problem, rows=tuple(own)))
    if not sound:
        return RatedPool(year=year, rated=(), unrated=tuple(unrated), experience=None)
    experience = _experience(sound, by_owner, table, year, choice, progress)
    rated = _rated(sound, by_owner, table, year, experience)
    return RatedPool(year=year, rated=rated, unrated=tuple(unrated), experience=experience)


def _stranger(enterprise: Insured) -> RateError:
    key = enterprise.enterprise_id
    return RateError(
        (f"编号 {key} 不在企业名录中", "核对编号，或先把该企业导入名录；缴费记录已保留"),
        (f"the id {key} is not in the register", "check it, or import the enterprise first; its rows are kept"),
        "enterprise_id",
    )


def _payroll(enterprise: Insured, rows: Sequence[InsuredYear], year: int) -> float:
    """Payroll of the newest year on record. Raises RateError where there is none."""
    paid = [row for row in rows if row.payroll > 0]
    if not paid:
        raise RateError(
            ("没有缴费工资记录，无法测算费率", f"上传该企业 {year} 年以前任一年度的缴费工资后重新测算"),
            (
                "no payroll is on record, so no rate can be made",
                f"load its payroll of any year before {year} and run again",
            ),
            "payroll",
        )
    return max(paid, key=lambda row: row.year).payroll


def _experience(
    sound: Sequence[tuple[Insured, RateClassRow, RateClassRow]],
    by_owner: Mapping[str, Sequence[InsuredYear]],
    table: RuleTable,
    year: int,
    choice: Choice | None,
    progress: Progress,
) -> Experience:
    """Experience on the window; how it is made is chosen on all years on record."""
    entity, years, payroll, benefits = [], [], [], []
    for i, (enterprise, _, _) in enumerate(sound):
        for row in by_owner[enterprise.enterprise_id]:
            entity.append(i)
            years.append(row.year)
            payroll.append(row.payroll)
            benefits.append(row.benefits)
    codes = [known_industry(enterprise.industry_code).division or "" for enterprise, _, _ in sound]
    _, group = np.unique(codes, return_inverse=True)
    panel = Panel.of(np.array(entity), np.array(years), np.array(payroll), np.array(benefits), group)
    choice = choice or choose(panel, progress)
    window = panel.year >= year - table.window_years
    return fit_experience(panel.only(window) if window.any() else panel, choice)


def _rated(
    sound: Sequence[tuple[Insured, RateClassRow, RateClassRow]],
    by_owner: Mapping[str, Sequence[InsuredYear]],
    table: RuleTable,
    year: int,
    experience: Experience,
) -> tuple[Rated, ...]:
    payroll = np.array([_payroll(e, by_owner[e.enterprise_id], year) for e, _, _ in sound])
    windows = [[r for r in by_owner[e.enterprise_id] if r.year >= year - table.window_years] for e, _, _ in sound]
    number = np.array([row.number for _, row, _ in sound])
    injuries = np.array([sum(r.injuries for r in w) for w in windows], dtype=float)
    paid = np.array([sum(r.payroll for r in w) for w in windows])
    class_rate, class_incidence = {}, {}
    for n in np.unique(number):
        of = number == n
        class_rate[n] = float(np.average(experience.rate[of], weights=payroll[of]))
        class_incidence[n] = injuries[of].sum() / max(float(paid[of].sum()), 1e-9)
    found = []
    for i, (enterprise, row, row_in_force) in enumerate(sound):
        stated = next((r.grade for r in sorted(windows[i], key=lambda r: -r.year) if r.grade is not None), None)
        in_force_grade = nearest_grade(stated if stated is not None else 100, row_in_force)
        current = nearest_grade(in_force_grade, row)
        mean, incidence = class_rate[number[i]], class_incidence[number[i]]
        record = Record(
            years=sum(r.payroll > 0 for r in windows[i]),
            payroll=float(paid[i]),
            premium=sum(r.payroll * _rate_of(r, row_in_force) for r in windows[i]),
            benefits=sum(r.benefits for r in windows[i]),
            injuries=int(injuries[i]),
            deaths=sum(r.deaths for r in windows[i]),
            diseases=sum(r.diseases for r in windows[i]),
            incidence_ratio=injuries[i] / paid[i] / incidence if paid[i] > 0 and incidence > 0 else 0.0,
            experience=float(experience.rate[i]) / mean if mean > 0 else 1.0,
        )
        found.append(
            Rated(
                enterprise=enterprise,
                row=row,
                record=record,
                payroll=float(payroll[i]),
                expected_benefits=float(experience.rate[i] * payroll[i]),
                own_experience=float(experience.own[i]) / mean if mean > 0 else 1.0,
                credibility=float(experience.credibility[i]),
                current_grade=current,
                stated_grade=stated,
                current_rate_pct=row_in_force.base_rate_pct * in_force_grade / 100,
                graded=grade(record, current, row, table),
            )
        )
    return tuple(found)


def _rate_of(row: InsuredYear, of_class: RateClassRow) -> float:
    """The rate that applied in a past year, as a share of payroll."""
    return of_class.base_rate_pct / 100 * nearest_grade(row.grade if row.grade is not None else 100, of_class) / 100
