"""What the platform watches by itself: forecasts of channels with a model, leaks of a whole site, and silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from django.test import Client

from tests.sensing.forecast.conftest import LIMIT, made_up, walk
from tests.sensing.leaks.made_up import SENSORS, SOURCES, readings_ppm, winds
from tests.sensing.leaks.made_up import START as LEAK_START
from tests.sensing.leaks.made_up import batch as leak_batch
from tests.server.test_edge import new_node
from tests.server.test_edge_register import packed
from yufang.sensing.forecast.learners import Persistence
from yufang.sensing.forecast.model import Model
from yufang.sensing.forecast.store import save, versioned
from yufang.sensing.forecast.train import train
from yufang.sensing.readings import Readings
from yufang.server.accounts.models import Person
from yufang.server.errors import Refused
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions, forecasting, queries
from yufang.server.sensing.contracts import (
    ChannelForecastOut,
    EpisodeOut,
    LeakSource,
    LeakWatchIn,
    SensingChannelIn,
    SensingLimit,
)

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
MINUTE = 60_000_000
_sequences: dict[str, int] = {}


def us(at: datetime) -> int:
    return int(at.timestamp() * 1e6)


@pytest.fixture(scope="module")
def home(region: Any) -> int:
    with scoped(Actor.platform()):
        return int(Person.objects.get(username="safety_manager").organisation_id)


def channel(home: int, key: str, quantity: str, unit: str, device: str = "box", **more: Any) -> int:
    body = SensingChannelIn(organisation_id=home, key=key, device=device, quantity=quantity, unit=unit, **more)
    return actions.put_channel(Actor.platform(), body)


def send(home: int, source: str, keys: list[str], readings: Readings, at: datetime) -> None:
    sequence = _sequences[source] = _sequences.get(source, -1) + 1
    actions.take_batch(
        Actor.platform(), site_id=home, source=source, sequence=sequence, bytes_sha256=f"{sequence:064d}",
        readings=readings, keys=keys, at=at, detects=True,
    )  # fmt: skip


def told(home: int, kind: str, **more: Any) -> list[EpisodeOut]:
    with scoped(Actor.platform()):
        return queries.episodes(home, slice(0, 200), kind=kind, **more).items


# ── forecasts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def model() -> Model:
    made = train(made_up(2, 1), LIMIT, unit="%", learners=(Persistence,), trained_at="2026-11-01T00:00:00+00:00")
    made.warn_at = 0.3
    return versioned(made)


@pytest.fixture(scope="module")
def level(home: int) -> int:
    limits = [SensingLimit(kind="high", value=LIMIT, unit="%", source="厂内规定 7.2")]
    return channel(home, "ch4", "level", "%", every_s=60, limits=limits)


def foretold(level: int) -> ChannelForecastOut:
    with scoped(Actor.platform()):
        return queries.forecast(level)


def ask(home: int, level: int, at: datetime) -> ChannelForecastOut:
    actions.foretell(Actor.platform(), home, at)
    return foretold(level)


def rows(until: datetime, values: Any) -> Readings:
    n = len(values)
    return Readings.of([0] * n, us(until) - np.arange(n)[::-1] * MINUTE, values)


def test_a_channel_without_a_model_says_so_and_how_to_get_one(home: int, level: int) -> None:
    found = foretold(level)
    assert (found.state, found.reasons[0].code) == ("none", "no_model")
    assert "yufang sensing train" in found.reasons[0].zh
    forecasting.folder(home).mkdir(parents=True)
    (forecasting.folder(home) / "torn.forecast").write_text("x")
    assert "torn.forecast" in foretold(level).reasons[0].zh, "a file that can't be read is named"
    pulse = channel(home, "pulse", "heart_rate", "bpm", personal=True)
    assert foretold(pulse).reasons[0].code == "personal"


def test_a_forecast_above_the_threshold_is_one_low_alert_until_it_falls(
    home: int, level: int, model: Model, as_superuser: psycopg.Connection[Any]
) -> None:
    save(model, forecasting.folder(home) / "ch4.forecast")
    assert foretold(level).reasons[0].code == "not_yet"
    assert ask(home, level, NOW).reasons[0].code == "too_few_rows"
    calm = np.r_[walk(200, 5), np.linspace(walk(200, 5)[-1], -0.9, 40)]
    send(home, "level", ["ch4"], rows(NOW, calm), NOW)
    low = ask(home, level, NOW + timedelta(seconds=20))
    assert (low.state, low.warned, low.at) == ("told", False, NOW)
    assert (low.limit.value, low.limit.source) == (LIMIT, "厂内规定 7.2") if low.limit else False
    assert [c.within_min for c in low.chances] == [3, 15, 30]
    assert low.band is not None
    assert np.shape(low.band.values) == (len(low.band.minutes), len(low.band.levels))
    assert low.drift is not None
    assert low.model is not None
    assert low.model.version == model.version
    later = NOW + timedelta(minutes=30)
    send(home, "level", ["ch4"], rows(later, np.linspace(-0.9, 0.97, 30)), later)
    high = ask(home, level, later)
    assert high.chances[-1].probability >= model.warn_at
    assert high.warned
    assert ask(home, level, later + timedelta(minutes=1)).warned
    (event,) = told(home, "forecast")
    assert (event.cleared_at, event.limit, event.unit) == (None, LIMIT, "%")
    tier = "SELECT tier, state FROM warning_warning WHERE rule = 'sensing.forecast'"
    assert as_superuser.execute(tier).fetchall() == [("low", "raised")]
    end = later + timedelta(minutes=30)
    send(home, "level", ["ch4"], rows(end, np.linspace(0.9, -0.9, 30)), end)
    assert not ask(home, level, end).warned
    (event,) = told(home, "forecast")
    assert event.cleared_at == end
    assert as_superuser.execute(tier).fetchone() != ("low", "raised")


def test_when_the_limit_is_reached_its_own_alarm_goes_on(home: int, level: int) -> None:
    at = NOW + timedelta(minutes=90)
    send(home, "level", ["ch4"], rows(at, np.linspace(-0.8, 0.97, 30)), at)
    assert ask(home, level, at).warned
    above = at + timedelta(minutes=1)
    send(home, "level", ["ch4"], rows(above, [1.2]), above)
    found = ask(home, level, above)
    assert (found.state, found.warned, found.chances) == ("above", False, [])


def test_it_says_why_it_cannot_tell(home: int, level: int, model: Model) -> None:
    stale = ask(home, level, NOW + timedelta(hours=3))
    assert (stale.state, stale.reasons[0].code) == ("cannot_tell", "stale")
    limits = [SensingLimit(kind="high", value=2.5, unit="%", source="new rule")]
    channel(home, "ch4", "level", "%", every_s=60, limits=limits)
    other = ask(home, level, NOW + timedelta(minutes=92))
    assert (other.state, other.reasons[0].code, other.limit) == ("cannot_tell", "other_limit", None)
    assert "2.5" in other.reasons[0].zh
    (forecasting.folder(home) / "ch4.forecast").unlink()
    assert ask(home, level, NOW + timedelta(minutes=93)).reasons[0].code == "no_model"


def test_the_route_answers_its_own_people_only(home: int, level: int, sign_in: Any) -> None:
    assert sign_in("safety_manager").get(f"/api/sensing/channels/{level}/forecast").json()["state"] == "none"
    assert Client().get(f"/api/sensing/channels/{level}/forecast").status_code == 401
    stranger = sign_in("safety_manager").get("/api/sensing/channels/999999999/forecast")
    assert stranger.status_code == 404


# ── limits that are missing or superseded ─────────────────────────────────────────────────────────────────────────────


def test_a_coal_channel_keeps_the_last_known_limit_and_says_that_it_is_superseded(home: int) -> None:
    pit = channel(home, "pit", "gas:ch4", "%vol", place="CH4-04")
    odd = channel(home, "odd", "gas:unobtainium", "ppm")
    own = [SensingLimit(kind=kind, value=1.0, unit="%vol", source="2025 rules") for kind in ("high", "high_high")]
    checked = channel(home, "checked", "gas:ch4", "%vol", place="CH4-04", limits=own)
    with scoped(Actor.platform()):
        found = {key: queries.channel(key) for key in (pit, odd, checked)}
    assert [note.code for note in found[pit].limit_notes] == ["superseded"]
    assert found[pit].limits
    assert all("not in force after 2026-01-31" in limit.source for limit in found[pit].limits)
    assert ([n.code for n in found[odd].limit_notes], found[odd].limits) == (["no_standard"], [])
    assert found[checked].limit_notes == [], "a person set the limits of today"


# ── leaks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_leak_of_the_site_is_an_alert_with_source_rate_and_ground(
    home: int, as_superuser: psycopg.Connection[Any]
) -> None:
    body = LeakWatchIn(
        organisation_id=home, name="fence", wind_speed="w.speed", wind_direction="w.direction", latitude=39.9,
        longitude=116.4, sources=[LeakSource(key=s.key, x=s.x, y=s.y, z=s.z) for s in SOURCES],
    )  # fmt: skip
    with pytest.raises(Refused, match="at least 3 channels"):
        actions.put_leak_watch(Actor.platform(), body)
    keys = [f"fence.{s.key}" for s in SENSORS] + ["w.speed", "w.direction"]
    for key, place in zip(keys, SENSORS, strict=False):
        channel(home, key, "gas:ch4", "ppm", device=key, x=place.x, y=place.y, z=place.z, with_standards=False)
    channel(home, "w.speed", "wind_speed", "m/s", device="mast")
    channel(home, "w.direction", "wind_direction", "degree", device="mast")
    watch = actions.put_leak_watch(Actor.platform(), body)
    minutes, wind = 100, winds(100, seed=1)
    made = leak_batch(readings_ppm(wind, 1, 3.0, 40, 100, seed=1), wind)
    moved = Readings.of(made.channel, made.time - LEAK_START + us(NOW) - minutes * MINUTE, made.value)
    half = us(NOW) - 40 * MINUTE
    for part, at in ((moved.time < half, NOW - timedelta(minutes=40)), (moved.time >= half, NOW)):
        send(home, "fence", keys, moved.take(part), at)
        actions.look_for_leaks(Actor.platform(), home, at + timedelta(minutes=1))
    events = told(home, "leak")
    event = next(e for e in events if e.evidence["source"])
    assert event.evidence["source"] == "valve"
    rate = event.evidence["rate_kg_h"]
    assert rate["low"] <= 3.0 <= rate["high"]
    assert event.evidence["source_at"] == {"x": 35.0, "y": 15.0, "z": 2.0}
    (area,) = event.evidence["area"]
    assert area["square_metres"] > 0
    assert len(area["rings"][0]) > 3
    alert = "SELECT tier FROM warning_warning WHERE rule = 'sensing.leak'"
    assert set(as_superuser.execute(alert).fetchall()) == {("high",)}
    again = actions.look_for_leaks(Actor.platform(), home, NOW + timedelta(minutes=1))
    assert (again, len(told(home, "leak"))) == (0, len(events)), "what was looked at is not told again"
    with scoped(Actor.platform()):
        out = queries.leak_watch(watch)
    assert out.trouble is None
    assert out.looked_at is not None
    actions.put_leak_watch(Actor.platform(), body.model_copy(update={"closed": True}))
    assert all(e.cleared_at is not None for e in told(home, "leak")), "a watch that is closed leaves no alert behind"


def test_a_watch_that_cannot_work_says_why_and_stops_no_other(home: int, sign_in: Any) -> None:
    body = {
        "organisation_id": home, "name": "yard", "wind_speed": "w.speed", "wind_direction": "w.direction",
        "latitude": 39.9, "longitude": 116.4, "sources": [{"key": "a", "x": 1, "y": 2}],
    }  # fmt: skip
    client = sign_in("safety_manager")
    assert client.post("/api/sensing/leak-watches", body | {"wind_speed": "nobody"}).status_code == 422
    assert client.post("/api/sensing/leak-watches", body).status_code == 201
    speed = channel(home, "w.speed", "wind_speed", "m/s", device="mast", closed=True)
    actions.look_for_leaks(Actor.platform(), home, NOW)
    (yard,) = [w for w in client.get(f"/api/sensing/leak-watches?enterprise_id={home}").json() if w["name"] == "yard"]
    assert "wind_speed" in yard["trouble"]["zh"]
    assert speed


# ── silence ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def quiet(home: int) -> set[tuple[str, str]]:
    subjects = ("s1.a", "s1.b", "s1", "s2", "s3", "edge:quiet", "worn")
    found = told(home, "silent", open_only=True)
    return {(e.evidence["level"], e.subject) for e in found if e.subject in subjects}


def test_what_fell_silent_is_told_as_a_whole_and_cleared_when_it_speaks(
    home: int, as_superuser: psycopg.Connection[Any]
) -> None:
    keys = ["s1.a", "s1.b", "s2", "s3", "worn"]
    devices = {"s1.a": "s1", "s1.b": "s1", "worn": "band"}
    for key in keys:
        worn = key == "worn"
        gas = ("heart_rate", "bpm") if worn else ("gas:co", "ppm") if key == "s2" else ("temperature", "°C")
        channel(home, key, *gas, device=devices.get(key, key), personal=worn, every_s=1 if key != "s3" else 600)
    at = NOW + timedelta(hours=5)

    def speak(at: datetime, *which: str) -> None:
        send(home, "plc", list(which), Readings.of(range(len(which)), [us(at)] * len(which), [1.0] * len(which)), at)

    def look(at: datetime) -> set[tuple[str, str]]:
        actions.look_for_silence(Actor.platform(), home, at)
        return quiet(home)

    speak(at, *keys)
    assert look(at + timedelta(seconds=100)) == set(), "a batch may be under way"
    speak(at + timedelta(seconds=110), "s1.a", "s2", "s3")
    assert look(at + timedelta(seconds=140)) == {("channel", "s1.b")}
    later = at + timedelta(minutes=6)
    assert look(later) == {("device", "s1"), ("channel", "s2")}, "s3 tells every ten minutes, worn may be taken off"
    assert look(later) == {("device", "s1"), ("channel", "s2")}
    tiers = "SELECT title_zh, tier FROM warning_warning WHERE rule = 'sensing.silent' AND state = 'raised'"
    found = dict(as_superuser.execute(tiers).fetchall())
    assert {t: n for t, n in found.items() if t.startswith(("s1：", "s1:"))}.popitem()[1] == "low"
    assert {t: n for t, n in found.items() if t.startswith(("s2：", "s2:"))}.popitem()[1] == "medium", "gas is graver"
    speak(later, *keys)
    assert look(later + timedelta(seconds=5)) == set()


def test_a_node_that_says_nothing_is_one_alert_not_one_a_device(home: int) -> None:
    node = new_node(home, "quiet")
    rows = [{"key": f"q{n}", "device": f"q-plc-{n}", "quantity": "temperature", "unit": "°C"} for n in range(4)]
    assert node.ask("POST", "/api/edge/register", packed(rows)).json()["opened"] == 4
    at = NOW + timedelta(hours=9)
    send(home, "box", [f"q{n}" for n in range(4)], Readings.of(range(4), [us(at)] * 4, [1.0] * 4), at)
    actions.look_for_silence(Actor.platform(), home, at + timedelta(minutes=5))
    (event,) = [e for e in told(home, "silent", open_only=True) if e.subject.startswith(("edge:quiet", "q"))]
    assert (event.subject, event.evidence["level"], event.evidence["count"]) == ("edge:quiet", "node", 4)
    assert "4 个通道" in event.reason_zh
