"""The only code that writes facts, candidates and decisions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from yufang.server import bulk
from yufang.server.accounts.models import Organisation
from yufang.server.bulk import clean
from yufang.server.errors import Refused, not_found
from yufang.server.graph import queries
from yufang.server.graph.contracts import CandidateOut
from yufang.server.graph.models import Candidate, CandidateDecision, CausalChain, Fact, Graph
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.live.events import GraphChanged, emit
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.graph import Knowledge

LOADED = "graph.loaded"
BY_PEOPLE = ("expert", "import")  # a run neither brings nor takes these away
_NODE = {"key": "text", "kind": "text", "label_zh": "text", "label_en": "text", "detail_zh": "text", "words": "jsonb"}
_FACT = {
    "source": "text",
    "relation": "text",
    "target": "text",
    "origin": "text",
    "support": "bigint",
    "confidence": "float8",
    "provenance": "jsonb",
    "valid_from": "date",
    "valid_to": "date",
}
_CANDIDATE = {
    "source": "text",
    "relation": "text",
    "target": "text",
    "shown": "bigint",
    "units": "bigint",
    "lift": "float8",
    "lift_low": "float8",
    "confidence": "float8",
    "p_value": "float8",
    "basis": "text",
    "provenance": "jsonb",
    "valid_from": "date",
}


@action
def decide(acting_user: Actor, candidate_id: int, accepted: bool, reason: str) -> CandidateOut:
    """An expert's yes or no, with the reason: kept for ever. Yes makes a fact of it, a later no takes the fact away."""
    if len(reason.strip()) < 2:
        raise Refused(
            422,
            "reason_needed",
            "请写明理由：采纳或否定都要留下依据。",
            "Say why: a yes and a no both need a reason.",
            "reason",
        )
    found = Candidate.objects.select_for_update().filter(id=candidate_id).first()
    if found is None:
        raise not_found()
    graph = Graph.objects.select_for_update().get(pk=found.graph_id)
    told = facts(found.source, found.relation, found.target, accepted, reason)
    index = ledger.append(acting_user, graph.path, "graph.decided", f"candidate:{candidate_id}", told)
    CandidateDecision.objects.create(
        graph=graph,
        path=graph.path,
        source=found.source,
        relation=found.relation,
        target=found.target,
        accepted=accepted,
        reason=reason.strip(),
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
    )
    found.state = Candidate.State.ACCEPTED if accepted else Candidate.State.REFUSED
    found.save(update_fields=["state"])
    graph.revision += 1
    graph.save(update_fields=["revision"])
    _follow(graph, found, f"ledger:{index}")
    emit(GraphChanged(id=candidate_id, enterprise_id=0, path=graph.path))
    return queries.candidate(candidate_id)


def facts(source: str, relation: str, target: str, accepted: bool, reason: str) -> dict[str, Any]:
    """What the ledger keeps of a decision."""
    told = hashlib.sha256(reason.strip().encode()).hexdigest()
    return {"source": source, "relation": relation, "target": target, "accepted": accepted, "reason_sha256": told}


def _follow(graph: Graph, candidate: Candidate, by: str) -> None:
    """The fact stands as the state says."""
    accepted = candidate.state == Candidate.State.ACCEPTED
    fact = Fact.objects.filter(
        graph=graph, source=candidate.source, relation=candidate.relation, target=candidate.target, origin="expert"
    ).first()
    if fact is None and not accepted:
        return
    fact = fact or Fact(
        graph=graph,
        path=graph.path,
        source=candidate.source,
        relation=candidate.relation,
        target=candidate.target,
        origin="expert",
    )
    fact.support, fact.confidence = candidate.shown, candidate.confidence
    fact.provenance = [by, *candidate.provenance][:12]
    fact.valid_from = candidate.valid_from
    fact.gone, fact.changed = not accepted, graph.revision
    fact.save()


def load_kept(acting_user: Actor, region: Organisation, folder: Path, synthetic: bool) -> None:
    """Take over the graph that a run left in `folder`/graph; without one, the region keeps the graph it has."""
    from yufang.graph import Knowledge
    from yufang.graph.knowledge import FILES

    source = folder / "graph"
    if all((source / f"{name}.parquet").exists() for name in FILES):
        load(acting_user, region, Knowledge.read(source), synthetic)


@action
def load(acting_user: Actor, region: Organisation, known: Knowledge, synthetic: bool) -> int:
    """Take over a graph: what stands already is left alone, what is new or different gets the next revision.

    What people decided stays: expert facts are neither brought nor taken away. Returns how many candidates wait.
    """
    content = _content(known)
    graph, _ = Graph.objects.get_or_create(region=region, defaults={"path": region.path, "synthetic": synthetic})
    waiting = Candidate.objects.filter(graph=graph, state=Candidate.State.WAITING)
    if newest_content(LOADED, region.path) == content:
        return waiting.count()
    graph = Graph.objects.select_for_update().get(pk=graph.pk)
    graph.revision += 1
    graph.chains_revision = graph.revision
    graph.synthetic = synthetic
    graph.save(update_fields=["revision", "chains_revision", "synthetic"])
    given = {"graph": graph.pk, "path": graph.path, "revision": graph.revision}
    _load_nodes(known, given)
    _load_facts(known, given)
    _load_chains(known, given)
    _load_candidates(known, given)
    ledger.append_load(acting_user, region.path, LOADED, known.facts, content)
    emit(GraphChanged(id=0, enterprise_id=0, path=graph.path))
    return waiting.count()


