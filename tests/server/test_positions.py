"""Positions are for safety only: taken with consent, shown as counts, looked at on record, blurred after the shift."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.server.test_edge import new_node, now_us
from yufang.sensing.positions.zones import read_zones
from yufang.sensing.readings import Readings
from yufang.server.accounts.models import Organisation, Person
from yufang.server.errors import Refused
from yufang.server.places.models import Area, SitePlan
from yufang.server.positions import actions, queries
from yufang.server.positions.contracts import IssueTagIn, LookIn, WornDeviceIn, ZoneIn
from yufang.server.positions.models import Wearing
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions as sensing
from yufang.server.sensing.contracts import SensingChannelIn

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NOW_US = int(NOW.timestamp() * 1e6)
SHIFT = timedelta(hours=8)
SPOT = (61.375, 17.0625)  # told nowhere else: found again wherever it stays
SQUARE = [[0.5, 0.5], [0.75, 0.5], [0.75, 0.9], [0.5, 0.9]]
PLACES = ("position_x", "position_y", "position_sd")


@pytest.fixture(scope="module")
def home(region: Any) -> int:
    """The demo enterprise with a plan of 100 m x 50 m, an area in it, and channels of two tags."""
    with scoped(Actor.platform()):
        found = Person.objects.get(username="safety_manager").organisation_id
        place = Organisation.objects.get(id=found)
        wide = 100 / (111_320.0 * 0.8660254037844387)
        plan = SitePlan.objects.create(
            path=place.path, organisation=place, enterprise=place, name="plan", sha256="0" * 64, width=1000, height=500,
            corners=[[30.0, 114.0], [30.0 - 50 / 111_320.0, 114.0 + wide]], at=NOW,
        )  # fmt: skip
        Area.objects.create(
            path=place.path, organisation=place, enterprise=place, key="press-7", name_zh="冲压区", plan=plan,
            outline=SQUARE,
        )  # fmt: skip
    for tag in ("T1", "T2"):
        for quantity in PLACES:
            body = SensingChannelIn(
                organisation_id=found, key=f"{tag}/{quantity}", device=tag, quantity=quantity, unit="m",
                with_standards=False, personal=True,
            )  # fmt: skip
            sensing.put_channel(Actor.platform(), body)
    return int(found)


@pytest.fixture(scope="module")
def tags(home: int) -> dict[str, int]:
    with scoped(Actor.platform()):
        plan = SitePlan.objects.get(enterprise_id=home, name="plan").pk
    add = lambda key: actions.add_device(Actor.platform(), WornDeviceIn(organisation_id=home, key=key, site_plan=plan))  # noqa: E731
    return {key: add(key) for key in ("T1", "T2")}


def person(username: str) -> Person:
    with scoped(Actor.platform()):
        return Person.objects.get(username=username)


def as_person(username: str, *permissions: str) -> Actor:
    who = person(username)
    return Actor(
        person_id=who.pk,
        name=who.name,
        organisation_id=who.organisation_id,
        scope=who.scope,
        permissions=frozenset(permissions),
    )


_count = iter(range(1_000_000))


def move(home: int, tag: str, at: datetime, spot: tuple[float, float] = SPOT, events: Any = ()) -> None:
    """A batch with one fix of a tag."""
    keys = [f"{tag}/{quantity}" for quantity in PLACES]
    readings = Readings.of([0, 1, 2], [int(at.timestamp() * 1e6)] * 3, [*spot, 0.4])
    sequence = next(_count)
    sensing.take_batch(
        Actor.platform(), site_id=home, source="edge", sequence=sequence, bytes_sha256=f"{sequence:064d}",
        readings=readings, keys=keys, events=events, at=at,
    )  # fmt: skip


def wear(tags: dict[str, int], tag: str, username: str, at: datetime) -> int:
    who = person(username).pk
    actions.issue(Actor.platform(), tags[tag], IssueTagIn(person_id=who, shift_ends=at + SHIFT), at)
    return who


def alarm(tag: str, state: str, at: datetime) -> dict[str, Any]:
    spot = {"x": SPOT[0], "y": SPOT[1], "sd_m": 0.4, "tag": tag, "zone": "area-1"}
    return {
        "key": f"zone-{tag}-{state}",
        "episode": f"zone-{tag}",
        "detector": "positions/area-1",
        "channel": f"{tag}/position_x",
        "kind": "zone_forbidden",
        "state": state,
        "since": int(at.timestamp() * 1e6),
        "at": int(at.timestamp() * 1e6),
        "value": 0.97,
        "limit": 0.7,
        "sureness": 0.97,
        "reason_zh": f"{tag} 进入禁入区",
        "reason_en": f"{tag} is in a forbidden zone",
        "evidence": spot,
    }


def everything(as_superuser: psycopg.Connection[Any]) -> str:
    """All rows of all tables, and the stored readings' files, as text."""
    names = as_superuser.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    ).fetchall()
    found = []
    for (name,) in names:
        if name.startswith(("positions_", "sensing_", "warning_", "ledger_leaf", "procrastinate", "dispatch_")):
            found += [str(row[0]) for row in as_superuser.execute(f"SELECT to_jsonb(t)::text FROM {name} t").fetchall()]
    return "\n".join(found)


