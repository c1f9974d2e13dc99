"""Bad input: one clear message that names the place and the way out, and a lake as it was before."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from filelock import FileLock

from yufang.commands.errors import UserError
from yufang.commands.lake import import_
from yufang.lake import Lake, LakeError, import_file, import_folder, load_mapping

GOOD = "单位,事故日期,事故经过\n甲厂,2024-1-2,坠落\n"


def _truncated_workbook(path: Path) -> Path:
    whole = path.with_suffix(".xlsx")
    pl.read_csv(GOOD.encode()).write_excel(whole)
    whole.write_bytes(whole.read_bytes()[:-200])
    return whole


def _truncated_parquet(path: Path) -> Path:
    whole = path.with_suffix(".parquet")
    pl.read_csv(GOOD.encode()).write_parquet(whole)
    whole.write_bytes(whole.read_bytes()[:-20])
    return whole


def _text(content: bytes, suffix: str = ".csv") -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path = path.with_suffix(suffix)
        path.write_bytes(content)
        return path

    return make


BAD: dict[str, tuple[Callable[[Path], Path], list[str]]] = {
    "truncated workbook": (_truncated_workbook, ["bad.xlsx", "not a whole XLSX"]),
    "truncated parquet": (_truncated_parquet, ["bad.parquet", "not a whole Parquet"]),
    "no encoding": (_text(GOOD.encode() + b"\xff\xfe\xff"), ["bad.csv", "byte", "line 3"]),
    "empty file": (_text(b""), ["bad.csv", "empty"]),
    "header only": (_text("单位,事故日期,事故经过\n".encode()), ["bad.csv", "no data row"]),
    "no JSON at all": (_text(b"x\ny\n", ".jsonl"), ["bad.jsonl", "no line is a JSON object"]),
    "unknown type": (_text(b"x", ".pdf"), ["bad.pdf", ".csv"]),
    "unknown headers": (_text(b"a,b\n1,2\n"), ["bad.csv", "a, b", "narrative"]),
    "narrative of 1 MB": (
        _text((GOOD + "乙厂,2024-1-3," + "长" * 350_000 + "\n").encode()),
        ["row 2", "narrative", "350000"],
    ),
    "open quote": (_text((GOOD + '乙厂,2024-1-3,"滑倒\n丙厂,2024-1-4,烫伤\n').encode()), ["line 3", "quote"]),
    "no row can be taken": (
        _text("单位,事故日期,事故经过\n甲厂,去年,坠落\n".encode()),
        ["row 1", "occurred_on", "去年"],
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_named_with_the_way_out_and_leaves_the_lake_as_it_was(
    what: str, lake: Lake, cases_csv: Path, tmp_path: Path
) -> None:
    import_file(cases_csv, "cases", lake)
    before = {table: lake.table(table) for table in ("injury_cases", "enterprises", "rejects", "changes")}
    make, named = BAD[what]
    with pytest.raises(LakeError) as caught:
        import_file(make(tmp_path / "bad"), "cases", lake)
    for word in named:
        assert word in caught.value.message
    assert caught.value.way_out
    assert all(caught.value.zh)
    assert lake.imports().height == 1
    for table, rows in before.items():
        assert lake.table(table).equals(rows)


def test_a_mapping_with_a_missing_column_names_it_and_those_there_are(
    lake: Lake, cases_csv: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text("kind: cases\ncolumns: {occurred_on: 事故日期, narrative: 案情经过}\n", encoding="utf-8")
    with pytest.raises(LakeError, match="案情经过") as caught:
        import_file(cases_csv, "cases", lake, load_mapping(mapping))
    assert "事故经过, 受伤部位" in caught.value.message
    assert not lake.root.exists()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("kind: cases\ncolumns: {colour: red}", "colour not among the fields of cases"),
        ("kind: cases\ncolumns: {place: {from: a, value: b}}", "exactly one of"),
        ("kind: cases\ncolumns: {place: {form: a}}", "columns.place.form"),
        ("kind: cases\ncolumns: {occurred_on: {from: a, dates: ymdd}}", "date format 'ymdd'"),
        ("kind: cases\ncolumns: {lost_days: {from: a, unit: moons}}", "unit 'moons'"),
        ("columns: {place: a}", "kind"),
        ("- a", "not a YAML mapping"),
        ("kind: [", "flow"),
    ],
)
def test_a_wrong_mapping_names_what_is_wrong(text: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(LakeError, match=r"m\.yaml") as caught:
        load_mapping(path)
    assert named in caught.value.message


def test_an_empty_folder_says_what_it_should_hold(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(LakeError, match=r"holds no file .*\.csv"):
        import_folder(tmp_path / "in", lake)


def test_a_folder_of_other_things_is_refused(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "sensors.csv").write_text("name,lat,lon\nS1,40.5,-105.1\n")
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    with pytest.raises(LakeError, match=r"b\.csv, sensors\.csv"):
        import_folder(tmp_path, lake)


def test_a_broken_file_in_a_folder_stops_it(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text(GOOD)
    (folder / "b.csv").write_bytes("单位,日期\n".encode() + b"\xff\xff\xff\n")
    with pytest.raises(LakeError, match=r"b\.csv"):
        import_folder(folder, lake)
    assert lake.imports().is_empty()


def test_a_lake_that_cannot_be_written_says_so(cases_csv: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file stands where the folder should be")
    with pytest.raises(LakeError, match="cannot be written"):
        import_file(cases_csv, "cases", Lake(blocked / "lake"))


def test_a_read_only_lake_says_so(cases_csv: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    # Stands for a read-only disk: file permissions would not stop a test run by root.
    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(LakeError, match="Read-only file system") as caught:
        import_file(cases_csv, "cases", lake)
    assert "--lake" in caught.value.way_out


def test_a_disk_that_fills_up_leaves_the_lake_as_it_was(
    cases_csv: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(LakeError, match="No space left"):
        import_file(cases_csv, "cases", lake)
    assert lake.table("injury_cases").is_empty()
    assert not list(lake.root.rglob("*.part"))


def test_two_writers_do_not_meet(lake: Lake, cases_csv: Path) -> None:
    lake.root.mkdir()
    with FileLock(lake.root / ".lock"), pytest.raises(LakeError, match="another import"):
        import_file(cases_csv, "cases", lake)


def test_a_broken_manifest_is_named(lake: Lake) -> None:
    lake.root.mkdir()
    (lake.root / "manifest.json").write_text('{"format": 1, "tables"')
    with pytest.raises(LakeError, match=r"manifest\.json"):
        lake.table("injury_cases")


def test_the_command_tells_a_person(
    cases_csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUFANG_LANG", "zh")
    import_("cases", [cases_csv], None, tmp_path / "lake")
    told = capsys.readouterr().out
    assert "行 4, 已导入 3, 已拒收 1" in told
    assert "读不懂的日期" in told
    import_("cases", [cases_csv], None, tmp_path / "lake")
    assert "已经导入过" in capsys.readouterr().out
    with pytest.raises(UserError, match="不认识的记录类型"):
        import_("case", [cases_csv], None, tmp_path / "lake")
    monkeypatch.setenv("YUFANG_LANG", "en")
    (tmp_path / "none").mkdir()
    with pytest.raises(UserError, match="holds no file"):
        import_("cases", [tmp_path / "none"], None, tmp_path / "lake")
