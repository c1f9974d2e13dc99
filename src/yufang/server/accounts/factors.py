"""Second factors of a person: an authenticator app, passkeys, recovery codes. Over the library functions of
django-allauth's `mfa` app, whose rows show to their person only."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from fido2.utils import websafe_decode

from yufang.server.accounts.adapters import SecondFactor
from yufang.server.accounts.contracts import FactorMethod, PasskeyOut, TotpSecret
from yufang.server.accounts.models import Person
from yufang.server.accounts.session import STRONG_KEY
from yufang.server.accounts.telling import tell
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action

_KEPT_SECONDS = 120  # a code that was used is no use for so long; it would have run out by then
MOST_PASSKEYS = 10
Kind = Authenticator.Type


def methods_of(person: Person) -> list[FactorMethod]:
    """What the person can show as second factor; empty where nothing was set up."""
    kinds = set(Authenticator.objects.filter(user=person).values_list("type", flat=True))
    order: tuple[FactorMethod, ...] = ("totp", "webauthn", "recovery_codes")
    return [m for m in order if m in kinds] if kinds - {"recovery_codes"} else []


def passkeys_of(person: Person) -> list[PasskeyOut]:
    """The person's passkeys, oldest first."""
    rows = Authenticator.objects.filter(user=person, type=Kind.WEBAUTHN).order_by("id")
    return [PasskeyOut(id=r.pk, name=r.data["name"], added_at=r.created_at, last_used_at=r.last_used_at) for r in rows]


def recovery_codes_left(person: Person) -> int:
    """How many recovery codes were not used yet."""
    row = Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


def code_holds(person: Person, code: str) -> bool:
    """Whether `code` is right now the app's, or an unused recovery code. Each holds once."""
    code = "".join(code.split())
    row = Authenticator.objects.select_for_update().filter(user=person, type=Kind.TOTP).first()
    if row is not None and totp.validate_totp_code(SecondFactor().decrypt(row.data["secret"]), code):
        return _first_use(row, code)
    recovery = Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).first()
    if recovery is None or not RecoveryCodes(recovery).validate_code(code):
        return False
    recovery.refresh_from_db()
    recovery.record_usage()
    return True


def _first_use(row: Authenticator, code: str) -> bool:
    """Kept in the row and not in a process's memory: several processes may serve."""
    now, digest = time.time(), hashlib.sha256(code.encode()).hexdigest()
    used = {d: at for d, at in row.data.get("used", {}).items() if now - at < _KEPT_SECONDS}
    if digest in used:
        return False
    row.data["used"] = used | {digest: now}
    row.save(update_fields=["data"])
    row.record_usage()
    return True


def passkey_holds(person: Person, credential: dict[str, Any]) -> bool:
    """Whether `credential` answers the challenge in the session with a key of the person."""
    try:
        webauthn.complete_authentication(person, credential).record_usage()
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return False
    return True


def person_named_by(credential: dict[str, Any]) -> int:
    """Whose passkey it says to be: nothing is known yet."""
    try:
        return int(websafe_decode(credential["response"]["userHandle"]))
    except (ValueError, TypeError, KeyError) as error:
        raise passkey_refused() from error


def passkey_options(person: Person | None) -> dict[str, Any]:
    """The challenge: for one person's passkeys, or for whichever the device offers."""
    return dict(webauthn.begin_authentication(person))


def passkey_refused() -> Refused:
    """No passkey, another platform's, or an old challenge."""
    return Refused(
        400,
        "passkey_failed",
        "通行密钥未通过验证，请重试，或改用密码登录。",
        "The passkey was not accepted; try again, or sign in with your password.",
        "credential",
    )


def begin_totp(request: HttpRequest, person: Person) -> TotpSecret:
    """A new secret for the app, kept in the session until a code confirms it."""
    if Authenticator.objects.filter(user=person, type=Kind.TOTP).exists():
        raise Refused(
            409,
            "totp_exists",
            "已设置验证器应用；要更换，请先移除现有的。",
            "An authenticator app is set up already; remove it first to change it.",
        )
    secret = totp.get_totp_secret(regenerate=True)
    adapter = SecondFactor()
    uri = adapter.build_totp_url(person, secret)
    return TotpSecret(secret=secret, uri=uri, svg=adapter.build_totp_svg(uri))


