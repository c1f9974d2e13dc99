"""Questions to the graph: what stands around an incident, what ways lead to harm, what binds two cases, what a measure
would cut."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import rustworkx as rx

from yufang.graph.knowledge import Knowledge
from yufang.graph.model import CAUSAL, FACTORS, KINDS, Chain, Edge, GraphError, Node, factor_of
from yufang.graph.projection import Flags, Numbers, relation_flags
from yufang.graph.search import Hit

HARM = ("accident_type", "injury")
# Reached and not walked through: everything is joined to everything over a trade, a clause or a case.
_NOT_THROUGH = ("industry", "clause", "accident_type", "injury", "case")
SEED_SHARE = 0.45  # of the best hit's score; fainter hits are no start
MOST_SEEDS = 8
MOST_STEPS = 60_000  # of a search for paths: a bound, so that no question runs away
SEED_KINDS = ("place", "equipment", "part", "task", "material", "hazard", "cause", "accident_type")


@dataclass(frozen=True, slots=True)
class Spot:
    """A node around a start: how many facts away, how close (0, 1], which of the five factors."""

    node: Node
    hops: int
    score: float
    factor: str


@dataclass(frozen=True, slots=True)
class Circle:
    """What stands around a start."""

    seeds: tuple[Hit, ...]
    spots: tuple[Spot, ...]
    edges: tuple[Edge, ...]
    reached: int  # nodes within the hops, of which `spots` are the closest


@dataclass(frozen=True, slots=True)
class Way:
    """A path to harm. `support`: that of its weakest fact; `shown`: cases that showed it as one whole chain, with ids;
    `lost_days`: of those cases; `confidence`: product over the facts."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    support: int
    confidence: float
    shown: int
    lost_days: float
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bond:
    """What binds two nodes: ways between them that share no inner node, the strongest first, and the facts of all."""

    ways: tuple[tuple[str, ...], ...]
    shared: tuple[str, ...]  # nodes that both touch at once
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """What a measure would cut: the chains through what it controls, and what they carry."""

    measures: tuple[str, ...]
    controls: tuple[str, ...]  # hazards and causes
    chains: tuple[Chain, ...]
    cases: int
    lost_days: float
    deaths: int
    severity: dict[str, int]  # curated chains by severity
    left: int  # chains between the same ends that go another way, not cut
    left_cases: int


def find(known: Knowledge, text: str, *, limit: int = 20, kinds: Iterable[str] | None = None) -> list[Hit]:
    """Nodes that a text speaks of, best first."""
    return known.search.find(text, limit=limit, kinds=kinds)


def seeds_of(known: Knowledge, text: str) -> tuple[Hit, ...]:
    """The nodes that an incident starts from. Raises GraphError where the text speaks of nothing known."""
    hits = find(known, text, kinds=SEED_KINDS, limit=MOST_SEEDS * 3)
    if not hits:
        raise GraphError(
            f"nothing in the graph is called like {text!r}; name a place, an equipment, a task or what happened"
        )
    kept = [hit for hit in hits if hit.score >= SEED_SHARE * hits[0].score]
    return tuple(kept[:MOST_SEEDS])


def explore(
    known: Knowledge,
    *,
    text: str = "",
    node: str = "",
    hops: int = 2,
    factors: Sequence[str] = (),
    limit: int = 80,
    at: date | None = None,
) -> Circle:
    """The circle around an incident's text or a node: at most `limit` nodes within `hops` facts (1 to 4), closest
    first. `factors` keeps nodes of those factors, beside incidents. Raises GraphError for an unknown node or factor."""
    for factor in factors:
        if factor not in FACTORS:
            raise GraphError(f"no factor {factor!r}; known: {', '.join(FACTORS)}")
    if not 1 <= hops <= 4:
        raise GraphError(f"hops {hops}: 1 to 4 can be asked for")
    if node:
        known.node(node)
        seeds: tuple[Hit, ...] = (Hit(node, 1.0),)
    else:
        seeds = seeds_of(known, text)
    graph = known.projection
    start = _reinforced(known, seeds, at)
    found = graph.reach(start, hops, barred=_kinds(_NOT_THROUGH if len(seeds) > 1 or not node else ("case",)), at=at)
    spots: list[Spot] = []
    for number, hop, score in zip(found.nodes, found.hops, found.scores, strict=True):
        one = graph.ids[number]
        factor = factor_of(one)
        if hop and ((factors and factor not in factors and factor) or (one.startswith("case:") and not node)):
            continue
        spots.append(Spot(known.nodes[one], int(hop), round(float(score), 5), factor))
        if len(spots) == limit:
            break
    kept = np.array([graph.number[spot.node.id] for spot in spots], np.int64)
    edges = _edges(known, graph.among(kept, at=at))
    return Circle(seeds, tuple(spots), edges, len(found.nodes))


