"""Claims of the facts in memory: they answer like a plain walk, and new ones cost no rebuild."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.graph.model import Edge, GraphError
from yufang.graph.projection import LEAST_DELTA, Projection, relation_flags


def fact(source: str, target: str, relation: str = "involves", **more: object) -> Edge:
    told = {"origin": "case", "provenance": ("c1",), "support": 1, "confidence": 0.9}
    return Edge(source=source, relation=relation, target=target, **{**told, **more})  # type: ignore[arg-type]


def walked(edges: list[Edge], start: str, hops: int) -> dict[str, int]:
    """Fewest facts to each node, either way, by the plainest walk there is."""
    found, front = {start: 0}, {start}
    for hop in range(1, hops + 1):
        near = {e.target for e in edges if e.source in front} | {e.source for e in edges if e.target in front}
        front = near - found.keys()
        found |= dict.fromkeys(front, hop)
    return found


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=60),
    st.integers(0, 60),
    st.integers(1, 4),
)
def test_a_walk_reaches_what_a_plain_walk_reaches(pairs: list[tuple[int, int]], merged: int, hops: int) -> None:
    edges = [fact(f"case:{a}", f"hazard:{b}") for a, b in dict.fromkeys(pairs)]
    graph = Projection()
    graph.add(edges[:merged])
    graph.merge()  # some facts in the index, the others beside it
    graph.add(edges[merged:])
    start = edges[0].source
    found = graph.reach({graph.number[start]: 1.0}, hops)
    assert {graph.ids[n]: int(h) for n, h in zip(found.nodes, found.hops, strict=True)} == walked(edges, start, hops)
    assert list(found.scores) == sorted(found.scores, reverse=True)
    again = graph.reach({graph.number[start]: 1.0}, hops)
    assert again.scores.tolist() == found.scores.tolist()  # nothing is left over from the walk before


def test_new_facts_are_found_at_once_and_rebuild_nothing() -> None:
    rng = random.Random(1)
    graph = Projection()
    graph.add([fact(f"case:{n}", f"hazard:{rng.randrange(500)}") for n in range(20_000)])
    graph.merge()
    before = graph.merges
    graph.add([fact(f"case:new{n}", "hazard:7") for n in range(1_000)])
    assert graph.merges == before
    near = graph.reach({graph.node("hazard:7"): 1.0}, 1)
    assert {f"case:new{n}" for n in range(1_000)} <= {graph.ids[n] for n in near.nodes}


def test_many_new_facts_are_merged_and_nothing_is_lost() -> None:
    graph = Projection()
    edges = [fact(f"case:{n}", f"hazard:{n % 7}") for n in range(LEAST_DELTA + 10)]
    for at in range(0, len(edges), 500):
        graph.add(edges[at : at + 500])
    assert graph.merges >= 1
    assert {(e.source, e.target) for e in graph.edges()} == {(e.source, e.target) for e in edges}


@pytest.mark.parametrize("merged", [False, True])
def test_a_fact_told_again_is_replaced_and_one_taken_away_is_gone(merged: bool) -> None:
    graph = Projection()
    graph.add([fact("case:1", "hazard:1", support=1)])
    if merged:
        graph.merge()
    assert graph.add([fact("case:1", "hazard:1", support=5, provenance=("c1", "c2"))]) == 0
    assert [(e.support, e.provenance) for e in graph.edges()] == [(5, ("c1", "c2"))]
    assert graph.remove([fact("case:1", "hazard:1"), fact("case:1", "hazard:2")]) == 1
    assert len(graph) == 0
    assert len(graph.reach({0: 1.0}, 2).nodes) == 1
    graph.add([fact("case:1", "hazard:1")])
    assert len(graph) == 1


def test_the_same_new_fact_twice_in_one_call_stands_once_as_told_last() -> None:
    graph = Projection()
    graph.add([fact("case:1", "hazard:1", support=1), fact("case:1", "hazard:1", support=3)])
    assert [e.support for e in graph.edges()] == [3]


def test_a_day_shows_what_held_then() -> None:
    graph = Projection()
    graph.add([fact("case:1", "hazard:1", valid_from=date(2024, 1, 1), valid_to=date(2024, 12, 31))])
    reached = [
        len(graph.reach({0: 1.0}, 1, at=day).nodes)
        for day in (date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1))
    ]
    assert reached == [1, 2, 2, 1]
    assert next(iter(graph.edges())).valid_to == date(2024, 12, 31)


def test_a_barred_kind_is_reached_and_not_walked_through() -> None:
    from yufang.graph.questions import _kinds

    graph = Projection()
    graph.add([fact("case:1", "hazard:1"), fact("case:2", "hazard:1")])
    found = graph.reach({graph.node("case:1"): 1.0}, 3, barred=_kinds(["hazard"]))
    assert {graph.ids[n] for n in found.nodes} == {"case:1", "hazard:1"}


def test_an_unknown_kind_relation_or_node_is_named() -> None:
    graph = Projection()
    with pytest.raises(GraphError, match="spaceship"):
        graph.add_nodes(["spaceship:1"])
    with pytest.raises(GraphError, match="loves"):
        graph.add([fact("case:1", "hazard:1", "loves")])
    with pytest.raises(GraphError, match="loves"):
        relation_flags(["loves"])
    with pytest.raises(GraphError, match="hazard:9"):
        graph.node("hazard:9")
