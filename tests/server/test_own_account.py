"""One's own account: passwords, second factors, sessions, and what a session is asked for before it goes on."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.test import Client

from tests.server.conftest import TokenClient, signed_in
from yufang.server.accounts import people
from yufang.server.accounts.contracts import PersonIn
from yufang.server.accounts.models import Invitation, Person
from yufang.server.scope import Actor, scoped

GOOD = "seven green kettles"


def code_now(secret: str, ahead: int = 0) -> str:
    """The code that an app shows now, or `ahead` periods later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // app_settings.TOTP_PERIOD + ahead))


def newcomer(region: Any, username: str, roles: list[str] | None = None) -> Client:
    """A fresh person of the region, signed in: what happens to them disturbs nobody else."""
    with scoped(Actor.platform()):
        home = Person.objects.get(username="supervisor").organisation
        entry = PersonIn(username=username, name=username, organisation_id=home.pk, roles=roles or ["auditor"])
        person = people.make(Actor.platform(), home, entry)
        person.set_password(GOOD)
        person.save()
    return signed_in(username, GOOD)


def with_app(region: Any, username: str) -> tuple[Client, str, list[str]]:
    """A newcomer with an authenticator app: the client, the app's secret, the recovery codes."""
    client = newcomer(region, username)
    secret = client.post("/api/auth/totp").json()["secret"]
    confirmed = client.post("/api/auth/totp/confirm", {"code": code_now(secret)})
    assert confirmed.status_code == 200, confirmed.content
    return client, secret, confirmed.json()["codes"]


def half_signed_in(username: str) -> Client:
    client = TokenClient()
    client.get("/api/auth/me")
    answer = client.post("/api/auth/sign-in", {"username": username, "password": GOOD})
    assert answer.status_code == 202, answer.content
    return client


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("short one", "12"),
        ("1qaz2wsx3edc", "common"),
        ("pauline.whitaker", "like your name"),
    ],
)
def test_a_weak_password_is_refused_with_the_rule_it_breaks(region: Any, new: str, words: str) -> None:
    client = newcomer(region, f"pauline.whitaker{len(new)}")
    refused = client.post("/api/auth/password", {"old": GOOD, "new": new})
    assert (refused.status_code, refused.json()["code"]) == (422, "weak_password")
    assert words in refused.json()["message_en"]
    assert refused.json()["message_zh"].endswith(("。", "；"))


