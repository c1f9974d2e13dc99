"""Claims about docs/standards.md: it names every list with its size, every look-up, and its examples hold."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from yufang import standards

PAGE = (Path(__file__).parents[2] / "docs" / "standards.md").read_text(encoding="utf-8")


def test_every_list_is_named_with_its_size() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| (\d+) \|$", PAGE, flags=re.MULTILINE))
    assert told == {info.key: str(len(standards.code_list(info.key))) for info in standards.lists()}


def test_every_look_up_is_named() -> None:
    functions = [name for name in standards.__all__ if inspect.isfunction(inspect.unwrap(getattr(standards, name)))]
    assert len(functions) > 30
    assert [name for name in functions if f"`{name}`" not in PAGE] == []


def test_the_examples_give_what_the_page_says() -> None:
    examples = re.search(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert examples is not None
    names: dict[str, object] = {}
    shown = 0
    for line in examples.group(1).splitlines():
        code, _, comment = line.partition("#")
        if line.startswith("standards."):
            value = eval(code, names)
            literal = re.match(r"\s*(\(.*?\)|'.*?'|[\d.]+)", comment)
            if literal is not None:
                told = eval(literal.group(1))
                assert (round(value, 2) if isinstance(value, float) else value) == told, line
                shown += 1
        else:
            exec(code, names)
    assert shown >= 5
