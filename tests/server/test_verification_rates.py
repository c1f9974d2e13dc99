"""What one answer says of like points, and how rates of verification are counted."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import psycopg
import pytest

from tests.server.test_answering import jobs  # noqa: F401 - a fixture
from tests.server.test_verification import draw, enterprise, point, points_of, say
from yufang.server.deduction.verification.rates import SMALLEST


@pytest.fixture(scope="module")
def visited(sign_in: Any) -> dict[str, Any]:
    """One round of three at each of four enterprises: likely points confirmed, explored ones not found."""
    client = sign_in("supervisor")
    before = {n: points_of(client, enterprise(client, n)) for n in range(6)}
    rounds = {n: draw(client, n) for n in range(4)}
    for found in rounds.values():
        for slot in found["slots"]:
            say(client, slot, "confirmed" if slot["kind"] == "likely" else "not_found")
    return {"before": before, "rounds": rounds}


def test_like_points_at_peers_move_at_once_and_the_job_may_run_twice(
    sign_in: Any,
    visited: dict[str, Any],
    jobs: Any,  # noqa: F811
    as_superuser: psycopg.Connection[Any],
) -> None:
    client = sign_in("supervisor")
    jobs()
    looked: dict[str, list[bool]] = {}
    for found in visited["rounds"].values():
        for slot in found["slots"]:
            looked.setdefault(point(client, slot)["key"], []).append(slot["kind"] == "likely")
    after = {p["key"]: p["probability"] for p in points_of(client, enterprise(client, 5))}
    before = {p["key"]: p["probability"] for p in visited["before"][5]}
    confirmed = {key: sum(results) / len(results) for key, results in looked.items()}
    most, least = (pick(confirmed, key=lambda k: confirmed[k]) for pick in (max, min))
    assert confirmed[most] > confirmed[least], "the test must be able to fail"
    assert after[most] / before[most] > after[least] / before[least]
    assert after[most] > before[most]
    row = as_superuser.execute(
        "SELECT p.id, p.path, p.looks FROM deduction_hazardpoint p WHERE organisation_id = %s", [enterprise(client, 5)]
    ).fetchall()
    assert any(looks for *_, looks in row)
    from yufang.server.deduction.tasks import refresh

    size = client.get("/api/ledger/checkpoint").json()["size"]
    slot = visited["rounds"][0]["slots"][0]
    path = as_superuser.execute("SELECT path FROM deduction_hazardpoint WHERE id = %s", [slot["point_id"]]).fetchone()[
        0
    ]
    refresh(point_id=slot["point_id"], path=path)
    assert client.get("/api/ledger/checkpoint").json()["size"] == size


def test_a_house_where_more_was_found_is_thought_worse_of(sign_in: Any, visited: dict[str, Any], jobs: Any) -> None:  # noqa: F811
    jobs()
    rest = points_of(sign_in("supervisor"), enterprise(sign_in("supervisor"), 0))
    left = [p for p in rest if p["status"] == "open"]
    was = {p["id"]: p["probability"] for p in visited["before"][0]}
    assert left
    assert any(p["probability"] != was[p["id"]] for p in left)


def test_explored_points_stand_apart_and_weigh_by_their_chance(sign_in: Any, visited: dict[str, Any]) -> None:
    found = sign_in("supervisor").get("/api/verify/rates", {"by": "pack"}).json()
    total = found["total"]
    assert (total["proposed"]["answered"], total["proposed"]["share"]) == (8, 1.0)
    assert (total["explored"]["answered"], total["explored"]["share"]) == (4, 0.0)
    slots = [s for r in visited["rounds"].values() for s in r["slots"]]
    weights = [1 / s["propensity"] for s in slots]
    hits = sum(w for s, w in zip(slots, weights, strict=True) if s["kind"] == "likely")
    assert total["weighted"]["share"] == pytest.approx(hits / sum(weights))
    assert total["proposed"]["low"] < 1.0 == total["proposed"]["high"]
    assert total["proposed"]["small"] is (SMALLEST > 8)
    assert total["proposed"]["expected"] == pytest.approx(
        sum(s["probability"] for s in slots if s["kind"] == "likely") / 8, abs=0.15
    )
    assert [(r["key"], r["name_en"]) for r in found["rows"]] == [("machinery", "Machinery manufacturing and stamping")]
    assert found["synthetic"] is True


def test_changing_ones_mind_the_same_day_counts_once_and_taking_back_not_at_all(
    sign_in: Any, visited: dict[str, Any]
) -> None:
    client = sign_in("supervisor")
    before = client.get("/api/verify/rates").json()["total"]["proposed"]
    slot = next(s for s in visited["rounds"][1]["slots"] if s["kind"] == "likely")
    changed = say(client, slot, "not_applicable")
    after = client.get("/api/verify/rates").json()["total"]["proposed"]
    assert after["answered"] == before["answered"]
    assert (after["not_applicable"], after["confirmed"]) == (1, before["confirmed"] - 1)
    client.post(f"/api/verify/answers/{changed['client_id']}/undo")
    assert client.get("/api/verify/rates").json()["total"]["proposed"] == before


@pytest.mark.parametrize("by", ["industry", "inspector", "month"])
def test_every_grouping_adds_up(sign_in: Any, visited: dict[str, Any], by: str) -> None:
    found = sign_in("supervisor").get("/api/verify/rates", {"by": by}).json()
    assert sum(r["proposed"]["answered"] for r in found["rows"]) == found["total"]["proposed"]["answered"]
    assert all(r["name_zh"] and r["name_en"] for r in found["rows"])
    if by == "inspector":
        assert [r["name_en"] for r in found["rows"]] == ["Zhou, supervisor (demo)"]


def test_the_first_mile_tells_how_far_the_start_has_got(sign_in: Any, visited: dict[str, Any]) -> None:
    found = sign_in("supervisor").get("/api/verify/rates").json()["first_mile"]
    assert (found["enterprises"], found["visited"], found["rounds"]) == (6, 4, 4)
    assert (found["places"], found["places_answered"]) == (12, 12)
    assert (found["first"]["answered"], found["later"]["answered"]) == (8, 0)


def test_a_period_without_answers_is_empty_and_a_wrong_one_refused(sign_in: Any, visited: dict[str, Any]) -> None:
    client = sign_in("supervisor")
    none = client.get("/api/verify/rates", {"until": "2020-01-01"}).json()
    assert (none["rows"], none["total"]["proposed"]["share"], none["total"]["weighted"]) == ([], None, None)
    wrong = client.get("/api/verify/rates", {"since": "2026-02-01", "until": "2026-01-01"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "since")


def test_the_table_opens_in_a_spreadsheet(sign_in: Any, visited: dict[str, Any]) -> None:
    answer = sign_in("supervisor").get("/api/verify/rates.csv", {"by": "industry"})
    assert answer["Content-Type"].startswith("text/csv")
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text[1:])))
    assert rows[-1]["industry"] == "total"
    assert sum(int(r["answered"]) for r in rows[:-1]) == int(rows[-1]["answered"]) == 8


def test_an_enterprise_sees_its_own_rates_and_no_inspectors(
    sign_in: Any, visited: dict[str, Any], as_superuser: psycopg.Connection[Any]
) -> None:
    client = sign_in("safety_manager")
    home = client.get("/api/enterprises").json()["items"][0]["id"]
    own = as_superuser.execute(
        "SELECT count(DISTINCT point_id) FROM deduction_answer a JOIN deduction_hazardpoint p ON p.id = a.point_id "
        "WHERE p.organisation_id = %s",
        [home],
    ).fetchone()[0]
    found = client.get("/api/verify/rates").json()["total"]
    assert found["proposed"]["answered"] + found["explored"]["answered"] == own
    assert client.get("/api/verify/rates", {"by": "inspector"}).status_code == 403
    assert client.get("/api/verify/rates.csv", {"by": "inspector"}).status_code == 403


def test_a_new_run_keeps_answers_and_what_they_say_of_others(
    sign_in: Any,
    visited: dict[str, Any],
    made: Any,
    jobs: Any,  # noqa: F811
) -> None:
    from dataclasses import replace

    from yufang.run.results import RunResults
    from yufang.server.accounts.models import Organisation
    from yufang.server.deduction import actions
    from yufang.server.scope import Actor, scoped

    jobs()
    client = sign_in("supervisor")
    everyone = [p for n in range(6) for p in points_of(client, enterprise(client, n))]
    with scoped(Actor.platform()):
        region = Organisation.objects.get(parent=None)
    again = tuple((owner, replace(p, model_version="made-2")) for owner, p in RunResults.read(made).points)
    actions.load_points(Actor.platform(), region, again, str(uuid.uuid4()), True)
    after = {p["id"]: p for n in range(6) for p in points_of(client, enterprise(client, n))}
    for p in everyone:
        assert after[p["id"]]["status"] == p["status"]
        assert after[p["id"]]["probability"] == pytest.approx(p["probability"], rel=1e-6)
