"""Ranked, explained hazard points for enterprises: probability, score, path, records, measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from yufang.deduction.applicability import Applicability
from yufang.deduction.contracts import EnterpriseContext, HazardPoint
from yufang.deduction.history import Ints
from yufang.deduction.model import DeductionModel, rank
from yufang.deduction.paths import Paths
from yufang.deduction.scoring import lec_score
from yufang.deduction.wording import Wording, word
from yufang.graph.risk_graph import RiskGraph

MAX_SAME_EQUIPMENT = 4  # points of one equipment in a list of ten, as long as others are there
MAX_GUESSED_EQUIPMENT = 2  # the same where it is not known which equipment the enterprise has
MAX_SAME_ROW = 1  # articles that borrow from one pack row
LEAST = 0.002  # points less probable than this are not worth an inspector's time
BATCH = 1000  # enterprises ranked at once
SAME_WORDS = 0.6  # share of common character pairs from which two titles say the same


def deduce(
    model: DeductionModel, graph: RiskGraph, context: EnterpriseContext, *, at: date, n: int = 10
) -> tuple[HazardPoint, ...]:
    """At most `n` hazard points for a visit to one enterprise on `at`, most probable first.

    Raises ValueError where `at` lies before the model's own date or `n` is not positive.
    """
    return deduce_many(model, graph, [context], at=at, n=n)[0][1]


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
    if n < 1:
        raise ValueError(f"n is {n}; it must be 1 or more")
    writer = _Writer(model, graph)
    points: list[tuple[str, tuple[HazardPoint, ...]]] = []
    for start in range(0, len(contexts), BATCH):
        batch = contexts[start : start + BATCH]
        ranked = rank(model, graph, batch, at=at, width=max(40, 3 * n))
        points += [(c.enterprise_id, writer.points(c, *found, n)) for c, found in zip(batch, ranked, strict=True)]
        if progress is not None:
            progress(len(points), len(contexts))
    return points


class _Writer:
    """Turns ranked items into points; remembers what is the same for all enterprises."""

    def __init__(self, model: DeductionModel, graph: RiskGraph) -> None:
        self.model = model
        self.graph = graph
        self.applicability = Applicability(graph, model.vocabulary.items)
        self._wordings: dict[str, Wording] = {}
        self._pairs: dict[str, frozenset[str]] = {}
        self.paths = Paths(graph, model.support)

    def points(
        self, context: EnterpriseContext, items: Ints, probabilities: NDArray[np.float64], n: int
    ) -> tuple[HazardPoint, ...]:
        """The first `n` candidates that do not say the same thing again."""
        matched = self.applicability.match(context)
        keys = [self.model.vocabulary.items[i] for i in items]
        worth = [r for r in range(len(keys)) if probabilities[r] >= LEAST]
        order = sorted(worth, key=lambda r: self._standing(keys[r], float(probabilities[r])))
        limit = MAX_SAME_EQUIPMENT if matched.equipment else MAX_GUESSED_EQUIPMENT
        chosen = self._diverse([(r, keys[r]) for r in order], n, limit)
        return tuple(
            self._point(
                context, (matched.equipment, matched.trade), self._wordings[key], float(probabilities[r]), place
            )
            for place, (r, key) in enumerate(chosen, start=1)
        )

    def _standing(self, key: str, probability: float) -> tuple[float, float, str]:
        """Most probable first; among equally probable ones the graver."""
        wording = self._wording(key)
        score = lec_score(probability, wording.exposure, wording.severity).score
        return -round(probability, 4), -score, key

    def _diverse(self, ranked: Sequence[tuple[int, str]], n: int, limit: int) -> list[tuple[int, str]]:
        """The points kept, in their order; `limit` of one equipment gives way where too few others are left."""
        kept: list[int] = []
        held_back: list[int] = []
        equipment: Counter[str] = Counter()
        rows: Counter[str] = Counter()
        for place, (_, key) in enumerate(ranked):
            if len(kept) == n:
                break
            wording = self._wording(key)
            if rows[wording.pack_row] >= MAX_SAME_ROW or any(self._alike(key, ranked[k][1]) for k in kept):
                continue
            if wording.equipment and equipment[wording.equipment] >= limit:
                held_back.append(place)
                continue
            kept.append(place)
            equipment[wording.equipment] += 1
            rows[wording.pack_row] += 1 if wording.pack_row else 0
        kept += held_back[: n - len(kept)]
        return [ranked[place] for place in sorted(kept)]

    def _wording(self, key: str) -> Wording:
        if key not in self._wordings:
            wording = self._wordings[key] = word(self.graph, key)
            text = wording.title_zh
            self._pairs[key] = frozenset(text[i : i + 2] for i in range(len(text) - 1))
        return self._wordings[key]

    def _alike(self, key: str, other: str) -> bool:
        a, b = self._pairs[key], self._pairs[other]
        return bool(a and b) and len(a & b) >= SAME_WORDS * min(len(a), len(b))

    def _point(
        self,
        context: EnterpriseContext,
        own: tuple[tuple[str, ...], tuple[str, ...]],
        wording: Wording,
        probability: float,
        place: int,
    ) -> HazardPoint:
        home = self.model.vocabulary.home_at.get(context.enterprise_id) or context.region
        records = self.model.support.of(wording.key, context.enterprise_id, home)
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
            probability=round(probability, 4),
            lec=lec_score(probability, wording.exposure, wording.severity),
            measures=wording.measures,
            clause=wording.clause,
            training=wording.training,
            ppe=wording.ppe,
            signals=wording.signals,
            path=self.paths.of(context, own, wording, home, records),
            records=records,
            model_version=self.model.version,
            equipment_en=wording.equipment_en,
            part_en=wording.part_en,
            training_en=wording.training_en,
            signals_en=wording.signals_en,
        )
