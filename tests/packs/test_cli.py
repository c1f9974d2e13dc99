"""`yufang pack`: what a person sees, in both languages, and the exit codes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from yufang.commands.errors import UserError
from yufang.commands.packs import app

from .conftest import INDUSTRIES, MakePack

runner = CliRunner()


def run(*words: str) -> str:
    answer = runner.invoke(app, list(words))
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_list_names_each_pack_in_both_languages() -> None:
    assert "机械制造与冲压" in run("list")
    assert "Machinery manufacturing" in run("list", "--lang", "en")
    counts = {pack["key"]: pack["hazards"] for pack in json.loads(run("list", "--json"))}
    assert counts.keys() == INDUSTRIES
    assert min(counts.values()) >= 40


def test_show_prints_a_hazard_whole() -> None:
    told = run("show", "machinery", "me-01")
    for part in ("离合器", "WSA10004", "人的因素", "现场检查", "安全鞋", "仅知标题或主题"):
        assert part in told
    assert "…" not in told, "nothing may be cut"
    english = run("show", "machinery", "ME-01", "--lang", "en")
    assert "Repeat stroke" in english
    assert "Engineering control" in english


def test_show_as_json_is_the_whole_row() -> None:
    row = json.loads(run("show", "machinery", "ME-01", "--json"))
    assert row["equipment"] == "mechanical_press"
    assert {"zh", "en"} == row["circumstance"].keys()


def test_show_of_a_pack_lists_all_its_hazards() -> None:
    told = run("show", "machinery")
    whole = json.loads(run("show", "machinery", "--json"))
    assert all(row["id"] in told for row in whole["hazards"])


@pytest.mark.parametrize(
    ("words", "message", "way_out"),
    [
        (["show", "mining"], "no pack has the key 'mining'", "machinery"),
        (["show", "machinery", "ME-999"], "has no hazard 'ME-999'", "ME-01"),
        (["check", "/nowhere/pack"], "/nowhere/pack is no folder", "pack.yaml"),
    ],
)
def test_a_wrong_name_gives_one_message_with_the_way_out(words: list[str], message: str, way_out: str) -> None:
    answer = runner.invoke(app, words)
    assert isinstance(answer.exception, UserError)
    assert message in answer.exception.message
    assert way_out in answer.exception.way_out


def test_check_of_all_installed_packs_passes() -> None:
    reports = json.loads(run("check", "--json"))
    assert {report["pack"] for report in reports} == INDUSTRIES
    assert {report["grade"] for report in reports} <= {"silver", "gold"}


def test_check_refuses_a_broken_pack_and_says_where(make_pack: MakePack) -> None:
    folder = make_pack(row=("[SF-08]", "[SF-88]"))
    answer = runner.invoke(app, ["check", str(folder)])
    assert answer.exit_code != 0
    assert isinstance(answer.exception, UserError)
    assert "1 of 1 packs refused (sample): 1 to correct" in answer.exception.message
    assert "SA-01 ppe“SF-88”：不是GB 39800个体防护装备代码" in answer.output
    english = runner.invoke(app, ["check", "--lang", "en", str(folder)])
    assert "SA-01: ppe is 'SF-88': is no PPE code of GB 39800" in english.output
