"""What happened before a visit, as numbers: rates, own record, companions and an online model of names.

Everything here is *progressive*: a visit is described from state that holds strictly earlier dates only, and is
absorbed into the state afterwards, all visits of one date together. So the same kernels make leak-free training
rows over ten years and the rows of a forecast for tomorrow.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bytes = NDArray[np.int8]

HALF_LIVES = np.array([14.0, 60.0, 365.0, 1e6])  # days; the last never forgets
LONG = 2  # index of the half-life that anchors the online model
OWN_HALF_LIFE = 270.0
PRIOR_WEIGHT = 6.0  # visits' worth of belief in the wider rate when a narrower one is estimated
# Log-odds added to a pack row by what is known of the enterprise (index: 0 not a row, 1 its trade's, 2 of its own
# equipment, 3 trade unknown): equipment it may or may not have makes a row about half as likely, an unknown trade rare.
OFFSETS = np.array([0.0, -0.7, 0.0, -3.0])
MAX_OWN = 40  # own earlier visits looked at
MAX_OWN_TOKENS = 30  # own earlier distinct items that the online model sees
LEARNING_RATE = 0.08
CAUTION = 0.2  # where Adagrad's sums start: the first visits must not count for too much
RIDGE = 2e-4

FEATURES: tuple[str, ...] = (
    "online_logit",
    "online_rank",
    "place_rate_14d",
    "place_rate_60d",
    "place_rate_365d",
    "place_rate_ever",
    "all_rate_14d",
    "all_rate_60d",
    "all_rate_365d",
    "all_rate_ever",
    "prior",
    "own_count",
    "own_recent",
    "own_share",
    "own_days_since",
    "own_in_last",
    "own_visits",
    "own_days_since_visit",
    "own_items_per_visit",
    "own_aux",
    "follow_max",
    "follow_mean",
    "kin_rate",
    "kin_weight",
    "place_items_per_visit",
    "month",
    "place_same_as_last",
    "online_gap",
    "applies",
)
F = len(FEATURES)


class Visits(NamedTuple):
    """Visits in order of date. `found`, `absent`, `tokens` are ragged: `x_at[v]:x_at[v + 1]` cuts `x`.

    `complete[v]` is 1 where whatever was not found counts as absent (an inspection), 0 where only the listed
    items were looked at (answers to proposed points).
    """

    day: Ints
    month: Ints
    enterprise: Ints
    place: Ints
    complete: Ints
    group: Ints  # row of the table of applicable items
    found_at: Ints
    found: Ints
    absent_at: Ints
    absent: Ints
    tokens_at: Ints
    tokens: Ints


class State(NamedTuple):
    """Counters after all absorbed visits. M items, P places, T tokens, E enterprises, V absorbed visits."""

    today: Ints  # (1,)
    target: Ints  # (M,) 1 where the item may be proposed, 0 where it only tells about the enterprise
    prior: Doubles  # (M,) probability before any visit is seen
    hits: Doubles  # (H, P, M)
    looks: Doubles  # (H, P, M)
    all_hits: Doubles  # (H, M)
    all_looks: Doubles  # (H, M)
    place_items: Doubles  # (P, 2) decayed sum of items and of visits
    follow: Floats  # (M, M) later visits of an enterprise that found i after j had been found
    follow_looks: Floats  # (M,)
    weights: Floats  # (T, M) online model
    squares: Floats  # (T, M) Adagrad's sums of squared gradients
    kin_hits: Floats  # (T, M)
    kin_looks: Floats  # (T,)
    own_weights: Floats  # (M + 2, M) online model: own earlier items, then "visited before", then "never visited"
    own_squares: Floats  # (M + 2, M)
    last: Ints  # (E,) last absorbed visit of the enterprise, -1 for none
    previous: Ints  # (V,)
    log_day: Ints  # (V,)
    log_place: Ints  # (V,)
    log_at: Ints  # (V + 1,)
    log_items: Ints
    size: Ints  # (1,) absorbed visits


def empty_state(
    target: NDArray[Any], prior: NDArray[Any], *, places: int, tokens: int, enterprises: int, visits: int, found: int
) -> State:
    """State before the first visit; the capacities bound what can be absorbed."""
    m = len(target)
    h = len(HALF_LIVES)
    return State(
        np.full(1, -(10**6), np.int32),
        np.asarray(target, np.int32),
        np.clip(np.asarray(prior, np.float64), 1e-4, 0.9),
        np.zeros((h, places, m)),
        np.zeros((h, places, m)),
        np.zeros((h, m)),
        np.zeros((h, m)),
        np.zeros((places, 2)),
        np.zeros((m, m), np.float32),
        np.zeros(m, np.float32),
        np.zeros((tokens, m), np.float32),
        np.full((tokens, m), CAUTION, np.float32),
        np.zeros((tokens, m), np.float32),
        np.zeros(tokens, np.float32),
        np.zeros((m + 2, m), np.float32),
        np.full((m + 2, m), CAUTION, np.float32),
        np.full(enterprises, -1, np.int32),
        np.full(visits, -1, np.int32),
        np.zeros(visits, np.int32),
        np.zeros(visits, np.int32),
        np.zeros(visits + 1, np.int32),
        np.zeros(found, np.int32),
        np.zeros(1, np.int32),
    )


@njit(cache=True)
def _age(state: State, day: int) -> None:
    """Let the counters forget up to `day`."""
    passed = day - state.today[0]
    if passed <= 0:
        return
    for h in range(HALF_LIVES.shape[0]):
        keep = 0.5 ** (passed / HALF_LIVES[h])
        state.hits[h] *= keep
        state.looks[h] *= keep
        state.all_hits[h] *= keep
        state.all_looks[h] *= keep
    state.place_items[:] *= 0.5 ** (passed / 180.0)
    state.today[0] = day


@njit(cache=True)
def _rates(state: State, place: int, overall: Doubles, local: Doubles) -> None:
    """Shrunken rates by half-life: prior → ever → 365 d → 60 d → 14 d, and the place towards all places."""
    m = state.target.shape[0]
    top = HALF_LIVES.shape[0]
    for i in range(m):
        wide = state.prior[i]
        for k in range(top):
            h = top - 1 - k
            wide = (state.all_hits[h, i] + PRIOR_WEIGHT * wide) / (state.all_looks[h, i] + PRIOR_WEIGHT)
            overall[h, i] = wide
        near = overall[LONG, i]
        for k in range(top):
            h = top - 1 - k
            near = (state.hits[h, place, i] + 2 * PRIOR_WEIGHT * near) / (state.looks[h, place, i] + 2 * PRIOR_WEIGHT)
            local[h, i] = near


@njit(cache=True)
def _own_tokens(state: State, enterprise: int) -> Ints:
    """Rows of `own_weights` that speak for the enterprise: its latest distinct items and whether it was visited."""
    m = state.target.shape[0]
    rows = np.empty(MAX_OWN_TOKENS + 1, np.int32)
    v = state.last[enterprise] if enterprise >= 0 else -1
    rows[0] = m if v >= 0 else m + 1
    n = 1
    seen = np.zeros(m, np.uint8)
    while v >= 0 and n <= MAX_OWN_TOKENS:
        for k in range(state.log_at[v], state.log_at[v + 1]):
            j = state.log_items[k]
            if seen[j] == 0 and n <= MAX_OWN_TOKENS:
                seen[j] = 1
                rows[n] = j
                n += 1
        v = state.previous[v]
    return rows[:n]


@njit(cache=True)
def _logits(state: State, tokens: Ints, own: Ints, applies: Bytes, local: Doubles, logits: Doubles) -> None:
    """Online model: log-odds of the place's yearly rate plus the learned weights of the tokens."""
    m = state.target.shape[0]
    for i in range(m):
        p = local[LONG, i]
        logits[i] = np.log(p / (1 - p)) + (OFFSETS[applies[i]] if applies[i] >= 0 else 0.0)
    for t in tokens:
        for i in range(m):
            logits[i] += state.weights[t, i]
    for t in own:
        for i in range(m):
            logits[i] += state.own_weights[t, i]


