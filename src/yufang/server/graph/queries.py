"""Questions to the region's graph, and the candidates that wait."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from yufang.graph.model import CURATED, Chain, Edge, GraphError, factor_of
from yufang.later import LaterModule
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.cases.models import InjuryCase
from yufang.server.errors import Refused, not_found
from yufang.server.graph.contracts import (
    BondOut,
    CandidateOut,
    CandidatePage,
    CaseRef,
    ChainOut,
    CircleOut,
    CutOut,
    FactOut,
    NodeDetail,
    NodeOut,
    SpotOut,
    SummaryOut,
    WayOut,
    WordOut,
)
from yufang.server.graph.memory import graph_of_scope, reading
from yufang.server.graph.models import Candidate, CandidateDecision
from yufang.server.paging import window

if TYPE_CHECKING:
    from yufang.graph import Knowledge, exchange
    from yufang.graph import questions as ask
else:  # the kernels behind a graph are read once somebody asks it
    ask, exchange = LaterModule("yufang.graph.questions"), LaterModule("yufang.graph.exchange")

FACTS_SHOWN, CHAINS_SHOWN, CASES_SHOWN, CLAUSES_SHOWN = 80, 12, 12, 12
_FRESH = NodeOut(id="", kind="", label_zh="", label_en="", detail_zh="", factor="")


@contextmanager
def _asking() -> Iterator[Knowledge]:
    """The scope's graph; what floor 1 refuses is answered as a refusal in both languages."""
    graph = graph_of_scope()
    try:
        with reading(graph) as known:
            yield known
    except GraphError as error:
        raise Refused(
            422,
            "graph_question",
            f"图谱无法回答：{error}。请换一种说法，或从搜索结果中选择节点。",
            f"The graph can't answer: {error}. Say it otherwise, or choose a node from the search.",
        ) from error


def summary() -> SummaryOut:
    """What the graph holds."""
    graph = graph_of_scope()
    with reading(graph) as known:
        kinds = Counter(node.kind for node in known.nodes.values())
        waiting = Candidate.objects.filter(graph=graph, state=Candidate.State.WAITING).count()
        return SummaryOut(
            nodes=len(known.nodes),
            facts=known.facts,
            chains=len(known.chains),
            waiting=waiting,
            kinds=dict(kinds),
            synthetic=graph.synthetic,
        )


def search(text: str, kinds: list[str], limit: int) -> list[NodeOut]:
    """Nodes that a text speaks of, and cases by their number."""
    with _asking() as known:
        found = [hit.node for hit in ask.find(known, text, limit=limit, kinds=kinds or None)]
        case = f"case:{text}"
        if case in known.nodes and (not kinds or "case" in kinds):
            found.insert(0, case)
        return [_node(known, one) for one in found]


def explore(*, text: str, node: str, hops: int, factors: list[str], limit: int) -> CircleOut:
    """The circle around an incident's text or a node."""
    with _asking() as known:
        found = ask.explore(known, text=text, node=node, hops=hops, factors=factors, limit=limit)
        nodes = [
            SpotOut(**_node(known, spot.node.id).model_dump(), hops=spot.hops, score=spot.score) for spot in found.spots
        ]
        return CircleOut(
            seeds=[hit.node for hit in found.seeds],
            nodes=nodes,
            facts=[_fact(edge) for edge in found.edges],
            reached=found.reached,
        )


def detail(node_id: str) -> NodeDetail:
    """A node with its facts, chains, cases and clauses."""
    with _asking() as known:
        known.node(node_id)
        edges = _touching(known, node_id)
        shown = edges[:FACTS_SHOWN]
        ends = dict.fromkeys(end for e in shown for end in (e.source, e.target) if end != node_id)
        chains = known.chains_of(node_id)
        clauses = dict.fromkeys(
            end for e in edges for end in (e.source, e.target) if end.startswith("clause:") and end != node_id
        )
        return NodeDetail(
            node=_node(known, node_id),
            facts=[_fact(edge) for edge in shown],
            facts_in_all=len(edges),
            others=[_node(known, one) for one in ends],
            chains=[_chain(known, chain) for chain in chains[:CHAINS_SHOWN]],
            chains_in_all=len(chains),
            cases=_cases(known, _case_keys(node_id, edges, chains)),
            clauses=[_node(known, one) for one in list(clauses)[:CLAUSES_SHOWN]],
        )


