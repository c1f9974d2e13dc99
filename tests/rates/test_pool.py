"""The pool: rows read, grades by rules, income kept, swings capped, and who pays for whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.rates.made_pool import made_pool
from yufang.rates import (
    Insured,
    InsuredYear,
    RateError,
    Simulation,
    load_table,
    national_table,
    read_insured,
    read_table,
    simulate_pool,
)
from yufang.rates.grading import Record, grade


@pytest.fixture(scope="module")
def simulated() -> Simulation:
    return simulate_pool(*made_pool(400), national_table())


def _record(**change: float) -> Record:
    base = Record(
        years=3,
        payroll=1e7,
        premium=9e4,
        benefits=1e4,
        injuries=1,
        deaths=0,
        diseases=0,
        incidence_ratio=1.0,
        experience=1.0,
    )
    return replace(base, **change)  # type: ignore[arg-type]  # figures of the record


def test_rows_that_cannot_be_taken_are_kept_and_the_others_go_on(tmp_path: Path) -> None:
    file = tmp_path / "pool.csv"
    file.write_text(
        "enterprise_id,year,payroll,benefits\nA,2024,1000,0\nA,2025,-5,0\nB,2025,,3\nB,2024,0,9\nC,24,5,0\nA,2024,9,0\n"
    )
    found = read_insured(file)
    assert [(r.enterprise_id, r.year) for r in found.rows] == [("A", 2024)]
    assert [(r.row, r.field) for r in found.refused] == [
        (2, "payroll"),
        (3, "payroll"),
        (4, "payroll"),
        (5, "year"),
        (6, "year"),
    ]
    assert "negative" in found.refused[0].reason_en
    assert "负数" in found.refused[0].reason_zh
    assert found.refused[0].raw["payroll"] == "-5"


def test_a_missing_column_is_named_in_both_languages(tmp_path: Path) -> None:
    file = tmp_path / "pool.csv"
    file.write_text("enterprise_id,year,benefits\nA,2024,1\n")
    with pytest.raises(RateError, match="payroll") as caught:
        read_insured(file)
    assert "缴费工资总额" in caught.value.zh[0]


@pytest.mark.parametrize(
    ("experience", "wanted"), [(0.4, 50), (0.7, 80), (1.0, 100), (1.3, 120), (1.7, 150), (9.0, 150)]
)
def test_the_first_line_that_fits_gives_the_grade(experience: float, wanted: int) -> None:
    table = national_table()
    assert grade(_record(experience=experience), 100, table.classes[4], table).indicated == wanted


def test_a_grade_moves_one_step_a_year() -> None:
    table = national_table()
    found = grade(_record(experience=0.3), 100, table.classes[4], table)
    assert (found.indicated, found.proposed, found.steps_held) == (50, 80, True)


def test_the_first_class_has_no_discount() -> None:
    table = national_table()
    assert grade(_record(experience=0.3), 100, table.classes[1], table).proposed == 100


def test_a_death_bars_a_discount_and_two_raise_the_grade() -> None:
    table = national_table()
    one = grade(_record(experience=0.3, deaths=1), 100, table.classes[4], table)
    assert (one.proposed, one.guards) == (100, ("death",))
    assert grade(_record(experience=0.3, deaths=2), 100, table.classes[4], table).proposed == 120


def test_income_is_kept_and_no_rate_swings_beyond_the_cap(simulated: Simulation) -> None:
    assert simulated.income_reached
    assert simulated.income_proposed == pytest.approx(simulated.income_now, rel=1e-6)
    assert simulated.largest_rise_pct <= 50 + 1e-9
    assert simulated.largest_fall_pct <= 50 + 1e-9
    assert sum(n for _, n in simulated.moves) == simulated.rated == 400
    for bands in (simulated.by_class, simulated.by_sector, simulated.by_size):
        assert sum(b.enterprises for b in bands) == 400
        assert sum(b.premium_proposed for b in bands) == pytest.approx(simulated.income_proposed)


def test_caps_too_tight_for_the_target_are_told() -> None:
    table = read_table("caps: {max_rise_pct: 2, max_fall_pct: 2}\n")
    found = simulate_pool(*made_pool(80), table, income_change=0.2)
    assert not found.income_reached
    assert found.capped == 80
    assert found.income_proposed == pytest.approx(1.02 * found.income_now)


def test_on_a_year_it_did_not_know_the_table_leaves_less_to_tell_apart(simulated: Simulation) -> None:
    back = simulated.backtest
    assert back is not None
    assert back.year == 2025
    assert back.lift > 2
    assert 0 < back.gini_proposed < back.gini_now


def test_reasons_are_in_both_languages_and_end_with_the_effect(simulated: Simulation) -> None:
    for proposal in simulated.proposals[:50]:
        assert len(proposal.reasons_zh) == len(proposal.reasons_en) >= 4
        assert "年保费" in proposal.reasons_zh[-1]
        assert "premium" in proposal.reasons_en[-1]


def test_nobody_is_lost_each_that_cannot_be_rated_says_why() -> None:
    insured, rows = made_pool(60)
    insured += [
        Insured(enterprise_id="land", industry_code="79"),
        Insured(enterprise_id="wrong", industry_code="9999"),
        Insured(enterprise_id="none", industry_code=""),
        Insured(enterprise_id="unpaid", industry_code="2614"),
    ]
    rows += [
        InsuredYear(enterprise_id=key, year=2025, payroll=1e6, benefits=0.0)
        for key in ("land", "wrong", "none", "stranger")
    ]
    found = simulate_pool(insured, rows, national_table())
    assert (found.rated, found.unrated) == (60, 5)
    why = {p.enterprise_id: p for p in found.proposals if p.problem_zh}
    assert "divisions" in why["land"].problem_en
    assert "9999" in why["wrong"].problem_zh
    assert "空" in why["none"].problem_zh
    assert "payroll" in why["unpaid"].problem_en
    assert "register" in why["stranger"].problem_en
    assert why["stranger"].payroll == 1e6


def test_a_local_table_may_give_a_class_where_the_national_one_has_none(tmp_path: Path) -> None:
    text = "divisions: {79: 3, 26: 7}\nclasses:\n"
    text += "  - {class: 7, base_rate_pct: 1.5, grades_pct: [50, 100, 150]}\n"
    (tmp_path / "rates.yaml").write_text(text)
    table = load_table(tmp_path)
    assert table.class_of("79").number == 3
    assert table.class_of("2614").base_rate_pct == 1.5
    assert table.class_of("3311") == national_table().class_of("3311")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clases: []", "clases"),
        ("classes:\n  - {class: 4, base_rate_pct: 90, grades_pct: [100]}", r"classes\[0\].base_rate_pct"),
        ("divisions: {B7: 3}", "B7"),
        ("divisions: {26: 9}", r"divisions\.26"),
        ("floating: {by_experience: [{below: 2, grade: 80}, {below: 1, grade: 100}, {grade: 120}]}", "before"),
        ("floating: {guards: [{key: x, when: {dead: {}}, then: {no_reduction: true}, reason: {zh: a}}]}", "dead"),
        ("effective_from: soon", "effective_from"),
        ("a: [", "line"),
    ],
)  # fmt: skip
def test_a_wrong_table_names_the_place_and_the_way_out(text: str, said: str) -> None:
    with pytest.raises(RateError, match=said) as caught:
        read_table(text)
    assert caught.value.way_out
    assert all(caught.value.zh)


def test_a_pool_without_rows_says_what_to_do() -> None:
    with pytest.raises(RateError, match="nothing can be simulated"):
        simulate_pool([Insured(enterprise_id="A", industry_code="26")], [], national_table())
