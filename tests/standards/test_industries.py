"""Claims about industries and their insurance classes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang import standards

CODES = [found.code for found in standards.code_list("gbt4754_2017")]
DIGITS = [code for code in CODES if not code.isalpha()]


def test_the_table_has_its_four_levels() -> None:
    levels = [standards.industry(code).level for code in CODES]
    assert [levels.count(level) for level in ("section", "division", "group", "class")] == [20, 97, 473, 1381]


@given(st.sampled_from(DIGITS))
def test_an_industry_stands_in_one_section_and_is_found_with_or_without_its_letter(code: str) -> None:
    plain = standards.industry(code)
    assert standards.industry(plain.section + code) == plain
    assert standards.industry(f" {plain.section.lower()}{code} ") == plain
    assert plain.division == code[:2]
    assert plain.group == (code[:3] if len(code) > 2 else None)
    assert [len(step.code) for step in plain.path] == [1, 2, 3, 4][: len(code)]
    assert plain.path[-1].code == code


def test_an_industry_is_named_in_both_languages() -> None:
    found = standards.industry("C2614")
    assert (found.name_zh, found.level, found.section) == ("有机化学原料制造", "class", "C")
    assert found.name_en == "Organic chemical raw material manufacture"
    assert standards.industry("C").name_en == "Manufacturing"


def test_a_letter_of_another_section_is_refused_with_the_right_one() -> None:
    with pytest.raises(standards.UnknownCode, match="stands in section C, not D"):
        standards.industry("D2614")


@pytest.mark.parametrize("code", ["", "9", "98", "2699", "26140", "Z", "CC26", "化工"])
def test_an_unknown_industry_is_refused(code: str) -> None:
    with pytest.raises(standards.UnknownCode):
        standards.industry(code)


@given(st.sampled_from([code for code in DIGITS if not code.startswith("79")]))
def test_every_industry_but_land_management_has_a_class(code: str) -> None:
    found = standards.rate_class(code)
    assert 1 <= found.number <= 8
    assert found.grades_pct == ((100, 120, 150) if found.number == 1 else (50, 80, 100, 120, 150))
    assert found.base_rate_pct in found.rates_pct
    assert found.division == code[:2]


def test_the_eight_classes_rise_from_0_2_to_1_9_per_cent() -> None:
    rates = {
        standards.rate_class(code).number: standards.rate_class(code).base_rate_pct
        for code in DIGITS
        if code[:2] != "79"
    }
    assert rates == {1: 0.2, 2: 0.4, 3: 0.7, 4: 0.9, 5: 1.1, 6: 1.3, 7: 1.6, 8: 1.9}


def test_chemicals_pay_class_six_and_its_floating_rates() -> None:
    found = standards.rate_class("2614")
    assert (found.number, found.base_rate_pct) == (6, 1.3)
    assert found.rates_pct == (0.65, 1.04, 1.3, 1.56, 1.95)


def test_handling_keeps_its_own_class_inside_the_storage_division() -> None:
    assert standards.rate_class("591").number == standards.rate_class("5910").number == 5
    assert standards.rate_class("594").number == standards.rate_class("59").number == 2
    assert standards.rate_class("591").confidence == "interpretation"


def test_what_the_table_of_2015_does_not_know_is_not_guessed() -> None:
    with pytest.raises(standards.NoRateClass, match="local agency"):
        standards.rate_class("79")
    with pytest.raises(standards.NoRateClass, match="give a division"):
        standards.rate_class("C")
