"""The tier of a warning: two decision tables (DMN), one for hazard points and one for risk profiles.

No rule holds: nobody needs to be warned. The tables see the facts of `point_columns` and `profile_columns` and decide
`tier` (high | medium | low) and `due_days` (the answer is due this many days after the warning).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from yufang.standards.catalogue import code_list
from yufang.warning.tables import (
    Between,
    Column,
    Compare,
    DecisionTable,
    Document,
    Finding,
    Named,
    Same,
    TableError,
    Value,
    check,
    read_document,
)

POINTS, PROFILES = "points", "profiles"
TIERS = ("high", "medium", "low")
MOST_DAYS = 365
Facts = Mapping[str, Value | None]


class TierError(TableError):
    """A tier table that cannot be used; the message names the table, the rule and the column, and the way out."""


def _listed(*values: tuple[str, str, str]) -> tuple[tuple[Same, ...], tuple[Named, ...]]:
    return tuple(Same(v) for v, _, _ in values), tuple(Named(value=v, zh=zh, en=en) for v, zh, en in values)


_COLOURS = _listed(("red", "红", "red"), ("orange", "橙", "orange"), ("yellow", "黄", "yellow"), ("blue", "蓝", "blue"))
_SEVERITIES = _listed(
    ("minor", "轻伤", "minor"),
    ("serious", "重伤", "serious"),
    ("fatal", "死亡", "fatal"),
    ("multi_fatal", "群死群伤", "several deaths"),
)
_TIERS = _listed(("high", "高", "high"), ("medium", "中", "medium"), ("low", "低", "low"))


def _column(
    name: str,
    zh: str,
    en: str,
    allowed: tuple[Same | Compare | Between, ...],
    *,
    named: tuple[Named, ...] = (),
    whole: bool = False,
    optional: bool = False,
) -> Column:
    kind = "text" if named else "number"
    return Column(name=name, kind=kind, zh=zh, en=en, allowed=allowed, named=named, whole=whole, optional=optional)


@cache
def point_columns() -> tuple[Column, ...]:
    """The facts of a hazard point that a rule may ask for."""
    types = code_list("gb6441_2025_type").entries
    listed = _listed(*((e.code, e.name_zh, e.name_en or e.name_zh) for e in types))
    return (
        _column("colour", "风险颜色", "risk colour", _COLOURS[0], named=_COLOURS[1]),
        _column("probability", "核实概率", "probability of being confirmed", (Between(0, 1),)),
        _column(
            "age_days",
            "本单位最近一次相关记录距今天数",
            "days since their own newest record of it",
            (Compare(">=", 0),),
            whole=True,
            optional=True,
        ),
        _column("lec_score", "LEC分值", "LEC score", (Between(0, 10_000),)),
        _column("severity", "可能后果", "what it may lead to", _SEVERITIES[0], named=_SEVERITIES[1]),
        _column("accident_type", "事故类型", "accident type", listed[0], named=listed[1], optional=True),
    )


@cache
def profile_columns() -> tuple[Column, ...]:
    """The facts of a risk profile that a rule may ask for."""
    return (
        _column("colour", "风险颜色", "risk colour", _COLOURS[0], named=_COLOURS[1]),
        _column("trend", "半年来预期工伤的变化", "change of expected injuries in six months", (Compare(">=", -1),)),
        _column("expected_injuries", "未来12个月预期工伤", "injuries expected in 12 months", (Compare(">=", 0),)),
        _column("injuries_12m", "近12个月工伤", "injuries in the last 12 months", (Compare(">=", 0),), whole=True),
        _column("score", "风险分", "risk score", (Between(0, 100),)),
        _column("peer_percentile", "同业百分位", "percentile among peers", (Between(0, 100),)),
    )


@cache
def results() -> tuple[Column, ...]:
    """What a rule decides."""
    return (
        _column("tier", "级别", "tier", _TIERS[0], named=_TIERS[1]),
        _column("due_days", "答复期限（天）", "days to answer", (Between(0, MOST_DAYS),), whole=True),
    )


def facts_of(key: str) -> tuple[Column, ...]:
    """The facts of the table `points` or `profiles`."""
    return point_columns() if key == POINTS else profile_columns()


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of a table: its name and what it decides."""

    rule: str
    tier: str
    due_days: int


@dataclass(frozen=True)
class TierTable:
    """The rules for hazard points and for profiles."""

    document: Document

    @property
    def urn(self) -> str:
        """What the rules are, whatever their version."""
        return self.document.urn

    @property
    def version(self) -> str:
        """The version that their author gave."""
        return self.document.version

    @cached_property
    def points_table(self) -> DecisionTable:
        """The decision table of hazard points."""
        return self.document.table(POINTS)

    @cached_property
    def profiles_table(self) -> DecisionTable:
        """The decision table of profiles."""
        return self.document.table(PROFILES)

    @cached_property
    def points(self) -> tuple[Rule, ...]:
        """Rules for hazard points, in order."""
        return _rules(self.points_table)

    @cached_property
    def profiles(self) -> tuple[Rule, ...]:
        """Rules for profiles, in order."""
        return _rules(self.profiles_table)

    def for_point(self, colour: str, probability: float, age_days: int | None, **more: Value | None) -> Rule | None:
        """The rule that tiers a hazard point; None where nobody needs to be warned. Facts left out count as absent."""
        facts: Facts = {"colour": colour, "probability": probability, "age_days": age_days, **more}
        return self._first(self.points_table, self.points, facts)

    def for_profile(self, colour: str, trend: float, **more: Value | None) -> Rule | None:
        """The rule that tiers a profile; None where nobody needs to be warned. Facts left out count as absent."""
        return self._first(self.profiles_table, self.profiles, {"colour": colour, "trend": trend, **more})

    def for_points(self, facts: Sequence[Facts]) -> list[Rule | None]:
        """`for_point` for many points at once."""
        return self._many(self.points_table, self.points, facts)

    def _first(self, table: DecisionTable, rules: tuple[Rule, ...], facts: Facts) -> Rule | None:
        found = table.rule_of({c.name: facts.get(c.name) for c in table.inputs})
        return None if found is None else rules[found]

    def _many(self, table: DecisionTable, rules: tuple[Rule, ...], facts: Sequence[Facts]) -> list[Rule | None]:
        import polars as pl

        if not facts:
            return []
        types = {"text": pl.String, "number": pl.Float64, "boolean": pl.Boolean, "date": pl.Date}
        frame = pl.DataFrame(
            {c.name: pl.Series([f.get(c.name) for f in facts], dtype=types[c.kind]) for c in table.inputs}
        )
        return [rules[at] if at >= 0 else None for at in table.rules_of(frame).tolist()]

    def findings(self) -> tuple[Finding, ...]:
        """What the checks found in both tables, the gravest first."""
        return findings(self.document)


