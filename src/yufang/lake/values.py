"""Turn columns of text into dates, numbers and clean text, saying for each changed value which rule applied.

Each `read_*` takes a String series and returns `Parsed`: values of the wanted type, and beside them the name of the
rule that changed the value (null where it was taken as it stands). A rule that starts with `unreadable` means that the
value was emptied. Common notations are read vectorised; what is left is read once for each distinct value.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

NULL_TOKENS = ("", "null", "none", "nan", "n/a", "#n/a", "na", "-", "--", "—", "/")
MAX_TEXT = 100_000  # characters: more than any cell of a spreadsheet can hold; beyond it a quote was lost
DATE_ORDERS = ("ymd", "dmy", "mdy", "roc")
# Factors to the unit of the canonical column: days, persons, pieces.
UNITS = {"days": 1.0, "hours": 1 / 8, "weeks": 7.0, "months": 30.0, "persons": 1.0, "hundreds": 100.0}
UNITS |= {"thousands": 1e3, "ten_thousands": 1e4}

_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 1, 1)
# What plain text never needs: odd spaces, control characters, entities, full-width ASCII, compatibility ideographs.
_SUSPECT = (
    r"^\s|\s$|[^\S\n]{2,}|[\x00-\x09\x0b-\x1f\x7f-\xa0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2060\u3000\ufeff]"
    r"|&#?\w+;|[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]"
)
_FULL_WIDTH = {
    code: code - 0xFEE0 for span in ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B)) for code in range(*span)
}


@dataclass(frozen=True)
class Parsed:
    """Values of one column and, beside each, the rule that changed it (null where none did)."""

    values: pl.Series
    rules: pl.Series


def by_distinct(
    text: pl.Series, read: Callable[[str], tuple[Any, str | None]], dtype: pl.DataType | type[pl.DataType]
) -> Parsed:
    """Apply `read` (text → value, rule) once to each distinct value of `text`; nulls stay null."""
    distinct = text.drop_nulls().unique()
    pairs = [read(value) for value in distinct.to_list()]
    table = pl.DataFrame(
        {"key": distinct, "value": pl.Series([v for v, _ in pairs], dtype=dtype)},
    ).with_columns(pl.Series("rule", [r for _, r in pairs], dtype=pl.String))
    joined = text.alias("key").to_frame().join(table, on="key", how="left", maintain_order="left")
    return Parsed(joined["value"], joined["rule"])


def _read_rest(done: pl.Series, rules: pl.Series, text: pl.Series, rest: Parsed) -> Parsed:
    """Fill what the fast way left null (`done`) with what the slow way (`rest`) read."""
    left = done.is_null() & text.is_not_null()
    frame = pl.DataFrame({"done": done, "rules": rules, "left": left, "value": rest.values, "rule": rest.rules})
    picked = frame.select(
        pl.when("left").then("value").otherwise("done").alias("value"),
        pl.when("left").then("rule").otherwise("rules").alias("rule"),
    )
    return Parsed(picked["value"], picked["rule"])


def empty_tokens(text: pl.Series) -> pl.Series:
    """Replace what only stands for nothing ("", "N/A", "-") by null."""
    stripped = text.str.strip_chars()
    short = stripped.str.len_bytes() <= 4
    frame = pl.DataFrame({"text": text, "stripped": stripped, "short": short})
    nothing = pl.col("short") & pl.col("stripped").str.to_lowercase().is_in(NULL_TOKENS)
    return frame.select(pl.when(nothing).then(None).otherwise("text").alias("text"))["text"]


# ── text ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_text(text: pl.Series, *, lines: bool) -> Parsed:
    """Clean text: entities, control and zero-width characters, full-width letters and digits, spaces.

    Chinese punctuation stays as written. `lines` keeps line breaks; else they become one space, or nothing between
    Chinese characters.
    """
    suspect = text.str.contains(_SUSPECT) | (text != text.str.normalize("NFC"))
    if not lines:
        suspect = suspect | text.str.contains("\n", literal=True)
    rules = pl.Series("rule", [None], dtype=pl.String).new_from_index(0, len(text))
    if not suspect.fill_null(False).any():
        return Parsed(text, rules)
    picked = pl.DataFrame({"text": text, "s": suspect}).select(pl.when("s").then("text").alias("text"))["text"]
    cleaned = by_distinct(picked, lambda value: (clean_text(value, lines=lines) or None, "text"), pl.String)
    frame = pl.DataFrame({"text": text, "s": suspect.fill_null(False), "value": cleaned.values})
    out = frame.select(
        pl.when("s").then("value").otherwise("text").alias("value"),
        pl.when(pl.col("s") & pl.col("value").ne_missing(pl.col("text"))).then(pl.lit("text")).alias("rule"),
    )
    return Parsed(out["value"], out["rule"])


def clean_text(value: str, *, lines: bool) -> str:
    """Clean one value; see `read_text`."""
    value = re.sub(r"\r\n?|\x85|\u2028|\u2029", "\n", html.unescape(value))
    value = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]", "", value)
    value = unicodedata.normalize("NFC", value.translate(_FULL_WIDTH))
    value = re.sub(r"[^\S\n]+", " ", value)
    if lines:
        return re.sub(r" ?\n ?", "\n", value).strip()
    value = re.sub(r"(?<=[\u3000-\u9fff])\s*\n\s*(?=[\u3000-\u9fff])", "", value)
    return re.sub(r"\s+", " ", value).strip()


def read_list(text: pl.Series) -> Parsed:
    """Split a list written in one cell at ; ； 、 | or a line break."""

    def split(value: str) -> tuple[list[str], str | None]:
        parts = [clean_text(part, lines=False) for part in re.split(r"[;；、|\n]", value)]
        return [part for part in parts if part], None

    return by_distinct(text, split, pl.List(pl.String))


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_number(
    text: pl.Series, *, whole: bool, counts: bool, factor: float = 1.0, units: Units | None = None
) -> Parsed:
    """Read numbers; `whole` wants integers, `counts` forbids negative ones, `factor` converts the column's unit.

    A unit that the value itself names (3小时, 2万元) outweighs the column's, if `units` knows it.
    """
    dtype = pl.Int64 if whole else pl.Float64
    fast = text.str.strip_chars().cast(pl.Float64, strict=False)
    plain = (fast.is_finite() & ((fast >= 0) if counts else fast.is_not_nan())).fill_null(False)
    plain = plain & (((fast * factor) == (fast * factor).round(0)).fill_null(False) if whole else plain)
    frame = pl.DataFrame({"fast": fast, "plain": plain})
    done = frame.select(pl.when("plain").then(pl.col("fast") * factor).cast(dtype, strict=False).alias("v"))["v"]
    rule = "unit" if factor != 1.0 else None
    rules = pl.select(pl.when(done.is_not_null()).then(pl.lit(rule, dtype=pl.String))).to_series()
    rest = pl.DataFrame({"t": text, "d": done}).select(pl.when(pl.col("d").is_null()).then("t"))["t"]
    slow = by_distinct(rest, lambda value: _number(value, whole, counts, factor, units or Units()), dtype)
    return _read_rest(done, rules, text, slow)


@dataclass(frozen=True)
class Units:
    """Units that a value may name: `own` with their factor to the column's unit, `foreign` of other dimensions."""

    own: Mapping[str, float] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()


