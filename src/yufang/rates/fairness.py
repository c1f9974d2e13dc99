"""Who pays for whom: the pool by class, sector and size, and the table tried on a year it didn't know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from yufang.rates.contracts import Backtest, Band, Decile, Insured
from yufang.rates.panel import Floats
from yufang.rates.pool import InsuredYear
from yufang.rates.rating import Rated, rate_pool
from yufang.rates.tables import RuleTable, known_industry
from yufang.standards.catalogue import code_list
from yufang.standards.industries import INDUSTRIES, industry

# Sizes by staff as the statistics office draws them for industry (统计上大中小微型企业划分办法(2017)).
SIZES = (
    ("micro", 20, "微型(<20人)", "micro (<20)"),
    ("small", 300, "小型(20–299人)", "small (20–299)"),
    ("medium", 1000, "中型(300–999人)", "medium (300–999)"),
    ("large", None, "大型(≥1000人)", "large (≥1000)"),
)
TENTHS = 10
LEAST_ENTERPRISES = 50  # fewer fill no tenths that say anything


def bands(rated: Sequence[Rated], rates: Floats) -> dict[str, tuple[Band, ...]]:
    """`by_class`, `by_sector`, `by_size` of the pool at proposed `rates` in per cent (n,)."""

    def cut(
        key: Callable[[Rated], str], names: Callable[[str], tuple[str, str]], order: Sequence[str]
    ) -> tuple[Band, ...]:
        keys = [key(r) for r in rated]
        present = set(keys)
        return tuple(_band(k, names(k), rated, rates, [x == k for x in keys]) for k in order if k in present)

    sections = [e.code for e in code_list(INDUSTRIES) if not e.parent]
    sizes = {key: (zh, en) for key, _, zh, en in SIZES} | {"": ("人数未知", "staff unknown")}
    return {
        "by_class": cut(lambda r: str(r.row.number), lambda k: (f"{k}类", f"Class {k}"), [str(n) for n in range(1, 9)]),
        "by_sector": cut(lambda r: known_industry(r.enterprise.industry_code).section, _section_names, sections),
        "by_size": cut(lambda r: size_of(r.enterprise.employees), lambda k: sizes[k], list(sizes)),
    }


def _section_names(code: str) -> tuple[str, str]:
    found = industry(code)
    return found.name_zh, found.name_en


def size_of(employees: int | None) -> str:
    """Key of the size by staff; "" where it is unknown."""
    if employees is None:
        return ""
    return next(key for key, below, _, _ in SIZES if below is None or employees < below)


def _band(key: str, names: tuple[str, str], rated: Sequence[Rated], rates: Floats, inside: Sequence[bool]) -> Band:
    of = [(r, float(rate)) for r, rate, mine in zip(rated, rates, inside, strict=True) if mine]
    return Band(
        key=key,
        name_zh=names[0],
        name_en=names[1],
        enterprises=len(of),
        payroll=sum(r.payroll for r, _ in of),
        premium_now=sum(r.payroll * r.current_rate_pct / 100 for r, _ in of),
        premium_proposed=sum(r.payroll * rate / 100 for r, rate in of),
        expected_benefits=sum(r.expected_benefits for r, _ in of),
    )


def backtest(
    enterprises: Sequence[Insured],
    rows: Sequence[InsuredYear],
    table: RuleTable,
    in_force: RuleTable,
    year: int,
) -> Backtest | None:
    """The table as it would have been for the last year before `year`, from the years before that. None with fewer
    than three years on record, or with too few enterprises in the tried year to say anything."""
    known = sorted({r.year for r in rows if r.year < year and r.payroll > 0})
    if len(known) < 3:
        return None
    tried = known[-1]
    pool = rate_pool(enterprises, rows, table, in_force, tried)
    actual = {r.enterprise_id: r for r in rows if r.year == tried and r.payroll > 0}
    of = [r for r in pool.rated if r.enterprise.enterprise_id in actual]
    if len(of) < LEAST_ENTERPRISES:
        return None
    payroll = np.array([actual[r.enterprise.enterprise_id].payroll for r in of])
    benefits = np.array([actual[r.enterprise.enterprise_id].benefits for r in of])
    if benefits.sum() <= 0:
        return None
    foretold = np.array([r.expected_benefits / r.payroll for r in of])
    now = payroll * np.array([r.current_rate_pct for r in of]) / 100
    proposed = payroll * np.array([r.row.base_rate_pct * r.graded.proposed / 100 for r in of]) / 100
    proposed *= now.sum() / proposed.sum()
    deciles = _deciles(foretold, payroll, now, proposed, benefits)
    lowest = deciles[0].benefits / deciles[0].payroll if deciles[0].payroll > 0 else 0.0
    highest = deciles[-1].benefits / deciles[-1].payroll if deciles[-1].payroll > 0 else 0.0
    return Backtest(
        year=tried,
        deciles=deciles,
        gini_now=gini(foretold * payroll, now, benefits),
        gini_proposed=gini(foretold * payroll, proposed, benefits),
        lift=highest / lowest if lowest > 0 else 0.0,
    )


def _deciles(foretold: Floats, payroll: Floats, now: Floats, proposed: Floats, benefits: Floats) -> tuple[Decile, ...]:
    order = np.argsort(foretold, kind="stable")
    before = np.cumsum(payroll[order]) - payroll[order] / 2
    tenth = np.minimum((before / payroll.sum() * TENTHS).astype(int), TENTHS - 1)
    found = []
    for n in range(TENTHS):
        of = order[tenth == n]
        sums: dict[str, Any] = {
            name: float(values[of].sum())
            for name, values in (
                ("payroll", payroll),
                ("premium_now", now),
                ("premium_proposed", proposed),
                ("benefits", benefits),
            )
        }
        found.append(Decile(number=n + 1, enterprises=len(of), **sums))
    return tuple(d for d in found if d.enterprises)


def gini(foretold: Floats, premium: Floats, benefits: Floats) -> float:
    """Twice the area between equality and the ordered Lorenz curve: enterprises in rising order of foretold cost over
    premium, the share of premiums across, the share of benefits up. In [-1, 1]; 0: the premium leaves nothing to
    order by."""
    order = np.argsort(foretold / np.maximum(premium, 1e-12), kind="stable")
    across = np.concatenate([[0.0], np.cumsum(premium[order]) / premium.sum()])
    up = np.concatenate([[0.0], np.cumsum(benefits[order]) / benefits.sum()])
    area = float(((across[1:] - across[:-1]) * (up[1:] + up[:-1]) / 2).sum())
    return 1 - 2 * area
