"""How a language tells of causes, events, injuries and damage: one YAML file a language, editable without code.

`units` says where spans may begin and end (regular expressions); each pattern votes for a kind, or for none, over the
units it reaches:
  exact     a unit that is nothing but the match
  here      the units the match touches
  clause    the units of the match's clause (between commas)
  sentence  the units of its sentence
  next      the units behind the match in its clause
  after     the units behind the match in its sentence, up to the next pattern with a direction
  before    the units ahead of the match in its sentence, back to the last pattern with a direction
`factors` lists words that speak for one of the five kinds of cause.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml

from yufang.cases.attribution.contracts import FACTORS, KINDS, Factor, Language
from yufang.cases.attribution.errors import AttributionError

REACHES = ("exact", "here", "clause", "sentence", "next", "after", "before")
_HERE = Path(__file__).parent / "data"
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One vote: its id, what it speaks for ("none" speaks against all), where it reaches and how loud (nats)."""

    id: str
    kind: str
    reach: str
    weight: float
    match: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Patterns:
    """All that a language's file says."""

    language: Language
    ends: re.Pattern[str]
    starts: re.Pattern[str]
    sentence: re.Pattern[str]
    clause: re.Pattern[str]
    trim: str
    votes: tuple[Pattern, ...]
    factors: dict[Factor, tuple[str, ...]]


def language_of(text: str) -> Language:
    """The language a narrative is written in, by its script: kana → ja, else Han → zh, else en."""
    sample = text[:2000]
    kana, han = len(_KANA.findall(sample)), len(_HAN.findall(sample))
    if kana >= 2 and kana > 0.05 * (kana + han):
        return "ja"
    return "zh" if han >= 2 and han * 8 >= len(sample) else "en"


@functools.cache
def patterns_for(language: Language) -> Patterns:
    """The patterns that ship for `language`."""
    if language not in get_args(Language):
        raise AttributionError(f"language {language!r} has no patterns.", f"Choose {', '.join(get_args(Language))}.")
    return read_patterns(_HERE / f"{language}.yaml")


def read_patterns(path: Path) -> Patterns:
    """Read one language's file; AttributionError names file, pattern, field and rule where it can't be used."""
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise AttributionError(f"{path} can't be read as YAML: {error}.", "Correct the file.") from error
    if not isinstance(raw, dict) or raw.get("language") not in get_args(Language):
        raise AttributionError(
            f"{path}: `language` must be one of {', '.join(get_args(Language))}.", "Write it at the top of the file."
        )
    cut = raw.get("units") or {}
    missing = [name for name in ("ends", "starts", "sentence", "clause", "trim") if not isinstance(cut.get(name), str)]
    if missing:
        raise AttributionError(f"{path}: `units` lacks {', '.join(missing)}.", "Give each as a regular expression.")
    flags = re.IGNORECASE if raw["language"] == "en" else re.NOFLAG
    votes = tuple(_vote(path, entry, flags) for entry in raw.get("patterns") or [])
    ids = [vote.id for vote in votes]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise AttributionError(f"{path}: the id {twice[0]!r} stands twice.", "Give each pattern its own id.")
    words = raw.get("factors") or {}
    strange = [name for name in words if name not in FACTORS]
    if strange:
        raise AttributionError(f"{path}: `factors` has {strange[0]!r}.", f"The five kinds are {', '.join(FACTORS)}.")
    return Patterns(
        language=raw["language"],
        ends=_regex(path, "units.ends", cut["ends"], flags),
        starts=_regex(path, "units.starts", cut["starts"], flags),
        sentence=_regex(path, "units.sentence", cut["sentence"], re.NOFLAG),
        clause=_regex(path, "units.clause", cut["clause"], re.NOFLAG),
        trim=cut["trim"],
        votes=votes,
        factors={factor: tuple(str(word).lower() for word in words.get(factor, ())) for factor in FACTORS},
    )


def _vote(path: Path, entry: Any, flags: re.RegexFlag) -> Pattern:
    name = entry.get("id", "?") if isinstance(entry, dict) else "?"
    needed = ("id", "kind", "reach", "weight", "match")
    if not isinstance(entry, dict) or any(field not in entry for field in needed):
        raise AttributionError(f"{path}, pattern {name!r}: needs {', '.join(needed)}.", "Fill all five fields.")
    if entry["kind"] not in (*KINDS, "none"):
        raise AttributionError(
            f"{path}, pattern {name!r}: kind {entry['kind']!r} is unknown.", f"One of {', '.join(KINDS)}, none."
        )
    if entry["reach"] not in REACHES:
        raise AttributionError(
            f"{path}, pattern {name!r}: reach {entry['reach']!r} is unknown.", f"One of {', '.join(REACHES)}."
        )
    try:
        weight = float(entry["weight"])
    except (TypeError, ValueError):
        raise AttributionError(f"{path}, pattern {name!r}: weight must be a number.", "For instance 1.5.") from None
    match = _regex(path, f"pattern {name!r}", str(entry["match"]), flags)
    return Pattern(str(name), entry["kind"], entry["reach"], weight, match)


def _regex(path: Path, where: str, written: str, flags: re.RegexFlag) -> re.Pattern[str]:
    try:
        return re.compile(written, flags)
    except re.error as error:
        raise AttributionError(
            f"{path}, {where}: is no regular expression ({error}).", "Correct it; docs/algorithms/attribution.md."
        ) from error
