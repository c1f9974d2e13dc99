"""Reports without an account: sent twice, in pieces, in any order; anonymous ones say nothing of who sent them."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from tests.server.test_answering import with_platform
from yufang.server.ledger.verification import verify_database
from yufang.server.reports import files, keys, limits

WORDS = "冲压机光栅被短接，手伸进模区不停机"


@pytest.fixture(scope="module")
def places(region: Any, cluster: Any, empty_database: str) -> dict[str, dict[str, Any]]:
    """The demo enterprise's areas by key, and under `other` one of another enterprise."""
    from tests.server.conftest import superuser

    with psycopg.connect(**superuser(cluster, empty_database)) as admin:
        rows = admin.execute(
            "SELECT a.key, a.id, a.token, a.path, a.enterprise_id FROM places_area a "
            "JOIN accounts_person p ON p.username = 'safety_manager' "
            "ORDER BY a.enterprise_id = p.organisation_id, a.id"
        ).fetchall()
    found = {key: {"id": i, "token": token, "path": path, "enterprise": e} for key, i, token, path, e in rows}
    return found | {"other": found["line-1"]}


@pytest.fixture(autouse=True)
def no_counts() -> None:
    for limit in (limits.NEW_REPORTS, limits.SUGGESTIONS):
        limit._times.clear()


def jpeg(colour: str = "red", size: tuple[int, int] = (64, 48), form: str = "JPEG", **extra: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form, **extra)
    return out.getvalue()


def ogg(seconds: float) -> bytes:
    head = b"OggS\x00\x02" + bytes(8) + bytes(12) + b"\x01\x13" + b"OpusHead" + bytes(11)
    return head + b"OggS\x00\x04" + struct.pack("<q", int(48_000 * seconds)) + bytes(13)


def declared(data: bytes, kind: str = "photo", **extra: Any) -> dict[str, Any]:
    digest = hashlib.sha256(data).hexdigest()
    return {"id": f"f{digest[:8]}", "kind": kind, "sha256": digest, "size": len(data), "type": ""} | extra


def body(token: str, *contents: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return {
        "token": token,
        "words": WORDS,
        "kind": "machine_guarding",
        "named": False,
        "said_at": "2026-06-30T08:15:42Z",
        "spot": {"source": "qr"},
        "files": list(contents),
    } | extra


def put(report: dict[str, Any], client_id: str = "", client: Client | None = None) -> Any:
    address = f"/api/report/reports/{client_id or uuid.uuid4()}"
    return (client or Client()).put(address, json.dumps(report), content_type="application/json")


def put_file(client_id: str, file_id: str, data: bytes) -> Any:
    address = f"/api/report/reports/{client_id}/files/{file_id}"
    return Client().put(address, data, content_type="application/octet-stream")


def kept(admin: psycopg.Connection[Any], client_id: str, columns: str = "*") -> Any:
    return admin.execute(f"SELECT {columns} FROM reports_report WHERE client_id = %s", [client_id]).fetchone()


# ── one report, in pieces ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_report_is_complete_only_with_every_declared_file(
    places: Any, as_superuser: psycopg.Connection[Any], sign_in: Any
) -> None:
    photos, mine = [jpeg("red"), jpeg("blue")], str(uuid.uuid4())
    named = [declared(p) for p in photos]
    said = body(places["press"]["token"], *named)
    first = put(said, mine).json()
    assert (first["state"], first["missing"]) == ("waiting", [f["id"] for f in named])
    assert put(said, mine).json() == first, "sent twice, answered the same"
    assert kept(as_superuser, mine, "hazard_id") == (None,)
    half = put_file(mine, named[1]["id"], photos[1]).json()
    assert (half["state"], half["missing"], half["code"]) == ("waiting", [named[0]["id"]], first["code"])
    assert put_file(mine, named[1]["id"], photos[1]).json() == half
    done = put_file(mine, named[0]["id"], photos[0]).json()
    assert (done["state"], done["missing"]) == ("complete", [])
    assert put_file(mine, named[0]["id"], photos[0]).json() == done
    assert put(said, mine).json() == done
    report_id, hazard = kept(as_superuser, mine, "id, hazard_id")
    rows = as_superuser.execute(
        "SELECT title_zh, report_id, by_code FROM hazards_hazard WHERE report_id = %s", [report_id]
    )
    assert rows.fetchall() == [(WORDS, report_id, True)], "one hazard, whatever came twice"
    shots = as_superuser.execute("SELECT sha256 FROM hazards_hazardphoto WHERE hazard_id = %s", [hazard]).fetchall()
    here = as_superuser.execute("SELECT sha256 FROM reports_reportfile WHERE report_id = %s", [report_id]).fetchall()
    assert sorted(shots) == sorted(here)
    read = sign_in("safety_manager").get(f"/api/reports/of-hazard/{hazard}").json()
    assert [(r["words"], len(r["photos"]), r["reporter"]) for r in read] == [(WORDS, 2, None)]
    shown = sign_in("safety_manager").get(read[0]["photos"][0])
    assert shown["Content-Type"] == "image/jpeg"
    assert with_platform(verify_database).ok


