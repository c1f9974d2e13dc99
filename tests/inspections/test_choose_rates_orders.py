"""Claims about whom to visit, what was found, and orders that are followed up."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.inspections import EnterpriseIn, InspectionError, Outcome, choose, rates
from yufang.inspections.choose import priority
from yufang.inspections.orders import check_deadline, due_steps, next_step, standing, worth_telling

TODAY = date(2026, 6, 30)
WEEK = date(2026, 7, 6)


def region(size: int = 60) -> list[EnterpriseIn]:
    return [
        EnterpriseIn(
            id=n,
            score=100 - n,
            last_seen=TODAY - timedelta(days=5 * n) if n % 2 else None,
            latitude=30 + (n * 7 % 11) / 50,
            longitude=120 + (n * 5 % 13) / 50,
        )
        for n in range(size)
    ]


def test_who_was_never_seen_goes_before_who_was_seen_last_week() -> None:
    never = priority(EnterpriseIn(id=1, score=60), TODAY)[0]
    lately = priority(EnterpriseIn(id=2, score=60, last_seen=TODAY - timedelta(days=7)), TODAY)[0]
    long_ago = priority(EnterpriseIn(id=3, score=60, last_seen=TODAY - timedelta(days=300)), TODAY)[0]
    assert lately < long_ago < never


def test_a_priority_is_the_sum_of_its_reasons() -> None:
    one = EnterpriseIn(id=1, score=70, high_warnings=2, medium_warnings=30, order_overdue=True)
    worth, reasons = priority(one, TODAY)
    assert worth == pytest.approx(min(1.0, sum(reason.worth for reason in reasons)))
    assert len(reasons) == 4
    assert all(reason.zh and reason.en for reason in reasons)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 60))
def test_a_week_holds_at_most_its_capacity_each_enterprise_once_on_a_workday(capacity: int, size: int) -> None:
    found = choose(region(size), capacity=capacity, week=WEEK, today=TODAY, seed="s")
    assert len(found) == min(capacity, size) == len({one.id for one in found})
    assert all(WEEK <= one.day < WEEK + timedelta(days=5) for one in found)
    assert [one.position for one in found] == list(range(1, len(found) + 1))
    assert [one.day for one in found] == sorted(one.day for one in found)


def test_a_fifth_is_drawn_and_over_many_weeks_nobody_is_out_of_reach() -> None:
    drawn: Counter[int] = Counter()
    for seed in range(200):
        found = choose(region(), capacity=10, week=WEEK, today=TODAY, seed=str(seed))
        explored = [one for one in found if one.explore]
        assert len(explored) == 2
        assert all(0 < one.propensity < 1 for one in explored)
        drawn.update(one.id for one in explored)
    likely = {one.id for one in choose(region(), capacity=10, week=WEEK, today=TODAY, seed="0") if not one.explore}
    assert set(drawn) == set(range(60)) - likely


def test_a_capacity_that_cannot_be_and_an_empty_region_are_refused() -> None:
    with pytest.raises(InspectionError) as refusal:
        choose(region(), capacity=0, week=WEEK, today=TODAY, seed="s")
    assert refusal.value.field == "capacity"
    with pytest.raises(InspectionError, match="no enterprise"):
        choose([], capacity=3, week=WEEK, today=TODAY, seed="s")


# ── what was found ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_item_counts_for_each_source_and_what_does_not_apply_is_no_miss() -> None:
    found = {
        rate.key: rate
        for rate in rates(
            [
                Outcome(sources=("point", "warning"), result="finding", chance=0.6),
                Outcome(sources=("point",), result="ok", chance=0.4),
                Outcome(sources=("point",), result="not_applicable", chance=0.9),
                Outcome(sources=("certificate",), result=None),
                Outcome(sources=("point",), result="finding", explore=True, chance=0.1),
            ]
        )
    }
    assert set(found) == {"all", "point", "warning", "certificate", "explore"}
    point = found["point"]
    assert (point.planned, point.answered, point.found, point.ok, point.not_applicable) == (3, 3, 1, 1, 1)
    assert point.share == 0.5
    assert point.expected == pytest.approx(0.5)
    assert point.low < 0.5 < point.high
    assert point.small
    assert found["warning"].share == 1.0
    assert (found["certificate"].coverage, found["certificate"].share) == (0.0, None)
    assert found["explore"].share == 1.0
    assert found["all"].coverage == 0.8


def test_nothing_looked_at_gives_no_rate() -> None:
    only = rates([])
    assert [(rate.key, rate.coverage, rate.share) for rate in only] == [("all", None, None)]


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────────

ISSUED, DEADLINE = date(2026, 7, 1), date(2026, 7, 15)


def test_an_order_is_reminded_of_then_overdue_then_escalated_each_week() -> None:
    steps = [next_step(ISSUED, DEADLINE, told) for told in range(4)]
    assert [(step.action, (step.on - DEADLINE).days) for step in steps] == [
        ("reminded", -3),
        ("overdue", 1),
        ("escalated", 4),
        ("escalated", 11),
    ]


def test_an_order_with_a_short_deadline_has_no_reminder_before_it_was_issued() -> None:
    assert next_step(ISSUED, ISSUED + timedelta(days=2), 0).action == "overdue"


@given(st.integers(0, 400), st.integers(0, 60))
def test_looking_once_or_every_day_tells_the_same_steps(late: int, span: int) -> None:
    deadline = ISSUED + timedelta(days=span)
    until = ISSUED + timedelta(days=late)
    at_once = due_steps(ISSUED, deadline, 0, until)
    daily = []
    for n in range(late + 1):
        daily += due_steps(ISSUED, deadline, len(daily), ISSUED + timedelta(days=n))
    assert tuple(daily) == at_once
    assert worth_telling(at_once) == (at_once[-1] if at_once else None)


def test_an_order_is_done_by_its_hazards_alone() -> None:
    late = DEADLINE + timedelta(days=1)
    assert standing(DEADLINE, [True, False], DEADLINE) == "open"
    assert standing(DEADLINE, [True, False], late) == "overdue"
    assert standing(DEADLINE, [True, True], late) == "done"
    assert standing(DEADLINE, [], late) == "overdue", "an order without hazards is never done by itself"
    assert standing(DEADLINE, [False], late, withdrawn=True) == "withdrawn"


@pytest.mark.parametrize("days", [-1, 400])
def test_a_deadline_that_cannot_be_is_refused(days: int) -> None:
    with pytest.raises(InspectionError) as refusal:
        check_deadline(TODAY + timedelta(days=days), TODAY)
    assert refusal.value.field == "deadline"
    check_deadline(TODAY, TODAY)
