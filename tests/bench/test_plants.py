"""`yufang bench faults` and `bench anomalies`: trained on normal rows alone, and better than their peers."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from yufang.bench import anomalies, faults, plant_peers
from yufang.sensing.multivariate import fit

SHARED = Path(os.environ.get("YUFANG_SHARED", Path(__file__).resolve().parents[3] / "shared"))


def _shared(name: str) -> Path:
    folder = SHARED / "data" / name
    assert folder.exists(), f"{folder} is missing: set YUFANG_SHARED to the folder of shared data"
    return folder


@pytest.mark.data
def test_plant_faults_are_found_from_normal_rows_at_few_false_alarms() -> None:
    rows = faults.load(_shared("tennessee_eastman"))
    names = faults.variables_of(rows)
    model = fit(faults.run_of(rows, 0, "train", names), names, step_s=faults.STEP_S)
    runs = {fault: faults.run_of(rows, fault, "test", names)[:360] for fault in (5, 10)}
    found = faults.measured(faults.ours(model), runs, np.empty((0, len(names))))
    assert found["fault_detection_rate"] >= 0.94
    assert found["false_alarm_rate"] <= 0.02
    assert found["normal_run"] is None


@pytest.mark.data
def test_disturbances_of_the_water_loop_are_found_better_than_by_t2_and_q() -> None:
    known, _ = anomalies.load(_shared("skab"))
    wander = anomalies.wander_of(known, [""] * 8)
    judged = known[8:11]
    ours, theirs = np.zeros(4), np.zeros(4)
    for one in judged:
        labels = one.labels[anomalies.START :]
        ours += anomalies.counts(anomalies.alarms_of(one, wander), labels)
        peer = plant_peers.t2_q(one.rows[: anomalies.START])
        theirs += anomalies.counts(peer(one.rows[anomalies.START :]), labels)
    assert anomalies.rates(ours)["f1"] >= 0.8
    assert anomalies.rates(ours)["f1"] > anomalies.rates(theirs)["f1"]
    assert anomalies.rates(ours)["false_alarm_rate"] < anomalies.rates(theirs)["false_alarm_rate"]


def _loop(folder: Path, experiments: int, flip: bool = False) -> Path:
    """Made-up experiments of three sensors: 400 normal rows, then a disturbance of one of them."""
    folder.mkdir()
    parts = []
    for n in range(experiments):
        rng = np.random.default_rng(n)
        values = rng.normal(size=(600, 3))
        values[450:550, 1] += 3.0
        labels = np.zeros(600)
        labels[450:550] = 1.0
        times = pl.datetime_range(
            pl.datetime(2020, 1, 1, n), pl.datetime(2020, 1, 1, n, 9, 59), interval="1s", eager=True
        )
        parts.append(
            pl.DataFrame(
                {
                    "experiment": [f"made/{n}"] * 600,
                    "datetime": times.dt.strftime("%Y-%m-%d %H:%M:%S"),
                    **{f"s{i}": values[:, i] for i in range(3)},
                    "anomaly": 1.0 - labels if flip else labels,
                    "changepoint": labels,
                }
            )
        )
    pl.concat(parts).write_parquet(folder / anomalies.FILE)
    return folder


def test_no_label_is_learned_from(tmp_path: Path) -> None:
    """With every label turned round the same rows alarm: what was right is wrong."""
    _, one = anomalies.measured(_loop(tmp_path / "one", 2))
    _, other = anomalies.measured(_loop(tmp_path / "other", 2, flip=True))
    assert one["chosen"] == other["chosen"]
    assert one["missing_alarm_rate"] == pytest.approx(1.0 - other["false_alarm_rate"])
    assert one["f1"] > 0.8


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = _loop(tmp_path / "one", 1)
    rows = pl.read_parquet(folder / anomalies.FILE)
    broken = rows.with_columns(s1=pl.when(pl.int_range(pl.len()) == 7).then(None).otherwise(pl.col("s1")))
    broken.write_parquet(folder / anomalies.FILE)
    with pytest.raises(ValueError, match="row 8: s1 cannot be read"):
        anomalies.load(folder)
    with pytest.raises(FileNotFoundError, match="`bench faults` needs"):
        faults.load(folder)


def test_delay_counts_to_the_third_alarm_in_a_row() -> None:
    alarms = np.array([0, 1, 1, 0, 1, 1, 1, 0], bool)
    assert faults.delay_of(alarms) == 7
    assert faults.delay_of(alarms[:4]) == 4
