"""Two people code the same cases unseen by each other; kappa is told; a third settles; all of it is in the ledger."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.server.conftest import signed_in
from yufang.server.ledger.verification import verify_database
from yufang.server.scope import Actor, scoped

FACET = "accident_type"


@pytest.fixture(scope="module")
def people(sign_in: Any) -> dict[str, Any]:
    return {name: sign_in(name) for name in ("coder", "coder_b", "supervisor", "auditor")}


@pytest.fixture(scope="module")
def campaign(people: dict[str, Any]) -> dict[str, Any]:
    """Three cases for two coders."""
    ids = [people[name].get("/api/auth/me").json()["id"] for name in ("coder", "coder_b")]
    body = {"title": "抽样", "facet": FACET, "first_coder": ids[0], "second_coder": ids[1], "size": 3}
    made = people["supervisor"].post("/api/cases/campaigns", body)
    assert made.status_code == 200, made.content
    return made.json()


def task(client: Any, campaign: dict[str, Any]) -> Any:
    return client.get(f"/api/cases/campaigns/{campaign['id']}/next").json()


def give(client: Any, item: int, code: str, what: str = "codes") -> Any:
    return client.post(f"/api/cases/campaign-items/{item}/{what}", {"code": code, "note": "看叙述"})


def state(client: Any, campaign: dict[str, Any]) -> dict[str, Any]:
    return client.get(f"/api/cases/campaigns/{campaign['id']}").json()


def test_a_campaign_needs_two_different_coders(people: dict[str, Any]) -> None:
    me = people["coder"].get("/api/auth/me").json()["id"]
    auditor = people["auditor"].get("/api/auth/me").json()["id"]
    body = {"title": "x", "facet": FACET, "first_coder": me, "second_coder": me, "size": 3}
    assert people["coder"].post("/api/cases/campaigns", body).json()["code"] == "same_coder"
    answer = people["coder"].post("/api/cases/campaigns", body | {"second_coder": auditor})
    assert answer.json()["code"] == "not_a_coder"


def test_its_cases_leave_the_desk_until_they_are_settled(people: dict[str, Any], campaign: dict[str, Any]) -> None:
    coder = people["coder"]
    queue = {row["id"] for row in coder.get("/api/cases", {"state": "review", "size": 200}).json()["items"]}
    narrative = task(coder, campaign)["narrative"]
    found = coder.get("/api/cases", {"q": narrative}).json()["items"][0]
    assert found["id"] not in queue
    refused = coder.post(f"/api/cases/{found['id']}/decisions", {"facet": FACET, "code": "WSA10004", "note": ""})
    assert (refused.status_code, refused.json()["code"]) == (409, "in_campaign")
    assert coder.get(f"/api/cases/{found['id']}").json()["facets"][0]["in_campaign"]


def test_the_second_coder_sees_nothing_of_the_first_ones_codes(
    people: dict[str, Any], campaign: dict[str, Any]
) -> None:
    first, second = people["coder"], people["coder_b"]
    for code in ("WSA10004", "WSA10001", "WSA10004"):
        assert give(first, task(first, campaign)["item_id"], code).status_code == 204
    assert task(first, campaign) is None
    seen = task(second, campaign)
    assert (seen["given"], seen["suggestions"]) == ([], [])
    shown = str(seen) + str(state(second, campaign)) + str(first.get("/api/cases", {"q": seen["narrative"]}).json())
    assert "WSA10001" not in shown.replace("'suggestion'", "")
    item = first.get("/api/cases", {"q": seen["narrative"]}).json()["items"][0]
    assert second.get(f"/api/cases/{item['id']}").json()["facets"][0]["code"] is None, "nothing stands yet"
    assert state(second, campaign)["agreement"]["n"] == 0
    assert give(first, seen["item_id"], "WSA10005").json()["code"] == "already_coded"
    assert give(people["supervisor"], seen["item_id"], "WSA10005").status_code == 403


def test_agreement_stands_and_disagreement_goes_to_a_third(
    people: dict[str, Any], campaign: dict[str, Any], as_superuser: psycopg.Connection[Any]
) -> None:
    first, second, third = people["coder"], people["coder_b"], people["supervisor"]
    for code in ("WSA10004", "WSA10005", "WSA10004"):
        assert give(second, task(second, campaign)["item_id"], code).status_code == 204
    told = state(third, campaign)
    assert (told["agreed"], told["disputed"], told["mine"], told["role"]) == (2, 1, 1, "third")
    kappa = told["agreement"]
    assert (kappa["n"], kappa["agreed"]) == (3, 2)
    assert kappa["low"] <= kappa["kappa"] <= kappa["high"]
    assert [(c["first"], c["second"]) for c in kappa["confusions"]] == [("WSA10001", "WSA10005")]
    disputed = task(third, campaign)
    assert [g["code"] for g in disputed["given"]] == ["WSA10001", "WSA10005"]
    assert give(first, disputed["item_id"], "WSA10001", "adjudication").json()["code"] == "own_dispute"
    assert give(people["auditor"], disputed["item_id"], "WSA10001", "adjudication").status_code == 403
    assert give(third, disputed["item_id"], "WSA10005", "adjudication").status_code == 204
    assert give(third, disputed["item_id"], "WSA10005", "adjudication").json()["code"] == "nothing_to_settle"
    told = state(third, campaign)
    assert (told["settled"], told["disputed"], told["mine"]) == (1, 0, 0)
    kinds = as_superuser.execute("SELECT kind, code FROM cases_decision ORDER BY id").fetchall()
    assert kinds == [("agreed", "WSA10004"), ("agreed", "WSA10004"), ("adjudicated", "WSA10005")]
    leaves = "SELECT action, count(*) FROM ledger_leaf WHERE action LIKE 'cases.%%' GROUP BY 1"
    counted = dict(as_superuser.execute(leaves).fetchall())
    assert (counted["cases.coded_blind"], counted["cases.adjudicated"], counted["cases.campaign_opened"]) == (6, 1, 1)
    with scoped(Actor.platform()):
        assert verify_database().ok


def test_what_was_settled_teaches_and_a_changed_blind_code_is_named(as_superuser: psycopg.Connection[Any]) -> None:
    from yufang.server.cases import queries

    with scoped(Actor.platform()):
        assert len(list(queries.lessons(FACET))) == 3
    first = as_superuser.execute("SELECT min(id) FROM cases_blindcode").fetchone()
    as_superuser.execute("UPDATE cases_blindcode SET code = 'WSA10007' WHERE id = %s", first)
    with scoped(Actor.platform()):
        found = verify_database()
    assert not found.ok
    assert "blind code" in found.reason


def test_the_web_role_cannot_change_a_decision_or_a_blind_code(
    region: Any, as_web_role: psycopg.Connection[Any]
) -> None:
    for table in ("cases_decision", "cases_blindcode", "governance_modelchange"):
        as_web_role.execute("SELECT set_config('yufang.scope', '/', true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_web_role.execute(f"DELETE FROM {table}")
        as_web_role.rollback()


def test_an_enterprises_people_see_no_campaign(region: Any) -> None:
    assert signed_in("safety_manager").get("/api/cases/campaigns").json() == []
