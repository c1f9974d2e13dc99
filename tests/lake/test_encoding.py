"""The encoding of a file is found by what it holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.lake import LakeError
from yufang.lake.encoding import decode

SIMPLIFIED = [
    "企业名称",
    "事故日期",
    "事故经过",
    "操作冲床时右手被夹",
    "从脚手架坠落",
    "单位",
    "机械有限公司",
    "受伤",
    "死亡人数",
]
TRADITIONAL = [
    "事業單位",
    "違反條文",
    "營造有限公司",
    "施工架",
    "墜落",
    "未設置護欄",
    "勞工",
    "日期",
    "公司",
    "安全衛生設施標準",
]


@given(st.lists(st.sampled_from(SIMPLIFIED), min_size=2, max_size=12))
@settings(max_examples=60)
def test_simplified_chinese_is_found_in_each_encoding(words: list[str]) -> None:
    text = "编号," + ",".join(words) + "\n1,2024-03-05\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        assert decode(text.encode(encoding), "f.csv") == (text, encoding)


@given(st.lists(st.sampled_from(TRADITIONAL), min_size=2, max_size=12))
@settings(max_examples=60)
def test_traditional_chinese_is_found_in_each_encoding(words: list[str]) -> None:
    text = ",".join(words) + "\n1,113/3/5\n"
    for encoding, found in (("utf-8", "utf-8"), ("cp950", "cp950"), ("gb18030", "gb18030")):
        assert decode(text.encode(encoding), "f.csv") == (text, found)


def test_hong_kong_characters_are_read() -> None:
    text = "地點,經過\n啟德,工人在棚架上墮下，嘅情況\n"
    assert decode(text.encode("big5hkscs"), "f.csv")[0] == text


def test_one_wrong_byte_at_the_end_is_found_with_its_place() -> None:
    data = ("单位,经过\n" + "某厂,从脚手架坠落\n" * 1000).encode() + b"\xff\xff\xff"
    with pytest.raises(LakeError) as caught:
        decode(data, "cases.csv")
    assert caught.value.fields["offset"] == len(data) - 3
    assert caught.value.fields["line"] == 1002
    assert "cases.csv" in caught.value.message
    assert caught.value.way_out
    assert "字节" in caught.value.zh[0]