def _rules(table: DecisionTable) -> tuple[Rule, ...]:
    at = {column.name: index for index, column in enumerate(table.outputs)}
    return tuple(
        Rule(r.rule_id, str(r.outputs[at["tier"]]), int(r.outputs[at["due_days"]] or 0))  # type: ignore[arg-type]
        for r in table.rules
    )


def findings(document: Document) -> tuple[Finding, ...]:
    """What the checks find in the two tables of a document. Raises TierError where it has other tables or results."""
    found: list[Finding] = []
    for key in (POINTS, PROFILES):
        found += checked(document.table(key), key)
    return tuple(sorted(found, key=lambda f: ("error", "warning", "note").index(f.gravity)))


def checked(table: DecisionTable, key: str) -> tuple[Finding, ...]:
    """What the checks find in the table `key` (points or profiles), the gravest first."""
    return check(own_columns(table, key), {c.name: c.kind for c in facts_of(key)})


def own_columns(table: DecisionTable, key: str) -> DecisionTable:
    """The table with each column as this room knows it: labels, what may occur, whether it may be absent."""
    facts = {c.name: c for c in facts_of(key)}
    decided = {c.name: c for c in results()}
    return DecisionTable(
        key=table.key,
        zh=table.zh,
        en=table.en,
        hit_policy=table.hit_policy,
        inputs=tuple(facts[c.name] if c.name in facts and facts[c.name].kind == c.kind else c for c in table.inputs),
        outputs=tuple(decided.get(c.name, c) for c in table.outputs),
        rules=table.rules,
    )


def shaped(document: Document) -> Document:
    """The document as a tier table's: its two tables with known columns. Raises TierError where it is none.

    Faults that the checks name (an overlap, an unknown fact) are left in, so that a draft with them can be kept.
    """
    tables = []
    for key in (POINTS, PROFILES):
        try:
            table = document.table(key)
        except TableError as error:
            raise _as_tier_error(error) from error
        names = [c.name for c in table.outputs]
        kinds = [c.kind for c in table.outputs]
        if sorted(zip(names, kinds, strict=True)) != [("due_days", "number"), ("tier", "text")]:
            raise TierError(
                f"结果列应为 tier（文字）和 due_days（数字），文件中是：{'、'.join(names)}；请改正",
                f"the results should be tier (text) and due_days (number), there are: {', '.join(names)}; correct them",
                table=key,
            )
        tables.append(own_columns(table, key))
    _named_once(tables)
    return Document(
        urn=document.urn,
        version=document.version,
        name_zh=document.name_zh,
        name_en=document.name_en,
        tables=tuple(tables),
    )


def _named_once(tables: list[DecisionTable]) -> None:
    names = [(rule.rule_id, table.key) for table in tables for rule in table.rules]
    for name, key in names:
        if [n for n, _ in names].count(name) > 1:
            raise TierError(
                f"规则名“{name}”出现了两次，两张表合起来也只能出现一次；请改名",
                f"the rule name “{name}” stands twice, also in two tables it may stand once; rename one",
                table=key,
                rule=name,
            )
        if not re.fullmatch(r"\w[\w.-]{0,39}", name):
            raise TierError(
                f"规则名“{name[:60]}”不可用；请用不超过40个的字母、数字、汉字、点或横线",
                f"“{name[:60]}” is no rule name; use up to 40 letters, digits, dots or dashes",
                table=key,
                rule=name,
            )


def read_table(text: str | bytes) -> TierTable:
    """Read both tables from DMN. Raises TierError for what cannot be used: also for overlapping rules."""
    try:
        document = read_document(text)
    except TableError as error:
        raise _as_tier_error(error) from error
    document = shaped(document)
    for one in findings(document):
        if one.gravity == "error":
            refused = TierError(one.message_zh, one.message_en)
            refused.table, refused.rule, refused.column = one.table, (*one.rules, "")[0], one.column
            raise refused
    return TierTable(document)


def _as_tier_error(error: TableError) -> TierError:
    found = TierError(error.message_zh, error.message_en)
    found.table, found.rule, found.column = error.table, error.rule, error.column
    return found


def default_text() -> str:
    """The DMN file that ships with the package."""
    return resources.files("yufang.warning").joinpath("tiers.dmn").read_text("utf-8")


@cache
def default_table() -> TierTable:
    """The tables that ship with the package."""
    return read_table(default_text())
