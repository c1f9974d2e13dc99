"""Claims of exchange: other tools read what is written; a bad row is kept with its reason, the rest is taken."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree

import pytest

from tests.server.graph_world import known_graph
from yufang.graph import GraphError, Knowledge
from yufang.graph.exchange import read_facts, write_facts, write_graphml, write_neo4j, write_turtle

HEAD = "source,source_zh,relation,target,target_zh,confidence,support,valid_from,valid_to,provenance\n"


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return known_graph()


def test_graphml_holds_every_node_and_fact(known: Knowledge) -> None:
    out = io.StringIO()
    write_graphml(out, known.nodes.values(), known.edges())
    tree = ElementTree.fromstring(out.getvalue())
    assert {n.get("id") for n in tree.findall(".//{*}node")} == set(known.nodes)
    assert len(tree.findall(".//{*}edge")) == known.facts
    declared = {key.get("id") for key in tree.findall("{*}key")}
    assert {data.get("key") for data in tree.findall(".//{*}data")} <= declared


def test_turtle_is_read_by_a_library_of_others(known: Knowledge) -> None:
    import rdflib

    out = io.StringIO()
    write_turtle(out, known.nodes.values(), known.edges())
    graph = rdflib.Graph().parse(data=out.getvalue(), format="turtle")
    told = set(graph.subjects(rdflib.RDF.type, rdflib.RDF.Statement))
    assert len(told) == known.facts
    labels = {str(label) for label in graph.objects(None, rdflib.RDFS.label)}
    assert "泳池池边" in labels
    up = rdflib.URIRef("urn:yufang:node:industry%3A33")
    assert rdflib.URIRef("urn:yufang:node:industry%3AC") in set(graph.objects(up, rdflib.RDFS.subClassOf))


def test_turtle_escapes_what_would_end_a_text(known: Knowledge) -> None:
    from yufang.graph import Node

    out = io.StringIO()
    write_turtle(out, [Node(id="place:a b>", kind="place", label_zh='他说"停"\\\n', label_en="x")], [])
    line = out.getvalue().splitlines()[-1]
    assert r"\"停\"\\\n" in line
    assert re.match(r"<urn:yufang:node:[A-Za-z0-9%._~-]+> ", line)


def test_neo4j_rows_join_nodes_that_the_other_file_has(known: Knowledge) -> None:
    nodes, edges = io.StringIO(), io.StringIO()
    write_neo4j(nodes, edges, known.nodes.values(), known.edges())
    ids = {row["id:ID"] for row in csv.DictReader(io.StringIO(nodes.getvalue()))}
    rows = list(csv.DictReader(io.StringIO(edges.getvalue())))
    assert len(rows) == known.facts
    assert {end for row in rows for end in (row[":START_ID"], row[":END_ID"])} <= ids
    assert all(int(row["support:int"]) >= 1 for row in rows)


def test_the_table_of_facts_reads_back_whole(known: Knowledge) -> None:
    out = io.StringIO()
    write_facts(out, known.nodes, known.edges())
    taken = read_facts(out.getvalue(), Knowledge())
    assert taken.refused == ()
    assert set(taken.edges) == set(known.edges())
    fresh = Knowledge()
    fresh.add(taken.nodes, taken.edges)
    assert set(fresh.nodes) == {end for e in known.edges() for end in (e.source, e.target)}


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        ("equipment:x/a,甲,loves,hazard:shop/TS-01,,1,1,,,册", "relation", "no such relation"),
        ("equipment:x/a,甲,injures,hazard:shop/TS-01,,1,1,,,册", "relation", "joins accident_type"),
        ("robot:x,甲,exposes_to,hazard:shop/TS-01,,1,1,,,册", "source", "<kind>:<key>"),
        ("equipment:x/a,,exposes_to,hazard:shop/TS-01,,1,1,,,册", "source", "label"),
        ("equipment:x/a,甲,exposes_to,hazard:shop/TS-01,,1.2,1,,,册", "confidence", "at most 1"),
        ("equipment:x/a,甲,exposes_to,hazard:shop/TS-01,,0.5,0,,,册", "support", "from 1"),
        ("equipment:x/a,甲,exposes_to,hazard:shop/TS-01,,0.5,1,2024-13-01,,册", "valid_from", "YYYY-MM-DD"),
        ("equipment:x/a,甲,exposes_to,hazard:shop/TS-01,,0.5,1,2024-05-01,2024-04-01,册", "valid_to", "before"),
        ("equipment:x/a,甲,exposes_to,hazard:shop/TS-01,,0.5,1,,,", "provenance", "where it comes from"),
        ("equipment:x/a,甲,is_a,hazard:shop/TS-01,,0.5,1,,,册", "relation", "one kind"),
    ],
)
def test_a_bad_row_is_kept_with_field_value_and_rule_and_the_good_one_is_taken(
    known: Knowledge, row: str, field: str, rule: str
) -> None:
    good = "equipment:x/b,乙,exposes_to,hazard:shop/TS-01,,0.5,1,,,册\n"
    taken = read_facts(HEAD + row + "\n" + good, known)
    (bad,) = taken.refused
    assert (bad.row, bad.field) == (1, field)
    assert rule in bad.rule
    assert bad.rule_zh
    assert ",".join(bad.raw) == row
    assert [edge.source for edge in taken.edges] == ["equipment:x/b"]
    assert [node.id for node in taken.nodes] == ["equipment:x/b"]


def test_a_cycle_of_is_a_is_named_and_the_other_rows_stand(known: Knowledge) -> None:
    rows = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]
    text = HEAD + "".join(f"equipment:x/{s},{s},is_a,equipment:x/{t},{t},1,1,,,册\n" for s, t in rows)
    taken = read_facts(text, known)
    (bad,) = taken.refused
    assert bad.row == 3
    assert "equipment:x/c → equipment:x/a → equipment:x/b → equipment:x/c" in bad.rule
    assert [(e.source[-1], e.target[-1]) for e in taken.edges] == [("a", "b"), ("b", "c"), ("d", "a")]


def test_a_table_without_a_needed_column_is_refused_whole(known: Knowledge) -> None:
    with pytest.raises(GraphError, match="provenance"):
        read_facts("source,relation,target\n", known, "facts.csv")