def _touching(known: Knowledge, node_id: str) -> list[Edge]:
    graph = known.projection
    here = np.array([graph.node(node_id)])
    numbers = [n for inward in (False, True) for n in graph.standing(graph.touching(here, incoming=inward)).tolist()]
    edges = [graph.edge(n) for n in numbers]
    involved = [e for e in edges if e.relation == "involves"]  # cases stand in their own list
    rest = [e for e in edges if e.relation != "involves" or node_id.startswith("case:")]
    order = sorted(rest, key=lambda e: (e.origin not in CURATED, -e.support, e.relation, e.source, e.target))
    return order + [e for e in involved if e not in rest]


def _case_keys(node_id: str, edges: Iterable[Edge], chains: Iterable[Chain]) -> list[str]:
    own = [node_id.removeprefix("case:")] if node_id.startswith("case:") else []
    of_facts = [key for e in edges if e.origin == "case" for key in e.provenance]
    of_chains = [key for c in chains if c.origin == "case" for key in c.provenance]
    return list(dict.fromkeys([*own, *of_chains, *of_facts]))[:CASES_SHOWN]


def _cases(known: Knowledge, keys: list[str]) -> list[CaseRef]:
    rows = {case.key: case for case in InjuryCase.objects.filter(key__in=keys)}
    refs = []
    for key in keys:
        row = rows.get(key)
        node = known.nodes.get(f"case:{key}")
        text = row.narrative[:160] if row else node.detail_zh if node else ""
        refs.append(CaseRef(key=key, id=row.pk if row else None, on=row.occurred_on if row else None, text=text))
    return refs


def paths(start: str, end: str, legs: int, limit: int) -> list[WayOut]:
    """Ways from a node to a harm, or to any."""
    with _asking() as known:
        return [
            WayOut(
                nodes=[_node(known, one) for one in way.nodes],
                facts=[_fact(edge) for edge in way.edges],
                support=way.support,
                confidence=way.confidence,
                shown=way.shown,
                lost_days=way.lost_days,
                cases=list(way.cases),
            )
            for way in ask.paths(known, start, end, legs=legs, limit=limit)
        ]


def links(one: str, other: str, limit: int) -> BondOut:
    """What binds two nodes; a case may be named by its number."""
    with _asking() as known:
        ends = [f"case:{end}" if f"case:{end}" in known.nodes else end for end in (one, other)]
        bond = ask.links(known, *ends, limit=limit)
        return BondOut(
            ways=[[_node(known, n) for n in way] for way in bond.ways], facts=[_fact(edge) for edge in bond.edges]
        )


def cuts(measures: list[str]) -> CutOut:
    """What measures would cut."""
    with _asking() as known:
        cut = ask.cuts(known, measures, limit=10_000)
        return CutOut(
            controls=[_node(known, one) for one in cut.controls],
            chains=[_chain(known, chain) for chain in cut.chains[:40]],
            cut=len(cut.chains),
            cases=cut.cases,
            lost_days=cut.lost_days,
            deaths=cut.deaths,
            severity=cut.severity,
            left=cut.left,
            left_cases=cut.left_cases,
        )


