"""DMN 1.3 files (OMG formal/2021-02-01), read and written.

Read: one XML document, checked against the DMN 1.3 schema that SpiffWorkflow carries, without document type
declarations, entities or anything from elsewhere. Written: the same document, drawn (DMNDI), so that DMN editors open
it. What DMN has no place for stands in attributes and extension elements of this project's own namespace, which
editors keep: English labels, whole numbers, whether a fact may be absent, names of values. A file without them reads
as well; its labels then serve both languages.
"""

from __future__ import annotations

import os
import re
import threading
from functools import cache
from typing import Any

from yufang.warning.tables.errors import TableError
from yufang.warning.tables.feel import (
    Tests,
    read_tests,
    read_value,
    read_values,
    write_tests,
    written,
)
from yufang.warning.tables.model import HIT_POLICIES, Column, DecisionTable, Document, Named, Rule

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
DMNDI = "https://www.omg.org/spec/DMN/20191111/DMNDI/"
DC = "http://www.omg.org/spec/DMN/20180521/DC/"
OWN = "urn:yufang:dmn:1"
MOST_BYTES = 2_000_000
MOST_RULES = 300
MOST_COLUMNS = 30
_KIND = {
    **dict.fromkeys(("string", "feel:string"), "text"),
    **dict.fromkeys(("number", "integer", "long", "double", "feel:number"), "number"),
    **dict.fromkeys(("boolean", "feel:boolean"), "boolean"),
    **dict.fromkeys(("date", "feel:date"), "date"),
}
_TYPE = {"text": "string", "number": "number", "boolean": "boolean", "date": "date"}
# libxml2 makes the types of schemas ready with the first schema, not minding other threads: two at once leave it unable
# to read any until the process ends. What is wrong with a document also stands on the schema, which all share.
_ONE_AT_A_TIME = threading.Lock()
_ID = re.compile(r"[^\W\d][\w.-]*")


def read_dmn(text: str | bytes) -> DecisionTable:
    """The one decision table of a DMN 1.3 file. Raises TableError naming table, rule and column and the way out."""
    tables = read_document(text).tables
    if len(tables) != 1:
        raise TableError(
            f"文件中有{len(tables)}张决策表，这里只能用一张；请每张表存一个文件",
            f"the file has {len(tables)} decision tables, one is expected; save each table as a file of its own",
        )
    return tables[0]


def read_document(text: str | bytes) -> Document:
    """All decision tables of a DMN 1.3 file. Raises TableError."""
    root = _root(text)
    decisions = root.findall(_q("decision"))
    tables = tuple(_table(one) for one in decisions)
    if not tables:
        raise TableError(
            "文件中没有决策（decision）；请在编辑器中画一张决策表再导出",
            "the file has no decision; draw a decision table in the editor and export it again",
        )
    name = root.get("name", "")
    return Document(
        urn=root.get("namespace", ""),
        version=root.get(_o("version"), ""),
        name_zh=name,
        name_en=root.get(_o("name-en"), name),
        tables=tables,
    )


def _q(tag: str) -> str:
    return f"{{{MODEL}}}{tag}"


def _o(name: str) -> str:
    return f"{{{OWN}}}{name}"


