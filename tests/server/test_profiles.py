"""Living profiles on the server: movements kept with their parts, peers, measured exposure, groups of the region."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.server.made import make_run
from yufang.profiles import Movement, MovementPart, Rung
from yufang.profiles.disease import assess
from yufang.profiles.disease.measurements import measurement
from yufang.profiles.stored import write_exposure
from yufang.run.results import RunResults

BURNS_ZH, BURNS_EN = "同一处（2号线）发生2起灼烫", "two cases of burn"
WELDERS_ZH, WELDERS_EN = "3名焊工证书过期", "certificates of 3 welders expired"
MOVED = Movement(
    since=date(2026, 3, 1),
    change=12.0,
    parts=(
        MovementPart(cause="new_injuries", points=9.5, text_zh=BURNS_ZH, text_en=BURNS_EN),
        MovementPart(cause="certificate", points=2.5, text_zh=WELDERS_ZH, text_en=WELDERS_EN),
    ),
    text_zh=f"3月以来+12分：{BURNS_ZH}（+10）；{WELDERS_ZH}（+2）",
    text_en=f"+12 since March: {BURNS_EN} (+10); {WELDERS_EN} (+2)",
)
RUNGS = (Rung("own", "", 2.0, 0.6), Rung("division", "33", 1.2, 0.3), Rung("region", "", 1.0, 0.1))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made run; the first enterprise's newest profile has moved, and it was measured on two days."""
    folder = make_run(tmp_path_factory.mktemp("profiles"))
    results = RunResults.read(folder)
    newest = max(p.month for p in results.profiles)
    profiles = tuple(
        replace(p, movement=MOVED, rungs=RUNGS, yearly_change=0.2, yearly_change_low=0.05, yearly_change_high=0.4)
        if p.enterprise_id == "E00000" and p.month == newest
        else p
        for p in results.profiles
    )
    replace(results, profiles=profiles).write(folder)
    row = {"enterprise_id": "E00000", "place": "冲压车间", "post": "冲压工", "people": 30, "years": 10, "minutes": 480}
    noise = {"agent": "noise", "unit": "dB(A)"}
    rows = [
        row | noise | {"value": 83, "measured_on": "2025-05-01"},
        row | noise | {"value": 88, "measured_on": "2026-05-01"},
        row | {"agent": "甲苯", "unit": "mg/m3", "value": 20, "measured_on": "2026-05-01"},
        row | noise | {"value": 99, "measured_on": "2026-05-01", "enterprise_id": "unlisted"},
    ]
    write_exposure(folder, assess(measurement(r, n) for n, r in enumerate(rows, 1)))
    return folder


def found(client: Any, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def first(client: Any) -> int:
    listed = found(client, "/api/enterprises?q=云岭第0")["items"]
    return int(listed[0]["id"])


def test_a_movement_is_kept_with_its_parts_and_they_sum_to_it(sign_in: Any) -> None:
    client = sign_in("supervisor")
    months = found(client, f"/api/enterprises/{first(client)}/profile")
    moved = months[-1]["movement"]
    assert moved["text_en"] == MOVED.text_en
    assert sum(p["points"] for p in moved["parts"]) == pytest.approx(moved["change"])
    assert months[0]["movement"] is None
    assert [m["month"] for m in months] == sorted(m["month"] for m in months)
    assert len(months) == 14


def test_rungs_come_with_the_names_of_their_industries(sign_in: Any) -> None:
    client = sign_in("supervisor")
    rungs = found(client, f"/api/enterprises/{first(client)}/profile")[-1]["rungs"]
    assert rungs[1]["name_zh"] == "金属制品业"
    assert sum(r["weight"] for r in rungs) == pytest.approx(1)


def test_peers_are_of_the_same_class_and_hold_the_enterprise_itself(sign_in: Any) -> None:
    client = sign_in("supervisor")
    own = first(client)
    peers = found(client, f"/api/enterprises/{own}/peers")
    assert peers["level"] == "division"
    assert peers["code"] == "26"
    assert [r["id"] for r in peers["rows"] if r["own"]] == [own]
    assert peers["enterprises"] == len(peers["rows"]) == 2


def test_people_of_an_enterprise_see_no_peer_by_name(sign_in: Any) -> None:
    client = sign_in("safety_manager")
    own = found(client, "/api/enterprises")["items"][0]["id"]
    assert [r["id"] for r in found(client, f"/api/enterprises/{own}/peers")["rows"]] == [own]


def test_the_newest_measurement_of_each_agent_stands_the_worst_first(sign_in: Any) -> None:
    client = sign_in("supervisor")
    rows = found(client, f"/api/enterprises/{first(client)}/exposure")
    assert [(r["key"], r["measured_on"]) for r in rows] == [("noise", "2026-05-01"), ("TOL", "2026-05-01")]
    assert rows[0]["verdict"] == "over"
    assert rows[0]["expected"]["low"] <= rows[0]["expected"]["cases"] <= rows[0]["expected"]["high"]
    assert rows[1]["expected"]["cases"] is None
    assert rows[1]["expected"]["why_zh"]


def test_groups_of_the_region_are_for_those_who_watch_over_it(sign_in: Any) -> None:
    view = found(sign_in("supervisor"), "/api/region/groups")
    sectors = [g for g in view["groups"] if g["dimension"] == "sector"]
    assert sum(g["injuries"] for g in sectors) == view["injuries"] > 0
    assert sign_in("safety_manager").get("/api/region/groups").status_code == 403


def test_loading_the_same_folder_again_changes_nothing(sign_in: Any, made: Path) -> None:
    from yufang.server.ledger.models import Leaf
    from yufang.server.loading import load_results
    from yufang.server.scope import Actor, scoped

    def leaves() -> int:
        with scoped(Actor.platform()):
            return Leaf.objects.filter(action__startswith="profiles.").count()

    client, before = sign_in("supervisor"), leaves()
    load_results(made, Actor.platform())
    assert len(found(client, f"/api/enterprises/{first(client)}/exposure")) == 2
    assert leaves() == before
