"""Will what we foretell be found at the next visit? Taiwanese safety citations, one employer on one date a visit.

Test visits are foretold one date after the other: what is dated strictly before a visit, of either folder, may speak
for it; the trees, the calibration and every cut-off come from training visits alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yufang.deduction import findings as f
from yufang.deduction.model import MAX_TRAINING_VISITS, Described, progress
from yufang.deduction.ranker import calibration_error, train
from yufang.graph.risk_graph import RiskGraph
from yufang.lake.articles import first_article

FILE = "citations.parquet"
ACCIDENTS = "serious_accidents.parquet"
COLUMNS = ("date", "agency", "employer", "law_article", "violation_text")
TARGET = 0.30  # share of proposed points that must be verified
GROUPS = ("all", "known", "first")
LENGTHS = (1, 3, 5)
SHOWN = 10  # points of a visit's list whose probabilities are held against what was found
PEER_LENGTH = 10

Bools = NDArray[np.bool_]


def run(train_folder: Path, test_folder: Path | None = None, seed: int = 0) -> dict[str, Any]:
    """Metrics by group, `calibration_error`, and both peers' metrics under `peers`.

    Raises FileNotFoundError for a missing file, ValueError for a missing column or too few visits.
    """
    visits, is_test = _visits(train_folder, test_folder)
    book = _Book.of(visits, is_test)
    wanted = book.scored & (is_test | book.latest(MAX_TRAINING_VISITS))
    _, _, described = progress(visits, RiskGraph.build(()), {}, learn=~is_test, wanted=wanted)
    metrics = _score_model(described, book, seed)
    peers = {
        "most_frequent": _score_peer(book, own_first=False),
        "own_history_first": _score_peer(book, own_first=True),
    }
    sizes = {group: int((book.test & book.members(group)).sum()) for group in GROUPS}
    return metrics | {"visits": sizes, "peers": peers}


@dataclass(frozen=True, slots=True)
class _Book:
    """Per visit (V,): what it found, whether it is scored, a test, and whether the employer was cited before."""

    found: list[frozenset[str]]
    on: list[date]
    employer: list[str]
    scored: Bools
    test: Bools
    known: Bools

    @classmethod
    def of(cls, visits: pl.DataFrame, is_test: Bools) -> _Book:
        found = [frozenset(k for k in keys if k.startswith("article/")) for keys in visits["found"]]
        scored = np.array([bool(keys) for keys in found])
        known = np.zeros(len(found), np.bool_)
        first: dict[str, date] = {}
        rows = zip(visits["enterprise_id"], visits["on"], found, strict=True)
        for v, (employer, on, keys) in enumerate(rows):
            known[v] = employer in first and first[employer] < on
            if keys:
                first.setdefault(employer, on)
        return cls(found, visits["on"].to_list(), visits["enterprise_id"].to_list(), scored, scored & is_test, known)

    def members(self, group: str) -> Bools:
        if group == "all":
            return np.ones(len(self.known), np.bool_)
        return self.known if group == "known" else ~self.known

    def latest(self, count: int) -> Bools:
        """The latest training visits that are scored."""
        mask = np.zeros(len(self.scored), np.bool_)
        mask[np.flatnonzero(self.scored & ~self.test)[-count:]] = True
        return mask

    def total(self, mask: Bools) -> int:
        """Points found at the visits of `mask`."""
        return sum(len(self.found[v]) for v in np.flatnonzero(mask))


def _score_model(described: Described, book: _Book, seed: int) -> dict[str, Any]:
    """Train on training visits, score the test visits."""
    test = book.test[described.visit]
    ranker, late = train(described.x[~test], described.y[~test], described.visit[~test], seed=seed)
    p = np.full(len(test), np.nan)
    p[~test] = late
    p[test] = ranker.probabilities(described.x[test])
    order = np.lexsort((described.item, -p, described.visit))
    order = order[~np.isnan(p[order])]
    lists = _Lists(described.visit[order], p[order], described.y[order].astype(np.float64), test[order])
    metrics: dict[str, Any] = {}
    for group in GROUPS:
        member = book.members(group)
        cutoff = lists.cutoff(member)
        metrics[group] = lists.measure(book, member, cutoff)
    shown = lists.test & (lists.place < SHOWN)
    metrics["calibration_error"] = round(calibration_error(lists.p[shown], lists.y[shown]), 4)
    return metrics


class _Lists:
    """Ranked candidates of all scored visits, visit after visit, most probable first."""

    def __init__(self, visit: NDArray[np.int64], p: NDArray[np.float64], y: NDArray[np.float64], test: Bools) -> None:
        self.visit, self.p, self.y, self.test = visit, p, y, test
        start = np.r_[True, visit[1:] != visit[:-1]]
        self.place = np.arange(len(visit)) - np.flatnonzero(start)[np.cumsum(start) - 1]

    def cutoff(self, member: Bools) -> float:
        """Lowest probability down to which ≥ 30 % of the late training visits' points were verified; > 1 where none."""
        rows = ~self.test & member[self.visit]
        order = np.argsort(-self.p[rows], kind="stable")
        p, y = self.p[rows][order], self.y[rows][order]
        enough = np.flatnonzero(np.cumsum(y) >= TARGET * np.arange(1, len(y) + 1))
        return float(p[enough[-1]]) if len(enough) else 1.1

    def measure(self, book: _Book, member: Bools, cutoff: float) -> dict[str, float]:
        visits = book.test & member
        rows = self.test & member[self.visit]
        count, found = int(visits.sum()), book.total(visits)
        top = {n: float(self.y[rows & (self.place < n)].sum()) for n in LENGTHS}
        listed = rows & (self.p >= cutoff)
        return _figures(count, found, top, float(self.y[listed].sum()), int(listed.sum()))


