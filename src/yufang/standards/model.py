"""What a code list is made of: entries, list descriptions, and the errors a look-up can raise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

Language = Literal["zh", "en"]
Confidence = Literal["text", "older_edition", "interpretation", "memory_high", "memory_medium", "memory_low"]

# key → (zh, en): how far an entry can be trusted, as shown beside it.
CONFIDENCE_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "text": ("据公开文本", "read in a public copy of the text"),
        "older_edition": ("据旧版文本，现行版可能不同", "read in an older edition; the current one may differ"),
        "interpretation": ("本项目的解读，标准未给出", "our reading; the source does not state it"),
        "memory_high": ("专家记忆，未核对原文", "expert memory, not checked against the text"),
        "memory_medium": ("专家记忆，引用前须核对", "expert memory, check before you rely on it"),
        "memory_low": ("存疑，不得直接引用", "unsure, do not rely on it"),
    }
)


class Columns(Mapping[str, str]):
    """A list's own columns of one row: a mapping that can't be changed, but hashed, copied and pickled."""

    __slots__ = ("_cells",)

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = dict(cells)

    def __getitem__(self, name: str) -> str:
        return self._cells[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def __hash__(self) -> int:
        return hash(tuple(self._cells.items()))

    def __repr__(self) -> str:
        return repr(self._cells)


def _holds(first: date | None, last: date | None, at: date) -> bool:
    return (first is None or first <= at) and (last is None or at <= last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One code of one list.

    `parent` is None for a root. `effective_to` is the last day in force, None while in force; `effective_from` is
    None where the first day is not known. `values` holds the list's further columns as written in the data file.
    """

    list_key: str
    code: str
    name_zh: str
    name_en: str
    parent: str | None
    definition_zh: str
    definition_en: str
    clause: str
    effective_from: date | None
    effective_to: date | None
    confidence: Confidence
    aliases: tuple[str, ...]
    also: tuple[str, ...]  # other spellings of the code
    values: Columns

    def name(self, lang: Language = "zh") -> str:
        return self.name_zh if lang == "zh" else self.name_en

    def definition(self, lang: Language = "zh") -> str:
        return self.definition_zh if lang == "zh" else self.definition_en

    def in_force(self, at: date) -> bool:
        """True on every day from `effective_from` to `effective_to`, both included."""
        return _holds(self.effective_from, self.effective_to, at)

    @property
    def from_memory(self) -> bool:
        """True where nobody has checked the entry against the text."""
        return self.confidence.startswith("memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeListInfo:
    """Where a list comes from and when it holds. `confidence` is that of entries that don't carry their own.

    `effective_from` is None for a method or handbook, which no law put in force, and where each entry has its own.
    """

    key: str
    urn: str
    version: str
    title_zh: str
    title_en: str
    standard: str
    clause: str
    effective_from: date | None
    effective_to: date | None
    licence: str
    confidence: Confidence
    predecessor: str  # key of the list it replaced, "" where none is encoded
    successor: str
    note_zh: str
    note_en: str

    def title(self, lang: Language = "zh") -> str:
        return self.title_zh if lang == "zh" else self.title_en

    def note(self, lang: Language = "zh") -> str:
        return self.note_zh if lang == "zh" else self.note_en

    def in_force(self, at: date) -> bool:
        return _holds(self.effective_from, self.effective_to, at)


class UnknownList(ValueError):
    """No list has this key."""

    def __init__(self, key: str, nearest: tuple[str, ...]) -> None:
        self.key, self.nearest = key, nearest
        super().__init__(f"no code list has the key {key!r}; nearest: {', '.join(nearest) or 'none'}")


class UnknownCode(ValueError):
    """The list has no such code. `nearest` are the entries closest in code or name, nearest first."""

    def __init__(self, list_key: str, code: str, nearest: tuple[Entry, ...], reason: str = "") -> None:
        self.list_key, self.code, self.nearest = list_key, code, nearest
        told = ", ".join(f"{e.code} {e.name_zh} ({e.name_en})" for e in nearest)
        what = reason or f"{list_key} has no code {code!r}"
        super().__init__(f"{what}; nearest: {told}" if told else what)


class NotInForce(ValueError):
    """The list or entry does not hold on the day asked for; `instead` is the key of the list that does, or ""."""

    def __init__(self, what: str, at: date, first: date | None, last: date | None, instead: str) -> None:
        self.at, self.instead = at, instead
        holds = f"in force from {first or 'an unknown day'} to {last or 'now'}"
        way_out = f"; on that day use {instead}" if instead else ""
        super().__init__(f"{what} is not in force on {at} ({holds}){way_out}")


class OutOfScale(ValueError):
    """A number that the method's scale or the rule's range doesn't have."""

    def __init__(self, field_name: str, value: object, allowed: str) -> None:
        self.field_name, self.value = field_name, value
        super().__init__(f"{field_name} = {value} is not allowed: {allowed}")
