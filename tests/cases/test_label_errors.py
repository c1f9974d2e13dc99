"""Suspects: flipped codes rise to the top, hesitation is no proof, and what doesn't fit is refused."""

from __future__ import annotations

import numpy as np
import pytest

from yufang.cases.check import lessons
from yufang.cases.errors import CoderError
from yufang.cases.label_errors import SUSPECTS, checked, confident_issues_first, find_suspects, suspects

CLASSES = ("burn", "cut", "fall")


def test_flipped_codes_are_the_first_that_the_desk_sees() -> None:
    texts, labels = lessons()
    names = sorted(set(labels))
    wrong = set(range(0, len(labels), 10))
    given = [names[(names.index(label) + 1) % len(names)] if i in wrong else label for i, label in enumerate(labels)]
    found = find_suspects("accident_type", texts, given, share=0.15)
    assert found.schema == SUSPECTS
    assert len(wrong & set(found["row"])) >= 0.8 * len(wrong)
    flipped = [row for row in found.iter_rows(named=True) if row["row"] in wrong]
    assert all(row["given"] == given[row["row"]] for row in flipped)
    assert sum(row["likely"] == labels[row["row"]] for row in flipped) >= 0.8 * len(flipped)


def test_the_same_low_probability_is_more_suspect_where_the_coder_is_sure() -> None:
    sure, torn = [0.05, 0.9, 0.05], [0.05, 0.5, 0.45]
    found = suspects(["burn", "burn"], CLASSES, np.array([torn, sure]))
    assert found["row"].to_list() == [1, 0]
    assert found["likely"].to_list() == ["cut", "cut"]
    assert found["p_given"].to_list() == pytest.approx([0.05, 0.05])


def test_several_coders_are_averaged() -> None:
    one, two = np.array([[0.8, 0.1, 0.1]]), np.array([[0.2, 0.7, 0.1]])
    assert suspects(["burn"], CLASSES, np.stack([one, two]))["p_given"].item() == pytest.approx(0.5)


def test_the_share_says_how_many_rows_come_back() -> None:
    p = np.full((40, 3), 1 / 3)
    assert suspects(["burn"] * 40, CLASSES, p, share=0.15).height == 6
    assert suspects(["burn"] * 40, CLASSES, p)["rank"].to_list() == list(range(1, 41))


def test_a_code_that_no_row_carries_is_never_confidently_present() -> None:
    given, p = checked(["burn", "cut"], CLASSES, np.array([[0.4, 0.1, 0.5], [0.1, 0.6, 0.3]]))
    assert (confident_issues_first(p, given) > 0).all()


@pytest.mark.parametrize(
    ("labels", "p", "says"),
    [
        (["burn"], np.ones((2, 3)), "1 codes of 3 classes"),
        ([], np.ones((0, 3)), "0 codes"),
        (["burn"], np.array([[np.nan, 0.5, 0.5]]), "negative or missing"),
        (["drown"], np.ones((1, 3)), "'drown' has no column"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_way_out(labels: list[str], p: np.ndarray, says: str) -> None:
    with pytest.raises(CoderError, match=says) as refused:
        suspects(labels, CLASSES, p)
    assert refused.value.way_out
    with pytest.raises(CoderError, match="share is 0"):
        suspects(["burn"], CLASSES, np.ones((1, 3)), share=0.0)
