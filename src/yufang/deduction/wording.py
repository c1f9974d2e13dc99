"""What an item says to a person: a pack row as written, an article by its records' wording, an injury pattern by code.

An article whose wording speaks of a pack row borrows that row's equipment, severity, exposure and measures; the link
stands in the point's path. One without such a row is read by its words for the way people come to harm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from yufang.deduction.causes import dominant_cause
from yufang.deduction.contracts import Measure
from yufang.deduction.harm import harm_of
from yufang.graph.linking import simplify
from yufang.graph.model import Edge, node_of
from yufang.graph.risk_graph import RiskGraph
from yufang.packs import Hazard, Pack
from yufang.standards.accidents import TYPES_2025
from yufang.standards.catalogue import code_list

HIERARCHY = ("eliminate", "substitute", "engineering", "administrative", "ppe")
TITLE = 46  # characters of an article's wording that stand as its title

_LAWS_EN = {
    "營造安全衛生設施標準": "Construction Safety and Health Facilities Standards",
    "職業安全衛生設施規則": "Occupational Safety and Health Facilities Rules",
    "職業安全衛生管理辦法": "Occupational Safety and Health Management Regulations",
    "職業安全衛生教育訓練規則": "Occupational Safety and Health Education and Training Rules",
    "職業安全衛生法施行細則": "Enforcement Rules of the Occupational Safety and Health Act",
    "危害性化學品標示及通識規則": "Hazardous Chemical Labelling and Communication Rules",
    "勞工作業環境監測實施辦法": "Workplace Environment Monitoring Regulations",
    "勞工健康保護規則": "Labour Health Protection Rules",
    "有機溶劑中毒預防規則": "Organic Solvent Poisoning Prevention Rules",
    "特定化學物質危害預防標準": "Specified Chemical Hazard Prevention Standards",
    "起重升降機具安全規則": "Lifting Machinery Safety Rules",
    "缺氧症預防規則": "Oxygen Deficiency Prevention Rules",
}
_FACETS = {
    "body_part": ("受伤部位", "Injured body part"),
    "accident_type": ("事故类型", "Accident type"),
    "nature": ("伤害性质", "Nature of injury"),
    "source": ("致害物", "Source of injury"),
    "event": ("事故经过", "Event"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """All of a point that does not depend on the enterprise. `path`: edges that lead from the item's own node on.

    Of an article the cause is what its records say, and the check is to compare the site with it.
    """

    key: str
    title_zh: str
    title_en: str
    equipment: str = ""
    equipment_en: str = ""
    part: str = ""
    part_en: str = ""
    circumstance_zh: str = ""
    circumstance_en: str = ""
    consequence_zh: str = ""
    consequence_en: str = ""
    accident_type: str = ""
    severity: str = "serious"
    exposure: str = "daily"
    measures: tuple[Measure, ...] = ()
    clause: str = ""
    training: str = ""
    training_en: str = ""
    ppe: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    signals_en: tuple[str, ...] = ()
    path: tuple[Edge, ...] = ()
    pack_row: str = ""  # the row it is, or borrows from
    equipment_node: str = ""
    part_key: str = ""
    cause_factor: str = ""
    cause_zh: str = ""
    cause_en: str = ""
    check_zh: str = ""
    check_en: str = ""


def word(graph: RiskGraph, key: str) -> Wording:
    """The wording of an item. Raises KeyError for a pack row that the graph's packs don't hold."""
    if key.startswith("article/"):
        return _article(graph, key)
    if key.startswith("injury/"):
        return _injury(key)
    return _row(graph, key)


def _find(graph: RiskGraph, key: str) -> tuple[Pack, Hazard]:
    head, _, row_id = key.partition("/")
    for pack in graph.packs:
        if pack.key == head:
            for row in pack.hazards:
                if row.id == row_id:
                    return pack, row
    raise KeyError(key)


def _row(graph: RiskGraph, key: str) -> Wording:
    pack, row = _find(graph, key)
    equipment = next(e for e in pack.equipment if e.key == row.equipment)
    part = equipment.parts[row.part] if row.part else None
    cause = dominant_cause(row)
    measures = sorted(row.measures, key=lambda m: HIERARCHY.index(m.level))
    return Wording(
        key=key,
        title_zh=row.title.zh,
        title_en=row.title.en,
        equipment=equipment.name.zh,
        equipment_en=equipment.name.en,
        part=part.zh if part else "",
        part_en=part.en if part else "",
        circumstance_zh=row.circumstance.zh,
        circumstance_en=row.circumstance.en,
        consequence_zh=row.consequence.zh,
        consequence_en=row.consequence.en,
        accident_type=row.accident_type,
        severity=row.severity,
        exposure=row.exposure,
        measures=tuple(Measure(level=m.level, text_zh=m.text.zh, text_en=m.text.en) for m in measures),
        clause=row.clause.ref,
        training=row.training.zh,
        training_en=row.training.en,
        ppe=row.ppe,
        signals=tuple(signal.zh for signal in row.signals),
        signals_en=tuple(signal.en for signal in row.signals),
        pack_row=key,
        equipment_node=f"equipment:{pack.key}/{row.equipment}",
        part_key=row.part or "",
        cause_factor=cause.factor,
        cause_zh=cause.zh,
        cause_en=cause.en,
        check_zh=row.check.zh,
        check_en=row.check.en,
    )


def _article(graph: RiskGraph, key: str) -> Wording:
    article = key.removeprefix("article/")
    node = graph.nodes.get(node_of(key))
    told = simplify(node.detail_zh).rstrip("。;；") if node and node.detail_zh else ""
    name_zh, name_en = simplify(article), article_en(article)
    links = graph.neighbours(node.id, "cited_for") if node else []
    base = _borrowed(graph, links[0]) if links else _by_words(told)
    remedy = Measure(
        level="administrative",
        text_zh=f"按{name_zh}逐处核对现场并整改：{told or '见条文'}",
        text_en=f"Check the site against {name_en}, correct each place found and re-inspect",
    )
    what_en = f": {base.title_en}" if base.title_en else ""
    return replace(
        base,
        key=key,
        title_zh=_short(told) or name_zh,
        title_en=f"{name_en}{what_en}",
        circumstance_zh=told or name_zh,
        circumstance_en=base.circumstance_en or f"A breach of {name_en}, as past citations describe it",
        measures=(*base.measures, remedy),
        clause=article,
        cause_zh=base.cause_zh or told or name_zh,
        cause_en=base.cause_en or f"What past citations of {name_en} describe",
        check_zh=base.check_zh or f"对照{name_zh}逐处查看现场：{told or '见条文'}",
        check_en=base.check_en or f"Go round the site with {name_en} in hand and look at each place it covers",
    )


def _borrowed(graph: RiskGraph, link: Edge) -> Wording:
    """What the pack row that the article's records speak of says of equipment, harm and measures."""
    row = _row(graph, link.target.removeprefix("hazard:"))
    return replace(row, path=(link,))


