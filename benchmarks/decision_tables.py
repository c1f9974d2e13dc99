"""Speed of decision tables beside SpiffWorkflow's engine on the same table and the same cases.

    POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 python benchmarks/decision_tables.py

The tier table that ships, 240,000 made-up hazard points; SpiffWorkflow decides an even sample of 2,000 of them, and the
answers to the sample must agree. Processor seconds of one thread, the best of three.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import polars as pl

from yufang.warning import default_table
from yufang.warning.tables.spiff import SpiffTable

POINTS, SAMPLE = 240_000, 2_000


def best(run: Callable[[], object]) -> float:
    found = []
    for _ in range(3):
        since = time.process_time()
        run()
        found.append(time.process_time() - since)
    return min(found)


def main() -> None:
    chance = np.random.default_rng(5)
    table = default_table().points_table
    age = pl.Series(chance.integers(0, 900, POINTS))
    frame = pl.DataFrame(
        {
            "colour": pl.Series(chance.choice(["red", "orange", "yellow", "blue"], POINTS)),
            "probability": pl.Series(chance.random(POINTS)),
            "age_days": pl.select(pl.when(pl.lit(pl.Series(chance.random(POINTS) < 0.4))).then(age)).to_series(),
        }
    )
    cases = frame.gather_every(POINTS // SAMPLE).to_dicts()
    reference = SpiffTable(table)
    expected = [reference.decide(case) for case in cases]
    many = table.decide_many(frame)
    assert many["rule_id"].gather_every(POINTS // SAMPLE).to_list() == expected
    assert [d.rule_id if (d := table.decide(case)) else None for case in cases] == expected
    rows = {
        "decide_many": POINTS / best(lambda: table.decide_many(frame)),
        "decide, one case at a time": SAMPLE / best(lambda: [table.decide(case) for case in cases]),
        "SpiffWorkflow, one case at a time": SAMPLE / best(lambda: [reference.decide(case) for case in cases]),
    }
    for name, speed in rows.items():
        print(f"{name:36}{speed:>14,.0f} rows/s")
    print(f"decide_many is {rows['decide_many'] / rows['SpiffWorkflow, one case at a time']:,.0f} times as fast")


if __name__ == "__main__":
    main()
