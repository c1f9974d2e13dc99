"""From the session cookie or a service key to an actor and an open scope, around every API request."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja.security import APIKeyCookie, HttpBearer

from yufang.server.accounts import glass, queries
from yufang.server.accounts.models import Person
from yufang.server.errors import Refused, forbidden
from yufang.server.scope import Actor

PERSON_KEY = "person"
STAMP_KEY = "stamp"
CONFIRMED_KEY = "confirmed"  # when the password or a factor was last shown
STRONG_KEY = "strong"  # whether a second factor was shown or set up
CONFIRMED_SECONDS = 900
_SEEN_SECONDS = 300  # how exact "last seen" is: a write for each request would be too much
OWN = "/api/auth/"  # one's own account: open whatever else is barred


class ScopeMiddleware:
    """Runs each API request in one transaction whose scope is the signed-in person's; nobody signed in: no scope."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = AnonymousUser()
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        with transaction.atomic():
            request.barred = None
            request.by_key = False
            request.actor = self._by_key(request) or self._by_session(request)
            return self.get_response(request)

    def _by_key(self, request: HttpRequest) -> Actor | None:
        from yufang.server.accounts import keys

        token = keys.token_in(request)
        found = keys.actor_with(token, request) if token else None
        request.by_key = found is not None
        return found

    def _by_session(self, request: HttpRequest) -> Actor | None:
        person_id = request.session.get(PERSON_KEY)
        if person_id is None or request.headers.get("Authorization", "").startswith("Bearer yufang_"):
            return None  # a key that no longer holds must not fall back on a cookie
        opened = queries.open_as(person_id, request.session.get(STAMP_KEY, ""))
        if opened is None:
            return None
        person, rights = opened
        request.user = person
        request.barred = _barred(request, person, rights)
        _seen(request)
        return glass.through(request, queries.actor_of(person, rights))


def _barred(request: HttpRequest, person: Person, rights: queries.Rights) -> Refused | None:
    must = queries.must(person, rights, strong=bool(request.session.get(STRONG_KEY)))
    if must == "password":
        return Refused(
            403,
            "password_change_needed",
            "首次登录请先修改密码。",
            "Change your first password before you go on.",
        )
    if must == "second_factor":
        return Refused(
            403,
            "second_factor_needed",
            "您的角色须设置两步验证：请先设置验证器应用或通行密钥。",
            "Your role asks for a second factor: set up an authenticator app or a passkey first.",
        )
    return None


def _seen(request: HttpRequest) -> None:
    key = request.session.session_key
    if cache.add(f"yufang.seen.{key}", True, _SEEN_SECONDS):
        UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now())


class SignedIn(APIKeyCookie):
    """Ninja's guard: a person is signed in, and unsafe methods carry the CSRF token."""

    param_name = "yufang_session"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        if getattr(request, "actor", None) is None or request.by_key:
            return None
        if request.barred is not None and not request.path.startswith(OWN):
            raise request.barred
        return actor(request)


class ServiceKeyed(HttpBearer):
    """Ninja's guard for programs: a service key in the header. No cookie is looked at, so CSRF does not apply."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        return actor(request) if request.by_key else None


def actor(request: HttpRequest, permission: str = "") -> Actor:
    """The acting user of `request`; with `permission`, refuses with 403 whoever lacks it."""
    found: Actor = request.actor
    if permission and not found.may(permission):
        raise forbidden(permission)
    return found


def oneself(request: HttpRequest) -> Person:
    """The person at the session; refuses service keys, which have no account of their own."""
    user: Any = request.user
    if not isinstance(user, Person):
        raise forbidden("accounts")
    return user


def confirmed(request: HttpRequest) -> bool:
    """Whether the password or a factor was shown a short while ago."""
    return time.time() - float(request.session.get(CONFIRMED_KEY, 0.0)) < CONFIRMED_SECONDS


def oneself_confirmed(request: HttpRequest) -> Person:
    """The person at the session, for changes that a stolen open screen must not make."""
    person = oneself(request)
    if not confirmed(request):
        raise Refused(
            403,
            "confirm_first",
            "请先输入密码确认是您本人。",
            "Confirm with your password that it is you.",
        )
    return person