def test_the_same_id_with_other_content_is_refused(places: Any) -> None:
    mine, said = str(uuid.uuid4()), body(places["press"]["token"])
    assert put(said, mine).json()["state"] == "complete"
    assert put(said | {"words": "别的"}, mine).status_code == 409
    away = put(said | {"token": places["other"]["token"]}, mine)
    assert (away.status_code, away.json()["code"]) == (409, "other_content")


def test_bytes_that_are_not_those_declared_are_asked_for_again(places: Any) -> None:
    photo, mine = jpeg("green"), str(uuid.uuid4())
    one = declared(photo)
    put(body(places["press"]["token"], one), mine)
    cut = put_file(mine, one["id"], photo[:-9])
    assert (cut.status_code, cut.json()["code"]) == (422, "wrong_bytes")
    assert put_file(mine, one["id"], photo).json()["state"] == "complete"
    unknown = put_file(mine, "nobody", photo)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_declared")
    assert put_file(str(uuid.uuid4()), one["id"], photo).status_code == 404


def test_a_report_days_later_counts_from_when_it_was_said_and_a_clock_ahead_is_set_back(
    places: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    old, ahead = str(uuid.uuid4()), str(uuid.uuid4())
    days_ago = (datetime.now(UTC) - timedelta(days=6)).replace(second=0, microsecond=0)
    put(body(places["press"]["token"], said_at=days_ago.isoformat()), old)
    put(body(places["press"]["token"], said_at="2099-01-01T00:00:00Z"), ahead)
    assert kept(as_superuser, old, "said_at")[0] == days_ago
    said, received = kept(as_superuser, ahead, "said_at, received_at")
    assert said == received


# ── anonymous ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_anonymous_report_keeps_nothing_of_who_sent_it(
    places: Any, as_superuser: psycopg.Connection[Any], sign_in: Any
) -> None:
    mine, photo = str(uuid.uuid4()), jpeg("yellow")
    one = declared(photo)
    said = body(places["press"]["token"], one, name="刘工人", phone="13800000000")
    signed = sign_in("worker")  # a session on the phone changes nothing
    before = as_superuser.execute("SELECT coalesce(max(index), -1) FROM ledger_leaf").fetchone()[0]
    answer = put(said, mine, signed).json()
    put_file(mine, one["id"], photo)
    row = kept(as_superuser, mine, "person_id, contact, named, said_at, received_at, completed_at, hazard_id")
    assert row[:3] == (None, None, False)
    assert all((at.second, at.microsecond) == (0, 0) for at in row[3:6]), "times to the minute"
    assert as_superuser.execute("SELECT reporter_id FROM hazards_hazard WHERE id = %s", [row[6]]).fetchone() == (None,)
    assert as_superuser.execute("SELECT by_id FROM hazards_hazardstep WHERE hazard_id = %s", [row[6]]).fetchone() == (
        None,
    )
    leaves = as_superuser.execute("SELECT actor_id FROM ledger_leaf WHERE index > %s", [before]).fetchall()
    assert leaves
    assert set(leaves) == {(None,)}
    # All of the database as text: no name, no number, no code, no address.
    text = _everything(as_superuser, ("reports_report", "reports_reportfile", "hazards_hazard", "ledger_leaf"))
    assert not [word for word in ("刘工人", "13800000000", answer["code"], "127.0.0.1") if word in text]
    assert answer["code"] == keys.follow_code(uuid.UUID(mine))


