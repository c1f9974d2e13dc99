"""Estimates of a whole region as one month begins, from parts that a movement can be taken apart into."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from yufang.profiles.credibility import Floats, GammaPrior
from yufang.profiles.factors import Classes, Features, Weights, features, learn_weights
from yufang.profiles.hierarchy import Hierarchy, Path
from yufang.profiles.history import History

WINDOW = 36  # months of own record that count
SEVERITY_STRENGTH = 10.0  # injuries' worth of class severity that an own mean is shrunk by


@dataclass(frozen=True, slots=True)
class Region:
    """A region's history with its industries: `classes` is each one's division, `paths` section to class."""

    history: History
    classes: Classes
    paths: list[Path]


@dataclass(frozen=True, slots=True)
class State:
    """All that a score is made of, each (enterprises,). Rates are per unit of exposure."""

    counts: Floats  # injuries in the window
    exposure: Floats  # of the window
    measured: Floats
    lost: Floats
    mean: Floats  # prior of the rate, from the hierarchy
    strength: Floats
    class_severity: Floats
    features: Features
    year: Floats  # exposure of a year at the present pace


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Estimates as of the start of one month, each (enterprises,), and the state they stand on."""

    state: State
    ladder: Hierarchy
    expected: Floats
    low: Floats
    high: Floats
    credibility: Floats
    lost_days: Floats
    factor: Floats
    ranked_by: Floats
    score: Floats
    peers: Floats


def state(region: Region, end: int) -> tuple[State, Hierarchy]:
    """The state as the month of column `end` begins."""
    history, end = region.history, max(end, 0)
    counts = history.window(history.injuries, end, WINDOW)
    exposure = np.maximum(history.window(history.exposure, end, WINDOW), 1e-9)
    ladder = Hierarchy.fit(region.paths, counts, exposure)
    priors = {path: ladder.prior(path) for path in set(region.paths)}
    mean = np.array([priors[p].mean for p in region.paths])
    strength = np.array([priors[p].strength for p in region.paths])
    measured = history.window(history.measured, end, WINDOW)
    lost = history.window(history.lost_days, end, WINDOW)
    overall = float(lost.sum() / measured.sum()) if measured.sum() > 0 else 0.0
    _, index = np.unique(region.classes, return_inverse=True)
    of_class = (np.bincount(index, lost) + SEVERITY_STRENGTH * overall) / (
        np.bincount(index, measured) + SEVERITY_STRENGTH
    )
    return (
        State(
            counts=counts,
            exposure=exposure,
            measured=measured,
            lost=lost,
            mean=mean,
            strength=strength,
            class_severity=of_class[index],
            features=features(history, region.classes, end),
            year=history.exposure[:, min(max(end - 1, 0), history.months - 1)] * 12.0,
        ),
        ladder,
    )


def rate(s: State) -> Floats:
    """Posterior mean of the rate without factors."""
    return (s.mean * s.strength + s.counts) / (s.strength + s.exposure)


def expected_loss(s: State, weights: Weights) -> Floats:
    """What the region is ranked by: expected lost days, or expected injuries where no source tells lost days."""
    injuries = rate(s) * s.year * np.exp(weights.log_factor(s.features.own, s.features.of_class))
    severity = (s.lost + SEVERITY_STRENGTH * s.class_severity) / (s.measured + SEVERITY_STRENGTH)
    return injuries * (severity if s.class_severity.any() else 1.0)


def learn(region: Region) -> Weights:
    """Weights of the factors, learnt from the two years that have passed by the end of the history."""
    history, rows = region.history, []
    for end in (history.months - 12, history.months - 24):
        if end < 12:
            continue
        s, _ = state(region, end)
        on_record = history.window(history.injuries + history.hazards, end, end) > 0
        later = history.window(history.injuries, end + 12, 12)
        rows.append((s.features, rate(s) * s.year, later, on_record))
    return learn_weights(rows)


def snapshot(region: Region, weights: Weights, end: int) -> Snapshot:
    """Estimates as the month of column `end` begins."""
    s, ladder = state(region, end)
    low, high, credibility = np.zeros((3, len(s.counts)))
    _, index = np.unique(np.array(["/".join(p) for p in region.paths]), return_inverse=True)
    for number in range(int(index.max()) + 1):
        members = index == number
        first = int(np.argmax(members))
        prior = GammaPrior(float(s.mean[first]), float(s.strength[first]))
        _, low[members], high[members], credibility[members] = prior.posterior(s.counts[members], s.exposure[members])
    factor = np.exp(weights.log_factor(s.features.own, s.features.of_class))
    year = s.year * factor
    ranked_by = expected_loss(s, weights)
    peers = np.zeros(len(s.counts))
    for name in np.unique(region.classes):
        members = region.classes == name
        peers[members] = percentile((rate(s) * factor)[members])
    return Snapshot(
        state=s,
        ladder=ladder,
        expected=rate(s) * year,
        low=low * year,
        high=high * year,
        credibility=credibility,
        lost_days=ranked_by if s.class_severity.any() else np.zeros(len(s.counts)),
        factor=factor,
        ranked_by=ranked_by,
        score=percentile(ranked_by),
        peers=peers,
    )


def percentile(values: Floats) -> Floats:
    """Share of the others that each value exceeds, in per cent; equal values share the middle of their places."""
    return place(values, values, values)


def place(values: Floats, own: Floats, everyone: Floats) -> Floats:
    """Percentile that `values` would have among `everyone` if each took the place of its `own` value there."""
    if len(everyone) < 2:
        return np.full(len(values), 50.0)
    order = np.sort(everyone)
    below = np.searchsorted(order, values, "left") - (own < values)
    through = np.searchsorted(order, values, "right") - (own <= values)
    return (below + through) / 2 / (len(everyone) - 1) * 100.0


def rows_of(s: State, wanted: npt.NDArray[np.int64]) -> State:
    """The state of some enterprises only."""
    parts = Features(*({k: v[wanted] for k, v in part.items()} for part in (s.features.own, s.features.of_class)))
    plain = {name: getattr(s, name)[wanted] for name in State.__slots__ if name != "features"}
    return replace(s, features=parts, **plain)
