"""The decision table that gives a warning its tier: rules as data, read from YAML, the first that holds decides."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Colour = Literal["red", "orange", "yellow", "blue"]


class TierError(ValueError):
    """A decision table that cannot be used; the message names the rule, the field and what is wrong."""


class Rule(BaseModel):
    """One row of the table; a condition that is left out always holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = Field(pattern=r"^[A-Z][0-9]+$")
    colour: tuple[Colour, ...] = Field(min_length=1)
    probability: float = Field(0.0, ge=0, le=1)
    fresh_days: int | None = Field(None, ge=0)
    trend: float | None = None
    tier: Literal["high", "medium", "low"]
    due_days: int = Field(ge=0)

    def holds(self, colour: str, probability: float, age_days: int | None, trend: float) -> bool:
        """Whether every condition of the row holds."""
        return (
            colour in self.colour
            and probability >= self.probability
            and (self.fresh_days is None or (age_days is not None and age_days <= self.fresh_days))
            and (self.trend is None or trend >= self.trend)
        )


class TierTable(BaseModel):
    """Rules for hazard points and for profiles, in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urn: str
    version: str
    points: tuple[Rule, ...]
    profiles: tuple[Rule, ...]

    def for_point(self, colour: str, probability: float, age_days: int | None) -> Rule | None:
        """The rule that tiers a hazard point; None where nobody needs to be warned."""
        return next((r for r in self.points if r.holds(colour, probability, age_days, 0.0)), None)

    def for_profile(self, colour: str, trend: float) -> Rule | None:
        """The rule that tiers a profile; None where nobody needs to be warned."""
        return next((r for r in self.profiles if r.holds(colour, 1.0, None, trend)), None)


def read_table(text: str) -> TierTable:
    """Parse a table from YAML. Raises TierError naming the rule and the field."""
    try:
        table = TierTable.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise TierError(f"the tier table is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TierError(f"tier table, {where}: {first['msg']} (given: {first['input']!r})") from error
    names = [r.rule for r in (*table.points, *table.profiles)]
    for name in names:
        if names.count(name) > 1:
            raise TierError(f"tier table: rule {name} stands twice; give each rule its own name")
    return table


@cache
def default_table() -> TierTable:
    """The table that ships with the package."""
    return read_table(resources.files("yufang.warning").joinpath("tiers.yaml").read_text("utf-8"))
