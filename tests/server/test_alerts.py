"""Alerts: one is open however many raise it, deadlines are kept whoever dies, quiet has a reason and an end."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.server.alert_worker import Workers
from yufang.server.errors import Refused
from yufang.server.scope import Actor, scoped
from yufang.server.warning import actions, mutes, observing
from yufang.server.warning.tasks import look_ahead, run_due

PLATFORM = Actor.platform()
MINUTE = timedelta(minutes=1)
_numbers = itertools.count()


@pytest.fixture(scope="module")
def enterprise(region: Any, sign_in: Any) -> int:
    """The safety manager's own."""
    return int(sign_in("safety_manager").get("/api/auth/me").json()["organisation"]["id"])


def raised(enterprise: int, subject: str = "", tier: str = "high", at: datetime | None = None, **more: Any) -> int:
    return actions.raise_alert(
        PLATFORM,
        organisation_id=enterprise,
        rule="test",
        subject_key=subject or f"s{next(_numbers)}",
        tier=tier,  # type: ignore[arg-type]
        title_zh="压力机联锁失效",
        title_en="Press interlock failed",
        reason_zh="试验",
        reason_en="test",
        at=at or timezone.now(),
        **more,
    )


def steps(db: psycopg.Connection[Any], alert: int) -> list[str]:
    sql = "SELECT action FROM warning_step WHERE warning_id = %s ORDER BY id"
    return [row[0] for row in db.execute(sql, [alert]).fetchall()]


def notices(db: psycopg.Connection[Any], alert: int) -> list[int]:
    sql = "SELECT level FROM dispatch_notice WHERE warning_id = %s ORDER BY id"
    return [row[0] for row in db.execute(sql, [alert]).fetchall()]


def eight(work: Any) -> list[Any]:
    """Run `work(n)` in eight threads at once, each on a connection of its own."""
    gate = threading.Barrier(8)

    def one(n: int) -> Any:
        gate.wait()
        try:
            return work(n)
        except Refused as refused:
            return refused
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(8)))


# One alert


def test_eight_who_raise_at_once_open_one_alert_and_tell_its_people_once(
    enterprise: int, as_superuser: psycopg.Connection[Any]
) -> None:
    for n in range(5):
        ids = eight(lambda _, n=n: raised(enterprise, f"crowd-{n}"))
        assert len(set(ids)) == 1
        assert steps(as_superuser, ids[0]) == ["raised"]
        assert notices(as_superuser, ids[0]) == [0]
    with pytest.raises(psycopg.errors.UniqueViolation):  # behind the actions' back the index holds it too
        as_superuser.execute(
            """INSERT INTO warning_warning (organisation_id, path, subject_key, rule, tier, state, route, due_on,
                title_zh, title_en, reason_zh, reason_en, probability, colour, measures, procedure_zh, procedure_en,
                training, training_en, synthetic, episode)
            SELECT organisation_id, path, subject_key, rule, tier, 'escalated', '', due_on, '', '', '', '', 1, '',
                measures, '', '', '', '', true, 7 FROM warning_warning WHERE id = %s""",
            [ids[0]],
        )


def test_of_eight_who_take_it_on_one_gets_it(enterprise: int, as_superuser: psycopg.Connection[Any]) -> None:
    alert = raised(enterprise)
    answers = eight(lambda _: actions.acknowledge(PLATFORM, alert, ""))
    assert sorted(a.status for a in answers if a is not None) == [409] * 7
    assert steps(as_superuser, alert) == ["raised", "acknowledged"]