def _root(text: str | bytes) -> Any:
    from lxml import etree

    data = text.encode() if isinstance(text, str) else text
    if len(data) > MOST_BYTES:
        raise TableError(
            f"文件有{len(data) / 1e6:.1f} MB，上限为{MOST_BYTES // 1_000_000} MB；请检查是否选错了文件",
            f"the file has {len(data) / 1e6:.1f} MB, {MOST_BYTES // 1_000_000} MB are allowed; a decision table is "
            "never that large, check that it is the right file",
        )
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", data.replace(b"\x00", b""), re.IGNORECASE):
        raise TableError(
            "文件带有文档类型声明或实体（DOCTYPE/ENTITY），不予读取；请从编辑器重新导出不含它们的文件",
            "the file declares a document type or entities (DOCTYPE/ENTITY) and is not read; export it again without",
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise TableError(
            f"文件不是完好的 XML（{error}）；请从编辑器重新导出",
            f"the file is not well-formed XML ({error}); export it again from the editor",
        ) from None
    if root.tag != _q("definitions"):
        raise TableError(
            f"文件不是 DMN 1.3（根元素为 {root.tag}）；请在编辑器中另存为 DMN 1.3",
            f"the file is not DMN 1.3 (its root is {root.tag}); save it as DMN 1.3",
        )
    worst = _against_the_schema(root)
    if worst is not None:
        said = worst.message.replace(f"{{{MODEL}}}", "")
        raise TableError(
            f"第{worst.line}行不符合 DMN 1.3 的结构（{said}）；请在编辑器中改正后重新导出",
            f"line {worst.line} is not what DMN 1.3 allows ({said}); correct it in the editor and export it again",
        )
    return root


def _against_the_schema(root: Any) -> Any | None:
    """The first thing that is wrong with a document, or None."""
    with _ONE_AT_A_TIME:
        schema = _schema()
        return None if schema.validate(root) else schema.error_log[0]


@cache
def _schema() -> Any:
    from lxml import etree
    from SpiffWorkflow.dmn.parser.BpmnDmnParser import SCHEMAS

    return etree.XMLSchema(file=os.fspath(SCHEMAS[MODEL]))


def _table(decision: Any) -> DecisionTable:
    key = decision.get("id") or decision.get("name")
    body = decision.find(_q("decisionTable"))
    if body is None:
        raise TableError(
            "这个决策不是决策表；请把它改画成决策表",
            "the decision is not a decision table; draw it as one",
            table=key,
        )
    policy = body.get("hitPolicy", "UNIQUE")
    if policy not in HIT_POLICIES:
        raise TableError(
            f"不支持命中方式 {policy}；请改为 UNIQUE（唯一命中）或 FIRST（首条命中）",
            f"the hit policy {policy} is not supported; use UNIQUE or FIRST",
            table=key,
        )
    inputs = tuple(_input(one, key) for one in body.findall(_q("input")))
    outputs = tuple(_output(one, key, at) for at, one in enumerate(body.findall(_q("output"))))
    rows = body.findall(_q("rule"))
    if len(rows) > MOST_RULES or len(inputs) + len(outputs) > MOST_COLUMNS:
        raise TableError(
            f"有{len(rows)}条规则、{len(inputs) + len(outputs)}列，上限为{MOST_RULES}条、{MOST_COLUMNS}列；请拆开",
            f"has {len(rows)} rules and {len(inputs) + len(outputs)} columns, {MOST_RULES} and {MOST_COLUMNS} are "
            "allowed; split it",
            table=key,
        )
    _once([c.name for c in (*inputs, *outputs)], key)
    rules = tuple(_rule(row, at, key, inputs, outputs) for at, row in enumerate(rows))
    _once([r.rule_id for r in rules], key)
    name = decision.get("name")
    return DecisionTable(
        key=key,
        zh=name,
        en=decision.get(_o("name-en"), name),
        hit_policy=policy,
        inputs=inputs,
        outputs=outputs,
        rules=rules,
    )


def _once(names: list[str], table: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise TableError(
                f"名称“{name}”出现了两次；请让每条规则、每一列各有自己的名称",
                f"the name “{name}” stands twice; give each rule and each column its own",
                table=table,
            )


def _text(element: Any) -> str:
    found = None if element is None else element.find(_q("text"))
    return (found.text or "").strip() if found is not None else ""


def _kind(typed: str, table: str, column: str) -> str:
    kind = _KIND.get(typed.strip())
    if kind is None:
        raise TableError(
            f"不支持类型“{typed}”；请用 string、number、boolean 或 date",
            f"the type “{typed}” is not supported; use string, number, boolean or date",
            table=table,
            column=column,
        )
    return kind


def _input(element: Any, table: str) -> Column:
    expression = element.find(_q("inputExpression"))
    name = _text(expression)
    label = element.get("label") or name
    if not name.isidentifier():
        raise TableError(
            f"条件列的表达式只能是一个事实的名称，不能是“{name[:60]}”；请先算好再给出",
            f"a condition's expression can only be the name of a fact, not “{name[:60]}”; compute it beforehand",
            table=table,
            column=label,
        )
    return _column(element, table, name, expression.get("typeRef", "string"), label, "inputValues")


def _output(element: Any, table: str, at: int) -> Column:
    name = element.get("name") or f"output_{at + 1}"
    if element.find(_q("defaultOutputEntry")) is not None:
        raise TableError(
            "不支持默认结果；请在最后加一条全部为“-”的规则（首条命中）",
            "default results are not supported; add a last rule of “-” under hit policy FIRST",
            table=table,
            column=name,
        )
    return _column(
        element, table, name, element.get("typeRef") or "string", element.get("label") or name, "outputValues"
    )


def _column(element: Any, table: str, name: str, typed: str, label: str, values: str) -> Column:
    kind = _kind(typed, table, name)
    listed = _text(element.find(_q(values)))
    return Column(
        name=name,
        kind=kind,
        zh=label,
        en=element.get(_o("label-en"), label),
        whole=typed in ("integer", "long") or element.get(_o("whole")) == "true",
        optional=element.get(_o("optional")) == "true",
        allowed=read_values(listed, kind, table=table, column=name) if listed else (),
        named=tuple(
            Named(value=one.get("is"), zh=one.get("zh", ""), en=one.get("en", ""))
            for one in element.iterfind(f"{_q('extensionElements')}/{_o('value')}")
        ),
    )


def _rule(row: Any, at: int, table: str, inputs: tuple[Column, ...], outputs: tuple[Column, ...]) -> Rule:
    rule = row.get("label") or row.get("id") or f"R{at + 1}"
    cells, results = row.findall(_q("inputEntry")), row.findall(_q("outputEntry"))
    if (len(cells), len(results)) != (len(inputs), len(outputs)):
        raise TableError(
            f"有{len(cells)}格条件、{len(results)}格结果，表头是{len(inputs)}列和{len(outputs)}列；请补齐",
            f"has {len(cells)} conditions and {len(results)} results, the table {len(inputs)} and {len(outputs)}; "
            "complete it",
            table=table,
            rule=rule,
        )
    note = row.find(_q("description"))
    return Rule(
        rule_id=rule,
        conditions=tuple(
            read_tests(_text(cell), c.kind, table=table, rule=rule, column=c.name)
            for c, cell in zip(inputs, cells, strict=True)
        ),
        outputs=tuple(
            read_value(_text(cell), c.kind, table=table, rule=rule, column=c.name)
            for c, cell in zip(outputs, results, strict=True)
        ),
        note=(note.text or "").strip() if note is not None else "",
    )


def to_dmn(table: DecisionTable | Document) -> str:
    """The DMN 1.3 file of a table or a document. `read_dmn`, `read_document` give the same back."""
    from lxml import etree

    document = (
        table
        if isinstance(table, Document)
        else Document(
            urn=f"urn:yufang:dmn:{table.key}", version="", name_zh=table.zh, name_en=table.en, tables=(table,)
        )
    )
    root = etree.Element(_q("definitions"), nsmap={None: MODEL, "dmndi": DMNDI, "dc": DC, "yufang": OWN})
    root.set("id", "definitions")
    root.set("name", document.name_zh)
    root.set("namespace", document.urn)
    root.set("exporter", "yufang")
    root.set(_o("name-en"), document.name_en)
    if document.version:
        root.set(_o("version"), document.version)
    for one in document.tables:
        _write_table(etree, root, one)
    _draw(etree, root, document)
    etree.indent(root, "  ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="unicode") + "\n"


def _write_table(etree: Any, root: Any, table: DecisionTable) -> None:
    decision = etree.SubElement(root, _q("decision"), {"id": table.key, "name": table.zh, _o("name-en"): table.en})
    body = etree.SubElement(decision, _q("decisionTable"), {"id": f"{table.key}_table", "hitPolicy": table.hit_policy})
    for at, column in enumerate(table.inputs):
        head = etree.SubElement(body, _q("input"), {"id": f"{table.key}_in_{at}", **_labels(column)})
        _write_named(etree, head, column)
        expression = etree.SubElement(
            head, _q("inputExpression"), {"id": f"{table.key}_in_{at}_fact", "typeRef": _TYPE[column.kind]}
        )
        etree.SubElement(expression, _q("text")).text = column.name
        if column.allowed:
            _entry(etree, head, "inputValues", f"{table.key}_in_{at}_values", write_tests(Tests(column.allowed)))
    for at, column in enumerate(table.outputs):
        named = {"id": f"{table.key}_out_{at}", "name": column.name, "typeRef": _TYPE[column.kind]}
        head = etree.SubElement(body, _q("output"), named | _labels(column))
        _write_named(etree, head, column)
        if column.allowed:
            _entry(etree, head, "outputValues", f"{table.key}_out_{at}_values", write_tests(Tests(column.allowed)))
    for at, rule in enumerate(table.rules):
        plain = f"{table.key}_rule_{at}"
        row = etree.SubElement(body, _q("rule"), {"id": plain, "label": rule.rule_id})
        if rule.note:
            etree.SubElement(row, _q("description")).text = rule.note
        for cell_at, cell in enumerate(rule.conditions):
            _entry(etree, row, "inputEntry", f"{plain}_in_{cell_at}", write_tests(cell))
        for cell_at, value in enumerate(rule.outputs):
            _entry(etree, row, "outputEntry", f"{plain}_out_{cell_at}", "null" if value is None else written(value))


def _labels(column: Column) -> dict[str, str]:
    found = {"label": column.zh, _o("label-en"): column.en}
    if column.whole:
        found[_o("whole")] = "true"
    if column.optional:
        found[_o("optional")] = "true"
    return found


def _write_named(etree: Any, head: Any, column: Column) -> None:
    if column.named:
        own = etree.SubElement(head, _q("extensionElements"))
        for one in column.named:
            etree.SubElement(own, _o("value"), {"is": str(one.value), "zh": one.zh, "en": one.en})


def _entry(etree: Any, parent: Any, tag: str, identity: str, text: str) -> None:
    etree.SubElement(etree.SubElement(parent, _q(tag), {"id": identity}), _q("text")).text = text


def _draw(etree: Any, root: Any, document: Document) -> None:
    """One box a decision, side by side."""
    place = etree.SubElement(etree.SubElement(root, f"{{{DMNDI}}}DMNDI"), f"{{{DMNDI}}}DMNDiagram", {"id": "diagram"})
    for at, table in enumerate(document.tables):
        shape = etree.SubElement(
            place, f"{{{DMNDI}}}DMNShape", {"id": f"{table.key}_shape", "dmnElementRef": table.key}
        )
        bounds = {"height": "80", "width": "180", "x": str(160 + 220 * at), "y": "100"}
        etree.SubElement(shape, f"{{{DC}}}Bounds", bounds)
