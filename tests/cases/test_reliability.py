"""What is known of each class out of fold, and that a class which is often wrong is left to people."""

from __future__ import annotations

import numpy as np
import pytest

from yufang.cases.reliability import RELIABILITY, AutoPlan, by_class, curve, plan, wilson

CLASSES = ("arm", "leg", "toe")


def made(rows: int = 3000) -> tuple[list[str], np.ndarray]:
    """`arm` and `leg` are as sure as they say; `toe` says 0.99 and is right half the time."""
    rng = np.random.default_rng(3)
    labels, p = [], np.zeros((rows, 3))
    for i in range(rows):
        said = int(rng.choice(3, p=[0.45, 0.45, 0.1]))
        sure = 0.99 if said == 2 else float(rng.uniform(0.8, 1.0))
        p[i] = (1 - sure) / 2
        p[i, said] = sure
        true = 0.5 if said == 2 else sure
        labels.append(CLASSES[said] if rng.random() < true else CLASSES[(said + 1) % 2])
    return labels, p


def test_an_unreliable_class_is_held_and_frees_the_others() -> None:
    labels, p = made()
    chosen = plan(labels, CLASSES, p, 0.95)
    assert chosen.held == ("toe",)
    assert chosen.accuracy >= 0.95
    assert chosen.share > 0.4
    assert chosen.accepts("arm", 0.995)
    assert not chosen.accepts("toe", 0.995)
    assert not chosen.accepts("arm", chosen.threshold - 0.01)


def test_the_table_counts_each_class_and_says_why_one_is_held() -> None:
    labels, p = made()
    table = by_class(labels, CLASSES, p, plan(labels, CLASSES, p, 0.95))
    assert table.schema == RELIABILITY
    toe, arm = table.row(2, named=True), table.row(0, named=True)
    assert toe["held"]
    assert toe["reason"] == "less often right than it says"
    assert toe["precision_low"] < 0.5 < toe["precision_high"]
    assert toe["ece"] > 0.4 > arm["ece"]
    assert (arm["reason"], arm["held"]) == ("", False)
    assert table["rows"].sum() == table["said"].sum() == 3000


def test_a_class_hardly_seen_is_held_for_want_of_proof() -> None:
    labels, p = made()
    chosen = plan([*labels, "toe"], (*CLASSES, "ear"), np.pad(np.vstack([p, [0, 0, 1.0]]), ((0, 0), (0, 1))), 0.95)
    assert "ear" in chosen.held


def test_where_nothing_is_sure_enough_nothing_is_automatic() -> None:
    chosen = plan(["arm", "leg"] * 50, CLASSES, np.full((100, 3), 1 / 3), 0.95)
    assert (chosen.threshold, chosen.share, chosen.accuracy) == (1.0, 0.0, 0.0)
    assert not chosen.accepts("arm", 1.0)


def test_a_calibrated_class_lies_on_its_curve() -> None:
    labels, p = made()
    found = curve(labels, CLASSES, p, "arm")
    top = found.row(-1, named=True)
    assert top["true_low"] <= top["stated"] <= top["true_high"]
    assert found["rows"].sum() == 3000


def test_wilson_is_wide_for_few_rows_and_never_leaves_zero_to_one() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
    low, high = wilson(10, 10)
    assert 0.7 < low < high == 1.0


def test_a_plan_is_plain_data() -> None:
    assert AutoPlan(threshold=0.9, held=(), wanted_accuracy=0.95, share=0.5, accuracy=0.96).accepts("x", 0.9)
