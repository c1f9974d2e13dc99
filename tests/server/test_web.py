"""What every answer carries so that a browser does no harm with it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.server.conftest import signed_in

PAGES = ("/", "/enterprises/5", "/sign-in", "/api/docs", "/ack/nothing", "/w/")
SOURCE = Path(__file__).parents[2] / "src/yufang/server"


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.parametrize("path", [*PAGES, "/api/health", "/api/auth/me", "/api/openapi.json", "/no/such/page"])
def test_no_answer_lets_anything_inline_run_or_is_framed_or_sniffed(region: Any, path: str) -> None:
    headers = Client().get(path).headers
    policy = directives(headers["Content-Security-Policy"])
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert policy["default-src"] in ("'none'", "'self'")
    assert policy.get("script-src", policy["default-src"]) in ("'self'", "'none'")
    assert re.fullmatch(r"'self'( 'nonce-[\w-]{20,}')?|'none'|", policy.get("style-src", ""))
    assert (policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert "geolocation=" in headers["Permissions-Policy"]


def test_the_console_gets_another_nonce_each_time_and_says_it_to_its_scripts(
    region: Any, settings: Any, tmp_path: Path
) -> None:
    settings.CONSOLE = tmp_path
    (tmp_path / "index.html").write_text('<meta property="csp-nonce" nonce="__NONCE__" />')
    answers = [Client().get("/warnings") for _ in range(2)]
    nonces = [re.search(r'nonce="([\w-]+)"', a.content.decode())[1] for a in answers]  # type: ignore[index]
    assert nonces[0] != nonces[1]
    for answer, nonce in zip(answers, nonces, strict=True):
        assert f"style-src 'self' 'nonce-{nonce}';" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert "__NONCE__" in (SOURCE.parents[2] / "web/index.html").read_text("utf-8")


def test_an_answer_of_the_api_opened_as_a_page_does_nothing(region: Any) -> None:
    policy = directives(Client().get("/api/health").headers["Content-Security-Policy"])
    assert policy["default-src"] == "'none'"
    assert "sandbox" in policy
    assert signed_in().get("/api/warnings").headers["Cache-Control"] == "no-store"


def test_no_page_of_the_server_holds_an_inline_script_or_style_attribute() -> None:
    pages = [*SOURCE.rglob("*.html"), SOURCE / "web.py"]
    assert len(pages) > 1
    for page in pages:
        if "static/console" in page.as_posix():
            continue
        text = page.read_text("utf-8")
        assert not re.search(r"<[a-z][^>]*\s(style|on[a-z]+)=", text), page
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), page
        assert not re.search(r"<style(?![^>]*nonce=)", text), page


_HTTPS = """
import json, django
django.setup()
from django.conf import settings
from django.test import RequestFactory
from django.middleware.security import SecurityMiddleware
from django.http import HttpResponse
request = RequestFactory().get("/", HTTP_X_FORWARDED_PROTO="https")
answer = SecurityMiddleware(lambda _: HttpResponse())(request)
names = ("DEBUG", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
         "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE", "CSRF_TRUSTED_ORIGINS")
from yufang.server.limits.device import cookie_name
print(json.dumps({n: getattr(settings, n) for n in names}
                 | {"hsts": answer.headers.get("Strict-Transport-Security"), "device": cookie_name()}))
"""


@pytest.mark.parametrize("https", [True, False])
def test_behind_https_cookies_are_bound_to_the_host_and_plain_http_is_gone(https: bool) -> None:
    env = os.environ | {
        "YUFANG_HTTPS": str(https),
        "YUFANG_ALLOWED_HOSTS": "yufang.example.org",
        "DJANGO_SETTINGS_MODULE": "yufang.server.settings",
        "DEBUG": "1",
    }
    done = subprocess.run([sys.executable, "-c", _HTTPS], env=env, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["DEBUG"] is False
    assert found["SESSION_COOKIE_HTTPONLY"]
    assert (found["SESSION_COOKIE_SAMESITE"], found["CSRF_COOKIE_SAMESITE"]) == ("Lax", "Lax")
    if not https:
        assert found["hsts"] is None
        return
    assert found["SESSION_COOKIE_NAME"] == "__Host-yufang_session"
    assert found["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert found["device"] == "__Secure-yufang_device"
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://yufang.example.org"]
    assert found["hsts"] == "max-age=31536000; includeSubDomains"


def test_a_host_that_is_not_ours_is_refused_and_told_nothing(region: Any) -> None:
    for path in ("/api/auth/me", "/", "/w/"):
        answer = Client().get(path, headers={"host": "evil.example"})
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")
    assert Client().get("/api/health", headers={"host": "10.0.0.5"}).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_write_from_another_site_is_refused(region: Any, method: str) -> None:
    client = signed_in()
    for headers in ({}, {"X-CSRFToken": "a" * 32}, {"Origin": "https://evil.example"}):
        answer = getattr(Client(enforce_csrf_checks=True), method)
        bare = Client(enforce_csrf_checks=True)
        bare.cookies = client.cookies
        answer = getattr(bare, method)("/api/warnings/mutes", {}, content_type="application/json", headers=headers)
        assert answer.status_code in (403, 405), (headers, answer.content)
        if answer.status_code == 403:
            assert answer.json()["code"] == "csrf_failed"


def test_no_other_site_may_read_answers(region: Any) -> None:
    answer = Client().get("/api/health", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
