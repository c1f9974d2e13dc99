"""Between a DMN file and the grid that people edit."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from yufang.server.decisions.contracts import (
    DecisionColumn,
    DecisionDocument,
    DecisionDocumentIn,
    DecisionRule,
    DecisionTableIn,
    DecisionTableOut,
    NamedValue,
    TableCheck,
    TableFinding,
)
from yufang.server.errors import Refused

if TYPE_CHECKING:
    from yufang.warning.tables import Column, DecisionTable, Document, Finding, Rule, TableError


def sha256(xml: str) -> str:
    """The hash that a trial and a publication are bound to."""
    return hashlib.sha256(xml.encode()).hexdigest()


def refused(error: TableError) -> Refused:
    """A table's fault as the API answers it."""
    return Refused(422, "bad_table", f"{error.message_zh}。", f"{error.message_en}.", error.column or None)


def read(data: str | bytes) -> Document:
    """A DMN file as a tier table's document; faults that the checks name stay in. Raises Refused."""
    from yufang.warning.tables import TableError, read_document
    from yufang.warning.tiers import shaped

    try:
        return shaped(read_document(data))
    except TableError as error:
        raise refused(error) from None


def write(document: Document) -> str:
    """The document as a DMN file. Raises Refused for signs that no XML file can hold."""
    from yufang.warning.tables import to_dmn

    try:
        return to_dmn(document)
    except ValueError:
        raise Refused(
            422,
            "bad_text",
            "文字中含有无法保存的控制字符；请删除后重试。",
            "A text holds control characters that can't be kept; delete them and try again.",
        ) from None


def document_out(document: Document) -> DecisionDocument:
    """The grid of a document."""
    from yufang.warning.tiers import facts_of

    return DecisionDocument(
        urn=document.urn,
        version=document.version,
        name_zh=document.name_zh,
        name_en=document.name_en,
        tables=[
            DecisionTableOut(
                key=table.key,
                zh=table.zh,
                en=table.en,
                hit_policy=table.hit_policy,
                inputs=[_column(c) for c in table.inputs],
                outputs=[_column(c) for c in table.outputs],
                rules=[_rule(table, r) for r in table.rules],
                facts=[_column(c) for c in facts_of(table.key)],
            )
            for table in document.tables
        ],
    )


def _column(column: Column) -> DecisionColumn:
    from yufang.warning.tables import Between, Compare, Same

    low = high = None
    for a in column.allowed:
        if isinstance(a, Between) and column.kind == "number":
            low, high = float(a.low), float(a.high)  # type: ignore[arg-type]
        elif isinstance(a, Compare) and column.kind == "number" and a.sign in (">", ">="):
            low = float(a.value)  # type: ignore[arg-type]
    names = {one.value: one for one in column.named}
    listed = [str(a.value) for a in column.allowed if isinstance(a, Same)]
    named = [
        NamedValue(value=v, zh=names[v].zh if v in names else v, en=names[v].en if v in names else v) for v in listed
    ]
    return DecisionColumn(
        name=column.name,
        kind=column.kind,
        zh=column.zh,
        en=column.en,
        whole=column.whole,
        optional=column.optional,
        low=low,
        high=high,
        named=named,
    )


def _rule(table: DecisionTable, rule: Rule) -> DecisionRule:
    from yufang.warning.tables import write_tests
    from yufang.warning.tables.feel import written
    from yufang.warning.tables.sentences import said

    zh, en = said(table, rule.conditions)
    return DecisionRule(
        rule_id=rule.rule_id,
        cells=[write_tests(cell) for cell in rule.conditions],
        outputs=["" if value is None else written(value) for value in rule.outputs],
        note=rule.note,
        said_zh=zh,
        said_en=en,
    )


def from_grid(base: Document, grid: DecisionDocumentIn) -> Document:
    """The document that a grid says, names as in `base`. Raises Refused for the first cell that can't be read."""
    from dataclasses import replace

    from yufang.warning.tables import TableError
    from yufang.warning.tiers import shaped

    try:
        faults: list[TableError] = []
        tables = tuple(_table(base.table(one.key), one, faults) for one in grid.tables)
        if faults:
            raise faults[0]
        return shaped(replace(base, version=grid.version.strip(), tables=tables))
    except TableError as error:
        raise refused(error) from None


