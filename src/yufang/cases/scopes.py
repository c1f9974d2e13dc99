"""A coder for one industry (or any other group), leaning on the general one where its own data is thin.

The scope's own coder learns from the scope's rows only; the general one from all rows. Their probabilities are
blended with a weight that is learned out of fold, and the blend is kept only where it beats the general coder there
by more than two standard errors. Otherwise the scope is coded by the general model, and the report says by how much
it missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from yufang.cases.calibration import calibration_error, threshold_for
from yufang.cases.coder import Coder, accepted
from yufang.cases.errors import CoderError
from yufang.standards import UnknownCode, industry

Float = NDArray[np.float64]

LEAST_SCOPE_ROWS = 100
ERRORS_NEEDED = 2.0
INDUSTRY = "industry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which rows belong: those whose `column` holds `value`, or for `industry` stand under that code of GB/T 4754."""

    column: str
    value: str

    @classmethod
    def parse(cls, written: str) -> Scope:
        """`industry=C33`, `state=OHIO` … CoderError where it isn't column=value or no such industry is known."""
        column, sign, value = (part.strip() for part in written.partition("="))
        if not (column and sign and value):
            raise CoderError(
                f"Scope {written!r} is not column=value.", "Write for instance industry=C33 or site=north."
            )
        if column == INDUSTRY:
            try:
                value = industry(value).code
            except UnknownCode as error:
                near = ", ".join(entry.code for entry in error.nearest[:3])
                raise CoderError(
                    f"Scope {written!r}: GB/T 4754-2017 has no industry {value!r}.",
                    f"Near to it: {near}." if near else "`yufang standards show gbt4754_2017` lists them.",
                ) from error
        return cls(column=column, value=value)

    def holds(self, values: Sequence[str | None]) -> NDArray[np.bool_]:
        """Which of a column's values belong, (n,)."""
        known: dict[str | None, bool] = {}
        for one in values:
            if one not in known:
                known[one] = one is not None and self._belongs(str(one).strip())
        return np.array([known[one] for one in values], dtype=bool)

    def _belongs(self, value: str) -> bool:
        if self.column != INDUSTRY:
            return value == self.value
        try:
            return any(step.code == self.value for step in industry(value).path)
        except UnknownCode:
            return False

    def __str__(self) -> str:
        return f"{self.column}={self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeReport:
    """General and scoped side by side on the scope's own rows, out of fold.

    weight: of the scope's own coder in the blend. gain, gain_error: mean log-likelihood of the true code, blend less
    general, with its standard error (the weight is chosen on the other half of the rows). kept: whether the blend is
    used.
    """

    scope: str
    rows: int
    classes: int
    weight: float
    general_accuracy: float
    scoped_accuracy: float
    blended_accuracy: float
    accuracy_gain_error: float
    gain: float
    gain_error: float
    calibration_error: float
    threshold: float
    kept: bool
    reason: str


