"""Who is on duty, when nobody is, when the next try is made, and when no telephone rings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.dispatch import (
    BackOff,
    ShiftSpan,
    StandInSpan,
    Way,
    default_rules,
    gaps,
    next_try,
    next_way,
    not_before,
    on_duty,
    order_ways,
)

T0 = datetime(2026, 11, 16, tzinfo=UTC)


def h(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def test_a_shift_begins_with_its_first_second_and_ends_before_its_last() -> None:
    shifts = [ShiftSpan(1, h(8), h(16)), ShiftSpan(2, h(16), h(24))]
    assert on_duty(shifts, [], h(8)).people == (1,)
    assert on_duty(shifts, [], h(16)).people == (2,)
    assert on_duty(shifts, [], h(24)).hole


def test_a_stand_in_takes_the_shift_and_one_who_is_away_too_is_replaced_in_turn() -> None:
    shifts = [ShiftSpan(1, h(8), h(16))]
    away = [StandInSpan(1, 2, h(0), h(48)), StandInSpan(2, 3, h(10), h(12))]
    assert on_duty(shifts, away, h(9)).people == (2,)
    duty = on_duty(shifts, away, h(11))
    assert (duty.people, duty.in_place_of) == ((3,), (1,))
    ring = [*away, StandInSpan(3, 1, h(0), h(48))]
    assert on_duty(shifts, ring, h(11)).hole, "three who stand in for one another are nobody"


def test_a_hole_names_who_is_away_and_neighbouring_holes_of_one_cause_are_one() -> None:
    shifts = [ShiftSpan(1, h(8), h(12)), ShiftSpan(1, h(12), h(16))]
    found = gaps(shifts, [StandInSpan(1, None, h(10), h(14))], h(0), h(24))
    assert [(g.start, g.end, g.away) for g in found] == [
        (h(0), h(8), ()),
        (h(10), h(14), (1,)),
        (h(16), h(24), ()),
    ]


_hours = st.integers(0, 48)
_spans = st.builds(lambda a, b: (h(min(a, b)), h(max(a, b) + 1)), _hours, _hours)


@given(
    shifts=st.lists(st.builds(lambda p, s: ShiftSpan(p, *s), st.integers(1, 4), _spans), max_size=6),
    away=st.lists(
        st.builds(lambda p, q, s: StandInSpan(p, q, *s), st.integers(1, 4), st.none() | st.integers(1, 4), _spans),
        max_size=4,
    ),
    minute=st.integers(0, 50 * 60 - 1),
)
def test_a_moment_is_in_a_hole_exactly_when_nobody_is_on_duty_then(
    shifts: list[ShiftSpan], away: list[StandInSpan], minute: int
) -> None:
    at = T0 + timedelta(minutes=minute)
    holes = gaps(shifts, away, h(0), h(50))
    assert any(g.start <= at < g.end for g in holes) == on_duty(shifts, away, at).hole
    assert all(a.end <= b.start for a, b in pairwise(holes))


def test_tries_wait_longer_each_time_and_end() -> None:
    back_off = BackOff(seconds=(5, 20), most_seconds=60)
    assert [next_try(back_off, n, T0) for n in (1, 2, 3)] == [
        T0 + timedelta(seconds=5),
        T0 + timedelta(seconds=20),
        None,
    ]
    assert next_try(back_off, 1, T0, asked=33) == T0 + timedelta(seconds=33)
    assert next_try(back_off, 1, T0, asked=1e9) == T0 + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ((2026, 7, 1, 21, 59), (2026, 7, 1, 21, 59)),
        ((2026, 7, 1, 22, 0), (2026, 7, 2, 7, 0)),
        ((2026, 7, 2, 3, 0), (2026, 7, 2, 7, 0)),
        ((2026, 7, 2, 7, 0), (2026, 7, 2, 7, 0)),
    ],
)
def test_at_night_nobody_is_rung_for_what_is_no_alert(local: tuple[int, ...], until: tuple[int, ...]) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    at = datetime(*local, tzinfo=zone).astimezone(UTC)  # type: ignore[misc, arg-type]
    expected = datetime(*until, tzinfo=zone)  # type: ignore[misc, arg-type]
    assert not_before(at, default_rules().quiet, zone) == expected


def test_ways_are_tried_in_their_persons_order_and_a_broken_channel_goes_behind() -> None:
    ways = [
        Way(reach=1, kind="sms", position=2),
        Way(reach=2, kind="dingtalk", position=0, failures=7),
        Way(reach=3, kind="email", position=1),
        Way(reach=4, kind="webhook", position=0, enabled=False),
    ]
    assert [w.reach for w in order_ways(ways, broken_after=5)] == [3, 1, 2]
    assert next_way(ways, [3], broken_after=5) == ways[0]
    assert next_way(ways, [1, 2, 3], broken_after=5) is None
