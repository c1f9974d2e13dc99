"""A person answers: the answer is kept, signed into the ledger, told to others, and what depends on it moves."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connections

from yufang.server import database
from yufang.server.deduction.belief import updated
from yufang.server.ledger import actions as ledger
from yufang.server.ledger import sql
from yufang.server.ledger.verification import verify_database
from yufang.server.scope import Actor, scoped


def run_jobs(params: dict[str, Any], name: str) -> None:
    """Run the jobs that wait, as the worker in `yufang serve` does."""
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app

    async def work() -> None:
        worker = app.with_connector(PsycopgConnector(kwargs=params | {"dbname": name}))
        async with worker.open_async():
            await worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    asyncio.run(work())


@pytest.fixture
def jobs(cluster: database.Database, empty_database: str) -> Any:
    return lambda: run_jobs(cluster.web, empty_database)


def points_of(client: Any, number: int = 0) -> list[dict[str, Any]]:
    enterprise = client.get("/api/enterprises").json()["items"][number]["id"]
    return client.get(f"/api/enterprises/{enterprise}/hazard-points").json()


def test_an_answer_is_kept_shown_and_signed_into_the_ledger(sign_in: Any) -> None:
    client = sign_in("supervisor")
    point = points_of(client)[0]
    answer = client.post(f"/api/hazard-points/{point['id']}/answers", {"result": "confirmed", "note": "光栅已拆"})
    assert answer.status_code == 201
    shown = client.get(f"/api/hazard-points/{point['id']}").json()
    assert shown["status"] == "confirmed"
    assert shown["answered_by"] == "周监管（演示）"
    assert shown["answers"][0] == answer.json()
    entry = client.get("/api/ledger/entries").json()["items"][0]
    assert entry["index"] == answer.json()["ledger_index"]
    assert entry["sentence_zh"].startswith("周监管（演示） 现场确认存在隐患点")
    assert "光栅" not in str(entry), "the ledger keeps no free text"
    assert with_platform(verify_database).ok


def test_english_readers_get_every_text_in_english(sign_in: Any) -> None:
    client = sign_in("supervisor")
    point = client.get(f"/api/hazard-points/{points_of(client)[0]['id']}").json()
    assert (point["equipment_en"], point["part_en"]) == ("Power press", "Die area")
    assert (point["training_en"], point["signals_en"]) == ("Safe press work", ["Interlock bypassed"])
    assert (point["path"][0]["source_en"], point["path"][0]["target_en"]) == ("", "Power press")
    assert point["ppe"] == [{"code": "TB-01", "name_zh": "安全帽", "name_en": "Safety helmet"}]
    warning = client.get("/api/warnings").json()["items"][0]["id"]
    assert client.get(f"/api/warnings/{warning}").json()["training_en"] == "Safe press work"


def test_people_go_by_their_english_names_too(sign_in: Any) -> None:
    client = sign_in("supervisor")
    assert client.get("/api/auth/me").json()["name_en"] == "Zhou, supervisor (demo)"
    url = f"/api/hazard-points/{points_of(client, 1)[0]['id']}"
    client.post(f"{url}/answers", {"result": "not_found", "note": ""})
    shown = client.get(url).json()
    assert shown["answered_by_en"] == shown["answers"][0]["by_en"] == "Zhou, supervisor (demo)"
    sentence = client.get("/api/ledger/entries").json()["items"][0]["sentence_en"]
    assert sentence.startswith("Zhou, supervisor (demo) did not find")


def with_platform(function: Any) -> Any:
    with scoped(Actor.platform()):
        return function()


def test_the_same_answer_twice_in_a_row_is_refused(sign_in: Any) -> None:
    client = sign_in("supervisor")
    address = f"/api/hazard-points/{points_of(client)[1]['id']}/answers"
    assert client.post(address, {"result": "not_found"}).status_code == 201
    again = client.post(address, {"result": "not_found"})
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    assert client.post(address, {"result": "confirmed"}).status_code == 201, "changing one's mind is allowed"


def test_not_found_lowers_the_probability_and_resolves_the_warning(sign_in: Any, jobs: Any) -> None:
    client = sign_in("supervisor")
    jobs()  # answers of the tests above move peers too
    point = points_of(client, 4)[0]
    warnings = {"enterprise_id": client.get("/api/enterprises").json()["items"][4]["id"], "tier": "high"}
    before = client.get("/api/warnings", warnings).json()["items"]
    assert [w["state"] for w in before] == ["raised"]
    client.post(f"/api/hazard-points/{point['id']}/answers", {"result": "not_found"})
    jobs()
    after = client.get(f"/api/hazard-points/{point['id']}").json()
    assert after["probability"] == pytest.approx(updated(point["probability"], ["not_found"]))
    assert after["probability"] < point["probability"]
    warning = client.get(f"/api/warnings/{before[0]['id']}").json()
    assert warning["state"] == "resolved"
    assert [(s["action"], s["by"]) for s in warning["history"]] == [("raised", None), ("resolved", None)]


def test_confirmed_raises_probability_warning_and_profile_and_the_job_may_run_twice(
    sign_in: Any, jobs: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    client = sign_in("supervisor")
    jobs()
    enterprise = client.get("/api/enterprises").json()["items"][2]["id"]
    hazards = client.get(f"/api/enterprises/{enterprise}").json()["profile"]["hazards_12m"]
    point = client.get(f"/api/enterprises/{enterprise}/hazard-points").json()[0]
    client.post(f"/api/hazard-points/{point['id']}/answers", {"result": "confirmed"})
    jobs()
    assert client.get(f"/api/hazard-points/{point['id']}").json()["probability"] > point["probability"]
    profile = client.get(f"/api/enterprises/{enterprise}").json()["profile"]
    assert profile["hazards_12m"] == hazards + 1
    standing = client.get("/api/warnings", {"enterprise_id": enterprise, "state": "open"}).json()["items"]
    mine = [w for w in standing if w["title_zh"] == point["title_zh"]]
    assert len(mine) == 1
    assert mine[0]["probability"] > point["probability"]
    size = client.get("/api/ledger/checkpoint").json()["size"]
    path = as_superuser.execute("SELECT path FROM deduction_hazardpoint WHERE id = %s", [point["id"]]).fetchone()[0]
    from yufang.server.deduction.tasks import refresh

    refresh(point_id=point["id"], path=path)
    assert client.get("/api/ledger/checkpoint").json()["size"] == size, "the second run changes nothing"


def test_a_warning_is_acknowledged_handed_on_and_resolved(sign_in: Any) -> None:
    client = sign_in("safety_manager")
    warning = client.get("/api/warnings", {"state": "raised"}).json()["items"][0]
    base = f"/api/warnings/{warning['id']}"
    assert client.post(f"{base}/acknowledge", {"note": "马上去看"}).json()["assignee"] == "李安全（演示）"
    people = client.get("/api/organisations/people", {"enterprise_id": warning["enterprise_id"]}).json()
    leader = next(p for p in people if p["role"] == "team_leader")
    handed = client.post(f"{base}/hand-on", {"to": leader["id"], "note": "请处理"})
    assert (handed.json()["state"], handed.json()["assignee"]) == ("handed_on", "王班长（演示）")
    assert sign_in("team_leader").post(f"{base}/resolve", {"note": "已装防护罩"}).json()["state"] == "resolved"
    late = client.post(f"{base}/acknowledge", {})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    history = client.get(base).json()["history"]
    assert [s["action"] for s in history] == ["raised", "acknowledged", "handed_on", "resolved"]
    assert with_platform(verify_database).ok


def test_a_warning_cannot_be_handed_to_someone_who_has_nothing_to_do_with_it(sign_in: Any) -> None:
    client = sign_in("supervisor")
    mine = sign_in("safety_manager").get("/api/auth/me").json()
    others = client.get("/api/warnings", {"state": "raised"}).json()["items"]
    warning = next(w for w in others if w["enterprise_id"] != mine["organisation"]["id"])
    refused = client.post(f"/api/warnings/{warning['id']}/hand-on", {"to": mine["id"]})
    assert (refused.status_code, refused.json()["field"]) == (422, "to")


def test_of_two_people_at_the_same_time_one_wins_and_the_ledger_has_no_gap(sign_in: Any) -> None:
    clients = [sign_in("supervisor"), sign_in("safety_manager")]
    warning = clients[1].get("/api/warnings", {"state": "raised"}).json()["items"][0]

    def acknowledge(client: Any) -> int:
        try:
            return client.post(f"/api/warnings/{warning['id']}/acknowledge", {}).status_code
        finally:
            connections.close_all()

    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            codes = sorted(pool.map(acknowledge, clients))
        assert codes in ([200, 409], [409, 409])
    history = clients[0].get(f"/api/warnings/{warning['id']}").json()["history"]
    assert [s["action"] for s in history].count("acknowledged") == 1
    entries = clients[0].get("/api/ledger/entries", {"size": 200}).json()
    assert [e["index"] for e in entries["items"]] == list(range(entries["total"]))[::-1]
    assert with_platform(verify_database).ok


def test_who_holds_the_ledger_may_name_a_point_that_is_being_answered(
    sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    """Otherwise each waits for the other: a job that raises a warning of the point, and who answers it."""
    client = sign_in("supervisor")
    point = next(p for enterprise in (4, 5) for p in points_of(client, enterprise) if p["status"] == "open")

    def answer() -> int:
        try:
            return client.post(f"/api/hazard-points/{point['id']}/answers", {"result": "confirmed"}).status_code
        finally:
            connections.close_all()

    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with ThreadPoolExecutor(1) as pool:
        with as_superuser.transaction():
            as_superuser.execute("SELECT pg_advisory_xact_lock(%s)", [sql._LOCK])
            answered = pool.submit(answer)
            until = time.monotonic() + 20
            while as_superuser.execute(waiting).fetchone() == (0,):
                assert time.monotonic() < until, "it comes to the ledger"
                time.sleep(0.02)
            as_superuser.execute("SET LOCAL lock_timeout = '2s'")
            as_superuser.execute("SELECT 1 FROM deduction_hazardpoint WHERE id = %s FOR KEY SHARE", [point["id"]])
        assert answered.result(30) in (200, 201)


def test_a_case_is_decided_and_leaves_the_queue(sign_in: Any) -> None:
    client = sign_in("coder")
    queue = client.get("/api/cases", {"state": "review"}).json()
    gains = [1 - row["suggestion"]["probability"] for row in queue["items"]]
    assert gains == sorted(gains, reverse=True), "most useful first"
    row = queue["items"][0]
    body = {"facet": row["facet"], "code": row["suggestion"]["code"], "note": "同意"}
    decided = client.post(f"/api/cases/{row['id']}/decisions", body)
    assert (decided.status_code, decided.json()["state"]) == (200, "decided")
    assert decided.json()["decided_by"] == "陈编码（演示）"
    assert client.get("/api/cases", {"state": "review"}).json()["total"] == queue["total"] - 1
    wrong = client.post(f"/api/cases/{row['id']}/decisions", body | {"code": "nonsense"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_code")


def test_a_leaf_that_fails_takes_the_answer_with_it(
    sign_in: Any, as_superuser: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from yufang.server.deduction import actions

    def broken(*_: Any) -> int:
        raise RuntimeError("no leaf")

    point = points_of(sign_in("supervisor"), 3)[0]
    person = as_superuser.execute("SELECT id FROM accounts_person WHERE username = 'supervisor'").fetchone()[0]
    actor = Actor(person_id=person, name="", organisation_id=None, scope="/", permissions=frozenset())
    for broken_step in ("append", "emit"):
        with monkeypatch.context() as patch:
            if broken_step == "append":
                patch.setattr(ledger, "append", broken)
            else:  # after the leaf and the business rows were written
                patch.setattr(actions, "emit", broken)
            with pytest.raises(RuntimeError):
                actions.answer_point(actor, point["id"], "confirmed", "")
        count = "SELECT count(*) FROM deduction_answer WHERE point_id = %s"
        assert as_superuser.execute(count, [point["id"]]).fetchone() == (0,)
    assert with_platform(verify_database).ok


def test_belief_moves_the_right_way_and_stays_a_probability() -> None:
    assert updated(0.3, ["confirmed"]) > 0.3 > updated(0.3, ["not_found"])
    assert updated(0.3, ["not_applicable"]) == 0.0
    assert updated(0.3, ["not_applicable", "confirmed"]) == pytest.approx(updated(0.3, ["confirmed"]))
    assert 0 < updated(1.0, ["not_found"] * 20) < 1e-6 + updated(1.0, ["confirmed"] * 20) <= 1 + 1e-6
