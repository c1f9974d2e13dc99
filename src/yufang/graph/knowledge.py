"""All that the graph knows, ready for questions: nodes, facts, chains, candidates, and the words that find them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any, Self

import polars as pl

from yufang.graph.build import before
from yufang.graph.chains import ToldCase, case_chains, case_edges, pack_chains, told_cases
from yufang.graph.general import premises
from yufang.graph.hierarchy import Hierarchy, industry_tree
from yufang.graph.induce import Candidate, from_cases, from_findings
from yufang.graph.model import CURATED, Chain, Edge, GraphError, Node
from yufang.graph.projection import Projection
from yufang.graph.risk_graph import EDGE_COLUMNS, NODE_COLUMNS, RiskGraph
from yufang.graph.search import PhraseReader, Search
from yufang.packs import Pack

FILES = ("facts_nodes", "facts", "chains", "candidates")


class Knowledge:
    """Facts in memory for questions (`yufang.graph.questions`). Grows by `add`; what stands is not built anew."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.words: dict[str, tuple[str, ...]] = {}
        self.chains: list[Chain] = []
        self.candidates: list[Candidate] = []
        self.projection = Projection()
        self.hierarchy = Hierarchy()
        self.search = Search()
        self._chains_of: dict[str, list[int]] = defaultdict(list)

    @property
    def facts(self) -> int:
        """How many facts stand."""
        return len(self.projection)

    def add(
        self,
        nodes: Iterable[Node] = (),
        edges: Iterable[Edge] = (),
        chains: Iterable[Chain] = (),
        words: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Take over nodes, facts and chains. Raises GraphError for a fact without its nodes, GraphCycle for an `is_a`
        that closes a circle; nothing of the call is kept then."""
        nodes, edges = list(nodes), list(edges)
        fresh = {node.id: node for node in nodes}
        tried = [e for e in edges if e.relation == "is_a"]
        for edge in edges:
            for end in (edge.source, edge.target):
                if end not in self.nodes and end not in fresh:
                    raise GraphError(f"fact {edge.source} -{edge.relation}-> {edge.target}: no node {end!r}")
        if tried:
            grown = Hierarchy()
            grown.parents = {child: list(parents) for child, parents in self.hierarchy.parents.items()}
            for edge in tried:
                grown.add(edge.source, edge.target)
            self.hierarchy = grown
        for node in nodes:
            if self.nodes.get(node.id) != node:
                self.nodes[node.id] = node
                if node.kind != "case":
                    said = (words or {}).get(node.id, ())
                    if said:
                        self.words[node.id] = said
                    self.search.add(node.id, (node.label_zh, node.label_en), said)
        self.projection.add_nodes([node.id for node in nodes])
        self.projection.add(edges)
        self._add_chains(chains)

    def set_chains(self, chains: Iterable[Chain]) -> None:
        """These chains in place of those that stood."""
        self.chains = []
        self._chains_of.clear()
        self._add_chains(chains)

    def _add_chains(self, chains: Iterable[Chain]) -> None:
        for chain in chains:
            for one in (*chain.nodes, *chain.beside):
                self._chains_of[one].append(len(self.chains))
            self.chains.append(chain)

    def forget(self, edges: Iterable[Edge]) -> int:
        """Take facts away; returns how many stood."""
        edges = list(edges)
        for edge in edges:
            if edge.relation == "is_a" and edge.target in self.hierarchy.parents.get(edge.source, ()):
                self.hierarchy.parents[edge.source].remove(edge.target)
        return self.projection.remove(edges)

    def node(self, node_id: str) -> Node:
        """A node by id. Raises GraphError for an unknown one."""
        if node_id not in self.nodes:
            raise GraphError(f"no node {node_id!r}; `yufang graph explore` finds nodes by what they are called")
        return self.nodes[node_id]

    def chains_of(self, node_id: str) -> list[Chain]:
        """Chains that hold a node, in order or beside; those that most cases showed first."""
        held = [self.chains[n] for n in self._chains_of.get(node_id, ())]
        return sorted(held, key=lambda c: (-c.support, -c.lost_days, c.nodes))

    def edges(self) -> Iterable[Edge]:
        """All facts that stand."""
        return self.projection.edges()

    @classmethod
    def build(
        cls,
        risk: RiskGraph,
        cases: pl.DataFrame | None = None,
        hazards: pl.DataFrame | None = None,
        *,
        general: bool = True,
    ) -> Self:
        """From the risk graph and the records it was built from (same columns, same day), with the facts of premises,
        the industries' tree, a node for each case, chains, and candidates."""
        known = cls()
        known.add(risk.nodes.values(), risk.edges, pack_chains(risk.packs), pack_words(risk.packs))
        if general:
            own = premises()
            known.add(own.nodes, own.edges, own.chains, own.words)
        told: list[ToldCase] = []
        if cases is not None and len(cases):
            told = known._add_cases(risk, before(cases, "occurred_on", risk.at), general)
        tree_nodes, tree = industry_tree(list(known.nodes.values()))
        known.add([n for n in tree_nodes if n.id not in known.nodes], tree)
        curated = frozenset((e.source, e.relation, e.target) for e in known.edges() if e.origin in CURATED)
        known.candidates = from_cases(told, curated)
        if hazards is not None and len(hazards):
            found = _findings(risk, before(hazards, "found_on", risk.at))
            known.candidates += from_findings(found, _injuries(cases, told), curated)
        return known

    def _add_cases(self, risk: RiskGraph, cases: pl.DataFrame | None, general: bool) -> list[ToldCase]:
        if cases is None:
            return []
        words = premises().words if general else {}
        told = told_cases(cases, risk.packs, risk.linker, PhraseReader(words), frozenset(self.nodes))
        labels = dict(zip(cases["case_id"], cases["narrative"].fill_null(""), strict=True))
        nodes = [
            Node(
                id=f"case:{case.case_id}",
                kind="case",
                label_zh=case.case_id,
                label_en=case.case_id,
                detail_zh=(labels[case.case_id] or "")[:160],
            )
            for case in told
        ]
        edges = [edge for edge in case_edges(told) if edge.target in self.nodes]
        chains = [c for c in case_chains(told) if all(n in self.nodes for n in c.nodes)]
        self.add(nodes, edges, chains)
        return told

    def write(self, folder: Path) -> None:
        """Write `facts_nodes`, `facts`, `chains` and `candidates` (.parquet) into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        node_rows = [asdict(n) | {"words": list(self.words.get(n.id, ()))} for n in self.nodes.values()]
        rows: dict[str, tuple[list[dict[str, Any]], pl.Schema]] = {
            "facts_nodes": (node_rows, pl.Schema({**NODE_COLUMNS, "words": pl.List(pl.String)})),
            "facts": ([asdict(e) | {"provenance": list(e.provenance)} for e in self.edges()], EDGE_COLUMNS),
            "chains": ([_listed(c) for c in self.chains], _CHAINS),
            "candidates": ([_listed(c) for c in self.candidates], _CANDIDATES),
        }
        for name, (body, schema) in rows.items():
            pl.DataFrame(body, schema=schema).write_parquet(folder / f"{name}.parquet")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` wrote. Raises FileNotFoundError naming the missing file."""
        known = cls()
        nodes, words = [], {}
        for row in pl.read_parquet(folder / "facts_nodes.parquet").iter_rows(named=True):
            said = tuple(row.pop("words") or ())
            nodes.append(Node(**row))
            if said:
                words[row["id"]] = said
        known.add(nodes, _rows(folder / "facts.parquet", Edge), _rows(folder / "chains.parquet", Chain), words)
        known.candidates = _rows(folder / "candidates.parquet", Candidate)
        return known


_LISTS = pl.List(pl.String)
_CHAINS = pl.Schema(
    {  # type: ignore[arg-type]  # polars takes classes and instances beside each other
        "nodes": _LISTS,
        "origin": pl.String,
        "provenance": _LISTS,
        "beside": _LISTS,
        "support": pl.Int64,
        "lost_days": pl.Float64,
        "deaths": pl.Int64,
        "severity": pl.String,
        "valid_from": pl.Date,
    }
)
_CANDIDATES = pl.Schema(
    {  # type: ignore[arg-type]
        "source": pl.String,
        "relation": pl.String,
        "target": pl.String,
        "shown": pl.Int64,
        "units": pl.Int64,
        "lift": pl.Float64,
        "lift_low": pl.Float64,
        "confidence": pl.Float64,
        "p_value": pl.Float64,
        "provenance": _LISTS,
        "basis": pl.String,
        "valid_from": pl.Date,
    }
)


def _listed(row: Chain | Candidate) -> dict[str, Any]:
    body = {f.name: getattr(row, f.name) for f in fields(row)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in body.items()}


def _rows(path: Path, kind: type[Any]) -> list[Any]:
    rows = pl.read_parquet(path).iter_rows(named=True)
    return [kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}) for row in rows]


