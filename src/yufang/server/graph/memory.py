"""The region's graph in memory, brought up to the database's revision before each question.

Only what carries a higher revision is read: an expert's yes costs one fact and not the graph. A process keeps one
projection a region; the rows came through row-level security, so whoever may not read the graph's row never gets here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection

from yufang.graph.model import Chain, Edge, Node
from yufang.server.errors import not_found
from yufang.server.graph.models import CausalChain, Fact, Graph, GraphNode

if TYPE_CHECKING:
    from yufang.graph import Knowledge


def _nothing() -> Knowledge:
    from yufang.graph import Knowledge  # SciPy and numba, once somebody asks the graph

    return Knowledge()


@dataclass(slots=True)
class _Held:
    known: Knowledge = field(default_factory=_nothing)
    revision: int = -1
    chains_revision: int = -1
    lock: threading.RLock = field(default_factory=threading.RLock)


_held: dict[tuple[str, int], _Held] = {}
_guard = threading.Lock()


def graph_of_scope() -> Graph:
    """The graph that the scope shows; 404 where there is none."""
    found = Graph.objects.order_by("id").first()
    if found is None:
        raise not_found()
    return found


@contextmanager
def reading(graph: Graph) -> Iterator[Knowledge]:
    """The graph's knowledge as of its revision, to be read inside the block only."""
    place = (str(connection.settings_dict["NAME"]), graph.pk)
    with _guard:
        held = _held.setdefault(place, _Held())
    with held.lock:
        if held.revision > graph.revision:  # a transaction that began earlier, or one that was rolled back
            held.known, held.revision, held.chains_revision = _nothing(), -1, -1
        if held.revision < graph.revision:
            _follow(held, graph)
        yield held.known


def _follow(held: _Held, graph: Graph) -> None:
    known = held.known
    nodes = GraphNode.objects.filter(graph=graph, changed__gt=held.revision)
    words: dict[str, tuple[str, ...]] = {}
    made = []
    for row in nodes.values_list("key", "kind", "label_zh", "label_en", "detail_zh", "words"):
        made.append(Node(id=row[0], kind=row[1], label_zh=row[2], label_en=row[3], detail_zh=row[4]))
        words[row[0]] = tuple(row[5])
    stands: list[Edge] = []
    gone: list[Edge] = []
    facts = Fact.objects.filter(graph=graph, changed__gt=held.revision).order_by("id")
    columns = ("source", "relation", "target", "origin", "support", "confidence", "valid_from", "valid_to")
    for *row, provenance, is_gone in facts.values_list(*columns, "provenance", "gone"):
        edge = Edge(**dict(zip(columns, row, strict=True)), provenance=tuple(provenance))
        (gone if is_gone else stands).append(edge)
    known.forget(gone)
    known.add(made, stands, words=words)
    if held.chains_revision < graph.chains_revision:
        rows = CausalChain.objects.filter(graph=graph).order_by("id").values_list("body", flat=True)
        known.set_chains(_chain(body) for body in rows)
        held.chains_revision = graph.chains_revision
    held.revision = graph.revision


def _chain(body: dict[str, Any]) -> Chain:
    since = body["valid_from"]
    lists = {name: tuple(body[name]) for name in ("nodes", "beside", "provenance")}
    return Chain(**body | lists | {"valid_from": date.fromisoformat(since) if since else None})
