"""The forecast bench foretells later rows from earlier ones and never reads the column that tells the future."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from yufang.bench import forecast
from yufang.sensing.forecast.learners import Persistence, Working

SHARED = Path(os.environ.get("YUFANG_SHARED", Path(__file__).resolve().parents[3] / "shared" / "data"))
FOLDER = SHARED / "coal_mine_methane"


def first_rows(folder: Path, rows: int) -> Path:
    source = FOLDER / forecast.FILE
    assert source.exists(), f"{source} is missing: set YUFANG_SHARED to the folder of shared data"
    pl.read_parquet(source, n_rows=rows).drop("MM116_pred", "DMM116").write_parquet(folder / forecast.FILE)
    return folder


@pytest.mark.data
def test_the_bench_tells_its_figures_beside_persistence(tmp_path: Path) -> None:
    found = forecast.run(first_rows(tmp_path, 6000), learners=(Working,), peers=(Persistence,))
    assert {"auc_15_30min", "onsets_warned", "median_lead_min", "false_warnings_per_day"} <= set(found)
    assert found["auc_15_30min"] > found["peers"]["persistence"]["auc_15_30min"] > 0.5
    assert found["auc_15_30min_se"] > 0
    assert (found["rows_train"], found["rows_test"]) == (4500, 1500)


@pytest.mark.data
def test_the_column_of_the_coming_maximum_is_not_read(tmp_path: Path) -> None:
    without, later = forecast.split(first_rows(tmp_path, 1000), tmp_path)
    kept, _ = forecast.split(FOLDER, None)
    assert set(kept.beside) == set(without.beside) == set(forecast.ROLES)
    assert len(later) == len(without) == 1000


def test_the_area_under_the_curve_counts_pairs_and_ties_half() -> None:
    came, p = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.9, 0.1, 0.5, 0.5])
    assert forecast._auc(came, p) == 0.875
    assert forecast._auc(came, p, np.array([1.0, 1.0, 0.0, 1.0])) == 1.0
    assert forecast._auc(np.zeros(2), np.zeros(2)) is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="readings_30s"):
        forecast.run(tmp_path)
