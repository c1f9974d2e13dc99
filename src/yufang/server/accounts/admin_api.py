"""Administering people, roles, keys and what groups of identity providers stand for."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from yufang.server.accounts import glass, invitations, keys, letters, organisations, people, providers, queries, roles
from yufang.server.accounts.contracts import (
    CsvPreview,
    Found,
    GlassLookOut,
    GlassRow,
    InvitationLink,
    InvitationRow,
    Invitations,
    KeyMade,
    KeyOut,
    MappingIn,
    MappingOut,
    Matrix,
    OrganisationCloseIn,
    OrganisationClosing,
    OrganisationIn,
    Organisations,
    People,
    PersonIn,
    RoleIn,
)
from yufang.server.accounts.session import actor, oneself, oneself_confirmed
from yufang.server.errors import Problem
from yufang.server.scope import Actor

router = Router(tags=["accounts"])
Refusals = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


class KeyIn(Schema):
    name: str = Field(min_length=1, max_length=80)
    organisation_id: int
    permissions: list[str] = Field(min_length=1, max_length=100)
    days: int = Field(ge=1, le=keys.LONGEST_DAYS)


class InvitationAddressIn(Schema):
    """Whereto: a mailbox or a telephone number; empty for the one of before."""

    address: str = Field(default="", max_length=254)


class Made(Schema):
    id: int


class NameIn(Schema):
    name: str = Field(min_length=1, max_length=200)


def _administrator(request: HttpRequest, permission: str, *, confirm: bool = False) -> Actor:
    """A person at a session: keys administer nobody. `confirm`: who they are was shown a short while ago."""
    (oneself_confirmed if confirm else oneself)(request)
    return actor(request, permission)


@router.get("/accounts/organisations", response={200: list[Found], **Refusals})
def find_organisations(request: HttpRequest, q: str = "") -> list[Found]:
    """Organisations under one's own place, by a part of the name; the first of them without one."""
    return queries.organisations_under(people.administrator(_administrator(request, "accounts.manage")).path, q)


@router.get("/accounts/organisations/tree", response={200: Organisations, **Refusals})
def list_organisations(
    request: HttpRequest,
    q: Annotated[str, Field(max_length=80)] = "",
    page: Annotated[int, Field(ge=1, le=10_000)] = 1,
    closed: bool = False,
) -> Organisations:
    """Organisations at and under one's own place, in the order of the tree; `closed`: closed ones too."""
    return organisations.listed(_administrator(request, "accounts.manage"), q, page, closed=closed)


@router.post("/accounts/organisations", response={200: Made, **Refusals})
def open_organisation(request: HttpRequest, body: OrganisationIn) -> Made:
    """Open an organisation under one's own or one below it (permission accounts.organisations)."""
    return Made(id=organisations.open_below(_administrator(request, "accounts.organisations"), body))


@router.put("/accounts/organisations/{organisation_id}", response={204: None, **Refusals})
def rename_organisation(request: HttpRequest, organisation_id: int, body: NameIn) -> HttpResponse:
    """Rename an organisation below one's own (permission accounts.organisations)."""
    organisations.rename(_administrator(request, "accounts.organisations"), organisation_id, body.name)
    return HttpResponse(status=204)


@router.get("/accounts/organisations/{organisation_id}/closing", response={200: OrganisationClosing, **Refusals})
def organisation_closing(request: HttpRequest, organisation_id: int) -> OrganisationClosing:
    """What closing an organisation would end (permission accounts.organisations)."""
    return organisations.closing(_administrator(request, "accounts.organisations"), organisation_id)


@router.post("/accounts/organisations/{organisation_id}/close", response={204: None, **Refusals})
def close_organisation(request: HttpRequest, organisation_id: int, body: OrganisationCloseIn) -> HttpResponse:
    """Close an organisation below one's own with all below it (permission accounts.organisations)."""
    organisations.close(_administrator(request, "accounts.organisations", confirm=True), organisation_id, body)
    return HttpResponse(status=204)


