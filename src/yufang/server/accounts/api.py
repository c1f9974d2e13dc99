"""Signing in, one's own account, and who a warning can be handed to."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import Form, Router, Schema, Status
from ninja.utils import check_csrf
from pydantic import Field

from yufang.server.accounts import (
    demo_accounts,
    factors,
    glass,
    invitations,
    leaving,
    passwords,
    providers,
    queries,
    sessions,
    signing_in,
)
from yufang.server.accounts.contracts import (
    DemoAccount,
    Ended,
    Found,
    GlassOut,
    InvitationSeen,
    Me,
    PersonOut,
    ProviderOut,
    RecoveryCodesOut,
    SecondStep,
    Security,
    SessionOut,
    TotpSecret,
)
from yufang.server.accounts.session import CONFIRMED_KEY, actor, confirmed, oneself, oneself_confirmed
from yufang.server.errors import Problem, Refused

router = Router(tags=["accounts"])
Refusals = {400: Problem, 401: Problem, 403: Problem, 409: Problem, 422: Problem, 429: Problem}


class SignIn(Schema):
    username: str = Field(max_length=80)
    password: str = Field(max_length=200)


class Code(Schema):
    code: str = Field(min_length=6, max_length=40)


class Credential(Schema):
    """What the browser's `navigator.credentials` gave, as JSON."""

    credential: dict[str, Any]


class NewPasskey(Credential):
    name: str = Field(min_length=1, max_length=60)


class Password(Schema):
    password: str = Field(max_length=200)


class PasswordChange(Schema):
    old: str = Field(max_length=200)
    new: str = Field(max_length=200)


class Token(Schema):
    token: str = Field(max_length=100)


class Acceptance(Token):
    password: str = Field(max_length=200)


class Going(Schema):
    next_path: str = Field(default="/", max_length=500)


class Gone(Schema):
    address: str


class GlassIn(Schema):
    organisation_id: int
    minutes: int = Field(ge=1, le=glass.LONGEST)
    reason: str = Field(min_length=5, max_length=500)


class PublicKey(Schema):
    """Options for the browser's `navigator.credentials`, as WebAuthn writes them in JSON."""

    publicKey: dict[str, Any]


def _guard_csrf(request: HttpRequest) -> None:
    """Routes that are open to whoever is not signed in have no guard that would look at the token."""
    if check_csrf(request):
        raise Refused(
            403,
            "csrf_failed",
            "页面已过期，请刷新后重试。",
            "The page is out of date; reload it and try again.",
        )


def _answer(result: Me | SecondStep | Refused) -> Any:
    if isinstance(result, Refused):
        return Status(result.status, result.problem)
    return Status(202 if isinstance(result, SecondStep) else 200, result)


@router.get("/auth/me", auth=None, response={200: Me, 401: Problem})
def me(request: HttpRequest) -> Me:
    """The signed-in person; also sets the CSRF cookie, signed in or not."""
    get_token(request)
    if getattr(request, "actor", None) is None:
        raise Refused(401, "not_signed_in", "请先登录。", "Sign in first.")
    return queries.me(actor(request), request)


@router.post("/auth/sign-in", auth=None, response={200: Me, 202: SecondStep, **Refusals})
def sign_in(request: HttpRequest, body: SignIn) -> Any:
    """Start a session; 202 where a second factor is still to be shown."""
    _guard_csrf(request)
    return _answer(signing_in.sign_in(request, body.username, body.password))


@router.post("/auth/second-step", auth=None, response={200: Me, **Refusals})
def second_step(request: HttpRequest, body: Code) -> Any:
    """The second step by a code of the app, or a recovery code."""
    _guard_csrf(request)
    return _answer(signing_in.second_step(request, body.code))


@router.post("/auth/second-step/passkey-options", auth=None, response={200: PublicKey, **Refusals})
def second_step_options(request: HttpRequest) -> Any:
    """The challenge for the passkeys of whoever's password held."""
    _guard_csrf(request)
    return factors.passkey_options(signing_in.person_at_second_step(request))


@router.post("/auth/second-step/passkey", auth=None, response={200: Me, **Refusals})
def second_step_by_passkey(request: HttpRequest, body: Credential) -> Any:
    """The second step by a passkey."""
    _guard_csrf(request)
    return _answer(signing_in.second_step_by_passkey(request, body.credential))


