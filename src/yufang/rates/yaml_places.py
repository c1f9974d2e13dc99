"""A place in a YAML file that knows how to say what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NoReturn

import yaml

from yufang.rates.errors import RateError


def parse_yaml(text: str, name: str) -> Any:
    """What `text` says; an empty text is an empty mapping. Raises RateError naming the line that is not YAML."""
    try:
        body = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise RateError(
            (f"{name} 第 {line} 行不是合法的 YAML", "检查该行的缩进、冒号与括号"),
            (f"{name}, line {line} is not valid YAML", "check its indentation, colons and brackets"),
        ) from error
    return {} if body is None else body


class Place:
    """A value and where it stands: `rates.yaml: floating.by_experience[2].below`."""

    def __init__(self, file: str, body: Any, where: str = "") -> None:
        self.file = file
        self.body = body
        self.where = where

    def refuse(self, zh: str, en: str) -> NoReturn:
        """Say the rule that the value breaks."""
        where = f"{self.file}: {self.where}" if self.where else self.file
        value = repr(self.body) if len(repr(self.body)) <= 80 else repr(self.body)[:77] + "…"
        raise RateError(
            (f"{where} 的值 {value} 不符合规则：{zh}", "改正该处后重试；写法见 docs/algorithms/rates.md"),
            (f"{where} is {value}: {en}", "correct that place and try again; docs/algorithms/rates.md shows how"),
            self.where,
        )

    def mapping(self, known: set[str]) -> dict[str, Any]:
        """The value as a mapping with none but `known` keys."""
        if not isinstance(self.body, dict):
            self.refuse("应是键值对", "should be keys with values")
        strange = sorted(str(key) for key in self.body.keys() - known)
        if strange:
            listed = "、".join(sorted(known))
            self.refuse(
                f"不认识的键 {'、'.join(strange)}；可用：{listed}",
                f"unknown key {', '.join(strange)}; known are {', '.join(sorted(known))}",
            )
        found: dict[str, Any] = self.body
        return found

    def has(self, key: str) -> bool:
        return isinstance(self.body, dict) and key in self.body

    def get(self, key: str) -> Place:
        """What stands under `key`; refused where nothing does."""
        if not self.has(key):
            self.refuse(f"缺少 {key}", f"{key} is missing")
        return Place(self.file, self.body[key], f"{self.where}.{key}" if self.where else key)

    def items(self) -> list[Place]:
        if not isinstance(self.body, list) or not self.body:
            self.refuse("应是非空列表", "should be a list that is not empty")
        return [Place(self.file, item, f"{self.where}[{i}]") for i, item in enumerate(self.body)]

    def entries(self) -> Iterable[tuple[str, Place]]:
        if not isinstance(self.body, dict):
            self.refuse("应是键值对", "should be keys with values")
        for key, value in self.body.items():
            # YAML reads 26 as a number and 06 as a text: divisions have two digits.
            code = f"{key:02d}" if isinstance(key, int) else str(key)
            yield code, Place(self.file, value, f"{self.where}.{code}")

    def number(self, least: float, most: float) -> float:
        if isinstance(self.body, bool) or not isinstance(self.body, int | float) or not least <= self.body <= most:
            self.refuse(f"应是 {least:g} 到 {most:g} 之间的数", f"should be a number from {least:g} to {most:g}")
        return float(self.body)

    def whole(self, least: int, most: int) -> int:
        if isinstance(self.body, bool) or not isinstance(self.body, int) or not least <= self.body <= most:
            self.refuse(f"应是 {least} 到 {most} 之间的整数", f"should be a whole number from {least} to {most}")
        return int(self.body)

    def text(self) -> str:
        if not isinstance(self.body, str) or not self.body.strip():
            self.refuse("应是非空文字", "should be a text that is not empty")
        return str(self.body).strip()

    def day(self) -> date:
        if isinstance(self.body, date):
            return self.body
        try:
            return date.fromisoformat(str(self.body))
        except ValueError:
            self.refuse("应是日期 YYYY-MM-DD", "should be a day as YYYY-MM-DD")

    def truth(self) -> bool:
        if not isinstance(self.body, bool):
            self.refuse("应是 true 或 false", "should be true or false")
        return bool(self.body)
