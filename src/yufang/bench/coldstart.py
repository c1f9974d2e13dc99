"""`yufang bench coldstart`: accident types of GB 6441 learned without a label, judged on Chinese narratives that
offices typed.

What a cold start answers (label model and trained coder together), beside the coder alone, the label model alone and
the majority vote of its functions; for the lists of 1986 and 2025.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.bench.coldstart_rows import TYPES_1986, TYPES_2025, Judged, read
from yufang.cases.coldstart import head, learn, load_functions, majority_vote, vote
from yufang.cases.reliability import wilson

FACET = "accident_type"


def run(train: Path, test: Path | None, seed: int = 0) -> dict[str, Any]:
    """Learn from the folder's texts without their labels, judge on the halves that no function was written on.

    test: another folder with the same files, judged instead. FileNotFoundError names a missing file.
    """
    sources = read(train)
    judged = sources.judged if test is None else read(test).judged
    result: dict[str, Any] = {
        "unlabelled": len(sources.unlabelled),
        "rows": {name: len(rows.texts) for name, rows in judged.items()},
    }
    peers: dict[str, Any] = {"coder": {}, "label_model": {}, "majority_vote": {}}
    for key, year in ((TYPES_1986, "1986"), (TYPES_2025, "2025")):
        functions = load_functions(FACET, key)
        start = learn(functions, sources.unlabelled, seed=seed)
        result[year] = {"texts": start.texts, "covered_texts": start.covered, "learned_from": start.learned}
        for peer in peers.values():
            peer[year] = {}
        for name, rows in judged.items():
            votes = vote(functions, rows.texts)
            all_rows = np.ones(len(rows.texts), bool)
            result[year][name] = _scored(start.predict_proba(rows.texts), functions.codes, rows, key, all_rows)
            alone = start.coder.predict_proba([head(text) for text in rows.texts])
            peers["coder"][year][name] = _scored(alone, start.coder.labels, rows, key, all_rows)
            for peer, p in (("label_model", start.model.probabilities(votes)), ("majority_vote", majority_vote(votes))):
                peers[peer][year][name] = _scored(p, functions.codes, rows, key, votes.covered)
    return {**result, "peers": peers}


def _scored(
    probability: NDArray[np.floating], codes: Sequence[str], rows: Judged, key: str, covered: NDArray[np.bool_]
) -> dict[str, float]:
    """Coverage; accuracy over the rows covered and over all (an uncovered row counts as wrong), with Wilson's interval.

    The notices' 其他 (any type that their list doesn't name) is no type of GB 6441: `accuracy_named` leaves it out.
    """
    best = probability.argmax(axis=1)
    hit = np.array([codes[c] in right for c, right in zip(best, rows.right[key], strict=True)]) & covered
    named = np.array([word != "其他" for word in rows.words])
    low, high = wilson(int(hit.sum()), len(hit))
    return {
        "coverage": float(covered.mean()),
        "accuracy": float(hit.mean()),
        "low": low,
        "high": high,
        "accuracy_covered": float(hit[covered].mean()) if covered.any() else 0.0,
        "accuracy_named": float(hit[named].mean()) if named.any() else 0.0,
    }
