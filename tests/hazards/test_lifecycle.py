"""The life of a hazard, checked by machine: whatever people do in whatever order, the promises of the rules hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from yufang.hazards.deadlines import LAPSE, PROMISE, Standing, due_at, timers
from yufang.hazards.figures import bucket, response_times
from yufang.hazards.kinds import UnknownKind, kind, kind_of_accident, kinds
from yufang.hazards.lifecycle import ANSWERS, FROM, Action, Life, StepRefused, take
from yufang.hazards.likeness import likeness
from yufang.hazards.major import suspects
from yufang.hazards.routing import default_table, route
from yufang.hazards.spots import Plan, Spot, beside
from yufang.standards import code_list
from yufang.standards.major_hazards import major_criteria

T0 = datetime(2026, 7, 1, 8, tzinfo=UTC)
PEOPLE = st.integers(1, 4)
ACTIONS: tuple[Action, ...] = get_args(Action)


class HazardLife(RuleBasedStateMachine):
    """People take any step at any time; the clock moves; due timers ring, sometimes late."""

    @initialize(reporter=st.one_of(st.none(), PEOPLE), by_code=st.booleans(), major=st.booleans())
    def opened(self, reporter: int | None, by_code: bool, major: bool) -> None:
        self.life = Life(reporter=reporter, by_code=by_code and reporter is None, major=major)
        self.now = self.since = T0
        self.promise, self.due, self.answered = T0 + PROMISE, due_at(T0, "medium"), False
        self.done: set[tuple[Any, ...]] = set()
        self.history: list[tuple[str, str, int | None]] = []
        self.rung: list[str] = []

    def standing(self) -> Standing:
        return Standing(
            state=self.life.state,
            level="medium",
            opened_at=T0,
            promise_due_at=self.promise,
            due_at=self.due,
            since=self.since,
            answered=self.answered,
        )

    def step(self, action: Action, by: int | None, to: int | None, code: bool, lead: bool) -> None:
        before = self.life
        try:
            moved = take(before, action, by=by, to=to, code=code, lead=lead)
        except StepRefused:
            return
        assert before.state in FROM[action]
        self.life, self.since = moved.life, self.now
        self.history.append((action, moved.life.state, by))
        if action in ANSWERS and by is not None:
            self.answered = True
        if action == "contest":
            self.answered, self.promise, self.due = False, self.now + PROMISE, due_at(self.now, "medium")
        if action in ("not_done", "send_back", "reopen"):
            assert self.life.owner == before.owner
            assert self.life.state == ("assigned" if before.owner is not None else "opened")
            self.due = due_at(self.now, "medium")
        if self.life.state == "closed":
            self._closed_rightly(before, action)

    def _closed_rightly(self, before: Life, action: str) -> None:
        why = self.life.closed_why
        assert why, "nothing closes without saying why"
        if why in ("confirmed", "no_reporter", "nobody_confirmed", "released"):
            assert self.life.checker is not None or before.checker is not None
            assert self.life.checker != self.life.fixer
        if why in ("nobody_confirmed", "not_contested"):
            assert action == "lapse"
            assert self.now - self.lapsed_from >= LAPSE
        if self.life.major and why not in ("not_contested", "refused_finally", "accepted"):
            assert why == "released"

    @rule(action=st.sampled_from([a for a in ACTIONS if a != "lapse"]), by=PEOPLE, to=PEOPLE, lead=st.booleans())
    def somebody(self, action: Action, by: int, to: int, lead: bool) -> None:
        self.step(action, by, to, False, lead)

    @rule(action=st.sampled_from(["confirm", "not_done", "contest", "accept", "reopen"]))
    def by_code(self, action: Action) -> None:
        self.step(action, None, None, True, False)

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        """Timers ring at once or after a pause of the platform; each exactly once."""
        self.now += timedelta(hours=hours)
        for due in timers(self.standing()):
            key = (due.kind, due.at)
            if due.at > self.now or key in self.done:
                continue
            self.done.add(key)
            self.rung.append(due.kind)
            if due.kind == "lapse":
                self.lapsed_from = self.since
                self.step("lapse", None, None, False, False)

    @precondition(lambda self: hasattr(self, "life"))
    @invariant()
    def nobody_is_forgotten(self) -> None:
        """What isn't closed is looked at again, or was looked at all the way up; a promise can't be lost."""
        kinds_now = {due.kind for due in timers(self.standing())}
        state = self.life.state
        if state in ("opened", "assigned", "in_progress"):
            assert {"fix_due", "fix_regulator"} <= kinds_now
            assert self.answered or {"answer_24", "answer_40", "answer_due", "answer_regulator"} <= kinds_now
        if state in ("checked", "refused"):
            assert "lapse" in kinds_now
        if state == "confirmed":
            assert "release_wanted" in kinds_now

    @precondition(lambda self: hasattr(self, "life"))
    @invariant()
    def nobody_checks_their_own_fix(self) -> None:
        assert self.life.checker is None or self.life.checker != self.life.fixer


HazardLife.TestCase.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
test_any_life = HazardLife.TestCase


def test_the_one_who_refused_does_not_refuse_again() -> None:
    refused = take(Life(reporter=9), "refuse", by=1).life
    contested = take(refused, "contest", by=9).life
    with pytest.raises(StepRefused, match="own_refusal"):
        take(contested, "refuse", by=1)
    assert take(contested, "refuse", by=2).then == ("refused", "closed")


def test_reminders_stand_at_24_and_40_hours_and_the_overdue_go_up() -> None:
    standing = Standing(
        state="opened",
        level="high",
        opened_at=T0,
        promise_due_at=T0 + PROMISE,
        due_at=T0 + timedelta(days=3),
        since=T0,
        answered=False,
    )
    hours = [(d.kind, (d.at - T0) / timedelta(hours=1)) for d in timers(standing)]
    assert hours[:4] == [("answer_24", 24), ("answer_40", 40), ("answer_due", 48), ("fix_soon", 48)]
    assert ("fix_regulator", 144) in hours


@pytest.mark.parametrize("kind_key", [k.key for k in kinds()])
@pytest.mark.parametrize("level", ["low", "medium", "high", "major"])
def test_every_hazard_goes_somewhere_and_the_reason_is_a_sentence(kind_key: str, level: Any) -> None:
    for found_by in ("worker", "inspection", "deduction", "alert", "regulator"):
        found = route(kind_key, level, None, found_by, has_team=False)
        assert found is not None
        assert found.role == "safety_manager"
        assert found.why_zh.endswith("。")
        assert found.why_en.endswith(".")
        assert not found.by_rule


def test_the_routing_table_has_no_gap_that_its_check_finds() -> None:
    assert [f for f in default_table().check() if "gap" in str(f).casefold()] == []


def test_kinds_stand_on_classes_that_exist() -> None:
    known = code_list("gbt13861_2022")
    accidents = code_list("gb6441_2025_type")
    for one in kinds():
        assert all(code in known for code in one.gbt13861), one.key
        assert all(code in accidents for code in one.gb6441), one.key
    assert kind_of_accident("WSA10010") == "working_at_height"
    assert kind_of_accident("") == "other"
    with pytest.raises(UnknownKind, match="machine_guarding"):
        kind("gremlins")


@pytest.mark.parametrize(
    ("words", "industry", "expected"),
    [
        ("二号除尘器附近积尘严重,多日未清理", "3311", "IND-TRADE-11-10"),
        ("喷漆房可燃气体报警器坏了", "3311", "IND-TRADE-7-7"),
        ("污水池清理没有监护人", "1353", "IND-TRADE-13-2"),
        ("行车急停失灵", "", "SPECIAL-EQ-4.7-c"),
        ("塔吊力矩限制器被短接", "4710", "BUILDING-8-4"),
    ],
)
def test_criteria_suggest_themselves_by_words_and_trade(words: str, industry: str, expected: str) -> None:
    found = suspects(words, "other", industry, date(2026, 7, 1))
    assert found[0].criterion.code == expected
    assert found[0].words


def test_criteria_hold_by_date_and_trade() -> None:
    chemical = ("罐区可燃气体报警仪损坏", "hazardous_chemicals", "2614")
    assert [s.criterion.code for s in suspects(*chemical, date(2026, 9, 29))] == ["CHEM-2017-12"]
    assert suspects(*chemical, date(2026, 10, 1)) == ()  # AQ 3067-2026 took over; its items are not in the list
    assert suspects("地面有一点油", "housekeeping", "3311", date(2026, 7, 1)) == ()
    assert len(major_criteria(date(2026, 7, 1))) == 134


def test_a_photo_is_far_only_beyond_what_devices_may_be_off() -> None:
    here = Spot(lat=30.0, lon=120.0, accuracy_m=20)
    assert not beside(here, Spot(lat=30.0005, lon=120.0, accuracy_m=20)).far  # 56 m, within 30 + 40
    assert beside(here, Spot(lat=30.001, lon=120.0, accuracy_m=20)).far
    assert beside(here, Spot()).metres is None
    plan = Plan(width=1000, height=500, metres_wide=200)
    assert beside(Spot(x=0.1, y=0.5), Spot(x=0.3, y=0.5), plan).metres == 40.0
    assert beside(Spot(x=0.1, y=0.5), Spot(x=0.3, y=0.5), Plan(width=1000, height=500)).far


def test_shares_within_2_and_48_hours_stay_exact_when_minutes_are_rounded() -> None:
    minutes = [3, 119, 120, 121, 2876, 2880, 2881, 9000]
    counts: dict[int, int] = {}
    for value in minutes:
        counts[bucket(value)] = counts.get(bucket(value), 0) + 1
    found = response_times(10, counts)
    assert (found.within_2h, found.within_48h) == (0.3, 0.6)
    assert found.median == 150
    assert response_times(0, {}).p85 is None


def test_likeness_is_of_words_not_of_spacing() -> None:
    assert likeness("二号通道 堆满料箱", "二号通道堆满料箱") == 1.0
    assert likeness("通道堆料", "电箱漏电") == 0.0
