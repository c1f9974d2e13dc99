"""RDF 1.1 Turtle (W3C): a node is a resource with labels by language; a fact is a triple, and a statement about it.

The plain triple lets any RDF tool walk the graph; the statement (rdf:Statement) carries origin, support, confidence,
validity and provenance. Written line by line: a store of triples in memory would hold a million facts ten times over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TextIO

from yufang.graph.model import Edge, Node, factor_of

PREFIXES = """@prefix y: <urn:yufang:vocabulary:> .
@prefix n: <urn:yufang:node:> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986, 2.3
_TO_ESCAPE = re.compile(r'[\\"\n\r\t\x00-\x1f]')


def write_turtle(out: TextIO, nodes: Iterable[Node], edges: Iterable[Edge]) -> None:
    """Write prefixes, one block a node, and two a fact; `is_a` is also rdfs:subClassOf."""
    out.write(PREFIXES)
    for node in nodes:
        parts = [f"a y:{node.kind}", f"rdfs:label {_text(node.label_zh)}@zh"]
        if node.label_en and node.label_en != node.label_zh:
            parts[-1] += f", {_text(node.label_en)}@en"
        if node.detail_zh:
            parts.append(f"rdfs:comment {_text(node.detail_zh)}")
        if factor_of(node.id):
            parts.append(f'y:factor "{factor_of(node.id)}"')
        out.write(f"{name_of(node.id)} {' ; '.join(parts)} .\n")
    for edge in edges:
        source, target = name_of(edge.source), name_of(edge.target)
        out.write(f"{source} y:{edge.relation} {target} .\n")
        if edge.relation == "is_a":
            out.write(f"{source} rdfs:subClassOf {target} .\n")
        parts = [
            f"a rdf:Statement ; rdf:subject {source} ; rdf:predicate y:{edge.relation} ; rdf:object {target}",
            f'y:origin "{edge.origin}" ; y:support {edge.support} ; y:confidence "{edge.confidence}"^^xsd:decimal',
        ]
        for name, day in (("validFrom", edge.valid_from), ("validTo", edge.valid_to)):
            if day is not None:
                parts.append(f'y:{name} "{day.isoformat()}"^^xsd:date')
        if edge.provenance:
            parts.append("y:provenance " + ", ".join(_text(one) for one in edge.provenance))
        out.write(f"[] {' ; '.join(parts)} .\n")


def name_of(node_id: str) -> str:
    """The resource of a node, percent-encoded: any id makes a valid one."""
    encoded = "".join(chr(b) if b in _UNRESERVED else f"%{b:02X}" for b in node_id.encode())
    return f"<urn:yufang:node:{encoded}>"


def _text(text: str) -> str:
    return '"' + _TO_ESCAPE.sub(lambda m: _ESCAPES.get(m[0], f"\\u{ord(m[0]):04X}"), text) + '"'