@njit(cache=True)
def _kin(state: State, tokens: Ints, local: Doubles, kin: Doubles) -> float:
    """Rate among enterprises that share name and trade words; rarer words weigh more."""
    m = state.target.shape[0]
    total = 0.0
    kin[:] = 0.0
    for t in tokens:
        looks = state.kin_looks[t]
        if looks < 3:
            continue
        w = 1.0 / np.sqrt(looks)
        total += w * looks
        for i in range(m):
            kin[i] += w * state.kin_hits[t, i]
    for i in range(m):
        kin[i] = (kin[i] + 2.0 * local[LONG, i]) / (total + 2.0)
    return total


@njit(cache=True)
def _own(state: State, enterprise: int, day: int, own: Doubles, brief: Doubles) -> None:
    """The enterprise's own record: per item count, decayed count, last day, in last visit, follow max and mean."""
    own[:] = 0.0
    own[2, :] = -1.0
    brief[:] = 0.0
    brief[1] = -1.0
    brief[3] = -1.0
    v = state.last[enterprise] if enterprise >= 0 else -1
    m = state.target.shape[0]
    seen = 0
    followed = 0
    while v >= 0 and seen < MAX_OWN:
        age = day - state.log_day[v]
        weight = 0.5 ** (age / OWN_HALF_LIFE)
        if seen == 0:
            brief[1] = age
            brief[3] = state.log_place[v]
        for k in range(state.log_at[v], state.log_at[v + 1]):
            j = state.log_items[k]
            brief[2] += 1
            if state.target[j] == 0:
                brief[4] += 1
            own[0, j] += 1
            own[1, j] += weight
            if own[2, j] < 0:
                own[2, j] = age
            if seen == 0:
                own[3, j] = 1
            looks = state.follow_looks[j]
            if own[0, j] == 1 and looks >= 5:
                followed += 1
                for i in range(m):
                    f = state.follow[j, i] / (looks + 5.0)
                    own[5, i] += f
                    if f > own[4, i]:
                        own[4, i] = f
        seen += 1
        v = state.previous[v]
    brief[0] = seen
    if followed > 0:
        own[5] /= followed


