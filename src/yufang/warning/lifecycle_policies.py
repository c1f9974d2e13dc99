"""Deadlines by tier and the rules over live facts, read from YAML.

How long each level of an escalation chain has to take an alert on is the chain's to say (`yufang.dispatch`), so the
policies read here have none; `Policy.acknowledge_within` is filled by whoever knows the chain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from yufang.warning.lifecycle import Policy, Tier
from yufang.warning.lifecycle_conditions import ConditionError, read_condition
from yufang.warning.lifecycle_signals import SignalRule

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class PolicyError(ValueError):
    """Data that can't be used; the message names the place, the value and what is expected."""


def duration(text: object) -> timedelta:
    """`90s`, `10m`, `4h`, `7d` as a timedelta. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("expected a duration such as 90s, 10m, 4h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Span = Annotated[timedelta, BeforeValidator(duration)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Policy(_Data):
    resolve_within: Span | None = None
    close_after: Span
    quiet_at_most: Span


class _Flap(_Data):
    changes: int = Field(ge=2)
    window: Span
    hold: Span


class _Signal(_Data):
    rule: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")
    tier: Tier
    title_zh: str
    title_en: str
    procedure_zh: str = ""
    procedure_en: str = ""
    source: str = ""
    when_raised: dict[str, Any] = Field(alias="raise")
    when_cleared: dict[str, Any] = Field(alias="clear")
    when_downgraded: dict[str, Any] | None = Field(None, alias="downgrade")
    lower_tier: Tier = "low"
    raise_hold: Span = timedelta()
    downgrade_hold: Span = timedelta()
    clear_hold: Span = timedelta()
    absent_after: Span | None = None
    on_absence: Literal["clear", "keep"] = "clear"
    flap: _Flap | None = None


class _File(_Data):
    urn: str
    version: str
    policies: dict[Tier, _Policy]
    signals: tuple[_Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertRules:
    """Policies by tier, and signal rules by name."""

    version: str
    policies: Mapping[str, Policy]
    signals: Mapping[str, SignalRule]


def read_rules(text: str) -> AlertRules:
    """Read policies and signal rules. Raises PolicyError naming the rule, the field and the value."""
    try:
        data = _File.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PolicyError(f"the alert rules are not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"alert rules, {where}: {first['msg']} (given: {first['input']!r})") from error
    if missing := {"high", "medium", "low"} - set(data.policies):
        raise PolicyError(f"alert rules, policies: {', '.join(sorted(missing))} missing; every tier needs one")
    signals: dict[str, SignalRule] = {}
    for signal in data.signals:
        if signal.rule in signals:
            raise PolicyError(f"alert rules: signal {signal.rule} stands twice; give each its own name")
        signals[signal.rule] = _signal(signal)
    policies: dict[str, Policy] = {tier: Policy(**dict(policy)) for tier, policy in data.policies.items()}
    return AlertRules(data.version, policies, signals)


def _signal(data: _Signal) -> SignalRule:
    values = dict(data)
    flap = values.pop("flap")
    try:
        for name in ("when_raised", "when_cleared", "when_downgraded"):
            if values[name] is not None:
                values[name] = read_condition(values[name], f"signal {data.rule}, {name.removeprefix('when_')}")
    except ConditionError as error:
        raise PolicyError(f"alert rules, {error}") from error
    if flap is not None:
        values |= {"flap_changes": flap.changes, "flap_window": flap.window, "flap_hold": flap.hold}
    return SignalRule(**values)


@cache
def default_rules() -> AlertRules:
    """The rules that ship with the package."""
    return read_rules(resources.files("yufang.warning").joinpath("lifecycle.yaml").read_text("utf-8"))