def test_a_new_password_ends_every_other_session_and_keeps_this_one(region: Any, as_superuser: Any) -> None:
    here = newcomer(region, "two-devices")
    there = signed_in("two-devices", GOOD)
    before = here.cookies["yufang_session"].value
    wrong = here.post("/api/auth/password", {"old": "wrong", "new": "nine blue lanterns"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "old")
    assert here.post("/api/auth/password", {"old": GOOD, "new": "nine blue lanterns"}).status_code == 204
    assert there.get("/api/auth/me").status_code == 401
    assert here.get("/api/auth/me").status_code == 200
    assert here.cookies["yufang_session"].value != before, "the key of the session is a new one"
    notices = "SELECT title_en FROM dispatch_notice WHERE kind = 'account_changed' AND people = ARRAY[%s]::bigint[]"
    told = as_superuser.execute(notices, [here.get("/api/auth/me").json()["id"]]).fetchall()
    assert told == [("Your password was changed",)], "whoever did it, the person is told"


def test_a_password_that_somebody_else_knows_is_changed_before_anything_else(region: Any, as_superuser: Any) -> None:
    client = newcomer(region, "first-day")
    as_superuser.execute("UPDATE accounts_person SET must_change_password = true WHERE username = 'first-day'")
    assert client.get("/api/auth/me").json()["must"] == "password"
    barred = client.get("/api/warnings")
    assert (barred.status_code, barred.json()["code"]) == (403, "password_change_needed")
    assert client.post("/api/auth/password", {"old": GOOD, "new": "nine blue lanterns"}).status_code == 204
    assert client.get("/api/warnings").status_code == 200


def test_with_an_app_the_password_alone_opens_nothing(region: Any) -> None:
    _, secret, codes = with_app(region, "app")
    assert len(codes) == 10
    client = half_signed_in("app")
    assert client.get("/api/auth/me").status_code == 401
    assert client.get("/api/warnings").status_code == 401
    assert client.post("/api/auth/second-step", {"code": "000000"}).json()["code"] == "wrong_code"
    done = client.post("/api/auth/second-step", {"code": code_now(secret, 1)})
    assert (done.status_code, done.json()["username"]) == (200, "app")
    assert client.get("/api/warnings").status_code == 200


def test_a_code_and_a_recovery_code_hold_once(region: Any) -> None:
    _, secret, codes = with_app(region, "once")
    code = code_now(secret, 1)
    assert half_signed_in("once").post("/api/auth/second-step", {"code": code}).status_code == 200
    assert half_signed_in("once").post("/api/auth/second-step", {"code": code}).status_code == 400
    assert half_signed_in("once").post("/api/auth/second-step", {"code": codes[3]}).status_code == 200
    assert half_signed_in("once").post("/api/auth/second-step", {"code": codes[3]}).status_code == 400


def test_the_second_step_has_a_limit_and_a_password_changed_meanwhile_ends_it(region: Any, as_superuser: Any) -> None:
    with_app(region, "guessed")
    client = half_signed_in("guessed")
    number = as_superuser.execute("SELECT id FROM accounts_person WHERE username = 'guessed'").fetchone()[0]
    as_superuser.execute(
        "INSERT INTO accounts_signintry (name_hash, address, at) SELECT encode(sha256(%s), 'hex'), '', now() "
        "FROM generate_series(1, 20)",
        [f"second step of {number}".encode()],
    )
    assert client.post("/api/auth/second-step", {"code": "123456"}).status_code == 429
    as_superuser.execute("UPDATE accounts_person SET password = 'other' WHERE id = %s", [number])
    assert client.post("/api/auth/second-step", {"code": "123456"}).json()["code"] == "second_step_over"


def test_secrets_of_apps_lie_encrypted(region: Any, as_superuser: Any) -> None:
    _, secret, _ = with_app(region, "sealed")
    kept = as_superuser.execute("SELECT data::text FROM mfa_authenticator WHERE type = 'totp'").fetchall()
    assert kept
    assert all(secret not in row[0] for row in kept)


def test_changing_how_an_account_is_secured_asks_who_it_is(region: Any) -> None:
    client, _, _ = with_app(region, "long-open")
    session = client.session
    session["confirmed"] = time.time() - 3600
    session.save()
    for verb, path in (("delete", "totp"), ("post", "passkeys/options"), ("post", "recovery-codes")):
        refused = getattr(client, verb)(f"/api/auth/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "confirm_first"), path
    assert client.post("/api/auth/confirm", {"password": "wrong"}).status_code == 400
    assert client.post("/api/auth/confirm", {"password": GOOD}).status_code == 204
    assert client.delete("/api/auth/totp").status_code == 204
    assert client.get("/api/auth/security").json()["recovery_codes_left"] == 0, "they go with the last factor"
    assert signed_in("long-open", GOOD).get("/api/auth/me").status_code == 200


def test_a_role_can_ask_for_a_second_factor(region: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = newcomer(region, "must-have-one")
    monkeypatch.setattr(settings, "CONFIG", settings.CONFIG.model_copy(update={"second_factor_roles": "auditor, x"}))
    assert client.get("/api/auth/me").json()["must"] == "second_factor"
    assert client.get("/api/warnings").json()["code"] == "second_factor_needed"
    secret = client.post("/api/auth/totp").json()["secret"]
    assert client.post("/api/auth/totp/confirm", {"code": code_now(secret)}).status_code == 200
    assert client.get("/api/warnings").status_code == 200


def test_a_made_up_passkey_opens_nothing(region: Any) -> None:
    client = TokenClient()
    client.get("/api/auth/me")
    options = client.post("/api/auth/passkey-options").json()["publicKey"]
    assert options["challenge"]
    assert options["userVerification"] == "required"
    for credential in ({}, {"response": {"userHandle": "MQ"}}, {"id": "x", "response": {"userHandle": "!"}}):
        refused = client.post("/api/auth/passkey", {"credential": credential})
        assert (refused.status_code, refused.json()["code"]) == (400, "passkey_failed")
    assert client.get("/api/auth/me").status_code == 401


def test_sessions_are_listed_and_ended(region: Any) -> None:
    here = newcomer(region, "devices")
    there = TokenClient()
    there.get("/api/auth/me")
    agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
    entry = {"username": "devices", "password": GOOD}
    assert there.post("/api/auth/sign-in", entry, headers={"User-Agent": agent}).status_code == 200
    rows = here.get("/api/auth/sessions").json()
    assert [r["current"] for r in rows].count(True) == 1
    other = next(r for r in rows if not r["current"])
    assert (other["device"], other["address"]) == ("Chrome · Android", "127.0.0.1")
    stranger = newcomer(region, "stranger")
    assert stranger.delete(f"/api/auth/sessions/{other['id']}").status_code == 404
    assert here.delete(f"/api/auth/sessions/{other['id']}").status_code == 204
    assert there.get("/api/auth/me").status_code == 401
    signed_in("devices", GOOD)
    assert here.post("/api/auth/other-sessions/end").json() == {"sessions": 1}
    assert len(here.get("/api/auth/sessions").json()) == 1


def test_a_one_time_link_sets_a_password_once(region: Any, as_superuser: Any) -> None:
    with scoped(Actor.platform()):
        home = Person.objects.get(username="supervisor").organisation
        entry = PersonIn(username="invited", name="新来的", organisation_id=home.pk, roles=["auditor"])
        person = people.make(Actor.platform(), home, entry)
        old = people.invite(Actor.platform(), person, Invitation.Kind.FIRST).link.split("#")[1]
        token = people.invite(Actor.platform(), person, Invitation.Kind.FIRST).link.split("#")[1]
    client = TokenClient()
    client.get("/api/auth/me")
    replaced = client.post("/api/auth/invitations/look", {"token": old})
    assert (replaced.status_code, replaced.json()["code"]) == (404, "invitation_over")
    seen = client.post("/api/auth/invitations/look", {"token": token}).json()
    assert (seen["username"], seen["kind"]) == ("invited", "first")
    weak = client.post("/api/auth/invitations/accept", {"token": token, "password": "invited"})
    assert weak.json()["code"] == "weak_password"
    done = client.post("/api/auth/invitations/accept", {"token": token, "password": GOOD})
    assert (done.status_code, done.json()["username"]) == (200, "invited")
    again = client.post("/api/auth/invitations/accept", {"token": token, "password": "nine blue lanterns"})
    assert again.json()["code"] == "invitation_over"
    assert signed_in("invited", GOOD).get("/api/warnings").status_code == 200
    assert as_superuser.execute(
        "SELECT count(*) FROM accounts_invitation WHERE token_hash = %s", [token]
    ).fetchone() == (0,)
