"""Which of the five kinds (human, machine, material, method, environment) a cause is.

Logistic regression over character n-grams (words in English) and over a language's listed words (`factors` in its
patterns). It learns from texts that say their kind: the causes of the installed industry packs, the lists of
GB 6441-1986 (unsafe acts A.7 → human; unsafe conditions A.6 → machine, or environment for A.6.04) and GB 6442-1986
(indirect causes → method). For Japanese there are no such texts: the listed words alone speak, at a fixed weight.
"""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.cases.attribution.contracts import FACTORS, Factor, FactorGuess, Language
from yufang.cases.attribution.patterns import patterns_for
from yufang.cases.calibration import calibration_error
from yufang.packs import installed_packs
from yufang.standards.catalogue import code_list

_WORDS = re.compile(r"[a-z]{2,}")
_GAPS = re.compile(r"[\s\d，。、；：,.;:（）()“”\"]+")
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an the of on in at to and or by for with from is was were be been being it its he she his her their they "
        "that this which as not no up out during when while into onto off over under are has had have one two employee",
    )
)
_COST = 3.0  # of 0.3, 1 and 3 the best calibrated out of fold
_WORD_WEIGHT = 1.2  # nats for a listed word where nothing was learned
_SHOWN = 0.15  # a kind under this probability is not listed on a span
_LISTED = "listed:"  # no n-gram holds a colon


@dataclass(frozen=True)
class FactorModel:
    """Weights of each token for the five kinds (rows in the order of FACTORS), and the weights without any token."""

    tokens: dict[str, NDArray[np.float64]]
    bare: NDArray[np.float64]


def texts_of_kinds(language: Language) -> list[tuple[str, Factor]]:
    """Texts that say their kind, from packs and standards; none for Japanese."""
    if language == "ja":
        return []
    out: list[tuple[str, Factor]] = []
    for pack in installed_packs():
        for hazard in pack.hazards:
            for factor in FACTORS:
                cause = getattr(hazard.causes, factor)
                if cause is not None:
                    out.append((cause.zh if language == "zh" else cause.en, factor))
    for key in ("gb6441_1986_unsafe_act", "gb6441_1986_unsafe_condition", "gb6442_1986_indirect_cause"):
        for entry in code_list(key):
            name = entry.name_zh if language == "zh" else entry.name_en
            if name and name not in ("其他", "Other"):
                out.append((name, _factor_of(key, entry.code)))
    return out


def _factor_of(key: str, code: str) -> Factor:
    if key == "gb6441_1986_unsafe_act":
        return "human"
    if key == "gb6442_1986_indirect_cause":
        return "machine" if code.endswith(".1") else "method"
    return "environment" if code.startswith("6.04") else "machine"


def tokens_of(text: str, language: Language) -> list[str]:
    """Character n-grams of 1 to 3, or words and word pairs in English; and the kinds whose listed words stand there."""
    lower = text.lower()
    listed = [
        _LISTED + factor for factor, words in patterns_for(language).factors.items() for word in words if word in lower
    ]
    if language == "en":
        words = [word for word in _WORDS.findall(lower) if word not in _EMPTY]
        return [*words, *(f"{a} {b}" for a, b in itertools.pairwise(words)), *listed]
    bare = _GAPS.sub(" ", text)
    grams = [bare[i : i + n] for n in (1, 2, 3) for i in range(len(bare) - n + 1)]
    return [gram for gram in grams if " " not in gram] + listed


@functools.cache
def factor_model(language: Language) -> FactorModel:
    """The classifier of a language; learned in under a second at first use."""
    texts = texts_of_kinds(language)
    if texts:
        return _fit(texts, language)
    alone = _WORD_WEIGHT * np.eye(len(FACTORS))
    return FactorModel({_LISTED + factor: alone[place] for place, factor in enumerate(FACTORS)}, np.zeros(len(FACTORS)))


def measure(language: Language) -> dict[str, float]:
    """Accuracy and expected calibration error on texts that say their kind, each judged by a model that did not see its
    fifth."""
    texts = texts_of_kinds(language)
    stated, hits = [], []
    for fold in range(5):
        model = _fit([one for i, one in enumerate(texts) if i % 5 != fold], language)
        for text, factor in texts[fold::5]:
            probabilities = _softmax(_scores(model, text, language)[0])
            stated.append(float(probabilities.max()))
            hits.append(FACTORS[int(probabilities.argmax())] == factor)
    error = calibration_error(np.array(stated, dtype=np.float32), np.array(hits))
    return {"texts": float(len(texts)), "accuracy": float(np.mean(hits)), "calibration_error": error}


def _fit(texts: list[tuple[str, Factor]], language: Language) -> FactorModel:
    from sklearn.feature_extraction.text import CountVectorizer  # seconds to import: only who trains waits for it
    from sklearn.linear_model import LogisticRegression

    counter = CountVectorizer(analyzer=lambda text: tokens_of(text, language), min_df=2, binary=True)
    seen = counter.fit_transform([text for text, _ in texts])
    learned = LogisticRegression(C=_COST, max_iter=300).fit(seen, [FACTORS.index(factor) for _, factor in texts])
    columns = counter.get_feature_names_out()
    return FactorModel({token: learned.coef_[:, at] for at, token in enumerate(columns)}, learned.intercept_)


def _scores(
    model: FactorModel, text: str, language: Language
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    spoken = {token: model.tokens[token] for token in set(tokens_of(text, language)) if token in model.tokens}
    return sum(spoken.values(), start=model.bare), spoken


@functools.lru_cache(maxsize=4096)
def classify(text: str, language: Language) -> tuple[FactorGuess, ...]:
    """The kinds a cause's words speak for, most probable first; those under 0.15 are left out. Offices repeat
    themselves: wordings are remembered."""
    scores, spoken = _scores(factor_model(language), text, language)
    probabilities = _softmax(scores)
    guesses: list[FactorGuess] = []
    for place in np.argsort(-probabilities).tolist():
        if probabilities[place] < _SHOWN and guesses:
            break
        words = _reasons(text, language, place, spoken)
        guesses.append(FactorGuess(factor=FACTORS[place], probability=float(probabilities[place]), words=words))
    return tuple(guesses)


def _reasons(text: str, language: Language, place: int, spoken: dict[str, NDArray[np.float64]]) -> tuple[str, ...]:
    """Up to three words of the cause that spoke loudest for one kind: listed words first, longer n-grams after."""
    lower = text.lower()
    listed = [word for word in patterns_for(language).factors[FACTORS[place]] if word in lower]
    grams = sorted(
        (token for token in spoken if len(token) > 1 and not token.startswith(_LISTED) and spoken[token][place] > 0),
        key=lambda token: (-float(spoken[token][place]), token),
    )
    out: list[str] = []
    for word in [*listed, *grams]:
        if not any(word in other or other in word for other in out):
            out.append(word)
    return tuple(out[:3])


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.exp(scores - scores.max())
    return held / held.sum()
