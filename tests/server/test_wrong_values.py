"""A refused value is told in both languages, each in its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic_core._pydantic_core import list_all_errors

from tests.server.conftest import signed_in
from yufang.server.wrong_values import _SAID, in_chinese

KNOWN = {str(one["type"]): one for one in list_all_errors()}


@pytest.mark.parametrize("kind", _SAID)
def test_each_rule_is_one_of_pydantic_and_says_its_bounds_in_chinese(kind: str) -> None:
    facts = KNOWN[kind].get("example_context") or {}
    said = in_chinese({"type": kind, "ctx": facts, "msg": "English"})
    assert re.search(r"[\u4e00-\u9fff]", said)
    assert "{" not in said
    assert "English" not in said


def test_an_answer_has_no_english_in_its_chinese(region: Any) -> None:
    answer = signed_in().get("/api/warnings?size=9999")
    problem = answer.json()
    assert answer.status_code == 422
    assert problem["field"] == "size"
    assert re.fullmatch(r"字段 size 不符合要求（须不大于 \d+），请修改后重试。", problem["message_zh"]), problem
    assert "less than or equal to" in problem["message_en"]
