"""The risk graph: explore, paths, links, cuts, candidates, export."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem
from yufang.server.graph import actions, queries
from yufang.server.graph.contracts import (
    BondOut,
    CandidateOut,
    CandidatePage,
    CircleOut,
    CutOut,
    Factor,
    NodeDetail,
    NodeOut,
    SummaryOut,
    WayOut,
)
from yufang.server.paging import Page, Size

router = Router(tags=["graph"])
READ, DECIDE = "region.read", "graph.decide"
Node = Annotated[str, Query(max_length=240)]
Some = Annotated[int, Query(20, ge=1, le=200)]


class CandidateIn(Schema):
    accepted: bool
    reason: str = Field(max_length=2000)


@router.get("/graph", response=SummaryOut)
def summary(request: HttpRequest) -> SummaryOut:
    """What the graph holds (permission region.read)."""
    actor(request, READ)
    return queries.summary()


@router.get("/graph/search", response=list[NodeOut])
def search(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=400)],
    kind: Annotated[list[str], Query()] = [],  # noqa: B006  # ninja reads the default and never changes it
    limit: Some = 20,
) -> list[NodeOut]:
    """Nodes that a text speaks of, and cases by their number (permission region.read)."""
    actor(request, READ)
    return queries.search(q.strip(), kind, limit)


@router.get("/graph/explore", response={200: CircleOut, 422: Problem})
def explore(
    request: HttpRequest,
    text: Annotated[str, Query("", max_length=400)] = "",
    node: Annotated[str, Query("", max_length=240)] = "",
    hops: Annotated[int, Query(2, ge=1, le=4)] = 2,
    factor: Annotated[list[Factor], Query()] = [],  # noqa: B006
    limit: Annotated[int, Query(60, ge=1, le=400)] = 60,
) -> CircleOut:
    """What stands around an incident's text or a node (permission region.read)."""
    actor(request, READ)
    return queries.explore(text=text.strip(), node=node, hops=hops, factors=list(factor), limit=limit)


@router.get("/graph/node", response={200: NodeDetail, 422: Problem})
def node(request: HttpRequest, id: Node) -> NodeDetail:
    """A node with its facts, chains, cases and clauses (permission region.read)."""
    actor(request, READ)
    return queries.detail(id)


@router.get("/graph/paths", response={200: list[WayOut], 422: Problem})
def paths(
    request: HttpRequest,
    start: Node,
    end: Annotated[str, Query("", max_length=240)] = "",
    legs: Annotated[int, Query(5, ge=1, le=8)] = 5,
    limit: Some = 20,
) -> list[WayOut]:
    """Ways from a node to a harm, or to any where `end` is left out (permission region.read)."""
    actor(request, READ)
    return queries.paths(start, end, legs, limit)


@router.get("/graph/links", response={200: BondOut, 422: Problem})
def links(request: HttpRequest, one: Node, other: Node, limit: Some = 5) -> BondOut:
    """What binds two cases or nodes (permission region.read)."""
    actor(request, READ)
    return queries.links(one, other, limit)


@router.get("/graph/cuts", response={200: CutOut, 422: Problem})
def cuts(request: HttpRequest, measure: Annotated[list[str], Query(min_length=1, max_length=20)]) -> CutOut:
    """What measures would cut (permission region.read)."""
    actor(request, READ)
    return queries.cuts(measure)


@router.get("/graph/candidates", response=CandidatePage)
def candidate_page(
    request: HttpRequest,
    page: Page,
    size: Size,
    state: Literal["", "waiting", "accepted", "refused"] = "waiting",
    q: Annotated[str, Query("", max_length=400)] = "",
) -> CandidatePage:
    """Candidate facts by state, those that data bind most first (permission region.read)."""
    actor(request, READ)
    return queries.candidate_page(state=state, q=q.strip(), page=page, size=size)


@router.post("/graph/candidates/{candidate_id}/words", response={200: CandidateOut, 422: Problem})
def decide(request: HttpRequest, candidate_id: int, body: CandidateIn) -> CandidateOut:
    """An expert's yes or no with the reason, kept for ever (permission graph.decide)."""
    return actions.decide(actor(request, DECIDE), candidate_id, body.accepted, body.reason)


@router.get("/graph/export", response={200: None})
def export(request: HttpRequest, format: Literal["graphml", "turtle", "neo4j", "csv"] = "graphml") -> HttpResponse:
    """The whole graph as a file (permission region.read)."""
    actor(request, READ)
    name, media, content = queries.export(format)
    answer = HttpResponse(content, content_type=media)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