_SMALL = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "兩": 2, "〇": 0, "○": 0}
_FORMAL = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億", "一二二三三四五六六七八九十百千万亿")
_PLACES = {"十": 10, "百": 100, "千": 1000}
_CHINESE_NUMBER = re.compile(
    r"[^\d零〇一二三四五六七八九十两百千万亿]{0,3}([零〇一二三四五六七八九十两百千万亿]+)\s*(\D{0,6})"
)
_NUMBER = re.compile(r"[^\d.+\-]{0,3}([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*([^\d.]{0,12})")
_MULTIPLES = {"百": 100.0, "千": 1000.0, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8}
_APPROXIMATELY = "余餘多来約约左右+ "


def _number(
    value: str, whole: bool, counts: bool, factor: float, units: Units
) -> tuple[float | int | None, str | None]:
    text = unicodedata.normalize("NFKC", value).replace(",", "").strip()
    number: float | None = None
    unit = ""
    if match := _NUMBER.fullmatch(text):
        number, unit = float(match[1]), match[2]
    elif match := _CHINESE_NUMBER.fullmatch(text.translate(_FORMAL).replace("兩", "两")):
        number, unit = _chinese_number(match[1]), match[2]
    if number is None:
        return None, "unreadable_number"
    scale, known = _unit_factor(unit, units)
    if scale is None:
        return None, "unreadable_unit"
    number *= scale if known else scale * factor
    number = round(number, 9)
    if counts and number < 0:
        return None, "unreadable_negative"
    if whole and number != round(number):
        return None, "unreadable_fraction"
    return (int(number) if whole else number), ("unit" if known and scale != 1.0 else "number")


