"""CSV for `neo4j-admin database import full`: nodes.csv and relationships.csv with typed headers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from yufang.graph.model import Edge, Node, factor_of
from yufang.lake.spreadsheet import PlainWriter

COMMAND = "neo4j-admin database import full --nodes=nodes.csv --relationships=relationships.csv --multiline-fields=true"


def write_neo4j(nodes_out: TextIO, edges_out: TextIO, nodes: Iterable[Node], edges: Iterable[Edge]) -> None:
    """Write both files; lists are joined by `;`, the tool's default. Open ends of validity stay empty."""
    rows = PlainWriter(nodes_out, lineterminator="\n")
    rows.writerow(["id:ID", "kind", "label_zh", "label_en", "detail_zh", "factor", ":LABEL"])
    for node in nodes:
        label = "".join(part.capitalize() for part in node.kind.split("_"))
        rows.writerow([node.id, node.kind, node.label_zh, node.label_en, node.detail_zh, factor_of(node.id), label])
    rows = PlainWriter(edges_out, lineterminator="\n")
    head = ["origin", "support:int", "confidence:double", "valid_from:date", "valid_to:date", "provenance:string[]"]
    rows.writerow([":START_ID", ":END_ID", ":TYPE", *head])
    for e in edges:
        provenance = ";".join(one.replace(";", ",") for one in e.provenance)
        told = [e.origin, e.support, e.confidence, e.valid_from or "", e.valid_to or "", provenance]
        rows.writerow([e.source, e.target, e.relation.upper(), *told])
