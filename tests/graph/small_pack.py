"""A small pack and records about it, made for tests of the graph and of deduction."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from yufang.lake.tables import HAZARD_RECORDS, INJURY_CASES
from yufang.packs import Pack

# id, equipment, part, title, circumstance, phrase, prevalence
ROWS = (
    ("TS-01", "press", "curtain", "光幕侧面留有盲区", "手从光幕侧面绕入模区", "光幕侧面盲区", "common"),
    ("TS-02", "press", "pedal", "脚踏开关无防护罩", "误踏脚踏开关启动滑块", "脚踏开关无罩", "occasional"),
    ("TS-03", "press", "flywheel", "飞轮皮带罩缺失", "检修后飞轮防护罩未装回", "飞轮罩缺失", "rare"),
    ("TS-04", "grinder", "wheel", "砂轮托架间隙过大", "托架与砂轮间隙超过三毫米", "托架间隙过大", "common"),
    ("TS-05", "grinder", "hood", "砂轮护罩开口过大", "护罩开口角度超过规定", "护罩开口过大", "occasional"),
    ("TS-06", "tank", "vent", "储罐阻火器堵塞", "储罐呼吸阀阻火器被结晶堵塞", "阻火器堵塞", "common"),
    ("TS-07", "tank", "level", "液位高高联锁被旁路", "收料时液位联锁被强制旁路", "液位联锁旁路", "rare"),
)
PARTS = {
    "press": ("压力机", "Press", {"curtain": "光幕", "pedal": "脚踏开关", "flywheel": "飞轮"}),
    "grinder": ("砂轮机", "Grinder", {"wheel": "砂轮", "hood": "护罩"}),
    "tank": ("常压储罐", "Storage tank", {"vent": "呼吸阀", "level": "液位计"}),
}


def make_pack(key: str = "shop", industries: tuple[str, ...] = ("33",)) -> Pack:
    """A pack with three kinds of equipment and seven hazard rows."""
    equipment = [
        {
            "key": kind,
            "name": {"zh": zh, "en": en},
            "parts": {part: {"zh": name, "en": f"{part} part"} for part, name in parts.items()},
        }
        for kind, (zh, en, parts) in PARTS.items()
    ]
    return Pack.model_validate(
        {
            "urn": f"urn:yufang:pack:{key}",
            "key": key,
            "version": "1.0.0",
            "name": {"zh": "试验车间", "en": "Test shop"},
            "locale": "zh-CN",
            "source": "made for tests only",
            "licence": "CC-BY-4.0",
            "industries": industries,
            "equipment": equipment,
            "tasks": [{"key": "feeding", "name": {"zh": "手工送料", "en": "Hand feeding"}}],
            "hazards": [_row(*row) for row in ROWS],
        }
    )


def _row(identifier: str, equipment: str, part: str, title: str, told: str, phrase: str, often: str) -> dict[str, Any]:
    def text(zh: str) -> dict[str, str]:
        return {"zh": zh, "en": f"{identifier}: {zh}"}

    return {
        "id": identifier,
        "title": text(title),
        "equipment": equipment,
        "part": part,
        "circumstance": text(told),
        "consequence": text("手指被压断"),
        "causes": {"machine": text(f"{title}的缺陷"), "human": text("图快省事"), "method": text("没有班前检查")},
        "accident_type": "WSA10004",
        "severity": "serious",
        "prevalence": often,
        "exposure": "daily",
        "measures": [
            {"level": "administrative", "text": text("班前检查并记录")},
            {"level": "engineering", "text": text("加装固定护罩")},
        ],
        "training": text("岗位培训"),
        "check": text("现场实测"),
        "clause": {"ref": "GB 27607-2011", "status": "title"},
        "words": [phrase],
    }


def hazards(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Hazard records; what a row leaves out is empty."""
    made = [
        {"record_id": f"r{i}", "enterprise_name": row.get("enterprise_id", ""), "origin": "inspection", **row}
        for i, row in enumerate(rows)
    ]
    return pl.DataFrame(made, schema=HAZARD_RECORDS)


def cases(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Injury cases; what a row leaves out is empty."""
    made = [{"case_id": f"c{i}", **row} for i, row in enumerate(rows)]
    return pl.DataFrame(made, schema=INJURY_CASES)


def cited(enterprise: str, on: date, article: str, text: str, **more: Any) -> dict[str, Any]:
    """A citation of one article."""
    return {
        "enterprise_id": enterprise,
        "found_on": on,
        "agency": "北區",
        "origin": "citation",
        "text": text,
        "clause": article,
        "article": article,
        **more,
    }
