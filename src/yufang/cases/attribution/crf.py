"""A linear-chain conditional random field over the units of narratives: scores, posteriors, spans, training.

Lafferty, McCallum, Pereira (2001). Units of all narratives stand end to end; narrative d is units
starts[d]:starts[d + 1]. Features are sparse, present or absent: unit u has indices[indptr[u]:indptr[u + 1]].
Trained by L-BFGS on the exact gradient with an L2 penalty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Units:
    """Sparse features of units, and where each narrative begins: int32 arrays, `starts` one longer than narratives."""

    indices: Ints
    indptr: Ints
    starts: Ints


@dataclass(frozen=True, slots=True)
class Chain:
    """Weights in nats: feature × label, label × label (from, to), first label, last label."""

    weights: Floats
    transitions: Floats
    first: Floats
    last: Floats

    @property
    def labels(self) -> int:
        """How many labels a unit may have."""
        return len(self.first)


@dataclass(frozen=True, slots=True)
class Posterior:
    """What a chain makes of narratives: scores, log forward and backward sums, log normalisers."""

    scores: Floats
    forward: Floats
    backward: Floats
    normaliser: Floats

    def marginals(self, starts: Ints) -> Floats:
        """Units × labels: probability of each label at each unit."""
        own = np.repeat(self.normaliser, np.diff(starts))
        return np.exp(self.forward + self.backward - own[:, None])


@numba.njit(cache=True)
def _emissions(indices: Ints, indptr: Ints, weights: Floats) -> Floats:
    labels = weights.shape[1]
    out = np.zeros((len(indptr) - 1, labels))
    for unit in range(len(indptr) - 1):
        for at in range(indptr[unit], indptr[unit + 1]):
            row = indices[at]
            for label in range(labels):
                out[unit, label] += weights[row, label]
    return out


@numba.njit(cache=True)
def _log_sum(values: Floats) -> float:
    top = values.max()
    return float(top + np.log(np.exp(values - top).sum()))


@numba.njit(cache=True)
def _sums(
    scores: Floats, starts: Ints, transitions: Floats, first: Floats, last: Floats
) -> tuple[Floats, Floats, Floats]:
    """Log forward and backward sums of every unit and the log normaliser of every narrative."""
    units, labels = scores.shape
    forward, backward = np.zeros((units, labels)), np.zeros((units, labels))
    normaliser = np.zeros(len(starts) - 1)
    moves = np.exp(transitions)
    for d in range(len(starts) - 1):
        begin, end = starts[d], starts[d + 1]
        if begin == end:
            continue
        forward[begin] = scores[begin] + first
        for u in range(begin + 1, end):
            top = forward[u - 1].max()
            held = np.exp(forward[u - 1] - top)
            for label in range(labels):
                total = 1e-300
                for before in range(labels):
                    total += held[before] * moves[before, label]
                forward[u, label] = scores[u, label] + top + np.log(total)
        normaliser[d] = _log_sum(forward[end - 1] + last)
        backward[end - 1] = last
        for u in range(end - 2, begin - 1, -1):
            ahead = scores[u + 1] + backward[u + 1]
            top = ahead.max()
            held = np.exp(ahead - top)
            for label in range(labels):
                total = 1e-300
                for after in range(labels):
                    total += moves[label, after] * held[after]
                backward[u, label] = top + np.log(total)
    return forward, backward, normaliser


@numba.njit(cache=True)
def _best_path(scores: Floats, starts: Ints, transitions: Floats, first: Floats, last: Floats) -> Ints:
    units, labels = scores.shape
    came = np.zeros((units, labels), dtype=np.int32)
    path = np.zeros(units, dtype=np.int32)
    for d in range(len(starts) - 1):
        begin, end = starts[d], starts[d + 1]
        if begin == end:
            continue
        held = scores[begin] + first
        for u in range(begin + 1, end):
            new = np.empty(labels)
            for label in range(labels):
                ways = held + transitions[:, label]
                came[u, label] = ways.argmax()
                new[label] = ways[came[u, label]] + scores[u, label]
            held = new
        path[end - 1] = (held + last).argmax()
        for u in range(end - 1, begin, -1):
            path[u - 1] = came[u, path[u]]
    return path


@numba.njit(cache=True)
def _gradient(
    truth: Ints, indices: Ints, indptr: Ints, starts: Ints, scores: Floats, transitions: Floats,
    forward: Floats, backward: Floats, normaliser: Floats, features: int,
) -> tuple[Floats, Floats, Floats, Floats]:  # fmt: skip
    """Gradient of the negative log likelihood: expected minus observed counts."""
    labels = scores.shape[1]
    weights, moves = np.zeros((features, labels)), np.zeros((labels, labels))
    first, last = np.zeros(labels), np.zeros(labels)
    for d in range(len(starts) - 1):
        begin, end = starts[d], starts[d + 1]
        for u in range(begin, end):
            excess = np.exp(forward[u] + backward[u] - normaliser[d])
            excess[truth[u]] -= 1.0
            for at in range(indptr[u], indptr[u + 1]):
                for label in range(labels):
                    weights[indices[at], label] += excess[label]
            if u == begin:
                first += excess
            if u == end - 1:
                last += excess
            if u > begin:
                for before in range(labels):
                    for label in range(labels):
                        moves[before, label] += np.exp(
                            forward[u - 1, before] + transitions[before, label] + scores[u, label]
                            + backward[u, label] - normaliser[d]
                        )  # fmt: skip
                moves[truth[u - 1], truth[u]] -= 1.0
    return weights, moves, first, last


@numba.njit(cache=True)
def _truth_score(truth: Ints, starts: Ints, scores: Floats, transitions: Floats, first: Floats, last: Floats) -> float:
    total = 0.0
    for d in range(len(starts) - 1):
        begin, end = starts[d], starts[d + 1]
        if begin == end:
            continue
        total += first[truth[begin]] + last[truth[end - 1]]
        for u in range(begin, end):
            total += scores[u, truth[u]]
            if u > begin:
                total += transitions[truth[u - 1], truth[u]]
    return total


def infer(chain: Chain, units: Units) -> Posterior:
    """Scores and log sums of every unit of every narrative."""
    scores = _emissions(units.indices, units.indptr, chain.weights)
    return Posterior(scores, *_sums(scores, units.starts, chain.transitions, chain.first, chain.last))


def best_path(chain: Chain, posterior: Posterior, starts: Ints, bias: Floats | None = None) -> Ints:
    """The most probable labels of all units (Viterbi); `bias` (labels,) is added to every unit's scores."""
    scores = posterior.scores if bias is None else posterior.scores + bias
    return _best_path(scores, starts, chain.transitions, chain.first, chain.last)


