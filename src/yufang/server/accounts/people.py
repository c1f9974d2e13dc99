"""Delegated administration: whoever has `accounts.manage` admits, moves and closes people under their own place in
the tree, and hands out no role that gives more than they hold or may hand out."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Q, QuerySet
from django.utils import timezone

from yufang.server.accounts import signing_in
from yufang.server.accounts.contracts import AdministeredPerson, InvitationLink, People, PersonIn
from yufang.server.accounts.models import Invitation, Organisation, OrganisationRole, Person, Role
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action, beyond, set_local

USERNAME = re.compile(r"^[\w.@+-]{3,80}$")
_PAGE = 50


def administrator(acting_user: Actor) -> Person:
    """The person who acts; programs with a key and the platform itself administer nobody."""
    person = Person.objects.filter(id=acting_user.person_id, service=False).first()
    if person is None:
        raise not_found()
    return person


def home_of(organisation: Organisation) -> Organisation:
    """What people of `organisation` see: of a site or a team the whole enterprise."""
    home = organisation
    while home.kind in (Organisation.Kind.SITE, Organisation.Kind.TEAM) and home.parent is not None:
        home = home.parent
    return home


def administered_organisation(acting_user: Actor, organisation_id: int) -> Organisation:
    """The organisation, if it lies under the place of whoever acts."""
    mine = administrator(acting_user).path
    found = Organisation.objects.filter(id=organisation_id, path__startswith=mine).first()
    if found is None:
        raise not_found()
    return found


def open_organisation(acting_user: Actor, organisation_id: int) -> Organisation:
    """The same for whoever puts something into it: locked, so that nothing comes in while it is being closed."""
    mine = administrator(acting_user).path
    rows = Organisation.objects.select_for_update(of=("self",), no_key=True).select_related("parent")
    found = rows.filter(id=organisation_id, path__startswith=mine).first()
    if found is None:
        raise not_found()
    if found.closed_at is not None:
        raise Refused(
            409,
            "organisation_closed",
            f"“{found.name}”已关闭，请选择其他组织，或先重新启用它。",
            f"“{found.name}” is closed; choose another organisation, or open it again first.",
            "organisation_id",
        )
    return found


@dataclass(frozen=True, slots=True)
class Granting:
    """Which roles one person may hand out."""

    permissions: frozenset[str]
    handed: frozenset[str]

    def refused(self, roles: Iterable[str]) -> list[str]:
        """Those of `roles` that give more than this person may give, or do not exist."""
        names = list(roles)
        known = role_permissions(names)
        return [n for n in names if n not in known or not (n in self.handed or known[n] <= self.permissions)]


def role_permissions(names: Iterable[str]) -> dict[str, frozenset[str]]:
    """The permissions of each role that exists and is seen from here."""
    names = list(names)
    found = {r.name: frozenset(r.permissions) for r in Role.objects.filter(name__in=names)}
    own = [int(n[1:]) for n in names if re.fullmatch(r"r\d{1,18}", n)]
    return found | {f"r{r.pk}": frozenset(r.permissions) for r in OrganisationRole.objects.filter(id__in=own)}


def granting(acting_user: Actor) -> Granting:
    """What whoever acts may hand out."""
    roles = Role.objects.filter(name__in=administrator(acting_user).roles)
    return Granting(acting_user.permissions, frozenset(name for r in roles for name in r.hands_out))


def refuse_roles(acting_user: Actor, roles: list[str]) -> None:
    """Refuse roles beyond one's own."""
    refused = granting(acting_user).refused(roles)
    if refused:
        raise Refused(
            403,
            "not_yours_to_grant",
            f"您不能授予这些角色：{'、'.join(refused)}。它们不存在，或包含您自己没有的权限。",
            f"You can't hand out these roles: {', '.join(refused)}. They don't exist or give more than you hold.",
            "roles",
        )


def listed(acting_user: Actor, text: str, organisation_id: int | None, page: int) -> People:
    """People under one's own place in the tree, by name, account or organisation."""
    mine = administrator(acting_user)
    rows: QuerySet[Person] = Person.objects.filter(path__startswith=mine.path, service=False)
    if organisation_id is not None:
        rows = rows.filter(path__startswith=administered_organisation(acting_user, organisation_id).path)
    if text.strip():
        like = Q()
        for field in ("username", "name", "name_en", "organisation__name"):
            like |= Q(**{f"{field}__icontains": text.strip()})
        rows = rows.filter(like)
    total = rows.count()
    shown = list(rows.select_related("organisation").order_by("path", "username")[(page - 1) * _PAGE : page * _PAGE])
    may = granting(acting_user)
    invited = {
        i.person_id: i.expires_at
        for i in Invitation.objects.filter(
            person__in=shown, used_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
        )
    }
    items = [_out(p, may, mine, invited) for p in shown]
    return People(items=items, total=total, page=page, size=_PAGE)


