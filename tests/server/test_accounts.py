"""Signing in and out, roles, and what the server says to whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.server.conftest import TokenClient, signed_in

ROLES = {
    "supervisor": {
        *("region.read", "deduction.answer", "warning.acknowledge", "warning.hand_on", "ledger.read"),
        *("cases.adjudicate", "cases.campaign", "models.promote", "lake.manage", "linkage.decide"),
        *("graph.decide", "rates.simulate", "rates.approve", "decisions.edit", "decisions.publish", "dispatch.manage"),
        *("hazards.handle", "hazards.check", "hazards.supervise", "warning.mute"),
        *("inspections.plan", "inspections.do", "inspections.order"),
        *("accounts.manage", "accounts.roles", "accounts.keys", "accounts.providers", "accounts.break_glass"),
        "accounts.organisations",
        *("privacy.share", "privacy.publish", "privacy.oversee", "privacy.decide"),
    },
    "safety_manager": {
        *("deduction.answer", "warning.acknowledge", "warning.hand_on", "warning.mute", "warning.observe"),
        *("decisions.edit", "decisions.publish", "dispatch.manage", "places.manage", "hazards.report"),
        *("hazards.handle", "hazards.check", "reports.contact", "inspections.plan", "inspections.do"),
        *("participation.manage", "participation.take_part"),
        *("edge.manage", "sensing.manage", "sensing.personal", "permits.manage"),
        *("accounts.manage", "accounts.roles", "accounts.keys", "accounts.organisations"),
        *("privacy.personal", "privacy.share"),
    },
    "team_leader": {
        *("deduction.answer", "warning.acknowledge", "hazards.report", "hazards.handle", "inspections.do"),
        *("participation.take_part", "permits.manage"),
    },
    "worker": {"hazards.report", "participation.take_part"},
    "coder": {"region.read", "cases.decide", "linkage.decide", "cases.campaign", "models.train", "models.promote"},
    "auditor": {"region.read", "ledger.read", "privacy.oversee"},
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gives_its_permissions_and_no_more(sign_in: Any, role: str) -> None:
    me = sign_in(role).get("/api/auth/me").json()
    assert (me["roles"], set(me["permissions"])) == ([role], ROLES[role])
    assert me["organisation"]["synthetic"] is True


def test_a_team_leader_sees_the_enterprise_of_the_team(sign_in: Any) -> None:
    leader, manager = sign_in("team_leader"), sign_in("safety_manager")
    assert leader.get("/api/auth/me").json()["organisation"]["kind"] == "team"
    assert leader.get("/api/enterprises").json() == manager.get("/api/enterprises").json()


@pytest.mark.parametrize("role", ["safety_manager", "team_leader"])
def test_the_region_is_for_the_regulator(sign_in: Any, role: str) -> None:
    for path in ("/api/region/overview", "/api/region/map"):
        refused = sign_in(role).get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert sign_in("auditor").get("/api/region/overview").status_code == 200


def test_an_auditor_changes_nothing(sign_in: Any) -> None:
    client = sign_in("auditor")
    enterprise = client.get("/api/enterprises").json()["items"][0]["id"]
    point = client.get(f"/api/enterprises/{enterprise}/hazard-points").json()[0]["id"]
    warning = client.get("/api/warnings").json()["items"][0]["id"]
    for path, body in (
        (f"/api/hazard-points/{point}/answers", {"result": "confirmed"}),
        (f"/api/warnings/{warning}/acknowledge", {}),
        (f"/api/warnings/{warning}/resolve", {}),
        (f"/api/warnings/{warning}/hand-on", {"to": 1}),
        ("/api/cases/1/decisions", {"facet": "accident_type", "code": "WSA10004"}),
    ):
        assert client.post(path, body).status_code == 403, path


def test_whoever_is_not_signed_in_gets_401_on_every_route(region: Any) -> None:
    from yufang.server.api import api
    from yufang.server.limits import middleware

    # A worker reports and follows without an account, and claims by a code (test_reports, test_participation); a node
    # of the edge enrols by its one-time token (test_edge).
    open_routes = {"/api/auth/sign-in", "/api/auth/demo-accounts", "/api/health", "/api/participation/claims"}
    open_routes |= {"/api/edge/enrol", "/api/statistics/published"}  # what is published is everybody's (privacy)
    # Steps of signing in itself, and one-time links.
    open_routes |= {f"/api/auth/{p}" for p in ("second-step", "second-step/passkey", "passkey", "passkey-options")}
    open_routes |= {
        "/api/auth/providers",
        "/api/auth/providers/{provider_id}",
        "/api/auth/providers/{provider_id}/signed-out",
    }
    open_routes |= {"/api/auth/invitations/look", "/api/auth/invitations/accept"}
    seen, client = 0, TokenClient()
    client.get("/api/auth/me")
    for path, verbs in api.get_openapi_schema()["paths"].items():
        for verb in verbs:
            if path in open_routes or path.startswith("/api/report/"):
                continue
            address = path.replace("{list_key}", "x")
            for name in ("enterprise_id", "point_id", "warning_id", "case_id", "index"):
                address = address.replace("{" + name + "}", "1")
            middleware.MEMORY.clear()  # hundreds of routes in a few seconds are over one address's budget
            assert getattr(client, verb)(address).status_code == 401, (verb, path)
            seen += 1
    assert seen > 20


def test_unsafe_methods_need_the_csrf_token(region: Any) -> None:
    bare = Client(enforce_csrf_checks=True)
    body = {"username": "supervisor", "password": "yufang-demo"}
    refused = bare.post("/api/auth/sign-in", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    client = signed_in()
    client.cookies["csrftoken"] = "a" * 32
    client.headers = {}
    refused = Client.post(client, "/api/auth/sign-out", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")


def test_sign_out_ends_the_session_on_the_server(region: Any) -> None:
    client = signed_in()
    session = client.cookies["yufang_session"].value
    assert client.post("/api/auth/sign-out").status_code == 204
    client.cookies["yufang_session"] = session
    assert client.get("/api/auth/me").status_code == 401


def test_a_changed_password_ends_old_sessions(region: Any, as_superuser: Any) -> None:
    client = signed_in("coder")
    kept = as_superuser.execute("SELECT password FROM accounts_person WHERE username = 'coder'").fetchone()[0]
    as_superuser.execute("UPDATE accounts_person SET password = 'other' WHERE username = 'coder'")
    try:
        assert client.get("/api/cases").status_code == 401
    finally:
        as_superuser.execute("UPDATE accounts_person SET password = %s WHERE username = 'coder'", [kept])


def test_an_unknown_name_and_a_wrong_password_read_the_same(region: Any) -> None:
    client = TokenClient()
    client.get("/api/auth/me")
    unknown = client.post("/api/auth/sign-in", {"username": "nobody", "password": "x"})
    wrong = client.post("/api/auth/sign-in", {"username": "team_leader", "password": "x"})
    assert (unknown.status_code, unknown.json()) == (wrong.status_code, wrong.json())


def test_demo_accounts_show_in_demo_mode_only(region: Any, settings: Any) -> None:
    assert Client().get("/api/auth/demo-accounts").json() == []
    settings.CONFIG = settings.CONFIG.model_copy(update={"demo": True})
    shown = Client().get("/api/auth/demo-accounts").json()
    assert sorted(a["username"] for a in shown) == sorted([*ROLES, "coder_b"])


def test_every_answer_carries_the_security_headers(region: Any) -> None:
    for path in ("/api/health", "/", "/enterprises/5"):
        headers = Client().get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
    cookie = signed_in().cookies["yufang_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/enterprises?page=0", "page"),
        ("/api/enterprises?size=9999", "size"),
        ("/api/enterprises?sort=password", "sort"),
        ("/api/warnings?tier=huge", "tier"),
        ("/api/enterprises/x", "enterprise_id"),
    ],
)
def test_a_bad_parameter_is_named(sign_in: Any, path: str, field: str) -> None:
    refused = sign_in("supervisor").get(path)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert refused.json()["message_zh"]


@pytest.mark.parametrize(
    ("query", "body", "field"),
    [
        ("subject=a%00b", None, "subject"),
        ("page=99999999999999999999", None, None),
        ("", b'{"username": "a\\u0000", "password": "x"}', "username"),
        ("", b'{"username": "\\ud800", "password": "x"}', "username"),
        ("", b'{"username": NaN, "password": "x"}', None),
    ],
)
def test_what_the_database_cannot_keep_is_refused_in_words(sign_in: Any, query: str, body: bytes, field: str) -> None:
    client = sign_in("supervisor")
    if body is None:
        answer = client.get(f"/api/ledger/entries?{query}")
    else:
        answer = Client().post("/api/auth/sign-in", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.content
    assert field in (answer.json()["field"], None)


def test_client_routes_get_the_console_or_the_way_to_build_it(region: Any, settings: Any, tmp_path: Any) -> None:
    settings.CONSOLE = tmp_path
    assert b"make web" in Client().get("/warnings/7").content
    (tmp_path / "index.html").write_text("<title>console</title>", encoding="utf-8")
    assert Client().get("/warnings/7").content == b"<title>console</title>"
    nowhere = Client().get("/api/nothing")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
