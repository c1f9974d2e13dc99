"""The desk: undo, bulk acceptance of a stable class, similar cases; everything leaves its leaf."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.server.made import make_run
from yufang.server.ledger.verification import verify_database
from yufang.server.loading import admit_demo_accounts, load_results
from yufang.server.scope import Actor, scoped

FACET = "accident_type"


@pytest.fixture(scope="module")
def region(empty_database: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A made region with enough cases for a class to become stable."""
    loaded = load_results(make_run(tmp_path_factory.mktemp("desk"), cases=120), Actor.platform())
    admit_demo_accounts(Actor.platform(), loaded.region_id)
    return loaded


def verified() -> bool:
    with scoped(Actor.platform()):
        return verify_database().ok


def queue(client: Any, size: int = 200) -> list[dict[str, Any]]:
    return client.get("/api/cases", {"state": "review", "size": size}).json()["items"]


def decide(client: Any, case_id: int, code: str, note: str = "") -> Any:
    return client.post(f"/api/cases/{case_id}/decisions", {"facet": FACET, "code": code, "note": note})


def facet_of(client: Any, case_id: int) -> dict[str, Any]:
    return client.get(f"/api/cases/{case_id}").json()["facets"][0]


def leaves(connection: psycopg.Connection[Any], action: str) -> int:
    return connection.execute("SELECT count(*) FROM ledger_leaf WHERE action = %s", [action]).fetchone()[0]


