"""A hazard from report to verified fix: nobody checks their own fix, timers keep promises, of two people one wins."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from yufang.server.errors import Refused
from yufang.server.scope import Actor, scoped

T0 = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def people(region: Any) -> dict[str, Any]:
    """The demo's people as actors, by username."""
    from yufang.server.accounts.models import Person
    from yufang.server.accounts.queries import actor_of

    with scoped(Actor.platform()):
        return {p.username: actor_of(p) for p in Person.objects.all()}


@pytest.fixture(scope="module")
def home(people: dict[str, Any]) -> Any:
    """The safety manager's enterprise."""
    from yufang.server.accounts.models import Organisation

    with scoped(Actor.platform()):
        return Organisation.objects.get(id=people["safety_manager"].organisation_id)


def opened(who: Actor, home: Any, at: datetime = T0, **more: Any) -> int:
    from yufang.server.hazards.actions import open_hazard

    given = {"kind": "housekeeping", "title_zh": "通道堆放杂物", "words": "二号通道堆满料箱"} | more
    return open_hazard(who, organisation_id=home.pk, found_by=given.pop("found_by", "worker"), at=at, **given)


def test_an_anonymous_report_names_nobody(people: Any, home: Any, as_superuser: Any) -> None:
    number = opened(people["team_leader"], home, report_id=7)
    who, by_code = as_superuser.execute(
        "SELECT reporter_id, by_code FROM hazards_hazard WHERE id = %s", [number]
    ).fetchone()
    steps = as_superuser.execute("SELECT by_id FROM hazards_hazardstep WHERE hazard_id = %s", [number]).fetchall()
    leaves = as_superuser.execute(
        "SELECT actor_id FROM ledger_leaf WHERE subject = %s", [f"hazard:{number}"]
    ).fetchall()
    assert (who, by_code, steps, leaves) == (None, True, [(None,)], [(None,)])


def test_a_kind_that_is_none_is_refused_with_those_there_are(people: Any, home: Any) -> None:
    with pytest.raises(Refused) as refused:
        opened(people["safety_manager"], home, kind="gremlins")
    assert "machine_guarding" in refused.value.problem.message_en


def photo(grey: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (64, 48), (grey, grey, grey)).save(out, "JPEG")
    return out.getvalue()


def send_photo(client: Any, number: int, grey: int, **spot: Any) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    file = SimpleUploadedFile("after.jpg", photo(grey), "image/jpeg")
    token = client.cookies["csrftoken"].value
    return Client.post(client, f"/api/hazards/{number}/photos", {"file": file} | spot, headers={"X-CSRFToken": token})


def post(client: Any, number: int, step: str, **body: Any) -> Any:
    return client.post(f"/api/hazards/{number}/{step}", body)


def to_checked(sign_in: Any, people: Any, number: int, grey: int = 90) -> None:
    """Assigned to the team leader, fixed with a photo, checked by the safety manager."""
    manager, leader = sign_in("safety_manager"), sign_in("team_leader")
    assert post(manager, number, "assign", to=people["team_leader"].person_id).status_code == 200
    assert send_photo(leader, number, grey).status_code == 201
    assert post(leader, number, "fix").status_code == 200
    assert post(manager, number, "check", passed=True).status_code == 200


def state(number: int) -> str:
    from yufang.server.hazards.models import Hazard

    with scoped(Actor.platform()):
        return str(Hazard.objects.get(id=number).state)


def story(number: int) -> Any:
    from yufang.server.hazards.queries import story as read

    with scoped(Actor.platform()):
        return read(number)


def test_from_report_to_closed_by_a_code(sign_in: Any, people: Any, home: Any) -> None:
    from yufang.server.hazards.actions import reporter_says

    code = Actor.platform(scope=home.path)
    number = opened(code, home, report_id=11, at=now())
    assert not story(number).may_confirm
    to_checked(sign_in, people, number)
    told = story(number)
    assert (told.state, told.may_confirm, len(told.after_photos)) == ("checked", True, 1)
    reporter_says(code, number, True, "", now())
    told = story(number)
    assert [s.state for s in told.steps][-2:] == ["confirmed", "closed"]
    assert all(s.text_zh and s.text_en for s in told.steps)


def test_nobody_checks_their_own_fix_and_a_failed_check_says_why(sign_in: Any, people: Any, home: Any) -> None:
    manager = sign_in("safety_manager")
    number = opened(people["safety_manager"], home, found_by="inspection", at=now())
    post(manager, number, "assign", to=people["safety_manager"].person_id)
    assert post(manager, number, "fix").json()["code"] == "no_after_photo"
    send_photo(manager, number, 10)
    assert post(manager, number, "fix").status_code == 200
    own = post(manager, number, "check", passed=True)
    assert (own.status_code, own.json()["code"]) == (409, "own_fix")
    supervisor = sign_in("supervisor")
    assert post(supervisor, number, "check", passed=False).json()["field"] == "note"
    back = post(supervisor, number, "check", passed=False, note="护罩没有装").json()
    assert (back["state"], back["owner"]["id"], back["round"]) == ("assigned", people["safety_manager"].person_id, 1)
    # The photo of the first round doesn't show the second fix.
    assert post(manager, number, "fix").json()["code"] == "no_after_photo"


