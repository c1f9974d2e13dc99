"""Loading a pack: what is sound loads, what is broken says where, what and why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from yufang.packs import PackError, installed_packs, load_pack, packs_for_industry
from yufang.packs.load import industry_digits

from .conftest import INDUSTRIES, ROW, MakePack


def test_a_sound_pack_loads_with_its_rows(make_pack: MakePack) -> None:
    pack = load_pack(make_pack())
    assert pack.key == "sample"
    assert [row.id for row in pack.hazards] == ["SA-01"]
    assert pack.hazards[0].measures[0].level == "engineering"


def test_rows_are_ordered_by_number_whatever_file_they_stand_in(make_pack: MakePack) -> None:
    folder = make_pack(row=("id: SA-01", "id: SA-100"))
    (folder / "hazards" / "zz.yaml").write_text(ROW.replace("SA-01", "SA-09"), encoding="utf-8")
    assert [row.id for row in load_pack(folder).hazards] == ["SA-09", "SA-100"]


BROKEN_ROWS = [
    ("  equipment: press", "  equipment: lathe", "equipment", "lathe", "names no equipment"),
    ("  part: pedal", "  part: slide", "part", "slide", "names no part of 'press'"),
    ("  task: feeding", "  task: turning", "task", "turning", "names no task"),
    ("materials: [sheet]", "materials: [acid]", "materials", "acid", "names no material"),
    ("severity: serious", "severity: awful", "severity", "awful", "Input should be 'minor'"),
    ("WSA10004", "WSA00004", "accident_type", "WSA00004", "should match pattern"),
    ("level: engineering", "level: luck", "measures.0.level", "luck", "Input should be 'eliminate'"),
    ("status: title", "status: guess", "clause.status", "guess", "Input should be 'text' or 'title'"),
    ("  exposure: daily", "  exposure: daily\n  colour: red", "colour", "red", "Extra inputs"),
    ("  prevalence: common\n", "", "prevalence", "", "Field required"),
]


@pytest.mark.parametrize(("old", "new", "field", "value", "rule"), BROKEN_ROWS)
def test_a_broken_row_gives_one_error_that_names_file_row_field_value_and_rule(
    make_pack: MakePack, old: str, new: str, field: str, value: str, rule: str
) -> None:
    with pytest.raises(PackError) as caught:
        load_pack(make_pack(row=(old, new)))
    error = caught.value
    assert (error.file.name, error.row, error.field, error.value) == ("press.yaml", "SA-01", field, value)
    assert rule in error.rule
    assert "sample/hazards/press.yaml: SA-01" in str(error)
    assert value in str(error)


def test_a_repeated_id_names_where_it_stood_first(make_pack: MakePack) -> None:
    with pytest.raises(PackError, match=r"SA-01: id is 'SA-01': must be unique; it stands in press\.yaml already"):
        load_pack(make_pack(rows=ROW))


def test_a_repeated_equipment_key_is_refused(make_pack: MakePack) -> None:
    twice = "tasks:\n", "  - {key: press, name: {zh: 压力机, en: Press}}\ntasks:\n"
    with pytest.raises(PackError, match=r"equipment\.key is 'press': must be unique"):
        load_pack(make_pack(head=twice))


def test_the_key_must_be_the_folders_name(make_pack: MakePack) -> None:
    with pytest.raises(PackError, match="key is 'other': must be the folder's name, 'sample'"):
        load_pack(make_pack(head=("key: sample", "key: other")))


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "the file is empty"),
        (b"# only a comment\n", "the file is empty"),
        (b"- {id: [unclosed\n", "is not YAML"),
        (b"key: value\n", "must be a list of hazards"),
        ("- id: 冲床".encode("gb18030"), "must be UTF-8"),
        (b"- id: SA-02\n  id: SA-03\n", "line 2: the key 'id' stands twice"),
        (b"- &row {id: SA-02}\n- *row\n", "anchors, aliases and tags"),
        (b"- !!python/object:os.system {}\n", "anchors, aliases and tags"),
        (b"[" * 20_000, "is nested too deeply"),
        (b"- id: SA-0\x00\n", "is not YAML"),
    ],
)
def test_a_file_that_cannot_be_read_as_rows_says_why(make_pack: MakePack, content: bytes, rule: str) -> None:
    folder = make_pack()
    (folder / "hazards" / "press.yaml").write_bytes(content)
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    assert rule in str(caught.value)
    assert "press.yaml" in str(caught.value)


def test_a_missing_pack_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"pack\.yaml: the file can't be read \(No such file"):
        load_pack(tmp_path)


def test_scalars_stay_text(make_pack: MakePack) -> None:
    """YAML would read 0800 as a number and `no` as false; a pack means what its author wrote."""
    folder = make_pack(head=('["33"]', "[0800, 33]"))
    assert load_pack(folder).industries == ("0800", "33")


def test_the_installed_packs_are_the_industries_of_the_plan() -> None:
    assert {pack.key for pack in installed_packs()} == INDUSTRIES
    assert installed_packs() is installed_packs()


def test_all_installed_packs_load_within_the_time_allowed() -> None:
    """2.5 s of processor time for all 22, in a process that has read none."""
    code = (
        "import time; from yufang.packs import installed_packs; start = time.process_time();"
        "installed_packs(); print(time.process_time() - start)"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert float(answer.stdout) < 2.5


@pytest.mark.parametrize("code", ["33", "331", "3311", "C3311", "c33", " 3311 "])
def test_a_pack_covers_every_code_below_its_own(code: str) -> None:
    assert [pack.key for pack in packs_for_industry(code)] == ["machinery"]


@pytest.mark.parametrize("code", ["", "C", "01", "A0111", "9", "33111", "３３x", "abc"])
def test_a_code_no_pack_covers_finds_none(code: str) -> None:
    assert packs_for_industry(code) == ()


def test_plastics_moulding_finds_machinery_though_its_division_does_not() -> None:
    assert [pack.key for pack in packs_for_industry("2927")] == ["machinery"]
    assert packs_for_industry("291") == ()


def test_a_section_alone_has_no_digits() -> None:
    assert industry_digits("E") == ""
    assert industry_digits("E4710") == "4710"
