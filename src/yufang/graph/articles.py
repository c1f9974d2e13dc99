"""Articles that hazard records name, and the wording that stands for each."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

import polars as pl

from yufang.lake.articles import articles_named

SHORT, LONG = 8, 90  # characters of a text that can stand as a title


@dataclass(frozen=True, slots=True)
class TypicalText:
    """The wording that records of an article use most, the record it is taken from, and how many there are."""

    text: str
    record_id: str
    records: int
    first: date


def record_articles(hazards: pl.DataFrame) -> list[tuple[str, ...]]:
    """Articles of each record beyond the parent Acts: all that its clause names, else its `article`."""
    known: dict[str, tuple[str, ...]] = {}
    found = []
    clauses, articles = hazards["clause"].fill_null(""), hazards["article"].fill_null("")
    for clause, article in zip(clauses, articles, strict=True):
        if clause not in known:
            known[clause] = tuple(articles_named(clause))
        found.append(known[clause] or ((article,) if article else ()))
    return found


def typical_texts(hazards: pl.DataFrame, articles: list[tuple[str, ...]]) -> dict[str, TypicalText]:
    """By article: the most frequent wording of records that name it alone and fit a line, else of any that name it."""
    alone: dict[str, Counter[str]] = defaultdict(Counter)
    shared: dict[str, Counter[str]] = defaultdict(Counter)
    where: dict[tuple[str, str], tuple[str, date]] = {}
    total: Counter[str] = Counter()
    for text, record, on, named in zip(
        hazards["text"].fill_null(""), hazards["record_id"], hazards["found_on"], articles, strict=True
    ):
        text = text.strip()
        for article in named:
            total[article] += 1
            pool = alone if len(named) == 1 and SHORT <= len(text) <= LONG else shared
            pool[article][text] += 1
            where.setdefault((article, text), (record, on))
    typical = {}
    for article, records in total.items():
        pool_of = alone[article] or shared[article]
        text = min(pool_of, key=lambda t: (-pool_of[t], len(t), t))
        record, on = where[article, text]
        typical[article] = TypicalText(text, record, records, on)
    return typical
