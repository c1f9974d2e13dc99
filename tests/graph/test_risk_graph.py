"""Claims of the risk graph: every fact says where it comes from, and nothing later than its day is in it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from yufang.graph import GraphError, RiskGraph, node_of

from .small_pack import cases, cited, hazards, make_pack

EDGE = "營造安全衛生設施標準第19條"
HELMET = "營造安全衛生設施標準第11條之1"
DAY = date(2024, 3, 1)


def test_every_edge_says_what_supports_it() -> None:
    graph = RiskGraph.build([make_pack()], at=DAY)
    assert graph.edges
    for edge in graph.edges:
        assert edge.provenance
        assert edge.support >= 1
        assert 0 < edge.confidence <= 1
        assert edge.source in graph.nodes
        assert edge.target in graph.nodes


def test_a_path_leads_from_equipment_through_its_part_to_the_accident() -> None:
    graph = RiskGraph.build([make_pack()])
    path = graph.paths("equipment:shop/press", "accident_type:WSA10004", cutoff=4)[0]
    assert [edge.relation for edge in path] == ["has_part", "exposes_to", "results_in"]
    assert path[-2].target.startswith("hazard:shop/")
    assert path[1].provenance == (path[1].target.removeprefix("hazard:"),)


def test_no_path_is_longer_than_the_cutoff() -> None:
    graph = RiskGraph.build([make_pack()])
    assert graph.paths("industry:33", "accident_type:WSA10004", cutoff=2) == []
    assert all(len(path) <= 4 for path in graph.paths("industry:33", "accident_type:WSA10004", cutoff=4))


def test_the_five_factors_lead_to_their_hazard() -> None:
    graph = RiskGraph.build([make_pack()])
    causes = graph.neighbours("hazard:shop/TS-01", "leads_to", incoming=True)
    assert {graph.node(edge.source).detail_zh for edge in causes} == {"machine", "human", "method"}


def test_an_unknown_node_is_named_in_the_error() -> None:
    graph = RiskGraph.build([make_pack()])
    with pytest.raises(GraphError, match="equipment:shop/lathe"):
        graph.neighbours("equipment:shop/lathe")


def test_records_support_a_fact_by_their_ids_and_count() -> None:
    rows = [cited(f"e{i}", DAY, "", "光幕侧面盲区未封", industry_code="3311", clause="") for i in range(20)]
    frame = hazards(rows)
    graph = RiskGraph.build([make_pack()], hazards=frame)
    found = [e for e in graph.neighbours("industry:3311", "found_in") if e.target == "hazard:shop/TS-01"]
    assert len(found) == 1
    assert found[0].support == 20
    assert set(found[0].provenance) <= set(frame["record_id"])
    assert found[0].valid_from == DAY


def test_what_happens_on_the_day_or_later_is_not_in_the_graph() -> None:
    rows = [cited("e", DAY + timedelta(days=d), EDGE, "临边未设护栏") for d in (-1, 0, 1)]
    told = cases(
        [
            {
                "enterprise_id": "e",
                "occurred_on": DAY + timedelta(days=d),
                "accident_type": "WSA10010",
                "body_part": "头",
            }
            for d in (-1, 0)
        ]
    )
    graph = RiskGraph.build([], told, hazards(rows), at=DAY)
    injures = [edge for edge in graph.edges if edge.relation == "injures"]
    assert [edge.support for edge in injures] == [1]
    assert "r0" not in {one for edge in graph.edges for one in edge.provenance if one in ("r1", "r2")}
    assert RiskGraph.build([], None, hazards(rows[1:]), at=DAY).nodes == {}


def test_clauses_found_together_are_joined_only_when_enough_visits_did() -> None:
    def visits(count: int) -> RiskGraph:
        rows = [cited(f"e{i}", DAY, article, "文字") for i in range(count) for article in (EDGE, HELMET)]
        return RiskGraph.build([], None, hazards(rows))

    assert not visits(4).neighbours(node_of(f"article/{EDGE}"), "found_with")
    joined = visits(6).neighbours(node_of(f"article/{EDGE}"), "found_with")
    assert [(edge.target, edge.support) for edge in joined] == [(node_of(f"article/{HELMET}"), 6)]


def test_a_clause_is_worded_by_its_most_frequent_short_text() -> None:
    texts = ["有墜落危險之處所未設防護設備。"] * 3 + ["對於開口部分未設置護欄、護蓋或安全網等防護設備。"]
    rows = [cited(f"e{i}", DAY, EDGE, text) for i, text in enumerate(texts)]
    graph = RiskGraph.build([], None, hazards(rows))
    assert graph.node(f"clause:{EDGE}").detail_zh == texts[0]


def test_a_written_graph_reads_back_the_same(tmp_path: Path) -> None:
    pack = make_pack()
    graph = RiskGraph.build([pack], None, hazards([cited("e", DAY, EDGE, "临边未设护栏")]), at=date(2025, 1, 1))
    graph.write(tmp_path)
    again = RiskGraph.read(tmp_path, [pack])
    assert again.nodes == graph.nodes
    assert again.edges == graph.edges
    assert again.at == graph.at


def test_a_graph_of_a_pack_that_is_gone_says_which(tmp_path: Path) -> None:
    RiskGraph.build([make_pack()]).write(tmp_path)
    with pytest.raises(GraphError, match=r"shop 1\.0\.0"):
        RiskGraph.read(tmp_path, [])
