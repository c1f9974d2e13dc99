"""Reporting without an account, following by a code; and reports as those who deal with them read them.

The routes under `/report` need no sign-in. What they may touch is the enterprise of the place whose token, the report
whose id, or the code that the request carries: the actor that is made of it sees nothing else. A session is looked at
for one thing: in whose name a report is sent that is to be named.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem, Refused
from yufang.server.places import queries as places
from yufang.server.reports import actions, files, limits, queries
from yufang.server.reports.contracts import (
    ConfirmIn,
    Contact,
    Follow,
    OnPlanOut,
    PlaceOut,
    Receipt,
    ReportIn,
    ReportOut,
    SuggestIn,
    Suggestions,
)
from yufang.server.scope import Actor, scoped

router = Router(tags=["reports"])
_REFUSALS = {404: Problem, 409: Problem, 413: Problem, 422: Problem, 429: Problem}


def _reporter(path: str, person_id: int | None = None) -> Actor:
    """Who reports: nobody by name, unless they wish it; sees one enterprise."""
    return Actor(person_id=person_id, name="", organisation_id=None, scope=path, permissions=frozenset())


def _session_person(request: HttpRequest) -> Actor | None:
    found: Actor | None = getattr(request, "actor", None)
    return found


@router.get("/report/places/{token}", auth=None, response={200: PlaceOut, 404: Problem})
def place(request: HttpRequest, token: str) -> PlaceOut:
    """The place of a QR code."""
    person = _session_person(request)
    return queries.place_out(queries.place_of(token), person.name if person else None)


@router.get("/report/places/{token}/plan", auth=None, response={200: bytes, 404: Problem})
def place_plan(request: HttpRequest, token: str) -> HttpResponse:
    """The picture of the plan that the place is on."""
    found = queries.place_of(token)
    if found.plan is None:
        raise Refused(404, "no_plan", "该地点没有平面图。", "This place has no plan.")
    with scoped(_reporter(found.enterprise_path)):
        return _picture(places.plan_image(found.plan.id))


@router.get("/report/places/{token}/locate", auth=None, response={200: OnPlanOut, 404: Problem})
def locate(request: HttpRequest, token: str, lat: float, lon: float, accuracy_m: float = 0.0) -> OnPlanOut:
    """Where a fix lies on the plan of the place, with its uncertainty."""
    return queries.located(queries.place_of(token), lat, lon, accuracy_m)


@router.post("/report/suggest", auth=None, response={200: Suggestions, 404: Problem, 429: Problem})
def suggest(request: HttpRequest, body: SuggestIn) -> Suggestions:
    """What the words are probably about, and open hazards of the place that say the same."""
    found = queries.place_of(body.token)
    limits.SUGGESTIONS.take(found.area.id)
    return queries.suggestions(found, body.words)


@router.put("/report/reports/{client_id}", auth=None, response={200: Receipt, **_REFUSALS})
def put_report(request: HttpRequest, client_id: UUID, body: ReportIn) -> Receipt:
    """Send a report; its files follow. The same again is answered the same."""
    found = queries.place_of(body.token)
    person = _session_person(request) if body.named else None
    return actions.declare(
        _reporter(found.enterprise_path, person.person_id if person else None), found, client_id, body
    )


@router.put("/report/reports/{client_id}/files/{file_id}", auth=None, response={200: Receipt, **_REFUSALS})
def put_file(request: HttpRequest, client_id: UUID, file_id: str) -> Receipt:
    """Send a declared file: its bytes as the body. The same again is answered the same."""
    home = queries.home_of(client_id)
    who = _reporter(home or "")
    sent = _body(request)
    try:
        return actions.add_file(who, client_id, file_id, sent)
    except Refused as refusal:
        if refusal.problem.code in files.FINAL:
            actions.refuse_file(who, client_id, file_id, refusal)
        raise


def _body(request: HttpRequest) -> bytes:
    """The request's bytes, at most as many as the largest file may have. The front door (`server.uploads`) has turned
    away what says that it is larger."""
    most = max(files.LARGEST.values())
    sent: bytes = request.read(most + 1)
    if len(sent) > most:
        raise files.too_large("photo", int(request.headers.get("Content-Length") or len(sent)))
    return sent


@router.get("/report/follow/{code}", auth=None, response={200: Follow, 404: Problem})
def follow(request: HttpRequest, code: str) -> Follow:
    """A report as its sender follows it."""
    report_id, home, _ = queries.by_code(code)
    with scoped(_reporter(home)):
        return queries.follow(report_id, code)


@router.post("/report/follow/{code}/confirm", auth=None, response={200: Follow, **_REFUSALS})
def confirm(request: HttpRequest, code: str, body: ConfirmIn) -> Follow:
    """The sender's word on the fix: done, or not."""
    report_id, home, person_id = queries.by_code(code)
    who = _reporter(home, person_id)
    actions.say_whether_done(who, report_id, body.done, body.note)
    with scoped(who):
        return queries.follow(report_id, code)


@router.get("/report/follow/{code}/photos/{photo}", auth=None, response={200: bytes, 404: Problem})
def followed_photo(request: HttpRequest, code: str, photo: str) -> HttpResponse:
    """A photo of the report, or of its fix."""
    report_id, home, _ = queries.by_code(code)
    with scoped(_reporter(home)):
        return _picture(queries.followed_photo(report_id, photo))


@router.get("/reports/of-hazard/{hazard_id}", response={200: list[ReportOut], 404: Problem})
def of_hazard(request: HttpRequest, hazard_id: int) -> list[ReportOut]:
    """The reports behind a hazard."""
    actor(request)
    return queries.of_hazard(hazard_id)


@router.get("/reports/waiting", response=list[ReportOut])
def waiting(request: HttpRequest, enterprise_id: int) -> list[ReportOut]:
    """Reports whose files have not all come (permission places.manage)."""
    actor(request, "places.manage")
    return queries.waiting(enterprise_id)


@router.get("/reports/files/{report_file}", response={200: bytes, 404: Problem})
def report_file(request: HttpRequest, report_file: int) -> HttpResponse:
    """A photo or a voice note of a report."""
    actor(request)
    data, media = queries.file_bytes(report_file)
    found = HttpResponse(data, content_type=media)
    found.headers["Cache-Control"] = "private, max-age=86400, immutable"
    found.headers["Content-Disposition"] = "inline"
    return found


@router.post("/reports/{report_id}/contact", response={200: Contact, 404: Problem, 409: Problem})
def contact(request: HttpRequest, report_id: int) -> Contact:
    """The name and number that the reporter left; the reading is logged (permission reports.contact)."""
    return actions.read_contact(actor(request, "reports.contact"), report_id)


def _picture(data: bytes) -> HttpResponse:
    found = HttpResponse(data, content_type="image/jpeg")
    found.headers["Cache-Control"] = "private, max-age=86400"
    return found
