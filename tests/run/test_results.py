"""Results are read back as they were written; the report says what the run found and opens anywhere."""

from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from tests.warning.test_warnings import point, profile
from yufang.run.charts import bars, columns
from yufang.run.pipeline import RunError, day_after, enterprise_contexts
from yufang.run.results import CODES, RunResults
from yufang.warning import warnings_for

AT = date(2026, 7, 1)


def results() -> RunResults:
    points = (("E1", point("red", 0.5, date(2026, 6, 1))), ("E1", point("yellow", 0.2)))
    profiles = (profile("red", 0.6), profile("red", 0.1, date(2026, 6, 1)))
    codes = pl.DataFrame({name: ["x"] if kind == pl.String else [0.5] for name, kind in CODES.items()}, schema=CODES)
    return RunResults(codes=codes, points=points, profiles=profiles, warnings=warnings_for(points, profiles, at=AT))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    given = results()
    given.write(tmp_path)
    back = RunResults.read(tmp_path)
    assert back.points == given.points
    assert back.profiles == given.profiles
    assert back.warnings == given.warnings
    assert back.codes.equals(given.codes)


def test_the_day_after_the_newest_record_is_stood_on() -> None:
    cases = pl.DataFrame({"occurred_on": [date(2026, 1, 2), None]}, schema={"occurred_on": pl.Date})
    hazards = pl.DataFrame({"found_on": [date(2026, 3, 31)]})
    assert day_after(cases, hazards) == date(2026, 4, 1)
    with pytest.raises(RunError, match="no record carries a date"):
        day_after(cases.clear(), hazards.clear())


def test_equipment_reaches_the_context_of_its_enterprise() -> None:
    enterprises = pl.DataFrame(
        {
            "enterprise_id": ["A", "B"], "name": ["甲", None], "industry_code": ["33", None], "region": [None, None],
            "employees": [10, None], "processes": [["冲压"], None], "materials": [None, None],
        }
    )  # fmt: skip
    equipment = pl.DataFrame(
        {
            "enterprise_id": ["A", "A"], "kind": ["mechanical_press", None], "name": ["冲床", "砂轮机"],
            "model": ["JH21-80", None], "count": [3, None],
        }
    )  # fmt: skip
    first, second = enterprise_contexts(enterprises, equipment)
    assert set(first.equipment) == {"mechanical_press", "冲床", "砂轮机"}
    assert next((own.name, own.model) for own in first.inventory) == ("冲床", "JH21-80")
    assert first.processes == ("冲压",)
    assert second.equipment == ()


def test_charts_escape_names_and_show_every_bar() -> None:
    svg = bars([("<script>", 3, "red"), ("压力机", 1, "blue")])
    assert "<script>" not in svg
    assert svg.count("<rect") == 2
    parser = HTMLParser()
    parser.feed(columns(["2026-01", "2026-02"], [("a", [1, 2], "red")]))
    assert columns(["2026-01"], [("a", [1], "red")]) == ""