@router.post("/auth/passkey-options", auth=None, response={200: PublicKey, **Refusals})
def passkey_options(request: HttpRequest) -> Any:
    """The challenge for signing in by a passkey alone."""
    _guard_csrf(request)
    return factors.passkey_options(None)


@router.post("/auth/passkey", auth=None, response={200: Me, **Refusals})
def passkey(request: HttpRequest, body: Credential) -> Any:
    """Start a session by a passkey alone."""
    _guard_csrf(request)
    return _answer(signing_in.sign_in_by_passkey(request, body.credential))


@router.get("/auth/providers", auth=None, response=list[ProviderOut])
def identity_providers(request: HttpRequest) -> list[ProviderOut]:
    """Identity providers that people can sign in through."""
    return providers.listed()


@router.post("/auth/providers/{provider_id}", auth=None, response={200: Gone, **Refusals, 404: Problem, 502: Problem})
def go_to_provider(request: HttpRequest, provider_id: str, body: Going) -> Gone:
    """The address of the provider, to send the browser to."""
    _guard_csrf(request)
    return Gone(address=providers.start(request, provider_id, body.next_path))


@router.post("/auth/invitations/look", auth=None, response={200: InvitationSeen, **Refusals, 404: Problem})
def look_at_invitation(request: HttpRequest, body: Token) -> InvitationSeen:
    """Whom a one-time link is for."""
    _guard_csrf(request)
    return invitations.look(body.token)


@router.post("/auth/invitations/accept", auth=None, response={200: Me, 202: SecondStep, **Refusals, 404: Problem})
def accept_invitation(request: HttpRequest, body: Acceptance) -> Any:
    """Set the password of a one-time link and start a session."""
    _guard_csrf(request)
    return _answer(invitations.accept(request, body.token, body.password))


@router.post("/auth/sign-out", response={200: Gone, 204: None})
def sign_out(request: HttpRequest) -> Any:
    """End the session; 200 with an address where the browser goes on to end the identity provider's session too."""
    address = leaving.address(request)
    signing_in.sign_out(request)
    return Status(200, Gone(address=address)) if address else HttpResponse(status=204)


@router.post("/auth/providers/{provider_id}/signed-out", auth=None, response={204: None, **Refusals})
def signed_out_there(request: HttpRequest, provider_id: str, logout_token: Form[str]) -> HttpResponse:
    """For identity providers (OpenID Connect Back-Channel Logout): the sessions of whom the token names end here."""
    leaving.told(request, provider_id, logout_token)
    return HttpResponse(status=204)


@router.post("/auth/confirm", response={204: None, **Refusals})
def confirm(request: HttpRequest, body: Password) -> HttpResponse:
    """Show the password again, before a change of how the account is secured."""
    if not oneself(request).check_password(body.password):
        raise Refused(
            400, "bad_credentials", "密码不正确，请重新输入。", "The password is wrong; enter it again.", "password"
        )
    request.session[CONFIRMED_KEY] = time.time()
    return HttpResponse(status=204)


@router.post("/auth/password", response={204: None, **Refusals})
def change_password(request: HttpRequest, body: PasswordChange) -> HttpResponse:
    """Change one's own password; all other sessions end."""
    oneself(request)
    passwords.change_own(actor(request), request, body.old, body.new)
    return HttpResponse(status=204)


@router.get("/auth/security", response={200: Security, **Refusals})
def security(request: HttpRequest) -> Security:
    """How one's own account is secured."""
    person = oneself(request)
    return Security(
        password=person.has_usable_password(),
        password_changed_at=person.password_changed_at,
        password_length=settings.CONFIG.password_length,
        totp="totp" in factors.methods_of(person),
        passkeys=factors.passkeys_of(person),
        recovery_codes_left=factors.recovery_codes_left(person),
        second_factor_required=queries.rights_of(person.roles).second_factor,
        confirmed=confirmed(request),
    )


@router.post("/auth/totp", response={200: TotpSecret, **Refusals})
def begin_totp(request: HttpRequest) -> TotpSecret:
    """A secret for an authenticator app; it counts once a code confirms it."""
    return factors.begin_totp(request, oneself_confirmed(request))


