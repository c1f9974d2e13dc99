"""The coding tasks of the bench: where the rows lie, what is coded, and how rows without a test folder are split."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yufang.lake.articles import first_article

LEAST_ARTICLE_ROWS = 20


@dataclass(frozen=True, slots=True)
class Rows:
    """Narratives and their codes; `year` where the rows are dated."""

    texts: list[str]
    labels: list[str]
    year: list[int] | None = None

    def take(self, where: np.ndarray) -> Rows:
        """The rows at positions `where`."""
        year = None if self.year is None else [self.year[i] for i in where]
        return Rows([self.texts[i] for i in where], [self.labels[i] for i in where], year)


@dataclass(frozen=True, slots=True)
class Task:
    """One coding task.

    test_share: share of the rows held out by a fixed seed where the rows aren't dated.
    spaced: whether words are parted by spaces (the peers need to be told).
    least_rows: codes with fewer training rows are left out, of the test rows too.
    codes: reads label → code of a hierarchy from the training folder, for accuracy on its first two digits.
    """

    name: str
    load: Callable[[Path], Rows]
    test_share: float = 0.25
    spaced: bool = True
    least_rows: int = 1
    codes: Callable[[Path], dict[str, str]] | None = None


def _read(folder: Path, file: str, columns: tuple[str, ...]) -> pl.DataFrame:
    path = folder / file
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `bench coding` reads {', '.join(columns)} from it")
    frame = pl.read_parquet(path)
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}; it has {', '.join(frame.columns)}")
    return frame


def _plain(file: str, text: str, label: str, year: str | None = None) -> Callable[[Path], Rows]:
    def load(folder: Path) -> Rows:
        columns = (text, label) if year is None else (text, label, year)
        frame = _read(folder, file, columns).drop_nulls(list(columns))
        # Titles come with stray spaces at their ends.
        labels = frame[label].cast(pl.String).str.strip_chars().to_list()
        return Rows(frame[text].to_list(), labels, None if year is None else frame[year].to_list())

    return load


def _construction(folder: Path) -> Rows:
    """A report's title says in one line what its narrative says in ten: it counts three times."""
    frame = _read(folder, "tagged.parquet", ("title", "narrative", "accident_type"))
    frame = frame.drop_nulls(["narrative", "accident_type"]).with_columns(pl.col("title").fill_null(""))
    texts = [
        f"{title}\n{title}\n{title}\n{text}" for title, text in zip(frame["title"], frame["narrative"], strict=True)
    ]
    return Rows(texts, frame["accident_type"].str.strip_chars().to_list())


def _articles(folder: Path) -> Rows:
    """What was found → the first article named beyond the parent Act; citations that name none are left out."""
    columns = ("date", "law_article", "violation_text")
    frame = _read(folder, "citations.parquet", columns).drop_nulls(list(columns))
    # The same words come back thousands of times: each wording is read once.
    article = {words: first_article(words) for words in frame["law_article"].unique().to_list()}
    frame = frame.with_columns(
        article=pl.Series([article[words] for words in frame["law_article"]], dtype=pl.String),
        year=pl.col("date").dt.year(),
    ).filter(pl.col("article") != "")
    return Rows(frame["violation_text"].to_list(), frame["article"].to_list(), frame["year"].to_list())


def _plain_title(title: str) -> str:
    """A title without the signs that the two files write differently (dashes, apostrophes, stops)."""
    return re.sub(r"[^a-z0-9]+", " ", title.lower().replace("n.e.c", "nec")).strip()


def _oiics(sheet: str) -> Callable[[Path], dict[str, str]]:
    def read(folder: Path) -> dict[str, str]:
        path = folder / "oiics_2_01_code_list.xlsx"
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing: `bench coding` reads the code tree from it")
        frame = pl.read_excel(path, sheet_name=sheet)
        titles = [_plain_title(str(title)) for title in frame["CASE_CODE_TITLE"]]
        return dict(zip(titles, (str(code) for code in frame["CASE_CODE"]), strict=True))

    return read


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("body_part", _plain("cases.parquet", "narrative", "body_part", "year")),
        Task("accident_type", _construction, test_share=0.5),
        Task("event", _plain("cases.parquet", "narrative", "event"), codes=_oiics("Event")),
        Task("nature", _plain("cases.parquet", "narrative", "nature"), codes=_oiics("Nature")),
        Task("source", _plain("cases.parquet", "narrative", "source"), codes=_oiics("Source")),
        Task("cause", _plain("cases.parquet", "narrative", "cause"), spaced=False),
        Task("result", _plain("cases.parquet", "narrative", "result"), spaced=False),
        Task("gas", _plain("cases.parquet", "narrative", "gas"), spaced=False),
        Task("article", _articles, spaced=False, least_rows=LEAST_ARTICLE_ROWS),
    )
}


def split(task: Task, train: Path, test: Path | None, seed: int) -> tuple[Rows, Rows]:
    """Training and test rows: another folder, else the last year, else a share drawn by `seed`."""
    rows = task.load(train)
    if test is not None:
        learn, judge = rows, task.load(test)
    elif rows.year is not None:
        year = np.array(rows.year)
        learn, judge = rows.take(np.flatnonzero(year < year.max())), rows.take(np.flatnonzero(year == year.max()))
    else:
        order = np.random.default_rng(seed).permutation(len(rows.texts))
        held = round(len(order) * task.test_share)
        learn, judge = rows.take(np.sort(order[held:])), rows.take(np.sort(order[:held]))
    if task.least_rows > 1:
        known = {label for label, count in Counter(learn.labels).items() if count >= task.least_rows}
        learn, judge = (
            part.take(np.array([i for i, label in enumerate(part.labels) if label in known], dtype=np.int64))
            for part in (learn, judge)
        )
    if not learn.texts or not judge.texts:
        raise ValueError(f"{train}: {len(learn.texts)} training rows and {len(judge.texts)} test rows; both are needed")
    return learn, judge


def level_two(codes: dict[str, str], title: str) -> str:
    """First two digits of a title's code; the title itself where the tree doesn't know it."""
    return codes.get(_plain_title(title), title)[:2] if _plain_title(title) in codes else title