def test_a_photo_from_elsewhere_is_warned_of_and_kept_once(sign_in: Any, people: Any, home: Any) -> None:
    manager, leader = sign_in("safety_manager"), sign_in("team_leader")
    here = {"source": "gps", "lat": 29.5, "lon": 119.5, "accuracy_m": 5}
    number = opened(people["safety_manager"], home, found_by="inspection", at=now(), spot=here)
    post(manager, number, "assign", to=people["team_leader"].person_id)
    near = send_photo(leader, number, 30, lat=29.5001, lon=119.5, accuracy_m=5)
    far = send_photo(leader, number, 31, lat=29.51, lon=119.5, accuracy_m=5)
    again = send_photo(leader, number, 31, lat=29.51, lon=119.5, accuracy_m=5)
    assert (near.json()["far"], round(near.json()["distance_m"])) == (False, 11)
    assert (far.json()["far"], round(far.json()["distance_m"], -1)) == (True, 1110)
    assert (again.status_code, again.json()["id"]) == (200, far.json()["id"])


def test_a_refusal_is_contested_and_then_decided_by_another(sign_in: Any, people: Any, home: Any) -> None:
    manager, leader, supervisor = sign_in("safety_manager"), sign_in("team_leader"), sign_in("supervisor")
    reporter = people["team_leader"]
    number = opened(reporter, home, reporter_person_id=reporter.person_id, at=now())
    assert post(manager, number, "refuse").json()["field"] == "note"
    assert post(manager, number, "refuse", note="是临时摆放").json()["state"] == "refused"
    assert post(leader, number, "reporter", done=False, note="每天都在").json()["state"] == "opened"
    same = post(manager, number, "refuse", note="仍不是")
    assert (same.status_code, same.json()["code"]) == (409, "own_refusal")
    final = post(supervisor, number, "refuse", note="已核实,不构成隐患").json()
    assert (final["state"], final["closed_why"]) == ("closed", "refused_finally")


def test_a_major_one_is_decided_reported_and_released(sign_in: Any, people: Any, home: Any) -> None:
    manager, supervisor = sign_in("safety_manager"), sign_in("supervisor")
    words = "除尘器附近积尘严重,多日未清理"
    number = opened(
        people["safety_manager"], home, found_by="inspection", kind="dust_noise_health", words=words, at=now()
    )
    shown = manager.get(f"/api/hazards/{number}").json()
    code = next(c["code"] for c in shown["criteria"] if c["code"] == "IND-TRADE-11-10")
    assert post(manager, number, "major", major=True, criterion="X", why="积尘").json()["field"] == "criterion"
    decided = post(manager, number, "major", major=True, criterion=code, why="现场复核").json()
    assert (decided["level"], decided["major"], decided["criterion"]["code"]) == ("major", True, code)
    from yufang.server.hazards.timing import ring_due

    ring_due()
    actions = [s["action"] for s in supervisor.get(f"/api/hazards/{number}").json()["steps"]]
    assert "report_up" in actions
    to_checked(sign_in, people, number, 120)
    assert state(number) == "confirmed"
    assert post(manager, number, "release").status_code == 403
    assert post(manager, number, "major", major=False, why="误判").json()["code"] == "regulator_only"
    assert post(supervisor, number, "release").json()["closed_why"] == "released"


