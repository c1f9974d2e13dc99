"""A visit on site: a list of likely and explored points, answers that may come late and twice, photos, taking back."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.utils import timezone
from PIL import Image

from tests.server.test_answering import jobs, with_platform  # noqa: F401 - a fixture
from yufang.deduction.store import load
from yufang.server import photos as shared
from yufang.server.deduction import actions, learning
from yufang.server.deduction.belief import updated
from yufang.server.deduction.retraining import MODEL, place
from yufang.server.deduction.verification import photos
from yufang.server.ledger.verification import verify_database
from yufang.server.scope import Actor


def files() -> set[str]:
    """What lies in the photos folder, half-written files included."""
    return {f.name for f in shared.folder().rglob("*.*")}


def enterprise(client: Any, number: int) -> int:
    """The enterprises by risk, that of the safety manager (the made region's first) last."""
    found = client.get("/api/enterprises").json()["items"]
    return sorted(found, key=lambda e: ("第0" in e["name"], e["rank"]))[number]["id"]


def draw(client: Any, number: int, size: int = 3) -> dict[str, Any]:
    answer = client.post(f"/api/enterprises/{enterprise(client, number)}/round", {"size": size})
    assert answer.status_code == 200, answer.content
    return answer.json()


def body(slot: dict[str, Any], result: str = "confirmed", **more: Any) -> dict[str, Any]:
    return {
        "client_id": str(uuid.uuid4()),
        "point_id": slot["point_id"],
        "slot_id": slot["id"],
        "result": result,
    } | more


def say(client: Any, slot: dict[str, Any], result: str = "confirmed", **more: Any) -> dict[str, Any]:
    answer = client.post("/api/verify/answers", body(slot, result, **more))
    assert answer.status_code == 201, answer.content
    return answer.json()


def point(client: Any, slot: dict[str, Any]) -> dict[str, Any]:
    return client.get(f"/api/hazard-points/{slot['point_id']}").json()


def jpeg(colour: str = "red", size: tuple[int, int] = (40, 30), form: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form, **more)
    return out.getvalue()


def upload(client: Any, client_id: str, data: bytes, name: str = "p.jpg") -> Any:
    token = client.cookies["csrftoken"].value
    return super(type(client), client).post(
        f"/api/verify/answers/{client_id}/photos",
        {"file": SimpleUploadedFile(name, data, "image/jpeg")},
        headers={"X-CSRFToken": token},
    )


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_round_says_what_explores_and_is_the_same_until_it_is_done(sign_in: Any) -> None:
    client = sign_in("supervisor")
    place = enterprise(client, 0)
    before = client.get(f"/api/enterprises/{place}/round").json()
    assert (before["round"], before["left"]) == (None, 4)
    first = draw(client, 0)
    kinds = [slot["kind"] for slot in first["slots"]]
    assert (kinds[0], kinds.count("explore"), len(kinds), first["left"]) == ("likely", 1, 3, 1)
    explored = next(slot for slot in first["slots"] if slot["kind"] == "explore")
    assert 0 < explored["propensity"] < 1
    likely = [slot for slot in first["slots"] if slot["kind"] == "likely"]
    best = sorted((p["probability"] for p in points_of(client, place)), reverse=True)
    assert [slot["probability"] for slot in likely] == best[:2]
    assert explored["check_zh"], "beside the machine one must know what to look at"
    assert draw(client, 0, size=9)["id"] == first["id"]
    for slot in first["slots"]:
        say(client, slot, "not_found")
    second = draw(client, 0)
    assert (second["number"], [s["kind"] for s in second["slots"]]) == (2, ["likely"])
    say(client, second["slots"][0])
    nothing = client.post(f"/api/enterprises/{place}/round", {})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_left")


def points_of(client: Any, place: int) -> list[dict[str, Any]]:
    return client.get(f"/api/enterprises/{place}/hazard-points").json()


def test_two_people_who_draw_at_once_get_one_round(sign_in: Any) -> None:
    clients = [sign_in("supervisor"), sign_in("safety_manager")]
    home = clients[1].get("/api/enterprises").json()["items"][0]["id"]

    def ask(client: Any) -> int:
        try:
            return client.post(f"/api/enterprises/{home}/round", {"size": 2}).json()["id"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(ask, clients))) == 1


