"""Reading a pack's YAML: texts, lists and mappings only, each key once.

Every scalar is taken as text, so a code `0800` or a word `no` stays what the author wrote. Anchors and tags
are refused: a pack should read the same to a person as to the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import yaml

from yufang.packs.errors import PackError

try:
    # libyaml reads about ten times as fast; the Python loader is the same grammar where the wheel lacks it.
    from yaml import CSafeLoader as _Loader
except ImportError:  # pragma: no cover - depends on the wheel
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

Node: TypeAlias = "str | list[Node] | dict[str, Node]"


def read_yaml(file: Path) -> Node:
    """Return the one document in `file`.

    Raises PackError where the file can't be read, isn't UTF-8, isn't YAML, repeats a key or uses an anchor
    or tag.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise _error(file, "", f"the file can't be read ({error.strerror or error})", "file") from error
    except UnicodeDecodeError as error:
        raise _error(file, "", f"must be UTF-8; byte {error.start} is not", "encoding") from error
    try:
        events = _skip_to_content(iter(yaml.parse(text, Loader=_Loader)))
        first = next(events)
        if isinstance(first, yaml.DocumentEndEvent | yaml.StreamEndEvent):
            raise _error(file, "", "the file is empty", "file")
        return _build(first, events, file)
    except StopIteration:
        raise _error(file, "", "the file is empty", "file") from None
    except RecursionError:
        raise _error(file, "", "is nested too deeply to be a pack", "yaml") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise _error(file, line, f"is not YAML ({problem})", "yaml") from error


def _skip_to_content(events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    for event in events:
        if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            yield event


def _build(event: yaml.Event, events: Iterator[yaml.Event], file: Path) -> Node:
    line = _line(event)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
        raise _error(file, line, "anchors, aliases and tags aren't allowed; write the value out", "yaml")
    if isinstance(event, yaml.ScalarEvent):
        return event.value
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Node] = []
        while not isinstance(step := next(events), yaml.SequenceEndEvent):
            items.append(_build(step, events, file))
        return items
    mapping: dict[str, Node] = {}
    while not isinstance(step := next(events), yaml.MappingEndEvent):
        key = _build(step, events, file)
        at = _line(step)
        if not isinstance(key, str):
            raise _error(file, at, "a key must be a text", "yaml")
        if key in mapping:
            raise _error(file, at, f"the key {key!r} stands twice in one mapping", "yaml")
        mapping[key] = _build(next(events), events, file)
    return mapping


def _line(event: yaml.Event) -> str:
    return f"line {event.start_mark.line + 1}" if event.start_mark else ""


def _error(file: Path, row: str, rule: str, code: str) -> PackError:
    return PackError(file=file, row=row, field="", value="", rule=rule, code=code)
