"""Alarms by their probable cause, and small curves of all channels, as the server tells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from yufang.sensing.readings import Readings
from yufang.server.accounts.models import Person
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions
from yufang.server.sensing.contracts import SensingChannelIn, SensingLimit

SECOND = 1_000_000
PLC_CHANNELS, STORM = 12, 60


@pytest.fixture(scope="module")
def home(region: Any) -> int:
    """The demo enterprise with twelve channels of one controller and one gas channel elsewhere."""
    with scoped(Actor.platform()):
        found = int(Person.objects.get(username="safety_manager").organisation.pk)
    rows = [(f"plc2.t{n}", "PLC-2", "temperature", "°C") for n in range(PLC_CHANNELS)]
    for key, device, quantity, unit in (*rows, ("storm.h2s", "GDS-1", "gas:h2s", "ppm")):
        body = SensingChannelIn(organisation_id=found, key=key, device=device, quantity=quantity, unit=unit)
        actions.put_channel(Actor.platform(), body)
    return found


def event(n: int, channel: str, kind: str, since: int, **more: Any) -> dict[str, Any]:
    given = {"key": f"storm-{n}-raised", "episode": f"storm-{n}", "detector": "x", "channel": channel, "kind": kind}
    times = {"state": "raised", "since": since, "at": since + SECOND, "sureness": 0.9}
    return given | times | {"reason_zh": f"报警 {n}", "reason_en": f"alarm {n}"} | more


def send(home: int, sequence: int, **more: Any) -> None:
    given: dict[str, Any] = {"readings": Readings.empty(), "keys": [], "at": timezone.now(), "detects": True}
    actions.take_batch(
        Actor.platform(),
        site_id=home,
        source="storm",
        sequence=sequence,
        bytes_sha256=f"{sequence:064d}",
        **(given | more),
    )


def test_a_storm_from_one_controller_is_one_line_and_the_gas_alarm_another_above_it(home: int, sign_in: Any) -> None:
    start = int(timezone.now().timestamp() * 1e6) - 300 * SECOND
    kinds = ("stuck", "low", "changepoint", "multivariate", "ewma")
    events = [
        event(n, f"plc2.t{n % PLC_CHANNELS}", kinds[n // PLC_CHANNELS % len(kinds)], start + 4 * n * SECOND)
        for n in range(STORM)
    ]
    events.append(event(STORM, "storm.h2s", "high_high", start + 90 * SECOND, value=30.0, limit=15.0, unit="ppm"))
    send(home, 0, events=events)
    client = sign_in("safety_manager")
    answer = client.get("/api/sensing/storms", {"enterprise_id": home}).json()
    assert answer["alarms"] == answer["open"] == STORM + 1
    gas, lost = answer["groups"]
    assert (gas["tier"], gas["size"], gas["first"]["name_zh"]) == ("high", 1, "storm.h2s")
    assert (lost["cause"], lost["of"], lost["size"], lost["channels"]) == ("device_lost", "PLC-2", STORM, PLC_CHANNELS)
    assert lost["first"]["subject"] == "plc2.t0"
    assert lost["because"] == ["same_moment"] or lost["because"] == ["earliest"]
    assert answer["floods"][0]["until"] is None
    # Grouping is a view: every alert is still there by itself.
    assert client.get("/api/warnings", {"size": 1}).json()["total"] >= PLC_CHANNELS + 1
    by_channel = {row["tier"] for row in answer["by_channel"]}
    assert by_channel == {"high", "medium"} or by_channel == {"high", "medium", "low"}
    older = client.get("/api/sensing/storms", {"enterprise_id": home, "since": timezone.now().isoformat()}).json()
    assert older["open"] == STORM + 1, "what is open is told whenever it began"


def test_what_is_over_leaves_when_its_time_has_passed(home: int, sign_in: Any) -> None:
    now = int(timezone.now().timestamp() * 1e6)
    over = event(900, "storm.h2s", "rate", now - 3600 * SECOND)
    send(home, 1, events=[over, over | {"key": "storm-900-over", "state": "cleared", "at": now - 3000 * SECOND}])
    client = sign_in("safety_manager")

    def told(minutes: int) -> bool:
        since = (timezone.now() - timedelta(minutes=minutes)).isoformat()
        found = client.get("/api/sensing/storms", {"enterprise_id": home, "since": since}).json()["groups"]
        return any(member["kind"] == "rate" for group in found for member in group["members"])

    assert told(90)
    assert not told(30)


def test_small_curves_hold_the_means_of_the_last_hour_and_no_personal_channel(home: int, sign_in: Any) -> None:
    body = SensingChannelIn(
        organisation_id=home, key="storm.heart", device="W1", quantity="heart_rate", unit="bpm", personal=True
    )
    actions.put_channel(Actor.platform(), body)
    now = int(timezone.now().timestamp() * 1e6)
    times = now - np.arange(600, 0, -60) * SECOND
    values = np.arange(10, dtype=float)
    for sequence, key in ((2, "plc2.t0"), (3, "storm.heart")):
        send(home, sequence, readings=Readings.of([0] * 10, times, values + 60), keys=[key])
    answer = sign_in("safety_manager").get("/api/sensing/sparks", {"enterprise_id": home}).json()
    assert len(answer["items"]) == 1
    known = [value for value in answer["items"][0]["mean"] if value is not None]
    assert answer["step_s"] == 60
    assert (known[0], known[-1], len(answer["items"][0]["mean"])) == (60.0, 69.0, 60)
    before = datetime.fromtimestamp(times[4] / 1e6, UTC).isoformat()
    then = sign_in("safety_manager").get("/api/sensing/sparks", {"enterprise_id": home, "until": before}).json()
    assert [value for value in then["items"][0]["mean"] if value is not None][-1] == 64.0


@pytest.mark.parametrize("path", ["storms", "sparks"])
def test_nobody_gets_another_enterprises(region: Any, sign_in: Any, path: str, home: int) -> None:
    with scoped(Actor.platform()):
        from yufang.server.accounts.models import Organisation

        other = Organisation.objects.filter(kind="enterprise").exclude(id=home).first()
    assert other is not None
    assert sign_in("safety_manager").get(f"/api/sensing/{path}", {"enterprise_id": other.pk}).status_code == 404


def test_a_sensor_is_placed_by_who_manages_them_and_keeps_its_own_limits(home: int, sign_in: Any) -> None:
    limit = SensingLimit(kind="high", value=80, unit="°C", source="works rule 7")
    given = {"organisation_id": home, "key": "plc2.t1", "device": "PLC-2", "quantity": "temperature", "unit": "°C"}
    channel = actions.put_channel(Actor.platform(), SensingChannelIn(**given, limits=[limit]))
    path = f"/api/sensing/channels/{channel}/place"
    placed = sign_in("safety_manager").put(path, {"x": 12.5, "y": 40}, content_type="application/json")
    assert placed.status_code == 200, placed.content
    row = placed.json()
    assert (row["x"], row["y"], row["limits"][0]["source"]) == (12.5, 40.0, "works rule 7")
    half = sign_in("safety_manager").put(path, {"x": 12.5}, content_type="application/json")
    assert (half.status_code, half.json()["field"]) == (422, "y")
    assert sign_in("team_leader").put(path, {"x": 1, "y": 1}, content_type="application/json").status_code == 403
