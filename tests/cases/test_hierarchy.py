"""Answers in a tree: the leaf where sure, else the parent, else unknown; each level keeps the wanted accuracy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from yufang.cases.errors import CoderError
from yufang.cases.hierarchy import Tree, answer, fit_thresholds, sums
from yufang.standards import code_list

TREE = Tree.of_prefixes({"fall from ladder": "43", "fall from roof": "44", "burn": "5", "shock": "51"})
LABELS = ("burn", "fall from ladder", "fall from roof", "shock")


def test_a_sure_leaf_is_answered_as_it_is() -> None:
    (one,) = answer(np.array([[0.02, 0.9, 0.05, 0.03]]), LABELS, TREE, 0.8)
    assert (one.code, one.depth, one.is_leaf, one.path) == ("43", 2, True, ("4", "43"))
    assert one.leaf == "fall from ladder"
    assert one.probability == pytest.approx(0.9)


def test_two_leaves_that_share_a_parent_make_the_parent_sure() -> None:
    (one,) = answer(np.array([[0.02, 0.5, 0.45, 0.03]]), LABELS, TREE, 0.8)
    assert (one.code, one.depth, one.is_leaf, one.path) == ("4", 1, False, ("4",))
    assert one.probability == pytest.approx(0.95)
    assert (one.leaf, one.leaf_probability) == ("fall from ladder", 0.5)


def test_where_no_root_is_sure_the_answer_is_unknown() -> None:
    (one,) = answer(np.array([[0.3, 0.3, 0.1, 0.3]]), LABELS, TREE, 0.8)
    assert (one.code, one.depth, one.path, one.is_leaf) == (None, 0, (), False)


def test_each_level_has_its_own_threshold_and_one_never_reached_answers_nothing() -> None:
    p = np.array([[0.02, 0.9, 0.05, 0.03]])
    assert answer(p, LABELS, TREE, (0.9, 1.0))[0].code == "4"
    assert answer(p, LABELS, TREE, (1.0, 1.0))[0].code is None
    with pytest.raises(CoderError, match=r"3 thresholds for a tree of 2 levels"):
        answer(p, LABELS, TREE, (0.9, 0.9, 0.9))


def test_thresholds_keep_the_wanted_accuracy_at_every_level() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 4000)
    p = rng.dirichlet(np.full(4, 0.25), 4000)
    truth = np.array([rng.choice(4, p=row) for row in p])  # calibrated by construction
    names = [LABELS[t] for t in truth]
    bars = fit_thresholds(p[:2000], names[:2000], LABELS, TREE, 0.9)
    answers = answer(p[2000:], LABELS, TREE, bars)
    for depth in (1, 2):
        right = [a.code in TREE.path(n) for a, n in zip(answers, names[2000:], strict=True) if a.depth == depth]
        assert len(right) > 50
        assert np.mean(right) > 0.85
    assert sum(a.code is not None for a in answers) > sum(a.is_leaf for a in answers)


@given(arrays(np.float64, (5, 4), elements=st.floats(0.001, 1.0)), st.floats(0.0, 0.99))
def test_a_parent_is_never_less_probable_than_its_leaf_and_every_answer_reaches_its_threshold(
    raw: np.ndarray, threshold: float
) -> None:
    p = raw / raw.sum(axis=1, keepdims=True)
    roots, leaves = TREE.cuts(LABELS)
    assert (sums(p, roots).max(axis=1) >= sums(p, leaves).max(axis=1) - 1e-9).all()
    for one in answer(p, LABELS, TREE, threshold):
        assert (one.code is None) == (one.probability < np.float32(threshold))
        assert one.path == () or one.path[-1] == one.code


def test_code_lists_with_parents_are_trees() -> None:
    tree = Tree.of_list(code_list("gb6441_1986_unsafe_condition"))
    assert tree.path("6.01.1.1") == ("6.01", "6.01.1", "6.01.1.1")
    factors = Tree.of_list(code_list("gbt13861_2022"))
    assert factors.path("110101") == ("1", "11", "1101", "110101")
    assert tree.path("never heard of") == ("never heard of",)


def test_circles_and_strange_parents_are_named() -> None:
    assert Tree.of_parents({"a": None, "b": "a"}).path("b") == ("a", "b")
    with pytest.raises(CoderError, match="stands above itself"):
        Tree.of_parents({"a": "b", "b": "a"})
    with pytest.raises(CoderError, match=r"'z' of code 'a' is no code"):
        Tree.of_parents({"a": "z"})
    with pytest.raises(CoderError, match=r"shape \(1, 2\) for 4 labels"):
        answer(np.ones((1, 2)), LABELS, TREE, 0.5)
    with pytest.raises(CoderError, match=r"'flood' is no label"):
        fit_thresholds(np.full((1, 4), 0.25), ["flood"], LABELS, TREE)