def _by_words(told: str) -> Wording:
    """Way of harm, severity, exposure and measures by the words of a record; bare where none is known."""
    harm = harm_of(told)
    if harm is None:
        return Wording(key="", title_zh="", title_en="", severity="serious", exposure="weekly")
    entry = code_list(TYPES_2025).get(harm.accident_type)
    return Wording(
        key="",
        title_zh="",
        title_en=entry.name_en,
        consequence_zh=f"可能导致{entry.name_zh}",
        consequence_en=f"May lead to: {entry.name_en.lower()}",
        accident_type=harm.accident_type,
        severity=harm.severity,
        exposure=harm.exposure,
        measures=harm.measures,
        training=f"{entry.name_zh}预防",
        training_en=f"Prevention: {entry.name_en.lower()}",
    )


def _injury(key: str) -> Wording:
    _, facet, code = key.split("/", 2)
    zh, en = _FACETS.get(facet, (facet, facet))
    return Wording(
        key=key,
        title_zh=f"{zh}：{code}",
        title_en=f"{en}: {code}",
        circumstance_zh=f"同类企业的工伤案例反复出现“{code}”（{zh}），现场核查造成它的作业、设备与防护",
        circumstance_en=f"Injury cases of comparable enterprises repeat “{code}” ({en.lower()}); check the tasks, "
        "equipment and guards that lead to it",
        consequence_zh=f"工伤（{zh}：{code}）",
        consequence_en=f"Work injury ({en.lower()}: {code})",
        cause_zh=f"同类案例：{code}",
        cause_en=f"Cases alike: {code}",
        check_zh=f"对照所列案例查看造成“{code}”的作业与设备",
        check_en=f"Look at the tasks and equipment that lead to “{code}” in the cases listed",
        measures=(
            Measure(
                level="administrative",
                text_zh="对照所列案例逐一检查同样的作业与设备，消除致因后复查",
                text_en="Check the same tasks and equipment against the cases listed, remove the cause and re-inspect",
            ),
        ),
    )


def article_en(article: str) -> str:
    """An article's name for English readers: `Construction … Standards, Art. 19`."""
    law, _, rest = article.partition("第")
    number = re.match(r"(\d+)條(?:之(\d+))?", rest)
    if number is None:
        return article
    return f"{_LAWS_EN.get(law, law)}, Art. {number[1]}" + (f"-{number[2]}" if number[2] else "")


def _short(told: str) -> str:
    """The first clause or clauses of a wording that fit a title."""
    told = re.sub(r"^(?:雇主|受裁处人|事业单位|对于)+", "", re.sub(r"^\d+[.、]\s*", "", told))
    if len(told) <= TITLE:
        return told
    cut = max((told.rfind(mark, 0, TITLE) for mark in "，。；;、"), default=-1)
    return told[: cut if cut >= 12 else TITLE] + "…"
