"""The hazard desk."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from yufang.server.accounts.contracts import PersonOut
from yufang.server.accounts.session import actor
from yufang.server.errors import Problem, forbidden
from yufang.server.hazards import actions, board, detail, figures, linking, steps, supervision
from yufang.server.hazards.contracts import (
    HazardBoard,
    HazardDetail,
    HazardFigures,
    HazardKindOut,
    HazardMap,
    HazardPage,
    HazardPhotoOut,
    HazardRow,
    MajorCriterionOut,
)
from yufang.server.paging import Page, Size
from yufang.server.scope import Actor

router = Router(tags=["hazards"])
Note = Annotated[str, Field("", max_length=2000)]
STATE = Literal[
    "", "open", "opened", "assigned", "in_progress", "fixed", "checked", "confirmed", "refused", "closed"
]  # fmt: skip
LEVEL = Literal["", "low", "medium", "high", "major"]


class HazardFilter(Schema):
    """The filter of the desk; empty leaves a condition out."""

    state: STATE = ""
    kind: str = ""
    level: LEVEL = ""
    found_by: Literal["", "worker", "inspection", "deduction", "alert", "regulator"] = ""
    enterprise_id: int | None = None
    area_id: int | None = None
    mine: bool = False
    overdue: bool = False
    major: bool = False
    q: str = Field("", max_length=100)

    def wanted(self, who: Actor) -> board.Wanted:
        given = self.model_dump(exclude={"mine", "q"})
        if self.enterprise_id is None:
            given["enterprise_id"] = board.home_of(who.scope)
        return board.Wanted(**given, q=self.q.strip(), owner_id=who.person_id if self.mine else None)


class HazardOpenIn(Schema):
    enterprise_id: int
    area_id: int | None = None
    kind: str
    level: Literal["low", "medium", "high"] | None = None
    title_zh: str = Field(min_length=2, max_length=200)
    title_en: str = Field("", max_length=200)
    words: str = Field("", max_length=2000)


class HazardAssignIn(Schema):
    to: int
    note: Note
    days: int | None = Field(None, ge=1, le=steps.LONGEST_DAYS)


class HazardNoteIn(Schema):
    note: Note


class HazardCheckIn(Schema):
    passed: bool
    note: Note


class HazardSaysIn(Schema):
    done: bool
    note: Note


class HazardOpinionIn(Schema):
    of: int
    question: str = Field(min_length=1, max_length=2000)


class HazardOpinionGivenIn(Schema):
    agrees: bool
    words: Note


class HazardMajorIn(Schema):
    major: bool
    criterion: str = Field("", max_length=24)
    why: str = Field(max_length=2000)


class HazardLevelIn(Schema):
    level: Literal["low", "medium", "high"]


class HazardSpotIn(Schema):
    role: Literal["before", "after"] = "after"
    source: Literal["", "qr", "gps", "plan"] = ""
    x: float | None = Field(None, ge=0, le=1)
    y: float | None = Field(None, ge=0, le=1)
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    accuracy_m: float | None = Field(None, ge=0)


def _either(request: HttpRequest, *permissions: str) -> Actor:
    who = actor(request)
    if not any(who.may(p) for p in permissions):
        raise forbidden(permissions[0])
    return who


@router.get("/hazards", response=HazardPage)
def hazards(request: HttpRequest, page: Page, size: Size, given: Query[HazardFilter]) -> HazardPage:
    """Hazards under a filter; open ones by the date of their fix."""
    return board.page(given.wanted(actor(request)), page, size, timezone.now())


@router.get("/hazards/board", response=HazardBoard)
def hazard_board(request: HttpRequest, given: Query[HazardFilter]) -> HazardBoard:
    """The columns of the board with their most urgent cards."""
    return board.board(given.wanted(actor(request)), timezone.now())


@router.get("/hazards/map", response=HazardMap)
def hazard_map(request: HttpRequest, given: Query[HazardFilter]) -> HttpResponse:
    """Open hazards by place: by enterprise, or each by itself of one enterprise."""
    who = actor(request)
    found = board.map_of(given.wanted(who), timezone.now())
    # Written by pydantic itself: thousands of places would otherwise be checked and copied twice.
    return HttpResponse(found.model_dump_json(), content_type="application/json; charset=utf-8")


@router.get("/hazards/figures", response=HazardFigures)
def hazard_figures(
    request: HttpRequest,
    months: Annotated[int, Query(12, ge=1, le=60)],
    kind: str = "",
    level: LEVEL = "",
    enterprise_id: int | None = None,
    area_id: int | None = None,
) -> HazardFigures:
    """Response times, ageing, repeat offenders."""
    who = actor(request)
    if enterprise_id is None:
        enterprise_id = board.home_of(who.scope)
    return figures.figures(
        who.scope,
        timezone.now(),
        months=months,
        kind=kind,
        level=level,
        enterprise_id=enterprise_id,
        area_id=area_id,
    )


@router.get("/hazards/kinds", response=list[HazardKindOut])
def hazard_kinds(request: HttpRequest) -> list[HazardKindOut]:
    """Kinds of hazards."""
    return detail.kind_list()


@router.get("/hazards/criteria", response=list[MajorCriterionOut])
def hazard_criteria(request: HttpRequest, q: str = "") -> list[MajorCriterionOut]:
    """Criteria of major hazards in force today."""
    return detail.criteria(q)


@router.get("/hazards/photos/{photo_id}", response={200: bytes})
def hazard_photo(request: HttpRequest, photo_id: int) -> HttpResponse:
    """A photo as JPEG."""
    found = HttpResponse(detail.picture(photo_id), content_type="image/jpeg")
    found.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return found


@router.post("/hazards", response={201: HazardDetail})
def open_hazard(request: HttpRequest, body: HazardOpenIn) -> Status[HazardDetail]:
    """Enter a hazard at the desk (permission hazards.handle)."""
    who = actor(request, "hazards.handle")
    number = actions.open_hazard(
        who,
        organisation_id=body.enterprise_id,
        area_id=body.area_id,
        kind=body.kind,
        level=body.level,
        title_zh=body.title_zh,
        title_en=body.title_en,
        words=body.words,
        found_by="regulator" if who.may("hazards.supervise") else "inspection",
        at=timezone.now(),
    )
    return Status(201, detail.hazard(who, number, timezone.now()))


@router.post("/hazards/from-point/{point_id}", response={201: HazardRow, 409: Problem})
def open_from_point(request: HttpRequest, point_id: int) -> Status[HazardRow]:
    """Open a hazard for a point confirmed on site (permission hazards.handle)."""
    number = linking.open_from_point(actor(request, "hazards.handle"), point_id)
    return Status(201, board.row(number, timezone.now()))


@router.post("/hazards/from-warning/{warning_id}", response={201: HazardRow, 409: Problem})
def open_from_warning(request: HttpRequest, warning_id: int) -> Status[HazardRow]:
    """Open a hazard for an alert (permission hazards.handle)."""
    number = linking.open_from_warning(actor(request, "hazards.handle"), warning_id)
    return Status(201, board.row(number, timezone.now()))


@router.get("/hazards/{hazard_id}", response=HazardDetail)
def hazard(request: HttpRequest, hazard_id: int) -> HazardDetail:
    """One hazard with its story, photos, links and what one may do."""
    return detail.hazard(actor(request), hazard_id, timezone.now())


@router.get("/hazards/{hazard_id}/people", response=list[PersonOut])
def hazard_people(request: HttpRequest, hazard_id: int) -> list[PersonOut]:
    """Whom it can be given to."""
    return detail.people(actor(request), hazard_id)


@router.post("/hazards/{hazard_id}/assign", response={200: HazardDetail, 409: Problem})
def assign(request: HttpRequest, hazard_id: int, body: HazardAssignIn) -> HazardDetail:
    """Give it to whoever shall fix it, or hand it on (permission hazards.handle)."""
    who = actor(request, "hazards.handle")
    steps.assign(who, hazard_id, body.to, body.note, body.days)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/start", response={200: HazardDetail, 409: Problem})
def start(request: HttpRequest, hazard_id: int, body: HazardNoteIn) -> HazardDetail:
    """Begin with the fix (permission hazards.handle; its owner, the owner's team, or who checks)."""
    who = actor(request, "hazards.handle")
    steps.start(who, hazard_id, body.note)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/photos", response={200: HazardPhotoOut, 201: HazardPhotoOut, 409: Problem})
def add_photo(
    request: HttpRequest, hazard_id: int, file: File[UploadedFile], spot: Form[HazardSpotIn]
) -> Status[HazardPhotoOut]:
    """Add a photo of the hazard or of its fix (permission hazards.handle); sent twice it is kept once."""
    who = actor(request, "hazards.handle")
    place = spot.model_dump(exclude={"role"})
    kept, new = steps.add_photo(who, hazard_id, file, file.size or 0, place, spot.role)
    return Status(201 if new else 200, detail.photo_out(kept))


@router.post("/hazards/{hazard_id}/fix", response={200: HazardDetail, 409: Problem})
def fix(request: HttpRequest, hazard_id: int, body: HazardNoteIn) -> HazardDetail:
    """Say it is fixed, with at least one photo (permission hazards.handle)."""
    who = actor(request, "hazards.handle")
    steps.fix(who, hazard_id, body.note)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/check", response={200: HazardDetail, 409: Problem})
def check(request: HttpRequest, hazard_id: int, body: HazardCheckIn) -> HazardDetail:
    """Check somebody else's fix (permission hazards.check)."""
    who = actor(request, "hazards.check")
    steps.check(who, hazard_id, body.passed, body.note)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/refuse", response={200: HazardDetail, 409: Problem})
def refuse(request: HttpRequest, hazard_id: int, body: HazardNoteIn) -> HazardDetail:
    """Decide that it is not a hazard (permission hazards.check)."""
    who = actor(request, "hazards.check")
    steps.refuse(who, hazard_id, body.note)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/reporter", response={200: HazardDetail, 409: Problem})
def reporter_says(request: HttpRequest, hazard_id: int, body: HazardSaysIn) -> HazardDetail:
    """What the named reporter says of a fix or a refusal."""
    who = actor(request)
    actions.reporter_says(who, hazard_id, body.done, body.note, timezone.now())
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/reopen", response={200: HazardDetail, 409: Problem})
def reopen(request: HttpRequest, hazard_id: int, body: HazardNoteIn) -> HazardDetail:
    """Open a closed hazard again (permission hazards.check, or its reporter)."""
    who = actor(request)
    steps.reopen(who, hazard_id, body.note)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/opinions", response={200: HazardDetail, 409: Problem})
def ask_opinion(request: HttpRequest, hazard_id: int, body: HazardOpinionIn) -> HazardDetail:
    """Ask for a second opinion (permission hazards.handle)."""
    who = actor(request, "hazards.handle")
    steps.ask_opinion(who, hazard_id, body.of, body.question)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/opinion", response={200: HazardDetail, 409: Problem})
def give_opinion(request: HttpRequest, hazard_id: int, body: HazardOpinionGivenIn) -> HazardDetail:
    """Give the second opinion one was asked for."""
    who = actor(request)
    steps.give_opinion(who, hazard_id, body.agrees, body.words)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/level", response={200: HazardDetail, 409: Problem})
def set_level(request: HttpRequest, hazard_id: int, body: HazardLevelIn) -> HazardDetail:
    """Weigh it anew (permission hazards.check)."""
    who = actor(request, "hazards.check")
    steps.set_level(who, hazard_id, body.level)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/major", response={200: HazardDetail, 409: Problem})
def decide_major(request: HttpRequest, hazard_id: int, body: HazardMajorIn) -> HazardDetail:
    """Decide whether it is a major hazard (permission hazards.check; taking it back: hazards.supervise)."""
    who = _either(request, "hazards.check", "hazards.supervise")
    supervision.decide_major(who, hazard_id, body.major, body.criterion, body.why)
    return detail.hazard(who, hazard_id, timezone.now())


@router.post("/hazards/{hazard_id}/release", response={200: HazardDetail, 409: Problem})
def release(request: HttpRequest, hazard_id: int, body: HazardNoteIn) -> HazardDetail:
    """Take a fixed major hazard off supervision (permission hazards.supervise)."""
    who = actor(request, "hazards.supervise")
    supervision.release(who, hazard_id, body.note)
    return detail.hazard(who, hazard_id, timezone.now())
