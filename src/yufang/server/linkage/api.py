"""The linkage desk."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem
from yufang.server.linkage import actions, queries
from yufang.server.linkage.contracts import ClusterOut, PairDetail, PairPage, QueueCounts
from yufang.server.paging import Page, Size

router = Router(tags=["linkage"])
DECIDE = "linkage.decide"
Kind = Literal["employers", "persons"]


class WordIn(Schema):
    same: bool
    note: str = Field("", max_length=2000)


@router.get("/linkage/pairs", response=PairPage)
def pair_page(
    request: HttpRequest,
    page: Page,
    size: Size,
    kind: Kind = "employers",
    state: Literal["", "desk", "accepted", "same", "different"] = "desk",
    q: str = "",
) -> PairPage:
    """Pairs by state; `state=desk` is the queue, most useful first (permission linkage.decide)."""
    actor(request, DECIDE)
    return queries.pair_page(kind=kind, state=state, q=q.strip(), page=page, size=size)


@router.get("/linkage/counts", response=QueueCounts)
def counts(request: HttpRequest, kind: Kind = "employers") -> QueueCounts:
    """Pairs by state, clusters and records (permission linkage.decide)."""
    actor(request, DECIDE)
    return queries.counts(kind)


@router.get("/linkage/pairs/{pair_id}", response=PairDetail)
def pair(request: HttpRequest, pair_id: int) -> PairDetail:
    """Both records and what each field says (permission linkage.decide)."""
    actor(request, DECIDE)
    return queries.pair(pair_id)


@router.post("/linkage/pairs/{pair_id}/words", response={200: PairDetail, 409: Problem})
def decide(request: HttpRequest, pair_id: int, body: WordIn) -> PairDetail:
    """One or two: a person's word, kept for ever (permission linkage.decide)."""
    return actions.decide(actor(request, DECIDE), pair_id, body.same, body.note)


@router.get("/linkage/clusters/{key}", response=ClusterOut)
def cluster(request: HttpRequest, key: str) -> ClusterOut:
    """Members and history of a cluster (permission linkage.decide)."""
    actor(request, DECIDE)
    return queries.cluster(key)
