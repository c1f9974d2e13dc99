"""The graph's facts in the formats of other tools, and facts of a table taken in."""

from yufang.graph.exchange.graphml import write_graphml
from yufang.graph.exchange.neo4j import write_neo4j
from yufang.graph.exchange.table import Refusal, Taken, read_facts, write_facts
from yufang.graph.exchange.turtle import write_turtle

__all__ = ["Refusal", "Taken", "read_facts", "write_facts", "write_graphml", "write_neo4j", "write_turtle"]
