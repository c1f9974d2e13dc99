"""Which pack rows can occur at an enterprise: along its equipment, tasks and materials in the graph, else its trade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.deduction.contracts import EnterpriseContext, OwnEquipment
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
    _named: dict[tuple[str, str, tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict)
    _trades: dict[str, list[Pack]] = field(default_factory=dict)
    _rows: dict[Matched, Bytes] = field(default_factory=dict)
    _reach: dict[str, frozenset[int]] = field(default_factory=dict)
    _place_of: dict[str, int] = field(default_factory=dict)  # of pack rows among the items
    _places_of: dict[str, NDArray[np.int64]] = field(default_factory=dict)  # the same by pack

    def __post_init__(self) -> None:
        packs = {pack.key for pack in self.graph.packs}
        places: dict[str, list[int]] = {}
        for place, key in enumerate(self.items):
            if (pack := key.partition("/")[0]) in packs:
                self._place_of[key] = place
                places.setdefault(pack, []).append(place)
        self._places_of = {pack: np.array(own, np.int64) for pack, own in places.items()}

    def match(self, context: EnterpriseContext) -> Matched:
        """Graph nodes that the context's words name: in the packs of its trade, in every pack where none covers it."""
        machines = tuple((own.name, own.kind) for own in context.inventory)
        question = (context.industry_code, machines or context.equipment, context.processes, context.materials)
        if question not in self._matched:
            code = context.industry_code
            found = {
                name: tuple(
                    dict.fromkeys(
                        node for word in getattr(context, name) for node in self._find(kind, matcher, word, code)
                    )
                )
                for name, kind, matcher in _MATCHERS
            }
            if context.inventory:
                own = (node for one in context.inventory for node in self.machine_nodes(one, code))
                found["equipment"] = tuple(dict.fromkeys(own))
            trade = self._covering(code)
            self._matched[question] = Matched(
                **found, trade=tuple(pack.key for pack in trade), industry_known=bool(context.industry_code)
            )
        return self._matched[question]

    def equipment_nodes(self, word: str, industry_code: str) -> tuple[str, ...]:
        """Graph nodes of the equipment that `word` names for an enterprise of this trade; () where none does."""
        return self._find("equipment", match_equipment, word, industry_code)

    def machine_nodes(self, own: OwnEquipment, industry_code: str) -> tuple[str, ...]:
        """Nodes of a machine: by its name, else its kind, in the packs of the trade before all others.

        A kind such as "crane" must not lead to another trade's crane where the name says which one it is.
        """
        words = [word for word in (own.name, own.kind) if word]
        for packs in (self._covering(industry_code), self.graph.packs):
            for word in words:
                if nodes := self._find_in("equipment", match_equipment, word, packs):
                    return nodes
        return ()

    def _find(self, kind: str, matcher: Callable[[Pack, str], Any], word: str, industry_code: str) -> tuple[str, ...]:
        # Its own trade's pack knows best what a word means; other packs are asked where that one does not.
        trade = self._find_in(kind, matcher, word, self._covering(industry_code))
        return trade or self._find_in(kind, matcher, word, self.graph.packs)

    def _find_in(
        self, kind: str, matcher: Callable[[Pack, str], Any], word: str, packs: Sequence[Pack]
    ) -> tuple[str, ...]:
        question = (kind, word, tuple(pack.key for pack in packs))
        if question not in self._named:
            hits = [(pack, matcher(pack, simplify(word)) or matcher(pack, word)) for pack in packs]
            self._named[question] = tuple(f"{kind}:{pack.key}/{hit.key}" for pack, hit in hits if hit is not None)
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
            row = np.zeros(len(self.items), np.int8)
            for pack, places in self._places_of.items():
                row[places] = self._level(pack, matched)
            for place in self._reached(matched.processes + matched.materials):
                # Toluene in a press shop does not make it a chemical plant with reactors.
                own_trade = not matched.trade or self.items[place].partition("/")[0] in matched.trade
                row[place] = TRADE if own_trade else UNKNOWN
            if matched.equipment and len(own) >= FEW:
                for places in self._places_of.values():
                    row[places] = CANNOT
            row[list(own)] = OWN
            self._rows[matched] = row
        return self._rows[matched]

    def _level(self, pack: str, matched: Matched) -> int:
        """What rows of a pack are to an enterprise that neither own equipment nor task nor material leads to."""
        if not (matched.trade or matched.equipment or matched.processes or matched.materials):
            return CANNOT if matched.industry_known else UNKNOWN
        if pack not in matched.trade:
            return CANNOT
        # An equipment list that leaves the row's equipment out speaks against it, if only softly.
        return UNKNOWN if matched.equipment else TRADE

    def _reached(self, nodes: tuple[str, ...]) -> frozenset[int]:
        """Places among the items of the hazards that the graph reaches from nodes: at once, or through a part."""
        found: set[int] = set()
        for node in nodes:
            if node not in self._reach:
                places = (self._place_of.get(key, -1) for key in self._hazards(node))
                self._reach[node] = frozenset(place for place in places if place >= 0)
            found |= self._reach[node]
        return frozenset(found)

    def _hazards(self, node: str) -> set[str]:
        if node not in self.graph.nodes:
            return set()
        parts = [edge.target for edge in self.graph.neighbours(node, "has_part")]
        edges = (e for start in (node, *parts) for e in self.graph.neighbours(start, "exposes_to"))
        return {edge.target.removeprefix("hazard:") for edge in edges}


def row_priors(packs: Sequence[Pack]) -> dict[str, float]:
    """Prior probability of every row of the packs, by key."""
    return {f"{pack.key}/{row.id}": PRIOR_OF_PREVALENCE[row.prevalence] for pack in packs for row in pack.hazards}