def test_of_two_people_at_once_one_wins(people: Any, home: Any) -> None:
    from yufang.server.hazards.steps import assign

    number = opened(people["safety_manager"], home, found_by="inspection", at=now())
    assign(people["safety_manager"], number, people["team_leader"].person_id)
    wait, answers = threading.Barrier(2), []

    def run(passed: bool) -> None:
        from django.db import connections

        from yufang.server.hazards.steps import refuse, start

        wait.wait()
        try:
            if passed:
                refuse(people["safety_manager"], number, "不是隐患")
            else:
                start(people["team_leader"], number)
                refuse(people["supervisor"], number, "不是隐患")
            answers.append(200)
        except Refused as error:
            answers.append(error.status)
        finally:
            connections.close_all()

    both = [threading.Thread(target=run, args=(passed,)) for passed in (True, False)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [200, 409]


def test_a_wrong_state_says_the_state(sign_in: Any, people: Any, home: Any) -> None:
    number = opened(people["safety_manager"], home, found_by="inspection", at=now())
    answer = post(sign_in("safety_manager"), number, "check", passed=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_promises_are_kept_by_timers_whenever_they_ring(people: Any, home: Any, as_superuser: Any) -> None:
    from yufang.server.hazards.timing import ring_due

    number = opened(people["safety_manager"], home, found_by="inspection", at=T0, kind="structure")
    asked = "SELECT kind, due_at, done_at FROM hazards_timer WHERE hazard_id = %s ORDER BY due_at, kind"
    kinds = [row[0] for row in as_superuser.execute(asked, [number])]
    assert kinds[:4] == ["answer_24", "answer_40", "answer_due", "answer_regulator"]
    ring_due(T0 + timedelta(hours=24, seconds=-1))
    assert not [r for r in as_superuser.execute(asked, [number]) if r[2]]
    # Nothing ran for four days; afterwards everything happened once, however often it is asked for.
    for _ in range(2):
        ring_due(T0 + timedelta(days=4))
    done = [row[0] for row in as_superuser.execute(asked, [number]) if row[2]]
    assert done == ["answer_24", "answer_40", "answer_due", "answer_regulator"]
    steps = as_superuser.execute(
        "SELECT action, count(*) FROM hazards_hazardstep WHERE hazard_id = %s GROUP BY action ORDER BY 1", [number]
    ).fetchall()
    assert steps == [("escalated", 2), ("opened", 1), ("reminded", 2)]
    told = as_superuser.execute("SELECT kind FROM dispatch_notice WHERE subject = %s", [f"hazard:{number}"]).fetchall()
    assert sorted(k for (k,) in told).count("hazard_escalated") == 2


def test_a_silent_reporter_lets_it_close_and_may_still_reopen(sign_in: Any, people: Any, home: Any) -> None:
    from yufang.server.hazards.actions import reporter_says
    from yufang.server.hazards.timing import ring_due

    code = Actor.platform(scope=home.path)
    number = opened(code, home, report_id=12, at=now())
    to_checked(sign_in, people, number, 140)
    ring_due(now() + timedelta(days=7, minutes=-5))
    assert state(number) == "checked"
    ring_due(now() + timedelta(days=7, minutes=5))
    told = story(number)
    assert told.state == "closed"
    assert "自动关闭" in told.steps[-1].text_zh
    reporter_says(code, number, False, "又堆上了", now())
    assert sign_in("team_leader").get(f"/api/hazards/{number}").json()["owner"]["id"] == people["team_leader"].person_id


def test_the_desk_counts_what_the_rows_say(sign_in: Any, region: Any) -> None:
    client = sign_in("supervisor")
    page = client.get("/api/hazards?state=open&size=100").json()
    board = client.get("/api/hazards/board").json()["columns"]
    assert page["total"] == sum(c["total"] for c in board if c["state"] != "closed")
    closed = client.get("/api/hazards?state=closed").json()["total"]
    figures = client.get("/api/hazards/figures?months=60").json()
    assert figures["all"]["opened"] == page["total"] + closed
    own = sign_in("safety_manager").get("/api/hazards/figures?months=60").json()
    # All hazards of this module are the safety manager's: the tally and the rows must say the same.
    assert (own["all"], own["ages"]) == (figures["all"], figures["ages"])
    places = client.get("/api/hazards/map").json()
    assert sum(p["open"] for p in places["places"]) == page["total"]


def test_another_enterprise_sees_nothing_of_it(people: Any, home: Any, as_web_role: Any, as_superuser: Any) -> None:
    number = opened(people["safety_manager"], home, found_by="inspection", at=now())
    other = as_superuser.execute(
        "SELECT path FROM accounts_organisation WHERE kind = 'enterprise' AND id <> %s", [home.pk]
    ).fetchone()[0]
    for table in ("hazard", "hazardstep", "timer"):
        column = "id" if table == "hazard" else "hazard_id"
        query = f"SELECT count(*) FROM hazards_{table} WHERE {column} = %s"
        as_web_role.execute("SELECT set_config('yufang.scope', %s, false)", [home.path])
        assert as_web_role.execute(query, [number]).fetchone()[0] > 0
        as_web_role.execute("SELECT set_config('yufang.scope', %s, false)", [other])
        assert as_web_role.execute(query, [number]).fetchone()[0] == 0


def test_contributions_name_people_and_never_anonymous_reports(sign_in: Any, people: Any, home: Any) -> None:
    from yufang.server.hazards.queries import contributions, similar_open

    begin = now()
    reporter = people["team_leader"]
    opened(Actor.platform(scope=home.path), home, report_id=13, at=now())
    number = opened(reporter, home, reporter_person_id=reporter.person_id, at=now(), kind="structure")
    to_checked(sign_in, people, number, 160)
    assert post(sign_in("team_leader"), number, "reporter", done=True).json()["state"] == "closed"
    with scoped(Actor.platform(scope=home.path)):
        found = [(c.what, c.person_id) for c in contributions(begin)]
        assert similar_open(10**9, "通道", 3) == []
    leader, manager = reporter.person_id, people["safety_manager"].person_id
    assert found == [("reported", leader), ("fixed", leader), ("checked", manager), ("confirmed", leader)]


def test_every_step_matches_its_leaf(region: Any) -> None:
    from yufang.server.ledger.verification import verify_database

    with scoped(Actor.platform()):
        assert verify_database().ok
