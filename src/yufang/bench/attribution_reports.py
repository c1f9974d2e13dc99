"""The Chinese half of `yufang bench attribution`: how well long reports are structured.

The rules were written while reading one half of each file (the training half of the seed); the other half is scored.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from yufang.cases.reports import StructuredCase, structure

HELD = 0.5
# How the bench tells a lesson in `indirect_causes` from a cause, apart from the rules that it measures: it
# begins with a demand.
_DEMAND = re.compile(
    r"^[\s（(一二三四五六七八九十\d、.．，）)①-⑳]*(?:各|必须|应|要|严禁|严格|加强|强化|完善|建立|健全|进一步|切实|深入|全面|迅速|明确|"
    r"深刻|认真|坚决|加大|提高|落实|开展|推进|举一反三|希望|一定要|今后|从事|禁止|[^，。]{0,30}(?:必须|应当?|要|严禁|不得|不能)[^，。]{2})"
)
# What the keyword peer takes for a management cause.
_KEYWORDS = re.compile("管理|监管|监督|培训|教育|制度|责任")
_SENTENCE = re.compile(r"[^。；;！？\n\r]+")


def _held_out(frame: pl.DataFrame, test: Path | None, file: str, seed: int) -> list[dict[str, Any]]:
    if test is not None:
        return pl.read_parquet(test / file).to_dicts()
    order = np.random.default_rng(seed).permutation(len(frame))
    kept = np.sort(order[int(HELD * len(frame)) :])
    rows: list[dict[str, Any]] = frame[kept.tolist()].to_dicts()
    return rows


def hazmat(train: Path, test: Path | None, seed: int) -> dict[str, Any]:
    """Management causes and lessons of hazardous-goods reports beside the column `indirect_causes`.

    F1 (or share found) of character pairs between what was extracted and what the column holds, mean over reports.
    Items of the column that begin with a demand are lessons, the others causes.
    """
    rows = _held_out(pl.read_parquet(train / "hazmat_reports.parquet"), test, "hazmat_reports.parquet", seed)
    usable = [row for row in rows if row["report"] and _items(row)]
    causes, lessons, peer, mixed, apart, whole = [], [], [], [], [], []
    for row in usable:
        case = structure(row["report"])
        stated_causes, stated_lessons = _sorted_items(_items(row))
        mine = _joined(case.management_causes)
        if stated_causes:
            causes.append(pair_f1(mine, stated_causes))
            peer.append(pair_f1(_by_keywords(row["report"]), stated_causes))
            whole.append(pair_recall(mine + _joined(case.direct_causes), stated_causes))
        if stated_lessons:
            lessons.append(pair_recall(_joined(case.lessons), stated_lessons))
            both = mine + _joined(case.direct_causes)
            mixed.append(pair_recall(both, stated_lessons))
            apart.append(pair_recall(_by_keywords(row["report"]), stated_lessons))
    told = Counter(name for row in usable for name in _told(structure(row["report"])))
    return {
        "reports": {
            "test_rows": len(usable),
            "management_causes_f1": _mean(causes),
            "causes_found": _mean(whole),
            "lessons_found": _mean(lessons),
            "lessons_taken_for_causes": _mean(mixed),
            "with_causes": len(causes),
            "with_lessons": len(lessons),
            "told": {name: count / len(usable) for name, count in sorted(told.items())},
        },
        "peers": {
            "keywords": {"reports": {"management_causes_f1": _mean(peer), "lessons_taken_for_causes": _mean(apart)}}
        },
    }


def notices(train: Path, test: Path | None, seed: int) -> dict[str, Any]:
    """Date, place, deaths, contractor and type of construction notices beside their columns.

    The place counts as right where it holds the province or city that the notice's title names.
    """
    file = "construction_notices.parquet"
    rows = _held_out(pl.read_parquet(train / file), test, file, seed)
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for row in rows:
        for name, good in _checked(row, structure(row["text"])).items():
            asked[name] += 1
            right[name] += good
    return {"notices": {"test_rows": len(rows), **{name: right[name] / asked[name] for name in sorted(asked)}}}


def _checked(row: dict[str, Any], case: StructuredCase) -> dict[str, bool]:
    year, month, day = (int(part) for part in row["date"].split("-"))
    out = {
        "date": case.time is not None and case.time.value[:10] == f"{year}-{month:02}-{day:02}",
        "accident_type": case.accident_type is not None and case.accident_type.value == row["type_text"],
    }
    if row["deaths"] is not None:
        out["deaths"] = case.deaths is not None and case.deaths.people == int(row["deaths"])
    if row["contractor"]:
        contractors = [one.value for one in case.enterprises if one.role == "contractor"]
        out["contractor"] = row["contractor"] in contractors
    named = re.match(r"(.{2,24}?)发生", row["title"])
    if named:
        parts = re.findall(r"[一-龥]{2,}?(?:省|自治区|市|州)", named.group(1))
        place = case.place.value if case.place else ""
        out["place"] = bool(place) and (named.group(1) in place or any(part in place for part in parts))
    return out


def _items(row: dict[str, Any]) -> list[str]:
    """The items of the column, one a line."""
    listed = json.loads(row["indirect_causes"] or "[]")
    return [line.strip() for item in listed for line in re.split(r"[\r\n]+", item) if len(line.strip()) > 5]


def _sorted_items(items: list[str]) -> tuple[str, str]:
    """(causes, lessons): the items that begin with a demand are lessons, the others causes."""
    lessons = [item for item in items if _DEMAND.match(item)]
    return "".join(item for item in items if item not in lessons), "".join(lessons)


def _joined(passages: Any) -> str:
    return "".join(one.text for one in passages)


def _by_keywords(report: str) -> str:
    return "".join(part for part in _SENTENCE.findall(report) if _KEYWORDS.search(part))


def _pairs_of(text: str) -> Counter[str]:
    bare = re.sub(r"[\W_]+", "", text)
    return Counter(bare[i : i + 2] for i in range(len(bare) - 1))


def pair_f1(found: str, stated: str) -> float:
    """F1 of the character pairs of two texts, punctuation left out."""
    a, b = _pairs_of(found), _pairs_of(stated)
    total = sum(a.values()) + sum(b.values())
    return 2 * sum((a & b).values()) / total if total else 0.0


def pair_recall(found: str, stated: str) -> float:
    """Share of `stated`'s character pairs that stand in `found`."""
    a, b = _pairs_of(found), _pairs_of(stated)
    return sum((a & b).values()) / max(1, sum(b.values()))


def _told(case: StructuredCase) -> list[str]:
    names = ("time", "place", "deaths", "injured", "enterprises", "direct_causes", "management_causes", "lessons")
    return [name for name in names if name not in case.missing]


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