def _reinforced(known: Knowledge, seeds: Sequence[Hit], at: date | None) -> dict[int, float]:
    """Scores of the seeds by node; seeds that a fact joins speak for one another."""
    graph = known.projection
    score = {graph.number[hit.node]: hit.score for hit in seeds}
    raised = dict(score)
    for fact in graph.among(np.array(sorted(score), np.int64), at=at).tolist():
        x, y = int(graph.source[fact]), int(graph.target[fact])
        for one, other in ((x, y), (y, x)):
            raised[one] = 1.0 - (1.0 - raised[one]) * (1.0 - 0.5 * score[other])
    return {node: min(0.999, value) for node, value in raised.items()}


def _kinds(names: Iterable[str]) -> Flags:
    flags = np.zeros(len(KINDS), np.bool_)
    for name in names:
        flags[KINDS.index(name)] = True
    return flags


def _edges(known: Knowledge, facts: Numbers) -> tuple[Edge, ...]:
    made = (known.projection.edge(int(fact)) for fact in facts)
    return tuple(sorted(made, key=lambda e: (-e.support, e.source, e.relation, e.target, e.origin)))


def paths(
    known: Knowledge, start: str, end: str = "", *, legs: int = 5, limit: int = 20, at: date | None = None
) -> list[Way]:
    """Ways along causal facts from `start` (an equipment, place, task …) to `end`, or to any harm where it is empty.

    Ranked by cases that showed the whole way, then by confidence and support; at most `limit`, of at most `legs` facts.
    Raises GraphError for an unknown node.
    """
    known.node(start)
    goals = {end} if end else {n for n in known.nodes if n.partition(":")[0] in HARM}
    if end:
        known.node(end)
    graph = known.projection
    allowed = relation_flags(CAUSAL)
    left = _legs_to(known, goals, legs, allowed, at)
    ends = {graph.number[g] for g in goals}
    found: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    queue: list[tuple[float, int, tuple[int, ...], tuple[int, ...]]] = [(0.0, 0, (graph.number[start],), ())]
    steps = 0
    while queue and steps < MOST_STEPS and len(found) < limit * 4:
        cost, _, nodes, facts = heapq.heappop(queue)
        here = nodes[-1]
        if here in ends and facts:
            found.append((nodes, facts))
            if end:
                continue
        if len(facts) == legs:
            continue
        for fact in _best_facts(known, here, allowed, at):
            there = int(graph.target[fact])
            if there in nodes or left[there] < 0 or len(facts) + 1 + left[there] > legs:
                continue
            steps += 1
            doubt = -math.log(max(float(graph.confidence[fact]), 1e-3))
            dear = cost + max(0.0, 0.2 + doubt - 0.02 * math.log1p(int(graph.support[fact])))
            heapq.heappush(queue, (dear, steps, (*nodes, there), (*facts, fact)))
    ways = [_way(known, nodes, facts) for nodes, facts in found]
    return sorted(ways, key=lambda w: (-w.shown, -w.confidence, -w.support, len(w.nodes), w.nodes))[:limit]


def _best_facts(known: Knowledge, here: int, allowed: Flags, at: date | None) -> list[int]:
    """Facts that leave a node, one for each neighbour: the surest, of equal ones the best supported."""
    graph = known.projection
    best: dict[int, int] = {}
    for fact in graph.standing(graph.touching(np.array([here]), incoming=False), allowed, at).tolist():
        there = int(graph.target[fact])
        held = best.get(there)
        worth = (float(graph.confidence[fact]), int(graph.support[fact]))
        if held is None or worth > (float(graph.confidence[held]), int(graph.support[held])):
            best[there] = fact
    return list(best.values())


def _legs_to(known: Knowledge, goals: set[str], legs: int, allowed: Flags, at: date | None) -> np.ndarray:
    """(nodes,) fewest facts from each node to a goal, -1 beyond `legs`."""
    graph = known.projection
    left = np.full(len(graph.ids), -1, np.int32)
    front = np.array(sorted(graph.number[g] for g in goals), np.int64)
    left[front] = 0
    for leg in range(1, legs + 1):
        facts = graph.standing(graph.touching(front, incoming=True), allowed, at)
        nodes = np.unique(graph.source[facts])
        front = nodes[left[nodes] < 0].astype(np.int64)
        if not len(front):
            break
        left[front] = leg
    return left


def _way(known: Knowledge, nodes: tuple[int, ...], facts: tuple[int, ...]) -> Way:
    graph = known.projection
    names = tuple(graph.ids[n] for n in nodes)
    edges = tuple(graph.edge(f) for f in facts)
    shown, days = 0, 0.0
    cases: list[str] = []
    for chain in shown_whole(known, names):
        shown += chain.support
        days += chain.lost_days
        cases += chain.provenance
    confidence = float(np.prod([e.confidence for e in edges]))
    support = min(e.support for e in edges)
    return Way(names, edges, support, round(confidence, 4), shown, days, tuple(dict.fromkeys(cases))[:12])


