"""What the author of a table will not have meant: overlaps, gaps, rules that never fire, values that never occur.

The checks walk the pieces that decide (`yufang.warning.tables.cells`), so what they say holds for every value and not
only for those that were tried. Each finding carries an example. A gap is searched column by column: of the rules that
are left after some columns, none left means that any further values complete the example; sets of rules that led
nowhere are remembered. Found gaps are widened to the largest box around the example before the next is searched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from yufang.warning.tables.cells import Pieces, as_number, bits, holds
from yufang.warning.tables.feel import (
    ANYTHING,
    KIND_EN,
    KIND_ZH,
    Alternative,
    Between,
    Compare,
    Same,
    Tests,
    Value,
    plain,
    write_tests,
)
from yufang.warning.tables.sentences import said

if TYPE_CHECKING:
    from yufang.warning.tables.model import Column, DecisionTable

MOST_GAPS = 5
MOST_OVERLAPS = 20
MOST_STEPS = 1_000_000  # pieces looked at in one check, about a second
GRAVITY = {"error": 0, "warning": 1, "note": 2}
_DAY_0 = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found. `gravity`: error (the table must not be used), warning (surely not meant), note (may be meant).

    `kind`: overlap | never | unknown_value | unknown_input | missing_result | gap | unfinished.
    """

    kind: str
    gravity: str
    message_zh: str
    message_en: str
    table: str
    rules: tuple[str, ...] = ()
    column: str = ""
    example: Mapping[str, Value | None] = field(default_factory=dict)


