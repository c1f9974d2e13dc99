"""Signing in through a real OpenID Connect provider (panva's oidc-provider, run on loopback): code flow with PKCE,
groups that stand for roles, and what is said to whoever has none."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlparse

import pytest
import requests
from django.conf import settings as django_settings
from django.test import Client

from tests.server.conftest import TokenClient, signed_in
from yufang.server.config import IdentityProvider

HERE = Path(__file__).parent
CALLBACK = "http://testserver/auth/oidc/agency/callback/"


TOLD: list[str] = []  # what the provider told of sign-outs, as it sent it


class _Told(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        TOLD.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def told() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Told) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/"
        listening.shutdown()


@pytest.fixture(scope="module")
def provider(told: str) -> Iterator[str]:
    if not (HERE.parents[1] / "web/node_modules/oidc-provider").exists():
        pytest.fail("The provider is not installed. Run `npm ci` in web/, then test again.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["node", str(HERE / "oidc_provider.mjs"), str(port), CALLBACK, told]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture(autouse=True)
def configured(provider: str, region: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = IdentityProvider(
        id="agency", name="统一身份", server_url=provider, client_id="yufang", secret="a-secret-of-the-tests-only"
    )
    changed = {"identity_providers": (one,), "private_networks": "127.0.0.0/8"}
    monkeypatch.setattr(django_settings, "CONFIG", django_settings.CONFIG.model_copy(update=changed))
    app = {
        "provider_id": "agency",
        "name": one.name,
        "client_id": one.client_id,
        "secret": one.secret,
        "settings": {"server_url": provider, "uid_field": "sub"},
    }
    found = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    monkeypatch.setattr(django_settings, "SOCIALACCOUNT_PROVIDERS", found)


def go(client: Client, next_path: str = "/warnings") -> str:
    answer = client.post("/api/auth/providers/agency", {"next_path": next_path})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["address"])


def at_the_provider(address: str, who: str, browser: requests.Session | None = None) -> str:
    """Sign in and consent on the provider's own pages; the address that it sends the browser back to."""
    browser = browser or requests.Session()
    page = browser.get(address, allow_redirects=False)
    for _ in range(20):
        if page.is_redirect:
            onward = urljoin(page.url, page.headers["Location"])
            if onward.startswith(CALLBACK):
                return onward
            page = browser.get(onward, allow_redirects=False)
            continue
        form = re.search(r'action="([^"]+)"', page.text)
        assert form, page.text
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page.text))
        page = browser.post(urljoin(page.url, form[1]), fields | {"login": who, "password": "x"}, allow_redirects=False)
    raise AssertionError("the provider never sent the browser back")


def come_back(client: Client, address: str) -> str:
    answer = client.get(address.removeprefix("http://testserver"))
    assert answer.status_code == 302, answer.content
    return str(answer.headers["Location"])


def arrive(who: str, browser: requests.Session | None = None) -> tuple[Client, str]:
    client = TokenClient()
    client.get("/api/auth/me")
    return client, come_back(client, at_the_provider(go(client), who, browser))


def map_group(group: str, username: str, *roles: str) -> None:
    supervisor = signed_in()
    home = signed_in(username).get("/api/auth/me").json()["organisation"]["id"]
    body = {"provider": "agency", "group": group, "organisation_id": home, "roles": list(roles)}
    answer = supervisor.post("/api/accounts/mappings", body)
    assert answer.status_code in (200, 409), answer.content


