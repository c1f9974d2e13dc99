"""Texts of many records brought to one form, each distinct text once: simplified, sketched, addresses, phones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import polars as pl

from yufang.lake.linkage.company import simplify

_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_BEFORE_COUNT = re.compile(r"[〇零一二三四五六七八九十]+(?=[号樓楼层段弄室栋座幢单])")
_PLACE = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区))?(?:[\u4e00-\u9fff]{2,5}?(?:市|州|盟))?(?:[\u4e00-\u9fff]{1,5}?(?:区|县|旗|市))?"
)
_ROAD = re.compile(r"([\u4e00-\u9fff]{1,6}?(?:大道|路|街|巷|道|村|园|镇|乡))\D{0,12}?(\d+)")
_ODD = re.compile(r"[\s,.;:、，。·\-_/()#]+")


def each(text: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    """`read` applied once to each distinct text; null and what reads as "" are null."""
    distinct = text.drop_nulls().unique()
    table = pl.DataFrame({"key": distinct, "value": pl.Series([read(v) or None for v in distinct], dtype=pl.String)})
    joined = text.alias("key").to_frame().join(table, on="key", how="left", maintain_order="left")
    return joined["value"].alias(text.name)


def simplified(text: pl.Series) -> pl.Series:
    """NFKC, simplified characters, no control characters; one conversion for all distinct texts together."""
    distinct = text.drop_nulls().unique()
    lines = [" ".join(unicodedata.normalize("NFKC", value).split()) for value in distinct]
    converted = simplify("\n".join(lines)).split("\n") if lines else []
    table = pl.DataFrame({"key": distinct, "value": pl.Series(converted, dtype=pl.String)})
    joined = text.alias("key").to_frame().join(table, on="key", how="left", maintain_order="left")
    return joined["value"].replace("", None).alias(text.name)


class _Sketch(dict[int, str]):
    """One printable ASCII character for each character, the same one always."""

    def __missing__(self, point: int) -> str:
        # Letters only: nothing that a dialect of SQL could take for more than itself. Knuth's multiplicative hash.
        letter = chr(48 + (point * 2654435761 >> 7) % 75)
        self[point] = letter = letter if letter.isalnum() else chr(97 + ord(letter) % 26)
        return letter


def sketched(text: pl.Series) -> pl.Series:
    """Each text with one ASCII letter for each of its characters.

    DuckDB's `levenshtein` counts bytes, Spark's characters; on a sketch both count characters. Two characters share a
    letter once in about sixty, so the distance is at times one too small, on both engines alike.
    """
    table = _Sketch()
    return each(text, lambda value: value.translate(table))


def address(text: str) -> str:
    """An address without its province, city and district, numerals as digits, nothing but what names the place.

    >>> address("广东省深圳市南山区科技路十二号3楼")
    '科技路12号3楼'
    """
    value = _BEFORE_COUNT.sub(lambda found: _number(found.group(0)), _ODD.sub("", text.casefold()))
    rest = _PLACE.sub("", value, count=1)
    return rest if len(rest) >= 3 else value


def address_key(text: str) -> str | None:
    """Road and house number of an `address`; None where it names none."""
    found = _ROAD.search(text)
    return f"{found.group(1)}{found.group(2)}" if found else None


def _number(numeral: str) -> str:
    if "十" in numeral:
        tens, _, ones = numeral.partition("十")
        return (tens.translate(_DIGITS) or "1") + (ones.translate(_DIGITS) or "0")
    return numeral.translate(_DIGITS)


def phone(text: str) -> str | None:
    """The digits that tell a phone: a mobile's eleven, else the last seven; None where there are fewer."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    if len(digits) in (13, 14) and digits.startswith("86"):
        digits = digits[2:]
    if len(digits) == 11 and digits.startswith("1"):
        return digits
    return digits[-7:] if len(digits) >= 7 else None


def person_name(text: str) -> str | None:
    """A person's name without spaces and dots; a masking sign of any kind is `*`."""
    value = re.sub(r"[\s·•‧.]+", "", text.casefold())
    value = re.sub(r"[*×x○oO〇□?某＊X]", "*", value) if not value.isascii() else value
    return value or None
