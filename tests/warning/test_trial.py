"""Two tables on the same past: a subject counts once, by its gravest moment."""

from __future__ import annotations

import polars as pl
import pytest

from yufang.warning import default_table, default_text, read_table
from yufang.warning.tables import TableError
from yufang.warning.tables.spiff import SpiffTable
from yufang.warning.trial import NONE, unlike_reference, verdicts


def moments(*rows: tuple[int, str, float, int | None]) -> pl.DataFrame:
    schema = {"subject": pl.Int64, "colour": pl.String, "probability": pl.Float64, "age_days": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


PAST = moments(
    (0, "red", 0.2, None), (0, "red", 0.7, None), (0, "red", 0.65, None), (1, "blue", 0.1, None), (2, "blue", 0.5, 3)
)  # fmt: skip


def test_a_subject_counts_once_by_its_gravest_moment() -> None:
    table = default_table().points_table
    found = verdicts(table, PAST, 4)
    assert found.tier.tolist() == [0, NONE, 2, NONE], "the last has no moment at all"
    assert found.moment.tolist() == [1, -1, 4, -1], "of equally grave ones the first"
    assert [table.rules[at].rule_id if at >= 0 else None for at in found.rule.tolist()] == ["P1", None, "P7", None]


def test_an_empty_past_and_an_empty_table_warn_of_nobody() -> None:
    table = default_table().points_table
    assert verdicts(table, PAST[:0], 2).tier.tolist() == [NONE, NONE]
    start, end = default_text().index("<rule "), default_text().index("</decisionTable>")
    bare = read_table(default_text()[:start] + default_text()[end:]).points_table
    assert bare.rules == ()
    assert verdicts(bare, PAST, 3).tier.tolist() == [NONE] * 3


def test_a_reference_that_decides_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    table = default_table().points_table
    assert unlike_reference(table, PAST, 10) == (5, [])
    right = SpiffTable.decide
    monkeypatch.setattr(SpiffTable, "decide", lambda self, f: "P1" if f["colour"] == "blue" else right(self, f))
    asked, unlike = unlike_reference(table, PAST, 10)
    assert (asked, len(unlike)) == (5, 2)


def test_a_past_without_a_fact_that_a_rule_asks_for_is_refused() -> None:
    with pytest.raises(TableError, match="no column “age_days”"):
        verdicts(default_table().points_table, PAST.drop("age_days"), 3)
