"""Tables for people's spreadsheets: no cell is taken for a formula (CWE-1236).

A spreadsheet runs what begins with `=`, `+`, `-` or `@` (also in full width, and behind a tab or a line break), and a
cell may hold what a stranger typed into a report. Such a text gets an apostrophe before it, which spreadsheets show as
text; `bare` takes it away again. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

if TYPE_CHECKING:
    import polars as pl
    from xlsxwriter import Workbook

T = TypeVar("T")

_FORMULA = re.compile(r"^[\s\x00]*[=+\-@＝＋－＠\t\r\n]")
_NUMBER = re.compile(r"^[+-]?\d[\d.,]*%?$")
_SET_OFF = re.compile(r"^'[\s\x00]*[=+\-@＝＋－＠\t\r\n]")


def plain(cell: T) -> T | str:
    """`cell` as it may be written; texts that a spreadsheet would run are set off by an apostrophe."""
    if not isinstance(cell, str) or len(cell) < 2 or _NUMBER.match(cell) or not _FORMULA.match(cell):
        return cell
    return f"'{cell}"


def bare(cell: str) -> str:
    """What `plain` was given."""
    return cell[1:] if _SET_OFF.match(cell) else cell


def plain_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with every text, and every heading, as it may be written."""
    import polars as pl

    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    done = frame.with_columns(pl.col(n).map_elements(plain, return_dtype=pl.String) for n in texts)
    return done.rename({name: str(plain(name)) for name in frame.columns})


class PlainWriter:
    """`csv.writer` whose cells are all plain."""

    def __init__(self, out: TextIO, lineterminator: str = "\r\n") -> None:
        self._writer = csv.writer(out, lineterminator=lineterminator)

    def writerow(self, row: Iterable[Any]) -> None:
        """Write one row."""
        self._writer.writerow([plain(cell) for cell in row])


def workbook(out: Any) -> Workbook:
    """An XLSX file being written to `out` (path or binary stream): texts stay texts, never formulas nor links."""
    from xlsxwriter import Workbook

    return Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
