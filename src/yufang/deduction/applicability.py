"""Which pack rows can occur at an enterprise: along its equipment, tasks and materials in the graph, else its trade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from yufang.deduction.contracts import EnterpriseContext
from yufang.deduction.history import Bytes
from yufang.graph.linking import packs_covering, simplify
from yufang.graph.risk_graph import RiskGraph
from yufang.packs import Pack, match_equipment, match_material, match_task

# Chance that an inspector who looks confirms a row, before any visit has answered; docs/algorithms/deduction.md.
PRIOR_OF_PREVALENCE: Mapping[str, float] = {"common": 0.35, "occasional": 0.15, "rare": 0.05}
FEW = 10  # rows along its own equipment; below that the rest of its trade's pack is kept as well

CANNOT, NO_ROW, TRADE, OWN, UNKNOWN = -1, 0, 1, 2, 3  # indices of history.OFFSETS, but for CANNOT


@dataclass(frozen=True, slots=True)
class Matched:
    """Nodes of the graph that an enterprise's own words name, and the packs of its trade."""

    equipment: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    trade: tuple[str, ...] = ()
    industry_known: bool = False


_MATCHERS: tuple[tuple[str, str, Callable[[Pack, str], Any]], ...] = (
    ("equipment", "equipment", match_equipment),
    ("processes", "task", match_task),
    ("materials", "material", match_material),
)


@dataclass(slots=True)
class Applicability:
    """Answers for one graph and one list of items; remembers each distinct question."""

    graph: RiskGraph
    items: Sequence[str] = ()
    _matched: dict[tuple[object, ...], Matched] = field(default_factory=dict)
    _named: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    _trades: dict[str, list[Pack]] = field(default_factory=dict)
    _rows: dict[Matched, Bytes] = field(default_factory=dict)
    _reach: dict[str, frozenset[str]] = field(default_factory=dict)
    _pack_of: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        packs = {pack.key for pack in self.graph.packs}
        self._pack_of = {key: head for key in self.items if (head := key.partition("/")[0]) in packs}

    def match(self, context: EnterpriseContext) -> Matched:
        """Graph nodes that the context's words name: in the packs of its trade, in every pack where none covers it."""
        words = {
            "equipment": equipment_words(context),
            "processes": context.processes,
            "materials": context.materials,
        }
        question = (context.industry_code, *words.values())
        if question not in self._matched:
            code = context.industry_code
            found = {
                name: tuple(
                    dict.fromkeys(node for word in words[name] for node in self._find(kind, matcher, word, code))
                )
                for name, kind, matcher in _MATCHERS
            }
            trade = self._covering(code)
            self._matched[question] = Matched(
                **found, trade=tuple(pack.key for pack in trade), industry_known=bool(context.industry_code)
            )
        return self._matched[question]

    def equipment_nodes(self, word: str, industry_code: str) -> tuple[str, ...]:
        """Graph nodes of the equipment that `word` names for an enterprise of this trade; () where none does."""
        return self._find("equipment", match_equipment, word, industry_code)

    def _find(self, kind: str, matcher: Callable[[Pack, str], Any], word: str, industry_code: str) -> tuple[str, ...]:
        question = (kind, word, industry_code)
        if question not in self._named:
            # Its own trade's pack knows best what a word means; other packs are asked where that one does not.
            found: tuple[str, ...] = ()
            for packs in (self._covering(industry_code), self.graph.packs):
                hits = [(pack, matcher(pack, simplify(word)) or matcher(pack, word)) for pack in packs]
                found = tuple(f"{kind}:{pack.key}/{hit.key}" for pack, hit in hits if hit is not None)
                if found:
                    break
            self._named[question] = found
        return self._named[question]

    def _covering(self, industry_code: str) -> list[Pack]:
        if industry_code not in self._trades:
            self._trades[industry_code] = packs_covering(self.graph.packs, industry_code)
        return self._trades[industry_code]

    def normalise(self, context: EnterpriseContext) -> EnterpriseContext:
        """The context with equipment, processes and materials written as graph keys, so that tokens agree."""
        matched = self.match(context)
        return replace(
            context,
            equipment=matched.equipment or context.equipment,
            processes=matched.processes or context.processes,
            materials=matched.materials or context.materials,
        )

    def row(self, context: EnterpriseContext) -> Bytes:
        """(items,) of pack rows OWN equipment's, its TRADE's, UNKNOWN where its trade is, or CANNOT; else NO_ROW."""
        matched = self.match(context)
        if matched not in self._rows:
            own = self._reached(matched.equipment)
            beside = self._reached(matched.processes + matched.materials)
            row = np.zeros(len(self.items), np.int8)
            for i, key in enumerate(self.items):
                if key in self._pack_of:
                    row[i] = self._level(key, matched, own, beside)
            self._rows[matched] = row
        return self._rows[matched]

    def _level(self, key: str, matched: Matched, own: frozenset[str], beside: frozenset[str]) -> int:
        if key in own:
            return OWN
        if matched.equipment and len(own) >= FEW:
            return CANNOT
        if key in beside:
            return TRADE
        if not (matched.trade or matched.equipment or matched.processes or matched.materials):
            return CANNOT if matched.industry_known else UNKNOWN
        if self._pack_of[key] not in matched.trade:
            return CANNOT
        # An equipment list that leaves the row's equipment out speaks against it, if only softly.
        return UNKNOWN if matched.equipment else TRADE

    def _reached(self, nodes: tuple[str, ...]) -> frozenset[str]:
        """Keys of the hazards that the graph reaches from nodes: at once, or through a part."""
        found: set[str] = set()
        for node in nodes:
            if node not in self._reach:
                self._reach[node] = frozenset(self._hazards(node))
            found |= self._reach[node]
        return frozenset(found)

    def _hazards(self, node: str) -> set[str]:
        if node not in self.graph.nodes:
            return set()
        parts = [edge.target for edge in self.graph.neighbours(node, "has_part")]
        edges = (e for start in (node, *parts) for e in self.graph.neighbours(start, "exposes_to"))
        return {edge.target.removeprefix("hazard:") for edge in edges}


def equipment_words(context: EnterpriseContext) -> tuple[str, ...]:
    """What the context calls its equipment: the words given, else kinds and names of its inventory."""
    if context.equipment:
        return context.equipment
    return tuple(dict.fromkeys(word for own in context.inventory for word in (own.kind, own.name) if word))


def row_priors(packs: Sequence[Pack]) -> dict[str, float]:
    """Prior probability of every row of the packs, by key."""
    return {f"{pack.key}/{row.id}": PRIOR_OF_PREVALENCE[row.prevalence] for pack in packs for row in pack.hazards}
