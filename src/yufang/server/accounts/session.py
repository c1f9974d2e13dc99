"""From the session cookie to an actor and an open scope, around every API request."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.security import APIKeyCookie

from yufang.server.accounts import queries
from yufang.server.errors import forbidden
from yufang.server.scope import Actor, set_local

PERSON_KEY = "person"
STAMP_KEY = "stamp"


class ScopeMiddleware:
    """Runs each API request in one transaction whose scope is the signed-in person's; nobody signed in: no scope."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        with transaction.atomic():
            request.actor = self._open(request)
            return self.get_response(request)

    def _open(self, request: HttpRequest) -> Actor | None:
        person_id = request.session.get(PERSON_KEY)
        if person_id is None:
            return None
        set_local("yufang.person", str(person_id))
        actor = queries.person_in_session(person_id, request.session.get(STAMP_KEY, ""))
        if actor is None:
            set_local("yufang.person", "")
            return None
        set_local("yufang.scope", actor.scope)
        return actor


class SignedIn(APIKeyCookie):
    """Ninja's guard: a person is signed in, and unsafe methods carry the CSRF token."""

    param_name = "yufang_session"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        return actor(request) if getattr(request, "actor", None) else None


def actor(request: HttpRequest, permission: str = "") -> Actor:
    """The acting user of `request`; with `permission`, refuses with 403 whoever lacks it."""
    found: Actor = request.actor
    if permission and not found.may(permission):
        raise forbidden(permission)
    return found
