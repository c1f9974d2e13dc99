"""GraphML (graphml.graphdrawing.org, 1.0): nodes and facts with all their attributes, streamed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from yufang.graph.model import Edge, Node, factor_of

_NODE_KEYS = ("kind", "label_zh", "label_en", "detail_zh", "factor")
_EDGE_KEYS = {
    "relation": "string",
    "origin": "string",
    "support": "int",
    "confidence": "double",
    "valid_from": "string",
    "valid_to": "string",
    "provenance": "string",
}
# XML 1.0 holds no control characters but tab, newline and return.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_graphml(out: TextIO, nodes: Iterable[Node], edges: Iterable[Edge]) -> None:
    """Write one directed graph; `provenance` is joined by spaces, open ends of validity are left out."""
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    for name in _NODE_KEYS:
        out.write(f'<key id="n_{name}" for="node" attr.name="{name}" attr.type="string"/>\n')
    for name, kind in _EDGE_KEYS.items():
        out.write(f'<key id="e_{name}" for="edge" attr.name="{name}" attr.type="{kind}"/>\n')
    out.write('<graph id="yufang" edgedefault="directed">\n')
    for node in nodes:
        values = {
            "kind": node.kind,
            "label_zh": node.label_zh,
            "label_en": node.label_en,
            "detail_zh": node.detail_zh,
            "factor": factor_of(node.id),
        }
        out.write(f"<node id={quoteattr(_plain(node.id))}>{_data('n', values)}</node>\n")
    for number, edge in enumerate(edges):
        values = {
            "relation": edge.relation,
            "origin": edge.origin,
            "support": str(edge.support),
            "confidence": str(edge.confidence),
            "valid_from": edge.valid_from.isoformat() if edge.valid_from else "",
            "valid_to": edge.valid_to.isoformat() if edge.valid_to else "",
            "provenance": " ".join(edge.provenance),
        }
        ends = f"source={quoteattr(_plain(edge.source))} target={quoteattr(_plain(edge.target))}"
        out.write(f'<edge id="e{number}" {ends}>{_data("e", values)}</edge>\n')
    out.write("</graph>\n</graphml>\n")


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)


def _data(prefix: str, values: dict[str, str]) -> str:
    return "".join(
        f'<data key="{prefix}_{name}">{escape(_plain(value))}</data>' for name, value in values.items() if value
    )
