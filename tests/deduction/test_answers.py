"""Answers from the site move the points that nobody has looked at, in the right direction and not twice."""

from __future__ import annotations

import random
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.deduction.answers import (
    Told,
    Widths,
    learn,
    learn_widths,
    weighted_share,
    wilson,
)

PRESS, SAW = "machinery/ME-01", "machinery/ME-02"


def told(enterprise: str, confirmed: bool, *, hazard: str = PRESS, industry: str = "33", deduced: float = 0.3) -> Told:
    return Told(hazard=hazard, industry=industry, enterprise=enterprise, deduced=deduced, confirmed=confirmed)


answers = st.lists(
    st.builds(
        Told,
        hazard=st.sampled_from([PRESS, SAW]),
        industry=st.sampled_from(["33", "26"]),
        enterprise=st.sampled_from(["a", "b", "c"]),
        deduced=st.floats(0, 1),
        confirmed=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda t: (t.hazard, t.enterprise),
)


def test_without_answers_a_probability_stays_exactly() -> None:
    assert learn([]).probability(0.3, PRESS, "33", "new") == (0.3, 0)


def test_confirmations_at_peers_raise_the_point_and_refutations_lower_it() -> None:
    found = learn([told(f"e{n}", True) for n in range(5)]).probability(0.3, PRESS, "33", "new")
    missing = learn([told(f"e{n}", False) for n in range(5)]).probability(0.3, PRESS, "33", "new")
    assert missing[0] < 0.3 < found[0]
    assert found[1] == missing[1] == 5


def test_answers_that_were_expected_move_nothing() -> None:
    as_expected = [told(f"e{n}", n < 3) for n in range(10)]
    assert learn(as_expected).probability(0.3, PRESS, "33", "new")[0] == pytest.approx(0.3, abs=0.02)


def test_peers_of_the_own_industry_weigh_more_than_others() -> None:
    own = learn([told(f"e{n}", True, industry="33") for n in range(3)] + [told("x", False, industry="26")])
    other = learn([told(f"e{n}", True, industry="26") for n in range(3)] + [told("x", False, industry="33")])
    assert own.probability(0.3, PRESS, "33", "new")[0] > other.probability(0.3, PRESS, "33", "new")[0]


def test_one_industrys_answers_are_not_used_twice() -> None:
    # One layer of the two widths together says the same: sd² = 0.8² + 0.6² = 1.
    one_industry = [told(f"e{n}", True) for n in range(6)]
    both = learn(one_industry, Widths(hazard=0.8, industry=0.6)).probability(0.3, PRESS, "33", "new")[0]
    alone = learn(one_industry, Widths(hazard=1.0)).probability(0.3, PRESS, "26", "new")[0]
    assert both == pytest.approx(alone)


def test_a_house_with_more_than_expected_is_thought_worse_of_elsewhere_too() -> None:
    layers = learn([told("sloppy", True), told("tidy", False)])
    assert layers.probability(0.3, SAW, "33", "sloppy")[0] > 0.3 > layers.probability(0.3, SAW, "33", "tidy")[0]


@given(answers, st.floats(0, 1))
def test_a_points_own_answer_never_moves_its_own_base(others: list[Told], deduced: float) -> None:
    mine = told("me", True, deduced=deduced)
    without = learn(others).probability(deduced, PRESS, "33", "me")
    for confirmed in (True, False):
        mine = told("me", confirmed, deduced=deduced)
        base = learn([*others, mine]).probability(deduced, PRESS, "33", "me", mine)
        assert base[1] == without[1]
        assert isclose(base[0], without[0], abs_tol=1e-6)


@given(answers, st.floats(0.001, 0.999))  # beyond it is kept away from certainty
def test_it_stays_a_probability_and_one_more_confirmation_never_lowers_a_peer(
    others: list[Told], deduced: float
) -> None:
    before = learn(others).probability(deduced, PRESS, "33", "new")[0]
    after = learn([*others, told("another", True)]).probability(deduced, PRESS, "33", "new")[0]
    assert 0 <= before <= 1
    assert after >= before - 1e-9


def test_widths_are_learnt_from_enough_answers_only() -> None:
    rng = random.Random(7)
    assert learn_widths([told(f"e{n}", True) for n in range(49)]) == Widths()

    def region(spread: bool) -> list[Told]:
        rate = {f"machinery/ME-{h:02d}": (rng.choice([0.02, 0.95]) if spread else 0.3) for h in range(30)}
        return [told(f"e{n}", rng.random() < p, hazard=h) for h, p in rate.items() for n in range(30)]

    unlike, like = learn_widths(region(True)), learn_widths(region(False))
    assert unlike.hazard >= 1, "hazards that differ much from what was foretold are believed soon"
    assert max(like.hazard, like.industry) <= 0.3, "where the run was right, answers move little"


def test_learning_foretells_better_than_the_run_where_the_run_is_wrong() -> None:
    rng = random.Random(11)
    rate = {f"machinery/ME-{h:02d}": rng.random() for h in range(20)}
    said = [told(f"e{n}", rng.random() < p, hazard=h) for h, p in rate.items() for n in range(12)]
    layers = learn(said)
    before = sum((0.3 - p) ** 2 for p in rate.values())
    after = sum((layers.probability(0.3, h, "33", "new")[0] - p) ** 2 for h, p in rate.items())
    assert after < 0.5 * before


def test_wilson_is_the_textbook_interval() -> None:
    # Wilson 1927 as worked out in Agresti & Coull 1998 for 0 of 10 and 5 of 10.
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="0 … 3"):
        wilson(4, 3)


def test_weights_undo_the_draw() -> None:
    # 4 likely points, all there; of 40 others a tenth was drawn, none there: of all 44 a tenth is there.
    drawn = [(True, 1.0)] * 4 + [(False, 0.1)] * 4
    found = weighted_share(drawn)
    assert found is not None
    assert found.share == pytest.approx(4 / 44)
    assert found.low < found.share < found.high
    assert found.looks < len(drawn), "unlike weights are worth fewer answers"
    assert weighted_share([]) is None
    with pytest.raises(ValueError, match="propensity"):
        weighted_share([(True, 0.0)])
