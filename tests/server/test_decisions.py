"""Tier tables on the server: drafted, tried on what has been, published by a named person, returned."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from tests.server.conftest import signed_in
from tests.server.made import TODAY
from tests.server.test_answering import run_jobs
from yufang.run.results import RunResults
from yufang.server import database
from yufang.server.ledger.verification import verify_database
from yufang.server.scope import Actor, scoped
from yufang.warning import default_text, read_table, warn_of_point
from yufang.warning.tiers import TierTable


@pytest.fixture
def jobs(cluster: database.Database, empty_database: str) -> Any:
    return lambda: run_jobs(cluster.web, empty_database)


@pytest.fixture(scope="module")
def run(made: Path) -> RunResults:
    return RunResults.read(made)


@pytest.fixture(autouse=True)
def clean(region: Any, as_superuser: psycopg.Connection[Any]) -> None:
    """Each claim begins with the table that ships."""
    as_superuser.execute("TRUNCATE decisions_tablechange, decisions_tabletrial, decisions_decisiontableversion CASCADE")
    as_superuser.execute("DELETE FROM procrastinate_jobs WHERE status <> 'doing'")


def draft(client: Client, based_on: int | None = None) -> dict[str, Any]:
    answer = client.post("/api/decisions/drafts", {"based_on": based_on, "note": "夏季收紧"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def grid(client: Client, version_id: int) -> dict[str, Any]:
    """What the editor would send back unchanged."""
    document = client.get(f"/api/decisions/{version_id}").json()["document"]
    tables = [
        {
            "key": t["key"],
            "hit_policy": t["hit_policy"],
            "inputs": [c["name"] for c in t["inputs"]],
            "rules": [{k: r[k] for k in ("rule_id", "cells", "outputs", "note")} for r in t["rules"]],
        }
        for t in document["tables"]
    ]
    return {"version": document["version"], "tables": tables}


def save(client: Client, row: dict[str, Any], document: dict[str, Any]) -> Any:
    body = {"sha256": row["sha256"], "note": row["note"], "document": document}
    return client.post(f"/api/decisions/{row['id']}/save", body)


def send(client: Client, data: bytes) -> Any:
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    file = SimpleUploadedFile("tiers.dmn", data)
    return Client.post(client, "/api/decisions/import", {"file": file}, headers=headers)


def tightened(client: Client, row: dict[str, Any], rules: dict[str, str]) -> dict[str, Any]:
    """The draft with other probabilities: rule → cell."""
    document = grid(client, row["id"])
    for rule in document["tables"][0]["rules"]:
        rule["cells"][1] = rules.get(rule["rule_id"], rule["cells"][1])
    answer = save(client, row, document)
    assert answer.status_code == 200, answer.content
    return answer.json()


def tried(client: Client, row: dict[str, Any], jobs: Any) -> dict[str, Any]:
    answer = client.post(f"/api/decisions/{row['id']}/trials")
    assert answer.status_code == 200, answer.content
    jobs()
    trial = client.get(f"/api/decisions/trials/{answer.json()['id']}").json()
    assert trial["state"] == "done", trial
    return trial


def publish(client: Client, row: dict[str, Any]) -> Any:
    return client.post(f"/api/decisions/{row['id']}/publish", {"reason": "近90天误报过多"})


def platform(function: Any, *args: Any) -> Any:
    with scoped(Actor.platform()):
        return function(*args)


def counted(run: RunResults, table: TierTable) -> Counter[str]:
    found = (warn_of_point(owner, point, at=TODAY, table=table) for owner, point in run.points)
    return Counter(w.tier if w else "none" for w in found)


def table_at(path: str) -> TierTable:
    from yufang.server.decisions.queries import table_for

    return platform(table_for, path)


def path_of(connection: psycopg.Connection[Any], username: str) -> str:
    found = connection.execute("SELECT scope FROM accounts_person WHERE username = %s", [username]).fetchone()
    assert found is not None
    return str(found[0])


EVERYTHING_HIGHER = {"P1": ">= 0.9", "P2": ">= 0.65", "P3": ">= 0.62", "P4": ">= 0.6", "P5": ">= 0.6", "P6": ">= 0.5"}


def test_a_trial_counts_what_both_tables_would_have_raised(sign_in: Any, run: RunResults, jobs: Any) -> None:
    client = sign_in("supervisor")
    row = tightened(client, draft(client), EVERYTHING_HIGHER)
    trial = tried(client, row, jobs)
    result = trial["result"]
    assert (trial["since"], trial["until"]) == (str(TODAY - timedelta(days=90)), str(TODAY))
    before = counted(run, read_table(default_text()))
    after = counted(run, table_of(client, row))
    tiers = ("high", "medium", "low", "none")
    points = result["matrix"]["point"]
    assert [sum(old) for old in points] == [before[t] for t in tiers]
    assert [sum(old[at] for old in points) for at in range(4)] == [after[t] for t in tiers]
    assert sum(result["after"].values()) < sum(result["before"].values())
    assert result["moved"]["dropped"]["all"] == sum(points[at][3] for at in range(3))
    assert result["moved"]["raised"]["all"] == result["moved"]["new"]["all"] == 0
    assert result["reference"] > 0
    example = result["examples"]["dropped"][0]
    assert (example["after"], example["before"] != "none") == ("none", True)
    assert example["before_rule"] in example["before_zh"]
    assert example["enterprise"]


def table_of(client: Client, row: dict[str, Any]) -> TierTable:
    return read_table(client.get(f"/api/decisions/{row['id']}/dmn").content)


def test_what_would_not_have_been_raised_says_what_became_of_it(
    sign_in: Any, jobs: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    client = sign_in("supervisor")
    enterprise = client.get("/api/enterprises").json()["items"][2]["id"]
    point = client.get(f"/api/enterprises/{enterprise}/hazard-points").json()[3]
    as_superuser.execute(
        "UPDATE deduction_hazardpoint SET deduced = 0.55, probability = 0.55 WHERE id = %s", [point["id"]]
    )
    assert client.post(
        f"/api/hazard-points/{point['id']}/answers", {"result": "confirmed", "note": ""}
    ).status_code == 201  # fmt: skip
    jobs()
    as_superuser.execute(
        "UPDATE cases_injurycase SET organisation_id = %s, occurred_on = %s WHERE key = 'C000005'",
        [enterprise, TODAY - timedelta(days=20)],
    )
    as_superuser.execute(
        "UPDATE cases_casecode SET code = 'WSA10004' WHERE facet = 'accident_type' AND case_id = "
        "(SELECT id FROM cases_injurycase WHERE key = 'C000005')"
    )
    row = draft(client)
    document = grid(client, row["id"])
    document["tables"][0]["rules"] = [r for r in document["tables"][0]["rules"] if r["rule_id"] != "P7"]
    result = tried(client, save(client, row, document).json(), jobs)["result"]
    first = result["examples"]["dropped"][0]
    assert (first["id"], first["status"], first["before_rule"]) == (point["id"], "confirmed", "P7")
    assert first["injuries"][0]["on"] == str(TODAY - timedelta(days=20))
    assert result["moved"]["dropped"]["confirmed"] == 1
    assert result["moved"]["dropped"]["injured"] >= 1


def test_only_what_was_tried_exactly_so_is_published_by_a_person_and_can_be_returned(
    sign_in: Any, jobs: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    client = sign_in("supervisor")
    home = path_of(as_superuser, "supervisor")
    row = tightened(client, draft(client), {"P1": ">= 0.7"})
    assert publish(client, row).json()["code"] == "untried"
    tried(client, row, jobs)
    row = tightened(client, row, {"P1": ">= 0.71"})
    assert publish(client, row).json()["code"] == "untried", "what was tried is not what would be published"
    trial = tried(client, row, jobs)
    assert client.get(f"/api/decisions/trials/{trial['id']}").json()["exact"] is True
    answer = publish(client, row)
    assert (answer.status_code, answer.json()["state"]) == (200, "published")
    assert table_at(home).for_point("red", 0.705, None).rule == "P4"
    desk = client.get("/api/decisions").json()
    assert (desk["standing"]["id"], desk["can_roll_back"]) == (row["id"], True)
    assert (desk["changes"][0]["by"], desk["changes"][0]["trial_id"]) == ("周监管（演示）", trial["id"])
    second = tightened(client, draft(client, row["id"]), {"P1": ">= 0.8"})
    tried(client, second, jobs)
    assert publish(client, second).status_code == 200
    returned = client.post("/api/decisions/roll-back", {"reason": "漏报一起"})
    assert returned.json()["id"] == row["id"]
    assert client.post("/api/decisions/roll-back", {"reason": "回到出厂表"}).json() is None
    assert table_at(home).version == read_table(default_text()).version
    assert client.post("/api/decisions/roll-back", {"reason": "再退"}).json()["code"] == "nothing_before"
    entry = client.get("/api/ledger/entries").json()["items"][0]
    assert "退回" in entry["sentence_zh"]
    assert platform(verify_database).ok
    as_superuser.execute("UPDATE decisions_tablechange SET reason = '别的理由' WHERE kind = 'published'")
    assert not platform(verify_database).ok, "a reason changed behind the platform's back is found"


def test_answers_and_loads_follow_the_published_table(
    sign_in: Any, made: Path, jobs: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    from yufang.server.loading import load_results

    client = sign_in("supervisor")
    row = draft(client)
    document = grid(client, row["id"])
    document["tables"][0]["rules"] = [
        {"rule_id": "ALL", "cells": ["-", ">= 0", "-"], "outputs": ['"low"', "30"], "note": ""}
    ]
    document["tables"][1]["rules"] = []
    row = save(client, row, document).json()
    tried(client, row, jobs)
    assert publish(client, row).status_code == 200
    enterprise = client.get("/api/enterprises").json()["items"][1]["id"]
    point = client.get(f"/api/enterprises/{enterprise}/hazard-points").json()[0]
    client.post(f"/api/hazard-points/{point['id']}/answers", {"result": "confirmed", "note": ""})
    jobs()
    rules = as_superuser.execute(
        "SELECT rule FROM warning_warning WHERE hazard_point_id = %s AND state NOT IN ('resolved', 'closed')",
        [point["id"]],
    ).fetchall()
    assert rules == [("ALL",)]
    loaded = load_results(made, Actor.platform())
    assert loaded.warnings == loaded.hazard_points
    assert client.post("/api/decisions/roll-back", {"reason": "试毕"}).status_code == 200
    load_results(made, Actor.platform())


def test_an_enterprise_may_ask_more_of_itself_but_not_less(
    sign_in: Any, jobs: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    client = sign_in("safety_manager")
    lax = tightened(client, draft(client), EVERYTHING_HIGHER)
    trial = tried(client, lax, jobs)
    assert trial["result"]["enterprises"] == 1
    assert publish(client, lax).json()["code"] == "below_region"
    strict = tightened(client, draft(client), {"P1": ">= 0.2", "P7": ">= 0.1"})
    tried(client, strict, jobs)
    assert publish(client, strict).status_code == 200
    mine, region = path_of(as_superuser, "safety_manager"), path_of(as_superuser, "supervisor")
    assert table_at(mine).for_point("red", 0.25, None).rule == "P1"
    assert table_at(region).for_point("red", 0.25, None).rule == "P4"
    above = sign_in("supervisor")
    answer = save(above, strict, grid(above, strict["id"]))
    assert answer.json()["code"] == "not_own"
    regional = tried(above, tightened(above, draft(above), {"P1": ">= 0.7"}), jobs)
    assert (regional["result"]["left_out"], regional["result"]["enterprises"]) == (1, 5)


def test_an_enterprise_reads_its_regions_table_but_not_its_drafts(sign_in: Any, jobs: Any) -> None:
    above, client = sign_in("supervisor"), sign_in("safety_manager")
    row = tightened(above, draft(above), {"P1": ">= 0.7"})
    assert client.get(f"/api/decisions/{row['id']}").status_code == 404
    tried(above, row, jobs)
    publish(above, row)
    assert client.get("/api/decisions").json()["standing"]["id"] == row["id"]
    seen = client.get(f"/api/decisions/{row['id']}").json()
    assert (seen["row"]["own"], seen["trial"], seen["changes"]) == (False, None, [])
    assert client.post("/api/decisions/roll-back", {"reason": "x"}).json()["code"] == "nothing_before"


def test_two_who_edit_one_draft_lose_nothing(sign_in: Any) -> None:
    client = sign_in("supervisor")
    row = draft(client)
    tightened(client, row, {"P1": ">= 0.7"})
    answer = save(client, row, grid(client, row["id"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "edited_meanwhile")
    assert ">= 0.7" in client.get(f"/api/decisions/{row['id']}/dmn").content.decode().replace("&gt;", ">")


def test_of_two_who_publish_at_once_one_table_stands(sign_in: Any, jobs: Any) -> None:
    client = sign_in("supervisor")
    rows = [tightened(client, draft(client), {"P1": cell}) for cell in (">= 0.7", ">= 0.8")]
    for row in rows:
        tried(client, row, jobs)

    def one(row: dict[str, Any]) -> int:
        try:
            return int(publish(signed_in("supervisor"), row).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(one, rows))
    assert found == [200, 409], "the second was not tried beside what stands now"
    desk = client.get("/api/decisions").json()
    assert [v["state"] for v in desk["versions"]].count("published") == 1


def test_a_trial_whose_worker_died_is_taken_up_again_and_kept_once(
    sign_in: Any, jobs: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    from yufang.server.decisions import actions

    client = sign_in("supervisor")
    row = tightened(client, draft(client), {"P1": ">= 0.7"})
    trial = client.post(f"/api/decisions/{row['id']}/trials").json()
    assert client.post(f"/api/decisions/{row['id']}/trials").json()["code"] == "on_trial"
    as_superuser.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    as_superuser.execute(
        "UPDATE decisions_tabletrial SET state = 'running', tries = 1, beat_at = now() - interval '5 minutes'"
    )
    assert actions.take_up_again(Actor.platform()) == 1
    assert actions.take_up_again(Actor.platform()) == 0, "it waits in the queue already"
    jobs()
    assert client.get(f"/api/decisions/trials/{trial['id']}").json()["state"] == "done"
    actions.keep_trial(Actor.platform(), trial["id"], {"before": {}, "after": {}})
    assert client.get(f"/api/decisions/trials/{trial['id']}").json()["result"]["enterprises"] == 6


def test_faults_are_told_while_editing_and_hold_up_trial_and_publication(sign_in: Any) -> None:
    client = sign_in("supervisor")
    row = draft(client)
    document = grid(client, row["id"])
    document["tables"][0]["hit_policy"] = "UNIQUE"
    found = client.post("/api/decisions/check", {"version_id": row["id"], "document": document}).json()
    worst = found["findings"][0]
    assert (worst["kind"], worst["gravity"], worst["rules"]) == ("overlap", "error", ["P1", "P2"])
    assert "例如" in worst["message_zh"]
    saved = save(client, row, document)
    assert saved.status_code == 200, "a draft with a fault can be kept"
    for path in ("trials", "publish"):
        answer = client.post(f"/api/decisions/{row['id']}/{path}", {"reason": "x"})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_table")
        assert "P1" in answer.json()["message_en"]
    document["tables"][0]["rules"][0]["cells"][1] = "more than half"
    found = client.post("/api/decisions/check", {"version_id": row["id"], "document": document}).json()
    assert (found["findings"][0]["kind"], found["findings"][0]["rules"]) == ("unreadable", ["P1"])
    answer = save(client, saved.json(), document)
    assert (answer.status_code, answer.json()["field"]) == (422, "probability")
    assert "P1" in answer.json()["message_zh"]


BOMB = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><definitions>&b;</definitions>'


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        (BOMB, 422, "DOCTYPE"),
        (default_text().replace('"FIRST"', '"COLLECT"', 1).encode(), 422, "COLLECT"),
        (default_text().replace("&gt;= 0.6", "for x in y", 1).encode(), 422, "“P1”"),
        (b"\x00\x01\x02", 422, "XML"),
        (b"", 422, "XML"),
        (b"<a>" + b" " * 10_000_000, 413, "10.0 MB"),
    ],
    ids=["bomb", "policy", "feel", "bytes", "empty", "10 MB"],
)
def test_a_file_that_cannot_be_taken_changes_nothing_and_says_why(
    sign_in: Any, data: bytes, status: int, says: str
) -> None:
    client = sign_in("supervisor")
    answer = send(client, data)
    assert answer.status_code == status, answer.content
    assert says in answer.json()["message_en"]
    assert client.get("/api/decisions").json()["versions"] == []


def test_an_imported_file_comes_out_as_it_went_in(sign_in: Any) -> None:
    client = sign_in("supervisor")
    overlapping = default_text().replace('"FIRST"', '"UNIQUE"', 1)
    row = send(client, overlapping.encode()).json()
    assert client.get(f"/api/decisions/{row['id']}/dmn").content.decode() == overlapping
    kinds = {f["kind"] for f in client.get(f"/api/decisions/{row['id']}").json()["findings"]}
    assert "overlap" in kinds, "it is kept as a draft that says what is wrong with it"


def test_whoever_lacks_the_right_only_reads(sign_in: Any) -> None:
    client = sign_in("team_leader")
    assert client.get("/api/decisions").status_code == 200
    assert client.get("/api/decisions/shipped").json()["document"]["version"]
    assert client.post("/api/decisions/drafts", {}).status_code == 403
    assert client.post("/api/decisions/roll-back", {"reason": "x"}).status_code == 403
    assert send(client, default_text().encode()).status_code == 403


def test_a_warning_of_another_day_keeps_its_facts_of_that_day() -> None:
    """The age of a record is counted from the moment, not from today."""
    from yufang.server.decisions.history import _point_moments

    row = (1, 2, "red", 0.3, 0.5, 252.0, "serious", "", "open", None, "甲", "A", [date(2026, 5, 1), date(2026, 6, 20)])
    states = {0: dict.fromkeys([(date(2026, 6, 1), 0.3, "red"), (date(2026, 6, 30), 0.5, "red")])}
    assert _point_moments([row], states)["age_days"].to_list() == [31, 10]
