"""The sequence model: from narratives to labels of units, with posteriors; learned from marked narratives, or made of
patterns alone."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yufang.cases.attribution import crf
from yufang.cases.attribution.contracts import KINDS, Language
from yufang.cases.attribution.crf import Ints
from yufang.cases.attribution.errors import AttributionError
from yufang.cases.attribution.features import features, voted
from yufang.cases.attribution.marked import Marked
from yufang.cases.attribution.patterns import patterns_for
from yufang.cases.attribution.prior import kind_of, pattern_chain
from yufang.cases.attribution.units import cut
from yufang.cases.attribution.votes import Read, read

LEAST_MARKED = 20
_LEAST_UNITS = 3  # a feature seen at fewer units of the training narratives is left out
_PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A span of units [first, last) of tag number `tag`: `share` is the mean probability of its kind over its
    characters, `exact` the probability that just these units are one span of this tag, `rows` the known features of
    these units."""

    first: int
    last: int
    tag: int
    share: float
    exact: float
    rows: Ints


@dataclass(frozen=True, slots=True)
class Confidence:
    """Logistic map from (logit share, logit exact) to the probability that a person marks the same kind over most."""

    share: float = 1.0
    exact: float = 0.0
    shift: float = 0.0

    def of(self, found: Found) -> float:
        """The calibrated probability of one span."""
        return float(
            1.0 / (1.0 + np.exp(-(self.share * _logit(found.share) + self.exact * _logit(found.exact) + self.shift)))
        )


@dataclass(frozen=True)
class SequenceModel:
    """Weights by feature name; `marked` is how many marked narratives it learned from (0: patterns alone).

    `bias` is added to the score of "outside" at each unit; `measured` holds what was measured out of fold.
    """

    language: Language
    tags: tuple[str, ...]
    vocabulary: dict[str, int]
    chain: crf.Chain
    marked: int = 0
    bias: float = 0.0
    confidence: Confidence = field(default_factory=Confidence)
    measured: dict[str, float] = field(default_factory=dict)

    @functools.cached_property
    def version(self) -> str:
        """`patterns`, or a digest of what was learned."""
        if not self.marked:
            return "patterns"
        digest = hashlib.blake2b(digest_size=6)
        for part in (self.chain.weights, self.chain.transitions, self.chain.first, self.chain.last):
            digest.update(np.ascontiguousarray(part, dtype=np.float32).tobytes())
        digest.update("\n".join((*self.tags, *self.vocabulary)).encode())
        return f"attribution-{self.language}-{digest.hexdigest()}"

    def read(self, text: str) -> Read:
        """Units and votes of one narrative."""
        patterns = patterns_for(self.language)
        return read(cut(text, patterns), patterns)

    def infer(self, reads: Sequence[Read]) -> list[list[Found]]:
        """The spans of each narrative."""
        units = self.units(reads)
        posterior = crf.infer(self.chain, units)
        return self.decode(reads, units, posterior, self.bias)

    def units(self, reads: Sequence[Read]) -> crf.Units:
        """The known features of all units of `reads`."""
        patterns = patterns_for(self.language)
        see = features if self.marked else voted
        return to_units([see(one, patterns) for one in reads], self.vocabulary)

    def decode(
        self, reads: Sequence[Read], units: crf.Units, posterior: crf.Posterior, bias: float
    ) -> list[list[Found]]:
        """Spans along the most probable labels, `bias` added to "outside"."""
        shift = np.zeros(self.chain.labels)
        shift[0] = bias
        path = crf.best_path(self.chain, posterior, units.starts, shift)
        marginals = posterior.marginals(units.starts)
        kinds = [kind_of(tag) for tag in self.tags]
        out = []
        for place, one in enumerate(reads):
            begin, end = int(units.starts[place]), int(units.starts[place + 1])
            found = []
            for first, last, tag in spans_of(path[begin:end]):
                same = [1 + 2 * t + inner for t, kind in enumerate(kinds) if kind == kinds[tag] for inner in (0, 1)]
                sizes = np.subtract(one.pieces.ends[first:last], one.pieces.starts[first:last])
                share = float(np.average(marginals[begin + first : begin + last, same].sum(axis=1), weights=sizes))
                labels = path[begin + first : begin + last]
                exact = crf.segment_probability(self.chain, posterior, (begin + first, end), labels, 2 + 2 * tag)
                low, high = units.indptr[begin + first], units.indptr[begin + last]
                found.append(Found(first, last, tag, share, exact, units.indices[low:high]))
            out.append(found)
        return out

    def reasons(self, one: Read, found: Found, most: int = 3) -> tuple[str, ...]:
        """Pattern ids that spoke for the span's kind over its units; failing those, its strongest learned features."""
        patterns = patterns_for(self.language)
        kind = kind_of(self.tags[found.tag])
        voices = {number for unit in range(found.first, found.last) for number in one.by_unit[unit]}
        spoken = [vote for number in sorted(voices) if (vote := patterns.votes[number]).kind == kind]
        ids = [vote.id for vote in sorted(spoken, key=lambda vote: -vote.weight)][:most]
        if ids or not self.marked:
            return tuple(ids) or ("neighbours",)
        seen, times = np.unique(found.rows, return_counts=True)
        told = self._leads[seen, found.tag] * times
        return tuple(f"model {self._names[seen[at]]}" for at in np.argsort(-told, kind="stable")[:most])

    @functools.cached_property
    def _names(self) -> list[str]:
        return list(self.vocabulary)

    @functools.cached_property
    def _leads(self) -> NDArray[np.float64]:
        """Feature × tag: how much louder it speaks for the tag than for "outside"; silence itself says nothing."""
        weights = self.chain.weights
        leads = (weights[:, 1::2] + weights[:, 2::2]) / 2 - weights[:, :1]
        if "1" in self.vocabulary:
            leads[self.vocabulary["1"]] = 0.0
        return leads


