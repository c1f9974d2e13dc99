"""What is written to one table stays when another is written under the same source."""

from pathlib import Path

import polars as pl

from yufang.lake import Lake
from yufang.lake.tables import HAZARD_RECORDS, INJURY_CASES


def rows(schema: pl.Schema, key: str, count: int) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(schema) | {key: f"{key}{i}"} for i in range(count)], schema=schema)


def test_tables_of_one_source_do_not_replace_each_other(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write("injury_cases", rows(INJURY_CASES, "case_id", 3), source="agency")
    lake.write("hazard_records", rows(HAZARD_RECORDS, "record_id", 2), source="agency")
    assert (lake.count("injury_cases"), lake.count("hazard_records")) == (3, 2)


def test_writing_the_same_source_again_replaces_its_rows(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write("injury_cases", rows(INJURY_CASES, "case_id", 3), source="agency")
    lake.write("injury_cases", rows(INJURY_CASES, "case_id", 1), source="another")
    lake.write("injury_cases", rows(INJURY_CASES, "case_id", 2), source="agency")
    assert lake.count("injury_cases") == 3
