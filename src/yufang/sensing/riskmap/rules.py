"""The numbers of the risk map as data: YAML, checked, with a deployment's own values on top."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError, model_validator

from yufang.standards import COLOURS

ColourKey = Literal["red", "orange", "yellow", "blue"]


class RulesProblem(ValueError):
    """The rules can't be used; the message names the file, the field and the way out."""

    def __init__(self, where: str, told: str) -> None:
        self.zh = f"风险地图规则 {where} 有误：{told}；请改正该字段，或删除它以使用默认值。"
        super().__init__(f"risk map rules {where}: {told}; correct the field, or leave it out for the default")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Colour(_Strict):
    """A colour and the score from which on (or above which) a place has it."""

    key: ColourKey
    above: float | None = Field(default=None, ge=0)
    from_: float | None = Field(default=None, ge=0, alias="from")

    @property
    def lower(self) -> float:
        """The score where the colour begins."""
        return float(self.above if self.above is not None else self.from_ or 0.0)

    @property
    def open(self) -> bool:
        """Whether the score has to be above `lower`."""
        return self.above is not None


class Risk(_Strict):
    """Likelihood and consequence of a situation on the scales of LEC."""

    likelihood: float = Field(ge=0, le=10)
    consequence: float = Field(ge=0, le=100)


class Silence(_Strict):
    intervals: float = Field(ge=1)
    least_s: PositiveFloat


class Heat(_Strict):
    consequence: float = Field(ge=0, le=100)
    hot: float = Field(ge=0, le=10)
    hotter: float = Field(ge=0, le=10)
    stop: float = Field(ge=0, le=10)


class Wbgt(Risk):
    contact_rate_pct: Literal[25, 50, 75, 100]
    work_class: Literal[1, 2, 3, 4]


class Rain(_Strict):
    from_mm_h: PositiveFloat
    times: float = Field(ge=1, le=10)


class Lightning(Risk):
    within_km: PositiveFloat


class Weather(_Strict):
    wind_times: dict[int, float]
    heat: Heat
    wbgt: Wbgt
    rain: Rain
    lightning: Lightning


class Times(_Strict):
    times: float = Field(ge=0, le=10)


class Equipment(_Strict):
    alarm: Risk
    bypass: Risk
    maintenance: Times
    running_in_maintenance: Risk


class HazardLevels(_Strict):
    low: Risk
    medium: Risk
    high: Risk
    major: Risk
    fixed_times: float = Field(gt=0, le=1)


class Conflicts(_Strict):
    gas: Risk
    air: Risk
    wind: Risk
    blind: Risk


class People(_Strict):
    """Exposure by the number of people from which a band begins."""

    bands: dict[int, float]
    unknown: float = Field(ge=0, le=10)
    unseen: float = Field(ge=0, le=10)

    @model_validator(mode="after")
    def _begins_at_nobody(self) -> People:
        if 0 not in self.bands or min(self.bands) < 0:
            raise ValueError("bands begin at 0 people")
        return self


class Rules(_Strict):
    """Every number of the map; see rules.yaml."""

    version: str
    colours: tuple[Colour, ...]
    most_likelihood: float = Field(gt=0, le=10)
    most_times: float = Field(ge=1, le=100)
    gas_share: dict[float, float]
    near_range: float = Field(ge=0, lt=1)
    near: float = Field(ge=0, le=10)
    first_limit: float = Field(ge=0, le=10)
    second_limit: float = Field(ge=0, le=10)
    forecast: dict[float, float]
    events: dict[str, float]
    doubts: tuple[str, ...]
    consequence: dict[str, float]
    reach_m: dict[str, float]
    silent: Silence
    weather: Weather
    equipment: Equipment
    hazards: HazardLevels
    permits: dict[str, Risk]
    conflicts: Conflicts
    longest_permit_h: int = Field(gt=0, le=8760)
    people: People

    @model_validator(mode="after")
    def _four_colours(self) -> Rules:
        lowers = [colour.lower for colour in self.colours]
        if [colour.key for colour in self.colours] != [colour.key for colour in COLOURS]:
            raise ValueError("colours are red, orange, yellow, blue, in this order")
        if lowers != sorted(set(lowers), reverse=True) or lowers[-1] != 0 or self.colours[-1].open:
            raise ValueError("colours fall from red to blue, and blue begins at 0 (from: 0)")
        return self

    def level(self, score: float) -> int:
        """The level of a score: 1 (red) to 4 (blue)."""
        for number, colour in enumerate(self.colours, 1):
            if score > colour.lower or (not colour.open and score >= colour.lower):
                return number
        return len(self.colours)


def step(table: Mapping[float, float] | Mapping[int, float], value: float) -> float | None:
    """The number of the highest step that `value` reaches; None below the first."""
    reached = [bound for bound in table if value >= bound]
    return table[max(reached)] if reached else None  # type: ignore[index]  # a key of the table itself


@cache
def shipped() -> Rules:
    """The rules that ship."""
    text = (resources.files("yufang.sensing.riskmap") / "rules.yaml").read_text("utf-8")
    return Rules.model_validate(yaml.safe_load(text))


def read_rules(path: Path) -> Rules:
    """The shipped rules with what a deployment's YAML file says otherwise. Raises RulesProblem."""
    try:
        own = yaml.safe_load(path.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RulesProblem(str(path), str(error).splitlines()[0]) from error
    if not isinstance(own, dict):
        raise RulesProblem(str(path), "it has to be a mapping of names to values")
    text = (resources.files("yufang.sensing.riskmap") / "rules.yaml").read_text("utf-8")
    try:
        return Rules.model_validate(_over(yaml.safe_load(text), own))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "-"
        raise RulesProblem(str(path), f"{field}: {first['msg']}") from error


def _over(base: dict[Any, Any], own: dict[Any, Any]) -> dict[Any, Any]:
    """`base` with `own` on top, mapping by mapping; steps (mappings by numbers) are replaced as a whole."""
    merged = dict(base)
    for name, value in own.items():
        before = merged.get(name)
        both = isinstance(before, dict) and isinstance(value, dict)
        steps = both and all(isinstance(key, int | float) for key in value)
        merged[name] = _over(before, value) if both and not steps else value  # type: ignore[arg-type]
    return merged
