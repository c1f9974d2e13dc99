"""Which of the five kinds (human, machine, material, method, environment) a cause is.

Naive Bayes over character pairs (words in English). It learns from texts that say their kind: the causes of the
installed industry packs, and the lists of GB 6441-1986 (unsafe acts A.7 → human; unsafe conditions A.6 → machine,
or environment for A.6.04) and GB 6442-1986 (indirect causes → method). A language's words (`factors` in its
patterns) speak beside it, each with a fixed weight. Probabilities are tempered on held-out pack causes.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.cases.attribution.contracts import FACTORS, Factor, FactorGuess, Language
from yufang.cases.attribution.patterns import patterns_for
from yufang.packs import installed_packs
from yufang.standards.catalogue import code_list

_WORDS = re.compile(r"[a-z]{2,}")
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an the of on in at to and or by for with from is was were be been being it its he she his her their they "
        "that this which as not no up out during when while into onto off over under are has had have one two employee",
    )
)
_SMOOTHING = 0.5
_WORD_WEIGHT = 1.2  # nats for a listed word
_SHOWN = 0.15  # a kind under this probability is not listed on a span


@dataclass(frozen=True)
class FactorModel:
    """Log odds of each token for the five kinds, and how far they are to be trusted."""

    tokens: dict[str, NDArray[np.float64]]
    temper: float


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
    """Character pairs, or words and word pairs in English."""
    if language == "en":
        words = [word for word in _WORDS.findall(text.lower()) if word not in _EMPTY]
        return [*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))]
    bare = re.sub(r"[\s\d，。、；：,.;:（）()“”\"]+", " ", text)
    return [bare[i : i + 2] for i in range(len(bare) - 1) if " " not in bare[i : i + 2]]


@functools.cache
def factor_model(language: Language) -> FactorModel:
    """The classifier of a language, tempered by five-fold cross-validation."""
    texts = texts_of_kinds(language)
    if not texts:
        return FactorModel({}, 1.0)
    held = []
    for fold in range(5):
        model = _fit([one for i, one in enumerate(texts) if i % 5 != fold], language, 1.0)
        held += [
            (_scores(model, text, language)[0], FACTORS.index(factor))
            for i, (text, factor) in enumerate(texts)
            if i % 5 == fold
        ]
    scores, truth = np.array([one for one, _ in held]), np.array([one for _, one in held])
    grid = np.linspace(0.1, 1.5, 29)
    losses = [-np.log(_softmax(scores * temper)[np.arange(len(truth)), truth]).mean() for temper in grid]
    return _fit(texts, language, float(grid[int(np.argmin(losses))]))


def _fit(texts: list[tuple[str, Factor]], language: Language, temper: float) -> FactorModel:
    counts: dict[str, NDArray[np.float64]] = {}
    for text, factor in texts:
        for token in set(tokens_of(text, language)):
            counts.setdefault(token, np.zeros(len(FACTORS)))[FACTORS.index(factor)] += 1
    seen = Counter(factor for _, factor in texts)
    rows = np.array([seen[factor] for factor in FACTORS], dtype=float)
    log = {
        token: np.log((n + _SMOOTHING) / (rows + 2 * _SMOOTHING))
        - math.log((n.sum() + _SMOOTHING) / (rows.sum() + 2 * _SMOOTHING))
        for token, n in counts.items()
        if n.sum() >= 2
    }
    return FactorModel(log, temper)


def _scores(
    model: FactorModel, text: str, language: Language
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    spoken = {token: model.tokens[token] for token in set(tokens_of(text, language)) if token in model.tokens}
    total = sum(spoken.values(), start=np.zeros(len(FACTORS)))
    words = patterns_for(language).factors
    lower = text.lower()
    for place, factor in enumerate(FACTORS):
        for word in words[factor]:
            if word in lower:
                lift = np.zeros(len(FACTORS))
                lift[place] = _WORD_WEIGHT
                total = total + lift
                spoken[word] = spoken.get(word, np.zeros(len(FACTORS))) + lift
    return total, spoken


def classify(text: str, language: Language) -> tuple[FactorGuess, ...]:
    """The kinds a cause's words speak for, most probable first; those under 0.15 are left out."""
    model = factor_model(language)
    scores, spoken = _scores(model, text, language)
    probabilities = _softmax(scores * model.temper)
    guesses: list[FactorGuess] = []
    for place in np.argsort(-probabilities):
        if probabilities[place] < _SHOWN and guesses:
            break
        leads = sorted(spoken.items(), key=lambda one: float(np.delete(one[1], place).max() - one[1][place]))
        words = tuple(token for token, lift in leads if lift[place] > np.delete(lift, place).max())[:3]
        guesses.append(FactorGuess(factor=FACTORS[place], probability=float(probabilities[place]), words=words))
    return tuple(guesses)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return held / held.sum(axis=-1, keepdims=True)
