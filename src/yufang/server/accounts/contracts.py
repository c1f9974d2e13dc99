"""What leaves the room."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from yufang.server.errors import Contract


class OrganisationOut(Contract):
    id: int
    name: str
    kind: Literal["regulator", "enterprise", "site", "team"]
    path: str
    synthetic: bool


FactorMethod = Literal["totp", "webauthn", "recovery_codes"]


class GlassOut(Contract):
    """A part of the tree that one has opened for some minutes (break-glass)."""

    id: int
    organisation_name: str
    ends_at: datetime


class Me(Contract):
    """The person who is signed in. `name_en` is the name for English screens, the same where there is no other.

    `must`: what has to be done before anything else answers.
    """

    id: int
    username: str
    name: str
    name_en: str
    locale: str
    roles: list[str]
    permissions: list[str]
    organisation: OrganisationOut
    must: Literal["password", "second_factor"] | None = None
    glass: GlassOut | None = None


class SecondStep(Contract):
    """The password held; one of these is still to be shown."""

    methods: list[FactorMethod]


class PasskeyOut(Contract):
    id: int
    name: str
    added_at: datetime
    last_used_at: datetime | None


class TotpSecret(Contract):
    """What an authenticator app needs: as text, as `otpauth:` address, and as a QR code."""

    secret: str
    uri: str
    svg: str


class RecoveryCodesOut(Contract):
    """Fresh recovery codes, shown once; empty where the old ones still hold."""

    codes: list[str]


class Security(Contract):
    """How one's own account is secured."""

    password: bool
    password_changed_at: datetime | None
    password_length: int
    totp: bool
    passkeys: list[PasskeyOut]
    recovery_codes_left: int
    second_factor_required: bool
    confirmed: bool


class SessionOut(Contract):
    """A device on which one is signed in."""

    id: int
    device: str
    address: str
    started_at: datetime
    seen_at: datetime
    current: bool


class Found(Contract):
    """An organisation by its name. `under`: what it stands under, as far as whoever asks sees it."""

    id: int
    name: str
    kind: str
    path: str
    under: str = ""


OrganisationKind = Literal["regulator", "enterprise", "site", "team"]


class OrganisationRow(Contract):
    """An organisation of one's own branch. `depth`: steps below one's own; `opens`: kinds that can be opened in it."""

    id: int
    name: str
    kind: OrganisationKind
    depth: int
    parent_id: int | None
    parent_name: str
    people: int
    by_hand: bool
    closed_at: datetime | None
    changeable: bool
    opens: list[OrganisationKind]


class Organisations(Contract):
    items: list[OrganisationRow]
    total: int
    page: int
    size: int


class OrganisationIn(Contract):
    """A new organisation. `key`: the id by which later loads find it; the last two are for enterprises."""

    parent_id: int
    kind: OrganisationKind
    name: str = Field(min_length=1, max_length=200)
    key: str = Field(default="", max_length=80)
    credit_code: str = Field(default="", max_length=40)
    industry_code: str = Field(default="", max_length=10)


class OrganisationClosing(Contract):
    """What ends with an organisation, all counted with those below it."""

    id: int
    name: str
    organisations: int
    people: int
    keys: int
    invitations: int
    mappings: int


class OrganisationCloseIn(Contract):
    """What becomes of the people: their accounts close, or they move `to` another organisation."""

    people: Literal["close", "move"]
    to: int | None = None


class GlassRow(Contract):
    """One emergency access: who read whose data, why, and how much."""

    id: int
    person_name: str
    person_name_en: str
    person_organisation: str
    organisation_name: str
    reason: str
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    looks: int


class GlassLookOut(Contract):
    at: datetime
    address: str


class PersonIn(Contract):
    """What an administrator says about a person."""

    username: str = Field(max_length=80)
    name: str = Field(min_length=1, max_length=80)
    name_en: str = Field(default="", max_length=80)
    organisation_id: int
    roles: list[Annotated[str, Field(max_length=30)]] = Field(max_length=20)


