"""A floor under expectations: it makes the ranking truer at a bounded cost, and is chosen on earlier periods."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from yufang.profiles.pooling import choose_floor, deviance


def made(seed: int, rows: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Sparse losses: predictions know the rate but for noise, most rows have a tiny one."""
    rng = np.random.default_rng(seed)
    rate = np.exp(rng.normal(-4.5, 2.0, rows))
    loss = rng.poisson(rate) * rng.gamma(1.0, 20.0, rows)
    return 20 * rate * np.exp(rng.normal(0, 0.5, rows)), loss


def test_the_floor_makes_a_later_ranking_truer_at_a_bounded_cost() -> None:
    floor = choose_floor([made(1), made(2)])
    predicted, loss = made(3)
    pooled = floor.apply(predicted)
    assert floor.share > 0
    assert spearmanr(loss, pooled)[0] > spearmanr(loss, predicted)[0] + 0.01
    assert deviance(loss, pooled) < 1.02 * deviance(loss, predicted)


def test_what_lies_above_the_floor_is_untouched() -> None:
    floor = choose_floor([made(1)])
    predicted, _ = made(4)
    above = predicted > floor.below
    assert (floor.apply(predicted)[above] == predicted[above]).all()
    assert floor.value < floor.below


def test_without_any_tolerance_there_is_hardly_a_floor_and_without_folds_none() -> None:
    assert choose_floor([made(1)], tolerance=0.0).share <= choose_floor([made(1)]).share
    with pytest.raises(ValueError, match="none was given"):
        choose_floor([])
