"""Safety value: loss now, what measures save, and how sure that is."""

from __future__ import annotations

import pytest

from yufang.rates import MeasureCost, RateError, default_costs, read_costs, safety_value
from yufang.rates.safety_value import ControlMeasure, PointAtRisk


def _point(key: str, severity: str = "serious", *levels: str) -> PointAtRisk:
    measures = tuple(ControlMeasure(level=x, text_zh=f"{x}措施", text_en=f"{x} measure") for x in levels)
    return PointAtRisk(
        key=key,
        title_zh=key,
        title_en=key,
        severity=severity,
        probability=0.4,
        likelihood=3,
        exposure=6,
        measures=measures,
    )


POINTS = (_point("a", "serious", "engineering", "ppe"), _point("b", "fatal", "engineering", "administrative"))


def test_the_same_seed_gives_the_same_numbers_and_another_nearly_the_same() -> None:
    one, same, other = (safety_value(POINTS, expected_injuries=2, low=1, high=3.4, seed=s) for s in (1, 1, 2))
    assert one == same
    assert other.now.yuan.mean == pytest.approx(one.now.yuan.mean, rel=0.05)


def test_the_injuries_now_are_those_expected_within_their_interval() -> None:
    now = safety_value(POINTS, expected_injuries=2, low=1, high=3.4).now
    assert now.injuries.mean == pytest.approx(2, rel=0.03)
    assert now.injuries.low == pytest.approx(1, rel=0.15)
    assert now.injuries.high == pytest.approx(3.4, rel=0.1)
    assert now.yuan.mean == pytest.approx(now.employer_yuan.mean + now.fund_yuan.mean)
    assert 0 < now.deaths.mean < now.serious.mean < now.injuries.mean


def test_like_words_at_two_points_are_one_measure_and_higher_levels_save_more() -> None:
    found = {m.level: m for m in safety_value(POINTS, expected_injuries=2, low=1, high=3.4).measures}
    assert set(found["engineering"].points) == {"a", "b"}
    assert found["engineering"].saved_yuan.mean > found["administrative"].saved_yuan.mean
    assert found["engineering"].saved_yuan.low < found["engineering"].saved_yuan.mean


def test_together_no_injury_is_prevented_twice() -> None:
    value = safety_value(POINTS, expected_injuries=2, low=1, high=3.4)
    alone = sum(m.prevented_injuries.mean for m in value.measures if m.key in value.together_keys)
    assert len(value.together_keys) > 1
    assert value.together_prevented_injuries.mean < alone
    assert value.together_loss_yuan.low > 0


def test_a_real_price_goes_before_the_tables_and_moves_the_rank() -> None:
    before = safety_value(POINTS, expected_injuries=2, low=1, high=3.4)
    best = before.measures[0]
    dear = {best.key: MeasureCost(once=(1e8,) * 3, yearly=(0.0,) * 3, years=5)}
    after = safety_value(POINTS, expected_injuries=2, low=1, high=3.4, own_costs=dear)
    assert after.measures[-1].key == best.key
    assert after.measures[-1].pays == 0
    assert best.key not in after.together_keys


def test_without_points_the_loss_stands_and_there_is_nothing_to_rank() -> None:
    value = safety_value((), expected_injuries=1, low=0.5, high=2)
    assert value.now.yuan.mean > 0
    assert value.measures == ()


def test_an_impossible_expectation_and_an_unknown_measure_are_refused() -> None:
    with pytest.raises(RateError, match="can't be"):
        safety_value(POINTS, expected_injuries=-1, low=-2, high=3)
    cost = MeasureCost(once=(1.0,) * 3, yearly=(0.0,) * 3, years=1)
    with pytest.raises(RateError, match="no measure 'zz'"):
        safety_value(POINTS, expected_injuries=1, low=0.5, high=2, own_costs={"zz": cost})


def test_every_unit_cost_says_who_pays_and_on_what_it_stands() -> None:
    costs = default_costs()
    assert {i.status for i in costs.items} == {"law", "judgement"}
    assert all(i.why_en and i.item_zh for i in costs.items)
    death = next(i for i in costs.items if i.outcome == "fatal" and i.status == "law")
    assert death.yuan == (20 * 54188,) * 3, "art. 39: twenty years' urban disposable income"
    with pytest.raises(RateError, match=r"outcomes is missing"):
        read_costs("discount: 0.05")
