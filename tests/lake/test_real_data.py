"""The shipped mappings on the public data they are for: every row is taken or refused with a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from yufang.lake import FolderResult, Lake, import_folder


def balanced(result: FolderResult) -> None:
    for done in result.files:
        record = done.record
        assert record.rows == record.taken + record.rejected + record.known
        assert sum(done.rejects_by_rule.values()) == record.rejected


@pytest.mark.data
def test_taiwan_citations_are_taken_without_unexplained_loss(shared: Callable[[str], Path], lake: Lake) -> None:
    folder = shared("taiwan_citations")
    start = time.process_time()
    result = import_folder(folder, lake)
    assert time.process_time() - start < 10
    assert result.mapping == "taiwan_citations"
    balanced(result)
    hazards, cases = (done.record for done in result.files)
    rows = {path.stem: pl.scan_parquet(path).select(pl.len()).collect().item() for path in folder.glob("*.parquet")}
    assert (hazards.rows, cases.rows) == (rows["citations"], rows["serious_accidents"])
    assert set(result.files[0].rejects_by_rule) <= {("record_id", "duplicate")}
    assert cases.rejected == 0
    # What inspectors cite most is the open edge people fall from.
    articles = lake.table("hazard_records")["article"]
    top = articles.filter(articles != "").value_counts(sort=True)["article"][0]
    assert top == "營造安全衛生設施標準第19條"
    # Cases and citations meet in the same enterprises.
    both = set(lake.table("injury_cases")["enterprise_id"]) & set(lake.table("hazard_records")["enterprise_id"])
    assert len(both) > 500
    known = set(lake.table("enterprises")["enterprise_id"])
    assert set(lake.table("hazard_records")["enterprise_id"]) <= known


@pytest.mark.data
def test_msha_narratives_are_taken_without_loss(shared: Callable[[str], Path], lake: Lake) -> None:
    folder = shared("msha_narratives")
    result = import_folder(folder, lake)
    assert result.mapping == "msha_narratives"
    balanced(result)
    (done,) = result.files
    assert done.record.rejected == 0
    cases = lake.table("injury_cases")
    blank = pl.scan_parquet(folder / "*.parquet").filter(pl.col("narrative").str.strip_chars() == "").collect().height
    nulls = cases.select("narrative", "body_part", "occurred_on", "enterprise_id").null_count().row(0)
    assert nulls == (blank, 0, 0, 0)
