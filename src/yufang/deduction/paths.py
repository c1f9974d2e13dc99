"""Why a point stands on an enterprise's list: the way from the enterprise to it, each step with what says so."""

from __future__ import annotations

from yufang.deduction.contracts import EnterpriseContext, PathStep, SupportingRecord
from yufang.deduction.support import Support
from yufang.deduction.wording import Wording
from yufang.graph.model import Edge, node_of
from yufang.graph.risk_graph import RiskGraph


class Paths:
    """Paths through one graph; remembers what is the same for all enterprises."""

    def __init__(self, graph: RiskGraph, support: Support) -> None:
        self.graph = graph
        self.support = support
        self._beside: dict[str, list[Edge]] = {}
        self._ways: dict[tuple[str, str], tuple[PathStep, ...]] = {}

    def of(
        self,
        context: EnterpriseContext,
        own: tuple[tuple[str, ...], tuple[str, ...]],
        wording: Wording,
        home: str,
        records: tuple[SupportingRecord, ...],
    ) -> tuple[PathStep, ...]:
        """From the enterprise to the point: along its equipment or trade, its own record, or its authority's."""
        name = context.name or context.enterprise_id
        if wording.key.startswith(("article/", "injury/")):
            return self._record_path(context, wording, name, home, records)
        equipment, trade = own
        pack = wording.key.partition("/")[0]
        industry = self._industry_of(pack, context.industry_code) if pack in trade else ""
        if wording.equipment_node in equipment:
            start, relation, by = wording.equipment_node, "operates", "enterprise/equipment"
        elif industry:
            start, relation, by = industry, "belongs_to", "enterprise/industry"
        else:
            start, relation, by = wording.equipment_node, "may_operate", wording.key
        label = self.graph.node(start).label_zh
        first = PathStep(source=name, relation=relation, target=label, provenance=by, support=1)
        uses = self.graph.edges_between(industry, wording.equipment_node)[:1] if start == industry else []
        return (first, *map(self._step, uses), *self._legs(wording.equipment_node, wording.key))

    def _industry_of(self, pack_key: str, code: str) -> str:
        """The node of the pack's own industry code that covers `code`, "" where none does."""
        pack = next((p for p in self.graph.packs if p.key == pack_key), None)
        digits = code.lstrip("ABCDEFGHIJKLMNOPQRST")
        fitting = [own for own in (pack.industries if pack else ()) if digits and digits.startswith(own)]
        node = f"industry:{max(fitting, key=len)}" if fitting else ""
        return node if node in self.graph.nodes else ""

    def _legs(self, start: str, key: str) -> tuple[PathStep, ...]:
        """Shortest graph path from a node to the item, each leg with what says so."""
        if (start, key) not in self._ways:
            ways = self.graph.paths(start, node_of(key), cutoff=3, limit=1)
            self._ways[start, key] = tuple(self._step(edge) for edge in ways[0]) if ways else ()
        return self._ways[start, key]

    def _step(self, edge: Edge, source: str = "", target: str = "") -> PathStep:
        return PathStep(
            source=source or self.graph.node(edge.source).label_zh,
            relation=edge.relation,
            target=target or self.graph.node(edge.target).label_zh,
            provenance=";".join(edge.provenance),
            support=edge.support,
        )

    def _record_path(
        self,
        context: EnterpriseContext,
        wording: Wording,
        name: str,
        home: str,
        records: tuple[SupportingRecord, ...],
    ) -> tuple[PathStep, ...]:
        """By its own record of the item, by an own earlier clause that is found with it, else by who inspects it."""
        key = wording.key
        label = wording.clause or wording.title_zh
        mine = self.support.own(key, context.enterprise_id)
        beside = None if mine else self._found_with(key, context.enterprise_id)
        if mine:
            steps = [_by_records(name, "cited_before", label, mine)]
        elif beside is not None:
            edge, source_records = beside
            between = self.graph.node(edge.source).label_en
            steps = [_by_records(name, "cited_before", between, source_records), self._step(edge, between, label)]
        else:
            place = home or "全部机构 all authorities"
            steps = [
                PathStep(source=name, relation="inspected_by", target=place, provenance="visits", support=1),
                _by_records(place, "cites", label, list(records), self.support.counts.get(key, 0)),
            ]
        if label != wording.title_zh:
            ids = [one for edge in wording.path for one in edge.provenance] or [r.record_id for r in records[:1]]
            told = self.support.counts.get(key, 0)
            steps.append(
                PathStep(
                    source=label,
                    relation="described_as",
                    target=wording.title_zh,
                    provenance=";".join(ids),
                    support=told,
                )
            )
        return tuple(steps)

    def _found_with(self, key: str, enterprise: str) -> tuple[Edge, list[SupportingRecord]] | None:
        """The best supported clause of the enterprise's own record that visits find together with the item."""
        if key not in self._beside:
            node = node_of(key)
            known = node in self.graph.nodes
            self._beside[key] = self.graph.neighbours(node, "found_with", incoming=True) if known else []
        for edge in self._beside[key]:
            mine = self.support.own(f"article/{edge.source.removeprefix('clause:')}", enterprise)
            if mine:
                return edge, mine
        return None


def _by_records(source: str, relation: str, target: str, records: list[SupportingRecord], support: int = 0) -> PathStep:
    """A step that records say; `support` counts more than are listed where given."""
    ids = ";".join(record.record_id for record in records)
    return PathStep(source=source, relation=relation, target=target, provenance=ids, support=support or len(records))