class AdministeredPerson(Contract):
    """A person as their administrator sees them. `manageable`: whether whoever asks may change them."""

    id: int
    username: str
    name: str
    name_en: str
    organisation_id: int
    organisation_name: str
    roles: list[str]
    active: bool
    last_login: datetime | None
    invited_until: datetime | None
    manageable: bool


class People(Contract):
    items: list[AdministeredPerson]
    total: int
    page: int
    size: int


class InvitationLink(Contract):
    """A one-time link, shown once: the platform keeps only its hash. Where it goes out as a message nobody but its
    reader sees it: `link` is empty then, and `sent_to` the address, shortened."""

    person_id: int
    username: str
    name: str
    link: str
    expires_at: datetime
    sent_to: str = ""


State = Literal["by_hand", "waiting", "sent", "failed", "used", "expired"]


class InvitationRow(Contract):
    """An invitation and where it stands. `state`: by_hand (handed over as a link) | waiting | sent | failed | used |
    expired. `sent_to`: the address, shortened; `tries` and `next_try_at` of its message."""

    person_id: int
    username: str
    name: str
    organisation_name: str
    kind: Literal["first", "reset"]
    state: State
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    channel: str
    sent_to: str
    tries: int
    next_try_at: datetime | None
    error_zh: str
    error_en: str


class Invitations(Contract):
    """One page of invitations, newest first, with how many stand in each state over all pages."""

    items: list[InvitationRow]
    total: int
    page: int
    size: int
    waiting: int
    sent: int
    failed: int


class InvitationSeen(Contract):
    kind: Literal["first", "reset"]
    username: str
    name: str
    organisation_name: str
    expires_at: datetime


class CsvRow(Contract):
    """One line of an invitation file. `known`: the account is there already. `sent_to` and `channel`: where its link
    would go as a message."""

    line: int
    username: str
    name: str
    organisation: str
    roles: str
    problem_zh: str
    problem_en: str
    known: bool
    sent_to: str = ""
    channel: str = ""


class CsvPreview(Contract):
    """`reachable`: lines whose link can go out as a message."""

    rows: list[CsvRow]
    good: int
    bad: int
    known: int
    reachable: int = 0


class PermissionOut(Contract):
    name: str
    text_zh: str
    text_en: str
    mine: bool


class RoleOut(Contract):
    """A role. `grantable`: whoever asks may hand it out; `editable`: it is their organisation's own."""

    name: str
    name_zh: str
    name_en: str
    permissions: list[str]
    grantable: bool
    organisation_id: int | None = None
    organisation_name: str = ""
    second_factor: bool = False
    editable: bool = False


class Matrix(Contract):
    roles: list[RoleOut]
    permissions: list[PermissionOut]


class RoleIn(Contract):
    name_zh: str = Field(min_length=1, max_length=60)
    name_en: str = Field(min_length=1, max_length=60)
    organisation_id: int
    permissions: list[Annotated[str, Field(max_length=40)]] = Field(max_length=200)
    second_factor: bool = False


class KeyMade(Contract):
    """A new service key. `key` is shown this once: the platform keeps only its hash."""

    id: int
    key: str
    expires_at: datetime


class KeyOut(Contract):
    id: int
    name: str
    prefix: str
    organisation_name: str
    permissions: list[str]
    made_by: str | None
    made_by_en: str | None
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_from: str
    revoked_at: datetime | None


class ProviderOut(Contract):
    """An identity provider that people can sign in through."""

    id: str
    name: str


class MappingIn(Contract):
    provider: str = Field(max_length=40)
    group: str = Field(min_length=1, max_length=120)
    organisation_id: int
    roles: list[Annotated[str, Field(max_length=30)]] = Field(min_length=1, max_length=20)


class MappingOut(Contract):
    id: int
    provider: str
    group: str
    organisation_id: int
    organisation_name: str
    roles: list[str]


class Ended(Contract):
    sessions: int


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
