"""Candidate facts: what cases and findings show together more often than chance, for an expert's yes or no.

For a pair seen n_ab times among n_a units with a and n_b units with b of n: `confidence` is the lower end of the
95 % Wilson interval (1927) of P(b | a), `lift` is P(b | a) over P(b | not a), `lift_low` the lower end of the one over
the upper end of the other. A pair is offered where lift_low > 1, at least `MIN_SUPPORT` units show it, and its
hypergeometric tail holds under Benjamini-Hochberg (1995) at `FALSE_SHARE` over all pairs tried. Nothing here becomes a
fact: that takes a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from yufang.cases.reliability import wilson
from yufang.graph.chains import ToldCase
from yufang.graph.model import MAX_PROVENANCE, Edge

MIN_SUPPORT = 5
FALSE_SHARE = 0.05
FOLLOWS = timedelta(days=365)  # how long a finding speaks of an injury that comes after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An association that a person should look at. `shown` of `units` with the source had the target too."""

    source: str
    relation: str
    target: str
    shown: int
    units: int
    lift: float
    lift_low: float
    confidence: float
    p_value: float
    provenance: tuple[str, ...]
    basis: str  # case | record
    valid_from: date | None = None

    def as_edge(self, by: str) -> Edge:
        """The fact that a yes makes of it; `by` names the decision."""
        return Edge(
            source=self.source,
            relation=self.relation,
            target=self.target,
            origin="expert",
            provenance=(by, *self.provenance)[:MAX_PROVENANCE],
            support=self.shown,
            confidence=self.confidence,
            valid_from=self.valid_from,
        )


@dataclass(frozen=True, slots=True)
class Unit:
    """One case or visit: its id, its day, what may explain (`left`) and what is explained (`right`)."""

    id: str
    on: date | None
    left: frozenset[str]
    right: frozenset[str]


def associate(
    units: Sequence[Unit], relation: str, basis: str, *, known: frozenset[tuple[str, str]] = frozenset()
) -> list[Candidate]:
    """Associations left → right over units, those of `known` (source, target) left out; most lift first."""
    left, right, pairs = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    first: dict[tuple[str, str], date] = {}
    for unit in units:
        left.update(unit.left)
        right.update(unit.right)
        for a in unit.left:
            for b in unit.right:
                if a == b:
                    continue
                pair = (a, b)
                pairs[pair] += 1
                if len(ids[pair]) < MAX_PROVENANCE:
                    ids[pair].append(unit.id)
                if unit.on is not None and (pair not in first or unit.on < first[pair]):
                    first[pair] = unit.on
    tried = sorted(pair for pair, shown in pairs.items() if shown >= MIN_SUPPORT)
    if not tried:
        return []
    n = len(units)
    shown = np.array([pairs[p] for p in tried])
    n_a, n_b = np.array([left[a] for a, _ in tried]), np.array([right[b] for _, b in tried])
    from scipy.stats import hypergeom  # a second to import

    tail = hypergeom.sf(shown - 1, n, n_b, n_a)
    holds = benjamini_hochberg(tail, FALSE_SHARE)
    found = []
    for at, pair in enumerate(tried):
        if not holds[at] or pair in known:
            continue
        low = wilson(int(shown[at]), int(n_a[at]))[0]
        without = wilson(int(n_b[at] - shown[at]), int(n - n_a[at]))[1]
        elsewhere = (n_b[at] - shown[at] + 0.5) / (n - n_a[at] + 1)
        if low <= without:
            continue
        found.append(
            Candidate(
                source=pair[0],
                relation=relation,
                target=pair[1],
                shown=int(shown[at]),
                units=int(n_a[at]),
                lift=round(float(shown[at] / n_a[at] / elsewhere), 3),
                lift_low=round(low / without, 3),
                confidence=round(low, 4),
                p_value=float(tail[at]),
                provenance=tuple(ids[pair]),
                basis=basis,
                valid_from=first.get(pair),
            )
        )
    return sorted(found, key=lambda c: (-c.lift_low, c.source, c.target))


def benjamini_hochberg(p_values: np.ndarray, share: float) -> np.ndarray:
    """(n,) which of the tests hold so that at most `share` of those that hold are expected to be false."""
    order = np.argsort(p_values, kind="stable")
    limits = share * np.arange(1, len(p_values) + 1) / len(p_values)
    under = np.flatnonzero(p_values[order] <= limits)
    holds = np.zeros(len(p_values), bool)
    if len(under):
        holds[order[: under[-1] + 1]] = True
    return holds


def from_cases(told: Iterable[ToldCase], known: frozenset[tuple[str, str, str]]) -> list[Candidate]:
    """Candidates that coded cases show: sources of harm → accident type, causes → accident type, type → injury."""
    told = [case for case in told if case.accidents]
    by_relation = defaultdict(set)
    for source, relation, target in known:
        by_relation[relation].add((source, target))

    def units(left: str, right: str) -> list[Unit]:
        def names(case: ToldCase, which: str) -> frozenset[str]:
            if which == "industry":
                return frozenset((case.industry,)) if case.industry else frozenset()
            if which == "hazard":
                return frozenset((case.hazard,)) if case.hazard else frozenset()
            return frozenset(getattr(case, which))

        made = (Unit(c.case_id, c.on, names(c, left), names(c, right)) for c in told)
        return [unit for unit in made if unit.left]

    asked = (
        ("equipment", "accidents", "suffers"),
        ("places", "accidents", "suffers"),
        ("industry", "accidents", "suffers"),
        ("causes", "accidents", "leads_to"),
        ("hazard", "accidents", "results_in"),
        ("accidents", "injuries", "injures"),
    )
    found = []
    for left, right, relation in asked:
        found += associate(units(left, right), relation, "case", known=frozenset(by_relation[relation]))
    return found


def from_findings(
    findings: Iterable[tuple[str, date, str, str]],
    injuries: Iterable[tuple[str, date, str, str]],
    known: frozenset[tuple[str, str, str]],
) -> list[Candidate]:
    """What visits find together, and what is found before an injury of the same enterprise within a year.

    findings: (enterprise, day, node of a hazard or clause, record id).
    injuries: (enterprise, day, accident type, case id).
    """
    visits: dict[tuple[str, date], dict[str, str]] = defaultdict(dict)
    for owner, on, node, record in findings:
        visits[owner, on].setdefault(node, record)
    together = [Unit(next(iter(v.values())), on, frozenset(v), frozenset(v)) for (_, on), v in sorted(visits.items())]
    named = frozenset((s, t) for s, relation, t in known if relation == "found_with")
    found = [c for c in associate(together, "found_with", "record", known=named) if c.source.startswith("hazard:")]
    hurt: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for owner, on, accident, _ in injuries:
        hurt[owner].append((on, accident))
    after = []
    for (owner, on), nodes in sorted(visits.items()):
        if owner in hurt:  # others may have been hurt and not be on record: they say nothing either way
            later = frozenset(what for day, what in hurt[owner] if on < day <= on + FOLLOWS)
            after.append(Unit(next(iter(nodes.values())), on, frozenset(nodes), later))
    named = frozenset((s, t) for s, relation, t in known if relation == "precedes")
    return found + associate(after, "precedes", "record", known=named)
