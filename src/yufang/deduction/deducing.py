"""Ranked, explained hazard points for enterprises: probability, score, path, records, measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from yufang.deduction.applicability import Applicability, Matched
from yufang.deduction.causes import FACTORS, pairs
from yufang.deduction.contracts import EnterpriseContext, HazardPoint, LecScore
from yufang.deduction.diversity import Face, choose
from yufang.deduction.history import Ints
from yufang.deduction.inventory import Machine, inventory, machine, name_of, settings_of
from yufang.deduction.model import DeductionModel, rank
from yufang.deduction.paths import Paths
from yufang.deduction.scoring import lec_score
from yufang.deduction.telling import sentence
from yufang.deduction.wording import Wording, word
from yufang.graph.risk_graph import RiskGraph
from yufang.packs import Equipment, Text

MAX_SAME_EQUIPMENT = 4  # points of one equipment in a list of ten, as long as others are there
MAX_GUESSED_EQUIPMENT = 2  # the same where it is not known which equipment the enterprise has
LEAST = 0.002  # points less probable than this are not worth an inspector's time
BATCH = 1000  # enterprises ranked at once
CANDIDATES = 60  # described for each enterprise, or four for each point that is asked for
ALL_CANDIDATES = 400  # where every candidate is to be scored


class Treatment(Protocol):
    """What is supposed to be otherwise at an enterprise; see `yufang.deduction.what_if`."""

    def probability(self, wording: Wording, probability: float) -> float:
        """The probability of the point under the change."""
        ...

    def exposure(self, wording: Wording) -> str:
        """How often people are exposed under the change, in the packs' words."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A point that could stand on a list, scored but not yet told."""

    key: str
    wording: Wording
    probability: float
    exposure: str
    lec: LecScore


def deduce(
    model: DeductionModel, graph: RiskGraph, context: EnterpriseContext, *, at: date, n: int = 10
) -> tuple[HazardPoint, ...]:
    """At most `n` hazard points for a visit to one enterprise on `at`, most probable first.

    Raises ValueError where `at` lies before the model's own date or `n` is not positive.
    """
    return Deducer(model, graph).points(context, at=at, n=n)


def deduce_many(
    model: DeductionModel,
    graph: RiskGraph,
    contexts: Sequence[EnterpriseContext],
    *,
    at: date,
    n: int = 10,
    progress: Callable[[int, int], None] | None = None,
) -> list[tuple[str, tuple[HazardPoint, ...]]]:
    """(enterprise id, hazard points) for many enterprises, in their order. `progress` is told (done, of how many)."""
    return Deducer(model, graph).many(contexts, at=at, n=n, progress=progress)


