"""`yufang bench anomalies`: disturbances of a water loop (SKAB), each experiment judged from its own start.

Protocol (the leaderboard's): of each experiment the first 400 rows, which are normal, train; all later rows are judged
one by one, in order, from what was there until then; rows of all experiments are pooled. F1 counts rows labelled
anomalous; `false_alarm_rate` is the share of normal rows that alarm, `missing_alarm_rate` that of anomalous rows that
don't.

No label is learned from. From the training folder comes the wander of each sensor: how far its level moves between the
normal starts of experiments that follow one another. Without `test`, the experiments are halved by time, and each half
is judged with the wander of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from yufang.bench.plant_peers import Alarms, Floats, Peer, autoencoder, isolation_forest, t2_q, three_sd
from yufang.sensing.multivariate import fit, score, wander_between
from yufang.sensing.multivariate.model import index_of

FILE = "readings.parquet"
KEYS = ("experiment", "datetime", "anomaly", "changepoint")
START = 400
FALSE_ALARMS = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """rows (n, m) of `variables`, labels (n,), and when it began (s since 1970)."""

    name: str
    rows: Floats
    labels: Alarms
    began: float


def load(folder: Path) -> tuple[list[Experiment], list[str]]:
    """Labelled experiments of `folder` by time, and their sensors. Raises FileNotFoundError and ValueError."""
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `bench anomalies` needs the readings of the experiments there")
    rows = pl.read_parquet(path)
    missing = [name for name in KEYS if name not in rows.columns]
    if missing:
        raise ValueError(f"{path} lacks the column {', '.join(missing)}; it needs {', '.join(KEYS)}")
    sensors = [name for name in rows.columns if name not in KEYS and rows[name].dtype.is_numeric()]
    rows = rows.with_columns(pl.col("datetime").cast(pl.String).str.to_datetime(strict=False).alias("datetime"))
    for name in [*sensors, "datetime"]:
        unread = pl.col(name).is_null() if name == "datetime" else pl.col(name).is_null() | ~pl.col(name).is_finite()
        bad = rows.with_row_index().filter(unread)
        if len(bad):
            raise ValueError(f"{path}, row {bad['index'][0] + 1}: {name} cannot be read ({bad[name][0]})")
    found = []
    for (name,), group in rows.group_by("experiment", maintain_order=True):
        if group["anomaly"].null_count():
            continue  # the run without labels
        part = group.sort("datetime", maintain_order=True)
        if len(part) <= START:
            raise ValueError(f"{path}, experiment {name}: {len(part)} rows, but the first {START} train")
        labels = part["anomaly"].to_numpy() > 0
        values = part.select(sensors).to_numpy().astype(np.float64)
        found.append(Experiment(str(name), values, labels, part["datetime"][0].timestamp()))
    return sorted(found, key=lambda one: one.began), sensors


def folds(train: Path, test: Path | None) -> tuple[list[tuple[list[Experiment], list[Experiment]]], list[str]]:
    """(training, judged) experiments, once or for each half, and the sensors of all."""
    own, sensors = load(train)
    if test is None:
        half = len(own) // 2
        return [(own[half:], own[:half]), (own[:half], own[half:])], sensors
    other, others = load(test)
    if others != sensors:
        raise ValueError(f"{test}: its sensors {others} differ from those of {train}: {sensors}")
    return [(own, other)], sensors


def wander_of(experiments: Sequence[Experiment], sensors: Sequence[str]) -> Floats:
    """(m,): wander to expect from the middle of the training rows to the middle of the judged ones.

    Measured between experiments that follow one another (no further apart than twice the usual time), and brought to
    the shorter time as a random walk would be.
    """
    if len(experiments) < 2:
        return np.zeros(len(sensors))
    gaps = np.array([later.began - earlier.began for earlier, later in pairwise(experiments)])
    usual = float(np.median(gaps))
    moves = [
        wander_between([earlier.rows[:START], later.rows[:START]])
        for (earlier, later), gap in zip(pairwise(experiments), gaps.tolist(), strict=True)
        if gap <= 2.0 * usual
    ]
    rows = float(np.mean([len(one.rows) for one in experiments]))
    ahead = START / 2 + (rows - START) / 2  # rows; one a second
    return np.asarray(np.mean(moves, axis=0) * min(1.0, ahead / usual), dtype=np.float64)


def counts(alarms: Alarms, labels: Alarms) -> Floats:
    """Alarms that are right, wrong, missing, and quiet rows that are right."""
    pairs = ((alarms, labels), (alarms, ~labels), (~alarms, labels), (~alarms, ~labels))
    return np.array([float((one & other).sum()) for one, other in pairs])


def rates(total: Floats) -> dict[str, float]:
    right, wrong, missing, quiet = (float(number) for number in total)
    return {
        "f1": 2 * right / max(2 * right + wrong + missing, 1.0),
        "false_alarm_rate": wrong / max(wrong + quiet, 1.0),
        "missing_alarm_rate": missing / max(missing + right, 1.0),
    }


def run(train: Path, test: Path | None = None, seed: int = 0) -> dict[str, Any]:
    """Metrics of the model and its peers, on the same rows."""
    found, metrics = measured(train, test)
    peers: dict[str, Callable[[Floats], Peer]] = {
        "t2_q": t2_q,
        "isolation_forest": lambda rows: isolation_forest(rows, seed),
        "autoencoder": lambda rows: autoencoder(rows, (5, 2, 5), times=2.5, seed=seed),
        "three_sd": three_sd,
        "always": lambda rows: lambda x: np.ones(len(x), bool),
    }
    return {**metrics, "peers": {name: _peer(make, found) for name, make in peers.items()}}


def measured(train: Path, test: Path | None = None) -> tuple[list[Experiment], dict[str, Any]]:
    """The judged experiments, and the model's metrics on them."""
    parts, sensors = folds(train, test)
    if not any(judged for _, judged in parts):
        raise ValueError(f"{test or train}: no labelled experiment to judge")
    wanders = [wander_of(known, sensors) for known, _ in parts]
    found = [
        (one, counts(alarms_of(one, wander), one.labels[START:]))
        for (_, judged), wander in zip(parts, wanders, strict=True)
        for one in judged
    ]
    return [one for one, _ in found], {
        "experiments": len(found),
        "rows_judged": sum(len(one.rows) - START for one, _ in found),
        **rates(np.asarray(np.sum([count for _, count in found], axis=0))),
        "by_experiment": {one.name: rates(count) for one, count in found},
        "chosen": {
            "false_alarms": FALSE_ALARMS,
            "wander": [dict(zip(sensors, np.round(wander, 3).tolist(), strict=True)) for wander in wanders],
        },
    }


def alarms_of(one: Experiment, wander: Floats) -> Alarms:
    """Alarms of the judged rows of an experiment."""
    start = one.rows[:START]
    moves = np.ptp(start, axis=0) > 0  # a sensor that stood still in training says nothing
    names = [str(n) for n in np.flatnonzero(moves)]
    model = fit(start[:, moves], names, wander=wander[moves], false_alarms=FALSE_ALARMS)
    return np.asarray(index_of(score(model, one.rows[START:, moves])) > 1.0)


def _peer(make: Callable[[Floats], Peer], judged: Sequence[Experiment]) -> dict[str, float]:
    total = np.zeros(4)
    for one in judged:
        moves = np.ptp(one.rows[:START], axis=0) > 0
        judge = make(one.rows[:START, moves])
        total = total + counts(judge(one.rows[START:, moves]), one.labels[START:])
    return rates(total)
