"""The warning centre."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem
from yufang.server.paging import Page, Size
from yufang.server.profiles.queries import today
from yufang.server.warning import actions, queries
from yufang.server.warning.contracts import WarningDetail, WarningPage, WarningRow

router = Router(tags=["warning"])


class NoteIn(Schema):
    note: str = Field("", max_length=2000)


class HandOnIn(Schema):
    to: int
    note: str = Field("", max_length=2000)


@router.get("/warnings", response=WarningPage)
def warnings(
    request: HttpRequest,
    page: Page,
    size: Size,
    tier: Literal["", "high", "medium", "low"] = "",
    state: Literal["", "open", "raised", "acknowledged", "handed_on", "resolved"] = "",
    enterprise_id: int | None = None,
    q: str = "",
) -> WarningPage:
    """Warnings, the gravest and most urgent first; `state=open` leaves resolved ones out."""
    return queries.warning_page(
        tier=tier, state=state, enterprise_id=enterprise_id, q=q.strip(), page=page, size=size, today=today()
    )


@router.get("/warnings/{warning_id}", response=WarningDetail)
def warning(request: HttpRequest, warning_id: int) -> WarningDetail:
    """One warning with reasons, measures and history."""
    return queries.warning(warning_id, today())


@router.post("/warnings/{warning_id}/acknowledge", response={200: WarningRow, 409: Problem})
def acknowledge(request: HttpRequest, warning_id: int, body: NoteIn) -> WarningRow:
    """Take it on (permission warning.acknowledge)."""
    actions.acknowledge(actor(request, "warning.acknowledge"), warning_id, body.note)
    return queries.row(warning_id, today())


@router.post("/warnings/{warning_id}/hand-on", response={200: WarningRow, 409: Problem})
def hand_on(request: HttpRequest, warning_id: int, body: HandOnIn) -> WarningRow:
    """Hand it to someone else (permission warning.hand_on)."""
    actions.hand_on(actor(request, "warning.hand_on"), warning_id, body.to, body.note)
    return queries.row(warning_id, today())


@router.post("/warnings/{warning_id}/resolve", response={200: WarningRow, 409: Problem})
def resolve(request: HttpRequest, warning_id: int, body: NoteIn) -> WarningRow:
    """Close it (permission warning.acknowledge)."""
    actions.resolve(actor(request, "warning.acknowledge"), warning_id, body.note)
    return queries.row(warning_id, today())
