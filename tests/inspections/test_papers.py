"""Claims about papers that run out: reports of special equipment, certificates of operators."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.inspections.papers import Machine, Paper, due_papers, needed_certificates
from yufang.standards import checks_of_machine, equipment_checks
from yufang.standards.equipment_checks import due_after_report, due_after_use, months_after

TODAY = date(2026, 6, 30)
CRANE = Machine(key="C1", name="电动单梁起重机", commissioned_on=date(2015, 3, 1))


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("电动单梁起重机", ["4000-B"]),
        ("QTZ63 塔式起重机", ["4000-T"]),
        ("铸造起重机 75t", ["4000-M"]),
        ("forklift", ["5000-F"]),
        ("手动液压叉车", []),  # pushed by hand
        ("开式可倾压力机", []),  # no vessel, for all its name
        ("储气罐", ["2000-P", "2000-Y"]),
        ("乙炔瓶", ["2300-A"]),
        ("锅炉房配电柜", []),
        ("燃气锅炉", ["1000-E", "1000-I"]),
    ],
)
def test_a_machine_falls_under_the_rows_its_name_says(name: str, codes: list[str]) -> None:
    assert [check.code for check in checks_of_machine(name)] == codes


def test_every_row_of_the_table_can_be_reached_by_one_of_its_own_words() -> None:
    for check in equipment_checks():
        word = (check.narrow or check.names)[0]
        assert check.code in [found.code for found in checks_of_machine(word)], check.code


def test_a_lift_is_due_by_its_age_and_later_every_year() -> None:
    lift = checks_of_machine("货梯")[0]
    used = date(2010, 5, 1)
    assert due_after_use(lift, used, date(2011, 4, 30)) == (date(2011, 5, 1), 0)
    assert due_after_use(lift, used, date(2019, 5, 1)) == (date(2019, 5, 1), 4)
    assert due_after_report(lift, date(2019, 4, 20), used) == date(2021, 5, 1)
    assert due_after_report(lift, date(2025, 6, 1), used) == date(2026, 6, 1)


@given(st.dates(date(2000, 1, 1), date(2030, 12, 31)), st.integers(0, 200))
def test_a_month_later_is_never_another_months_day(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day


def test_without_a_report_nobody_is_called_overdue() -> None:
    due = due_papers([CRANE], [], [], today=TODAY)
    own = [one for one in due if one.kind == "equipment"]
    assert [(one.code, one.state) for one in own] == [("4000-B", "unproven")]
    assert "5 次" in own[0].why_zh
    assert "无检验记录" in own[0].why_zh


def test_a_report_counts_until_its_printed_day_or_else_by_the_cycle() -> None:
    def state(**more: object) -> list[str]:
        paper = Paper(kind="equipment", code="4000-B", equipment_key="C1", **more)  # type: ignore[arg-type]
        return [one.state for one in due_papers([CRANE], [], [paper], today=TODAY) if one.kind == "equipment"]

    assert state(done_on=date(2025, 1, 1)) == []
    assert state(done_on=date(2024, 7, 10)) == ["soon"]  # asked for a month before it runs out
    assert state(done_on=date(2024, 6, 1)) == ["overdue"]
    assert state(done_on=date(2024, 6, 1), valid_until=date(2027, 1, 1)) == []


def test_the_newest_of_several_reports_counts() -> None:
    papers = [
        Paper(kind="equipment", code="4000-B", equipment_key="C1", done_on=day)
        for day in (date(2025, 9, 1), date(2020, 9, 1))
    ]
    assert not [one for one in due_papers([CRANE], [], papers, today=TODAY) if one.kind == "equipment"]


def test_a_machine_that_is_too_young_asks_for_nothing() -> None:
    young = Machine(key="C2", name="桥式起重机", commissioned_on=TODAY - timedelta(days=30))
    assert not [one for one in due_papers([young], [], [], today=TODAY) if one.kind == "equipment"]


def test_work_asks_for_certificates_and_each_holder_counts_alone() -> None:
    assert {n.code for n in needed_certificates([CRANE], ["焊接", "装配"])} == {"2", "Q2"}
    assert not needed_certificates([], ["装配"])
    papers = [
        Paper(kind="certificate", code="2", holder="017", done_on=date(2022, 1, 1)),
        Paper(kind="certificate", code="2", holder="018", done_on=date(2025, 1, 1)),
        Paper(kind="certificate", code="2", holder="017", done_on=date(2021, 1, 1)),
    ]
    due = list(due_papers([], ["焊接"], papers, today=TODAY))
    assert [(one.code, one.state, one.holder) for one in due] == [("2", "overdue", "017")]
    assert due[0].due_on == date(2025, 1, 1)
    asked = due_papers([], ["焊接"], [], today=TODAY)
    assert [(one.state, one.code) for one in asked] == [("unproven", "2")]
    assert "焊接" in asked[0].why_zh


def test_the_most_urgent_come_first() -> None:
    machines = [CRANE, Machine(key="F1", name="叉车", commissioned_on=date(2018, 1, 1))]
    papers = [
        Paper(kind="equipment", code="5000-F", equipment_key="F1", done_on=date(2020, 1, 1)),
        Paper(kind="certificate", code="N1", holder="1", done_on=date(2022, 7, 10)),
    ]
    states = [one.state for one in due_papers(machines, [], papers, today=TODAY)]
    assert states == sorted(states, key=["overdue", "unproven", "soon"].index)
    assert set(states) == {"overdue", "unproven", "soon"}
