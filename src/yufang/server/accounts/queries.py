"""Reads of organisations and people."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.crypto import salted_hmac

from yufang.server.accounts.contracts import Me, OrganisationOut, PersonOut
from yufang.server.accounts.models import Organisation, Person, Role
from yufang.server.errors import not_found
from yufang.server.scope import Actor


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """All permissions that `roles` give."""
    found = Role.objects.filter(name__in=list(roles)).values_list("permissions", flat=True)
    return frozenset(p for permissions in found for p in permissions)


def person_in_session(person_id: int, stamp: str) -> Actor | None:
    """The actor of a session, unless the person was closed or changed the password since. Sees only that person."""
    person = Person.objects.filter(id=person_id, active=True).first()
    if person is None or session_stamp(person) != stamp:
        return None
    return actor_of(person)


def actor_of(person: Person) -> Actor:
    """The acting user that `person` is."""
    return Actor(
        person_id=person.pk,
        name=person.name,
        organisation_id=person.organisation_id,
        scope=person.scope,
        permissions=permissions_of(person.roles),
    )


def session_stamp(person: Person) -> str:
    """Changes with the password, so that old sessions end."""
    return salted_hmac("yufang.session", person.password).hexdigest()


def me(actor: Actor) -> Me:
    """The signed-in person."""
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
