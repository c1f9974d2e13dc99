"""The colour of a profile by rules as data: read from YAML, the first rule that holds decides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Colour = Literal["red", "orange", "yellow", "blue"]


class ColourError(ValueError):
    """A table of colour rules that can't be used; names the rule, the field and what is wrong."""


class ColourRule(BaseModel):
    """One row; a condition that is left out always holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = Field(pattern=r"^[A-Z][0-9]+$")
    colour: Colour
    score: float = Field(default=0.0, ge=0, le=100)
    deaths_12m: float = Field(default=0.0, ge=0)
    injuries_12m: float = Field(default=0.0, ge=0)
    unmended: float = Field(default=0.0, ge=0)

    def holds(self, score: float, deaths: float, injuries: float, unmended: float) -> bool:
        """Whether every condition holds."""
        return (
            score >= self.score
            and deaths >= self.deaths_12m
            and injuries >= self.injuries_12m
            and unmended >= self.unmended
        )


class ColourTable(BaseModel):
    """Rules in order; the last holds always, so that every profile has a colour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urn: str
    version: str
    rules: tuple[ColourRule, ...] = Field(min_length=1)

    def decide(self, score: float, deaths: float, injuries: float = 0.0, unmended: float = 0.0) -> ColourRule:
        """The rule that gives the colour."""
        return next(r for r in self.rules if r.holds(score, deaths, injuries, unmended))


def read_colours(text: str) -> ColourTable:
    """Parse a table from YAML. Raises ColourError naming the rule and the field."""
    try:
        table = ColourTable.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ColourError(f"the colour table is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ColourError(f"colour table, {where}: {first['msg']} (given: {first['input']!r})") from error
    names = [r.rule for r in table.rules]
    for name in names:
        if names.count(name) > 1:
            raise ColourError(f"colour table: rule {name} stands twice; give each rule its own name")
    if not table.rules[-1].holds(0, 0, 0, 0):
        raise ColourError(f"colour table: the last rule, {names[-1]}, must hold always, so that each has a colour")
    return table


@cache
def default_colours() -> ColourTable:
    """The table that ships with the package."""
    return read_colours(resources.files("yufang.profiles").joinpath("colours.yaml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class ColourBands:
    """Least score of red, orange and yellow; a death within the last year is at least orange."""

    red: float = 97.0
    orange: float = 90.0
    yellow: float = 70.0

    def __post_init__(self) -> None:
        if not 0 <= self.yellow <= self.orange <= self.red <= 100:
            raise ValueError("colour bands must rise from yellow through orange to red within 0-100")

    def table(self) -> ColourTable:
        """The same as rules."""
        return ColourTable(
            urn="urn:yufang:profiles:colours:bands",
            version="1",
            rules=(
                ColourRule(rule="B1", colour="red", score=self.red),
                ColourRule(rule="B2", colour="orange", score=self.orange),
                ColourRule(rule="B3", colour="orange", deaths_12m=1),
                ColourRule(rule="B4", colour="yellow", score=self.yellow),
                ColourRule(rule="B5", colour="blue"),
            ),
        )
