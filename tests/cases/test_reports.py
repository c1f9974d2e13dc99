"""A long report as a structured case."""

from __future__ import annotations

import pytest

from yufang.cases.attribution import AttributionError
from yufang.cases.reports import StructuredCase, structure

REPORT = """\
2021年3月4日下午2时30分许，江苏省某市某区东风路与人民路路口，宏远危货运输有限公司一辆罐车侧翻，造成3人死亡、5人受伤，\
直接经济损失120万元。
一、事故经过
罐车驾驶员李某驾车转弯时车辆侧翻。2019年5月1日该车曾发生另一起事故，造成1人死亡。
二、事故原因分析
（一）直接原因
李某超速行驶，转弯时操作不当，车辆侧翻。
（二）间接原因
1.宏远危货运输有限公司未对驾驶员进行安全培训。
2.公司对车辆动态监控不到位。
三、事故性质
经调查认定，这是一起生产安全责任事故。
四、防范和整改措施
1.宏远危货运输有限公司要加强驾驶员培训。
2.严格落实动态监控制度。
"""


@pytest.fixture(scope="module")
def case() -> StructuredCase:
    return structure(REPORT)


def test_time_place_and_people_are_told_with_their_place_in_the_text(case: StructuredCase) -> None:
    assert case.time is not None
    assert case.time.value == "2021-03-04T14:30"
    assert case.place is not None
    assert case.place.value == "江苏省某市某区东风路与人民路路口"
    assert case.deaths is not None
    assert case.injured is not None
    assert (case.deaths.people, case.injured.people) == (3, 5)
    for said in (case.time, case.place, case.deaths, case.injured, case.loss):
        assert said is not None
        assert REPORT[said.start : said.end] == said.text


def test_enterprises_are_named_without_what_stands_before_them(case: StructuredCase) -> None:
    assert [one.value for one in case.enterprises] == ["宏远危货运输有限公司"]
    assert case.enterprises[0].mentions == 3


def test_direct_and_management_causes_and_lessons_are_kept_apart(case: StructuredCase) -> None:
    assert [one.text for one in case.direct_causes] == ["李某超速行驶，转弯时操作不当，车辆侧翻。"]
    assert len(case.management_causes) == 2
    assert len(case.lessons) == 2
    assert not {one.start for one in case.lessons} & {one.start for one in case.management_causes}
    assert all(REPORT[one.start : one.end] == one.text for one in (*case.direct_causes, *case.lessons))


def test_a_demand_within_the_causes_is_a_lesson() -> None:
    case = structure("一、事故原因\n驾驶员疲劳驾驶。\n各单位必须加强车辆管理。\n")
    assert [one.text for one in case.direct_causes] == ["驾驶员疲劳驾驶。"]
    assert [one.text for one in case.lessons] == ["各单位必须加强车辆管理。"]
    assert not case.management_causes


def test_what_is_not_told_is_said_to_be_missing(case: StructuredCase) -> None:
    assert case.missing == ("people_missing",)
    empty = structure("")
    assert set(empty.missing) == {
        "time", "place", "accident_type", "deaths", "injured", "people_missing", "loss", "enterprises", "direct_causes",
        "management_causes", "lessons",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "deaths", "injured"),
    [
        ("事故造成车内2人和村民4人死亡。", 6, None),
        ("死亡6人，重伤8人，轻伤47人。", 6, 55),
        ("事故造成二十三人死亡，十二人受伤。", 23, 12),
        ("造成3人受伤，后经抢救无效死亡。", 3, 3),
        ("未造成人员伤亡。", 0, 0),
        ("无人员伤亡。", 0, 0),
    ],
)
def test_people_are_counted_in_all_their_wordings(text: str, deaths: int, injured: int | None) -> None:
    case = structure(text)
    assert case.deaths is not None
    assert case.deaths.people == deaths
    assert (case.injured.people if case.injured else None) == injured


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2008年10月21日凌晨2时许发生", "2008-10-21T02:00"),
        ("1972 年4月15日12时，", "1972-04-15T12:00"),
        ("2001年5月8日，一辆", "2001-05-08"),
        ("6月19日下午18:30，", "--06-19T18:30"),
    ],
)
def test_a_time_is_told_as_far_as_the_report_tells_it(text: str, value: str) -> None:
    case = structure(text)
    assert case.time is not None
    assert case.time.value == value


def test_a_language_without_rules_is_refused_with_a_way_out() -> None:
    with pytest.raises(AttributionError, match="rules for zh only") as refused:
        structure("A report.", "en")
    assert "attribute" in refused.value.way_out
