"""The battery that every coder must pass, whatever learns inside it: `check_coder(make_coder)`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from yufang.cases.coder import CodesNarratives, accepted
from yufang.cases.errors import CoderError

# Made-up lessons: three codes in three languages.
_FALLS = ("工人从脚手架上坠落", "作業員が足場から墜落した", "Worker fell from a scaffold", "高处坠落致腿部骨折")
_BURNS = ("车间起火导致烧伤", "火災により火傷を負った", "Worker was burned in a fire", "蒸汽管道泄漏造成灼烫")
_CRUSHED = ("右手被冲压机夹伤", "プレス機に手を挟まれた", "Hand was crushed in a press", "卷入传送带压伤手指")
_WHERE = ("上午", "at night", "夜勤中に", "period 3", "在二车间", "on site", "検査時", "during repair")

HARD_TEXTS = (
    "",
    " \t\r\n　",
    "\x00\x07",
    "。，、；！",
    "\ud800 lone surrogate",
    "\U0001f525\U0001f691 e\u0301 ﬁre ①㍿",
    "坠",
    "x" * 200_000,
)


def lessons() -> tuple[list[str], list[str]]:
    """Ninety-six short made-up narratives and their codes."""
    texts, labels = [], []
    for code, sentences in (("fall", _FALLS), ("fire", _BURNS), ("crush", _CRUSHED)):
        for sentence in sentences:
            for where in _WHERE:
                texts.append(f"{where} {sentence}")
                labels.append(code)
    return texts, labels


def check_coder(make_coder: Callable[[], CodesNarratives]) -> None:
    """Raise AssertionError at the first promise of the contract that the coder breaks."""
    texts, labels = lessons()
    coder = make_coder()
    assert coder.fit(texts, labels, seed=3) is coder, "fit must return the coder"
    _check_probabilities(coder, texts, labels)
    _check_cases(coder, texts)
    _check_hard_texts(coder, texts)
    _check_seed(make_coder, texts, labels)
    _check_refusals(make_coder)


def _check_probabilities(coder: CodesNarratives, texts: list[str], labels: list[str]) -> None:
    probability = coder.predict_proba(texts)
    assert coder.labels == tuple(sorted(set(labels))), "labels must be the sorted codes of the training rows"
    assert probability.shape == (len(texts), len(coder.labels)), "predict_proba must be (texts, labels)"
    assert np.isfinite(probability).all(), "probabilities must be finite"
    assert probability.min() >= 0.0, "probabilities must not be negative"
    assert np.allclose(probability.sum(axis=1), 1.0, atol=1e-4), "rows must sum to 1"
    guessed = np.array(coder.labels)[probability.argmax(axis=1)]
    assert (guessed == np.array(labels)).mean() > 0.9, "a coder must learn what a child could"
    assert coder.predict_proba([]).shape == (0, len(coder.labels)), "no texts must give no rows"


def _check_cases(coder: CodesNarratives, texts: list[str]) -> None:
    probability = coder.predict_proba(texts)
    cases = coder.predict(texts)
    assert len(cases) == len(texts), "predict must give one case a text"
    for text, row, case in zip(texts, probability, cases, strict=True):
        assert case.facet == coder.facet, "cases must name the coder's facet"
        assert abs(case.probability - float(row.max())) < 1e-4, "predict must agree with predict_proba"
        assert case.suggestions[0].probability == case.probability, "the first suggestion is the likeliest"
        falling = [s.probability for s in case.suggestions]
        assert falling == sorted(falling, reverse=True), "suggestions must fall in probability"
        stands = accepted(case.probability, case.threshold)
        assert case.code == (case.suggestions[0].code if stands else None), "below the threshold the code is None"
        assert case.model_version, "a case must name the model's version"
        for span in case.evidence:
            assert text[span.start : span.end] == span.text, "spans must be cut from the text as written"
            assert span.text.strip(), "spans must hold words"
            assert 0.0 < span.weight <= 1.0, "a span's weight is its share of the decision"


def _check_hard_texts(coder: CodesNarratives, texts: list[str]) -> None:
    hard = list(HARD_TEXTS)
    probability = coder.predict_proba(hard)
    assert np.isfinite(probability).all(), "hard texts must give finite probabilities"
    for text, case in zip(hard, coder.predict(hard), strict=True):
        assert all(text[s.start : s.end] == s.text for s in case.evidence), "spans must be cut from the text as written"
    alone = np.concatenate([coder.predict_proba([text]) for text in (*texts[:5], *hard)])
    together = coder.predict_proba([*texts[:5], *hard])
    assert np.allclose(alone, together, atol=1e-5), "a text's code must not depend on its neighbours"


def _check_seed(make_coder: Callable[[], CodesNarratives], texts: list[str], labels: list[str]) -> None:
    first = make_coder().fit(texts, labels, seed=7)
    second = make_coder().fit(texts, labels, seed=7)
    assert np.array_equal(first.predict_proba(texts), second.predict_proba(texts)), "same seed, same probabilities"
    assert first.threshold == second.threshold, "same seed, same threshold"
    assert first.predict(texts[:1])[0].model_version == second.predict(texts[:1])[0].model_version, "same version"


def _check_refusals(make_coder: Callable[[], CodesNarratives]) -> None:
    texts, labels = lessons()
    refused: dict[str, Callable[[], object]] = {
        "no rows": lambda: make_coder().fit([], []),
        "one code": lambda: make_coder().fit(texts[:40], ["fall"] * 40),
        "unequal lengths": lambda: make_coder().fit(texts, labels[:-1]),
        "empty narratives": lambda: make_coder().fit([""] * len(labels), labels),
        "predicting untrained": lambda: make_coder().predict_proba(texts),
    }
    for what, act in refused.items():
        try:
            act()
        except CoderError as error:
            way_out = error.way_out
        else:
            raise AssertionError(f"{what} must raise CoderError")
        assert way_out, f"{what}: the error must name a way out"
    lone = make_coder().fit([*texts, "触电 electric shock"], [*labels, "shock"], seed=0)
    assert "shock" in lone.labels, "a code with one row must be kept"