@action
def confirm_totp(acting_user: Actor, request: HttpRequest, code: str) -> list[str]:
    """Set the app up once a code shows that it has the secret. Returns fresh recovery codes, if there were none."""
    person = Person.objects.get(id=acting_user.person_id)
    secret = request.session.get(totp.SECRET_SESSION_KEY)
    if not secret or not totp.validate_totp_code(secret, "".join(code.split())):
        raise Refused(
            400,
            "wrong_code",
            "验证码不正确：请确认手机时间准确，再输入应用当前显示的 6 位数字。",
            "The code is wrong: check that the phone's clock is right and enter the 6 digits shown now.",
            "code",
        )
    if Authenticator.objects.filter(user=person, type=Kind.TOTP).exists():
        raise Refused(409, "totp_exists", "已设置验证器应用。", "An authenticator app is set up already.")
    totp.TOTP.activate(person, secret)
    totp.clear_totp_secret(request)
    ledger.append(acting_user, person.path, "accounts.factor_added", f"person:{person.pk}", {"kind": "totp"})
    tell(acting_user, person, "factor_added")
    return _after_adding(request, person)


def begin_passkey(person: Person) -> dict[str, Any]:
    """The options for the browser to make a passkey with, as WebAuthn's `publicKey`."""
    if Authenticator.objects.filter(user=person, type=Kind.WEBAUTHN).count() >= MOST_PASSKEYS:
        raise Refused(
            409,
            "too_many_passkeys",
            f"最多可设置 {MOST_PASSKEYS} 个通行密钥，请先移除不用的。",
            f"There can be {MOST_PASSKEYS} passkeys; remove one that you no longer use.",
        )
    return dict(webauthn.begin_registration(person, passwordless=True))


@action
def add_passkey(acting_user: Actor, request: HttpRequest, name: str, credential: dict[str, Any]) -> list[str]:
    """Keep the passkey that the browser made. Returns fresh recovery codes, if there were none."""
    person = Person.objects.get(id=acting_user.person_id)
    try:
        webauthn.parse_registration_response(credential)
        webauthn.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise passkey_refused() from error
    webauthn.WebAuthn.add(person, name.strip(), credential)
    ledger.append(acting_user, person.path, "accounts.factor_added", f"person:{person.pk}", {"kind": "passkey"})
    tell(acting_user, person, "factor_added")
    return _after_adding(request, person)


@action
def remove(acting_user: Actor, kind: FactorMethod, passkey_id: int | None = None) -> None:
    """Remove the app, or one passkey; recovery codes go with the last of them."""
    person = Person.objects.get(id=acting_user.person_id)
    rows = Authenticator.objects.filter(user=person, type=kind)
    if passkey_id is not None:
        rows = rows.filter(id=passkey_id)
    if rows.delete()[0] == 0:
        raise not_found()
    if not Authenticator.objects.filter(user=person).exclude(type=Kind.RECOVERY_CODES).exists():
        Authenticator.objects.filter(user=person).delete()
    name = "passkey" if kind == "webauthn" else kind
    ledger.append(acting_user, person.path, "accounts.factor_removed", f"person:{person.pk}", {"kind": name})
    tell(acting_user, person, "factor_removed")


@action
def new_recovery_codes(acting_user: Actor) -> list[str]:
    """Ten new recovery codes; the old ones no longer hold."""
    person = Person.objects.get(id=acting_user.person_id)
    if not methods_of(person):
        raise Refused(
            409,
            "no_second_factor",
            "请先设置验证器应用或通行密钥，再生成恢复码。",
            "Set up an authenticator app or a passkey first; recovery codes stand in for it.",
        )
    Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).delete()
    ledger.append(acting_user, person.path, "accounts.recovery_codes_made", f"person:{person.pk}", {})
    tell(acting_user, person, "recovery_codes")
    return list(RecoveryCodes.activate(person).generate_codes())


def _after_adding(request: HttpRequest, person: Person) -> list[str]:
    request.session[STRONG_KEY] = True
    if Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).exists():
        return []
    return list(RecoveryCodes.activate(person).generate_codes())
