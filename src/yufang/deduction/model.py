"""The deduction model: what is known of all visits up to a day, and how candidates are turned into probabilities."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yufang.deduction import findings as f
from yufang.deduction import ranker as r
from yufang.deduction.applicability import Applicability, row_priors
from yufang.deduction.contracts import EnterpriseContext
from yufang.deduction.history import FEATURES, Floats, Ints, State, Visits, empty_state, foresee, replay
from yufang.deduction.support import Support
from yufang.deduction.timeline import Vocabulary, day_number, encode, learn_vocabulary, token_lists
from yufang.graph.risk_graph import RiskGraph

WIDTH = 40  # candidates described at a visit
MAX_TRAINING_VISITS = 22_000  # the latest ones; older visits only fill the counters
DEFAULT_PRIOR = 0.002  # of an article or injury pattern before any visit is seen
WARM_UP = 200  # first visits, described from next to nothing, on which no tree is grown


@dataclass(frozen=True, slots=True)
class Described:
    """Candidates of visits: `x` (R, F), `visit` and `item` (R,), `y` (R,) 1 found, 0 not, NaN not looked at."""

    x: Floats
    visit: NDArray[np.int64]
    item: Ints
    y: Floats


@dataclass(frozen=True, slots=True)
class DeductionModel:
    """As of `at`: nothing dated on or after it has been seen. Unchanged by use; `update` returns another."""

    at: date
    seed: int
    version: str
    vocabulary: Vocabulary
    state: State
    ranker: r.Ranker
    support: Support
    visits: pl.DataFrame
    contexts: Mapping[str, EnterpriseContext]
    visits_learned: int


def fit(
    hazards: pl.DataFrame | None,
    cases: pl.DataFrame | None,
    graph: RiskGraph,
    *,
    at: date,
    seed: int = 0,
    contexts: Mapping[str, EnterpriseContext] | None = None,
    answers: pl.DataFrame | None = None,
) -> DeductionModel:
    """Learn from everything dated strictly before `at`.

    hazards: lake HAZARD_RECORDS; cases: lake INJURY_CASES plus `code_<facet>` columns. Where there are no hazard
    records the case codes themselves are what is foretold (`injury/<facet>/<code>`). contexts: enterprises by id, with
    equipment and processes. answers: enterprise_id, key, on, result `confirmed|not_found`. All may be empty: then the
    packs' priors stand alone.
    """
    linker = graph.linker if graph.packs else None
    support = Support()
    parts = []
    if hazards is not None and not hazards.is_empty():
        seen = f.usable_hazards(hazards, at)
        keys = f.record_keys(seen, linker)
        parts.append(f.visits_from_hazards(seen, keys))
        support.add_hazards(seen, keys)
    if cases is not None and not cases.is_empty():
        told = f.usable_cases(cases, at)
        codes = f.case_keys(told, propose=not parts)
        support.add_cases(told, codes, linker)
        parts.append(f.visits_from_cases(told, codes))
    if answers is not None and not answers.is_empty():
        parts.append(f.visits_from_answers(answers))
    return _fit_visits(f.join_visits(parts, at), graph, at, seed, contexts or {}, support)


def update(model: DeductionModel, graph: RiskGraph, verifications: pl.DataFrame, *, at: date) -> DeductionModel:
    """The model with inspectors' answers (enterprise_id, key, on, result) taken in as labels, as of `at` ≥ model.at.

    Raises ValueError for an unknown result, or an `at` before the model's own.
    """
    if at < model.at:
        raise ValueError(f"at is {at}, before the model's own date {model.at}")
    answered = f.visits_from_answers(verifications)
    visits = f.join_visits([model.visits, answered], at)
    return _fit_visits(visits, graph, at, model.seed, model.contexts, model.support)


def _fit_visits(
    visits: pl.DataFrame,
    graph: RiskGraph,
    at: date,
    seed: int,
    contexts: Mapping[str, EnterpriseContext],
    support: Support,
) -> DeductionModel:
    vocabulary, state, described = progress(visits, graph, contexts)
    looked = ~np.isnan(described.y)
    order = described.visit[looked]
    ranker, _ = r.train(described.x[looked], described.y[looked], order, seed=seed)
    digest = hashlib.sha256(ranker.trees.encode())
    digest.update(repr((at, seed, visits.height, ranker.platt, vocabulary.items)).encode())
    return DeductionModel(
        at=at,
        seed=seed,
        version=f"deduction-1-{digest.hexdigest()[:10]}",
        vocabulary=vocabulary,
        state=state,
        ranker=ranker,
        support=support,
        visits=visits,
        contexts=contexts,
        visits_learned=len(np.unique(order)),
    )


def progress(
    visits: pl.DataFrame,
    graph: RiskGraph,
    contexts: Mapping[str, EnterpriseContext],
    *,
    learn: NDArray[np.bool_] | None = None,
    wanted: NDArray[np.bool_] | None = None,
    width: int = WIDTH,
) -> tuple[Vocabulary, State, Described]:
    """Walk all visits in order of date, describing each from strictly earlier ones.

    learn (V,): the visits whose words and items get numbers (default: all; a bench gives the training visits).
    wanted (V,): which visits to describe; default the latest `MAX_TRAINING_VISITS` that found something to foretell.
    """
    naming = Applicability(graph)
    tokens, found_contexts = token_lists(visits, contexts, naming)
    mask = np.ones(visits.height, np.bool_) if learn is None else learn
    vocabulary = learn_vocabulary(
        visits.filter(pl.Series(mask)),
        [one for one, known in zip(tokens, mask, strict=True) if known],
        row_priors(graph.packs),
        default_prior=DEFAULT_PRIOR,
    )
    # All enterprises get a number: a bench's later visits are absorbed too, each after it was foretold.
    everyone = {e: i for i, e in enumerate(dict.fromkeys(visits["enterprise_id"]))}
    vocabulary = replace(vocabulary, enterprise_at=everyone)
    applicability = Applicability(graph, vocabulary.items)
    arrays, applies = encode(visits, tokens, found_contexts, vocabulary, applicability)
    state = empty_state(
        vocabulary.target,
        vocabulary.prior,
        places=vocabulary.places,
        tokens=len(vocabulary.token_at),
        enterprises=len(vocabulary.enterprise_at),
        visits=visits.height,
        found=len(arrays.found),
    )
    chosen = training_visits(arrays, vocabulary) if wanted is None else wanted
    width = min(width, max(1, int(vocabulary.target.sum())))
    blocks = int(chosen.sum())
    x = np.zeros((blocks * width, len(FEATURES)), np.float32)
    items = np.full(blocks * width, -1, np.int32)
    counts = np.zeros(blocks, np.int32)
    replay(state, arrays, chosen.astype(np.int32), applies, width, x, items, counts)
    used = (np.arange(width)[None, :] < counts[:, None]).ravel()
    visit = np.repeat(np.flatnonzero(chosen), width)[used]
    return vocabulary, state, Described(x[used], visit, items[used], _outcomes(arrays, visit, items[used]))


def training_visits(arrays: Visits, vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """The latest visits that found, or were asked about, something that can be proposed; not the very first."""
    hits = np.zeros(len(arrays.found) + 1, np.int64)
    if len(arrays.found):
        np.cumsum(vocabulary.target[arrays.found], out=hits[1:])
    useful = (hits[arrays.found_at[1:]] > hits[arrays.found_at[:-1]]) | (np.diff(arrays.absent_at) > 0)
    where = np.flatnonzero(useful)
    keep = where[min(WARM_UP, len(where) // 10) :][-MAX_TRAINING_VISITS:]
    mask = np.zeros(len(useful), np.bool_)
    mask[keep] = True
    return mask


def _outcomes(arrays: Visits, visit: NDArray[np.int64], item: Ints) -> Floats:
    """What became of each candidate: found 1, not found 0, NaN where the visit did not look at it."""
    m = np.int64(1 << 32)

    def pairs(at: Ints, values: Ints) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(at) - 1, dtype=np.int64), np.diff(at)) * m + values

    code = visit * m + item
    found = np.isin(code, pairs(arrays.found_at, arrays.found))
    absent = np.isin(code, pairs(arrays.absent_at, arrays.absent))
    y = np.where(arrays.complete[visit] == 1, 0.0, np.nan)
    y[absent] = 0.0
    y[found] = 1.0
    return y.astype(np.float32)


def rank(
    model: DeductionModel,
    graph: RiskGraph,
    contexts: Sequence[EnterpriseContext],
    *,
    at: date,
    width: int = WIDTH,
    applicability: Applicability | None = None,
) -> list[tuple[Ints, NDArray[np.float64]]]:
    """For each context its candidate items and their probabilities, most probable first.

    The day of the visit is `at`; raises ValueError where it lies before the model's own date. `applicability`, of this
    graph and the model's items, may be handed in where many questions are asked.
    """
    if at < model.at:
        raise ValueError(f"at is {at}, but the model has seen records up to {model.at}; fit it as of {at}")
    vocabulary = model.vocabulary
    applicability = applicability or Applicability(graph, vocabulary.items)
    state = model.state._replace(
        **{
            name: getattr(model.state, name).copy()
            for name in ("today", "hits", "looks", "all_hits", "all_looks", "place_items")
        }
    )
    width = min(width, max(1, int(vocabulary.target.sum())))
    arrays, applies = _query(model, contexts, applicability, at)
    n = len(arrays.day)
    x = np.zeros((n * width, len(FEATURES)), np.float32)
    items = np.full(n * width, -1, np.int32)
    counts = np.zeros(n, np.int32)
    foresee(state, arrays, applies, width, x, items, counts)
    p = model.ranker.probabilities(x)
    ranked: list[tuple[Ints, NDArray[np.float64]]] = []
    for v in range(n):
        block = slice(v * width, v * width + counts[v])
        order = np.lexsort((items[block], -p[block]))
        ranked.append((items[block][order], p[block][order]))
    return ranked


def _query(
    model: DeductionModel, contexts: Sequence[EnterpriseContext], applicability: Applicability, at: date
) -> tuple[Visits, NDArray[np.int8]]:
    """Contexts as visits on `at` by whoever visited the enterprise last, else by its region's authority."""
    homes = model.vocabulary.home_at
    frame = pl.DataFrame(
        {
            "enterprise_id": [c.enterprise_id for c in contexts],
            "name": [c.name for c in contexts],
            "industry_code": [c.industry_code for c in contexts],
            "place": [homes.get(c.enterprise_id) or c.region for c in contexts],
            "on": [at] * len(contexts),
            "complete": [True] * len(contexts),
            "found": [[] for _ in contexts],
            "absent": [[] for _ in contexts],
        },
        schema=f.VISITS,
    )
    tokens, normal = token_lists(frame, {c.enterprise_id: c for c in contexts}, applicability)
    return encode(frame, tokens, normal, model.vocabulary, applicability)


__all__ = ["DeductionModel", "Described", "day_number", "fit", "progress", "rank", "training_visits", "update"]
