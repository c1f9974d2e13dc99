"""`yufang bench reliability`: what holding unreliable classes back costs and buys, on rows the plan was not chosen on.

The plan (threshold and held classes) comes from out-of-fold training rows; the peer is the coder's threshold alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.bench.tasks import TASKS, split
from yufang.cases.coder import Coder
from yufang.cases.reliability import plan

WANTED = 0.95
LEAST_JUDGED = 20  # automatic test rows of a class from which its accuracy says something
TRAP = 0.90


def run(train: Path, test: Path | None, task: str, seed: int = 0) -> dict[str, Any]:
    """Fit, plan, judge. FileNotFoundError for a missing file, ValueError for an unknown task."""
    if task not in TASKS:
        raise ValueError(f"task {task!r} is unknown; choose one of {', '.join(TASKS)}")
    learn, judge = split(TASKS[task], train, test, seed)
    coder = Coder(task, wanted_accuracy=WANTED).fit(learn.texts, learn.labels, seed=seed)
    chosen = plan(learn.labels, coder.labels, coder.out_of_fold, WANTED)
    probability = coder.predict_proba(judge.texts)
    said = np.array(coder.labels)[probability.argmax(axis=1)]
    sure, hit = probability.max(axis=1), said == np.array(judge.labels)
    planned = (sure >= chosen.threshold) & (chosen.threshold < 1.0) & ~np.isin(said, chosen.held)
    plain = (sure >= coder.threshold) & (coder.threshold < 1.0)
    return {
        "task": task,
        "train_rows": len(learn.texts),
        "test_rows": len(judge.texts),
        "classes": len(coder.labels),
        "held": len(chosen.held),
        **automatic(said, hit, planned),
        "peers": {"threshold_alone": automatic(said, hit, plain)},
    }


def automatic(said: NDArray[np.str_], hit: NDArray[np.bool_], auto: NDArray[np.bool_]) -> dict[str, float]:
    """Share and accuracy of automatic rows, the worst class with 20 such rows, and errors in classes under 0.90."""
    worst, trapped = 1.0, 0
    for code in np.unique(said[auto]):
        mine = auto & (said == code)
        accuracy = float(hit[mine].mean())
        worst = min(worst, accuracy) if mine.sum() >= LEAST_JUDGED else worst
        trapped += int((~hit[mine]).sum()) if accuracy < TRAP else 0
    return {
        "auto_share": float(auto.mean()),
        "auto_accuracy": float(hit[auto].mean()) if auto.any() else 0.0,
        "worst_class_accuracy": worst,
        "errors_in_classes_under_0.90": trapped,
    }
