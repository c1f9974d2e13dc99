"""Who shall fix a hazard and by when: rules as a decision table (DMN 1.3), which says in a sentence why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

from yufang.hazards.kinds import Level
from yufang.warning.tables import DecisionTable, read_document

Role = Literal["team", "safety_manager"]
_ROLES = {"team": ("本区域班组", "the area's team"), "safety_manager": ("安全管理员", "the safety manager")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What the table said. `by_rule`: the rule itself assigns; otherwise it proposes and a person does."""

    rule: str
    role: Role
    days: int
    by_rule: bool
    why_zh: str
    why_en: str


@cache
def default_table() -> DecisionTable:
    """The shipped routing table, `routing.dmn`."""
    text = resources.files("yufang.hazards").joinpath("routing.dmn").read_text(encoding="utf-8")
    return read_document(text).table("routing")


def route(
    kind: str, level: Level, area_kind: str | None, found_by: str, *, has_team: bool, table: DecisionTable | None = None
) -> Route | None:
    """Where a hazard goes; None where no rule holds. `has_team`: the area has a team with a leader, without whom the
    safety manager takes its place. Raises TableError where a fact is none that the table allows."""
    facts = {"kind": kind, "level": level, "area_kind": area_kind, "found_by": found_by}
    found = (table or default_table()).decide(facts)
    if found is None:
        return None
    role = cast(Role, found.outputs["role"])
    days = int(cast(float, found.outputs["days"]))
    end_zh = f"由{_ROLES[role][0]}在 {days} 天内整改"
    end_en = f"{_ROLES[role][1]} fixes it within {days} {'day' if days == 1 else 'days'}"
    by_rule = found.outputs["assign"] == "rule"
    if role == "team" and not has_team:
        role, by_rule = "safety_manager", False
        end_zh += ";该区域没有班组长,由安全管理员接手"
        end_en += "; the area has no team leader, so the safety manager takes over"
    return Route(
        rule=found.rule_id,
        role=role,
        days=days,
        by_rule=by_rule,
        why_zh=f"{found.why_zh}:{end_zh}。",
        why_en=f"{found.why_en[:1].upper()}{found.why_en[1:]}: {end_en}.",
    )