@router.post("/accounts/organisations/{organisation_id}/reopen", response={204: None, **Refusals})
def reopen_organisation(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Open a closed organisation again, without its people (permission accounts.organisations)."""
    organisations.reopen(_administrator(request, "accounts.organisations"), organisation_id)
    return HttpResponse(status=204)


@router.get("/accounts/people", response={200: People, **Refusals})
def list_people(
    request: HttpRequest,
    q: Annotated[str, Field(max_length=80)] = "",
    organisation_id: int | None = None,
    page: Annotated[int, Field(ge=1, le=10_000)] = 1,
) -> People:
    """People under one's own place."""
    return people.listed(_administrator(request, "accounts.manage"), q, organisation_id, page)


@router.post("/accounts/people", response={200: InvitationLink, **Refusals})
def admit(request: HttpRequest, body: PersonIn) -> InvitationLink:
    """Make an account; answers with the one-time link by which the person sets a password."""
    return people.admit(_administrator(request, "accounts.manage"), body)


@router.put("/accounts/people/{person_id}", response={204: None, **Refusals})
def change(request: HttpRequest, person_id: int, body: PersonIn) -> HttpResponse:
    """New name, roles or organisation."""
    people.change(_administrator(request, "accounts.manage"), person_id, body)
    return HttpResponse(status=204)


@router.post("/accounts/people/{person_id}/close", response={204: None, **Refusals})
def close(request: HttpRequest, person_id: int) -> HttpResponse:
    """Close an account and end its sessions."""
    people.close(_administrator(request, "accounts.manage"), person_id)
    return HttpResponse(status=204)


@router.post("/accounts/people/{person_id}/reopen", response={204: None, **Refusals})
def reopen(request: HttpRequest, person_id: int) -> HttpResponse:
    """Open a closed account again."""
    people.reopen(_administrator(request, "accounts.manage"), person_id)
    return HttpResponse(status=204)


@router.post("/accounts/people/{person_id}/reset", response={200: InvitationLink, **Refusals})
def reset(request: HttpRequest, person_id: int) -> InvitationLink:
    """For a lost password or phone: a one-time link; sessions end and second factors go."""
    return people.reset(_administrator(request, "accounts.manage", confirm=True), person_id)


@router.post("/accounts/invitations/preview", response={200: CsvPreview, **Refusals, 413: Problem})
def preview(request: HttpRequest, file: File[UploadedFile]) -> CsvPreview:
    """What a CSV file of people would do, line by line."""
    return invitations.preview(_administrator(request, "accounts.manage"), file.read(invitations.MOST_BYTES + 1))


@router.post("/accounts/invitations", response={200: list[InvitationLink], **Refusals, 413: Problem})
def invite(request: HttpRequest, file: File[UploadedFile], by_message: Form[bool] = False) -> list[InvitationLink]:
    """Make the accounts of the file's good lines. Their one-time links are in the answer; `by_message`: they go to the
    addresses in the file instead, where a line has one."""
    content = file.read(invitations.MOST_BYTES + 1)
    return invitations.send(_administrator(request, "accounts.manage"), content, by_message)


@router.get("/accounts/invitations", response={200: Invitations, **Refusals})
def list_invitations(
    request: HttpRequest,
    state: Literal["", "by_hand", "waiting", "sent", "failed", "used", "expired"] = "",
    page: Annotated[int, Field(ge=1, le=10_000)] = 1,
) -> Invitations:
    """Each person's newest invitation under one's own place, and where its message stands."""
    return letters.listed(_administrator(request, "accounts.manage"), state, page)


@router.post("/accounts/people/{person_id}/invitation", response={200: InvitationRow, **Refusals})
def send_invitation(request: HttpRequest, person_id: int, body: InvitationAddressIn) -> InvitationRow:
    """Send a new one-time link to a mailbox or telephone number; the one of before opens nothing any more."""
    return letters.send_again(_administrator(request, "accounts.manage"), person_id, body.address)


@router.get("/accounts/roles", response={200: Matrix, **Refusals})
def matrix(request: HttpRequest) -> Matrix:
    """Every role and every permission."""
    oneself(request)
    found = actor(request)
    return roles.matrix(found if found.may("accounts.manage") else actor(request, "accounts.roles"))


@router.post("/accounts/roles", response={200: Made, **Refusals})
def add_role(request: HttpRequest, body: RoleIn) -> Made:
    """Make a role of one's own organisation or one under it."""
    return Made(id=roles.save(_administrator(request, "accounts.roles", confirm=True), None, body))


@router.put("/accounts/roles/{role_id}", response={200: Made, **Refusals})
def change_role(request: HttpRequest, role_id: int, body: RoleIn) -> Made:
    """Change a role of one's own organisation or one under it."""
    return Made(id=roles.save(_administrator(request, "accounts.roles", confirm=True), role_id, body))


@router.get("/accounts/keys", response={200: list[KeyOut], **Refusals})
def list_keys(request: HttpRequest) -> list[KeyOut]:
    """Service keys of the organisations under one's own place."""
    return keys.listed(_administrator(request, "accounts.keys"))


@router.get("/accounts/keys/grantable", response={200: list[str], **Refusals})
def grantable(request: HttpRequest) -> list[str]:
    """Permissions that a key made by oneself may carry."""
    return keys.grantable(_administrator(request, "accounts.keys"))


@router.post("/accounts/keys", response={200: KeyMade, **Refusals})
def make_key(request: HttpRequest, body: KeyIn) -> KeyMade:
    """Make a service key; it is in this answer and nowhere else."""
    who = _administrator(request, "accounts.keys", confirm=True)
    return keys.make(who, body.name.strip(), body.organisation_id, body.permissions, body.days)


@router.post("/accounts/keys/{key_id}/revoke", response={204: None, **Refusals})
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """The key opens nothing from now on."""
    keys.revoke(_administrator(request, "accounts.keys"), key_id)
    return HttpResponse(status=204)


@router.get("/accounts/mappings", response={200: list[MappingOut], **Refusals})
def list_mappings(request: HttpRequest) -> list[MappingOut]:
    """What groups of identity providers stand for."""
    return providers.mappings(_administrator(request, "accounts.providers"))


@router.post("/accounts/mappings", response={200: Made, **Refusals})
def map_group(request: HttpRequest, body: MappingIn) -> Made:
    """Say what a group stands for."""
    return Made(id=providers.map_group(_administrator(request, "accounts.providers", confirm=True), body))


@router.delete("/accounts/mappings/{mapping_id}", response={204: None, **Refusals})
def unmap_group(request: HttpRequest, mapping_id: int) -> HttpResponse:
    """The group stands for nothing any more."""
    providers.unmap_group(_administrator(request, "accounts.providers"), mapping_id)
    return HttpResponse(status=204)


@router.get("/accounts/emergency", response={200: list[GlassRow], **Refusals})
def emergencies(request: HttpRequest) -> list[GlassRow]:
    """Who opened one's organisations in an emergency, and what one opened oneself."""
    return glass.listed(_glass_reader(request))


@router.get("/accounts/emergency/{glass_id}/looks", response={200: list[GlassLookOut], **Refusals})
def looks(request: HttpRequest, glass_id: int) -> list[GlassLookOut]:
    """What was read through it."""
    _glass_reader(request)
    return glass.looks(glass_id)


def _glass_reader(request: HttpRequest) -> Actor:
    oneself(request)
    found = actor(request)
    return found if found.may("accounts.break_glass") else actor(request, "accounts.manage")
