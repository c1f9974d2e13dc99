"""Claims of learning: nothing later is used, probabilities mean what they say, and answers count."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.small_pack import cited, hazards, make_pack
from yufang.deduction import EnterpriseContext, deduce, fit, update
from yufang.deduction import findings as f
from yufang.deduction.model import progress
from yufang.deduction.ranker import calibration_error, fit_platt, train
from yufang.graph import RiskGraph

from .world import START, TRUTH, citations

EMPTY = RiskGraph.build([])
AT = START + timedelta(days=900)


def _visits(records: pl.DataFrame) -> pl.DataFrame:
    return f.join_visits([f.visits_from_hazards(records, f.record_keys(records, None))])


@settings(max_examples=12, deadline=None)
@given(
    later=st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from(sorted(TRUTH["營造"])), st.integers(0, 9)),
        min_size=1,
        max_size=30,
    )
)
def test_records_of_the_day_or_later_never_change_a_forecast(later: list[tuple[int, str, int]]) -> None:
    past = citations(150).filter(pl.col("found_on") < AT)
    added = hazards(
        [cited(past["enterprise_id"][who], AT + timedelta(days=d), article, "之後") for d, article, who in later]
    )
    context = EnterpriseContext(enterprise_id=past["enterprise_id"][0], name=past["enterprise_id"][0])
    alone = deduce(fit(past, None, EMPTY, at=AT), EMPTY, context, at=AT)
    beside = deduce(fit(pl.concat([past, added]), None, EMPTY, at=AT), EMPTY, context, at=AT)
    assert alone
    assert alone == beside


@settings(max_examples=10, deadline=None)
@given(cut=st.integers(100, 900))
def test_a_visit_is_described_from_strictly_earlier_dates_alone(cut: int) -> None:
    visits = _visits(citations(200))
    border = START + timedelta(days=cut)
    known = (visits["on"] < border).to_numpy()
    wanted = (visits["on"] <= border).to_numpy()
    _, _, whole = progress(visits, EMPTY, {}, learn=known, wanted=wanted)
    _, _, part = progress(visits.filter(pl.Series(wanted)), EMPTY, {}, learn=known[wanted], wanted=wanted[wanted])
    assert np.array_equal(whole.x, part.x)
    assert np.array_equal(whole.item, part.item)


def test_records_of_one_date_do_not_speak_for_each_other() -> None:
    day = START + timedelta(days=10)
    same_day = [cited(f"e{i}", day, "甲標準第1條", "缺失") for i in range(30)]
    visits = _visits(hazards(same_day))
    _, _, described = progress(visits, EMPTY, {}, wanted=np.ones(visits.height, np.bool_))
    assert len({tuple(row) for row in described.x[:, 2:16].tolist()}) == 1


def test_probabilities_of_a_known_world_are_calibrated_and_tell_the_trades_apart() -> None:
    visits = _visits(citations(3500))
    border = START + timedelta(days=800)
    known = (visits["on"] < border).to_numpy()
    late = np.zeros(visits.height, np.bool_)
    late[200:] = True
    _, _, described = progress(visits, EMPTY, {}, learn=known, wanted=late)
    test = ~known[described.visit]
    ranker, _ = train(described.x[~test], described.y[~test], described.visit[~test], seed=0)
    p = ranker.probabilities(described.x[test])
    assert ranker.trees
    assert test.sum() > 2000
    assert calibration_error(p, described.y[test].astype(np.float64)) <= 0.03


def test_first_time_enterprises_are_told_apart_by_their_names() -> None:
    records = citations(2500)
    model = fit(records, None, EMPTY, at=AT)
    first = {
        trade: deduce(model, EMPTY, EnterpriseContext(enterprise_id=trade, name=f"未見過{trade}有限公司"), at=AT)[0].key
        for trade in TRUTH
    }
    assert first == {"營造": "article/甲標準第1條", "食品": "article/乙規則第4條"}


def test_the_same_seed_gives_the_same_model() -> None:
    records = citations(900)
    assert fit(records, None, EMPTY, at=AT, seed=3).version == fit(records, None, EMPTY, at=AT, seed=3).version


def test_where_firms_repeat_themselves_the_own_record_raises_its_point() -> None:
    rng = np.random.default_rng(1)
    articles = sorted(TRUTH["營造"])
    # Titles come from the records' words; alike ones would be left out as the same point.
    words = dict(zip(articles, ("護欄未設", "鋼筋外露", "電線破皮", "轉軸無罩", "鋼瓶未固定"), strict=True))
    rows = []
    for number in range(900):
        firm, on = int(rng.integers(90)), START + timedelta(days=number)
        chances = {article: 0.7 if firm % 5 == i else 0.1 for i, article in enumerate(articles)}
        rows += [cited(f"e{firm}", on, a, words[a]) for a, chance in chances.items() if rng.random() < chance]
    model = fit(hazards(rows), None, EMPTY, at=AT)

    def chance(name: str) -> float:
        points = deduce(model, EMPTY, EnterpriseContext(enterprise_id=name, name=name), at=AT)
        return next((point.probability for point in points if point.key == f"article/{articles[2]}"), 0.0)

    assert chance("e2") > 1.7 * chance("never seen")
    assert chance("e3") < chance("e2")


def test_accidents_and_the_parent_act_tell_but_are_never_proposed() -> None:
    rows = [
        cited("e", START, "甲標準第1條", "致發生職業災害"),
        cited("e", START, "", "未辦理", clause="職業安全衛生法第23條第1項"),
    ]
    keys = {key for visit in _visits(hazards(rows))["found"] for key in visit}
    assert keys == {"aux/accident", "aux/甲標準第1條", "aux/act/23"}


def test_answers_from_the_site_move_the_probability() -> None:
    graph = RiskGraph.build([make_pack()])
    model = fit(None, None, graph, at=START)
    context = EnterpriseContext(enterprise_id="e", name="试验厂", industry_code="3311", equipment=("压力机",))

    def answered(result: str) -> float:
        days = [START + timedelta(days=d) for d in range(1, 25)]
        answers = pl.DataFrame(
            {
                "enterprise_id": [f"e{d.day}" for d in days],
                "key": ["shop/TS-02"] * 24,
                "on": days,
                "result": [result] * 24,
            }
        )
        at = START + timedelta(days=40)
        moved = update(model, graph, answers, at=at)
        return next((p.probability for p in deduce(moved, graph, context, at=at) if p.key == "shop/TS-02"), 0.0)

    before = next(p.probability for p in deduce(model, graph, context, at=START) if p.key == "shop/TS-02")
    assert answered("not_found") < before < answered("confirmed")


def test_an_unknown_answer_names_its_row_and_value() -> None:
    answers = pl.DataFrame({"enterprise_id": ["e"], "key": ["shop/TS-01"], "on": [START], "result": ["maybe"]})
    with pytest.raises(ValueError, match=r"row 1.*'maybe'"):
        fit(None, None, EMPTY, at=AT, answers=answers)


def test_a_forecast_for_a_day_before_the_models_own_is_refused() -> None:
    model = fit(citations(50), None, EMPTY, at=AT)
    with pytest.raises(ValueError, match="fit it as of"):
        deduce(model, EMPTY, EnterpriseContext(enterprise_id="e"), at=date(2020, 6, 1))


def test_calibration_straightens_overconfident_probabilities() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(-1, 1, 20_000)
    y = (rng.random(20_000) < 1 / (1 + np.exp(-z))).astype(np.float32)
    bold = 1 / (1 + np.exp(-2.5 * z))
    straight = fit_platt(bold, y)(bold)
    assert calibration_error(bold, y.astype(np.float64)) > 0.05
    assert calibration_error(straight, y.astype(np.float64)) < 0.015
