"""Inspection plans, answers that open hazards, papers, whom to visit, and orders that are followed up."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.utils import timezone
from PIL import Image

from tests.server.made import TODAY
from tests.server.test_answering import jobs, with_platform  # noqa: F401 - a fixture
from yufang.server.hazards.models import Hazard
from yufang.server.inspections import actions, orders
from yufang.server.inspections.models import Order, Plan
from yufang.server.ledger.verification import verify_database
from yufang.server.places.models import Area
from yufang.server.profiles.models import Equipment
from yufang.server.scope import Actor, scoped
from yufang.server.warning.models import Warning

CRANE = "C1"


@pytest.fixture(scope="module", autouse=True)
def crane(region: Any) -> None:
    """Every enterprise has a crane in use since 2015 and two areas, of which one is called like its press."""

    def add() -> None:
        for e in Equipment.objects.filter(key__endswith="-P1"):
            Equipment.objects.create(
                organisation_id=e.organisation_id,
                path=e.path,
                key=CRANE,
                name="电动单梁起重机",
                kind="",
                model="LD5t",
                count=1,
                commissioned_on=date(2015, 3, 1),
            )
            for key, name in (("a", "压力机车间"), ("b", "成品库")):
                Area.objects.create(
                    organisation_id=e.organisation_id,
                    enterprise_id=e.organisation_id,
                    path=e.path,
                    key=key,
                    name_zh=name,
                )

    with_platform(add)


def enterprise(client: Any, number: int) -> int:
    """The enterprises by risk, that of the safety manager (the made region's first) last."""
    found = client.get("/api/enterprises").json()["items"]
    return int(sorted(found, key=lambda e: ("第0" in e["name"], e["rank"]))[number]["id"])


def plan_of(client: Any, place: int, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/enterprises/{place}/inspection-plan", {"minutes": 120} | body)
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[no-any-return]


def items_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for stop in plan["stops"] for item in stop["items"]]


def of_source(plan: dict[str, Any], source: str) -> dict[str, Any]:
    return next(item for item in items_of(plan) if item["sources"][0] == source)


def body(item: dict[str, Any], result: str = "ok", **more: Any) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), "item_id": item["id"], "result": result} | more


def say(client: Any, item: dict[str, Any], result: str = "ok", **more: Any) -> dict[str, Any]:
    answer = client.post("/api/inspections/answers", body(item, result, **more))
    assert answer.status_code == 201, answer.content
    return answer.json()  # type: ignore[no-any-return]


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    return out.getvalue()


def upload(client: Any, item: dict[str, Any], photo: str, data: bytes) -> Any:
    token = client.cookies["csrftoken"].value
    return super(type(client), client).post(
        f"/api/inspections/items/{item['id']}/photos/{photo}",
        {"file": SimpleUploadedFile("p.jpg", data, "image/jpeg")},
        headers={"X-CSRFToken": token},
    )


def hazard(number: int) -> Hazard:
    return with_platform(lambda: Hazard.objects.get(id=number))


# ── the plan ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_holds_points_warnings_and_papers_with_their_reasons(sign_in: Any) -> None:
    client = sign_in("supervisor")
    plan = plan_of(client, enterprise(client, 0))
    items = items_of(plan)
    assert {source for item in items for source in item["sources"]} >= {"point", "warning", "equipment", "certificate"}
    assert plan["used"] <= 120
    assert plan["items"] == len(items) == len({item["id"] for item in items})
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    warned = next(item for item in items if "warning" in item["sources"])
    assert [reason["source"] for reason in warned["reasons"]] == ["point", "warning"]
    assert warned["worth"] == pytest.approx(sum(r["worth"] for r in warned["reasons"]), abs=0.01)
    crane = of_source(plan, "equipment")
    assert "无检验记录" in crane["reasons"][0]["zh"]
    assert crane["clause"].startswith("特种设备安全法")
    press = next(stop for stop in plan["stops"] if stop["area_id"])
    assert (press["name_zh"], press["placed"]) == ("压力机车间", "name")
    assert (plan["side"], plan["state"], plan["day"]) == ("regulator", "open", TODAY.isoformat())


def test_asked_twice_the_plan_is_the_same_and_a_new_one_drops_what_nobody_began(sign_in: Any) -> None:
    client = sign_in("supervisor")
    place = enterprise(client, 0)
    first = plan_of(client, place)
    assert plan_of(client, place, minutes=300)["id"] == first["id"]
    second = plan_of(client, place, minutes=60, anew=True)
    assert (second["number"], second["minutes"]) == (first["number"] + 1, 60)
    assert client.get(f"/api/inspections/plans/{first['id']}").json()["state"] == "dropped"
    assert plan_of(client, place)["id"] == second["id"]