@njit(cache=True)
def _choose(state: State, logits: Doubles, own: Doubles, applies: Bytes, chosen: Ints) -> int:
    """Candidates: items of the enterprise's own equipment, then the best by online model and own record."""
    m = state.target.shape[0]
    score = np.empty(m)
    for i in range(m):
        if state.target[i] == 0 or applies[i] < 0:
            score[i] = -1e9
        else:
            score[i] = (
                logits[i] + (2.0 if own[0, i] > 0 else 0.0) + (3.0 if applies[i] == 1 or applies[i] == 2 else 0.0)
            )
    order = np.argsort(-score)
    n = 0
    for i in order:
        if n == chosen.shape[0] or score[i] <= -1e8:
            break
        chosen[n] = i
        n += 1
    return n


@njit(cache=True)
def describe(state: State, visits: Visits, v: int, applies: Bytes, chosen: Ints, rows: Floats, scratch: Doubles) -> int:
    """Describe the candidates of visit `v`; returns how many rows were written.

    `applies` (M,): as in `applicability`. `chosen` (K,) and `rows`
    (K, F) are written. `scratch` (16, M).
    """
    day = visits.day[v]
    place = visits.place[v]
    overall = scratch[0:4]
    local = scratch[4:8]
    logits = scratch[8]
    kin = scratch[9]
    own = scratch[10:16]
    brief = np.zeros(5)
    tokens = visits.tokens[visits.tokens_at[v] : visits.tokens_at[v + 1]]
    _rates(state, place, overall, local)
    _logits(state, tokens, _own_tokens(state, visits.enterprise[v]), applies, local, logits)
    kin_weight = _kin(state, tokens, local, kin)
    _own(state, visits.enterprise[v], day, own, brief)
    n = _choose(state, logits, own, applies, chosen)
    best = np.sort(-logits[chosen[:n]])
    for r in range(n):
        i = chosen[r]
        row = rows[r]
        row[0] = logits[i]
        row[1] = np.searchsorted(best, -logits[i])
        for h in range(4):
            row[2 + h] = local[h, i]
            row[6 + h] = overall[h, i]
        row[10] = state.prior[i]
        row[11] = own[0, i]
        row[12] = own[1, i]
        row[13] = own[0, i] / brief[0] if brief[0] > 0 else -1
        row[14] = own[2, i]
        row[15] = own[3, i]
        row[16] = brief[0]
        row[17] = brief[1]
        row[18] = brief[2] / brief[0] if brief[0] > 0 else -1
        row[19] = brief[4]
        row[20] = own[4, i]
        row[21] = own[5, i]
        row[22] = kin[i]
        row[23] = kin_weight
        row[24] = (state.place_items[place, 0] + 3) / (state.place_items[place, 1] + 2)
        row[25] = visits.month[v]
        row[26] = 1.0 if brief[3] == place else 0.0
        row[27] = logits[i] + best[0]
        row[28] = applies[i]
    return n


@njit(cache=True)
def _learn(weights: Floats, squares: Floats, tokens: Ints, error: Doubles) -> None:
    """One Adagrad step of the online model; `error` (M,) = probability - outcome, NaN where not looked at."""
    for t in tokens:
        for i in range(error.shape[0]):
            e = error[i]
            if np.isnan(e):
                continue
            g = e + RIDGE * weights[t, i]
            squares[t, i] += g * g
            weights[t, i] -= LEARNING_RATE * g / np.sqrt(squares[t, i])


