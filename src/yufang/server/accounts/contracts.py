"""What leaves the room."""

from __future__ import annotations

from typing import Literal

from yufang.server.errors import Contract


class OrganisationOut(Contract):
    id: int
    name: str
    kind: Literal["regulator", "enterprise", "site", "team"]
    path: str
    synthetic: bool


class Me(Contract):
    """The person who is signed in. `name_en` is the name for English screens, the same where there is no other."""

    id: int
    username: str
    name: str
    name_en: str
    locale: str
    roles: list[str]
    permissions: list[str]
    organisation: OrganisationOut


class DemoAccount(Contract):
    username: str
    password: str
    role: str
    name_zh: str
    name_en: str


class PersonOut(Contract):
    """A person a warning can be handed to."""

    id: int
    name: str
    name_en: str
    role: str
    organisation_name: str
