"""Ideas and their trials, the board, thanks, the two-sided assessment, the share found by workers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.participation import (
    STEPS,
    Effect,
    ParticipationError,
    Pick,
    Step,
    best_ideas,
    check_step,
    found_by_workers,
    questionnaire,
    say_thanks,
    summarise,
)
from yufang.participation.assessment import UNKNOWN

TODAY = date(2026, 6, 18)  # a Thursday
TRIAL = Step(kind="trial", where="冲压一班", until=TODAY + timedelta(days=30), measure="卡料次数")
WORDS = "试用三周，卡料由 12 次降到 4 次"


def test_an_idea_goes_by_trial_and_result_to_its_roll_out() -> None:
    state = check_step("proposed", TRIAL, TODAY)
    state = check_step(state, Step(kind="result", text=WORDS, before=12, after=4), TODAY)
    assert check_step(state, Step(kind="roll_out", text="全车间八台压力机"), TODAY) == "rolled_out"


def test_no_idea_is_rolled_out_without_a_result_and_none_declined_without_a_reason() -> None:
    for state in ("proposed", "trial"):
        with pytest.raises(ParticipationError) as refusal:
            check_step(state, Step(kind="roll_out", text="全厂推广吧"), TODAY)
        assert refusal.value.field == "kind"
    with pytest.raises(ParticipationError, match="reason") as refusal:
        check_step("proposed", Step(kind="decline", text="不行"), TODAY)
    assert refusal.value.field == "text"


def test_what_has_ended_takes_no_step() -> None:
    for state in ("rolled_out", "declined"):
        assert STEPS[state] == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"where": " "}, "where"),
        ({"measure": ""}, "measure"),
        ({"until": None}, "until"),
        ({"until": TODAY}, "until"),
        ({"until": TODAY + timedelta(days=900)}, "until"),
        ({"before": 3.0}, "after"),
    ],
)
def test_a_trial_says_where_until_when_and_what_is_measured(changes: dict[str, object], field: str) -> None:
    values = {"kind": "trial", "where": TRIAL.where, "until": TRIAL.until, "measure": TRIAL.measure} | changes
    with pytest.raises(ParticipationError) as refusal:
        check_step("proposed", Step(**values), TODAY)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert refusal.value.zh != refusal.value.en


# ── the board ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def picks(*pairs: tuple[int, int]) -> list[Pick]:
    return [Pick(juror_id=j, idea_id=i, reason="好用") for j, i in pairs]


def test_the_board_holds_what_half_of_the_jury_chose() -> None:
    assert best_ideas([1, 2, 3], picks((1, 10), (2, 10), (3, 11)), {}) == (10,)


def test_a_juror_neither_chooses_an_own_idea_nor_counts_against_it() -> None:
    with pytest.raises(ParticipationError, match="own idea"):
        best_ideas([1, 2], picks((1, 10)), {10: 1})
    assert best_ideas([1, 2, 3], picks((2, 10)), {10: 1}) == (10,)  # one of the two who may judge it


def test_a_jury_is_more_than_one_person_and_takes_no_stranger() -> None:
    with pytest.raises(ParticipationError, match="at least 2"):
        best_ideas([1, 1], [], {})
    with pytest.raises(ParticipationError, match="not on this month's jury"):
        best_ideas([1, 2], picks((9, 10)), {})


# ── thanks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_thanks_name_what_was_done_since_when_and_for_how_many() -> None:
    effect = Effect(title_zh="三号压力机缺防护罩", title_en="Press 3 has no guard", since=date(2026, 6, 16), people=3)
    zh, en = say_thanks(effect, TODAY)
    assert zh == "您报告的“三号压力机缺防护罩”自本周二起已整改并通过验收；那里有 3 人工作。谢谢您。"
    assert en == (
        "What you reported, “Press 3 has no guard”, is fixed and checked since Tuesday; "
        "three people work there. Thank you."
    )


def test_thanks_say_no_number_that_nobody_knows_and_a_date_where_a_weekday_would_mislead() -> None:
    zh, en = say_thanks(Effect(title_zh="梯子缺档", title_en="", since=date(2026, 5, 2), people=None), TODAY)
    assert "人工作" not in zh
    assert "2026-05-02" in en
    assert "上周五" in say_thanks(Effect(title_zh="x", title_en="", since=date(2026, 6, 12), people=1), TODAY)[0]


# ── the assessment ────────────────────────────────────────────────────────────────────────────────────────────────────

FORM = questionnaire()
KEYS = FORM.question_keys()


def counts(workers: list[int], managers: list[int], key: str = KEYS[0]) -> dict[tuple[str, str, int], int]:
    found: dict[tuple[str, str, int], int] = {}
    for side, values in (("worker", workers), ("manager", managers)):
        for value in values:
            found[side, key, value] = found.get((side, key, value), 0) + 1
    return found


def test_every_question_is_asked_of_both_sides_in_both_languages() -> None:
    assert len(KEYS) == len(set(KEYS)) == 18
    for area in FORM.areas:
        for q in area.questions:
            assert q.worker.zh != q.manager.zh
            assert q.worker.en != q.manager.en


def test_four_answers_of_workers_are_never_shown_and_five_are() -> None:
    few = summarise(FORM, counts([4, 4, 4, 4, UNKNOWN, UNKNOWN], [4])).areas[0].questions[0]
    assert (few.worker, few.manager, few.gap) == (None, 100, None)
    enough = summarise(FORM, counts([0, 1, 2, 3, 4], [4])).areas[0].questions[0]
    assert (enough.worker, enough.manager, enough.gap) == (50, 100, 50)


def test_an_area_is_withheld_with_any_of_its_questions_for_the_rest_would_give_it_away() -> None:
    area = FORM.areas[0]
    given_ = {}
    for q in area.questions[:-1]:
        given_ |= counts([3] * 6, [3], q.key)
    given_ |= counts([3] * 4, [3], area.questions[-1].key)
    found = summarise(FORM, given_).areas[0]
    assert found.worker is None
    assert found.manager == 75
    assert found.gap is None


@given(st.lists(st.integers(0, UNKNOWN), max_size=12))
def test_no_figure_stands_on_fewer_than_five_answers(workers: list[int]) -> None:
    shown = summarise(FORM, counts(workers, [])).areas[0].questions[0].worker
    assert (shown is None) == (sum(v != UNKNOWN for v in workers) < 5)


def test_a_sheet_with_a_missing_strange_or_impossible_answer_is_refused_by_its_question() -> None:
    whole = dict.fromkeys(KEYS, 3)
    assert FORM.check(whole) == whole
    for bad, field in (
        ({k: v for k, v in whole.items() if k != KEYS[4]}, KEYS[4]),
        (whole | {"mood": 1}, "mood"),
        (whole | {KEYS[2]: 9}, KEYS[2]),
    ):
        with pytest.raises(ParticipationError) as refusal:
            FORM.check(bad)
        assert refusal.value.field == field


def test_the_share_found_by_workers_is_empty_in_a_month_without_hazards() -> None:
    found = found_by_workers([("2026-05", "worker", 3), ("2026-05", "inspection", 1)], ["2026-04", "2026-05"])
    assert [(m.month, m.by_workers, m.total, m.share) for m in found] == [
        ("2026-04", 0, 0, None),
        ("2026-05", 3, 4, 0.75),
    ]