def check(table: DecisionTable, known: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """All findings, the gravest first. `known`: the facts that will be given, with their kinds."""
    found = [*_unknown_inputs(table, known), *_unknown_values(table), *_results(table)]
    space = _Space(table)
    found += _never(space)
    if table.hit_policy == "UNIQUE":
        found += _overlaps(space)
    found += _gaps(space)
    return tuple(sorted(found, key=lambda f: GRAVITY[f.gravity]))


class _TooMuch(Exception):
    """The search was given up."""


class _Space:
    """The pieces that can occur, of each column."""

    def __init__(self, table: DecisionTable) -> None:
        self.table = table
        self.columns = table.compiled.columns
        self.pieces = [_occurring(c, p) for c, p in zip(table.inputs, self.columns, strict=True)]
        self.masks = [[p.masks[at] for at in pieces] for p, pieces in zip(self.columns, self.pieces, strict=True)]
        self.steps = 0

    def uncovered(self, masks: Sequence[Sequence[int]], live: int) -> list[int] | None:
        """Positions in `masks`, one a column, whose values none of the rules `live` covers; None: all are covered."""
        if any(not column for column in masks):
            return None
        dead: set[tuple[int, int]] = set()

        def search(column: int, live: int) -> list[int] | None:
            if not live:
                return [0] * (len(masks) - column)
            if column == len(masks) or (column, live) in dead:
                return None
            self.steps += len(masks[column])
            if self.steps > MOST_STEPS:
                raise _TooMuch
            tried = set()
            for at, mask in enumerate(masks[column]):
                if live & mask in tried:
                    continue
                tried.add(live & mask)
                rest = search(column + 1, live & mask)
                if rest is not None:
                    return [at, *rest]
            dead.add((column, live))
            return None

        return search(0, live)

    def example(self, positions: Sequence[int]) -> dict[str, Value | None]:
        """Values of the pieces at `positions`."""
        return {
            column.name: _value(column, pieces, occurring[at])
            for column, pieces, occurring, at in zip(
                self.table.inputs, self.columns, self.pieces, positions, strict=True
            )
        }

    def example_said(self, example: Mapping[str, Value | None]) -> tuple[str, str]:
        """An example in words."""
        labels = [(column, column.label(example[column.name])) for column in self.table.inputs]
        return "、".join(f"{c.zh}{v[0]}" for c, v in labels), ", ".join(f"{c.en} {v[1]}" for c, v in labels)


def _occurring(column: Column, pieces: Pieces) -> list[int]:
    absent = len(pieces.masks) - 1
    found = []
    for at in range(absent):
        if column.kind in ("number", "date"):
            low, high = _bounds(pieces, at)
            if (column.whole or column.kind == "date") and not _has_whole(low, high):
                continue
        if column.allowed and not _allowed(column, pieces, at):
            continue
        found.append(at)
    return [*found, absent] if column.optional else found


def _allowed(column: Column, pieces: Pieces, at: int) -> bool:
    if column.kind == "text":
        return at < len(pieces.keys) and holds(Tests(column.allowed), pieces.keys[at])
    if column.kind == "boolean":
        return holds(Tests(column.allowed), bool(at))
    low, high = _bounds(pieces, at)
    for a in column.allowed:
        if isinstance(a, Same):
            inside = a.value is not None and low == high == as_number(a.value)
        elif isinstance(a, Compare):
            bound = as_number(a.value)
            inside = high < bound or (high == bound and (a.sign == "<=" or low < high))
            if a.sign in (">", ">="):
                inside = low > bound or (low == bound and (a.sign == ">=" or low < high))
        else:
            first, last = as_number(a.low), as_number(a.high)
            inside = first <= low and high <= last
            if low == high:
                inside = inside and not (a.low_open and low == first) and not (a.high_open and high == last)
        if inside:
            return True
    return False


def _bounds(pieces: Pieces, at: int) -> tuple[float, float]:
    """Of a piece of numbers; both the same for a single number, both left out otherwise."""
    if at % 2:
        return pieces.keys[at // 2], pieces.keys[at // 2]
    low = pieces.keys[at // 2 - 1] if at else float("-inf")
    return low, pieces.keys[at // 2] if at // 2 < len(pieces.keys) else float("inf")


def _has_whole(low: float, high: float) -> bool:
    if low == high:
        return float(low).is_integer()
    return float("inf") in (high, -low) or floor(low) + 1 < high


def _value(column: Column, pieces: Pieces, at: int) -> Value | None:
    """Some value of a piece, as simple as can be."""
    if at == len(pieces.masks) - 1:
        return None
    if column.kind == "boolean":
        return bool(at)
    if column.kind == "text":
        return str(pieces.keys[at]) if at < len(pieces.keys) else "…"
    low, high = _bounds(pieces, at)
    if low == high:
        number = low
    elif low == float("-inf"):
        number = 0.0 if high == float("inf") else ceil(high) - 1.0
    elif high == float("inf") or column.whole or column.kind == "date" or (floor(low) + 1 < high and high - low > 2):
        number = floor(low) + 1.0
    else:
        middle = (low + high) / 2
        short = [round(middle, digits) for digits in range(1, 9) if low < round(middle, digits) < high]
        number = short[0] if short else middle
    if column.kind == "date":
        return _DAY_0 + timedelta(days=int(number))
    return int(number) if float(number).is_integer() else number


def _unknown_inputs(table: DecisionTable, known: Mapping[str, str] | None) -> list[Finding]:
    if known is None:
        return []
    found = []
    for column in table.inputs:
        if column.name not in known:
            zh = f"条件“{column.name}”不在可用的事实中；可用的有：{'、'.join(known)}；请改用其中之一"
            en = f"the condition “{column.name}” is no fact; there are: {', '.join(known)}; use one of them"
        elif known[column.name] != column.kind:
            zh = f"条件“{column.name}”应为{KIND_ZH[known[column.name]]}；请改正类型"
            en = f"the condition “{column.name}” should be {KIND_EN[known[column.name]]}; correct its type"
        else:
            continue
        found.append(_finding("unknown_input", "error", table, zh, en, column=column.name))
    return found


def _unknown_values(table: DecisionTable) -> list[Finding]:
    found = []
    for at, column in enumerate(table.inputs):
        if column.kind != "text" or not column.allowed:
            continue
        there = [a.value for a in column.allowed if isinstance(a, Same)]
        names = [column.label(v) for v in there]
        for rule in table.rules:
            for a in rule.conditions[at].alternatives:
                if isinstance(a, Same) and a.value is not None and a.value not in there:
                    zh = f"“{a.value}”不会出现；可选：{'、'.join(n[0] for n in names)}；请改选其一"
                    en = f"“{a.value}” never occurs; there are: {', '.join(n[1] for n in names)}; choose one of them"
                    found.append(_finding("unknown_value", "error", table, zh, en, (rule.rule_id,), column.name))
    return found


def _results(table: DecisionTable) -> list[Finding]:
    found = []
    for at, column in enumerate(table.outputs):
        for rule in table.rules:
            value = rule.outputs[at]
            if value is None and not column.optional:
                zh, en = "没有写出结果；请填写", "the result is empty; fill it in"
                found.append(_finding("missing_result", "error", table, zh, en, (rule.rule_id,), column.name))
            elif value is not None and column.allowed and not holds(Tests(column.allowed), value):
                allowed = write_tests(Tests(column.allowed))
                zh = f"结果“{column.label(value)[0]}”不在允许的范围（{allowed}）内；请改正"
                en = f"the result “{column.label(value)[1]}” is not allowed ({allowed}); correct it"
                found.append(_finding("unknown_value", "error", table, zh, en, (rule.rule_id,), column.name))
            elif column.whole and isinstance(value, float) and not value.is_integer():
                zh = f"结果 {plain(value)} 应为整数；请改正"
                en = f"the result {plain(value)} should be a whole number; correct it"
                found.append(_finding("unknown_value", "error", table, zh, en, (rule.rule_id,), column.name))
    return found


def _never(space: _Space) -> list[Finding]:
    table, found = space.table, []
    for at, rule in enumerate(table.rules):
        own = [[m for m in column if m >> at & 1] for column in space.masks]
        for column, masks, cell in zip(table.inputs, own, rule.conditions, strict=True):
            if not masks:
                zh = f"这条规则永远不会成立：{column.zh}不会出现“{write_tests(cell)}”；请改宽这一格或删除该规则"
                en = f"can never hold: {column.en} is never “{write_tests(cell)}”; widen the cell or delete the rule"
                found.append(_finding("never", "warning", table, zh, en, (rule.rule_id,), column.name))
                break
        else:
            if table.hit_policy == "FIRST" and at:
                found += _hidden(space, at, own)
                if found and found[-1].kind == "unfinished":
                    break
    return found


def _hidden(space: _Space, at: int, own: list[list[int]]) -> list[Finding]:
    table, rule = space.table, space.table.rules[at]
    try:
        if space.uncovered(own, (1 << at) - 1) is not None:
            return []
    except _TooMuch:
        return [_unfinished(table, (rule.rule_id,))]
    over = 0  # the earlier rules that take something away from it
    for earlier in range(at):
        if all(any(m >> earlier & 1 for m in column) for column in own):
            over |= 1 << earlier
    names = [table.rules[i].rule_id for i in bits(over)]
    zh = f"这条规则永远轮不到：前面的{'、'.join(names)}已包含它的全部情况；请上移、收窄前面的规则，或删除它"
    en = f"never gets its turn: {', '.join(names)} before it cover all its cases; move it up, narrow them or delete it"
    return [_finding("never", "warning", table, zh, en, (rule.rule_id, *names))]


def _overlaps(space: _Space) -> list[Finding]:
    """Two rules overlap where they share a piece in every column: found for one rule against all at once."""
    table, found = space.table, []
    for second in range(1, len(table.rules)):
        shared = (1 << second) - 1
        for column in space.masks:
            shared &= _any(column, [at for at, mask in enumerate(column) if mask >> second & 1])
        for first in bits(shared):
            found.append(_overlap(space, first, second))
            if len(found) == MOST_OVERLAPS:
                return found
    return found


def _overlap(space: _Space, first: int, second: int) -> Finding:
    both = (1 << first) | (1 << second)
    example = space.example([next(at for at, m in enumerate(column) if m & both == both) for column in space.masks])
    zh, en = space.example_said(example)
    names = (space.table.rules[first].rule_id, space.table.rules[second].rule_id)
    return _finding(
        "overlap",
        "error",
        space.table,
        f"规则{names[0]}与{names[1]}重叠，例如{zh}时两条都成立；请收窄其中一条，或把命中方式改为首条命中",
        f"rules {names[0]} and {names[1]} overlap: both hold for {en}; narrow one, or use hit policy FIRST",
        names,
        example=example,
    )


def _gaps(space: _Space) -> list[Finding]:
    table = space.table
    masks = [list(column) for column in space.masks]
    rules = len(table.rules)
    found: list[Finding] = []
    space.steps = 0
    while len(found) < MOST_GAPS:
        live = (1 << (rules + len(found))) - 1
        try:
            positions = space.uncovered(masks, live)
        except _TooMuch:
            return [*found, _unfinished(table, ())]
        if positions is None or not masks:
            break
        box = _widened(masks, positions)
        for column, chosen in zip(masks, box, strict=True):
            for at in chosen:
                column[at] |= 1 << (rules + len(found))
        cells = tuple(
            _region(column, pieces, occurring, chosen)
            for column, pieces, occurring, chosen in zip(table.inputs, space.columns, space.pieces, box, strict=True)
        )
        zh, en = said(table, cells)
        found.append(
            _finding(
                "gap",
                "note",
                table,
                f"没有规则适用的情况：{zh}；若不应无结果，请补一条规则",
                f"no rule holds where {en}; add one if something should be decided there",
                example=space.example(positions),
            )
        )
    return found


def _widened(masks: list[list[int]], positions: list[int]) -> list[list[int]]:
    """The box of pieces around one uncovered case that no rule touches."""
    box = [[at] for at in positions]
    for column in range(len(masks)):
        others = -1
        for other, chosen in enumerate(box):
            if other != column:
                others &= _any(masks[other], chosen)
        box[column] = [at for at, mask in enumerate(masks[column]) if not mask & others]
    return box


def _any(masks: list[int], chosen: list[int]) -> int:
    found = 0
    for at in chosen:
        found |= masks[at]
    return found


def _region(column: Column, pieces: Pieces, occurring: list[int], chosen: list[int]) -> Tests:
    """The pieces at the positions `chosen`, as a cell."""
    if len(chosen) == len(occurring):
        return ANYTHING
    absent = len(pieces.masks) - 1
    found: list[Alternative] = [Same(None)] if absent in (occurring[at] for at in chosen) else []
    values = [at for at in chosen if occurring[at] != absent]
    if not found and len(values) == len(occurring) - column.optional:
        return Tests((Same(None),), negated=True)
    if column.kind in ("text", "boolean"):
        return Tests((*(Same(_value(column, pieces, occurring[at])) for at in values), *found))
    runs: list[list[int]] = []
    for at in values:
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    last = len(occurring) - 1 - column.optional
    for run in runs:
        found.append(_stretch(column, pieces, occurring, run, run[0] == 0, run[-1] == last))
    return Tests(tuple(found))


def _stretch(
    column: Column, pieces: Pieces, occurring: list[int], run: list[int], from_start: bool, to_end: bool
) -> Alternative:
    first, last = occurring[run[0]], occurring[run[-1]]
    low, high = _bounds(pieces, first)[0], _bounds(pieces, last)[1]
    low_open, high_open = first % 2 == 0, last % 2 == 0
    if column.whole or column.kind == "date":  # after 90 comes 91
        low, low_open = (floor(low) + 1.0, False) if low_open and low > float("-inf") else (low, low_open)
        high, high_open = (ceil(high) - 1.0, False) if high_open and high < float("inf") else (high, high_open)

    def shown(number: float) -> Value:
        if column.kind == "date":
            return _DAY_0 + timedelta(days=int(number))
        return int(number) if float(number).is_integer() else number

    if low == high:
        return Same(shown(low))
    if from_start or low == float("-inf"):
        return Compare("<" if high_open else "<=", shown(high))
    if to_end or high == float("inf"):
        return Compare(">" if low_open else ">=", shown(low))
    return Between(shown(low), shown(high), low_open, high_open)


def _unfinished(table: DecisionTable, rules: tuple[str, ...]) -> Finding:
    zh = "条件组合太多，检查没有做完；请减少列数或合并规则后再查"
    en = "too many combinations, the check was not finished; use fewer columns or merge rules"
    return _finding("unfinished", "note", table, zh, en, rules)


def _finding(
    kind: str,
    gravity: str,
    table: DecisionTable,
    zh: str,
    en: str,
    rules: tuple[str, ...] = (),
    column: str = "",
    example: Mapping[str, Any] | None = None,
) -> Finding:
    rule = f"规则{rules[0]}" if rules and kind != "overlap" else ""
    at_zh = "，".join(p for p in (f"“{table.zh}”", rule, f"列“{_title(table, column)[0]}”" if column else "") if p)
    rule = f"rule {rules[0]}" if rules and kind != "overlap" else ""
    at_en = ", ".join(p for p in (f"“{table.en}”", rule, f"column “{_title(table, column)[1]}”" if column else "") if p)
    return Finding(
        kind=kind,
        gravity=gravity,
        message_zh=f"{at_zh}：{zh}。",
        message_en=f"{at_en}: {en}.",
        table=table.key,
        rules=rules,
        column=column,
        example=dict(example or {}),
    )


def _title(table: DecisionTable, name: str) -> tuple[str, str]:
    return next(((c.zh, c.en) for c in (*table.inputs, *table.outputs) if c.name == name), (name, name))
