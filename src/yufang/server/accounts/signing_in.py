"""Signing in: name and password, the second step, a passkey alone, and how a session begins and ends."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from yufang.server.accounts import factors, queries
from yufang.server.accounts.contracts import Me, SecondStep
from yufang.server.accounts.models import Person, SignInTry
from yufang.server.accounts.session import CONFIRMED_KEY, PERSON_KEY, STAMP_KEY, STRONG_KEY
from yufang.server.errors import Refused
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, set_local

# Compared against where no such person exists, so that both answers take the same time.
_NOBODY = "scrypt$16384$bm9ib2R5bm9ib2R5$8$5$" + "A" * 86 + "=="
SECOND_KEY = "second_step"  # whose password held, and whose second factor is still missing
SECOND_SECONDS = 600
_SECOND_TRIES = 20  # wrong second steps of one person in the window, from wherever: six digits can be guessed


def sign_in(request: HttpRequest, username: str, password: str) -> Me | SecondStep | Refused:
    """Sign in on `request`'s session; or the refusal. How often one may try is seen to by the room `limits`."""
    # Shows exactly the row of this name to this transaction (policy of accounts_person).
    set_local("yufang.signing_in", username.strip())
    person = Person.objects.filter(username=username.strip(), active=True, service=False).first()
    set_local("yufang.signing_in", "")
    if not check_password(password, person.password if person else _NOBODY) or person is None:
        return Refused(
            400,
            "bad_credentials",
            "用户名或密码不正确，请检查后重试。",
            "The name or the password is wrong; check both and try again.",
            "password",
        )
    return password_held(request, person)


def password_held(request: HttpRequest, person: Person) -> Me | SecondStep:
    """After the password: the session, or the second step for whoever set one up."""
    set_local("yufang.person", str(person.pk))
    methods = factors.methods_of(person)
    if not methods:
        return start_session(request, person, strong=False)
    request.session.flush()
    request.session[SECOND_KEY] = {
        "person": person.pk,
        "stamp": queries.session_stamp(person),
        "until": time.time() + SECOND_SECONDS,
    }
    rotate_token(request)
    return SecondStep(methods=methods)


def person_at_second_step(request: HttpRequest) -> Person:
    """Whose second factor is waited for. Refuses when the password is too long ago or changed meanwhile."""
    kept: dict[str, Any] = request.session.get(SECOND_KEY) or {}
    if kept.get("until", 0.0) > time.time():
        set_local("yufang.person", str(kept["person"]))
        person = queries.signed_in_person(kept["person"], kept["stamp"])
        if person is not None:
            return person
    set_local("yufang.person", "")
    request.session.pop(SECOND_KEY, None)
    raise Refused(
        401,
        "second_step_over",
        "第二步验证已超时，请重新输入用户名和密码。",
        "The second step took too long; enter your name and password again.",
    )


def second_step(request: HttpRequest, code: str) -> Me | Refused:
    """A code of the authenticator app, or one of the recovery codes. The refusal is returned: the try is kept."""
    person = person_at_second_step(request)
    if (refusal := _too_many_second_steps(person)) is not None:
        return refusal
    if not factors.code_holds(person, code):
        return _wrong_second_step(request, person)
    return start_session(request, person, strong=True)


def second_step_by_passkey(request: HttpRequest, credential: dict[str, Any]) -> Me | Refused:
    """The passkey of whoever's password held."""
    person = person_at_second_step(request)
    if (refusal := _too_many_second_steps(person)) is not None:
        return refusal
    if not factors.passkey_holds(person, credential):
        return _wrong_second_step(request, person)
    return start_session(request, person, strong=True)


def sign_in_by_passkey(request: HttpRequest, credential: dict[str, Any]) -> Me:
    """A passkey alone: the device has asked for finger, face or PIN itself, so it is both factors at once."""
    person_id = factors.person_named_by(credential)
    set_local("yufang.person", str(person_id))
    person = Person.objects.filter(id=person_id, active=True, service=False).first()
    if person is None or not factors.passkey_holds(person, credential):
        set_local("yufang.person", "")
        raise factors.passkey_refused()
    return start_session(request, person, strong=True)


def start_session(request: HttpRequest, person: Person, *, strong: bool) -> Me:
    """Begin a new session of `person`; what was kept for whoever sat here before is dropped.

    `strong`: a second factor was shown. The session's key is new, so one that was planted before is worthless.
    """
    set_local("yufang.person", str(person.pk))
    set_local("yufang.scope", person.scope)
    acting_user = queries.actor_of(person)
    request.session.flush()
    request.session[PERSON_KEY] = person.pk
    request.session[STAMP_KEY] = queries.session_stamp(person)
    request.session[CONFIRMED_KEY] = time.time()
    request.session[STRONG_KEY] = strong
    request.session.save()
    request.user = person
    rotate_token(request)
    UserSession.objects.create(
        user=person,
        ip=address_of(request) or "0.0.0.0",
        session_key=request.session.session_key,
        user_agent=request.headers.get("User-Agent", "")[:200],
    )
    person.last_login = timezone.now()
    person.save(update_fields=["last_login"])
    ledger.append(acting_user, person.path, "accounts.signed_in", f"person:{person.pk}", {"second_factor": strong})
    return queries.me(acting_user, request)


def sign_out(request: HttpRequest) -> None:
    """End the session on the server, not only in the browser."""
    acting_user: Actor | None = getattr(request, "actor", None)
    if acting_user is not None and acting_user.person_id is not None:
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        ledger.append(acting_user, acting_user.scope, "accounts.signed_out", f"person:{acting_user.person_id}", {})
    request.session.flush()


def end_sessions(person: Person, keep: str | None = None) -> int:
    """End the sessions of `person` except the one with key `keep`; returns how many. They must be visible."""
    rows = UserSession.objects.filter(user=person).exclude(session_key=keep or "")
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)


def renew(request: HttpRequest, person: Person) -> None:
    """Go on in this session under a new key, with the stamp of the person's new password."""
    before = request.session.session_key
    request.session.cycle_key()
    request.session[STAMP_KEY] = queries.session_stamp(person)
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    rotate_token(request)


def address_of(request: HttpRequest) -> str:
    """Where the request comes from, as the server in front says it."""
    return (request.META.get("REMOTE_ADDR", "") or "")[:45]


def _second_hash(person: Person) -> str:
    return hashlib.sha256(f"second step of {person.pk}".encode()).hexdigest()


def _wrong_second_step(request: HttpRequest, person: Person) -> Refused:
    SignInTry.objects.create(name_hash=_second_hash(person), address=address_of(request), at=timezone.now())
    return Refused(
        400,
        "wrong_code",
        "验证码或通行密钥不正确，请重试；验证码每 30 秒更换，每个只能用一次。",
        "The code or the passkey does not hold; try again. A code changes every 30 seconds and works once.",
        "code",
    )


def _too_many_second_steps(person: Person) -> Refused | None:
    since = timezone.now() - timedelta(minutes=settings.CONFIG.sign_in_window_minutes)
    tries = SignInTry.objects.filter(name_hash=_second_hash(person), at__gte=since).count()
    return _too_many() if tries >= _SECOND_TRIES else None


def _too_many() -> Refused:
    minutes = settings.CONFIG.sign_in_window_minutes
    return Refused(
        429,
        "too_many_tries",
        f"登录失败次数过多，请 {minutes} 分钟后再试。",
        f"Too many failed sign-ins; try again in {minutes} minutes.",
    )
