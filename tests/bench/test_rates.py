"""`yufang bench rates` on the shared panel: nothing of the test year is looked at, and the peers are beaten."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from yufang.bench import rates

SHARED = Path(os.environ.get("YUFANG_SHARED", Path(__file__).resolve().parents[3] / "shared"))
FOLDER = SHARED / "data/workers_comp_classes"


@pytest.mark.data
def test_the_last_year_is_foretold_better_than_by_buhlmann_straub() -> None:
    assert FOLDER.exists(), f"{FOLDER} is missing: set YUFANG_SHARED to the folder of shared data"
    found = rates.run(FOLDER)
    error = "payroll_weighted_rmse"
    assert found[error] <= found["peers"]["buhlmann_straub"][error]
    assert found[error] <= min(peer[error] for name, peer in found["peers"].items() if name.endswith("mean"))
    assert 0.8 < found["total_ratio"] < 1.2


def _write(folder: Path, rows: list[tuple[int, int, float, float]]) -> Path:
    folder.mkdir(exist_ok=True)
    pl.DataFrame(rows, schema=list(rates.COLUMNS), orient="row").write_parquet(folder / rates.FILE)
    return folder


def test_what_is_foretold_does_not_hang_on_the_test_rows(tmp_path: Path) -> None:
    rows = [(c, y, 1000.0 * c, 10.0 * c * (1 + (c + y) % 3)) for c in range(1, 21) for y in range(1, 6)]
    train = _write(tmp_path / "train", rows)
    one = rates.run(train, _write(tmp_path / "one", [(c, 6, 1000.0, 10.0) for c in range(1, 21)]))
    other = rates.run(train, _write(tmp_path / "other", [(c, 6, 1000.0, 999.0) for c in range(1, 21)]))
    assert one["chosen"] == other["chosen"]
    assert one["total_ratio"] * 10 == pytest.approx(other["total_ratio"] * 999)


def test_a_negative_payroll_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"row 2, class 1, year 2: payroll is -5.0, but must be"):
        rates.run(_write(tmp_path / "bad", [(1, 1, 5.0, 1.0), (1, 2, -5.0, 1.0)]))


def test_a_missing_panel_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"panel.parquet is missing"):
        rates.run(tmp_path)
