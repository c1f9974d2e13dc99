"""Claims of what-if: guards, shifts and equipment move points and LEC scores the right way, with reasons."""

from __future__ import annotations

import re
from datetime import date

import pytest

from yufang.deduction import Deducer, EnterpriseContext, OwnEquipment, fit
from yufang.deduction.changes import ChangeError, Changes, GuardChange, part_states, shifts
from yufang.deduction.scoring import EXPOSURE
from yufang.deduction.what_if import PointChange, WhatIf, unknown_equipment, what_if
from yufang.graph import RiskGraph
from yufang.packs import installed_packs

AT = date(2026, 1, 1)
HAN = re.compile(r"[\u4e00-\u9fff]")
SHOP = EnterpriseContext(
    enterprise_id="new",
    name="永昌五金",
    industry_code="3311",
    inventory=(
        OwnEquipment(name="开式压力机", model="JH21-80", parameters=(("stroke_rate", "55"),)),
        OwnEquipment(name="砂轮机"),
        OwnEquipment(name="叉车"),
        OwnEquipment(name="剪板机"),
    ),
)


@pytest.fixture(scope="module")
def deducer() -> Deducer:
    graph = RiskGraph.build([pack for pack in installed_packs() if pack.key == "machinery"])
    return Deducer(fit(None, None, graph, at=AT), graph)


def _moved(found: WhatIf, part: str = "") -> list[PointChange]:
    return [one for one in found.moved if one.before and one.after and (not part or one.part == part)]


def _guard(state: str, part: str = "light_curtain") -> Changes:
    return Changes(guards=(GuardChange(equipment="开式压力机", part=part, state=state),))


def test_a_better_guard_lowers_the_points_of_its_part_and_leaves_the_others(deducer: Deducer) -> None:
    found = what_if(deducer, SHOP, _guard("upgraded"), at=AT)
    mine = _moved(found, "光电保护装置")
    assert mine
    for one in mine:
        assert one.after.probability < one.before.probability
        assert one.after.lec.score <= one.before.lec.score
        assert "×0.1" in one.reasons_zh[0]
    assert all(one.move == "same" for one in _moved(found) if one.part != "光电保护装置")
    assert found.score_after < found.score_before
    assert any(one.after.lec.score < one.before.lec.score for one in mine)


def test_states_of_a_part_are_ordered_from_bypassed_to_rebuilt(deducer: Deducer) -> None:
    chances = [
        _moved(what_if(deducer, SHOP, _guard(s), at=AT), "光电保护装置")[0].after.probability for s in part_states()
    ]
    assert chances == sorted(chances, reverse=True)
    assert len(set(chances)) == len(chances)


def test_a_point_that_is_made_unlikely_gives_its_place_to_another(deducer: Deducer) -> None:
    found = what_if(deducer, SHOP, _guard("upgraded", part=""), at=AT, n=5)
    gone = {p.key for p in found.before} - {p.key for p in found.after}
    assert gone
    assert len(found.after) == 5


def test_round_the_clock_exposes_more_and_now_and_then_less(deducer: Deducer) -> None:
    more = what_if(deducer, SHOP, Changes(shift="three"), at=AT)
    less = what_if(deducer, SHOP, Changes(shift="monthly"), at=AT)
    assert more.score_after > more.score_before
    assert less.score_after < less.score_before
    for one in _moved(less):
        assert one.after.lec.exposure <= one.before.lec.exposure
    raised = [one for one in _moved(more) if one.after.lec.exposure > one.before.lec.exposure]
    assert raised
    assert all(any("E 6 → 10" in reason for reason in one.reasons_zh) for one in raised)


def test_tired_people_raise_only_what_people_cause(deducer: Deducer) -> None:
    found = what_if(deducer, SHOP, Changes(shift="twelve"), at=AT)
    factors = {p.key: p.cause_factor for p in (*found.before, *found.after)}
    for one in _moved(found):
        if factors[one.key] == "human":
            assert one.after.probability > one.before.probability
        else:
            assert one.after.probability == one.before.probability


def test_equipment_that_comes_brings_points_and_what_goes_takes_them(deducer: Deducer) -> None:
    found = what_if(deducer, SHOP, Changes(add_equipment=("折弯机",), drop_equipment=("叉车",)), at=AT)
    assert "折弯机" in {p.equipment for p in found.after}
    assert "叉车" not in {p.equipment for p in found.after}
    assert {one.move for one in found.moved if one.equipment == "折弯机"} == {"new"}
    assert {one.move for one in found.moved if one.equipment == "叉车"} == {"gone"}
    assert all(one.reasons_zh and one.reasons_en for one in found.moved if one.move != "same")


def test_every_reason_is_told_in_both_languages(deducer: Deducer) -> None:
    changes = Changes(shift="three", guards=_guard("worn").guards, add_equipment=("折弯机",), add_materials=("液压油",))
    try:
        found = what_if(deducer, SHOP, changes, at=AT)
    except ChangeError:
        found = what_if(deducer, SHOP, Changes(shift="three", guards=_guard("worn").guards), at=AT)
    for one in found.moved:
        assert len(one.reasons_zh) == len(one.reasons_en)
        assert not HAN.search(" ".join(one.reasons_en))


def test_what_people_answered_holds_on_both_sides(deducer: Deducer) -> None:
    plain = what_if(deducer, SHOP, Changes(shift="day"), at=AT)
    key = plain.before[0].key
    sure = what_if(deducer, SHOP, Changes(shift="day"), at=AT, belief=lambda k, p: 0.97 if k == key else p)
    assert sure.before[0].key == key
    assert sure.before[0].probability == sure.after[0].probability == 0.97


def test_nothing_changed_moves_nothing(deducer: Deducer) -> None:
    found = what_if(deducer, SHOP, Changes(), at=AT)
    assert found.before == found.after
    assert {one.move for one in found.moved} == {"same"}
    assert found.score_before == found.score_after


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        (Changes(shift="never"), "shift", "three"),
        (_guard("shiny"), "state", "upgraded"),
        (_guard("worn", part="wing"), "part", "光电保护装置"),
        (Changes(guards=(GuardChange(equipment="塔吊", part="", state="worn"),)), "equipment", "砂轮机"),
        (Changes(add_equipment=("时光机床身",)), "add_equipment", "最接近"),
        (Changes(drop_equipment=("高炉",)), "drop_equipment", "砂轮机"),
        (Changes(add_processes=("念咒语",)), "add_processes", "最接近"),
        (Changes(drop_materials=("水",)), "drop_materials", "（无）"),
    ],
)
def test_a_change_that_cannot_be_is_named_with_what_is_possible(
    deducer: Deducer, changes: Changes, field: str, told: str
) -> None:
    with pytest.raises(ChangeError) as error:
        what_if(deducer, SHOP, changes, at=AT)
    assert error.value.field == field
    assert told in error.value.message_zh
    assert error.value.message_en


def test_equipment_of_no_pack_is_named_and_the_rest_is_deduced(deducer: Deducer) -> None:
    shop = EnterpriseContext(enterprise_id="n", industry_code="3311", equipment=("砂轮机", "时光机床身"))
    assert list(unknown_equipment(deducer, shop)) == ["时光机床身"]
    assert len(unknown_equipment(deducer, shop)["时光机床身"]) == 3
    assert "砂轮机" in {p.own_zh for p in deducer.points(shop, at=AT)}


def test_the_tables_of_changes_fit_the_scales() -> None:
    for shift in shifts().values():
        assert set(shift.exposure) | set(shift.exposure.values()) <= EXPOSURE.keys()
        assert shift.human_odds >= 1
    assert part_states()["as_is"].odds == 1
