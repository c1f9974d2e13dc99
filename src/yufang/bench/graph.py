"""`yufang bench graph`: questions to a million facts, and a thousand new ones, beside plain SQL and a graph library.

The graph is made by seed: typed nodes in the shares that the shipped packs have, a skewed number of facts a node (few
hubs, many with two or three). All sides answer the same question, every node within three facts either way, and must
count the same nodes. SQL is SQLite with an index on either end, in memory; the library is rustworkx.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from yufang.graph.model import ORIGINS, RELATIONS, Edge
from yufang.graph.projection import Projection

FACTS, NODES, NEW = 1_000_000, 400_000, 1_000
HOPS, QUESTIONS, SQL_QUESTIONS = 3, 200, 20
SHARES = {"hazard": 0.25, "cause": 0.3, "measure": 0.2, "part": 0.1, "equipment": 0.05, "case": 0.1}
THREE_HOPS = """
WITH RECURSIVE near(node, hop) AS (
    SELECT ?, 0
    UNION
    SELECT CASE WHEN f.source = near.node THEN f.target ELSE f.source END, near.hop + 1
    FROM near JOIN facts f ON f.source = near.node OR f.target = near.node
    WHERE near.hop < 3
)
SELECT count(DISTINCT node) FROM near
"""


def run(train: Path, test: Path | None = None, seed: int = 0, facts: int = FACTS) -> dict[str, Any]:
    """Milliseconds of a three-hop question (median, 95th percentile, worst) and of 1,000 new facts.

    train, test: not read; the graph is made by `seed`.
    """
    ids, source, target, relation = made_graph(seed, facts)
    clock = time.perf_counter()
    graph = projected(ids, source, target, relation)
    built = time.perf_counter() - clock
    asked = np.random.default_rng(seed + 1).integers(0, len(ids), QUESTIONS).tolist()
    graph.reach({asked[0]: 1.0}, HOPS)  # pages in
    times, sizes = _timed(lambda node: len(graph.reach({node: 1.0}, HOPS).nodes), asked)
    hub = int(np.argmax(graph.degrees()))
    hub_times, hub_sizes = _timed(lambda node: len(graph.reach({node: 1.0}, HOPS).nodes), [hub] * 5)
    result: dict[str, Any] = {
        "facts": len(graph),
        "nodes": len(ids),
        **_figures(times),
        "nodes_reached_median": int(np.median(sizes)),
        "largest_hub_ms": round(1e3 * float(np.median(hub_times)), 2),
        "nodes_reached_from_hub": hub_sizes[0],
        "build_s": round(built, 3),
    }
    result |= _grow(graph, seed, asked)
    result["peers"] = {
        "sqlite": _sqlite(source, target, asked[:SQL_QUESTIONS], sizes),
        "rustworkx": _rustworkx(len(ids), source, target, asked, sizes),
    }
    return result


def made_graph(seed: int, facts: int) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]:
    """Ids, and distinct facts as source, target and relation: `facts` of them over 0.4 nodes a fact."""
    rng = np.random.default_rng(seed)
    nodes = max(10, int(facts * NODES / FACTS))
    kinds = rng.choice(list(SHARES), nodes, p=list(SHARES.values()))
    ids = [f"{kind}:{number}" for number, kind in enumerate(kinds)]
    weight = (np.arange(nodes) + 10.0) ** -0.6  # few hubs, many with little
    weight /= weight.sum()
    place = rng.permutation(nodes)
    source = place[rng.choice(nodes, int(facts * 1.2), p=weight)]
    target = place[rng.choice(nodes, int(facts * 1.2), p=weight)]
    apart = source != target
    low, high = np.minimum(source, target)[apart], np.maximum(source, target)[apart]
    _, first = np.unique(low.astype(np.int64) * nodes + high, return_index=True)
    kept = np.sort(first)[:facts]
    relation = rng.integers(0, len(RELATIONS), len(kept)).astype(np.int8)
    return ids, source[apart][kept].astype(np.int32), target[apart][kept].astype(np.int32), relation


def projected(
    ids: list[str], source: NDArray[np.int32], target: NDArray[np.int32], relation: NDArray[np.int8]
) -> Projection:
    """The made graph as the platform holds it."""
    graph = Projection()
    graph.add_nodes(ids)
    graph.load(
        {
            "source": source,
            "target": target,
            "relation": relation,
            "origin": np.full(len(source), ORIGINS.index("record"), np.int8),
            "support": np.full(len(source), 3, np.int32),
            "confidence": np.full(len(source), 0.8, np.float32),
        }
    )
    return graph


def _timed(ask: Callable[[int], int], nodes: list[int]) -> tuple[list[float], list[int]]:
    times, answers = [], []
    for node in nodes:
        clock = time.perf_counter()
        answers.append(ask(node))
        times.append(time.perf_counter() - clock)
    return times, answers


def _figures(times: list[float]) -> dict[str, float]:
    ms = 1e3 * np.array(times)
    return {
        "three_hops_median_ms": round(float(np.median(ms)), 2),
        "three_hops_p95_ms": round(float(np.percentile(ms, 95)), 2),
        "three_hops_worst_ms": round(float(ms.max()), 2),
    }


def _grow(graph: Projection, seed: int, asked: list[int]) -> dict[str, Any]:
    """A thousand new facts, between nodes that stand and new ones, and the question after them."""
    rng = np.random.default_rng(seed + 2)
    ends = rng.integers(0, len(graph.ids), NEW)
    edges = [
        Edge(
            source=f"case:new{number}",
            relation="involves",
            target=graph.ids[int(end)],
            origin="case",
            provenance=(f"new{number}",),
            support=1,
            confidence=0.9,
        )
        for number, end in enumerate(ends)
    ]
    merges = graph.merges
    clock = time.perf_counter()
    added = graph.add(edges)
    grown = time.perf_counter() - clock
    times, _ = _timed(lambda node: len(graph.reach({node: 1.0}, HOPS).nodes), asked)
    clock = time.perf_counter()
    graph.merge()
    merged = time.perf_counter() - clock
    return {
        "new_facts": added,
        "new_facts_ms": round(1e3 * grown, 2),
        "rebuilt_for_them": graph.merges - merges - 1,
        "three_hops_median_after_ms": round(1e3 * float(np.median(times)), 2),
        "merge_ms": round(1e3 * merged, 1),
    }


def _sqlite(source: NDArray[np.int32], target: NDArray[np.int32], asked: list[int], sizes: list[int]) -> dict[str, Any]:
    clock = time.perf_counter()
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE facts (source INTEGER, target INTEGER)")
    base.executemany("INSERT INTO facts VALUES (?, ?)", zip(source.tolist(), target.tolist(), strict=True))
    base.execute("CREATE INDEX by_source ON facts (source, target)")
    base.execute("CREATE INDEX by_target ON facts (target, source)")
    built = time.perf_counter() - clock
    times, found = _timed(lambda node: int(base.execute(THREE_HOPS, [node]).fetchone()[0]), asked)
    base.close()
    _same("sqlite", found, sizes)
    return {**_figures(times), "build_s": round(built, 3)}


def _rustworkx(
    nodes: int, source: NDArray[np.int32], target: NDArray[np.int32], asked: list[int], sizes: list[int]
) -> dict[str, Any]:
    clock = time.perf_counter()
    graph: rx.PyGraph[None, None] = rx.PyGraph()
    graph.add_nodes_from([None] * nodes)
    graph.add_edges_from_no_data(list(zip(source.tolist(), target.tolist(), strict=True)))
    built = time.perf_counter() - clock

    def ask(node: int) -> int:
        seen, front = {node}, {node}
        for _ in range(HOPS):
            front = {near for here in front for near in graph.neighbors(here)} - seen
            seen |= front
        return len(seen)

    times, found = _timed(ask, asked)
    _same("rustworkx", found, sizes)
    return {**_figures(times), "build_s": round(built, 3)}


def _same(peer: str, found: list[int], sizes: list[int]) -> None:
    if found != sizes[: len(found)]:
        raise ValueError(f"{peer} and yufang reach different nodes: {found[:5]} and {sizes[:5]}")
