"""From scored pairs to clusters that keep their ids: constrained, deterministic, with a history of merges and splits.

Pairs are joined from the surest down. A pair that a person called different is never in one cluster, whatever joins it
on the way; a pair that a person called the same always is, unless the newer of two decisions says otherwise. Two
different values of the kind's exclusive column (a valid credit code, a valid identity number) keep two clusters apart.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Event = Literal["created", "grown", "reduced", "merged", "split", "regrouped", "gone"]


class Edge(NamedTuple):
    """Two records and the weight (bits) of what speaks for their being one."""

    left: str
    right: str
    weight: float


class Decision(NamedTuple):
    """A person's word on two records; the newest word on a pair holds, for ever."""

    left: str
    right: str
    same: bool
    who: str
    at: str  # ISO time
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One step in the life of clusters: from which ids to which, when, why, by whom, and how many records it moved."""

    at: str
    event: Event
    from_ids: tuple[str, ...]
    to_ids: tuple[str, ...]
    records: int
    reason: str
    who: str


@dataclass(frozen=True, slots=True)
class Clustering:
    """Which cluster each record is in, what changed against before, and decisions that others overrule."""

    members: dict[str, str]  # record → cluster
    changes: tuple[Change, ...]
    overruled: tuple[Decision, ...]


def newest(decisions: Iterable[Decision]) -> list[Decision]:
    """The holding decision of each pair, newest first."""
    held: dict[tuple[str, str], Decision] = {}
    for decision in sorted(decisions, key=lambda d: (d.at, d.left, d.right, d.same, d.who)):
        left, right = sorted((decision.left, decision.right))
        held[left, right] = decision
    return sorted(held.values(), key=lambda d: (d.at, d.left, d.right), reverse=True)


def cluster(
    records: Sequence[str],
    edges: Iterable[Edge],
    *,
    before: Mapping[str, str] | None = None,
    decisions: Iterable[Decision] = (),
    exclusive: Mapping[str, str] | None = None,
    at: datetime,
    reason: str,
    who: str,
    prefix: str = "C",
    retired: Iterable[str] = (),
) -> Clustering:
    """Cluster `records` by `edges` (those at or above the accepted probability).

    `before` maps records to the clusters they were in; `retired` are ids that once were used and must not return.
    `exclusive` maps records to a value of which a cluster holds only one. `at`, `reason` and `who` go into the history.
    The same input gives the same ids and the same history, in whatever order it comes.
    """
    groups = _Groups(records, exclusive or {})
    overruled = _decide(groups, newest(decisions))
    for left, right, _ in sorted(edges, key=lambda e: (-e.weight, *sorted(e[:2]))):
        groups.join(left, right)
    before = {record: cid for record, cid in (before or {}).items() if cid}
    found = sorted(sorted(group) for group in groups.sets())
    ids = _ids(found, before, {*retired, *before.values()}, prefix)
    members = {record: cid for cid, group in zip(ids, found, strict=True) for record in group}
    moment = at.isoformat(timespec="seconds")
    return Clustering(members, tuple(_changes(before, members, moment, reason, who)), tuple(overruled))


def _decide(groups: _Groups, decisions: list[Decision]) -> list[Decision]:
    """Put people's words in force: first what is different, then what is the same, newest first."""
    for decision in decisions:
        if not decision.same:
            groups.part(decision.left, decision.right)
    return [d for d in decisions if d.same and not groups.join(d.left, d.right, decided=True)]