def _out(person: Person, may: Granting, mine: Person, invited: dict[int, datetime]) -> AdministeredPerson:
    return AdministeredPerson(
        id=person.pk,
        username=person.username,
        name=person.name,
        name_en=person.name_en or person.name,
        organisation_id=person.organisation_id,
        organisation_name=person.organisation.name,
        roles=list(person.roles),
        active=person.active,
        last_login=person.last_login,
        invited_until=invited.get(person.pk),
        manageable=person.pk != mine.pk and not may.refused(person.roles),
    )


@action
def admit(acting_user: Actor, entry: PersonIn) -> InvitationLink:
    """Make an account without a password, and the one-time link by which the person sets one."""
    organisation = open_organisation(acting_user, entry.organisation_id)
    refuse_roles(acting_user, entry.roles)
    check_username(entry.username)
    if name_taken(acting_user, entry.username):
        raise Refused(
            409,
            "username_taken",
            f"用户名 {entry.username} 已被使用，请换一个。",
            f"The user name {entry.username} is taken; choose another.",
            "username",
        )
    return invite(acting_user, make(acting_user, organisation, entry), Invitation.Kind.FIRST)


def check_username(username: str) -> None:
    """Refuse what can't be typed safely on every keyboard."""
    if USERNAME.match(username) is None:
        raise Refused(
            422,
            "bad_username",
            "用户名须为 3 至 80 个字符，只能含文字、数字和 . @ + - _ 。",
            "A user name has 3 to 80 characters: letters, digits and . @ + - _ only.",
            "username",
        )


def name_taken(acting_user: Actor, username: str) -> bool:
    """Whether anybody anywhere has the name: it is typed without an organisation."""
    with beyond(acting_user):
        return Person.objects.filter(username__iexact=username).exists()


def make(acting_user: Actor, organisation: Organisation, entry: PersonIn) -> Person:
    """The row of a person who was checked."""
    person = Person.objects.create(
        username=entry.username,
        password=make_password(None),
        name=entry.name,
        name_en=entry.name_en,
        organisation=organisation,
        path=organisation.path,
        scope=home_of(organisation).path,
        roles=entry.roles,
    )
    facts = {"roles": entry.roles}
    ledger.append(acting_user, organisation.path, "accounts.person_admitted", f"person:{person.pk}", facts)
    return person


def invite(acting_user: Actor, person: Person, kind: Invitation.Kind) -> InvitationLink:
    """A new one-time link; those made before no longer open anything."""
    token = secrets.token_urlsafe(32)
    row = invitation_for(acting_user, person, kind, token)
    return InvitationLink(
        person_id=person.pk,
        username=person.username,
        name=person.name,
        # Behind '#': what stands there is sent to no server and written into no log.
        link=settings.CONFIG.link(f"/invite#{token}"),
        expires_at=row.expires_at,
    )


