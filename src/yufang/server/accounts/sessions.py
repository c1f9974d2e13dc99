"""The devices on which one is signed in."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from yufang.server.accounts import signing_in
from yufang.server.accounts.contracts import SessionOut
from yufang.server.accounts.models import Person
from yufang.server.errors import not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action

# What a browser says of itself, most telling first.
_SYSTEMS = ("Android", "iPhone", "iPad", "HarmonyOS", "Windows", "Mac OS X", "Linux")
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def device(user_agent: str) -> str:
    """A short name for a browser's long one: `Chrome · Windows`; what isn't known stays as it is, cut short."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    return " · ".join(part for part in (browser, system.replace("Mac OS X", "macOS")) if part) or user_agent[:40]


def listed(person: Person, current: str | None) -> list[SessionOut]:
    """Sessions that still hold, the newest first; `current`: the key of the one that asks."""
    rows = list(UserSession.objects.filter(user=person).order_by("-last_seen_at"))
    held = Session.objects.filter(session_key__in=[r.session_key for r in rows], expire_date__gt=timezone.now())
    alive = set(held.values_list("session_key", flat=True))
    return [
        SessionOut(
            id=r.pk,
            device=device(r.user_agent),
            address=r.ip,
            started_at=r.created_at,
            seen_at=r.last_seen_at,
            current=r.session_key == current,
        )
        for r in rows
        if r.session_key in alive
    ]


@action
def end_one(acting_user: Actor, session_id: int) -> None:
    """Sign one device out; what it asks next is answered with 401."""
    row = UserSession.objects.filter(id=session_id, user_id=acting_user.person_id).first()
    if row is None:
        raise not_found()
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    _leaf(acting_user, 1)


@action
def end_others(acting_user: Actor, current: str | None) -> int:
    """Sign all other devices out."""
    ended = signing_in.end_sessions(Person.objects.get(id=acting_user.person_id), keep=current)
    _leaf(acting_user, ended)
    return ended


def _leaf(acting_user: Actor, ended: int) -> None:
    subject = f"person:{acting_user.person_id}"
    ledger.append(acting_user, acting_user.scope, "accounts.sessions_ended", subject, {"sessions": ended})
