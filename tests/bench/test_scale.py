"""The bench of scale: made-up cases are like the real ones and no copies, and every figure is reported."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from yufang.bench.scale import FACETS, make_cases, run
from yufang.cases.check import lessons


def test_made_up_cases_have_real_lengths_and_words_and_are_no_copies(tmp_path: Path) -> None:
    real = [f"{a} hit the {b} of the {c} and fell" for a in "abcdefgh" for b in "rstu" for c in "wxyz"]
    made = pl.read_parquet(make_cases(real, 3000, tmp_path))["narrative"]
    assert set(" ".join(made).split()) == set(" ".join(real).split())
    assert set(made.str.split(" ").list.len()) == {9}
    assert made.n_unique() > 100
    assert not made.str.contains("hit of", literal=True).any(), "three words stand together as in a real text"
    again = pl.read_parquet(make_cases(real, 3000, tmp_path / "again"))["narrative"]
    assert made.equals(again), "same seed, same cases"


def test_texts_without_spaces_are_walked_by_characters(tmp_path: Path) -> None:
    made = pl.read_parquet(make_cases(["工人从脚手架上坠落", "工人被车辆撞倒"], 50, tmp_path, spaced=False))[
        "narrative"
    ]
    assert set("".join(made)) <= set("工人从脚手架上坠落被车辆撞倒")
    assert set(made.str.len_chars()) == {7, 9}


def test_every_figure_is_reported(tmp_path: Path) -> None:
    texts, labels = lessons()
    for folder, file in set(FACETS.values()):
        (tmp_path / folder).mkdir()
        columns = {facet: labels for facet, place in FACETS.items() if place == (folder, file)}
        pl.DataFrame({"narrative": texts, **columns}).write_parquet(tmp_path / folder / file)
    result = run(tmp_path, rows=500)
    own = result["500"]
    assert set(own) >= {"cases_per_second", "seconds", "peak_memory_gb", "ratio_to_sklearn"}
    assert all(value > 0 for value in own.values())
    assert own["peak_memory_gb"] < 4


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="`bench scale` learns body_part from it"):
        run(tmp_path, rows=10)
    with pytest.raises(ValueError, match="choose duckdb or spark"):
        run(tmp_path, engine="abacus")
