"""The same table decided by SpiffWorkflow, the reference that the arrays are held against.

SpiffWorkflow evaluates cells as Python expressions, so the cells are written as such; texts go in as escaped literals
and cannot become code. It stands apart from `yufang.warning.tables.cells` on purpose: one wrong reading of FEEL in
both is what the comparison is there to find.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from yufang.warning.tables.dmn import MODEL, read_document, to_dmn
from yufang.warning.tables.feel import Alternative, Between, Compare, Same, Tests, Value
from yufang.warning.tables.model import DecisionTable


class SpiffTable:
    """A table in SpiffWorkflow's parser and engine. `decide` answers with the rule that decides, or None."""

    def __init__(self, table: DecisionTable) -> None:
        from lxml import etree
        from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
        from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
        from SpiffWorkflow.dmn.parser.DMNParser import DMNParser

        self.table = table
        root = etree.fromstring(to_dmn(table).encode())
        at = {"m": MODEL}
        for number, expression in enumerate(root.findall(".//m:inputExpression/m:text", at)):
            expression.text = f"v{number}"
        for row, rule in zip(root.findall(".//m:rule", at), table.rules, strict=True):
            for entry, cell in zip(row.findall("m:inputEntry/m:text", at), rule.conditions, strict=True):
                entry.text = python(cell)
            for entry, value in zip(row.findall("m:outputEntry/m:text", at), rule.outputs, strict=True):
                entry.text = _literal(value)
        parser = DMNParser(None, root, {"dmn": MODEL})
        parser.parse()
        self._engine = DMNEngine(parser.decision.decisionTables[0])
        self._workflow = SimpleNamespace(script_engine=PythonScriptEngine())
        self._names = {f"{table.key}_rule_{at}": rule.rule_id for at, rule in enumerate(table.rules)}

    def decide(self, facts: Mapping[str, Value | None]) -> str | None:
        """The name of the deciding rule; None where no rule holds. Under UNIQUE the first one that holds."""
        data = {f"v{at}": _given(facts[column.name]) for at, column in enumerate(self.table.inputs)}
        held: list[Any] = self._engine.decide(SimpleNamespace(workflow=self._workflow, data=data))
        return self._names[held[0].id] if held else None


def _given(value: Value | None) -> Value | None:
    if isinstance(value, date):
        return value.toordinal()
    return None if isinstance(value, float) and value != value else value


def python(cell: Tests) -> str:
    """A cell as the Python expression that SpiffWorkflow evaluates; `?` stands for the value."""
    if cell.anything:
        return "-"
    found = " or ".join(_python(a) for a in cell.alternatives)
    if not cell.negated:
        return found
    ordered = any(not isinstance(a, Same) for a in cell.alternatives)
    return f"? is not None and not ({found})" if ordered else f"not ({found})"


def _python(a: Alternative) -> str:
    if isinstance(a, Same):
        return "(? is None)" if a.value is None else f"(? == {_literal(a.value)})"
    if isinstance(a, Compare):
        return f"(? is not None and ? {a.sign} {_literal(a.value)})"
    assert isinstance(a, Between)
    low, high = ("<" if a.low_open else "<="), ("<" if a.high_open else "<=")
    return f"(? is not None and {_literal(a.low)} {low} ? {high} {_literal(a.high)})"


def _literal(value: Value | None) -> str:
    """A value as a Python literal; every sign of a text is escaped, so quotes and question marks stay inside it."""
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08x}" for sign in value) + '"'
    if isinstance(value, date):
        return str(value.toordinal())
    return repr(value)


def reference(text: str) -> dict[str, SpiffTable]:
    """Every table of a DMN file in SpiffWorkflow, by key."""
    return {table.key: SpiffTable(table) for table in read_document(text).tables}
