"""Claims about `yufang standards`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from yufang import standards
from yufang.commands.errors import UserError
from yufang.commands.standards import app

runner = CliRunner(env={"COLUMNS": "200"})


def _out(*args: str) -> str:
    result = runner.invoke(app, list(args), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def _told(*args: str) -> UserError:
    error = runner.invoke(app, list(args)).exception
    assert isinstance(error, UserError)
    return error


def test_list_names_every_list_in_either_language() -> None:
    zh, en = _out("list"), _out("list", "--lang", "en")
    for info in standards.lists():
        assert info.key in zh
        assert info.key in en
    assert "国民经济行业分类" in zh
    assert "Industries" in en


def test_json_holds_every_list_and_entry() -> None:
    assert [row["key"] for row in json.loads(_out("list", "--json"))] == [info.key for info in standards.lists()]
    whole = json.loads(_out("show", "gb6441_2025_type", "--json"))
    assert whole["urn"] == "urn:yufang:standards:gb6441-2025-type"
    assert whole["effective_from"] == "2026-07-01"
    assert len(whole["entries"]) == 27
    one = json.loads(_out("show", "gbz2_1_2019_chemical", "C6H6", "--json"))
    assert (one["confidence"], one["values"]["twa"]) == ("memory_low", "6")


@pytest.mark.parametrize("key", [info.key for info in standards.lists()])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_list_can_be_shown(key: str, lang: str) -> None:
    shown = _out("show", key, "--lang", lang)
    assert standards.code_list(key).entries[0].code in shown


def test_an_entry_shows_its_path_clause_and_trust() -> None:
    shown = _out("show", "gbt4754_2017", "C2614", "--lang", "en")
    assert "C Manufacturing › 26" in shown
    assert "GB/T 4754-2017" in shown
    assert "memory" in _out("show", "gb6441_1986_body_part", "1.13.3", "--lang", "en")
    assert "专家记忆" in _out("show", "gb6441_1986_body_part", "1.13.3")


def test_at_shows_what_held_that_day_or_where_to_look() -> None:
    assert "DL-13-1990" in _out("show", "deadline", "--at", "2014-06-01")
    assert "DL-13-1990" not in _out("show", "deadline", "--at", "2016-06-01")
    told = _told("show", "gb6441_2025_type", "--at", "2026-06-30")
    assert "2026-07-01" in told.message
    assert told.way_out == "yufang standards show gb6441_1986_type"
    assert "leave --at out" in _told("show", "coal_methane_sensor_2016", "--at", "2026-03-01").way_out


def test_a_list_of_several_laws_shows_the_law_and_days_of_each_entry() -> None:
    shown = _out("show", "deadline", "--lang", "en")
    assert "行政诉讼法 art.46" in shown
    assert "1990-10-01 – 2015-04-30" in shown


def test_nothing_is_cut_on_a_narrow_screen() -> None:
    narrow = CliRunner(env={"COLUMNS": "100"})
    for lang in ("zh", "en"):
        for args in (["list"], ["show", "deadline"], ["show", "deadline", "DL-01"], ["find", "瓦斯"]):
            assert "…" not in narrow.invoke(app, [*args, "--lang", lang]).stdout


def test_find_looks_through_all_lists() -> None:
    found = _out("find", "硫化氢")
    assert "gbz2_1_2019_chemical" in found
    assert "lower_explosive_limit" in found
    assert {row["list_key"] for row in json.loads(_out("find", "dust", "explosion", "--json"))} >= {"gb6441_2025_type"}


def test_mistakes_are_told_with_a_way_out() -> None:
    assert "gb6441_2025_type" in _told("show", "gb6441_2025_typ").message
    assert "WSA10004" in _told("show", "gb6441_2025_type", "WSA1004").message
    assert "fewer" in _told("find", "没有这样的词").way_out
    assert runner.invoke(app, ["show", "deadline", "--at", "2014-13-01"]).exit_code == 2
