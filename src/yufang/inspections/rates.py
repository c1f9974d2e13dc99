"""How much of a plan was looked at, and how much of what was looked at found something, by the source of the item.

Hit rate: findings by answers that applied. An item that two sources put on the plan counts for both: each is judged by
all it asked for. Shares carry the 95 % score interval of Wilson (1927). Drawn items stand apart: they say what the
platform would have missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from yufang.deduction.answers import wilson

Result = Literal["ok", "finding", "not_applicable"]
SMALLEST = 10  # answers; a rate of fewer says more about chance than about the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One item of a plan: who put it there, and what the newest valid answer was; None: nobody answered."""

    sources: tuple[str, ...]
    result: Result | None
    explore: bool = False
    chance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Items of one source. `share` and its interval None where nothing applied; `expected`: mean chance foretold."""

    key: str
    planned: int
    answered: int
    found: int
    ok: int
    not_applicable: int
    coverage: float | None
    share: float | None
    low: float
    high: float
    expected: float | None
    small: bool


def rate(key: str, outcomes: Iterable[Outcome]) -> Rate:
    """Coverage and hit rate of some items."""
    listed = list(outcomes)
    count = {kind: sum(one.result == kind for one in listed) for kind in ("finding", "ok", "not_applicable")}
    asked, answered = count["finding"] + count["ok"], sum(count.values())
    low, high = wilson(count["finding"], asked)
    foretold = [one.chance for one in listed if one.chance is not None and one.result in ("finding", "ok")]
    return Rate(
        key=key,
        planned=len(listed),
        answered=answered,
        found=count["finding"],
        ok=count["ok"],
        not_applicable=count["not_applicable"],
        coverage=answered / len(listed) if listed else None,
        share=count["finding"] / asked if asked else None,
        low=low,
        high=high,
        expected=sum(foretold) / len(foretold) if foretold else None,
        small=asked < SMALLEST,
    )


def rates(outcomes: Iterable[Outcome]) -> tuple[Rate, ...]:
    """All items together (`all`), each source that put any on a plan, and the drawn ones (`explore`)."""
    listed = list(outcomes)
    sources = sorted({source for one in listed for source in one.sources})
    return (
        rate("all", listed),
        *(rate(source, (one for one in listed if source in one.sources and not one.explore)) for source in sources),
        *((rate("explore", drawn),) if (drawn := [one for one in listed if one.explore]) else ()),
    )
