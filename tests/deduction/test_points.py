"""Claims of a hazard point: concrete, of the enterprise's own equipment, with its way, its records and its measures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.graph.small_pack import cases, cited, hazards, make_pack
from yufang.deduction import EnterpriseContext, HazardPoint, deduce, deduce_many, fit
from yufang.deduction.scoring import CONSEQUENCE, EXPOSURE, lec_score
from yufang.deduction.wording import HIERARCHY, article_en, word
from yufang.graph import RiskGraph
from yufang.packs import installed_packs

from .world import citations

AT = date(2023, 1, 1)
HAN = re.compile(r"[\u4e00-\u9fff]")
EDGE = "營造安全衛生設施標準第19條"


@pytest.fixture(scope="module")
def new_shop() -> tuple[HazardPoint, ...]:
    graph = RiskGraph.build(installed_packs())
    context = EnterpriseContext(
        enterprise_id="new", name="新厂", industry_code="3311", equipment=("冲床", "砂轮机", "叉车", "剪板机")
    )
    return deduce(fit(None, None, graph, at=AT), graph, context, at=AT)


def test_a_new_enterprise_gets_ten_concrete_points_of_its_own_equipment(new_shop: tuple[HazardPoint, ...]) -> None:
    assert [point.rank for point in new_shop] == list(range(1, 11))
    for point in new_shop:
        assert point.path[0].relation == "operates"
        assert point.equipment
        assert point.circumstance_zh
        assert point.circumstance_en
        assert point.clause
        assert point.measures
        assert 0 < point.probability < 1


def test_no_two_points_are_the_same_equipment_part_and_title(new_shop: tuple[HazardPoint, ...]) -> None:
    assert len({(point.equipment, point.part, point.title_zh) for point in new_shop}) == len(new_shop)
    assert len({point.equipment for point in new_shop}) >= 3


def test_every_text_of_a_packs_row_has_its_english() -> None:
    graph = RiskGraph.build(installed_packs())
    rows = [f"{pack.key}/{row.id}" for pack in installed_packs() for row in pack.hazards]
    assert rows
    for key in rows:
        told = word(graph, key)
        english = [told.equipment_en, told.training_en, *told.signals_en, *([told.part_en] if told.part else [])]
        assert all(english), key
        assert not HAN.search(" ".join(english)), key
        assert len(told.signals_en) == len(told.signals)


def test_a_point_and_its_way_are_told_in_english_too(new_shop: tuple[HazardPoint, ...]) -> None:
    for point in new_shop:
        assert point.equipment_en
        assert bool(point.part_en) == bool(point.part)
        assert point.training_en
        assert point.path[0].source_en == "", "the enterprise's own name stays as it is"
        labels = [point.path[0].target_en, *(end for s in point.path[1:] for end in (s.source_en, s.target_en))]
        assert all(labels)
        assert not HAN.search(" ".join(labels))
        assert point.path[-1].target_en == point.title_en
        assert all(a.target_en == b.source_en for a, b in zip(point.path, point.path[1:], strict=False))


def test_measures_follow_the_hierarchy_of_controls(new_shop: tuple[HazardPoint, ...]) -> None:
    for point in new_shop:
        places = [HIERARCHY.index(measure.level) for measure in point.measures]
        assert places == sorted(places)


def test_more_probable_points_come_first(new_shop: tuple[HazardPoint, ...]) -> None:
    chances = [point.probability for point in new_shop]
    assert chances == sorted(chances, reverse=True)


def test_a_path_is_unbroken_from_the_enterprise_to_the_hazard(new_shop: tuple[HazardPoint, ...]) -> None:
    for point in new_shop:
        assert point.path[0].source == "新厂"
        assert point.path[-1].target == point.title_zh
        assert all(a.target == b.source for a, b in zip(point.path, point.path[1:], strict=False))


def test_an_enterprise_known_by_its_trade_alone_is_spread_over_equipment() -> None:
    graph = RiskGraph.build(installed_packs())
    context = EnterpriseContext(enterprise_id="t", name="建筑公司", industry_code="4710")
    points = deduce(fit(None, None, graph, at=AT), graph, context, at=AT)
    assert len(points) == 10
    assert points[0].path[0].relation == "belongs_to"
    assert all(a.target == b.source for p in points for a, b in zip(p.path, p.path[1:], strict=False))
    assert len({point.equipment for point in points}) >= 5


def test_rows_of_other_trades_are_not_proposed() -> None:
    graph = RiskGraph.build([make_pack("shop", ("33",)), make_pack("yard", ("48",))])
    context = EnterpriseContext(enterprise_id="t", name="厂", industry_code="3311")
    points = deduce(fit(None, None, graph, at=AT), graph, context, at=AT)
    assert points
    assert {point.key.partition("/")[0] for point in points} == {"shop"}


def test_cited_points_carry_real_records_and_a_way_that_ends_at_the_point() -> None:
    records = citations(800)
    graph = RiskGraph.build([], None, records, at=AT)
    model = fit(records, None, graph, at=AT)
    known = records["enterprise_id"][0]
    ids = set(records["record_id"])
    for name in (known, "沒見過營造有限公司"):
        points = deduce(model, graph, EnterpriseContext(enterprise_id=name, name=name), at=AT)
        assert points
        for point in points:
            assert 1 <= len(point.records) <= 5
            assert {record.record_id for record in point.records} <= ids
            assert point.path[-1].target == point.title_zh
            assert point.path[-1].target_en == point.title_en
            assert all(a.target_en == b.source_en for a, b in zip(point.path, point.path[1:], strict=False))
            assert all(a.target == b.source for a, b in zip(point.path, point.path[1:], strict=False))
            for step in point.path[-2:]:
                assert step.provenance == "visits" or set(step.provenance.split(";")) <= ids


def test_own_records_stand_before_those_of_others() -> None:
    mine = [cited("老店", AT - timedelta(days=40), EDGE, "開口未設護欄")]
    others = [cited(f"e{i}", AT - timedelta(days=i + 1), EDGE, "開口未設護欄") for i in range(12)]
    records = hazards(mine + others)
    graph = RiskGraph.build([], None, records, at=AT)
    point = deduce(
        fit(records, None, graph, at=AT), graph, EnterpriseContext(enterprise_id="老店", name="老店"), at=AT
    )[0]
    assert point.records[0].enterprise_name == "老店"
    assert point.path[0].relation == "cited_before"


def test_an_article_is_worded_by_its_records_and_borrows_the_packs_measures() -> None:
    records = hazards([cited(f"e{i}", AT - timedelta(days=i + 1), EDGE, "砂輪托架間隙過大，未調整") for i in range(12)])
    graph = RiskGraph.build([make_pack()], None, records, at=AT)
    model = fit(records, None, graph, at=AT)
    points = deduce(model, graph, EnterpriseContext(enterprise_id="x", name="新店"), at=AT)
    point = next(p for p in points if p.key == f"article/{EDGE}")
    assert point.title_zh == "砂轮托架间隙过大,未调整"
    assert point.equipment == "砂轮机"
    assert point.accident_type == "WSA10004"
    assert point.measures[0].level == "engineering"


def test_an_article_without_a_pack_row_is_read_for_its_way_of_harm() -> None:
    records = hazards(
        [cited(f"e{i}", AT - timedelta(days=i + 1), EDGE, "電焊機未設自動電擊防止裝置") for i in range(9)]
    )
    graph = RiskGraph.build([], None, records, at=AT)
    point = deduce(fit(records, None, graph, at=AT), graph, EnterpriseContext(enterprise_id="x"), at=AT)[0]
    assert point.accident_type == "WSA10006"
    assert {measure.level for measure in point.measures} >= {"engineering", "administrative"}
    assert article_en(EDGE) == "Construction Safety and Health Facilities Standards, Art. 19"


def test_coded_cases_alone_give_injury_patterns() -> None:
    told = cases(
        [
            {
                "enterprise_id": f"m{i % 31}",
                "enterprise_name": f"mine {i % 31}",
                "occurred_on": AT - timedelta(days=i + 1),
                "narrative": "caught between",
                "body_part": "FINGER(S)" if i % 3 else "BACK",
            }
            for i in range(300)
        ]
    )
    graph = RiskGraph.build([], told, None, at=AT)
    points = deduce(fit(None, told, graph, at=AT), graph, EnterpriseContext(enterprise_id="m1", name="mine 1"), at=AT)
    assert [point.key for point in points] == ["injury/body_part/FINGER(S)", "injury/body_part/BACK"]
    assert points[0].probability == pytest.approx(0.67, abs=0.12)
    assert points[0].path[-1].target == points[0].title_zh
    assert all(record.origin == "case" for record in points[0].records)


def test_many_enterprises_get_what_one_by_one_gives() -> None:
    records = citations(600)
    graph = RiskGraph.build([], None, records, at=AT)
    model = fit(records, None, graph, at=AT)
    contexts = [EnterpriseContext(enterprise_id=e, name=e) for e in records["enterprise_id"].unique().sort()[:12]]
    told: list[tuple[int, int]] = []
    many = deduce_many(model, graph, contexts, at=AT, n=4, progress=lambda done, total: told.append((done, total)))
    assert [owner for owner, _ in many] == [context.enterprise_id for context in contexts]
    assert told[-1] == (12, 12)
    assert all(points == deduce(model, graph, c, at=AT, n=4) for c, (_, points) in zip(contexts, many, strict=True))


def test_deducing_leaves_the_model_as_it_was() -> None:
    records = citations(400)
    graph = RiskGraph.build([], None, records, at=AT)
    model = fit(records, None, graph, at=AT)
    context = EnterpriseContext(enterprise_id="x", name="營造有限公司")
    today = deduce(model, graph, context, at=AT)
    deduce(model, graph, context, at=AT + timedelta(days=500))
    assert deduce(model, graph, context, at=AT) == today


def test_the_score_rises_with_probability_and_severity() -> None:
    chances = (0.01, 0.05, 0.2, 0.4, 0.6, 0.9)
    for exposure in EXPOSURE:
        scores = [lec_score(p, exposure, "serious").score for p in chances]
        assert scores == sorted(set(scores))
    by_harm = [lec_score(0.3, "daily", severity).score for severity in CONSEQUENCE]
    assert by_harm == sorted(set(by_harm))
    assert lec_score(0.6, "daily", "fatal").colour == "red"
    assert lec_score(0.01, "weekly", "minor").colour == "blue"


def test_the_words_of_an_enterprise_reach_graph_equipment_in_either_script() -> None:
    graph = RiskGraph.build([make_pack()])
    model = fit(None, None, graph, at=AT)
    context = EnterpriseContext(enterprise_id="e", name="厂", industry_code="3311", equipment=("砂轮机",))
    simple = deduce(model, graph, context, at=AT)
    traditional = deduce(model, graph, replace(context, equipment=("砂輪機",)), at=AT)
    assert [point.key for point in simple] == [point.key for point in traditional]
    assert {point.equipment for point in simple[:2]} == {"砂轮机"}


def test_a_short_list_is_filled_from_the_trade_after_its_own_equipment() -> None:
    graph = RiskGraph.build([make_pack()])
    context = EnterpriseContext(enterprise_id="e", name="厂", industry_code="3311", equipment=("砂轮机",))
    points = deduce(fit(None, None, graph, at=AT), graph, context, at=AT)
    assert [point.equipment for point in points[:2]] == ["砂轮机", "砂轮机"]
    assert len(points) == 7
    assert max(point.probability for point in points[2:]) < points[1].probability


def test_a_material_that_only_another_trade_knows_brings_no_plant_of_that_trade() -> None:
    graph = RiskGraph.build(installed_packs())
    shop = EnterpriseContext(
        enterprise_id="e", industry_code="3311", equipment=("开式压力机", "砂轮机"), materials=("甲苯",)
    )
    points = deduce(fit(None, None, graph, at=AT), graph, shop, at=AT)
    assert {point.key.partition("/")[0] for point in points[:6]} == {"machinery"}
