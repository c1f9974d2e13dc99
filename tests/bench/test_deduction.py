"""Claims of the deduction bench: what a visit is, that test rows stay unseen, and that we beat both peers."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from yufang.bench import deduction as bench

SHARED = Path(os.environ.get("YUFANG_SHARED", Path(__file__).parents[3] / "shared" / "data"))
EDGE, HELMET = "營造安全衛生設施標準第19條", "營造安全衛生設施標準第11條之1"


def _write(folder: Path, rows: list[tuple[date, str, str, str]]) -> Path:
    folder.mkdir(exist_ok=True)
    pl.DataFrame(
        {
            "date": [datetime(on.year, on.month, on.day) for on, *_ in rows],
            "agency": ["台北市"] * len(rows),
            "employer": [who for _, who, *_ in rows],
            "law_article": [law for *_, law, _ in rows],
            "violation_text": [text for *_, text in rows],
        }
    ).write_parquet(folder / bench.FILE)
    return folder


def _years(seed: int, first: int, years: int, per_year: int = 700) -> list[tuple[date, str, str, str]]:
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(per_year * years):
        firm = int(rng.integers(120))
        on = date(first, 1, 1) + timedelta(days=int(rng.integers(365 * years)))
        law = EDGE if rng.random() < (0.8 if firm % 2 else 0.2) else HELMET
        rows.append((on, f"{'永營造' if firm % 2 else '大食品'}{firm}", law, "未設護欄"))
    return sorted(rows)


def test_a_visit_is_one_employer_on_one_date_without_accidents_and_the_parent_act(tmp_path: Path) -> None:
    day = date(2021, 5, 1)
    rows = [
        *_years(0, 2018, 3),
        (day, "甲", f"{EDGE}第1項暨職業安全衛生法第6條第1項", "未設護欄"),
        (day, "甲", HELMET, "未戴安全帽"),
        (day, "乙", EDGE, "未設護欄，致發生職業災害"),
        (day, "丙", "職業安全衛生法第23條第1項", "未訂計畫"),
        (day + timedelta(days=1), "乙", EDGE, "未設護欄"),
    ]
    visits, is_test = bench._visits(_write(tmp_path / "a", rows), None)
    book = bench._Book.of(visits, is_test)
    scored = {book.employer[v]: (book.found[v], bool(book.known[v])) for v in np.flatnonzero(book.test)}
    assert scored["甲"] == ({f"article/{EDGE}", f"article/{HELMET}"}, False)
    assert scored["乙"] == ({f"article/{EDGE}"}, False)
    assert "丙" not in scored


def test_a_second_visit_is_known_only_from_a_strictly_earlier_date(tmp_path: Path) -> None:
    day = date(2021, 5, 1)
    rows = [
        *_years(0, 2018, 3),
        (day, "甲", EDGE, "缺"),
        (day, "甲", HELMET, "缺"),
        (day + timedelta(days=9), "甲", EDGE, "缺"),
    ]
    visits, is_test = bench._visits(_write(tmp_path / "a", rows), None)
    book = bench._Book.of(visits, is_test)
    assert [bool(book.known[v]) for v in np.flatnonzero(book.test) if book.employer[v] == "甲"] == [False, True]


def test_the_test_folder_never_changes_what_is_chosen(tmp_path: Path) -> None:
    train = _write(tmp_path / "train", _years(0, 2018, 3))
    one = bench.run(train, _write(tmp_path / "one", _years(1, 2021, 1)))
    longer = _years(1, 2021, 1) + _years(2, 2022, 1)
    two = bench.run(train, _write(tmp_path / "two", longer))
    assert one["visits"]["all"] < two["visits"]["all"]
    # The first year's forecasts stay the same, so only the second year's visits can move the figures.
    again = bench.run(train, tmp_path / "one")
    assert one == again


def test_a_world_with_two_trades_is_learnt(tmp_path: Path) -> None:
    result = bench.run(_write(tmp_path / "a", _years(0, 2018, 4)))
    assert set(result["all"]) >= {"verified_at_1", "verified_at_3", "verified_at_5", "recall_at_3", "recall_at_30pct"}
    assert result["all"]["verified_at_1"] > result["peers"]["most_frequent"]["all"]["verified_at_1"] + 0.1
    assert result["calibration_error"] < 0.08  # ten bins of some 130 candidates each


def test_a_missing_file_or_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"citations\.parquet is missing"):
        bench.run(tmp_path)
    pl.DataFrame({"date": [datetime(2020, 1, 1)], "agency": ["a"]}).write_parquet(tmp_path / bench.FILE)
    with pytest.raises(ValueError, match="column employer is missing"):
        bench.run(tmp_path)


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too few rows"):
        bench.run(_write(tmp_path / "a", _years(0, 2020, 1, per_year=50)))


@pytest.mark.data
def test_a_part_of_the_real_citations_beats_both_peers(tmp_path: Path) -> None:
    source = SHARED / "taiwan_citations" / bench.FILE
    assert source.exists(), f"{source} is missing; set YUFANG_SHARED to the folder with the shared data"
    frame = pl.read_parquet(source)
    part = frame.filter((pl.col("date").dt.year() >= 2020) & (pl.col("employer").hash(seed=1) % 2 == 0))
    part.write_parquet(tmp_path / bench.FILE)
    result: dict[str, Any] = bench.run(tmp_path)
    for group in ("all", "known"):
        best = max(peer[group]["recall_at_30pct"] for peer in result["peers"].values())
        assert result[group]["recall_at_30pct"] > best
    assert result["calibration_error"] <= 0.03
