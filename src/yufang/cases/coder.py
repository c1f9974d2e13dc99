"""The default coder: hashed word and character n-grams, linear machines, calibrated out of fold.

The steps and the reasons for them stand in docs/algorithms/coding.md.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from yufang.cases.attention import AttentionLearner
from yufang.cases.calibration import (
    calibration_error,
    cross_fitted,
    fit_calibration,
    fit_trust,
    threshold_for,
    trusted,
)
from yufang.cases.contracts import CodedCase, Span, Suggestion
from yufang.cases.errors import CoderError
from yufang.cases.evidence import explain
from yufang.cases.hashing import LATE_BLOCK, WORD_BLOCK
from yufang.cases.linear import fit_machines
from yufang.cases.model import BLOCK_LENGTHS, Model, Vocabulary, Weights
from yufang.cases.ngrams import Options
from yufang.cases.reading import margins_of_rows
from yufang.cases.second import FOLDS as SECOND_FOLDS
from yufang.cases.second import Learner, SecondOpinion, second_opinion
from yufang.cases.text import encode

FOLDS = 5
# The less there is to learn from, the more a machine that saw a fifth less falls short of the one that saw all.
MORE_FOLDS = 10
FEW_ROWS = 5000
COSTS = (0.3, 1.0)
PASSES = 15
VIEWED_CLASSES = 100
LEAST_ROWS = 10
# Above so many rows the costs are compared on one fold: the comparison is sharp enough, and four times faster.
FULL_COMPARISON_ROWS = 5000
MAX_SUGGESTIONS = 5
WORD_LENGTH = BLOCK_LENGTHS[WORD_BLOCK]

_ATTENTION = AttentionLearner()

_Rows = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]  # CSR: indptr, columns, values


class CodesNarratives(Protocol):
    """The contract of every coder; `yufang.cases.check.check_coder` is its battery."""

    facet: str
    labels: tuple[str, ...]
    threshold: float

    def fit(
        self, texts: Sequence[str], labels: Sequence[str], *, extra: Sequence[str] | None = None, seed: int = 0
    ) -> CodesNarratives:
        """Learn from narratives and their codes; `extra` are narratives without codes."""
        ...

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities (n, len(labels)), columns in the order of `labels`."""
        ...

    def predict(self, texts: Sequence[str]) -> list[CodedCase]:
        """Each narrative coded, with suggestions and evidence."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldReport:
    """What a coder did on training rows that it had not seen.

    auto_share: share of rows at or above `threshold`; auto_accuracy: their accuracy (0 where there are none).
    """

    rows: int
    classes: int
    cost: float
    accuracy: float
    expected_calibration_error: float
    wanted_accuracy: float
    threshold: float
    auto_share: float
    auto_accuracy: float


class Coder:
    """Codes narratives for one facet. Not fitted until `fit` or `yufang.cases.store.load_coder`.

    facet: what is coded (`accident_type`, `body_part` …). wanted_accuracy: of the codes accepted without a person.
    second_readers: other ways of reading, each trained for what those before it leave open (minutes, where there are
    thousands of rows) and kept where it helps out of fold; () for n-grams alone.
    """

    def __init__(
        self,
        facet: str,
        *,
        wanted_accuracy: float = 0.95,
        options: Options | None = None,
        second_readers: Sequence[Learner] = (_ATTENTION,),
    ) -> None:
        if not 0.0 < wanted_accuracy < 1.0:
            raise CoderError(
                f"wanted_accuracy is {wanted_accuracy}; it must lie between 0 and 1.", "Give for example 0.95."
            )
        self.facet = facet
        self.wanted_accuracy = wanted_accuracy
        self.options = options or Options()
        self.second_readers = tuple(second_readers)
        self._model: Model | None = None
        self._opinions: tuple[SecondOpinion, ...] = ()
        self._report: FoldReport | None = None
        self._version = ""
        self._honest: NDArray[np.float32] | None = None

    @property
    def out_of_fold(self) -> NDArray[np.float32]:
        """Probabilities (training rows, len(labels)) from machines and a calibration that did not see the row.

        Held only by the coder that was just fitted; CoderError for one that was loaded.
        """
        if self._honest is None:
            raise CoderError(f"The coder for {self.facet!r} holds no training rows.", "Call fit() first.")
        return self._honest

    @property
    def model(self) -> Model:
        """The trained arrays; CoderError before `fit`."""
        if self._model is None:
            raise CoderError(f"The coder for {self.facet!r} is not trained.", "Call fit() or load a saved coder first.")
        return self._model

    @property
    def opinions(self) -> tuple[SecondOpinion, ...]:
        """Who is asked, in this order, about what the n-grams leave open."""
        return self._opinions

    @property
    def report(self) -> FoldReport:
        """What the coder did out of fold; CoderError before `fit`."""
        if self._report is None:
            raise CoderError(f"The coder for {self.facet!r} is not trained.", "Call fit() or load a saved coder first.")
        return self._report

    @property
    def labels(self) -> tuple[str, ...]:
        """Codes in the order of `predict_proba`'s columns (sorted)."""
        return self.model.labels

    @property
    def threshold(self) -> float:
        """Probability from which a code stands without a person; 1.0 where none is sure enough."""
        return self.report.threshold

    @property
    def version(self) -> str:
        """Facet and a digest of the arrays: equal versions give equal answers."""
        if not self._version:
            digests = "".join(opinion.digest() for opinion in self._opinions)
            self._version = f"{self.facet}-{self.model.digest()}{digests}"
        return self._version

    def adopt(self, model: Model, report: FoldReport, opinions: Sequence[SecondOpinion] = ()) -> Coder:
        """Take trained arrays as one's own (used when a saved coder is read)."""
        self._model, self._report, self._opinions = model, report, tuple(opinions)
        self._version, self._honest = "", None
        return self

    def fit(
        self, texts: Sequence[str], labels: Sequence[str], *, extra: Sequence[str] | None = None, seed: int = 0
    ) -> Coder:
        """Learn from narratives and their codes; same input and seed, same model.

        extra: narratives without codes; they only sharpen which n-grams are rare.
        Raises CoderError where there is too little to learn from.
        """
        classes, target = _checked(texts, labels)
        # Each code is learned as one more narrative of itself: a name such as "Floor, n.e.c." speaks for rare codes.
        buffer = encode([*texts, *classes])
        # More views than one pay where the calibration can weigh every margin for every code.
        views = 3 if len(classes) <= VIEWED_CLASSES else 1
        options = replace(self.options, late=int(views == 3))
        vocabulary = Vocabulary.learn(encode([*texts, *classes, *(extra or ())]), options)
        rows = vocabulary.rows(buffer)
        everything = np.concatenate([target, np.arange(len(classes))])
        trainer = _Trainer(rows, vocabulary.block, everything, len(texts), len(classes), seed)
        folds = MORE_FOLDS if len(texts) < FEW_ROWS else FOLDS
        fold = _folds(texts, target, seed, folds)
        cost = trainer.best_cost(fold)
        margins = trainer.out_of_fold(fold, cost, range(folds), views)
        weights = trainer.weights(np.arange(len(everything)), cost, views)
        honest = cross_fitted(margins, target, fold, len(classes))
        trust = fit_trust(honest, target)
        honest = trusted(honest, trust)
        calibration = replace(fit_calibration(margins, target, len(classes)), trust=trust)
        model = Model(tuple(classes), vocabulary, weights, calibration)
        report = _report(honest, target, cost, len(classes), self.wanted_accuracy)
        opinions = []
        for learner in self.second_readers:
            if learner.suits(report.rows, report.classes, report.auto_share):
                thirds = _folds(texts, target, seed, SECOND_FOLDS)
                if (found := second_opinion(learner, texts, target, honest, thirds, seed=seed)) is not None:
                    opinion, honest = found
                    opinions.append(opinion)
                    report = _report(honest, target, cost, len(classes), self.wanted_accuracy)
        self.adopt(model, report, opinions)
        self._honest = honest
        return self

    def predict_proba(self, texts: Sequence[str], *, threads: int = 1) -> NDArray[np.float32]:
        """Calibrated probabilities (n, len(labels)) float32; rows sum to 1."""
        if threads <= 1 or len(texts) < 2 * threads:
            return self._probabilities(texts)
        size = -(-len(texts) // threads)
        parts = [texts[i : i + size] for i in range(0, len(texts), size)]
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(self._probabilities, parts)))

    def _probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        probability = self.model.probabilities(texts)
        for opinion in self._opinions:
            probability = opinion.revise(texts, probability)
        return probability

    def predict(self, texts: Sequence[str], *, evidence: bool = True) -> list[CodedCase]:
        """Each narrative coded: code None below the threshold, the five likeliest codes, the words that decided."""
        probability = self.predict_proba(texts)
        best = np.argsort(-probability, axis=1, kind="stable")[:, :MAX_SUGGESTIONS]
        labels, threshold, version = self.labels, self.threshold, self.version
        coded = []
        for i, text in enumerate(texts):
            suggestions = tuple(
                Suggestion(code=labels[c], probability=min(float(probability[i, c]), 1.0)) for c in best[i]
            )
            sure = suggestions[0].probability
            coded.append(
                CodedCase(
                    facet=self.facet,
                    code=suggestions[0].code if accepted(sure, threshold) else None,
                    probability=sure,
                    threshold=threshold,
                    suggestions=suggestions,
                    evidence=explain(self.model, text, int(best[i, 0])) if evidence else (),
                    model_version=version,
                )
            )
        return coded

    def explain(self, text: str, code: str | None = None) -> tuple[Span, ...]:
        """The words that speak for `code`, or for the likeliest code where none is given."""
        if code is None:
            return explain(self.model, text, int(np.argmax(self.predict_proba([text])[0])))
        if code not in self.labels:
            raise CoderError(
                f"Code {code!r} is unknown to the coder for {self.facet!r}.",
                f"It knows: {', '.join(self.labels[:20])}{' …' if len(self.labels) > 20 else ''}.",
            )
        return explain(self.model, text, self.labels.index(code))


