"""The warning centre."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from yufang.server.accounts.session import actor
from yufang.server.errors import Contract, Problem
from yufang.server.paging import Page, Size
from yufang.server.profiles.queries import today
from yufang.server.warning import actions, mutes, observing, queries
from yufang.server.warning.contracts import Counts, MuteOut, WarningDetail, WarningPage, WarningRow

router = Router(tags=["warning"])


class NoteIn(Schema):
    note: str = Field("", max_length=2000)


class HandOnIn(Schema):
    to: int
    note: str = Field("", max_length=2000)


class SnoozeIn(Schema):
    until: AwareDatetime
    note: str = Field(max_length=2000)


class MuteIn(Schema):
    organisation_id: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str = Field(max_length=2000)
    rule: str = Field("", max_length=80)
    subject_key: str = Field("", max_length=160)
    area_id: int | None = None


class FactsIn(Schema):
    organisation_id: int
    rule: str = Field(max_length=80)
    subject_key: str = Field(min_length=1, max_length=160)
    facts: dict[str, bool | float | str] = Field(min_length=1, max_length=40)
    at: AwareDatetime
    area_id: int | None = None


class HeardOut(Contract):
    """The alert that is open for the rule and subject; null: all quiet."""

    warning_id: int | None


@router.get("/warnings", response=WarningPage)
def warnings(
    request: HttpRequest,
    page: Page,
    size: Size,
    tier: Literal["", "high", "medium", "low"] = "",
    state: Literal[
        "", "open", "raised", "acknowledged", "handed_on", "escalated", "downgraded", "resolved", "closed"
    ] = "",
    enterprise_id: int | None = None,
    q: str = "",
) -> WarningPage:
    """Warnings, the gravest and most urgent first; `state=open` leaves resolved and closed ones out."""
    return queries.warning_page(
        tier=tier, state=state, enterprise_id=enterprise_id, q=q.strip(), page=page, size=size, today=today()
    )


@router.get("/warnings/counts", response=Counts)
def counts(request: HttpRequest, enterprise_id: int | None = None) -> Counts:
    """How many warnings there are, by tier (open ones) and by state."""
    return queries.counts(enterprise_id)


@router.get("/warnings/mutes", response=list[MuteOut])
def mute_windows(request: HttpRequest, enterprise_id: int | None = None) -> list[MuteOut]:
    """Mute windows that are open or to come."""
    return queries.mute_windows(enterprise_id)


@router.post("/warnings/mutes", response={200: MuteOut, 422: Problem})
def mute(request: HttpRequest, body: MuteIn) -> MuteOut:
    """Open a mute window with its reason and end (permission warning.mute)."""
    wanted = mutes.Muting(**body.dict())
    return queries.mute_window(mutes.mute(actor(request, "warning.mute"), wanted, timezone.now()))


@router.post("/warnings/mutes/{mute_id}/lift", response={200: MuteOut, 409: Problem})
def lift(request: HttpRequest, mute_id: int) -> MuteOut:
    """End a mute window before its time (permission warning.mute)."""
    mutes.lift(actor(request, "warning.mute"), mute_id, timezone.now())
    return queries.mute_window(mute_id)


@router.post("/warnings/facts", response={200: HeardOut, 422: Problem})
def facts(request: HttpRequest, body: FactsIn) -> HeardOut:
    """Facts for a signal rule, from a gateway or another system (permission warning.observe)."""
    seen = observing.Observation(**body.dict())
    return HeardOut(warning_id=observing.observe(actor(request, "warning.observe"), seen, timezone.now()))


@router.get("/warnings/{warning_id}", response=WarningDetail)
def warning(request: HttpRequest, warning_id: int) -> WarningDetail:
    """One warning with reasons, measures, what may be done with it, and history."""
    return queries.warning(warning_id, today(), actor(request))


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
    """Say that it is dealt with, and how (permission warning.acknowledge)."""
    actions.resolve(actor(request, "warning.acknowledge"), warning_id, body.note)
    return queries.row(warning_id, today())


@router.post("/warnings/{warning_id}/close", response={200: WarningRow, 409: Problem, 422: Problem})
def close(request: HttpRequest, warning_id: int, body: NoteIn) -> WarningRow:
    """Close it for good, with a reason (permission warning.acknowledge)."""
    actions.close(actor(request, "warning.acknowledge"), warning_id, body.note)
    return queries.row(warning_id, today())


@router.post("/warnings/{warning_id}/snooze", response={200: WarningRow, 409: Problem, 422: Problem})
def snooze(request: HttpRequest, warning_id: int, body: SnoozeIn) -> WarningRow:
    """Stop countdown and messages for a while, with a reason (permission warning.acknowledge)."""
    actions.snooze(actor(request, "warning.acknowledge"), warning_id, body.until, body.note)
    return queries.row(warning_id, today())


@router.post("/warnings/{warning_id}/wake", response={200: WarningRow, 409: Problem})
def wake(request: HttpRequest, warning_id: int, body: NoteIn) -> WarningRow:
    """End a snooze before its time (permission warning.acknowledge)."""
    actions.wake(actor(request, "warning.acknowledge"), warning_id, body.note)
    return queries.row(warning_id, today())
