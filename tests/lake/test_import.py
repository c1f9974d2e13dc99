"""Importing: every row is taken, refused with its reason, or known already; the same file twice changes nothing."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from yufang.lake import Lake, LakeError, MappingFile, import_file, import_folder, load_mapping
from yufang.lake.tables import TABLES


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_chinese_spreadsheet_needs_no_mapping(lake: Lake, cases_csv: Path) -> None:
    result = import_file(cases_csv, "cases", lake)
    record = result.record
    assert (record.rows, record.taken, record.rejected, record.known) == (4, 3, 1, 0)
    assert record.encoding == "gb18030"
    cases = lake.table("injury_cases")
    assert cases.schema == TABLES["injury_cases"]
    assert cases["occurred_on"].to_list() == [date(2024, 3, 5), date(2024, 4, 1), date(2024, 5, 6)]
    assert cases["lost_days"].to_list() == [30.0, 60.0, None]
    assert cases["deaths"].to_list() == [0, 1, 0]
    assert cases["source_row"].to_list() == [1, 2, 3]
    assert cases["source"].unique().to_list() == ["cases.csv"]


def test_a_refused_row_is_kept_with_its_reason(lake: Lake, cases_csv: Path) -> None:
    import_file(cases_csv, "cases", lake)
    (reject,) = lake.rejects().to_dicts()
    assert (reject["source"], reject["source_row"]) == ("cases.csv", 4)
    assert (reject["field"], reject["value"], reject["rule"]) == ("occurred_on", "去年", "unreadable_date")
    assert json.loads(reject["row"])["单位名称"] == "丙化工厂"


def test_the_original_of_a_changed_value_is_kept(lake: Lake, cases_csv: Path) -> None:
    import_file(cases_csv, "cases", lake)
    changes = {(c["source_row"], c["field"]): (c["original"], c["rule"]) for c in lake.changes().to_dicts()}
    assert changes[2, "lost_days"] == ("约60天", "number")
    assert changes[3, "lost_days"] == ("多", "unreadable_number")
    assert changes[3, "occurred_on"] == ("民國113年5月6日", "date_roc")
    assert (1, "narrative") not in changes


def test_enterprises_named_in_cases_become_rows_once(lake: Lake, cases_csv: Path) -> None:
    import_file(cases_csv, "cases", lake)
    enterprises = lake.table("enterprises")
    assert enterprises["name"].to_list() == ["甲机械有限公司", "乙建筑有限公司"]
    assert enterprises["industry_name"].to_list() == ["机械", "建筑"]
    ids = lake.table("injury_cases")["enterprise_id"].to_list()
    assert ids[0] == ids[2] == enterprises["enterprise_id"][0]


def test_the_same_file_twice_changes_nothing(lake: Lake, cases_csv: Path) -> None:
    first = import_file(cases_csv, "cases", lake)
    before = (lake.root / "manifest.json").read_bytes()
    again = import_file(cases_csv, "cases", lake)
    assert not first.already_imported
    assert again.already_imported
    assert again.record == first.record
    assert (lake.root / "manifest.json").read_bytes() == before


def test_rows_of_a_longer_export_are_known(lake: Lake, cases_csv: Path, tmp_path: Path) -> None:
    import_file(cases_csv, "cases", lake)
    longer = tmp_path / "later.csv"
    text = cases_csv.read_text(encoding="gb18030")
    longer.write_text(text + "丁矿业有限公司,2024-06-01,顶板冒落砸伤,头,90,0,煤矿\n", encoding="utf-8-sig")
    record = import_file(longer, "cases", lake).record
    assert (record.rows, record.taken, record.known, record.rejected) == (5, 1, 3, 1)
    assert lake.count("injury_cases") == 4
    assert lake.table("injury_cases")["case_id"].n_unique() == 4


def test_another_mapping_of_the_same_file_replaces_its_rows(lake: Lake, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "who,when,what,how\n甲厂,2024-01-02,坠落,高处作业\n")
    rough = MappingFile.model_validate(
        {
            "files": [
                {"kind": "cases", "columns": {"enterprise_name": "who", "occurred_on": "when", "narrative": "what"}}
            ]
        }
    )
    import_file(path, "cases", lake, rough)
    columns = {"enterprise_name": "who", "occurred_on": "when", "narrative": {"from": ["how", "what"], "join": "，"}}
    better = MappingFile.model_validate({"files": [{"kind": "cases", "columns": columns}]})
    import_file(path, "cases", lake, better)
    assert lake.table("injury_cases")["narrative"].to_list() == ["高处作业，坠落"]
    assert lake.imports().height == 1


def test_identical_cases_are_two_people_and_identical_findings_are_one(lake: Lake, tmp_path: Path) -> None:
    row = "甲厂,2024-01-02,氯气泄漏中毒\n"
    cases = write(tmp_path / "c.csv", "单位,事故日期,事故经过\n" + row * 2)
    assert import_file(cases, "cases", lake).record.taken == 2
    assert lake.table("injury_cases")["case_id"].n_unique() == 2
    hazards = write(tmp_path / "h.csv", "单位,检查日期,隐患描述\n" + row * 2)
    assert import_file(hazards, "hazards", lake).rejects_by_rule == {("record_id", "duplicate"): 1}


def test_an_id_with_other_content_is_a_conflict(lake: Lake, tmp_path: Path) -> None:
    head = "案件编号,单位,事故日期,事故经过\n"
    import_file(write(tmp_path / "a.csv", head + "C1,甲厂,2024-01-02,坠落\n"), "cases", lake)
    second = write(tmp_path / "b.csv", head + "C1,甲厂,2024-01-02,触电\nC2,甲厂,2024-01-03,烫伤\n")
    result = import_file(second, "cases", lake)
    assert result.rejects_by_rule == {("case_id", "id_conflict"): 1}
    assert lake.table("injury_cases")["narrative"].to_list() == ["坠落", "烫伤"]


def test_cases_link_to_the_enterprise_with_that_name_or_code(lake: Lake, tmp_path: Path) -> None:
    code = "91350100M000100Y43"
    firms = write(
        tmp_path / "firms.csv",
        f"企业名称,统一社会信用代码,职工人数,经度\n甲厂有限公司,{code},约50人,119.3\n乙厂,错码,8,999\n",
    )
    result = import_file(firms, "enterprises", lake)
    assert result.changes_by_rule[("credit_code", "unreadable_credit_code")] == 1
    assert result.changes_by_rule[("longitude", "unreadable_coordinate")] == 1
    rows = "甲厂有限责任公司,,2024-01-02,坠落\n改名后的甲厂," + code + ",2024-01-03,触电\n"
    cases = write(tmp_path / "cases.csv", "单位,统一社会信用代码,事故日期,事故经过\n" + rows)
    import_file(cases, "cases", lake)
    assert lake.table("injury_cases")["enterprise_id"].to_list() == [code, code]
    first = lake.table("enterprises").row(0, named=True)
    assert (first["name"], first["employees"], first["longitude"]) == ("甲厂有限公司", 50, 119.3)
    assert lake.table("enterprises").height == 2


def test_an_enterprises_file_completes_what_cases_named(lake: Lake, cases_csv: Path, tmp_path: Path) -> None:
    import_file(cases_csv, "cases", lake)
    code = "91350100M000100Y43"
    firms = write(tmp_path / "firms.csv", f"企业名称,统一社会信用代码,职工人数\n甲机械有限公司,{code},120\n")
    import_file(firms, "enterprises", lake)
    enterprises = lake.table("enterprises")
    assert enterprises.height == 2
    row = enterprises.filter(pl.col("credit_code") == code).row(0, named=True)
    assert (row["employees"], row["industry_name"]) == (120, "机械")
    assert lake.table("injury_cases")["enterprise_id"][0] == row["enterprise_id"]


def test_equipment_is_taken_with_its_enterprise(lake: Lake, tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "使用单位,设备名称,规格型号,数量,投用日期\n甲厂,冲床,J23-63,3台,2019.5.1\n")
    import_file(path, "equipment", lake)
    row = lake.table("equipment").row(0, named=True)
    assert (row["name"], row["model"], row["count"], row["commissioned_on"]) == ("冲床", "J23-63", 3, date(2019, 5, 1))
    assert row["enterprise_id"] == lake.table("enterprises")["enterprise_id"][0]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".jsonl"])
def test_every_format_gives_the_same_rows(suffix: str, lake: Lake, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "单位名称": ["甲厂", "乙厂"],
            "事故日期": [date(2024, 3, 5), date(2024, 4, 1)],
            "事故经过": ["坠落", "触电"],
            "损失工作日": [1.5, 3.0],
            "死亡人数": [0, 1],
        }
    )
    path = tmp_path / f"cases{suffix}"
    if suffix == ".csv":
        frame.write_csv(path)
    elif suffix == ".xlsx":
        frame.write_excel(path)
    elif suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_ndjson(path)
    import_file(path, "cases", lake)
    taken = lake.table("injury_cases").select("enterprise_name", "occurred_on", "narrative", "lost_days", "deaths")
    assert taken.rows() == frame.rows()


def test_a_title_above_the_header_is_passed_over(lake: Lake, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "2024年工伤台账,,\n单位,事故日期,事故经过\n甲厂,2024-1-2,坠落\n")
    import_file(path, "cases", lake)
    assert lake.table("injury_cases")["source_row"].to_list() == [1]


def test_a_row_with_too_many_cells_is_set_apart(lake: Lake, tmp_path: Path) -> None:
    text = "单位,事故日期,事故经过\n甲厂,2024-1-2,坠落\n乙厂,2024-1-3,滑倒,撞头\n丙厂,2024-1-4,烫伤\n"
    result = import_file(write(tmp_path / "a.csv", text), "cases", lake)
    assert (result.record.rows, result.record.taken, result.record.rejected) == (3, 2, 1)
    assert lake.rejects()["value"].to_list() == ["乙厂,2024-1-3,滑倒,撞头"]


def test_a_day_after_today_is_refused(lake: Lake, cases_csv: Path) -> None:
    result = import_file(cases_csv, "cases", lake, today=date(2024, 4, 15), at=datetime(2024, 4, 15, 8))
    assert result.rejects_by_rule[("occurred_on", "date_in_future")] == 1
    assert lake.imports()["at"].to_list() == ["2024-04-15T08:00:00"]


MAPPING = """
kind: cases
columns:
  case_id: {hash: [nr, year], prefix: "X-"}
  enterprise_name: {template: "Mine {mine}"}
  occurred_on: {from: when, dates: mdy}
  narrative: {from: [what, more], join: "; "}
  lost_days: {from: hours, unit: hours}
  body_part: {from: part, values: {H: 手, F: 脚}, other: reject}
  accident_type: {from: kind, extract: '^\\d+ (.+)$'}
  place: {value: 井下}
