"""Speed of cleaning and of finding near duplicates, beside reading the same cells one by one in Python.

    POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 python benchmarks/cleaning.py

59,103 rows × 10 columns: employers and narratives of the Taiwan citations in ../shared/data, the other columns made up
in the notations that people use. Processor seconds of one thread. The peer applies this project's own reader of a
single value to every cell; it checks nothing and keeps no changes, which the vectorised way does.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from yufang.lake import values
from yufang.lake.clean import clean_chunk, make_plan
from yufang.lake.cleaning import near_groups, shipped_catalogue
from yufang.lake.mapping import FileMapping
from yufang.lake.readers import ROW

SHARED = Path(os.environ.get("YUFANG_SHARED", Path(__file__).parent.parent.parent / "shared")) / "data"
TODAY = date(2026, 1, 1)
MAPPING = {
    "enterprise_name": "单位",
    "occurred_on": "日期",
    "reported_on": "报告",
    "narrative": "经过",
    "place": "地点",
    "job": "工种",
    "equipment": "设备",
    "deaths": "死亡",
    "injured": "受伤",
    "lost_days": "天",
}


def made() -> pl.DataFrame:
    file = SHARED / "taiwan_citations" / "citations.parquet"
    if not file.is_file():
        raise SystemExit(f"{file} is missing: put the shared data there, or set YUFANG_SHARED")
    real = pl.read_parquet(file, columns=["employer", "violation_text"])
    rng = random.Random(3)
    days = ("2024-03-{:02}", "2024/3/{}", "2024年3月{}日", "民國113年3月{}日")

    def some(*choices: str) -> list[str]:
        return [rng.choice(choices) for _ in range(real.height)]

    def dates() -> list[str]:
        return [rng.choice(days).format(rng.randint(1, 28)) for _ in range(real.height)]

    columns = {"日期": dates(), "报告": dates(), "地点": some("无", " 车间　一", "三号厂房", "Ｂ区")}
    columns |= {"工种": some("焊工", "不详", "钳工 "), "设备": some("冲床", "暂无", "叉 车")}
    columns |= {"死亡": some("0", "无", "1人", "未发生"), "受伤": some("1", "约2人", "无")}
    columns |= {"天": some("3天", "16小时", "12", "一百二十天")}
    frame = pl.DataFrame(columns).with_columns(real["employer"].alias("单位"), real["violation_text"].alias("经过"))
    return frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))


def by_cell(frame: pl.DataFrame) -> None:
    """The same readings, cell by cell."""
    rules = shipped_catalogue().rules
    nothing = {word.lower() for word in rules["nothing"].parameters.words}
    zero = {word.lower() for word in rules["none_is_zero"].parameters.words}
    units = values.Units(rules["number"].parameters.units["days"])
    for row in frame.iter_rows(named=True):
        for name, cell in row.items():
            if cell is None or name == ROW or cell.strip().lower() in values.NULL_TOKENS:
                continue
            plain = cell.strip().lower()
            if name in ("日期", "报告"):
                values._date(cell, (), None)
            elif name in ("死亡", "受伤", "天"):
                values._number("0" if plain in zero else cell, name != "天", True, 1.0, units)
            elif not (name in ("地点", "工种", "设备") and plain in nothing):
                values.clean_text(cell, lines=name == "经过")


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    frame = made()
    mapping = FileMapping.model_validate({"kind": "cases", "columns": MAPPING})
    clean_chunk(frame.head(10), make_plan(mapping, frame.head(10), TODAY), "warm-up")
    cleaning = timed(lambda: clean_chunk(frame, make_plan(mapping, frame, TODAY), "made"))
    cells = timed(lambda: by_cell(frame))
    n = frame.height
    print(f"cleaning, checking, keeping changes: {n:,} rows × 10, {cleaning:.2f} s, {n / cleaning:,.0f} rows/s")
    print(f"the same cells one by one:           {n:,} rows × 10, {cells:.2f} s, {n / cells:,.0f} rows/s")
    texts = frame["经过"].drop_nulls().to_list()
    distinct = list(dict.fromkeys(texts))
    groups: list[int] = []
    near = timed(lambda: groups.extend(near_groups(distinct, 0.8).tolist()))
    told = f"{len(texts):,} narratives, {len(distinct):,} distinct, {len(set(groups)):,} groups"
    print(f"near duplicates (Jaccard ≥ 0.8): {told}, {near:.2f} s, {len(texts) / near:,.0f} narratives/s")


if __name__ == "__main__":
    main()
