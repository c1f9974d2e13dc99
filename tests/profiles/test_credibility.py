"""Credibility weighs an enterprise's own record against its class."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.profiles import BuhlmannStraub, GammaPrior


def test_buhlmann_straub_matches_a_worked_example() -> None:
    # Two entities, three periods of exposure 1 each: means 1 and 3, process variances 1 and 1.
    entity = np.array([0, 0, 0, 1, 1, 1])
    rate = np.array([0.0, 1.0, 2.0, 2.0, 3.0, 4.0])
    model = BuhlmannStraub.fit(entity, rate, np.ones(6))
    # s² = 4/4 = 1; a = (3·(1-2)² + 3·(3-2)² - 1·1) / (6 - 18/6) = 5/3; Z(3) = 3 / (3 + 0.6) = 5/6
    assert model.within == pytest.approx(1.0)
    assert model.between == pytest.approx(5 / 3)
    assert model.credibility(np.array([3.0]))[0] == pytest.approx(5 / 6)
    assert model.estimate(np.array([3.0]), np.array([3.0]))[0] == pytest.approx(2 + 5 / 6)


def test_entities_that_differ_only_by_chance_get_no_credibility() -> None:
    rate = np.array([1.0, 3.0, 3.0, 1.0])
    model = BuhlmannStraub.fit(np.array([0, 0, 1, 1]), rate, np.ones(4))
    assert model.between == 0
    assert model.estimate(np.array([9.0]), np.array([4.0]))[0] == pytest.approx(model.mean)


def test_the_posterior_recovers_rates_that_are_known() -> None:
    rng = np.random.default_rng(5)
    true = rng.gamma(2.0, 0.25, 4000)  # mean 0.5, variance 0.125, strength 4
    exposure = rng.uniform(0.5, 8, 4000)
    prior = GammaPrior.fit(rng.poisson(true * exposure).astype(float), exposure)
    assert prior.mean == pytest.approx(0.5, rel=0.05)
    assert prior.strength == pytest.approx(4.0, rel=0.25)
    counts = rng.poisson(true * exposure).astype(float)
    mean, low, high, _ = prior.posterior(counts, exposure)
    assert np.mean((true >= low) & (true <= high)) == pytest.approx(0.90, abs=0.02)
    own = counts / exposure
    assert np.mean((mean - true) ** 2) < 0.7 * np.mean((own - true) ** 2)


def test_a_thin_class_leans_on_the_wider_one() -> None:
    wide = GammaPrior(0.2, 5.0)
    thin = GammaPrior.fit(np.array([0.0]), np.array([0.1]), floor=wide)
    assert thin.mean == pytest.approx(0.2, rel=0.05)
    assert thin.strength == 5.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0.01, 50)), min_size=1, max_size=30))
def test_estimates_lie_between_own_record_and_class(rows: list[tuple[int, float]]) -> None:
    counts = np.array([r[0] for r in rows], dtype=float)
    exposure = np.array([r[1] for r in rows])
    prior = GammaPrior.fit(counts, exposure)
    mean, low, high, z = prior.posterior(counts, exposure)
    own = counts / exposure
    assert np.all((mean >= np.minimum(own, prior.mean) - 1e-9) & (mean <= np.maximum(own, prior.mean) + 1e-9))
    assert np.all((low <= high) & (z >= 0) & (z <= 1))
