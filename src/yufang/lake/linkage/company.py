"""Take a company's name apart: region, core, brand, legal form, branch, and the name it had before.

Stands on `lake.names.normalise_name`, the one normal form by which an import knows an enterprise again, and goes on
where that ends: simplified characters, the region in front, the form and the branch behind.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import opencc

from yufang.lake.data import load_data
from yufang.lake.names import normalise_name


class Company(NamedTuple):
    """The parts of a name; "" where it has none.

    >>> parse_company("深圳市宏達精密機械（股）公司第一工程處")
    Company(full='深圳市宏达精密机械股份有限公司第一工程处', region='深圳', core='宏达精密机械', brand='宏达',
        form='股份有限公司', branch='第一工程处', former='')
    """

    full: str
    region: str
    core: str
    brand: str
    form: str
    branch: str
    former: str


_NUMERALS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_FORMER = re.compile(r"\((?:原|原名|曾用名|前身)[:：为]?([^)]{2,})\)")
_BRACKET = re.compile(r"\(([^)]*)\)")
_SITE_REGION = re.compile(r"^([\u4e00-\u9fff]{2,4}?)(?:省|市|自治区|特别行政区|地区|自治州|盟)")
_COUNTY = re.compile(r"^([\u4e00-\u9fff]{1,3}?)(?:县|区|旗|镇|乡)(?=[\u4e00-\u9fff]{2})")
_NOT_IN_CORE = re.compile(r"[\s.,;:、，。·'\"“”‘’()\-_/&%\\]+")


class _Words:
    def __init__(self) -> None:
        data = load_data("linkage_words.yaml")
        forms = sorted(data["legal_forms"], key=len, reverse=True)
        self.form = re.compile("|".join(re.escape(form) for form in forms))
        self.branches = [re.compile(pattern) for pattern in data["branches"]]
        self.trade = re.compile(rf"(?:{'|'.join(sorted(data['trades'], key=len, reverse=True))})$")
        places = [*data["provinces"], *data["cities"]]
        self.places = frozenset(places)
        self.place = re.compile("|".join(sorted(places, key=len, reverse=True)))


@cache
def _words() -> _Words:
    return _Words()


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Traditional characters as simplified ones, character by character."""
    return str(_simplifier().convert(text))


def parse_company(name: str) -> Company:
    """Take `name` apart. Never fails: what can't be told apart stays in the core."""
    full = simplify(normalise_name(name))
    former = _FORMER.search(full)
    text = _FORMER.sub("", full)
    region, inner = "", _BRACKET.search(text)
    if inner and inner.group(1).removesuffix("市").removesuffix("省") in _words().places:
        region = inner.group(1).removesuffix("市").removesuffix("省")
    text = _BRACKET.sub("", text)
    front, rest = _region(text)
    head, form, branch = _form(rest)
    core = _NOT_IN_CORE.sub("", head) or _NOT_IN_CORE.sub("", rest) or _NOT_IN_CORE.sub("", text)
    old = parse_company(former.group(1)).core if former else ""
    return Company(full, front or region, core, _brand(core), form, branch.translate(_NUMERALS), old)


def region_key(text: str, *, guess: bool = True) -> str:
    """The province or prefecture-level city that `text` begins with or names, without 省 or 市.

    Where it names none, its own first six characters, or "" without `guess`.
    """
    text = simplify(normalise_name(text))
    found = _words().place.findall(text[:12])
    if found:
        return str(found[-1])
    named = _SITE_REGION.match(text)
    return named.group(1) if named else text[:6] if guess else ""


def _region(text: str) -> tuple[str, str]:
    """Region in front of a name (the finest that is a province or a city) and what follows; two characters stay."""
    region, rest = "", text
    for _ in range(2):
        known = _words().place.match(rest)
        named = None if known else _SITE_REGION.match(rest)
        if not known and not named:
            break
        place = known.group(0) if known else named.group(1) if named else ""
        after = re.sub(r"^(?:自治区|特别行政区|自治州|地区|省|市|盟)", "", rest[len(place) :])
        if len(after) < 2 or _words().form.match(after):
            break  # the place is all the name there is
        region, rest = place, after
    if region:
        county = _COUNTY.match(rest)
        if county and len(rest) - county.end() >= 2 and not _words().form.match(rest[county.end() :]):
            rest = rest[county.end() :]
    return region, rest


def _form(text: str) -> tuple[str, str, str]:
    """What stands before the legal form, the form, and the branch behind it."""
    found = _words().form.search(text, 1)
    if found:
        return text[: found.start()], found.group(0).strip(), _NOT_IN_CORE.sub("", text[found.end() :])
    for pattern in _words().branches:
        branch = pattern.search(text)
        if branch and branch.start() >= 2:
            return text[: branch.start()], "", _NOT_IN_CORE.sub("", branch.group(0))
    return text, "", ""


def _brand(core: str) -> str:
    """The core without the words for its trade; at least two characters."""
    brand = core
    while len(brand) > 2:
        shorter = _words().trade.sub("", brand)
        if shorter == brand or len(shorter) < 2:
            break
        brand = shorter
    return brand
