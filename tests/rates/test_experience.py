"""Experience rating: credibility, the GLM, outliers, and the choice between them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import TweedieRegressor

from yufang.profiles.credibility import BuhlmannStraub
from yufang.rates.credibility import Hierarchy, limit_outliers
from yufang.rates.experience import Choice, choose, fit_experience
from yufang.rates.glm import tweedie_rates
from yufang.rates.panel import Panel


def made_panel(entities: int = 60, years: int = 5, seed: int = 0, groups: int = 1) -> Panel:
    rng = np.random.default_rng(seed)
    entity, year = np.repeat(np.arange(entities), years), np.tile(np.arange(years), entities)
    exposure = rng.lognormal(3, 1, entities)[entity] * rng.uniform(0.9, 1.1, len(entity))
    group = np.arange(entities) % groups
    risk = 0.02 * rng.gamma(4, 0.25, entities) * (1 + group)
    loss = rng.poisson(exposure * risk[entity] * 50) / 50.0
    return Panel.of(entity, year, exposure, loss, group)


def test_with_one_group_the_hierarchy_is_buhlmann_straub() -> None:
    panel = made_panel()
    exposure, own = panel.totals()
    straub = BuhlmannStraub.fit(panel.entity, panel.rate, panel.exposure)
    assert Hierarchy.fit(panel).estimate(panel) == pytest.approx(straub.estimate(own, exposure))


def test_a_thin_entity_leans_on_its_own_group_and_not_on_all() -> None:
    panel = made_panel(80, groups=2, seed=3)
    model = Hierarchy.fit(panel)
    assert model.group_mean[1] > 1.5 * model.group_mean[0]
    assert model.credibility(np.array([0.0, 1e9])) == pytest.approx([0, 1], abs=1e-4)


@pytest.mark.parametrize("groups", [1, 4])
def test_the_glm_is_that_of_scikit_learn(groups: int) -> None:
    panel, ridge = made_panel(40, 4, seed=1, groups=groups), 0.05
    n = panel.entities
    design = sp.identity(n, format="csr")
    if groups > 1:
        member = sp.csr_matrix((np.full(n, np.sqrt(3.0)), (np.arange(n), panel.group)), shape=(n, groups))
        design = sp.hstack([design, member]).tocsr()
    scale = (panel.exposure * panel.rate).sum() / panel.exposure.sum()
    oracle = TweedieRegressor(power=1.5, alpha=ridge / n, link="log", max_iter=5000, tol=1e-10)
    oracle.fit(design[panel.entity], panel.rate / scale, sample_weight=panel.exposure)
    assert tweedie_rates(panel, ridge) == pytest.approx(oracle.predict(design) * scale, rel=1e-4)


def test_one_catastrophe_does_not_set_a_rate_and_is_not_lost_to_the_pool() -> None:
    panel = made_panel(seed=5)
    rate = panel.rate.copy()
    hit = 7 * 5 + 4
    rate[hit] = 60 * rate.mean()
    struck = panel.with_rate(rate)
    cut = limit_outliers(struck, 3.0)
    assert cut[hit] < 0.3 * rate[hit]
    assert (cut < rate).sum() < 12
    plain, limited = fit_experience(struck, Choice()), fit_experience(struck, Choice(limit=3.0))
    assert limited.rate[7] < 0.6 * plain.rate[7]
    total = float((struck.exposure * struck.rate).sum())
    kept = float((struck.exposure * cut).sum())
    assert limited.excess_share == pytest.approx(1 - kept / total)


def test_the_choice_limits_outliers_where_they_mislead_and_not_where_there_are_none() -> None:
    panel = made_panel(seed=5)
    rate = panel.rate.copy()
    rate[7 * 5 + 4] = 60 * rate.mean()
    struck = choose(panel.with_rate(rate))
    assert struck.limit is not None
    assert struck.gain > 0.05
    assert choose(panel).gain < 0.05


def test_with_two_years_nothing_can_be_chosen_and_plain_credibility_stands() -> None:
    assert choose(made_panel(years=2)) == Choice()


def test_an_entity_without_rows_has_its_groups_rate() -> None:
    full = made_panel(30, groups=2)
    found = fit_experience(full.only(full.entity != 4), Choice(weight=0.5))
    assert found.credibility[4] == 0
    assert found.credibility_rate[4] == pytest.approx(found.group_rate[4])


@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_a_negative_or_missing_payroll_is_refused_with_its_row(bad: float) -> None:
    with pytest.raises(ValueError, match=r"row 2: exposure is .*at least 0"):
        Panel.of(np.array([0, 1]), np.array([1, 1]), np.array([1.0, bad]), np.array([0.0, 0.0]))