def test_a_named_report_is_in_ones_name_and_its_contact_is_readable_with_the_key_alone(
    places: Any, as_superuser: psycopg.Connection[Any], sign_in: Any
) -> None:
    mine = str(uuid.uuid4())
    said = body(places["press"]["token"], named=True, name="刘师傅", phone="13800001111")
    put(said, mine, sign_in("worker"))
    report_id, person, hazard = kept(as_superuser, mine, "id, person_id, hazard_id")
    worker = as_superuser.execute("SELECT id FROM accounts_person WHERE username = 'worker'").fetchone()
    assert (person,) == worker
    assert as_superuser.execute("SELECT reporter_id FROM hazards_hazard WHERE id = %s", [hazard]).fetchone() == worker
    assert "13800001111" not in _everything(as_superuser, ("reports_report",))
    leader, manager = sign_in("team_leader"), sign_in("safety_manager")
    assert leader.post(f"/api/reports/{report_id}/contact").status_code == 403
    assert manager.post(f"/api/reports/{report_id}/contact").json() == {"name": "刘师傅", "phone": "13800001111"}
    newest = as_superuser.execute("SELECT action FROM ledger_leaf ORDER BY index DESC LIMIT 1").fetchone()
    assert newest == ("reports.contact_read",), "who read it stands in the ledger"
    (settings.CONFIG.home / "reports_key").stat()


def _everything(admin: psycopg.Connection[Any], tables: tuple[str, ...]) -> str:
    rows = [str(row) for table in tables for row in admin.execute(f"SELECT t::text FROM {table} t").fetchall()]
    rows += [bytes(r[0]).decode() for r in admin.execute("SELECT data FROM ledger_leaf").fetchall()]
    return "\n".join(rows)


def test_two_people_at_once_make_one_report(places: Any, as_superuser: psycopg.Connection[Any]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    mine, said = str(uuid.uuid4()), body(places["welding"]["token"])

    def send(_: int) -> tuple[int, str]:
        try:
            answer = put(said, mine)
            return answer.status_code, answer.json()["state"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, range(6))) == {(200, "complete")}
    count = "SELECT count(*) FROM hazards_hazard h JOIN reports_report r ON r.id = h.report_id WHERE r.client_id = %s"
    assert as_superuser.execute(count, [mine]).fetchone() == (1,)


# ── what can't be kept ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"<script>alert(1)</script>" + bytes(200), "photo", "not_a_photo"),
        (jpeg()[:300], "photo", "not_a_photo"),
        (b"\0\0\0\x18ftypheic" + bytes(500), "photo", "not_a_photo"),
        (jpeg(), "voice", "not_a_voice_note"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"V_VP8" + bytes(99), "voice", "not_a_voice_note"),
        (ogg(200), "voice", "voice_too_long"),
    ],
    ids=["script", "cut off", "broken heic", "a picture", "a film", "too long"],
)
def test_a_file_that_cannot_be_kept_is_told_and_the_report_goes_on_without_it(
    places: Any, data: bytes, kind: str, code: str
) -> None:
    mine, one = str(uuid.uuid4()), declared(data, kind)
    said = body(places["press"]["token"], one)
    put(said, mine)
    refused = put_file(mine, one["id"], data)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    after = put(said, mine).json()
    assert (after["state"], after["missing"]) == ("complete", []), "the words must not wait for ever"
    assert [(r["id"], r["code"]) for r in after["refused"]] == [(one["id"], code)]


def test_of_a_polyglot_only_the_picture_stays(places: Any, as_superuser: psycopg.Connection[Any], sign_in: Any) -> None:
    both = jpeg("purple") + b"PK\x03\x04 evil.js <script>alert('x')</script>"
    mine, one = str(uuid.uuid4()), declared(both)
    put(body(places["press"]["token"], one), mine)
    assert put_file(mine, one["id"], both).json()["state"] == "complete"
    hazard = kept(as_superuser, mine, "hazard_id")[0]
    client = sign_in("safety_manager")
    shown = client.get(client.get(f"/api/reports/of-hazard/{hazard}").json()[0]["photos"][0])
    assert b"evil" not in shown.content
    assert Image.open(io.BytesIO(shown.content)).size == (64, 48)


