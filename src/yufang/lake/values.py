"""Turn columns of text into dates, numbers and clean text, saying for each changed value which rule applied.

Each `read_*` takes a String series and returns `Parsed`: values of the wanted type, and beside them the name of the
rule that changed the value (null where it was taken as it stands). A rule that starts with `unreadable` means that the
value was emptied. Common notations are read vectorised; what is left is read once for each distinct value.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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


def read_number(text: pl.Series, *, whole: bool, counts: bool, factor: float = 1.0) -> Parsed:
    """Read numbers; `whole` wants integers, `counts` forbids negative ones, `factor` converts the unit."""
    dtype = pl.Int64 if whole else pl.Float64
    fast = text.str.strip_chars().cast(pl.Float64, strict=False)
    plain = (fast.is_finite() & ((fast >= 0) if counts else fast.is_not_nan())).fill_null(False)
    plain = plain & (((fast * factor) == (fast * factor).round(0)).fill_null(False) if whole else plain)
    frame = pl.DataFrame({"fast": fast, "plain": plain})
    done = frame.select(pl.when("plain").then(pl.col("fast") * factor).cast(dtype, strict=False).alias("v"))["v"]
    rule = "unit" if factor != 1.0 else None
    rules = pl.select(pl.when(done.is_not_null()).then(pl.lit(rule, dtype=pl.String))).to_series()
    rest = pl.DataFrame({"t": text, "d": done}).select(pl.when(pl.col("d").is_null()).then("t"))["t"]
    slow = by_distinct(rest, lambda value: _number(value, whole, counts, factor), dtype)
    return _read_rest(done, rules, text, slow)


_SMALL = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "兩": 2, "〇": 0}


def _number(value: str, whole: bool, counts: bool, factor: float) -> tuple[float | int | None, str | None]:
    text = unicodedata.normalize("NFKC", value).replace(",", "").strip()
    match = re.fullmatch(r"[^\d.+\-]{0,3}([+-]?\d+(?:\.\d+)?)\s*(万|萬)?[^\d.]{0,6}", text)
    if match:
        number = float(match[1]) * (1e4 if match[2] else 1.0)
    elif (word := re.fullmatch(r"([零〇一二三四五六七八九十两兩])\s*\D{0,3}", text)) is not None:
        number = float(_SMALL[word[1]])
    else:
        return None, "unreadable_number"
    number *= factor
    if counts and number < 0:
        return None, "unreadable_negative"
    if whole and number != round(number):
        return None, "unreadable_fraction"
    return (int(number) if whole else number), "number"


# ── dates ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def day_order(text: pl.Series) -> str | None:
    """Say whether a column writes 05/03/2024 with the day or the month first: "dmy", "mdy" or None if it can't be told.

    Looks at the whole column: one value with a first part above 12 settles it, unless another value says the opposite.
    """
    parts = text.drop_nulls().unique().str.extract_groups(r"^\s*(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}\b")
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


_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?(?!\d)")
_ROC = re.compile(r"(?:中[華华])?民[國国]\s*(\d{1,3}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?")
_SHORT = re.compile(r"(\d{2,3})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_WORDED = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y")
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def _date(value: str, formats: tuple[str, ...], order: str | None) -> tuple[date | None, str | None]:
    """Read one date in any known notation."""
    text = unicodedata.normalize("NFKC", value).strip()
    for pattern in (form for form in formats if "%" in form):
        try:
            return _in_range(datetime.strptime(text, pattern).date(), "date")
        except ValueError:
            continue
    if re.match(r"[〇○零一二三四五六七八九十]{2,4}年", text):
        text = _chinese_digits(text)
    if match := _ROC.match(text):
        year = 1 if match[1] == "元" else int(match[1])
        return _civil(year + 1911, match[2], match[3], "date_roc")
    if (match := _YMD.match(text)) or (match := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)):
        return _civil(int(match[1]), match[2], match[3], "date")
    if match := _DAY_FIRST.match(text):
        return _western(match, formats, order)
    # 113/3/5 or 1130305: a three-digit year is Republican; a two-digit one only where the mapping says so.
    if (match := _SHORT.match(text)) or (match := re.fullmatch(r"(\d{2,3})(\d{2})(\d{2})", text)):
        if len(match[1]) == 3 or "roc" in formats:
            return _civil(int(match[1]) + 1911, match[2], match[3], "date_roc")
        return None, "unreadable_two_digit_year"
    if (match := re.fullmatch(r"(\d{5})(?:\.\d+)?", text)) and 10_000 <= int(match[1]) < 80_000:
        return date(1899, 12, 30) + timedelta(days=int(match[1])), "date_serial"
    for pattern in _WORDED:
        try:
            return _in_range(datetime.strptime(text, pattern).date(), "date")
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
    """Write 二〇二四年三月十五日 as 2024年3月15日."""

    def digits(match: re.Match[str]) -> str:
        word = match[0]
        if "十" not in word:
            return word.translate(_CHINESE_DIGITS)
        tens, ones = word.split("十", 1)
        return str((_SMALL.get(tens, 1) if tens else 1) * 10 + (_SMALL.get(ones, 0) if ones else 0))

    return re.sub(r"[〇○零一二三四五六七八九十]+", digits, text)
