"""From open hazards (隐患), by level; what somebody says is fixed and nobody checked yet weighs less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.rules import Risk, Rules

_LEVELS = {"low": ("低", "low"), "medium": ("一般", "medium"), "high": ("较大", "high"), "major": ("重大", "major")}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHazard:
    """A hazard that isn't closed: level low, medium, high or major; since: µs."""

    key: str
    level: str
    where: Where
    since: int
    title_zh: str
    title_en: str
    fixed: bool = False
    link: str = ""
    synthetic: bool = False


def hazard_factors(hazards: Iterable[OpenHazard], rules: Rules) -> list[Factor]:
    """A factor of each. Raises KeyError for a level that there isn't."""
    table: dict[str, Risk] = {level: getattr(rules.hazards, level) for level in _LEVELS}
    found = []
    for hazard in hazards:
        risk, (zh, en) = table[hazard.level], _LEVELS[hazard.level]
        waits = ("，已整改待复查", ", fixed and to be checked") if hazard.fixed else ("", "")
        found.append(
            Factor(
                ref=hazard.key,
                kind="hazard",
                part="hazard",
                where=replace(hazard.where, reach_m=rules.reach_m["hazard"]),
                since=hazard.since,
                likelihood=risk.likelihood * (rules.hazards.fixed_times if hazard.fixed else 1.0),
                consequence=risk.consequence,
                why_zh=f"未关闭的隐患（{zh}{waits[0]}）：{hazard.title_zh}",
                why_en=f"An open hazard ({en}{waits[1]}): {hazard.title_en or hazard.title_zh}",
                link=hazard.link,
                synthetic=hazard.synthetic,
            )
        )
    return found