def candidate_page(*, state: str, q: str, page: int, size: int) -> CandidatePage:
    """Candidates by state, those that data bind most first."""
    graph = graph_of_scope()
    rows = Candidate.objects.filter(graph=graph)
    if state:
        rows = rows.filter(state=state)
    with reading(graph) as known:
        if q:
            named = [hit.node for hit in ask.find(known, q, limit=200)]
            rows = rows.filter(source__in=named) | rows.filter(target__in=named)
        total = rows.count()
        found = rows.order_by("-lift_low", "id")[window(page, size)]
        return CandidatePage(total=total, page=page, size=size, items=[_candidate(known, row) for row in found])


def candidate(candidate_id: int) -> CandidateOut:
    """One candidate with what was said of it."""
    found = Candidate.objects.select_related("graph").filter(id=candidate_id).first()
    if found is None:
        raise not_found()
    with reading(found.graph) as known:
        return _candidate(known, found)


def _candidate(known: Knowledge, row: Candidate) -> CandidateOut:
    said = CandidateDecision.objects.filter(
        graph_id=row.graph_id, source=row.source, relation=row.relation, target=row.target
    )
    return CandidateOut(
        id=row.pk,
        source=_node(known, row.source),
        relation=row.relation,
        target=_node(known, row.target),
        shown=row.shown,
        units=row.units,
        lift=row.lift,
        lift_low=row.lift_low,
        confidence=row.confidence,
        basis=row.basis,
        provenance=row.provenance,
        state=row.state,
        words=[
            WordOut(
                accepted=d.accepted,
                reason=d.reason,
                by=person_label(d.by) or "",
                by_en=person_label_en(d.by) or "",
                at=d.at,
                ledger_index=d.ledger_index,
            )
            for d in said.select_related("by").order_by("-id")
        ],
    )


def export(kind: str) -> tuple[str, str, bytes]:
    """File name, media type and content of the whole graph."""
    graph = graph_of_scope()
    with reading(graph) as known:
        if kind == "neo4j":
            nodes, edges = io.StringIO(), io.StringIO()
            exchange.write_neo4j(nodes, edges, known.nodes.values(), known.edges())
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("nodes.csv", nodes.getvalue())
                archive.writestr("relationships.csv", edges.getvalue())
            return "risk-graph-neo4j.zip", "application/zip", packed.getvalue()
        out = io.StringIO()
        if kind == "csv":
            exchange.write_facts(out, known.nodes, known.edges())
            return "risk-graph.csv", "text/csv; charset=utf-8", ("\ufeff" + out.getvalue()).encode()
        write = exchange.write_graphml if kind == "graphml" else exchange.write_turtle
        write(out, known.nodes.values(), known.edges())
        name, media = ("graphml", "application/xml") if kind == "graphml" else ("ttl", "text/turtle; charset=utf-8")
        return f"risk-graph.{name}", media, out.getvalue().encode()


def _node(known: Knowledge, node_id: str) -> NodeOut:
    node = known.nodes.get(node_id)
    if node is None:  # a decision may outlive its nodes
        return _FRESH.model_copy(
            update={"id": node_id, "kind": node_id.partition(":")[0], "label_zh": node_id, "label_en": node_id}
        )
    return NodeOut(
        id=node.id,
        kind=node.kind,
        label_zh=node.label_zh,
        label_en=node.label_en,
        detail_zh=node.detail_zh,
        factor=factor_of(node.id),
    )


def _fact(edge: Edge) -> FactOut:
    return FactOut(
        source=edge.source,
        relation=edge.relation,
        target=edge.target,
        origin=edge.origin,
        curated=edge.origin in CURATED,
        support=edge.support,
        confidence=edge.confidence,
        provenance=list(edge.provenance),
        valid_from=edge.valid_from,
        valid_to=edge.valid_to,
    )


def _chain(known: Knowledge, chain: Chain) -> ChainOut:
    return ChainOut(
        nodes=[_node(known, one) for one in chain.nodes],
        beside=[_node(known, one) for one in chain.beside],
        origin=chain.origin,
        severity=chain.severity,
        support=chain.support,
        lost_days=chain.lost_days,
        deaths=chain.deaths,
        provenance=list(chain.provenance),
    )
