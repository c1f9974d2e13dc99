"""A decision table: columns, rules, and what it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from yufang.warning.tables.errors import TableError
from yufang.warning.tables.feel import KIND_EN, KIND_ZH, Alternative, Tests, Value

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from yufang.warning.tables.cells import Compiled
    from yufang.warning.tables.checks import Finding

HIT_POLICIES = ("UNIQUE", "FIRST")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A value that a column may take, with its name in both languages."""

    value: Value
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A condition or a result. `name` is the fact's or the result's key, `kind` text | number | boolean | date.

    `whole`: only whole numbers occur. `optional`: the value may be absent. `allowed`: what may occur at all (empty:
    anything); the checks look no further. `named` gives names to values of text.
    """

    name: str
    kind: str
    zh: str
    en: str
    whole: bool = False
    optional: bool = False
    allowed: tuple[Alternative, ...] = ()
    named: tuple[Named, ...] = ()

    def label(self, value: Value | None) -> tuple[str, str]:
        """A value as people read it, zh and en."""
        from yufang.warning.tables.feel import plain

        for one in self.named:
            if one.value == value:
                return one.zh, one.en
        if value is None:
            return "无", "none"
        if isinstance(value, bool):
            return ("是", "yes") if value else ("否", "no")
        if isinstance(value, date):
            return value.isoformat(), value.isoformat()
        text = value if isinstance(value, str) else plain(value)
        return text, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row: one cell for each condition, one value for each result."""

    rule_id: str
    conditions: tuple[Tests, ...]
    outputs: tuple[Value | None, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a table decided: the rule that did, its results by name, and why."""

    rule_id: str
    outputs: Mapping[str, Value | None]
    why_zh: str
    why_en: str


@dataclass(frozen=True, kw_only=True)
class DecisionTable:
    """A DMN decision table with hit policy UNIQUE or FIRST.

    `decide` answers for one case, `decide_many` for a frame of them; `check` looks for what its author will not have
    meant. SpiffWorkflow's engine gives the same answers (`yufang.warning.tables.spiff`).
    """

    key: str
    zh: str
    en: str
    hit_policy: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[Rule, ...] = field(default=())

    @cached_property
    def compiled(self) -> Compiled:
        """The table as arrays."""
        from yufang.warning.tables.cells import compile_table

        return compile_table(self)

    def decide(self, facts: Mapping[str, Value | None]) -> Decision | None:
        """The decision for one case; None where no rule holds.

        `facts` gives each input by name, None for an absent value; further facts are left alone. Raises TableError
        for a missing fact, one of the wrong kind, and under UNIQUE where two rules hold.
        """
        found = self.rule_of(facts)
        return None if found is None else self.decision(found)

    def rule_of(self, facts: Mapping[str, Value | None]) -> int | None:
        """Like `decide`, but the index of the rule alone."""
        values = tuple(self._fact(column, facts) for column in self.inputs)
        held = self.compiled.holding(values)
        if not held:
            return None
        if self.hit_policy == "UNIQUE" and len(held) > 1:
            raise self.both_hold(self.rules[held[0]], self.rules[held[1]])
        return held[0]

    def decide_many(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`decide` for each row of `frame`: columns `rule_id` and the results by name, null where no rule holds."""
        from yufang.warning.tables.cells import decide_many

        return decide_many(self, frame)

    def rules_of(self, frame: pl.DataFrame) -> NDArray[np.int64]:
        """Like `decide_many`, but the index of the rule of each row alone, -1 where none holds; shape (rows,)."""
        from yufang.warning.tables.cells import first_rules

        return first_rules(self, frame)

    def check(self) -> tuple[Finding, ...]:
        """Overlaps under UNIQUE, gaps, rules that never fire, values that cannot occur; the gravest first."""
        from yufang.warning.tables.checks import check

        return check(self)

    def decision(self, index: int) -> Decision:
        """What the rule at `index` decides."""
        from yufang.warning.tables.sentences import why

        rule = self.rules[index]
        zh, en = why(self, rule)
        return Decision(
            rule_id=rule.rule_id,
            outputs={column.name: value for column, value in zip(self.outputs, rule.outputs, strict=True)},
            why_zh=zh,
            why_en=en,
        )

    def both_hold(self, first: Rule, second: Rule) -> TableError:
        """The error of two rules that hold for one case under UNIQUE."""
        return TableError(
            f"规则{first.rule_id}与{second.rule_id}同时成立，唯一命中只允许一条；请收窄其中一条，或改用首条命中",
            f"rules {first.rule_id} and {second.rule_id} both hold, UNIQUE allows one; narrow one, or use FIRST",
            table=self.key,
        )

    def _fact(self, column: Column, facts: Mapping[str, Value | None]) -> Value | None:
        if column.name not in facts:
            raise TableError(
                f"没有给出事实“{column.name}”；没有值时请给出空值",
                f"the fact “{column.name}” is not given; give null where there is no value",
                table=self.key,
                column=column.name,
            )
        value = facts[column.name]
        if value is None or (isinstance(value, float) and value != value):
            return None  # a number that is none counts as absent
        if isinstance(value, datetime):
            value = value.date()
        good = {
            "text": isinstance(value, str),
            "number": isinstance(value, int | float) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
            "date": isinstance(value, date),
        }
        if not good[column.kind]:
            raise TableError(
                f"应为{KIND_ZH[column.kind]}，给出的是 {value!r}；请改正事实",
                f"expects {KIND_EN[column.kind]}, was given {value!r}; correct the fact",
                table=self.key,
                column=column.name,
            )
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A DMN file: its URN, its version, and its tables in order."""

    urn: str
    version: str
    name_zh: str
    name_en: str
    tables: tuple[DecisionTable, ...]

    def table(self, key: str) -> DecisionTable:
        """The table of that key. Raises TableError naming those there are."""
        for one in self.tables:
            if one.key == key:
                return one
        there = ", ".join(t.key for t in self.tables)
        raise TableError(
            f"文件中没有决策表“{key}”，只有：{there}；请补上这张表",
            f"the file has no table “{key}”, only: {there}; add it",
            table=key,
        )