class Deducer:
    """One model on one graph, ready to answer for any enterprise; remembers what is the same for all of them."""

    def __init__(self, model: DeductionModel, graph: RiskGraph) -> None:
        self.model = model
        self.graph = graph
        self.applicability = Applicability(graph, model.vocabulary.items)
        self.paths = Paths(graph, model.support)
        self._wordings: dict[str, Wording | None] = {}
        self._faces: dict[tuple[str, str], Face] = {}
        self._numbers: dict[str, int] = {}
        self._texts: dict[str, NDArray[np.int32]] = {}
        self._kinds: dict[str, Equipment] = {
            f"equipment:{pack.key}/{kind.key}": kind for pack in graph.packs for kind in pack.equipment
        }
        self._kind_names = frozenset(kind.name.zh for kind in self._kinds.values())

    def points(
        self, context: EnterpriseContext, *, at: date, n: int = 10, treatment: Treatment | None = None
    ) -> tuple[HazardPoint, ...]:
        """At most `n` points of one enterprise; see `deduce`."""
        if n < 1:
            raise ValueError(f"n is {n}; it must be 1 or more")
        ((items, chances),) = self._rank([context], at, max(CANDIDATES, 4 * n))
        return self._list(context, items, chances, n, treatment)

    def many(
        self,
        contexts: Sequence[EnterpriseContext],
        *,
        at: date,
        n: int = 10,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[tuple[str, tuple[HazardPoint, ...]]]:
        """Points of many enterprises; see `deduce_many`."""
        if n < 1:
            raise ValueError(f"n is {n}; it must be 1 or more")
        points: list[tuple[str, tuple[HazardPoint, ...]]] = []
        for start in range(0, len(contexts), BATCH):
            batch = contexts[start : start + BATCH]
            ranked = self._rank(batch, at, max(CANDIDATES, 4 * n))
            points += [
                (c.enterprise_id, self._list(c, *found, n, None)) for c, found in zip(batch, ranked, strict=True)
            ]
            if progress is not None:
                progress(len(points), len(contexts))
        return points

    def candidates(
        self, context: EnterpriseContext, *, at: date, treatment: Treatment | None = None
    ) -> dict[str, Candidate]:
        """Every point that could stand on the enterprise's list, by key, with its score."""
        ((items, chances),) = self._rank([context], at, ALL_CANDIDATES)
        return {one.key: one for one in self._candidates(items, chances, treatment)}

    def own_machines(self, context: EnterpriseContext) -> dict[str, list[Machine]]:
        """By graph node of the equipment: the enterprise's own machines of that kind."""
        found: dict[str, list[Machine]] = {}
        for own in inventory(context):
            for node in self.applicability.machine_nodes(own, context.industry_code):
                one = machine(own, self._kinds[node])
                if all(one.zh != other.zh for other in found.setdefault(node, [])):
                    found[node].append(one)
        for machines in found.values():
            # A kind's own name beside a machine's name says nothing more.
            named = [m for m in machines if m.zh not in self._kind_names]
            machines[:] = named or machines[:1]
        return found

    def parts_of(self, node: str) -> Mapping[str, Text]:
        """Parts of an equipment node by key. Raises KeyError for a node of no pack."""
        return self._kinds[node].parts

    def _rank(
        self, contexts: Sequence[EnterpriseContext], at: date, width: int
    ) -> list[tuple[Ints, NDArray[np.float64]]]:
        return rank(self.model, self.graph, contexts, at=at, width=width, applicability=self.applicability)

    def _candidates(self, items: Ints, chances: NDArray[np.float64], treatment: Treatment | None) -> list[Candidate]:
        found = []
        for item, chance in zip(items, chances, strict=True):
            key = self.model.vocabulary.items[item]
            wording = self._wording(key)
            if wording is None:
                continue
            probability = float(chance) if treatment is None else treatment.probability(wording, float(chance))
            exposure = wording.exposure if treatment is None else treatment.exposure(wording)
            score = lec_score(probability, exposure, wording.severity)
            found.append(Candidate(key, wording, probability, exposure, score))
        return found

    def _list(
        self,
        context: EnterpriseContext,
        items: Ints,
        chances: NDArray[np.float64],
        n: int,
        treatment: Treatment | None,
    ) -> tuple[HazardPoint, ...]:
        """The candidates kept for the list, told as points, most probable first, the graver first among equals."""
        worth = [c for c in self._candidates(items, chances, treatment) if c.probability >= LEAST]
        worth.sort(key=_standing)
        matched = self.applicability.match(context)
        limit = MAX_SAME_EQUIPMENT if matched.equipment else MAX_GUESSED_EQUIPMENT
        machines = self.own_machines(context)
        faces = [self._face(c.wording, machines) for c in worth]
        chosen = choose(faces, np.array([c.probability for c in worth]), n, limit=limit)
        return tuple(
            self._point(context, matched, machines, worth[place], position)
            for position, place in enumerate(sorted(chosen), start=1)
        )

    def _wording(self, key: str) -> Wording | None:
        """The item's wording; None for a row that the graph's packs no longer hold."""
        if key not in self._wordings:
            try:
                self._wordings[key] = word(self.graph, key)
            except KeyError:
                self._wordings[key] = None
        return self._wordings[key]

    def _face(self, wording: Wording, machines: Mapping[str, list[Machine]]) -> Face:
        """What the point is told apart by: the own machine where known, for packs may call one machine differently."""
        own = machines.get(wording.equipment_node)
        equipment = name_of(own)[0] if own else wording.equipment
        if (wording.key, equipment) not in self._faces:
            number = self._number
            self._faces[wording.key, equipment] = Face(
                equipment=number(equipment),
                part=number(f"{equipment}/{wording.part}" if wording.part else ""),
                factor=FACTORS.index(wording.cause_factor) if wording.cause_factor in FACTORS else -1,
                row=number(wording.pack_row),
                title=self._pairs(wording.title_zh),
                cause=self._pairs(wording.cause_zh),
            )
        return self._faces[wording.key, equipment]

    def _pairs(self, text: str) -> NDArray[np.int32]:
        if text not in self._texts:
            self._texts[text] = np.array(sorted(self._number(pair) for pair in pairs(text)), np.int32)
        return self._texts[text]

    def _number(self, word: str) -> int:
        """A number for a word, -1 for none."""
        return self._numbers.setdefault(word, len(self._numbers)) if word else -1

    def _point(
        self,
        context: EnterpriseContext,
        matched: Matched,
        own: dict[str, list[Machine]],
        candidate: Candidate,
        place: int,
    ) -> HazardPoint:
        wording = candidate.wording
        home = self.model.vocabulary.home_at.get(context.enterprise_id) or context.region
        records = self.model.support.of(wording.key, context.enterprise_id, home)
        machines = own.get(wording.equipment_node, []) if wording.equipment_node in matched.equipment else []
        own_zh, own_en = name_of(machines)
        settings_zh, settings_en = settings_of(machines, wording.title_zh + wording.circumstance_zh + wording.check_zh)
        text_zh, text_en = sentence(wording, (own_zh, own_en), (settings_zh, settings_en))
        return HazardPoint(
            key=wording.key,
            rank=place,
            title_zh=wording.title_zh,
            title_en=wording.title_en,
            equipment=wording.equipment,
            part=wording.part,
            circumstance_zh=wording.circumstance_zh,
            circumstance_en=wording.circumstance_en,
            consequence_zh=wording.consequence_zh,
            consequence_en=wording.consequence_en,
            accident_type=wording.accident_type,
            severity=wording.severity,
            probability=round(candidate.probability, 4),
            lec=candidate.lec,
            measures=wording.measures,
            clause=wording.clause,
            training=wording.training,
            ppe=wording.ppe,
            signals=wording.signals,
            path=self.paths.of(context, (matched.equipment, matched.trade), wording, home, records),
            records=records,
            model_version=self.model.version,
            equipment_en=wording.equipment_en,
            part_en=wording.part_en,
            training_en=wording.training_en,
            signals_en=wording.signals_en,
            own_zh=own_zh,
            own_en=own_en,
            settings_zh=settings_zh,
            settings_en=settings_en,
            cause_factor=wording.cause_factor,
            cause_zh=wording.cause_zh,
            cause_en=wording.cause_en,
            check_zh=wording.check_zh,
            check_en=wording.check_en,
            text_zh=text_zh,
            text_en=text_en,
            exposure=candidate.exposure,
        )


def _standing(candidate: Candidate) -> tuple[float, float, str]:
    """Most probable first; among equally probable ones the graver."""
    return -round(candidate.probability, 4), -candidate.lec.score, candidate.key
