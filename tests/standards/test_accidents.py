"""Claims about accident types by date, the map from 1986 to 2025, and accident grades."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang import standards

CHANGE = date(2026, 7, 1)


def test_the_edition_changes_on_the_first_of_july_2026() -> None:
    assert standards.accident_type_list(CHANGE - timedelta(days=1)).info.key == "gb6441_1986_type"
    assert standards.accident_type_list(CHANGE).info.key == "gb6441_2025_type"


@given(st.dates(date(1987, 2, 1), date(2050, 1, 1)))
def test_every_day_since_1987_has_its_accident_types(day: date) -> None:
    types = standards.accident_type_list(day)
    assert len(types) == (27 if day >= CHANGE else 20)
    assert all(found.in_force(day) for found in types)


def test_before_the_first_edition_there_is_none() -> None:
    with pytest.raises(standards.NotInForce, match="1987-02-01"):
        standards.accident_type_list(date(1986, 12, 31))


def test_every_type_of_1986_maps_to_one_of_2025_or_to_candidates_for_a_person() -> None:
    newer = standards.code_list("gb6441_2025_type")
    modes = {"auto_default": 0, "manual_review": 0}
    for found in standards.code_list("gb6441_1986_type"):
        mapped = standards.map_accident_type_1986(found.code)
        modes[mapped.mode] += 1
        assert all(code in newer for code in mapped.candidates)
        if mapped.mode == "auto_default":
            assert mapped.code_2025 in mapped.candidates
        else:
            assert mapped.code_2025 is None
            assert len(mapped.candidates) > 1
            assert mapped.note == mapped.note_zh
            assert mapped.note_en
    assert modes == {"auto_default": 17, "manual_review": 3}


def test_every_type_of_2025_can_be_reached_from_1986() -> None:
    reached = {
        code
        for found in standards.code_list("gb6441_1986_type")
        for code in standards.map_accident_type_1986(found.code).candidates
    }
    assert reached == {found.code for found in standards.code_list("gb6441_2025_type")}


def test_a_type_of_1986_may_be_written_with_or_without_its_leading_zero() -> None:
    assert standards.map_accident_type_1986("10").code_1986 == "010"
    assert standards.map_accident_type_1986("3").code_2025 == "WSA10004"
    with pytest.raises(standards.UnknownCode):
        standards.map_accident_type_1986("021")


def test_an_accident_by_industry_is_coded_by_its_class() -> None:
    assert standards.industry_accident_code("5523") == "WSA35523"
    assert standards.industry_accident_code("C2614") == "WSA32614"
    with pytest.raises(standards.UnknownCode, match="not a class"):
        standards.industry_accident_code("26")


@pytest.mark.parametrize(
    ("deaths", "serious", "loss_wan", "grade"),
    [
        (1, 0, 0, "G4"), (2, 9, 999.99, "G4"), (0, 0, 0.5, "G4"),
        (3, 0, 0, "G3"), (0, 10, 0, "G3"), (0, 0, 1000, "G3"), (9, 49, 4999, "G3"),
        (10, 0, 0, "G2"), (0, 50, 0, "G2"), (0, 0, 5000, "G2"), (29, 99, 9999, "G2"),
        (30, 0, 0, "G1"), (0, 100, 0, "G1"), (0, 0, 10000, "G1"),
    ],
)  # fmt: skip
def test_the_gravest_of_the_three_tests_gives_the_grade(deaths: int, serious: int, loss_wan: float, grade: str) -> None:
    found = standards.accident_grade(deaths, serious, loss_wan)
    assert found is not None
    assert found.code == grade
    assert found.rank == int(grade[1])


def test_no_harm_has_no_grade_and_negative_harm_is_refused() -> None:
    assert standards.accident_grade() is None
    with pytest.raises(standards.OutOfScale, match="deaths = -1"):
        standards.accident_grade(deaths=-1)
    with pytest.raises(standards.OutOfScale, match="loss_wan"):
        standards.accident_grade(loss_wan=float("nan"))


@given(st.integers(0, 200), st.integers(0, 500), st.floats(0, 1e6))
def test_more_harm_never_lowers_the_grade(deaths: int, serious: int, loss_wan: float) -> None:
    less = standards.accident_grade(deaths, serious, loss_wan)
    more = standards.accident_grade(deaths + 1, serious, loss_wan)
    assert more is not None
    assert less is None or more.rank <= less.rank
