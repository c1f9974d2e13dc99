"""Tables of points and rewards: YAML by effective date, each rule with its owner and source."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from yufang.participation.contracts import Level, ParticipationError, What

_HERE = "yufang.participation"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Strict):
    """Points of one kind of act, and the usual span of a reward in yuan that a person may approve."""

    key: str = Field(pattern=r"^[a-z_]+$")
    what: What
    level: Literal["general", "major", "any"]
    points: int = Field(ge=0, le=1000)
    yuan: tuple[int, int]
    name_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)

    @model_validator(mode="after")
    def _span(self) -> Rule:
        low, high = self.yuan
        if not 0 <= low <= high:
            raise ValueError("yuan is [low, high] with 0 <= low <= high")
        return self

    def fits(self, what: What, level: Level) -> bool:
        """Whether the rule speaks of such an act."""
        return self.what == what and self.level in (level, "any")


class RuleTable(_Strict):
    """The rules in force from `effective_from` until a later table's date.

    `first_share`: what the first of several reporters of one hazard gets; the others share the rest evenly.
    `most_counted_month` acts and `most_points_month` points a person and month count: quantity alone earns nothing.
    """

    effective_from: date
    version: str
    owner_zh: str = Field(min_length=1)
    owner_en: str = Field(min_length=1)
    source_zh: str = Field(min_length=1)
    source_en: str = Field(min_length=1)
    source_verified: bool
    first_share: float = Field(gt=0, le=1)
    most_points_month: int = Field(gt=0)
    most_counted_month: int = Field(gt=0)
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> RuleTable:
        keys = [r.key for r in self.rules]
        twice = sorted({k for k in keys if keys.count(k) > 1})
        if twice:
            raise ValueError(f"rule {twice[0]} stands twice; give each rule its own key")
        return self

    def rule(self, what: What, level: Level) -> Rule | None:
        """The first rule that fits; None: the act earns no points."""
        return next((r for r in self.rules if r.fits(what, level)), None)


class _File(_Strict):
    urn: str
    tables: tuple[RuleTable, ...] = Field(min_length=1)


def read_tables(text: str) -> tuple[RuleTable, ...]:
    """Tables of a YAML text, oldest first. Raises ParticipationError naming the place, the value and the rule."""
    try:
        found = _File.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise ParticipationError(
            f"积分规则第 {line} 行不是合法的 YAML，请检查缩进、冒号与括号。",
            f"Line {line} of the point rules is not valid YAML; check its indentation, colons and brackets.",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        given = repr(first["input"])[:80]
        raise ParticipationError(
            f"积分规则 {where} 的值 {given} 不符合规则（{first['msg']}），请改正后重试。",
            f"Point rules, {where} is {given}: {first['msg']}; correct it and try again.",
            where,
        ) from error
    dates = [t.effective_from for t in found.tables]
    if dates != sorted(set(dates)):
        raise ParticipationError(
            "积分规则各表的生效日期应由早到晚且不重复，请改正 effective_from。",
            "The tables' dates must rise and not repeat; correct effective_from.",
            "tables",
        )
    return found.tables


@cache
def _shipped() -> tuple[RuleTable, ...]:
    return read_tables(resources.files(_HERE).joinpath("rewards.yaml").read_text("utf-8"))


def table_on(day: date, tables: tuple[RuleTable, ...] | None = None) -> RuleTable:
    """The table in force on `day`; the oldest for days before it. `tables` default to those that ship."""
    known = tables or _shipped()
    return max((t for t in known if t.effective_from <= day), key=lambda t: t.effective_from, default=known[0])
