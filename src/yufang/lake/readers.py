"""Read a file of records as text columns: CSV, XLSX, Parquet or JSONL in, one frame of strings out.

Every value is a string (dates as ISO, whole numbers without a decimal point), so that one set of cleaning rules serves
all formats. `_row` is the 1-based number of the data row in the file, kept through every later step.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from yufang.lake.archives import check_archive
from yufang.lake.encoding import decode
from yufang.lake.errors import LakeError

ROW = "_row"
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet", ".jsonl", ".ndjson")
# The limit of the csv module is the process's. A cell of any size is read, and judged by its length later.
csv.field_size_limit(2**31 - 1)
MOST_COLUMNS = 2_000
_HEADER_WITHIN = 10  # a title may stand above the header, but not a page of text
_BROKEN = {ROW: pl.Int64, "value": pl.String, "rule": pl.String}


@dataclass(frozen=True)
class Source:
    """The data rows of one file: `frame` holds `_row` and one String column for each header."""

    name: str  # file name, with #sheet for a workbook
    frame: pl.DataFrame
    broken: pl.DataFrame  # rows that could not even be split into columns: _row, value, rule
    encoding: str  # "" for binary formats

    @property
    def columns(self) -> list[str]:
        return [name for name in self.frame.columns if name != ROW]


def read_source(path: Path, sheet: str | None = None) -> Source:
    """Read `path`; raise LakeError where it is missing, empty, cut off or of an unknown type or encoding."""
    if not path.is_file():
        raise LakeError("missing_file", file=path)
    if path.stat().st_size == 0:
        raise LakeError("empty_file", file=path.name)
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".txt"):
        source = _read_csv(path)
    elif suffix in (".xlsx", ".xlsm", ".xls"):
        source = _read_workbook(path, sheet)
    elif suffix == ".parquet":
        source = _read_parquet(path)
    elif suffix in (".jsonl", ".ndjson"):
        source = _read_jsonl(path)
    else:
        raise LakeError("unknown_format", file=path.name, suffix=suffix or "–", suffixes=" ".join(SUFFIXES))
    if source.frame.is_empty() and source.broken.is_empty():
        raise LakeError("empty_file", file=path.name)
    return source


def read_columns(path: Path, sheet: str | None = None) -> list[str]:
    """Return the headers of `path` without keeping its rows."""
    if path.suffix.lower() == ".parquet" and path.is_file() and path.stat().st_size:
        try:
            return list(pl.read_parquet_schema(path))
        except Exception as error:
            raise LakeError("broken_file", file=path.name, format="Parquet", reason=_first_line(error)) from error
    return read_source(path, sheet).columns


def _read_csv(path: Path) -> Source:
    text, encoding = decode(path.read_bytes(), path.name)
    if "\n" not in text:
        text = text.replace("\r", "\n")  # lines as old spreadsheet programs end them
    head = text[:200_000]
    separator = max(",\t;|", key=lambda mark: head.split("\n", 1)[0].count(mark))
    reader = csv.reader(io.StringIO(head), delimiter=separator)
    first_rows, line_ends = [], []
    for row in reader:
        first_rows.append(row)
        line_ends.append(reader.line_num)
        if len(first_rows) == 2 * _HEADER_WITHIN:
            break
    at = _header_index(first_rows)
    names = _column_names(first_rows[at], path.name)
    body = text.split("\n", line_ends[at])[-1] if text.count("\n") >= line_ends[at] else ""
    if not body.strip():
        raise LakeError("empty_file", file=path.name)
    if body.count('"') % 2 == 0:
        try:
            frame = pl.read_csv(
                body.encode(),
                has_header=False,
                separator=separator,
                schema=dict.fromkeys(names, pl.String),
                infer_schema=False,
            )
            return _source(path.name, frame, None, encoding)
        except pl.exceptions.PolarsError:
            pass  # some row has more cells than the header: read row by row to keep the others
    frame, broken = _read_ragged(body, separator, names, path.name, line_ends[at])
    return _source(path.name, frame, broken, encoding)


def _read_ragged(
    body: str, separator: str, names: list[str], file: str, lines_before: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a CSV row by row, setting aside each row that has more cells than the header."""
    reader = csv.reader(io.StringIO(body), delimiter=separator)
    rows: list[list[str | None]] = []
    broken: list[tuple[int, str, str]] = []
    start = 0
    for number, cells in enumerate(reader, start=1):
        if reader.line_num - start > 1 and reader.line_num >= body.count("\n") and body.count('"') % 2:
            raise LakeError("open_quote", file=file, line=lines_before + start + 1)
        start = reader.line_num
        if any(cell.strip() for cell in cells[len(names) :]):
            broken.append((number, separator.join(cells)[:1000], "too_many_cells"))
            rows.append([None] * len(names))
        else:
            rows.append([*cells, *[None] * (len(names) - len(cells))][: len(names)])
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame, pl.DataFrame(broken, schema=_BROKEN, orient="row")


