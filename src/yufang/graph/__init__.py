"""Risk graph: what can hurt whom through what, each fact with its provenance, support, confidence and validity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yufang.later import later

if TYPE_CHECKING:
    from yufang.graph.hierarchy import GraphCycle
    from yufang.graph.induce import Candidate
    from yufang.graph.knowledge import Knowledge
    from yufang.graph.linking import Link, Linker, link
    from yufang.graph.model import Chain, Edge, GraphError, Node, factor_of, node_of
    from yufang.graph.risk_graph import RiskGraph

__all__ = [
    "Candidate",
    "Chain",
    "Edge",
    "GraphCycle",
    "GraphError",
    "Knowledge",
    "Link",
    "Linker",
    "Node",
    "RiskGraph",
    "factor_of",
    "link",
    "node_of",
]

__getattr__ = later(
    __name__,
    {
        "Candidate": "induce",
        "Chain": "model",
        "Edge": "model",
        "GraphCycle": "hierarchy",
        "GraphError": "model",
        "Knowledge": "knowledge",
        "Link": "linking",
        "Linker": "linking",
        "Node": "model",
        "RiskGraph": "risk_graph",
        "factor_of": "model",
        "link": "linking",
        "node_of": "model",
    },
)
