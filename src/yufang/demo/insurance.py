"""What the made-up enterprises paid in and cost the fund: whole calendar years, from their true injuries."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from yufang.demo.world import YEARS, World

WAGE = 69_000.0  # yuan a year
GRAVE = 105  # lost days from which an injury is serious
# What is booked to the enterprise: of a death the rest is borne by the province, as many pooling areas arrange it.


def write_insurance(folder: Path, world: World, *, seed: int, today: date) -> int:
    """Write `insurance.csv` as an agency would export it; returns its rows."""
    rng = np.random.default_rng(seed + 2)
    paid: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for injury in world.injuries:
        fatal = injury.told.outcome == "fatal"
        typical = 200_000.0 if fatal else 60_000.0 if injury.lost_days >= GRAVE else 12_000.0
        record = paid[injury.enterprise.credit_code, injury.on.year]
        record[0] += typical * float(rng.uniform(0.6, 1.5))
        record[1] += 1
        record[2] += fatal
    rows = []
    for enterprise in world.enterprises:
        for year in range(today.year - YEARS + 1, today.year):
            benefits, injuries, deaths = paid[enterprise.credit_code, year]
            payroll = enterprise.employees * WAGE * float(rng.uniform(0.95, 1.05))
            code = enterprise.credit_code
            rows.append((code, year, round(payroll, 2), round(benefits, 2), int(injuries), int(deaths), 100))
    names = ["统一社会信用代码", "年度", "缴费工资总额", "基金支付", "工伤人数", "工亡人数", "浮动档次"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(folder / "insurance.csv")
    return len(rows)
