"""The region by sectors, posts, people and situations, from what cases say and no more."""

from datetime import date, timedelta

import polars as pl
import pytest

from yufang.lake.tables import ENTERPRISES, INJURY_CASES
from yufang.profiles.regional import GroupError, GroupFigures, read_groups, regional_view

from .test_profile import frame

AT = date(2026, 7, 1)
ENTERPRISE = frame(ENTERPRISES, [{"enterprise_id": "E1", "industry_code": "3311", "employees": 400}])


def case(narrative: str, days: int = 30, **more: object) -> dict[str, object]:
    return {
        "enterprise_id": "E1", "occurred_on": AT - timedelta(days=days), "narrative": narrative, "injured": 1,
    } | more  # fmt: skip


def figures(*cases: dict[str, object]) -> dict[str, GroupFigures]:
    view = regional_view(ENTERPRISE, frame(INJURY_CASES, list(cases)), at=AT)
    return {g.key: g for g in view.groups}


def test_people_and_situations_are_found_in_what_was_written() -> None:
    found = figures(
        case("员工甲(19岁)入职12天,在2号线取料时被夹手"),
        case("骑手接单后送餐途中摔倒"),
        case("下班途中骑电动车与轿车相撞"),
        case("在岗突发疾病,送医抢救无效,48小时内死亡", deaths=1, injured=0),
        case("农民工李某58岁,独自拆模时坠落"),
    )
    for key in ("young", "new", "platform", "commuting", "sudden", "older", "migrant", "alone"):
        assert found[key].injuries == 1, key
    assert found["sudden"].deaths == 1
    assert found["minor"].injuries == 0


def test_five_years_in_the_job_is_not_new_and_a_column_goes_before_the_text() -> None:
    found = figures(case("入职5年,操作失误"), case("入职2个月,操作失误"))
    assert found["new"].injuries == 1
    told = frame(INJURY_CASES, [case("甲(30岁)受伤")]).with_columns(age=pl.lit(17.0))
    view = {g.key: g for g in regional_view(ENTERPRISE, told, at=AT).groups}
    assert view["minor"].injuries == 1


def test_the_year_before_stands_beside_it_with_an_interval() -> None:
    cases = [case("上下班途中", days=20 + n) for n in range(8)] + [case("上下班途中", days=400 + n) for n in range(4)]
    found = figures(*cases)["commuting"]
    assert (found.injuries, found.previous) == (8, 4)
    assert found.change == pytest.approx(1.0)
    assert found.change_low is not None
    assert found.change_low < 0 < found.change < (found.change_high or 0)


def test_sectors_have_a_rate_where_employees_are_known() -> None:
    found = figures(case("受伤"), case("受伤"), case("受伤"))["33"]
    assert found.rate == pytest.approx(3 / 4)
    assert found.enterprises == 1
    unknown = ENTERPRISE.with_columns(employees=pl.lit(None, dtype=pl.Int64))
    view = regional_view(unknown, frame(INJURY_CASES, [case("受伤")]), at=AT)
    assert next(g for g in view.groups if g.key == "33").rate is None


def test_how_many_cases_speak_of_age_is_told() -> None:
    view = regional_view(ENTERPRISE, frame(INJURY_CASES, [case("甲19岁"), case("乙受伤")]), at=AT)
    assert view.told["age"] == 0.5
    assert view.told["tenure"] == 0
    empty = regional_view(ENTERPRISE, frame(INJURY_CASES, []), at=AT)
    assert empty.injuries == 0
    assert empty.told["age"] == 0


def test_a_row_without_a_condition_is_refused() -> None:
    with pytest.raises(GroupError, match="give words"):
        read_groups('{urn: u, version: "1", people: [{key: x, zh: 甲, en: A}], situations: []}')
