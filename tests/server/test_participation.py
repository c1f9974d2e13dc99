"""Taking part: points from what proved real, rewards by name, ideas, and what nobody can find out about anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from yufang.participation import Step, questionnaire
from yufang.server.errors import Refused
from yufang.server.scope import Actor, scoped

KEYS = questionnaire().question_keys()
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class World:
    """One enterprise: its manager, seven workers of one team, and a checker."""

    id: int
    path: str
    manager: Actor
    checker: Actor
    workers: list[Actor]


def actor_of(username: str) -> Actor:
    from yufang.server.accounts import queries
    from yufang.server.accounts.models import Person

    with scoped(Actor.platform()):
        return queries.actor_of(Person.objects.get(username=username))


@pytest.fixture(scope="module")
def world(region: Any) -> World:
    from yufang.server.accounts import actions
    from yufang.server.accounts.models import Organisation, Person

    with scoped(Actor.platform()):
        leader = Person.objects.select_related("organisation").get(username="team_leader")
        home = Organisation.objects.get(path=leader.scope)
    for n in range(7):
        actions.admit_person(
            Actor.platform(),
            organisation_id=leader.organisation_id,
            username=f"hand{n}",
            password="x",
            name=f"工友{n}",
            name_en=f"Hand {n}",
            roles=["worker"],
        )
    return World(
        id=home.pk,
        path=home.path,
        manager=actor_of("safety_manager"),
        checker=actor_of("team_leader"),
        workers=[actor_of(f"hand{n}") for n in range(7)],
    )


def hazard(world: World, reporter: Actor | None, title: str = "三号压力机缺防护罩", days: int = 0) -> int:
    from yufang.server.hazards import actions

    return actions.open_hazard(
        reporter or Actor.platform(scope=world.path),
        organisation_id=world.id,
        kind="machine_guarding",
        title_zh=title,
        words=title,
        found_by="worker",
        reporter_person_id=reporter.person_id if reporter else None,
        at=NOW - timedelta(days=days, hours=3),
    )


def fix_and_check(world: World, hazard_id: int, fixer: Actor) -> None:
    from yufang.server.hazards import moving

    at = NOW - timedelta(hours=2)
    for who, step in ((world.manager, "assign"), (fixer, "fix"), (world.checker, "check")):
        with scoped(who):
            asked = moving.Asked(by=who.person_id, to=fixer.person_id if step == "assign" else None, lead=True)
            moving.move(who, moving.locked(hazard_id), step, asked, at)


def follow(world: World) -> int:
    from yufang.server.participation import actions

    return actions.follow(Actor.platform(scope=world.path), world.id, NOW)


def mine(who: Actor) -> Any:
    from yufang.server.participation import own_queries

    with scoped(who):
        return own_queries.mine(who)


# ── points and thanks ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def fixed_hazard(world: World) -> int:
    """Reported by the first worker, fixed by the second, checked by the team leader."""
    made = hazard(world, world.workers[0])
    for n in range(5):  # many words about nothing
        hazard(world, world.workers[2], f"没有查实的上报 {n}")
    assert follow(world) == 0
    assert mine(world.workers[0]).points_total == 0
    fix_and_check(world, made, world.workers[1])
    assert follow(world) == 2
    return made


def test_a_report_earns_points_once_it_proved_real_and_its_fixer_too(world: World, fixed_hazard: int) -> None:
    reporter, fixer, talker = (mine(who) for who in world.workers[:3])
    assert [(e.rule_en, e.points, e.subject_id) for e in reporter.entries] == [
        ("A reported hazard proved real", 10, fixed_hazard)
    ]
    assert fixer.points_total == 8
    assert talker.points_total == 0


def test_following_again_changes_nothing_and_leaves_no_leaf(
    world: World, fixed_hazard: int, as_superuser: psycopg.Connection[Any]
) -> None:
    count = "SELECT count(*) FROM ledger_leaf"
    before = as_superuser.execute(count).fetchone()
    assert follow(world) == 0
    assert as_superuser.execute(count).fetchone() == before


def test_thanks_name_the_effect_and_come_once(world: World, fixed_hazard: int) -> None:
    follow(world)
    (thanks,) = mine(world.workers[0]).thanks
    assert "三号压力机缺防护罩" in thanks.text_zh
    assert "today" in thanks.text_en or "since" in thanks.text_en


def test_the_job_finds_the_enterprise_by_itself(world: World, as_superuser: psycopg.Connection[Any]) -> None:
    from yufang.server.participation import neighbours

    fix_and_check(world, hazard(world, world.workers[3], "护栏松动"), world.workers[1])
    with scoped(Actor.platform()):
        assert (world.id, world.path) in neighbours.enterprises_to_follow(NOW - timedelta(days=1))
    assert follow(world) == 2


def test_one_sees_ones_own_points_and_nobody_elses(world: World, fixed_hazard: int, sign_in: Any) -> None:
    answer = sign_in("team_leader").get("/api/participation/mine").json()
    assert answer["entries"] == []
    assert "工友" not in str(answer)


def test_teams_are_counted_and_persons_are_not(world: World, fixed_hazard: int, sign_in: Any) -> None:
    desk = sign_in("team_leader").get("/api/participation").json()
    assert [t["team"] for t in desk["teams"]] == ["冲压一班"]  # eight people; smaller ones would stand without a name
    assert "工友" not in str(desk)


# ── rewards ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def approve(world: World, **changes: Any) -> int:
    from yufang.server.participation import rewards

    values = {"person_id": None, "report_id": None, "amount": Decimal("100"), "reason": "发现及时"} | changes
    return rewards.approve(world.manager, **values)


def test_a_named_person_approves_a_reward_with_amount_and_reason(world: World, fixed_hazard: int) -> None:
    subject, person = f"hazard:{fixed_hazard}", world.workers[0].person_id
    for changes, code in (
        ({"amount": Decimal("0")}, "bad_amount"),
        ({"amount": Decimal("1.005")}, "bad_amount"),
        ({"reason": " 好 "}, "too_short"),
        ({"person_id": world.workers[6].person_id}, "not_found"),
        ({"person_id": world.manager.person_id}, "own_reward"),
    ):
        with pytest.raises(Refused) as refusal:
            approve(world, **({"subject": subject, "person_id": person} | changes))
        assert refusal.value.problem.code == code
    approve(world, subject=subject, person_id=person)
    with pytest.raises(Refused) as refusal:
        approve(world, subject=subject, person_id=person)
    assert refusal.value.problem.code == "rewarded"
    (own,) = mine(world.workers[0]).rewards
    assert (own.amount, own.reason, own.by) == (100.0, "发现及时", world.manager.name)


def test_a_worker_may_not_approve(world: World, sign_in: Any) -> None:
    answer = sign_in("team_leader").get("/api/participation/rewards")
    assert answer.status_code == 403


# ── an anonymous report and its voucher ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def anonymous(world: World, region: Any) -> tuple[int, str]:
    """A hazard that came by an anonymous report and proved real; (hazard, follow code)."""
    from yufang.server.places.models import Area
    from yufang.server.reports import keys
    from yufang.server.reports.models import Report

    made = hazard(world, None, "配电箱门损坏")
    client = "6b1f1a52-5d2c-4d70-9f3b-0a4f6f9f0001"
    code = keys.follow_code(__import__("uuid").UUID(client))
    with scoped(Actor.platform()):
        area = Area.objects.filter(enterprise_id=world.id).first() or Area.objects.create(
            organisation_id=world.id, enterprise_id=world.id, path=world.path, key="A", name_zh="甲区"
        )
        Report.objects.create(
            area=area,
            enterprise_id=world.id,
            path=world.path,
            client_id=client,
            content_sha256="0" * 64,
            code_hash=keys.code_hash(code),
            state="complete",
            words="配电箱门损坏",
            named=False,
            said_at=NOW - timedelta(hours=3),
            received_at=NOW - timedelta(hours=3),
            completed_at=NOW - timedelta(hours=3),
            hazard_id=made,
        )
    fix_and_check(world, made, world.workers[1])
    follow(world)
    return made, code


def test_a_voucher_is_claimed_by_the_code_and_handed_over_by_its_number(
    world: World, anonymous: tuple[int, str], sign_in: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    from yufang.server.participation import rewards

    made, code = anonymous
    subject = f"hazard:{made}"
    due = [d for d in sign_in("safety_manager").get("/api/participation/rewards").json()["due"] if d["report_id"]]
    assert [(d["subject"], d["person"]) for d in due] == [(subject, "")]
    claims = sign_in("team_leader")  # a phone on which somebody happens to be signed in
    assert claims.post("/api/participation/claims", {"code": code}).json()["state"] == "none"
    approve(world, subject=subject, report_id=due[0]["report_id"], amount=Decimal("200"))
    first = claims.post("/api/participation/claims", {"code": code.lower().replace("-", " ")}).json()
    second = claims.post("/api/participation/claims", {"code": code}).json()
    assert first["state"] == second["state"] == "waiting"
    (reward,) = as_superuser.execute("SELECT id FROM participation_reward WHERE report_id IS NOT NULL").fetchall()
    for wrong in ("", "XXXXX XXXXX", first["number"]):  # a newer number makes the older one useless
        with pytest.raises(Refused) as refusal:
            rewards.pay(world.manager, reward[0], wrong)
        assert refusal.value.problem.code == "wrong_number"
    rewards.pay(world.manager, reward[0], second["number"])
    assert claims.post("/api/participation/claims", {"code": code}).json()["state"] == "paid"
    with pytest.raises(Refused) as refusal:
        rewards.pay(world.manager, reward[0], second["number"])
    assert refusal.value.problem.code == "paid"


def test_an_unknown_code_is_told_so(region: Any) -> None:
    from yufang.server.participation import rewards

    for code in ("", "1234-1234-1234", "' OR 1=1"):
        with pytest.raises(Refused) as refusal:
            rewards.claim_by_code(code)
        assert refusal.value.problem.code == "unknown_code"


def test_no_row_joins_an_anonymous_report_to_a_person(
    world: World, anonymous: tuple[int, str], as_superuser: psycopg.Connection[Any]
) -> None:
    """Walks every foreign key of the database from the report, its hazard and its reward to people: what is found
    are those who handled it, never the reporter, who was the only one who didn't."""
    made, _ = anonymous
    handled = {world.manager.person_id, world.checker.person_id, world.workers[1].person_id}
    keys = as_superuser.execute(
        "SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text FROM pg_constraint c "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f'"
    ).fetchall()
    to_person = [(table, column) for table, column, goal in keys if goal == "accounts_person"]
    (report_id,) = as_superuser.execute("SELECT id FROM reports_report WHERE hazard_id = %s", [made]).fetchone()
    rows = {
        "reports_report": ("id", report_id),
        "hazards_hazard": ("id", made),
        "hazards_hazardstep": ("hazard_id", made),
        "hazards_hazardphoto": ("hazard_id", made),
        "participation_reward": ("report_id", report_id),
        "participation_pointentry": ("subject", f"hazard:{made}"),
        "participation_thanks": ("subject", f"hazard:{made}"),
    }
    named = set()
    for table, column in to_person:
        if table in rows:
            key, value = rows[table]
            found = as_superuser.execute(f"SELECT {column} FROM {table} WHERE {key} = %s", [value]).fetchall()
            named |= {person for (person,) in found if person is not None}
    assert named <= handled
    entries = "SELECT person_id FROM participation_pointentry WHERE subject = %s"
    earned = {p for (p,) in as_superuser.execute(entries, [f"hazard:{made}"]).fetchall()}
    assert earned == {world.workers[1].person_id}  # who fixed it: no points stand for the report
    leaves = as_superuser.execute("SELECT actor_id FROM ledger_leaf WHERE subject = %s", [f"hazard:{made}"]).fetchall()
    assert {a for (a,) in leaves if a is not None} <= handled


