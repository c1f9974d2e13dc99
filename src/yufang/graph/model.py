"""Nodes and edges of the risk graph: typed, with provenance, support, confidence and validity on every edge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

NodeKind = Literal[
    "industry",
    "equipment",
    "part",
    "task",
    "material",
    "hazard",
    "cause",
    "accident_type",
    "injury",
    "measure",
    "clause",
    "signal",
]
Relation = Literal[
    "uses",  # industry → equipment
    "runs",  # industry → task
    "handles",  # industry → material
    "has_part",  # equipment → part
    "exposes_to",  # equipment, part, task, material → hazard
    "leads_to",  # cause → hazard
    "results_in",  # hazard → accident type
    "suffers",  # industry, equipment → accident type
    "injures",  # accident type → injury
    "controlled_by",  # hazard → measure
    "governed_by",  # hazard → clause
    "cited_for",  # clause → hazard: what records of this clause describe
    "found_in",  # industry → hazard or clause: found there on site
    "found_with",  # clause → clause: found at the same visit
    "watched_by",  # hazard → signal
]
Origin = Literal["pack", "case", "record", "link"]
KINDS: tuple[str, ...] = get_args(NodeKind)
MAX_PROVENANCE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A thing of the risk world. `id` is `<kind>:<key>`; `detail_zh` says more where one line is not enough."""

    id: str
    kind: str
    label_zh: str
    label_en: str
    detail_zh: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A typed fact. `provenance` holds at most `MAX_PROVENANCE` ids of the `support` rows, cases or records.


    `confidence` in [0, 1]: 1 for a curated pack row; for facts drawn from n records, the mean confidence of their
    links times n / (n + 1). Valid on `valid_from` ≤ day ≤ `valid_to`; None is open.
    """

    source: str
    relation: str
    target: str
    origin: str
    provenance: tuple[str, ...]
    support: int
    confidence: float
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, at: date | None) -> bool:
        """Whether the fact is valid on `at` (None: at any time)."""
        if at is None:
            return True
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at <= self.valid_to)


class GraphError(ValueError):
    """A node that is asked for does not exist, or a stored graph cannot be read."""


def node_of(key: str) -> str:
    """Graph node of a hazard point's key: `<pack>/<row>`, `article/<article>` or `injury/<facet>/<code>`."""
    head, _, rest = key.partition("/")
    if head == "article":
        return f"clause:{rest}"
    if head == "injury":
        return f"injury:{rest}"
    return f"hazard:{key}"
