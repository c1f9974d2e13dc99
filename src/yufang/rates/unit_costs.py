"""Documented unit costs and effects for `safety_value`, read from YAML and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from yufang.rates.yaml_places import Place, parse_yaml

OUTCOMES = ("minor", "serious", "fatal")
LEVELS = ("eliminate", "substitute", "engineering", "administrative", "ppe")
SEVERITIES = ("minor", "serious", "fatal", "multi_fatal")
Three = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostItem:
    """One cost of an outcome: low, likely, high in yuan; `payer`: fund | employer; `status`: law | judgement."""

    outcome: str
    item_zh: str
    item_en: str
    payer: str
    yuan: Three
    status: str
    why_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureCost:
    """What a measure costs: yuan once, yuan a year, and the years it lasts."""

    once: Three
    yearly: Three
    years: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCosts:
    """Everything `safety_value` takes as given; see data/unit_costs.yaml for meaning and sources."""

    items: tuple[CostItem, ...]
    outcome_of_severity: Mapping[str, Three]
    outcome_elsewhere: Three
    covered: Three
    effect: Mapping[str, Three]
    cost: Mapping[str, MeasureCost]
    discount: float
    sources: Mapping[str, str]


@lru_cache(maxsize=1)
def default_costs() -> UnitCosts:
    """The figures that ship with the platform."""
    return read_costs(resources.files("yufang.rates").joinpath("data", "unit_costs.yaml").read_text("utf-8"))


def read_costs(text: str, name: str = "unit_costs.yaml") -> UnitCosts:
    """Read a table of unit costs (YAML). Raises RateError naming the place, the value and the rule."""
    place = Place(name, parse_yaml(text, name))
    keys = {"currency", "sources", "outcomes", "outcome_of_severity", "outcome_elsewhere", "covered", "effect", "cost"}
    place.mapping(keys | {"discount"})
    items = []
    for outcome in OUTCOMES:
        for item in place.get("outcomes").get(outcome).get("costs").items():
            item.mapping({"item_zh", "item_en", "payer", "yuan", "status", "why_en"})
            payer = item.get("payer")
            if payer.text() not in ("fund", "employer"):
                payer.refuse("应是 fund 或 employer", "should be fund or employer")
            items.append(
                CostItem(
                    outcome=outcome,
                    item_zh=item.get("item_zh").text(),
                    item_en=item.get("item_en").text(),
                    payer=payer.text(),
                    yuan=three(item.get("yuan"), 1e9),
                    status=item.get("status").text(),
                    why_en=item.get("why_en").text(),
                )
            )
    return UnitCosts(
        items=tuple(items),
        outcome_of_severity={s: _shares(place.get("outcome_of_severity").get(s)) for s in SEVERITIES},
        outcome_elsewhere=_shares(place.get("outcome_elsewhere")),
        covered=three(place.get("covered"), 1),
        effect={level: three(place.get("effect").get(level), 1) for level in LEVELS},
        cost={level: _cost(place.get("cost").get(level)) for level in LEVELS},
        discount=place.get("discount").number(0, 1),
        sources=dict(place.get("sources").body),
    )


def three(place: Place, most: float) -> Three:
    """Low, likely and high, rising, from 0 to `most`. Raises RateError."""
    values = [v.number(0, most) for v in place.items()]
    if len(values) != 3 or values != sorted(values):
        place.refuse("应是由低到高的三个数：低、可能、高", "should be three rising numbers: low, likely, high")
    return values[0], values[1], values[2]


def _shares(place: Place) -> Three:
    values = [v.number(0, 1) for v in place.items()]
    if len(values) != 3 or abs(sum(values) - 1) > 1e-9:
        place.refuse("应是合计为 1 的三个份额", "should be three shares that sum to 1")
    return values[0], values[1], values[2]


def _cost(place: Place) -> MeasureCost:
    place.mapping({"once", "yearly", "years"})
    return MeasureCost(
        once=three(place.get("once"), 1e10),
        yearly=three(place.get("yearly"), 1e10),
        years=place.get("years").whole(1, 50),
    )
