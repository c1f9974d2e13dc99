"""What is wrong with a value, in Chinese; pydantic says it in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Types of pydantic's errors (docs of pydantic_core, "validation errors"); braces take what the error knows.
_SAID = {
    "missing": "缺少该字段",
    "extra_forbidden": "没有这个字段",
    "string_type": "须为文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不符",
    "string_unicode": "须为 UTF-8 文字",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_parsing_size": "整数过大",
    "int_from_float": "须为整数，不能带小数",
    "float_type": "须为数",
    "float_parsing": "须为数",
    "finite_number": "须为有限的数",
    "decimal_type": "须为数",
    "decimal_parsing": "须为数",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "须不小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "须不大于 {le}",
    "multiple_of": "须为 {multiple_of} 的倍数",
    "literal_error": "须为 {expected} 之一",
    "enum": "须为 {expected} 之一",
    "list_type": "须为列表",
    "set_type": "须为列表",
    "tuple_type": "须为列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "dict_type": "须为对象",
    "model_type": "须为对象",
    "model_attributes_type": "须为对象",
    "date_type": "须为日期，如 2026-11-22",
    "date_parsing": "须为日期，如 2026-11-22",
    "date_from_datetime_parsing": "须为日期，如 2026-11-22",
    "datetime_type": "须为时刻，如 2026-11-22T08:00:00+08:00",
    "datetime_parsing": "须为时刻，如 2026-11-22T08:00:00+08:00",
    "datetime_from_date_parsing": "须为时刻，如 2026-11-22T08:00:00+08:00",
    "timezone_aware": "须带时区，如 2026-11-22T08:00:00+08:00",
    "uuid_type": "须为 UUID",
    "uuid_parsing": "须为 UUID",
    "json_invalid": "不是完好的 JSON",
}


def in_chinese(error: Mapping[str, Any]) -> str:
    """The rule that one of pydantic's errors says was broken; its own words where there are none for it here."""
    said = _SAID.get(str(error.get("type")))
    if said is None:
        return str(error.get("msg", ""))
    known: Mapping[str, Any] = error.get("ctx") or {}
    facts = {name: str(value).replace(" or ", "、").replace("'", "") for name, value in known.items()}
    try:
        return said.format_map(facts)
    except KeyError:
        return str(error.get("msg", ""))
