"""Claims of linking: a record finds its row in either script, and a text about something else finds none."""

from __future__ import annotations

import pytest

from yufang.graph.linking import Linker, link, packs_covering, simplify

from .small_pack import ROWS, make_pack


@pytest.mark.parametrize(("identifier", "told", "phrase"), [(r[0], r[4], r[5]) for r in ROWS])
def test_a_record_in_the_rows_own_words_finds_its_row(identifier: str, told: str, phrase: str) -> None:
    key, confidence = link([f"检查发现{told}（{phrase}）"], [make_pack()], "3311")[0]
    assert key == f"shop/{identifier}"
    assert confidence >= 0.5


def test_traditional_script_links_like_simplified() -> None:
    simple, traditional = link(["砂轮托架间隙过大，护罩未装", "砂輪托架間隙過大，護罩未裝"], [make_pack()], "3311")
    assert simple == traditional
    assert simple[0] == "shop/TS-04"


@pytest.mark.parametrize(
    "text", ["食堂地面湿滑", "宿舍电瓶车违规充电", "未参加年度体检", "", "Slipped on ice in the car park"]
)
def test_a_text_about_something_else_has_no_link(text: str) -> None:
    assert link([text], [make_pack()], "3311")[0][0] == ""


def test_rows_of_another_trades_pack_are_not_offered() -> None:
    packs = [make_pack("shop", ("33",)), make_pack("yard", ("48",))]
    found = Linker(packs).link(["脚踏开关无罩"] * 2, ["3311", "4813"])
    assert [one.key for one in found] == ["shop/TS-02", "yard/TS-02"]


def test_the_more_specific_pack_comes_first() -> None:
    wide, narrow = make_pack("wide", ("33",)), make_pack("narrow", ("3311",))
    assert [pack.key for pack in packs_covering([wide, narrow], "C3311")] == ["narrow", "wide"]
    assert packs_covering([wide, narrow], "2614") == []


def test_full_width_and_variant_characters_are_evened_out() -> None:
    assert simplify("２公尺以上開口，臺面") == "2公尺以上开口,台面"
