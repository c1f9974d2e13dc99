"""Kinds of hazards as people on the floor name them, read from `kinds.yaml`."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

Level = Literal["low", "medium", "high", "major"]
# In the order of weight, the lightest first. Major (重大事故隐患) is never a start: a named person decides it.
LEVELS: tuple[Level, ...] = ("low", "medium", "high", "major")


class Name(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Kind(BaseModel):
    """A kind of hazard: the classes of GB/T 13861-2022 it covers, of any level, and the accident types of
    GB 6441-2025 it may end in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z_]+$")
    name: Name
    aliases: tuple[str, ...]
    gbt13861: tuple[str, ...] = Field(min_length=1)
    gb6441: tuple[str, ...] = ()
    level: Literal["low", "medium", "high"]


class KindList(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    urn: str
    version: str
    kinds: tuple[Kind, ...]


class UnknownKind(ValueError):
    """A key that no kind has; the message names those there are."""


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds in the order they are shown, `other` last."""
    text = resources.files("yufang.hazards").joinpath("kinds.yaml").read_text(encoding="utf-8")
    return KindList.model_validate(yaml.safe_load(text)).kinds


def kind(key: str) -> Kind:
    """The kind of this key. Raises `UnknownKind`."""
    found = next((k for k in kinds() if k.key == key), None)
    if found is None:
        raise UnknownKind(f"there is no kind {key!r}; use one of {', '.join(k.key for k in kinds())}")
    return found


def kind_of_accident(accident_type: str) -> str:
    """The key of the kind that may end in this accident type (GB 6441-2025); `other` where none is named."""
    return next((k.key for k in kinds() if accident_type in k.gb6441), "other")
