"""`structure`: the facts and passages of one report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace

from yufang.cases.reports.contracts import Count, Enterprise, Passage, Said, StructuredCase
from yufang.cases.reports.rules import Rule, Rules, rules_for
from yufang.cases.reports.sections import Sentence, sentences

# Facts of the accident itself are told first; further down a report speaks of other accidents, dates and numbers.
_HEAD = 2500
_MOST_ENTERPRISES = 8
_NUMERALS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}


def structure(report: str, language: str = "zh") -> StructuredCase:
    """The case that a report tells; offsets count characters of `report`.

    Raises AttributionError for a language without rules. A report that tells nothing gives a case in which everything
    is missing.
    """
    rules = rules_for(language)
    head = report[:_HEAD]
    direct, management, lessons = _passages(sentences(report, rules), rules)
    case = StructuredCase(
        time=_first(head, rules.facts["time"]),
        place=_first(head, rules.facts["place"]),
        accident_type=_first(head, rules.facts["type"]),
        deaths=_people(head, rules.facts["deaths"]),
        injured=_people(head, rules.facts["injured"]),
        people_missing=_people(head, rules.facts["missing"]),
        loss=_first(head, rules.facts["loss"]),
        enterprises=_enterprises(report, rules),
        direct_causes=direct,
        management_causes=management,
        lessons=lessons,
        missing=(),
    )
    told = {field.name: getattr(case, field.name) for field in fields(case) if field.name != "missing"}
    return replace(case, missing=tuple(name for name, value in told.items() if not value and value != 0))


def _first(text: str, rules: tuple[Rule, ...]) -> Said | None:
    for rule in rules:
        found = rule.match.search(text)
        if found:
            start, end = found.span("value") if "value" in rule.match.groupindex else found.span()
            value = rule.value or (_iso(found) if "month" in rule.match.groupindex else text[start:end].strip())
            return Said(
                value=value,
                start=start,
                end=end,
                text=text[start:end],
                confidence=rule.confidence,
                basis=rule.basis,
                rule=rule.id,
            )
    return None


def _iso(found: re.Match[str]) -> str:
    """A time as far as it is told: 2008-10-21T02:00, 2008-10-21, or --06-19 without the year."""
    parts = found.groupdict()
    day = f"{parts.get('year') or '-'}-{int(parts['month']):02}-{int(parts['day']):02}"
    if not parts.get("hour"):
        return day
    hour = int(parts["hour"])
    # 下午2时 is 14 o'clock; 下午18时 is 18 already.
    if hour < 12 and re.search("下午|晚", found.group()):
        hour += 12
    return f"{day}T{hour % 24:02}:{int(parts.get('minute') or 0):02}"


def _people(text: str, rules: tuple[Rule, ...]) -> Count | None:
    """The number of the earliest wording; of two at one place the rule that stands first."""
    best: tuple[int, int, Rule, re.Match[str]] | None = None
    for place, rule in enumerate(rules):
        found = rule.match.search(text)
        if found and (best is None or found.start() < best[0] - 12):
            best = (found.start(), place, rule, found)
    if best is None:
        return None
    _, _, rule, found = best
    people = int(rule.value) if rule.value else sum(_number(one) for one in found.groupdict().values() if one)
    return Count(
        value=str(people),
        people=people,
        start=found.start(),
        end=found.end(),
        text=found.group(),
        confidence=rule.confidence,
        basis=rule.basis,
        rule=rule.id,
    )


def _number(written: str) -> int:
    """Figures, or Chinese numerals below 1,000."""
    if written.isdigit():
        return int(written)
    total, held = 0, 0
    for sign in written:
        if sign in _NUMERALS:
            held = _NUMERALS[sign]
        else:
            total += (held or 1) * (100 if sign == "百" else 10)
            held = 0
    return total + held


def _enterprises(report: str, rules: Rules) -> tuple[Enterprise, ...]:
    """Those with a part first, then those named most often; a name within a longer one counts for that."""
    found: dict[str, Enterprise] = {}
    for rule, match in _matches(report, rules.facts["enterprises"]):
        start, end = match.span("value")
        if rule.role == "named":
            lead = rules.lead.match(report[start:end])
            start += lead.end() if lead else 0
        name = report[start:end].strip()
        if len(name) < 4 or name in found:
            continue
        found[name] = Enterprise(
            value=name,
            start=start,
            end=end,
            text=report[start:end],
            confidence=rule.confidence,
            basis=rule.basis,
            rule=rule.id,
            role=rule.role or "named",
            mentions=report.count(name),
        )
    roles = ("contractor", "owner", "supervisor", "named")
    ordered = sorted(found.values(), key=lambda one: (roles.index(one.role), -one.mentions, one.start))
    kept: list[Enterprise] = []
    for one in ordered:
        if not any(one.value in other.value or other.value in one.value for other in kept):
            kept.append(one)
    return tuple(kept[:_MOST_ENTERPRISES])


def _matches(report: str, rules: tuple[Rule, ...]) -> Iterator[tuple[Rule, re.Match[str]]]:
    for rule in rules:
        for match in rule.match.finditer(report):
            yield rule, match


def _passages(
    told: list[Sentence], rules: Rules
) -> tuple[tuple[Passage, ...], tuple[Passage, ...], tuple[Passage, ...]]:
    """Direct causes, management causes and lessons. A demand is a lesson wherever it stands; where a report has no
    section of causes, sentences that name a cause are taken."""
    direct: list[Passage] = []
    management: list[Passage] = []
    lessons: list[Passage] = []
    sectioned = any(one.section in ("direct", "management", "causes") for one in told)
    for one in told:
        where = _where(one, rules, sectioned)
        if where is None:
            continue
        kind, rule, confidence = where
        target = {"direct": direct, "management": management, "lessons": lessons}[kind]
        target.append(
            Passage(
                value=one.text,
                start=one.start,
                end=one.end,
                text=one.text,
                confidence=confidence,
                basis="set",
                rule=rule,
            )
        )
    return tuple(direct), tuple(management), tuple(lessons)


def _where(one: Sentence, rules: Rules, sectioned: bool) -> tuple[str, str, float] | None:
    """Which list a sentence belongs to, by which rule, and how sure."""
    moods = rules.moods
    demand = moods["demand"].search(one.text)
    if one.section == "lessons":
        # Lessons often say once more what the cause was.
        named = moods["cause"].search(one.text) and not demand
        return ("direct", "zh.sentence.cause", 0.7) if named else ("lessons", one.rule, 0.9)
    if one.section in ("nature", "liability", "story") or (not one.section and sectioned):
        return None
    if demand and one.section != "direct":
        return ("lessons", "zh.sentence.demand", 0.7) if one.section else None
    if moods["direct"].search(one.text):
        return "direct", "zh.sentence.direct", 0.9
    if moods["management"].search(one.text):
        return "management", "zh.sentence.management", 0.9
    if one.section in ("direct", "management"):
        return one.section, one.rule, 0.9
    if one.section == "causes":
        managing = moods["managing"].search(one.text)
        return ("management", "zh.sentence.managing", 0.7) if managing else ("direct", one.rule, 0.7)
    return ("direct", "zh.sentence.cause", 0.6) if moods["cause"].search(one.text) else None
