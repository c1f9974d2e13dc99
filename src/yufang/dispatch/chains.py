"""Escalation chains as data: who hears of an alert at each level, and what happens where nobody is on duty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from yufang.dispatch.schedule import BackOff, QuietHours

Who = Literal["on_site_supervisor", "zone", "team_leader", "safety_manager", "regulator"]
NAMES: dict[str, tuple[str, str]] = {
    "on_site_supervisor": ("现场负责人", "on-site supervisor"),
    "zone": ("区域内人员", "people in the zone"),
    "team_leader": ("班组长", "team leader"),
    "safety_manager": ("安全管理员", "safety manager"),
    "regulator": ("监管人员", "regulator"),
}


class ChainError(ValueError):
    """Rules that can't be used: the message names the place, the value and what is wrong."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(_Frozen):
    """One level: who is told, of whom someone must be found, and the minutes until the next (None: the last)."""

    who: tuple[Who, ...] = Field(min_length=1)
    answers: tuple[Who, ...] = Field(min_length=1)
    minutes: int | None = Field(ge=1)

    @model_validator(mode="after")
    def _told_who_answers(self) -> Level:
        if strange := [w for w in self.answers if w not in self.who]:
            raise ValueError(f"{strange[0]} must answer but isn't told; add it to `who`")
        return self


class Chain(_Frozen):
    """The levels of one tier, and by which ways its messages go."""

    ways: Literal["all", "in_app"]
    levels: tuple[Level, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _only_the_last_has_no_deadline(self) -> Chain:
        for number, level in enumerate(self.levels):
            if (level.minutes is None) != (number == len(self.levels) - 1):
                raise ValueError(f"level {number}: every level but the last needs minutes, and the last has none")
        return self


class Rules(_Frozen):
    """All rules of dispatch: chains by tier, sameness, back-off, quiet hours, life of links."""

    urn: str
    version: str
    chains: dict[Literal["high", "medium", "low"], Chain]
    same_within_minutes: int = Field(ge=0)
    back_off: BackOff
    broken_after: int = Field(ge=1)
    quiet: QuietHours
    link_hours: int = Field(ge=1, le=24 * 14)

    def chain(self, tier: str) -> Chain:
        """The chain of `tier`; one that has none is told like a low alert."""
        return next((c for t, c in self.chains.items() if t == tier), self.chains["low"])

    def minutes(self, tier: str, level: int) -> int | None:
        """Minutes until `level` escalates to the next, None where it is the last."""
        levels = self.chain(tier).levels
        return levels[level].minutes if 0 <= level < len(levels) else None


def read_rules(text: str) -> Rules:
    """Parse rules from YAML. Raises ChainError that names the place and the value."""
    try:
        return Rules.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ChainError(f"the rules of dispatch are not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ChainError(f"rules of dispatch, {where}: {first['msg']} (given: {first['input']!r})") from error


@cache
def default_rules() -> Rules:
    """The rules that ship with the package."""
    return read_rules(resources.files("yufang.dispatch").joinpath("chains.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who is told, and as what: the first `who` of the chain that led to them."""

    person: int
    who: str
    level: int


@dataclass(frozen=True, slots=True)
class Fallen:
    """A duty that nobody held, and the level that is told instead (None: there is no further one)."""

    who: str
    level: int
    instead: int | None

    def sentence(self) -> tuple[str, str]:
        """The plain message, zh and en."""
        zh, en = NAMES[self.who]
        if self.instead is None:
            return f"当前没有{zh}值班,也没有上一级可通知。", f"No {en} is on duty, and there is no further level."
        return f"当前没有{zh}值班,已改为通知上一级。", f"No {en} is on duty; the next level is told instead."


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told at a level, and the holes that were fallen through on the way."""

    people: tuple[Recipient, ...]
    fallen: tuple[Fallen, ...]


def tell(chain: Chain, level: int, found: Mapping[str, Sequence[int]]) -> Told:
    """Who hears of an alert at `level`, where `found` gives the people of each `who` (ids, on duty now).

    Where none of those who must answer is found, the next level is told too, and so on; a person is told once.
    A level beyond the chain is the last one.
    """
    people: dict[int, Recipient] = {}
    fallen: list[Fallen] = []
    start = max(0, min(level, len(chain.levels) - 1))
    for number in range(start, len(chain.levels)):
        step = chain.levels[number]
        for who in step.who:
            for person in found.get(who, ()):
                people.setdefault(person, Recipient(person, who, number))
        if any(found.get(who) for who in step.answers):
            break
        instead = number + 1 if number + 1 < len(chain.levels) else None
        fallen.extend(Fallen(who, number, instead) for who in step.answers)
    return Told(tuple(people.values()), tuple(fallen))