def test_after_it_is_closed_the_next_one_is_another_alert(
    enterprise: int, sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    first = raised(enterprise, "again")
    actions.resolve(PLATFORM, first, "")
    assert raised(enterprise, "again") == first, "until it closes, it comes back as itself"
    actions.close(PLATFORM, first, "误报")
    second = raised(enterprise, "again")
    assert second != first
    detail = sign_in("safety_manager").get(f"/api/warnings/{second}").json()
    assert (detail["episode"], detail["earlier"]) == (2, [first])
    assert steps(as_superuser, first) == ["raised", "resolved", "raised_again", "closed"]


def test_no_alert_without_its_message_and_no_message_without_its_alert(
    enterprise: int, as_superuser: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from yufang.server.dispatch import actions as dispatch

    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(dispatch, "send", broken)
    with pytest.raises(RuntimeError):
        raised(enterprise, "unsent")
    found = as_superuser.execute("SELECT count(*) FROM warning_warning WHERE subject_key = 'unsent'").fetchone()
    assert found == (0,)


# Timers


def test_a_timer_that_runs_late_acts_as_of_its_second_and_only_once(
    enterprise: int, as_superuser: psycopg.Connection[Any]
) -> None:
    began = timezone.now().replace(microsecond=123456) - 40 * MINUTE
    alerts = [raised(enterprise, at=began) for _ in range(3)]
    eight(lambda _: run_due())
    run_due()
    for alert in alerts:
        assert steps(as_superuser, alert) == ["raised", "escalated", "escalated", "escalated"]
        assert notices(as_superuser, alert) == [0, 1, 2, 3]
        at = as_superuser.execute("SELECT at FROM warning_step WHERE warning_id = %s ORDER BY id", [alert]).fetchall()
        assert [row[0] - began for row in at] == [m * MINUTE for m in (0, 5, 15, 30)]


def test_the_minute_looks_ahead_and_each_second_gets_one_job(
    enterprise: int, as_superuser: psycopg.Connection[Any]
) -> None:
    as_superuser.execute("DELETE FROM procrastinate_jobs")
    soon = timezone.now() - 5 * MINUTE + timedelta(seconds=60)
    due = soon + 5 * MINUTE
    as_superuser.execute(
        "UPDATE warning_warning SET escalate_at = %s WHERE id = ANY(%s)",
        [due, [raised(enterprise) for _ in range(3)]],
    )
    for _ in range(2):
        look_ahead(0)
    jobs = as_superuser.execute(
        "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'yufang.warning.run_due' AND scheduled_at > %s",
        [timezone.now() + timedelta(seconds=20)],
    ).fetchall()
    assert len(jobs) == 1, "three alerts of one second and two looks: one job"
    assert timedelta() <= jobs[0][0] - due < timedelta(seconds=1)


def test_a_killed_worker_loses_no_escalation_and_doubles_none(
    enterprise: int, cluster: Any, empty_database: str, as_superuser: psycopg.Connection[Any]
) -> None:
    """The long version, hundreds of kills: benchmarks/alert_kills.py."""
    rng = random.Random(5)
    alerts = [raised(enterprise, at=timezone.now() - 6 * MINUTE) for _ in range(60)]

    def left() -> int:
        sql = "SELECT count(*) FROM warning_warning WHERE id = ANY(%s) AND state = 'raised'"
        row = as_superuser.execute(sql, [alerts]).fetchone()
        return int(row[0]) if row else 0

    kills = 0
    with Workers(cluster.web["host"], empty_database) as workers:
        for last in (False, False, False, True):
            pid, before, deadline = workers.start(), left(), time.monotonic() + 30
            while left() > 0 and time.monotonic() < deadline:
                if not last and left() < before:  # it is at work: at a random moment of it, the end
                    time.sleep(rng.uniform(0, 0.04))
                    kills += 1
                    break
                time.sleep(0.005)
            os.kill(pid, signal.SIGKILL)
    assert kills >= 2
    for alert in alerts:
        assert steps(as_superuser, alert) == ["raised", "escalated"]
        assert notices(as_superuser, alert) == [0, 1]


# Quiet


def test_a_mute_window_holds_the_message_back_until_its_end_or_until_it_is_lifted(
    enterprise: int, sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    client, now = sign_in("safety_manager"), timezone.now()
    body = {
        "organisation_id": enterprise,
        "rule": "test",
        "subject_key": "drill",
        "starts_at": now.isoformat(),
        "ends_at": (now + 30 * MINUTE).isoformat(),
        "reason": "消防演练",
    }
    window = client.post("/api/warnings/mutes", body).json()
    assert (window["active"], window["reason"]) == (True, "消防演练")
    alert = raised(enterprise, "drill")
    other = raised(enterprise, "no drill")
    assert (notices(as_superuser, alert), notices(as_superuser, other)) == ([], [0])
    detail = client.get(f"/api/warnings/{alert}").json()
    assert (detail["quiet_why"], [m["id"] for m in detail["mutes"]]) == ("muted", [window["id"]])
    assert client.post(f"/api/warnings/mutes/{window['id']}/lift").status_code == 200
    assert notices(as_superuser, alert) == [0]
    assert steps(as_superuser, alert) == ["raised", "muted", "unmuted"]
    assert client.post(f"/api/warnings/mutes/{window['id']}/lift").status_code == 409


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2099-01-01T00:00:00Z"}, "ends_at"),
        ({"organisation_id": "region"}, "organisation_id"),
    ],
)
def test_a_mute_window_that_cannot_be_is_refused_with_the_way_out(
    enterprise: int, region: Any, sign_in: Any, wrong: dict[str, Any], field: str
) -> None:
    now = timezone.now()
    body = {
        "organisation_id": enterprise,
        "starts_at": now.isoformat(),
        "ends_at": (now + MINUTE).isoformat(),
        "reason": "停产检修",
    }
    if wrong.get("organisation_id") == "region":
        wrong = {"organisation_id": region.region_id}
    answer = sign_in("supervisor").post("/api/warnings/mutes", body | wrong)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_snooze_needs_a_reason_and_an_end_within_its_tiers_limit(enterprise: int, sign_in: Any) -> None:
    alert, client = raised(enterprise), sign_in("safety_manager")
    url, now = f"/api/warnings/{alert}/snooze", timezone.now()

    def snooze(minutes: float, note: str) -> Any:
        return client.post(url, {"until": (now + minutes * MINUTE).isoformat(), "note": note})

    assert snooze(30, " ").json()["field"] == "note"
    assert snooze(-1, "等配件").json()["field"] == "until"
    assert snooze(60 * 5, "等配件").json()["field"] == "until"
    row = snooze(30, "等配件").json()
    assert (row["quiet_why"], row["state"]) == ("snoozed", "raised")
    before = client.get(f"/api/warnings/{alert}").json()
    assert "wake" in before["may"]
    assert client.post(f"/api/warnings/{alert}/wake", {}).json()["quiet_until"] is None
    assert client.post(f"/api/warnings/{alert}/wake", {}).status_code == 409


def test_the_server_says_what_each_person_may_do(enterprise: int, sign_in: Any) -> None:
    alert = raised(enterprise)
    seen = {who: sign_in(who).get(f"/api/warnings/{alert}").json()["may"] for who in ("safety_manager", "auditor")}
    leader = sign_in("team_leader").get(f"/api/warnings/{alert}").json()["may"]
    assert seen == {"safety_manager": ["acknowledge", "hand_on", "snooze", "resolve", "mute", "close"], "auditor": []}
    assert leader == ["acknowledge", "snooze", "resolve", "close"]


# Signals


def test_facts_raise_hold_downgrade_and_clear_one_alert(
    enterprise: int, sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    began = timezone.now() - 60 * MINUTE

    def reads(percent: float, minutes: float) -> int | None:
        seen = observing.Observation(
            organisation_id=enterprise,
            rule="gas_lel",
            subject_key="probe 7",
            facts={"lel_percent": percent},
            at=began + minutes * MINUTE,
        )
        return observing.observe(PLATFORM, seen, timezone.now())

    assert reads(10, 0) is None
    alert = reads(60, 1)
    assert alert is not None
    assert reads(60, 1) == alert, "the same reading twice"
    assert reads(30, 2) == alert
    assert reads(30, 4) == alert  # two minutes below 50: downgraded as of minute 4
    assert reads(10, 5) == alert
    assert reads(10, 10) is None  # five minutes below 20
    assert steps(as_superuser, alert) == ["raised", "downgraded", "cleared"]
    at = as_superuser.execute("SELECT at FROM warning_step WHERE warning_id = %s ORDER BY id", [alert]).fetchall()
    assert [row[0] - began for row in at] == [1 * MINUTE, 4 * MINUTE, 10 * MINUTE]


def test_facts_of_no_rule_or_from_the_future_are_refused(enterprise: int, sign_in: Any) -> None:
    body = {"organisation_id": enterprise, "subject_key": "p", "facts": {"x": 1}, "at": datetime.now(UTC).isoformat()}
    client = sign_in("safety_manager")
    assert client.post("/api/warnings/facts", body | {"rule": "no_such"}).json()["code"] == "unknown_rule"
    ahead = body | {"rule": "gas_lel", "at": (datetime.now(UTC) + 5 * MINUTE).isoformat()}
    assert client.post("/api/warnings/facts", ahead).json()["field"] == "at"
    assert sign_in("team_leader").post("/api/warnings/facts", body | {"rule": "gas_lel"}).status_code == 403


# The actions, model-checked


class Rows(RuleBasedStateMachine):
    """Actions in any order on one rule and subject, beside a model that knows only what people were promised."""

    enterprise = 0
    db: psycopg.Connection[Any]

    def __init__(self) -> None:
        super().__init__()
        self.subject = f"model-{next(_numbers)}"
        self.now = timezone.now() - 2000 * MINUTE
        self.open: int | None = None
        self.state = ""

    def _do(self, work: Any, *args: Any) -> None:
        try:
            work(PLATFORM, self.open, *args, at=self.now)
            refused = False
        except Refused:
            refused = True
        state = self.db.execute("SELECT state FROM warning_warning WHERE id = %s", [self.open]).fetchone()[0]
        self.refused, self.state = refused, state

    @rule(tier=st.sampled_from(["high", "medium"]))
    def somebody_raises(self, tier: str) -> None:
        found = raised(self.enterprise, self.subject, tier, at=self.now)
        assert self.open in (None, found), "what is open is found, not doubled"
        self.open = found

    @rule(minutes=st.integers(1, 400))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE
        if self.open is not None:
            actions.run_timers(PLATFORM, self.open, self.now)
            assert not actions.run_timers(PLATFORM, self.open, self.now), "twice is once"

    @rule()
    def somebody_takes_it_on(self) -> None:
        if self.open is not None:
            before = self._state()
            self._do(actions.acknowledge, "")
            assert self.refused or self.state == "acknowledged"
            assert not (self.refused and before in ("raised", "escalated", "handed_on", "downgraded"))

    @rule(minutes=st.integers(1, 200))
    def somebody_snoozes(self, minutes: int) -> None:
        if self.open is not None:
            self._do(actions.snooze, self.now + minutes * MINUTE, "试验")

    @rule()
    def somebody_resolves(self) -> None:
        if self.open is not None:
            self._do(actions.resolve, "已处理")

    @rule()
    def somebody_closes(self) -> None:
        if self.open is not None:
            self._do(actions.close, "已处理")
            assert not self.refused
            self.open = None

    def _state(self) -> str:
        actions.run_timers(PLATFORM, self.open, self.now)  # type: ignore[arg-type]
        return str(self.db.execute("SELECT state FROM warning_warning WHERE id = %s", [self.open]).fetchone()[0])

    @invariant()
    def at_most_one_is_open_and_every_step_has_its_leaf(self) -> None:
        rows = self.db.execute(
            "SELECT id, state, due_at, escalate_at FROM warning_warning WHERE subject_key = %s ORDER BY id",
            [self.subject],
        ).fetchall()
        standing = [row for row in rows if row[1] != "closed"]
        if self.open is not None and not standing:
            self.open = None  # a timer closed it
        assert [row[0] for row in standing] == ([self.open] if self.open else [])
        loose = """SELECT count(*) FROM warning_step s JOIN warning_warning w ON w.id = s.warning_id
            LEFT JOIN ledger_leaf l ON l.index = s.ledger_index AND l.subject = 'warning:' || w.id
                AND l.action = 'warning.' || s.action
            WHERE w.subject_key = %s AND l.index IS NULL"""
        assert self.db.execute(loose, [self.subject]).fetchone() == (0,)
        told = """SELECT count(*) FROM warning_step s JOIN warning_warning w ON w.id = s.warning_id
            WHERE w.subject_key = %s AND s.action = 'escalated' AND NOT EXISTS (SELECT 1 FROM dispatch_notice n
                WHERE n.warning_id = w.id AND n.at BETWEEN s.at - interval '10 minutes' AND s.at)"""
        assert self.db.execute(told, [self.subject]).fetchone() == (0,), "an escalation without its message"


def test_actions_in_any_order_keep_one_alert_and_lose_no_step(
    enterprise: int, as_superuser: psycopg.Connection[Any]
) -> None:
    Rows.enterprise, Rows.db = enterprise, as_superuser
    run_state_machine_as_test(Rows, settings=settings(max_examples=12, stateful_step_count=12, deadline=None))


def test_the_ledger_agrees_with_every_step(region: Any) -> None:
    from yufang.server.ledger.verification import verify_database

    with scoped(PLATFORM):
        assert verify_database().ok


def test_a_mute_window_of_the_whole_region_is_nobodys(region: Any) -> None:
    now = timezone.now()
    wanted = mutes.Muting(organisation_id=region.region_id, starts_at=now, ends_at=now + MINUTE, reason="x")
    with pytest.raises(Refused, match="one enterprise"):
        mutes.mute(PLATFORM, wanted, now)


def test_the_search_finds_by_title_in_both_languages_and_by_enterprise(
    region: Any, sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    client = sign_in("supervisor")

    def found(q: str, **more: Any) -> dict[str, Any]:
        return client.get("/api/warnings", {"q": q, "state": "open", "size": 200} | more).json()

    everything = client.get("/api/warnings", {"state": "open", "size": 200}).json()
    by_title = found("联锁失效")
    assert by_title["total"] == len(by_title["items"]) > 0
    assert [i["id"] for i in by_title["items"]] == [i["id"] for i in everything["items"] if "联锁失效" in i["title_zh"]]
    assert found("INTERLOCK FAILED")["total"] == by_title["total"], "letters of either case"
    assert found("100%_")["total"] == 0, "signs that SQL would read as wildcards are only signs"
    name = everything["items"][0]["enterprise_name"]
    assert {i["enterprise_name"] for i in found(name)["items"]} == {name}
    first = found("联锁失效", size=1)
    assert (first["total"], first["counts"]) == (by_title["total"], by_title["counts"])
    assert found("联锁失效", tier="low")["total"] == 0


def test_nobody_mutes_lifts_or_reports_for_another_enterprise(enterprise: int, sign_in: Any, region: Any) -> None:
    other = next(
        e["id"] for e in sign_in("supervisor").get("/api/enterprises").json()["items"] if e["id"] != enterprise
    )
    client, now = sign_in("safety_manager"), timezone.now()
    body = {
        "organisation_id": other,
        "starts_at": now.isoformat(),
        "ends_at": (now + MINUTE).isoformat(),
        "reason": "停产检修",
    }
    assert client.post("/api/warnings/mutes", body).status_code == 404
    window = sign_in("supervisor").post("/api/warnings/mutes", body).json()
    assert window["id"] not in [m["id"] for m in client.get("/api/warnings/mutes").json()]
    assert client.post(f"/api/warnings/mutes/{window['id']}/lift").status_code == 404
    reading = {"rule": "gas_lel", "subject_key": "p", "facts": {"lel_percent": 90}, "at": now.isoformat()}
    assert client.post("/api/warnings/facts", reading | {"organisation_id": other}).status_code == 404
