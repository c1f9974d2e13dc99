"""Codes that are probably wrong in the training data, worst first, for people to look at again.

A coder that did not see a row says how likely each code is for it (`Coder.out_of_fold`). A given code to which it gives
little is suspect, and the more so the surer it is of its ground: where it hesitates between many codes, a low
probability of the given one proves little. Rows are therefore ranked by how much the given code surprises the coder,
less half of the surprise that it expected: log p(given) + H(p) / 2, with H the entropy of the row's probabilities.
Why half, and what stands beside it in the bench: docs/algorithms/label-errors.md.

Sources: Northcutt, Jiang and Chuang (2021), Confident learning, JAIR 70 (self-confidence, normalised margin, confident
joint: the peers); Kuan and Mueller (2022), Model-agnostic label quality scoring, ICML workshop (entropy-weighted
scores).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yufang.cases.coder import Coder
from yufang.cases.errors import CoderError

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

DESK_SHARE = 0.15
EXPECTED_SHARE = 0.5  # of the expected surprise that is forgiven
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "rank": pl.Int64,  # 1 is the most suspect
    "row": pl.Int64,  # position in the training data
    "given": pl.String,
    "likely": pl.String,  # the most probable other code
    "p_given": pl.Float64,
    "p_likely": pl.Float64,
    "score": pl.Float64,  # log p(given) + half the entropy; the lower the more suspect
}
SUSPECTS = pl.Schema(_COLUMNS)


def suspects(
    labels: Sequence[str], classes: Sequence[str], probability: NDArray[np.floating], *, share: float = 1.0
) -> pl.DataFrame:
    """Rows ranked by how suspect their code is; columns as `SUSPECTS`, the most suspect first.

    labels: the n given codes. classes: the k codes in the order of the probabilities' columns. probability: (n, k)
    out of fold, or (m, n, k) of m coders with other seeds, which are averaged. share: how much of the rows to return,
    in (0, 1]. CoderError where shapes don't fit or a code has no column.
    """
    given, p = checked(labels, classes, probability)
    if not 0.0 < share <= 1.0:
        raise CoderError(f"share is {share}; it must be above 0 and at most 1.", "Give for example 0.15.")
    score = surprise(p, given)
    order = np.argsort(score, kind="stable")[: max(round(share * len(given)), 1)]
    rest = p[order].copy()
    rest[np.arange(len(order)), given[order]] = -1.0
    likely = rest.argmax(axis=1)
    names = np.array(classes, dtype=object)
    return pl.DataFrame(
        {
            "rank": np.arange(1, len(order) + 1),
            "row": order,
            "given": names[given[order]].tolist(),
            "likely": names[likely].tolist(),
            "p_given": p[order, given[order]],
            "p_likely": p[order, likely],
            "score": score[order],
        },
        schema=SUSPECTS,
    )


def find_suspects(
    facet: str, texts: Sequence[str], labels: Sequence[str], *, share: float = DESK_SHARE, seeds: Sequence[int] = (0,)
) -> pl.DataFrame:
    """Fit one coder for each seed and rank the rows' codes as `suspects` does; CoderError where rows are too few."""
    if not seeds:
        raise CoderError("No seed was given.", "Give at least one, for example 0.")
    fitted = [Coder(facet).fit(texts, labels, seed=seed) for seed in seeds]
    return suspects(labels, fitted[0].labels, np.stack([coder.out_of_fold for coder in fitted]), share=share)


def surprise(probability: Float, given: Whole) -> Float:
    """log p(given) + half the entropy of each row, (n,): the lower, the less the coder can believe the code."""
    logs = np.log(probability)
    own: Float = logs[np.arange(len(given)), given] - EXPECTED_SHARE * (probability * logs).sum(axis=1)
    return own


def self_confidence(probability: Float, given: Whole) -> Float:
    """p(given) of each row: the plain peer."""
    own: Float = probability[np.arange(len(given)), given]
    return own


def confident_issues_first(probability: Float, given: Whole) -> Float:
    """Confident learning's order: rows off the diagonal of the confident joint first, each part by self-confidence.

    A code is confidently present where its probability reaches the mean self-confidence of the rows that carry it.
    """
    own = self_confidence(probability, given)
    count = np.bincount(given, minlength=probability.shape[1])
    mean = np.bincount(given, weights=own, minlength=probability.shape[1]) / np.maximum(count, 1)
    present = (probability >= mean) & (count > 0)
    confident = np.where(present, probability, -1.0).argmax(axis=1)
    issue = present.any(axis=1) & (confident != given)
    return own - 2.0 * issue


def checked(labels: Sequence[str], classes: Sequence[str], probability: NDArray[np.floating]) -> tuple[Whole, Float]:
    """Positions of the given codes (n,) and probabilities (n, k) that sum to 1 and are nowhere 0."""
    p = np.asarray(probability, dtype=np.float64)
    p = p.mean(axis=0) if p.ndim == 3 else p
    if p.ndim != 2 or p.shape != (len(labels), len(classes)) or not len(labels):
        raise CoderError(
            f"{len(labels)} codes of {len(classes)} classes, but probabilities of shape {p.shape}.",
            "Give the out-of-fold probabilities of the very rows that the codes belong to.",
        )
    if not np.isfinite(p).all() or (p < 0).any() or (p.sum(axis=1) <= 0).any():
        raise CoderError("The probabilities hold negative or missing values.", "Take them from Coder.out_of_fold.")
    index = {label: k for k, label in enumerate(classes)}
    unknown = sorted({label for label in labels if label not in index})
    if unknown:
        raise CoderError(
            f"Code {unknown[0]!r} has no column among the probabilities.",
            "Give the classes of the coder that was fitted.",
        )
    p = np.maximum(p, 1e-12)
    return np.array([index[label] for label in labels], dtype=np.int64), p / p.sum(axis=1, keepdims=True)
