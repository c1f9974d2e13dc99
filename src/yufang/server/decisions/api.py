"""Decision tables: read, edited, tried, published."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.decisions import actions, queries
from yufang.server.decisions.contracts import (
    DecisionDesk,
    DecisionDocumentIn,
    TableCheck,
    TableTrialOut,
    TableVersionDetail,
    TableVersionRow,
)
from yufang.server.errors import Problem, Refused

router = Router(tags=["decisions"])
DMN = "application/xml; charset=utf-8"


class TableDraftIn(Schema):
    based_on: int | None = None
    note: str = Field("", max_length=2000)


class TableSaveIn(Schema):
    sha256: str = Field(max_length=64)
    note: str = Field("", max_length=2000)
    document: DecisionDocumentIn


class TableCheckIn(Schema):
    version_id: int | None = None
    document: DecisionDocumentIn


class TableReasonIn(Schema):
    reason: str = Field(min_length=1, max_length=2000)


@router.get("/decisions", response=DecisionDesk)
def desk(request: HttpRequest) -> DecisionDesk:
    """The tables of one's organisation."""
    return queries.desk(actor(request))


@router.get("/decisions/shipped", response=TableVersionDetail)
def shipped(request: HttpRequest) -> TableVersionDetail:
    """The table that ships with the platform."""
    actor(request)
    return queries.shipped()


@router.get("/decisions/shipped/dmn")
def shipped_dmn(request: HttpRequest) -> HttpResponse:
    """The table that ships, as a DMN file."""
    actor(request)
    return _file(*queries.xml(None))


@router.post("/decisions/check", response={200: TableCheck, 422: Problem})
def check(request: HttpRequest, body: TableCheckIn) -> TableCheck:
    """Overlaps, gaps and faults of a table that was not saved; nothing is written."""
    actor(request)
    return queries.check(body.version_id, body.document)


@router.post("/decisions/dmn", response={200: None, 422: Problem})
def dmn(request: HttpRequest, body: TableCheckIn) -> HttpResponse:
    """The DMN file of a table that was not saved; nothing is written."""
    actor(request)
    return _file("tiers.dmn", queries.written(body.version_id, body.document))


@router.post("/decisions/drafts", response={200: TableVersionRow, 409: Problem})
def open_draft(request: HttpRequest, body: TableDraftIn) -> TableVersionRow:
    """Open a draft (permission decisions.edit)."""
    return actions.open_draft(actor(request, "decisions.edit"), body.based_on, body.note)


@router.post("/decisions/import", response={200: TableVersionRow, 409: Problem, 413: Problem, 422: Problem})
def import_draft(request: HttpRequest, file: File[UploadedFile]) -> TableVersionRow:
    """Open a draft from a DMN 1.3 file (permission decisions.edit)."""
    acting_user = actor(request, "decisions.edit")
    return actions.import_draft(acting_user, _content(file), (file.name or "")[:200])


@router.get("/decisions/trials/{trial_id}", response=TableTrialOut)
def trial(request: HttpRequest, trial_id: int) -> TableTrialOut:
    """One trial."""
    actor(request)
    return queries.trial(trial_id)


@router.post("/decisions/roll-back", response={200: TableVersionRow | None, 409: Problem})
def roll_back(request: HttpRequest, body: TableReasonIn) -> TableVersionRow | None:
    """Return to the version at work before (permission decisions.publish)."""
    return actions.roll_back(actor(request, "decisions.publish"), body.reason)


@router.get("/decisions/{version_id}", response=TableVersionDetail)
def version(request: HttpRequest, version_id: int) -> TableVersionDetail:
    """One version with its newest trial."""
    return queries.version(actor(request), version_id)


@router.get("/decisions/{version_id}/dmn")
def version_dmn(request: HttpRequest, version_id: int) -> HttpResponse:
    """One version as a DMN file."""
    actor(request)
    return _file(*queries.xml(version_id))


@router.post("/decisions/{version_id}/save", response={200: TableVersionRow, 409: Problem, 422: Problem})
def save(request: HttpRequest, version_id: int, body: TableSaveIn) -> TableVersionRow:
    """Save a draft (permission decisions.edit)."""
    acting_user = actor(request, "decisions.edit")
    return actions.save_draft(acting_user, version_id, body.sha256, body.document, body.note)


@router.post("/decisions/{version_id}/put-away", response={200: TableVersionRow, 409: Problem})
def put_away(request: HttpRequest, version_id: int) -> TableVersionRow:
    """Retire a draft (permission decisions.edit)."""
    return actions.put_away(actor(request, "decisions.edit"), version_id)


@router.post("/decisions/{version_id}/trials", response={200: TableTrialOut, 409: Problem, 422: Problem})
def ask_trial(request: HttpRequest, version_id: int) -> TableTrialOut:
    """Try a draft on the last 90 days in the background (permission decisions.edit)."""
    return actions.ask_trial(actor(request, "decisions.edit"), version_id)


@router.post("/decisions/{version_id}/publish", response={200: TableVersionRow, 409: Problem, 422: Problem})
def publish(request: HttpRequest, version_id: int, body: TableReasonIn) -> TableVersionRow:
    """Put a draft to work (permission decisions.publish)."""
    return actions.publish(actor(request, "decisions.publish"), version_id, body.reason)


def _content(file: UploadedFile) -> bytes:
    from yufang.warning.tables.dmn import MOST_BYTES

    size = file.size or 0
    if size > MOST_BYTES:
        raise Refused(
            413,
            "too_large",
            f"文件有 {size / 1e6:.1f} MB，上限为 {MOST_BYTES // 1_000_000} MB；请检查是否选错了文件。",
            f"The file has {size / 1e6:.1f} MB, {MOST_BYTES // 1_000_000} MB are allowed; "
            "check that it is the right file.",
        )
    return bytes(file.read())


def _file(name: str, content: str) -> HttpResponse:
    return HttpResponse(content, content_type=DMN, headers={"Content-Disposition": f'attachment; filename="{name}"'})
