"""What is hidden in a published table can't be worked out of what is shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.privacy import attack, suppress
from yufang.privacy.cells import NotPublishable, SuppressedTable, with_totals


def test_primary_suppression_alone_is_given_away_by_the_totals() -> None:
    """The attack of this file can succeed: it finds a cell that only the minimum hides."""
    full = with_totals(np.array([[2, 40], [30, 50]]))
    hidden = full < 5
    bare = SuppressedTable(np.where(hidden, -1, full), hidden, 1, 0, 5)
    assert attack(bare).ranges == {(0, 0): (pytest.approx(2), pytest.approx(2))}


def test_other_cells_are_hidden_with_a_small_one() -> None:
    table = suppress(np.array([[2, 40, 11], [30, 50, 9], [12, 8, 70]]), 5)
    assert table.hidden[0, 0]
    assert (table.primary, table.secondary >= 3) == (1, True)
    assert attack(table).narrowest() >= 5


def test_a_large_table_without_small_cells_is_told_as_it_is() -> None:
    table = suppress(np.array([[20, 0], [30, 50]]), 5)
    assert not table.hidden.any()
    assert table.counts.tolist() == [[20, 0, 20], [30, 50, 80], [50, 50, 100]]


@settings(max_examples=40)
@given(
    st.integers(2, 5).flatmap(
        lambda c: st.lists(st.lists(st.integers(0, 25), min_size=c, max_size=c), min_size=2, max_size=6)
    ),
    st.integers(3, 8),
)
def test_no_hidden_cell_is_known_more_exactly_than_the_minimum(rows: list[list[int]], minimum: int) -> None:
    body = np.array(rows)
    try:
        table = suppress(body, minimum)
    except NotPublishable:
        assert with_totals(body)[(with_totals(body) > 0) & (with_totals(body) < minimum)].size
        return
    full = with_totals(body)
    assert (table.counts[~table.hidden] == full[~table.hidden]).all()
    assert not ((table.counts > 0) & (table.counts < minimum)).any()
    for (row, column), (low, high) in attack(table).ranges.items():
        assert low - 1e-6 <= full[row, column] <= high + 1e-6
        assert high - low >= minimum - 1e-6


@pytest.mark.parametrize(("body", "minimum"), [([[1, -1]], 5), ([[1, 2]], 1), ([], 5)])
def test_what_is_no_table_is_refused(body: list[list[int]], minimum: int) -> None:
    with pytest.raises(ValueError, match=r"body|minimum"):
        suppress(np.array(body), minimum)
