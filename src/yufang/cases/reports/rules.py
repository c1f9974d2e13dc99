"""The rules by which reports are read: one YAML file a language, editable without code."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from yufang.cases.attribution.errors import AttributionError
from yufang.cases.reports.contracts import Basis, Role

_HERE = Path(__file__).parent / "data"
# A number of people in figures or Chinese numerals; written {n} in the rules.
NUMBER = r"(?:\d{1,5}|[一二两三四五六七八九十百]{1,4})"
SECTIONS = ("lessons", "direct", "management", "causes", "nature", "liability", "story")
FACTS = ("time", "place", "deaths", "injured", "missing", "enterprises", "loss", "type")
MOODS = ("direct", "management", "cause", "demand", "managing")


@dataclass(frozen=True, slots=True)
class Rule:
    """One wording of a fact. `value` and `role` are empty where the wording itself gives them."""

    id: str
    match: re.Pattern[str]
    confidence: float
    basis: Basis
    value: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class Rules:
    """All that a language's file says. `headings`: (section, id, pattern), first match wins."""

    headings: tuple[tuple[str, str, re.Pattern[str]], ...]
    facts: dict[str, tuple[Rule, ...]]
    lead: re.Pattern[str]
    moods: dict[str, re.Pattern[str]]


@functools.cache
def rules_for(language: str = "zh") -> Rules:
    """The rules that ship; AttributionError for a language without any."""
    path = _HERE / f"{language}.yaml"
    if not path.exists():
        known = ", ".join(sorted(one.stem for one in _HERE.glob("*.yaml")))
        raise AttributionError(
            f"long reports in {language!r} can't be structured: there are rules for {known} only.",
            "Attribute the narrative instead (yufang cases attribute).",
        )
    return read_rules(path)


def read_rules(path: Path) -> Rules:
    """Read one language's file; AttributionError names file, rule and what is wrong."""
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        number = str(raw["number"])
        headings = []
        for entry in raw["sections"]:
            if entry["kind"] not in SECTIONS:
                raise AttributionError(
                    f"{path}, {entry['id']}: section {entry['kind']!r} is unknown.", f"One of {', '.join(SECTIONS)}."
                )
            # A heading stands at the start of a line or sentence, and ends there or with a colon.
            shape = rf"{number}【?(?:{entry['heading']})】?[ \t\r　]*(?:[:：。.]|(?=\n)|$)"
            headings.append((str(entry["kind"]), str(entry["id"]), re.compile(shape)))
        facts = {name: tuple(_rule(path, entry) for entry in raw["facts"][name]) for name in FACTS}
        moods = {name: re.compile(raw["sentences"][name]) for name in MOODS}
        return Rules(tuple(headings), facts, re.compile(raw["facts"]["enterprise_lead"]), moods)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, re.error, KeyError, TypeError) as error:
        raise AttributionError(
            f"{path} can't be used: {error}.", "Correct the file; docs/algorithms/attribution.md."
        ) from error


def _rule(path: Path, entry: Any) -> Rule:
    confidence = float(entry["confidence"])
    if not 0 < confidence <= 1 or entry["basis"] not in ("measured", "set"):
        raise AttributionError(
            f"{path}, {entry['id']}: `confidence` lies in (0, 1] and `basis` is measured or set.", "Correct it."
        )
    match = re.compile(str(entry["match"]).replace("{n}", NUMBER))
    return Rule(str(entry["id"]), match, confidence, entry["basis"], str(entry.get("value", "")), entry.get("role"))