def test_an_iphones_heic_is_kept_as_a_picture_with_its_position(
    places: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    heic = Path(__file__).with_name("small.heic").read_bytes()
    mine, one = str(uuid.uuid4()), declared(heic)
    put(body(places["press"]["token"], one), mine)
    assert put_file(mine, one["id"], heic).json()["state"] == "complete"
    spot, report_id = kept(as_superuser, mine, "spot, id")
    assert (spot["source"], spot["lat"], spot["lon"]) == ("photo", 30.25, 120.5)
    size = "SELECT width, height FROM reports_reportfile WHERE report_id = %s"
    assert as_superuser.execute(size, [report_id]).fetchone() == (96, 64)


def test_a_photo_of_60_mb_is_refused_before_it_is_sent(places: Any) -> None:
    large = declared(b"x") | {"size": 60 * 1024 * 1024}
    refused = put(body(places["press"]["token"], large))
    assert (refused.status_code, refused.json()["code"]) == (413, "photo_too_large")
    assert "60.0 MB" in refused.json()["message_en"]
    assert "15 MB" in refused.json()["message_zh"]


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"token": "nowhere"}, 404, "unknown_place"),
        ({"words": "  "}, 422, "nothing_said"),
        ({"kind": "ghosts"}, 422, "unknown_kind"),
        ({"files": [declared(b"a"), declared(b"a")]}, 422, "double_file"),
        ({"files": [declared(bytes([n])) for n in range(7)]}, 422, "too_many_files"),
        ({"files": [declared(b"a", id="../etc")]}, 422, "invalid"),
        ({"said_at": "2026-06-30T08:15:42"}, 422, "invalid"),
    ],
)
def test_what_a_report_lacks_is_said(places: Any, wrong: dict[str, Any], status: int, code: str) -> None:
    refused = put(body(places["press"]["token"]) | wrong)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.content
    assert refused.json()["message_zh"]


def test_voice_notes_are_kept_as_they_are(places: Any, as_superuser: psycopg.Connection[Any], sign_in: Any) -> None:
    data, mine = ogg(12.5), str(uuid.uuid4())
    one = declared(data, "voice")
    put(body(places["press"]["token"], one, words=""), mine)
    assert put_file(mine, one["id"], data).json()["state"] == "complete"
    assert files.voice_file(one["sha256"]).read_bytes() == data
    hazard = kept(as_superuser, mine, "hazard_id")[0]
    client = sign_in("safety_manager")
    report = client.get(f"/api/reports/of-hazard/{hazard}").json()[0]
    assert report["voice_seconds"] == [12.5]
    heard = client.get(report["voices"][0])
    assert (heard["Content-Type"], heard.content) == ("audio/ogg", data)


# ── place ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_code_of_a_place_shows_it_and_nothing_else(places: Any) -> None:
    found = Client().get(f"/api/report/places/{places['press']['token']}").json()
    assert (found["area_zh"], found["synthetic"], found["signed_in_as"]) == ("冲压车间", True, None)
    assert len(found["kinds"]) > 10
    assert Client().get(found["plan"]["image"])["Content-Type"] == "image/jpeg"
    assert Client().get("/api/report/places/" + "x" * 22).status_code == 404
    assert Client().get(f"/api/places/areas/{places['press']['id']}").status_code == 401


@pytest.mark.parametrize(
    ("spot", "source"),
    [
        ({"source": "gps", "lat": 0, "lon": 0, "accuracy_m": 5}, "qr"),
        ({"source": "gps", "lat": 0.00001, "lon": -0.00001}, "qr"),
        ({"source": "gps", "lat": 95, "lon": 10}, "qr"),
        ({"source": "gps"}, "qr"),
        (None, "qr"),
        ({"source": "plan", "x": 0.2, "y": 0.3}, "plan"),
        ({"source": "gps", "lat": 30.5, "lon": 119.5, "accuracy_m": 12}, "gps"),
    ],
)
def test_a_position_that_says_nothing_leaves_the_area_of_the_code(
    places: Any, as_superuser: psycopg.Connection[Any], spot: Any, source: str
) -> None:
    mine = str(uuid.uuid4())
    assert put(body(places["press"]["token"], spot=spot), mine).status_code == 200
    found = kept(as_superuser, mine, "spot")[0]
    assert found["source"] == source
    if source == "qr":
        assert found["x"] == pytest.approx(0.235), "the middle of the area"
    if source == "plan":
        assert found["lat"] == pytest.approx(found["lat"])
        assert found["lat"] is not None, "the plan's corners are known"


