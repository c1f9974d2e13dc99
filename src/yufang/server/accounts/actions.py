"""Writes organisations and people for loads and the demo. People are administered in `people.py`."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import connection

from yufang.server import bulk
from yufang.server.accounts.models import Organisation, Person
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action


@action
def open_organisation(
    acting_user: Actor,
    *,
    parent_id: int | None,
    kind: Organisation.Kind,
    key: str,
    name: str,
    synthetic: bool = False,
) -> int:
    """Make an organisation under `parent_id`, or find the one with this key; returns its id."""
    found = Organisation.objects.filter(parent_id=parent_id, kind=kind, key=key).first()
    if found is not None:
        return int(found.pk)
    parent = Organisation.objects.get(id=parent_id) if parent_id else None
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('accounts_organisation', 'id'))")
        number = int(cursor.fetchone()[0])
    path = f"{parent.path if parent else '/'}{number}/"
    Organisation.objects.create(id=number, parent=parent, path=path, kind=kind, key=key, name=name, synthetic=synthetic)
    ledger.append(acting_user, path, "accounts.organisation_opened", f"organisation:{number}", {"kind": str(kind)})
    return number


@action
def admit_person(
    acting_user: Actor,
    *,
    organisation_id: int,
    username: str,
    password: str,
    name: str,
    name_en: str,
    roles: list[str],
) -> int:
    """Make an account, or move the one of this name. People of sites and teams see their whole enterprise."""
    organisation = home = Organisation.objects.get(id=organisation_id)
    while home.kind in (Organisation.Kind.SITE, Organisation.Kind.TEAM) and home.parent is not None:
        home = home.parent
    found = Person.objects.filter(username=username).first()
    if found is not None:
        if found.organisation_id != organisation_id:
            found.organisation, found.path, found.scope = organisation, organisation.path, home.path
            found.save(update_fields=["organisation", "path", "scope"])
            ledger.append(acting_user, found.path, "accounts.person_moved", f"person:{found.pk}", {})
        return int(found.pk)
    person = Person.objects.create(
        username=username,
        password=make_password(password),
        name=name,
        name_en=name_en,
        organisation=organisation,
        path=organisation.path,
        scope=home.path,
        roles=roles,
    )
    ledger.append(acting_user, organisation.path, "accounts.person_admitted", f"person:{person.pk}", {"roles": roles})
    return int(person.pk)


@action
def open_enterprises(acting_user: Actor, region_id: int, rows: list[tuple[str, str]], synthetic: bool) -> None:
    """Make or rename the enterprises (key, name) of a region. Part of a load, whose leaf stands for it."""
    bulk.stage({"key": "text", "name": "text"}, rows)
    params = {"region": region_id, "synthetic": synthetic}
    bulk.run(
        """
        INSERT INTO accounts_organisation (id, path, parent_id, kind, key, name, synthetic)
        SELECT n, region.path || n || '/', region.id, 'enterprise', fresh.key, fresh.name, %(synthetic)s
        FROM accounts_organisation region,
             (SELECT nextval(pg_get_serial_sequence('accounts_organisation', 'id')) n, s.key, s.name
              FROM stage s WHERE NOT EXISTS (
                  SELECT 1 FROM accounts_organisation o
                  WHERE o.parent_id = %(region)s AND o.kind = 'enterprise' AND o.key = s.key)) fresh
        WHERE region.id = %(region)s
        """,
        params,
    )
    bulk.run(
        """
        UPDATE accounts_organisation o SET name = s.name FROM stage s
        WHERE o.parent_id = %(region)s AND o.kind = 'enterprise' AND o.key = s.key AND o.name <> s.name
        """,
        params,
    )
