"""A table as arrays: every column is cut into the pieces that its cells tell apart, every piece knows its rules.

Numbers and dates: with the bounds b0 < b1 < … of all cells, piece 2k+1 is exactly bk and piece 2k what lies between
b(k-1) and bk, so a value's piece is the sum of its two insertion points. Text: one piece a value that is written
somewhere, one for every other. Booleans: two. Last in each column stands the piece of absent values. A piece holds one
bit a rule; the rules of a case are the AND over its columns, and its decision is the lowest bit that is left. The
checks walk the same pieces, so they see exactly what decides.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from yufang.warning.tables.errors import TableError
from yufang.warning.tables.feel import Alternative, Between, Compare, Same, Tests, Value

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from yufang.warning.tables.model import Column, DecisionTable

WORD = 64
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Pieces:
    """One column cut up. `keys`: bounds (numbers, days since 1970) or values (text); `masks`: rules of each piece."""

    keys: tuple[Any, ...]
    masks: tuple[int, ...]  # the last is that of absent values

    def of(self, value: Value | None, kind: str) -> int:
        """The piece that a value lies in."""
        if value is None:
            return len(self.masks) - 1
        if kind == "boolean":
            return int(bool(value))
        if kind == "text":
            return self.keys.index(value) if value in self.keys else len(self.keys)
        number = as_number(value)
        return bisect_left(self.keys, number) + bisect_right(self.keys, number)


@dataclass(frozen=True, slots=True)
class Compiled:
    """All columns of a table."""

    kinds: tuple[str, ...]
    columns: tuple[Pieces, ...]
    rules: int

    def holding(self, values: Sequence[Value | None]) -> list[int]:
        """Indices of the rules that hold, in order."""
        mask = (1 << self.rules) - 1
        for pieces, kind, value in zip(self.columns, self.kinds, values, strict=True):
            mask &= pieces.masks[pieces.of(value, kind)]
        return bits(mask)


def bits(mask: int) -> list[int]:
    """Indices of the bits that are set, lowest first."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def as_number(value: Value) -> float:
    """A number as a float, a date as days since 1970."""
    if isinstance(value, date):
        return float(value.toordinal() - _EPOCH)
    assert isinstance(value, int | float)
    return float(value)


def compile_table(table: DecisionTable) -> Compiled:
    """Cut every column of `table` into pieces."""
    columns = tuple(
        _pieces(column, [rule.conditions[at] for rule in table.rules]) for at, column in enumerate(table.inputs)
    )
    return Compiled(tuple(c.kind for c in table.inputs), columns, len(table.rules))


def _pieces(column: Column, cells: list[Tests]) -> Pieces:
    wanted = [a for cell in cells for a in cell.alternatives] + list(column.allowed)
    written = [v for a in wanted for v in _written_in(a)]
    keys: tuple[Any, ...]
    if column.kind in ("number", "date"):
        keys = tuple(sorted({as_number(v) for v in written}))
        count = 2 * len(keys) + 1
    elif column.kind == "boolean":
        keys, count = (False, True), 2
    else:
        keys = tuple(dict.fromkeys(written))
        count = len(keys) + 1  # the last is every other text
    held = np.zeros((count + 1, len(cells)), dtype=bool)
    for at, cell in enumerate(cells):
        held[:count, at] = _row(cell, keys, count)
        held[count, at] = holds(cell, None)
    packed = np.packbits(held, axis=1, bitorder="little")
    return Pieces(keys, tuple(int.from_bytes(one.tobytes(), "little") for one in packed))


def _row(cell: Tests, keys: tuple[Any, ...], count: int) -> NDArray[np.bool_]:
    """Which pieces of values that are given a cell holds for; shape (count,)."""
    if cell.anything:
        return np.ones(count, dtype=bool)
    row = np.zeros(count, dtype=bool)
    for a in cell.alternatives:
        first, last = _stretch(a, keys)
        row[first:last] = True
    return ~row if cell.negated else row


def _stretch(a: Alternative, keys: tuple[Any, ...]) -> tuple[int, int]:
    """First piece, and the one behind the last, that an alternative holds for."""
    if isinstance(a, Same):
        if a.value is None:
            return 0, 0
        if isinstance(a.value, str | bool):
            return keys.index(a.value), keys.index(a.value) + 1
        at = _bound(a.value, keys)
        return at, at + 1
    if isinstance(a, Compare):
        at, end = _bound(a.value, keys), 2 * len(keys) + 1
        return {"<": (0, at), "<=": (0, at + 1), ">": (at + 1, end), ">=": (at, end)}[a.sign]
    first, last = _bound(a.low, keys), _bound(a.high, keys)
    return first + a.low_open, last + (not a.high_open)


def _bound(value: Value, keys: tuple[float, ...]) -> int:
    """The piece that is exactly a bound."""
    return 2 * bisect_left(keys, as_number(value)) + 1


def _written_in(a: Alternative) -> list[Any]:
    if isinstance(a, Between):
        return [a.low, a.high]
    return [] if a.value is None else [a.value]


def holds(cell: Tests, value: Any) -> bool:
    """Whether a cell holds for a value (None: absent), by FEEL's three-valued logic."""
    if cell.anything:
        return True
    unsure = False
    for a in cell.alternatives:
        found = _holds(a, value)
        if found:
            return not cell.negated
        unsure = unsure or found is None
    return cell.negated and not unsure


