"""Causal chains kept whole: what a pack row says in one breath, and what one case showed in one breath."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from yufang.graph.build import FACETS, equipment_nodes, facet_columns, severe_days
from yufang.graph.linking import Linker
from yufang.graph.model import FACTORS, MAX_PROVENANCE, Chain, Edge
from yufang.graph.search import PhraseReader
from yufang.packs import Pack

BATCH = 4_096  # narratives linked at once: the linker holds a dense matrix of them


def pack_chains(packs: Iterable[Pack]) -> list[Chain]:
    """One chain a row: equipment → part → hazard → accident type, with causes, task and materials beside it."""
    chains = []
    for pack in packs:
        for row in pack.hazards:
            key, by = pack.key, f"{pack.key}/{row.id}"
            part = (f"part:{key}/{row.equipment}/{row.part}",) if row.part else ()
            nodes = (f"equipment:{key}/{row.equipment}", *part, f"hazard:{by}", f"accident_type:{row.accident_type}")
            causes = tuple(f"cause:{f}/{by}" for f in FACTORS if getattr(row.causes, f) is not None)
            task = (f"task:{key}/{row.task}",) if row.task else ()
            beside = (*causes, *task, *(f"material:{key}/{m}" for m in row.materials))
            chains.append(Chain(nodes=nodes, beside=beside, origin="pack", provenance=(by,), severity=row.severity))
    return chains


@dataclass(slots=True)
class _Seen:
    ids: list[str] = field(default_factory=list)
    support: int = 0
    days: float = 0.0
    deaths: int = 0
    first: date | None = None


@dataclass(frozen=True, slots=True)
class ToldCase:
    """What one case names: ids of nodes by their place in the chain, and what stood beside."""

    case_id: str
    on: date | None
    industry: str
    equipment: tuple[str, ...]
    places: tuple[str, ...]
    hazard: str
    accidents: tuple[str, ...]
    injuries: tuple[str, ...]
    causes: tuple[str, ...]
    lost_days: float
    deaths: int

    def named(self) -> tuple[str, ...]:
        """All nodes the case names."""
        hazard = (self.hazard,) if self.hazard else ()
        industry = (self.industry,) if self.industry else ()
        rest = (*self.equipment, *self.places, *hazard, *self.accidents, *self.injuries, *self.causes)
        return (*industry, *rest)


def told_cases(
    cases: pl.DataFrame,
    packs: Sequence[Pack],
    linker: Linker,
    situations: PhraseReader,
    hazard_nodes: frozenset[str],
) -> list[ToldCase]:
    """What each coded case names (columns of lake INJURY_CASES, `code_<facet>` beside them)."""
    facets = facet_columns(cases)
    texts = cases["narrative"].fill_null("").to_list()
    codes = cases["industry_code"].fill_null("").to_list()
    links = [
        link
        for at in range(0, len(texts), BATCH)
        for link in linker.link(texts[at : at + BATCH], codes[at : at + BATCH])
    ]
    known: dict[tuple[str, str], tuple[str, ...]] = {}
    told = []
    for row, text, link in zip(cases.iter_rows(named=True), texts, links, strict=True):
        accidents, injuries = [], []
        for facet, column in facets.items():
            if not row[column]:
                continue
            if FACETS.get(facet, "injury") == "accident_type":
                accidents.append(f"accident_type:{row[column]}")
            else:
                injuries.append(f"injury:{facet}/{row[column]}")
        named = row["equipment"] or "", row["industry_code"] or ""
        if named not in known:
            known[named] = tuple(equipment_nodes(*named, packs))
        found = situations.read(text)
        hazard = f"hazard:{link.key}" if link.key else ""
        told.append(
            ToldCase(
                case_id=row["case_id"],
                on=row["occurred_on"],
                industry=f"industry:{row['industry_code']}" if row["industry_code"] else "",
                equipment=known[named],
                places=tuple(n for n in found if n.startswith("place:")),
                hazard=hazard if hazard in hazard_nodes else "",
                accidents=tuple(dict.fromkeys(accidents)),
                injuries=tuple(dict.fromkeys(injuries)),
                causes=tuple(n for n in found if n.startswith("cause:")),
                lost_days=severe_days(row.get("lost_days"), row.get("deaths")),
                deaths=int(row.get("deaths") or 0),
            )
        )
    return told


def case_chains(told: Iterable[ToldCase]) -> list[Chain]:
    """Chains that cases showed, equal ones counted: source of harm → hazard → accident type → injuries."""
    seen: dict[tuple[tuple[str, ...], tuple[str, ...]], _Seen] = {}
    for case in told:
        sources = case.equipment or case.places or ((case.industry,) if case.industry else ())
        if not case.accidents:
            continue
        middle = (case.hazard,) if case.hazard else ()
        for source in sources or ("",):
            nodes = tuple(n for n in (source, *middle, case.accidents[0], *case.injuries) if n)
            if len(nodes) < 2:
                continue
            one = seen.setdefault((nodes, case.causes), _Seen())
            one.support += 1
            one.days += case.lost_days
            one.deaths += case.deaths
            if len(one.ids) < MAX_PROVENANCE:
                one.ids.append(case.case_id)
            if case.on is not None and (one.first is None or case.on < one.first):
                one.first = case.on
    return [
        Chain(
            nodes=nodes,
            beside=beside,
            origin="case",
            provenance=tuple(one.ids),
            support=one.support,
            lost_days=one.days,
            deaths=one.deaths,
            valid_from=one.first,
        )
        for (nodes, beside), one in sorted(seen.items())
    ]


def case_edges(told: Iterable[ToldCase]) -> list[Edge]:
    """`involves` facts: each case and what it names."""
    return [
        Edge(
            source=f"case:{case.case_id}",
            relation="involves",
            target=node,
            origin="case",
            provenance=(case.case_id,),
            support=1,
            confidence=0.9,
            valid_from=case.on,
        )
        for case in told
        for node in dict.fromkeys(case.named())
    ]
