"""The sheet `docs/points-of-22-packs.md`: for each pack a made enterprise with equipment alone, and its ten points.

Every pack is tried as a person would try it: an equipment list, no history. The sheet names the packs it was made from
by version and digest, so that it can be told whether it is current without deducing anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date

from yufang.deduction.applicability import PRIOR_OF_PREVALENCE
from yufang.deduction.contracts import EnterpriseContext, HazardPoint, OwnEquipment
from yufang.deduction.deducing import Deducer
from yufang.deduction.model import fit
from yufang.graph.risk_graph import RiskGraph
from yufang.packs import Pack

POINTS = 10
MACHINES = 8  # kinds of equipment a made enterprise has
LEVELS = {
    "eliminate": ("消除", "eliminate"),
    "substitute": ("替代", "substitute"),
    "engineering": ("工程", "engineering"),
    "administrative": ("管理", "administrative"),
    "ppe": ("个体防护", "PPE"),
}
_DIGEST = re.compile(r"^\| `([a-z0-9_]+)` \| ([\d.]+) \| `([0-9a-f]{12})` \|", re.MULTILINE)


def digest(pack: Pack) -> str:
    """Twelve hexadecimal digits that change with any word of the pack."""
    return hashlib.sha256(pack.model_dump_json().encode()).hexdigest()[:12]


def example_enterprise(pack: Pack) -> EnterpriseContext:
    """A made enterprise of the pack's first trade with the equipment that inspectors find most at, and nothing else."""
    weight: dict[str, float] = {}
    for row in pack.hazards:
        weight[row.equipment] = weight.get(row.equipment, 0.0) + PRIOR_OF_PREVALENCE[row.prevalence]
    most = sorted(weight, key=lambda key: -weight[key])[:MACHINES]
    kinds = [kind for kind in pack.equipment if kind.key in most]
    return EnterpriseContext(
        enterprise_id=f"example-{pack.key}",
        name=f"示例企业（{pack.name.zh}）",
        industry_code=pack.industries[0].lstrip("ABCDEFGHIJKLMNOPQRST"),
        inventory=tuple(OwnEquipment(name=kind.name.zh) for kind in kinds),
    )


def example_points(packs: Sequence[Pack], at: date) -> list[tuple[Pack, EnterpriseContext, tuple[HazardPoint, ...]]]:
    """For each pack its made enterprise and the points deduced for it from all `packs`."""
    graph = RiskGraph.build(packs)
    deducer = Deducer(fit(None, None, graph, at=at), graph)
    examples = [(pack, example_enterprise(pack)) for pack in packs]
    return [(pack, context, deducer.points(context, at=at, n=POINTS)) for pack, context in examples]


def sheet(packs: Sequence[Pack], at: date) -> str:
    """The sheet as Markdown, the same for the same packs whatever the day."""
    lines = [
        "# 各行业示例企业的隐患点 / Hazard points for a made enterprise of each pack",
        "",
        f"{len(packs)} 个行业知识包，各设一家只有设备清单、没有任何历史的示例企业，推演 {POINTS} 个隐患点。"
        "概率为行业知识包的先验判断，随现场核查结论更新。本页由 `yufang deduce sheet` 生成。",
        "",
        f"For each of {len(packs)} packs an enterprise was made up that has an equipment list and no history, and "
        f"{POINTS} points were deduced for it. Probabilities are the packs' priors, which inspectors' answers move. "
        "`yufang deduce sheet` writes this page.",
        "",
        "| pack | version | digest |",
        "|---|---|---|",
        *(f"| `{pack.key}` | {pack.version} | `{digest(pack)}` |" for pack in packs),
    ]
    for pack, context, points in example_points(packs, at):
        names = "、".join(own.name for own in context.inventory)
        kinds = {kind.name.zh: kind.name.en for kind in pack.equipment}
        names_en = ", ".join(kinds[own.name] for own in context.inventory)
        lines += ["", f"## {pack.name.zh} / {pack.name.en}", "", f"设备：{names}", "", f"Equipment: {names_en}"]
        for point in points:
            lines += ["", *_told(point)]
    return "\n".join(lines) + "\n"


def _told(point: HazardPoint) -> list[str]:
    first = point.measures[0]
    level_zh, level_en = LEVELS[first.level]
    score = f"P {point.probability:.2f}, LEC {point.lec.score:g}"
    return [
        f"### {point.rank}. {point.title_zh} / {point.title_en}",
        "",
        f"{point.text_zh}查：{_ended(point.check_zh, '。')}措施（{level_zh}）：{_ended(first.text_zh, '。')}",
        "",
        f"{point.text_en} Check: {_ended(point.check_en, '.')} Measure ({level_en}): {_ended(first.text_en, '.')}",
        "",
        f"依据 / Clause: {point.clause}. {score}.",
    ]


def _ended(text: str, stop: str) -> str:
    return text.rstrip("。.；; ") + stop


def stale(page: str, packs: Sequence[Pack]) -> list[str]:
    """Keys of packs that the page was not made from, or from another wording of; and those it names that are gone."""
    told = {key: (version, seen) for key, version, seen in _DIGEST.findall(page)}
    here = {pack.key: (pack.version, digest(pack)) for pack in packs}
    return sorted(key for key in told.keys() | here.keys() if told.get(key) != here.get(key))
