# ruff: noqa: E501 - sentences stand on one line
"""A small made-up region for the browser tests: what a run leaves on disk, written out by hand so that tests know it.

27 enterprises in four districts, 18 months of profiles, hazard points, warnings and cases that wait for a person.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from yufang.deduction.contracts import HazardPoint, LecScore, Measure, PathStep, SupportingRecord
from yufang.lake import Lake
from yufang.lake.tables import TABLES
from yufang.profiles.contracts import RiskProfile
from yufang.run.results import CODES, RunResults
from yufang.warning.contracts import TieredWarning

from .small_region_texts import CASES, ENTERPRISES, HAZARDS, Hazard

TODAY = date(2026, 6, 30)
WORST = ENTERPRISES[0].name
QUIET = ENTERPRISES[-1].name  # no warning, no equipment, one month of profile
POINTS_OF_WORST = 8
REVIEW_CASES = 12

_DISTRICTS = (
    ("澜中区", "Lanzhong", 0, 0),
    ("临川区", "Linchuan", 1, 0),
    ("东屿县", "Dongyu", 0, 1),
    ("北坪县", "Beiping", 1, 1),
)
_LON, _LAT, _SIDE = 151.0, 31.0, 0.4


def write(folder: Path) -> Path:
    """Write lake, results and region.json into `folder` and return it."""
    lake = Lake(folder / "lake")
    for name, rows in (
        ("enterprises", _enterprises()),
        ("equipment", _equipment()),
        ("injury_cases", _cases()),
    ):
        lake.write(name, pl.DataFrame(rows, schema=TABLES[name]), source="small-region")
    points = tuple(
        (_id(index), _point(index, rank)) for index in range(len(ENTERPRISES)) for rank in range(_point_count(index))
    )
    results = RunResults(
        codes=pl.DataFrame(_codes(), schema=CODES),
        points=points,
        profiles=tuple(_profile(i, m) for i in range(len(ENTERPRISES)) for m in range(_months(i))),
        warnings=tuple(_warning(owner, point) for owner, point in points if _tier(point)),
    )
    results.write(folder)
    (folder / "region.json").write_text(json.dumps(_region(), ensure_ascii=False), encoding="utf-8")
    return folder


def _id(index: int) -> str:
    return f"91990000MA{index:08d}"


def _level(index: int) -> float:
    """Score of an enterprise now: the first is the worst."""
    return 99.0 - index * 3.6


def _colour(score: float) -> str:
    return "red" if score >= 90 else "orange" if score >= 70 else "yellow" if score >= 40 else "blue"


def _months(index: int) -> int:
    return 1 if index == len(ENTERPRISES) - 1 else 18


def _point_count(index: int) -> int:
    return 0 if index == len(ENTERPRISES) - 1 else POINTS_OF_WORST if index == 0 else 5


def _enterprises() -> list[dict[str, Any]]:
    rows = []
    for index, made in enumerate(ENTERPRISES):
        zh, _, x, y = _DISTRICTS[index % 4]
        rows.append(
            {
                "enterprise_id": _id(index),
                "name": made.name,
                "credit_code": _id(index),
                "industry_code": made.industry,
                "industry_name": "",
                "employees": 40 + 37 * index,
                "region": zh,
                "longitude": _LON + (x + 0.12 + 0.76 * (index * 7 % 11) / 11) * _SIDE,
                "latitude": _LAT + (y + 0.12 + 0.76 * (index * 5 % 13) / 13) * _SIDE,
                "processes": ["冲压下料", "模具安装与调试", "焊接"][: 1 + index % 3],
                "materials": ["冷轧钢板", "液化石油气"][: index % 3],
                "source": "small-region",
                "source_row": index + 1,
            }
        )
    return rows


def _equipment() -> list[dict[str, Any]]:
    made = [
        ("开式可倾压力机", "power_press", "JB23-63"),
        ("剪板机", "shear", "QC12Y-6×3200"),
        ("电动单梁起重机", "crane", "LD5t"),
    ]
    return [
        {
            "equipment_id": f"{_id(index)}-{number}",
            "enterprise_id": _id(index),
            "name": name,
            "kind": kind,
            "model": model,
            "count": 1 + (index + number) % 6,
            "commissioned_on": date(2011 + (index + number) % 12, 1 + number, 15),
            "source": "small-region",
            "source_row": 3 * index + number + 1,
        }
        for index in range(len(ENTERPRISES) - 1)
        for number, (name, kind, model) in enumerate(made)
    ]


def _profile(index: int, month: int) -> RiskProfile:
    back = _months(index) - 1 - month  # months before the newest
    wave = ((index * 3 + month * 5) % 7 - 3) * 1.1
    score = round(max(1.0, min(99.5, _level(index) - back * (0.9 if index % 3 else 1.6) + (wave if back else 0))), 1)
    expected = round(0.15 + score / 18, 2)
    newest = back == 0
    return RiskProfile(
        enterprise_id=_id(index),
        month=date(2025 + (month // 12 if _months(index) > 1 else 1), 1 + (month % 12 if _months(index) > 1 else 5), 1),
        injuries_12m=max(0, round(expected) - (month + index) % 2),
        lost_days_12m=round(expected * 21, 1),
        hazards_12m=(index * 2 + month) % 9,
        expected_injuries=expected,
        expected_injuries_low=round(expected * 0.62, 2),
        expected_injuries_high=round(expected * 1.55, 2),
        expected_lost_days=round(expected * 23.4, 1),
        credibility=round(0.2 + score / 200, 2),
        class_code=ENTERPRISES[index].industry[:2],
        score=score,
        colour=_colour(score),
        trend=round(0.31 - 0.024 * index, 3),
        peer_percentile=round(max(2.0, 97.0 - 3.4 * index), 1),
        reasons_zh=("近 12 个月工伤 6 起，高于同类平均", "压力机相关隐患连续两次检查未整改") if newest else (),
        reasons_en=("6 injuries in 12 months, above its class", "Press hazards left open at two visits in a row")
        if newest
        else (),
    )


def _point(index: int, rank: int) -> HazardPoint:
    made: Hazard = HAZARDS[(index + rank) % len(HAZARDS)]
    probability = round(max(0.04, 0.91 - 0.02 * index - 0.1 * rank), 3)
    likelihood, exposure, consequence = (10.0, 6.0, 15.0) if rank == 0 and index < 3 else (6.0, 6.0, 7.0 - rank % 5)
    danger = likelihood * exposure * consequence
    colour = "red" if danger >= 320 else "orange" if danger >= 160 else "yellow" if danger >= 70 else "blue"
    return HazardPoint(
        key=f"machinery/{made.key}-{rank}",
        rank=rank + 1,
        title_zh=made.title_zh,
        title_en=made.title_en,
        equipment=made.equipment,
        part=made.part,
        circumstance_zh=made.circumstance_zh,
        circumstance_en=made.circumstance_en,
        consequence_zh=made.consequence_zh,
        consequence_en=made.consequence_en,
        accident_type=made.accident_type,
        severity="fatal" if rank == 0 else "serious",
        probability=probability,
        lec=LecScore(likelihood=likelihood, exposure=exposure, consequence=consequence, score=danger, colour=colour),
        measures=_measures(made),
        clause=made.clause,
        training="压力机操作与模具安装安全培训（8 学时）",
        ppe=("SF-10", "ZB-01"),
        signals=("光电保护装置旁路次数", "双手操作按钮不同步次数"),
        path=_path(index, made),
        records=_records(index, made),
        model_version="deduction-small-1",
        equipment_en=made.equipment_en,
        part_en=made.part_en,
        training_en="Safe press work and die setting (8 lessons)",
        signals_en=("Bypasses of the light curtain", "Two-hand buttons out of step"),
    )


def _measures(made: Hazard) -> tuple[Measure, ...]:
    return (
        Measure(
            level="administrative",
            text_zh="调模时断电、上锁、挂牌，钥匙由调模人保管",
            text_en="Lock out and tag out while setting dies; the setter keeps the key",
        ),
        Measure(level="engineering", text_zh=made.fix_zh, text_en=made.fix_en),
        Measure(
            level="eliminate",
            text_zh="改用机械手上下料，取消手入模区",
            text_en="Feed by robot, so that no hand enters the die",
        ),
        Measure(level="ppe", text_zh="佩戴防割手套", text_en="Cut-resistant gloves"),
    )


def _path(index: int, made: Hazard) -> tuple[PathStep, ...]:
    name = ENTERPRISES[index].name
    return (
        PathStep(
            source=name,
            relation="operates",
            target=made.equipment,
            target_en=made.equipment_en,
            provenance="enterprise/equipment",
            support=1,
        ),
        PathStep(
            source=made.equipment,
            source_en=made.equipment_en,
            relation="has_part",
            target=made.part,
            target_en=made.part_en,
            provenance="machinery@1.0.0",
            support=4,
        ),
        PathStep(
            source=made.part,
            source_en=made.part_en,
            relation="exposes_to",
            target=made.title_zh,
            target_en=made.title_en,
            provenance="CASE-0003;CASE-0007",
            support=7,
        ),
    )


def _records(index: int, made: Hazard) -> tuple[SupportingRecord, ...]:
    if index % 4 == 3:
        return ()
    return (
        SupportingRecord(
            record_id="INS-2026-0412",
            origin="inspection",
            on=date(2026, 4, 12),
            enterprise_name=ENTERPRISES[index].name,
            text=f"{made.equipment}{made.part}失效，现场未采取替代措施，已责令限期整改。",
        ),
        SupportingRecord(
            record_id="CASE-0003",
            origin="case",
            on=date(2025, 11, 3),
            enterprise_name=ENTERPRISES[(index + 5) % 20].name,
            text=CASES[0].narrative,
        ),
    )


def _tier(point: HazardPoint) -> str:
    if point.lec.colour == "red":
        return "high"
    return "medium" if point.rank <= 2 else "low" if point.rank == 3 else ""


def _warning(owner: str, point: HazardPoint) -> TieredWarning:
    tier = _tier(point)
    late = owner.endswith(("1", "4"))
    return TieredWarning(
        enterprise_id=owner,
        subject_key=point.key,
        rule=f"point-{tier}",
        tier=tier,
        route="supervisor_now" if tier == "high" else "next_inspection",
        due_on=date(2026, 6, 20) if late else date(2026, 7, 3 if tier == "high" else 28),
        title_zh=point.title_zh,
        title_en=point.title_en,
        reason_zh=f"现场属实概率 {point.probability:.0%}，LEC {point.lec.score:.0f}，近一年同类设备有重伤案例。",
        reason_en=f"Probability {point.probability:.0%} on site, LEC {point.lec.score:.0f}; serious injuries on such equipment within a year.",
        probability=point.probability,
        colour=point.lec.colour,
        measures=point.measures,
        procedure_zh="1. 立即停用该设备并挂牌。\n2. 由设备管理人员核查防护装置。\n3. 整改后经安全管理人员验收方可恢复。",
        procedure_en="1. Stop and tag the machine.\n2. Have the guards checked by the equipment manager.\n3. Resume only after acceptance by the safety manager.",
        training=point.training,
        training_en=point.training_en,
    )


def _cases() -> list[dict[str, Any]]:
    rows = []
    for number in range(40):
        made = CASES[number % len(CASES)]
        owner = number % 20
        rows.append(
            {
                "case_id": f"CASE-{number:04d}",
                "enterprise_id": _id(owner),
                "enterprise_name": ENTERPRISES[owner].name,
                "industry_code": ENTERPRISES[owner].industry,
                "occurred_on": date(2024 + (number + 13) // 24, 1 + (number * 5) % 12, 1 + number % 27)
                if number % 3
                else date(2026, 1 + number % 6, 1 + number % 27),
                "reported_on": None,
                "narrative": made.narrative,
                "place": "冲压车间",
                "job": made.job,
                "equipment": made.equipment,
                "accident_type": "",
                "body_part": "",
                "lost_days": float(3 + number % 50),
                "deaths": 0,
                "injured": 1,
                "source": "small-region",
                "source_row": number + 1,
            }
        )
    return rows


def _codes() -> list[dict[str, Any]]:
    rows = []
    for number in range(40):
        made = CASES[number % len(CASES)]
        review = number < REVIEW_CASES
        best = round(0.42 + 0.02 * number, 2) if review else 0.93
        start = made.narrative.index(made.deciding)
        second = made.narrative.index(made.also)
        spans = [
            {"start": start, "end": start + len(made.deciding), "text": made.deciding, "weight": 0.46},
            {"start": second, "end": second + len(made.also), "text": made.also, "weight": 0.17},
        ]
        choices = zip(made.codes, (best, (1 - best) * 0.6, (1 - best) * 0.25), strict=True)
        rows.append(
            {
                "case_id": f"CASE-{number:04d}",
                "facet": "accident_type",
                "code": None if review else made.codes[0],
                "probability": best,
                "threshold": 0.82,
                "state": "review" if review else "auto",
                "suggestions": json.dumps([{"code": c, "probability": round(p, 3)} for c, p in choices]),
                "evidence": json.dumps(spans, ensure_ascii=False),
                "model_version": "coder-small-1",
            }
        )
    return rows


def _region() -> dict[str, Any]:
    features = []
    for number, (zh, en, x, y) in enumerate(_DISTRICTS):
        west, south = _LON + x * _SIDE, _LAT + y * _SIDE
        east, north = west + _SIDE, south + _SIDE
        ring = [[west, south], [east, south], [east + 0.03, south + 0.2], [east, north], [west, north], [west, south]]
        features.append(
            {
                "type": "Feature",
                "id": f"D{number}",
                "properties": {"id": f"D{number}", "name": zh, "name_zh": zh, "name_en": en},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {
        "name_zh": "青澜市（虚构）",
        "name_en": "Qinglan Prefecture (fictional)",
        "synthetic": True,
        "today": TODAY.isoformat(),
        "districts": {"type": "FeatureCollection", "features": features},
        "sites": [
            {"enterprise_id": _id(index), "name": f"{ENTERPRISES[index].name}厂区", "teams": ["甲班", "乙班"]}
            for index in range(3)
        ],
    }