def fit(units: Units, truth: Ints, prior: Chain, penalty: float, rounds: int = 80) -> Chain:
    """The chain under which `truth` (a label a unit) is most probable, less penalty · |chain - prior|² / 2.

    What the marked data doesn't speak of stays as `prior` says. Deterministic.
    """
    features, labels = prior.weights.shape
    sizes = np.array([features * labels, labels * labels, labels, labels])
    start = np.concatenate([part.ravel() for part in (prior.weights, prior.transitions, prior.first, prior.last)])
    cuts = np.cumsum(sizes)[:-1]

    def chain_of(flat: Floats) -> Chain:
        weights, moves, first, last = np.split(flat, cuts)
        return Chain(weights.reshape(features, labels), moves.reshape(labels, labels), first, last)

    def loss(flat: Floats) -> tuple[float, Floats]:
        chain = chain_of(flat)
        seen = infer(chain, units)
        score = _truth_score(truth, units.starts, seen.scores, chain.transitions, chain.first, chain.last)
        parts = _gradient(
            truth, units.indices, units.indptr, units.starts, seen.scores, chain.transitions,
            seen.forward, seen.backward, seen.normaliser, features,
        )  # fmt: skip
        away = flat - start
        value = float(seen.normaliser.sum() - score + 0.5 * penalty * (away @ away))
        return value, np.concatenate([part.ravel() for part in parts]) + penalty * away

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": 8})
    return chain_of(found.x)


def segment_probability(
    chain: Chain, posterior: Posterior, narrative: tuple[int, int], path: Ints, inside: int
) -> float:
    """Probability that labels `path` stand exactly at units [narrative[0], narrative[0] + len(path)) of one narrative
    and that the unit after them is not labelled `inside` (the span ends there).

    `narrative` is (first unit of the segment, end of the narrative's units).
    """
    begin, end = narrative
    total = posterior.forward[begin, path[0]]
    for step in range(1, len(path)):
        total += chain.transitions[path[step - 1], path[step]] + posterior.scores[begin + step, path[step]]
    after = begin + len(path)
    if after == end:
        total += chain.last[path[-1]]
    else:
        ways = chain.transitions[path[-1]] + posterior.scores[after] + posterior.backward[after]
        total += float(np.logaddexp.reduce(np.delete(ways, inside)))
    # The normaliser of the narrative, read off its last unit.
    whole = float(np.logaddexp.reduce(posterior.forward[end - 1] + chain.last))
    return float(np.exp(min(0.0, total - whole)))
