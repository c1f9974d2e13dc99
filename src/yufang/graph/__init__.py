"""Risk graph: what can hurt whom through what, each fact with its provenance, support, confidence and validity."""

from yufang.graph.linking import Link, Linker, link
from yufang.graph.model import Edge, GraphError, Node, node_of
from yufang.graph.risk_graph import RiskGraph

__all__ = ["Edge", "GraphError", "Link", "Linker", "Node", "RiskGraph", "link", "node_of"]