@router.post("/auth/totp/confirm", response={200: RecoveryCodesOut, **Refusals})
def confirm_totp(request: HttpRequest, body: Code) -> RecoveryCodesOut:
    """Set the authenticator app up."""
    oneself_confirmed(request)
    return RecoveryCodesOut(codes=factors.confirm_totp(actor(request), request, body.code))


@router.delete("/auth/totp", response={204: None, **Refusals, 404: Problem})
def remove_totp(request: HttpRequest) -> HttpResponse:
    """Remove the authenticator app."""
    oneself_confirmed(request)
    factors.remove(actor(request), "totp")
    return HttpResponse(status=204)


@router.post("/auth/passkeys/options", response={200: PublicKey, **Refusals})
def begin_passkey(request: HttpRequest) -> Any:
    """The options by which the browser makes a passkey."""
    return factors.begin_passkey(oneself_confirmed(request))


@router.post("/auth/passkeys", response={200: RecoveryCodesOut, **Refusals})
def add_passkey(request: HttpRequest, body: NewPasskey) -> RecoveryCodesOut:
    """Keep a passkey."""
    oneself_confirmed(request)
    return RecoveryCodesOut(codes=factors.add_passkey(actor(request), request, body.name, body.credential))


@router.delete("/auth/passkeys/{passkey_id}", response={204: None, **Refusals, 404: Problem})
def remove_passkey(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Remove a passkey."""
    oneself_confirmed(request)
    factors.remove(actor(request), "webauthn", passkey_id)
    return HttpResponse(status=204)


@router.post("/auth/recovery-codes", response={200: RecoveryCodesOut, **Refusals})
def new_recovery_codes(request: HttpRequest) -> RecoveryCodesOut:
    """New recovery codes in place of the old ones."""
    oneself_confirmed(request)
    return RecoveryCodesOut(codes=factors.new_recovery_codes(actor(request)))


@router.get("/auth/sessions", response={200: list[SessionOut], **Refusals})
def list_sessions(request: HttpRequest) -> list[SessionOut]:
    """The devices on which one is signed in."""
    return sessions.listed(oneself(request), request.session.session_key)


@router.delete("/auth/sessions/{session_id}", response={204: None, **Refusals, 404: Problem})
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign one device out."""
    oneself(request)
    sessions.end_one(actor(request), session_id)
    return HttpResponse(status=204)


@router.post("/auth/other-sessions/end", response={200: Ended, **Refusals})
def end_other_sessions(request: HttpRequest) -> Ended:
    """Sign all other devices out."""
    oneself(request)
    return Ended(sessions=sessions.end_others(actor(request), request.session.session_key))


@router.get("/auth/emergency/organisations", response={200: list[Found], **Refusals})
def find_organisation(request: HttpRequest, q: str) -> list[Found]:
    """Organisations beyond one's scope by their name, to open one in an emergency."""
    oneself(request)
    return glass.search(actor(request, "accounts.break_glass"), q) if len(q.strip()) >= 2 else []


@router.post("/auth/emergency", response={200: GlassOut, **Refusals, 404: Problem})
def open_glass(request: HttpRequest, body: GlassIn) -> GlassOut:
    """Open an organisation beyond one's scope for some minutes. Everyone concerned is told."""
    oneself_confirmed(request)
    acting_user = actor(request, "accounts.break_glass")
    return glass.open_glass(acting_user, request, body.organisation_id, body.minutes, body.reason)


@router.post("/auth/emergency/close", response={204: None, **Refusals})
def close_glass(request: HttpRequest) -> HttpResponse:
    """End it before its time."""
    oneself(request)
    glass.close(actor(request), request)
    return HttpResponse(status=204)


@router.get("/auth/demo-accounts", auth=None, response=list[DemoAccount])
def demo(request: HttpRequest) -> list[DemoAccount]:
    """The made-up accounts of the demo; empty elsewhere."""
    return list(demo_accounts.ACCOUNTS) if settings.CONFIG.demo else []


@router.get("/organisations/people", response=list[PersonOut])
def people(request: HttpRequest, enterprise_id: int) -> list[PersonOut]:
    """People that a warning of the enterprise can be handed to."""
    return queries.people_for(actor(request), enterprise_id)
