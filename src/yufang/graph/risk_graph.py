"""The risk graph: facts of packs, cases and records, projected into memory for path queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Self

import polars as pl
import rustworkx as rx

from yufang.graph.build import Builder, add_cases, add_hazards, add_pack, before
from yufang.graph.linking import Linker
from yufang.graph.model import Edge, GraphError, Node
from yufang.packs import Pack

NODE_COLUMNS = pl.Schema(
    {"id": pl.String, "kind": pl.String, "label_zh": pl.String, "label_en": pl.String, "detail_zh": pl.String}
)
EDGE_COLUMNS = pl.Schema(
    {  # type: ignore[arg-type]  # polars takes classes and instances beside each other
        "source": pl.String,
        "relation": pl.String,
        "target": pl.String,
        "origin": pl.String,
        "provenance": pl.List(pl.String),
        "support": pl.Int64,
        "confidence": pl.Float64,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    }
)


class RiskGraph:
    """Typed nodes and edges as of `at`, with the packs whose rows they come from.

    Several edges may join two nodes: one by relation and origin. The graph is not changed after it was built.
    """

    def __init__(
        self, nodes: Iterable[Node], edges: Iterable[Edge], packs: Sequence[Pack], at: date | None = None
    ) -> None:
        self.nodes: dict[str, Node] = {node.id: node for node in nodes}
        self.edges: tuple[Edge, ...] = tuple(edges)
        self.packs: tuple[Pack, ...] = tuple(packs)
        self.at = at
        self._linker: Linker | None = None
        self._graph: rx.PyDiGraph[str, int] = rx.PyDiGraph(multigraph=True)
        self._index = dict(zip(self.nodes, self._graph.add_nodes_from(list(self.nodes)), strict=True))
        for number, edge in enumerate(self.edges):
            for end in (edge.source, edge.target):
                if end not in self._index:
                    raise GraphError(f"edge {edge.source} -{edge.relation}-> {edge.target}: no node {end!r}")
            self._graph.add_edge(self._index[edge.source], self._index[edge.target], number)

    @classmethod
    def build(
        cls,
        packs: Sequence[Pack],
        cases: pl.DataFrame | None = None,
        hazards: pl.DataFrame | None = None,
        at: date | None = None,
    ) -> Self:
        """Build from packs, coded cases (lake INJURY_CASES plus `code_<facet>` columns) and lake HAZARD_RECORDS.

        With `at`, only cases and records dated strictly before it count.
        """
        builder = Builder()
        linker = Linker(packs)
        for pack in packs:
            add_pack(builder, pack)
        known_cases, known_hazards = before(cases, "occurred_on", at), before(hazards, "found_on", at)
        if known_cases is not None and not known_cases.is_empty():
            add_cases(builder, known_cases, packs, linker)
        if known_hazards is not None and not known_hazards.is_empty():
            add_hazards(builder, known_hazards, linker)
        graph = cls(builder.nodes.values(), builder.edges(), packs, at)
        graph._linker = linker
        return graph

    @property
    def linker(self) -> Linker:
        """Links texts to rows of the graph's packs; prepared once, as that takes a second."""
        if self._linker is None:
            self._linker = Linker(self.packs)
        return self._linker

    def node(self, node_id: str) -> Node:
        """The node; raises GraphError where there is none."""
        try:
            return self.nodes[node_id]
        except KeyError:
            raise GraphError(f"the graph has no node {node_id!r}") from None

    def neighbours(self, node_id: str, relation: str | None = None, *, incoming: bool = False) -> list[Edge]:
        """Edges that leave (or enter) a node, best supported first. Raises GraphError for an unknown node."""
        self.node(node_id)
        index = self._index[node_id]
        triples = self._graph.in_edges(index) if incoming else self._graph.out_edges(index)
        edges = (self.edges[number] for _, _, number in triples)
        kept = [e for e in edges if (relation is None or e.relation == relation) and e.holds(self.at)]
        return sorted(kept, key=lambda e: (-e.support, -e.confidence, e.source, e.target, e.origin))

    def edges_between(self, source: str, target: str) -> list[Edge]:
        """Edges from one node straight to another, best supported first."""
        return [edge for edge in self.neighbours(source) if edge.target == target]

    def paths(self, start: str, end: str, cutoff: int = 4, limit: int = 20) -> list[tuple[Edge, ...]]:
        """Simple directed paths of at most `cutoff` edges, shortest first; on each leg the best supported edge."""
        self.node(start)
        self.node(end)
        found = rx.all_simple_paths(self._graph, self._index[start], self._index[end], cutoff=cutoff + 1)
        walks = sorted({tuple(walk) for walk in found}, key=lambda walk: (len(walk), walk))
        paths = []
        for walk in walks:
            names = [self._graph[index] for index in walk]
            legs = [self.edges_between(a, b) for a, b in pairwise(names)]
            if all(legs):
                paths.append(tuple(leg[0] for leg in legs))
            if len(paths) == limit:
                break
        return paths

    def write(self, folder: Path) -> None:
        """Write `graph_nodes.parquet`, `graph_edges.parquet` and `graph.json` (date, packs) into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        pl.DataFrame([asdict(n) for n in self.nodes.values()], schema=NODE_COLUMNS).write_parquet(
            folder / "graph_nodes.parquet"
        )
        pl.DataFrame(
            [asdict(e) | {"provenance": list(e.provenance)} for e in self.edges], schema=EDGE_COLUMNS
        ).write_parquet(folder / "graph_edges.parquet")
        about = {"at": self.at.isoformat() if self.at else None, "packs": [[p.key, p.version] for p in self.packs]}
        (folder / "graph.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path, packs: Sequence[Pack]) -> Self:
        """Read what `write` wrote; `packs` must hold its packs. Raises GraphError where one is missing."""
        about = json.loads((folder / "graph.json").read_text(encoding="utf-8"))
        here = {(pack.key, pack.version): pack for pack in packs}
        for key, version in about["packs"]:
            if (key, version) not in here:
                raise GraphError(
                    f"{folder}: built from pack {key} {version}, which is not installed; build the graph again"
                )
        nodes = [Node(**row) for row in pl.read_parquet(folder / "graph_nodes.parquet").iter_rows(named=True)]
        rows = pl.read_parquet(folder / "graph_edges.parquet").iter_rows(named=True)
        edges = [Edge(**{**row, "provenance": tuple(row["provenance"])}) for row in rows]
        at = date.fromisoformat(about["at"]) if about["at"] else None
        return cls(nodes, edges, [here[key, version] for key, version in about["packs"]], at)
