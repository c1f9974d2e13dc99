"""Readings that come to the platform: taken once, kept whole, charted, and turned into alerts; bad input refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from django.test import Client

from yufang.sensing.readings import Readings
from yufang.sensing.wire import to_arrow_ipc, to_json
from yufang.server.accounts.models import Person
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions, flooding, queries
from yufang.server.sensing.contracts import SensingChannelIn, SourceIn, Taken

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NOW_US = int(NOW.timestamp() * 1e6)
SECOND = 1_000_000
ARROW = "application/vnd.apache.arrow.stream"


@pytest.fixture(scope="module")
def home(region: Any) -> int:
    """The demo enterprise, with two gas channels and a thermometer."""
    with scoped(Actor.platform()):
        found = Person.objects.get(username="safety_manager").organisation_id
    for key, quantity, unit in (
        ("gas-1", "gas:ch4", "%LEL"),
        ("gas-2", "gas:h2s", "ppm"),
        ("temp-1", "temperature", "°C"),
    ):
        body = SensingChannelIn(
            organisation_id=found, key=key, device="box", quantity=quantity, unit=unit, low=0, high=100
        )
        actions.put_channel(Actor.platform(), body)
    return int(found)


@pytest.fixture(scope="module")
def key(home: int) -> str:
    return actions.add_source(Actor.platform(), SourceIn(organisation_id=home, name="gateway")).key


def send(home: int, source: str, sequence: int, readings: Readings, keys: list[str], **more: Any) -> Taken:
    return actions.take_batch(
        Actor.platform(),
        site_id=home,
        source=source,
        sequence=sequence,
        bytes_sha256=f"{sequence:064d}",
        readings=readings,
        keys=keys,
        **({"at": NOW} | more),
    )


def post(key: str, body: bytes, media: str = "application/json", **headers: str) -> Any:
    return Client().post(
        "/api/sensing/batches", body, content_type=media, headers={"Authorization": f"Bearer {key}", **headers}
    )


def channel_id(home: int, key: str) -> int:
    with scoped(Actor.platform()):
        return next(c.id for c in queries.channels(home, slice(0, 50)).items if c.key == key)


def charted(home: int, key: str, start: int, end: int) -> Any:
    with scoped(Actor.platform()):
        span = (datetime.fromtimestamp(t / 1e6, UTC) for t in (start, end))
        return queries.chart(channel_id(home, key), *span)


def rows(n: int, start: int, value: float = 1.0) -> Readings:
    return Readings.of([0] * n, start + np.arange(n) * SECOND, np.full(n, value))


def test_a_batch_that_comes_twice_is_taken_once(home: int, as_superuser: psycopg.Connection[Any]) -> None:
    start = NOW_US - 1000 * SECOND
    first = send(home, "twice", 0, rows(10, start), ["temp-1"])
    again = send(home, "twice", 0, rows(10, start), ["temp-1"])
    assert (first.again, again.again) == (False, True)
    assert again.model_copy(update={"again": False}) == first
    assert charted(home, "temp-1", start, start + 10 * SECOND).count == [1] * 10
    leaves = as_superuser.execute("SELECT count(*) FROM ledger_leaf WHERE action = 'sensing.batch_taken'").fetchone()
    assert leaves == as_superuser.execute("SELECT count(*) FROM sensing_batch").fetchone()


def test_gaps_in_the_sequence_are_told_until_they_are_filled(home: int) -> None:
    def missing(sequence: int) -> list[tuple[int, int]]:
        return send(home, "gaps", sequence, rows(1, NOW_US - (100 + sequence) * SECOND), ["temp-1"]).missing

    assert [missing(n) for n in (0, 3, 7, 5, 1, 2)] == [
        *([], [(1, 2)], [(1, 2), (4, 6)], [(1, 2), (4, 4), (6, 6)]),
        *([(2, 2), (4, 4), (6, 6)], [(4, 4), (6, 6)]),
    ]


def test_a_limit_passed_is_one_alert_that_grows_graver_and_clears_when_all_is_over(
    home: int, as_superuser: psycopg.Connection[Any]
) -> None:
    def event(kind: str, state: str, at: int, value: float) -> dict[str, Any]:
        return {
            "key": f"{kind}-{state}",
            "episode": kind,
            "detector": "limits",
            "channel": "gas-1",
            "kind": kind,
            "state": state,
            "since": NOW_US if kind == "high" else NOW_US + 5 * SECOND,
            "at": at,
            "value": value,
            "unit": "%LEL",
            "limit": 25.0,
            "sureness": 0.99,
            "reason_zh": "甲烷 30 %LEL",
            "reason_en": "methane 30 %LEL",
        }

    def alert() -> Any:
        return as_superuser.execute(
            "SELECT state, tier FROM warning_warning WHERE rule = 'sensing.limit' ORDER BY id"
        ).fetchall()

    none = Readings.empty()
    steps = [
        [event("high", "raised", NOW_US + SECOND, 30.0)],
        [event("high_high", "raised", NOW_US + 5 * SECOND, 60.0), event("high", "raised", NOW_US + SECOND, 30.0)],
        [event("high_high", "cleared", NOW_US + 9 * SECOND, 40.0)],
        [event("high", "cleared", NOW_US + 12 * SECOND, 10.0)],
    ]
    seen = []
    for n, events in enumerate(steps):
        send(home, "alarms", n, none, [], events=events, detects=True, at=NOW + timedelta(seconds=n))
        seen.append(alert())
    assert seen == [[("raised", "medium")], [("raised", "high")], [("raised", "high")], [("resolved", "high")]]
    with scoped(Actor.platform()):
        told = queries.episodes(home, slice(0, 10)).items
    assert [(e.kind, e.cleared_at is not None, e.value) for e in told] == [
        ("high_high", True, 60.0),
        ("high", True, 30.0),
    ]


def test_an_event_that_cleared_before_it_was_heard_of_stays_cleared(home: int) -> None:
    base = {"episode": "late", "detector": "d", "channel": "temp-1", "kind": "cusum", "sureness": 0.9}
    raised = base | {"key": "late-r", "state": "raised", "since": NOW_US, "at": NOW_US}
    cleared = base | {"key": "late-c", "state": "cleared", "since": NOW_US, "at": NOW_US + SECOND}
    for n, event in enumerate((cleared, raised, cleared)):
        send(home, "order", n, Readings.empty(), [], events=[event], detects=True)
    with scoped(Actor.platform()):
        (found,) = queries.episodes(home, slice(0, 10), kind="cusum").items
    assert found.cleared_at == NOW + timedelta(seconds=1)
    assert found.alert_id is None


def test_json_and_arrow_come_in_at_the_door(home: int, key: str) -> None:
    start = NOW_US - 5000 * SECOND
    arrow = to_arrow_ipc(rows(5, start, 20.0), ["temp-1"], sequence=0)
    columns = to_json(rows(5, start + 5 * SECOND, 21.0), ["temp-1"], sequence=1)
    assert post(key, arrow, ARROW).json()["readings"] == 5
    assert post(key, columns).json()["next"] == 2
    assert charted(home, "temp-1", start, start + 10 * SECOND).mean == [20.0] * 5 + [21.0] * 5


def test_bad_readings_are_refused_or_flagged_and_the_rest_is_kept(home: int, key: str) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    good = {"channel": "gas-2", "time": at.isoformat(), "value": 2.0}
    bad = [
        good | {"value": "3.1"},
        good | {"value": float("nan"), "time": (at + timedelta(seconds=1)).isoformat()},
        good | {"value": float("inf"), "time": (at + timedelta(seconds=2)).isoformat()},
        good | {"time": "yesterday"},
        good | {"unit": "m/s"},
        good | {"unit": "mg/m³", "value": 13.93, "time": (at + timedelta(seconds=3)).isoformat()},
        good | {"channel": "nobody-knows"},
        42,
    ]
    answer = post(key, json.dumps({"readings": [good, *bad]}).encode())
    body = answer.json()
    assert answer.status_code == 200
    assert (body["readings"], body["refused"]) == (4, 5)
    assert sorted(r["rule"] for r in body["refusals"]) == [
        *("channel_unknown", "reading_is_no_object", "time_unreadable", "unit_no_conversion", "value_is_text")
    ]
    assert all(r["reason_zh"] and r["reason_en"] for r in body["refusals"])
    start = int(at.timestamp() * 1e6)
    found = charted(home, "gas-2", start, start + 10 * SECOND)
    assert found.mean[1:3] == [None, None]
    assert found.flagged == [0, 1, 1, 0]
    assert found.mean[3] == pytest.approx(10.0, abs=0.02)  # mg/m3 of H2S to ppm


@pytest.mark.parametrize("media", ["application/json", ARROW])
def test_a_broken_message_is_refused_with_the_way_out(key: str, media: str) -> None:
    for body in (b"\x00" * 64, b'{"readings": 3}', b"\xff\xff\xff\xff\xff\xff\xff\x7f" * 8, b"[" * 100_000):
        refused = post(key, body, media)
        assert refused.status_code == 422
        assert "docs/sensing/streams.md" in refused.json()["message_en"]


def test_a_message_of_a_gigabyte_is_refused_by_what_it_says(key: str) -> None:
    refused = post(key, b"x", **{"Content-Length": str(1 << 30)})
    assert (refused.status_code, refused.json()["code"]) == (413, "batch_too_large")


def test_a_small_body_that_unfolds_to_a_large_one_is_refused(key: str) -> None:
    import zlib

    pack = zlib.compressobj(wbits=31)
    body = pack.compress(b" " * 40_000_000) + pack.flush()
    assert len(body) < 100_000
    refused = post(key, body, **{"Content-Encoding": "gzip"})
    assert (refused.status_code, refused.json()["code"]) == (413, "batch_too_large")


def test_a_million_new_channels_of_one_device_are_refused_and_few_are_remembered(home: int) -> None:
    with scoped(Actor.platform()):
        before = queries.channels(home, slice(0, 1)).total
    keys = [f"new-{n}" for n in range(20_000)]
    taken = send(home, "flood", 0, Readings.of(range(20_000), [NOW_US] * 20_000, [1.0] * 20_000), keys)
    assert (taken.readings, taken.refused, len(taken.refusals), taken.unknown) == (0, 20_000, 100, 20_000)
    with scoped(Actor.platform()):
        assert len(queries.sources_of(home).unknown) <= 200
        assert queries.channels(home, slice(0, 1)).total == before
    many = json.dumps({"keys": [f"k{n}" for n in range(20_001)], "columns": {"channel": [], "time": [], "value": []}})
    from yufang.sensing.errors import SensingError
    from yufang.sensing.wire import from_json

    with pytest.raises(SensingError, match="20001 channels"):
        from_json(many.encode())


def test_a_source_that_floods_has_to_wait_and_loses_nothing(
    home: int, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(flooding, "ALLOWANCE", flooding.Allowance(lambda: now))
    other = actions.add_source(Actor.platform(), SourceIn(organisation_id=home, name="beside a flood")).key

    def message(sequence: int) -> bytes:
        rows = [{"channel": f"f-{sequence}-{n}", "time": NOW_US, "value": 1} for n in range(15_000)]
        rows.append({"channel": "temp-1", "time": NOW_US - (500 - sequence) * SECOND, "value": 20.5})
        return json.dumps({"readings": rows}).encode()

    assert [post(key, message(n)).json()["readings"] for n in range(2)] == [1, 1]  # what is good in it is taken
    refused = post(key, message(2))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_unknown")
    assert refused.headers["Retry-After"] == "10"
    assert post(other, b'{"readings": []}').status_code == 200
    now = 10.0
    assert post(key, message(2)).json()["readings"] == 1


def test_a_key_that_is_no_sources_opens_nothing(home: int, key: str) -> None:
    assert post("yfs_forged", b"{}").status_code == 401
    with scoped(Actor.platform()):
        source = next(s for s in queries.sources_of(home).sources if s.name == "gateway")
    new = actions.renew_key(Actor.platform(), source.id).key
    assert post(key, b"{}").status_code == 401
    assert post(new, b'{"readings": []}').status_code == 200
    actions.close_source(Actor.platform(), source.id)
    assert post(new, b"{}").status_code == 401


def test_a_channel_says_which_limits_apply_and_a_wrong_unit_is_refused(home: int, sign_in: Any) -> None:
    client = sign_in("safety_manager")
    found = client.get(f"/api/sensing/channels?enterprise_id={home}&words=gas-2").json()["items"][0]
    assert [(limit["kind"], round(limit["value"], 2), limit["unit"]) for limit in found["limits"]] == [
        *(("high", 7.18, "ppm"), ("high_high", 14.36, "ppm"))
    ]
    assert "GB/T 50493-2019 5.5.2" in found["limits"][0]["source"]
    body = {
        "organisation_id": home,
        "key": "odd",
        "device": "box",
        "quantity": "gas:ch4",
        "unit": "parsecs per fortnight",
    }
    refused = client.post("/api/sensing/channels", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_unit")
    changed = client.post(
        "/api/sensing/channels", body | {"key": "temp-1", "quantity": "temperature", "unit": "kelvin"}
    )
    assert (changed.status_code, changed.json()["code"]) == (409, "unit_in_use")


def test_a_personal_channel_is_read_with_a_permission_and_leaves_a_leaf(
    home: int, sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    body = SensingChannelIn(
        organisation_id=home, key="pulse", device="band", quantity="heart_rate", unit="bpm", personal=True
    )
    pulse = actions.put_channel(Actor.platform(), body)
    span = "start=2026-11-20T00:00:00Z&end=2026-11-20T01:00:00Z"
    assert sign_in("team_leader").get(f"/api/sensing/channels/{pulse}/chart?{span}").status_code == 403
    assert sign_in("safety_manager").get(f"/api/sensing/channels/{pulse}/chart?{span}").status_code == 200
    at = int(datetime.now(UTC).timestamp()) * SECOND
    send(home, "band", 0, rows(1, at, 71.0), ["pulse"], at=datetime.now(UTC))
    assert sign_in("safety_manager").get(f"/api/sensing/channels/{pulse}").json()["last_value"] is None
    read = "SELECT count(*) FROM ledger_leaf WHERE action = 'sensing.personal_read'"
    assert as_superuser.execute(read).fetchone() == (1,)


def test_another_enterprises_channel_event_and_source_are_not_there(
    home: int, sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    other = as_superuser.execute(
        "SELECT id FROM accounts_organisation WHERE kind = 'enterprise' AND id <> %s ORDER BY id", [home]
    ).fetchone()[0]
    body = SensingChannelIn(organisation_id=other, key="theirs", device="box", quantity="gas:co", unit="ppm")
    theirs = actions.put_channel(Actor.platform(), body)
    source = actions.add_source(Actor.platform(), SourceIn(organisation_id=other, name="theirs")).source.id
    event = {"key": "o", "detector": "d", "channel": "theirs", "kind": "high", "state": "raised"}
    send(other, "theirs", 0, Readings.empty(), [], events=[event | {"since": NOW_US, "at": NOW_US}])
    with scoped(Actor.platform()):
        episode = queries.episodes(other, slice(0, 1)).items[0].id
    client = sign_in("safety_manager")
    span = "start=2026-11-20T00:00:00Z&end=2026-11-20T01:00:00Z"
    for path in (f"channels/{theirs}", f"channels/{theirs}/chart?{span}", f"events/{episode}"):
        assert client.get(f"/api/sensing/{path}").status_code == 404
    for path in ("channels", "events", "sources"):
        assert client.get(f"/api/sensing/{path}?enterprise_id={other}").status_code == 404
    assert client.post(f"/api/sensing/sources/{source}/new-key").status_code == 404
    assert client.delete(f"/api/sensing/sources/{source}").status_code == 404


def test_readings_survive_compaction_and_old_days_go(home: int) -> None:
    from yufang.server.sensing import stores, tasks

    start = NOW_US - 7200 * SECOND
    send(home, "compact", 0, rows(600, start, 5.0), ["temp-1"])
    before = charted(home, "temp-1", start, start + 600 * SECOND)
    tasks.compact(0)
    assert not list((stores.store_of(home).root / "landing").glob("*.parquet"))
    after = charted(home, "temp-1", start, start + 600 * SECOND)
    assert after == before


def test_the_platform_detects_for_sources_that_do_not(home: int, as_superuser: psycopg.Connection[Any]) -> None:
    for n, value in enumerate((5.0, 60.0, 60.0, 5.0)):
        start = NOW_US + (1000 + 20 * n) * SECOND
        readings = Readings.of([0] * 20, start + np.arange(20) * SECOND, np.full(20, value))
        send(home, "plain", n, readings, ["gas-1"], at=NOW + timedelta(seconds=1020 + 20 * n))
    found = as_superuser.execute(
        "SELECT kind, e.since, cleared_at IS NOT NULL, w.state FROM sensing_episode e "
        "JOIN sensing_source s ON s.id = e.source_id JOIN warning_warning w ON w.id = e.alert_id "
        "WHERE s.name = 'plain' ORDER BY kind"
    ).fetchall()
    passed = NOW_US + 1020 * SECOND
    assert found == [("high", passed, True, "resolved"), ("high_high", passed, True, "resolved")]


def test_a_clock_two_hours_ahead_blinds_no_detector(home: int) -> None:
    day = NOW + timedelta(days=1)
    base = int(day.timestamp() * 1e6)
    for n, (value, ahead) in enumerate(((5.0, 0), (5.0, 7200), (60.0, 0))):
        stamped = base + (20 * n + ahead) * SECOND + np.arange(20) * SECOND
        at = day + timedelta(seconds=20 * n + 20)
        send(home, "jumps", n, Readings.of([0] * 20, stamped, np.full(20, value)), ["gas-1"], at=at)
    with scoped(Actor.platform()):
        found = queries.episodes(home, slice(0, 10), since=day - timedelta(hours=1), open_only=True).items
        (newest,) = [c for c in queries.channels(home, slice(0, 50)).items if c.key == "gas-1"]
    raised = [(e.kind, e.since) for e in found if e.subject == "gas-1" and e.since >= day]
    assert sorted(raised) == [("high", day + timedelta(seconds=40)), ("high_high", day + timedelta(seconds=40))]
    assert newest.last_at == day + timedelta(seconds=59), "a time that can't be is not the newest"


def test_the_demo_has_channels_and_days_that_say_they_are_made_up(home: int, sign_in: Any) -> None:
    from yufang.server.sensing import demo

    now = datetime.now(UTC)
    assert demo.open_channels(Actor.platform(), now, days=2) > 50
    assert demo.open_channels(Actor.platform(), now) == 0
    client = sign_in("safety_manager")
    found = client.get(f"/api/sensing/channels?enterprise_id={home}&words=tankfarm&size=1000").json()["items"]
    assert found
    assert all(channel["synthetic"] and channel["last_value"] is not None for channel in found)
    span = {"start": (now - timedelta(days=30)).isoformat(), "end": now.isoformat()}
    chart = client.get(f"/api/sensing/channels/{found[0]['id']}/chart", span).json()
    assert sum(chart["count"]) == 96 + 288
