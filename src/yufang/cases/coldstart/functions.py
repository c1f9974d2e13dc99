"""Labelling functions as data: which words speak for which code, read from YAML that a person can edit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yufang.cases.errors import CoderError
from yufang.packs import installed_packs
from yufang.standards import CodeList, code_list, lists

SHIPPED = files("yufang.cases.coldstart") / "data"
TYPES_1986, TYPES_2025 = "gb6441_1986_type", "gb6441_2025_type"
# Types of 2025 that several of 1986 became: the one that is meant outside mines and blasting.
_MOST_OFTEN = {"WSA10014": "017", "WSA10016": "018", "WSA10019": "014"}
_LONGEST_NAME = 12  # names above this length are definitions, not words that people write
_SHORTEST_PACK_WORD = 4
_TWO_LISTS = re.compile(r"\{([a-z_]+)\}\[[^\]]*\]\{\d+,\d+\}\?\{([a-z_]+)\}$")
_MOST_EXAMPLES = 60


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Scope(_Model):
    """Cues around a word; see the data file. Each is plain text."""

    outcome: tuple[str, ...] = ()
    denied_before: tuple[str, ...] = ()
    foretold_before: tuple[str, ...] = ()
    foretold_after: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()


class Function(_Model):
    """One labelling function: words, or one pattern, that speak for a code of each list (null: it says nothing there).

    kind `event`: an accident word; where it stands decides how it is read. kind `thing`: equipment, place or means.
    beats: functions that are silent in a sentence where this one speaks, with the names of their codes. alone: the
    code is one of last resort, silent in a text in which any other accident word speaks.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    code: tuple[str | None, ...]
    words: tuple[str, ...] = ()
    pattern: str = ""
    beats: tuple[str, ...] = ()
    kind: Literal["event", "thing"] = "event"
    alone: bool = False


