"""Facts as columns in memory: two CSR indexes (out, in) over a base, and a small delta beside it.

A new fact goes into the delta, so a thousand of them cost a thousand appends and not a sort of the million. When the
delta has grown to 2 % of the base it is merged: the indexes are made anew, the columns stay where they are.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.graph.model import KINDS, ORIGINS, RELATIONS, Edge, GraphError

Ints = NDArray[np.int32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
_KIND = {name: number for number, name in enumerate(KINDS)}
_RELATION = {name: number for number, name in enumerate(RELATIONS)}
_ORIGIN = {name: number for number, name in enumerate(ORIGINS)}
_OPEN_FROM, _OPEN_TO = -(1 << 30), 1 << 30  # days since 1970 that stand for an open end
_EPOCH = date(1970, 1, 1).toordinal()
LEAST_DELTA = 2_000
DELTA_SHARE = 0.02


def relation_flags(relations: Iterable[str] | None) -> Flags:
    """(relations,) which relations may be walked; None: all of them. Raises GraphError for an unknown one."""
    flags = np.zeros(len(RELATIONS), np.bool_)
    if relations is None:
        flags[:] = True
        return flags
    for name in relations:
        if name not in _RELATION:
            raise GraphError(f"no relation {name!r}; known: {', '.join(RELATIONS)}")
        flags[_RELATION[name]] = True
    return flags


def day_number(day: date | None, open_end: int) -> int:
    """Days since 1970-01-01; `open_end` for None."""
    return open_end if day is None else day.toordinal() - _EPOCH


@dataclass(frozen=True, slots=True)
class Reached:
    """What a walk reached: node numbers, hops from the start, score in (0, 1], best first."""

    nodes: Numbers
    hops: Ints
    scores: NDArray[np.float64]


class Columns:
    """Growing columns of one length."""

    def __init__(self, **kinds: type[np.generic]) -> None:
        self.length = 0
        self._kinds = kinds
        self._held: dict[str, NDArray[Any]] = {name: np.zeros(1024, kind) for name, kind in kinds.items()}

    def column(self, name: str) -> NDArray[Any]:
        """The filled part of a column: a view, valid until the next append."""
        return self._held[name][: self.length]

    def extend(self, **values: NDArray[np.generic]) -> None:
        """Append arrays of one length to all columns."""
        added = len(next(iter(values.values())))
        needed = self.length + added
        for name, held in self._held.items():
            if needed > len(held):
                grown = np.zeros(max(needed, 2 * len(held)), self._kinds[name])
                grown[: self.length] = held[: self.length]
                self._held[name] = grown
            self._held[name][self.length : needed] = values[name]
        self.length = needed


class Projection:
    """Nodes by number and facts by number. Not safe for writes from two threads; reads may run beside each other."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.number: dict[str, int] = {}
        self.provenance: dict[int, tuple[str, ...]] = {}
        self._nodes = Columns(kind=np.int8, new=np.bool_, degree=np.int32)
        self._facts = Columns(
            source=np.int32,
            target=np.int32,
            relation=np.int8,
            origin=np.int8,
            support=np.int32,
            confidence=np.float32,
            since=np.int32,
            until=np.int32,
            gone=np.bool_,
        )
        self._base = 0  # facts before this number are in the indexes
        self._base_nodes = 0
        self._out = self._in = (np.zeros(1, np.int64), np.zeros(0, np.int32))
        self._keys: NDArray[np.int64] = np.zeros(0, np.int64)  # of base facts, sorted
        self._key_fact: Ints = np.zeros(0, np.int32)
        self._new_keys: dict[int, int] = {}
        self._new_out: dict[int, list[int]] = {}
        self._new_in: dict[int, list[int]] = {}
        self._gone = 0  # how many were ever taken away
        self.merges = 0
        self._kept = threading.local()

    def __len__(self) -> int:
        return int(self._facts.length - np.count_nonzero(self._facts.column("gone")))

    def add_nodes(self, ids: Sequence[str]) -> None:
        """Number the nodes that have none yet. Raises GraphError for an id whose kind is unknown."""
        fresh = [one for one in dict.fromkeys(ids) if one not in self.number]
        kinds = []
        for one in fresh:
            kind = one.partition(":")[0]
            if kind not in _KIND:
                raise GraphError(f"node {one!r}: no kind {kind!r}; known: {', '.join(KINDS)}")
            kinds.append(_KIND[kind])
        for one in fresh:
            self.number[one] = len(self.ids)
            self.ids.append(one)
        if fresh:
            self._nodes.extend(
                kind=np.array(kinds, np.int8), new=np.zeros(len(fresh), np.bool_), degree=np.zeros(len(fresh), np.int32)
            )

    def add(self, edges: Sequence[Edge]) -> int:
        """Take facts over; one that stands (same ends, relation, origin) is replaced. Returns how many were new."""
        self.add_nodes([end for edge in edges for end in (edge.source, edge.target)])
        fresh: list[Edge] = []
        number = self._facts.length
        for edge in edges:
            key = self._key(edge)
            held = self._find(key)
            if held is None:
                self._new_keys[key] = number + len(fresh)
                fresh.append(edge)
            elif held >= number:
                fresh[held - number] = edge
            else:
                self._replace(held, edge)
        self._append(fresh)
        return len(fresh)

    def remove(self, edges: Iterable[Edge]) -> int:
        """Take facts away; returns how many stood."""
        taken = 0
        gone = self._facts.column("gone")
        for edge in edges:
            held = self._find(self._key(edge)) if edge.source in self.number and edge.target in self.number else None
            if held is not None and not gone[held]:
                gone[held] = True
                taken += 1
        self._gone += taken
        return taken

    def load(self, columns: dict[str, NDArray[np.generic]]) -> None:
        """Take over many facts at once as columns (source, target: node numbers; relation, origin: numbers;
        support, confidence). They must be distinct and not stand yet."""
        count = len(columns["source"])
        filled = {
            "since": np.full(count, _OPEN_FROM, np.int32),
            "until": np.full(count, _OPEN_TO, np.int32),
            "gone": np.zeros(count, np.bool_),
        }
        self._facts.extend(**{**filled, **columns})
        degree = self._nodes.column("degree")
        degree += np.bincount(columns["source"], minlength=len(degree)).astype(np.int32)
        degree += np.bincount(columns["target"], minlength=len(degree)).astype(np.int32)
        self.merge()

    def _append(self, edges: Sequence[Edge]) -> None:
        if not edges:
            return
        first = self._facts.length
        source = np.array([self.number[e.source] for e in edges], np.int32)
        target = np.array([self.number[e.target] for e in edges], np.int32)
        self._facts.extend(
            source=source,
            target=target,
            relation=np.array([_RELATION[e.relation] for e in edges], np.int8),
            origin=np.array([_ORIGIN[e.origin] for e in edges], np.int8),
            support=np.array([e.support for e in edges], np.int32),
            confidence=np.array([e.confidence for e in edges], np.float32),
            since=np.array([day_number(e.valid_from, _OPEN_FROM) for e in edges], np.int32),
            until=np.array([day_number(e.valid_to, _OPEN_TO) for e in edges], np.int32),
            gone=np.zeros(len(edges), np.bool_),
        )
        new = self._nodes.column("new")
        for place, edge in enumerate(edges):
            self.provenance[first + place] = edge.provenance
            self._new_out.setdefault(int(source[place]), []).append(first + place)
            self._new_in.setdefault(int(target[place]), []).append(first + place)
        new[source] = True
        new[target] = True
        for ends in (source, target):
            np.add.at(self._nodes.column("degree"), ends, 1)
        if self._facts.length - self._base > max(LEAST_DELTA, DELTA_SHARE * self._base):
            self.merge()

    def _replace(self, held: int, edge: Edge) -> None:
        for name, value in (
            ("support", edge.support),
            ("confidence", edge.confidence),
            ("since", day_number(edge.valid_from, _OPEN_FROM)),
            ("until", day_number(edge.valid_to, _OPEN_TO)),
            ("gone", False),
        ):
            self._facts.column(name)[held] = value
        self.provenance[held] = edge.provenance

    def _key(self, edge: Edge) -> int:
        for name, value, known in (("relation", edge.relation, _RELATION), ("origin", edge.origin, _ORIGIN)):
            if value not in known:
                raise GraphError(f"fact {edge.source} → {edge.target}: no {name} {value!r}")
        ends = (self.number[edge.source] << 26) | self.number[edge.target]
        return (ends << 10) | (_RELATION[edge.relation] << 4) | _ORIGIN[edge.origin]

    def _find(self, key: int) -> int | None:
        if key in self._new_keys:
            return self._new_keys[key]
        at = int(np.searchsorted(self._keys, key))
        if at < len(self._keys) and self._keys[at] == key:
            return int(self._key_fact[at])
        return None

    def merge(self) -> None:
        """Make the indexes anew over all facts."""
        nodes, facts = len(self.ids), self._facts.length
        source, target = self.source.astype(np.int64), self.target.astype(np.int64)
        ends = (source << 26) | target
        kinds = (self.relation.astype(np.int64) << 4) | self._facts.column("origin").astype(np.int64)
        keys = (ends << 10) | kinds
        order = np.argsort(keys, kind="stable").astype(np.int32)
        self._keys, self._key_fact = keys[order], order
        self._out = (_pointers(source, nodes), order)  # keys sort by source first
        self._in = (_pointers(target, nodes), np.argsort(target, kind="stable").astype(np.int32))
        self._base, self._base_nodes = facts, nodes
        self._new_keys, self._new_out, self._new_in = {}, {}, {}
        self._nodes.column("new")[:] = False
        self.merges += 1

    source = property(lambda self: self._facts.column("source"))
    target = property(lambda self: self._facts.column("target"))
    relation = property(lambda self: self._facts.column("relation"))
    confidence = property(lambda self: self._facts.column("confidence"))
    support = property(lambda self: self._facts.column("support"))
    kind = property(lambda self: self._nodes.column("kind"))

    def node(self, node_id: str) -> int:
        """Number of a node. Raises GraphError for an unknown one."""
        found = self.number.get(node_id)
        if found is None:
            raise GraphError(f"no node {node_id!r}")
        return found

    def touching(self, nodes: Numbers, *, incoming: bool) -> Numbers:
        """Numbers of the facts that leave (or enter) any of `nodes`, gone ones too."""
        pointer, order = self._in if incoming else self._out
        old = nodes[nodes < self._base_nodes]
        begin, count = pointer[old], pointer[old + 1] - pointer[old]
        total = int(count.sum())
        shift = np.repeat(begin - np.cumsum(count) + count, count) if total else 0
        found = order[np.arange(total) + shift].astype(np.int64) if total else np.zeros(0, np.int64)
        fresh = nodes[self._nodes.column("new")[nodes]]
        lists = self._new_in if incoming else self._new_out
        added = [fact for one in fresh for fact in lists.get(int(one), ())]
        return np.concatenate((found, np.array(added, np.int64))) if added else found

    def standing(self, facts: Numbers, allowed: Flags | None = None, at: date | None = None) -> Numbers:
        """Those of `facts` that are not gone, of an allowed relation and valid on `at`."""
        if not self._gone and allowed is None and at is None:
            return facts
        keep = ~self._facts.column("gone")[facts]
        if allowed is not None:
            keep &= allowed[self.relation[facts]]
        if at is not None:
            day = day_number(at, 0)
            keep &= (self._facts.column("since")[facts] <= day) & (day <= self._facts.column("until")[facts])
        kept: Numbers = facts[keep]
        return kept

    def degrees(self) -> Ints:
        """(nodes,) facts that ever touched each node."""
        return self._nodes.column("degree")

    def reach(
        self,
        seeds: dict[int, float],
        hops: int,
        *,
        allowed: Flags | None = None,
        barred: Flags | None = None,
        at: date | None = None,
        decay: float = 0.7,
    ) -> Reached:
        """All nodes within `hops` facts of the seeds, either way, each reached by its fewest hops.

        Each leg multiplies the score by `decay` and the fact's confidence; a node that many facts touch is divided by
        1 + log10 of their number. What several seeds touch at once counts 1 - Π(1 - way); further out the best way
        counts, for there the number of ways tells of hubs and not of nearness. `barred` (kinds,): kinds that may be
        reached and are not walked through.
        """
        score, miss, hop = self._scratch()
        front = np.array(sorted(seeds), np.int64)
        score[front] = [seeds[int(n)] for n in front]
        hop[front] = 1
        fronts = [front]
        for step in range(1, hops + 1):
            if step > 1 and barred is not None:
                front = front[~barred[self.kind[front]]]
            if not len(front):
                break
            fresh = []
            for incoming in (False, True):
                facts = self.standing(self.touching(front, incoming=incoming), allowed, at)
                here, there = (self.target, self.source) if incoming else (self.source, self.target)
                nodes = there[facts]
                unseen = hop[nodes] == 0
                facts, nodes = facts[unseen], nodes[unseen]
                gain = score[here[facts]] * self.confidence[facts] * decay
                if step == 1:
                    np.add.at(miss, nodes, np.log1p(-np.minimum(gain, 0.999)))
                else:
                    np.maximum.at(score, nodes, gain)
                fresh.append(nodes)
            front = self._distinct(np.concatenate(fresh))
            hop[front] = step + 1
            if step == 1:
                score[front] = -np.expm1(miss[front])
            score[front] /= 1 + np.log10(np.maximum(self.degrees()[front], 1))
            fronts.append(front)
        nodes = np.concatenate(fronts)
        nodes = nodes[np.argsort(-score[nodes], kind="stable")]
        found = Reached(nodes, hop[nodes] - 1, score[nodes])
        score[nodes], miss[nodes], hop[nodes] = 0.0, 0.0, 0
        return found

    def _scratch(self) -> tuple[NDArray[np.float64], NDArray[np.float64], Ints]:
        """Of this thread, all zeros: score; log of the chance that no way to a node counts; hops + 1 (0: not reached).

        Kept from question to question: fresh pages for a million nodes cost more than the walk. Whoever takes them
        sets back what it touched.
        """
        held = getattr(self._kept, "arrays", None)
        if held is None or len(held[0]) < len(self.ids):
            size = len(self.ids) + len(self.ids) // 8
            held = (np.zeros(size), np.zeros(size), np.zeros(size, np.int32))
            self._kept.arrays = held
        score, miss, hop = held
        return score, miss, hop

    def _distinct(self, nodes: NDArray[Any]) -> Numbers:
        """Sorted, each once: by sorting where they are few, by marks where they are many."""
        if 16 * len(nodes) < len(self.ids):
            return np.unique(nodes).astype(np.int64)
        marks = np.zeros(len(self.ids), np.bool_)
        marks[nodes] = True
        return np.flatnonzero(marks)

    def among(self, nodes: Numbers, *, allowed: Flags | None = None, at: date | None = None) -> Numbers:
        """Numbers of the facts that join two of `nodes`."""
        inside = np.zeros(len(self.ids), np.bool_)
        inside[nodes] = True
        facts = self.standing(self.touching(nodes, incoming=False), allowed, at)
        kept: Numbers = facts[inside[self.target[facts]]]
        return kept

    def edge(self, fact: int) -> Edge:
        """A fact by number."""
        since = int(self._facts.column("since")[fact])
        until = int(self._facts.column("until")[fact])
        return Edge(
            source=self.ids[self.source[fact]],
            relation=RELATIONS[self.relation[fact]],
            target=self.ids[self.target[fact]],
            origin=ORIGINS[self._facts.column("origin")[fact]],
            provenance=self.provenance.get(int(fact), ()),
            support=int(self.support[fact]),
            confidence=round(float(self.confidence[fact]), 4),
            valid_from=None if since == _OPEN_FROM else date.fromordinal(since + _EPOCH),
            valid_to=None if until == _OPEN_TO else date.fromordinal(until + _EPOCH),
        )

    def edges(self) -> Iterable[Edge]:
        """All facts that stand."""
        return (self.edge(int(n)) for n in np.flatnonzero(~self._facts.column("gone")))


def _pointers(ends: NDArray[np.int64], nodes: int) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.bincount(ends, minlength=nodes)))).astype(np.int64)
