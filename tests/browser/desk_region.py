"""The small made-up region with more cases: sixty wait for a person, the others carry their source's code."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from yufang.lake import Lake

from . import small_region

WAITING, CODED = 60, 300
# GB 6441-2025 code → what happened; made up.
KINDS = {
    "WSA10004": ("冲床滑块下行时右手仍在模区，食指被压伤", "冲床"),
    "WSA10001": ("砂轮突然碎裂，碎片飞出击中面部", "砂轮"),
    "WSA10005": ("吊索脱钩，钢卷坠落砸中左脚", "吊索"),
    "WSA10007": ("清理沉淀池时滑落池中溺水", "沉淀池"),
}
_WHEN = ("早班", "夜班", "换模后", "试车时", "检修时", "交接班前", "午休后")
_WHO = ("王某", "李某", "赵某", "钱某", "孙某", "周某", "吴某", "郑某", "冯某", "陈某", "褚某")


def narrative(number: int) -> tuple[str, str]:
    """A made-up narrative and its code."""
    code = list(KINDS)[number % len(KINDS)]
    when, who = _WHEN[number % len(_WHEN)], _WHO[number % len(_WHO)]
    return f"{when}，{who}在第{number}号工位作业，{KINDS[code][0]}，随即送医。", code


def write(folder: Path) -> Path:
    """Write lake, results and region.json into `folder` and return it."""
    small_region.write(folder)
    lake = Lake(folder / "lake")
    cases = lake.table("injury_cases")
    rows = []
    for number in range(WAITING + CODED):
        text, code = narrative(number)
        row = cases.row(number % cases.height, named=True)
        rows.append(
            row
            | {
                "case_id": f"DESK-{number:04d}",
                "narrative": text,
                "accident_type": "" if number < WAITING else code,
                "occurred_on": date(2026, 6, 1) - timedelta(days=2 * number),
                "source_row": number + 1,
            }
        )
    lake.write("injury_cases", pl.DataFrame(rows, schema=cases.schema), source="desk-region")
    codes = folder / "results" / "codes.parquet"
    pl.DataFrame([_code(n) for n in range(WAITING)], schema=pl.read_parquet_schema(codes)).write_parquet(codes)
    return folder


def _code(number: int) -> dict[str, object]:
    text, code = narrative(number)
    word = KINDS[code][1]
    start = text.index(word)
    best = round(0.45 + 0.005 * number, 3)
    others = [one for one in KINDS if one != code]
    choices = [(code, best), (others[0], 0.6 * (1 - best)), (others[1], 0.3 * (1 - best))]
    span = {"start": start, "end": start + len(word), "text": word, "weight": 0.5}
    return {
        "case_id": f"DESK-{number:04d}",
        "facet": "accident_type",
        "code": None,
        "probability": best,
        "threshold": 0.9,
        "state": "review",
        "suggestions": json.dumps([{"code": c, "probability": round(p, 3)} for c, p in choices]),
        "evidence": json.dumps([span], ensure_ascii=False),
        "model_version": "coder-small-1",
    }
