"""`yufang bench label_errors`: a tenth of the training codes is flipped; how many of these does the desk see?

Two ways of going wrong: to any other code with equal chance, and (harder) to codes that are easily confused with the
true one, in proportion to what a coder of the clean rows gives them. The order of `suspects` stands beside peers on
the same probabilities.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.bench.tasks import TASKS, Rows, split
from yufang.cases.coder import Coder
from yufang.cases.label_errors import DESK_SHARE, checked, confident_issues_first, self_confidence, surprise

FLIPPED = 0.10


def run(train: Path, test: Path | None, task: str, seed: int = 0) -> dict[str, Any]:
    """Flip, fit, rank; share of the flipped codes among the first 15 % of the desk's list, for both ways of flipping.

    Only training rows are used. Raises FileNotFoundError for a missing file, ValueError for an unknown task.
    """
    if task not in TASKS:
        raise ValueError(f"task {task!r} is unknown; choose one of {', '.join(TASKS)}")
    learn, _ = split(TASKS[task], train, test, 0)
    clean = Coder(task).fit(learn.texts, learn.labels, seed=seed)
    truth = np.array([clean.labels.index(label) for label in learn.labels])
    result: dict[str, Any] = {
        "task": task,
        "rows": len(truth),
        "classes": len(clean.labels),
        "flipped": round(FLIPPED * len(truth)),
        "desk_share": DESK_SHARE,
        "peers": {"self_confidence": {}, "confident_learning": {}, "random": {}},
    }
    for kind in ("uniform", "confusable"):
        rng = np.random.default_rng([seed, len(kind)])
        flipped, given = flip(truth, kind, clean.out_of_fold, rng)
        scored = _score(task, learn, clean.labels, flipped, given, seed)
        scored["random"] = _found(rng.random(len(truth)), flipped)
        result[kind] = scored.pop("yufang")
        for peer, found in scored.items():
            result["peers"][peer][kind] = found
    return result


def flip(
    truth: NDArray[np.int64], kind: str, clean: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which rows are flipped (n,), and the codes they then carry (n,); `clean` are out-of-fold probabilities (n, k)."""
    k = clean.shape[1]
    chosen = rng.choice(len(truth), round(FLIPPED * len(truth)), replace=False)
    given = truth.copy()
    if kind == "uniform":
        given[chosen] = (truth[chosen] + rng.integers(1, k, len(chosen))) % k
    else:
        chance = np.stack([clean[truth == c].mean(axis=0, dtype=np.float64) for c in range(k)])
        np.fill_diagonal(chance, 0.0)
        chance /= chance.sum(axis=1, keepdims=True)
        given[chosen] = [rng.choice(k, p=chance[truth[row]]) for row in chosen]
    return given != truth, given


def _score(
    task: str, learn: Rows, classes: tuple[str, ...], flipped: NDArray[np.bool_], given: NDArray[np.int64], seed: int
) -> dict[str, dict[str, float]]:
    labels = [classes[c] for c in given]
    coder = Coder(task).fit(learn.texts, labels, seed=seed)
    position, probability = checked(labels, coder.labels, coder.out_of_fold)
    return {
        "yufang": _found(surprise(probability, position), flipped),
        "self_confidence": _found(self_confidence(probability, position), flipped),
        "confident_learning": _found(confident_issues_first(probability, position), flipped),
    }


def _found(score: NDArray[np.float64], flipped: NDArray[np.bool_]) -> dict[str, float]:
    order = np.argsort(score, kind="stable")
    desk, tenth = round(DESK_SHARE * len(order)), int(flipped.sum())
    return {
        "found_in_desk_share": float(flipped[order[:desk]].sum() / tenth),
        "precision_of_first_tenth": float(flipped[order[:tenth]].mean()),
    }
