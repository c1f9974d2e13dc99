"""From what people write ("JH21-110开式冲床", "fork lift") to a pack's equipment, task or material."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias, TypeVar

from yufang.packs.model import Equipment, Material, Pack, Task

_Entry = TypeVar("_Entry", Equipment, Task, Material)
# The key and all names of each entry, in the pack's order: hashable, so that answers can be remembered.
_Names: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


def match_equipment(pack: Pack, name: str) -> Equipment | None:
    """The pack's equipment that `name` means, or None where none or more than one fits equally well.

    In this order: the key or a full name or alias in either language; the longest name contained in `name`
    (English ones as whole words; of equally long ones the last, since Chinese puts the head noun last); the
    one entry of whose names `name` is at least half.
    """
    return _pick(pack.equipment, name)


def match_task(pack: Pack, name: str) -> Task | None:
    """The pack's task that `name` means; same rules as `match_equipment`."""
    return _pick(pack.tasks, name)


def match_material(pack: Pack, name: str) -> Material | None:
    """The pack's material that `name` means, also by CAS number; same rules as `match_equipment`."""
    return _pick(pack.materials, name)


def _pick(entries: Sequence[_Entry], name: str) -> _Entry | None:
    names: _Names = tuple((entry.key, _names_of(entry)) for entry in entries)
    place = _best(names, name)
    return None if place is None else entries[place]


def _names_of(entry: Equipment | Task | Material) -> tuple[str, ...]:
    names = (entry.name.zh, entry.name.en, *entry.aliases)
    return (*names, entry.cas) if isinstance(entry, Material) and entry.cas else names


@lru_cache(maxsize=4096)
def _best(names: _Names, written: str) -> int | None:
    """The place of the entry that `written` means. Pure; remembered because enterprises share names."""
    text = _fold(written)
    if len(text) < 2:
        return None
    terms = _terms(names)
    exact = [place for term, place in terms if term == text]
    if exact:
        return exact[0]
    inside = [(len(term), at, place) for term, place in terms if (at := _find(term, text)) >= 0]
    if inside:
        return max(inside, key=lambda hit: (hit[0], hit[1], -hit[2]))[2]
    around = [
        (len(text) / len(term), place) for term, place in terms if _find(text, term) >= 0 and 2 * len(text) >= len(term)
    ]
    if not around:
        return None
    top = max(share for share, _ in around)
    places = {place for share, place in around if share == top}
    return places.pop() if len(places) == 1 else None


@lru_cache(maxsize=64)
def _terms(names: _Names) -> tuple[tuple[str, int], ...]:
    folded = ((_fold(term), place) for place, (key, terms) in enumerate(names) for term in (key, *terms))
    return tuple((term, place) for term, place in folded if len(term) >= 2)


def _fold(text: str) -> str:
    """Width, case and blanks evened out: blanks go where Chinese stands beside, else they become one."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("_", " ")
    text = re.sub(r"[\s\-‐–·.,、，。()\[\]]+", " ", text).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)


def _find(term: str, text: str) -> int:
    """Where `term` last stands in `text`, or -1. An ASCII term must stand as whole words ("press" isn't in
    "compressor"), its last word may be in the plural."""
    if not term.isascii():
        return text.rfind(term)
    if term not in text:  # most terms: no pattern need be compiled for them
        return -1
    hits = [hit.start() for hit in re.finditer(rf"(?<![a-z0-9]){re.escape(term)}(?:e?s)?(?![a-z0-9])", text)]
    return hits[-1] if hits else -1
