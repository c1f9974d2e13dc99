"""The rules: read from YAML, changed by an organisation without code, and doing what they say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.lake import Lake, LakeError, import_file
from yufang.lake.cleaning import check, load_catalogue, near_groups, shipped_catalogue
from yufang.lake.cleaning.catalogue import PARAMETERS
from yufang.lake.cleaning.numbers import credit_fault, id_fault, phone_fault, plate_fault, widen_id
from yufang.lake.names import is_credit_code
from yufang.lake.values import Units, read_number

TODAY = date(2024, 6, 1)


def fault(expression: pl.Expr, value: str) -> str | None:
    found: str | None = pl.DataFrame({"v": [value]}).select(expression).item()
    return found


def own_rules(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_rule_has_an_owner_and_says_what_and_why_in_both_languages() -> None:
    for rule in shipped_catalogue().rules.values():
        assert rule.owner
        assert rule.title.zh != rule.title.en
        assert rule.reason.zh != rule.reason.en
    assert {rule.operation for rule in shipped_catalogue().rules.values()} == set(PARAMETERS)


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("rules:\n  text:\n    onn: false\n", 3, "onn"),
        ("rules:\n  mine:\n    operation: guess\n", 3, "guess"),
        ("owner: a\nrules:\n  phone:\n    fields: [colour]\n", 4, "colour"),
        ("rules:\n  lost_days_range:\n    with: { min: 0, max: lots }\n", 3, "max"),
        ("rules:\n  required: { on: false }\n", 2, "belongs to reading"),
        ("rules:\n  text: off\n", 2, "on: false"),
        ("rules:\n  phone: { on: false }\n  phone: { on: true }\n", 3, "twice"),
        ("rules: [\n", 2, ""),
        ("colour: red\n", 1, "colour"),
        ("rules:\n  mine:\n    operation: phone\n    owner: me\n", 2, "mine"),
        ("rules:\n  late_report:\n    with:\n      later: told_on\n", 4, "told_on"),
    ],
)
def test_a_wrong_rule_is_named_with_its_line(text: str, line: int, named: str, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match=r"own\.yaml") as caught:
        load_catalogue(own_rules(tmp_path, text))
    assert f"line {line}:" in caught.value.message
    assert named in caught.value.message
    assert all(caught.value.zh)


def test_an_organisation_changes_rules_and_adds_its_own_without_code(tmp_path: Path) -> None:
    text = """
