"""Signing in through an identity provider (OpenID Connect, by django-allauth) and what its groups stand for here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from yufang.server.accounts import leaving, people, signing_in
from yufang.server.accounts.contracts import MappingIn, MappingOut, ProviderOut
from yufang.server.accounts.models import GroupMapping, Organisation, Person
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action, scoped, set_local

CALLBACK = "/auth/oidc/"


@dataclass(frozen=True, slots=True)
class Came:
    """Whom a provider vouches for."""

    provider: str
    uid: str
    username: str
    name: str
    groups: tuple[str, ...]
    strong: bool


def listed() -> list[ProviderOut]:
    """The providers of the settings, as the sign-in page shows them."""
    return [ProviderOut(id=p.id, name=p.name) for p in settings.CONFIG.identity_providers]


def start(request: HttpRequest, provider_id: str, then: str) -> str:
    """The address of the provider to go to; state and PKCE verifier wait in the session."""
    if provider_id not in {p.id for p in listed()}:
        raise not_found()
    inside = then if then.startswith("/") and not then.startswith(("//", "/\\")) else "/"
    try:
        provider = get_adapter().get_provider(request, provider=provider_id)
        answer = provider.redirect(request, process="login", next_url=inside)
    except OSError as error:  # requests' exceptions are; a provider that is down, or a wrong address
        raise Refused(
            502,
            "provider_unreachable",
            "暂时连不上统一身份平台，请稍后重试，或用本平台密码登录。",
            "The identity provider can't be reached; try again later, or sign in with a password of this platform.",
        ) from error
    return str(answer.url)


def came_with(sociallogin: Any) -> Came:
    """What the provider's answer says, as the settings read it."""
    account = sociallogin.account
    known = next(p for p in settings.CONFIG.identity_providers if p.id == account.provider)
    data: dict[str, Any] = account.extra_data
    claims = {**(data.get("id_token") or {}), **(data.get("userinfo") or {})}
    groups = claims.get(known.groups_claim) or ()
    return Came(
        provider=account.provider,
        uid=account.uid,
        username=str(claims.get("preferred_username") or "")[:60],
        name=str(claims.get("name") or claims.get("preferred_username") or account.uid)[:80],
        groups=tuple(str(g) for g in groups) if isinstance(groups, (list, tuple)) else (str(groups),),
        strong=known.second_factor,
    )


def sign_in(request: HttpRequest, came: Came) -> None:
    """Begin the session of whom the provider vouches for, where the groups stand for something here.

    Organisation and roles follow the groups at each sign-in. Raises Refused for whoever no group maps.
    """
    set_local("yufang.provider", came.provider)
    mappings = list(GroupMapping.objects.filter(provider=came.provider, group__in=came.groups).order_by("id"))
    set_local("yufang.provider", "")
    if not mappings:
        raise Refused(
            403,
            "not_mapped",
            "您已通过身份验证，但所在的组在本平台没有对应的角色，请联系管理员。",
            "You are known to the provider, but none of your groups has a role here; ask an administrator.",
        )
    # The first mapping says where; of several only those of the same organisation add roles.
    first = mappings[0]
    roles = sorted({role for m in mappings if m.organisation_id == first.organisation_id for role in m.roles})
    with scoped(Actor.platform()):
        organisation = Organisation.objects.select_related("parent").get(id=first.organisation_id)
        set_local("yufang.identity", f"{came.provider} {came.uid}")
        account = SocialAccount.objects.filter(provider=came.provider, uid=came.uid).first()
        set_local("yufang.identity", "")
        person = Person.objects.filter(id=account.user_id).first() if account else None
        if person is None:
            person = _first_time(came, organisation, roles)
        elif person.active:
            _follow(person, organisation, roles)
    if not person.active:
        raise Refused(
            403, "closed", "您的账号已关闭，请联系管理员。", "Your account here is closed; ask an administrator."
        )
    signing_in.start_session(request, person, strong=came.strong)
    leaving.remember(request)


def _first_time(came: Came, organisation: Organisation, roles: list[str]) -> Person:
    wanted = came.username if people.USERNAME.match(came.username) else f"{came.provider}.{came.uid}"[:70]
    taken = Person.objects.filter(username__iexact=wanted).exists()
    person = Person.objects.create(
        username=f"{wanted}@{came.provider}"[:80] if taken else wanted,
        password=make_password(None),
        name=came.name,
        name_en=came.name,
        organisation=organisation,
        path=organisation.path,
        scope=people.home_of(organisation).path,
        roles=roles,
    )
    set_local("yufang.person", str(person.pk))
    SocialAccount.objects.create(user=person, provider=came.provider, uid=came.uid, extra_data={})
    facts = {"roles": roles, "provider": came.provider}
    ledger.append(Actor.platform(), organisation.path, "accounts.person_came", f"person:{person.pk}", facts)
    return person


def _follow(person: Person, organisation: Organisation, roles: list[str]) -> None:
    home = people.home_of(organisation).path
    if (person.organisation_id, person.scope, sorted(person.roles)) == (organisation.pk, home, roles):
        return
    facts = {"before": sorted(person.roles), "after": roles, "organisation": organisation.pk}
    person.organisation, person.path, person.scope, person.roles = organisation, organisation.path, home, roles
    person.save(update_fields=["organisation", "path", "scope", "roles"])
    ledger.append(Actor.platform(), person.path, "accounts.roles_followed", f"person:{person.pk}", facts)


def mappings(acting_user: Actor) -> list[MappingOut]:
    """What groups stand for, under one's own place."""
    mine = people.administrator(acting_user).path
    rows = GroupMapping.objects.filter(path__startswith=mine).select_related("organisation")
    return [
        MappingOut(
            id=m.pk,
            provider=m.provider,
            group=m.group,
            organisation_id=m.organisation_id,
            organisation_name=m.organisation.name,
            roles=m.roles,
        )
        for m in rows.order_by("provider", "group")
    ]


@action
def map_group(acting_user: Actor, entry: MappingIn) -> int:
    """Say what a group stands for; it takes hold at the next sign-in of its members."""
    if entry.provider not in {p.id for p in listed()}:
        raise not_found()
    organisation = people.open_organisation(acting_user, entry.organisation_id)
    people.refuse_roles(acting_user, entry.roles)
    try:
        with transaction.atomic():
            row = GroupMapping.objects.create(
                provider=entry.provider,
                group=entry.group.strip(),
                organisation=organisation,
                path=organisation.path,
                roles=entry.roles,
                made_by_id=acting_user.person_id,
                made_at=timezone.now(),
            )
    except IntegrityError as error:
        raise Refused(
            409,
            "group_mapped",
            "该组已有对应关系；请先删除原有的。",
            "The group stands for something already; remove that first.",
            "group",
        ) from error
    facts = {"organisation": organisation.pk, "roles": entry.roles}
    ledger.append(acting_user, organisation.path, "accounts.group_mapped", f"group_mapping:{row.pk}", facts)
    return int(row.pk)


@action
def unmap_group(acting_user: Actor, mapping_id: int) -> None:
    """The group stands for nothing any more; people who came by it keep their roles until they are changed."""
    mine = people.administrator(acting_user).path
    row = GroupMapping.objects.filter(id=mapping_id, path__startswith=mine).first()
    if row is None:
        raise not_found()
    ledger.append(acting_user, row.path, "accounts.group_unmapped", f"group_mapping:{row.pk}", {})
    row.delete()