def test_a_photos_own_position_counts_only_where_the_person_gave_none(
    places: Any, as_superuser: psycopg.Connection[Any], sign_in: Any
) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (120.0, 30.0, 0.0)}
    photo = jpeg("orange", exif=exif)
    taps = {"source": "plan", "x": 0.1, "y": 0.1}
    for spot, source in (({"source": "qr"}, "photo"), (taps, "plan")):
        mine, one = str(uuid.uuid4()), declared(photo)
        put(body(places["press"]["token"], one, spot=spot), mine)
        put_file(mine, one["id"], photo)
        found, hazard = kept(as_superuser, mine, "spot, hazard_id")
        assert found["source"] == source
        assert (found["lat"], found["lon"]) == (30.25, 120.5) or source == "plan"
    client = sign_in("safety_manager")
    shown = client.get(client.get(f"/api/reports/of-hazard/{hazard}").json()[0]["photos"][0])
    assert not Image.open(io.BytesIO(shown.content)).getexif()


def test_a_closed_place_takes_reports_and_says_so(places: Any, as_superuser: psycopg.Connection[Any]) -> None:
    mine = str(uuid.uuid4())
    closed = Client().get(f"/api/report/places/{places['pit']['token']}").json()
    assert closed["closed"]
    assert "检修" in closed["closed_why_zh"]
    answer = put(body(places["pit"]["token"]), mine).json()
    assert answer["state"] == "complete"
    assert "关闭" in answer["note_zh"]
    assert kept(as_superuser, mine, "area_was_closed") == (True,)


def test_a_place_takes_only_so_much_at_once(places: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.NEW_REPORTS, "most", 2)
    mine, said = str(uuid.uuid4()), body(places["power"]["token"])
    assert put(said, mine).status_code == 200
    assert put(said, mine).status_code == 200, "a retry doesn't count"
    assert put(said).status_code == 200
    refused = put(said)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert put(body(places["office"]["token"])).status_code == 200, "another place has its own share"


# ── suggestions, the same again, following ────────────────────────────────────────────────────────────────────────────


def suggest(token: str, words: str) -> Any:
    return (
        Client().post("/api/report/suggest", {"token": token, "words": words}, content_type="application/json").json()
    )


def test_what_is_open_already_is_shown_and_a_second_report_joins_it(
    places: Any, as_superuser: psycopg.Connection[Any], sign_in: Any
) -> None:
    token = places["loading"]["token"]
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    put(body(token, words="三号叉车倒车没有蜂鸣声，差点撞到人", kind=None), first)
    found = suggest(token, "叉车倒车的蜂鸣声没有了")
    assert found["kinds"][0]["key"] == "vehicles"
    assert 0.5 < found["kinds"][0]["probability"] <= 1
    hazard, kind = as_superuser.execute(
        "SELECT h.id, h.kind FROM hazards_hazard h JOIN reports_report r ON r.hazard_id = h.id WHERE r.client_id = %s",
        [first],
    ).fetchone()
    assert kind == "vehicles", "a sure guess fills the kind that was left open"
    assert [s["id"] for s in found["similar"]] == [hazard]
    assert suggest(places["press"]["token"], "叉车倒车的蜂鸣声没有了")["similar"] == [], "another area's is not shown"
    joined = put(body(token, words="叉车倒车不响", same_as=hazard), second).json()
    assert (joined["state"], joined["joined"]) == ("complete", True)
    assert kept(as_superuser, second, "hazard_id, joined") == (hazard, True)
    assert len(sign_in("safety_manager").get(f"/api/reports/of-hazard/{hazard}").json()) == 2
    followed = Client().get(f"/api/report/follow/{joined['code']}").json()
    assert followed["may_confirm"] is False
    gone = put(body(token, same_as=10**9)).json()
    assert (gone["state"], gone["joined"]) == ("complete", False), "what it meant is gone, so it stands for itself"