def shown_whole(known: Knowledge, names: Sequence[str]) -> list[Chain]:
    """Chains of cases that hold all of `names` in this order; parts and kinds above are left out, for cases don't code
    them."""
    above = {a for n in names for a in known.hierarchy.above(n)}
    wanted = [n for n in names if not n.startswith("part:") and n not in above]
    if len(wanted) < 2:
        return []
    rare = min(wanted, key=lambda n: len(known.chains_of(n)))
    return [c for c in known.chains_of(rare) if c.origin == "case" and _in_order(wanted, c)]


def _in_order(wanted: Sequence[str], chain: Chain) -> bool:
    rest = iter(chain.nodes)
    return all(n in rest for n in wanted if n not in chain.beside)


def links(known: Knowledge, a: str, b: str, *, limit: int = 5, at: date | None = None) -> Bond:
    """What binds two nodes, for instance two cases: up to `limit` ways over facts either way that share no inner node.

    A way through what few share (a hazard row) is stronger than one through what many do (a trade). Other cases are not
    walked through. Raises GraphError for an unknown node, or where both are one.
    """
    if a == b:
        raise GraphError(f"{a!r} is given twice; name two nodes")
    for one in (a, b):
        known.node(one)
    graph = known.projection
    barred = _kinds(("case",))
    near = [graph.reach({graph.number[n]: 1.0}, 2, barred=barred, at=at).nodes for n in (a, b)]
    ends = {graph.number[a], graph.number[b]}
    kept = [n for n in np.union1d(*near).tolist() if n in ends or not graph.ids[n].startswith("case:")]
    facts = graph.among(np.array(kept, np.int64), at=at)
    small: rx.PyGraph[int, float] = rx.PyGraph(multigraph=False)
    place = dict(zip(kept, small.add_nodes_from(kept), strict=True))
    shares = np.log2(2.0 + graph.degrees()[np.array(kept, np.int64)])
    dear = dict(zip(kept, shares.tolist(), strict=True))
    for fact in facts.tolist():
        x, y = int(graph.source[fact]), int(graph.target[fact])
        weight = (dear[x] + dear[y]) / 2 + 1.0 - float(graph.confidence[fact])
        held = small.get_edge_data(place[x], place[y]) if small.has_edge(place[x], place[y]) else None
        if held is None or weight < held:
            small.add_edge(place[x], place[y], weight)
    start, goal = place[graph.number[a]], place[graph.number[b]]
    ways: list[tuple[str, ...]] = []
    while len(ways) < limit:
        way = rx.dijkstra_shortest_paths(small, start, target=goal, weight_fn=float)
        if goal not in way:
            break
        steps = list(way[goal])
        ways.append(tuple(graph.ids[small[n]] for n in steps))
        if len(steps) == 2:
            small.remove_edge(start, goal)
        for inner in steps[1:-1]:
            small.remove_node(inner)
    walked = {graph.number[n] for way in ways for n in way}
    edges = _edges(known, graph.among(np.array(sorted(walked), np.int64), at=at)) if walked else ()
    return Bond(tuple(ways), tuple(way[1] for way in ways if len(way) == 3), edges)


def cuts(known: Knowledge, measures: Sequence[str], *, limit: int = 50) -> Cut:
    """What one or more measures would cut: chains through the hazards and causes that they control.

    Chains that run beside between the same ends are counted as left. Raises GraphError for an unknown node or one that
    is no measure.
    """
    controls: dict[str, None] = {}
    graph = known.projection
    for measure in measures:
        if known.node(measure).kind != "measure":
            raise GraphError(f"{measure!r} is no measure; its id begins with 'measure:'")
        here = np.array([graph.node(measure)])
        facts = graph.standing(graph.touching(here, incoming=True), relation_flags(["controlled_by"]))
        for fact in facts.tolist():
            controls[graph.ids[graph.source[fact]]] = None
    cut = {id(chain): chain for node in controls for chain in known.chains_of(node)}
    ends = {(c.nodes[0], _harm(c)) for c in cut.values()}
    beside = {
        id(c): c
        for first, harm in ends
        for c in known.chains_of(first)
        if id(c) not in cut and c.nodes[0] == first and _harm(c) == harm
    }
    chains = sorted(cut.values(), key=lambda c: (-c.support, -c.lost_days, c.nodes))
    severity: dict[str, int] = defaultdict(int)
    for chain in chains:
        if chain.severity:
            severity[chain.severity] += 1
    return Cut(
        measures=tuple(measures),
        controls=tuple(controls),
        chains=tuple(chains[:limit]),
        cases=sum(c.support for c in chains),
        lost_days=sum(c.lost_days for c in chains),
        deaths=sum(c.deaths for c in chains),
        severity=dict(severity),
        left=len(beside),
        left_cases=sum(c.support for c in beside.values()),
    )


def _harm(chain: Chain) -> str:
    return next((n for n in chain.nodes if n.startswith("accident_type:")), chain.nodes[-1])