def _content(known: Knowledge) -> str:
    digest = hashlib.sha256()
    for rows in (known.nodes.values(), known.edges(), known.chains, known.candidates):
        for row in rows:
            digest.update(repr(row).encode())
    return digest.hexdigest()


def _load_nodes(known: Knowledge, given: dict[str, Any]) -> None:
    rows = (
        (n.id, n.kind, clean(n.label_zh), clean(n.label_en), clean(n.detail_zh), _json(known.words.get(n.id, ())))
        for n in known.nodes.values()
    )
    bulk.stage(_NODE, rows)
    named = ", ".join(_NODE)
    told = [name for name in _NODE if name != "key"]
    bulk.run(
        f"""
        INSERT INTO graph_graphnode (graph_id, path, changed, {named})
        SELECT %(graph)s, %(path)s, %(revision)s, {named} FROM stage
        ON CONFLICT (graph_id, key) DO UPDATE SET changed = excluded.changed,
            {", ".join(f"{n} = excluded.{n}" for n in told)}
        WHERE ({", ".join(f"graph_graphnode.{n}" for n in told)})
            IS DISTINCT FROM ({", ".join(f"excluded.{n}" for n in told)})
        """,
        given,
    )


def _load_facts(known: Knowledge, given: dict[str, Any]) -> None:
    rows = (
        (
            e.source,
            e.relation,
            e.target,
            e.origin,
            e.support,
            e.confidence,
            _json(e.provenance),
            e.valid_from,
            e.valid_to,
        )
        for e in known.edges()
    )
    bulk.stage(_FACT, rows)
    named = ", ".join(_FACT)
    told = ("support", "confidence", "provenance", "valid_from", "valid_to", "gone")
    bulk.run(
        f"""
        INSERT INTO graph_fact (graph_id, path, changed, gone, {named})
        SELECT %(graph)s, %(path)s, %(revision)s, false, {named} FROM stage
        ON CONFLICT (graph_id, source, relation, target, origin) DO UPDATE SET changed = excluded.changed,
            {", ".join(f"{n} = excluded.{n}" for n in told)}
        WHERE ({", ".join(f"graph_fact.{n}" for n in told)})
            IS DISTINCT FROM ({", ".join(f"excluded.{n}" for n in told)})
        """,
        given,
    )
    bulk.run(
        """
        UPDATE graph_fact f SET gone = true, changed = %(revision)s
        WHERE f.graph_id = %(graph)s AND NOT f.gone AND NOT f.origin = ANY(%(people)s) AND NOT EXISTS (
            SELECT 1 FROM stage s WHERE s.source = f.source AND s.relation = f.relation AND s.target = f.target
                AND s.origin = f.origin)
        """,
        given | {"people": list(BY_PEOPLE)},
    )


def _load_chains(known: Knowledge, given: dict[str, Any]) -> None:
    CausalChain.objects.filter(graph_id=given["graph"]).delete()
    bulk.stage({"body": "jsonb"}, ((bulk.as_json(chain),) for chain in known.chains))
    bulk.run("INSERT INTO graph_causalchain (graph_id, path, body) SELECT %(graph)s, %(path)s, body FROM stage", given)


def _load_candidates(known: Knowledge, given: dict[str, Any]) -> None:
    """New figures for candidates; those that data no longer show go, unless somebody decided on them."""
    rows = (tuple(_json(v) if isinstance(v, tuple) else v for v in (getattr(c, n) for n in _CANDIDATE)) for c in
            known.candidates)  # fmt: skip
    bulk.stage(_CANDIDATE, rows)
    named = ", ".join(_CANDIDATE)
    told = [n for n in _CANDIDATE if n not in ("source", "relation", "target")]
    bulk.run(
        f"""
        INSERT INTO graph_candidate (graph_id, path, state, {named})
        SELECT %(graph)s, %(path)s, coalesce((
            SELECT CASE WHEN d.accepted THEN 'accepted' ELSE 'refused' END FROM graph_candidatedecision d
            WHERE d.graph_id = %(graph)s AND d.source = s.source AND d.relation = s.relation AND d.target = s.target
            ORDER BY d.id DESC LIMIT 1), 'waiting'), {named}
        FROM stage s
        ON CONFLICT (graph_id, source, relation, target) DO UPDATE SET {", ".join(f"{n} = excluded.{n}" for n in told)}
        """,
        given,
    )
    bulk.run(
        """
        DELETE FROM graph_candidate c WHERE c.graph_id = %(graph)s AND c.state = 'waiting' AND NOT EXISTS (
            SELECT 1 FROM stage s WHERE s.source = c.source AND s.relation = c.relation AND s.target = c.target)
        """,
        given,
    )


def _json(values: Iterable[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False).replace("\\u0000", "")
