"""Noise has the distribution it claims; a budget is never overspent."""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction

import pytest
from scipy.stats import chisquare

from yufang.privacy import Spending, discrete_laplace, masked_identity, noisy_counts, pseudonym, valid_identity_number
from yufang.privacy.noise import BudgetSpent, error_bound, standard_error


@pytest.mark.parametrize("epsilon", [Fraction(1, 2), Fraction(3, 2), Fraction(1)])
def test_draws_follow_the_two_sided_geometric_law(epsilon: Fraction) -> None:
    rng = random.Random(7)
    draws = Counter(discrete_laplace(epsilon, rng.randrange) for _ in range(20_000))
    a = math.exp(-float(epsilon))
    inner = range(-3, 4)
    expected = [20_000 * (1 - a) / (1 + a) * a ** abs(x) for x in inner]
    seen = [draws[x] for x in inner]
    outside = 20_000 - sum(seen)
    assert chisquare([*seen, outside], [*expected, 20_000 - sum(expected)]).pvalue > 0.001


def test_the_ratio_of_neighbours_stays_below_e_to_the_epsilon() -> None:
    """The claim itself: outputs on n and n + 1 cases differ in likelihood by at most exp(epsilon)."""
    rng = random.Random(11)
    epsilon = Fraction(1)
    one = Counter(discrete_laplace(epsilon, rng.randrange) for _ in range(40_000))
    other = Counter(1 + discrete_laplace(epsilon, rng.randrange) for _ in range(40_000))
    for x in range(-2, 4):
        assert one[x] / other[x] == pytest.approx(math.exp(1 if x <= 0 else -1), rel=0.12)


def test_the_error_that_is_told_is_the_error() -> None:
    rng = random.Random(3)
    epsilon = Fraction(1, 4)
    noise = [discrete_laplace(epsilon, rng.randrange) for _ in range(20_000)]
    bound = error_bound(epsilon, Fraction(5, 100))
    assert sum(abs(n) > bound for n in noise) / 20_000 <= 0.055
    assert sum(abs(n) > bound - 1 for n in noise) / 20_000 > 0.045
    assert math.sqrt(sum(n * n for n in noise) / 20_000) == pytest.approx(standard_error(epsilon), rel=0.05)


def test_counts_are_never_below_zero_and_say_their_error() -> None:
    told = noisy_counts([0, 0, 3, 500], Fraction(1, 2), random.Random(1).randrange)
    assert min(told.counts) >= 0
    assert abs(told.counts[3] - 500) < 40
    assert (told.error_95, round(told.sd, 2)) == (error_bound(Fraction(1, 2), Fraction(5, 100)), 2.8)


def test_a_budget_is_spent_once() -> None:
    spending = Spending(Fraction(1)).spend(Fraction(6, 10))
    with pytest.raises(BudgetSpent) as refused:
        spending.spend(Fraction(1, 2))
    assert refused.value.left == Fraction(4, 10)
    assert spending.spend(Fraction(4, 10)).left == 0
    with pytest.raises(ValueError, match="epsilon"):
        spending.spend(Fraction(0))


@pytest.mark.parametrize(
    ("number", "valid"),
    [("11010519491231002X", True), ("110105194912310021", False), ("11010519491331002X", False), ("1101", False)],
)
def test_an_identity_number_is_known_by_its_check_character(number: str, valid: bool) -> None:
    assert valid_identity_number(number) is valid


def test_a_pseudonym_is_stable_and_a_masked_number_hides_birth_and_place() -> None:
    assert pseudonym(b"\x01" * 8) == pseudonym(b"\x01" * 8) != pseudonym(b"\x02" * 8)
    assert masked_identity("11010519491231002X") == "110*************2X"
