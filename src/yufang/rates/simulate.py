"""The whole pool under a rule table: proposals, income, the factor that keeps it, and who pays for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from yufang.rates.contracts import Insured, RateProposal, Simulation
from yufang.rates.errors import RateError
from yufang.rates.experience import Progress
from yufang.rates.fairness import backtest, bands
from yufang.rates.panel import Floats
from yufang.rates.pool import InsuredYear
from yufang.rates.rating import Rated, Unrated, rate_pool
from yufang.rates.reasons import reasons
from yufang.rates.tables import RuleTable

LEAST_FACTOR, MOST_FACTOR = 0.1, 10.0


def simulate_pool(
    enterprises: Sequence[Insured],
    rows: Iterable[InsuredYear],
    table: RuleTable,
    *,
    in_force: RuleTable | None = None,
    year: int | None = None,
    income_change: float | None = 0.0,
    progress: Progress = lambda *_: None,
) -> Simulation:
    """Simulate `year` (default: the year after the last on record) under `table`; `in_force` (default: `table`) is what
    applies now.

    `income_change` is the wanted change of the pool's income (0: neutral, 0.05: 5 % more); None leaves base rates as
    they stand. Raises RateError where nobody can be rated.
    """
    rows = tuple(rows)
    if not rows:
        raise RateError(
            ("没有缴费与支付记录，无法测算", "先上传各企业各年度的缴费工资与基金支付"),
            ("no payroll and benefits are on record, so nothing can be simulated", "load them first"),
        )
    in_force = in_force or table
    year = year or max(row.year for row in rows) + 1
    pool = rate_pool(enterprises, rows, table, in_force, year, progress=progress)
    if not pool.rated or pool.experience is None:
        first = pool.unrated[0].problem if pool.unrated else None
        why_zh, why_en = (first.zh[0], first.message) if first else ("名录为空", "the register is empty")
        raise RateError(
            (f"没有一家企业可以测算；例如：{why_zh}", first.zh[1] if first else "先导入企业名录"),
            (
                f"no enterprise can be rated; for example: {why_en}",
                first.way_out if first else "import enterprises first",
            ),
        )
    now = np.array([r.payroll * r.current_rate_pct / 100 for r in pool.rated])
    plain = _rates(pool.rated, table, 1.0)
    target = float(now.sum()) * (1 + income_change) if income_change is not None else None
    factor = 1.0 if target is None else solve_factor(pool.rated, table, target)
    rates = _rates(pool.rated, table, factor)
    payroll = np.array([r.payroll for r in pool.rated])
    income = float((payroll * rates / 100).sum())
    proposals = [_proposal(r, table, year, factor, float(rate)) for r, rate in zip(pool.rated, rates, strict=True)]
    change = np.array([p.proposed_rate_pct / p.current_rate_pct - 1 for p in proposals])
    choice = pool.experience.choice
    return Simulation(
        year=year,
        enterprises=len(proposals) + len(pool.unrated),
        rated=len(proposals),
        unrated=len(pool.unrated),
        payroll=float(payroll.sum()),
        income_now=float(now.sum()),
        income_plain=float((payroll * plain / 100).sum()),
        income_proposed=income,
        income_target=income if target is None else target,
        income_reached=target is None or abs(income / target - 1) < 1e-3,
        factor=factor,
        expected_benefits=sum(r.expected_benefits for r in pool.rated),
        capped=sum(p.capped for p in proposals),
        largest_rise_pct=max(0.0, float(change.max()) * 100),
        largest_fall_pct=max(0.0, -float(change.min()) * 100),
        moves=_moves(pool.rated),
        **bands(pool.rated, rates),
        backtest=backtest(enterprises, rows, table, in_force, year),
        method={
            "outlier_limit_sd": choice.limit,
            "glm_weight": choice.weight,
            "gain_on_held_out_years": choice.gain,
            "years_held_out": choice.years_held_out,
            "excess_share": pool.experience.excess_share,
            "rows_limited": pool.experience.cut,
        },
        proposals=(*proposals, *(_no_proposal(u, year, table) for u in pool.unrated)),
    )


def _rates(rated: Sequence[Rated], table: RuleTable, factor: float) -> Floats:
    """Rates in per cent (n,): base × factor × grade, held to the table's yearly swing."""
    wanted = np.array([r.row.base_rate_pct * r.graded.proposed / 100 for r in rated]) * factor
    now = np.array([r.current_rate_pct for r in rated])
    return np.clip(wanted, now * (1 - table.max_fall_pct / 100), now * (1 + table.max_rise_pct / 100))


