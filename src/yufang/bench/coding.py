"""`yufang bench coding`: the default coder beside two plain peers on real coded narratives."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

from yufang.bench.tasks import TASKS, Rows, Task, level_two, split
from yufang.cases.calibration import calibration_error
from yufang.cases.coder import Coder
from yufang.cases.second_readers import second_readers

WANTED = 0.95
# A word, or one ideograph or kana where there are no spaces.
_TOKENS = r"[A-Za-z0-9]+|[\u3040-\u30ff\u3400-\u9fff]"

Strings = NDArray[np.str_]


def run(train: Path, test: Path | None, task: str, seed: int = 0, transformer: Path | None = None) -> dict[str, Any]:
    """Train and score the coder and its peers on one task; metric names as in docs/benchmarks.md.

    Raises FileNotFoundError for a missing file and ValueError for an unknown task or rows that can't be used.
    """
    if task not in TASKS:
        raise ValueError(f"task {task!r} is unknown; choose one of {', '.join(TASKS)}")
    chosen = TASKS[task]
    learn, judge = split(chosen, train, test, seed)
    codes = chosen.codes(train) if chosen.codes else None
    coder = Coder(task, wanted_accuracy=WANTED, second_readers=second_readers(transformer))
    coder.fit(learn.texts, learn.labels, seed=seed)
    probability = coder.predict_proba(judge.texts)
    best = probability.max(axis=1)
    guess = np.array(coder.labels)[probability.argmax(axis=1)]
    truth = np.array(judge.labels)
    auto = (best >= coder.threshold) & (coder.threshold < 1.0)
    return {
        "task": task,
        "train_rows": len(learn.texts),
        "test_rows": len(judge.texts),
        "classes": len(coder.labels),
        **_scores(truth, guess, codes),
        "auto_share": float(auto.mean()),
        "auto_accuracy": float((guess == truth)[auto].mean()) if auto.any() else 0.0,
        "ece": calibration_error(best, guess == truth),
        "ece_if_true": error_if_true(best, seed),
        "readers": ["n-grams", *(opinion.reader.kind for opinion in coder.opinions)],
        "cases_per_second": cases_per_second(coder, judge.texts),
        "peers": peers(chosen, learn, judge, codes),
    }


def _scores(truth: Strings, guess: Strings, codes: dict[str, str] | None) -> dict[str, float]:
    scores = {
        "accuracy": float((truth == guess).mean()),
        "weighted_f1": float(f1_score(truth, guess, average="weighted", zero_division=0)),
        "macro_f1": float(f1_score(truth, guess, average="macro", zero_division=0)),
    }
    if codes is not None:
        two = {title: level_two(codes, title) for title in {*truth.tolist(), *guess.tolist()}}
        hits = [two[a] == two[b] for a, b in zip(truth.tolist(), guess.tolist(), strict=True)]
        scores["accuracy_level2"] = float(np.mean(hits))
    return scores


def error_if_true(probability: NDArray[np.float32], seed: int, draws: int = 200) -> float:
    """The calibration error that these probabilities would show, on average, if every one of them were true.

    In few rows even a perfect coder's bins miss their mean; only what lies above this speaks against a coder.
    """
    rng = np.random.default_rng(seed)
    return float(
        np.mean([calibration_error(probability, rng.random(len(probability)) < probability) for _ in range(draws)])
    )


def cases_per_second(coder: Coder, texts: list[str], rounds: int = 5) -> float:
    """Cases coded in a second of one core: from Python strings to code and probability, hashing included.

    Processor time, not wall-clock time, so that what else the machine does leaves the figure alone; the median of
    `rounds` after one round that is not counted. The evidence, which is worked out when a case is opened, is left out.
    """
    sample = (texts * (1 + 5000 // len(texts)))[:5000]
    spent = []
    for turn in range(rounds + 1):
        begin = time.process_time()
        probability = coder.predict_proba(sample)
        np.flatnonzero(probability.max(axis=1) >= coder.threshold)
        probability.argmax(axis=1)
        if turn:
            spent.append(time.process_time() - begin)
    return len(sample) / float(np.median(spent))


def peers(task: Task, learn: Rows, judge: Rows, codes: dict[str, str] | None) -> dict[str, dict[str, float]]:
    """What plain methods reach on the same rows; the second's automatic share takes the best threshold in hindsight."""
    truth = np.array(judge.labels)
    words = CountVectorizer(ngram_range=(1, 2), token_pattern=_TOKENS, binary=True, min_df=2)
    logistic = LogisticRegression(max_iter=60, tol=1e-3)
    logistic.fit(words.fit_transform(learn.texts), learn.labels)
    guessed = logistic.predict(words.transform(judge.texts))

    weighted = TfidfVectorizer(ngram_range=(1, 2), token_pattern=_TOKENS, sublinear_tf=True, min_df=2)
    kind, lengths = ("char_wb", (3, 5)) if task.spaced else ("char", (1, 4))
    characters = TfidfVectorizer(analyzer=kind, ngram_range=lengths, sublinear_tf=True, min_df=2)
    machine = LinearSVC(C=0.3, tol=0.1)
    machine.fit(hstack([weighted.fit_transform(learn.texts), characters.fit_transform(learn.texts)]), learn.labels)
    seen: csr_matrix = hstack([weighted.transform(judge.texts), characters.transform(judge.texts)], format="csr")
    margins = machine.decision_function(seen)
    margins = margins if margins.ndim == 2 else np.column_stack([-margins, margins])
    best = np.array(machine.classes_)[margins.argmax(axis=1)]
    two = np.sort(margins, axis=1)[:, -2:]
    return {
        "word_logistic": _scores(truth, np.array(guessed), codes),
        "word_character_svm": {
            **_scores(truth, best, codes),
            "auto_share": oracle_share(two[:, 1] - two[:, 0], best == truth),
        },
    }


def oracle_share(lead: NDArray[np.float64], hit: NDArray[np.bool_], wanted: float = WANTED) -> float:
    """Largest share of rows, surest first, whose accuracy is `wanted`: a threshold chosen on the answers themselves."""
    order = np.argsort(-lead, kind="stable")
    share = np.cumsum(hit[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= wanted)
    return float((good[-1] + 1) / len(order)) if len(good) else 0.0
