"""Claims about special works, special equipment and operations, recognition, deadlines and benefits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang import standards

WORKS = {"HOT", "CSE", "BLD", "WAH", "LFT", "ELE", "EXC", "RDB"}
DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))


def test_there_are_eight_special_works_in_fifteen_levels() -> None:
    works = standards.special_works()
    assert {work.work for work in works} == WORKS
    assert len(works) == 15
    assert {w.code: w.permit_hours for w in works if w.work in ("HOT", "CSE", "ELE")} == {
        "HOT-S": 8, "HOT-1": 8, "HOT-2": 72, "CSE": 24, "ELE": 360,
    }  # fmt: skip


def test_special_works_begin_with_their_standard() -> None:
    with pytest.raises(standards.NotInForce, match="2022-10-01"):
        standards.special_works(date(2022, 9, 30))


@pytest.mark.parametrize("work", sorted(WORKS - {"RDB"}))
def test_a_work_has_its_limits_and_those_of_all_works(work: str) -> None:
    limits = standards.permit_limits(work)
    assert {limit.work for limit in limits} == {work, "ALL"}
    assert all(limit.kind in ("require", "forbid", "trigger") for limit in limits)
    for limit in limits:
        assert (limit.value is None) == (limit.op == "see")
        assert (limit.upper is not None) == (limit.op == "range")


def test_a_level_has_the_limits_of_its_work() -> None:
    hot = standards.permit_limits("HOT")
    assert (
        standards.permit_limits("HOT-1")
        == standards.permit_limits("动火")
        == standards.permit_limits("hot work")
        == hot
    )
    assert {limit.work for limit in standards.permit_limits("ALL")} == {"ALL"}
    with pytest.raises(standards.UnknownCode, match="gb30871_2022_work"):
        standards.permit_limits("WELD")


def test_confined_space_air_must_hold_neither_too_little_nor_too_much_oxygen() -> None:
    oxygen = next(limit for limit in standards.permit_limits("CSE") if limit.code == "CSE-O2")
    assert [oxygen.holds(value) for value in (19.4, 19.5, 20.9, 21, 21.1)] == [False, True, True, True, False]
    wind = next(limit for limit in standards.permit_limits("HOT") if limit.code == "HOT-WIND")
    assert wind.kind == "forbid"
    assert wind.holds(5)
    assert not wind.holds(4)
    toxic = next(limit for limit in standards.permit_limits("CSE") if limit.code == "CSE-TOXIC")
    with pytest.raises(standards.OutOfScale, match="CSE-TOXIC"):
        toxic.holds(1)


def test_the_gas_limit_of_hot_work_follows_the_explosive_limit() -> None:
    assert standards.hot_work_gas_limit(standards.lel_vol_pct("CH4")) == 0.5
    assert standards.hot_work_gas_limit(4.0) == 0.5
    assert standards.hot_work_gas_limit(standards.lel_vol_pct("汽油")) == 0.2
    with pytest.raises(standards.OutOfScale, match="lel_vol_pct"):
        standards.hot_work_gas_limit(0)


@pytest.mark.parametrize(
    ("height", "aggravated", "level"),
    [(2, False, "WAH-1"), (5, False, "WAH-1"), (5.1, False, "WAH-2"), (15, False, "WAH-2"), (30, False, "WAH-3"),
     (30.1, False, "WAH-4"), (5, True, "WAH-2"), (15, True, "WAH-3"), (15.1, True, "WAH-4"), (40, True, "WAH-4")],
)  # fmt: skip
def test_levels_of_work_at_height(height: float, aggravated: bool, level: str) -> None:
    assert standards.height_level(height, aggravated) == level


@pytest.mark.parametrize(("mass", "level"), [(39.9, "LFT-3"), (40, "LFT-2"), (100, "LFT-2"), (100.1, "LFT-1")])
def test_levels_of_lifting(mass: float, level: str) -> None:
    assert standards.lifting_level(mass) == level
    with pytest.raises(standards.OutOfScale, match="mass_t"):
        standards.lifting_level(-mass)
    with pytest.raises(standards.OutOfScale, match="height_m"):
        standards.height_level(1.9)


def test_special_equipment_has_its_catalogue_codes_and_cycles() -> None:
    found = {equipment.code: equipment for equipment in standards.special_equipment()}
    assert set(found) == {"1000", "2000", "2300", "3000", "4000", "5000", "6000", "7000", "8000", "9000", "F000"}
    assert found["1000"].cycle_months == 12
    assert found["3000"].cycle_months is None
    assert all(e.threshold_zh and e.threshold_en and e.cycle_zh and e.cycle_en for e in found.values())
    assert all(e.confidence.startswith("memory") for e in found.values())


def test_special_operations_are_reviewed_within_their_certificate() -> None:
    found = standards.special_operations()
    assert len(found) == 11
    assert sum(len(kind.operations) for kind in found) == 54
    assert all(kind.review_years * 2 == kind.valid_years == 6 for kind in found)


def test_high_risk_trades_train_longer() -> None:
    hours = {group.code: group for group in standards.training_hours()}
    assert (hours["NEW"].initial, hours["NEW-HIGH"].initial) == (24, 72)
    assert (hours["LEAD"].yearly, hours["LEAD-HIGH"].yearly) == (12, 16)
    assert hours["REVIEW"].confidence == "text"


def test_every_situation_has_factors_and_the_papers_everybody_brings() -> None:
    found = standards.recognition_situations()
    assert [s.result for s in found].count("recognized") == 7
    assert [s.result for s in found].count("deemed") == 3
    assert [s.result for s in found].count("excluded") == 3
    for situation in found:
        assert all(situation.factors)
        assert {"EV-01", "EV-02", "EV-03"} <= set(situation.evidence)
    commuting = next(s for s in found if s.code == "WI-14-6")
    assert {"EV-05", "EV-06"} <= set(commuting.evidence)
    assert "EV-07" not in commuting.evidence


def test_deadlines_are_those_of_the_day() -> None:
    def codes(day: date) -> set[str]:
        return {limit.code for limit in standards.deadlines(day)}

    assert "DL-13-1990" in codes(date(2015, 4, 30))
    assert "DL-13" not in codes(date(2015, 4, 30))
    assert "DL-13" in codes(date(2015, 5, 1))
    assert "DL-13-1990" not in codes(date(2015, 5, 1))
    assert "DL-01" not in codes(date(2010, 12, 31))
    units = {limit.unit for limit in standards.deadlines()}
    assert units <= {"calendar_day", "working_day", "month", "year", "hour", "none"}


def _deadline(code: str) -> standards.Deadline:
    return next(limit for limit in standards.deadlines() if limit.code == code)


@given(DAYS)
def test_the_last_day_lies_after_the_event_and_moves_with_it(day: date) -> None:
    for limit in standards.deadlines():
        if limit.unit in ("hour", "none"):
            with pytest.raises(standards.OutOfScale, match="unit"):
                limit.last_day(day)
            continue
        assert day < limit.last_day(day) <= limit.last_day(day + timedelta(days=1))


def test_last_days_by_the_calendar() -> None:
    assert _deadline("DL-01").last_day(date(2026, 3, 1)) == date(2026, 3, 31)
    assert _deadline("DL-02").last_day(date(2024, 2, 29)) == date(2025, 2, 28)
    assert _deadline("DL-13").last_day(date(2026, 8, 31)) == date(2027, 2, 28)
    # 2026-01-05 is a Monday: fifteen working days end on a Monday three weeks later.
    assert _deadline("DL-03").last_day(date(2026, 1, 5)) == date(2026, 1, 26)
    assert _deadline("DL-03").last_day(date(2026, 1, 5), holidays={date(2026, 1, 6)}) == date(2026, 1, 27)
    assert _deadline("DL-03").last_day(date(2026, 1, 5), worked_weekends={date(2026, 1, 10)}) == date(2026, 1, 23)


def test_graver_disability_never_brings_less() -> None:
    found = [standards.disability_benefit(grade) for grade in range(1, 11)]
    assert [b.lump_sum_months for b in found] == [27, 25, 23, 21, 18, 16, 13, 11, 9, 7]
    assert [b.monthly_pct for b in found] == [90, 85, 80, 75, 70, 60, None, None, None, None]
    assert [b.monthly_payer for b in found] == ["fund"] * 4 + ["employer"] * 2 + [""] * 4
    assert [b.termination_grants for b in found] == [False] * 4 + [True] * 6
    assert len(standards.code_list("disability_grade")) == 10


@pytest.mark.parametrize("grade", [0, 11, -1])
def test_a_grade_off_the_scale_is_refused(grade: int) -> None:
    with pytest.raises(standards.OutOfScale, match="grade"):
        standards.disability_benefit(grade)


def test_documents_known_only_from_memory_or_unsure_are_marked() -> None:
    assert standards.entry("standards_status", "AQ 3072-2026").confidence == "memory_low"
    assert standards.entry("major_hazard_document", "COAL").confidence == "text"
    with pytest.raises(standards.NotInForce):
        standards.entry("standards_status", "GB/T 13869-2026", date(2026, 11, 1))