def solve_factor(rated: Sequence[Rated], table: RuleTable, target: float) -> float:
    """The uniform factor on base rates under which the pool's income is `target` yuan.

    Income rises with the factor, so the root is unique where it exists; where the caps on swings keep income from
    the target, the nearest end is returned.
    """
    payroll = np.array([r.payroll for r in rated])

    def gap(factor: float) -> float:
        return float((payroll * _rates(rated, table, factor) / 100).sum()) / target - 1

    if target <= 0:
        return LEAST_FACTOR
    low, high = gap(LEAST_FACTOR), gap(MOST_FACTOR)
    if low >= 0:
        return LEAST_FACTOR
    if high <= 0:
        return MOST_FACTOR
    from scipy.optimize import brentq  # read only where a pool is simulated

    return float(brentq(gap, LEAST_FACTOR, MOST_FACTOR, xtol=1e-9))


def _moves(rated: Sequence[Rated]) -> tuple[tuple[int, int], ...]:
    counts = Counter(r.row.grades_pct.index(r.graded.proposed) - r.row.grades_pct.index(r.current_grade) for r in rated)
    return tuple((steps, counts[steps]) for steps in range(min(counts), max(counts) + 1))


def _proposal(one: Rated, table: RuleTable, year: int, factor: float, rate: float) -> RateProposal:
    wanted = one.row.base_rate_pct * one.graded.proposed / 100 * factor
    capped = abs(rate - wanted) > 1e-9
    zh, en = reasons(one, table, factor=factor, capped=capped, rate=rate)
    r = one.record
    return RateProposal(
        enterprise_id=one.enterprise.enterprise_id,
        year=year,
        industry_code=one.enterprise.industry_code,
        rate_class=one.row.number,
        base_rate_pct=one.row.base_rate_pct,
        factor=factor,
        payroll=one.payroll,
        window_years=r.years,
        injuries=r.injuries,
        deaths=r.deaths,
        diseases=r.diseases,
        benefits=r.benefits,
        expected_benefits=one.expected_benefits,
        experience=r.experience,
        own_experience=one.own_experience,
        credibility=one.credibility,
        current_grade=one.current_grade,
        indicated_grade=one.graded.indicated,
        proposed_grade=one.graded.proposed,
        current_rate_pct=one.current_rate_pct,
        proposed_rate_pct=rate,
        premium_now=one.payroll * one.current_rate_pct / 100,
        premium_proposed=one.payroll * rate / 100,
        capped=capped,
        guards=one.graded.guards,
        reasons_zh=zh,
        reasons_en=en,
    )


def _no_proposal(one: Unrated, year: int, table: RuleTable) -> RateProposal:
    """Nothing is proposed, and what is known stays with the reason."""
    problem, window = one.problem, [r for r in one.rows if r.year >= year - table.window_years]
    return RateProposal(
        enterprise_id=one.enterprise.enterprise_id,
        year=year,
        industry_code=one.enterprise.industry_code,
        rate_class=0,
        base_rate_pct=0.0,
        factor=1.0,
        payroll=max(window, key=lambda r: r.year).payroll if window else 0.0,
        window_years=len(window),
        injuries=sum(r.injuries for r in window),
        deaths=sum(r.deaths for r in window),
        diseases=sum(r.diseases for r in window),
        benefits=sum(r.benefits for r in window),
        expected_benefits=0.0,
        experience=0.0,
        own_experience=0.0,
        credibility=0.0,
        current_grade=0,
        indicated_grade=0,
        proposed_grade=0,
        current_rate_pct=0.0,
        proposed_rate_pct=0.0,
        premium_now=0.0,
        premium_proposed=0.0,
        capped=False,
        guards=(),
        reasons_zh=(),
        reasons_en=(),
        problem_zh=f"{problem.zh[0]}。{problem.zh[1]}。",
        problem_en=f"{problem.message}; {problem.way_out}.",
        problem_field=problem.field,
    )