def check_grid(base: Document, grid: DecisionDocumentIn) -> TableCheck:
    """Every fault of a grid that was not saved: cells that can't be read, else what the checks find."""
    from yufang.warning.tables import TableError
    from yufang.warning.tables.sentences import said
    from yufang.warning.tiers import checked

    findings: list[TableFinding] = []
    words: dict[str, list[NamedValue]] = {}
    for one in grid.tables:
        faults: list[TableError] = []
        try:
            table = _table(base.table(one.key), one, faults)
        except TableError as error:
            faults.append(error)
        findings += [_unreadable(fault) for fault in faults]
        if not faults:
            findings += [finding_out(f) for f in checked(table, one.key)]
            sentences = [(r.rule_id, *said(table, r.conditions)) for r in table.rules]
            words[one.key] = [NamedValue(value=name, zh=zh, en=en) for name, zh, en in sentences]
    try:
        if not findings:
            from_grid(base, grid)
    except Refused as error:
        problem = error.problem
        findings.append(
            TableFinding(
                kind="unreadable",
                gravity="error",
                message_zh=problem.message_zh,
                message_en=problem.message_en,
                table="",
                rules=[],
                column=problem.field or "",
            )
        )
    return TableCheck(findings=findings, said=words)


def _unreadable(fault: TableError) -> TableFinding:
    return TableFinding(
        kind="unreadable",
        gravity="error",
        message_zh=f"{fault.message_zh}。",
        message_en=f"{fault.message_en}.",
        table=fault.table,
        rules=[fault.rule] if fault.rule else [],
        column=fault.column,
    )


def finding_out(finding: Finding) -> TableFinding:
    """A finding as it leaves the room."""
    return TableFinding(
        kind=finding.kind,
        gravity=finding.gravity,
        message_zh=finding.message_zh,
        message_en=finding.message_en,
        table=finding.table,
        rules=list(finding.rules),
        column=finding.column,
    )


def _table(base: DecisionTable, grid: DecisionTableIn, faults: list[TableError]) -> DecisionTable:
    """One table of a grid. Faults of cells are collected, those of the whole raised."""
    from dataclasses import replace

    from yufang.warning.tables import ANYTHING, HIT_POLICIES, Rule, TableError, Tests, Value, read_tests, read_value
    from yufang.warning.tiers import facts_of, results

    known = {c.name: c for c in base.inputs} | {c.name: c for c in facts_of(grid.key)}
    for name in grid.inputs:
        if name not in known or grid.inputs.count(name) > 1:
            raise TableError(
                f"条件“{name}”不可用或重复；可用的有：{'、'.join(known)}",
                f"the condition “{name}” is unknown or stands twice; there are: {', '.join(known)}",
                table=grid.key,
                column=name,
            )
    if grid.hit_policy not in HIT_POLICIES:
        raise TableError(
            f"不支持命中方式 {grid.hit_policy}；请用 UNIQUE 或 FIRST",
            f"the hit policy {grid.hit_policy} is not supported; use UNIQUE or FIRST",
            table=grid.key,
        )
    inputs, outputs = tuple(known[name] for name in grid.inputs), results()
    rules = []
    for row in grid.rules:
        if (len(row.cells), len(row.outputs)) != (len(inputs), len(outputs)):
            raise TableError(
                "格数与表头不符；请刷新页面后重试",
                "has another number of cells than the head; reload the page",
                table=grid.key,
                rule=row.rule_id,
            )
        cells: list[Tests] = []
        decided: list[Value | None] = []
        for column, text in zip(inputs, row.cells, strict=True):
            try:
                cells.append(read_tests(text, column.kind))
            except TableError as error:
                faults.append(_placed(error, base, row.rule_id, column))
                cells.append(ANYTHING)
        for column, text in zip(outputs, row.outputs, strict=True):
            try:
                decided.append(read_value(text, column.kind))
            except TableError as error:
                faults.append(_placed(error, base, row.rule_id, column))
                decided.append(None)
        rules.append(Rule(rule_id=row.rule_id, conditions=tuple(cells), outputs=tuple(decided), note=row.note.strip()))
    return replace(base, hit_policy=grid.hit_policy, inputs=inputs, outputs=outputs, rules=tuple(rules))


def _placed(error: TableError, table: DecisionTable, rule: str, column: Column) -> TableError:
    """A cell's fault with its place in the words of the head."""
    error.table, error.rule, error.column = table.key, rule, column.name
    error.message_zh = f"“{table.zh}”，规则{rule}，列“{column.zh}”：{error.message_zh}"
    error.message_en = f"“{table.en}”, rule {rule}, column “{column.en}”: {error.message_en}"
    return error