class ScopedCoder:
    """A general coder and, where it was kept, a scope's own; `labels` and probabilities are in the general one's
    order."""

    def __init__(self, general: Coder, own: Coder | None, report: ScopeReport) -> None:
        self.general = general
        self.tried = own
        self.own = own if report.kept else None
        self.report = report

    @property
    def labels(self) -> tuple[str, ...]:
        """Codes in the order of the probabilities' columns."""
        return self.general.labels

    @property
    def threshold(self) -> float:
        """Probability from which a code of the scope stands without a person."""
        return self.report.threshold if self.own is not None else self.general.threshold

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities (n, labels) of narratives that belong to the scope; rows sum to 1."""
        general = self.general.predict_proba(texts)
        if self.own is None:
            return general
        scoped = _spread(self.own.predict_proba(texts), self.own.labels, self.labels)
        blended: NDArray[np.float32] = ((1 - self.report.weight) * general + self.report.weight * scoped).astype(
            np.float32
        )
        return blended

    def accepts(self, probability: float) -> bool:
        """Whether a code of this probability stands without a person."""
        return accepted(probability, self.threshold)


def fit_scope(
    general: Coder,
    texts: Sequence[str],
    labels: Sequence[str],
    inside: NDArray[np.bool_],
    scope: str,
    *,
    seed: int = 0,
) -> ScopedCoder:
    """Fit a scope's coder beside a general one that was just fitted on all of `texts`.

    inside: (n,) which rows belong to the scope. Too few rows, or rows of one code, are no error: the general model is
    used and the report says why. CoderError where none belongs, or `general` was fitted on other rows.
    """
    honest = general.out_of_fold
    if len(honest) != len(texts) or len(inside) != len(texts) or len(labels) != len(texts):
        raise CoderError(
            f"{len(texts)} narratives, {len(labels)} codes and {len(inside)} marks, but the general coder learned from "
            f"{len(honest)} rows.",
            "Fit the general coder on the same rows first.",
        )
    mine = np.flatnonzero(inside).tolist()
    if not mine:
        raise CoderError(f"No row belongs to {scope}.", "Check the column and the value; empty cells belong nowhere.")
    own_texts, own_labels = [texts[i] for i in mine], [labels[i] for i in mine]
    place = {label: k for k, label in enumerate(general.labels)}
    truth = np.array([place[label] for label in own_labels], dtype=np.int64)
    plain = honest[mine].astype(np.float64)
    if len(mine) < LEAST_SCOPE_ROWS or len(set(own_labels)) < 2:
        few = f"{len(mine)} rows, {LEAST_SCOPE_ROWS} are needed"
        reason = few if len(mine) < LEAST_SCOPE_ROWS else "all rows carry one code"
        return ScopedCoder(general, None, _thin(scope, general, plain, truth, reason))
    own = Coder(general.facet, wanted_accuracy=general.wanted_accuracy).fit(own_texts, own_labels, seed=seed)
    scoped = _spread(own.out_of_fold, own.labels, general.labels)
    return ScopedCoder(general, own, _report(scope, general, plain, scoped, truth, seed))


def best_weight(plain: Float, scoped: Float, truth: NDArray[np.int64]) -> float:
    """Weight of the scope's probabilities (n, k) in [0, 1] under which the true codes are likeliest, beside the
    general's.

    A flat start costs half a row's worth of doubt, so that a handful of rows doesn't take the weight to 1.
    """
    rows = np.arange(len(truth))
    p, q = plain[rows, truth], scoped[rows, truth]

    def loss(w: float) -> float:
        return float(-np.log(np.maximum((1 - w) * p + w * q, 1e-12)).sum() - 0.5 * np.log(1 - w + 1e-9))

    return float(minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded").x)


def _report(
    scope: str, general: Coder, plain: Float, scoped: Float, truth: NDArray[np.int64], seed: int
) -> ScopeReport:
    rows = np.arange(len(truth))
    half = np.random.default_rng(seed).permutation(len(truth)) % 2
    blended = np.empty_like(plain)
    for side in (0, 1):
        learn, judge = half != side, half == side
        w = best_weight(plain[learn], scoped[learn], truth[learn])
        blended[judge] = (1 - w) * plain[judge] + w * scoped[judge]
    gains = np.log(np.maximum(blended[rows, truth], 1e-12)) - np.log(np.maximum(plain[rows, truth], 1e-12))
    gain, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
    hit, was = blended.argmax(axis=1) == truth, plain.argmax(axis=1) == truth
    kept = gain > ERRORS_NEEDED * error and float(hit.mean()) >= float(was.mean())
    sure = blended.max(axis=1).astype(np.float32)
    return ScopeReport(
        scope=scope,
        rows=len(truth),
        classes=len(np.unique(truth)),
        weight=best_weight(plain, scoped, truth),
        general_accuracy=float(was.mean()),
        scoped_accuracy=float((scoped.argmax(axis=1) == truth).mean()),
        blended_accuracy=float(hit.mean()),
        accuracy_gain_error=float(np.sqrt((hit != was).sum()) / len(truth)),
        gain=gain,
        gain_error=error,
        calibration_error=calibration_error(sure, hit),
        threshold=threshold_for(sure, hit, general.wanted_accuracy),
        kept=kept,
        reason="" if kept else f"gain {gain:+.4f} is not above {ERRORS_NEEDED:g} standard errors of {error:.4f}",
    )


def _thin(scope: str, general: Coder, plain: Float, truth: NDArray[np.int64], reason: str) -> ScopeReport:
    hit = plain.argmax(axis=1) == truth
    accuracy = float(hit.mean())
    return ScopeReport(
        scope=scope,
        rows=len(truth),
        classes=len(np.unique(truth)),
        weight=0.0,
        general_accuracy=accuracy,
        scoped_accuracy=0.0,
        blended_accuracy=accuracy,
        accuracy_gain_error=0.0,
        gain=0.0,
        gain_error=0.0,
        calibration_error=calibration_error(plain.max(axis=1).astype(np.float32), hit),
        threshold=general.threshold,
        kept=False,
        reason=f"the general model is used: {reason}",
    )


def _spread(probability: NDArray[np.float32], labels: Sequence[str], onto: Sequence[str]) -> Float:
    """Columns of `labels` put where `onto` has them; the others are 0."""
    place = {label: k for k, label in enumerate(onto)}
    out = np.zeros((len(probability), len(onto)))
    out[:, [place[label] for label in labels]] = probability
    return out
