"""Archives that would fill the memory, lead out of their folder or expand without end are refused unopened."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from pathlib import Path

import polars as pl
import pytest

from yufang.lake import LakeError
from yufang.lake.archives import check_archive
from yufang.lake.readers import MOST_COLUMNS, read_source

SHEET = "xl/worksheets/sheet1.xml"


def workbook(path: Path, replace: dict[str, bytes] | None = None, add: dict[str, bytes] | None = None) -> Path:
    """A real workbook; `replace` gives entries other contents, `add` puts more in."""
    out = io.BytesIO()
    pl.DataFrame({"姓名": ["张三", "李四"], "描述": ["从梯子上跌落", "手指被夹"]}).write_excel(out)
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(entry.filename, (replace or {}).get(entry.filename, source.read(entry)))
        for name, content in (add or {}).items():
            target.writestr(name, content)
    return path


def refusal(path: Path) -> LakeError:
    with pytest.raises(LakeError) as found:
        read_source(path)
    return found.value


def test_an_ordinary_workbook_passes(tmp_path: Path) -> None:
    assert read_source(workbook(tmp_path / "a.xlsx")).frame["姓名"].to_list() == ["张三", "李四"]


def test_a_zip_bomb_is_refused_without_being_unpacked_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    archive = zipfile.ZipFile(workbook(path), "a", zipfile.ZIP_DEFLATED)
    with archive, archive.open("xl/media/zeros.xml", "w") as entry:
        for _ in range(300):
            entry.write(b"\0" * 1024**2)
    assert path.stat().st_size < 500_000
    tracemalloc.start()
    problem = refusal(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "300 MB" in str(problem)
    assert most < 16 * 1024**2


def test_a_bomb_that_lies_about_its_size_is_refused_too(tmp_path: Path) -> None:
    path = workbook(tmp_path / "liar.xlsx", {SHEET: b"<worksheet>" + b" " * 40_000_000})
    data = bytearray(path.read_bytes())
    size = (40_000_011).to_bytes(4, "little")
    assert data.count(size) == 2  # in the local header and in the directory
    path.write_bytes(bytes(data).replace(size, (4_000).to_bytes(4, "little")))
    problem = refusal(path)
    assert "CRC" in str(problem) or "whole" in str(problem)


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "..\\..\\x.exe", "C:\\x.exe"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    assert "leads out" in str(refusal(workbook(tmp_path / "slip.xlsx", add={name: b"x"})))


def test_entries_without_number_are_refused(tmp_path: Path) -> None:
    many = {f"xl/media/{n}": b"" for n in range(3_000)}
    assert "entries" in str(refusal(workbook(tmp_path / "many.xlsx", add=many)))


def test_entities_that_laugh_a_billion_times_are_refused_at_once(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "lol">{laughs}]><worksheet><a>&l9;</a></worksheet>'
    began = time.process_time()
    assert "entities" in str(refusal(workbook(tmp_path / "laughs.xlsx", {SHEET: xml.encode()})))
    assert time.process_time() - began < 5


def test_what_only_says_that_it_is_a_workbook_is_refused(tmp_path: Path) -> None:
    for content in (b"MZ" + b"\0" * 500, b"%PDF-1.7 ...", b"PK\x03\x04 cut"):
        path = tmp_path / "not.xlsx"
        path.write_bytes(content)
        assert "not a whole XLSX" in str(refusal(path))


def test_a_header_of_a_million_columns_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join("x" * 1_000_000) + "\n" + ",".join("1" * 1_000_000) + "\n")
    began = time.process_time()
    assert str(MOST_COLUMNS) in str(refusal(path))
    assert time.process_time() - began < 5


def test_a_stream_is_left_at_its_start() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "b")
    check_archive(out, "a.zip")
    assert out.tell() == 0
