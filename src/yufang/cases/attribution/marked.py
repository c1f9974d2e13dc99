"""Narratives whose causes, events and injuries a person has marked: reading and checking them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yufang.cases.attribution.errors import AttributionError
from yufang.cases.attribution.prior import kind_of

_FORMS = (
    'Each narrative is {"text": …, "tags": [tag, …], "spans": [words, …]} or {"text": …, "spans": [{"start": …, '
    '"end": …, "tag": …}, …]}; a tag begins with cause, event, injury or damage.'
)


@dataclass(frozen=True, slots=True)
class Marked:
    """One narrative and its marks: (start, end, tag) in characters, by place. `lost` counts marks whose words do not
    stand in the text."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    lost: int = 0


def read_marked(path: Path) -> list[Marked]:
    """Read a JSON list, or one JSON object a line; AttributionError names the narrative, field and rule."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise AttributionError(f"{path} can't be read ({error.strerror or error}).", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise AttributionError(f"{path} is not UTF-8 at byte {error.start}.", "Save it as UTF-8.") from error
    try:
        if content.lstrip().startswith("["):
            rows = json.loads(content)
        else:
            rows = [json.loads(line) for line in content.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise AttributionError(f"{path}, line {error.lineno}: is not JSON ({error.msg}).", _FORMS) from error
    return [_marked(f"{path}, narrative {number}", row) for number, row in enumerate(rows, 1)]


def _marked(where: str, row: Any) -> Marked:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not isinstance(row.get("spans"), list):
        raise AttributionError(f"{where}: has no `text` with `spans`.", _FORMS)
    text, spans = row["text"], row["spans"]
    if all(isinstance(span, str) for span in spans):
        tags = row.get("tags")
        if not isinstance(tags, list) or len(tags) != len(spans):
            raise AttributionError(f"{where}: `tags` must be as many as `spans`.", _FORMS)
        found, lost = _located(text, spans, tags)
    else:
        found, lost = [_offsets(where, text, span) for span in spans], 0
    for _, _, tag in found:
        if kind_of(tag) is None:
            raise AttributionError(f"{where}: tag {tag!r} is unknown.", _FORMS)
    return Marked(text, tuple(sorted(found)), lost)


def _located(text: str, spans: list[str], tags: list[Any]) -> tuple[list[tuple[int, int, str]], int]:
    """Where the marked words stand; words marked twice are sought behind their first place."""
    found, after = [], dict.fromkeys(spans, 0)
    lost = 0
    for words, tag in zip(spans, tags, strict=True):
        at = text.find(words, after[words]) if words else -1
        if at < 0:
            lost += 1
            continue
        after[words] = at + 1
        found.append((at, at + len(words), str(tag)))
    return found, lost


def _offsets(where: str, text: str, span: Any) -> tuple[int, int, str]:
    try:
        start, end, tag = span["start"], span["end"], str(span["tag"])
        good = isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)
    except (TypeError, KeyError):
        good = False
    if not good:
        raise AttributionError(f"{where}: {span!r} is no span of its {len(text)} characters.", _FORMS)
    return start, end, tag