def _read_workbook(path: Path, sheet: str | None) -> Source:
    if path.suffix.lower() != ".xls":  # the old format is no archive
        check_archive(path, path.name, form="XLSX")
    try:
        book = fastexcel.read_excel(path)
        if sheet is not None and sheet not in book.sheet_names:
            raise LakeError("no_sheet", file=path.name, sheet=sheet, sheets=", ".join(book.sheet_names))
        for name in [sheet] if sheet else book.sheet_names:
            cells = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
            if cells.height:
                break
    except LakeError:
        raise
    except Exception as error:
        raise LakeError("broken_file", file=path.name, format="XLSX", reason=_first_line(error)) from error
    if not cells.height:
        raise LakeError("empty_file", file=path.name)
    at = _header_index([["" if cell is None else cell for cell in row] for row in cells.head(20).rows()])
    names = _column_names(["" if cell is None else cell for cell in cells.row(at)], path.name)
    frame = cells.slice(at + 1).rename(dict(zip(cells.columns, names, strict=True)))
    return _source(f"{path.name}#{name}", frame, None, "")


def _read_parquet(path: Path) -> Source:
    try:
        frame = pl.read_parquet(path)
    except Exception as error:
        raise LakeError("broken_file", file=path.name, format="Parquet", reason=_first_line(error)) from error
    return _source(path.name, frame.select(_as_text(column) for column in frame), None, "")


def _read_jsonl(path: Path) -> Source:
    text, encoding = decode(path.read_bytes(), path.name)
    broken: pl.DataFrame | None = None
    try:
        frame = pl.read_ndjson(text.encode(), infer_schema_length=None)
    except pl.exceptions.PolarsError:
        frame, broken = _read_broken_jsonl(text, path.name)
    return _source(path.name, frame.select(_as_text(column) for column in frame), broken, encoding)


def _read_broken_jsonl(text: str, file: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read JSON Lines one by one, setting aside each line that is not an object."""
    rows: list[dict[str, Any]] = []
    broken: list[tuple[int, str, str]] = []
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), start=1):
        try:
            value = json.loads(line)
        except json.JSONDecodeError:
            value = None
        if isinstance(value, dict):
            rows.append({key: _plain(cell) for key, cell in value.items()})
        else:
            rows.append({})
            broken.append((number, line[:1000], "not_json_object"))
    names = list(dict.fromkeys(key for row in rows for key in row))
    if not names:
        raise LakeError("broken_file", file=file, format="JSON Lines", reason="no line is a JSON object")
    frame = pl.DataFrame(
        [[row.get(name) for name in names] for row in rows],
        schema=dict.fromkeys(names, pl.String),
        orient="row",
    )
    return frame, pl.DataFrame(broken, schema=_BROKEN, orient="row")


def _plain(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, list):
        return ";".join(str(part) for part in cell)
    return json.dumps(cell, ensure_ascii=False)


def _as_text(column: pl.Series) -> pl.Series:
    """Write a typed column as text: dates as ISO (with a time only where one is not midnight), 3.0 as 3."""
    kind = column.dtype
    if kind == pl.String:
        return column
    if isinstance(kind, pl.Datetime):
        midnight = (column == column.dt.truncate("1d")).all()
        return column.dt.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")
    if kind.is_float() and column.drop_nulls().is_finite().all() and (column == column.round(0)).all():
        return column.cast(pl.Int64, strict=False).cast(pl.String)
    if isinstance(kind, pl.List):
        return column.cast(pl.List(pl.String)).list.join(";", ignore_nulls=True)
    if isinstance(kind, pl.Struct):
        return column.struct.json_encode()
    return column.cast(pl.String)


def _source(name: str, frame: pl.DataFrame, broken: pl.DataFrame | None, encoding: str) -> Source:
    """Number the rows and drop those that hold nothing."""
    if broken is None:
        broken = pl.DataFrame(schema=_BROKEN)
    held = pl.any_horizontal(pl.col(column).str.strip_chars() != "" for column in frame.columns)
    frame = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
    return Source(name, frame.filter(held.fill_null(False)) if frame.width > 1 else frame, broken, encoding)


def _header_index(rows: list[list[str]]) -> int:
    """Return the index of the header: the first row that is about as wide as the rows around it."""
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows]
    widest = max(widths, default=0)
    candidates = [at for at, width in enumerate(widths[:_HEADER_WITHIN]) if width and width >= 0.6 * widest]
    return candidates[0] if candidates else 0


def _column_names(cells: Sequence[str], file: str) -> list[str]:
    """Name the columns by their header; a blank one by its place, a doubled one with its count."""
    if len(cells) > MOST_COLUMNS:
        raise LakeError("too_many_columns", file=file, columns=len(cells), limit=MOST_COLUMNS)
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"column {place}"
        count = sum(known == name or known.startswith(f"{name} (") for known in names)
        names.append(f"{name} ({count + 1})" if name in names else name)
    return names


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
