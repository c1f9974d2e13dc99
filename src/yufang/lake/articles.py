"""Articles named by a Taiwanese safety citation: `營造安全衛生設施標準第19條第1項暨職業安全衛生法第6條第1項`.

An article is written as regulation + article number (`營造安全衛生設施標準第19條`, `…第11條之1`); paragraphs and
sub-paragraphs are left out, because inspectors cite them unevenly for the same hazard.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from functools import cache

from yufang.lake.data import load_data

_NUMBER = r"(?:\d+|[一二三四五六七八九十百零〇]+)"
# 第19條, 第11-1條, 第177之2條, 第11條之1, 126條; or 標準第11之1暨…, where the writer forgot 條.
_ARTICLE = re.compile(
    rf"第?(?P<no>{_NUMBER})(?:(?:之|-)(?P<sub>{_NUMBER}))?條(?:(?:之|-)(?P<sub2>{_NUMBER}))?"
    rf"|(?<=[則準法標])第(?P<bare>{_NUMBER})(?:之(?P<baresub>{_NUMBER}))?(?=項?第{_NUMBER}項|項?暨|$)"
)
_LAW_ENDING = re.compile(r"[\u4e00-\u9fff]*(?:規則|標準|辦法|準則|細則|條例|法)")
_WORDS = re.compile(r"[\u4e00-\u9fff]+")
_SAME_LAW = re.compile(r"同(?:規則|標準|辦法|準則|細則|條例|法)")
_LEADING_WORDS = re.compile(r"^(?:[項款目條暨及、]|違反|未依|依|規定|致發生|致|與|和|或|並|之)+")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0}


def first_article(law_article: str) -> str:
    """Return the first article that `law_article` names beyond the parent Acts, "" where it names none.

    >>> first_article("營造安全衛生設施標準第11-1條暨職業安全衛生法第6條第1項")
    '營造安全衛生設施標準第11條之1'
    """
    return next(iter(articles_named(law_article)), "")


def articles_named(law_article: str) -> list[str]:
    """Return every article that `law_article` names beyond the parent Acts, in order, each once.

    An article without a regulation's name belongs to the regulation named before it
    (`職業安全衛生設施規則第43條第1項、第58條` names two articles of one regulation).
    """
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", law_article or ""))
    parents = set(_laws()["parents"])
    found: dict[str, None] = {}
    law, position = "", 0
    for match in _ARTICLE.finditer(text):
        named = _law_in(text[position : match.start()])
        law = named or law
        position = match.end()
        if law and law not in parents:
            number = _digits(match["no"] or match["bare"])
            sub = match["sub"] or match["sub2"] or match["baresub"]
            found[f"{law}第{number}條" + (f"之{_digits(sub)}" if sub else "")] = None
    return list(found)


@cache
def _laws() -> dict[str, list[str]]:
    laws: dict[str, list[str]] = load_data("taiwan_laws.yaml")
    return laws


@cache
def _known_names() -> tuple[str, ...]:
    # Longest first: 職業安全衛生法施行細則 must win over 職業安全衛生法.
    return tuple(sorted(_laws()["parents"] + _laws()["regulations"], key=len, reverse=True))


@cache
def _law_in(gap: str) -> str:
    """Return the law that the words before an article number name, "" where they name none ("同規則" included)."""
    known = [(gap.rfind(name) + len(name), len(name), name) for name in _known_names() if name in gap]
    end, _, last = max(known, default=(0, 0, ""))
    # 職業安全衛生法設施規則 holds a known name but means another: what follows the name decides.
    tail = _LEADING_WORDS.sub("", gap[end:].removesuffix("第"))
    if last and not _LAW_ENDING.search(tail):
        return last
    if _SAME_LAW.search(tail):
        return ""
    words = _WORDS.findall(gap.removesuffix("第"))
    name = _LEADING_WORDS.sub("", words[-1]) if words else ""
    near = get_close_matches(name, _known_names(), n=1, cutoff=0.8)
    if near:
        return near[0]
    return name if len(name) >= 4 and _LAW_ENDING.fullmatch(name) else last


def _digits(number: str) -> int:
    """Read 六, 十一, 二百八十一 or 281 as an integer."""
    if number.isdecimal():
        return int(number)
    total, current = 0, 0
    for char in number:
        if char == "十":
            total, current = total + (current or 1) * 10, 0
        elif char == "百":
            total, current = total + (current or 1) * 100, 0
        else:
            current = _DIGITS[char]
    return total + current
