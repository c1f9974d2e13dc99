"""Two more agencies' registers of the made-up region, written as such registers are, and linked to the lake's own.

They stand beside the records, not among them: the lake knows each enterprise once, and the linkage desk shows what
other agencies call it. Everything is fictional.
"""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import polars as pl

from yufang.lake import Lake
from yufang.lake.linkage.corruption import COLUMNS, Rates, Row, Scribe, made_address, made_people, made_phone
from yufang.lake.linkage.linking import Linkage
from yufang.lake.linkage.store import link_lake

REGISTERS = ("消防监督名录.csv", "医保缴费单位.csv")
SHARES = (0.45, 0.6)  # of the enterprises that stand in each
CITY = "青澜市"


def link_registers(folder: Path, *, seed: int, at: date) -> Linkage:
    """Write the registers to `folder`/registers and link them with the lake in `folder`/lake.

    Raises LinkageError where the lake holds no enterprise that can be linked.
    """
    lake = Lake(folder / "lake")
    rng = np.random.default_rng(seed + 77)
    known = lake.table("enterprises").filter(pl.col("name").is_not_null()).sort("enterprise_id")
    firms = _completed(known, rng)
    scribe = Scribe(rng, Rates(renamed=0.05, wrong_code=0.1, no_code=0.5))
    (folder / "registers").mkdir(exist_ok=True)
    files = []
    for name, share in zip(REGISTERS, SHARES, strict=True):
        rows = [scribe.write(firm) for firm in firms if rng.random() < share]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String))
        frame.write_csv(folder / "registers" / name)
        files.append((name, frame))
    return link_lake(lake, "employers", files, at=datetime.combine(at, time(6)))


def _completed(enterprises: pl.DataFrame, rng: np.random.Generator) -> list[Row]:
    """Enterprises with the address, phone and owner that the registers write down."""
    people = made_people(enterprises.height, rng)
    rows: list[Row] = []
    for number, row in enumerate(enterprises.iter_rows(named=True)):
        rows.append(
            {
                "name": row["name"],
                "former_name": None,
                "credit_code": row["credit_code"],
                "region": CITY,
                "address": made_address(CITY.removesuffix("市"), rng),
                "phone": made_phone(rng),
                "legal_person": people[number],
                "industry": row["industry_code"],
            }
        )
    return rows
