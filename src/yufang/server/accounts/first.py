"""The first person of a new platform, and the way back in where nobody is left who administers the top organisation."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password

from yufang.server.accounts import people, signing_in
from yufang.server.accounts.actions import open_organisation
from yufang.server.accounts.contracts import InvitationLink, PersonIn
from yufang.server.accounts.models import Invitation, Organisation, Person
from yufang.server.errors import Refused
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action, set_local

ROLE = "supervisor"


@action
def open_first(acting_user: Actor, organisation: str, username: str, name: str) -> InvitationLink:
    """Open the top organisation where there is none, admit `username` as its supervisor, and give the one-time link.

    Again with the same name: a new link, and the password and second factors of before are gone. Whoever runs this
    holds the platform's database; it stands in the ledger like everything else. Raises Refused.
    """
    people.check_username(username)
    top = Organisation.objects.filter(parent=None).order_by("id").first()
    if top is None and not organisation:
        raise Refused(
            422,
            "no_organisation",
            "还没有任何组织：用 --organisation 写出最上级单位的名称。",
            "There is no organisation yet: name the topmost one with --organisation.",
            "organisation",
        )
    if top is None:
        number = open_organisation(
            # The key by which `yufang serve load` finds its region.
            acting_user,
            parent_id=None,
            kind=Organisation.Kind.REGULATOR,
            key="region",
            name=organisation,
        )
        top = Organisation.objects.get(id=number)
    person = Person.objects.select_for_update(of=("self",)).filter(username__iexact=username).first()
    if person is None:
        entry = PersonIn(username=username, name=name or username, organisation_id=top.pk, roles=[ROLE])
        return people.invite(acting_user, people.make(acting_user, top, entry), Invitation.Kind.FIRST)
    if person.organisation_id != top.pk or ROLE not in person.roles or not person.active:
        raise Refused(
            409,
            "username_taken",
            f"用户名 {username} 已有人使用，且不是 {top.name} 的监管人员；请换一个。",
            f"The user name {username} is another person's, who is no supervisor of {top.name}; choose another.",
            "username",
        )
    person.password, person.must_change_password = make_password(None), False
    person.save(update_fields=["password", "must_change_password"])
    set_local("yufang.administered", str(person.pk))
    signing_in.end_sessions(person)
    Authenticator.objects.filter(user=person).delete()
    set_local("yufang.administered", "")
    ledger.append(acting_user, person.path, "accounts.person_reset", f"person:{person.pk}", {})
    return people.invite(acting_user, person, Invitation.Kind.RESET)
