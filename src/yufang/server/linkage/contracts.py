"""What leaves the room."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from yufang.server.errors import Contract

State = Literal["desk", "accepted", "same", "different"]


class PairRow(Contract):
    """Two records that may be one, as the queue shows them."""

    id: int
    kind: str
    left_name: str
    right_name: str
    left_source: str
    right_source: str
    probability: float
    gain: float
    state: State


class PairPage(Contract):
    total: int
    page: int
    size: int
    items: list[PairRow]


class FieldPair(Contract):
    """A field of both records and what it says: `bits` > 0 speaks for one thing, < 0 for two."""

    field: str
    field_zh: str
    field_en: str
    left: str
    right: str
    differs: bool
    level_zh: str
    level_en: str
    bits: float


class PairDecisionOut(Contract):
    same: bool
    note: str
    by: str
    by_en: str
    at: datetime
    ledger_index: int


class PairDetail(Contract):
    id: int
    kind: str
    state: State
    probability: float
    weight: float
    prior_bits: float
    gain: float
    left_key: str
    right_key: str
    left_source: str
    right_source: str
    left_cluster: str
    right_cluster: str
    left_size: int
    right_size: int
    fields: list[FieldPair]
    decisions: list[PairDecisionOut]
    model_version: str
    synthetic: bool


class ClusterMemberOut(Contract):
    key: str
    name: str
    source: str


class ClusterChangeOut(Contract):
    at: datetime
    event: str
    from_ids: list[str]
    to_ids: list[str]
    records: int
    reason: str
    by: str | None
    by_en: str | None


class ClusterOut(Contract):
    """A cluster's members and history, newest first."""

    key: str
    kind: str
    members: list[ClusterMemberOut]
    changes: list[ClusterChangeOut]


class QueueCounts(Contract):
    """Pairs by state."""

    desk: int
    accepted: int
    same: int
    different: int
    clusters: int
    records: int
    synthetic: bool
