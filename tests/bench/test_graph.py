"""The bench of the graph: all sides reach the same nodes, and new facts rebuild nothing."""

from __future__ import annotations

from pathlib import Path

from yufang.bench import graph


def test_every_side_answers_and_new_facts_cost_no_rebuild() -> None:
    found = graph.run(Path(), None, seed=3, facts=20_000)  # raises where a peer reaches other nodes
    assert found["facts"] == 20_000
    assert found["rebuilt_for_them"] == 0
    assert found["new_facts"] == graph.NEW
    assert set(found["peers"]) == {"sqlite", "rustworkx"}