def test_two_people_at_once_get_one_plan(region: Any, sign_in: Any) -> None:
    client = sign_in("supervisor")
    place = enterprise(client, 1)

    def ask(_: int) -> int:
        try:
            return actions.make_plan(Actor.platform(), place, minutes=90, day=TODAY)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1


def test_an_unannounced_inspection_is_not_shown_to_the_enterprise(sign_in: Any) -> None:
    boss, own = sign_in("supervisor"), sign_in("safety_manager")
    place = enterprise(boss, -1)
    theirs = plan_of(boss, place)
    assert own.get(f"/api/inspections/plans/{theirs['id']}").status_code == 404
    mine = plan_of(own, place)
    assert mine["side"] == "own"
    assert mine["id"] != theirs["id"]
    assert [row["id"] for row in own.get("/api/inspections/plans").json()["items"]] == [mine["id"]]
    assert {theirs["id"], mine["id"]} <= {row["id"] for row in boss.get("/api/inspections/plans").json()["items"]}


@pytest.mark.parametrize("minutes", [5, 100_000])
def test_a_budget_that_cannot_be_is_refused_with_the_way_out(sign_in: Any, minutes: int) -> None:
    client = sign_in("supervisor")
    answer = client.post(f"/api/enterprises/{enterprise(client, 2)}/inspection-plan", {"minutes": minutes})
    assert answer.status_code == 422
    told = answer.json()
    assert (told["field"], told["code"]) == ("minutes", "invalid")
    assert f"{minutes}" in told["message_zh"]
    assert "30" in told["message_en"]


