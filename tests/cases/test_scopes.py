"""Scopes: an industry that speaks its own way is learned apart; a thin one leans on the general model."""

from __future__ import annotations

import numpy as np
import pytest

from yufang.cases.check import lessons
from yufang.cases.coder import Coder
from yufang.cases.errors import CoderError
from yufang.cases.scopes import Scope, best_weight, fit_scope


def dialects() -> tuple[list[str], list[str], np.ndarray]:
    """Two sites that use the same words for opposite things."""
    texts, labels, site = [], [], []
    rng = np.random.default_rng(1)
    for i in range(600):
        north = i % 3 == 0
        word = ("alpha", "beta")[i % 2]
        noise = " ".join(rng.choice(["one", "two", "three", "four", "five"], 4))
        texts.append(f"{noise} {word} {i}")
        labels.append("burn" if (word == "alpha") != north else "fall")
        site.append(north)
    return texts, labels, np.array(site)


def test_a_scope_with_its_own_words_is_kept_and_codes_better() -> None:
    texts, labels, north = dialects()
    general = Coder("kind").fit(texts, labels)
    fitted = fit_scope(general, texts, labels, north, "site=north")
    report = fitted.report
    assert report.kept
    assert report.blended_accuracy > report.general_accuracy + 0.3
    assert report.weight > 0.5
    p = fitted.predict_proba(["two three alpha 999"])
    assert fitted.labels[int(p.argmax())] == "fall"
    assert p.sum() == pytest.approx(1.0, abs=1e-4)


def test_a_scope_like_the_rest_or_with_few_rows_uses_the_general_model() -> None:
    texts, labels = lessons()
    texts, labels = [f"{t} {i}" for i in range(4) for t in texts], labels * 4
    general = Coder("kind").fit(texts, labels)
    inside = np.arange(len(texts)) % 3 == 0
    alike = fit_scope(general, texts, labels, inside, "site=a")
    assert not alike.report.kept
    assert np.array_equal(alike.predict_proba(texts[:3]), general.predict_proba(texts[:3]))
    assert alike.threshold == general.threshold
    thin = fit_scope(general, texts, labels, np.arange(len(texts)) < 5, "site=b")
    assert "5 rows, 100 are needed" in thin.report.reason
    assert thin.report.general_accuracy > 0


def test_rows_that_do_not_fit_are_refused() -> None:
    texts, labels = lessons()
    general = Coder("kind").fit(texts, labels)
    with pytest.raises(CoderError, match=r"No row belongs to site=x"):
        fit_scope(general, texts, labels, np.zeros(len(texts), bool), "site=x")
    with pytest.raises(CoderError, match="general coder learned from"):
        fit_scope(general, texts[:20], labels[:20], np.ones(20, bool), "site=x")


def test_an_industry_holds_what_stands_under_it() -> None:
    scope = Scope.parse("industry=C33")
    assert scope.value == "33"
    assert scope.holds(["C3311", "3399", "34", "C", None, "bakery"]).tolist() == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert Scope.parse("industry=C").holds(["33", "A"]).tolist() == [True, False]
    assert Scope.parse("site = north").holds(["north", "south", None]).tolist() == [True, False, False]


@pytest.mark.parametrize(("written", "says"), [("industry", "not column=value"), ("industry=C99", "no industry 'C99'")])
def test_a_scope_that_means_nothing_is_refused_with_a_way_out(written: str, says: str) -> None:
    with pytest.raises(CoderError, match=says) as refused:
        Scope.parse(written)
    assert refused.value.way_out


def test_the_weight_follows_whose_probabilities_are_truer() -> None:
    truth = np.zeros(200, np.int64)
    good, bad = np.tile([0.9, 0.1], (200, 1)), np.tile([0.4, 0.6], (200, 1))
    assert best_weight(bad, good, truth) > 0.9
    assert best_weight(good, bad, truth) < 0.05
