"""A run is taken over once, however often it is loaded, and answers survive."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.server.made import make_run
from yufang.run.results import RunResults
from yufang.server.loading import load_results
from yufang.server.scope import Actor

TABLES = (
    "accounts_organisation",
    "cases_injurycase",
    "cases_casecode",
    "deduction_hazardpoint",
    "profiles_enterprise",
    "profiles_equipment",
    "profiles_profilemonth",
    "warning_warning",
    "warning_step",
    "ledger_leaf",
)


def snapshot(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    sql = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    return {table: connection.execute(sql.format(table)).fetchone() for table in TABLES}


def test_a_load_takes_everything_over(region: Any, as_superuser: psycopg.Connection[Any]) -> None:
    counts = {t: n for t, (n, _) in snapshot(as_superuser).items()}
    assert counts["profiles_enterprise"] == region.enterprises == 6
    assert counts["deduction_hazardpoint"] == region.hazard_points == 24
    assert counts["profiles_profilemonth"] == region.profiles == 84
    assert counts["warning_warning"] == region.warnings == 12
    assert counts["cases_injurycase"] == region.cases == 30
    loads = "SELECT count(*) FROM ledger_leaf WHERE action LIKE '%loaded'"
    assert as_superuser.execute(loads).fetchone() == (8,), "one leaf for each table a room loaded"


def test_the_list_agrees_with_the_profiles(region: Any, sign_in: Any) -> None:
    rows = sign_in("supervisor").get("/api/enterprises").json()["items"]
    assert [r["rank"] for r in rows] == sorted(r["rank"] for r in rows)
    assert [r["score"] for r in rows] == sorted((r["score"] for r in rows), reverse=True)
    for row in rows:
        months = sign_in("supervisor").get(f"/api/enterprises/{row['id']}/profile").json()
        assert row["sparkline"] == [m["score"] for m in months[-12:]]
        assert (row["score"], row["colour"]) == (months[-1]["score"], months[-1]["colour"])
        assert row["synthetic"] is True


def test_the_overview_adds_up(region: Any, sign_in: Any, made: Path) -> None:
    overview = sign_in("supervisor").get("/api/region/overview").json()
    assert sum(overview["colours"].values()) == overview["enterprises"] == 6
    assert overview["open_warnings"] == {"high": 6, "medium": 6, "low": 0}
    assert len(overview["months"]) == 24
    assert overview["cases_12m"] + overview["cases_prev_12m"] == sum(m["injuries"] for m in overview["months"])
    states = RunResults.read(made).codes["state"].to_list()
    assert overview["review_queue"] == states.count("review")
    points = sign_in("supervisor").get("/api/region/map").json()["points"]
    assert sorted(p["high"] for p in points) == [1] * 6


def test_a_case_of_an_unknown_enterprise_belongs_to_the_region(region: Any, sign_in: Any) -> None:
    found = sign_in("supervisor").get("/api/cases", {"q": "未登记企业"}).json()
    assert found["total"] == 1
    case = sign_in("supervisor").get(f"/api/cases/{found['items'][0]['id']}").json()
    assert case["enterprise_id"] is None
    assert sign_in("safety_manager").get("/api/cases", {"q": "未登记企业"}).json()["total"] == 0


def test_loading_twice_changes_nothing(region: Any, made: Path, as_superuser: psycopg.Connection[Any]) -> None:
    before = snapshot(as_superuser)
    load_results(made, Actor.platform())
    assert snapshot(as_superuser) == before


def test_answers_survive_a_newer_run(
    region: Any, made: Path, tmp_path: Path, sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    client, coder = sign_in("supervisor"), sign_in("coder")
    enterprise = client.get("/api/enterprises", {"sort": "name"}).json()["items"][0]["id"]
    points = client.get(f"/api/enterprises/{enterprise}/hazard-points").json()
    client.post(f"/api/hazard-points/{points[0]['id']}/answers", {"result": "confirmed", "note": "已核实"})
    warning = client.get("/api/warnings", {"enterprise_id": enterprise}).json()["items"][0]
    client.post(f"/api/warnings/{warning['id']}/acknowledge", {})
    row = coder.get("/api/cases", {"state": "review"}).json()["items"][0]
    body = {"facet": row["facet"], "code": "WSA10001", "note": ""}
    assert coder.post(f"/api/cases/{row['id']}/decisions", body).status_code == 200

    newer = _newer(made, tmp_path / "newer")
    load_results(newer, Actor.platform())

    after = client.get(f"/api/enterprises/{enterprise}/hazard-points").json()
    assert after[0]["status"] == "confirmed"
    assert after[0]["probability"] > 0.5, "the answer moves the new probability too"
    assert len(after) == len(points) - 1, "a point that the newer run doesn't name rests"
    assert client.get(f"/api/warnings/{warning['id']}").json()["state"] == "acknowledged"
    facet = coder.get(f"/api/cases/{row['id']}").json()["facets"][0]
    assert (facet["code"], facet["state"]) == ("WSA10001", "decided")
    lapsed = client.get("/api/warnings", {"state": "resolved", "size": 200}).json()["items"]
    assert {w["tier"] for w in lapsed} == {"medium"}, "warnings nobody took on lapse with their reason"
    load_results(made, Actor.platform())
    back = client.get(f"/api/warnings/{lapsed[0]['id']}").json()
    assert (back["state"], back["history"][-1]["action"]) == ("raised", "raised_again")


def _newer(made: Path, folder: Path) -> Path:
    """The made run without its last points and its medium warnings, every probability at 0.4."""
    shutil.copytree(made, folder)
    old = RunResults.read(made)
    dataclasses.replace(
        old,
        points=tuple((o, dataclasses.replace(p, probability=0.4)) for o, p in old.points if p.rank < 4),
        warnings=tuple(w for w in old.warnings if w.tier == "high"),
    ).write(folder)
    return folder


def test_a_folder_that_is_no_run_is_refused_before_anything_is_written(
    region: Any, tmp_path: Path, as_superuser: psycopg.Connection[Any]
) -> None:
    before = snapshot(as_superuser)
    with pytest.raises(FileNotFoundError):
        load_results(tmp_path, Actor.platform())
    broken = make_run(tmp_path / "broken", enterprises=2)
    (broken / "region.json").write_text(json.dumps({"name_zh": "x"}), encoding="utf-8")
    with pytest.raises(ValueError, match="lacks name_en, synthetic"):
        load_results(broken, Actor.platform())
    assert snapshot(as_superuser) == before


def test_what_the_lake_no_longer_holds_leaves_the_lists(
    region: Any, tmp_path: Path, sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    smaller = make_run(tmp_path / "smaller", enterprises=3, cases=5)
    load_results(smaller, Actor.platform())
    client = sign_in("supervisor")
    rows = client.get("/api/enterprises").json()["items"]
    assert [r["rank"] for r in rows] == [1, 2, 3]
    overview = client.get("/api/region/overview").json()
    assert overview["enterprises"] == 3
    kept = as_superuser.execute("SELECT count(*) FROM cases_injurycase WHERE key > 'C000004'").fetchone()[0]
    decided = "SELECT count(DISTINCT case_id) FROM cases_casecode WHERE state = 'decided'"
    assert kept <= as_superuser.execute(decided).fetchone()[0], "only what a person decided stays"
    from yufang.server.loading import admit_demo_accounts

    admit_demo_accounts(Actor.platform(), region.region_id)
    manager = sign_in("safety_manager").get("/api/auth/me").json()["organisation"]["id"]
    assert manager in {r["id"] for r in rows}, "the demo's people belong to an enterprise that is listed"
