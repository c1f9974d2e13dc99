"""Expected gain, stable classes, and a gold set that nothing learns from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.cases import CoderError
from yufang.cases.check import lessons as texts_and_codes
from yufang.cases.desk import expected_gain, stability
from yufang.cases.retraining import (
    Lesson,
    Told,
    compare,
    digest,
    evaluate,
    in_gold_set,
    judge,
    parted,
    readiness,
    retrain,
)


def made(n: int = 240) -> list[Lesson]:
    texts, codes = texts_and_codes()
    return [
        Lesson(
            key=f"case-{i}",
            text=f"{i}: {texts[i % 96]}",
            code=codes[i % 96],
            origin="person" if i % 3 else "source",
            on=date(2026, 1, 1 + i % 28),
        )
        for i in range(n)
    ]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_gain_is_the_chance_that_the_first_suggestion_is_wrong(probabilities: list[float]) -> None:
    assert expected_gain(probabilities) == pytest.approx(1 - max(probabilities), abs=2e-6)


def test_of_equal_chances_the_closer_call_comes_first() -> None:
    assert expected_gain([0.6, 0.39]) > expected_gain([0.6, 0.1]) > expected_gain([0.61, 0.39])
    assert expected_gain([]) == 1.0


def test_a_class_is_stable_from_thirty_five_agreements_on() -> None:
    assert not stability([True] * 34, 0.9).stable
    assert stability([True] * 34, 0.9).missing == 1
    assert stability([True] * 35, 0.9).stable
    assert stability([], 0.9).missing == 35
    mixed = stability([False] + [True] * 35, 0.9)
    assert not mixed.stable
    assert stability([False] + [True] * (35 + mixed.missing), 0.9).stable


def test_old_mistakes_leave_the_window() -> None:
    assert stability([False] * 50 + [True] * 200, 0.9, last=200).stable
    assert not stability([True] * 200 + [False] * 50, 0.9, last=200).stable
    with pytest.raises(ValueError, match="between 0 and 1"):
        stability([], 1.0)


def test_the_gold_set_is_the_same_everywhere_and_one_in_eight() -> None:
    # Frozen: another hash would move cases between teaching and judging in every installation.
    assert [i for i in range(60) if in_gold_set(f"case-{i}")] == [2, 11, 17, 18, 20, 33, 36, 39]
    share = sum(in_gold_set(f"key {i}") for i in range(8_000)) / 8_000
    assert 0.11 < share < 0.14


def test_no_gold_case_and_no_wording_of_one_teaches() -> None:
    lessons = made()
    gold_key = next(one.key for one in lessons if in_gold_set(one.key))
    gold = next(one for one in lessons if one.key == gold_key)
    same = replace(next(one for one in lessons if not in_gold_set(one.key)), text=gold.text)
    teaching, judging = parted([*lessons, same])
    assert all(in_gold_set(one.key) for one in judging)
    assert not {one.text for one in judging} & {one.text for one in teaching}
    assert same not in teaching


def test_too_few_cases_say_how_many_more_it_takes() -> None:
    few = readiness(made(60))
    assert few.more > 0
    assert readiness(made(60 + few.more + 20)).more == 0
    with pytest.raises(CoderError, match=f"Decide about {few.more} more cases"):
        retrain("f", made(60), {})
    one_code = [replace(one, code="fall") for one in made()]
    assert readiness(one_code).more > 0


def test_a_retrained_coder_has_a_card_and_the_same_lessons_give_the_same_version() -> None:
    lessons, steps = made(), []
    first = retrain("f", lessons, {"open": "从脚手架坠落"}, tell=steps.append)
    again = retrain("f", list(reversed(lessons)), {"open": "从脚手架坠落"})
    assert first.coder.version == again.coder.version == first.card["version"]
    assert steps == ["rows", "fit", "reliability", "gold"]
    assert first.card["rows"] + first.card["gold_rows"] + first.card["left_out"] == len(lessons)
    assert first.card["period"][0] == "2026-01-01"
    assert set(first.card["origins"]) == {"person", "source"}
    assert first.card["data_sha256"] == again.card["data_sha256"] != digest(lessons)
    assert first.pending["open"].code == "fall"
    assert set(first.gold) == {one.key for one in lessons if in_gold_set(one.key)}
    assert first.card["gold"]["accuracy"] > 0.9


def test_figures_by_class_add_up() -> None:
    told = [Told(code="a", probability=0.9), Told(code="a", probability=0.7), Told(code="b", probability=0.6)]
    found = judge(told, ["a", "b", "b"], 0.8)
    assert (found.accuracy, found.auto_share, found.auto_accuracy) == (pytest.approx(2 / 3), pytest.approx(1 / 3), 1.0)
    a = next(one for one in found.codes if one.code == "a")
    assert (a.true, a.given, a.right, a.probability) == (1, 2, 1, pytest.approx(0.8))
    unknown = judge(told, ["a", "b", "never seen"], 0.8)
    assert unknown.accuracy == pytest.approx(1 / 3)
    import numpy as np

    assert evaluate(np.zeros((0, 2), np.float32), ("a", "b"), [], 0.5).rows == 0


def test_two_versions_are_compared_on_what_both_were_asked() -> None:
    say = {k: Told(code=c, probability=0.9) for k, c in (("1", "a"), ("2", "a"), ("3", "b"), ("5", "a"))}
    then = {k: Told(code=c, probability=0.9) for k, c in (("1", "a"), ("2", "b"), ("3", "a"), ("4", "a"))}
    truth = {"1": "a", "2": "b", "3": "b", "4": "a"}
    found = compare(say, then, truth, (0.5, 0.5))
    assert (found.rows, found.only_first, found.only_second) == (3, 1, 1)
    assert found.changed == ("2", "3")
    assert found.first.accuracy == found.second.accuracy == pytest.approx(2 / 3)