class _Groups:
    """Disjoint sets with pairs that may not meet and values that may not differ."""

    def __init__(self, records: Sequence[str], exclusive: Mapping[str, str]) -> None:
        self._parent = {record: record for record in records}
        self._members = {record: [record] for record in records}
        self._apart: dict[str, set[str]] = {}
        self._values: dict[str, set[str]] = {r: {exclusive[r]} for r in records if exclusive.get(r)}

    def _root(self, record: str) -> str:
        parent = self._parent
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def part(self, left: str, right: str) -> None:
        """Never let these two meet. Called before anything is joined."""
        if left in self._parent and right in self._parent:
            self._apart.setdefault(left, set()).add(right)
            self._apart.setdefault(right, set()).add(left)

    def join(self, left: str, right: str, *, decided: bool = False) -> bool:
        """Join the two sets unless something keeps them apart; whether they are one (or aren't here)."""
        if left not in self._parent or right not in self._parent:
            return True
        a, b = self._root(left), self._root(right)
        if a == b:
            return True
        if len(self._members[a]) < len(self._members[b]):
            a, b = b, a
        if self._forbidden(a, b):
            return False
        ours, theirs = self._values.get(a, set()), self._values.get(b, set())
        if not decided and ours and theirs and not ours & theirs:
            return False
        self._parent[b] = a
        self._members[a] += self._members.pop(b)
        if theirs:
            self._values[a] = ours | theirs
        return True

    def _forbidden(self, a: str, b: str) -> bool:
        if not self._apart:
            return False
        inside = set(self._members[a])
        return any(not inside.isdisjoint(self._apart.get(record, ())) for record in self._members[b])

    def sets(self) -> list[list[str]]:
        return list(self._members.values())


def _ids(found: list[list[str]], before: Mapping[str, str], used: set[str], prefix: str) -> list[str]:
    """An id for each group: an old cluster's id stays with the group that holds most of it."""
    claims: dict[str, list[tuple[int, int]]] = defaultdict(list)  # old id → (records, group)
    for number, group in enumerate(found):
        for cid, count in Counter(before[r] for r in group if r in before).items():
            claims[cid].append((count, number))
    won: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for cid, places in claims.items():
        count, number = min(places, key=lambda place: (-place[0], place[1]))
        won[number].append((count, cid))
    ids = []
    for number, group in enumerate(found):
        if number in won:
            ids.append(min(won[number], key=lambda one: (-one[0], one[1]))[1])
        else:
            ids.append(_new_id(group[0], used, prefix))
    return ids


def _new_id(record: str, used: set[str], prefix: str) -> str:
    """An id that was never used, from the group's first record."""
    for turn in range(1_000_000):
        key = record if turn == 0 else f"{record}\n{turn}"
        cid = prefix + hashlib.sha256(key.encode()).hexdigest()[:16]
        if cid not in used:
            used.add(cid)
            return cid
    raise RuntimeError("no free id")  # a million hashes of 64 bits don't collide


def _changes(before: Mapping[str, str], after: Mapping[str, str], at: str, reason: str, who: str) -> Iterable[Change]:
    """What became of each cluster. Clusters of one record that only appeared are not told."""
    came: dict[str, Counter[str]] = defaultdict(Counter)  # new id → old ids ("" for new records)
    went: dict[str, Counter[str]] = defaultdict(Counter)  # old id → new ids ("" for records that are gone)
    for record, cid in after.items():
        came[cid][before.get(record, "")] += 1
    for record, cid in before.items():
        went[cid][after.get(record, "")] += 1
    done: set[str] = set()
    for cid in sorted(went):
        if cid in done:
            continue
        olds, news = _whole(cid, came, went)
        done |= olds
        if len(news) > 1:
            event: Event = "split" if len(olds) == 1 else "regrouped"
        elif not news:
            event = "gone"
        elif len(olds) > 1:
            event = "merged"
        else:
            (new,) = news
            if came[new][""]:
                event = "grown"
            elif went[cid][""]:
                event = "reduced"
            else:
                continue
        moved = sum(n for new in news for old, n in came[new].items() if old != new) or sum(went[cid].values())
        yield Change(at, event, tuple(sorted(olds)), tuple(sorted(news)), moved, reason, who)
    for cid in sorted(came):
        if set(came[cid]) == {""} and came[cid][""] > 1:
            yield Change(at, "created", (), (cid,), came[cid][""], reason, who)


def _whole(cid: str, came: Mapping[str, Counter[str]], went: Mapping[str, Counter[str]]) -> tuple[set[str], set[str]]:
    """All old and new clusters that exchanged records with `cid`, directly or through others."""
    olds, news, todo = {cid}, set[str](), [cid]
    while todo:
        for new in went[todo.pop()]:
            if not new or new in news:
                continue
            news.add(new)
            for old in came[new]:
                if old and old not in olds:
                    olds.add(old)
                    todo.append(old)
    return olds, news
