"""Data health on the server: audited at load, kept from day to day, owners named by whoever may."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.server.made import TODAY, make_run
from yufang.lake import Lake, import_file
from yufang.server.scope import Actor

SOURCE = "injuries.csv"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made run, with a file of cases beside it: one row refused, one contradictory, one with a person's number."""
    folder = make_run(tmp_path_factory.mktemp("lake"))
    day = TODAY - timedelta(days=40)
    file = folder / SOURCE
    file.write_text(
        "单位,事故日期,报告日期,事故经过,死亡人数,受伤人数\n"
        f"云岭第1冲压有限公司,{day},{day - timedelta(days=3)},职工李明在冲床取料时右手被夹伤,0,1\n"
        f"云岭第1冲压有限公司,{day},{day + timedelta(days=3)},司机王强驾驶叉车撞伤脚部,0,1\n"
        "云岭第1冲压有限公司,电话13812345678,2026-1-1,从梯子上滑落,0,1\n",
        encoding="utf-8",
    )
    import_file(file, "cases", Lake(folder / "lake"), today=TODAY)
    return folder


def overview(client: Any) -> dict[str, Any]:
    answer = client.get("/api/lake/health")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def detail(client: Any, name: str = SOURCE) -> dict[str, Any]:
    number = next(s["id"] for s in overview(client)["sources"] if s["name"] == name)
    found: dict[str, Any] = client.get(f"/api/lake/sources/{number}").json()
    return found


def test_a_load_keeps_an_audit_of_every_source_and_of_the_months_before(sign_in: Any) -> None:
    found = overview(sign_in("supervisor"))
    assert found["as_of"] == TODAY.isoformat()
    assert {(s["name"], s["table"]) for s in found["sources"]} >= {(SOURCE, "injury_cases"), ("made", "enterprises")}
    assert all(s["synthetic"] for s in found["sources"])
    assert all(0 <= s["overall"] <= 1 for s in found["sources"])
    scores = [s["overall"] for s in found["sources"]]
    assert scores == sorted(scores)
    days = [point["as_of"] for point in found["trend"]]
    assert days == sorted(days)
    assert len(days) > 1
    assert [point["recomputed"] for point in found["trend"]] == [True] * (len(days) - 1) + [False]


def test_a_source_tells_columns_rules_worst_rows_and_refused_ones_without_persons(sign_in: Any) -> None:
    found = detail(sign_in("auditor"))
    assert (found["rows"], found["refused"], found["rejects_total"]) == (2, 1, 1)
    assert {d["dimension"] for d in found["dimensions"]} >= {"completeness", "validity", "freshness"}
    assert next(f for f in found["fields"] if f["field"] == "narrative") == {
        "field": "narrative",
        "rows": 2,
        "filled": 2,
        "wrong": 0,
    }
    assert found["worst"][0]["reasons"][0]["rule"] == "report_before_injury"
    assert found["worst"][0]["reasons"][0]["title_zh"] == "报告日期早于事故日期"
    assert found["runs"][0]["taken"] == 2
    assert found["rejects"][0]["value"] == "电话〔电话1〕"
    text = json.dumps(found, ensure_ascii=False)
    assert not any(word in text for word in ("13812345678", "李明", "王强"))


def test_whoever_may_names_an_owner_and_the_ledger_keeps_it(sign_in: Any, as_superuser: Any) -> None:
    client = sign_in("supervisor")
    number = detail(client)["id"]
    answer = client.post(f"/api/lake/sources/{number}/owner", {"owner": "  应急局 张主任 "})
    assert answer.json()["owner"] == "应急局 张主任"
    leaf = as_superuser.execute(
        "SELECT data FROM ledger_leaf WHERE action = 'lake.owner_named' ORDER BY index DESC LIMIT 1"
    ).fetchone()
    assert "张主任" not in bytes(leaf[0]).decode()
    assert client.post("/api/ledger/verify").json()["ok"]
    as_superuser.execute("UPDATE lake_datasource SET owner = '别人' WHERE id = %s", [number])
    verdict = client.post("/api/ledger/verify").json()
    assert not verdict["ok"]
    assert f"data source {number}" in verdict["reason"]
    as_superuser.execute("UPDATE lake_datasource SET owner = '应急局 张主任' WHERE id = %s", [number])


@pytest.mark.parametrize("person", ["auditor", "coder", "safety_manager"])
def test_others_name_no_owner(sign_in: Any, person: str) -> None:
    number = detail(sign_in("supervisor"))["id"]
    answer = sign_in(person).post(f"/api/lake/sources/{number}/owner", {"owner": "我"})
    assert answer.status_code == 403


def test_an_enterprises_people_do_not_see_the_regions_data_health(sign_in: Any) -> None:
    assert sign_in("team_leader").get("/api/lake/health").status_code == 403


def test_an_unknown_source_and_an_endless_name_are_refused_clearly(sign_in: Any) -> None:
    client = sign_in("supervisor")
    assert client.get("/api/lake/sources/999999").status_code == 404
    assert client.post("/api/lake/sources/999999/owner", {"owner": "x"}).status_code == 404
    assert client.post("/api/lake/sources/1/owner", {"owner": "x" * 81}).json()["field"] == "owner"


def test_loading_again_changes_nothing_and_a_later_day_adds_a_point(
    region: Any, made: Path, sign_in: Any, as_superuser: Any
) -> None:
    from yufang.server.accounts.models import Organisation
    from yufang.server.lake.actions import load_health
    from yufang.server.scope import scoped

    with scoped(Actor.platform()):
        organisation = Organisation.objects.get(id=region.region_id)
    count = "SELECT count(*) FROM lake_auditsnapshot"
    leaves = "SELECT count(*) FROM ledger_leaf WHERE action = 'lake.audited'"
    before = (as_superuser.execute(count).fetchone(), as_superuser.execute(leaves).fetchone())
    lake = Lake(made / "lake")
    load_health(Actor.platform(), organisation, lake, TODAY, True)
    assert (as_superuser.execute(count).fetchone(), as_superuser.execute(leaves).fetchone()) == before
    later = TODAY + timedelta(days=200)
    load_health(Actor.platform(), organisation, lake, later, True)
    trend = overview(sign_in("supervisor"))["trend"]
    assert date.fromisoformat(trend[-1]["as_of"]) == later
    kept = next(point for point in trend if point["as_of"] == TODAY.isoformat())
    assert not kept["recomputed"]  # what was audited on the day stays as it was
    assert trend[-1]["scores"]["freshness"] < kept["scores"]["freshness"]
