"""From bytes to values: what no room could keep is refused here, before a room sees it.

PostgreSQL has no NUL in a text and no half of a surrogate pair; JSON has no NaN and no infinity, which Python reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from yufang.server.errors import Refused

_MAYBE = re.compile(rb"\\u(?:0000|[dD][89abAB])")  # also pairs that are whole: those are looked at once they are read
_UNFIT = re.compile("[\x00\ud800-\udfff]")


class CarefulParser(Parser):
    """Reads strict JSON in UTF-8, and names the field whose text can't be kept."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = request.body
        found = json.loads(body.decode(), parse_constant=_no_number)
        if _MAYBE.search(body):
            for name, text in _texts("", found):
                _fits(name, text)
        return found

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        for name, texts in data.lists():
            for text in texts:
                if isinstance(text, str):
                    _fits(name, text)
        return super().parse_querydict(data, list_fields, request)


def _texts(name: str, part: Any) -> Iterator[tuple[str, str]]:
    """(name of the nearest field, text) of every text and every key."""
    if isinstance(part, str):
        yield name, part
    elif isinstance(part, list):
        for one in part:
            yield from _texts(name, one)
    elif isinstance(part, dict):
        for key, value in part.items():
            yield name, key
            yield from _texts(key, value)


def _fits(name: str, text: str) -> None:
    if _UNFIT.search(text):
        shown = _UNFIT.sub("?", name)
        raise Refused(
            422,
            "invalid",
            f"字段 {shown} 含有无法保存的字符（空字符或半个代理对），请删除后重试。",
            f"The field {shown} holds a character that can't be kept (NUL or half a surrogate pair); take it out and "
            "try again.",
            shown,
        )


def _no_number(name: str) -> Any:
    raise Refused(
        422,
        "invalid",
        f"{name} 不是 JSON 的数，请改为数或 null 后重试。",
        f"{name} is no number of JSON; send a number or null.",
    )