def invitation_for(acting_user: Actor, person: Person, kind: Invitation.Kind, token: str) -> Invitation:
    """The row of a new link that `token` opens; those made before no longer open anything."""
    now = timezone.now()
    Invitation.objects.filter(person=person, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    row = Invitation.objects.create(
        person=person,
        path=person.path,
        kind=kind,
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        made_by_id=acting_user.person_id,
        made_at=now,
        # Whole seconds: a link that goes out as a message is signed over them.
        expires_at=(now + timedelta(hours=settings.CONFIG.invitation_hours)).replace(microsecond=0),
    )
    ledger.append(acting_user, person.path, "accounts.invited", f"person:{person.pk}", {"kind": str(kind)})
    return row


def managed(acting_user: Actor, person_id: int) -> Person:
    """A person whom whoever acts may change: under their place, not themselves, with no right beyond theirs."""
    mine = administrator(acting_user)
    rows = Person.objects.select_for_update(of=("self",)).filter(path__startswith=mine.path, service=False)
    person = rows.filter(id=person_id).first()
    if person is None:
        raise not_found()
    if person.pk == mine.pk:
        raise Refused(
            403,
            "not_oneself",
            "不能更改自己的账号，请由其他管理员操作。",
            "Nobody changes their own account here; ask another administrator.",
        )
    refuse_roles(acting_user, person.roles)
    return person


@action
def change(acting_user: Actor, person_id: int, entry: PersonIn) -> None:
    """New names, roles or organisation. Who moves sees the new organisation's data from the next request on."""
    organisation = open_organisation(acting_user, entry.organisation_id)  # before the person, as closing locks them
    person = managed(acting_user, person_id)
    refuse_roles(acting_user, entry.roles)
    subject = f"person:{person.pk}"
    if organisation.pk != person.organisation_id:
        move(acting_user, person, organisation)
    if sorted(entry.roles) != sorted(person.roles):
        facts = {"before": sorted(person.roles), "after": sorted(entry.roles)}
        ledger.append(acting_user, organisation.path, "accounts.roles_given", subject, facts)
    person.name, person.name_en, person.roles = entry.name, entry.name_en, entry.roles
    person.save(update_fields=["name", "name_en", "roles"])


def move(acting_user: Actor, person: Person, organisation: Organisation) -> None:
    """Put a person who was checked into another organisation, with their open invitation."""
    person.organisation, person.path, person.scope = organisation, organisation.path, home_of(organisation).path
    person.save(update_fields=["organisation", "path", "scope"])
    Invitation.objects.filter(person=person).update(path=organisation.path)
    facts = {"to": organisation.pk}
    ledger.append(acting_user, organisation.path, "accounts.person_moved", f"person:{person.pk}", facts)


@action
def close(acting_user: Actor, person_id: int) -> None:
    """The account opens nothing any more; what the person did stays with their name."""
    person = managed(acting_user, person_id)
    if person.active:
        end_account(acting_user, person)


def end_account(acting_user: Actor, person: Person) -> None:
    """Close the account of a person who was checked."""
    person.active = False
    person.save(update_fields=["active"])
    Invitation.objects.filter(person=person, used_at=None).update(withdrawn_at=timezone.now())
    with administering(person):
        signing_in.end_sessions(person)
    ledger.append(acting_user, person.path, "accounts.person_closed", f"person:{person.pk}", {})


@action
def reopen(acting_user: Actor, person_id: int) -> None:
    """The account opens again with its old password and factors."""
    person = managed(acting_user, person_id)
    if person.active:
        return
    open_organisation(acting_user, person.organisation_id)
    person.active = True
    person.save(update_fields=["active"])
    ledger.append(acting_user, person.path, "accounts.person_reopened", f"person:{person.pk}", {})


@action
def reset(acting_user: Actor, person_id: int) -> InvitationLink:
    """For whoever lost password or phone: sessions end, second factors go, and a one-time link sets a new password."""
    person = managed(acting_user, person_id)
    person.password, person.must_change_password = make_password(None), False
    person.save(update_fields=["password", "must_change_password"])
    with administering(person):
        signing_in.end_sessions(person)
        Authenticator.objects.filter(user=person).delete()
    ledger.append(acting_user, person.path, "accounts.person_reset", f"person:{person.pk}", {})
    return invite(acting_user, person, Invitation.Kind.RESET)


@action
def pseudonymise(acting_user: Actor, person_id: int, pseudonym: str) -> None:
    """Erase who a person is and keep what they did: a pseudonym for the name, no way in, no role."""
    person = Person.objects.select_for_update(of=("self",)).filter(id=person_id).first()
    if person is None:
        raise not_found()
    person.name = person.name_en = pseudonym
    person.username, person.password, person.active, person.roles = (
        f"erased-{person.pk}",
        make_password(None),
        False,
        [],
    )
    person.save(update_fields=["name", "name_en", "username", "password", "active", "roles"])
    Invitation.objects.filter(person=person).delete()
    with administering(person):
        signing_in.end_sessions(person)
        Authenticator.objects.filter(user=person).delete()
        SocialAccount.objects.filter(user=person).delete()
    ledger.append(acting_user, person.path, "accounts.person_erased", f"person:{person.pk}", {})


class administering:
    """Shows one person's sessions and factors to this transaction (`policies.ADMINISTERED`), and then no more."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def __enter__(self) -> None:
        set_local("yufang.administered", str(self.person.pk))

    def __exit__(self, *_: object) -> None:
        set_local("yufang.administered", "")
