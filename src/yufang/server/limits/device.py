"""Devices that a person has signed in on: a signed cookie that only says so, after OWASP's device cookies.

Whoever has one for a name is counted by that device. Others may fail at the name as often as they like: its owner,
on a known device, is not kept out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_SALT = "yufang.limits.device"
_DAYS = 180


def cookie_name() -> str:
    """`__Secure-`: sent over HTTPS only; the path keeps it away from everything but signing in."""
    return ("__Secure-" if settings.SESSION_COOKIE_SECURE else "") + "yufang_device"


def _mark(name: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{_SALT}\0{name}".encode(), hashlib.sha256).hexdigest()[:32]


def known(request: HttpRequest, name: str) -> str:
    """The device's number where its cookie holds for `name`, "" where not."""
    try:
        device, marks = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=_SALT, max_age=_DAYS * 86400)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if _mark(name) in marks else ""


def remember(request: HttpRequest, response: HttpResponseBase, name: str) -> None:
    """Set the cookie after a sign-in that held. A shared computer is known for its last five people."""
    try:
        device, marks = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=_SALT, max_age=_DAYS * 86400)
    except (signing.BadSignature, ValueError, TypeError):
        device, marks = secrets.token_urlsafe(12), []
    marks = [*[m for m in marks if m != _mark(name)][-4:], _mark(name)]
    response.set_cookie(
        cookie_name(),
        signing.dumps([device, marks], salt=_SALT),
        max_age=_DAYS * 86400,
        path="/api/auth",
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Strict",
    )
