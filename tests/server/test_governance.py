"""Models: trained in the background from people's and sources' codes, judged on the gold set, promoted by a person."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from tests.server.made import make_run
from tests.server.test_answering import run_jobs
from yufang.cases.retraining import in_gold_set
from yufang.lake import Lake
from yufang.server import database
from yufang.server.governance import actions as governance
from yufang.server.governance import files
from yufang.server.ledger.verification import verify_database
from yufang.server.loading import admit_demo_accounts, load_results
from yufang.server.scope import Actor, scoped

FACET = "accident_type"
CODES = {
    "WSA10004": "员工在压力机旁取料时右手食指被模具夹伤",
    "WSA10001": "磨削时砂轮碎裂,碎片飞出击中操作工面部",
    "WSA10007": "清理污水池时失足落水,经抢救无效溺亡",
}
PLACES = ("一车间", "二车间", "东区", "西区", "夜班", "早班", "检修时", "试车时", "换模后")
PEOPLE = ("王某", "李某", "赵某", "钱某", "孙某", "周某", "吴某")


def narrative(n: int) -> tuple[str, str]:
    code = list(CODES)[n % 3]
    return f"{PLACES[n % 9]},{PEOPLE[n % 7]}第{n}次作业,{CODES[code]}。", code


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A home folder of this module's own: models go there."""
    old = settings.CONFIG
    settings.CONFIG = old.model_copy(update={"home": tmp_path_factory.mktemp("home")})
    yield settings.CONFIG.home
    settings.CONFIG = old


