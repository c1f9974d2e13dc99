"""One's own privacy page, details of people on record, the overseer's pages.

Every route that shows somebody else's record writes that down where the person reads it.
"""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Status

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem, forbidden
from yufang.server.privacy import actions, queries
from yufang.server.privacy.contracts import (
    Accesses,
    DetailsIn,
    DetailsOut,
    ErasureDecisionIn,
    ErasureIn,
    ErasureOut,
    ExportIn,
    ExportOut,
    FindIn,
    FoundPerson,
    HoldIn,
    HoldOut,
    MyPrivacy,
    ReadDetailsIn,
    Retention,
)

router = Router(tags=["privacy"])
_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}
_Page = Annotated[int, Query(ge=1, le=10_000)]
_Size = Annotated[int, Query(ge=1, le=200)]


def _myself(request: HttpRequest) -> int:
    who = actor(request)
    if who.person_id is None:
        raise forbidden("oneself")
    return who.person_id


@router.get("/privacy/mine", response={200: MyPrivacy, 403: Problem})
def mine(request: HttpRequest) -> MyPrivacy:
    """What is kept of oneself, who looked, one's exports and requests."""
    _myself(request)
    return queries.mine(actor(request))


@router.get("/privacy/mine/accesses", response={200: Accesses, 403: Problem})
def my_accesses(request: HttpRequest, page: _Page = 1, size: _Size = 50) -> Accesses:
    """Who read one's own record, newest first."""
    return queries.own_accesses(_myself(request), page, size)


@router.post("/privacy/exports", response={202: ExportOut, **_REFUSALS})
def ask_export(request: HttpRequest, body: ExportIn) -> Status[ExportOut]:
    """Ask for a ZIP of all that is kept of oneself (of another: permission privacy.decide and a purpose)."""
    who = actor(request)
    made = actions.ask_export(who, body.person_id, body.purpose, timezone.now())
    return Status(202, queries.export(made, who.person_id))


@router.get("/privacy/exports/{export_id}", response={200: ExportOut, 404: Problem})
def export(request: HttpRequest, export_id: int) -> ExportOut:
    """Whether an export is ready."""
    return queries.export(export_id, actor(request).person_id)


@router.get("/privacy/exports/{export_id}/file", response={200: None, **_REFUSALS})
def export_file(request: HttpRequest, export_id: int) -> HttpResponse:
    """The ZIP: JSON, and pages in both languages."""
    content = actions.fetch_export(actor(request), export_id, timezone.now())
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="yufang-personal-data-{export_id}.zip"'
    answer["Cache-Control"] = "no-store"
    return answer


@router.post("/privacy/erasures", response={201: ErasureOut, **_REFUSALS})
def ask_erasure(request: HttpRequest, body: ErasureIn) -> Status[ErasureOut]:
    """Ask to be erased; a named person decides."""
    _myself(request)
    return Status(201, queries.erasure(actions.ask_erasure(actor(request), body.reason, timezone.now())))


@router.get("/privacy/erasures", response={200: list[ErasureOut], 403: Problem})
def erasures(request: HttpRequest, state: Annotated[str, Query(max_length=8)] = "") -> list[ErasureOut]:
    """Requests in scope (permission privacy.oversee)."""
    actor(request, "privacy.oversee")
    return queries.erasures(state)


@router.post("/privacy/erasures/{erasure_id}/decision", response={200: ErasureOut, **_REFUSALS})
def decide_erasure(request: HttpRequest, erasure_id: int, body: ErasureDecisionIn) -> ErasureOut:
    """Carry a request out or refuse it (permission privacy.decide)."""
    actions.decide_erasure(actor(request, "privacy.decide"), erasure_id, body.accept, body.answer, timezone.now())
    return queries.erasure(erasure_id)


@router.post("/privacy/people/{person_id}/reads", response={200: DetailsOut, **_REFUSALS})
def read_details(request: HttpRequest, person_id: int, body: ReadDetailsIn) -> DetailsOut:
    """Details of a person, for a purpose that the person reads (permission privacy.personal; one's own: none)."""
    return actions.read_details(actor(request), person_id, body.purpose, body.full)


@router.put("/privacy/people/{person_id}/details", response={200: DetailsOut, **_REFUSALS})
def put_details(request: HttpRequest, person_id: int, body: DetailsIn) -> DetailsOut:
    """Keep details of a person, sealed (permission privacy.personal; one's own: none)."""
    return actions.put_details(actor(request), person_id, body)


@router.post("/privacy/people/find", response={200: FoundPerson, **_REFUSALS})
def find(request: HttpRequest, body: FindIn) -> FoundPerson:
    """The person of an identity number (permission privacy.personal); on record."""
    return actions.find_by_identity(actor(request, "privacy.personal"), body.identity_number, body.purpose)


@router.get("/privacy/accesses", response={200: Accesses, 403: Problem})
def accesses(
    request: HttpRequest,
    of_person: int | None = None,
    what: Annotated[str, Query(max_length=30)] = "",
    page: _Page = 1,
    size: _Size = 50,
) -> Accesses:
    """Who read whose record, in scope (permission privacy.oversee)."""
    actor(request, "privacy.oversee")
    return queries.accesses(of_person, what, page, size)


@router.get("/privacy/holds", response={200: list[HoldOut], 403: Problem})
def holds(request: HttpRequest) -> list[HoldOut]:
    """Legal holds in scope (permission privacy.oversee)."""
    actor(request, "privacy.oversee")
    return queries.holds()


@router.post("/privacy/holds", response={201: list[HoldOut], **_REFUSALS})
def hold(request: HttpRequest, body: HoldIn) -> Status[list[HoldOut]]:
    """Stop erasure and retention of a person's records or of a record type (permission privacy.decide)."""
    actions.hold(actor(request, "privacy.decide"), body.person_id, body.record, body.reason, timezone.now())
    return Status(201, queries.holds())


@router.post("/privacy/holds/{hold_id}/lift", response={200: list[HoldOut], **_REFUSALS})
def lift(request: HttpRequest, hold_id: int) -> list[HoldOut]:
    """End a legal hold (permission privacy.decide)."""
    actions.lift_hold(actor(request, "privacy.decide"), hold_id, timezone.now())
    return queries.holds()


@router.get("/privacy/retention", response={200: Retention, 403: Problem})
def retention(request: HttpRequest) -> Retention:
    """How long what is kept, and what was let go (permission privacy.oversee)."""
    actor(request, "privacy.oversee")
    return queries.retention()