@njit(cache=True)
def absorb(state: State, visits: Visits, v: int, applies: Bytes, scratch: Doubles) -> None:
    """Take visit `v` into the counters, the online model and the log."""
    m = state.target.shape[0]
    place = visits.place[v]
    found = visits.found[visits.found_at[v] : visits.found_at[v + 1]]
    absent = visits.absent[visits.absent_at[v] : visits.absent_at[v + 1]]
    tokens = visits.tokens[visits.tokens_at[v] : visits.tokens_at[v + 1]]
    outcome = scratch[9]
    targets = 0
    for i in range(m):
        outcome[i] = 0.0 if visits.complete[v] == 1 and applies[i] >= 0 else np.nan
    for i in found:
        outcome[i] = 1.0
        targets += state.target[i]
    for i in absent:
        outcome[i] = 0.0
    counts = targets > 0 or visits.complete[v] == 0
    if counts:
        local = scratch[4:8]
        logits = scratch[8]
        _rates(state, place, scratch[0:4], local)
        own = _own_tokens(state, visits.enterprise[v])
        _logits(state, tokens, own, applies, local, logits)
        error = scratch[10]
        for i in range(m):
            error[i] = 1.0 / (1.0 + np.exp(-logits[i])) - outcome[i]
        _learn(state.weights, state.squares, tokens, error)
        _learn(state.own_weights, state.own_squares, own, error)
        for i in range(m):
            if np.isnan(outcome[i]):
                continue
            for h in range(HALF_LIVES.shape[0]):
                state.looks[h, place, i] += 1.0
                state.all_looks[h, i] += 1.0
                state.hits[h, place, i] += outcome[i]
                state.all_hits[h, i] += outcome[i]
        for t in tokens:
            state.kin_looks[t] += 1.0
            for i in found:
                state.kin_hits[t, i] += 1.0
        state.place_items[place, 0] += targets
        state.place_items[place, 1] += 1.0
    _log(state, visits, v, found, counts)


@njit(cache=True)
def _log(state: State, visits: Visits, v: int, found: Ints, counts: bool) -> None:
    """Write the visit into the enterprise's own log and count what followed what."""
    enterprise = visits.enterprise[v]
    before = state.last[enterprise]
    seen = 0
    done = np.zeros(state.target.shape[0], np.uint8)
    while counts and before >= 0 and seen < 6:
        for k in range(state.log_at[before], state.log_at[before + 1]):
            j = state.log_items[k]
            if done[j] == 0:
                done[j] = 1
                state.follow_looks[j] += 1.0
                for i in found:
                    state.follow[j, i] += 1.0
        before = state.previous[before]
        seen += 1
    s = state.size[0]
    state.log_day[s] = visits.day[v]
    state.log_place[s] = visits.place[v]
    state.previous[s] = state.last[enterprise]
    at = state.log_at[s]
    for i in found:
        state.log_items[at] = i
        at += 1
    state.log_at[s + 1] = at
    state.last[enterprise] = s
    state.size[0] = s + 1


@njit(cache=True)
def replay(
    state: State,
    visits: Visits,
    wanted: Ints,
    applies: Bytes,
    width: int,
    rows: Floats,
    items: Ints,
    counts: Ints,
) -> None:
    """Walk all visits in order of date: describe the wanted ones, then absorb the date's visits.

    `wanted` (V,) 1 where rows are to be written; `applies` (groups, M) as in `describe`; `rows`
    (Σ wanted · width, F), `items` likewise without F; `counts` (Σ wanted,) rows used of each block.
    """
    n = visits.day.shape[0]
    scratch = np.zeros((16, state.target.shape[0]))
    block = 0
    start = 0
    while start < n:
        end = start
        while end < n and visits.day[end] == visits.day[start]:
            end += 1
        _age(state, visits.day[start])
        for v in range(start, end):
            if wanted[v] == 1:
                lo = block * width
                here = applies[visits.group[v]]
                counts[block] = describe(state, visits, v, here, items[lo : lo + width], rows[lo : lo + width], scratch)
                block += 1
        for v in range(start, end):
            absorb(state, visits, v, applies[visits.group[v]], scratch)
        start = end


@njit(cache=True)
def foresee(
    state: State,
    visits: Visits,
    applies: Bytes,
    width: int,
    rows: Floats,
    items: Ints,
    counts: Ints,
) -> None:
    """Describe every visit of one date from a state that is left as it is, but for ageing; see `replay`."""
    scratch = np.zeros((16, state.target.shape[0]))
    for v in range(visits.day.shape[0]):
        _age(state, visits.day[v])
        lo = v * width
        here = applies[visits.group[v]]
        counts[v] = describe(state, visits, v, here, items[lo : lo + width], rows[lo : lo + width], scratch)
