"""Who wears what, how many people are where, one's own position and who looked at it.

A supervisor sees counts. A name with a position is shown for an alarm that concerns the person or for a rescue, and
each such look is written down where the person reads it.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem, forbidden
from yufang.server.positions import actions, queries
from yufang.server.positions.contracts import (
    ConsentIn,
    FixOut,
    IssueTagIn,
    LookIn,
    MyPosition,
    PeoplePresent,
    WornDeviceIn,
    WornDeviceOut,
    ZoneIn,
    ZonesOf,
)

router = Router(tags=["positions"])
_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


@router.get("/positions/people", response={200: PeoplePresent, 404: Problem})
def people(request: HttpRequest, enterprise_id: int) -> PeoplePresent:
    """People of an enterprise as counts by area; by name only whom an open alarm concerns."""
    actor(request)
    return queries.present(enterprise_id, timezone.now())


@router.get("/positions/devices", response={200: list[WornDeviceOut], **_REFUSALS})
def devices(request: HttpRequest, enterprise_id: int) -> list[WornDeviceOut]:
    """Tags and who wears them (permission sensing.manage)."""
    actor(request, "sensing.manage")
    return queries.devices_of(enterprise_id)


@router.post("/positions/devices", response={201: WornDeviceOut, **_REFUSALS})
def add_device(request: HttpRequest, body: WornDeviceIn) -> Status[WornDeviceOut]:
    """Register a tag (permission sensing.manage)."""
    return Status(201, queries.device(actions.add_device(actor(request, "sensing.manage"), body)))


@router.post("/positions/devices/{worn_device}/issue", response={200: WornDeviceOut, **_REFUSALS})
def issue(request: HttpRequest, worn_device: int, body: IssueTagIn) -> WornDeviceOut:
    """Hand a tag to a person for a shift (permission sensing.manage)."""
    actions.issue(actor(request, "sensing.manage"), worn_device, body, timezone.now())
    return queries.device(worn_device)


@router.post("/positions/devices/{worn_device}/return", response={200: WornDeviceOut, **_REFUSALS})
def give_back(request: HttpRequest, worn_device: int) -> WornDeviceOut:
    """Take a tag back; its wearer's position is blurred at once (permission sensing.manage)."""
    actions.give_back(actor(request, "sensing.manage"), worn_device, timezone.now())
    return queries.device(worn_device)


@router.get("/positions/mine", response={200: MyPosition, 403: Problem})
def mine(request: HttpRequest) -> MyPosition:
    """Everything that is kept of one's own position, what one agreed to, and who looked."""
    who = actor(request)
    if who.person_id is None:
        raise forbidden("oneself")
    return queries.mine(who.person_id)


@router.post("/positions/mine/consents", response={200: MyPosition, **_REFUSALS})
def agree(request: HttpRequest, body: ConsentIn) -> MyPosition:
    """Agree to one use of one's own position."""
    who = actor(request)
    actions.agree(who, body.purpose, timezone.now())
    return queries.mine(who.person_id or 0)


@router.delete("/positions/mine/consents/{purpose}", response={204: None, **_REFUSALS})
def withdraw(request: HttpRequest, purpose: str) -> HttpResponse:
    """Withdraw a consent; again changes nothing."""
    actions.withdraw(actor(request), purpose, timezone.now())
    return HttpResponse(status=204)


@router.post("/positions/people/{worn_person}/looks", response={200: FixOut, **_REFUSALS})
def look(request: HttpRequest, worn_person: int, body: LookIn) -> FixOut:
    """Where somebody is, for an alarm or a rescue; written down (permission sensing.personal)."""
    return actions.look(actor(request, "sensing.personal"), worn_person, body, timezone.now())


@router.get("/positions/zones", response={200: ZonesOf, 404: Problem})
def zones(request: HttpRequest, enterprise_id: int, site_plan: int | None = None) -> ZonesOf:
    """Zones of a plan (without `site_plan`, of all plans), as the detector takes them."""
    actor(request)
    return queries.zones_of(enterprise_id, site_plan)


@router.put("/positions/zones/{area_id}", response={200: ZonesOf, **_REFUSALS})
def put_zone(request: HttpRequest, area_id: int, body: ZoneIn) -> ZonesOf:
    """Say what is asked of whoever is in an area (permission places.manage)."""
    who = actor(request, "places.manage")
    actions.put_zone(who, area_id, body)
    return queries.zones_of(queries.enterprise_of_area(area_id))