def _figures(count: int, found: int, top: dict[int, float], hits: float, proposed: int) -> dict[str, float]:
    """The metrics of one group: `count` visits, `found` points, hits among the first n, and of the 30 % list."""
    figures = {f"verified_at_{n}": hit / max(1, n * count) for n, hit in top.items()}
    figures["recall_at_3"] = top[3] / max(1, found)
    figures["recall_at_30pct"] = hits / max(1, found)
    figures["verified_at_30pct"] = hits / max(1, proposed)
    figures["points_per_visit"] = proposed / max(1, count)
    return {name: round(value, 4) for name, value in figures.items()}


def _score_peer(book: _Book, *, own_first: bool) -> dict[str, Any]:
    """Most frequent articles so far, or the employer's own first; list length chosen on training visits."""
    late = book.latest(int(0.2 * min(MAX_TRAINING_VISITS, (book.scored & ~book.test).sum())))
    hits = _peer_hits(book, late | book.test, own_first)
    metrics: dict[str, Any] = {}
    for group in GROUPS:
        member = book.members(group)
        chosen = np.flatnonzero(late & member)
        shares = np.cumsum(hits[chosen].sum(axis=0)) / (np.arange(1, PEER_LENGTH + 1) * max(1, len(chosen)))
        length = int(max(np.flatnonzero(shares >= TARGET) + 1, default=0))
        visits = book.test & member
        mine, count = hits[visits], int(visits.sum())
        top = {n: float(mine[:, :n].sum()) for n in LENGTHS}
        metrics[group] = _figures(count, book.total(visits), top, float(mine[:, :length].sum()), length * count)
    return metrics


def _peer_hits(book: _Book, wanted: Bools, own_first: bool) -> NDArray[np.float64]:
    """(V, PEER_LENGTH) 1 where the peer's n-th point was found; only for the wanted visits."""
    hits = np.zeros((len(book.on), PEER_LENGTH))
    overall: Counter[str] = Counter()
    own: dict[str, Counter[str]] = defaultdict(Counter)
    start, count = 0, len(book.on)
    while start < count:
        end = start
        while end < count and book.on[end] == book.on[start]:
            end += 1
        today = range(start, end)
        frequent = [key for key, _ in overall.most_common(PEER_LENGTH)] if wanted[start:end].any() else []
        for v in today:
            if wanted[v]:
                mine = own[book.employer[v]].most_common(PEER_LENGTH) if own_first else []
                ranked = dict.fromkeys([*(key for key, _ in mine), *frequent])
                hits[v, : min(len(ranked), PEER_LENGTH)] = [k in book.found[v] for k in ranked][:PEER_LENGTH]
        for v in today:
            overall.update(sorted(book.found[v]))
            own[book.employer[v]].update(sorted(book.found[v]))
        start = end
    return hits


def _visits(train_folder: Path, test_folder: Path | None) -> tuple[pl.DataFrame, Bools]:
    """All visits in order of date and which of them are test visits: the other folder's, else the last year's."""
    train = _read(train_folder)
    if test_folder is None:
        last = train["date"].max().year  # type: ignore[union-attr]
        rows = train.with_columns((pl.col("date").dt.year() == last).alias("test"))
    else:
        marked = (train.with_columns(test=False), _read(test_folder).with_columns(test=True))
        rows = pl.concat(marked)
    border = rows.filter(pl.col("test"))["date"].min()
    if border is None or rows.filter(~pl.col("test")).height < 1000:
        raise ValueError(f"{train_folder / FILE}: too few rows to train on and to test with; give more years")
    visits = f.join_visits([_to_visits(rows), *_accident_visits(train_folder, test_folder)])
    tested = set(rows.filter(pl.col("test")).select("employer", "date").iter_rows())
    is_test = [pair in tested for pair in zip(visits["enterprise_id"], visits["on"], strict=True)]
    return visits, np.array(is_test, np.bool_)


def _read(folder: Path) -> pl.DataFrame:
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; the bench reads {FILE} with the columns {', '.join(COLUMNS)}")
    frame = pl.read_parquet(path)
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(f"{path}: the column {missing[0]} is missing; there are {', '.join(frame.columns)}")
    return frame.select(COLUMNS).with_columns(
        pl.col("date").cast(pl.Date), pl.col("violation_text").fill_null(""), pl.col("law_article").fill_null("")
    )


def _to_visits(rows: pl.DataFrame) -> pl.DataFrame:
    named = {law: first_article(law) for law in rows["law_article"].unique()}
    hazards = rows.select(
        pl.col("employer").alias("enterprise_id"),
        pl.col("employer").alias("enterprise_name"),
        pl.lit("").alias("industry_code"),
        pl.col("date").alias("found_on"),
        pl.col("agency"),
        pl.col("violation_text").alias("text"),
        pl.col("law_article").alias("clause"),
        pl.col("law_article").replace_strict(named, return_dtype=pl.String).alias("article"),
    )
    return f.visits_from_hazards(hazards, f.record_keys(hazards, None))


def _accident_visits(*folders: Path | None) -> list[pl.DataFrame]:
    """Serious accidents as something an employer went through; the file may be missing."""
    frames = [pl.read_parquet(folder / ACCIDENTS) for folder in folders if folder and (folder / ACCIDENTS).exists()]
    if not frames:
        return []
    cases = pl.concat([frame.select("employer", "date", "accident_type") for frame in frames]).unique(
        maintain_order=True
    )
    told = cases.select(
        pl.col("employer").alias("enterprise_id"),
        pl.col("employer").alias("enterprise_name"),
        pl.lit("").alias("industry_code"),
        pl.col("date").cast(pl.Date).alias("occurred_on"),
        pl.col("accident_type"),
    )
    return [f.visits_from_cases(told, f.case_keys(told, propose=False))]
