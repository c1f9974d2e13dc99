"""Claims of `yufang deduce`: it answers from packs alone, and says clearly what it cannot take."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.graph.small_pack import cited, hazards
from yufang.commands.deduction import app
from yufang.commands.errors import UserError
from yufang.lake import Lake

RUN = CliRunner()
DAY = date(2024, 5, 1)


def _fails(*arguments: str) -> UserError:
    result = RUN.invoke(app, list(arguments))
    assert isinstance(result.exception, UserError)
    return result.exception


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    records = hazards(
        [cited("永盛營造", DAY - timedelta(days=d), "營造安全衛生設施標準第19條", "開口未設護欄") for d in (1, 30)]
        + [
            cited("大豐食品", DAY - timedelta(days=d), "職業安全衛生設施規則第43條", "轉軸未設護罩")
            for d in range(2, 9)
        ]
    )
    store = Lake(tmp_path / "lake")
    store.write("hazard_records", records, source="made")
    names = records.select("enterprise_id", name="enterprise_name").unique(maintain_order=True)
    full = {name: None for name in store.table("enterprises").columns if name not in names.columns}
    store.write("enterprises", names.with_columns(**full), source="made register")
    return store.root


def test_industry_and_equipment_alone_give_ten_points_as_json() -> None:
    result = RUN.invoke(app, ["--industry", "3311", "--equipment", "压力机,砂轮机", "--json", "--at", "2024-05-01"])
    points = json.loads(result.stdout)
    assert len(points) == 10
    assert {point["equipment"] for point in points} >= {"砂轮机"}
    assert all(point["measures"] and point["clause"] and point["circumstance_en"] for point in points)


@pytest.mark.parametrize(("lang", "head"), [("zh", "隐患点"), ("en", "Hazard")])
def test_both_languages_are_spoken(lang: str, head: str) -> None:
    result = RUN.invoke(app, ["--industry", "3311", "--equipment", "砂轮机", "--lang", lang, "--n", "2"])
    assert result.exit_code == 0
    assert head in result.stdout


def test_an_enterprise_of_a_lake_is_found_by_part_of_its_name(lake: Path) -> None:
    result = RUN.invoke(app, ["--lake", str(lake), "--enterprise", "大豐", "--json"])
    points = json.loads(result.stdout)
    assert points[0]["key"] == "article/職業安全衛生設施規則第43條"
    assert points[0]["records"][0]["record_id"].startswith("r")


def test_an_enterprise_that_is_not_there_gets_the_nearest_names(lake: Path) -> None:
    error = _fails("--lake", str(lake), "--enterprise", "大豐食品行")
    assert "大豐食品行" in error.message
    assert "大豐食品" in error.way_out


def test_an_unknown_industry_code_is_named_with_the_way_out() -> None:
    error = _fails("--industry", "9999")
    assert "'9999'" in error.message
    assert "gbt4754" in error.way_out


def test_equipment_of_no_pack_gets_the_nearest_names() -> None:
    error = _fails("--industry", "3311", "--equipment", "时光机床身压力")
    assert "时光机床身压力" in error.message
    assert "Nearest" in error.way_out


def test_an_industry_no_pack_covers_says_which_are_covered() -> None:
    error = _fails("--industry", "8710")
    assert "8710" in error.message
    assert "--equipment" in error.way_out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "neither a lake"),
        (["--lake", "/nowhere", "--enterprise", "x"], "/nowhere is not a folder"),
        (["--lake", "."], "--lake needs --enterprise"),
        (["--industry", "3311", "--at", "soon"], "'soon' is not a date"),
    ],
)
def test_bad_input_is_one_clear_message(arguments: list[str], told: str) -> None:
    error = _fails(*arguments)
    assert told in error.message
    assert error.way_out


def test_own_machines_and_their_settings_are_named() -> None:
    arguments = ["--industry", "3311", "--equipment", "JH21-80开式压力机 连续行程 55次/分,砂轮机", "--json"]
    points = json.loads(RUN.invoke(app, arguments).stdout)
    press = next(point for point in points if point["own_zh"] == "JH21-80开式压力机")
    assert press["settings_zh"] == "连续行程、行程次数55次/分"
    assert press["text_zh"].startswith("JH21-80开式压力机（连续行程、行程次数55次/分）的")
    assert press["own_en"] == "Mechanical press JH21-80"


def test_unknown_equipment_beside_known_is_told_and_the_rest_deduced() -> None:
    result = RUN.invoke(app, ["--industry", "3311", "--equipment", "砂轮机,时光机床身", "--json"])
    assert result.exit_code == 0
    points = json.loads(result.stdout)
    assert "砂轮机" in {point["own_zh"] for point in points}
    assert "时光机床身" in result.stderr


def test_the_sheet_is_written_and_found_current(tmp_path: Path) -> None:
    page = tmp_path / "sheet.md"
    assert RUN.invoke(app, ["sheet", "--out", str(page)]).exit_code == 0
    assert "current" in RUN.invoke(app, ["sheet", "--check", "--out", str(page)]).stdout
    page.write_text(page.read_text(encoding="utf-8").replace("| `machinery` |", "| `machinary` |"), encoding="utf-8")
    assert "machinery" in _fails("sheet", "--check", "--out", str(page)).message
    assert "is missing" in _fails("sheet", "--check", "--out", str(tmp_path / "none.md")).message
