"""How far each class of a facet can be trusted, measured out of fold, and which classes are never coded automatically.

`by_class` counts; `plan` decides. A class is left to people, and the threshold chosen anew without it, where

- near to the wanted accuracy it is surely (Wilson's upper bound) more than 0.05 less often right than it says; or
- of the rows that it would code automatically the accuracy, pulled towards the facet's by ten rows, lies more than 0.05
  under the wanted one; or
- fewer than five such rows were seen: nothing is known of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yufang.cases.calibration import NEVER, calibration_error, threshold_for
from yufang.cases.label_errors import checked

BINS = 10
LEAST_SEEN = 5  # automatic rows of a class below which nothing is known of it
TOLERATED = 0.05  # how far a class's accuracy may lie under the wanted one
NEAR = 0.1  # rows this far under the wanted accuracy are looked at for boasting
PRIOR_ROWS = 10.0  # rows that the facet's own accuracy counts for, beside the class's
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "code": pl.String,
    "rows": pl.Int64,  # that carry the code
    "said": pl.Int64,  # for which the code was the likeliest
    "precision": pl.Float64,  # of these, right; null where `said` is 0
    "precision_low": pl.Float64,
    "precision_high": pl.Float64,
    "recall": pl.Float64,
    "recall_low": pl.Float64,
    "recall_high": pl.Float64,
    "stated": pl.Float64,  # mean probability of the rows said
    "ece": pl.Float64,  # expected calibration error over the rows said
    "auto_rows": pl.Int64,  # said at or above the threshold
    "auto_accuracy": pl.Float64,
    "auto_low": pl.Float64,
    "auto_high": pl.Float64,
    "held": pl.Boolean,  # never coded without a person
    "reason": pl.String,  # why: "" where it isn't held
}
RELIABILITY = pl.Schema(_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoPlan:
    """What is coded without a person: at or above `threshold`, unless the code is one of `held`.

    share, accuracy: what the plan does on the out-of-fold rows it was chosen on (accuracy 0 where the share is 0).
    """

    threshold: float
    held: tuple[str, ...]
    wanted_accuracy: float
    share: float
    accuracy: float

    def accepts(self, code: str, probability: float) -> bool:
        """Whether a code of this probability stands without a person."""
        return self.threshold < NEVER and probability >= self.threshold and code not in self.held


def wilson(hits: int, rows: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval (1927) of a share; (0, 1) for no rows."""
    if rows <= 0:
        return 0.0, 1.0
    share, spread = hits / rows, z * z / rows
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / rows + spread / (4 * rows)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def plan(
    labels: Sequence[str], classes: Sequence[str], probability: NDArray[np.floating], wanted: float = 0.95
) -> AutoPlan:
    """Threshold and held classes for the wanted accuracy, from out-of-fold probabilities (n, k) of rows with `labels`.

    A held class may free others: without its misses a lower threshold can do. Choosing goes on until no class is added.
    CoderError where shapes don't fit.
    """
    given, p = checked(labels, classes, probability)
    said, sure = p.argmax(axis=1), p.max(axis=1).astype(np.float32)
    hit = said == given
    held = _boastful(said, sure, hit, len(classes), wanted)
    while True:
        free = ~held[said]
        threshold = threshold_for(sure[free], hit[free], wanted)
        auto = free & (sure >= threshold) & (threshold < NEVER)
        seen, poor = _poor(said[auto], hit[auto], len(classes), wanted)
        poor &= ~held
        if threshold >= NEVER or not poor.any():
            break
        held |= poor
    if threshold < NEVER:
        # Only now, for at a lower threshold a class may be seen often enough.
        held |= seen < LEAST_SEEN
        auto &= ~held[said]
    return AutoPlan(
        threshold=threshold,
        held=tuple(code for code, out in zip(classes, held, strict=True) if out),
        wanted_accuracy=wanted,
        share=float(auto.mean()),
        accuracy=float(hit[auto].mean()) if auto.any() else 0.0,
    )