def test_a_reader_may_not_draw_or_answer(sign_in: Any) -> None:
    client = sign_in("auditor")
    place = enterprise(client, 1)
    assert client.post(f"/api/enterprises/{place}/round", {}).status_code == 403
    assert client.post("/api/verify/answers", body({"point_id": 1, "id": 1})).status_code == 403


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_answer_sent_twice_is_kept_once(sign_in: Any) -> None:
    client = sign_in("supervisor")
    slot = draw(client, 1)["slots"][0]
    said = body(slot, "confirmed", note="护栏缺失")
    first = client.post("/api/verify/answers", said)
    size = client.get("/api/ledger/checkpoint").json()["size"]
    again = client.post("/api/verify/answers", said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert client.get("/api/ledger/checkpoint").json()["size"] == size
    assert len(point(client, slot)["answers"]) == 1
    assert first.json()["kind"] == slot["kind"]
    other = client.post("/api/verify/answers", said | {"result": "not_found"})
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")
    assert with_platform(verify_database).ok


def test_the_same_id_at_the_same_moment_is_kept_once(sign_in: Any) -> None:
    client = sign_in("supervisor")
    slot = draw(client, 1)["slots"][1]
    said = body(slot)

    def send(_: int) -> int:
        try:
            return client.post("/api/verify/answers", said).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [200, 200, 200, 201]
    assert len(point(client, slot)["answers"]) == 1


def test_another_persons_id_is_no_secret_and_no_obstacle(sign_in: Any) -> None:
    one, other = sign_in("supervisor"), sign_in("safety_manager")
    home = other.get("/api/enterprises").json()["items"][0]["id"]
    place = other.post(f"/api/enterprises/{home}/round", {"size": 4}).json()["slots"][0]
    said = body(place)
    assert one.post("/api/verify/answers", said).status_code == 201
    assert other.post("/api/verify/answers", said).status_code == 201
    shown = other.get(f"/api/hazard-points/{place['point_id']}").json()["answers"]
    by = [answer["by"] for answer in shown]
    assert by == ["李安全（演示）", "上级单位人员"], "a regulator's answer shows, without the name"


def test_an_answer_to_a_point_of_an_older_run_is_kept_and_to_none_refused(
    sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    client = sign_in("supervisor")
    slot = draw(client, 2)["slots"][0]
    as_superuser.execute("UPDATE deduction_hazardpoint SET current = false WHERE id = %s", [slot["point_id"]])
    assert say(client, slot, "not_found")["result"] == "not_found"
    as_superuser.execute("UPDATE deduction_hazardpoint SET current = true WHERE id = %s", [slot["point_id"]])
    gone = client.post("/api/verify/answers", body(slot) | {"point_id": 99_999_999})
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    wrong = client.post("/api/verify/answers", body(slot) | {"slot_id": 99_999_999})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "slot_id")


def test_an_answer_from_before_the_network_came_back_does_not_outdate_a_newer_one(sign_in: Any) -> None:
    client = sign_in("supervisor")
    slot = draw(client, 2)["slots"][1]
    say(client, slot, "confirmed")
    hour_ago = (timezone.now() - timedelta(hours=1)).isoformat()
    late = say(client, slot, "not_found", said_at=hour_ago)
    assert datetime.fromisoformat(late["said_at"]) < datetime.fromisoformat(late["at"])
    assert point(client, slot)["status"] == "confirmed"
    ahead = say(client, slot, "not_applicable", said_at=(timezone.now() + timedelta(days=9)).isoformat())
    assert ahead["said_at"] == ahead["at"], "a clock that runs ahead decides nothing about tomorrow"
    naive = client.post("/api/verify/answers", body(slot, said_at="2026-06-30T10:00:00"))
    assert (naive.status_code, naive.json()["field"]) == (422, "said_at")


def test_taking_back_restores_what_stood_before_and_both_stay_in_the_ledger(sign_in: Any, jobs: Any) -> None:  # noqa: F811
    client = sign_in("supervisor")
    slot = draw(client, 3)["slots"][0]
    jobs()
    before = point(client, slot)["probability"]
    first = say(client, slot, "not_found")
    second = say(client, slot, "confirmed")
    jobs()
    assert point(client, slot)["probability"] > before * 0.5
    back = client.post(f"/api/verify/answers/{second['client_id']}/undo")
    assert (back.status_code, back.json()["taken_back"]) == (200, True)
    assert point(client, slot)["status"] == "not_found"
    size = client.get("/api/ledger/checkpoint").json()["size"]
    assert client.post(f"/api/verify/answers/{second['client_id']}/undo").status_code == 200
    assert client.get("/api/ledger/checkpoint").json()["size"] == size, "the second time changes nothing"
    jobs()
    assert point(client, slot)["probability"] == pytest.approx(updated(before, ["not_found"]), rel=1e-6)
    client.post(f"/api/verify/answers/{first['client_id']}/undo")
    jobs()
    shown = point(client, slot)
    assert (shown["status"], shown["answered_by"]) == ("open", None)
    assert shown["probability"] == pytest.approx(before, rel=1e-6)
    assert [a["taken_back"] for a in shown["answers"]] == [True, True]
    assert with_platform(verify_database).ok
    other = sign_in("safety_manager").post(f"/api/verify/answers/{first['client_id']}/undo")
    assert other.status_code == 404, "only one's own"


def test_a_warning_that_followed_an_answer_goes_with_it(sign_in: Any, jobs: Any) -> None:  # noqa: F811
    client = sign_in("supervisor")
    place = enterprise(client, 4)
    named = {"enterprise_id": place, "tier": "high"}
    warning = client.get("/api/warnings", named).json()["items"][0]
    slot = next(s for s in draw(client, 4, size=9)["slots"] if s["title_zh"] == warning["title_zh"])
    said = say(client, slot, "not_found")
    jobs()
    assert client.get(f"/api/warnings/{warning['id']}").json()["state"] == "resolved"
    client.post(f"/api/verify/answers/{said['client_id']}/undo")
    jobs()
    assert client.get(f"/api/warnings/{warning['id']}").json()["state"] == "raised"


def test_after_a_day_an_answer_is_given_anew_instead(sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in("supervisor")
    said = say(client, draw(client, 3)["slots"][1])
    monkeypatch.setattr(actions, "UNDO_WITHIN", timedelta(0))
    late = client.post(f"/api/verify/answers/{said['client_id']}/undo")
    assert (late.status_code, late.json()["code"]) == (409, "too_late")


# ── photos ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_photo_is_kept_once_and_says_nothing_but_the_picture(sign_in: Any) -> None:
    client = sign_in("supervisor")
    slot = draw(client, 3)["slots"][2]
    said = say(client, slot)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"  # place
    sent = jpeg("blue", (80, 40), exif=exif, comment=b"secret")
    before = files()
    first, again = upload(client, said["client_id"], sent), upload(client, said["client_id"], sent)
    assert (first.status_code, again.status_code) == (201, 200), first.content
    assert first.json() == again.json()
    assert (first.json()["width"], first.json()["height"]) == (40, 80), "upright, as the phone meant it"
    shown = client.get(f"/api/verify/photos/{first.json()['id']}")
    assert shown["Content-Type"] == "image/jpeg"
    kept = Image.open(io.BytesIO(shown.content))
    assert not kept.getexif()
    assert b"PhoneMaker" not in shown.content
    assert b"secret" not in shown.content
    assert files() - before == {first.json()["sha256"] + ".jpg"}
    assert point(client, slot)["answers"][0]["photos"] == [first.json()]
    leaf = client.get("/api/ledger/entries").json()["items"][0]
    assert "附了照片" in leaf["sentence_zh"]
    assert with_platform(verify_database).ok


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"not a picture", 422, "JPEG"),
        (jpeg()[:200], 422, "incomplete"),
        (jpeg(form="GIF"), 422, "HEIC"),
        (b"\0" * (shared.LARGEST + 1), 413, "15 MB"),
        (jpeg(size=(9000, 9000)), 422, "9000×9000"),
    ],
    ids=["text", "cut off", "gif", "large", "pixels"],
)
def test_a_wrong_photo_is_refused_in_words_and_the_answer_stays(
    sign_in: Any, data: bytes, status: int, said: str
) -> None:
    client = sign_in("supervisor")
    slot = draw(client, 5, size=4)["slots"][0]
    kept, before = say(client, slot), files()
    refused = upload(client, kept["client_id"], data)
    assert refused.status_code == status, refused.content
    assert said in refused.json()["message_en"]
    assert refused.json()["field"] == "file"
    assert files() == before
    assert kept["id"] in [a["id"] for a in point(client, slot)["answers"]]


