"""The risk map on the server: it moves with what happens, says why, and can show again what it showed."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from yufang.sensing.readings import Readings
from yufang.server.accounts.models import Organisation, Person
from yufang.server.errors import Refused
from yufang.server.hazards import actions as hazards
from yufang.server.places.models import Area, SitePlan
from yufang.server.riskmap import actions, following, permit_queries, permits, queries
from yufang.server.riskmap.contracts import PermitIn, RiskAreaOut, RiskMapOut
from yufang.server.riskmap.models import RiskSpan, RiskVersion, WorkPermit
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions as sensing
from yufang.server.sensing.contracts import SensingChannelIn

T0 = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PLATFORM = Actor.platform()
_batch = itertools.count()
_minutes = itertools.count()


@pytest.fixture(scope="module")
def home(region: Any) -> tuple[int, int, int]:
    """(the demo enterprise, its plan of 100 m x 50 m, an area in the open), with a gas sensor and a weather mast."""
    with scoped(PLATFORM):
        found = Person.objects.get(username="safety_manager").organisation.pk
        place = Organisation.objects.get(id=found)
        wide = 100 / (111_320.0 * 0.8660254037844387)
        plan = SitePlan.objects.create(
            path=place.path, organisation=place, enterprise=place, name="map", sha256="1" * 64, width=1000, height=500,
            corners=[[30.0, 114.0], [30.0 - 50 / 111_320.0, 114.0 + wide]], at=T0,
        )  # fmt: skip
        area = Area.objects.create(
            path=place.path, organisation=place, enterprise=place, key="tanks", name_zh="罐区", kind="yard", plan=plan,
            outline=[[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]],
        )  # fmt: skip
    for key, quantity, unit in (("T1.lel", "gas:c3h8", "%LEL"), ("mast.wind", "wind_speed", "m/s")):
        body = SensingChannelIn(
            organisation_id=found, key=key, device=key.partition(".")[0], quantity=quantity, unit=unit, low=0, high=100,
            every_s=1, area_id=area.pk, x=25, y=25, name_zh=f"一号罐 {key}", name_en=f"tank {key}",
        )  # fmt: skip
        sensing.put_channel(PLATFORM, body)
    return int(found), plan.pk, area.pk


@pytest.fixture
def at(home: Any, as_superuser: psycopg.Connection[Any]) -> Iterator[datetime]:
    """A moment of its own for each test, an hour after the last; permits and hazards of others are gone."""
    yield T0 + timedelta(hours=next(_minutes))
    for table in ("riskmap_workpermit", "riskmap_riskversion", "riskmap_riskspan", "riskmap_riskstate"):
        as_superuser.execute(f"DELETE FROM {table}")
    as_superuser.execute("UPDATE hazards_hazard SET state = 'closed', closed_at = now() WHERE closed_at IS NULL")


def reads(home: Any, at: datetime, *, gas: float = 1.0, wind: float = 2.0) -> None:
    """A taken batch: gas in %LEL and wind in m/s at `at`."""
    time_us = int(at.timestamp() * 1e6)
    sensing.take_batch(
        PLATFORM, site_id=home[0], source="gateway", sequence=next(_batch), bytes_sha256="", at=at, detects=True,
        readings=Readings.of([0, 1], [time_us, time_us], [gas, wind]), keys=["T1.lel", "mast.wind"],
    )  # fmt: skip


def shown(home: Any, now: datetime, **more: Any) -> RiskMapOut:
    with scoped(PLATFORM):
        return queries.risk_map(home[0], now, home[1], **more)


def tanks(found: RiskMapOut, home: Any) -> RiskAreaOut:
    return next(area for area in found.areas if area.area_id == home[2])


def moved(home: Any, at: datetime, **readings: float) -> RiskMapOut:
    reads(home, at, **readings)
    assert actions.refresh(PLATFORM, home[0], at) is not None
    return shown(home, at)


def hot_work(home: Any, at: datetime, **more: Any) -> int:
    body = {"area_id": home[2], "kind": "HOT-1", "starts_at": at, "ends_at": at + timedelta(hours=2)} | more
    return permits.open_permit(PLATFORM, PermitIn.model_validate(body), at)


def test_gas_that_rises_turns_its_cell_red_within_one_update_and_says_why(home: Any, at: datetime) -> None:
    before = moved(home, at, gas=1.0)
    assert tanks(before, home).level == 4
    after = moved(home, at + timedelta(seconds=1), gas=30.0)
    cell = 8 * after.columns + 8  # (25 m, 25 m) of 100 m x 50 m in 32 x 16 cells
    assert after.levels[cell] == 1
    with scoped(PLATFORM):
        why = queries.explain_cell(home[0], cell, at + timedelta(seconds=1), home[1])
    first = why.factors[0]
    assert "T1.lel" in first.factor.why_zh
    assert "25 %LEL" in first.factor.why_zh
    assert "GB/T 50493-2019" in first.factor.source
    assert first.share == 1.0
    assert why.score == pytest.approx(why.hazard * why.exposure, rel=0.01)
    assert (first.factor.x, first.factor.y) == (0.25, 0.5)


def test_hot_work_beside_the_gas_makes_it_graver_and_closing_it_takes_that_away(home: Any, at: datetime) -> None:
    gas = tanks(moved(home, at, gas=12.0), home).score
    permit = hot_work(home, at, x=0.26, y=0.5)
    with_work = tanks(moved(home, at + timedelta(seconds=1), gas=12.0), home)
    assert with_work.score > 2 * gas
    assert "动火" in with_work.top_zh
    permits.close_permit(PLATFORM, permit, "stopped", at + timedelta(seconds=2))
    assert tanks(moved(home, at + timedelta(seconds=3), gas=12.0), home).score == gas


def test_a_permit_that_ran_out_falls_away_by_time(home: Any, at: datetime) -> None:
    moved(home, at)
    hot_work(home, at, ends_at=at + timedelta(minutes=30))
    assert any(one.kind == "permit:HOT-1" for one in moved(home, at + timedelta(seconds=1)).factors)
    later = at + timedelta(minutes=30, seconds=1)
    with scoped(PLATFORM):
        assert home[0] in queries.due(later)
        (over,) = permit_queries.permits(home[0], slice(0, 9), later, open_only=True).items
        assert over.state == "expired", "nobody closed it: somebody may be at work there still"
    assert not any(one.kind.startswith("permit") for one in moved(home, later).factors)


def test_permits_stand_by_what_they_ask_of_a_person(home: Any, at: datetime) -> None:
    hour = timedelta(hours=1)
    closed, ran_out = hot_work(home, at), hot_work(home, at, ends_at=at + hour / 2)
    permits.close_permit(PLATFORM, closed, "", at)
    later, sooner = hot_work(home, at, ends_at=at + 3 * hour), hot_work(home, at, ends_at=at + 2 * hour)
    waits = hot_work(home, at, starts_at=at + 2 * hour, ends_at=at + 4 * hour)
    with scoped(PLATFORM):
        found = permit_queries.permits(home[0], slice(0, 9), at + hour).items
        still = permit_queries.permits(home[0], slice(0, 9), at + hour, open_only=True).items
    assert [one.id for one in found] == [ran_out, sooner, later, waits, closed]
    assert [one.state for one in found] == ["expired", "valid", "valid", "waiting", "closed"]
    assert still == found[:-1]


def test_a_silent_sensor_is_told_as_unknown(home: Any, at: datetime) -> None:
    moved(home, at)
    quiet = at + timedelta(minutes=20)
    assert actions.refresh(PLATFORM, home[0], quiet)
    found = shown(home, quiet)
    assert tanks(found, home).level == 0
    assert tanks(found, home).unknown
    assert found.unknown_cells
    assert any("T1.lel" in one.why_zh and "起没有读数" in one.why_zh for one in found.unknown)


def test_people_leaving_lower_the_exposure(home: Any, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from yufang.server.positions import riskmap_queries as positions

    scores = []
    for seconds, people in enumerate(({home[2]: 12}, {home[2]: 1}, {})):
        monkeypatch.setattr(positions, "counts", lambda *_, people=people: (people, 0, 0))
        found = tanks(moved(home, at + timedelta(seconds=seconds), gas=30.0), home)
        scores.append((found.score, found.people))
    assert [people for _, people in scores] == ["10+", "1-2", "0"]
    assert scores[0][0] > scores[1][0] > scores[2][0] > 0


def test_an_open_hazard_stands_on_the_map_until_it_is_closed(home: Any, at: datetime) -> None:
    moved(home, at)
    before = tanks(shown(home, at), home).score
    hazard = hazards.open_hazard(
        PLATFORM, organisation_id=home[0], kind="other", title_zh="护栏缺失", words="", found_by="inspection", at=at,
        area_id=home[2], level="high",
    )  # fmt: skip
    found = moved(home, at + timedelta(seconds=1))
    assert tanks(found, home).score > before
    assert any(one.link == f"hazard:{hazard}" and "护栏缺失" in one.why_zh for one in found.factors)


def test_a_replay_of_the_past_is_what_was_shown_then(home: Any, at: datetime) -> None:
    seen: dict[datetime, RiskMapOut] = {}
    values = (1.0, 14.0, 22.0, 40.0, 22.0, 3.0)
    for number, gas in enumerate(values):
        moment = at + timedelta(seconds=5 * number)
        if number == 2:
            hot_work(home, moment)
        seen[moment] = moved(home, moment, gas=gas)
        actions.keep_on(PLATFORM, moment + timedelta(seconds=4))
    end = at + timedelta(seconds=25)
    with scoped(PLATFORM):
        played = queries.replay(home[0], end + timedelta(minutes=50), at, end, 5.0, home[1])
    assert [frame.levels for frame in played.frames] == [found.levels for found in seen.values()]
    assert len({tuple(frame.levels) for frame in played.frames}) > 3, "the test must be able to fail"
    for moment, then in seen.items():
        again = shown(home, end + timedelta(minutes=50), at=moment)
        assert (again.levels, again.scores, again.known) == (then.levels, then.scores, True)


def test_where_the_map_was_not_kept_a_replay_says_so(home: Any, at: datetime) -> None:
    moved(home, at, gas=40.0)
    back = at + timedelta(minutes=30)  # the platform stood still meanwhile
    moved(home, back, gas=1.0)
    with scoped(PLATFORM):
        played = queries.replay(home[0], back, at, back, 600.0, home[1])
    assert [frame.known for frame in played.frames] == [True, False, False, True]
    assert played.frames[1].levels == []
    then = shown(home, back, at=at + timedelta(minutes=10))
    assert not then.known
    assert not then.factors


def test_a_clock_that_was_ahead_does_not_stop_the_map(home: Any, at: datetime) -> None:
    moved(home, at)
    actions.refresh(PLATFORM, home[0], at + timedelta(hours=30))
    assert actions.refresh(PLATFORM, home[0], at + timedelta(seconds=1)) is not None
    assert shown(home, at + timedelta(seconds=1)).known
    with scoped(PLATFORM):
        assert not RiskVersion.objects.filter(start__gt=queries.micro(at + timedelta(seconds=1))).exists()


def test_the_past_is_thinned_and_let_go_and_says_from_when_it_is_kept(home: Any, at: datetime) -> None:
    for second in range(20):
        moved(home, at + timedelta(seconds=second), gas=(14.0, 40.0)[second % 2])
    later = at + timedelta(days=2)
    with scoped(PLATFORM):
        before = RiskVersion.objects.count()
    gone, thinned = actions.forget(PLATFORM, later)
    with scoped(PLATFORM):
        assert (gone, RiskVersion.objects.count()) == (0, before - thinned)
        assert thinned >= 15
        frame = queries.replay(home[0], later, at, at + timedelta(seconds=10), 5.0, home[1]).frames[1]
    assert min(frame.levels) == 1  # the gravest of the minute stays
    actions.forget(PLATFORM, at + timedelta(days=400))
    with scoped(PLATFORM):
        assert RiskVersion.objects.filter(end__isnull=False).count() == 0
        assert RiskSpan.objects.count() == 0
        assert queries.risk_map(home[0], at, home[1]).kept_from is None


def test_what_nobody_keeps_is_made_for_whoever_asks(home: Any, at: datetime) -> None:
    reads(home, at, gas=30.0)
    assert tanks(shown(home, at), home).level == 1
    with scoped(PLATFORM):
        assert not RiskVersion.objects.exists()


def test_the_same_again_writes_nothing_and_only_a_change_is_told(home: Any, at: datetime) -> None:
    moved(home, at)
    assert actions.refresh(PLATFORM, home[0], at + timedelta(seconds=1)) is False
    assert actions.refresh(PLATFORM, home[0], at) is None  # a later one is there
    reads(home, at + timedelta(seconds=2), gas=40.0)
    assert actions.refresh(PLATFORM, home[0], at + timedelta(seconds=3)) is True


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "HOT-9"}, "unknown_permit_kind"),
        ({"ends_at": T0 + timedelta(days=200)}, "permit_too_long"),
        ({"ends_at": T0 - timedelta(days=1)}, "permit_times"),
        ({"starts_at": T0 + timedelta(days=300), "ends_at": T0 + timedelta(days=300, hours=1)}, "permit_times"),
        ({"x": 0.5}, "bad_spot"),
        ({"area_id": 0}, "not_found"),
    ],
)
def test_a_permit_that_can_not_be_is_refused_with_the_reason(
    home: Any, at: datetime, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        hot_work(home, at, **change)
    problem = refused.value.problem
    assert problem.code == code
    assert problem.message_zh
    assert problem.message_en
    with scoped(PLATFORM):
        assert not WorkPermit.objects.exists()


def test_a_permit_is_extended_within_the_standard_and_not_once_it_is_over(home: Any, at: datetime) -> None:
    permit = hot_work(home, at)
    permits.extend_permit(PLATFORM, permit, at + timedelta(hours=8), at)
    refusals = {}
    for name, ends, now in (
        ("longer", at + timedelta(hours=9), at),
        ("shorter", at + timedelta(hours=1), at),
        ("expired", at + timedelta(hours=9), at + timedelta(hours=8)),
    ):
        with pytest.raises(Refused) as refused:
            permits.extend_permit(PLATFORM, permit, ends, now)
        refusals[name] = (refused.value.status, refused.value.problem.code)
    assert refusals == {
        "longer": (422, "permit_too_long"),
        "shorter": (422, "not_longer"),
        "expired": (409, "permit_over"),
    }
    permits.close_permit(PLATFORM, permit, "done", at)
    with pytest.raises(Refused, match="closed"):
        permits.close_permit(PLATFORM, permit, "done", at)


def test_every_step_of_a_permit_is_a_leaf(home: Any, at: datetime, as_superuser: psycopg.Connection[Any]) -> None:
    permit = hot_work(home, at)
    permits.extend_permit(PLATFORM, permit, at + timedelta(hours=3), at)
    permits.close_permit(PLATFORM, permit, "", at)
    leaves = as_superuser.execute(
        "SELECT action FROM ledger_leaf WHERE subject = %s ORDER BY index", [f"permit:{permit}"]
    ).fetchall()
    assert [action for (action,) in leaves] == [f"riskmap.permit_{step}" for step in ("opened", "extended", "closed")]


def test_over_the_api(home: Any, at: datetime, sign_in: Callable[[str], Any]) -> None:
    manager, worker = sign_in("safety_manager"), sign_in("worker")
    found = manager.get("/api/riskmap", {"enterprise_id": home[0], "plan": home[1]}).json()
    assert len(found["levels"]) == found["columns"] * found["rows"] == 512
    assert [band["key"] for band in found["bands"]] == ["red", "orange", "yellow", "blue", "unknown"]
    assert worker.get("/api/riskmap/cells/0", {"enterprise_id": home[0], "plan": home[1]}).status_code == 200
    beyond = manager.get("/api/riskmap/cells/9999", {"enterprise_id": home[0], "plan": home[1]})
    assert (beyond.status_code, beyond.json()["code"], beyond.json()["field"]) == (422, "no_such_cell", "cell")
    span = {"enterprise_id": home[0], "start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}
    assert manager.get("/api/riskmap/replay", span).json()["code"] == "bad_span"
    future = manager.get("/api/riskmap", {"enterprise_id": home[0], "at": "2100-01-01T00:00:00Z"})
    assert future.json()["code"] == "in_the_future"
    now = datetime.now(UTC)
    body = {"area_id": home[2], "kind": "CSE", "starts_at": now.isoformat(),
            "ends_at": (now + timedelta(hours=2)).isoformat()}  # fmt: skip
    assert worker.post("/api/riskmap/permits", body).status_code == 403
    made = manager.post("/api/riskmap/permits", body)
    assert (made.status_code, made.json()["state"], made.json()["kind_zh"]) == (201, "valid", "受限空间作业")
    assert made.json()["applied_by"]
    address = f"/api/riskmap/permits/{made.json()['id']}"
    longer = {"ends_at": (now + timedelta(hours=4)).isoformat()}
    assert manager.post(f"{address}/extend", longer).status_code == 200
    assert manager.post(f"{address}/close", {"note": "done"}).json()["state"] == "closed"
    kinds = {kind["code"]: kind for kind in manager.get("/api/riskmap/permits/kinds").json()}
    assert kinds["HOT-1"]["hours"] == 8
    assert not kinds["LFT-1"]["hours_by_standard"]


def test_rules_that_can_not_be_are_told_and_do_not_take_the_map_away(home: Any, at: datetime) -> None:
    from django.conf import settings

    reads(home, at, gas=30.0)
    path = settings.CONFIG.home / "riskmap.yaml"
    try:
        path.write_text("near: much\n", "utf-8")
        wrong = shown(home, at)
        path.write_text("consequence: {combustible: 1}\n", "utf-8")
        os.utime(path, (1, 1))
        own = shown(home, at)
    finally:
        path.unlink()
    assert tanks(wrong, home).level == 1
    assert "near" in wrong.trouble_en
    assert "near" in wrong.trouble_zh
    assert (tanks(own, home).level, own.trouble_en) == (4, "")


def test_another_organisation_sees_nothing(home: Any, at: datetime, as_superuser: psycopg.Connection[Any]) -> None:
    permit = hot_work(home, at)
    moved(home, at)
    other = as_superuser.execute(
        "SELECT path FROM accounts_organisation WHERE kind = 'enterprise' AND id <> %s LIMIT 1", [home[0]]
    ).fetchone()
    assert other is not None
    stranger = Actor.platform(scope=other[0])
    asked: list[Callable[[], Any]] = [
        lambda: queries.risk_map(home[0], at),
        lambda: queries.explain_cell(home[0], 0, at),
        lambda: queries.explain_area(home[2], at),
        lambda: queries.replay(home[0], at, at - timedelta(hours=1), at, 60.0),
        lambda: permit_queries.permits(home[0], slice(0, 5), at),
        lambda: permit_queries.permit(permit, at),
    ]
    for ask in asked:
        with scoped(stranger), pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status == 404
    steps: list[Callable[[], Any]] = [
        lambda: permits.close_permit(stranger, permit, "", at),
        lambda: permits.extend_permit(stranger, permit, at + timedelta(hours=3), at),
    ]
    for step in steps:
        with pytest.raises(Refused) as refused:
            step()
        assert refused.value.status == 404
    assert actions.refresh(stranger, home[0], at + timedelta(seconds=1)) is None


def test_a_pace_makes_a_map_at_most_once_a_second() -> None:
    pace = following.Pace()
    pace.heard(7, 100.0)
    assert pace.take(100.0) == [7]
    pace.heard(7, 100.1)
    pace.heard(8, 100.2)
    assert pace.take(100.5) == [8]
    assert pace.take(101.0) == [7]
    pace.failed(7, 101.0)
    assert pace.take(102.0) == []
    assert pace.take(106.0) == [7]


def test_the_map_follows_a_batch_by_itself(home: Any, at: datetime, cluster: Any, empty_database: str) -> None:
    """The follower as the server runs it: a gas rise shows within five seconds, without anybody asking for it."""

    async def followed() -> float:
        task = asyncio.create_task(following.follow(cluster.web | {"dbname": empty_database}))
        try:
            await asyncio.to_thread(wait_for, lambda: RiskSpan.objects.filter(enterprise_id=home[0]).exists())
            began = time.monotonic()
            await asyncio.to_thread(closing, lambda: reads(home, datetime.now(UTC), gas=45.0))
            risen = RiskVersion.objects.filter(enterprise_id=home[0], end=None, ref="channel:T1.lel/limit")
            await asyncio.to_thread(wait_for, lambda: risen.all().exists())
            return time.monotonic() - began
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    assert asyncio.run(followed()) < 5.0


def closing(do: Callable[[], Any]) -> Any:
    from django.db import connection

    try:
        return do()
    finally:
        connection.close()


def wait_for(told: Callable[[], bool]) -> None:
    def look() -> bool:
        with scoped(PLATFORM):
            return told()

    for _ in range(200):
        if closing(look):
            return
        time.sleep(0.05)
    pytest.fail("the map did not move within ten seconds")


def test_the_demo_has_a_map_that_moves_and_says_that_it_is_made_up(
    home: Any, at: datetime, as_superuser: psycopg.Connection[Any]
) -> None:
    from yufang.server.sensing import demo, demo_live

    now = datetime.now(UTC)
    assert demo.open_channels(PLATFORM, now, days=1) > 100
    plants = demo_live.DemoPlants(home[0])
    plants.plants.by_key["tankfarm"].seconds = demo_live.LEAK_FROM_S + 1.0
    reads(home, now)
    assert plants.send(PLATFORM) == 0, "somebody else sends for the enterprise"
    as_superuser.execute("UPDATE sensing_source SET last_at = now() - interval '1 hour'")
    sent = datetime.now(UTC)
    assert plants.send(PLATFORM) == 5 * len(plants.keys)
    with scoped(PLATFORM):
        found = queries.risk_map(home[0], sent + timedelta(seconds=5))
    assert found.synthetic
    assert found.plan is not None
    assert found.plan.name_en == "Plan of the five plants (synthetic)"
    assert {one.kind for one in found.factors} >= {"permit:HOT-1", "permit:WAH-2"}
    assert not [one for one in found.unknown if one.kind == "silent" and one.synthetic]
    assert len(set(found.levels)) > 1
