"""Data health: sources, owners, imports and audits."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.lake import actions, queries
from yufang.server.lake.contracts import HealthOverview, SourceDetail

router = Router(tags=["lake"])


class OwnerIn(Schema):
    owner: str = Field(max_length=80)


@router.get("/lake/health", response=HealthOverview)
def health(request: HttpRequest) -> HealthOverview:
    """The health of all data, source by source (permission region.read)."""
    actor(request, "region.read")
    return queries.overview()


@router.get("/lake/sources/{source_id}", response=SourceDetail)
def source(request: HttpRequest, source_id: int) -> SourceDetail:
    """One source: columns, broken rules, worst rows, imports, refused rows (permission region.read)."""
    actor(request, "region.read")
    return queries.source(source_id)


@router.post("/lake/sources/{source_id}/owner", response=SourceDetail)
def owner(request: HttpRequest, source_id: int, body: OwnerIn) -> SourceDetail:
    """Name who answers for a source's data (permission lake.manage)."""
    return actions.name_owner(actor(request, "lake.manage"), source_id, body.owner)
