"""Facts as a CSV table: one fact a row, with the labels of its ends. A refused row is kept with its reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TextIO

from yufang.graph.hierarchy import GraphCycle, Hierarchy
from yufang.graph.knowledge import Knowledge
from yufang.graph.model import KINDS, MAX_PROVENANCE, ORIGINS, RELATIONS, SIGNATURES, Edge, GraphError, Node
from yufang.lake.spreadsheet import PlainWriter, bare

COLUMNS = (
    *("source", "source_zh", "source_en", "relation", "target", "target_zh", "target_en"),
    *("origin", "support", "confidence", "valid_from", "valid_to", "provenance"),
)
NEEDED = ("source", "relation", "target", "provenance")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: number (1 is the first below the heading), field, value, rule in both languages."""

    row: int
    field: str
    value: str
    rule: str
    rule_zh: str
    raw: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a table brought: nodes that were not known, facts, refused rows."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    refused: tuple[Refusal, ...]


class _Bad(Exception):
    def __init__(self, field: str, value: str, rule: str, rule_zh: str) -> None:
        super().__init__(rule)
        self.field, self.value, self.rule, self.rule_zh = field, value, rule, rule_zh


def write_facts(out: TextIO, nodes: dict[str, Node], edges: Iterable[Edge]) -> None:
    """Write the table that `read_facts` reads."""
    rows = PlainWriter(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for e in edges:
        a, b = nodes[e.source], nodes[e.target]
        ends = (e.source, a.label_zh, a.label_en, e.relation, e.target, b.label_zh, b.label_en)
        told = (e.origin, e.support, e.confidence, e.valid_from or "", e.valid_to or "", ";".join(e.provenance))
        rows.writerow((*ends, *told))


def read_facts(text: str, known: Knowledge, name: str = "table") -> Taken:
    """Check a table against what is known; nothing is added. Facts without an `origin` are of origin `import`.

    Raises GraphError where the heading lacks a needed column. A row is refused for: an empty end, an unknown kind,
    relation or origin, ends that the relation does not join, a support below 1, a confidence outside (0, 1], a bad day
    or one that ends before it begins, no provenance, a fact told twice, a new node without a label, and an `is_a` that
    closes a cycle (which is named).
    """
    lines = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    heading = [cell.strip() for cell in next(lines, [])]
    missing = [column for column in NEEDED if column not in heading]
    if missing:
        raise GraphError(
            f"{name}: the heading lacks {', '.join(missing)}; the columns, in any order, are {', '.join(COLUMNS)}"
        )
    tree = Hierarchy()
    tree.parents = {child: list(parents) for child, parents in known.hierarchy.parents.items()}
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str, str, str], Edge] = {}
    refused = []
    for number, cells in enumerate(lines, 1):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            if len(cells) > len(heading):
                rule = f"the row has {len(cells)} cells, the heading {len(heading)}"
                raise _Bad("", cells[-1], rule, f"该行有 {len(cells)} 格，表头只有 {len(heading)} 格")
            row = dict(zip(heading, (bare(cell.strip()) for cell in cells), strict=False))
            ends = _nodes(row, known, nodes)
            edge = _edge(row)
            key = (edge.source, edge.relation, edge.target, edge.origin)
            if key in edges:
                raise _Bad("target", edge.target, "the fact stands in an earlier row", "前面的行已有同一事实")
            if edge.relation == "is_a":
                tree.add(edge.source, edge.target)
        except GraphCycle as cycle:
            chain = " → ".join(cycle.cycle)
            rule, rule_zh = f"is_a makes a cycle: {chain}; leave one of them out", f"is_a 成环：{chain}；请去掉其中一条"
            refused.append(Refusal(number, "target", row["target"], rule, rule_zh, tuple(cells)))
            continue
        except _Bad as bad:
            refused.append(Refusal(number, bad.field, bad.value, bad.rule, bad.rule_zh, tuple(cells)))
            continue
        nodes |= ends
        edges[key] = edge
    return Taken(tuple(nodes.values()), tuple(edges.values()), tuple(refused))


def _nodes(row: dict[str, str], known: Knowledge, made: dict[str, Node]) -> dict[str, Node]:
    fresh = {}
    for side in ("source", "target"):
        one = row.get(side, "")
        kind, _, key = one.partition(":")
        if kind not in KINDS or not key:
            raise _Bad(
                side,
                one,
                f"not <kind>:<key> with a kind of {', '.join(KINDS)}",
                f"应写成 <类别>:<键>，类别为 {'、'.join(KINDS)} 之一",
            )
        if one in known.nodes or one in made:
            continue
        zh, en = row.get(f"{side}_zh", ""), row.get(f"{side}_en", "")
        if not zh and not en:
            rule = f"a new node needs a label in {side}_zh or {side}_en"
            raise _Bad(side, one, rule, f"新节点须在 {side}_zh 或 {side}_en 列写明名称")
        fresh[one] = Node(id=one, kind=kind, label_zh=zh or en, label_en=en or zh)
    return fresh


def _edge(row: dict[str, str]) -> Edge:
    relation = row.get("relation", "")
    if relation not in SIGNATURES:
        rule = f"no such relation; known are {', '.join(RELATIONS)}"
        raise _Bad("relation", relation, rule, f"没有这种关系；可用 {'、'.join(RELATIONS)}")
    source, target = row["source"], row["target"]
    kinds = (source.partition(":")[0], target.partition(":")[0])
    leaves, enters = SIGNATURES[relation]
    if kinds[0] not in leaves or kinds[1] not in enters or (relation == "is_a" and kinds[0] != kinds[1]):
        rule = f"{relation} joins {'|'.join(leaves)} → {'|'.join(enters)}, not {kinds[0]} → {kinds[1]}"
        if relation == "is_a":
            rule = f"is_a joins two of one kind, not {kinds[0]} and {kinds[1]}"
        raise _Bad("relation", relation, rule, f"{relation} 不能连接 {kinds[0]} 与 {kinds[1]}")
    origin = row.get("origin", "") or "import"
    if origin not in ORIGINS:
        raise _Bad("origin", origin, f"known are {', '.join(ORIGINS)}", f"来源只能是 {'、'.join(ORIGINS)}")
    since, until = _day(row, "valid_from"), _day(row, "valid_to")
    if since and until and until < since:
        raise _Bad("valid_to", row["valid_to"], "it ends before it begins", "失效日早于生效日")
    provenance = tuple(one.strip() for one in row.get("provenance", "").split(";") if one.strip())
    if not provenance:
        raise _Bad("provenance", "", "a fact says where it comes from", "事实须写明出处")
    return Edge(
        source=source,
        relation=relation,
        target=target,
        origin=origin,
        provenance=provenance[:MAX_PROVENANCE],
        support=_support(row.get("support", "") or "1"),
        confidence=_confidence(row.get("confidence", "") or "1"),
        valid_from=since,
        valid_to=until,
    )


def _support(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) < 1 << 31:
        raise _Bad("support", text, "a whole number from 1", "应为不小于 1 的整数")
    return int(text)


def _confidence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise _Bad("confidence", text, "a number above 0, at most 1", "应大于 0 且不超过 1")
    return value


def _day(row: dict[str, str], field: str) -> date | None:
    text = row.get(field, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Bad(field, text, "a day as YYYY-MM-DD", "日期应写成 YYYY-MM-DD") from None
