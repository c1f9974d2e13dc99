"""What leaves the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.errors import Contract

State = Literal["waiting", "accepted", "refused"]
Factor = Literal["human", "machine", "material", "method", "environment"]


class NodeOut(Contract):
    """A node. `factor` is "" for incidents, trades and cases."""

    id: str
    kind: str
    label_zh: str
    label_en: str
    detail_zh: str
    factor: str


class SpotOut(NodeOut):
    """A node of a circle: how far from the start, how close (0, 1]."""

    hops: int
    score: float


class FactOut(Contract):
    source: str
    relation: str
    target: str
    origin: str
    curated: bool
    support: int
    confidence: float
    provenance: list[str]
    valid_from: date | None
    valid_to: date | None


class CircleOut(Contract):
    """What stands around a start. `seeds`: ids of the nodes that the start spoke of; `reached`: how many there are."""

    seeds: list[str]
    nodes: list[SpotOut]
    facts: list[FactOut]
    reached: int


class ChainOut(Contract):
    nodes: list[NodeOut]
    beside: list[NodeOut]
    origin: str
    severity: str
    support: int
    lost_days: float
    deaths: int
    provenance: list[str]


class CaseRef(Contract):
    """A case that a fact or chain came from; `id` opens it at the case desk."""

    key: str
    id: int | None
    on: date | None
    text: str


class NodeDetail(Contract):
    """A node with its facts, the nodes at their other ends, chains, cases and clauses."""

    node: NodeOut
    facts: list[FactOut]
    facts_in_all: int
    others: list[NodeOut]
    chains: list[ChainOut]
    chains_in_all: int
    cases: list[CaseRef]
    clauses: list[NodeOut]


class WayOut(Contract):
    """A path to harm. `shown`: cases that showed it as one whole chain."""

    nodes: list[NodeOut]
    facts: list[FactOut]
    support: int
    confidence: float
    shown: int
    lost_days: float
    cases: list[str]


class BondOut(Contract):
    """What binds two nodes: ways that share no inner node, the strongest first."""

    ways: list[list[NodeOut]]
    facts: list[FactOut]


class CutOut(Contract):
    """What measures would cut, and what goes another way between the same ends."""

    controls: list[NodeOut]
    chains: list[ChainOut]
    cut: int
    cases: int
    lost_days: float
    deaths: int
    severity: dict[str, int]
    left: int
    left_cases: int


class SummaryOut(Contract):
    nodes: int
    facts: int
    chains: int
    waiting: int
    kinds: dict[str, int]
    synthetic: bool


class WordOut(Contract):
    accepted: bool
    reason: str
    by: str
    by_en: str
    at: datetime
    ledger_index: int


class CandidateOut(Contract):
    id: int
    source: NodeOut
    relation: str
    target: NodeOut
    shown: int
    units: int
    lift: float
    lift_low: float
    confidence: float
    basis: Literal["case", "record"]
    provenance: list[str]
    state: State
    words: list[WordOut]


class CandidatePage(Contract):
    total: int
    page: int
    size: int
    items: list[CandidateOut]
