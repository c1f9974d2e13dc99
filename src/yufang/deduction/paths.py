"""Why a point stands on an enterprise's list: the way from the enterprise to it, each step with what says so."""

from __future__ import annotations

from typing import NamedTuple

from yufang.deduction.contracts import EnterpriseContext, PathStep, SupportingRecord
from yufang.deduction.support import Support
from yufang.deduction.wording import Wording, article_en
from yufang.graph.model import Edge, node_of
from yufang.graph.risk_graph import RiskGraph


class _Label(NamedTuple):
    """A label of a step; `en` is "" where a name stays as it is."""

    zh: str
    en: str = ""


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
        node = self.graph.node(start)
        first = PathStep(
            source=name, relation=relation, target=node.label_zh, target_en=node.label_en, provenance=by, support=1
        )
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

    def _step(self, edge: Edge) -> PathStep:
        source, target = self.graph.node(edge.source), self.graph.node(edge.target)
        return PathStep(
            source=source.label_zh,
            source_en=source.label_en,
            relation=edge.relation,
            target=target.label_zh,
            target_en=target.label_en,
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
        label = _Label(wording.clause or wording.title_zh, _english(wording))
        enterprise = _Label(name)
        mine = self.support.own(key, context.enterprise_id)
        beside = None if mine else self._found_with(key, context.enterprise_id)
        if mine:
            steps = [_by_records(enterprise, "cited_before", label, mine)]
        elif beside is not None:
            edge, source_records = beside
            clause = edge.source.removeprefix("clause:")
            between = _Label(clause, article_en(clause))
            steps = [
                _by_records(enterprise, "cited_before", between, source_records),
                _between(between, edge.relation, label, ";".join(edge.provenance), edge.support),
            ]
        else:
            place = _Label(home) if home else _Label("全部机构", "All authorities")
            steps = [
                _between(enterprise, "inspected_by", place, "visits", 1),
                _by_records(place, "cites", label, list(records), self.support.counts.get(key, 0)),
            ]
        if label.zh != wording.title_zh:
            ids = [one for edge in wording.path for one in edge.provenance] or [r.record_id for r in records[:1]]
            told = self.support.counts.get(key, 0)
            title = _Label(wording.title_zh, wording.title_en)
            steps.append(_between(label, "described_as", title, ";".join(ids), told))
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


def _english(wording: Wording) -> str:
    """What the item itself is called in English: its article's name, else its title."""
    return article_en(wording.clause) if wording.key.startswith("article/") else wording.title_en


def _between(source: _Label, relation: str, target: _Label, provenance: str, support: int) -> PathStep:
    return PathStep(
        source=source.zh,
        source_en=source.en,
        relation=relation,
        target=target.zh,
        target_en=target.en,
        provenance=provenance,
        support=support,
    )


def _by_records(
    source: _Label, relation: str, target: _Label, records: list[SupportingRecord], support: int = 0
) -> PathStep:
    """A step that records say; `support` counts more than are listed where given."""
    ids = ";".join(record.record_id for record in records)
    return _between(source, relation, target, ids, support or len(records))
