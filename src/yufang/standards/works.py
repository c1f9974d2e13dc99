"""Special works of hazardous-chemical enterprises (GB 30871-2022): works, levels, permit validity and limits."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from yufang.standards.catalogue import code_list
from yufang.standards.model import Confidence, OutOfScale

WORKS = "gb30871_2022_work"
LIMITS = "gb30871_2022_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialWork:
    """A work and level that needs a permit. `permit_hours` is how long one permit holds, None where no fixed time."""

    code: str
    work: str  # HOT, CSE, BLD, WAH, LFT, ELE, EXC or RDB
    name_zh: str
    name_en: str
    scope_zh: str
    scope_en: str
    permit_hours: int | None
    approver_zh: str
    approver_en: str
    clause: str
    confidence: Confidence


def special_works(at: date | None = None) -> tuple[SpecialWork, ...]:
    """The eight special works with their levels; the works without levels stand once. Raises `NotInForce`."""
    table = code_list(WORKS, at)
    return tuple(
        SpecialWork(
            code=found.code,
            work=found.parent or found.code,
            name_zh=found.name_zh,
            name_en=found.name_en,
            scope_zh=found.definition_zh,
            scope_en=found.definition_en,
            permit_hours=int(found.values["permit_hours"]) if found.values["permit_hours"] else None,
            approver_zh=found.values["approver_zh"],
            approver_en=found.values["approver_en"],
            clause=found.clause,
            confidence=found.confidence,
        )
        for found in table
        if not table.children(found.code)
    )


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt, "=": operator.eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitLimit:
    """A number that a permit work must heed.

    `kind`: `require` must hold, `forbid` stops the work where it holds, `trigger` makes a further measure due.
    `op` is `<=`, `<`, `>=`, `>`, `=`, `range` (from `value` to `upper`, both included) or `see` (no number of its
    own: `note` names the rule that gives it).
    """

    code: str
    work: str
    kind: Literal["require", "forbid", "trigger"]
    name_zh: str
    name_en: str
    op: str
    value: float | None
    upper: float | None
    unit: str
    note_zh: str
    note_en: str
    clause: str
    confidence: Confidence

    def holds(self, measured: float) -> bool:
        """True where `measured` (in `unit`) stands to the limit as `op` says. Raises `OutOfScale` for `see`."""
        if self.value is None:
            raise OutOfScale("limit", self.code, f"no number of its own: {self.note_en}")
        if self.upper is not None:
            return self.value <= measured <= self.upper
        return _COMPARE[self.op](measured, self.value)


def permit_limits(work: str) -> tuple[PermitLimit, ...]:
    """Limits of a work, by code (`HOT`, a level such as `HOT-1`) or name, with those of all works (`ALL` for these
    alone). Raises `UnknownCode`."""
    works = code_list(WORKS)
    if work.strip().upper() == "ALL":
        wanted = {"ALL"}
    else:
        named = works.find(work)
        found_work = named[0] if named else works.get(work)
        wanted = {found_work.parent or found_work.code, "ALL"}
    found_limits = []
    for found in code_list(LIMITS):
        values = found.values
        if values["work"] in wanted:
            found_limits.append(
                PermitLimit(
                    code=found.code,
                    work=values["work"],
                    kind=values["kind"],  # type: ignore[arg-type]  # a test holds the column to the three kinds
                    name_zh=found.name_zh,
                    name_en=found.name_en,
                    op=values["op"],
                    value=float(values["value"]) if values["value"] else None,
                    upper=float(values["upper"]) if values["upper"] else None,
                    unit=values["unit"],
                    note_zh=values["note_zh"],
                    note_en=values["note_en"],
                    clause=found.clause,
                    confidence=found.confidence,
                )
            )
    return tuple(found_limits)


def hot_work_gas_limit(lel_vol_pct: float) -> float:
    """Highest % vol of a combustible gas at which hot work may start, by its lower explosive limit in % vol.

    Raises `OutOfScale`. Source: GB 30871-2022 5.3.2.
    """
    if not 0 < lel_vol_pct < 100:
        raise OutOfScale("lel_vol_pct", lel_vol_pct, "above 0, under 100")
    code = "HOT-GAS-HIGH-LEL" if lel_vol_pct >= 4 else "HOT-GAS-LOW-LEL"
    return float(code_list(LIMITS).get(code).values["value"])


def lifting_level(mass_t: float) -> str:
    """Code of the lifting level for a load in tonnes. Raises `OutOfScale`. Source: GB 30871-2022 9.1."""
    if not mass_t > 0:
        raise OutOfScale("mass_t", mass_t, "above 0")
    return "LFT-1" if mass_t > 100 else "LFT-2" if mass_t >= 40 else "LFT-3"


def height_level(height_m: float, aggravated: bool = False) -> str:
    """Code of the level of work at height (`WAH-1` … `WAH-4`), one up where `aggravated` (class B circumstances).

    Raises `OutOfScale` below 2 m, where it is no work at height. Source: GB 30871-2022 8.1.
    """
    if not height_m >= 2:
        raise OutOfScale("height_m", height_m, "2 m or more; below that it is no work at height")
    level = 1 + sum(height_m > edge for edge in (5, 15, 30))
    return f"WAH-{min(4, level + aggravated)}"
