"""The shipped code lists: loaded on first use, looked up by code, by name in either language, and by date.

Each list is `data/<key>.csv`; `data/lists.csv` describes them all. Columns that a file leaves out come from its
list's description; columns beyond the common ones stay in `Entry.values`.
"""

from __future__ import annotations

import csv
import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from yufang.standards.model import CodeListInfo, Columns, Confidence, Entry, NotInForce, UnknownCode, UnknownList

DATA = Path(__file__).parent / "data"
_COMMON = (
    *("code", "name_zh", "name_en", "parent", "definition_zh", "definition_en", "clause", "confidence"),
    *("effective_from", "effective_to", "aliases", "also"),
)


def fold(text: str) -> str:
    """`text` as names are compared: NFKC (full width becomes half width), case folded, only letters and digits."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _fold_code(code: str) -> str:
    return unicodedata.normalize("NFKC", code).strip().casefold()


def rows(name: str) -> Iterator[dict[str, str]]:
    """Rows of `data/<name>.csv` as written."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


@lru_cache(maxsize=1)
def _infos() -> MappingProxyType[str, CodeListInfo]:
    infos = {}
    for row in rows("lists"):
        infos[row["key"]] = CodeListInfo(
            key=row["key"],
            urn=f"urn:yufang:standards:{row['key'].replace('_', '-')}",
            version=row["version"],
            title_zh=row["title_zh"],
            title_en=row["title_en"],
            standard=row["standard"],
            clause=row["clause"],
            effective_from=_day(row["effective_from"]),
            effective_to=_day(row["effective_to"]),
            licence=row["licence"],
            confidence=cast(Confidence, row["confidence"]),
            predecessor=row["predecessor"],
            successor=row["successor"],
            note_zh=row["note_zh"],
            note_en=row["note_en"],
        )
    return MappingProxyType(infos)


def _entry(info: CodeListInfo, row: dict[str, str]) -> Entry:
    get = row.get
    return Entry(
        list_key=info.key,
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        parent=get("parent") or None,
        definition_zh=get("definition_zh") or "",
        definition_en=get("definition_en") or "",
        clause=get("clause") or f"{info.standard} {info.clause}".strip(),
        effective_from=_day(get("effective_from")) or info.effective_from,
        effective_to=_day(get("effective_to")) or info.effective_to,
        confidence=cast(Confidence, get("confidence") or info.confidence),
        aliases=_parts(get("aliases")),
        also=_parts(get("also")),
        values=Columns({k: v for k, v in row.items() if k not in _COMMON}),
    )


