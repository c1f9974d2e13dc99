"""Why a score moved: the exact shares of its causes.

A score is a function of causes (new injuries, injuries that fell out of the window, hazards, signals, exposure, the
industry, everyone else). Each cause's share is its Shapley value between the two months: its effect averaged over all
orders in which the causes could have come about (Shapley 1953; for explanations, Lundberg and Lee 2017). The shares
sum to the change exactly, whatever the function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

from yufang.profiles.credibility import Floats
from yufang.profiles.estimate import WINDOW, Region, Snapshot, State, expected_loss, place, rows_of
from yufang.profiles.factors import HAZARDS, Features, Weights
from yufang.profiles.inputs import SIGNAL_KINDS

CAUSES = ("new_injuries", "past_injuries", "hazards", *SIGNAL_KINDS, "exposure", "industry", "region")


def shapley(causes: tuple[str, ...], value: Callable[[frozenset[str]], Floats]) -> dict[str, Floats]:
    """Shapley share of each cause in value(all) - value(none). `value` gives one figure a row."""
    known = {frozenset(s): value(frozenset(s)) for size in range(len(causes) + 1) for s in combinations(causes, size)}
    total = factorial(len(causes))
    shares = {}
    for cause in causes:
        share = np.zeros_like(known[frozenset()])
        for coalition, worth in known.items():
            if cause in coalition:
                continue
            n = len(coalition)
            share += factorial(n) * factorial(len(causes) - n - 1) / total * (known[coalition | {cause}] - worth)
        shares[cause] = share
    return shares


def decompose(
    region: Region,
    weights: Weights,
    before: Snapshot,
    now: Snapshot,
    ends: tuple[int, int],
    wanted: npt.NDArray[np.int64],
) -> dict[str, Floats]:
    """Points of the score that each cause moved between the columns `ends`, for the rows `wanted`.

    The shares of an enterprise sum to `now.score - before.score`. Causes that moved nobody's score are left out.
    """
    old, new = rows_of(before.state, wanted), rows_of(now.state, wanted)
    added = _window_change(region, ends, wanted)
    causes = tuple(c for c in CAUSES if _is_told(c, weights, old, new))
    own_before, own_now = before.ranked_by[wanted], now.ranked_by[wanted]

    def value(present: frozenset[str]) -> Floats:
        mixed = _mix(old, new, added, present)
        # At both ends the figure is the score itself, to the last bit.
        loss = own_now if len(present) == len(causes) else own_before if not present else expected_loss(mixed, weights)
        if not present - {"region"}:
            loss = own_before
        elif len(present - {"region"}) == len(causes) - 1:
            loss = own_now
        inside, everyone = (own_now, now.ranked_by) if "region" in present else (own_before, before.ranked_by)
        return place(loss, inside, everyone)

    return shapley(causes, value)


def _is_told(cause: str, weights: Weights, old: State, new: State) -> bool:
    if cause in SIGNAL_KINDS:
        return weights.of[cause] > 0 and bool((old.features.own[cause] != new.features.own[cause]).any())
    return True


def _window_change(
    region: Region, ends: tuple[int, int], wanted: npt.NDArray[np.int64]
) -> dict[str, tuple[Floats, Floats, Floats]]:
    """What came into the window and what left it: counts, measured and lost days of each."""
    history, (start, end) = region.history, (max(ends[0], 0), ends[1])
    tables = (history.injuries, history.measured, history.lost_days)
    came = tuple(t[wanted, start:end].sum(axis=1) for t in tables)
    left = tuple(t[wanted, max(0, start - WINDOW) : max(0, end - WINDOW)].sum(axis=1) for t in tables)
    return {"new_injuries": came, "past_injuries": left}


def _mix(old: State, new: State, added: dict[str, tuple[Floats, Floats, Floats]], present: frozenset[str]) -> State:
    """The state with the causes in `present` as they are now, and all else as before."""
    counts, measured, lost = old.counts, old.measured, old.lost
    for cause, sign in (("new_injuries", 1.0), ("past_injuries", -1.0)):
        if cause in present:
            parts = added[cause]
            counts, measured, lost = counts + sign * parts[0], measured + sign * parts[1], lost + sign * parts[2]
    own = dict(old.features.own)
    for name in HAZARDS:
        own[name] = (new if "hazards" in present else old).features.own[name]
    for name in SIGNAL_KINDS:
        own[name] = (new if name in present else old).features.own[name]
    by_industry = new if "industry" in present else old
    by_exposure = new if "exposure" in present else old
    return replace(
        old,
        counts=counts,
        measured=measured,
        lost=lost,
        exposure=by_exposure.exposure,
        year=by_exposure.year,
        mean=by_industry.mean,
        strength=by_industry.strength,
        class_severity=by_industry.class_severity,
        features=Features(own, by_industry.features.of_class),
    )