"""


def test_a_mapping_joins_converts_and_derives(lake: Lake, tmp_path: Path) -> None:
    mapping = load_mapping(write(tmp_path / "m.yaml", MAPPING))
    text = "nr,year,mine,when,what,more,hours,part,kind\n1,2024,7,05/03/2024,fell,,12,H,03 fall\n"
    text += "2,2024,7,05/04/2024,a,b,,Q,x\n"
    result = import_file(write(tmp_path / "a.csv", text), "cases", lake, mapping)
    row = lake.table("injury_cases").row(0, named=True)
    assert row["case_id"].startswith("X-")
    assert (row["enterprise_name"], row["occurred_on"]) == ("Mine 7", date(2024, 5, 3))
    assert (row["narrative"], row["lost_days"], row["body_part"]) == ("fell", 1.5, "手")
    assert (row["accident_type"], row["place"]) == ("fall", "井下")
    assert result.rejects_by_rule == {("body_part", "value_not_in_map"): 1}


def test_a_folder_is_taken_by_its_headers_enterprises_first(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "a_cases.csv", "单位,事故日期,事故经过\n甲厂,2024-1-2,坠落\n")
    write(folder / "b_firms.csv", "企业名称,统一社会信用代码\n甲厂,91350100M000100Y43\n")
    write(folder / "notes.csv", "随便,什么\n1,2\n")
    write(folder / "readme.md", "not data")
    result = import_folder(folder, lake)
    assert [done.record.kind for done in result.files] == ["enterprises", "cases"]
    assert list(result.skipped) == ["notes.csv"]
    assert lake.table("injury_cases")["enterprise_id"].to_list() == ["91350100M000100Y43"]


def test_write_replaces_what_the_same_source_wrote(lake: Lake) -> None:
    lake.write("injury_cases", pl.DataFrame({"case_id": ["a", "b"]}), source="demo")
    lake.write("injury_cases", pl.DataFrame({"case_id": ["c"]}), source="other")
    lake.write("injury_cases", pl.DataFrame({"case_id": ["d"]}), source="demo")
    assert sorted(lake.table("injury_cases")["case_id"]) == ["c", "d"]
    with pytest.raises(LakeError, match="unknown columns colour"):
        lake.write("injury_cases", pl.DataFrame({"colour": ["red"]}), source="demo")
    assert lake.scan("injury_cases").collect().height == lake.count("injury_cases") == 2
