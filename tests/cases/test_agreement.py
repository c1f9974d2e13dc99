"""Kappa, its interval, and where two codings part."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from yufang.cases.agreement import cohen_kappa, wilson

CODES = st.sampled_from(["a", "b", "c", "d"])


@given(st.lists(st.tuples(CODES, CODES), min_size=2, max_size=60))
def test_kappa_is_that_of_scikit_learn_and_lies_in_its_interval(pairs: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = cohen_kappa(first, second)
    if found.kappa is None:
        assert len({*first, *second}) == 1
        return
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)
    assert found.low is not None
    assert found.high is not None
    assert -1.0 <= found.low <= found.kappa <= found.high <= 1.0
    mirrored = cohen_kappa(second, first)
    assert mirrored.kappa == pytest.approx(found.kappa)
    assert mirrored.low == pytest.approx(found.low)


def test_the_interval_is_that_of_fleiss_cohen_and_everitt() -> None:
    # Table 1 of Fleiss, Cohen & Everitt (1969): 200 cases, three categories; kappa 0.429, standard error 0.054.
    table = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]
    first = [c for c, row in zip("xyz", table, strict=True) for n in row for _ in range(n)]
    second = [c for row in table for c, n in zip("xyz", row, strict=True) for _ in range(n)]
    found = cohen_kappa(first, second)
    assert found.kappa == pytest.approx(0.429, abs=5e-4)
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / (2 * 1.959964) == pytest.approx(0.054, abs=1e-3)
    assert [(c.first, c.second, c.n) for c in found.confusions[:2]] == [("y", "x", 22), ("z", "y", 12)]
    assert (found.classes[0].first, found.classes[0].second, found.classes[0].both) == (120, 130, 106)


def test_the_interval_holds_the_true_kappa_about_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(1)
    joint = np.array([[0.45, 0.1], [0.05, 0.4]])
    expected = joint.sum(1) @ joint.sum(0)
    true = (np.trace(joint) - expected) / (1 - expected)
    held = 0
    for _ in range(300):
        cell = rng.choice(4, size=80, p=joint.ravel())
        found = cohen_kappa([str(c // 2) for c in cell], [str(c % 2) for c in cell])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= true <= found.high
    assert 270 <= held <= 297


def test_ten_cases_agreed_on_are_less_proof_than_a_thousand() -> None:
    ten, thousand = (cohen_kappa(["a", "b"] * n, ["a", "b"] * n) for n in (5, 500))
    assert ten.kappa == thousand.kappa == 1.0
    assert ten.low is not None
    assert thousand.low is not None
    assert ten.low < 0.7 < 0.98 < thousand.low


def test_without_cases_or_with_one_code_kappa_is_not_defined() -> None:
    assert cohen_kappa([], []).kappa is None
    assert cohen_kappa(["a"] * 5, ["a"] * 5).kappa is None
    with pytest.raises(ValueError, match="2 codes on the first side and 1 on the second"):
        cohen_kappa(["a", "b"], ["a"])


def test_wilsons_bounds_are_those_of_the_paper() -> None:
    low, high = wilson(35, 35)
    assert low == pytest.approx(0.9011, abs=1e-4)
    assert high == 1.0
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(8, 10)
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)
    assert not math.isnan(wilson(1, 1)[0])
    with pytest.raises(ValueError, match="between 0 and n"):
        wilson(3, 2)