def _holds(a: Alternative, value: Any) -> bool | None:
    if isinstance(a, Same):
        return value is None if a.value is None else (value is not None and bool(value == a.value))
    if value is None:
        return None  # nothing is said of what is not there
    if isinstance(a, Compare):
        if a.sign == "<":
            return bool(value < a.value)
        if a.sign == "<=":
            return bool(value <= a.value)
        return bool(value > a.value) if a.sign == ">" else bool(value >= a.value)
    above = value > a.low if a.low_open else value >= a.low
    below = value < a.high if a.high_open else value <= a.high
    return bool(above and below)


def decide_many(table: DecisionTable, frame: pl.DataFrame) -> pl.DataFrame:
    """See `DecisionTable.decide_many`."""
    import polars as pl

    first = first_rules(table, frame)
    outside = len(table.rules)
    found = {"rule_id": pl.Series([*(r.rule_id for r in table.rules), None], dtype=pl.String)}
    types = {"text": pl.String, "boolean": pl.Boolean, "date": pl.Date}
    for at, column in enumerate(table.outputs):
        values = [*(r.outputs[at] for r in table.rules), None]
        whole = all(v is None or isinstance(v, int) for v in values)
        found[column.name] = pl.Series(values, dtype=types.get(column.kind, pl.Int64 if whole else pl.Float64))
    index = pl.Series(np.where(first < 0, outside, first).astype(np.uint32))
    return pl.DataFrame({name: series.gather(index) for name, series in found.items()})


def first_rules(table: DecisionTable, frame: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Index of the deciding rule of each row of `frame`, -1 where none holds; shape (rows,)."""
    compiled = table.compiled
    indices = [_indices(table, c, p, frame) for c, p in zip(table.inputs, compiled.columns, strict=True)]
    first = np.full(frame.height, -1, dtype=np.int64)
    for word in range(0, max(compiled.rules, 1), WORD):
        full = (1 << min(WORD, compiled.rules - word)) - 1 if compiled.rules else 0
        held = np.full(frame.height, full, dtype=np.uint64)
        for pieces, index in zip(compiled.columns, indices, strict=True):
            masks = np.array([(m >> word) & (2**WORD - 1) for m in pieces.masks], dtype=np.uint64)
            held &= masks[index]
        low = held & (~held + np.uint64(1))
        if table.hit_policy == "UNIQUE":
            _refuse_doubles(table, frame, held, low, first, word)
        new = (held != 0) & (first < 0)
        # A power of two is exact as a float, so its exponent is the index of the bit.
        first[new] = word + np.frexp(low[new].astype(np.float64))[1] - 1
    return first


def _refuse_doubles(table: DecisionTable, frame: pl.DataFrame, held: Any, low: Any, first: Any, word: int) -> None:
    double = (held != low) | ((held != 0) & (first >= 0))
    if double.any():
        facts = frame.row(int(np.argmax(double)), named=True)
        table.decide({c.name: facts[c.name] for c in table.inputs})


def _indices(table: DecisionTable, column: Column, pieces: Pieces, frame: pl.DataFrame) -> Any:
    import polars as pl

    if column.name not in frame.columns:
        raise TableError(
            f"数据没有列“{column.name}”，只有：{'、'.join(frame.columns)}；请补上这一列",
            f"the data have no column “{column.name}”, only: {', '.join(frame.columns)}; add it",
            table=table.key,
            column=column.name,
        )
    series = frame[column.name]
    absent = len(pieces.masks) - 1
    good = {
        "text": series.dtype in (pl.String, pl.Categorical) or isinstance(series.dtype, pl.Enum),
        "number": series.dtype.is_numeric(),
        "boolean": series.dtype == pl.Boolean,
        "date": series.dtype in (pl.Date, pl.Datetime),
    }
    if series.dtype == pl.Null:
        return np.full(frame.height, absent, dtype=np.int64)
    if not good[column.kind]:
        raise TableError(
            f"数据中这一列是 {series.dtype}，应为 {column.kind}；请改正数据",
            f"the data's column is {series.dtype}, expected is {column.kind}; correct the data",
            table=table.key,
            column=column.name,
        )
    if column.kind == "text":
        known = pl.DataFrame({"k": pl.Series(pieces.keys, dtype=pl.String)}).with_row_index("at")
        found = series.cast(pl.String).to_frame("k").join(known, on="k", how="left", maintain_order="left")
        index = found["at"].fill_null(len(pieces.keys)).to_numpy().astype(np.int64)
    elif column.kind == "boolean":
        index = series.fill_null(False).cast(pl.Int64).to_numpy()
    else:
        if column.kind == "date":
            series = series.cast(pl.Date).to_physical()
        numbers = series.cast(pl.Float64).fill_null(np.nan).to_numpy()
        keys = np.array(pieces.keys, dtype=np.float64)
        index = np.searchsorted(keys, numbers, "left") + np.searchsorted(keys, numbers, "right")
        return np.where(np.isnan(numbers), absent, index)
    return np.where(series.is_null().to_numpy(), absent, index)