owner: 某市应急局信息中心
rules:
  lost_days_range: { with: { max: 700 } }
  simplify: { on: true }
  report_two_days: &x
    title: { zh: 两日后才报告, en: reported after two days }
    reason: { zh: 本市规定, en: the city's rule }
    operation: order
    with: { earlier: occurred_on, later: reported_on, within_days: 2 }
    tables: [injury_cases]
    dimension: freshness
"""
    catalogue = load_catalogue(own_rules(tmp_path, text))
    assert catalogue.rules["lost_days_range"].parameters.max == 700
    assert catalogue.rules["lost_days_range"].owner == "某市应急局信息中心"
    frame = pl.DataFrame(
        {"_row": [1, 2], "occurred_on": [date(2024, 1, 1)] * 2, "reported_on": [date(2024, 1, 2), date(2024, 1, 9)]}
    )
    assert check(frame, "injury_cases", catalogue, TODAY)["rule"].to_list() == ["report_two_days"]
    assert "report_two_days" not in shipped_catalogue().rules


def test_rules_of_ones_own_are_used_by_the_import_and_make_it_another(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("单位,事故日期,事故经过,设备\n甲廠,45356,墜落,无\n", encoding="utf-8")
    import_file(file, "cases", lake)
    assert lake.table("injury_cases")["narrative"][0] == "墜落"
    own = load_catalogue(own_rules(tmp_path, "owner: a\nrules:\n  simplify: { on: true }\n  nothing: { on: false }\n"))
    result = import_file(file, "cases", lake, catalogue=own)
    assert not result.already_imported
    row = lake.table("injury_cases").row(0, named=True)
    assert (lake.count("injury_cases"), row["narrative"], row["equipment"]) == (1, "坠落", "无")
    off = load_catalogue(own_rules(tmp_path, "owner: a\nrules:\n  date_serial: { on: false }\n"))
    with pytest.raises(LakeError, match="unreadable_date"):
        import_file(file, "cases", Lake(tmp_path / "other"), catalogue=off)


def test_every_change_keeps_original_rule_and_time(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text(
        "单位,事故日期,事故经过,死亡人数,损失工作日,设备\n甲厂,24.3.5,坠落,无伤亡,16小时,暂无\n", encoding="utf-8"
    )
    import_file(file, "cases", lake, at=datetime(2024, 6, 1, 8, tzinfo=UTC), today=TODAY)
    row = lake.table("injury_cases").row(0, named=True)
    assert (row["occurred_on"], row["deaths"], row["lost_days"], row["equipment"]) == (date(2024, 3, 5), 0, 2.0, None)
    changes = lake.changes().select("field", "original", "rule", "at").sort("field").rows()
    at = "2024-06-01T08:00:00+00:00"
    assert changes == [
        ("deaths", "无伤亡", "none_is_zero", at),
        ("equipment", "暂无", "nothing", at),
        ("lost_days", "16小时", "unit", at),
        ("occurred_on", "24.3.5", "date_short_year", at),
    ]


@pytest.mark.parametrize(
    "value", ["11010519491231002X", "11010519491231002x", "110105 19491231 002X", "110105491231002"]
)
def test_a_right_identity_number_has_no_fault(value: str) -> None:
    assert fault(id_fault(pl.col("v")), value) is None


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("110105194912310021", "check digit"),
        ("110105194913310021", "birthday"),
        ("990105194912310021", "region"),
        ("1101051949123100", "form"),
    ],
)
def test_a_wrong_identity_number_says_what_is_wrong(value: str, what: str) -> None:
    assert fault(id_fault(pl.col("v")), value) == what


def test_an_old_identity_number_is_widened() -> None:
    assert fault(widen_id(pl.col("v")), "110105491231002") == "11010519491231002X"


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=19))
@settings(max_examples=60, deadline=None)
def test_the_credit_code_check_is_the_one_of_the_import(code: str) -> None:
    assert (fault(credit_fault(pl.col("v")), code) is None) == is_credit_code(code)


def test_telephones_and_plates_are_known_by_their_form() -> None:
    for phone in ("13812345678", "+86 138-1234-5678", "010-62345678", "0571-8765432转12", "400-810-1234", "0912345678"):
        assert fault(phone_fault(pl.col("v")), phone) is None, phone
    for phone in ("22345", "23812345678", "138123456", "无"):
        assert fault(phone_fault(pl.col("v")), phone) == "form", phone
    for plate in ("浙A12345", "浙A·1234学", "沪AD12345", "粤B12345D", "鲁B1234挂"):
        assert fault(plate_fault(pl.col("v")), plate) is None, plate
    for plate in ("浙I12345", "浙A1234", "A12345", "浙A123456", "沪AO1234"):
        assert fault(plate_fault(pl.col("v")), plate) == "form", plate


def test_orders_and_contradictions_are_found_in_the_rows_that_hold_them() -> None:
    frame = pl.DataFrame(
        {
            "_row": [1, 2, 3, 4, 5],
            "occurred_on": [date(2024, 3, 5)] * 5,
            "reported_on": [date(2024, 3, 6), date(2024, 3, 4), date(2024, 3, 6), date(2024, 5, 6), None],
            "deaths": [0, 0, 1, 0, 2],
            "injured": [1, 1, 0, 0, 0],
            "lost_days": [3.0, 0.0, 0.0, 9.0, 0.0],
            "narrative": ["坠落", "滑倒", "触电", "夹伤", "爆炸，未造成人员伤亡"],
            "severity": ["轻伤", "轻伤", "轻伤", "重伤", "死亡"],
            "identity_number": [None, "11010520240401001X", None, None, None],
            "founded_on": [date(2000, 1, 1), None, date(2025, 1, 1), None, None],
        }
    )
    found = check(frame, "injury_cases", shipped_catalogue(), TODAY)
    assert {(row, rule) for row, rule in found.select("_row", "rule").iter_rows() if rule != "identity_number"} == {
        (2, "report_before_injury"),
        (2, "born_after_injury"),
        (3, "death_but_minor"),
        (3, "injury_before_founding"),
        (4, "late_report"),
        (4, "lost_days_without_injury"),
        (5, "death_but_none_told"),
    }


def test_a_source_that_never_fills_a_column_is_not_blamed_for_it() -> None:
    frame = pl.DataFrame({"_row": [1, 2], "found_on": [date(2020, 1, 1)] * 2, "rectified_on": [None, None]})
    frame = frame.with_columns(pl.col("rectified_on").cast(pl.Date))
    assert check(frame, "hazard_records", shipped_catalogue(), TODAY).is_empty()
    some = frame.with_columns(rectified_on=pl.Series([date(2020, 2, 1), None]))
    assert check(some, "hazard_records", shipped_catalogue(), TODAY)["_row"].to_list() == [2]


def test_units_that_values_name_are_converted_and_foreign_ones_refused() -> None:
    units = Units({"天": 1.0, "小时": 0.125}, frozenset({"吨"}))
    texts = ["3天", "12小时", "3吨", "一百二十天", "2千", "约5天左右"]
    parsed = read_number(pl.Series(texts), whole=False, counts=True, units=units)
    assert parsed.values.to_list() == [3.0, 1.5, None, 120.0, 2000.0, 5.0]
    assert parsed.rules.to_list() == ["number", "unit", "unreadable_unit", "number", "number", "number"]


def _alike(one: str, other: str) -> float:
    a, b = ({text[at : at + 4] for at in range(max(1, len(text) - 3))} for text in (one, other))
    return len(a & b) / len(a | b)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_near_groups_are_those_of_comparing_all_with_all(seed: int) -> None:
    import random

    rng = random.Random(seed)
    bases = ["".join(rng.choices("甲乙丙丁戊己庚辛壬癸子丑寅卯", k=rng.randint(20, 90))) for _ in range(8)]
    texts = list(dict.fromkeys([*bases, *(base[: rng.randint(10, 80)] + rng.choice("甲乙") for base in bases * 3)]))
    groups = near_groups(texts, 0.8)
    for a, one in enumerate(texts):
        for b in range(a):
            if _alike(one, texts[b]) >= 0.9:  # far enough above the threshold to be met surely
                assert groups[a] == groups[b]
        if groups[a] != a:
            assert any(_alike(one, texts[b]) >= 0.8 for b in range(len(texts)) if b != a and groups[b] == groups[a])