# ── the self-assessment ───────────────────────────────────────────────────────────────────────────────────────────────


def sheet(value: int) -> dict[str, int]:
    return dict.fromkeys(KEYS, value)


@pytest.fixture
def open_round(world: World) -> Callable[[], int]:
    from yufang.server.participation import assessments, queries

    return lambda: assessments.open_round(world.manager, queries.local_today() + timedelta(days=7))


def result(world: World) -> Any:
    from yufang.server.participation import own_queries

    with scoped(world.manager):
        return own_queries.assessment(world.manager)


def test_both_sides_answer_once_and_the_gap_shows_when_the_round_is_closed(
    world: World, open_round: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    from yufang.server.participation import assessments

    number = open_round()
    assessments.answer(world.manager, number, sheet(4))
    for who in world.workers[:4]:
        assessments.answer(who, number, sheet(1))
    assert result(world).open.workers is None  # four
    with pytest.raises(Refused) as refusal:
        assessments.answer(world.workers[0], number, sheet(2))
    assert refusal.value.problem.code == "answered"
    assessments.answer(world.workers[4], number, sheet(1))
    now = result(world)
    assert (now.open.workers, now.open.managers, now.results) == (5, 1, [])
    assessments.close_round(world.manager, number)
    (closed,) = result(world).results
    assert (closed.worker, closed.manager, closed.withheld) == (25, 100, False)
    assert {a.gap for a in closed.areas} == {75}
    left = "SELECT count(*) FROM participation_answertoken"
    assert as_superuser.execute(left).fetchone() == (0,)
    assert as_superuser.execute("SELECT salt FROM participation_assessmentround").fetchone() == ("",)
    with pytest.raises(Refused) as refusal:
        assessments.answer(world.workers[5], number, sheet(2))
    assert refusal.value.problem.code == "round_closed"


def test_where_too_few_answered_their_answers_are_destroyed(
    world: World, open_round: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    from yufang.server.participation import assessments

    number = open_round()
    for who in world.workers[:4]:
        assessments.answer(who, number, sheet(0))
    assessments.close_round(world.manager, number)
    newest = result(world).results[0]
    assert (newest.workers, newest.worker, newest.withheld) == (None, None, True)
    total = "SELECT sum(n) FROM participation_answercount WHERE round_id = %s"
    assert as_superuser.execute(total, [number]).fetchone() == (0,)


def test_nothing_in_the_database_says_who_answered_what_or_when(
    world: World, open_round: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    from yufang.server.participation import assessments

    number = open_round()
    leaves = as_superuser.execute("SELECT count(*) FROM ledger_leaf").fetchone()
    for value, who in enumerate(world.workers[:5]):
        assessments.answer(who, number, sheet(value))
    assert as_superuser.execute("SELECT count(*) FROM ledger_leaf").fetchone() == leaves  # no leaf has a time
    columns = as_superuser.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_name IN ('participation_answercount', 'participation_answertoken') ORDER BY 1, 2"
    ).fetchall()
    assert columns == [
        ("participation_answercount", c) for c in ("id", "n", "path", "question", "round_id", "side", "value")
    ] + [("participation_answertoken", c) for c in ("id", "path", "round_id", "token")]
    # PostgreSQL's own mark of who wrote a row last: one and the same for every cell, whatever anybody answered.
    marks = "SELECT count(DISTINCT xmin::text), count(*) FROM participation_answercount WHERE round_id = %s"
    assert as_superuser.execute(marks, [number]).fetchone() == (1, 2 * len(KEYS) * 6)
    # The token is of nobody for whoever has only the database.
    import hashlib

    salt, tokens = as_superuser.execute(
        "SELECT r.salt, array_agg(t.token) FROM participation_assessmentround r "
        "JOIN participation_answertoken t ON t.round_id = r.id WHERE r.id = %s GROUP BY 1",
        [number],
    ).fetchone()
    for who in world.workers:
        for text in (f"{who.person_id}", f"{salt}{who.person_id}", f"{salt}:{who.person_id}"):
            assert hashlib.sha256(text.encode()).hexdigest() not in tokens
    assessments.close_round(world.manager, number)


def test_a_round_closes_by_itself_after_its_last_day_and_two_are_never_open(world: World, open_round: Any) -> None:
    from yufang.server.participation import assessments, queries

    open_round()
    with pytest.raises(Refused) as refusal:
        open_round()
    assert refusal.value.problem.code == "round_open"
    platform = Actor.platform()
    assert assessments.close_due(platform, queries.local_today() + timedelta(days=7)) == 0
    assert assessments.close_due(platform, queries.local_today() + timedelta(days=8)) == 1


# ── ideas, the board, and not being named ─────────────────────────────────────────────────────────────────────────────


def propose(who: Actor, **changes: Any) -> Any:
    from yufang.server.participation import ideas

    values = {"title": "给压力机装退料气缸", "problem": "取料时手要伸进模区", "idea": "加一个退料气缸和脚踏阀"}
    return ideas.propose(who, **({**values, "show_author": True} | changes))


TRIAL = {"kind": "trial", "where": "三号压力机", "measure": "每班伸手次数"}


def step(world: World, idea_id: int, **values: Any) -> Any:
    from yufang.server.participation import ideas, queries

    if values["kind"] == "trial":
        values.setdefault("until", queries.local_today() + timedelta(days=20))
    return ideas.take_step(world.manager, idea_id, Step(**values))


def test_an_idea_is_tried_measured_and_rolled_out_and_its_author_earns(world: World) -> None:
    idea = propose(world.workers[4])
    assert step(world, idea.id, **TRIAL).state == "trial"
    with pytest.raises(Refused) as refusal:
        step(world, idea.id, kind="roll_out", text="全车间推广")
    assert refusal.value.status == 409
    step(world, idea.id, kind="result", text="每班伸手由 40 次降到 0", before=40, after=0)
    done = step(world, idea.id, kind="roll_out", text="六台压力机都装")
    assert [s.kind for s in done.steps] == ["trial", "result", "roll_out"]
    assert (done.steps[1].before, done.steps[1].after) == (40, 0)
    assert done.next_steps == []
    follow(world)
    assert [e.of for e in mine(world.workers[4]).entries] == ["idea"]


def test_support_counts_once_and_not_for_oneself(world: World) -> None:
    from yufang.server.participation import ideas

    idea = propose(world.workers[4], title="换防滑踏板")
    for _ in range(3):
        assert ideas.support(world.workers[5], idea.id, True).supports == 1
    assert ideas.support(world.workers[5], idea.id, False).supports == 0
    with pytest.raises(Refused) as refusal:
        ideas.support(world.workers[4], idea.id, True)
    assert refusal.value.problem.code == "own_idea"


@pytest.fixture(scope="module")
def board(world: World) -> int:
    """An idea that the jury of this month chose; published."""
    from yufang.server.participation import ideas, queries

    idea = propose(world.workers[4], title="气缸退料二期")
    month = f"{queries.local_today():%Y-%m}"
    ideas.name_jury(world.manager, month, [world.checker.person_id, world.workers[4].person_id])
    with pytest.raises(Refused) as refusal:
        ideas.pick(world.workers[4], month, idea.id, True, "自己的最好")
    assert "own" in refusal.value.problem.message_en
    with pytest.raises(Refused):
        ideas.pick(world.workers[5], month, idea.id, True, "不是评审")
    with pytest.raises(Refused) as refusal:
        ideas.publish_board(world.manager, month)
    assert refusal.value.problem.code == "nothing_chosen"
    ideas.pick(world.checker, month, idea.id, True, "手不再进模区")
    ideas.publish_board(world.manager, month)
    return int(idea.id)


def desk(who: Actor) -> Any:
    from yufang.server.participation import queries

    with scoped(who):
        return queries.desk(who)


def test_the_board_shows_ideas_with_the_jurys_reasons_and_no_rank(world: World, board: int) -> None:
    (shown,) = desk(world.workers[5]).boards
    (best,) = shown.ideas
    assert (best.id, best.author, best.reasons) == (board, "工友4", ["手不再进模区"])
    assert set(type(best).model_fields) == {"id", "title", "state", "author", "author_en", "team", "reasons"}


def test_opting_out_removes_the_name_everywhere_at_once(world: World, board: int, sign_in: Any) -> None:
    from yufang.server.participation import actions

    client = sign_in("team_leader")
    pages = ("/api/participation", "/api/participation/ideas", f"/api/participation/ideas/{board}")
    assert all("工友4" in client.get(page).content.decode() for page in pages)
    actions.set_opt_out(world.workers[4], True)
    texts = [client.get(page).content.decode() for page in pages[1:]]
    texts.append(str([b.ideas for b in desk(world.checker).boards]))
    assert not [text for text in texts if "工友4" in text or "Hand 4" in text]
    assert desk(world.checker).boards[0].ideas[0].team == "冲压一班"  # eight people: the team may stand for them
    actions.set_opt_out(world.workers[4], False)
    assert all("工友4" in client.get(page).content.decode() for page in pages)


def test_a_small_team_doesnt_stand_for_its_people(world: World) -> None:
    from yufang.server.accounts.models import Person
    from yufang.server.participation import queries

    idea = propose(world.workers[3], title="加装踏步扶手", show_author=False)
    with scoped(world.checker):
        assert queries.idea(world.checker, idea.id).team == "冲压一班"
    with scoped(Actor.platform()):
        Person.objects.filter(username__in=["hand0", "hand1", "hand2", "hand5", "hand6"]).update(active=False)
    with scoped(world.checker):
        assert queries.idea(world.checker, idea.id).team == ""
        assert queries.idea(world.checker, idea.id).author == ""
    with scoped(Actor.platform()):
        Person.objects.filter(username__startswith="hand").update(active=True)


# ── the rest ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_share_found_by_workers_counts_what_was_no_hazard_for_nobody(world: World, fixed_hazard: int) -> None:
    from yufang.server.participation import own_queries

    with scoped(world.manager):
        before = own_queries.found(world.manager, 2)
    assert before.by_workers == before.total > 0
    made = hazard(world, world.workers[0], "看错了,不是隐患")
    from yufang.server.hazards import moving

    with scoped(world.manager):
        asked = moving.Asked(by=world.manager.person_id, note="不是隐患")
        moving.move(world.manager, moving.locked(made), "refuse", asked, NOW)
        assert own_queries.found(world.manager, 2).total == before.total


def test_whoever_belongs_to_no_enterprise_is_told_the_way(region: Any, sign_in: Any) -> None:
    assert sign_in("supervisor").get("/api/participation").status_code == 403


def test_the_ledger_holds_rewards_and_steps_against_a_change_behind_its_back(
    world: World, fixed_hazard: int, as_superuser: psycopg.Connection[Any]
) -> None:
    from yufang.server.ledger.verification import verify_database

    with scoped(Actor.platform()):
        assert verify_database().ok
    as_superuser.execute("UPDATE participation_reward SET amount = amount * 10 WHERE person_id IS NOT NULL")
    with scoped(Actor.platform()):
        found = verify_database()
    assert not found.ok
    assert found.reason.startswith("reward")
    as_superuser.execute("UPDATE participation_reward SET amount = amount / 10 WHERE person_id IS NOT NULL")


def test_bad_words_are_refused_with_field_and_rule(world: World, sign_in: Any) -> None:
    client = sign_in("team_leader")
    short = client.post("/api/participation/ideas", {"title": "好", "problem": "x", "idea": "y"})
    assert (short.status_code, short.json()["field"]) == (422, "title")
    past = sign_in("safety_manager").post(
        "/api/participation/assessment/rounds", {"closes_on": date(2020, 1, 1).isoformat()}
    )
    assert (past.status_code, past.json()["field"]) == (422, "closes_on")