def _unit_factor(written: str, units: Units) -> tuple[float | None, bool]:
    """Return the factor that the written unit stands for and whether it is a unit; None for one of another dimension.

    What is no unit at all (50 or so, 5 hurt) counts as nothing: 1.
    """
    unit = written.strip(_APPROXIMATELY).lower()
    if unit in units.own:
        return units.own[unit], True
    if unit in units.foreign:
        return None, True
    if unit[:1] in _MULTIPLES:
        rest, known = _unit_factor(unit[1:], units)
        # 3千 is three thousand; 3千瓦 is nothing this column knows.
        times = _MULTIPLES[unit[0]] if known or len(unit) == 1 or unit[0] in "万萬" else 1.0
        return (None if rest is None else rest * times), known
    return 1.0, False


def _chinese_number(text: str) -> float | None:
    """Read 一百二十, 三千零五, 两万, 十二, 二〇; None where the digits make no number."""
    if not any(char in _PLACES or char in "万亿" for char in text):
        return float("".join(str(_SMALL[char]) for char in text))
    total = section = digit = 0
    for char in text:
        if char in _PLACES:
            section += (digit or 1) * _PLACES[char]
            digit = 0
        elif char in "万亿":
            total = (total + section + digit) * (10_000 if char == "万" else 100_000_000)
            section = digit = 0
        elif digit:
            return None
        else:
            digit = _SMALL[char]
    return float(total + section + digit)


# ── dates ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def day_order(text: pl.Series) -> str | None:
    """Say whether a column writes 05/03/2024 with the day or the month first: "dmy", "mdy" or None if it can't be told.

    Looks at the whole column: one value with a first part above 12 settles it, unless another value says the opposite.
    "ymd" where a year of two digits stands first: a last part of one digit (24.3.5) is no year.
    """
    distinct = text.drop_nulls().unique()
    if (distinct.str.contains(r"^\s*\d{2}[/.\-]\d{1,2}[/.\-]\d\s*$")).any() and not distinct.str.contains(
        r"^\s*\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}\b"
    ).any():
        return "ymd"
    parts = distinct.str.extract_groups(r"^\s*(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}\b")
    first = parts.struct[0].cast(pl.Int64, strict=False)
    second = parts.struct[1].cast(pl.Int64, strict=False)
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    return None if day_first == month_first else ("dmy" if day_first else "mdy")


def read_date(text: pl.Series, formats: Iterable[str] = (), order: str | None = None) -> Parsed:
    """Read dates. `formats` are from `DATE_ORDERS` or strptime patterns; `order` is what `day_order` found."""
    formats = tuple(formats)
    # The common case first: ISO, with or without a time.
    iso = text.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[ T]\d{2}:\d{2}.*)?$").str.to_date("%Y-%m-%d", strict=False)
    iso = pl.DataFrame({"d": iso}).select(pl.when(pl.col("d").is_between(_EARLIEST, _LATEST)).then("d"))["d"]
    timed = text.str.contains(r"[ T]\d{2}:\d{2}") & ~text.str.contains(r"[ T]00:00(?::00(?:\.0+)?)?$")
    rules = pl.DataFrame({"t": timed, "d": iso}).select(
        pl.when(pl.col("t") & pl.col("d").is_not_null()).then(pl.lit("date")).alias("rule")
    )["rule"]
    rest = pl.DataFrame({"t": text, "d": iso}).select(pl.when(pl.col("d").is_null()).then("t"))["t"]
    return _read_rest(iso, rules, text, by_distinct(rest, lambda v: _date(v, formats, order), pl.Date))


_TIME = r"(?:[T ]?\d{2}:?\d{2}(?::?\d{2})?)?"
_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?(?!\d)")
_PACKED = re.compile(rf"(\d{{4}})(\d{{2}})(\d{{2}}){_TIME}")
_ROC = re.compile(r"(?:中[華华])?民[國国]\s*(\d{1,3}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?")
_SHORT = re.compile(r"(\d{2,3})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*(日?)(?!\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_WORDED = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y", "%Y %b %d", "%Y %B %d")
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.I)
_CHINESE_WEEKDAY = re.compile(r"[(\s]*(?:星期|周|週|礼拜)[一二三四五六日天][)\s]*")
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_LAST_SHORT_YEAR = 48  # 00-48 as Republican years would lie before 1960


