"""Cells and rules said in plain words, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yufang.warning.tables.feel import Alternative, Between, Compare, Same, Tests

if TYPE_CHECKING:
    from yufang.warning.tables.model import Column, DecisionTable, Rule

_SIGN = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_UNSIGN = {"<": "≥", "<=": ">", ">": "≤", ">=": "<"}


def why(table: DecisionTable, rule: Rule) -> tuple[str, str]:
    """Why `rule` decides: its conditions, zh and en."""
    zh, en = said(table, rule.conditions)
    return f"规则{rule.rule_id}：{zh}", f"rule {rule.rule_id}: {en}"


def said(table: DecisionTable, conditions: tuple[Tests, ...]) -> tuple[str, str]:
    """A row of cells as one clause, zh and en."""
    parts = [
        cell_said(column, cell) for column, cell in zip(table.inputs, conditions, strict=True) if not cell.anything
    ]
    if not parts:
        return "任何情况", "in every case"
    return "，且".join(zh for zh, _ in parts), " and ".join(en for _, en in parts)


def cell_said(column: Column, cell: Tests) -> tuple[str, str]:
    """One cell, zh and en."""
    if cell.anything:
        return f"{column.zh}不限", f"any {column.en}"
    if cell.negated and len(cell.alternatives) == 1 and isinstance(cell.alternatives[0], Compare):
        turned = cell.alternatives[0]
        value = column.label(turned.value)
        return f"{column.zh}{_UNSIGN[turned.sign]}{value[0]}", f"{column.en} {_UNSIGN[turned.sign]} {value[1]}"
    if cell.negated and cell.alternatives == (Same(None),):
        return f"有{column.zh}", f"{column.en} is given"
    same = [a for a in cell.alternatives if isinstance(a, Same)]
    rest = [a for a in cell.alternatives if not isinstance(a, Same)]
    zh, en = [], []
    if same and any(a.value is not None for a in same):
        names = [column.label(a.value) for a in same if a.value is not None]
        zh.append(f"为{'或'.join(n[0] for n in names)}")
        en.append(f"is {' or '.join(n[1] for n in names)}")
    if any(a.value is None for a in same):
        zh.append("没有值")
        en.append("is not given")
    for a in rest:
        one = _said(column, a)
        zh.append(one[0])
        en.append(one[1])
    if cell.negated:
        return f"{column.zh}并非（{'或'.join(zh)}）", f"{column.en}: not ({' or '.join(en)})"
    return column.zh + "或".join(zh), f"{column.en} {' or '.join(en)}"


def _said(column: Column, a: Alternative) -> tuple[str, str]:
    if isinstance(a, Compare):
        value = column.label(a.value)
        return f"{_SIGN[a.sign]}{value[0]}", f"{_SIGN[a.sign]} {value[1]}"
    assert isinstance(a, Between)
    low, high = column.label(a.low), column.label(a.high)
    open_zh = "".join(f"，不含{v}" for v, left_out in ((low[0], a.low_open), (high[0], a.high_open)) if left_out)
    open_en = "".join(f", without {v}" for v, left_out in ((low[1], a.low_open), (high[1], a.high_open)) if left_out)
    return (
        f"在{low[0]}至{high[0]}之间" + (f"（{open_zh[1:]}）" if open_zh else ""),
        f"from {low[1]} to {high[1]}" + (f" ({open_en[2:]})" if open_en else ""),
    )