def by_class(
    labels: Sequence[str], classes: Sequence[str], probability: NDArray[np.floating], chosen: AutoPlan
) -> pl.DataFrame:
    """One row a class, as `RELIABILITY`, from out-of-fold probabilities (n, k); intervals are Wilson's at 95 %."""
    given, p = checked(labels, classes, probability)
    said, sure = p.argmax(axis=1), p.max(axis=1).astype(np.float32)
    hit = said == given
    passed = (sure >= chosen.threshold) & (chosen.threshold < NEVER)
    rows = []
    for c, code in enumerate(classes):
        mine, auto = said == c, (said == c) & passed
        hits, carried = int(hit[mine].sum()), int((given == c).sum())
        low, high = wilson(hits, int(mine.sum()))
        recall_low, recall_high = wilson(hits, carried)
        auto_low, auto_high = wilson(int(hit[auto].sum()), int(auto.sum()))
        rows.append(
            {
                "code": code,
                "rows": carried,
                "said": int(mine.sum()),
                "precision": _share(hits, int(mine.sum())),
                "precision_low": low,
                "precision_high": high,
                "recall": _share(hits, carried),
                "recall_low": recall_low,
                "recall_high": recall_high,
                "stated": float(sure[mine].mean()) if mine.any() else None,
                "ece": calibration_error(sure[mine], hit[mine], BINS) if mine.any() else None,
                "auto_rows": int(auto.sum()),
                "auto_accuracy": _share(int(hit[auto].sum()), int(auto.sum())),
                "auto_low": auto_low,
                "auto_high": auto_high,
                "held": code in chosen.held,
                "reason": _reason(int(auto.sum())) if code in chosen.held else "",
            }
        )
    return pl.DataFrame(rows, schema=RELIABILITY)


def curve(labels: Sequence[str], classes: Sequence[str], probability: NDArray[np.floating], code: str) -> pl.DataFrame:
    """Reliability curve of one class: for ten equal bins of its probability, rows, mean probability and share that
    carry it.

    Empty bins are left out. CoderError where shapes don't fit; ValueError where `code` is none of `classes`.
    """
    given, p = checked(labels, classes, probability)
    place = list(classes).index(code)
    own, is_it = p[:, place], given == place
    which = np.minimum((own * BINS).astype(np.int64), BINS - 1)
    rows = []
    for b in np.unique(which):
        here = which == b
        low, high = wilson(int(is_it[here].sum()), int(here.sum()))
        rows.append(
            {
                "bin": f"{b / BINS:.1f}-{(b + 1) / BINS:.1f}",
                "rows": int(here.sum()),
                "stated": float(own[here].mean()),
                "true": float(is_it[here].mean()),
                "true_low": low,
                "true_high": high,
            }
        )
    return pl.DataFrame(rows)


def _boastful(
    said: NDArray[np.int64], sure: NDArray[np.float32], hit: NDArray[np.bool_], classes: int, wanted: float
) -> NDArray[np.bool_]:
    """Classes that are surely less often right than they say, among the rows that come near to being automatic."""
    near = sure >= wanted - NEAR
    found = np.zeros(classes, bool)
    for c in np.unique(said[near]):
        mine = near & (said == c)
        _, high = wilson(int(hit[mine].sum()), int(mine.sum()))
        found[c] = int(mine.sum()) >= LEAST_SEEN and high < float(sure[mine].mean()) - TOLERATED
    return found


def _poor(
    said: NDArray[np.int64], hit: NDArray[np.bool_], classes: int, wanted: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Automatic rows of each class, and whether they are too often wrong."""
    seen = np.bincount(said, minlength=classes)
    right = np.bincount(said, weights=hit.astype(float), minlength=classes)
    pulled = (right + PRIOR_ROWS * (float(hit.mean()) if len(hit) else 0.0)) / (seen + PRIOR_ROWS)
    poor: NDArray[np.bool_] = (seen >= LEAST_SEEN) & (pulled < wanted - TOLERATED)
    return seen, poor


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _reason(auto_rows: int) -> str:
    return "too few automatic rows seen" if auto_rows < LEAST_SEEN else "less often right than it says"
