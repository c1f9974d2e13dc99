"""`yufang bench scopes`: the general model, the scope's own and the blend, side by side on each scope's test rows.

Where to lean on the scope is decided on training rows, out of fold; the test rows only judge. The scopes are the
largest groups of a column: the state of the mine, or the sector of the employer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yufang.cases.coder import Coder
from yufang.cases.scopes import fit_scope

MOST_SCOPES = 6
TEST_SHARE = 0.25
# task → column that groups its rows, how many of its signs count (0: all)
GROUPS = {"body_part": ("state_fips", 0), "event": ("naics", 2), "nature": ("naics", 2), "source": ("naics", 2)}


def run(train: Path, test: Path | None, task: str, seed: int = 0) -> dict[str, Any]:
    """Fit the general model once and each scope beside it. ValueError for a task whose rows have no group."""
    if task not in GROUPS:
        raise ValueError(f"task {task!r} has no column to group by; choose one of {', '.join(GROUPS)}")
    learn, judge = _split(train, test, task, seed)
    texts, labels = learn["narrative"].to_list(), learn[task].to_list()
    general = Coder(task).fit(texts, labels, seed=seed)
    result: dict[str, Any] = {"task": task, "train_rows": learn.height, "test_rows": judge.height}
    scopes: dict[str, Any] = {}
    totals = {"general": 0, "own": 0, "blend": 0, "answer": 0, "rows": 0}
    largest = learn["group"].value_counts(sort=True).sort("count", "group", descending=[True, False])["group"]
    for group in largest.head(MOST_SCOPES).to_list():
        inside = (learn["group"] == group).to_numpy()
        scope = f"{GROUPS[task][0]}={group}"
        fitted = fit_scope(general, texts, labels, inside, scope, seed=seed)
        rows = judge.filter(pl.col("group") == group)
        if not rows.height or fitted.tried is None:
            continue
        hits = _hits(fitted.tried.labels, fitted.tried.predict_proba(rows["narrative"].to_list()), rows[task])
        plain = general.predict_proba(rows["narrative"].to_list())
        own = _onto(fitted.tried.predict_proba(rows["narrative"].to_list()), fitted.tried.labels, general.labels)
        w = fitted.report.weight
        counted = {
            "general": _hits(general.labels, plain, rows[task]),
            "own": hits,
            "blend": _hits(general.labels, (1 - w) * plain + w * own, rows[task]),
        }
        counted["answer"] = counted["blend"] if fitted.report.kept else counted["general"]
        scopes[scope] = {
            "train_rows": fitted.report.rows,
            "test_rows": rows.height,
            "weight": w,
            "kept": fitted.report.kept,
            "out_of_fold_gain": fitted.report.gain,
            "out_of_fold_gain_error": fitted.report.gain_error,
            **{f"{name}_accuracy": float(hit.mean()) for name, hit in counted.items()},
        }
        totals["rows"] += rows.height
        for name, hit in counted.items():
            totals[name] += int(hit.sum())
    share = {name: totals[name] / max(totals["rows"], 1) for name in totals if name != "rows"}
    result |= {"scopes": scopes, "kept": sum(one["kept"] for one in scopes.values()), "accuracy": share["answer"]}
    result["peers"] = {
        "general": {"accuracy": share["general"]},
        "own": {"accuracy": share["own"]},
        "always_blend": {"accuracy": share["blend"]},
    }
    return result


def _hits(labels: tuple[str, ...], probability: NDArray[np.floating], truth: pl.Series) -> NDArray[np.bool_]:
    return np.array([labels[c] == one for c, one in zip(probability.argmax(axis=1), truth, strict=True)])


def _onto(probability: NDArray[np.float32], labels: tuple[str, ...], onto: tuple[str, ...]) -> NDArray[np.float64]:
    out = np.zeros((len(probability), len(onto)))
    out[:, [onto.index(label) for label in labels]] = probability
    return out


def _split(train: Path, test: Path | None, task: str, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Training and test rows with `group`: another folder, else the last year, else a quarter drawn by `seed`."""
    rows = _rows(train, task)
    if test is not None:
        return rows, _rows(test, task)
    if "year" in rows.columns:
        last = rows["year"].max()
        return rows.filter(pl.col("year") < last), rows.filter(pl.col("year") == last)
    order = np.random.default_rng(seed).permutation(rows.height)
    held = round(rows.height * TEST_SHARE)
    return rows[np.sort(order[held:])], rows[np.sort(order[:held])]


def _rows(folder: Path, task: str) -> pl.DataFrame:
    column, signs = GROUPS[task]
    path = folder / "cases.parquet"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `bench scopes` reads narrative, {task}, {column} from it")
    frame = pl.read_parquet(path)
    missing = [name for name in ("narrative", task, column) if name not in frame.columns]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}; it has {', '.join(frame.columns)}")
    group = pl.col(column).cast(pl.String)
    return frame.drop_nulls(["narrative", task, column]).with_columns(
        pl.col(task).cast(pl.String).str.strip_chars(), group=group.str.slice(0, signs) if signs else group
    )
