"""Facts from packs, coded cases and hazard records, gathered with what says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from yufang.graph.articles import record_articles, typical_texts
from yufang.graph.linking import Linker, packs_covering, simplify
from yufang.graph.model import MAX_PROVENANCE, Edge, Node
from yufang.packs import Hazard, Pack, match_equipment
from yufang.standards.accidents import TYPES_2025
from yufang.standards.catalogue import code_list
from yufang.standards.industries import industry
from yufang.standards.model import UnknownCode

DEATH_DAYS = 6_000
MIN_TOGETHER = 5  # visits that must have found two clauses together before that is a fact
FACETS = {
    "accident_type": "accident_type",
    "event": "accident_type",
    "body_part": "injury",
    "nature": "injury",
    "source": "injury",
}


@dataclass(slots=True)
class _Evidence:
    """What has been seen of one fact so far."""

    ids: list[str] = field(default_factory=list)
    support: int = 0
    confidence: float = 0.0
    first: date | None = None


@dataclass(slots=True)
class Builder:
    """Gathers nodes and facts; `edges()` gives them their support and confidence."""

    nodes: dict[str, Node] = field(default_factory=dict)
    facts: dict[tuple[str, str, str, str], _Evidence] = field(default_factory=lambda: defaultdict(_Evidence))

    def node(self, kind: str, key: str, zh: str, en: str = "", detail_zh: str = "") -> str:
        """Add a node unless it stands; returns its id."""
        node_id = f"{kind}:{key}"
        if node_id not in self.nodes:
            self.nodes[node_id] = Node(id=node_id, kind=kind, label_zh=zh, label_en=en or zh, detail_zh=detail_zh)
        return node_id

    def say(
        self,
        source: str,
        relation: str,
        target: str,
        *,
        origin: str,
        by: str,
        on: date | None = None,
        confidence: float = 1.0,
        support: int = 1,
    ) -> None:
        """One more witness `by` of a fact."""
        fact = self.facts[source, relation, target, origin]
        fact.support += support
        fact.confidence += confidence * support
        if len(fact.ids) < MAX_PROVENANCE and by not in fact.ids:
            fact.ids.append(by)
        if on is not None and (fact.first is None or on < fact.first):
            fact.first = on

    def edges(self) -> tuple[Edge, ...]:
        """All facts, in a stable order."""
        return tuple(
            Edge(
                source=source,
                relation=relation,
                target=target,
                origin=origin,
                provenance=tuple(fact.ids),
                support=fact.support,
                confidence=_confidence(origin, fact),
                valid_from=fact.first,
            )
            for (source, relation, target, origin), fact in sorted(self.facts.items())
        )


def _confidence(origin: str, fact: _Evidence) -> float:
    mean = fact.confidence / fact.support
    if origin in ("pack", "link", "general", "standard"):
        return round(mean, 4)
    return round(mean * fact.support / (fact.support + 1), 4)


def add_pack(builder: Builder, pack: Pack) -> None:
    """Everything a pack says: its industries, equipment, parts, tasks, materials and hazards."""
    by = f"{pack.key}@{pack.version}"
    industries = [_industry_node(builder, code) for code in pack.industries]
    for equipment in pack.equipment:
        node = builder.node("equipment", f"{pack.key}/{equipment.key}", equipment.name.zh, equipment.name.en)
        for owner in industries:
            builder.say(owner, "uses", node, origin="pack", by=by)
        for key, part in equipment.parts.items():
            target = builder.node("part", f"{pack.key}/{equipment.key}/{key}", part.zh, part.en)
            builder.say(node, "has_part", target, origin="pack", by=by)
    for kind, relation, entries in (("task", "runs", pack.tasks), ("material", "handles", pack.materials)):
        for entry in entries:
            node = builder.node(kind, f"{pack.key}/{entry.key}", entry.name.zh, entry.name.en)
            for owner in industries:
                builder.say(owner, relation, node, origin="pack", by=by)
    for row in pack.hazards:
        _add_hazard(builder, pack, row)


def _add_hazard(builder: Builder, pack: Pack, row: Hazard) -> None:
    by = f"{pack.key}/{row.id}"
    hazard = builder.node("hazard", by, row.title.zh, row.title.en, row.circumstance.zh)
    equipment = f"{pack.key}/{row.equipment}"
    origins = [f"part:{equipment}/{row.part}"] if row.part else [f"equipment:{equipment}"]
    origins += [f"task:{pack.key}/{row.task}"] if row.task else []
    origins += [f"material:{pack.key}/{material}" for material in row.materials]
    for source in origins:
        builder.say(source, "exposes_to", hazard, origin="pack", by=by)
    for factor in ("human", "machine", "material", "method", "environment"):
        text = getattr(row.causes, factor)
        if text is not None:
            cause = builder.node("cause", f"{factor}/{by}", text.zh, text.en, factor)
            builder.say(cause, "leads_to", hazard, origin="pack", by=by)
    accident = accident_node(builder, row.accident_type)
    builder.say(hazard, "results_in", accident, origin="pack", by=by)
    for number, measure in enumerate(row.measures):
        target = builder.node("measure", f"{by}/{number}", measure.text.zh, measure.text.en, measure.level)
        builder.say(hazard, "controlled_by", target, origin="pack", by=by)
    builder.say(hazard, "governed_by", builder.node("clause", row.clause.ref, row.clause.ref), origin="pack", by=by)
    for signal in row.signals:
        target = builder.node("signal", signal.zh, signal.zh, signal.en)
        builder.say(hazard, "watched_by", target, origin="pack", by=by)


def accident_node(builder: Builder, code: str) -> str:
    """Node of a GB 6441-2025 accident type, named by the standard where the code is known."""
    try:
        entry = code_list(TYPES_2025).get(code)
    except UnknownCode:
        return builder.node("accident_type", code, code)
    return builder.node("accident_type", code, entry.name_zh, entry.name_en)


def _industry_node(builder: Builder, code: str) -> str:
    try:
        found = industry(code)
    except UnknownCode:
        return builder.node("industry", code, code)
    return builder.node("industry", found.code, found.name_zh, found.name_en)


def add_cases(builder: Builder, cases: pl.DataFrame, packs: Sequence[Pack], linker: Linker) -> None:
    """Facts of coded injury cases: what a trade and its equipment suffer, and which pack row a narrative tells of."""
    facets = facet_columns(cases)
    links = linker.link(cases["narrative"].fill_null("").to_list(), cases["industry_code"].fill_null("").to_list())
    for row, found in zip(cases.iter_rows(named=True), links, strict=True):
        by, on = row["case_id"], row["occurred_on"]
        accidents: list[str] = []
        injuries: list[str] = []
        for facet, column in facets.items():
            if not row[column]:
                continue
            if FACETS.get(facet, "injury") == "accident_type":
                accidents.append(accident_node(builder, row[column]))
            else:
                injuries.append(builder.node("injury", f"{facet}/{row[column]}", row[column]))
        sources = [_industry_node(builder, row["industry_code"])] if row["industry_code"] else []
        sources += equipment_nodes(row["equipment"] or "", row["industry_code"] or "", packs)
        for accident in accidents:
            for source in sources:
                builder.say(source, "suffers", accident, origin="case", by=by, on=on)
            for injury in injuries:
                builder.say(accident, "injures", injury, origin="case", by=by, on=on)
            if found.key:
                hazard, sure = f"hazard:{found.key}", found.confidence
                builder.say(hazard, "results_in", accident, origin="case", by=by, on=on, confidence=sure)


def equipment_nodes(name: str, industry_code: str, packs: Sequence[Pack]) -> list[str]:
    """The equipment that `name` means in the packs of the trade; where none covers it, in all of them."""
    if not name:
        return []
    plain = simplify(name)
    matched = ((pack, match_equipment(pack, plain)) for pack in packs_covering(packs, industry_code) or packs)
    return [f"equipment:{pack.key}/{hit.key}" for pack, hit in matched if hit is not None]


def facet_columns(cases: pl.DataFrame) -> dict[str, str]:
    """Facet → column: `code_<facet>` written by the coders, else the code that the source gave."""
    coded = {name.removeprefix("code_"): name for name in cases.columns if name.startswith("code_")}
    given: dict[str, str] = {name: name for name in ("accident_type", "body_part") if name in cases.columns}
    return {**given, **coded}


def add_hazards(builder: Builder, hazards: pl.DataFrame, linker: Linker) -> None:
    """Facts of hazard records: which rows and clauses were found where, and which clauses are found together."""
    articles = record_articles(hazards)
    linked = [""] * hazards.height
    sure = [0.0] * hazards.height
    free = [i for i, code in enumerate(hazards["industry_code"].fill_null("")) if code or not articles[i]]
    texts, codes = hazards["text"].fill_null("").to_list(), hazards["industry_code"].fill_null("").to_list()
    for i, found in zip(free, linker.link([texts[i] for i in free], [codes[i] for i in free]), strict=True):
        linked[i], sure[i] = found.key, found.confidence
    days, ids = hazards["found_on"].to_list(), hazards["record_id"].to_list()
    owners = hazards["enterprise_id"].fill_null("").to_list()
    together: dict[tuple[str, date], dict[str, str]] = defaultdict(dict)
    for i in range(hazards.height):
        source = _industry_node(builder, codes[i]) if codes[i] else ""
        for article in articles[i]:
            clause = builder.node("clause", article, simplify(article), article)
            together[owners[i], days[i]].setdefault(clause, ids[i])
            if source:
                builder.say(source, "found_in", clause, origin="record", by=ids[i], on=days[i])
        if linked[i] and source:
            target = f"hazard:{linked[i]}"
            builder.say(source, "found_in", target, origin="record", by=ids[i], on=days[i], confidence=sure[i])
    _found_with(builder, together)
    _clauses_to_rows(builder, hazards, articles, linker)


def _found_with(builder: Builder, together: dict[tuple[str, date], dict[str, str]]) -> None:
    """Clauses found at one visit, kept where at least `MIN_TOGETHER` visits did."""
    pairs: dict[tuple[str, str], list[tuple[date, str]]] = defaultdict(list)
    for (_, on), clauses in together.items():
        for a in clauses:
            for b, record in clauses.items():
                if a != b:
                    pairs[a, b].append((on, record))
    for (a, b), witnesses in sorted(pairs.items()):
        if len(witnesses) >= MIN_TOGETHER:
            for on, record in sorted(witnesses):
                builder.say(a, "found_with", b, origin="record", by=record, on=on)


def _clauses_to_rows(builder: Builder, hazards: pl.DataFrame, articles: list[tuple[str, ...]], linker: Linker) -> None:
    """What records of a clause describe: its most typical text, and the pack row that text speaks of."""
    typical = typical_texts(hazards, articles)
    names = sorted(typical)
    links = linker.link([typical[name].text for name in names])
    for name, found in zip(names, links, strict=True):
        clause = f"clause:{name}"
        old = builder.nodes[clause]
        builder.nodes[clause] = Node(
            id=old.id,
            kind=old.kind,
            label_zh=old.label_zh,
            label_en=old.label_en,
            detail_zh=typical[name].text,
        )
        if found.key:
            builder.say(
                clause,
                "cited_for",
                f"hazard:{found.key}",
                origin="link",
                by=typical[name].record_id,
                on=typical[name].first,
                confidence=found.confidence,
                support=typical[name].records,
            )


def severe_days(lost_days: float | None, deaths: int | None) -> float:
    """Lost days of a case; each death counts 6,000 (GB 6441-1986, appendix B)."""
    return float(lost_days or 0.0) + DEATH_DAYS * int(deaths or 0)


def before(frame: pl.DataFrame | None, column: str, at: date | None) -> pl.DataFrame | None:
    """Rows dated strictly before `at`; undated rows are left out where `at` is given."""
    if frame is None or at is None:
        return frame
    return frame.filter(pl.col(column) <= at - timedelta(days=1))
