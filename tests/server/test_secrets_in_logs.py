"""Whatever fails, no log line and no error page holds a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.server.conftest import TokenClient, signed_in
from yufang.server import logs, scrubbing
from yufang.server.scrubbing import forget_also, scrub

PASSWORD = "Tr0ub4dor&3-horse"
TOKEN = "q7Jx0mVb2c9LkTzR5sPwYdHn8fGa"
IDENTITY = "11010519491231002X"
PHONE = "13900139000"
SECRETS = (PASSWORD, TOKEN, IDENTITY, PHONE)


@pytest.mark.parametrize(
    "line",
    [
        f"password={PASSWORD}",
        f'{{"username": "a", "password": "{PASSWORD}", "n": 1}}',
        f"{{'new_password': '{PASSWORD}'}}",
        f"密码：{PASSWORD}".replace("：", ": "),
        f"Authorization: Bearer {TOKEN}",
        f"Cookie: yufang_session={TOKEN}; csrftoken={TOKEN}",
        f"postgresql://yufang_web:{PASSWORD.replace('&', '')}@db:5432/yufang",
        f"connection failed: host=db password={PASSWORD} user=x",
        f"POST https://oapi.example/robot/send?access_token={TOKEN}&timestamp=1 failed",
        f"POST https://qyapi.example/cgi-bin/webhook/send?key={TOKEN} failed",
        f"POST https://open.example/open-apis/bot/v2/hook/{TOKEN} failed",
        f"Internal Server Error: /ack/{TOKEN}",
        f"https://yf.example.org/invite#{TOKEN} failed",
        f"Not Found: /api/report/follow/{TOKEN}",
        f"GET /api/report/places/{TOKEN}/plan 500",
        f"key yufang_{TOKEN} refused",
        f"whsec_{TOKEN}",
        f"duplicate key value\nDETAIL:  Key (name, phone)=(张三, {PHONE}) already exists.\nmore",
        f"input_value='{IDENTITY}', input_type=str",
        f"the worker {IDENTITY} called from {PHONE}",
        f"-----BEGIN PRIVATE KEY-----\n{TOKEN}\n-----END PRIVATE KEY-----",
        f"scrypt$16384${TOKEN}$8$5$abc",
        f"X-CSRFToken: {TOKEN}",
        f"signature={TOKEN}",
    ],
)
def test_a_secret_is_taken_out_in_every_form_that_errors_give_it(line: str) -> None:
    told = scrub(line)
    assert not [s for s in (*SECRETS, PASSWORD.replace("&", "")) if s in told], told
    assert "[…]" in told


@pytest.mark.parametrize(
    "line",
    [
        "GET api/warnings/<int:warning_id> 500 12.5 ms",
        '{"time": "2026-06-30T08:00:00.000+00:00", "organisation_id": 24, "person_id": 3, "status": 500}',
        "KeyError: 9",
        "1782806400000000 readings, 123456789012 bytes",
        "codes: WSA10004, GB 6441-2025",
        "tokens are kept; the secret of success",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert scrub(line) == line


def test_the_deployments_own_secrets_go_wherever_they_stand() -> None:
    before = scrubbing._own
    forget_also(["the-key-of-this-server", "short"])
    try:
        assert scrub("x the-key-of-this-server y short") == "x […] y short"
    finally:
        scrubbing._own = before


def test_values_under_names_of_secrets_are_found_however_deep_and_however_written() -> None:
    odd = "pass'wörd\\"
    body = {"rows": [{"new_password": odd, "note": "seen by all"}], "recovery_codes": ["abcd-efgh"], "code": 123456}
    assert sorted(scrubbing.values_in(body)) == sorted([odd, "abcd-efgh", "123456"])
    also = scrubbing.written([odd])
    for line in (odd, repr((odd,)), json.dumps([odd]), quote(odd, safe="")):
        told = scrub(f"x {line} y", also)
        assert "[…]" in told, line
        assert "pass" not in told, line


@pytest.fixture(params=[logs.JsonLine, logs.TextLine])
def output(request: Any) -> Iterator[io.StringIO]:
    """All that any logger says, at every level, as the server would write it."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(request.param())
    handler.addFilter(logs.WithIds())
    named = [logging.getLogger(n) for n in ("", "django", "django.request", "django.security", "yufang", "apprise")]
    before = [(one, one.level) for one in named]
    for one in named:
        one.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    yield out
    logging.getLogger().removeHandler(handler)
    for one, level in before:
        one.setLevel(level)


def _fails_with(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"could not do it: password={PASSWORD} for {args} {kwargs}")

    monkeypatch.setattr(target, fail)


def test_requests_that_fail_with_secrets_in_hand_leave_none_in_logs_or_answers(
    region: Any, output: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = signed_in("safety_manager")
    client = TokenClient()
    client.get("/api/auth/me")
    client.raise_request_exception = known.raise_request_exception = False
    wrong = client.post("/api/auth/sign-in", {"username": IDENTITY, "password": PASSWORD})
    _fails_with(monkeypatch, "yufang.server.accounts.api.signing_in.sign_in")
    _fails_with(monkeypatch, "yufang.server.accounts.api.queries.me")
    monkeypatch.setattr("yufang.server.reports.api.queries", None)
    monkeypatch.setattr("yufang.server.dispatch.ack_page.link", None)
    answers = [
        wrong,
        client.post("/api/auth/sign-in", {"username": IDENTITY, "password": PASSWORD}),
        client.get(f"/api/report/follow/{TOKEN}", headers={"Authorization": f"Bearer {TOKEN}"}),
        client.get(f"/api/report/places/{TOKEN}"),
        Client(raise_request_exception=False).get(f"/ack/{TOKEN}"),
        known.post("/api/hazards", {"identity_number": IDENTITY, "phone": PHONE, "password": PASSWORD}),
        known.get("/api/auth/me", headers={"Cookie2": TOKEN, "X-Api-Key": TOKEN}),
    ]
    assert [a.status_code for a in answers].count(500) >= 3, [a.status_code for a in answers]
    said = output.getvalue()
    assert "RuntimeError" in said, "failures are logged"
    for answer in answers:
        text = answer.content.decode()
        assert not [s for s in SECRETS if s in text], text
        assert "Traceback" not in text
        if answer.status_code == 500:
            problem = json.loads(text)
            assert problem["code"] == "server_error"
            assert answer.headers["X-Request-ID"] in problem["message_zh"]
            assert "RuntimeError" not in text
    assert not [(s, said[max(0, said.index(s) - 200) :][:400]) for s in SECRETS if s in said]
