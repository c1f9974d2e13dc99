"""Files that people pasted together, cells of a million characters, identity numbers with wrong check digits."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.lake import Lake, LakeError, import_file
from yufang.lake.encoding import decode

HEADER = "单位,事故日期,事故经过\n"
LINES = [
    "甲厂,2024-1-2,操作冲床时右手被夹伤\n",
    "乙厂,2024-1-3,从脚手架上坠落\n",
    "丙厂,2024-1-4,搬运时滑倒致腰部受伤\n",
]


@given(st.lists(st.tuples(st.sampled_from(LINES), st.booleans()), min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_each_line_of_a_mixed_file_is_decoded_and_none_is_lost(lines: list[tuple[str, bool]]) -> None:
    data = HEADER.encode() + b"".join(line.encode("gb18030" if gb else "utf-8") for line, gb in lines)
    text, encoding = decode(data, "f.csv")
    assert text == HEADER + "".join(line for line, _ in lines)
    foreign = sum(gb for _, gb in lines)
    assert encoding == (f"utf-8:{len(lines) + 1 - foreign}+gb18030:{foreign}" if foreign else "utf-8")


def test_a_mixed_file_is_imported_whole_and_the_log_says_how_many_lines_of_each(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    file.write_bytes(HEADER.encode() + LINES[0].encode() + LINES[1].encode("gb18030") + LINES[2].encode())
    record = import_file(file, "cases", lake).record
    assert (record.rows, record.taken, record.encoding) == (3, 3, "utf-8:3+gb18030:1")
    assert lake.table("injury_cases")["narrative"].to_list() == [line.split(",")[2].strip() for line in LINES]


def test_broken_bytes_are_no_encoding(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes((HEADER + LINES[0]).encode() + b"\x81\xff\x00\n")
    with pytest.raises(LakeError, match="line 3"):
        import_file(file, "cases", lake)


def test_a_million_characters_in_a_cell_are_refused_at_once_naming_row_column_and_limit(
    lake: Lake, tmp_path: Path
) -> None:
    file = tmp_path / "long.csv"
    file.write_text(HEADER + LINES[0] + f"乙厂,2024-1-3,{'长' * 1_000_000}\n", encoding="utf-8")
    start = time.process_time()
    with pytest.raises(LakeError) as caught:
        import_file(file, "cases", lake)
    assert time.process_time() - start < 5
    for word in ("long.csv", "row 2", "narrative", "1000000", "100000"):
        assert word in caught.value.message
    assert lake.imports().is_empty()


def test_a_million_characters_in_a_column_that_no_field_reads_do_no_harm(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text(f"{HEADER.strip()},附件\n{LINES[0].strip()},{'长' * 1_000_000}\n", encoding="utf-8")
    start = time.process_time()
    assert import_file(file, "cases", lake).record.taken == 1
    assert time.process_time() - start < 5


def test_identity_numbers_with_wrong_check_digits_are_flagged_and_the_row_is_kept(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "单位,事故日期,事故经过,身份证号\n"
        "甲厂,2024-1-2,坠落,11010519491231002X\n"
        "乙厂,2024-1-3,滑倒,110105194912310021\n"
        "丙厂,2024-1-4,身份证330106198511110019的职工触电,\n",
        encoding="utf-8",
    )
    result = import_file(file, "cases", lake)
    assert result.record.taken == 3
    assert result.record.flagged == 2
    found = lake.findings().select("source_row", "field", "value", "rule").rows()
    assert found == [
        (2, "身份证号", "110****21 · check digit", "identity_number"),
        (3, "narrative", "330****19 · check digit", "identity_in_text"),
    ]
