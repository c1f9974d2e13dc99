"""The visit on site and the rates of verification."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field

from yufang.server.accounts.session import actor
from yufang.server.deduction import actions
from yufang.server.deduction.contracts import AnswerOut, PhotoOut, Result
from yufang.server.deduction.verification import photos, queries, rates, rounds
from yufang.server.deduction.verification.contracts import Dimension, RoundOrNone, RoundOut, VerifiedRates
from yufang.server.errors import Problem
from yufang.server.privacy import marks
from yufang.server.profiles.queries import today

router = Router(tags=["verification"])


class RoundIn(Schema):
    size: int = Field(5, ge=1, le=30)


class OnSiteIn(Schema):
    """`client_id` is made on the phone: the same answer may be sent again and is kept once."""

    client_id: UUID
    point_id: int
    result: Result
    note: str = Field("", max_length=2000)
    slot_id: int | None = None
    said_at: AwareDatetime | None = None


@router.get("/enterprises/{enterprise_id}/round", response=RoundOrNone)
def round_of_day(request: HttpRequest, enterprise_id: int) -> RoundOrNone:
    """Today's list of the enterprise's points, or none."""
    return queries.round_of_day(enterprise_id, today(), actor(request).person_id)


@router.post("/enterprises/{enterprise_id}/round", response={200: RoundOut, 409: Problem})
def draw_round(request: HttpRequest, enterprise_id: int, body: RoundIn) -> RoundOut:
    """Draw a list for today, or give the one that still has open places (permission deduction.answer)."""
    who = actor(request, "deduction.answer")
    return rounds.draw_round(who, enterprise_id, body.size, today())


@router.post("/verify/answers", response={200: AnswerOut, 201: AnswerOut, 409: Problem})
def answer(request: HttpRequest, body: OnSiteIn) -> Status[AnswerOut]:
    """Say what was found on site; sent twice it is kept once (permission deduction.answer)."""
    who = actor(request, "deduction.answer")
    kept, new = actions.answer_on_site(who, actions.OnSite(**body.model_dump()))
    return Status(201 if new else 200, kept)


@router.post("/verify/answers/{answer_client}/undo", response={200: AnswerOut, 409: Problem})
def undo(request: HttpRequest, answer_client: UUID) -> AnswerOut:
    """Take back an answer of one's own (permission deduction.answer)."""
    return actions.take_back(actor(request, "deduction.answer"), answer_client)


@router.post("/verify/answers/{answer_client}/photos", response={200: PhotoOut, 201: PhotoOut, 409: Problem})
def add_photo(request: HttpRequest, answer_client: UUID, file: File[UploadedFile]) -> Status[PhotoOut]:
    """Add a photo to an answer of one's own (permission deduction.answer)."""
    who = actor(request, "deduction.answer")
    kept, new = photos.add_photo(who, answer_client, file, file.size or 0)
    return Status(201 if new else 200, kept)


@router.get("/verify/photos/{photo_id}", response={200: bytes})
def photo(request: HttpRequest, photo_id: int) -> HttpResponse:
    """A photo as JPEG."""
    found = HttpResponse(photos.photo_bytes(photo_id), content_type="image/jpeg")
    found.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return found


@router.get("/verify/rates", response=VerifiedRates)
def verification_rates(
    request: HttpRequest, by: Dimension = "pack", since: date | None = None, until: date | None = None
) -> VerifiedRates:
    """Rates of verification; by inspector for those who may read the region."""
    actor(request, "region.read" if by == "inspector" else "")
    return rates.rates(by, since, until)


@router.get("/verify/rates.csv", response={200: str})
def verification_rates_csv(
    request: HttpRequest, by: Dimension = "pack", since: date | None = None, until: date | None = None
) -> HttpResponse:
    """The same as a CSV file (UTF-8 with a byte-order mark, so that spreadsheets read the Chinese). Where it names
    people, its first line says who took it out."""
    who = actor(request, "region.read" if by == "inspector" else "")
    mark = marks.line(who, timezone.now()) if by == "inspector" else ""
    text = rates.as_csv(rates.rates(by, since, until), mark)
    found = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    found.headers["Content-Disposition"] = f'attachment; filename="verification-{by}.csv"'
    return found
