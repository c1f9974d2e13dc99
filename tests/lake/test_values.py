"""Dates, numbers and text in the notations people use: read right, or refused; never guessed."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.lake.names import is_credit_code, name_id, normalise_name
from yufang.lake.values import Parsed, clean_text, day_order, empty_tokens, read_date, read_list, read_number, read_text

DAYS = st.dates(date(1912, 1, 1), date(2199, 12, 31))


def pairs(parsed: Parsed) -> list[tuple[object, str | None]]:
    return list(zip(parsed.values.to_list(), parsed.rules.to_list(), strict=True))


def one_date(text: str, *formats: str, order: str | None = None) -> tuple[object, str | None]:
    return pairs(read_date(pl.Series([text]), formats, order))[0]


@given(DAYS)
@settings(max_examples=50)
def test_each_notation_of_a_day_is_that_day(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    for text in (f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}年{m}月{d}日", f"{y:04}{m:02}{d:02}"):
        assert one_date(text)[0] == day
    assert one_date(f"民國{y - 1911}年{m}月{d}日") == (day, "date_roc")
    assert one_date(f"{y - 1911}/{m}/{d}", "roc") == (day, "date_roc") or y - 1911 < 10
    assert one_date(f"{d}/{m}/{y}", "dmy")[0] == day
    assert one_date(f"{m}/{d}/{y}", "mdy")[0] == day
    assert one_date(day.strftime("%d %B %Y"))[0] == day


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("2024-03-05 00:00:00", date(2024, 3, 5), None),
        ("2024-03-05 13:20", date(2024, 3, 5), "date"),
        ("２０２４年３月５日", date(2024, 3, 5), "date"),
        ("二〇二四年三月十五日", date(2024, 3, 15), "date"),
        ("民國元年1月1日", date(1912, 1, 1), "date_roc"),
        ("113/3/5", date(2024, 3, 5), "date_roc"),
        ("1130305", date(2024, 3, 5), "date_roc"),
        ("45356", date(2024, 3, 5), "date_serial"),
        ("13/03/2024", date(2024, 3, 13), "date"),
        ("05/03/2024", None, "unreadable_day_or_month"),
        ("99/3/5", None, "unreadable_two_digit_year"),
        ("2024-02-30", None, "unreadable_date"),
        ("0001-01-01", None, "unreadable_date_range"),
        ("去年", None, "unreadable_date"),
    ],
)
def test_dates(text: str, value: date | None, rule: str | None) -> None:
    assert one_date(text) == (value, rule)


def test_one_value_settles_the_order_of_its_column_unless_another_denies_it() -> None:
    assert day_order(pl.Series(["05/03/2024", "13/03/2024"])) == "dmy"
    assert day_order(pl.Series(["05/03/2024", "03/13/2024"])) == "mdy"
    assert day_order(pl.Series(["05/03/2024"])) is None
    assert day_order(pl.Series(["13/03/2024", "03/13/2024"])) is None
    assert one_date("05/03/2024", order="dmy")[0] == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("3", 3, None),
        ("3.0", 3, None),
        (" 3 ", 3, None),
        ("1,200", 1200, "number"),
        ("约50人", 50, "number"),
        ("１２", 12, "number"),
        ("2万", 20000, "number"),
        ("二", 2, "number"),
        ("3.5", None, "unreadable_fraction"),
        ("-1", None, "unreadable_negative"),
        ("10-20", None, "unreadable_number"),
        ("many", None, "unreadable_number"),
        ("nan", None, "unreadable_number"),
    ],
)
def test_counts(text: str, value: int | None, rule: str | None) -> None:
    assert pairs(read_number(pl.Series([text]), whole=True, counts=True)) == [(value, rule)]


def test_units_are_converted() -> None:
    assert pairs(read_number(pl.Series(["12"]), whole=False, counts=True, factor=1 / 8)) == [(1.5, "unit")]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  a \t b ", "a b"),
        ("&#26622;鐵興機械", "柾鐵興機械"),
        ("\u200bＡＢＣ１２３", "ABC123"),
        ("右手\n被夹", "右手被夹"),
        ("left\nhand", "left hand"),
        ("标点，。！（）不变", "标点，。！（）不变"),
    ],
)
def test_text_is_cleaned_and_chinese_punctuation_stays(text: str, clean: str) -> None:
    rule = None if text == clean else "text"
    assert pairs(read_text(pl.Series([text]), lines=False)) == [(clean, rule)]


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.booleans())
def test_cleaning_twice_is_cleaning_once(text: str, lines: bool) -> None:
    once = read_text(pl.Series([text], dtype=pl.String), lines=lines).values.to_list()[0]
    if once and "&" not in once:  # &amp;#65; legitimately unfolds one step each time
        assert clean_text(once, lines=lines) == once


def test_line_breaks_stay_in_narratives() -> None:
    assert pairs(read_text(pl.Series(["a\r\n b "]), lines=True)) == [("a\nb", "text")]


def test_what_stands_for_nothing_is_nothing() -> None:
    assert empty_tokens(pl.Series(["N/A", " ", "-", "无", "0", None])).to_list() == [None, None, None, "无", "0", None]


def test_lists_are_split() -> None:
    assert pairs(read_list(pl.Series(["焊接；打磨、喷漆"])))[0][0] == ["焊接", "打磨", "喷漆"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("国城营造（股）公司", "国城营造股份有限公司"),
        ("某某机械有限责任公司", "某某机械 有限公司"),
        ("臺灣電力股份有限公司", "台灣電力(股)有限公司"),
        ("ACME Co., Ltd.", "Acme Limited"),
        ("ＡＢＣ工厂", "abc工厂"),
    ],
)
def test_spellings_of_one_name_share_an_id(one: str, other: str) -> None:
    assert normalise_name(one) == normalise_name(other)
    assert name_id(one) == name_id(other)


def test_different_names_do_not_share_an_id() -> None:
    names = ["国城营造股份有限公司", "国城营造有限公司", "国城营造", "Acme Inc", "Acme Ltd"]
    assert len({name_id(name) for name in names}) == len(names)


@given(st.integers(0, 16), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_a_mistyped_credit_code_is_found(place: int, char: str) -> None:
    code = "91350100M000100Y43"
    assert is_credit_code(code)
    typed = code[:place] + char + code[place + 1 :]
    assert is_credit_code(typed) == (typed == code)
