"""A made world with known truth: two trades, each item found with its own probability at every visit."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from tests.graph.small_pack import cited, hazards

START = date(2020, 1, 1)
TRUTH = {
    "營造": {"甲標準第1條": 0.6, "甲標準第2條": 0.25, "甲標準第3條": 0.1, "乙規則第4條": 0.02, "乙規則第5條": 0.02},
    "食品": {"甲標準第1條": 0.02, "甲標準第2條": 0.02, "甲標準第3條": 0.1, "乙規則第4條": 0.5, "乙規則第5條": 0.3},
}


def citations(visits: int, seed: int = 0, firms: int = 150) -> pl.DataFrame:
    """About `visits` visits over three years; a visit that finds nothing leaves no record."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(visits):
        firm = int(rng.integers(firms))
        trade = "營造" if firm % 2 else "食品"
        on = START + timedelta(days=int(rng.integers(1095)))
        for article, chance in TRUTH[trade].items():
            if rng.random() < chance:
                rows.append(cited(f"{_NAMES[firm % 40]}{firm}{trade}有限公司", on, article, f"{article}之缺失"))
    rows.sort(key=lambda row: row["found_on"])
    return hazards(rows)


_NAMES = [a + b for a in "永大新華東" for b in "昌盛豐隆泰安興利"]
