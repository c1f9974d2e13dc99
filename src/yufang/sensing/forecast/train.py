"""Learn a forecast model of one channel and one limit; every choice is made out of fold, on the rows given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from yufang import __version__
from yufang.sensing.forecast import drift
from yufang.sensing.forecast.bands import fit_bands
from yufang.sensing.forecast.boosting import Boosting
from yufang.sensing.forecast.calibration import fit_beta
from yufang.sensing.forecast.card import Card
from yufang.sensing.forecast.contracts import WINDOWS, WITHIN, Ahead, Floats, Window
from yufang.sensing.forecast.errors import ForecastError
from yufang.sensing.forecast.features import Described, describe, told, unchanged
from yufang.sensing.forecast.labels import below, onsets, peak_ahead, reached
from yufang.sensing.forecast.learners import Envelope, Learner, Linear, Persistence, Smoothing, Working
from yufang.sensing.forecast.lstm import Lstm, torch_there
from yufang.sensing.forecast.model import LEAST_TOLD, Head, Model
from yufang.sensing.forecast.onsets import Warned, choose_threshold, score
from yufang.sensing.forecast.rolling import Task, Tried, choose, compare, out_of_fold, rounded
from yufang.sensing.forecast.series import Series
from yufang.sensing.forecast.store import versioned

# From simple to intricate: of those about as good, the first is taken.
SIMPLE: tuple[type[Learner], ...] = (Persistence, Smoothing, Envelope, Working, Linear)
LEARNERS: tuple[type[Learner], ...] = (*SIMPLE, Boosting)
LEAST_ONSETS = 5
LEAST_DAYS = 0.5
FALSE_PER_DAY = 4.0

Progress = Callable[[str], None]


def train(
    series: Series,
    limit: float,
    *,
    unit: str = "",
    learners: Sequence[type[Learner]] = LEARNERS,
    deep: bool = False,
    false_per_day: float = FALSE_PER_DAY,
    seed: int = 0,
    trained_at: str = "",
    progress: Progress = lambda text: None,
) -> Model:
    """A model of when `series` reaches `limit`.

    Of `learners`, given from simple to intricate, one is chosen for each window; `deep` also tries the LSTM;
    `false_per_day` bounds the wrong warnings of the threshold. Raises ForecastError for a constant channel, too few
    rows or onsets, or `deep` without PyTorch.
    """
    _check(series, limit, false_per_day)
    if deep and not torch_there():
        raise ForecastError("no_torch")
    candidates = [*learners, Lstm] if deep else list(learners)
    described = describe(series, limit)
    heads, tried, apart = {}, {}, {}
    for window in WINDOWS:
        progress(window.name)
        task = task_of(series, described, limit, window)
        heads[window], tried[window.name], apart[window] = _head(task, candidates, seed)
    warn_at, warned = _warnings(series, limit, apart[WITHIN[-1]], false_per_day)
    bands = fit_bands(series, described, limit)
    card = Card(
        **_about(series, limit),
        unit=unit,
        seed=seed,
        trained_at=trained_at,
        yufang=__version__,
        chosen={window.name: head.learner.name for window, head in heads.items()},
        tried={window: tuple(rounded(t) for t in tries) for window, tries in tried.items()},
        warned=warned,
        warn_at=warn_at,
        false_per_day=false_per_day,
        band_base=bands.base,
        band_coverage=bands.coverage,
    )
    model = Model(
        channel=series.channel,
        limit=limit,
        every_s=series.every_s,
        roles=dict(series.roles),
        beside=tuple(series.beside),
        heads=heads,
        bands=bands,
        ranges=_ranges(described),
        longest_unchanged=float(unchanged(series).max()),
        warn_at=warn_at,
        card=card,
    )
    model.profile = drift.profile(series, described, model)
    return versioned(model)


def _about(series: Series, limit: float) -> dict[str, Any]:
    """What the card says of the rows."""
    return {
        "channel": series.channel,
        "limit": limit,
        "every_s": series.every_s,
        "roles": dict(series.roles),
        "rows": len(series),
        "rows_sha256": fingerprint(series),
        "missing_share": round(float(np.isnan(series.value).mean()), 6),
        "onsets": len(onsets(series, limit)),
        "first": series.time(0),
        "last": series.time(-1),
    }


def _check(series: Series, limit: float, false_per_day: float) -> None:
    for field, value, fine in (("limit", limit, True), ("false_per_day", false_per_day, false_per_day > 0)):
        if not (np.isfinite(value) and fine):
            raise ForecastError(
                "bad_setting",
                field=field,
                value=value,
                rule_zh="要是有限数，误报数要大于 0",
                rule_en="a finite number, above 0 for false_per_day",
            )
    here = series.value[np.isfinite(series.value)]
    least = series.rows(LEAST_DAYS * 24 * 60)
    if len(here) and len(series) < least:
        raise ForecastError("too_few_rows", channel=series.channel, rows=len(series), least=least, step=series.every_s)
    if not len(here) or here.min() == here.max():
        raise ForecastError("constant", channel=series.channel)
    found = len(onsets(series, limit))
    if found < LEAST_ONSETS:
        raise ForecastError("too_few_onsets", channel=series.channel, limit=limit, onsets=found, least=LEAST_ONSETS)


def task_of(series: Series, described: Described, limit: float, window: Window) -> Task:
    """The rows that can be learned from for one window: below the limit, enough told before and after."""
    label = reached(series, limit, window)
    usable = below(series, limit) & ~np.isnan(label) & (told(series) >= LEAST_TOLD)
    outcome = Ahead(np.nan_to_num(label), peak_ahead(series, limit, window))
    return Task(described, usable, outcome, series.rows(window.end_min), 86_400 / series.every_s)


def _head(task: Task, learners: Sequence[type[Learner]], seed: int) -> tuple[Head, list[Tried], Floats]:
    """The chosen learner, fitted on all rows, calibrated out of fold; what was tried; its out-of-fold probabilities."""
    every: list[type[Learner]] = [Persistence, *learners]
    kinds = {kind.name: kind for kind in every}
    scores = {name: out_of_fold(task, kind, seed) for name, kind in kinds.items()}
    tried = compare(task, scores, Persistence.name)
    asked = {kind.name for kind in learners}  # persistence is always tried, to be held against
    name = choose([t for t in tried if t.learner in asked])
    rows = np.flatnonzero(task.usable)
    parts = []
    for kind in (kinds[name], every[0]):
        learner = kind()
        learner.fit(task.described, rows, task.outcome.at(rows), seed)
        apart = np.flatnonzero(~np.isnan(scores[kind.name]))
        parts.append((learner, fit_beta(scores[kind.name][apart], task.outcome.came[apart])))
    (learner, beta), (base, base_beta) = parts
    return Head(learner, beta, base, base_beta), tried, beta.apply(scores[name])


def _warnings(series: Series, limit: float, probability: Floats, false_per_day: float) -> tuple[float, Warned]:
    """The threshold, and how warnings at it did, over the rows from the first out-of-fold one on."""
    there = np.flatnonzero(~np.isnan(probability))
    scored = np.arange(len(series)) >= (there[0] if len(there) else len(series))
    warn_at = choose_threshold(series, limit, probability, false_per_day, scored)
    return warn_at, score(series, limit, probability, warn_at, scored)


def _ranges(described: Described) -> dict[str, tuple[float, float]]:
    found: Mapping[str, Floats] = {name: described.column(name) for name in described.names}
    return {n: (float(np.nanmin(c)), float(np.nanmax(c))) for n, c in found.items() if np.isfinite(c).any()}


def fingerprint(series: Series) -> str:
    """SHA-256 over the channel's and the other channels' names and values, so that a card names its rows."""
    digest = hashlib.sha256()
    for name, column in ((series.channel, series.value), *series.beside.items()):
        digest.update(name.encode() + b"\0" + np.ascontiguousarray(column, dtype="<f8").tobytes())
    return digest.hexdigest()
