"""Tables of counts for publication: small cells hidden, and with them so many others that no total gives them back.

Primary suppression hides every count from 1 to below the minimum, in the body and in the totals. Secondary suppression
follows the hypercube method (Repsilber 1994; Giessing & Repsilber 2002): each hidden cell is made a corner of a
rectangle of hidden cells, along which counts can be shifted without changing any total. What somebody can still work
out is computed by linear programming over all published numbers (the attacker's problem of Fischetti & Salazar 2001)
and has to leave every hidden cell a range at least as wide as the minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import lil_matrix

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


class NotPublishable(ValueError):
    """No pattern of hidden cells protects the table; it can't be published with its totals."""


@dataclass(frozen=True, slots=True)
class SuppressedTable:
    """A table with totals. `counts` and `hidden`: (rows + 1, columns + 1), the last row and column are the totals;
    counts under `hidden` are -1. `primary`, `secondary`: how many cells were hidden for which reason."""

    counts: Counts
    hidden: Mask
    primary: int
    secondary: int
    minimum: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What an attacker can work out: for each hidden cell (row, column) the lowest and highest possible count."""

    ranges: dict[tuple[int, int], tuple[float, float]]

    def narrowest(self) -> float:
        """Width of the narrowest range; infinite where nothing is hidden."""
        return min((high - low for low, high in self.ranges.values()), default=float("inf"))


def suppress(body: Counts, minimum: int) -> SuppressedTable:
    """Hide cells of `body` (rows, columns; counts of people or cases, none negative) below `minimum` (at least 2),
    with totals of rows, of columns and of all.

    Raises ValueError for negative counts or a minimum below 2, NotPublishable where no pattern protects the table
    (only tables of one row or column, or with next to nothing in them).
    """
    body = np.asarray(body, np.int64)
    if body.ndim != 2 or body.size == 0 or (body < 0).any():
        raise ValueError("body: a table of rows and columns with counts of 0 or more is needed")
    if minimum < 2:
        raise ValueError(f"minimum: {minimum} protects nobody; it has to be 2 or more")
    full = with_totals(body)
    hidden = (full > 0) & (full < minimum)
    primary = int(hidden.sum())
    for row, column in np.argwhere(hidden):
        _protect(full, hidden, int(row), int(column), minimum)
    while (weak := _weak(full, hidden, minimum)) is not None:
        if not _protect(full, hidden, *weak, minimum):
            hidden[:] = full > 0  # nothing less will do
            if _weak(full, hidden, minimum) is not None:
                raise NotPublishable("no pattern of hidden cells protects this table; publish it without totals")
    shown = np.where(hidden, -1, full)
    return SuppressedTable(shown, hidden, primary, int(hidden.sum()) - primary, minimum)


def with_totals(body: Counts) -> Counts:
    """`body` with a last row and a last column of totals."""
    rows = np.column_stack([body, body.sum(1)])
    return np.vstack([rows, rows.sum(0)])


def attack(table: SuppressedTable) -> Audit:
    """What can be worked out of a published table by anyone: the range of each hidden cell, from all sums and from
    counts not being negative. Exact for the relaxation to real numbers, and so never narrower than the truth allows
    an attacker who solves it in whole numbers by more than the rounding to them."""
    return _ranges(table.counts, table.hidden, [(int(r), int(c)) for r, c in np.argwhere(table.hidden)])


def _weak(full: Counts, hidden: Mask, minimum: int) -> tuple[int, int] | None:
    cells = [(int(r), int(c)) for r, c in np.argwhere(hidden)]
    for cell, (low, high) in _ranges(full, hidden, cells).ranges.items():
        if np.floor(high + 1e-6) - np.ceil(low - 1e-6) < minimum:
            return cell
    return None


def _ranges(full: Counts, hidden: Mask, cells: list[tuple[int, int]]) -> Audit:
    """Bounds of `cells`, each over all tables that agree with what is shown."""
    number = {(int(r), int(c)): n for n, (r, c) in enumerate(np.argwhere(hidden))}
    if not number:
        return Audit({})
    from scipy.optimize import linprog  # read only where a table is suppressed
    from scipy.sparse import lil_matrix

    rows, columns = full.shape
    sums = lil_matrix((rows + columns, len(number)))
    known = np.zeros(rows + columns)
    for line in range(rows):
        known[line] = _line(full[line], hidden[line], [(line, c) for c in range(columns)], sums, line, number)
    for line in range(columns):
        at = rows + line
        known[at] = _line(full[:, line], hidden[:, line], [(r, line) for r in range(rows)], sums, at, number)
    matrix = sums.tocsr()
    found = {}
    for cell in cells:
        aim = np.zeros(len(number))
        aim[number[cell]] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            answer = linprog(sign * aim, A_eq=matrix, b_eq=known, bounds=(0, None), method="highs")
            ends.append(sign * float(answer.fun) if answer.status == 0 else sign * -np.inf)
        found[cell] = (ends[0], ends[1])
    return Audit(found)


def _line(
    counts: Counts,
    hidden: Mask,
    places: list[tuple[int, int]],
    sums: lil_matrix,
    at: int,
    number: dict[tuple[int, int], int],
) -> float:
    """One equation: cells of a line less its total are 0. Returns what the shown ones leave."""
    signs = np.ones(len(places))
    signs[-1] = -1.0
    for place, sign, unseen in zip(places, signs, hidden, strict=True):
        if unseen:
            sums[at, number[place]] = sign
    return -float((signs * counts)[~hidden].sum())


def _protect(full: Counts, hidden: Mask, row: int, column: int, minimum: int) -> bool:
    """Hide three more corners of the cheapest rectangle through (row, column) that leaves a range of `minimum`.

    Where none does, the widest one is taken; False where that hides nothing new. In the table with totals a shift
    along a rectangle within the body keeps every total; one through a total changes it, which is why totals that
    are hidden are corners like all others.
    """
    here = full[row, column]
    beside = full[row, :][None, :]  # same row
    below = full[:, column][:, None]  # same column
    last = np.array(full.shape) - 1
    across = full
    # Going up here means going down beside and below, and up across; a total moves the other way round.
    flip = (np.arange(full.shape[0]) == last[0])[:, None] ^ (row == last[0])
    turn = (np.arange(full.shape[1]) == last[1])[None, :] ^ (column == last[1])
    # signs of the change when the cell goes up by one: along the row it is -1, or +1 where a total is involved
    s_beside = np.where(turn, 1, -1) * np.ones_like(full)
    s_below = np.where(flip, 1, -1) * np.ones_like(full)
    s_across = s_beside * s_below
    big = np.int64(2**40)
    up = np.minimum.reduce(
        [np.where(s < 0, v, big) for s, v in ((s_beside, beside), (s_below, below), (s_across, across))]
    )
    down = np.minimum.reduce(
        [np.where(s > 0, v, big) for s, v in ((s_beside, beside), (s_below, below), (s_across, across))]
        + [np.broadcast_to(here, full.shape)]
    )
    width = np.minimum(up, big) + down
    corners = (beside > 0) & (below > 0) & (across > 0)
    corners[row, :] = corners[:, column] = False
    cost = (
        np.where(hidden[row, :][None, :], 0, beside)
        + np.where(hidden[:, column][:, None], 0, below)
        + np.where(hidden, 0, across)
    )
    enough = corners & (width >= minimum)
    if enough.any():
        at = np.unravel_index(np.where(enough, cost, np.iinfo(np.int64).max).argmin(), full.shape)
    elif corners.any():
        at = np.unravel_index(np.where(corners, width, -1).argmax(), full.shape)
    else:
        return False
    before = int(hidden.sum())
    hidden[at[0], at[1]] = hidden[row, at[1]] = hidden[at[0], column] = True
    return int(hidden.sum()) > before
