"""Areas, plans and codes: drawn by who may, seen by the enterprise; a position falls where it should on the plan."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.server.test_answering import with_platform
from yufang.server.ledger.verification import verify_database
from yufang.server.places import codes, queries
from yufang.server.places.plan_geometry import contains, metres_between, middle, no_position, on_earth, on_plan

# ── plan and earth (no server) ────────────────────────────────────────────────────────────────────────────────────────

UPPER, WIDE, HIGH = (30.0, 120.0), 1600, 1000
degrees = st.floats(-0.01, 0.01).filter(lambda v: abs(v) > 1e-4)
shares = st.floats(0, 1)


@given(south=degrees, east=degrees, x=shares, y=shares)
def test_a_spot_goes_to_the_earth_and_back(south: float, east: float, x: float, y: float) -> None:
    """However the plan is turned or flipped against north: two corners fix it."""
    corners = (UPPER, (UPPER[0] + south, UPPER[1] + east))
    lat, lon = on_earth(corners, WIDE, HIGH, x, y)
    back = on_plan(corners, WIDE, HIGH, lat, lon)
    assert (back.x, back.y) == (pytest.approx(x, abs=1e-6), pytest.approx(y, abs=1e-6))


def test_a_plan_with_north_up_has_its_metres_and_its_uncertainty() -> None:
    wide = 160 / (111_320 * math.cos(math.radians(30)))
    corners = (UPPER, (30 - 100 / 111_320, 120 + wide))
    spot = on_plan(corners, WIDE, HIGH, 30 - 25 / 111_320, 120 + wide / 4, accuracy_m=16)
    assert (spot.x, spot.y, spot.radius) == (pytest.approx(0.25), pytest.approx(0.25), pytest.approx(0.1))
    assert metres_between(UPPER, (30.0, 120 + wide)) == pytest.approx(160)
    assert spot.inside
    assert not on_plan(corners, WIDE, HIGH, 31, 121).inside


@pytest.mark.parametrize("fix", [(0, 0), (0.00005, -0.00005), (None, 3.0), (91, 0.5), (20, 181), (math.nan, 1.0)])
def test_a_fix_that_says_nothing(fix: tuple[Any, Any]) -> None:
    assert no_position(*fix)
    assert not no_position(30.2, 120.1)


def test_the_middle_and_the_inside_of_an_outline() -> None:
    corner = [(0.0, 0.0), (0.4, 0.0), (0.4, 0.2), (0.2, 0.2), (0.2, 0.4), (0.0, 0.4)]
    centre = middle(corner)
    assert centre is not None
    assert contains(corner, *centre) == contains(corner, 0.1, 0.1)
    assert not contains(corner, 0.3, 0.3)
    assert middle([(0.2, 0.4), (0.4, 0.4)]) == (pytest.approx(0.3), pytest.approx(0.4))
    assert middle([]) is None


# ── the room ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def home(sign_in: Any) -> int:
    found: int = sign_in("safety_manager").get("/api/enterprises").json()["items"][0]["id"]
    return found


def area(home: int, **extra: Any) -> dict[str, Any]:
    return {
        "organisation_id": home,
        "key": "T-1",
        "name_zh": "试验区",
        "name_en": "Test bay",
        "kind": "workshop",
    } | extra


def picture(form: str = "PNG", size: tuple[int, int] = (200, 100)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, form)
    return out.getvalue()


def add_plan(client: Any, data: bytes, **fields: Any) -> Any:
    form = {"file": SimpleUploadedFile("plan.png", data), **fields}
    return Client.post(client, "/api/places/plans", form, headers={"X-CSRFToken": client.cookies["csrftoken"].value})


def test_an_area_is_drawn_closed_given_a_new_code_and_removed(
    sign_in: Any, home: int, as_superuser: psycopg.Connection[Any]
) -> None:
    client = sign_in("safety_manager")
    corners = [[30.25, 120.15], [30.249, 120.152]]
    plan = add_plan(client, picture(), organisation_id=home, name="二楼", corners=json.dumps(corners))
    assert plan.status_code == 201, plan.content
    assert plan.json()["metres_wide"] > 100
    drawn = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]
    made = client.post("/api/places/areas", area(home, plan_id=plan.json()["id"], outline=drawn))
    assert made.status_code == 201, made.content
    one = made.json()
    assert one["spot"] == [pytest.approx(11 / 30), pytest.approx(7 / 30)]
    token = as_superuser.execute("SELECT token FROM places_area WHERE id = %s", [one["id"]]).fetchone()[0]
    closed = client.put(f"/api/places/areas/{one['id']}", area(home, closed=True, closed_why="检修"))
    assert (closed.json()["closed"], closed.json()["plan_id"]) == (True, None)
    shown = Client().get(f"/api/report/places/{token}").json()
    assert (shown["closed"], shown["closed_why_zh"]) == (True, "检修")
    client.post(f"/api/places/areas/{one['id']}/new-code")
    assert Client().get(f"/api/report/places/{token}").status_code == 404, "the old print no longer works"
    assert client.delete(f"/api/places/areas/{one['id']}").status_code == 204
    assert client.get(f"/api/places/areas/{one['id']}").status_code == 404
    assert with_platform(verify_database).ok


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"key": "press"}, 409, "key_taken"),
        ({"outline": [[0, 0], [1, 1], [1, 0]]}, 422, "outline_without_plan"),
        ({"closed": True, "closed_why": " "}, 422, "closed_why"),
        ({"lat": 0, "lon": 0}, 422, "no_position"),
        ({"lat": 30.1}, 422, "no_position"),
        ({"team_id": 999_999}, 422, "unknown_team"),
        ({"outline": [[0, 2], [1, 1], [1, 0]]}, 422, "invalid"),
        ({"plan_id": 999_999}, 404, "not_found"),
    ],
)
def test_what_is_wrong_with_an_area_is_said(
    sign_in: Any, home: int, wrong: dict[str, Any], status: int, code: str
) -> None:
    refused = sign_in("safety_manager").post("/api/places/areas", area(home, **wrong))
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.json()["message_zh"]


@pytest.mark.parametrize("corners", ["[[0,0],[1,1]]", "[[30,120],[30,120]]", "[[30,120],[40,130]]", "nonsense"])
def test_corners_that_can_not_be_are_refused(sign_in: Any, home: int, corners: str) -> None:
    refused = add_plan(sign_in("safety_manager"), picture(), organisation_id=home, name="x", corners=corners)
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_corners")


def test_a_plan_that_is_no_picture_is_refused(sign_in: Any, home: int) -> None:
    refused = add_plan(sign_in("safety_manager"), b"%PDF-1.7", organisation_id=home, name="x")
    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_photo")


def test_an_area_with_reports_is_closed_not_removed(sign_in: Any, home: int, as_superuser: Any) -> None:
    import uuid

    client = sign_in("safety_manager")
    press = next(a for a in client.get("/api/places", {"enterprise_id": home}).json()["areas"] if a["key"] == "press")
    token = as_superuser.execute("SELECT token FROM places_area WHERE id = %s", [press["id"]]).fetchone()[0]
    said = {"token": token, "words": "护罩松动", "said_at": "2026-06-30T08:00:00Z"}
    sent = Client().put(f"/api/report/reports/{uuid.uuid4()}", json.dumps(said), content_type="application/json")
    assert sent.status_code == 200
    refused = client.delete(f"/api/places/areas/{press['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "area_in_use")


def test_only_who_may_changes_places_and_only_ones_own(sign_in: Any, home: int, as_superuser: Any) -> None:
    worker, manager = sign_in("worker"), sign_in("safety_manager")
    assert worker.post("/api/places/areas", area(home)).status_code == 403
    assert worker.get("/api/places", {"enterprise_id": home}).json()["may_manage"] is False
    other = as_superuser.execute("SELECT enterprise_id FROM places_area WHERE enterprise_id <> %s", [home]).fetchone()[
        0
    ]
    assert manager.post("/api/places/areas", area(other)).status_code == 404
    assert add_plan(manager, picture(), organisation_id=other, name="x").status_code == 404
    assert manager.get("/api/places", {"enterprise_id": other}).status_code == 404
    foreign = as_superuser.execute("SELECT id FROM places_area WHERE enterprise_id = %s", [other]).fetchone()[0]
    for path in (f"areas/{foreign}", f"areas/{foreign}/code.svg", f"areas/{foreign}/code.png"):
        assert manager.get(f"/api/places/{path}").status_code == 404


def test_the_code_carries_the_address_of_the_place(sign_in: Any, home: int) -> None:
    client = sign_in("safety_manager")
    one = client.get("/api/places", {"enterprise_id": home}).json()["areas"][0]
    svg = client.get(f"/api/places/areas/{one['id']}/code.svg")
    assert svg["Content-Type"] == "image/svg+xml"
    assert svg.content.startswith(b"<svg")
    png = Image.open(io.BytesIO(client.get(f"/api/places/areas/{one['id']}/code.png").content))
    assert png.width > 600
    assert codes.address_of("https://safety.example/", "abc") == "https://safety.example/w/abc"


def test_who_works_in_an_area_is_its_team(sign_in: Any, home: int, as_superuser: Any) -> None:
    press, office = (
        as_superuser.execute(
            "SELECT id FROM places_area WHERE enterprise_id = %s AND key = %s", [home, key]
        ).fetchone()[0]
        for key in ("press", "office")
    )
    names = dict(as_superuser.execute("SELECT id, username FROM accounts_person").fetchall())
    assert {names[p] for p in with_platform(lambda: queries.people_of(press))} == {"team_leader", "worker"}
    assert "safety_manager" in {names[p] for p in with_platform(lambda: queries.people_of(office))}
    assert with_platform(lambda: queries.people_of(999_999)) == []


def test_a_position_is_shown_on_the_plan_of_the_place(home: int, as_superuser: Any) -> None:
    token, lat, lon = as_superuser.execute(
        "SELECT token, lat, lon FROM places_area WHERE enterprise_id = %s AND key = 'loading'", [home]
    ).fetchone()
    found = Client().get(f"/api/report/places/{token}/locate", {"lat": lat, "lon": lon, "accuracy_m": 8}).json()
    assert found["inside"]
    assert (found["x"], found["y"]) == (pytest.approx(0.275, abs=1e-4), pytest.approx(0.76, abs=1e-4))
    assert found["radius"] == pytest.approx(0.05, abs=0.001), "8 m on a plan of 160 m"
    nothing = Client().get(f"/api/report/places/{token}/locate", {"lat": 0, "lon": 0})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "no_position")