@pytest.fixture(scope="module")
def region(empty_database: str, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A made region: 60 cases wait for a person, the others carry their source's code."""
    folder = make_run(tmp_path_factory.mktemp("models"), cases=260)
    lake = Lake(folder / "lake")
    rows = lake.table("injury_cases")
    told = [narrative(n) for n in range(len(rows))]
    gold = ["" if n < 60 else code for n, (_, code) in enumerate(told)]
    lake.write(
        "injury_cases",
        rows.with_columns(narrative=pl.Series([text for text, _ in told]), accident_type=pl.Series(gold)),
        source="made",
    )
    codes = folder / "results" / "codes.parquet"
    pl.read_parquet(codes).head(60).write_parquet(codes)
    loaded = load_results(folder, Actor.platform())
    admit_demo_accounts(Actor.platform(), loaded.region_id)
    return loaded


@pytest.fixture
def jobs(cluster: database.Database, empty_database: str) -> Any:
    return lambda: run_jobs(cluster.web, empty_database)


def desk(client: Any) -> dict[str, Any]:
    return client.get("/api/models").json()[0]


def decide_some(client: Any, n: int) -> None:
    rows = [r for s in ("review", "auto") for r in client.get("/api/cases", {"state": s, "size": n}).json()["items"]]
    for row in rows[:n]:
        text = client.get(f"/api/cases/{row['id']}").json()["narrative"]
        code = next(c for c, words in CODES.items() if words in text)
        answer = client.post(f"/api/cases/{row['id']}/decisions", {"facet": FACET, "code": code, "note": ""})
        assert answer.status_code == 200


def test_what_there_is_to_learn_from_is_told(sign_in: Any) -> None:
    found = desk(sign_in("coder"))
    assert (found["facet"], found["more"], found["synthetic"]) == (FACET, 0, True)
    assert found["training"] + found["gold"] == 200
    assert 10 <= found["gold"] <= 45
    assert sign_in("safety_manager").get("/api/models").status_code == 403
    assert sign_in("auditor").post("/api/models/trainings", {"facet": FACET}).status_code == 403


def test_a_facet_with_too_few_cases_says_how_many_more_are_needed(sign_in: Any) -> None:
    refused = sign_in("coder").post("/api/models/trainings", {"facet": "body_part"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_few")
    assert "115" in refused.json()["message_en"]


def test_a_training_runs_in_the_background_and_leaves_a_card(
    sign_in: Any, jobs: Any, home: Path, as_superuser: psycopg.Connection[Any]
) -> None:
    coder = sign_in("coder")
    run = coder.post("/api/models/trainings", {"facet": FACET}).json()
    assert run["state"] == "queued"
    again = coder.post("/api/models/trainings", {"facet": FACET})
    assert again.json()["code"] == "already_training"
    jobs()
    done = coder.get(f"/api/models/trainings/{run['id']}").json()
    assert (done["state"], done["done"], done["problem_en"]) == ("done", done["total"], "")
    card = coder.get(f"/api/models/{done['version_id']}").json()
    assert card["row"]["state"] == "candidate"
    assert card["origins"] == {"source": card["row"]["rows"]}
    assert card["codes"] == 3
    assert len(card["data_sha256"]) == 64
    assert card["row"]["gold"]["accuracy"] > 0.9
    assert card["row"]["gold"]["rows"] == desk(coder)["gold"]
    assert {c["code"] for c in card["row"]["out_of_fold"]["codes"]} == set(CODES)
    assert card["asked_by"] == "陈编码（演示）"
    assert sorted(p.suffix for p in (home / "models").iterdir()) == [".json", ".npz"], "nothing of the work is left"


def test_promotion_needs_a_reason_and_codes_open_cases_anew(sign_in: Any, jobs: Any) -> None:
    coder = sign_in("coder")
    decide_some(coder, 5)
    version = desk(coder)["versions"][0]
    assert coder.post(f"/api/models/{version['id']}/promote", {"reason": ""}).status_code == 422
    assert sign_in("auditor").post(f"/api/models/{version['id']}/promote", {"reason": "x"}).status_code == 403
    kept = coder.get("/api/cases", {"state": "decided"}).json()["items"][0]["id"]
    before = coder.get(f"/api/cases/{kept}").json()["facets"][0]
    at_work = coder.post(f"/api/models/{version['id']}/promote", {"reason": "金标准更好"}).json()
    assert (at_work["state"], at_work["recoding"]) == ("active", True)
    jobs()
    assert desk(coder)["versions"][0]["recoding"] is False
    assert coder.get(f"/api/cases/{kept}").json()["facets"][0] == before, "decided codes stay"
    for state in ("review", "auto"):
        for row in coder.get("/api/cases", {"state": state}).json()["items"][:5]:
            case = coder.get(f"/api/cases/{row['id']}").json()
            facet = case["facets"][0]
            assert facet["model_version"] == version["version"]
            other = facet["suggestions"][1]["code"]
            words = coder.get(f"/api/cases/{row['id']}/words", {"facet": FACET, "code": other}).json()
            assert all(case["narrative"][w["start"] : w["end"]] == w["text"] for w in words)
    assert coder.post(f"/api/models/{version['id']}/promote", {"reason": "x"}).json()["code"] == "already_active"
    assert coder.post("/api/models/roll-back", {"facet": FACET, "reason": "x"}).json()["code"] == "nothing_before"


def while_a_batch_is_coded(acting_user: Actor, version: dict[str, Any], call: Callable[[], Any]) -> Any:
    """What `call` answers that comes while a worker codes a batch by `version`; it waits for the batch."""
    begun, go_on = threading.Event(), threading.Event()
    model = files.coder(version["version"])
    assert model is not None

    class Slow:
        version = model.version

        def predict(self, narratives: list[str]) -> Any:
            begun.set()
            assert go_on.wait(30)
            return model.predict(narratives)

    def apart(work: Callable[[], Any]) -> Any:
        try:
            return work()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(2) as pool:
        batch = pool.submit(apart, lambda: governance.recode_batch(acting_user, version["id"], Slow()))
        assert begun.wait(30)
        answer = pool.submit(apart, call)
        assert not wait([answer], 0.5).done, "who puts another version to work waits for the batch"
        go_on.set()
        assert batch.result(30) > 0
        assert apart(lambda: answer.result(30)).status_code == 200
    assert governance.recode_batch(acting_user, version["id"], model) is None, "it isn't at work any more"
    return answer.result()


def test_a_second_version_is_compared_promoted_and_rolled_back(
    sign_in: Any, jobs: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    coder = sign_in("coder")
    decide_some(coder, 20)
    first = desk(coder)["versions"][0]
    coder.post("/api/models/trainings", {"facet": FACET})
    jobs()
    second = desk(coder)["versions"][0]
    assert second["id"] != first["id"]
    assert second["rows"] > first["rows"]
    assert coder.get(f"/api/models/{second['id']}").json()["origins"]["person"] > 0
    both = coder.get("/api/models/compare", {"first": first["id"], "second": second["id"]}).json()
    assert both["fair"]
    assert both["rows"] > 10
    assert both["second_gold"]["kappa"] > 0.8
    assert both["pending"] > 0
    coder.post(f"/api/models/{second['id']}/promote", {"reason": "更多决定"})
    assert desk(coder)["can_roll_back"]
    platform = Actor.platform(scope=as_superuser.execute("SELECT path FROM governance_modelversion").fetchone()[0])
    reason = {"facet": FACET, "reason": "复核后退回"}
    back = while_a_batch_is_coded(platform, second, lambda: coder.post("/api/models/roll-back", reason)).json()
    assert back["id"] == first["id"]
    jobs()
    open_codes = "select distinct model_version from cases_casecode where facet = %s and state <> 'decided'"
    assert as_superuser.execute(open_codes, [FACET]).fetchall() == [(first["version"],)]
    states = {v["id"]: v["state"] for v in desk(coder)["versions"]}
    assert states == {first["id"]: "active", second["id"]: "retired"}
    assert desk(coder)["can_roll_back"] is False
    changes = coder.get(f"/api/models/{first['id']}").json()["changes"]
    assert [c["kind"] for c in changes] == ["rolled_back", "promoted"]
    with scoped(Actor.platform()):
        assert verify_database().ok


def test_agreement_of_suggestions_with_decisions_is_told_by_month_and_version(sign_in: Any) -> None:
    months = sign_in("coder").get("/api/models/accuracy", {"facet": FACET}).json()
    assert sum(m["decisions"] for m in months) == 25
    assert {m["version"] for m in months} >= {"made-1"}
    assert all(m["low"] <= m["agreed"] / m["decisions"] <= m["high"] for m in months)


def test_codes_that_are_probably_wrong_are_put_to_people(sign_in: Any, jobs: Any, as_superuser: Any) -> None:
    coder = sign_in("coder")
    wrong = as_superuser.execute(
        "UPDATE cases_goldlabel SET code = 'WSA10007' WHERE id IN (SELECT g.id FROM cases_goldlabel g "
        "JOIN cases_injurycase c ON c.id = g.case_id WHERE g.code = 'WSA10004' ORDER BY c.key LIMIT 6) "
        "RETURNING case_id"
    ).fetchall()
    coder.post("/api/models/trainings", {"facet": FACET})
    jobs()
    found = coder.get("/api/cases", {"state": "suspect"}).json()["items"]
    assert found
    keys = dict(as_superuser.execute("SELECT id, key FROM cases_injurycase").fetchall())
    teaching = {row[0] for row in wrong if not in_gold_set(keys[row[0]])}
    assert teaching <= {row["id"] for row in found[: len(teaching) + 2]}, "the wrong ones come first"
    assert not [row["id"] for row in found if in_gold_set(keys[row["id"]])], "gold teaches nothing, so it isn't suspect"
    first = next(row for row in found if row["id"] in teaching)
    assert first["suspect"]["given"] == "WSA10007"
    assert first["suspect"]["origin"] == "source"
    assert first["suggestion"]["code"] == "WSA10004"
    assert coder.get("/api/cases/progress").json()["suspects"] == len(found)
    body = {"facet": FACET, "code": "WSA10004", "note": "来源误标"}
    assert coder.post(f"/api/cases/{first['id']}/decisions", body).status_code == 200
    assert coder.get("/api/cases/progress").json()["suspects"] == len(found) - 1
    assert coder.post("/api/cases/undo").json()["facet"]["code"] == "WSA10007"
    assert coder.get("/api/cases/progress").json()["suspects"] == len(found)


def test_a_run_whose_worker_was_killed_is_taken_up_again_and_the_active_model_stands(
    sign_in: Any, jobs: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    from yufang.server.governance import actions

    coder = sign_in("coder")
    decide_some(coder, 3)
    active = [v["id"] for v in desk(coder)["versions"] if v["state"] == "active"]
    run = coder.post("/api/models/trainings", {"facet": FACET}).json()["id"]
    # A worker took it on and was killed: the row says running, its beat stands still.
    as_superuser.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'yufang.governance.train'")
    path = as_superuser.execute("SELECT path FROM governance_trainingrun WHERE id = %s", [run]).fetchone()[0]
    assert actions.claim(Actor.platform(scope=path), run) is not None
    assert actions.claim(Actor.platform(scope=path), run) is None, "one worker at a time"
    assert actions.take_up_again(Actor.platform()) == 0, "it still lives, as far as one can tell"
    old = timezone.now() - timedelta(minutes=5)
    as_superuser.execute("UPDATE governance_trainingrun SET beat_at = %s WHERE id = %s", [old, run])
    assert actions.take_up_again(Actor.platform()) == 1
    assert actions.take_up_again(Actor.platform()) == 0, "queued once"
    assert [v["id"] for v in desk(coder)["versions"] if v["state"] == "active"] == active
    jobs()
    done = coder.get(f"/api/models/trainings/{run}").json()
    assert (done["state"], done["tries"]) == ("done", 2)


def test_a_run_that_is_cut_off_again_and_again_stops_with_a_way_out(sign_in: Any, as_superuser: Any) -> None:
    from yufang.server.governance import actions

    coder = sign_in("coder")
    run = coder.post("/api/models/trainings", {"facet": FACET}).json()["id"]
    old = timezone.now() - timedelta(minutes=5)
    as_superuser.execute(
        "UPDATE governance_trainingrun SET tries = 3, state = 'running', beat_at = %s WHERE id = %s", [old, run]
    )
    path = as_superuser.execute("SELECT path FROM governance_trainingrun WHERE id = %s", [run]).fetchone()[0]
    assert actions.claim(Actor.platform(scope=path), run) is None
    told = coder.get(f"/api/models/trainings/{run}").json()
    assert told["state"] == "failed"
    assert "train again" in told["problem_en"]


def test_the_fitting_process_ends_with_its_parent(tmp_path: Path) -> None:
    lessons = [(f"k{n}", *narrative(n), "source", None) for n in range(4000)]
    job = {"facet": FACET, "lessons": lessons, "pending": {}, "wanted": 0.95}
    (tmp_path / "job.json").write_text(json.dumps(job), encoding="utf-8")
    command = [sys.executable, "-m", "yufang.server.governance.fitting", str(tmp_path)]

    async def start_and_let_go() -> int:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdin is not None
        assert process.stdout is not None
        await process.stdout.readline()
        process.stdin.close()  # what the system does when the parent is killed
        return await asyncio.wait_for(process.wait(), 20)

    assert asyncio.run(start_and_let_go()) == 1
    assert not (tmp_path / "result.json").exists()
