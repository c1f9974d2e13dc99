"""Service keys: how a program comes in. A key carries some permissions, one part of the tree and a last day."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils import timezone

from yufang.server.accounts import people
from yufang.server.accounts.contracts import KeyMade, KeyOut
from yufang.server.accounts.models import Person, ServiceKey
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action, set_local

PREFIX = "yufang_"
LONGEST_DAYS = 366
_USED_SECONDS = 60  # how exact "last used" is


def token_in(request: HttpRequest) -> str:
    """The service key in the header, "" where there is none."""
    carried = request.headers.get("Authorization", "")
    return carried[7:].strip() if carried.startswith(f"Bearer {PREFIX}") else ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def actor_with(token: str, request: HttpRequest) -> Actor | None:
    """The acting user of a key that holds, with its scope open. Shows exactly the row of this key before that."""
    set_local("yufang.service_key", _hash(token))
    key = ServiceKey.objects.filter(key_hash=_hash(token), revoked_at=None, expires_at__gt=timezone.now()).first()
    set_local("yufang.service_key", "")
    if key is None:
        return None
    set_local("yufang.person", str(key.person_id))
    person = Person.objects.filter(id=key.person_id, active=True).first()
    if person is None:
        set_local("yufang.person", "")
        return None
    set_local("yufang.scope", person.scope)
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > timedelta(seconds=_USED_SECONDS):
        ServiceKey.objects.filter(id=key.pk).update(
            last_used_at=now, last_used_from=(request.META.get("REMOTE_ADDR") or "")[:45]
        )
    return Actor(
        person_id=person.pk,
        name=person.name,
        organisation_id=person.organisation_id,
        scope=person.scope,
        permissions=frozenset(key.permissions),
    )


def grantable(acting_user: Actor) -> list[str]:
    """Permissions that a key of this person may carry: their own, but none over accounts."""
    return sorted(p for p in acting_user.permissions if not p.startswith("accounts."))


@action
def make(acting_user: Actor, name: str, organisation_id: int, permissions: list[str], days: int) -> KeyMade:
    """Make a key for an organisation that one administers; the key itself is shown this once only."""
    organisation = people.open_organisation(acting_user, organisation_id)
    foreign = sorted(set(permissions) - set(grantable(acting_user)))
    if foreign:
        raise Refused(
            403,
            "not_yours_to_grant",
            f"您自己没有这些权限，不能授予密钥：{'、'.join(foreign)}。",
            f"You can't give a key what you lack yourself: {', '.join(foreign)}.",
            "permissions",
        )
    token = PREFIX + secrets.token_urlsafe(32)
    person = Person.objects.create(
        username=f"key-{secrets.token_hex(8)}",
        password=make_password(None),
        name=name,
        name_en=name,
        organisation=organisation,
        path=organisation.path,
        scope=people.home_of(organisation).path,
        roles=[],
        service=True,
    )
    now = timezone.now()
    key = ServiceKey.objects.create(
        organisation=organisation,
        path=organisation.path,
        person=person,
        name=name,
        prefix=token[:12],
        key_hash=_hash(token),
        permissions=sorted(set(permissions)),
        made_by_id=acting_user.person_id,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    facts = {"organisation": organisation.pk, "permissions": key.permissions, "days": days}
    ledger.append(acting_user, organisation.path, "accounts.key_made", f"service_key:{key.pk}", facts)
    return KeyMade(id=key.pk, key=token, expires_at=key.expires_at)


@action
def revoke(acting_user: Actor, key_id: int) -> None:
    """From now on the key opens nothing. Twice changes nothing."""
    key = _administered(acting_user, key_id)
    if key.revoked_at is not None:
        return
    key.revoked_at, key.revoked_by_id = timezone.now(), acting_user.person_id
    key.save(update_fields=["revoked_at", "revoked_by"])
    Person.objects.filter(id=key.person_id).update(active=False)
    ledger.append(acting_user, key.path, "accounts.key_revoked", f"service_key:{key.pk}", {})


def listed(acting_user: Actor) -> list[KeyOut]:
    """Keys of the organisations that one administers, the newest first."""
    mine = people.administrator(acting_user).path
    rows = ServiceKey.objects.filter(path__startswith=mine).select_related("organisation").order_by("-id")[:500]
    makers = Person.objects.in_bulk({k.made_by_id for k in rows})  # whoever stands above isn't seen from here
    return [
        KeyOut(
            id=k.pk,
            name=k.name,
            prefix=k.prefix,
            organisation_name=k.organisation.name,
            permissions=k.permissions,
            made_by=person_label(makers.get(k.made_by_id)),
            made_by_en=person_label_en(makers.get(k.made_by_id)),
            made_at=k.made_at,
            expires_at=k.expires_at,
            last_used_at=k.last_used_at,
            last_used_from=k.last_used_from,
            revoked_at=k.revoked_at,
        )
        for k in rows
    ]


def _administered(acting_user: Actor, key_id: int) -> ServiceKey:
    mine = people.administrator(acting_user).path
    key = ServiceKey.objects.select_for_update().filter(id=key_id, path__startswith=mine).first()
    if key is None:
        raise not_found()
    return key
