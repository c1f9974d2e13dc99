"""The made-up region as the files that agencies would hand over: Excel, GB 18030 CSV, JSON lines, Parquet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from yufang.demo.insurance import write_insurance
from yufang.demo.world import Enterprise, World, make_world

LABELLED = 0.6  # share of cases that already carry a code, as in an agency's history
MISCODED = 0.015  # share of those codes that are wrong


@dataclass(frozen=True, slots=True)
class RegionFiles:
    """Counts of what was written."""

    folder: Path
    enterprises: int
    equipment: int
    cases: int
    findings: int


def write_region(folder: Path, *, seed: int, today: date, enterprises: int = 300) -> RegionFiles:
    """Make the region and write its records, `region.json` and, apart in `truth/`, what is hidden."""
    world = make_world(seed=seed, today=today, enterprises=enterprises)
    rng = np.random.default_rng(seed + 1)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    (folder / "records").mkdir(exist_ok=True)
    equipment = _registers(folder / "records", world)
    _cases(folder, world, rng)
    _findings(folder, world)
    _truth(folder / "truth", world)
    write_insurance(folder, world, seed=seed, today=today)
    _region(folder, world, seed, today)
    return RegionFiles(folder, len(world.enterprises), equipment, len(world.injuries), len(world.findings))


def _registers(folder: Path, world: World) -> int:
    """Enterprises as a workbook, equipment as a CSV of UTF-8 with a byte-order mark."""
    pl.DataFrame(
        {
            "统一社会信用代码": [e.credit_code for e in world.enterprises],
            "企业名称": [e.name for e in world.enterprises],
            "行业代码": [e.industry_code for e in world.enterprises],
            "行业": [e.industry_name for e in world.enterprises],
            "从业人数": [e.employees for e in world.enterprises],
            "所在区县": [e.district.name_zh for e in world.enterprises],
            "经度": [e.lon for e in world.enterprises],
            "纬度": [e.lat for e in world.enterprises],
            "工艺": ["、".join(_tasks(e)) for e in world.enterprises],
            "主要物料": ["、".join(_materials(e)) for e in world.enterprises],
        }
    ).write_excel(folder / "enterprises.xlsx", worksheet="企业名录")
    rows = [
        (f"{e.id}-{i}", e.credit_code, e.name, name, key, model, count, f"{since:%Y年%-m月%-d日}")
        for e in world.enterprises
        for i, (key, name, model, count, since) in enumerate(e.equipment, 1)
    ]
    names = ["设备编号", "统一社会信用代码", "企业名称", "设备名称", "设备类别", "型号", "数量", "投用日期"]
    text = pl.DataFrame(rows, schema=names, orient="row").write_csv()
    (folder / "equipment.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    return len(rows)


def _tasks(enterprise: Enterprise) -> list[str]:
    pack = enterprise.pack
    names = {t.key: t.name.zh for t in pack.tasks}
    keys = {h.task for h in enterprise.hazards if h.task}
    return [names[k] for k in sorted(keys) if k in names]


def _materials(enterprise: Enterprise) -> list[str]:
    pack = enterprise.pack
    names = {m.key: m.name.zh for m in pack.materials}
    keys = {m for h in enterprise.hazards for m in h.materials}
    return [names[k] for k in sorted(keys) if k in names]


def _cases(folder: Path, world: World, rng: np.random.Generator) -> None:
    """Injury cases as a GB 18030 CSV, the way many old systems still export them."""
    types = sorted({i.accident_type for i in world.injuries})
    rows = []
    for injury in world.injuries:
        told = injury.told
        code = ""
        if rng.random() < LABELLED:
            code = str(rng.choice(types)) if rng.random() < MISCODED else injury.accident_type
        reported = injury.on + timedelta(days=int(rng.integers(0, 30)))
        rows.append(
            (
                injury.id, injury.enterprise.credit_code, injury.enterprise.name, injury.enterprise.industry_code,
                f"{injury.on:%Y年%-m月%-d日}", f"{reported:%Y-%m-%d}", told.narrative, told.place, told.job,
                injury.equipment, code, told.body_part if rng.random() < LABELLED else "", injury.lost_days,
                int(told.outcome == "fatal"), int(told.outcome != "fatal"),
            )
        )  # fmt: skip
    names = [
        "案件编号", "统一社会信用代码", "企业名称", "行业代码", "事故日期", "申报日期", "事故经过", "事故地点", "岗位",
        "涉及设备", "事故类型代码", "受伤部位", "损失工作日", "死亡人数", "受伤人数",
    ]  # fmt: skip
    text = pl.DataFrame(rows, schema=names, orient="row").write_csv()
    (folder / "records" / "injury_cases.csv").write_bytes(text.encode("gb18030"))


def _findings(folder: Path, world: World) -> None:
    """What authorities cited as Parquet, what enterprises found themselves as JSON lines."""
    rows = [
        {
            "隐患编号": f.id,
            "统一社会信用代码": f.enterprise.credit_code,
            "企业名称": f.enterprise.name,
            "行业代码": f.enterprise.industry_code,
            "检查日期": f.on,
            "检查单位": f.by,
            "隐患描述": f.text,
            "依据条款": f.hazard.clause.ref,
            "隐患级别": "重大" if f.hazard.severity == "multi_fatal" else "一般",
            "整改日期": f.mended,
        }
        for f in world.findings
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    own = pl.col("检查单位") == "企业自查"
    frame.filter(~own).write_parquet(folder / "records" / "citations.parquet")
    frame.filter(own).with_columns(pl.col("检查日期", "整改日期").dt.strftime("%Y-%m-%d")).write_ndjson(
        folder / "records" / "inspections.jsonl"
    )


def _truth(folder: Path, world: World) -> None:
    """What only the maker of the region knows; the platform never reads it, the accuracy check does."""
    pl.DataFrame(
        [(i.id, i.enterprise.credit_code, i.hazard_key, i.accident_type) for i in world.injuries],
        schema=["case_id", "credit_code", "hazard_key", "accident_type"],
        orient="row",
    ).write_parquet(folder / "cases.parquet")
    code = {e.id: e.credit_code for e in world.enterprises}
    pl.DataFrame(
        [(code[owner], key, begin, end) for owner, key, begin, end in world.present],
        schema=["credit_code", "hazard_key", "from", "to"],
        orient="row",
    ).write_parquet(folder / "present.parquet")
    pl.DataFrame(
        [(f.id, f"{f.enterprise.pack.key}/{f.hazard.id}") for f in world.findings],
        schema=["record_id", "hazard_key"],
        orient="row",
    ).write_parquet(folder / "findings.parquet")
    pl.DataFrame(
        [(e.credit_code, f"{e.pack.key}/{h.id}") for e in world.enterprises for h in e.hazards],
        schema=["credit_code", "hazard_key"],
        orient="row",
    ).write_parquet(folder / "possible.parquet")
    pl.DataFrame(
        [(e.credit_code, e.quality, world.expected[e.id]) for e in world.enterprises],
        schema=["credit_code", "quality", "expected_injuries"],
        orient="row",
    ).write_parquet(folder / "enterprises.parquet")


def _region(folder: Path, world: World, seed: int, today: date) -> None:
    body = {
        "name_zh": "青澜市（虚构）",
        "name_en": "Qinglan Prefecture (fictional)",
        "synthetic": True,
        "seed": seed,
        "today": today.isoformat(),
        "districts": {"type": "FeatureCollection", "features": [d.feature() for d in world.districts]},
        "sites": [
            {"enterprise_id": e.credit_code, "name": f"{e.name}厂区", "teams": ["甲班", "乙班"]}
            for e in world.enterprises
        ],
    }
    (folder / "region.json").write_text(json.dumps(body, ensure_ascii=False), "utf-8")
