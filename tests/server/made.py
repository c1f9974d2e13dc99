"""A made-up run on disk, for the server's tests: small by default, as large as asked."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from yufang.deduction.contracts import HazardPoint, LecScore, Measure, PathStep, SupportingRecord
from yufang.lake import Lake
from yufang.profiles.contracts import RiskProfile
from yufang.run.results import CODES, RunResults
from yufang.warning.contracts import TieredWarning

TODAY = date(2026, 6, 30)
COLOURS = ("red", "orange", "yellow", "blue")
INDUSTRIES = ("2614", "3311", "4710", "3752")
MEASURES = (
    Measure(level="engineering", text_zh="加装联锁防护罩", text_en="Fit an interlocked guard"),
    Measure(level="administrative", text_zh="班前检查并记录", text_en="Check before each shift and record it"),
)


def make_run(
    folder: Path, *, enterprises: int = 6, points: int = 4, months: int = 14, cases: int = 30, seed: int = 1
) -> Path:
    """Write lake, results and region.json under `folder`: `points` hazard points and `months` profiles each."""
    rng = random.Random(seed)
    ids = [f"E{n:05d}" for n in range(enterprises)]
    lake = Lake(folder / "lake")
    lake.write("enterprises", _enterprises(ids, rng), source="made")
    lake.write("equipment", _equipment(ids), source="made")
    lake.write("injury_cases", _cases(ids, cases, rng), source="made")
    owned = tuple((owner, _point(owner, n, rng)) for owner in ids for n in range(points))
    RunResults(
        codes=_codes(cases, rng),
        points=owned,
        profiles=tuple(p for owner in ids for p in _profiles(owner, months, rng)),
        warnings=tuple(_warning(owner, p) for owner, p in owned if p.rank <= 2),
    ).write(folder)
    sites = [{"enterprise_id": ids[0], "name": "一号厂区", "teams": ["冲压一班"]}]
    about = {
        "name_zh": "云岭市(合成)",
        "name_en": "Yunling (synthetic)",
        "synthetic": True,
        "today": TODAY.isoformat(),
        "districts": {"type": "FeatureCollection", "features": []},
        "sites": sites,
    }
    (folder / "region.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    return folder


def _enterprises(ids: list[str], rng: random.Random) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "enterprise_id": key,
                "name": f"云岭第{n}{'冲压' if n % 2 else '化工'}有限公司",
                "credit_code": f"91330000{n:010d}",
                "industry_code": INDUSTRIES[n % len(INDUSTRIES)],
                "industry_name": "制造业",
                "employees": rng.randint(5, 900),
                "region": f"{n % 7}区",
                "longitude": 119 + rng.random(),
                "latitude": 29 + rng.random(),
                "processes": ["冲压", "焊接"],
                "materials": ["甲苯"],
                "source": "made",
                "source_row": n + 1,
            }
            for n, key in enumerate(ids)
        ]
    )


def _equipment(ids: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "equipment_id": f"{key}-P1",
                "enterprise_id": key,
                "name": "开式压力机",
                "kind": "mechanical_press",
                "model": "J23-63",
                "count": 3,
                "commissioned_on": date(2015, 3, 1),
                "source": "made",
                "source_row": n + 1,
            }
            for n, key in enumerate(ids)
        ]
    )


def _cases(ids: list[str], cases: int, rng: random.Random) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "case_id": f"C{n:06d}",
                "enterprise_id": rng.choice(ids) if n else "unknown",
                "enterprise_name": "未登记企业" if n == 0 else "",
                "industry_code": "3311",
                "occurred_on": TODAY - timedelta(days=rng.randint(0, 700)),
                "reported_on": TODAY,
                "narrative": f"第{n}起:员工在压力机旁取料时右手食指被模具夹伤。",
                "place": "冲压车间",
                "job": "冲压工",
                "equipment": "压力机",
                "accident_type": "",
                "body_part": "",
                "lost_days": float(rng.randint(0, 90)),
                "deaths": 0,
                "injured": 1,
                "source": "made",
                "source_row": n + 1,
            }
            for n in range(cases)
        ]
    )


def _codes(cases: int, rng: random.Random) -> pl.DataFrame:
    rows = []
    for n in range(cases):
        p = round(rng.uniform(0.4, 0.99), 3)
        suggestions = [{"code": "WSA10004", "probability": p}, {"code": "WSA10001", "probability": (1 - p) / 2}]
        evidence = [{"start": 5, "end": 7, "text": "压力", "weight": 0.6}]
        rows.append(
            {
                "case_id": f"C{n:06d}",
                "facet": "accident_type",
                "code": "WSA10004" if p > 0.8 else None,
                "probability": p,
                "threshold": 0.8,
                "state": "auto" if p > 0.8 else "review",
                "suggestions": json.dumps(suggestions),
                "evidence": json.dumps(evidence, ensure_ascii=False),
                "model_version": "made-1",
            }
        )
    return pl.DataFrame(rows, schema=CODES)


def _point(owner: str, n: int, rng: random.Random) -> HazardPoint:
    colour = COLOURS[min(n, 3)]
    return HazardPoint(
        key=f"machinery/MS-{n:02d}",
        rank=n + 1,
        title_zh=f"压力机模区无防护({n})",
        title_en=f"Unguarded press die area ({n})",
        equipment="压力机",
        part="模区",
        circumstance_zh="手工送料",
        circumstance_en="Feeding by hand",
        consequence_zh="手指截断",
        consequence_en="Finger amputation",
        accident_type="WSA10004",
        severity="serious",
        probability=round(rng.uniform(0.2, 0.7), 4),
        lec=LecScore(likelihood=6, exposure=6, consequence=7, score=252, colour=colour),
        measures=MEASURES,
        clause="GB 27607",
        training="冲压安全",
        ppe=("TB-01",),
        signals=("联锁旁路",),
        path=(
            PathStep(
                source=owner, relation="uses", target="压力机", target_en="Power press", provenance="pack", support=3
            ),
        ),
        records=(
            SupportingRecord(
                record_id=f"{owner}-R{n}",
                origin="inspection",
                on=date(2026, 5, 1),
                enterprise_name=owner,
                text="模区光栅失效",
            ),
        ),
        model_version="made-1",
        equipment_en="Power press",
        part_en="Die area",
        training_en="Safe press work",
        signals_en=("Interlock bypassed",),
    )


def _profiles(owner: str, months: int, rng: random.Random) -> list[RiskProfile]:
    base = rng.random()
    found = []
    for back in range(months - 1, -1, -1):
        total = TODAY.year * 12 + TODAY.month - 1 - back
        score = max(0.0, min(100.0, 100 * base + rng.uniform(-5, 5)))
        found.append(
            RiskProfile(
                enterprise_id=owner,
                month=date(total // 12, total % 12 + 1, 1),
                injuries_12m=rng.randint(0, 5),
                lost_days_12m=12.0,
                hazards_12m=rng.randint(0, 9),
                expected_injuries=base * 3,
                expected_injuries_low=base,
                expected_injuries_high=base * 6,
                expected_lost_days=base * 40,
                credibility=0.4,
                class_code="33",
                score=score,
                colour=COLOURS[3 - min(3, int(score // 25))],
                trend=rng.uniform(-0.3, 0.3),
                peer_percentile=score,
                reasons_zh=("去年2起工伤",),
                reasons_en=("2 injuries last year",),
            )
        )
    return found


def _warning(owner: str, p: HazardPoint) -> TieredWarning:
    tier = "high" if p.rank == 1 else "medium"
    return TieredWarning(
        enterprise_id=owner,
        subject_key=p.key,
        rule="MADE1",
        tier=tier,
        route="supervisor_now" if tier == "high" else "next_inspection",
        due_on=TODAY + timedelta(days=3 if tier == "high" else 30),
        title_zh=p.title_zh,
        title_en=p.title_en,
        reason_zh="核实概率高",
        reason_en="Likely to be confirmed",
        probability=p.probability,
        colour=p.lec.colour,
        measures=MEASURES,
        procedure_zh="停机挂牌",
        procedure_en="Lock out and tag out",
        training="冲压安全",
        training_en="Safe press work",
    )
