"""What may be supposed to be otherwise at an enterprise, and what it does to a point: the table `data/changes.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "data" / "changes.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartState:
    """A state of a part; `odds`: factor on the odds that a point of the part is confirmed."""

    key: str
    odds: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A shift pattern; `exposure`: what the packs' becomes; `human_odds`: factor where people are the cause."""

    key: str
    human_odds: float
    exposure: Mapping[str, str]
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardChange:
    """A part of an equipment in another state. `equipment`: its name as listed, or a pack's key; `part`: its key or
    name in either language, "" for every part."""

    equipment: str
    part: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that is supposed at once. Equipment, processes and materials by the names a list would hold."""

    guards: tuple[GuardChange, ...] = ()
    shift: str = ""
    add_equipment: tuple[str, ...] = ()
    drop_equipment: tuple[str, ...] = ()
    add_processes: tuple[str, ...] = ()
    drop_processes: tuple[str, ...] = ()
    add_materials: tuple[str, ...] = ()
    drop_materials: tuple[str, ...] = ()


class ChangeError(ValueError):
    """A change that can't be made: which field, which value, what is possible, in both languages."""

    def __init__(self, field: str, message_zh: str, message_en: str) -> None:
        super().__init__(message_en)
        self.field = field
        self.message_zh = message_zh
        self.message_en = message_en


@cache
def part_states() -> Mapping[str, PartState]:
    """States of a part by key."""
    return {row["key"]: PartState(**row) for row in yaml.safe_load(_FILE.read_text(encoding="utf-8"))["part_states"]}


@cache
def shifts() -> Mapping[str, Shift]:
    """Shift patterns by key."""
    return {row["key"]: Shift(**row) for row in yaml.safe_load(_FILE.read_text(encoding="utf-8"))["shifts"]}
