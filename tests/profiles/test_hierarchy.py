"""The ladder of industries: thin classes lean on what stands above them, weights add up."""

import numpy as np
import pytest

from yufang.profiles.hierarchy import Hierarchy

THIN = ("C", "33", "331", "3311")
RICH = ("C", "33", "332", "3321")
OTHER = ("B", "06", "061", "0610")


def made(seed: int = 1) -> tuple[list[tuple[str, ...]], np.ndarray, np.ndarray]:
    """Many classes whose true rates differ by division; one class has a single small enterprise."""
    rng = np.random.default_rng(seed)
    paths, counts, exposure = [], [], []
    for division in range(20):
        level = rng.lognormal(0, 0.8)
        for group in range(3):
            for _ in range(15):
                paths.append(("C", f"{division + 10}", f"{division + 10}{group}", f"{division + 10}{group}1"))
                exposure.append(rng.uniform(1, 8))
                counts.append(rng.poisson(level * rng.gamma(2, 0.5) * exposure[-1]))
    paths.append(("C", "10", "109", "1099"))
    counts.append(0)
    exposure.append(0.2)
    return paths, np.array(counts, float), np.array(exposure)


def test_a_thin_class_is_expected_like_its_division_not_like_the_region() -> None:
    paths, counts, exposure = made()
    ladder = Hierarchy.fit(paths, counts, exposure)
    own = np.array([p[1] == "10" for p in paths])
    division = counts[own].sum() / exposure[own].sum()
    region = counts.sum() / exposure.sum()
    thin = ladder.prior(paths[-1]).mean
    assert abs(np.log(thin / division)) < abs(np.log(thin / region))


def test_the_rungs_weigh_one_together_and_give_the_posterior_mean() -> None:
    paths, counts, exposure = made()
    ladder = Hierarchy.fit(paths, counts, exposure)
    for i in (0, 100, len(paths) - 1):
        prior = ladder.prior(paths[i])
        mean, _, _, z = prior.posterior(counts[i : i + 1], exposure[i : i + 1])
        rungs = ladder.rungs(paths[i], float(counts[i] / exposure[i]), float(z[0]))
        assert sum(r.weight for r in rungs) == pytest.approx(1.0)
        assert sum(r.weight * r.rate for r in rungs) == pytest.approx(float(mean[0]), rel=1e-9)


def test_the_ladder_foretells_new_years_better_than_the_region_alone_and_than_each_class_alone() -> None:
    rng = np.random.default_rng(7)
    paths, level = [], []
    for division in range(15):
        d = rng.lognormal(0, 0.6)
        for group in range(4):
            g = d * rng.lognormal(0, 0.2)
            for _ in range(rng.integers(1, 6)):
                paths.append(("C", f"{division + 10}", f"{division + 10}{group}", f"{division + 10}{group}1"))
                level.append(g * rng.gamma(4, 0.25))
    level_of, exposure = np.array(level), np.full(len(level), 1.5)
    counts = rng.poisson(level_of * exposure).astype(float)
    ladder = Hierarchy.fit(paths, counts, exposure)
    priors = [ladder.prior(p) for p in paths]
    told = np.array([(p.mean * p.strength + n) / (p.strength + 1.5) for p, n in zip(priors, counts, strict=True)])
    region = Hierarchy.fit([("", "", "", "")] * len(paths), counts, exposure).prior(("", "", "", ""))
    flat = (region.mean * region.strength + counts) / (region.strength + exposure)
    assert np.mean((told - level_of) ** 2) < np.mean((flat - level_of) ** 2)
    assert np.mean((told - level_of) ** 2) < np.mean((counts / exposure - level_of) ** 2)


def test_classes_that_differ_only_by_chance_are_taken_as_one() -> None:
    rng = np.random.default_rng(3)
    paths = [("C", f"{i % 30 + 10}", f"{i % 30 + 10}1", f"{i % 30 + 10}11") for i in range(900)]
    counts = rng.poisson(1.0, 900).astype(float)
    ladder = Hierarchy.fit(paths, counts, np.ones(900))
    means = {ladder.prior(p).mean for p in paths}
    assert max(means) / min(means) < 1.25


def test_a_region_without_any_injury_still_has_a_small_expectation() -> None:
    ladder = Hierarchy.fit([THIN, RICH, OTHER], np.zeros(3), np.ones(3))
    assert all(0 < ladder.prior(p).mean < 1 for p in (THIN, RICH, OTHER))
