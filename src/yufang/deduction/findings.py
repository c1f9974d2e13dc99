"""Visits from records: who was visited when, and which hazard points were found there.

A visit is one enterprise on one date. What it found is written as item keys: `<pack>/<row>` where a record's text is
linked to a pack that covers the enterprise's trade, `article/<article>` where it names articles, and
`injury/<facet>/<code>` where there are only coded cases. Keys that start with `aux/` are never proposed, they only tell
about the enterprise: accidents, articles of the parent Act, cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from yufang.graph.articles import record_articles
from yufang.graph.build import facet_columns
from yufang.graph.linking import Linker, packs_covering

VISITS = pl.Schema(
    {  # type: ignore[arg-type]  # polars takes classes and instances beside each other
        "enterprise_id": pl.String,
        "name": pl.String,
        "industry_code": pl.String,
        "place": pl.String,
        "on": pl.Date,
        "complete": pl.Boolean,  # False: only the listed items were looked at
        "found": pl.List(pl.String),
        "absent": pl.List(pl.String),
    }
)
# A record that speaks of an accident was written because of it: the hazard was not foretold but suffered.
_ACCIDENT = re.compile("災害|罹災|死亡|伤亡|傷亡")
_PARENT_ARTICLE = re.compile(r"法第\s*(\d+)\s*條")


def is_aux(key: str) -> bool:
    """Whether a key only tells about an enterprise and is never proposed."""
    return key.startswith("aux/")


def usable_hazards(hazards: pl.DataFrame, before: date) -> pl.DataFrame:
    """Records that are dated before `before` and name an enterprise."""
    return hazards.filter((pl.col("found_on") < before) & (pl.col("enterprise_id").fill_null("") != ""))


def usable_cases(cases: pl.DataFrame, before: date) -> pl.DataFrame:
    """Cases that are dated before `before` and name an enterprise."""
    return cases.filter((pl.col("occurred_on") < before) & (pl.col("enterprise_id").fill_null("") != ""))


def visits_from_hazards(hazards: pl.DataFrame, keys: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Visits (VISITS) from usable HAZARD_RECORDS and the item keys of each record."""
    frame = hazards.select(
        pl.col("enterprise_id"),
        pl.col("enterprise_name").fill_null("").alias("name"),
        pl.col("industry_code").fill_null(""),
        pl.col("agency").fill_null("").alias("place"),
        pl.col("found_on").alias("on"),
        pl.Series("found", keys, dtype=pl.List(pl.String)),
    )
    return _by_visit(frame)


def record_keys(hazards: pl.DataFrame, linker: Linker | None) -> list[list[str]]:
    """Item keys of each hazard record."""
    texts = hazards["text"].fill_null("").to_list()
    codes = hazards["industry_code"].fill_null("").to_list()
    clauses = hazards["clause"].fill_null("").to_list()
    articles = record_articles(hazards)
    rows = _linked_rows(texts, codes, articles, linker)
    keys: list[list[str]] = []
    for text, row, named, clause in zip(texts, rows, articles, clauses, strict=True):
        if _ACCIDENT.search(text):
            keys.append(["aux/accident", *(f"aux/{article}" for article in named)])
        elif row:
            keys.append([row])
        elif named:
            keys.append([f"article/{article}" for article in named])
        else:
            keys.append([f"aux/act/{n}" for n in dict.fromkeys(_PARENT_ARTICLE.findall(clause))] or ["aux/other"])
    return keys


def _linked_rows(
    texts: Sequence[str], codes: Sequence[str], articles: Sequence[tuple[str, ...]], linker: Linker | None
) -> list[str]:
    """Pack row of each record, "" where none: a covered trade first, any pack where no article is named either."""
    rows = [""] * len(texts)
    if linker is None:
        return rows
    covered = {code: bool(packs_covering(linker.packs, code)) for code in set(codes)}
    wanted = [i for i, code in enumerate(codes) if covered[code] or not (code or articles[i])]
    # The same sentence in the same trade is linked once.
    distinct = list(dict.fromkeys((texts[i], codes[i]) for i in wanted))
    links = linker.link([t for t, _ in distinct], [c for _, c in distinct])
    keys = {pair: found.key for pair, found in zip(distinct, links, strict=True)}
    for i in wanted:
        rows[i] = keys[texts[i], codes[i]]
    return rows


def case_keys(cases: pl.DataFrame, *, propose: bool) -> list[list[str]]:
    """Item keys of each coded case. `propose`: the codes are what is foretold, else they only tell (`aux/`)."""
    facets = facet_columns(cases)
    head = "injury" if propose else "aux"
    return [
        [f"{head}/{facet}/{row[column]}" for facet, column in facets.items() if row[column]]
        + ([] if propose else ["aux/accident"])
        for row in cases.select(list(facets.values()) or ["case_id"]).iter_rows(named=True)
    ]


def visits_from_cases(cases: pl.DataFrame, keys: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Visits (VISITS) from usable injury cases and the item keys of each."""
    frame = cases.select(
        pl.col("enterprise_id"),
        pl.col("enterprise_name").fill_null("").alias("name"),
        pl.col("industry_code").fill_null(""),
        pl.lit("").alias("place"),
        pl.col("occurred_on").alias("on"),
        pl.Series("found", keys, dtype=pl.List(pl.String)),
    )
    return _by_visit(frame)


def visits_from_answers(answers: pl.DataFrame) -> pl.DataFrame:
    """Visits (VISITS) from inspectors' answers: enterprise_id, key, on, result `confirmed|not_found`.

    Raises ValueError for another result, naming row and value.
    """
    for number, result in enumerate(answers["result"], start=1):
        if result not in ("confirmed", "not_found"):
            raise ValueError(f"answers: row {number}: result is {result!r}; it must be confirmed or not_found")
    return _shape(
        answers.sort("on", maintain_order=True)
        .group_by("enterprise_id", "on", maintain_order=True)
        .agg(
            pl.col("key").filter(pl.col("result") == "confirmed").alias("found"),
            pl.col("key").filter(pl.col("result") == "not_found").alias("absent"),
        )
        .with_columns(
            pl.lit("").alias("name"),
            pl.lit("").alias("industry_code"),
            pl.lit("").alias("place"),
            pl.lit(False).alias("complete"),
        )
    )


def join_visits(parts: Iterable[pl.DataFrame], before: date | None = None) -> pl.DataFrame:
    """All visits in order of date (those before `before` only), each part's own order kept within a date."""
    frame = pl.concat([_shape(part) for part in parts]) if parts else pl.DataFrame(schema=VISITS)
    if before is not None:
        frame = frame.filter(pl.col("on") < before)
    return frame.sort("on", "enterprise_id", maintain_order=True)


def _by_visit(frame: pl.DataFrame) -> pl.DataFrame:
    keys = pl.col("found").explode(empty_as_null=False, keep_nulls=False).unique(maintain_order=True)
    grouped = (
        frame.sort("on", maintain_order=True)
        .group_by("enterprise_id", "on", maintain_order=True)
        .agg(keys, *(pl.col(c).sort(descending=True).first() for c in ("name", "industry_code", "place")))
    )
    empty = pl.lit([], dtype=pl.List(pl.String)).alias("absent")
    return _shape(grouped.with_columns(pl.lit(True).alias("complete"), empty))


def _shape(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(kind) for name, kind in VISITS.items())
