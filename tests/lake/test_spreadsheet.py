"""No export hands a spreadsheet a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from yufang.lake.spreadsheet import PlainWriter, bare, plain, plain_frame, workbook

SOURCE = Path(__file__).parents[2] / "src/yufang"
EVIL = ["=1+1", '=HYPERLINK("http://x","y")', "+cmd|' /C calc'!A0", "-2+3+cmd|x", "@SUM(A1)", "\t=1+1", "\r=1", "＝1+1"]
HARMLESS = ["", "-", "张三", "-5", "+86 139", "-1,234.50", "50%", "'=1", "a=b", "3-4"]


@pytest.mark.parametrize("cell", EVIL)
def test_what_a_spreadsheet_would_run_is_set_off_and_comes_back(cell: str) -> None:
    assert plain(cell) == f"'{cell}"
    assert bare(str(plain(cell))) == cell


def test_numbers_and_words_stay_as_they_are() -> None:
    kept = [cell for cell in HARMLESS if plain(cell) == cell]
    assert kept == [c for c in HARMLESS if c != "+86 139"]
    assert [plain(-5), plain(None), plain(2.5)] == [-5, None, 2.5]


def test_frames_and_writers_are_plain_headings_too() -> None:
    frame = plain_frame(pl.DataFrame({"=a": EVIL, "n": range(len(EVIL))}))
    assert frame.columns == ["'=a", "n"]
    assert frame["'=a"].to_list() == [f"'{cell}" for cell in EVIL]
    out = io.StringIO()
    PlainWriter(out).writerow([*EVIL, 3])
    assert next(csv.reader(io.StringIO(out.getvalue(), newline="")))[0] == "'=1+1"


def test_a_workbook_holds_texts_where_formulas_were_typed() -> None:
    out = io.BytesIO()
    book = workbook(out)
    book.add_worksheet().write_row(0, 0, EVIL)
    book.close()
    with zipfile.ZipFile(out) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count('t="s"') == len(EVIL)


# Files that write tables past the helper, and why that is right.
ELSEWHERE = {
    "demo/insurance.py": "made-up rows that the lake reads again",
    "demo/registers.py": "made-up rows that the lake reads again",
    "demo/files.py": "made-up rows that the lake reads again",
    "lake/spreadsheet.py": "the helper",
}


def test_every_writer_of_tables_goes_by_the_helper() -> None:
    raw = re.compile(r"csv\.(writer|DictWriter)\(|\.write_csv\b|\.write_excel\b|\.to_csv\(|\.to_excel\(|Workbook\(")
    bad = []
    for file in sorted(SOURCE.rglob("*.py")):
        name = file.relative_to(SOURCE).as_posix()
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if raw.search(line) and "plain_frame(" not in line and name not in ELSEWHERE:
                bad.append(f"{name}:{number}: {line.strip()}")
    assert not bad, "write these by yufang.lake.spreadsheet:\n" + "\n".join(bad)


def test_the_list_of_exceptions_is_not_out_of_date() -> None:
    assert not [name for name in ELSEWHERE if not (SOURCE / name).exists()]
