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
    "place",
    "case",
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
    "is_a",  # a kind of the same sort → the more general one
    "involves",  # case → what its codes and words name
    "precedes",  # hazard or clause → accident type: found on site, and within a year somebody was hurt so
]
# `general`: the house's own facts of premises; `standard`: a code list's tree; `expert`: a candidate that a person
# said yes to; `import`: taken from a file.
Origin = Literal["pack", "case", "record", "link", "general", "standard", "expert", "import"]
CURATED = frozenset({"pack", "general", "standard", "expert", "import"})  # a person answers for these
KINDS: tuple[str, ...] = get_args(NodeKind)
RELATIONS: tuple[str, ...] = get_args(Relation)
ORIGINS: tuple[str, ...] = get_args(Origin)
CAUSAL = ("has_part", "exposes_to", "leads_to", "results_in", "suffers", "injures", "precedes", "is_a")
_SOURCES_OF_HARM = ("equipment", "part", "task", "material", "place")
# relation → (kinds it may leave, kinds it may enter); `is_a` joins two of one kind.
SIGNATURES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "uses": (("industry", "place"), ("equipment",)),
    "runs": (("industry", "place"), ("task",)),
    "handles": (("industry", "place"), ("material",)),
    "has_part": (("equipment", "place"), ("part",)),
    "exposes_to": (_SOURCES_OF_HARM, ("hazard",)),
    "leads_to": (("cause",), ("hazard", "accident_type")),
    "results_in": (("hazard",), ("accident_type",)),
    "suffers": (("industry", *_SOURCES_OF_HARM), ("accident_type",)),
    "injures": (("accident_type",), ("injury",)),
    "controlled_by": (("hazard", "cause"), ("measure",)),
    "governed_by": (("hazard", "cause"), ("clause",)),
    "cited_for": (("clause",), ("hazard",)),
    "found_in": (("industry",), ("hazard", "clause")),
    "found_with": (("clause", "hazard"), ("clause", "hazard")),
    "watched_by": (("hazard", "cause"), ("signal",)),
    "is_a": (KINDS, KINDS),
    "involves": (("case",), tuple(kind for kind in KINDS if kind != "case")),
    "precedes": (("hazard", "clause"), ("accident_type",)),
}
FACTORS = ("human", "machine", "material", "method", "environment")
_FACTOR_OF_KIND = {
    "equipment": "machine",
    "part": "machine",
    "signal": "machine",
    "material": "material",
    "task": "method",
    "measure": "method",
    "clause": "method",
    "place": "environment",
    "injury": "human",
}
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


def factor_of(node_id: str) -> str:
    """Which of the five factors a node belongs to; "" for incidents (hazard, accident type, case) and industries."""
    kind, _, key = node_id.partition(":")
    if kind == "cause":
        factor = key.partition("/")[0]
        return factor if factor in FACTORS else ""
    return _FACTOR_OF_KIND.get(kind, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A causal chain kept whole: `nodes` in order from what exposes to what was suffered.

    `beside` names what had to stand with it (causes, task, materials): a chain is a hyper-edge, and one that was seen
    says more than the pairs it is made of. `support` counts cases; 0 for a curated chain that no case has shown.
    `lost_days`: sum over its cases, a death counted as 6,000 days (GB 6441-1986 appendix B). `severity`: the pack
    row's word, "" where unknown.
    """

    nodes: tuple[str, ...]
    origin: str
    provenance: tuple[str, ...]
    beside: tuple[str, ...] = ()
    support: int = 0
    lost_days: float = 0.0
    deaths: int = 0
    severity: str = ""
    valid_from: date | None = None


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
