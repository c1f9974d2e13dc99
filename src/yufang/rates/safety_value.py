"""What safety is worth to an enterprise: expected yearly loss now and after each measure, in money and in people.

Monte Carlo over what is uncertain (the rate of injuries, unit costs, effects, costs of measures), by a fixed seed; the
same draws serve all measures, so that differences between them are not noise. See docs/algorithms/safety-value.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from yufang.rates.errors import RateError
from yufang.rates.panel import Floats
from yufang.rates.unit_costs import OUTCOMES, MeasureCost, Three, UnitCosts, default_costs

if TYPE_CHECKING:  # the deduction brings the whole analysis along
    from yufang.deduction.contracts import HazardPoint

DRAWS = 4_000
Z90 = 1.6448536269514722  # half width of a 5-95 % interval in standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlMeasure:
    """A control measure; `level` is its place in the hierarchy of controls (`unit_costs.LEVELS`)."""

    level: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAtRisk:
    """What this room needs of a hazard point: `likelihood` and `exposure` are those of its LEC score."""

    key: str
    title_zh: str
    title_en: str
    severity: str
    probability: float
    likelihood: float
    exposure: float
    measures: tuple[ControlMeasure, ...]

    @classmethod
    def of(cls, point: HazardPoint) -> PointAtRisk:
        """The same of a deduced point."""
        return cls(
            key=point.key,
            title_zh=point.title_zh,
            title_en=point.title_en,
            severity=point.severity,
            probability=point.probability,
            likelihood=point.lec.likelihood,
            exposure=point.lec.exposure,
            measures=tuple(ControlMeasure(level=m.level, text_zh=m.text_zh, text_en=m.text_en) for m in point.measures),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Mean, 5 % and 95 % quantile over the draws."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LossNow:
    """A year as it is expected now: yuan in all, what the employer and what the fund bears of it, and people."""

    yuan: Range
    employer_yuan: Range
    fund_yuan: Range
    injuries: Range
    serious: Range
    deaths: Range


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureValue:
    """A measure and what it brings, ranked by `net_yuan` (present value of savings less costs over its life,
    society's view).

    `points` are the keys of the hazard points it cuts; `effect` the share of their injuries it takes away. Savings
    are yuan a year, `prevented_*` people a year. `payback_years`: from the savings of all, None where it never pays
    back at the mean; `employer_payback_years` from the employer's own savings alone. `pays` is the share of draws in
    which savings outweigh costs over its life. `own_cost`: the cost was given, not the table's.
    """

    key: str
    rank: int
    level: str
    text_zh: str
    text_en: str
    points: tuple[str, ...]
    titles_zh: tuple[str, ...]
    titles_en: tuple[str, ...]
    effect: Range
    once_yuan: Range
    yearly_yuan: Range
    years: int
    saved_yuan: Range
    employer_saved_yuan: Range
    prevented_injuries: Range
    prevented_serious: Range
    prevented_deaths: Range
    loss_after_yuan: Range
    net_yuan: Range
    payback_years: float | None
    employer_payback_years: float | None
    pays: float
    own_cost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyValue:
    """An enterprise's loss now, its measures by value, and all measures that pay taken together."""

    now: LossNow
    measures: tuple[MeasureValue, ...]
    together_keys: tuple[str, ...]
    together_loss_yuan: Range
    together_saved_yuan: Range
    together_prevented_injuries: Range
    together_prevented_deaths: Range
    together_once_yuan: Range
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Draws:
    """Arrays over draws: injuries a year, shares of points (draws, points), cost of an outcome by payer (draws, 3)."""

    injuries: Floats
    covered: Floats
    fund: Floats
    employer: Floats


def safety_value(
    points: Sequence[PointAtRisk],
    *,
    expected_injuries: float,
    low: float,
    high: float,
    own_costs: Mapping[str, MeasureCost] | None = None,
    costs: UnitCosts | None = None,
    seed: int = 0,
) -> SafetyValue:
    """Value of each measure of `points` for an enterprise with `expected_injuries` a year (5 % `low`, 95 % `high`).

    `own_costs`: measure key → its real cost. Points split the injuries that they stand for in proportion to
    probability × likelihood × exposure. Raises RateError for a negative or disordered expectation and for an unknown
    measure in `own_costs`.
    """
    if not 0 <= low <= expected_injuries <= high:
        raise RateError(
            (
                f"预期工伤 {expected_injuries:g}(区间 {low:g}–{high:g})不合理",
                "应满足 0 ≤ 低 ≤ 预期 ≤ 高；请重新计算风险画像",
            ),
            (
                f"expected injuries {expected_injuries:g} with the interval {low:g}-{high:g} can't be",
                "0 ≤ low ≤ expected ≤ high must hold; compute the risk profile anew",
            ),
            "expected_injuries",
        )
    costs, own_costs = costs or default_costs(), own_costs or {}
    rng = np.random.default_rng(seed)
    draws = _draw(rng, costs, expected_injuries, low, high)
    share = _shares(points)
    mix = np.array([costs.outcome_of_severity.get(p.severity, costs.outcome_elsewhere) for p in points]).reshape(-1, 3)
    # people by outcome from each point (draws, points, 3), and from elsewhere (draws, 3)
    at_points = (draws.injuries * draws.covered)[:, None, None] * share[None, :, None] * mix[None, :, :]
    uncovered = 1 - draws.covered if len(points) else np.ones(DRAWS)
    elsewhere = (draws.injuries * uncovered)[:, None] * np.array(costs.outcome_elsewhere)[None, :]
    people = at_points.sum(1) + elsewhere
    measures = _measures(points)
    strange = own_costs.keys() - measures.keys()
    if strange:
        name = sorted(strange)[0]
        raise RateError(
            (f"没有编号为“{name}”的措施", "刷新页面，从列出的措施中选择"),
            (f"there is no measure {name!r}", "reload the page and choose one that is listed"),
            "measure",
        )
    found, cut = _value_all(points, measures, at_points, people, draws, rng, costs, own_costs)
    now_fund, now_employer = (people * draws.fund).sum(1), (people * draws.employer).sum(1)
    now = LossNow(
        yuan=_range(now_fund + now_employer),
        employer_yuan=_range(now_employer),
        fund_yuan=_range(now_fund),
        injuries=_range(people.sum(1)),
        serious=_range(people[:, 1]),
        deaths=_range(people[:, 2]),
    )
    return _together(now, now_fund + now_employer, found, cut, at_points, draws, seed)


def _draw(rng: np.random.Generator, costs: UnitCosts, mean: float, low: float, high: float) -> _Draws:
    spread = max((high - low) / (2 * Z90), 1e-9)
    shape = (mean / spread) ** 2 if mean > 0 else 0.0
    injuries = rng.gamma(shape, mean / shape, DRAWS) if shape > 0 else np.zeros(DRAWS)
    covered = _triangle(rng, costs.covered)
    by_payer = {payer: np.zeros((DRAWS, 3)) for payer in ("fund", "employer")}
    for item in costs.items:
        by_payer[item.payer][:, OUTCOMES.index(item.outcome)] += _triangle(rng, item.yuan)
    return _Draws(injuries, covered, by_payer["fund"], by_payer["employer"])


def _triangle(rng: np.random.Generator, three: Three) -> Floats:
    if three[0] == three[2]:
        return np.full(DRAWS, three[0])
    return rng.triangular(*three, DRAWS)


def _shares(points: Sequence[PointAtRisk]) -> Floats:
    """Each point's share of the injuries that all points stand for."""
    weight = np.array([p.probability * p.likelihood * p.exposure for p in points])
    return weight / weight.sum() if len(points) and weight.sum() > 0 else np.full(len(points), 1 / max(len(points), 1))


def _measures(points: Sequence[PointAtRisk]) -> dict[str, list[tuple[int, str, str, str]]]:
    """Measure key → (point, level, zh, en): the same words at several points are one measure."""
    found: dict[str, list[tuple[int, str, str, str]]] = {}
    keys: dict[tuple[str, str], str] = {}
    for i, point in enumerate(points):
        for n, measure in enumerate(point.measures):
            words = (measure.level, measure.text_zh)
            key = keys.setdefault(words, f"{point.key}#{n}")
            found.setdefault(key, []).append((i, measure.level, measure.text_zh, measure.text_en))
    return found


def _value_all(
    points: Sequence[PointAtRisk],
    measures: Mapping[str, list[tuple[int, str, str, str]]],
    at_points: Floats,
    people: Floats,
    draws: _Draws,
    rng: np.random.Generator,
    costs: UnitCosts,
    own_costs: Mapping[str, MeasureCost],
) -> tuple[list[MeasureValue], dict[str, tuple[list[int], Floats, Floats]]]:
    """All measures, best first, and of each: its points, its drawn effect, its drawn first cost."""
    unit = draws.fund + draws.employer
    total = (people * unit).sum(1)
    found, cut = [], {}
    for key, places in measures.items():
        level, text_zh, text_en = places[0][1:]
        at = [i for i, *_ in places]
        effect = _triangle(rng, costs.effect.get(level, costs.effect["administrative"]))
        price = own_costs.get(key) or costs.cost.get(level, costs.cost["administrative"])
        once, yearly = _triangle(rng, price.once), _triangle(rng, price.yearly)
        gone = at_points[:, at, :].sum(1) * effect[:, None]
        saved, employer = (gone * unit).sum(1), (gone * draws.employer).sum(1)
        worth = sum((1 + costs.discount) ** -t for t in range(1, price.years + 1))
        net = (saved - yearly) * worth - once
        cut[key] = (at, effect, once)
        found.append(
            MeasureValue(
                key=key,
                rank=0,
                level=level,
                text_zh=text_zh,
                text_en=text_en,
                points=tuple(points[i].key for i in at),
                titles_zh=tuple(points[i].title_zh for i in at),
                titles_en=tuple(points[i].title_en for i in at),
                effect=_range(effect),
                once_yuan=_range(once),
                yearly_yuan=_range(yearly),
                years=price.years,
                saved_yuan=_range(saved),
                employer_saved_yuan=_range(employer),
                prevented_injuries=_range(gone.sum(1)),
                prevented_serious=_range(gone[:, 1]),
                prevented_deaths=_range(gone[:, 2]),
                loss_after_yuan=_range(total - saved),
                net_yuan=_range(net),
                payback_years=_payback(once, saved - yearly, price.years),
                employer_payback_years=_payback(once, employer - yearly, price.years),
                pays=float((net > 0).mean()),
                own_cost=key in own_costs,
            )
        )
    found.sort(key=lambda m: (-m.net_yuan.mean, m.key))
    return [_ranked(m, n) for n, m in enumerate(found, 1)], cut


def _ranked(measure: MeasureValue, rank: int) -> MeasureValue:
    return replace(measure, rank=rank)


def _payback(once: Floats, yearly: Floats, years: int) -> float | None:
    """Years until the mean yearly gain has paid the mean first cost; None where the measure doesn't last that long."""
    gain = float(yearly.mean())
    return float(once.mean()) / gain if gain > 0 and once.mean() <= gain * years else None


def _together(
    now: LossNow,
    total: Floats,
    found: Sequence[MeasureValue],
    cut: Mapping[str, tuple[list[int], Floats, Floats]],
    at_points: Floats,
    draws: _Draws,
    seed: int,
) -> SafetyValue:
    """All measures that pay at the mean, at once: what one has taken away no other takes away again."""
    keys = tuple(m.key for m in found if m.net_yuan.mean > 0)
    left, once = np.ones(at_points.shape[:2]), np.zeros(DRAWS)
    for key in keys:
        at, effect, price = cut[key]
        left[:, at] *= (1 - effect)[:, None]
        once += price
    gone = (at_points * (1 - left)[:, :, None]).sum(1)
    saved = (gone * (draws.fund + draws.employer)).sum(1)
    return SafetyValue(
        now=now,
        measures=tuple(found),
        together_keys=keys,
        together_loss_yuan=_range(total - saved),
        together_saved_yuan=_range(saved),
        together_prevented_injuries=_range(gone.sum(1)),
        together_prevented_deaths=_range(gone[:, 2]),
        together_once_yuan=_range(once),
        draws=DRAWS,
        seed=seed,
    )


def _range(values: Floats) -> Range:
    low, high = np.quantile(values, (0.05, 0.95))
    return Range(mean=float(values.mean()), low=float(low), high=float(high))
