"""`yufang bench hierarchy`: answers at leaf, parent or not at all in the OIICS tree.

Thresholds are chosen on out-of-fold training rows for 95 % accuracy at every level and held to the test part. The peer
answers leaves only, at its own threshold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.bench.tasks import TASKS, _plain_title, split
from yufang.cases.calibration import calibration_error
from yufang.cases.coder import Coder
from yufang.cases.hierarchy import HierarchicalAnswer, Tree, answer, fit_thresholds, sums
from yufang.cases.reliability import wilson

WANTED = 0.95
_DEEPEST = 4


def run(train: Path, test: Path | None, task: str, seed: int = 0) -> dict[str, Any]:
    """Fit, choose thresholds out of fold, answer the test rows. ValueError for a task without a code tree."""
    trees = [name for name, one in TASKS.items() if one.codes is not None]
    if task not in trees:
        raise ValueError(f"task {task!r} has no code tree; choose one of {', '.join(trees)}")
    learn, judge = split(TASKS[task], train, test, seed)
    coder = Coder(task, wanted_accuracy=WANTED).fit(learn.texts, learn.labels, seed=seed)
    read = TASKS[task].codes
    assert read is not None
    tree = oiics_tree(read(train), {*learn.labels, *judge.labels})
    thresholds = fit_thresholds(coder.out_of_fold, learn.labels, coder.labels, tree, WANTED)
    probability = coder.predict_proba(judge.texts)
    answers = answer(probability, coder.labels, tree, thresholds)
    right = np.array([one.code in tree.path(label) for one, label in zip(answers, judge.labels, strict=True)])
    sure = probability.max(axis=1)
    hit = np.array(coder.labels)[probability.argmax(axis=1)] == np.array(judge.labels)
    alone = (sure >= coder.threshold) & (coder.threshold < 1.0)
    return {
        "task": task,
        "train_rows": len(learn.texts),
        "test_rows": len(judge.texts),
        "wanted": WANTED,
        **_by_level(answers, right),
        "parent_sum_ece": _sum_ece(probability, coder.labels, tree, judge.labels),
        "peers": {"leaf_only": {"answered_share": _mean(alone), "answered_accuracy": _mean(hit[alone])}},
    }


def oiics_tree(codes: dict[str, str], titles: set[str]) -> Tree:
    """Titles under their codes' prefixes; a title that the list doesn't know stands alone."""
    plain = {title: _plain_title(title) for title in titles}
    return Tree.of_prefixes({title: codes[name] for title, name in plain.items() if name in codes})


def _by_level(answers: list[HierarchicalAnswer], right: NDArray[np.bool_]) -> dict[str, Any]:
    """Share and accuracy of leaves, parents and all answers, with Wilson's interval, and the same by depth."""
    told = np.array([one.code is not None for one in answers])
    leaf = np.array([one.is_leaf for one in answers])
    found: dict[str, Any] = {}
    for name, which in (("leaf", leaf), ("parent", told & ~leaf), ("answered", told)):
        low, high = wilson(int(right[which].sum()), int(which.sum()))
        found |= {f"{name}_share": _mean(which), f"{name}_accuracy": _mean(right[which])}
        found |= {f"{name}_low": low, f"{name}_high": high}
    found["unknown_share"] = _mean(~told)
    for depth in range(1, _DEEPEST + 1):
        here = np.array([one.depth == depth for one in answers])
        found[f"depth_{depth}"] = {"share": _mean(here), "accuracy": _mean(right[here])}
    return found


def _sum_ece(
    probability: NDArray[np.float32], labels: tuple[str, ...], tree: Tree, truth: list[str]
) -> dict[str, float]:
    """Calibration error of the best node's summed probability at each depth."""
    found = {}
    for depth, cut in enumerate(tree.cuts(labels), start=1):
        summed = sums(probability, cut)
        nodes = [cut.nodes[place] for place in summed.argmax(axis=1)]
        hit = np.array([node in tree.path(label) for node, label in zip(nodes, truth, strict=True)])
        found[f"depth_{depth}"] = calibration_error(summed.max(axis=1).astype(np.float32), hit)
    return found


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else 0.0