def test_a_shift_from_issue_to_blur(
    home: int, tags: dict[str, int], sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    who = wear(tags, "T1", "worker", NOW)
    move(home, "T1", NOW)
    with scoped(Actor.platform()):
        assert queries.fix_of(who) is None  # no consent, no position
    actions.agree(as_person("worker"), "alarm", NOW)
    move(home, "T1", NOW + timedelta(seconds=1), events=[alarm("T1", "raised", NOW)])
    with scoped(Actor.platform()):
        fix = queries.fix_of(who)
        assert fix is not None
        assert (fix.x, fix.y, fix.area) == (*SPOT, "冲压区")
        assert queries.present(home, NOW + timedelta(seconds=2)).areas[0].people == 1
        stored = sensing_store_keys(home)
    assert not any("position" in key for key in stored)
    alerts = as_superuser.execute("SELECT title_zh FROM warning_warning WHERE rule = 'positions.zone'").fetchall()
    assert len(alerts) == 1
    assert str(SPOT[0]) in everything(as_superuser)  # the test must be able to fail

    assert actions.blur(Actor.platform(), NOW + SHIFT) == 1
    assert actions.blur(Actor.platform(), NOW + SHIFT) == 0
    left = everything(as_superuser)
    assert str(SPOT[0]) not in left
    assert str(SPOT[1]) not in left
    with scoped(Actor.platform()):
        fix = queries.fix_of(who)
    assert fix is not None
    assert (fix.blurred, fix.x, fix.sd_m, fix.area) == (True, None, None, "冲压区")
    move(home, "T1", NOW + SHIFT + timedelta(seconds=5))
    assert str(SPOT[0]) not in everything(as_superuser)  # after the shift nothing is taken
    over = NOW + SHIFT + timedelta(seconds=9)
    move(home, "T1", over, events=[alarm("T1", "cleared", over)])  # a late message tells the spot again
    actions.blur(Actor.platform(), over)
    assert str(SPOT[0]) not in everything(as_superuser)
    actions.give_back(Actor.platform(), tags["T1"], NOW + SHIFT)
    actions.withdraw(as_person("worker"), "alarm", NOW + SHIFT)


def sensing_store_keys(home: int) -> list[str]:
    """Keys of the channels whose readings lie in the enterprise's store."""
    from yufang.server.sensing.models import Channel

    return list(Channel.objects.filter(enterprise_id=home, last_time__isnull=False).values_list("key", flat=True))


def test_withdrawing_blurs_at_once_and_nothing_more_is_taken(home: int, tags: dict[str, int]) -> None:
    at = NOW + timedelta(days=1)
    who = wear(tags, "T2", "team_leader", at)
    me = as_person("team_leader")
    actions.agree(me, "rescue", at)
    move(home, "T2", at)
    actions.withdraw(me, "rescue", at)
    move(home, "T2", at + timedelta(seconds=9), (1.0, 2.0))
    with scoped(Actor.platform()):
        fix = queries.fix_of(who)
        assert fix is not None
        assert (fix.blurred, fix.x, fix.at) == (True, None, at)
        told = queries.mine(who).consents
    assert [(row.purpose, row.withdrawn_at) for row in told] == [("rescue", at)]
    actions.give_back(Actor.platform(), tags["T2"], at)


def test_a_look_needs_an_alarm_or_a_rescue_and_the_person_reads_who_looked(
    home: int, tags: dict[str, int], sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    at = NOW + timedelta(days=2)
    who = wear(tags, "T2", "worker", at)
    actions.agree(as_person("worker"), "alarm", at)
    move(home, "T2", at)
    boss = as_person("safety_manager", "sensing.personal")
    with pytest.raises(Refused) as hidden:
        actions.look(boss, who, LookIn(purpose="alarm", reason="where is he"), at)
    assert hidden.value.problem.code == "no_alarm"
    with pytest.raises(Refused):
        actions.look(as_person("safety_manager"), who, LookIn(purpose="rescue", reason="gas alarm"), at)
    move(home, "T2", at + timedelta(seconds=1), events=[alarm("T2", "raised", at)])
    found = actions.look(boss, who, LookIn(purpose="alarm", reason="zone alarm"), at)
    assert (found.x, found.y) == SPOT
    client = sign_in("worker")
    mine = client.get("/api/positions/mine").json()
    assert [(row["by"], row["reason"]) for row in mine["looks"]] == [(person("safety_manager").name, "zone alarm")]
    leaf = as_superuser.execute("SELECT count(*) FROM ledger_leaf WHERE action = 'positions.looked'").fetchone()
    assert leaf == (1,)
    present = sign_in("safety_manager").get(f"/api/positions/people?enterprise_id={home}").json()
    assert [row["person_id"] for row in present["concerned"] if row["device"] == "T2"] == [who]
    move(home, "T2", at + timedelta(seconds=2), events=[alarm("T2", "cleared", at + timedelta(seconds=2))])
    names = json.dumps(sign_in("safety_manager").get(f"/api/positions/people?enterprise_id={home}").json())
    assert person("worker").name not in names  # a count again
    actions.give_back(Actor.platform(), tags["T2"], at)


def test_a_device_is_worn_by_one_and_a_person_wears_one(home: int, tags: dict[str, int]) -> None:
    at = NOW + timedelta(days=3)
    wear(tags, "T1", "worker", at)
    for tag, username in (("T1", "team_leader"), ("T2", "worker")):
        with pytest.raises(Refused) as caught:
            wear(tags, tag, username, at)
        assert caught.value.status == 409
    long = IssueTagIn(person_id=person("team_leader").pk, shift_ends=at + timedelta(days=2))
    with pytest.raises(Refused) as caught:
        actions.issue(Actor.platform(), tags["T2"], long, at)
    assert caught.value.problem.code == "shift_ends"
    actions.give_back(Actor.platform(), tags["T1"], at)
    with pytest.raises(Refused):
        actions.give_back(Actor.platform(), tags["T1"], at)


def test_a_drawn_area_becomes_a_zone_in_metres_and_a_closed_one_is_forbidden(home: int, sign_in: Any) -> None:
    with scoped(Actor.platform()):
        area = Area.objects.get(enterprise_id=home, key="press-7")
    hours = [{"days": [1, 2, 3, 4, 5], "from": "22:00", "to": "06:00"}]
    actions.put_zone(Actor.platform(), area.pk, ZoneIn(kind="forbidden", hours=hours, sight_s=30))
    with scoped(Actor.platform()):
        told = queries.zones_of(home).zones
    (zone,) = [zone for zone in read_zones(told) if zone.key == f"area-{area.pk}"]
    assert zone.kind == "forbidden"
    assert [tuple(round(v, 1) for v in corner) for corner in zone.outline] == [(50, 25), (75, 25), (75, 5), (50, 5)]
    assert len(zone.hours) == 1
    with scoped(Actor.platform()):
        Area.objects.filter(id=area.pk).update(closed=True, closed_why="repair")
        told = queries.zones_of(home).zones
        (zone,) = [zone for zone in read_zones(told) if zone.key == f"area-{area.pk}"]
        Area.objects.filter(id=area.pk).update(closed=False, closed_why="")
    assert (zone.kind, zone.hours) == ("forbidden", ())
    wrong = {"kind": "forbidden", "hours": [{"days": [9], "from": "8", "to": "x"}]}
    answer = sign_in("safety_manager").put(
        f"/api/positions/zones/{area.pk}", json.dumps(wrong), content_type="application/json"
    )
    assert answer.status_code == 422, answer.content
    assert "hours" in answer.content.decode()


def test_another_enterprises_people_and_devices_are_not_there(home: int, tags: dict[str, int], region: Any) -> None:
    with scoped(Actor.platform()):
        own = Organisation.objects.get(id=home)
        other = Organisation.objects.filter(kind="enterprise").exclude(id=home).first()
        assert other is not None
    stranger = Actor(
        person_id=None,
        name="x",
        organisation_id=other.pk,
        scope=other.path,
        permissions=frozenset({"sensing.personal"}),
    )
    for attempt in (
        lambda: actions.issue(stranger, tags["T1"], IssueTagIn(person_id=1, shift_ends=NOW + SHIFT), NOW),
        lambda: actions.give_back(stranger, tags["T1"], NOW),
        lambda: actions.look(stranger, person("worker").pk, LookIn(purpose="rescue", reason="gas alarm"), NOW),
        lambda: actions.add_device(stranger, WornDeviceIn(organisation_id=own.pk, key="x")),
    ):
        with pytest.raises(Refused) as caught:
            attempt()
        assert caught.value.status == 404


def test_a_nodes_filtered_positions_are_kept_under_the_same_rules(home: int, tags: dict[str, int]) -> None:
    node, at = new_node(home, "tags"), now_us()

    def tell(*fixes: dict[str, Any]) -> Any:
        return node.ask("POST", "/api/edge/positions", json.dumps({"fixes": list(fixes)}).encode())

    def fix(tag: str, at: int, x: float = 11.5) -> dict[str, Any]:
        return {"tag": tag, "at": at, "x": x, "y": 7.25, "sd_m": 0.3, "floor": 1}

    later = datetime.now(UTC)
    with scoped(Actor.platform()):
        worn = Wearing.objects.filter(device_id__in=tags.values(), returned_at__isnull=True)
        devices = list(worn.values_list("device_id", flat=True))
    for device_id in devices:
        actions.give_back(Actor.platform(), device_id, later)
    assert tell(fix("T1", at)).json() == {"kept": 0}, "nobody wears it"
    who = wear(tags, "T1", "worker", datetime.now(UTC) - timedelta(minutes=1))
    asked = as_person("worker")
    actions.withdraw(asked, "alarm", datetime.now(UTC))
    actions.withdraw(asked, "rescue", datetime.now(UTC))
    assert tell(fix("T1", now_us())).json() == {"kept": 0}, "its wearer does not agree"
    actions.agree(asked, "rescue", datetime.now(UTC))
    assert tell(fix("T1", now_us()), fix("nobody", at)).json() == {"kept": 1}
    with scoped(Actor.platform()):
        found = queries.fix_of(who)
    assert found is not None
    assert (found.x, found.sd_m, found.floor) == (11.5, 0.3, 1)
    assert tell(fix("T1", now_us() - 3_600_000_000, x=1.0)).json() == {"kept": 0}, "an hour old: nobody's safety"
    refused = tell(fix("T1", at) | {"x": 1e9})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_positions")
    assert "fixes.0.x" in refused.json()["message_zh"]


def test_a_node_is_told_the_zones_it_does_not_have(home: int) -> None:
    node = new_node(home, "zones")
    with scoped(Actor.platform()):
        area = Area.objects.get(enterprise_id=home, key="press-7")
    assert node.report().json()["zones"] is None, "it did not ask"
    actions.put_zone(Actor.platform(), area.pk, ZoneIn(kind="watch", max_people=3))
    told = node.report(zones={"site_plan": None, "sha256": ""}).json()["zones"]
    assert f"area-{area.pk}" in [zone["key"] for zone in told["zones"]]
    known = {"site_plan": None, "sha256": told["sha256"]}
    assert node.report(zones=known).json()["zones"] is None
    actions.put_zone(Actor.platform(), area.pk, ZoneIn(kind="required"))
    told = node.report(zones=known).json()["zones"]
    assert told["sha256"] != known["sha256"]
    assert f"area-{area.pk}" in [zone["key"] for zone in told["zones"]]
