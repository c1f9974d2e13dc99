"""The `is_a` tree: what is a kind of what. A cycle would make everything a kind of itself, so it is refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from yufang.graph.model import Edge, GraphError, Node
from yufang.standards.industries import industry
from yufang.standards.model import UnknownCode


class GraphCycle(GraphError):
    """An `is_a` that closes a circle. `cycle` names its nodes, the first again at the end."""

    def __init__(self, cycle: tuple[str, ...]) -> None:
        super().__init__(f"is_a makes a cycle: {' → '.join(cycle)}; leave out one of these facts")
        self.cycle = cycle


class Hierarchy:
    """Parents of each node by `is_a`; a node may have several."""

    def __init__(self, edges: Iterable[Edge] = ()) -> None:
        self.parents: dict[str, list[str]] = {}
        for edge in edges:
            if edge.relation == "is_a":
                self.add(edge.source, edge.target)

    def add(self, child: str, parent: str) -> None:
        """Say that `child` is a `parent`. Raises GraphCycle, changing nothing, where `parent` already is a `child`."""
        way = self._way(parent, child)
        if way is not None:
            raise GraphCycle((child, *way))
        held = self.parents.setdefault(child, [])
        if parent not in held:
            held.append(parent)

    def _way(self, start: str, end: str) -> tuple[str, ...] | None:
        """Nodes from `start` up to `end`, or None where `end` is not above it."""
        came: dict[str, str] = {}
        todo = [start]
        seen = {start}
        while todo:
            here = todo.pop()
            if here == end:
                way = [here]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return tuple(reversed(way))
            for parent in self.parents.get(here, ()):
                if parent not in seen:
                    seen.add(parent)
                    came[parent] = here
                    todo.append(parent)
        return None

    def above(self, node: str) -> Iterator[str]:
        """All that `node` is a kind of, the nearest first."""
        todo, seen = list(self.parents.get(node, ())), {node}
        while todo:
            here = todo.pop(0)
            if here not in seen:
                seen.add(here)
                yield here
                todo.extend(self.parents.get(here, ()))


def industry_tree(nodes: Iterable[Node]) -> tuple[list[Node], list[Edge]]:
    """GB/T 4754's tree above the industries among `nodes`: class → group → division → section."""
    made: dict[str, Node] = {}
    edges: dict[tuple[str, str], Edge] = {}
    for node in nodes:
        if node.kind != "industry":
            continue
        try:
            steps = industry(node.id.partition(":")[2]).path
        except UnknownCode:
            continue
        for above, below in pairwise(steps):
            for entry in (above, below):
                key = f"industry:{entry.code}"
                made[key] = Node(id=key, kind="industry", label_zh=entry.name_zh, label_en=entry.name_en)
            ends = (f"industry:{below.code}", f"industry:{above.code}")
            edges[ends] = Edge(
                source=ends[0],
                relation="is_a",
                target=ends[1],
                origin="standard",
                provenance=("GB/T 4754-2017",),
                support=1,
                confidence=1.0,
            )
    return list(made.values()), list(edges.values())