def test_suggestions_come_while_one_types_with_ten_thousand_open(
    places: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    mine, token = str(uuid.uuid4()), places["warehouse"]["token"]
    put(body(token, words="货架立柱被叉车撞弯，快要倒了"), mine)
    hazard = kept(as_superuser, mine, "hazard_id")[0]
    columns = as_superuser.execute(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
        "WHERE table_name = 'hazards_hazard' AND column_name NOT IN ('id', 'words')"
    ).fetchone()[0]
    as_superuser.execute(
        f"INSERT INTO hazards_hazard (words, {columns}) SELECT '通道' || n || '号位堆放' || md5(n::text), {columns} "
        "FROM hazards_hazard, generate_series(1, 10000) n WHERE id = %s",
        [hazard],
    )
    suggest(token, "先读一次")  # the lists of words are read once a process
    began = time.perf_counter()
    found = suggest(token, "货架的立柱让叉车撞弯了")
    took = time.perf_counter() - began
    as_superuser.execute(
        "DELETE FROM hazards_hazard WHERE area_id = %s AND id <> %s", [places["warehouse"]["id"], hazard]
    )
    assert [s["id"] for s in found["similar"]] == [hazard]
    print(f"suggestions with 10,000 open: {1000 * took:.0f} ms")
    assert took < 0.9, "three times what is promised, for a machine that does other things"


def test_the_code_follows_a_report_and_no_other_does(places: Any) -> None:
    mine, photo = str(uuid.uuid4()), jpeg("cyan")
    one = declared(photo)
    code = put(body(places["press"]["token"], one), mine).json()["code"]
    waiting = Client().get(f"/api/report/follow/{code}").json()
    assert (waiting["state"], waiting["due_at"]) == ("waiting", None)
    put_file(mine, one["id"], photo)
    found = Client().get(f"/api/report/follow/{code.lower().replace('-', ' ')}").json()
    assert (found["state"], found["words"], found["area_zh"]) == ("opened", WORDS, "冲压车间")
    assert found["due_at"]
    assert found["steps"][0]["state"] == "opened"
    assert all(s["text_zh"] and s["text_en"] for s in found["steps"])
    assert Image.open(io.BytesIO(Client().get(found["photos"][0]).content)).size == (64, 48)
    unknown = Client().get("/api/report/follow/0000-0000-0000")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_code")
    assert Client().get(f"/api/report/follow/{code}/photos/999999").status_code == 404
    early = Client().post(f"/api/report/follow/{code}/confirm", {"done": True}, content_type="application/json")
    assert early.status_code == 409


def test_one_places_code_reads_and_joins_nothing_of_another_enterprise(
    places: Any, sign_in: Any, as_superuser: psycopg.Connection[Any], as_web_role: psycopg.Connection[Any]
) -> None:
    mine = str(uuid.uuid4())
    put(body(places["press"]["token"]), mine)
    hazard = kept(as_superuser, mine, "hazard_id")[0]
    away = str(uuid.uuid4())
    put(body(places["other"]["token"], same_as=hazard), away)
    found = kept(as_superuser, away, "hazard_id, joined, path")
    assert found[1] is False
    assert found[0] != hazard
    assert found[2] == places["other"]["path"]
    manager = sign_in("safety_manager")
    assert manager.get(f"/api/reports/of-hazard/{hazard}").status_code == 200
    assert manager.get(f"/api/reports/of-hazard/{found[0]}").status_code == 404
    assert manager.post(f"/api/reports/{kept(as_superuser, away, 'id')[0]}/contact").status_code == 404
    # What a transaction without a scope sees by token, by id and by code: that one row.
    as_web_role.execute("SELECT set_config('yufang.place_token', %s, true)", [places["press"]["token"]])
    assert as_web_role.execute("SELECT id FROM places_area").fetchall() == [(places["press"]["id"],)]
    as_web_role.execute("SELECT set_config('yufang.report_client', %s, true)", [mine])
    assert as_web_role.execute("SELECT hazard_id FROM reports_report").fetchall() == [(hazard,)]
    assert as_web_role.execute("UPDATE reports_report SET words = ''").rowcount == 0
