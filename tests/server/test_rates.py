"""Rates on the server: files taken row by row, a simulation as a job, a named person's yes or no, safety value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.server.conftest import signed_in
from tests.server.made import make_run

CSV = """统一社会信用代码,年度,缴费工资总额,基金支付,工伤人数,工亡人数,浮动档次
{rows}"""


def _csv(*rows: str) -> str:
    return CSV.format(rows="\n".join(rows))


def _good(enterprises: int = 6) -> list[str]:
    rows = []
    for n in range(enterprises):
        for year in (2022, 2023, 2024, 2025):
            hurt = (n * 2 + year) % 3 if n else 4
            rows.append(f"E{n:05d},{year},{4_000_000 + n * 1_000_000},{hurt * 45_000},{hurt},0,100")
    return rows


BAD = (
    "E00001,2021,-500000,1000,0,0,100",  # negative payroll
    "E00001,2020,,1000,0,0,100",  # missing payroll
    "E00002,2025,6000000,0,0,0,100",  # told before
    "E99999,2025,3000000,20000,1,0,100",  # in no register
)


@pytest.fixture(scope="module")
def pool(empty_database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from yufang.server.loading import admit_demo_accounts, load_results
    from yufang.server.scope import Actor

    folder = make_run(tmp_path_factory.mktemp("rates"))
    (folder / "insurance.csv").write_text(_csv(*_good(), *BAD), encoding="utf-8")
    loaded = load_results(folder, Actor.platform())
    admit_demo_accounts(Actor.platform(), loaded.region_id)
    return folder


def _run(client: Client, **body: Any) -> dict[str, Any]:
    from yufang.server.rates.tasks import simulate

    asked = client.post("/api/rates/runs", body)
    assert asked.status_code == 200, asked.content
    number = asked.json()["id"]
    simulate.func(number, "/1/")
    found: dict[str, Any] = client.get(f"/api/rates/runs/{number}").json()
    return found


def _proposals(client: Client, run: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/api/rates/runs/{run['id']}/proposals", query).json()["items"]
    return items


@pytest.fixture(scope="module")
def simulated(pool: Path) -> dict[str, Any]:
    return _run(signed_in("supervisor"))


def test_rows_that_cannot_be_taken_are_kept_with_field_value_rule_and_way_out(pool: Path) -> None:
    refused = signed_in("supervisor").get("/api/rates/refused").json()
    assert refused["total"] == 3
    by_field = {(r["field"], r["value"]): r for r in refused["items"]}
    negative = by_field["payroll", "-500000"]
    assert "负数" in negative["reason_zh"]
    assert "at least 0" in negative["reason_en"]
    assert negative["raw"]["基金支付"] == "1000"
    assert "缺失" in by_field["payroll", ""]["reason_zh"]
    assert "第" in by_field["year", "2025"]["reason_zh"]


def test_loading_the_same_folder_again_changes_nothing(pool: Path) -> None:
    from yufang.server.loading import load_results
    from yufang.server.scope import Actor

    client = signed_in("supervisor")
    before = client.get("/api/rates").json()
    size = client.get("/api/ledger/checkpoint").json()["size"]
    load_results(pool, Actor.platform())
    assert client.get("/api/rates").json() == before
    assert client.get("/api/ledger/checkpoint").json()["size"] == size


def test_a_simulation_keeps_the_income_and_proposes_to_each(simulated: dict[str, Any]) -> None:
    assert simulated["state"] == "done", simulated
    pool = simulated["simulation"]
    assert pool["income_reached"]
    assert pool["income_proposed"] == pytest.approx(pool["income_now"], rel=1e-4)
    assert simulated["counts"] == {"proposed": 6, "unrated": 1}
    rows = _proposals(signed_in("supervisor"), simulated, state="unrated")
    assert [(r["owner"], r["enterprise_id"]) for r in rows] == [("E99999", None)]
    assert "名录" in rows[0]["problem_zh"]
    assert "register" in rows[0]["problem_en"]


def test_one_person_approves_by_name_and_the_ledger_keeps_it(simulated: dict[str, Any]) -> None:
    client = signed_in("supervisor")
    row = _proposals(client, simulated, sort="-change")[0]
    detail = client.get(f"/api/rates/proposals/{row['id']}").json()
    assert detail["reasons_zh"]
    assert len(detail["reasons_zh"]) == len(detail["reasons_en"])
    assert detail["years"][-1]["year"] == 2025
    done = client.post(f"/api/rates/proposals/{row['id']}/approve", {"reason": ""}).json()
    assert done["state"] == "approved"
    assert done["decisions"][0]["ledger_index"] > 0
    again = client.post(f"/api/rates/proposals/{row['id']}/approve", {"reason": ""})
    assert again.status_code == 409
    assert again.json()["code"] == "already_decided"
    entry = client.get("/api/ledger/entries", {"size": 5}).json()["items"][0]
    assert entry["action"] == "rates.approved"
    assert "2026" in entry["sentence_zh"]
    assert client.post("/api/ledger/verify").json()["ok"]


def test_returning_needs_a_reason_and_a_returned_one_may_be_approved_later(simulated: dict[str, Any]) -> None:
    client = signed_in("supervisor")
    row = _proposals(client, simulated, state="proposed")[0]
    address = f"/api/rates/proposals/{row['id']}"
    assert client.post(f"{address}/return", {"reason": " "}).status_code == 422
    assert client.post(f"{address}/return", {"reason": "工资总额待核"}).json()["state"] == "returned"
    assert client.post(f"{address}/approve", {"reason": "已核"}).json()["state"] == "approved"


def test_an_unrated_enterprise_cannot_be_approved(simulated: dict[str, Any]) -> None:
    client = signed_in("supervisor")
    row = _proposals(client, simulated, state="unrated")[0]
    answer = client.post(f"/api/rates/proposals/{row['id']}/approve", {"reason": ""})
    assert answer.status_code == 409
    assert "名录" in answer.json()["message_zh"]


def test_whoever_lacks_the_right_is_refused(simulated: dict[str, Any]) -> None:
    row = _proposals(signed_in("supervisor"), simulated)[0]
    auditor = signed_in("auditor")
    assert auditor.get(f"/api/rates/proposals/{row['id']}").status_code == 200
    assert auditor.post(f"/api/rates/proposals/{row['id']}/approve", {"reason": ""}).status_code == 403
    assert auditor.post("/api/rates/runs", {}).status_code == 403
    assert signed_in("safety_manager").get("/api/rates").status_code == 403


def test_an_enterprise_sees_its_own_rate_once_it_is_approved(simulated: dict[str, Any]) -> None:
    manager, supervisor = signed_in("safety_manager"), signed_in("supervisor")
    home = manager.get("/api/auth/me").json()["organisation"]["id"]
    address = f"/api/enterprises/{home}/rate"
    proposal = supervisor.get(address).json()
    if proposal["state"] != "approved":
        assert manager.get(address).json() is None
        supervisor.post(f"/api/rates/proposals/{proposal['id']}/approve", {"reason": ""})
    assert manager.get(address).json()["state"] == "approved"


def test_a_table_of_ones_own_is_checked_and_used(pool: Path) -> None:
    client = signed_in("supervisor")
    wrong = client.post("/api/rates/tables", {"text": "floating:\n  by_experience:\n    - {below: 1, grade: 55}\n"})
    assert wrong.status_code == 422
    assert "by_experience" in json.dumps(wrong.json())
    text = "key: local-2026\nname: {zh: 本市费率, en: City rates}\nsource: test\neffective_from: 2026-01-01\n"
    text += "classes:\n  - {class: 4, base_rate_pct: 1.0, grades_pct: [50, 80, 100, 120, 150]}\n"
    table = client.post("/api/rates/tables", {"text": text}).json()
    run = _run(client, table_id=table["id"], income_change=0.05)
    assert run["table"]["key"] == "local-2026"
    assert run["simulation"]["income_proposed"] == pytest.approx(1.05 * run["simulation"]["income_now"], rel=1e-3)
    row = _proposals(client, {"id": run["id"] - 1}, state="proposed")
    if row:
        answer = client.post(f"/api/rates/proposals/{row[0]['id']}/approve", {"reason": ""})
        assert answer.json()["code"] == "superseded"


def test_safety_value_ranks_measures_and_takes_real_costs(pool: Path) -> None:
    client = signed_in("supervisor")
    enterprise = client.get("/api/enterprises").json()["items"][0]["id"]
    address = f"/api/enterprises/{enterprise}/safety-value"
    value = client.get(address).json()
    assert value["now"]["yuan"]["low"] < value["now"]["yuan"]["mean"] < value["now"]["yuan"]["high"]
    nets = [m["net_yuan"]["mean"] for m in value["measures"]]
    assert nets == sorted(nets, reverse=True)
    assert client.get(address).json() == value, "the same seed gives the same numbers"
    dear = {"key": value["measures"][0]["key"], "once": 1e9, "yearly": 0, "years": 5}
    after = client.post(address, {"costs": [dear]}).json()
    assert after["measures"][-1]["key"] == dear["key"]
    assert after["measures"][-1]["own_cost"]
    unknown = client.post(address, {"costs": [dear | {"key": "no such"}]})
    assert unknown.status_code == 422
    assert "no such" in unknown.json()["message_en"]


def test_a_file_with_wrong_headings_is_refused_as_a_whole(pool: Path) -> None:
    client = signed_in("supervisor")
    answer = client.post("/api/rates/insured", {"name": "x.csv", "text": "a,b\n1,2\n"})
    assert answer.status_code == 422
    assert "统一社会信用代码" in answer.json()["message_zh"]
    taken = client.post("/api/rates/insured", {"name": "y.csv", "text": _csv("E00001,2019,100,0,0,0,")})
    assert taken.json() == {"taken": 1, "refused": 0}
