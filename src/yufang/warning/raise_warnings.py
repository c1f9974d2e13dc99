"""From hazard points and profiles to tiered warnings with measures, procedure and training."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from math import exp
from typing import Any

from yufang.deduction.contracts import HazardPoint, Measure, SupportingRecord
from yufang.profiles.contracts import RiskProfile
from yufang.warning.contracts import TieredWarning
from yufang.warning.tiers import Rule, TierTable, default_table

HIERARCHY = ("eliminate", "substitute", "engineering", "administrative", "ppe")
PROFILE = "profile"
_TIER_ZH = {"high": "高", "medium": "中", "low": "低"}
_COLOUR_ZH = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝"}


def warnings_for(
    points: Iterable[tuple[str, HazardPoint]],
    profiles: Iterable[RiskProfile],
    *,
    at: date,
    table: TierTable | None = None,
) -> tuple[TieredWarning, ...]:
    """Warnings of a region as of `at`: one a hazard point and one a profile at most, high tiers first.

    `points` pairs an enterprise id with a hazard point; `profiles` may hold history: the newest month counts.
    """
    table = table or default_table()
    listed = list(points)
    facts = [point_facts(point, at) for _, point in listed]
    by_enterprise: dict[str, list[HazardPoint]] = {}
    found: list[TieredWarning] = []
    for (owner, point), known, rule in zip(listed, facts, table.for_points(facts), strict=True):
        by_enterprise.setdefault(owner, []).append(point)
        if rule is not None:
            found.append(_point_warning(owner, point, rule, known["age_days"], at))
    newest: dict[str, RiskProfile] = {}
    for profile in profiles:
        held = newest.get(profile.enterprise_id)
        if held is None or profile.month > held.month:
            newest[profile.enterprise_id] = profile
    for owner, profile in newest.items():
        warning = warn_of_profile(profile, by_enterprise.get(owner, []), at=at, table=table)
        if warning:
            found.append(warning)
    order = {"high": 0, "medium": 1, "low": 2}
    return tuple(sorted(found, key=lambda w: (order[w.tier], -w.probability, w.enterprise_id, w.subject_key)))


def warn_of_point(owner: str, point: HazardPoint, *, at: date, table: TierTable) -> TieredWarning | None:
    """The warning of one hazard point, or None where no rule of `table` holds."""
    facts = point_facts(point, at)
    rule = table.for_point(**facts)
    return None if rule is None else _point_warning(owner, point, rule, facts["age_days"], at)


def point_facts(point: HazardPoint, at: date) -> dict[str, Any]:
    """What the tier table may ask of a point as of `at` (`yufang.warning.tiers.point_columns` says what each means)."""
    own = [r.on for r in point.records if r.on is not None and r.on <= at and _is_own(point, r)]
    return {
        "colour": point.lec.colour,
        "probability": point.probability,
        "age_days": (at - max(own)).days if own else None,
        "lec_score": point.lec.score,
        "severity": point.severity,
        "accident_type": point.accident_type or None,
    }


def profile_facts(profile: RiskProfile) -> dict[str, Any]:
    """What the tier table may ask of a profile."""
    return {
        "colour": profile.colour,
        "trend": profile.trend,
        "expected_injuries": profile.expected_injuries,
        "injuries_12m": profile.injuries_12m,
        "score": profile.score,
        "peer_percentile": profile.peer_percentile,
    }


def _point_warning(owner: str, point: HazardPoint, rule: Rule, age: int | None, at: date) -> TieredWarning:
    zh = f"{_where(point)}：核实概率{point.probability:.0%}，LEC={point.lec.score:g}（{_COLOUR_ZH[point.lec.colour]}）"
    en = f"{point.title_en}: {point.probability:.0%} likely to be confirmed, LEC {point.lec.score:g}"
    if age is not None:
        zh += f"，本单位最近一次相关记录距今{age}天"
        en += f", last record of it here {age} days ago"
    if point.records:
        zh += f"，依据{len(point.records)}条记录"
        en += f", {len(point.records)} records speak for it"
    measures = by_hierarchy(point.measures)
    first = measures[0] if measures else None
    return TieredWarning(
        enterprise_id=owner,
        subject_key=point.key,
        rule=rule.rule,
        tier=rule.tier,
        route=_route(rule),
        due_on=at + timedelta(days=rule.due_days),
        title_zh=point.title_zh,
        title_en=point.title_en,
        reason_zh=f"{_TIER_ZH[rule.tier]}级（规则{rule.rule}）。{zh}。",
        reason_en=f"{rule.tier.capitalize()} (rule {rule.rule}). {en}.",
        probability=point.probability,
        colour=point.lec.colour,
        measures=measures,
        procedure_zh=_procedure_zh(rule, first.text_zh if first else ""),
        procedure_en=_procedure_en(rule, first.text_en if first else ""),
        training=point.training,
        training_en=point.training_en,
    )


def warn_of_profile(
    profile: RiskProfile, points: list[HazardPoint], *, at: date, table: TierTable
) -> TieredWarning | None:
    """The warning of a whole enterprise, with the first measure of each of its three likeliest points."""
    rule = table.for_profile(**profile_facts(profile))
    if rule is None:
        return None
    top = sorted(points, key=lambda p: -p.probability)[:3]
    measures = by_hierarchy(tuple(m for p in top for m in by_hierarchy(p.measures)[:1]))
    first = measures[0] if measures else None
    expected = f"{profile.expected_injuries:.2g}"
    return TieredWarning(
        enterprise_id=profile.enterprise_id,
        subject_key=PROFILE,
        rule=rule.rule,
        tier=rule.tier,
        route=_route(rule),
        due_on=at + timedelta(days=rule.due_days),
        title_zh=f"企业总体风险{_COLOUR_ZH[profile.colour]}色，未来12个月预期工伤{expected}人",
        title_en=f"Overall risk {profile.colour}: {expected} injuries expected in the next 12 months",
        reason_zh=f"{_TIER_ZH[rule.tier]}级（规则{rule.rule}）。{'；'.join(profile.reasons_zh)}。",
        reason_en=f"{rule.tier.capitalize()} (rule {rule.rule}). {'; '.join(profile.reasons_en)}.",
        probability=1 - exp(-profile.expected_injuries),  # of any injury within 12 months
        colour=profile.colour,
        measures=measures,
        procedure_zh=_procedure_zh(rule, first.text_zh if first else ""),
        procedure_en=_procedure_en(rule, first.text_en if first else ""),
        training=top[0].training if top else "",
        training_en=top[0].training_en if top else "",
    )


def by_hierarchy(measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """Measures in the order of the hierarchy of controls: eliminate first, protective equipment last."""
    return tuple(sorted(measures, key=lambda m: HIERARCHY.index(m.level)))


def _is_own(point: HazardPoint, record: SupportingRecord) -> bool:
    """Whether a record is the enterprise's own: a point's path starts at its enterprise."""
    return bool(point.path) and record.enterprise_name == point.path[0].source


def _where(point: HazardPoint) -> str:
    return "".join(part for part in (point.equipment, point.part) if part) or point.title_zh


def _route(rule: Rule) -> str:
    return "supervisor_now" if rule.tier == "high" else "next_inspection"


def _procedure_zh(rule: Rule, measure: str) -> str:
    if rule.tier == "high":
        steps = "现场负责人立即到场，相关作业停止，人员离开危险区域"
        return f"{steps}；落实“{measure}”并核实有效后方可恢复；当日回复。" if measure else f"{steps}；当日回复。"
    when = f"{rule.due_days}天内的下次检查"
    return f"列入{when}，现场核实；属实的立即落实“{measure}”并复查。" if measure else f"列入{when}，现场核实并回复。"


def _procedure_en(rule: Rule, measure: str) -> str:
    if rule.tier == "high":
        steps = "The supervisor on site goes there now; the work stops and people leave the danger zone"
        return (
            f"{steps}; it resumes when “{measure}” is in place and checked. Answer today." if measure else f"{steps}."
        )
    when = f"Goes into the next inspection, within {rule.due_days} days; check on site"
    return f"{when}; where confirmed, put “{measure}” in place at once and check again." if measure else f"{when}."
