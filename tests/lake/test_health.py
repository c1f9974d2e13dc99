"""The audit: scores that can be counted by hand, worst rows with reasons, a trend, an owner."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from yufang.commands.errors import UserError
from yufang.commands.health import health
from yufang.lake import Lake, import_file
from yufang.lake.cleaning import load_catalogue
from yufang.lake.health import HealthReport, SourceHealth, audit

TODAY = date(2024, 6, 1)
ROWS = """单位,事故日期,报告日期,事故经过,死亡人数,受伤人数,损失工作日
甲机械有限公司,2024-5-20,2024-5-21,操作工在冲床取料时右手食指被模具夹伤,0,1,30
甲机械有限公司,2024-5-20,2024-5-21,操作工在冲床取料时右手食指被模具夹伤了,0,1,30
乙建设有限公司,2024-4-2,2024-4-1,从脚手架上坠落,1,0,6000
丙化工有限公司,2024-3-3,2024-5-30,清洗反应釜时吸入有毒气体昏迷,0,0,12
丁物流有限公司,2023-9-9,2023-9-10,叉车倒车时撞伤装卸工的左腿,0,1,八吨
丁物流有限公司,去年,2023-9-10,叉车倒车,0,1,1
"""


@pytest.fixture
def audited(lake: Lake, tmp_path: Path) -> HealthReport:
    file = tmp_path / "cases.csv"
    file.write_text(ROWS, encoding="utf-8")
    import_file(file, "cases", lake, at=datetime(2024, 6, 1), today=TODAY)
    return audit(lake, today=TODAY)


def one(report: HealthReport) -> SourceHealth:
    (source,) = report.sources
    return source


def test_the_scores_are_those_counted_by_hand(audited: HealthReport) -> None:
    source = one(audited)
    counts = {m.dimension: (m.good, m.checked) for m in source.measures}
    assert (source.rows, source.refused, source.newest) == (5, 1, date(2024, 5, 30))
    # 14 expected columns: 8 filled in each row, and the lost days that could not be read.
    assert counts["completeness"] == (5 * 8 - 1, 5 * 14)
    # Given: what is filled, the emptied value and the refused one; the last two are wrong.
    assert counts["validity"] == (39, 41)
    assert counts["contradiction"] == (3, 5)  # reported before it happened; lost days without anyone hurt
    assert counts["duplication"] == (4, 5)
    assert counts["freshness"] == (4, 5)  # one reported after thirty days; the newest is fresh
    weights = {"completeness": 0.25, "validity": 0.3, "freshness": 0.15, "contradiction": 0.15, "duplication": 0.15}
    expected = sum(weights[name] * good / checked for name, (good, checked) in counts.items())
    assert source.overall == pytest.approx(expected, abs=1e-3)
    assert audited.overall == source.overall


def test_the_worst_rows_come_with_their_reasons(audited: HealthReport) -> None:
    worst = one(audited).worst
    reasons = {row.source_row: {reason.rule for reason in row.reasons} for row in worst}
    assert reasons[3] == {"report_before_injury"}
    assert reasons[4] == {"late_report", "lost_days_without_injury"}
    assert reasons[2] == {"duplicate_near"}
    assert reasons[5] == {"unreadable_unit"}
    assert worst[0].source_row == 4


def test_each_column_is_told_apart(audited: HealthReport) -> None:
    fields = {field.field: field for field in one(audited).fields}
    assert (fields["lost_days"].filled, fields["lost_days"].wrong) == (4, 1)
    assert fields["place"].completeness == 0
    assert fields["place"].validity is None
    assert fields["narrative"].validity == 1


def test_the_trend_counts_what_was_known_by_each_month(audited: HealthReport) -> None:
    line = {point.as_of: point for point in audited.trend}
    assert list(line) == sorted(line)
    assert line[date(2023, 9, 30)].rows == 1
    assert line[date(2024, 4, 30)].rows == 2
    assert line[TODAY].overall == one(audited).overall
    assert dict(line[date(2024, 3, 31)].scores)["freshness"] < 1  # half a year without news
    assert date(2023, 8, 31) not in line


def test_a_source_has_the_owner_that_the_rules_name(lake: Lake, audited: HealthReport, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text('owner: a\nhealth:\n  owners: { "cases*": 市应急局 }\n', encoding="utf-8")
    assert one(audited).owner == ""
    assert one(audit(lake, today=TODAY, catalogue=load_catalogue(own))).owner == "市应急局"
    assert one(audit(lake, today=TODAY, owners={"cases.csv": "某人"})).owner == "某人"


def test_an_empty_lake_has_no_score(lake: Lake) -> None:
    report = audit(lake, today=TODAY)
    assert (report.overall, report.sources, report.trend) == (None, (), ())


def test_the_command_prints_a_table_and_json(
    lake: Lake,
    audited: HealthReport,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YUFANG_LANG", "zh")
    health(lake.root, as_json=False, today="2024-06-01", worst=5, rules=None)
    assert "事故后三十日以上才报告" in capsys.readouterr().out
    health(lake.root, as_json=True, today="2024-06-01", worst=1, rules=None)
    told = json.loads(capsys.readouterr().out)
    assert told["overall"] == audited.overall
    assert len(told["sources"][0]["worst"]) == 1
    with pytest.raises(UserError, match="no lake"):
        health(tmp_path / "none", as_json=False, today=None, worst=5, rules=None)
    with pytest.raises(UserError, match="not a day"):
        health(lake.root, as_json=False, today="heute", worst=5, rules=None)