class _File(_Model):
    facet: str
    owner: str
    language: Literal["zh", "en"] = "zh"
    source: str = ""
    code_lists: tuple[str, ...]
    read: int = Field(900, ge=50, le=1_000_000)
    scope: Scope = Scope()
    lists: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    functions: tuple[Function, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Reader:
    """A function made ready: its pattern, its code in the chosen list, what it silences, and examples of what it
    finds."""

    id: str
    code: str
    pattern: re.Pattern[str]
    kind: Literal["event", "thing"]
    beats: frozenset[str]
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionSet:
    """All functions for one facet and one code list. `codes`: what they can say, in the list's order."""

    facet: str
    owner: str
    language: str
    code_list: str
    codes: tuple[str, ...]
    readers: tuple[Reader, ...]
    scope: Scope
    read: int
    last_resorts: frozenset[str] = frozenset()


def shipped_facets() -> tuple[str, ...]:
    """Facets that functions ship for."""
    return tuple(sorted(item.name.removesuffix(".yaml") for item in SHIPPED.iterdir() if item.name.endswith(".yaml")))


def load_functions(facet: str, list_key: str | None = None, path: Path | None = None) -> FunctionSet:
    """Functions for a facet from the shipped file or from `path`, for one of its code lists (the last by default).

    Names and aliases of the code list, and the words of installed packs, are added as functions of their own.
    CoderError names the file, the field and the value where the file can't be used.
    """
    told, text = _text(facet, path)
    file = _parse(told, text)
    if file.facet != facet:
        raise CoderError(
            f"{told} holds functions for {file.facet!r}, not for {facet!r}.", f"Ask for --facet {file.facet}."
        )
    key = list_key or file.code_lists[-1]
    if key not in file.code_lists:
        raise CoderError(
            f"{told} has no codes for the list {key!r}.", f"It has: {', '.join(file.code_lists)}; choose one of these."
        )
    codes = _known_list(told, key)
    place = file.code_lists.index(key)
    readers = [*_written(told, file, place, codes), *_names(codes), *_pack_words(key)]
    spoken = {reader.code for reader in readers}
    alone = {function.code[place] for function in file.functions if function.alone}
    return FunctionSet(
        file.facet,
        file.owner,
        file.language,
        key,
        tuple(entry.code for entry in codes if entry.code in spoken),
        tuple(readers),
        file.scope,
        file.read,
        frozenset(code for code in alone if code is not None),
    )


def _text(facet: str, path: Path | None) -> tuple[str, str]:
    if path is None:
        if facet not in shipped_facets():
            raise CoderError(
                f"No labelling functions ship for the facet {facet!r}.",
                f"They exist for: {', '.join(shipped_facets())}; or give your own with --functions FILE.",
            )
        return f"{facet}.yaml", (SHIPPED / f"{facet}.yaml").read_text(encoding="utf-8")
    try:
        return str(path), path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CoderError(f"{path} can't be read: {error}.", "Give a YAML file in UTF-8.") from error


def _parse(told: str, text: str) -> _File:
    try:
        return _File.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise CoderError(f"{told} is not YAML: {error}.", "Correct the line that is named.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        raise CoderError(
            f"{told}: {where} is {str(first.get('input'))[:60]!r}: {first['msg']}.",
            "See docs/algorithms/cold-start.md for the fields.",
        ) from error


def _known_list(told: str, key: str) -> CodeList:
    if key not in {info.key for info in lists()}:
        raise CoderError(f"{told}: code list {key!r} is unknown.", "`yufang standards list` shows those there are.")
    return code_list(key)


def _written(told: str, file: _File, place: int, codes: CodeList) -> Iterable[Reader]:
    """The file's own functions that speak in the chosen list."""
    ids = {function.id for function in file.functions}
    if len(ids) < len(file.functions):
        raise CoderError(f"{told}: two functions have the same id.", "Give each its own.")
    code_of = {function.id: function.code[place] for function in file.functions if len(function.code) > place}
    for function in file.functions:
        at = f"{told}: function {function.id!r}"
        if len(function.code) != len(file.code_lists):
            raise CoderError(
                f"{at} has {len(function.code)} codes for {len(file.code_lists)} code lists.",
                "Give one for each or null.",
            )
        unknown = [other for other in function.beats if other not in ids]
        if unknown:
            raise CoderError(f"{at} beats {unknown[0]!r}, which is no function.", "Correct the id.")
        if bool(function.words) == bool(function.pattern):
            raise CoderError(f"{at} needs words or a pattern, one of both.", "Give the words that it looks for.")
        code = function.code[place]
        if code is None:
            continue
        if code not in codes:
            raise CoderError(f"{at}: code {code!r} is not in {codes.info.key}.", "Take a code of that list.")
        pattern = _compiled(at, function, file.lists)
        examples = _examples(function, file.lists)
        silenced = {*function.beats, *(f"name_{code_of[other]}" for other in function.beats)} - {f"name_{code}"}
        yield Reader(function.id, codes.get(code).code, pattern, function.kind, frozenset(silenced), examples)


def _compiled(at: str, function: Function, named: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    def insert(match: re.Match[str]) -> str:
        if match[1] not in named:
            raise CoderError(f"{at}: list {{{match[1]}}} is unknown.", f"There are: {', '.join(named) or 'none'}.")
        return f"(?:{_any(named[match[1]])})"

    written = function.pattern or "|".join(w if w.startswith("{") else re.escape(w) for w in _longest(function.words))
    try:
        return re.compile(re.sub(r"\{([a-z_]+)\}", insert, written))
    except re.error as error:
        raise CoderError(f"{at}: pattern {written!r} is none: {error}.", "Correct the pattern.") from error


def _examples(function: Function, named: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Plain words of an event function, or pairs from the two lists that its pattern joins; evenly over both lists."""
    if function.kind != "event":
        return ()
    if function.words:
        return tuple(word for word in function.words if not word.startswith("{"))
    pair = _TWO_LISTS.match(function.pattern)
    if pair is None:
        return ()
    first, second = named[pair[1]], named[pair[2]]
    return tuple(dict.fromkeys(first[i % len(first)] + second[i % len(second)] for i in range(_MOST_EXAMPLES)))


def _names(codes: CodeList) -> Iterable[Reader]:
    """The names that the standard and its users give a code."""
    for entry in codes:
        words = [name for name in (entry.name_zh, *entry.aliases) if _is_chinese(name) and len(name) <= _LONGEST_NAME]
        words = [word for word in words if word not in ("其他", "其他伤害")]
        if words:
            yield Reader(f"name_{entry.code}", entry.code, re.compile(_any(words)), "event", frozenset())


@cache
def _pack_words(key: str) -> tuple[Reader, ...]:
    """Hazard wordings of the installed packs, by the accident type they lead to."""
    to = pack_codes(key)
    words: dict[str, set[str]] = {}
    for pack in installed_packs():
        for hazard in pack.hazards:
            if hazard.accident_type in to:
                long = {word for word in hazard.words if _is_chinese(word) and len(word) >= _SHORTEST_PACK_WORD}
                words.setdefault(to[hazard.accident_type], set()).update(long)
    # A wording that leads to two types speaks for neither.
    own = {
        code: sorted(found - set().union(*(other for name, other in words.items() if name != code)))
        for code, found in sorted(words.items())
    }
    return tuple(
        Reader(f"pack_{code}", code, re.compile(_any(found)), "thing", frozenset())
        for code, found in own.items()
        if found
    )


def pack_codes(key: str) -> dict[str, str]:
    """From the accident types that packs are written in (GB 6441-2025) to those of a list; empty for other lists.

    A type of 2025 is read as the type of 1986 that becomes it, else as the one that may become it.
    """
    if key == TYPES_2025:
        return {entry.code: entry.code for entry in code_list(key)}
    if key != TYPES_1986:
        return {}
    to = dict(_MOST_OFTEN)
    for entry in code_list(key):
        to.setdefault(entry.values["code_2025"], entry.code)
    for entry in code_list(key):
        for candidate in entry.values["candidates_2025"].split("|"):
            to.setdefault(candidate, entry.code)
    to.pop("", None)
    return to


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in _longest(words))


def _longest(words: Sequence[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)


def _is_chinese(word: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in word)
