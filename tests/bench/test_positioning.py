"""The bench of positions: its protocol, on made runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.sensing.positions.world import ANCHORS, START, ranges
from yufang.bench import positioning

DELAY = 0.2


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positioning, "JIT", False)


def walk(at: float) -> tuple[float, float]:
    return 20 + 12 * np.cos(0.1 * at), 10 + 6 * np.sin(0.1 * at)


def make(folder: Path, seed: int) -> None:
    """A run whose ranges are stamped DELAY late; peers off by 1 m and 2 m."""
    folder.mkdir(parents=True)
    readings = ranges({"w": lambda at: walk(at - DELAY)}, 12, seed=seed)
    for n, anchor in enumerate(ANCHORS):
        own = readings.take(readings.channel == n)
        pl.DataFrame(
            {
                "field.stamp": own.time * 1000,
                **{f"field.{axis}": np.full(len(own), float(anchor[axis])) for axis in "xyz"},
                "field.distanceFromTag": own.value,
            }
        ).write_parquet(folder / f"A{n}.parquet")
    seconds = np.arange(0, 13, 0.125)
    x, y = np.array([walk(at) for at in seconds]).T
    for name, off in ((positioning.REFERENCE, 0.0), ("LS.parquet", 1.0), ("ESKF.parquet", 2.0)):
        stamps = (START + seconds * 1e6) * 1000.0
        track = pl.DataFrame({"timestamp": stamps, "x": x + off, "y": y})
        track.slice(4 if off else 0).write_parquet(folder / name)  # solvers begin half a second late


def test_the_delay_is_learned_on_other_runs_and_every_run_is_scored(tmp_path: Path) -> None:
    make(tmp_path / "LOS_one", 1)
    make(tmp_path / "NLOS_two", 2)
    told = positioning.run(tmp_path)
    assert set(told["rmse_m"]) == {"LOS_one", "NLOS_two"}
    assert all(abs(delay - DELAY) <= 0.03 for delay in told["delay_s"].values())
    assert max(told["rmse_m"].values()) < 0.25
    assert told["peers"]["least_squares"]["rmse_m_los"] == pytest.approx(1.0, abs=0.01)
    assert told["peers"]["published_filter"]["rmse_m_nlos"] == pytest.approx(2.0, abs=0.01)
    assert told["samples"]["LOS_one"] > 80
    assert told["covered_95"] > 0.85


def test_one_run_alone_or_a_missing_column_is_refused(tmp_path: Path) -> None:
    make(tmp_path / "train" / "LOS_one", 1)
    with pytest.raises(ValueError, match="--test"):
        positioning.run(tmp_path / "train")
    with pytest.raises(FileNotFoundError):
        positioning.run(tmp_path / "train" / "LOS_one")
    file = tmp_path / "train" / "LOS_one" / "LS.parquet"
    pl.read_parquet(file).drop("x").write_parquet(file)
    with pytest.raises(ValueError, match="the column x is missing"):
        positioning.run(tmp_path / "train", tmp_path / "train")
