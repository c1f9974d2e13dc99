"""`yufang bench faults`: faults of a chemical plant (Tennessee Eastman) found from its normal operation alone.

Protocol: train on the training rows of normal operation (fault 0, split `train`), and on nothing else; judge the `test`
rows of each fault present, which begin at sample 160; faults 3, 9 and 15 are left out, as they hardly move the plant.
A row alarms when the index of the model is above 1. Detection is the share of rows from sample 160 on that alarm, false
alarms the share of rows before it, both averaged over faults; `normal_run` is a test run without a fault, where there
is one. Delay: rows from sample 160 to the third alarm in a row, and the whole length where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from yufang.bench.plant_peers import Alarms, Floats, Peer, autoencoder, kernel_pca, pca
from yufang.sensing.multivariate import Model, fit, score
from yufang.sensing.multivariate.model import index_of

FILE = "process.parquet"
KEYS = ("fault", "split", "sample")
LEFT_OUT = (3, 9, 15)
ONSET = 160
IN_A_ROW = 3
STEP_S = 180.0


def load(folder: Path) -> pl.DataFrame:
    """Rows of `folder`. Raises FileNotFoundError, and ValueError naming the column, row and rule."""
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `bench faults` needs the plant's rows there")
    rows = pl.read_parquet(path)
    missing = [name for name in KEYS if name not in rows.columns]
    if missing:
        raise ValueError(f"{path} lacks the column {', '.join(missing)}; it needs {', '.join(KEYS)}")
    for name in variables_of(rows):
        bad = rows.with_row_index().filter(pl.col(name).is_null() | ~pl.col(name).is_finite())
        if len(bad):
            raise ValueError(f"{path}, row {bad['index'][0] + 1}: {name} is {bad[name][0]}, but must be a number")
    return rows


def variables_of(rows: pl.DataFrame) -> list[str]:
    """The columns that were measured or set."""
    return [name for name in rows.columns if name not in KEYS and rows[name].dtype.is_numeric()]


def run_of(rows: pl.DataFrame, fault: int, part: str, variables: list[str]) -> Floats:
    """(n, m) of one run, by sample."""
    chosen = rows.filter((pl.col("fault") == fault) & (pl.col("split") == part)).sort("sample")
    return chosen.select(variables).to_numpy().astype(np.float64)


def delay_of(alarms: Alarms) -> int:
    """Rows until the third alarm in a row is told; all of them where there is none."""
    in_a_row = np.convolve(alarms.astype(int), np.ones(IN_A_ROW, int), "valid") == IN_A_ROW
    return int(in_a_row.argmax()) + IN_A_ROW if in_a_row.any() else len(alarms)


def measured(judge: Peer, runs: Mapping[int, Floats], normal: Floats) -> dict[str, Any]:
    """Metrics of one method on the same rows; see the module's docstring."""
    alarms = {fault: judge(rows) for fault, rows in runs.items()}
    by_fault = {
        str(fault): {
            "fault_detection_rate": float(found[ONSET:].mean()),
            "false_alarm_rate": float(found[:ONSET].mean()),
            "delay_samples": delay_of(found[ONSET:]),
        }
        for fault, found in alarms.items()
    }
    return {
        "fault_detection_rate": float(np.mean([one["fault_detection_rate"] for one in by_fault.values()])),
        "false_alarm_rate": float(np.mean([one["false_alarm_rate"] for one in by_fault.values()])),
        "mean_delay_samples": float(np.mean([one["delay_samples"] for one in by_fault.values()])),
        "normal_run": float(judge(normal).mean()) if len(normal) else None,
        "by_fault": by_fault,
    }


def ours(model: Model) -> Peer:
    return lambda rows: np.asarray(index_of(score(model, rows)) > 1.0)


def run(train: Path, test: Path | None = None, seed: int = 0) -> dict[str, Any]:
    """Metrics of the model and its peers. Without `test`, the `test` rows of the training folder are judged."""
    rows = load(train)
    judged = load(test) if test is not None else rows
    variables = variables_of(rows)
    if variables_of(judged) != variables:
        odd = sorted(set(variables) ^ set(variables_of(judged)))
        raise ValueError(f"{test}: its variables differ from those of {train}: {', '.join(odd[:5])}")
    normal = run_of(rows, 0, "train", variables)
    faults = sorted(set(judged.filter(pl.col("split") == "test")["fault"].to_list()) - {0, *LEFT_OUT})
    if not len(normal) or not faults:
        raise ValueError(f"{train} has {len(normal)} normal training rows; the judged folder has the faults {faults}")
    moving = np.ptp(normal, axis=0) > 0
    kept = [name for name, moves in zip(variables, moving.tolist(), strict=True) if moves]
    normal = normal[:, moving]
    runs = {fault: run_of(judged, fault, "test", kept) for fault in faults}
    calm = run_of(judged, 0, "test", kept)
    model = fit(normal, kept, name="tennessee_eastman", step_s=STEP_S)
    peers = {
        "pca_t2_spe": pca(normal),
        "kernel_pca": kernel_pca(normal),
        "autoencoder": autoencoder(normal, (26,), seed=seed),
    }
    return {
        "rows_train": len(normal),
        "faults": faults,
        "variables": len(kept),
        "left_out_constant": [name for name in variables if name not in kept],
        **measured(ours(model), runs, calm),
        "chosen": {"lags": model.lags, "false_alarms": model.false_alarms, "judged": list(model.judged)},
        "peers": {name: _short(measured(peer, runs, calm)) for name, peer in peers.items()},
    }


def _short(metrics: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metrics.items() if name != "by_fault"}
