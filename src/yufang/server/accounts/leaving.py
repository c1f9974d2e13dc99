"""Sign-out at the identity provider (OpenID Connect RP-Initiated Logout 1.0), and sign-out that it tells of by itself
(Back-Channel Logout 1.0).

Django-allauth drops the ID token when it has read it. `came_back` keeps it, sealed, in the session that begins: the
provider asks for it as a hint of whose session ends.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from cryptography.fernet import InvalidToken
from django.core.cache import cache
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from yufang.server.accounts import people, signing_in
from yufang.server.accounts.adapters import box
from yufang.server.accounts.models import Person
from yufang.server.errors import Refused
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, scoped, set_local

LEAVING_KEY = "leaving"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
_SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_FRESH_SECONDS = 300  # how old a token may be; it is refused a second time for as long


class _Adapter(OpenIDConnectOAuth2Adapter):
    """Notes on the request what a later sign-out at the provider needs."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        found = super().complete_login(request, app, token, **kwargs)
        hint, end = kwargs["response"].get("id_token"), str(self.openid_config.get("end_session_endpoint") or "")
        if hint and urlsplit(end).scheme in ("https", "http"):
            request.leaving = {"end": end, "client": app.client_id, "hint": box().encrypt(hint.encode()).decode()}
        return found


@login_not_required  # type: ignore[untyped-decorator]
def came_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Where the provider sends the browser back to: as django-allauth's view, and the ID token is not lost."""
    try:
        answer: HttpResponseBase = OAuth2CallbackView.adapter_view(_Adapter(request, provider_id))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return answer


def remember(request: HttpRequest) -> None:
    """Keep in the session that just began what the sign-out at the provider needs, where it offers one."""
    kept = getattr(request, "leaving", None)
    if kept is not None:
        request.session[LEAVING_KEY] = kept


def address(request: HttpRequest) -> str:
    """Where the browser goes on to end the provider's session too; "" for whoever came in by themselves."""
    kept: dict[str, str] | None = request.session.get(LEAVING_KEY)
    if kept is None:
        return ""
    asked = {"client_id": kept["client"], "post_logout_redirect_uri": request.build_absolute_uri("/sign-in")}
    with suppress(InvalidToken):  # the server's key was changed meanwhile: the provider asks the person instead
        asked["id_token_hint"] = box().decrypt(kept["hint"].encode()).decode()
    return f"{kept['end']}{'&' if urlsplit(kept['end']).query else '?'}{urlencode(asked)}"


def told(request: HttpRequest, provider_id: str, token: str) -> int:
    """The provider says that somebody signed out there: their sessions here end. Returns how many.

    Raises Refused (400) for what is no fresh logout token of this provider for us.
    """
    claims = _verified(request, provider_id, token)
    with scoped(Actor.platform()):
        set_local("yufang.identity", f"{provider_id} {claims['sub']}")
        account = SocialAccount.objects.filter(provider=provider_id, uid=claims["sub"]).first()
        set_local("yufang.identity", "")
        person = Person.objects.filter(id=account.user_id).first() if account else None
        if person is None:
            return 0
        with people.administering(person):
            ended = signing_in.end_sessions(person)
        if ended:
            facts = {"sessions": ended, "provider": provider_id}
            ledger.append(Actor.platform(), person.path, "accounts.sessions_ended_there", f"person:{person.pk}", facts)
    return ended


def _verified(request: HttpRequest, provider_id: str, token: str) -> dict[str, Any]:
    try:
        if jwt.get_unverified_header(token)["alg"] not in _SIGNED_BY:
            raise OAuth2Error("not signed by a key pair")
        adapter = _Adapter(request, provider_id)
        config = adapter.openid_config
        algorithm, key = jwtkit.fetch_key(token, config["jwks_uri"], jwtkit.lookup_kid_jwk)
        claims: dict[str, Any] = jwt.decode(
            token,
            key=key,
            algorithms=[algorithm],
            issuer=config["issuer"],
            audience=get_adapter().get_provider(request, provider=provider_id).app.client_id,
            options={"require": ["iss", "aud", "iat", "jti", "sub"]},
        )
    except (jwt.PyJWTError, OAuth2Error, SocialApp.DoesNotExist, OSError, KeyError, TypeError, ValueError) as error:
        raise _refused() from error
    fresh = abs(time.time() - float(claims["iat"])) <= _FRESH_SECONDS
    is_logout = isinstance(claims.get("events"), dict) and EVENT in claims["events"] and "nonce" not in claims
    if not (fresh and is_logout and cache.add(f"yufang.logout.{provider_id}.{claims['jti']}", True, _FRESH_SECONDS)):
        raise _refused()
    return claims


def _refused() -> Refused:
    return Refused(
        400,
        "bad_logout_token",
        "退出令牌无效或已过期：须由已配置的统一身份平台签发，且只能使用一次。",
        "The logout token does not hold: it has to be fresh, from a configured provider, and counts once.",
        "logout_token",
    )
