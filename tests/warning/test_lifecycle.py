"""The life of an alert, and the signals behind it, held against independent models."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from yufang.warning.lifecycle import OPEN, Alert, Did, Event, NotNow, Policy, covered_until, open_alert, take
from yufang.warning.lifecycle_conditions import ConditionError, read_condition
from yufang.warning.lifecycle_policies import PolicyError, default_rules, read_rules
from yufang.warning.lifecycle_signals import Signal, SignalRule, from_data, hear, next_due, run, to_data

T0 = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICIES = {
    "high": Policy(
        acknowledge_within=(5 * MINUTE, 10 * MINUTE, 15 * MINUTE),
        resolve_within=60 * MINUTE,
        close_after=90 * MINUTE,
        quiet_at_most=120 * MINUTE,
    ),
    "medium": Policy(acknowledge_within=(30 * MINUTE,), close_after=90 * MINUTE, quiet_at_most=120 * MINUTE),
    "low": Policy(close_after=90 * MINUTE, quiet_at_most=120 * MINUTE),
}
LEVELS = {"high": 3, "medium": 1, "low": 0}


def after(alert: Alert, kind: str, minutes: float, **more: object) -> tuple[Alert, tuple[Did, ...]]:
    event = Event(kind=kind, **more)  # type: ignore[arg-type]
    return take(alert, event, T0 + timedelta(minutes=minutes), POLICIES)


# What people rely on


def test_nobody_answers_and_every_level_is_told_at_its_minute_however_late_the_timer_runs() -> None:
    alert, told = open_alert("high", T0, POLICIES)
    alert, late = after(alert, "tick", 600)
    told = (*told, *late)
    assert [(d.step, d.level, (d.at - T0) // MINUTE, d.tell) for d in told] == [
        ("raised", 0, 0, True),
        ("escalated", 1, 5, True),
        ("escalated", 2, 15, True),
        ("escalated", 3, 30, True),
    ]
    assert alert.due_at is None, "above the top there is nobody else to tell"


def test_taken_on_in_time_nobody_else_is_told_until_it_should_have_been_resolved() -> None:
    alert, _ = open_alert("high", T0, POLICIES)
    alert, _ = after(alert, "acknowledge", 4)
    assert after(alert, "tick", 63)[1] == ()
    alert, done = after(alert, "tick", 64)
    assert (alert.state, done[0].tell, done[0].level) == ("escalated", True, 1)


def test_an_answer_one_second_late_finds_the_alert_escalated_and_takes_it_on() -> None:
    alert, _ = open_alert("high", T0, POLICIES)
    alert, done = after(alert, "acknowledge", 5 + 1 / 60)
    assert [(d.step, d.at) for d in done] == [
        ("escalated", T0 + 5 * MINUTE),
        ("acknowledged", T0 + 5 * MINUTE + timedelta(seconds=1)),
    ]
    assert (alert.state, alert.level) == ("acknowledged", 1)


def test_a_snooze_stops_the_countdown_and_ends_with_a_reminder() -> None:
    alert, _ = open_alert("high", T0, POLICIES)
    alert, _ = after(alert, "snooze", 3, until=T0 + 20 * MINUTE)
    alert, done = after(alert, "tick", 25)
    assert [(d.step, (d.at - T0) // MINUTE, d.tell) for d in done] == [
        ("snoozed_over", 20, True),
        ("escalated", 22, True),
    ]


def test_what_is_graver_than_what_was_snoozed_speaks_at_once() -> None:
    alert, _ = open_alert("medium", T0, POLICIES)
    alert, _ = after(alert, "snooze", 1, until=T0 + 60 * MINUTE)
    alert, done = after(alert, "raise", 2, tier="high")
    assert (alert.state, alert.tier, alert.quiet_until, done[0].step, done[0].tell) == (
        *("raised", "high", None, "upgraded"),
        True,
    )


def test_a_downgrade_never_takes_an_alert_out_of_a_persons_hands() -> None:
    alert, _ = open_alert("high", T0, POLICIES)
    free, _ = after(alert, "downgrade", 1, tier="medium")
    held, _ = after(after(alert, "acknowledge", 1)[0], "downgrade", 2, tier="medium")
    assert (free.state, held.state, free.tier, held.tier) == ("downgraded", "acknowledged", "medium", "medium")
    assert free.escalate_at == T0 + 31 * MINUTE, "the deadline of its new tier counts from the downgrade"


def test_resolved_comes_back_as_the_same_alert_until_it_closes() -> None:
    alert, _ = open_alert("high", T0, POLICIES)
    alert, _ = after(alert, "resolve", 2)
    again, done = after(alert, "raise", 91)
    assert (again.state, again.round, done[0].step, done[0].tell) == ("raised", 2, "raised_again", True)
    closed, done = after(alert, "tick", 500)
    assert (closed.state, done[0].at) == ("closed", T0 + 92 * MINUTE)
    with pytest.raises(NotNow, match="closed"):
        after(closed, "raise", 501)


def test_inside_a_mute_window_it_is_raised_and_told_at_its_end() -> None:
    mutes = [(T0 - MINUTE, T0 + 10 * MINUTE), (T0 + 10 * MINUTE, T0 + 20 * MINUTE)]
    alert, done = open_alert("high", T0, POLICIES, mutes)
    assert [(d.step, d.tell) for d in done] == [("raised", False), ("muted", False)]
    alert, done = take(alert, Event(kind="tick"), T0 + 26 * MINUTE, POLICIES, mutes)
    assert [(d.step, (d.at - T0) // MINUTE, d.tell) for d in done] == [
        ("muted_over", 20, True),
        ("escalated", 25, True),
    ]


@pytest.mark.parametrize(("until", "match"), [(T0, "later than now"), (T0 + 121 * MINUTE, "at most")])
def test_a_snooze_without_end_or_too_long_is_refused(until: datetime, match: str) -> None:
    alert, _ = open_alert("high", T0, POLICIES)
    with pytest.raises(NotNow, match=match) as refused:
        after(alert, "snooze", 0, until=until)
    assert refused.value.field == "until"


# The machine, model-checked


class Life(RuleBasedStateMachine):
    """One alert under any order of events. A second copy is only run when something happens to it, as if its worker
    had
    been dead meanwhile: both must tell the same people the same things as of the same seconds."""

    @initialize(
        tier=st.sampled_from(["high", "medium", "low"]),
        mutes=st.lists(st.tuples(*[st.integers(0, 200)] * 2), max_size=3),
    )
    def begin(self, tier: str, mutes: list[tuple[int, int]]) -> None:
        self.now = T0
        self.mutes = [(T0 + a * MINUTE, T0 + (a + n) * MINUTE) for a, n in mutes]
        self.alert, done = open_alert(tier, T0, POLICIES, self.mutes)  # type: ignore[arg-type]
        self.lazy, self.lazy_did = self.alert, list(done)
        self.did = list(done)

    @rule(seconds=st.integers(1, 3000))
    def time_passes(self, seconds: int) -> None:
        """The eager copy is run every now and then, the other one is not."""
        for part in (seconds // 3, seconds // 3, seconds - 2 * (seconds // 3)):
            self.now += timedelta(seconds=part)
            self.alert, done = take(self.alert, Event(kind="tick"), self.now, POLICIES, self.mutes)
            self._note(done)

    @rule(
        kind=st.sampled_from(["raise", "downgrade", "clear", "acknowledge", "hand_on", "wake", "resolve", "close"]),
        tier=st.sampled_from(["high", "medium", "low"]),
    )
    def something_happens(self, kind: str, tier: str) -> None:
        self._take(Event(kind=kind, tier=tier if kind in ("raise", "downgrade") else None))  # type: ignore[arg-type]

    @rule(minutes=st.integers(-1, 130))
    def somebody_snoozes(self, minutes: int) -> None:
        self._take(Event(kind="snooze", until=self.now + minutes * MINUTE))

    @rule(start=st.integers(0, 60), length=st.integers(1, 60))
    def a_window_opens(self, start: int, length: int) -> None:
        self._catch_up()
        self.mutes.append((self.now + start * MINUTE, self.now + (start + length) * MINUTE))

    @precondition(lambda self: self.mutes)
    @rule()
    def all_windows_are_lifted(self) -> None:
        self._catch_up()
        self.mutes = [(a, min(b, self.now)) for a, b in self.mutes if a < self.now]
        self._take(Event(kind="unmute"))

    def _note(self, done: tuple[Did, ...]) -> None:
        self.did += done
        times = [d.at for d in self.did]
        assert times == sorted(times)
        assert all(covered_until(d.at, self.mutes) is None for d in done if d.tell), "told inside a mute window"

    def _catch_up(self) -> None:
        self.lazy, done = take(self.lazy, Event(kind="tick"), self.now, POLICIES, self.mutes)
        self.lazy_did += done

    def _take(self, event: Event) -> None:
        try:
            self.alert, done = take(self.alert, event, self.now, POLICIES, self.mutes)
        except NotNow:
            with pytest.raises(NotNow):
                take(self.lazy, event, self.now, POLICIES, self.mutes)
            return
        self._note(done)
        self.lazy, done = take(self.lazy, event, self.now, POLICIES, self.mutes)
        self.lazy_did += done

    @invariant()
    def late_or_not_it_is_the_same_history(self) -> None:
        if not hasattr(self, "alert"):
            return
        lazy, done = take(self.lazy, Event(kind="tick"), self.now, POLICIES, self.mutes)
        assert lazy == self.alert
        assert [*self.lazy_did, *done] == self.did

    @invariant()
    def nothing_due_is_left_and_no_open_alert_is_forgotten(self) -> None:
        if not hasattr(self, "alert"):
            return
        a = self.alert
        assert a.due_at is None or a.due_at > self.now
        if a.state in ("raised", "escalated", "downgraded") and a.level < LEVELS[a.tier]:
            assert a.escalate_at is not None, "an alert that nobody has taken on always has its next deadline"
        if a.owed:
            assert a.quiet_until is not None, "whoever is to be told is told, unless it is quiet"
        if a.state == "resolved":
            assert a.close_at is not None
            assert a.escalate_at is None
        if a.state == "closed":
            assert a.due_at is None
        if a.quiet_until is not None and a.escalate_at is not None:
            assert a.escalate_at >= a.quiet_until, "the countdown stands still while it is quiet"

    @invariant()
    def people_may_only_do_what_the_machine_allows(self) -> None:
        if not hasattr(self, "alert"):
            return
        for kind in ("acknowledge", "hand_on", "resolve", "close", "wake"):
            try:
                take(self.alert, Event(kind=kind), self.now, POLICIES, self.mutes)  # type: ignore[arg-type]
                possible = True
            except NotNow:
                possible = False
            assert possible == (kind in self.alert.may), kind
        assert bool(self.alert.may) == (self.alert.state in (*OPEN, "resolved"))


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=120, stateful_step_count=20, deadline=None)


# Conditions


def test_conditions_are_and_or_not_over_facts_and_the_unknown_is_neither() -> None:
    tree = read_condition(
        {"all": [{"fact": "a", "at_least": 1}, {"any": [{"fact": "b", "is": True}, {"fact": "c", "below": 3}]}]}
    )
    assert tree.holds({"a": 1, "b": True}) is True
    assert tree.holds({"a": 1, "b": False, "c": 3}) is False
    assert tree.holds({"a": 1}) is None
    assert tree.holds({"a": 0}) is False, "one part that is false decides, whatever is unknown"
    assert read_condition({"not": {"fact": "a", "at_least": 1}}).holds({}) is None
    assert tree.holds({"a": float("nan"), "b": True}) is None, "a broken sensor tells nothing"
    assert tree.facts() == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("data", "match"),
    [
        ({"all": []}, r"condition.all: expected a list"),
        ({"any": [{"fact": "a", "over": 3}]}, r"condition.any\[0\]: expected all, any, not, or fact with one of"),
        ({"fact": "a", "at_least": "3"}, r"condition.at_least: expected a number, given: '3'"),
        ({"fact": "", "is": 1}, r"condition.fact"),
        ({"fact": "a", "one_of": 3}, r"condition.one_of"),
        ("a > 3", r"expected a mapping"),
        ({"not": {"not": {"not": "x"}}}, r"condition.not.not.not"),
    ],
)
def test_a_condition_that_cannot_be_read_names_its_place(data: object, match: str) -> None:
    with pytest.raises(ConditionError, match=match):
        read_condition(data)


def test_shipped_rules_are_read_and_broken_ones_name_what_is_wrong() -> None:
    assert {"gas_lel", "oxygen", "guard_bypassed"} <= set(default_rules().signals)
    good = "urn: u\nversion: '1'\npolicies: {high: {close_after: 1h, quiet_at_most: 1h}}\n"
    with pytest.raises(PolicyError, match="low, medium missing"):
        read_rules(good)
    with pytest.raises(PolicyError, match=r"close_after.*90s, 10m, 4h or 7d.*given: 5"):
        read_rules(good.replace("close_after: 1h", "close_after: 5"))


# Signals

RULE = SignalRule(
    rule="gas",
    tier="high",
    title_zh="",
    title_en="",
    when_raised=read_condition({"fact": "x", "at_least": 50}),
    when_downgraded=read_condition({"all": [{"fact": "x", "below": 50}, {"fact": "x", "at_least": 25}]}),
    when_cleared=read_condition({"fact": "x", "below": 20}),
    raise_hold=timedelta(seconds=3),
    downgrade_hold=timedelta(seconds=5),
    clear_hold=timedelta(seconds=7),
    flap_changes=99,
)
SERIES = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0, 19, 22, 30, 49, 50, 80])), min_size=1, max_size=30)


def second(n: int) -> datetime:
    return T0 + timedelta(seconds=n)


def by_the_second(series: list[tuple[int, int]], end: int) -> list[tuple[str, int]]:
    """What a clerk with a stopwatch would do who looks once a second; knows nothing of the code under test."""
    facts, at = {}, 0
    for gap, x in series:
        at += gap
        facts[at] = x
    standing, x, wish, since, did = "quiet", None, None, 0, []
    holds = {"raise": 3, "downgrade": 5, "clear": 7}
    for now in range(end + 1):
        for heard in (False, True):  # a hold that is up counts before what is heard at the same second only if older
            if heard and now in facts:
                x = facts[now]
            want = None
            if x is not None:
                if x >= 50 and standing != "raised":
                    want = "raise"
                elif 25 <= x < 50 and standing == "raised":
                    want = "downgrade"
                elif x < 20 and standing != "quiet":
                    want = "clear"
            if want != wish:
                wish, since = want, now
            if heard and wish and now - since >= holds[wish]:
                did.append((wish, now))
                standing = {"raise": "raised", "downgrade": "downgraded", "clear": "quiet"}[wish]
                wish = None
    return did


@given(SERIES)
@settings(max_examples=100, deadline=None)
def test_holds_agree_with_a_clerk_and_a_stopwatch(series: list[tuple[int, int]]) -> None:
    signal, did, at = Signal(), [], 0
    for gap, x in series:
        at += gap
        signal, changes = hear(signal, RULE, {"x": x}, second(at))
        did += changes
    signal, changes = run(signal, RULE, second(at + 20))
    did += changes
    assert [(c.change, int((c.at - T0).total_seconds())) for c in did] == by_the_second(series, at + 20)


FLAPPY = replace(RULE, flap_changes=4, flap_window=timedelta(seconds=60), flap_hold=timedelta(seconds=40))
ABSENT = replace(FLAPPY, absent_after=timedelta(seconds=9))


@given(SERIES, st.sampled_from([RULE, FLAPPY, ABSENT, replace(ABSENT, on_absence="keep")]))
@settings(max_examples=60, deadline=None)
def test_run_every_second_or_only_when_heard_is_the_same(series: list[tuple[int, int]], how: SignalRule) -> None:
    eager, lazy, eager_did, lazy_did, at = Signal(), Signal(), [], [], 0
    for gap, x in series:
        for _ in range(gap):
            at += 1
            eager, changes = run(eager, how, second(at) - timedelta(microseconds=1))
            eager_did += changes
        eager, changes = hear(eager, how, {"x": x}, second(at))
        eager_did += changes
        lazy, changes = hear(from_data(to_data(lazy)), how, {"x": x}, second(at))  # stored in between
        lazy_did += changes
    assert eager_did == lazy_did
    assert eager == lazy
    due = next_due(lazy, how)
    assert due is None or due > second(at)


def test_a_signal_that_flaps_says_so_and_clears_only_after_a_long_calm() -> None:
    signal, did, at = Signal(), [], 0
    for _ in range(3):
        for x, seconds in ((80, 4), (0, 8)):
            signal, changes = hear(signal, FLAPPY, {"x": x}, second(at))
            did += changes
            at += seconds
    assert [c.change for c in did] == ["raise", "clear", "raise", "clear", "raise", "flapping"][: len(did)]
    signal, changes = run(signal, FLAPPY, second(at + 25))
    did += changes
    assert signal.standing == "raised", "the ordinary hold is long over, and it stays raised"
    signal, changes = run(signal, FLAPPY, second(at + 40))
    assert [c.change for c in (*did, *changes)] == [*("raise", "clear") * 2, "raise", "flapping", "clear"]


@pytest.mark.parametrize(("on_absence", "left"), [("clear", "quiet"), ("keep", "raised")])
def test_silence_clears_or_keeps_as_the_rule_says(on_absence: str, left: str) -> None:
    how = replace(ABSENT, on_absence=on_absence)  # type: ignore[arg-type]
    signal, _ = hear(Signal(), how, {"x": 80}, T0)
    signal, changes = run(signal, how, second(100))
    assert (signal.standing, signal.facts) == (left, {})
    assert [(c.change, c.at, c.why) for c in changes][1:] == (
        [("clear", second(9), "absence")] if left == "quiet" else []
    )


def test_facts_that_come_late_or_of_nobodys_business_change_nothing() -> None:
    signal, _ = hear(Signal(), RULE, {"x": 10}, second(10))
    assert hear(signal, RULE, {"x": 90}, second(9)) == (signal, ())
    assert hear(signal, RULE, {"other": 90}, second(11))[0].facts == {"x": 10}