def pack_words(packs: Sequence[Pack]) -> dict[str, tuple[str, ...]]:
    """Other names of equipment, tasks and materials, and the phrases of hazards."""
    words: dict[str, tuple[str, ...]] = {}
    for pack in packs:
        for kind, entries in (("equipment", pack.equipment), ("task", pack.tasks), ("material", pack.materials)):
            words |= {f"{kind}:{pack.key}/{entry.key}": entry.aliases for entry in entries}
        words |= {f"hazard:{pack.key}/{row.id}": row.words for row in pack.hazards}
    return words


def _findings(risk: RiskGraph, hazards: pl.DataFrame | None) -> list[tuple[str, date, str, str]]:
    """(enterprise, day, hazard node, record) of records whose text is linked to a pack row."""
    if hazards is None or not risk.packs:
        return []
    dated = hazards.filter(pl.col("found_on").is_not_null() & (pl.col("enterprise_id").fill_null("") != ""))
    # The same words stand in thousands of records: each wording of a trade is linked once.
    asked = dated.select(text=pl.col("text").fill_null(""), code=pl.col("industry_code").fill_null("")).unique()
    asked = asked.sort("text", "code")
    linker, known = risk.linker, {}
    texts, codes = asked["text"].to_list(), asked["code"].to_list()
    for at in range(0, len(texts), 4_096):
        part = slice(at, at + 4_096)
        for text, code, link in zip(texts[part], codes[part], linker.link(texts[part], codes[part]), strict=True):
            known[text, code] = link.key
    rows = dated.select("enterprise_id", "found_on", "text", "industry_code", "record_id").iter_rows()
    made = ((owner, on, known[text or "", code or ""], record) for owner, on, text, code, record in rows)
    return [(owner, on, f"hazard:{key}", record) for owner, on, key, record in made if key]


def _injuries(cases: pl.DataFrame | None, told: Sequence[ToldCase]) -> list[tuple[str, date, str, str]]:
    if cases is None:
        return []
    owners = dict(zip(cases["case_id"], cases["enterprise_id"], strict=True))
    return [
        (owners[case.case_id], case.on, accident, case.case_id)
        for case in told
        for accident in case.accidents
        if case.on is not None and owners.get(case.case_id)
    ]
