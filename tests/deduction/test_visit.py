"""Claims of a visit list: it fits, nothing better fits, and it goes from equipment to equipment."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.deduction import Deducer, EnterpriseContext, HazardPoint, fit
from yufang.deduction.visit import VisitError, best_checks, check_minutes, plan_visit, step_names
from yufang.graph import RiskGraph
from yufang.packs import installed_packs

AT = date(2026, 1, 1)
GROUPS = st.lists(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 40).map(float)), min_size=1, max_size=3),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def candidates() -> tuple[HazardPoint, ...]:
    packs = [pack for pack in installed_packs() if pack.key == "machinery"]
    graph = RiskGraph.build(packs)
    shop = EnterpriseContext(
        enterprise_id="new", industry_code="3311", equipment=("JH21-80开式压力机", "砂轮机", "叉车", "剪板机", "折弯机")
    )
    return Deducer(fit(None, None, graph, at=AT), graph).points(shop, at=AT, n=30)


def _fits(groups: list[list[tuple[int, float]]], chosen: list[tuple[int, ...]], reach: int) -> tuple[int, int, float]:
    """(minutes, items, worth) of a choice."""
    cost = sum(reach + sum(group[i][0] for i in kept) for group, kept in zip(groups, chosen, strict=True) if kept)
    kept = [group[i] for group, places in zip(groups, chosen, strict=True) for i in places]
    return cost, len(kept), sum(worth for _, worth in kept)


@settings(max_examples=80, deadline=None)
@given(GROUPS, st.integers(1, 40), st.integers(1, 5), st.integers(0, 6))
def test_no_other_choice_that_fits_is_worth_more(
    groups: list[list[tuple[int, float]]], minutes: int, n: int, reach: int
) -> None:
    cost, count, worth = _fits(groups, best_checks(groups, minutes, n, reach), reach)
    assert cost <= minutes
    assert count <= n
    items = [(g, i) for g, group in enumerate(groups) for i in range(len(group))]
    best = 0.0
    for size in range(min(n, len(items)) + 1):
        for some in combinations(items, size):
            spent = sum(groups[g][i][0] for g, i in some) + reach * len({g for g, _ in some})
            if spent <= minutes:
                best = max(best, sum(groups[g][i][1] for g, i in some))
    assert worth == pytest.approx(best)


@pytest.mark.parametrize("minutes", [45, 120, 240])
def test_a_list_fits_the_visit_and_is_walked_equipment_by_equipment(
    candidates: tuple[HazardPoint, ...], minutes: int
) -> None:
    plan = plan_visit(candidates, minutes=minutes, n=10)
    assert 0 < plan.used <= minutes
    checks = [check for stop in plan.stops for check in stop.checks]
    assert 1 <= len(checks) <= 10
    assert len({stop.name_zh for stop in plan.stops}) == len(plan.stops), "no equipment is walked to twice"
    clock = 0
    for check in checks:
        assert check.starts_at >= clock
        clock = check.starts_at + check.minutes
    assert clock <= minutes
    assert {p.key for p in plan.left_out} | {c.point.key for c in checks} == {p.key for p in candidates}


def test_more_time_never_finds_less(candidates: tuple[HazardPoint, ...]) -> None:
    worth = [plan_visit(candidates, minutes=minutes, n=10).worth for minutes in (40, 60, 90, 120, 180, 300)]
    assert worth == sorted(worth)
    assert worth[0] < worth[-1]


def test_a_check_takes_as_long_as_its_steps() -> None:
    short, steps = check_minutes("看护罩是否完好")
    longer, more = check_minutes("看护罩是否完好，量间隙，查阅点检记录，观察10分钟")
    assert steps == ("look",)
    assert {"look", "measure", "papers"} <= set(more)
    assert longer >= short + 10
    assert set(more) <= step_names().keys()


@pytest.mark.parametrize(
    ("minutes", "n", "field"), [(10, 5, "minutes"), (-30, 5, "minutes"), (120, 0, "n"), (120, 99, "n")]
)
def test_a_visit_that_cannot_be_is_refused_with_what_is_possible(
    candidates: tuple[HazardPoint, ...], minutes: int, n: int, field: str
) -> None:
    with pytest.raises(VisitError) as told:
        plan_visit(candidates, minutes=minutes, n=n)
    assert told.value.field == field
    assert str(minutes if field == "minutes" else n) in told.value.message_zh
