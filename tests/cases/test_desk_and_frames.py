"""The review queue's order, and coders for whole tables."""

from __future__ import annotations

import time

import polars as pl
import pytest

from yufang.cases import CoderError, code_frame, train
from yufang.cases.check import lessons
from yufang.cases.contracts import CodedCase, Suggestion
from yufang.cases.desk import doubt, review_order
from yufang.cases.frames import CODED, TrainedCoder


def case(*probabilities: float, code: str | None = None) -> CodedCase:
    suggestions = tuple(Suggestion(code=str(i), probability=p) for i, p in enumerate(probabilities))
    return CodedCase(
        facet="f",
        code=code,
        probability=probabilities[0],
        threshold=0.9,
        suggestions=suggestions,
        evidence=(),
        model_version="v",
    )


def table() -> pl.DataFrame:
    texts, labels = lessons()
    codes = [label if i % 4 else None for i, label in enumerate(labels)]
    return pl.DataFrame({"case_id": [f"c{i}" for i in range(len(texts))], "narrative": texts, "accident_type": codes})


@pytest.fixture(scope="module")
def trained() -> TrainedCoder:
    return train(table(), "accident_type")


def test_the_closest_call_is_looked_at_first_and_coded_cases_not_at_all() -> None:
    cases = [case(0.8, 0.1), case(0.45, 0.44), case(0.95, 0.01, code="0"), case(0.5, 0.2)]
    assert review_order(cases) == [1, 3, 0]


def test_of_equals_the_one_that_waited_longest_comes_first() -> None:
    cases = [case(0.5, 0.2), case(0.5, 0.2), case(0.5, 0.2)]
    assert review_order(cases, [1.0, 9.0, 1.0]) == [1, 0, 2]
    with pytest.raises(ValueError, match="1 entries for 3 cases"):
        review_order(cases, [1.0])


def test_a_single_suggestion_is_doubted_by_its_own_probability() -> None:
    assert doubt(case(0.7)) == pytest.approx(0.3)


def test_rows_with_codes_teach_and_all_rows_are_coded_in_order(trained: TrainedCoder) -> None:
    frame = table()
    coded = code_frame(trained, frame)
    assert coded.schema == CODED
    assert coded["case_id"].to_list() == frame["case_id"].to_list()
    assert (coded["code"] == pl.Series(lessons()[1])).mean() > 0.95
    assert trained.report.rows == 72
    first = coded["suggestions"][0].to_list()
    assert first[0]["code"] == coded["code"][0]
    assert first[0]["probability"] == pytest.approx(coded["probability"][0])
    assert len(first) == 3


def test_table_and_list_agree(trained: TrainedCoder) -> None:
    frame = table()
    coded = code_frame(trained, frame, evidence=None)
    for row, single in zip(coded.iter_rows(named=True), trained.coder.predict(lessons()[0]), strict=True):
        assert (row["state"] == "auto") == (single.code is not None)
        assert row["code"] == single.suggestions[0].code
        assert [span["text"] for span in row["evidence"]] == [span.text for span in single.evidence]


def test_evidence_is_worked_out_for_the_cases_asked_for(trained: TrainedCoder) -> None:
    coded = code_frame(trained, table(), evidence=["c3"])
    lengths = coded["evidence"].list.len()
    assert lengths[3] > 0
    assert lengths.sum() == lengths[3]


def test_a_case_without_narrative_goes_to_review(trained: TrainedCoder) -> None:
    frame = pl.DataFrame({"case_id": ["a", "b"], "narrative": [None, "  "]}, schema_overrides={"narrative": pl.String})
    assert code_frame(trained, frame)["state"].to_list() == ["review", "review"]


def test_an_empty_table_gives_an_empty_table(trained: TrainedCoder) -> None:
    assert code_frame(trained, table().clear()).schema == CODED


def test_too_few_codes_and_missing_columns_are_told(trained: TrainedCoder) -> None:
    with pytest.raises(CoderError, match="Code at least 10 narratives"):
        train(table().head(8), "accident_type")
    with pytest.raises(CoderError, match="no column 'body_part'; it has case_id, narrative, accident_type"):
        train(table(), "body_part")
    with pytest.raises(CoderError, match="no column 'narrative'"):
        code_frame(trained, pl.DataFrame({"case_id": ["a"]}))


def test_a_code_held_by_one_row_is_left_out_of_training() -> None:
    frame = pl.concat([table(), pl.DataFrame({"case_id": ["z"], "narrative": ["触电"], "accident_type": ["shock"]})])
    assert "shock" not in train(frame, "accident_type").coder.labels


def test_a_hundred_thousand_rows_are_coded_in_twenty_seconds(trained: TrainedCoder) -> None:
    frame = pl.concat([table()] * 1042)
    begin = time.process_time()
    assert code_frame(trained, frame).height > 100_000
    assert time.process_time() - begin < 20
