"""Areas, plans and their codes. Whoever sees an enterprise sees its places; `places.manage` changes them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile
from pydantic import TypeAdapter, ValidationError

from yufang.server import photos
from yufang.server.accounts.session import actor
from yufang.server.errors import Problem, Refused
from yufang.server.places import actions, codes, queries
from yufang.server.places.contracts import AreaIn, AreaOut, Corners, PlacesOf, PlanIn, PlanOut

router = Router(tags=["places"])
_REFUSALS = {404: Problem, 409: Problem, 413: Problem, 422: Problem}
_CORNERS: TypeAdapter[Corners | None] = TypeAdapter(Corners | None)


@router.get("/places", response=PlacesOf)
def places(request: HttpRequest, enterprise_id: int) -> PlacesOf:
    """Areas, plans and teams of an enterprise."""
    return queries.places_of(actor(request), enterprise_id)


@router.get("/places/areas/{area_id}", response={200: AreaOut, 404: Problem})
def area(request: HttpRequest, area_id: int) -> AreaOut:
    """An area."""
    actor(request)
    return queries.area(area_id)


@router.post("/places/areas", response={201: AreaOut, **_REFUSALS})
def open_area(request: HttpRequest, body: AreaIn) -> Status[AreaOut]:
    """Make an area (permission places.manage)."""
    return Status(201, actions.put_area(actor(request, "places.manage"), None, body))


@router.put("/places/areas/{area_id}", response={200: AreaOut, **_REFUSALS})
def change_area(request: HttpRequest, area_id: int, body: AreaIn) -> AreaOut:
    """Change an area, close or open it (permission places.manage)."""
    return actions.put_area(actor(request, "places.manage"), area_id, body)


@router.delete("/places/areas/{area_id}", response={204: None, **_REFUSALS})
def remove_area(request: HttpRequest, area_id: int) -> HttpResponse:
    """Remove an area without reports (permission places.manage)."""
    actions.remove_area(actor(request, "places.manage"), area_id)
    return HttpResponse(status=204)


@router.post("/places/areas/{area_id}/new-code", response={200: AreaOut, **_REFUSALS})
def renew(request: HttpRequest, area_id: int) -> AreaOut:
    """Give an area a new code; the old print stops working (permission places.manage)."""
    return actions.renew_token(actor(request, "places.manage"), area_id)


@router.get("/places/areas/{area_id}/code.svg", response={200: bytes, 404: Problem})
def code_svg(request: HttpRequest, area_id: int) -> HttpResponse:
    """The area's QR code (permission places.manage: who holds it may report in the area's name)."""
    actor(request, "places.manage")
    return HttpResponse(codes.as_svg(_address(request, area_id)), content_type="image/svg+xml")


@router.get("/places/areas/{area_id}/code.png", response={200: bytes, 404: Problem})
def code_png(request: HttpRequest, area_id: int) -> HttpResponse:
    """The same as PNG (permission places.manage)."""
    actor(request, "places.manage")
    return HttpResponse(codes.as_png(_address(request, area_id)), content_type="image/png")


def _address(request: HttpRequest, area_id: int) -> str:
    return codes.address_of(request.build_absolute_uri("/"), queries.token_of(area_id))


@router.post("/places/plans", response={201: PlanOut, **_REFUSALS})
def add_plan(
    request: HttpRequest,
    file: File[UploadedFile],
    organisation_id: Form[int],
    name: Form[str],
    name_en: Form[str] = "",
    corners: Form[str] = "",
) -> Status[PlanOut]:
    """Add a plan: JPEG, PNG or WebP; `corners` as JSON (permission places.manage)."""
    who = actor(request, "places.manage")
    try:
        where = _CORNERS.validate_json(corners or "null")
    except ValidationError as error:
        raise Refused(
            422,
            "wrong_corners",
            "角点须写成 [[纬度，经度],[纬度，经度]](左上、右下)。",
            "Corners are written [[lat, lon], [lat, lon]]: upper left, lower right.",
            "corners",
        ) from error
    sent = photos.bounded(file, file.size or 0)
    made = actions.add_plan(who, organisation_id, sent, name=name[:120], name_en=name_en[:120], corners=where)
    return Status(201, made)


@router.put("/places/plans/{site_plan}", response={200: PlanOut, **_REFUSALS})
def locate_plan(request: HttpRequest, site_plan: int, body: PlanIn) -> PlanOut:
    """Name a plan and say where its corners lie (permission places.manage)."""
    who = actor(request, "places.manage")
    return actions.locate_plan(who, site_plan, name=body.name, name_en=body.name_en, corners=body.corners)


@router.get("/places/plans/{site_plan}/image", response={200: bytes, 404: Problem})
def plan_image(request: HttpRequest, site_plan: int) -> HttpResponse:
    """The plan's picture as JPEG."""
    actor(request)
    found = HttpResponse(queries.plan_image(site_plan), content_type="image/jpeg")
    found.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return found