class CodeList:
    """One list with its entries in the order of its source. Immutable; make it with `code_list`."""

    def __init__(self, info: CodeListInfo, entries: Iterable[Entry]) -> None:
        self.info = info
        self.entries = tuple(entries)
        self._by_code: dict[str, Entry] = {}
        self._by_name: dict[str, list[Entry]] = {}
        self._children: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for code in (*entry.also, entry.code):
                self._by_code[_fold_code(code)] = entry
            for name in dict.fromkeys(map(fold, (entry.name_zh, entry.name_en, *entry.aliases))):
                self._by_name.setdefault(name, []).append(entry)
            if entry.parent is not None:
                self._children.setdefault(entry.parent, []).append(entry)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __contains__(self, code: str) -> bool:
        return _fold_code(code) in self._by_code

    def get(self, code: str) -> Entry:
        """The entry of `code` (case and width don't matter). Raises `UnknownCode` with the nearest entries."""
        try:
            return self._by_code[_fold_code(code)]
        except KeyError:
            raise UnknownCode(self.info.key, code, self.nearest(code)) from None

    def find(self, name: str) -> tuple[Entry, ...]:
        """Entries whose name in either language, or an alias, is `name`; empty where there is none."""
        return tuple(self._by_name.get(fold(name), ()))

    def search(self, words: str) -> tuple[Entry, ...]:
        """Entries that hold every one of `words` in code, names, aliases or definitions; the closest first."""
        wanted = [folded for word in words.split() if (folded := fold(word))]
        if not wanted:
            return ()
        whole = fold(words)
        hits: list[tuple[int, int, Entry]] = []
        for position, entry in enumerate(self.entries):
            names = [fold(n) for n in (entry.name_zh, entry.name_en, *entry.aliases)]
            head = fold(entry.code) + " " + " ".join(names)
            if whole in names or whole == fold(entry.code):
                rank = 0
            elif all(word in head for word in wanted):
                rank = 1
            else:
                text = head + fold(entry.definition_zh) + " " + fold(entry.definition_en)
                if not all(word in text for word in wanted):
                    continue
                rank = 2
            hits.append((rank, position, entry))
        return tuple(entry for _, _, entry in sorted(hits, key=lambda hit: hit[:2]))

    def roots(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.parent is None)

    def children(self, code: str) -> tuple[Entry, ...]:
        """Entries directly under `code`. Raises `UnknownCode`."""
        return tuple(self._children.get(self.get(code).code, ()))

    def ancestors(self, code: str) -> tuple[Entry, ...]:
        """From the parent of `code` up to the root. Raises `UnknownCode`."""
        found = []
        parent = self.get(code).parent
        while parent is not None:
            above = self.get(parent)
            found.append(above)
            parent = above.parent
        return tuple(found)

    def nearest(self, code: str, count: int = 5) -> tuple[Entry, ...]:
        """Entries whose code or name is most like `code`: the way out of a typing error."""
        keys = [*self._by_code, *self._by_name]
        found: dict[str, Entry] = {}
        for word, cutoff in ((_fold_code(code), 0.6), (fold(code), 0.5)):
            for key in difflib.get_close_matches(word, keys, n=count, cutoff=cutoff):
                for entry in (self._by_code[key],) if key in self._by_code else self._by_name[key]:
                    found.setdefault(entry.code, entry)
        return tuple(found.values())[:count]


@cache
def _load(key: str) -> CodeList:
    info = _infos()[key]
    return CodeList(info, (_entry(info, row) for row in rows(key)))


def lists() -> tuple[CodeListInfo, ...]:
    """Descriptions of every list, without loading the lists."""
    return tuple(_infos().values())


def list_info(key: str) -> CodeListInfo:
    """Description of one list. Raises `UnknownList`."""
    try:
        return _infos()[key]
    except KeyError:
        raise UnknownList(key, tuple(difflib.get_close_matches(key, _infos(), n=5, cutoff=0.4))) from None


def code_list(key: str, at: date | None = None) -> CodeList:
    """The list `key`; with `at`, only the entries in force on that day.

    Raises `UnknownList`, and `NotInForce` where the whole list does not hold on that day.
    """
    info = list_info(key)
    whole = _load(key)
    if at is None:
        return whole
    if not info.in_force(at):
        early = info.effective_from is not None and at < info.effective_from
        instead = info.predecessor if early else info.successor
        raise NotInForce(key, at, info.effective_from, info.effective_to, instead)
    if all(entry.in_force(at) for entry in whole):
        return whole
    return CodeList(info, (entry for entry in whole if entry.in_force(at)))


def entry(list_key: str, code: str, at: date | None = None) -> Entry:
    """One entry. Raises `UnknownList`, `UnknownCode`, and `NotInForce` where it does not hold on day `at`."""
    found = _load(list_info(list_key).key).get(code)
    if at is not None:
        code_list(list_key, at)
        if not found.in_force(at):
            raise NotInForce(f"{list_key} {found.code}", at, found.effective_from, found.effective_to, "")
    return found


def search(words: str) -> tuple[Entry, ...]:
    """Entries of all lists that hold every one of `words`, in the order of the lists."""
    return tuple(found for info in lists() for found in _load(info.key).search(words))