def _date(value: str, formats: tuple[str, ...], order: str | None) -> tuple[date | None, str | None]:
    """Read one date in any known notation."""
    text = unicodedata.normalize("NFKC", value).strip()
    for pattern in (form for form in formats if "%" in form):
        try:
            return _in_range(datetime.strptime(text, pattern).date(), "date")
        except ValueError:
            continue
    if not text.isascii():
        text = _CHINESE_WEEKDAY.sub(" ", text).strip().translate(_FORMAL)
        if re.match(r"(?:公元|西元)?[〇○零一二三四五六七八九十]{2,4}年|民[國国][〇○零一二三四五六七八九十百]+年", text):
            text = _chinese_digits(text)
        text = text.removeprefix("公元").removeprefix("西元").strip()
    if match := _ROC.match(text):
        year = 1 if match[1] == "元" else int(match[1])
        return _civil(year + 1911, match[2], match[3], "date_roc")
    if (match := _YMD.match(text)) or (match := _PACKED.fullmatch(text)):
        return _civil(int(match[1]), match[2], match[3], "date")
    if match := _DAY_FIRST.match(text):
        return _western(match, formats, order)
    if (match := _SHORT.match(text)) or (match := re.fullmatch(r"(\d{2,3})(\d{2})(\d{2})", text)):
        return _short_year(match, text, formats, order)
    if (match := re.fullmatch(r"(\d{5})(?:\.\d+)?", text)) and 10_000 <= int(match[1]) < 80_000:
        return date(1899, 12, 30) + timedelta(days=int(match[1])), "date_serial"
    return _worded(text)


def _short_year(
    match: re.Match[str], text: str, formats: tuple[str, ...], order: str | None
) -> tuple[date | None, str | None]:
    """Read 113/3/5, 1130305, 24.3.5, 24年3月5日; a year of two digits only where it can be but one.

    Three digits are Republican. Two digits are so where the mapping says it; else they are of this century where a
    Republican reading would lie before 1960 and no other part can be the year: 24.3.15 may be 24 March 2015.
    """
    if len(match[1]) == 3 or "roc" in formats:
        return _civil(int(match[1]) + 1911, match[2], match[3], "date_roc")
    marked = "年" in text or (len(match[3]) == 1 and len(match.groups()) == 4) or int(match[1]) > 31
    if int(match[1]) <= _LAST_SHORT_YEAR and (marked or "ymd" in (*formats, order)):
        return _civil(int(match[1]) + 2000, match[2], match[3], "date_short_year")
    return None, "unreadable_two_digit_year"


def _worded(text: str) -> tuple[date | None, str | None]:
    """Read 5 Mar 2024, March 5th, 2024, Tue 5-Mar-24, with a time behind or not."""
    plain = _WEEKDAY.sub("", text)
    plain = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", plain, flags=re.I)
    plain = re.sub(r"\s+(?:at\s+)?\d{1,2}:\d{2}.*$", "", plain)
    plain = " ".join(plain.replace(",", " ").replace(".", " ").replace(" of ", " ").split())
    for pattern in _WORDED:
        try:
            return _in_range(datetime.strptime(plain, pattern).date(), "date")
        except ValueError:
            continue
    return None, "unreadable_date"


def _western(match: re.Match[str], formats: tuple[str, ...], order: str | None) -> tuple[date | None, str | None]:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    chosen = next((form for form in formats if form in ("dmy", "mdy")), order)
    if chosen is None and first != second and first <= 12 and second <= 12:
        return None, "unreadable_day_or_month"
    if chosen is None:
        chosen = "mdy" if second > 12 else "dmy"
    day, month = (first, second) if chosen == "dmy" else (second, first)
    return _civil(year, str(month), str(day), "date")


def _civil(year: int, month: str, day: str, rule: str) -> tuple[date | None, str | None]:
    try:
        return _in_range(date(year, int(month), int(day)), rule)
    except ValueError:
        return None, "unreadable_date"


def _in_range(day: date, rule: str) -> tuple[date | None, str | None]:
    return (day, rule) if _EARLIEST <= day < _LATEST else (None, "unreadable_date_range")


def _chinese_digits(text: str) -> str:
    """Write 二〇二四年三月十五日 as 2024年3月15日, 民国一百一十三年 as 民国113年."""

    def digits(match: re.Match[str]) -> str:
        word = match[0].replace("廿", "二十").replace("卅", "三十")
        if "十" not in word and "百" not in word:
            return word.translate(_CHINESE_DIGITS)
        number = _chinese_number(word.replace("○", "零"))
        return word if number is None else str(int(number))

    return re.sub(r"[〇○零一二三四五六七八九十百廿卅]+", digits, text)