def test_the_way_there_carries_state_and_a_pkce_challenge(region: Any) -> None:
    client = TokenClient()
    client.get("/api/auth/me")
    asked = parse_qs(urlparse(go(client)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "code_challenge"} <= asked.keys()
    assert client.post("/api/auth/providers/unknown", {}).status_code == 404


def test_a_mapped_group_gives_organisation_and_roles_at_each_sign_in(region: Any) -> None:
    map_group("safety-office", "safety_manager", "safety_manager")
    client, where = arrive("ana")
    assert where == "/warnings"
    me = client.get("/api/auth/me").json()
    assert (me["username"], me["roles"]) == ("ana.agency", ["safety_manager"])
    assert len(client.get("/api/enterprises").json()["items"]) == 1
    assert client.get("/api/auth/security").json()["password"] is False
    again, _ = arrive("ana")
    assert again.get("/api/auth/me").json()["id"] == me["id"], "the same person, not a second one"
    supervisor = signed_in()
    (mapping,) = [m for m in supervisor.get("/api/accounts/mappings").json() if m["group"] == "safety-office"]
    assert supervisor.delete(f"/api/accounts/mappings/{mapping['id']}").status_code == 204
    map_group("safety-office", "safety_manager", "worker")
    third, _ = arrive("ana")
    assert third.get("/api/auth/me").json()["roles"] == ["worker"]


def test_sign_out_ends_the_providers_session_too_and_it_tells_of_its_own(region: Any) -> None:
    map_group("safety-office", "safety_manager", "worker")
    browser = requests.Session()
    (client, _), (elsewhere, _) = arrive("ana", browser), arrive("ana")
    out = client.post("/api/auth/sign-out")
    assert out.status_code == 200, out.content
    assert client.get("/api/auth/me").status_code == 401, "here it ends whatever the provider does"
    address = out.json()["address"]
    asked = parse_qs(urlparse(address).query)
    assert asked["post_logout_redirect_uri"] == ["http://testserver/sign-in"]
    assert asked["id_token_hint"][0].count(".") == 2
    page = browser.get(address, allow_redirects=False)
    form = re.search(r'action="([^"]+)"', page.text)
    assert form, page.text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page.text))
    done = browser.post(urljoin(page.url, form[1]), fields | {"logout": "yes"}, allow_redirects=False)
    assert done.headers["Location"].startswith("http://testserver/sign-in")
    assert elsewhere.get("/api/auth/me").status_code == 200
    deadline = time.monotonic() + 20
    while not TOLD and time.monotonic() < deadline:
        time.sleep(0.05)
    token = parse_qs(TOLD[0])["logout_token"][0]
    there = "/api/auth/providers/agency/signed-out"
    forged = token[:-8] + "AAAAAAAA"
    for bad in ("x", forged, token.rsplit(".", 1)[0] + "."):
        refused = Client().post(there, {"logout_token": bad})
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_logout_token"), bad
    assert elsewhere.get("/api/auth/me").status_code == 200
    assert Client().post(there, {"logout_token": token}).status_code == 204
    assert elsewhere.get("/api/auth/me").status_code == 401
    assert Client().post(there, {"logout_token": token}).status_code == 400, "a token counts once"


def test_whoever_no_group_maps_is_told_so_and_not_let_in(region: Any) -> None:
    client, where = arrive("ben")
    assert where == "/sign-in?problem=not_mapped"
    assert client.get("/api/auth/me").status_code == 401


def test_an_answer_to_another_browsers_question_opens_nothing(region: Any) -> None:
    map_group("night-shift", "safety_manager", "worker")
    asking, other = TokenClient(), TokenClient()
    asking.get("/api/auth/me")
    other.get("/api/auth/me")
    back = at_the_provider(go(asking), "cai")
    assert come_back(other, back) == "/sign-in?problem=provider_failed"
    assert other.get("/api/auth/me").status_code == 401
    assert come_back(asking, back) == "/warnings"
    assert come_back(asking, back) == "/sign-in?problem=provider_failed", "a code is good once"


def test_the_way_back_never_leads_elsewhere(region: Any) -> None:
    map_group("night-shift", "safety_manager", "worker")
    for outside in ("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example"):
        client = TokenClient()
        client.get("/api/auth/me")
        assert come_back(client, at_the_provider(go(client, outside), "cai")) == "/"


def test_a_provider_that_is_down_is_said_so(region: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    down = django_settings.SOCIALACCOUNT_PROVIDERS
    down["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:9"
    client = TokenClient()
    client.get("/api/auth/me")
    refused = client.post("/api/auth/providers/agency", {})
    assert (refused.status_code, refused.json()["code"]) == (502, "provider_unreachable")


def test_nobody_maps_a_group_to_more_than_they_hold(region: Any) -> None:
    assert signed_in("safety_manager").get("/api/accounts/mappings").status_code == 403
    supervisor = signed_in()
    home = supervisor.get("/api/auth/me").json()["organisation"]["id"]
    body = {"provider": "agency", "group": "x", "organisation_id": home, "roles": ["not-a-role"]}
    assert supervisor.post("/api/accounts/mappings", body).json()["code"] == "not_yours_to_grant"