def test_who_may_not_plan_is_told_which_right_is_missing(sign_in: Any) -> None:
    client = sign_in("team_leader")
    answer = client.post(f"/api/enterprises/{enterprise(client, 0)}/inspection-plan", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "inspections.plan" in answer.json()["message_en"]


def test_where_a_person_said_a_machine_stands_is_known_to_the_next_plan(sign_in: Any) -> None:
    client = sign_in("supervisor")
    place = enterprise(client, 3)
    plan = plan_of(client, place)
    stop = next(stop for stop in plan["stops"] if stop["name_zh"] == "电动单梁起重机")
    store = next(area["id"] for area in plan["areas"] if area["name_zh"] == "成品库")
    moved = client.post(f"/api/inspections/stops/{stop['id']}/area", {"area_id": store}).json()
    assert next(s for s in moved["stops"] if s["id"] == stop["id"])["placed"] == "set"
    again = plan_of(client, place, anew=True)
    assert ("成品库", "set") in {(s["name_zh"], s["placed"]) for s in again["stops"]}
    other = plan_of(client, enterprise(client, 0))["areas"][0]["id"]
    answer = client.post(f"/api/inspections/stops/{stop['id']}/area", {"area_id": other})
    assert (answer.status_code, answer.json()["code"]) == (422, "other_area")


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_finding_with_a_photo_becomes_a_hazard_and_labels_its_point(sign_in: Any) -> None:
    client = sign_in("supervisor")
    plan = plan_of(client, enterprise(client, 1))
    item = of_source(plan, "point")
    photo = str(uuid.uuid4())
    assert upload(client, item, photo, jpeg()).status_code == 201
    assert upload(client, item, photo, jpeg()).status_code == 200, "the same photo again"
    kept = say(client, item, "finding", note="防护罩缺失", photos=[photo], hazard_kind="machine_guarding")
    found = hazard(kept["hazard_id"])
    assert (found.found_by, found.kind, found.state) == ("regulator", "machine_guarding", "opened")
    assert (found.point_id, found.inspection_id, found.words) == (item["point_id"], plan["id"], "防护罩缺失")
    assert found.area_id is not None
    pictures = with_platform(lambda: list(found.photos.values_list("sha256", flat=True)))
    assert pictures == [kept["photos"][0]["sha256"]]
    point = client.get(f"/api/hazard-points/{item['point_id']}").json()
    assert (point["status"], point["answers"][0]["client_id"]) == ("confirmed", kept["client_id"])
    assert client.get(f"/api/inspections/photos/{kept['photos'][0]['id']}").content[:2] == b"\xff\xd8"
    shown = client.get(f"/api/inspections/plans/{plan['id']}").json()
    assert (shown["answered"], shown["findings"]) == (1, 1)
    assert with_platform(verify_database).ok


def test_an_answer_sent_again_is_kept_once_and_opens_one_hazard(sign_in: Any) -> None:
    client = sign_in("supervisor")
    item = of_source(plan_of(client, enterprise(client, 1)), "certificate")
    said = body(item, "finding", note="证件过期")
    first = client.post("/api/inspections/answers", said)
    again = client.post("/api/inspections/answers", said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    count = with_platform(lambda: Hazard.objects.filter(words="证件过期").count())
    assert count == 1
    other = client.post("/api/inspections/answers", said | {"note": "别的"})
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")


def test_an_answer_waits_for_its_photos_and_nothing_is_half_written(sign_in: Any) -> None:
    client = sign_in("supervisor")
    item = items_of(plan_of(client, enterprise(client, 1)))[-1]
    before = with_platform(Hazard.objects.count)
    answer = client.post("/api/inspections/answers", body(item, "finding", photos=[str(uuid.uuid4())]))
    assert (answer.status_code, answer.json()["code"]) == (409, "photos_missing")
    assert with_platform(Hazard.objects.count) == before
    broken = upload(client, item, str(uuid.uuid4()), b"GIF89a not a photo")
    assert (broken.status_code, broken.json()["code"]) == (422, "not_a_photo")
    unknown = client.post("/api/inspections/answers", body(item, "finding", hazard_kind="dragons"))
    assert (unknown.status_code, unknown.json()["field"]) == (422, "kind")
    assert with_platform(Hazard.objects.count) == before


def test_undo_opens_the_item_again_and_withdraws_the_hazard(sign_in: Any) -> None:
    client = sign_in("supervisor")
    plan = plan_of(client, enterprise(client, 2))
    item = of_source(plan, "point")
    kept = say(client, item, "finding", note="看错了")
    undone = client.post(f"/api/inspections/answers/{kept['client_id']}/undo")
    assert undone.status_code == 200, undone.content
    assert client.post(f"/api/inspections/answers/{kept['client_id']}/undo").status_code == 200
    assert hazard(kept["hazard_id"]).state == "closed"
    assert client.get(f"/api/hazard-points/{item['point_id']}").json()["status"] == "open"
    shown = client.get(f"/api/inspections/plans/{plan['id']}").json()
    assert next(i for i in items_of(shown) if i["id"] == item["id"])["answer"] is None
    say(client, item, "ok")
    assert client.get(f"/api/hazard-points/{item['point_id']}").json()["status"] == "not_found"


def test_a_warning_without_a_point_is_answered_by_its_item(sign_in: Any, jobs: Callable[[], None]) -> None:  # noqa: F811
    client = sign_in("supervisor")
    place = enterprise(client, 2)

    def loose() -> int:
        warning = Warning.objects.get(organisation_id=place, route="next_inspection")
        warning.hazard_point = None
        warning.save()
        return int(warning.pk)

    number = with_platform(loose)
    item = of_source(plan_of(client, place, anew=True), "warning")
    assert item["warning_ids"] == [number]
    say(client, item, "ok", note="现场已有防护")
    after = client.get(f"/api/warnings/{number}").json()
    assert after["state"] in ("resolved", "closed")
    assert "inspection plan" in str(after["history"])
    assert not [i for i in items_of(plan_of(client, place, anew=True)) if i["warning_ids"]]


def test_a_date_read_from_a_report_goes_on_record_and_the_item_is_not_asked_again(sign_in: Any) -> None:
    client = sign_in("supervisor")
    place = enterprise(client, 3)
    item = of_source(plan_of(client, place), "equipment")
    say(client, item, "ok", paper_date="2025-11-02")
    papers = client.get(f"/api/enterprises/{place}/papers").json()
    assert [(p["code"], p["done_on"], p["equipment_name"]) for p in papers["kept"]] == [
        ("4000-B", "2025-11-02", "电动单梁起重机")
    ]
    assert not [due for due in papers["due"] if due["code"] == "4000-B"]
    assert not [i for i in items_of(plan_of(client, place, anew=True)) if i["sources"] == ["equipment"]]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"done_on": "2999-01-01"}, "done_on"),
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"code": "4000-X"}, "code"),
        ({"equipment_key": "nothing"}, "equipment_key"),
    ],
)
def test_a_paper_that_cannot_be_is_refused_by_field(sign_in: Any, changes: dict[str, str], field: str) -> None:
    client = sign_in("supervisor")
    place = enterprise(client, 4)
    good = {"kind": "equipment", "code": "4000-B", "equipment_key": CRANE, "done_on": "2025-01-01"}
    answer = client.post(f"/api/enterprises/{place}/papers", good | changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not client.get(f"/api/enterprises/{place}/papers").json()["kept"]


# ── whom to visit ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_week_is_chosen_once_with_reasons_and_shows_what_was_made_of_it(sign_in: Any) -> None:
    client = sign_in("supervisor")
    asked = {"week": "2026-07-01", "capacity": 3}
    first = client.post("/api/inspections/choice", asked).json()
    assert first["week"] == "2026-06-29", "the Monday of that week"
    again = client.post("/api/inspections/choice", asked | {"capacity": 5}).json()
    assert again["choice"]["id"] == first["choice"]["id"]
    anew = client.post("/api/inspections/choice", asked | {"capacity": 2, "anew": True}).json()
    assert anew["choice"]["number"] == 2
    places = client.get("/api/inspections/choice?week=2026-07-02").json()["choice"]["places"]
    assert len(places) <= 2
    assert all(place["reasons"][0]["zh"].startswith("风险分") for place in places)
    refused = client.post("/api/inspections/choice", asked | {"capacity": 0, "anew": True})
    assert (refused.status_code, refused.json()["field"]) == (422, "capacity")
    assert sign_in("safety_manager").get("/api/inspections/choice").status_code == 403


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def issue(client: Any, place: int, hazards: list[int], days: int = 10, **more: Any) -> Any:
    deadline = timezone.localdate() + timedelta(days=days)
    said = {
        "client_id": str(uuid.uuid4()),
        "items": [{"hazard_id": one, "requirement": "加装防护罩"} for one in hazards],
        "deadline": deadline.isoformat(),
        "basis": "安全生产法第六十五条",
    }
    return client.post(f"/api/enterprises/{place}/orders", said | more)


def found_hazard(client: Any, place: int) -> tuple[int, int]:
    """A fresh finding: (plan, hazard)."""
    plan = plan_of(client, place, anew=True)
    item = next(item for item in items_of(plan) if item["answer"] is None)
    return plan["id"], say(client, item, "finding", note="整改")["hazard_id"]


def close_hazard(number: int) -> None:
    def shut() -> None:
        Hazard.objects.filter(id=number).update(state="closed", closed_at=timezone.now(), closed_why="confirmed")

    with_platform(shut)


def test_an_order_names_open_hazards_reaches_the_enterprise_and_closes_with_them(sign_in: Any) -> None:
    boss, own = sign_in("supervisor"), sign_in("safety_manager")
    place = enterprise(boss, -1)
    plan, number = found_hazard(boss, place)
    offered = boss.get(f"/api/enterprises/{place}/orderable-hazards?of_plan={plan}").json()
    assert (offered[0]["id"], offered[0]["of_plan"]) == (number, True)
    made = issue(boss, place, [number], plan_id=plan)
    assert made.status_code == 201, made.content
    order = own.get(f"/api/inspections/orders/{made.json()['id']}").json()
    assert (order["standing"], order["hazards"], order["closed_hazards"]) == ("open", 1, 0)
    assert order["items"][0]["requirement"] == "加装防护罩"
    assert order["issued_by"] == "上级单位人员", "the enterprise reads the authority's name, not the person's"
    twice = issue(boss, place, [number])
    assert (twice.status_code, twice.json()["code"]) == (409, "ordered_already")
    close_hazard(number)
    assert own.get(f"/api/inspections/orders/{order['id']}").json()["standing"] == "done"
    with scoped(Actor.platform()):
        assert order["id"] in [waiting for waiting, _ in orders.to_look_at(timezone.now())]
    orders.follow(Actor.platform(), order["id"], timezone.now())
    shut = own.get(f"/api/inspections/orders/{order['id']}").json()
    assert (shut["state"], [step["action"] for step in shut["history"]]) == ("closed", ["issued", "closed"])
    assert with_platform(verify_database).ok


def notices(kind: str) -> list[Any]:
    from yufang.server.dispatch.models import Notice

    return with_platform(lambda: list(Notice.objects.filter(kind=kind).order_by("id")))


def test_an_order_is_reminded_of_overdue_and_escalated_once_each_by_the_clock(sign_in: Any) -> None:
    boss = sign_in("supervisor")
    place = enterprise(boss, 1)
    _, number = found_hazard(boss, place)
    order = issue(boss, place, [number]).json()
    deadline = date.fromisoformat(order["deadline"])

    def at(days: int, hour: int = 8) -> None:
        moment = timezone.make_aware(datetime.combine(deadline + timedelta(days=days), time(hour)))
        for _ in range(2):  # a job may run twice
            orders.follow(Actor.platform(), order["id"], moment)

    before = len(notices("order_escalated"))
    at(-4)
    at(-3, hour=7)
    assert [s["action"] for s in boss.get(f"/api/inspections/orders/{order['id']}").json()["history"]] == ["issued"]
    at(-3)
    at(1)
    at(4)
    history = [s["action"] for s in boss.get(f"/api/inspections/orders/{order['id']}").json()["history"]]
    assert history == ["issued", "reminded", "overdue", "escalated"]
    told = notices("order_escalated")
    assert len(told) - before in (1, 2), "the enterprise where it has a safety manager, and the authority"
    assert any(notice.path.count("/") == 2 for notice in told), "the authority hears it in its own scope"


def test_after_a_long_stop_an_order_is_told_of_once(sign_in: Any) -> None:
    boss = sign_in("supervisor")
    place = enterprise(boss, 2)
    _, number = found_hazard(boss, place)
    order = issue(boss, place, [number]).json()
    late = timezone.now() + timedelta(days=40)
    orders.follow(Actor.platform(), order["id"], late)
    orders.follow(Actor.platform(), order["id"], late)
    history = [s["action"] for s in boss.get(f"/api/inspections/orders/{order['id']}").json()["history"]]
    assert history == ["issued", "escalated"]
    kept = with_platform(lambda: Order.objects.get(id=order["id"]))
    assert kept.next_look_at is not None
    assert kept.next_look_at > late


def test_orders_that_cannot_be_are_refused(sign_in: Any) -> None:
    boss, own = sign_in("supervisor"), sign_in("safety_manager")
    place = enterprise(boss, 3)
    _, number = found_hazard(boss, place)
    assert issue(own, enterprise(own, 0), [1]).status_code == 403
    for answer, status, code in (
        (issue(boss, place, []), 422, "invalid"),
        (issue(boss, place, [number], days=-1), 422, "invalid"),
        (issue(boss, place, [999_999]), 422, "other_hazard"),
        (issue(boss, enterprise(boss, 0), [number]), 422, "other_hazard"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["message_zh"]
    same = str(uuid.uuid4())
    first, again = (issue(boss, place, [number], client_id=same) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    number_of = first.json()["id"]
    empty = boss.post(f"/api/inspections/orders/{number_of}/withdraw", {"note": " "})
    assert (empty.status_code, empty.json()["field"]) == (422, "note")
    assert boss.post(f"/api/inspections/orders/{number_of}/withdraw", {"note": "误下"}).json()["state"] == "withdrawn"
    assert boss.post(f"/api/inspections/orders/{number_of}/withdraw", {"note": "误下"}).status_code == 409
    close_hazard(number)
    closed = issue(boss, place, [number])
    assert (closed.status_code, closed.json()["code"]) == (409, "closed_hazard")


# ── what was found ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_coverage_and_hit_rate_follow_the_answers(sign_in: Any) -> None:
    client = sign_in("supervisor")
    place = enterprise(client, 4)
    plan = plan_of(client, place)
    first, second, third, *_ = items_of(plan)
    say(client, first, "finding")
    say(client, second, "ok")
    say(client, third, "not_applicable")
    found = client.get(f"/api/inspections/rates?enterprise_id={place}").json()
    whole = next(rate for rate in found["sources"] if rate["key"] == "all")
    assert (whole["planned"], whole["answered"], whole["found"], whole["ok"]) == (plan["items"], 3, 1, 1)
    assert whole["share"] == 0.5
    assert whole["low"] < 0.5 < whole["high"]
    assert whole["small"]
    assert [rate["key"] for rate in found["months"]] == [f"{TODAY:%Y-%m}"]
    assert found["enterprises_seen"] == 1
    client.post(f"/api/inspections/plans/{plan['id']}/close")
    assert client.get(f"/api/inspections/plans/{plan['id']}").json()["state"] == "done"
    wrong = client.get("/api/inspections/rates?since=2026-07-01&until=2026-01-01")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "since")
    assert with_platform(lambda: Plan.objects.filter(state="done").count()) >= 1
