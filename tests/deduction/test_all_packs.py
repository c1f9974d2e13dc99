"""Claims for every installed pack: an equipment list alone gives ten concrete points, no two of them alike."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from yufang.deduction import EnterpriseContext, HazardPoint
from yufang.deduction.sheet import POINTS, digest, example_points, sheet, stale
from yufang.packs import Pack, installed_packs

AT = date(2026, 1, 1)
PAGE = Path(__file__).parents[2] / "docs" / "points-of-22-packs.md"
HAN = re.compile(r"[\u4e00-\u9fff]")
Example = tuple[Pack, EnterpriseContext, tuple[HazardPoint, ...]]


@pytest.fixture(scope="module")
def examples() -> dict[str, Example]:
    return {example[0].key: example for example in example_points(installed_packs(), AT)}


@pytest.fixture(params=[pack.key for pack in installed_packs()])
def example(request: pytest.FixtureRequest, examples: dict[str, Example]) -> Example:
    return examples[request.param]


def test_an_equipment_list_alone_gives_ten_points(example: Example) -> None:
    _, _, points = example
    assert [point.rank for point in points] == list(range(1, POINTS + 1))


def test_each_point_names_equipment_of_the_list_a_circumstance_a_measure_and_a_clause(example: Example) -> None:
    _, context, points = example
    listed = {own.name for own in context.inventory}
    for point in points:
        assert point.own_zh in listed
        assert point.own_zh in point.text_zh
        assert len(point.circumstance_zh) >= 12
        assert point.circumstance_zh.rstrip("。") in point.text_zh
        assert point.circumstance_en.rstrip(".") in point.text_en
        assert point.measures
        assert point.measures[0].text_zh
        assert point.measures[0].text_en
        assert point.clause
        assert point.check_zh
        assert point.check_en
        assert point.path[0].relation == "operates"
        assert not HAN.search(point.text_en + point.check_en + point.cause_en)


def test_no_two_points_share_equipment_part_and_cause(example: Example) -> None:
    _, _, points = example
    causes = [(point.own_zh, point.part, point.cause_zh) for point in points]
    assert len(set(causes)) == len(points)
    factors = [(point.own_zh, point.part, point.cause_factor) for point in points]
    assert len(set(factors)) == len(points), "with this much equipment not even the kind of cause repeats"
    assert len({point.own_zh for point in points}) >= 3
    assert len({point.title_zh for point in points}) == len(points)


def test_the_sheet_is_made_from_the_packs_as_they_are() -> None:
    outdated = stale(PAGE.read_text(encoding="utf-8"), installed_packs())
    assert not outdated, f"{outdated} changed since; run `yufang deduce sheet`"


def test_a_changed_word_makes_the_sheet_stale() -> None:
    pack = installed_packs()[0]
    page = sheet([pack], AT)
    assert stale(page, [pack]) == []
    other = pack.model_copy(update={"name": pack.name.model_copy(update={"zh": pack.name.zh + "甲"})})
    assert digest(other) != digest(pack)
    assert stale(page, [other]) == [pack.key]
    assert stale(page, []) == [pack.key]


def test_the_sheet_does_not_depend_on_the_day() -> None:
    pack = installed_packs()[0]
    assert sheet([pack], AT) == sheet([pack], date(2031, 7, 1))
