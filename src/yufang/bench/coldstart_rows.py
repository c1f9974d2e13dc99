"""Rows to judge a cold start on: Chinese narratives whose accident type some office told, and how its words map to GB
6441.

Nothing is trained on these labels. Of each set one half was looked at while the labelling functions were written
(`develop`), the other is judged on. An office's type that GB 6441 splits is a set of codes: any of them is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

TYPES_1986, TYPES_2025 = "gb6441_1986_type", "gb6441_2025_type"
_EXPLOSIONS_1986 = ("013", "014", "015", "016", "017", "018")
_EXPLOSIONS_2025 = tuple(f"WSA100{number}" for number in range(14, 23))
_CITED_WITHIN_DAYS = 400
_HEAD = 900

# Word of the office → codes of 1986, codes of 2025.
Meaning = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
NOTICE: Meaning = {
    "坍塌": (("010",), ("WSA10012",)),
    "起重伤害": (("04",), ("WSA10005",)),
    "中毒窒息": (("019",), ("WSA10023", "WSA10024")),
    "高处坠落": (("09",), ("WSA10010",)),
    "车辆伤害": (("02",), ("WSA10002", "WSA10003")),
    "触电": (("05",), ("WSA10006",)),
    "爆炸": (_EXPLOSIONS_1986, _EXPLOSIONS_2025),
    "透水淹溺": (("06", "012"), ("WSA10007", "WSA10013")),
    "其他": (("020",), ("WSA10099",)),
}
# The island's list goes by how a person was hit, GB 6441 by what hit him: where they cross, several codes are right.
TAIWAN: Meaning = {
    "墜落、滾落": (("09",), ("WSA10010", "WSA10011")),
    "物體倒塌、崩塌": (("010",), ("WSA10012",)),
    "感電": (("05",), ("WSA10006",)),
    "被夾、被捲": (("03", "02", "04"), ("WSA10004", "WSA10002", "WSA10005")),
    "物體飛落": (("01", "04"), ("WSA10001", "WSA10005")),
    "被撞": (("01", "02", "03", "04"), ("WSA10001", "WSA10002", "WSA10004", "WSA10005")),
    "溺斃": (("06",), ("WSA10007",)),
    "公路交通事故": (("02",), ("WSA10003",)),
    "跌倒": (("020",), ("WSA10011",)),
    "與有害物等之接觸": (("019",), ("WSA10023", "WSA10024")),
    "與高溫、低溫之接觸": (("07",), ("WSA10008",)),
    "火災": (("08",), ("WSA10009",)),
    "爆炸": (_EXPLOSIONS_1986, _EXPLOSIONS_2025),
    "被刺、割、擦傷": (("03",), ("WSA10004",)),
}
# What a report's title calls the accident; all that it names are right.
TITLE: Meaning = {
    "交通|侧翻|翻车|翻覆|追尾|相撞|颠覆|倾覆|车辆伤害|叉车": (("02",), ("WSA10002", "WSA10003")),
    "爆": (_EXPLOSIONS_1986, _EXPLOSIONS_2025),
    "火灾|着火|起火|燃烧|被烧": (("08",), ("WSA10009",)),
    "泄漏|泄露|跑氯": (("020",), ("WSA10026",)),
    "中毒|窒息|吸入": (("019",), ("WSA10023", "WSA10024")),
    "烧伤|遇险受伤": (("07",), ("WSA10008",)),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """Narratives and, for each, the office's word and the codes that are right, by list key."""

    texts: list[str]
    words: list[str]
    right: dict[str, list[frozenset[str]]]

    @classmethod
    def of(cls, rows: list[tuple[str, str, set[str], set[str]]]) -> Judged:
        """From (text, word, codes of 1986, codes of 2025)."""
        right = {
            TYPES_1986: [frozenset(row[2]) for row in rows],
            TYPES_2025: [frozenset(row[3]) for row in rows],
        }
        return cls([row[0] for row in rows], [row[1] for row in rows], right)


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything a cold start reads: texts without labels, and the judged halves by set name."""

    unlabelled: list[str]
    judged: dict[str, Judged]


def read(folder: Path, *, develop: bool = False, most_citations: int = 12_000) -> Sources:
    """Read `construction_notices`, `hazmat_reports` and, where the folder beside it has them, the Taiwan files.

    develop: the halves that the functions were written on instead of those they are judged on. Texts that are judged
    are not among the unlabelled ones. FileNotFoundError names a missing file.
    """
    notices = _table(folder / "construction_notices.parquet")
    reports = _table(folder / "hazmat_reports.parquet").drop_nulls("report")
    # Odd ids and odd positions were looked at; even ones are judged.
    looked = pl.col("id") % 2 == 1
    judged = {
        "notices": _notices(notices.filter(looked if develop else ~looked)),
        "reports": _reports(reports.with_row_index().filter(pl.col("index") % 2 == int(develop))),
    }
    unlabelled = notices.filter(~looked if develop else looked)["text"].to_list()
    unlabelled += [
        paragraph
        for report in reports.with_row_index().filter(pl.col("index") % 2 != int(develop))["report"]
        for paragraph in [report[:_HEAD], *report[_HEAD:].split("\n")]
        if len(paragraph) >= 30
    ]
    island = folder.parent / "taiwan_citations"
    if island.is_dir():
        cited, linked = _linked(island)
        judged["taiwan"] = _taiwan([row for i, row in enumerate(linked) if i % 2 == int(develop)])
        kept_back = {row[0] for row in linked}
        rest = [text for text in cited if text not in kept_back]
        step = max(len(rest) / most_citations, 1.0)
        unlabelled += [rest[int(i * step)] for i in range(min(len(rest), most_citations))]
    return Sources(unlabelled, judged)


def _table(path: Path) -> pl.DataFrame:
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `bench coldstart` reads the narratives from it")
    return pl.read_parquet(path)


def _notices(frame: pl.DataFrame) -> Judged:
    rows = zip(frame["text"], frame["type_text"], strict=True)
    return Judged.of([(text, word, set(NOTICE[word][0]), set(NOTICE[word][1])) for text, word in rows])


def _reports(frame: pl.DataFrame) -> Judged:
    """Long reports of accidents with dangerous goods; the truth is what the title names, and titles that name none
    are out."""
    rows = []
    for title, report in zip(frame["title"], frame["report"], strict=True):
        named = [meaning for pattern, meaning in TITLE.items() if re.search(pattern, title)]
        if named:
            old = {code for meaning in named for code in meaning[0]}
            rows.append((report, title, old, {code for meaning in named for code in meaning[1]}))
    return Judged.of(rows)


def _linked(folder: Path) -> tuple[list[str], list[tuple[str, str]]]:
    """All distinct citation texts, and (text, type) of those written after an accident of the same employer.

    A citation belongs to an accident when it speaks of one (災害, 死亡, 罹災), is dated at most 400 days after it, and
    the employer had no accident of another type in that time. Of several the longest text is taken.
    """
    citations, accidents = _table(folder / "citations.parquet"), _table(folder / "serious_accidents.parquet")
    texts = citations["violation_text"].drop_nulls().unique(maintain_order=True).to_list()
    pairs = (
        citations.filter(pl.col("violation_text").str.contains("災害|死亡|罹災"))
        .join(accidents.select("employer", "accident_type", happened="date"), on="employer")
        .filter((pl.col("date") - pl.col("happened")).dt.total_days().is_between(0, _CITED_WITHIN_DAYS))
        .filter(pl.col("accident_type").n_unique().over("employer", "date") == 1)
        .with_columns(length=pl.col("violation_text").str.len_chars())
        .sort("employer", "happened", "length", "violation_text", descending=[False, False, True, False])
        .unique(["employer", "happened"], keep="first", maintain_order=True)
        .unique("violation_text", keep="none", maintain_order=True)
    )
    return texts, list(zip(pairs["violation_text"], pairs["accident_type"], strict=True))


def _taiwan(rows: list[tuple[str, str]]) -> Judged:
    return Judged.of(
        [(text, word, set(TAIWAN[word][0]), set(TAIWAN[word][1])) for text, word in rows if word in TAIWAN]
    )
