"""`yufang bench rates`: next year's loss per payroll of an occupation class, from earlier years."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from yufang.profiles.credibility import BuhlmannStraub
from yufang.rates.experience import fit_experience
from yufang.rates.panel import Floats, Panel

FILE = "panel.parquet"
COLUMNS = ("occupation_class", "year", "payroll", "loss")


def load(folder: Path) -> pl.DataFrame:
    """Class-years of `folder`. Raises FileNotFoundError, and ValueError naming the column, row and rule."""
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `bench rates` needs the panel of classes and years there")
    rows = pl.read_parquet(path)
    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise ValueError(f"{path} lacks the column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
    for name in ("payroll", "loss"):
        bad = rows.with_row_index().filter(pl.col(name).is_null() | (pl.col(name) < 0))
        if len(bad):
            row = bad.row(0, named=True)
            raise ValueError(
                f"{path}, row {row['index'] + 1}, class {row['occupation_class']}, year {row['year']}: {name} is "
                f"{row[name]}, but must be a number of at least 0; correct it, then run the bench again"
            )
    return rows


def split(train: Path, test: Path | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Training and test rows: another folder, or the last year of the training folder."""
    rows = load(train)
    if test is not None:
        return rows, load(test)
    last = rows["year"].max()
    return rows.filter(pl.col("year") < last), rows.filter(pl.col("year") == last)


def score(rate: Floats, payroll: Floats, loss: Floats) -> dict[str, float]:
    """`payroll_weighted_rmse` of the loss per payroll, and `total_ratio` foretold to actual loss; rows with payroll
    only."""
    paid = payroll > 0
    rate, payroll, loss = rate[paid], payroll[paid], loss[paid]
    error = np.sqrt(np.average((loss / payroll - rate) ** 2, weights=payroll))
    return {"payroll_weighted_rmse": float(error), "total_ratio": float((rate * payroll).sum() / loss.sum())}


def run(train: Path, test: Path | None = None, seed: int = 0) -> dict[str, Any]:
    """Metrics of the experience rating and of its peers, on the same rows. Nothing here is random; `seed` is unused."""
    fit_rows, test_rows = split(train, test)
    classes = np.unique(fit_rows["occupation_class"].to_numpy())
    entity = np.searchsorted(classes, fit_rows["occupation_class"].to_numpy())
    panel = Panel.of(
        entity,
        fit_rows["year"].to_numpy(),
        fit_rows["payroll"].to_numpy().astype(float),
        fit_rows["loss"].to_numpy().astype(float),
    )
    found = fit_experience(panel)
    payroll, loss = (test_rows[name].to_numpy().astype(float) for name in ("payroll", "loss"))
    at = np.searchsorted(classes, test_rows["occupation_class"].to_numpy()).clip(0, len(classes) - 1)
    known = classes[at] == test_rows["occupation_class"].to_numpy()
    overall = float((panel.exposure * panel.rate).sum() / panel.exposure.sum())

    def scored(rates: Floats, unknown: float) -> dict[str, float]:
        return score(np.where(known, rates[at], unknown), payroll, loss)

    exposure, own = panel.totals()
    straub = BuhlmannStraub.fit(panel.entity, panel.rate, panel.exposure)
    return {
        "rows_train": len(fit_rows),
        "rows_test": len(test_rows),
        "rows_test_without_payroll": int((payroll <= 0).sum()),
        **scored(found.rate, float(found.group_rate.mean())),
        "chosen": {
            "outlier_limit_sd": found.choice.limit,
            "glm_weight": found.choice.weight,
            "glm_ridge": found.choice.ridge,
            "gain_on_held_out_training_years": found.choice.gain,
            "class_years_limited": found.cut,
        },
        "peers": {
            "buhlmann_straub": scored(straub.estimate(own, exposure), straub.mean),
            "class_mean": scored(np.where(exposure > 0, own, overall), overall),
            "overall_mean": scored(np.full(len(classes), overall), overall),
            "credibility_limited": scored(found.credibility_rate, float(found.group_rate.mean())),
            "glm": scored(found.glm_rate, float(found.group_rate.mean())),
        },
    }
