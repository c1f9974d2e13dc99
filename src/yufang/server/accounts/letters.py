"""Invitations that go out as messages, by the channels of `dispatch`: sending, sending again, and where each stands."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from yufang.server.accounts import people
from yufang.server.accounts.contracts import InvitationLink, InvitationRow, Invitations, State
from yufang.server.accounts.models import Invitation, Organisation, Person
from yufang.server.dispatch import inviting
from yufang.server.dispatch.inviting import Progress, Route, Routes
from yufang.server.errors import Refused
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action

_PAGE = 50
_SHOWN_DAYS = 60


def send(acting_user: Actor, person: Person, kind: Invitation.Kind, route: Route) -> InvitationLink:
    """A new link for `person`, on its way by `route`, in the running transaction. Links made before open nothing."""
    # The link is signed over its row, which has a number only once it stands there.
    row = people.invitation_for(acting_user, person, kind, secrets.token_urlsafe(32))
    row.token_hash = hashlib.sha256(inviting.token_of(row).encode()).hexdigest()
    row.notice_number = inviting.send(acting_user, row, person, route)
    row.save(update_fields=["token_hash", "notice_number"])
    facts = {"by_channel": str(route.channel.kind)}
    ledger.append(acting_user, person.path, "accounts.invitation_sent", f"person:{person.pk}", facts)
    return InvitationLink(
        person_id=person.pk,
        username=person.username,
        name=person.name,
        link="",
        expires_at=row.expires_at,
        sent_to=route.hint,
    )


@action
def send_again(acting_user: Actor, person_id: int, address: str) -> InvitationRow:
    """A new link to the address of before, or to `address`. The link of before opens nothing any more."""
    person = people.managed(acting_user, person_id)
    if person.has_usable_password() or not person.active:
        raise Refused(
            409,
            "nothing_to_send",
            "该账号已设置密码或已关闭，无需邀请。忘记密码请用“重置登录”。",
            "The account has a password or is closed: there is nothing to invite to. For a lost password, reset it.",
        )
    address = address.strip() or inviting.address_before(person)
    if not address:
        raise Refused(
            422,
            "no_address",
            "没有此人的邮箱或手机号，请填写。",
            "There is no e-mail address or telephone number of this person; enter one.",
            "address",
        )
    organisation = Organisation.objects.get(id=person.organisation_id)
    last = Invitation.objects.filter(person=person).order_by("-id").first()
    kind = Invitation.Kind(last.kind) if last is not None else Invitation.Kind.FIRST
    send(acting_user, person, kind, Routes().to(address, organisation))
    [row] = _rows(Invitation.objects.select_related("person__organisation").filter(person=person).order_by("-id")[:1])
    return row


def listed(acting_user: Actor, state: str, page: int) -> Invitations:
    """The newest invitation of each person under one's own place, of the last sixty days; `state`: only these."""
    mine = people.administrator(acting_user).path
    since = timezone.now() - timedelta(days=_SHOWN_DAYS)
    newest = Invitation.objects.filter(person=OuterRef("person")).order_by("-id").values("id")[:1]
    found = Invitation.objects.filter(
        id=Subquery(newest), made_at__gte=since, withdrawn_at=None, path__startswith=mine, person__active=True
    )
    rows = _rows(found.select_related("person__organisation").order_by("-id"))
    counts = {name: sum(r.state == name for r in rows) for name in ("waiting", "sent", "failed")}
    shown = [r for r in rows if not state or r.state == state]
    items = shown[(page - 1) * _PAGE : page * _PAGE]
    return Invitations(items=items, total=len(shown), page=page, size=_PAGE, **counts)


def _rows(invitations: Iterable[Invitation]) -> list[InvitationRow]:
    rows = list(invitations)
    messages = inviting.progress([r.notice_number for r in rows if r.notice_number is not None])
    now = timezone.now()
    return [_row(r, messages.get(r.notice_number or 0), now) for r in rows]


# A channel that is taken away takes what it was to send along.
_GONE = Progress(
    state="failed",
    channel="",
    sent_to="",
    tries=0,
    next_try_at=None,
    error_zh="发送渠道已被删除，请重新发送。",
    error_en="The channel was removed; send it again.",
)
_BY_HAND = Progress(state="by_hand", channel="", sent_to="", tries=0, next_try_at=None, error_zh="", error_en="")


def _row(row: Invitation, message: Progress | None, now: datetime) -> InvitationRow:
    told = message or (_BY_HAND if row.notice_number is None or row.used_at is not None else _GONE)
    state = "used" if row.used_at is not None else "expired" if row.expires_at <= now else told.state
    return InvitationRow(
        person_id=row.person_id,
        username=row.person.username,
        name=row.person.name,
        organisation_name=row.person.organisation.name,
        kind=row.kind,
        state=cast(State, "failed" if state == "dropped" else state),
        made_at=row.made_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        channel=told.channel,
        sent_to=told.sent_to,
        tries=told.tries,
        next_try_at=told.next_try_at,
        error_zh=told.error_zh,
        error_en=told.error_en,
    )
