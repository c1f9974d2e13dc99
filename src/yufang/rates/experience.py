"""Experience rating: credibility and a generalised linear model, joined as held-out years say.

`fit_experience` is the one way in. See docs/algorithms/rates.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from yufang.rates.credibility import Hierarchy, limit_outliers
from yufang.rates.glm import tweedie_rates
from yufang.rates.panel import Floats, Panel

LIMITS: tuple[float | None, ...] = (None, 2.0, 3.0, 4.0, 6.0, 8.0)  # standard deviations
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the GLM beside credibility
RIDGES = (0.004, 0.012, 0.036, 0.12)  # pull of an entity of average exposure towards its group, in units of deviance
LEAST_YEARS = 3  # fewer years can't choose: one is held out, and two are needed to see chance

# (years done, years in all)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How rates are made, and what the held-out years said of it.

    `limit`: outliers are cut at so many standard deviations, None: nowhere. `weight`: share of the GLM, the rest is
    credibility. `ridge`: the GLM's pull towards the group. `gain`: mean relative fall of the held-out years'
    weighted root mean squared error against plain credibility, in [0, 1]; `years_held_out`: how many they were (0:
    too few to choose).
    """

    limit: float | None = None
    weight: float = 0.0
    ridge: float = RIDGES[1]
    gain: float = 0.0
    years_held_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """Rates of a portfolio's entities, each (n,), as loss per unit of exposure.

    `rate` is the answer; `credibility_rate` and `glm_rate` its parts; `own` the entity's own limited mean with its
    weight `credibility` in [0, 1]; `group_rate` what its group has. `excess_share` of all losses was cut as outliers
    (in `cut` rows) and is spread over all entities in proportion to their rates, so that nothing is lost to the pool.
    """

    rate: Floats
    credibility_rate: Floats
    glm_rate: Floats
    own: Floats
    credibility: Floats
    group_rate: Floats
    choice: Choice
    excess_share: float
    cut: int


def fit_experience(panel: Panel, choice: Choice | None = None, progress: Progress = lambda *_: None) -> Experience:
    """Fit rates on `panel`. Without `choice` it is made by leaving out one year after another."""
    choice = choice or choose(panel, progress)
    cut = panel.with_rate(limit_outliers(panel, choice.limit)) if choice.limit is not None else panel
    model = Hierarchy.fit(cut)
    by_credibility = model.estimate(cut)
    by_glm = tweedie_rates(cut, choice.ridge) if choice.weight > 0 else by_credibility
    joined = (1 - choice.weight) * by_credibility + choice.weight * by_glm
    load = _load(panel, cut)
    exposure, own = cut.totals()
    return Experience(
        rate=joined * load,
        credibility_rate=by_credibility * load,
        glm_rate=by_glm * load,
        own=own,
        credibility=model.credibility(exposure),
        group_rate=model.group_mean[panel.group] * load,
        choice=choice,
        excess_share=1 - 1 / load,
        cut=int((cut.rate < panel.rate).sum()),
    )


def _load(panel: Panel, cut: Panel) -> float:
    """What rates from cut losses are multiplied by, so that they carry the whole loss."""
    kept = float((cut.exposure * cut.rate).sum())
    return float((panel.exposure * panel.rate).sum()) / kept if kept > 0 else 1.0


def choose(panel: Panel, progress: Progress = lambda *_: None) -> Choice:
    """The limit, the GLM's weight and its ridge that foretell left-out years best.

    Each year is left out in turn and foretold from all others; the measure is the mean over years of the logarithm
    of the exposure-weighted squared error, so that one catastrophic year doesn't decide alone. The limit is chosen
    first, on credibility alone. Under `LEAST_YEARS` years nothing can be chosen: plain credibility stands.
    """
    years = panel.years
    if len(years) < LEAST_YEARS:
        return Choice()
    limit_scores = np.zeros((len(years), len(LIMITS)))
    mixed_scores = np.zeros((len(years), len(RIDGES), len(WEIGHTS)))
    folds = [(panel.only(panel.year != y), panel.only(panel.year == y)) for y in years]
    for i, (rest, held) in enumerate(folds):
        for j, limit in enumerate(LIMITS):
            limit_scores[i, j] = _log_error(_credible(rest, limit), held)
    limit = LIMITS[int(limit_scores.mean(0).argmin())]
    for i, (rest, held) in enumerate(folds):
        cut = rest.with_rate(limit_outliers(rest, limit)) if limit is not None else rest
        load = _load(rest, cut)
        by_credibility = Hierarchy.fit(cut).estimate(cut) * load
        for r, ridge in enumerate(RIDGES):
            by_glm = tweedie_rates(cut, ridge) * load
            for k, weight in enumerate(WEIGHTS):
                mixed_scores[i, r, k] = _log_error((1 - weight) * by_credibility + weight * by_glm, held)
        progress(i + 1, len(years))
    r, k = divmod(int(mixed_scores.mean(0).argmin()), len(WEIGHTS))
    gain = 1 - float(np.exp((mixed_scores[:, r, k] - limit_scores[:, 0]).mean() / 2))
    return Choice(limit=limit, weight=WEIGHTS[k], ridge=RIDGES[r], gain=gain, years_held_out=len(years))


def _credible(panel: Panel, limit: float | None) -> Floats:
    cut = panel.with_rate(limit_outliers(panel, limit)) if limit is not None else panel
    return Hierarchy.fit(cut).estimate(cut) * _load(panel, cut)


def _log_error(rate: Floats, held: Panel) -> float:
    """Logarithm of the exposure-weighted mean squared error of a held-out year."""
    squares = (held.exposure * (held.rate - rate[held.entity]) ** 2).sum()
    return float(np.log(max(float(squares / held.exposure.sum()), 1e-300)))