def accepted(probability: float, threshold: float) -> bool:
    """Whether a code of this probability stands without a person."""
    return threshold < 1.0 and probability >= threshold


@dataclass(frozen=True)
class _Trainer:
    """Fits machines on subsets of one matrix. The last `classes` rows are the classes' own names."""

    rows: _Rows
    block: NDArray[np.uint8]
    target: NDArray[np.int64]
    narratives: int
    classes: int
    seed: int

    @functools.cached_property
    def views(self) -> tuple[_Rows, _Rows, _Rows]:
        """The rows as the three views see them: words and characters, words alone, late words alone."""
        indptr, columns, values = self.rows
        block = self.block[columns]

        def only(kept: NDArray[np.bool_], scale: float) -> _Rows:
            ends = np.concatenate([[0], np.cumsum(kept)])[indptr]
            return ends, columns[kept], values[kept] / np.float32(scale)

        return only(block != LATE_BLOCK, 1.0), only(block == WORD_BLOCK, WORD_LENGTH), only(block == LATE_BLOCK, 1.0)

    def weights(self, subset: NDArray[np.int64], cost: float, views: int) -> Weights:
        """What one view or three learn from a subset of the rows."""
        padded = -(-self.classes // 8) * 8  # whole vectors for the processor; the padding is cut off again
        found = []
        for rows in self.views[:views]:
            learned = fit_machines(subset, *rows, self.target, padded, len(self.block), cost, PASSES, self.seed)
            found.append(learned[:, : self.classes])
        return Weights.of_views(found, self.block)

    def out_of_fold(
        self, fold: NDArray[np.int64], cost: float, which: Sequence[int], views: int
    ) -> NDArray[np.float32]:
        """Margins (narratives, classes · views) of the folds `which` from machines that did not see them."""
        names = np.arange(self.narratives, self.narratives + self.classes)
        out = np.zeros((self.narratives, self.classes * views), np.float32)
        for k in which:
            judge = np.flatnonzero(fold == k)
            learn = np.concatenate([np.flatnonzero(fold != k), names])
            out[judge] = margins_of_rows(judge, *self.rows, *self.weights(learn, cost, views))
        return out

    def best_cost(self, fold: NDArray[np.int64]) -> float:
        """The cost with most hits out of fold; a higher one only where it wins by more than one standard error."""
        which = range(FOLDS) if self.narratives <= FULL_COMPARISON_ROWS else range(1)
        judged = np.flatnonzero(np.isin(fold, list(which)))
        chosen, best = COSTS[0], np.zeros(len(judged), bool)
        for cost in COSTS:
            guess = self.out_of_fold(fold, cost, which, 1)[judged].argmax(axis=1)
            hit = guess == self.target[judged]
            # Of two coders only the rows on which they differ tell which is better.
            if cost == COSTS[0] or int(hit.sum()) - int(best.sum()) > math.sqrt(int((hit != best).sum())):
                chosen, best = cost, hit
        return chosen


def _checked(texts: Sequence[str], labels: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    if len(texts) != len(labels):
        raise CoderError(f"{len(texts)} narratives but {len(labels)} codes.", "Give one code to each narrative.")
    for i, (text, label) in enumerate(zip(texts, labels, strict=True)):
        if not isinstance(text, str) or not isinstance(label, str) or not label:
            raise CoderError(
                f"Row {i}: narrative and code must be texts, the code not empty; got {text!r:.60} and {label!r:.60}.",
                "Leave out rows without narrative or code.",
            )
    classes = sorted(set(labels))
    if len(texts) < LEAST_ROWS or len(classes) < 2:
        raise CoderError(
            f"{len(texts)} narratives with {len(classes)} different codes are too few to learn from.",
            f"Code at least {LEAST_ROWS} narratives by hand, with two codes or more.",
        )
    if not any(text.strip() for text in texts):
        raise CoderError("Every narrative is empty.", "Check which column holds the narrative.")
    index = {label: k for k, label in enumerate(classes)}
    return classes, np.fromiter((index[label] for label in labels), np.int64, len(labels))


def _folds(texts: Sequence[str], target: NDArray[np.int64], seed: int, folds: int) -> NDArray[np.int64]:
    """A fold for each row: every class spread evenly, and rows of the same wording together.

    Inspectors and clerks repeat themselves; a wording that was learned is no test of one that was not.
    """
    first: dict[str, int] = {}
    wording = np.fromiter((first.setdefault(text, i) for i, text in enumerate(texts)), np.int64, len(texts))
    alone = np.unique(wording)
    order = alone[np.random.default_rng(seed).permutation(len(alone))]
    order = order[np.argsort(target[order], kind="stable")]
    fold = np.zeros(len(target), np.int64)
    fold[order] = np.arange(len(order)) % folds
    return fold[wording]


def _report(
    probability: NDArray[np.float32], target: NDArray[np.int64], cost: float, classes: int, wanted: float
) -> FoldReport:
    best = probability.max(axis=1)
    hit = probability.argmax(axis=1) == target
    threshold = threshold_for(best, hit, wanted)
    auto = (best >= threshold) & (threshold < 1.0)
    return FoldReport(
        rows=len(target),
        classes=classes,
        cost=cost,
        accuracy=float(hit.mean()),
        expected_calibration_error=calibration_error(best, hit),
        wanted_accuracy=wanted,
        threshold=threshold,
        auto_share=float(auto.mean()),
        auto_accuracy=float(hit[auto].mean()) if auto.any() else 0.0,
    )
