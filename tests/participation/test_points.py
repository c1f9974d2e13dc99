"""Points: for what proved real, shared among those who said it, never for number alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.participation import Act, ParticipationError, derive, read_tables, table_on

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 6, 1, 2, tzinfo=UTC)
RULES = """
urn: urn:yufang:participation:test
tables:
  - effective_from: 2026-01-01
    version: "1"
    owner_zh: 甲
    owner_en: A
    source_zh: 乙
    source_en: B
    source_verified: true
    first_share: 0.5
    most_points_month: 60
    most_counted_month: 4
    rules:
      - {key: major, what: reported, level: major, points: 50, yuan: [1, 2], name_zh: 重, name_en: m}
      - {key: report, what: reported, level: any, points: 10, yuan: [1, 2], name_zh: 报, name_en: r}
"""
TABLES = read_tables(RULES)


def report(person: int, hazard: int, *, minute: int = 0, real: int | None = 600, level: str = "general") -> Act:
    return Act(
        person_id=person,
        subject=f"hazard:{hazard}",
        what="reported",
        level=level,
        at=START + timedelta(minutes=minute),
        accepted_at=None if real is None else START + timedelta(minutes=real),
    )


def earned(*acts: Act) -> dict[tuple[int, str], int]:
    return {(e.person_id, e.subject): e.points for e in derive(acts, zone=ZONE, tables=TABLES)}


def test_a_report_earns_points_when_its_hazard_proved_real_and_none_before() -> None:
    assert earned(report(1, 1)) == {(1, "hazard:1"): 10}
    assert earned(*(report(1, n, real=None) for n in range(500))) == {}


def test_reports_of_one_hazard_share_its_points_and_the_first_gets_half() -> None:
    found = earned(report(1, 7, minute=1), report(2, 7, minute=2), report(3, 7, minute=3))
    assert found == {(1, "hazard:7"): 5, (2, "hazard:7"): 3, (3, "hazard:7"): 2}


def test_a_report_after_the_hazard_proved_real_shares_nothing() -> None:
    assert earned(report(1, 7), report(2, 7, minute=601)) == {(1, "hazard:7"): 10}


def test_saying_the_same_again_earns_nothing_more() -> None:
    assert earned(*(report(1, 7, minute=m) for m in range(9))) == {(1, "hazard:7"): 10}


def test_quantity_is_capped_by_month_in_acts_and_in_points() -> None:
    many = derive([report(1, n, minute=n, real=600 + n) for n in range(8)], zone=ZONE, tables=TABLES)
    assert [e.points for e in many] == [10, 10, 10, 10, 0, 0, 0, 0]
    assert all(e.before_cap == 10 for e in many)
    grave = derive([report(1, n, real=600 + n, level="major") for n in range(3)], zone=ZONE, tables=TABLES)
    assert [e.points for e in grave] == [50, 10, 0]


def test_points_belong_to_the_month_on_the_clock_of_the_place() -> None:
    late = Act(
        person_id=1,
        subject="hazard:1",
        what="reported",
        level="general",
        at=datetime(2026, 5, 31, 10, tzinfo=UTC),
        accepted_at=datetime(2026, 5, 31, 17, tzinfo=UTC),  # already June in Shanghai
    )
    assert derive([late], zone=ZONE, tables=TABLES)[0].month == "2026-06"


def test_a_time_without_a_zone_is_refused_with_the_subject() -> None:
    with pytest.raises(ParticipationError, match=r"hazard:1 has a time without a zone"):
        derive([Act(person_id=1, subject="hazard:1", what="reported", level="general", at=datetime(2026, 6, 1),
                    accepted_at=START)], zone=ZONE)  # fmt: skip


ACTS = st.lists(
    st.builds(
        report,
        person=st.integers(1, 4),
        hazard=st.integers(1, 6),
        minute=st.integers(0, 900),
        real=st.sampled_from([300, 600]),
        level=st.just("general"),
    ),
    max_size=30,
)


@given(ACTS, st.randoms())
def test_order_and_repetition_change_nothing_and_no_hazard_pays_twice(acts: list[Act], random: object) -> None:
    once = derive(acts, zone=ZONE, tables=TABLES)
    twice = [*acts, *acts]
    random.shuffle(twice)  # type: ignore[attr-defined]
    assert derive(twice, zone=ZONE, tables=TABLES) == once
    for subject in {e.subject for e in once}:
        assert sum(e.before_cap for e in once if e.subject == subject) == 10
    for person in {e.person_id for e in once}:
        mine = [e for e in once if e.person_id == person]
        assert sum(e.points for e in mine) <= 60
        assert sum(e.points > 0 for e in mine) <= 4


@given(ACTS)
def test_reports_that_never_prove_real_take_nothing_from_others(acts: list[Act]) -> None:
    spam = [report(9, 100 + n, minute=n, real=None) for n in range(20)]
    assert derive([*acts, *spam], zone=ZONE, tables=TABLES) == derive(acts, zone=ZONE, tables=TABLES)


# ── the tables ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_day_is_judged_by_the_table_of_that_day() -> None:
    assert table_on(date(2022, 1, 1)).version == "1.0.0"
    assert table_on(date(2026, 1, 1)).version == "2.0.0"


def test_shipped_rules_name_their_owner_and_say_that_their_source_is_not_checked() -> None:
    for day in (date(2022, 1, 1), date(2026, 1, 1)):
        table = table_on(day)
        assert table.owner_zh
        assert table.owner_en
        assert table.source_verified is False
    assert "安委〔2024〕7 号" in table.source_zh


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("points: 50", "points: -1", r"tables\.0\.rules\.0\.points"),
        ("key: major", "key: report", "stands twice"),
        ("yuan: [1, 2]", "yuan: [5, 2]", "low <= high"),
        ("first_share: 0.5", "first_share: 0", "first_share"),
        ("urn:", "  - urn:", "line 2|Line 2|Line 3"),
    ],
)
def test_a_bad_table_is_refused_with_the_place_the_value_and_the_rule(old: str, new: str, says: str) -> None:
    with pytest.raises(ParticipationError, match=says) as refusal:
        read_tables(RULES.replace(old, new, 1))
    assert refusal.value.zh
