"""One-time links of `accounts` as messages: to the mailbox or number that an administrator gave, by a channel of the
organisation. The link is made when the message goes out and is kept nowhere; a retry makes the same one again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from yufang.dispatch import InvitationFacts, Text, default_rules, invitation_text
from yufang.server.accounts.models import Invitation, Organisation, Person
from yufang.server.dispatch import links
from yufang.server.dispatch.checks import checked_address, wrong
from yufang.server.dispatch.models import Channel, Delivery, Notice, Reach
from yufang.server.dispatch.sealing import seal_way
from yufang.server.dispatch.spreading import INVITATION, hand_over
from yufang.server.errors import Refused
from yufang.server.scope import Actor

KINDS = (Channel.Kind.EMAIL, Channel.Kind.SMS)
_POSITION = -2  # of a way that serves its invitation only: switched off, not shown, gone once the link was used


@dataclass(frozen=True, slots=True)
class Route:
    """By which channel an address is reached, and how the address is shown."""

    channel: Channel
    address: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where the message of an invitation stands."""

    state: str
    channel: str
    sent_to: str
    tries: int
    next_try_at: datetime | None
    error_zh: str
    error_en: str


class Routes:
    """Channels that can carry an invitation, looked up once for many people."""

    def __init__(self) -> None:
        broken = default_rules().broken_after
        rows = Channel.objects.filter(kind__in=KINDS, enabled=True).select_related("organisation")
        # Nearest first; those that are known to be broken behind the others.
        self._rows = sorted(rows, key=lambda c: (c.failures >= broken, -len(c.organisation.path), c.pk))

    def to(self, address: str, organisation: Organisation) -> Route:
        """The way to `address` for somebody of `organisation`. Raises Refused where there is none."""
        kind = Channel.Kind.EMAIL if "@" in address else Channel.Kind.SMS
        given, hint = checked_address(kind, address)
        for channel in self._rows:
            if channel.kind == kind and organisation.path.startswith(channel.organisation.path):
                return Route(channel, str(given), hint)
        what = ("邮件", "an e-mail") if kind == Channel.Kind.EMAIL else ("短信", "an SMS")
        raise wrong(
            "address",
            f"{organisation.name}没有已启用的{what[0]}渠道，请在“值班与消息”中添加，或当面交付链接。",
            f"{organisation.name} has no {what[1]} channel that is switched on: add one under Duty and messages, "
            "or hand the link over in person.",
            "no_channel",
        )


def token_of(invitation: Invitation) -> str:
    """The token of an invitation that goes out as a message."""
    return links.make(invitation.pk, invitation.expires_at, links.INVITATION)


def send(acting_user: Actor, invitation: Invitation, person: Person, route: Route) -> int:
    """Hand the link to the worker, in the running transaction; returns the notice's id."""
    now = timezone.now()
    values = {
        "kind": route.channel.kind,
        "channel": route.channel,
        "sealed": seal_way(person.pk, route.address),
        "hint": route.hint,
        "enabled": False,
        "path": person.path,
    }
    way, _ = Reach.objects.update_or_create(person=person, position=_POSITION, defaults=values)
    notice = Notice.objects.create(
        path=person.path,
        kind=INVITATION,
        subject=f"invitation:{invitation.pk}",
        people=[person.pk],
        only=way,
        content=invitation.token_hash,
        at=now,
        spread_at=now,  # for one person by one way: there is nobody to look for
    )
    hand_over(notice, person, "", way, now, now)
    return int(notice.pk)


def address_before(person: Person) -> str:
    """The address that the person's last invitation went to, or one of their own ways; "" where there is none."""
    from yufang.server.dispatch.sealing import unseal_way

    ways = Reach.objects.filter(person=person, kind__in=KINDS).exclude(position=-1).order_by("position", "id")
    for way in ways:
        try:
            if address := unseal_way(person.pk, way.sealed):
                return str(address)
        except Refused:  # sealed by another key of the server
            continue
    return ""


def forget(person: Person) -> None:
    """The link was used: the address that it went to is no longer needed."""
    Reach.objects.filter(person=person, position=_POSITION).delete()


def progress(notices: Iterable[int]) -> dict[int, Progress]:
    """Where the messages of these notices stand."""
    rows = Delivery.objects.filter(notice_id__in=list(notices)).select_related("channel", "reach").order_by("id")
    return {
        row.notice_id: Progress(
            state=row.state,
            channel=row.channel.name if row.channel is not None else "",
            sent_to=row.reach.hint if row.reach is not None else "",
            tries=row.tries,
            next_try_at=row.next_try_at,
            error_zh=row.error_zh,
            error_en=row.error_en,
        )
        for row in rows
    }


def of_notice(notice: Notice, now: datetime) -> Invitation | None:
    """The invitation that a notice carries; None where its link opens nothing any more."""
    number = int(notice.subject.partition(":")[2])
    return Invitation.objects.filter(id=number, used_at=None, withdrawn_at=None, expires_at__gt=now).first()


def words(notice: Notice, person: Person, locale: str, now: datetime, number: str) -> tuple[Text, str, str]:
    """Text, account and link of the message."""
    invitation = of_notice(notice, now)
    if invitation is None:
        return Text("", ""), "", ""
    link = settings.CONFIG.link(f"/invite#{token_of(invitation)}")
    organisation = Organisation.objects.get(id=person.organisation_id)
    facts = InvitationFacts(
        organisation=organisation.name,
        name=person.name,
        username=person.username,
        until=f"{invitation.expires_at.astimezone(timezone.get_default_timezone()):%Y-%m-%d %H:%M}",
        reset=invitation.kind == Invitation.Kind.RESET,
    )
    text, account = invitation_text(facts, locale, link=link, number=number)
    return text, account, link