def test_no_more_photos_than_are_looked_at(sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in("supervisor")
    said = say(client, draw(client, 5, size=4)["slots"][1])
    monkeypatch.setattr(photos, "MOST_PHOTOS", 1)
    assert upload(client, said["client_id"], jpeg("red")).status_code == 201
    more = upload(client, said["client_id"], jpeg("green"))
    assert (more.status_code, more.json()["code"]) == (409, "too_many_photos")


def test_another_enterprises_photo_is_not_to_be_had(sign_in: Any) -> None:
    one, other = sign_in("supervisor"), sign_in("safety_manager")
    home = other.get("/api/enterprises").json()["items"][0]["id"]
    away = next(n for n in range(6) if enterprise(one, n) != home and draw_or_none(one, n))
    slot = draw(one, away)["slots"][0]
    said = say(one, slot)
    photo = upload(one, said["client_id"], jpeg("yellow")).json()
    assert other.get(f"/api/verify/photos/{photo['id']}").status_code == 404
    assert upload(other, said["client_id"], jpeg()).status_code == 404
    assert other.post("/api/verify/answers", body(slot)).status_code == 404


def draw_or_none(client: Any, number: int) -> bool:
    return client.post(f"/api/enterprises/{enterprise(client, number)}/round", {"size": 3}).status_code == 200


# ── what answers say of others ────────────────────────────────────────────────────────────────────────────────────────


def test_the_night_keeps_one_version_of_what_was_learnt(sign_in: Any, as_superuser: psycopg.Connection[Any]) -> None:
    from yufang.server.deduction.tasks import relearn

    region = sign_in("supervisor").get("/api/auth/me").json()["organisation"]["id"]
    asyncio.run(relearn(timestamp=0))
    row = as_superuser.execute("SELECT version, card FROM deduction_beliefversion").fetchall()
    assert len(row) == 1
    card = row[0][1]
    assert card["answers"] > 5
    assert set(card["widths"]) == {"hazard", "industry", "enterprise"}
    model = place(region) / MODEL  # there where a test before took one in
    assert card["ranking"] == (load(model).version if model.exists() else "")
    client = sign_in("supervisor")
    size = client.get("/api/ledger/checkpoint").json()["size"]
    asyncio.run(relearn(timestamp=1))
    assert client.get("/api/ledger/checkpoint").json()["size"] == size, "nothing new, nothing written"
    assert client.get("/api/verify/rates").json()["belief_version"] == row[0][0]


def test_no_answer_says_nothing(empty_database: str) -> None:
    assert learning.relearn(Actor.platform(scope="/987/")) is None


def test_live_events_and_leaves_carry_no_note(as_superuser: psycopg.Connection[Any]) -> None:
    leaves = as_superuser.execute("SELECT data FROM ledger_leaf").fetchall()
    text = "".join(bytes(data).decode() for (data,) in leaves)
    assert "护栏缺失" not in text
    assert json.loads(bytes(leaves[-1][0]))["facts"]
