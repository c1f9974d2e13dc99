"""Every engine passes the same battery; an engine that breaks a claim is caught."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest

from yufang.lake import DuckDBEngine, Engine, Lake, check_engine
from yufang.lake.engine import Parts

ENGINES: dict[str, Callable[[], Engine]] = {"duckdb": DuckDBEngine}


@pytest.mark.parametrize("name", ENGINES)
def test_engine_keeps_the_contract(name: str, tmp_path: Path) -> None:
    check_engine(ENGINES[name], tmp_path)


class Forgetful(DuckDBEngine):
    """Loses all parts but the last."""

    name = "forgetful"

    def count(self, parts: Parts) -> int:
        return super().count(parts[-1:])


class Careless(DuckDBEngine):
    """Writes in place, and turns missing text into empty text."""

    name = "careless"

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        super().write(frame.with_columns(pl.col(pl.String).fill_null("")), path)


@pytest.mark.parametrize(("engine", "claim"), [(Forgetful, "count"), (Careless, "every value comes back")])
def test_the_battery_catches_an_engine_that_breaks_a_claim(
    engine: Callable[[], Engine], claim: str, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match=claim):
        check_engine(engine, tmp_path)


def test_a_lake_computes_on_its_engine(tmp_path: Path) -> None:
    lake = Lake(tmp_path, DuckDBEngine())
    frame = pl.DataFrame({"case_id": ["1", "2", "3"], "body_part": ["手", "手", "脚"], "lost_days": [1.0, 2.0, None]})
    lake.write("injury_cases", frame, source="test")
    answer = lake.aggregate(
        "injury_cases", lambda cases: cases.group_by("body_part").agg(nw.col("lost_days").sum()).sort("body_part")
    )
    assert sorted(answer.rows()) == [("手", 3.0), ("脚", 0.0)]
    assert lake.sql("select count(*) n from injury_cases where body_part = '手'")["n"].to_list() == [2]
    assert lake.sql("select count(*) n from hazard_records")["n"].to_list() == [0]
