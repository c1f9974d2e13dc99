"""A report's sentences and the section each stands in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yufang.cases.reports.rules import Rules

# A sentence ends with its mark or its line; a colon that closes a short head is looked at by the headings.
_SENTENCE = re.compile(r"[^。！？\n]*[。！？]?")
_LONGEST_HEADING = 60


@dataclass(frozen=True, slots=True)
class Sentence:
    """Characters [start, end), the section it stands in ("" before any) and the rule that opened the section."""

    start: int
    end: int
    text: str
    section: str
    rule: str


def sentences(report: str, rules: Rules) -> list[Sentence]:
    """All sentences under their sections. A heading is no sentence; what follows a heading's colon is one."""
    out = []
    section, rule = "", ""
    for found in _SENTENCE.finditer(report):
        low, high = found.start(), found.end()
        while low < high and report[low].isspace():
            low += 1
        heading = _heading(report[low : low + _LONGEST_HEADING + 40], report[low:high], rules)
        while heading is not None:
            section, rule, size = heading
            low += size
            while low < high and report[low].isspace():
                low += 1
            heading = (
                _heading(report[low : low + _LONGEST_HEADING + 40], report[low:high], rules) if low < high else None
            )
        text = report[low:high].rstrip()
        if len(text) > 1:
            out.append(Sentence(low, low + len(text), text, section, rule))
    return out


def _heading(ahead: str, sentence: str, rules: Rules) -> tuple[str, str, int] | None:
    """Section, rule and length of a heading that the sentence begins with."""
    if not sentence.strip():
        return None
    for section, name, shape in rules.headings:
        found = shape.match(ahead)
        if found and 0 < found.end() <= min(len(sentence), _LONGEST_HEADING + 30):
            return section, name, found.end()
    return None