def test_undo_walks_back_over_ones_own_decisions_and_erases_none(
    sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    coder = sign_in("coder")
    first, second = (row["id"] for row in queue(coder)[:2])
    before = coder.get("/api/cases/progress").json()
    decide(coder, first, "WSA10004")
    decide(coder, second, "WSA10004")
    decide(coder, second, "WSA10001", "看错")
    assert coder.get("/api/cases/progress").json()["mine_today"] == 3
    undone = coder.post("/api/cases/undo").json()
    assert (undone["case_id"], undone["facet"]["code"], undone["facet"]["state"]) == (second, "WSA10004", "decided")
    assert coder.post("/api/cases/undo").json()["facet"]["state"] == "review"
    back = coder.post("/api/cases/undo").json()
    assert (back["case_id"], back["facet"]["code"], back["facet"]["decided_by"]) == (first, None, None)
    assert coder.post("/api/cases/undo").json()["code"] == "nothing_to_undo"
    assert coder.get("/api/cases/progress").json() == before
    assert as_superuser.execute("SELECT count(*) FROM cases_decision").fetchone() == (6,), "an undoing is a decision"
    assert leaves(as_superuser, "cases.undone") == 3
    assert verified()


def test_a_decision_taken_after_anothers_is_the_only_one_to_undo(sign_in: Any) -> None:
    coder = sign_in("coder")
    case_id = queue(coder)[0]["id"]
    decide(coder, case_id, "WSA10004")
    with scoped(Actor.platform()):
        from yufang.server.accounts.models import Person

        other = Person.objects.get(username="supervisor")
    from yufang.server.accounts.queries import actor_of
    from yufang.server.cases import actions

    with scoped(Actor.platform()):
        acting = actor_of(other)
    actions.decide(acting, case_id, FACET, "WSA10001", "")
    assert coder.post("/api/cases/undo").json()["code"] == "nothing_to_undo"
    assert facet_of(coder, case_id)["code"] == "WSA10001"
    actions.undo(acting)
    assert coder.post("/api/cases/undo").json()["facet"]["state"] == "review"


def test_an_unstable_class_is_refused_with_what_is_missing(sign_in: Any) -> None:
    coder = sign_in("coder")
    offer = coder.get("/api/cases/classes", {"facet": FACET}).json()[0]
    assert (offer["code"], offer["stable"], offer["decisions"]) == ("WSA10004", False, 0)
    assert offer["missing"] == 35, "Wilson's lower bound of 35 in 35 is the first above 0.9"
    body = {"facet": FACET, "code": "WSA10004", "least": 0.0, "reason": "同类"}
    refused = coder.post("/api/cases/bulk", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_stable")


def test_a_stable_class_is_accepted_at_once_and_taken_back_at_once(
    sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    coder = sign_in("coder")
    for row in queue(coder)[:36]:
        assert decide(coder, row["id"], "WSA10004").status_code == 200
    offer = coder.get("/api/cases/classes", {"facet": FACET}).json()[0]
    assert offer["stable"]
    assert offer["agreed"] == offer["decisions"] == 36
    waiting = queue(coder)
    query = {"facet": FACET, "code": "WSA10004", "least": offer["least"]}
    preview = coder.get("/api/cases/bulk/preview", query).json()
    sure = [i["suggestion"]["probability"] for i in preview["items"]]
    assert sure == sorted(sure), "the least sure first"
    assert len(sure) == offer["pending"] == len(waiting)
    assert coder.post("/api/cases/bulk", query | {"reason": ""}).status_code == 422, "a reason is asked for"
    done = coder.post("/api/cases/bulk", query | {"reason": "近期全部一致"}).json()
    assert (done["accepted"], done["standing"]) == (len(waiting), len(waiting))
    assert queue(coder) == []
    assert verified()
    kept = waiting[0]["id"]
    decide(coder, kept, "WSA10001", "另有原因")
    back = coder.post(f"/api/cases/bulk/{done['id']}/undo").json()
    assert back["undone_by"] == "陈编码（演示）"
    assert facet_of(coder, kept)["code"] == "WSA10001", "what a person decided since stays"
    assert {r["id"] for r in queue(coder)} == {r["id"] for r in waiting} - {kept}
    assert coder.post(f"/api/cases/bulk/{done['id']}/undo").json()["code"] == "already_undone"
    assert (leaves(as_superuser, "cases.bulk_accepted"), leaves(as_superuser, "cases.bulk_undone")) == (1, 1)
    assert verified()


def test_a_bulk_acceptance_that_was_tampered_with_is_named_by_its_leaf(
    sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    as_superuser.execute("UPDATE cases_bulkaccept SET accepted = accepted + 1")
    with scoped(Actor.platform()):
        found = verify_database()
    as_superuser.execute("UPDATE cases_bulkaccept SET accepted = accepted - 1")
    assert not found.ok
    assert "bulk acceptance" in found.reason


def test_bulk_codes_teach_no_model_and_are_no_proof_of_stability(sign_in: Any) -> None:
    coder = sign_in("coder")
    offer = coder.get("/api/cases/classes", {"facet": FACET}).json()[0]
    body = {"facet": FACET, "code": "WSA10004", "least": offer["least"], "reason": "同类"}
    coder.post("/api/cases/bulk", body)
    from yufang.server.cases import desk_queries, queries

    with scoped(Actor.platform()):
        lessons = list(queries.lessons(FACET))
        judged = desk_queries.class_stability(FACET, "WSA10004", 0.0)
    assert len(lessons) == 37
    assert {origin for *_, origin in lessons} == {"person"}
    assert judged.decisions == 37


def test_similar_decided_cases_come_with_their_codes(sign_in: Any) -> None:
    coder = sign_in("coder")
    case_id = coder.get("/api/cases", {"state": "auto"}).json()["items"][0]["id"]
    near = coder.get(f"/api/cases/{case_id}/similar").json()
    assert len(near) == 10
    assert [n["similarity"] for n in near] == sorted((n["similarity"] for n in near), reverse=True)
    assert all(n["codes"][0]["code"].startswith("WSA") and n["id"] != case_id for n in near)
    found = coder.get("/api/cases/similar", {"q": "右手食指被模具夹伤"}).json()
    assert found[0]["similarity"] > 0.2
    assert coder.get("/api/cases/similar", {"q": "zzz qqq"}).json() == []
    manager = sign_in("safety_manager")
    theirs = manager.get("/api/cases/similar", {"q": "右手食指被模具夹伤"}).json()
    mine = manager.get("/api/auth/me").json()["organisation"]["name"]
    assert {n["enterprise_name"] for n in theirs} <= {mine}


def test_words_of_the_first_suggestion_are_those_that_were_kept(sign_in: Any) -> None:
    coder = sign_in("coder")
    case_id = coder.get("/api/cases", {"state": "auto"}).json()["items"][0]["id"]
    query = {"facet": FACET, "code": "WSA10004"}
    assert coder.get(f"/api/cases/{case_id}/words", query).json()[0]["text"] == "压力"
    assert coder.get(f"/api/cases/{case_id}/words", query | {"code": "WSA10001"}).json() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/cases/undo", {}),
        ("/api/cases/bulk", {"facet": FACET, "code": "WSA10004", "least": 0.5, "reason": "x"}),
        (
            "/api/cases/campaigns",
            {"title": "x", "facet": FACET, "first_coder": 1, "second_coder": 2, "size": 5},
        ),
    ],
)
def test_what_needs_a_right_is_refused_without_it(sign_in: Any, path: str, body: dict[str, Any]) -> None:
    assert sign_in("auditor").post(path, body).status_code == 403
    assert sign_in("safety_manager").post(path, body).status_code == 403
