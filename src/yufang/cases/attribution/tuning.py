"""What is chosen out of fold: how readily a span is begun, and what its posterior is worth as a probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from yufang.cases.attribution import crf
from yufang.cases.attribution.marked import Marked
from yufang.cases.attribution.prior import kind_of
from yufang.cases.attribution.scoring import Mark, agrees, overlap_f1
from yufang.cases.attribution.sequence import Confidence, Found, SequenceModel, _logit
from yufang.cases.attribution.votes import Read
from yufang.cases.calibration import calibration_error

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

Held = list[tuple[SequenceModel, list[Read], list[Marked]]]
_BIASES = (0.0, -0.15, -0.3, -0.45, -0.6, -0.8)


def tune(held: Held) -> tuple[float, Confidence, dict[str, float]]:
    """The bias with the best overlap F1, the confidence fitted at that bias, and both figures out of fold.

    The calibration error is taken with a confidence fitted on the other half of the spans.
    """
    readings = [(model, reads, rows, *_inferred(model, reads)) for model, reads, rows in held]
    best, chosen, spans = -1.0, 0.0, []
    for bias in _BIASES:
        found, pairs = [], []
        for model, reads, rows, units, posterior in readings:
            for one, row, spotted in zip(reads, rows, model.decode(reads, units, posterior, bias), strict=True):
                guessed = [mark_of(one, model, span) for span in spotted]
                truth = [(start, end, str(kind_of(tag))) for start, end, tag in row.spans]
                pairs.append((guessed, truth))
                found += list(zip(spotted, agrees(guessed, truth), strict=True))
        score = overlap_f1(pairs)
        if score > best:
            best, chosen, spans = score, bias, found
    measured = {"overlap_f1": best, "spans": float(len(spans))}
    if len({hit for _, hit in spans}) < 2:
        return chosen, Confidence(), measured
    half = np.arange(len(spans)) % 2
    seen, hits = _inputs([span for span, _ in spans]), np.array([hit for _, hit in spans])
    stated = np.zeros(len(spans))
    for side in (0, 1):
        stated[half == side] = _logistic(seen[half != side], hits[half != side]).predict_proba(seen[half == side])[:, 1]
    measured["calibration_error"] = calibration_error(stated.astype(np.float32), hits)
    fitted = _logistic(seen, hits)
    share, exact = (float(value) for value in fitted.coef_[0])
    return chosen, Confidence(share, exact, float(fitted.intercept_[0])), measured


def mark_of(one: Read, model: SequenceModel, span: Found) -> Mark:
    """A found span as characters and kind."""
    kind = kind_of(model.tags[span.tag])
    return one.pieces.starts[span.first], one.pieces.ends[span.last - 1], str(kind)


def _inferred(model: SequenceModel, reads: list[Read]) -> tuple[crf.Units, crf.Posterior]:
    units = model.units(reads)
    return units, crf.infer(model.chain, units)


def _inputs(spans: list[Found]) -> NDArray[np.float64]:
    return np.array([[_logit(span.share), _logit(span.exact)] for span in spans])


def _logistic(seen: NDArray[np.float64], hits: NDArray[np.bool_]) -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression  # seconds to import: only who tunes waits for it

    return LogisticRegression(C=10.0).fit(seen, hits)
