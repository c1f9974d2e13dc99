"""Decision tables: read, edited, tried, published."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.decisions import actions, queries
from yufang.server.decisions.contracts import CheckOut, Desk, DocumentIn, TrialOut, VersionDetail, VersionRow
from yufang.server.errors import Problem, Refused

router = Router(tags=["decisions"])
DMN = "application/xml; charset=utf-8"


class DraftIn(Schema):
    based_on: int | None = None
    note: str = Field("", max_length=2000)


class SaveIn(Schema):
    sha256: str = Field(max_length=64)
    note: str = Field("", max_length=2000)
    document: DocumentIn


class CheckIn(Schema):
    version_id: int | None = None
    document: DocumentIn


class ReasonIn(Schema):
    reason: str = Field(min_length=1, max_length=2000)


@router.get("/decisions", response=Desk)
def desk(request: HttpRequest) -> Desk:
    """The tables of one's organisation."""
    return queries.desk(actor(request))


@router.get("/decisions/shipped", response=VersionDetail)
def shipped(request: HttpRequest) -> VersionDetail:
    """The table that ships with the platform."""
    actor(request)
    return queries.shipped()


@router.get("/decisions/shipped/dmn")
def shipped_dmn(request: HttpRequest) -> HttpResponse:
    """The table that ships, as a DMN file."""
    actor(request)
    return _file(*queries.xml(None))


@router.post("/decisions/check", response={200: CheckOut, 422: Problem})
def check(request: HttpRequest, body: CheckIn) -> CheckOut:
    """Overlaps, gaps and faults of a table that was not saved; nothing is written."""
    actor(request)
    return queries.check(body.version_id, body.document)


@router.post("/decisions/dmn", response={200: None, 422: Problem})
def dmn(request: HttpRequest, body: CheckIn) -> HttpResponse:
    """The DMN file of a table that was not saved; nothing is written."""
    actor(request)
    return _file("tiers.dmn", queries.written(body.version_id, body.document))


@router.post("/decisions/drafts", response={200: VersionRow, 409: Problem})
def open_draft(request: HttpRequest, body: DraftIn) -> VersionRow:
    """Open a draft (permission decisions.edit)."""
    return actions.open_draft(actor(request, "decisions.edit"), body.based_on, body.note)


@router.post("/decisions/import", response={200: VersionRow, 409: Problem, 413: Problem, 422: Problem})
def import_draft(request: HttpRequest, note: str = "") -> VersionRow:
    """Open a draft from a DMN 1.3 file sent as the body (permission decisions.edit)."""
    acting_user = actor(request, "decisions.edit")
    return actions.import_draft(acting_user, _body(request), note[:2000])


@router.get("/decisions/trials/{trial_id}", response=TrialOut)
def trial(request: HttpRequest, trial_id: int) -> TrialOut:
    """One trial."""
    actor(request)
    return queries.trial(trial_id)


@router.post("/decisions/roll-back", response={200: VersionRow | None, 409: Problem})
def roll_back(request: HttpRequest, body: ReasonIn) -> VersionRow | None:
    """Return to the version at work before (permission decisions.publish)."""
    return actions.roll_back(actor(request, "decisions.publish"), body.reason)


@router.get("/decisions/{version_id}", response=VersionDetail)
def version(request: HttpRequest, version_id: int) -> VersionDetail:
    """One version with its newest trial."""
    return queries.version(actor(request), version_id)


@router.get("/decisions/{version_id}/dmn")
def version_dmn(request: HttpRequest, version_id: int) -> HttpResponse:
    """One version as a DMN file."""
    actor(request)
    return _file(*queries.xml(version_id))


@router.put("/decisions/{version_id}", response={200: VersionRow, 409: Problem, 422: Problem})
def save(request: HttpRequest, version_id: int, body: SaveIn) -> VersionRow:
    """Save a draft (permission decisions.edit)."""
    acting_user = actor(request, "decisions.edit")
    return actions.save_draft(acting_user, version_id, body.sha256, body.document, body.note)


@router.post("/decisions/{version_id}/put-away", response={200: VersionRow, 409: Problem})
def put_away(request: HttpRequest, version_id: int) -> VersionRow:
    """Retire a draft (permission decisions.edit)."""
    return actions.put_away(actor(request, "decisions.edit"), version_id)


@router.post("/decisions/{version_id}/trials", response={200: TrialOut, 409: Problem, 422: Problem})
def ask_trial(request: HttpRequest, version_id: int) -> TrialOut:
    """Try a draft on the last 90 days in the background (permission decisions.edit)."""
    return actions.ask_trial(actor(request, "decisions.edit"), version_id)


@router.post("/decisions/{version_id}/publish", response={200: VersionRow, 409: Problem, 422: Problem})
def publish(request: HttpRequest, version_id: int, body: ReasonIn) -> VersionRow:
    """Put a draft to work (permission decisions.publish)."""
    return actions.publish(actor(request, "decisions.publish"), version_id, body.reason)


def _body(request: HttpRequest) -> bytes:
    from yufang.warning.tables.dmn import MOST_BYTES

    size = int(request.headers.get("Content-Length") or 0)
    if size > MOST_BYTES:
        raise Refused(
            413,
            "too_large",
            f"文件有 {size / 1e6:.1f} MB,上限为 {MOST_BYTES // 1_000_000} MB;请检查是否选错了文件。",
            f"The file has {size / 1e6:.1f} MB, {MOST_BYTES // 1_000_000} MB are allowed; "
            "check that it is the right file.",
        )
    return request.body


def _file(name: str, content: str) -> HttpResponse:
    return HttpResponse(content, content_type=DMN, headers={"Content-Disposition": f'attachment; filename="{name}"'})
