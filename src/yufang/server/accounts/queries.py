"""Reads of organisations and people."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from yufang.server.accounts.contracts import Found, Me, OrganisationOut, PersonOut
from yufang.server.accounts.models import Organisation, OrganisationRole, Person, Role
from yufang.server.errors import not_found
from yufang.server.scope import Actor, see_nothing


@dataclass(frozen=True, slots=True)
class Rights:
    """What roles give together, and whether one of them asks for a second factor."""

    permissions: frozenset[str]
    second_factor: bool


def rights_of(roles: Iterable[str]) -> Rights:
    """The rights of `roles`. Roles of an organisation's own count as far as the open scope lies under theirs."""
    names = list(roles)
    return _rights(names, (r.permissions for r in Role.objects.filter(name__in=names)))


def _rights(names: list[str], given: Iterable[Iterable[str]]) -> Rights:
    """given: the permissions of each role that is everybody's."""
    permissions = {p for of_role in given for p in of_role}
    asked = {n.strip() for n in settings.CONFIG.second_factor_roles.split(",")}
    second_factor = not asked.isdisjoint(names)
    own = [int(n[1:]) for n in names if n[:1] == "r" and n[1:].isdigit()]
    for role in OrganisationRole.objects.filter(id__in=own) if own else ():
        permissions.update(role.permissions)
        second_factor |= role.second_factor
    return Rights(frozenset(permissions), second_factor)


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """All permissions that `roles` give."""
    return rights_of(roles).permissions


def person_in_session(person_id: int, stamp: str) -> Actor | None:
    """The actor of a session, unless the person was closed or changed the password since. Sees only that person."""
    person = signed_in_person(person_id, stamp)
    return None if person is None else actor_of(person)


def signed_in_person(person_id: int, stamp: str) -> Person | None:
    """The person of a session, unless closed or with a new password since."""
    person = Person.objects.filter(id=person_id, active=True).first()
    if person is None or not hmac.compare_digest(session_stamp(person), stamp):
        return None
    return person


# One way to the database and back where there were four. Statements run one after the other: the first lets the row of
# the person be seen, the second opens the scope with that very row.
_OPEN = """
    SELECT set_config('yufang.person', %(id)s::text, true);
    SELECT set_config('yufang.scope', scope, true), {columns} FROM accounts_person WHERE id = %(id)s AND active;
    SELECT permissions FROM accounts_role
    WHERE name = ANY (SELECT unnest(roles) FROM accounts_person WHERE id = %(id)s)
"""


def open_as(person_id: int, stamp: str) -> tuple[Person, Rights] | None:
    """The person of a session with their rights, and their scope open until the transaction ends.

    None, and nothing open, where they are closed or have a new password since. Read anew for each request: a role
    that was taken away counts no more from the next one on.
    """
    names = [field.column for field in Person._meta.concrete_fields]
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN.format(columns=columns), {"id": person_id})
        cursor.nextset()
        row = cursor.fetchone()
        cursor.nextset()
        given = [permissions for (permissions,) in cursor.fetchall()]
    if row is not None:
        person = Person.from_db(connection.alias, [f.attname for f in Person._meta.concrete_fields], row[1:])
        if hmac.compare_digest(session_stamp(person), stamp):
            return person, _rights(list(person.roles), given)
    see_nothing()
    return None


def must(person: Person, rights: Rights, *, strong: bool) -> Literal["password", "second_factor"] | None:
    """What `person` has to do before anything else; `strong`: the session was opened with a second factor."""
    if person.must_change_password:
        return "password"
    return "second_factor" if rights.second_factor and not strong else None


def actor_of(person: Person, rights: Rights | None = None) -> Actor:
    """The acting user that `person` is."""
    return Actor(
        person_id=person.pk,
        name=person.name,
        organisation_id=person.organisation_id,
        scope=person.scope,
        permissions=(rights or rights_of(person.roles)).permissions,
    )


def session_stamp(person: Person) -> str:
    """Changes with the password, so that old sessions end."""
    return salted_hmac("yufang.session", person.password).hexdigest()


def me(actor: Actor, request: HttpRequest) -> Me:
    """The signed-in person."""
    from yufang.server.accounts import glass
    from yufang.server.accounts.session import STRONG_KEY

    person = Person.objects.select_related("organisation").get(id=actor.person_id)
    organisation = person.organisation
    return Me(
        id=person.pk,
        username=person.username,
        name=person.name,
        name_en=person.name_en or person.name,
        locale=person.locale,
        roles=list(person.roles),
        permissions=sorted(actor.permissions),
        organisation=OrganisationOut.model_validate(organisation),
        must=must(person, rights_of(person.roles), strong=bool(request.session.get(STRONG_KEY))),
        glass=glass.of(actor, request),
    )


def people_for(actor: Actor, enterprise_id: int) -> list[PersonOut]:
    """People of an enterprise, its sites and teams, and of the regulators above it as far as the actor sees them."""
    enterprise = Organisation.objects.filter(id=enterprise_id).first()
    if enterprise is None:
        raise not_found()
    above = [int(part) for part in enterprise.path.strip("/").split("/")]
    people = (
        Person.objects.filter(active=True)
        .exclude(id=actor.person_id)
        .filter(service=False)
        .select_related("organisation")
        .order_by("path", "id")
    )
    people = people.filter(path__startswith=enterprise.path) | people.filter(organisation_id__in=above)
    return [
        PersonOut(
            id=p.pk,
            name=p.name,
            name_en=p.name_en or p.name,
            role=p.roles[0] if p.roles else "",
            organisation_name=p.organisation.name,
        )
        for p in people
    ]


def person_label(person: Person | None) -> str | None:
    """How a person is named beside what they did."""
    return person.name if person else None


def person_label_en(person: Person | None) -> str | None:
    """The same on English screens."""
    return (person.name_en or person.name) if person else None


def organisations_under(path: str, text: str) -> list[Found]:
    """Open organisations under `path` by a part of their name, in the order of the tree."""
    rows = Organisation.objects.filter(path__startswith=path, closed_at=None)
    if text.strip():
        rows = rows.filter(name__icontains=text.strip())
    return [
        Found(
            id=o.pk,
            name=o.name,
            kind=o.kind,
            path=o.path,
            under=o.parent.name if o.parent is not None and o.path != path else "",
        )
        for o in rows.select_related("parent").order_by("path")[:50]
    ]