def pattern_model(language: Language) -> SequenceModel:
    """The model that ships: patterns alone, no marked data."""
    patterns = patterns_for(language)
    names = ["1", "fresh", *dict.fromkeys(f"p:{vote.id}" for vote in patterns.votes)]
    vocabulary = {name: row for row, name in enumerate(names)}
    return SequenceModel(language, KINDS, vocabulary, pattern_chain(patterns, KINDS, vocabulary))


def train_sequence(rows: Sequence[Marked], language: Language, seed: int = 0, folds: int = 3) -> SequenceModel:
    """Learn from marked narratives; bias and confidence are chosen out of fold on the same rows.

    Raises AttributionError for fewer than 20 marked narratives or a single tag of a single kind that never ends.
    """
    from yufang.cases.attribution.tuning import tune

    usable = [row for row in rows if row.text.strip()]
    tags = tuple(sorted({tag for row in usable for _, _, tag in row.spans}))
    if len(usable) < LEAST_MARKED or not tags:
        raise AttributionError(
            f"{len(usable)} marked narratives with {len(tags)} tags are too few to learn from.",
            f"Mark at least {LEAST_MARKED} narratives; without them the patterns that ship are used.",
        )
    patterns = patterns_for(language)
    reads = [read(cut(row.text, patterns), patterns) for row in usable]
    seen = [features(one, patterns) for one in reads]
    truth = [labels_of(one, row, tags) for one, row in zip(reads, usable, strict=True)]
    order = np.random.default_rng(seed).permutation(len(usable))
    parts = [np.sort(order[k::folds]) for k in range(folds)]
    held = []
    for part in parts:
        rest = np.setdiff1d(order, part)
        model = _fit(language, tags, [seen[i] for i in rest], [truth[i] for i in rest])
        held.append((model, [reads[i] for i in part], [usable[i] for i in part]))
    bias, confidence, measured = tune(held)
    whole = _fit(language, tags, seen, truth)
    return SequenceModel(language, tags, whole.vocabulary, whole.chain, len(usable), bias, confidence, measured)


def _fit(
    language: Language, tags: tuple[str, ...], seen: list[list[list[str]]], truth: list[NDArray[np.int32]]
) -> SequenceModel:
    counts = Counter(name for narrative in seen for unit in narrative for name in set(unit))
    names = sorted(name for name, n in counts.items() if n >= _LEAST_UNITS)
    vocabulary = {name: row for row, name in enumerate(names)}
    prior = pattern_chain(patterns_for(language), tags, vocabulary)
    chain = crf.fit(to_units(seen, vocabulary), np.concatenate(truth), prior, _PENALTY)
    return SequenceModel(language, tags, vocabulary, chain, marked=len(seen))


def to_units(seen: Sequence[list[list[str]]], vocabulary: dict[str, int]) -> crf.Units:
    """Feature names → rows of the weights; unknown names and repeats are left out."""
    indices: list[int] = []
    pointers, starts = [0], [0]
    known = vocabulary.get
    for narrative in seen:
        for unit in narrative:
            rows = set(map(known, unit))
            rows.discard(None)
            indices.extend(rows)  # type: ignore[arg-type]
            pointers.append(len(indices))
        starts.append(len(pointers) - 1)
    return crf.Units(np.array(indices, np.int32), np.array(pointers, np.int32), np.array(starts, np.int32))


def labels_of(one: Read, row: Marked, tags: tuple[str, ...]) -> NDArray[np.int32]:
    """The label of each unit: of a mark that covers at least half of it, "outside" else."""
    labels = np.zeros(len(one.pieces), dtype=np.int32)
    for start, end, tag in row.spans:
        fresh = True
        for unit, (low, high) in enumerate(zip(one.pieces.starts, one.pieces.ends, strict=True)):
            if min(high, end) - max(low, start) >= 0.5 * (high - low):
                labels[unit] = 1 + 2 * tags.index(tag) + (0 if fresh else 1)
                fresh = False
    return labels


def spans_of(path: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """(first unit, unit after the last, tag) of each span along `path`."""
    out: list[tuple[int, int, int]] = []
    open_tag, first = -1, 0
    for unit, label in enumerate([*path.tolist(), 0]):
        tag = -1 if label == 0 else (label - 1) // 2
        goes_on = tag >= 0 and tag == open_tag and label % 2 == 0
        if open_tag >= 0 and not goes_on:
            out.append((first, unit, open_tag))
        if not goes_on:
            open_tag, first = tag, unit
    return out


def _logit(probability: float) -> float:
    held = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(held / (1 - held)))
