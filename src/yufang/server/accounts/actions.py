"""The only code that writes organisations, people and sessions."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from yufang.server import bulk
from yufang.server.accounts import queries
from yufang.server.accounts.contracts import Me
from yufang.server.accounts.models import Organisation, Person, SignInTry
from yufang.server.accounts.session import PERSON_KEY, STAMP_KEY
from yufang.server.errors import Refused
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action, set_local

# Compared against where no such person exists, so that both answers take the same time.
_NOBODY = "scrypt$16384$bm9ib2R5bm9ib2R5$8$5$" + "A" * 86 + "=="


def sign_in(request: HttpRequest, username: str, password: str) -> Me | Refused:
    """Sign in on `request`'s session. Returns the refusal instead of raising it: the failed try must be kept."""
    address = request.META.get("REMOTE_ADDR", "") or ""
    name_hash = hashlib.sha256(username.strip().lower().encode()).hexdigest()
    if (refusal := _too_many_tries(name_hash, address)) is not None:
        return refusal
    # Shows exactly the row of this name to this transaction (policy of accounts_person).
    set_local("yufang.signing_in", username.strip())
    person = Person.objects.filter(username=username.strip(), active=True).first()
    set_local("yufang.signing_in", "")
    if not check_password(password, person.password if person else _NOBODY) or person is None:
        SignInTry.objects.create(name_hash=name_hash, address=address, at=timezone.now())
        return Refused(
            400,
            "bad_credentials",
            "用户名或密码不正确,请检查后重试。",
            "The name or the password is wrong; check both and try again.",
            "password",
        )
    set_local("yufang.person", str(person.pk))
    acting_user = queries.actor_of(person)
    set_local("yufang.scope", acting_user.scope)
    SignInTry.objects.filter(name_hash=name_hash, address=address).delete()
    request.session.cycle_key()
    request.session[PERSON_KEY] = person.pk
    request.session[STAMP_KEY] = queries.session_stamp(person)
    rotate_token(request)
    ledger.append(acting_user, person.path, "accounts.signed_in", f"person:{person.pk}", {})
    return queries.me(acting_user)


def _too_many_tries(name_hash: str, address: str) -> Refused | None:
    config = settings.CONFIG
    since = timezone.now() - timedelta(minutes=config.sign_in_window_minutes)
    SignInTry.objects.filter(at__lt=since).delete()
    tries = SignInTry.objects.filter(address=address)
    limit = config.sign_in_tries
    if tries.filter(name_hash=name_hash).count() < limit and tries.count() < 6 * limit:
        return None
    minutes = config.sign_in_window_minutes
    return Refused(
        429,
        "too_many_tries",
        f"登录失败次数过多,请 {minutes} 分钟后再试。",
        f"Too many failed sign-ins; try again in {minutes} minutes.",
    )


def sign_out(request: HttpRequest) -> None:
    """End the session on the server, not only in the browser."""
    acting_user: Actor | None = getattr(request, "actor", None)
    if acting_user is not None and acting_user.person_id is not None:
        ledger.append(acting_user, acting_user.scope, "accounts.signed_out", f"person:{acting_user.person_id}", {})
    request.session.flush()


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
