"""The risk map and permits to work. Who sees an enterprise sees its map; permits are for `permits.manage`."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import AwareDatetime

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem
from yufang.server.paging import Page, Size, window
from yufang.server.riskmap import permit_queries, permits, queries
from yufang.server.riskmap.contracts import (
    PermitCloseIn,
    PermitExtendIn,
    PermitIn,
    PermitKind,
    PermitOut,
    PermitsPage,
    RiskExplained,
    RiskMapOut,
    RiskReplay,
)

router = Router(tags=["riskmap"])
_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


@router.get("/riskmap", response={200: RiskMapOut, 404: Problem, 422: Problem})
def risk_map(
    request: HttpRequest, enterprise_id: int, plan: int | None = None, at: AwareDatetime | None = None
) -> RiskMapOut:
    """The risk map of a plan, now or as it was: the level of every cell and area, the factors, what is unknown."""
    actor(request)
    return queries.risk_map(enterprise_id, timezone.now(), plan, at)


@router.get("/riskmap/cells/{cell}", response={200: RiskExplained, 404: Problem, 422: Problem})
def explain_cell(
    request: HttpRequest, cell: int, enterprise_id: int, plan: int | None = None, at: AwareDatetime | None = None
) -> RiskExplained:
    """Why a cell has its score: every factor with its share, and what is silent."""
    actor(request)
    return queries.explain_cell(enterprise_id, cell, timezone.now(), plan, at)


@router.get("/riskmap/areas/{area_id}", response={200: RiskExplained, 404: Problem, 422: Problem})
def explain_area(request: HttpRequest, area_id: int, at: AwareDatetime | None = None) -> RiskExplained:
    """Why an area has its score: that of its worst cell."""
    actor(request)
    return queries.explain_area(area_id, timezone.now(), at)


@router.get("/riskmap/replay", response={200: RiskReplay, 404: Problem, 422: Problem})
def replay(
    request: HttpRequest,
    enterprise_id: int,
    start: AwareDatetime,
    end: AwareDatetime,
    plan: int | None = None,
    step: Annotated[float, Query(30.0, ge=1, le=86_400)] = 30.0,
) -> RiskReplay:
    """The map of a past span, frame by frame, from what was shown then."""
    actor(request)
    return queries.replay(enterprise_id, timezone.now(), start, end, step, plan)


@router.get("/riskmap/permits", response={200: PermitsPage, 404: Problem})
def list_permits(
    request: HttpRequest, enterprise_id: int, page: Page, size: Size, open_only: bool = False
) -> PermitsPage:
    """Permits to work of an enterprise: those that ran out and aren't closed, that hold, that wait, that are closed."""
    actor(request)
    return permit_queries.permits(enterprise_id, window(page, size), timezone.now(), open_only=open_only)


@router.get("/riskmap/permits/kinds", response=list[PermitKind])
def permit_kinds(request: HttpRequest) -> list[PermitKind]:
    """The special works of GB 30871 that need a permit, with how long one may hold."""
    actor(request)
    return permit_queries.permit_kinds()


@router.post("/riskmap/permits", response={201: PermitOut, **_REFUSALS})
def open_permit(request: HttpRequest, body: PermitIn) -> Status[PermitOut]:
    """Issue a permit to work (permission permits.manage)."""
    now = timezone.now()
    return Status(201, permit_queries.permit(permits.open_permit(actor(request, "permits.manage"), body, now), now))


@router.post("/riskmap/permits/{permit_id}/extend", response={200: PermitOut, **_REFUSALS})
def extend_permit(request: HttpRequest, permit_id: int, body: PermitExtendIn) -> PermitOut:
    """Let a permit hold longer, within what the standard allows (permission permits.manage)."""
    now = timezone.now()
    permits.extend_permit(actor(request, "permits.manage"), permit_id, body.ends_at, now)
    return permit_queries.permit(permit_id, now)


@router.post("/riskmap/permits/{permit_id}/close", response={200: PermitOut, **_REFUSALS})
def close_permit(request: HttpRequest, permit_id: int, body: PermitCloseIn) -> PermitOut:
    """End a permit now (permission permits.manage)."""
    now = timezone.now()
    permits.close_permit(actor(request, "permits.manage"), permit_id, body.note, now)
    return permit_queries.permit(permit_id, now)
