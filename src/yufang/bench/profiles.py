"""`yufang bench profiles`: expected lost days of a mine's next quarter, from lags only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from yufang.profiles.credibility import BuhlmannStraub, Floats
from yufang.profiles.expected import ExpectedLoss

FILE = "panel.parquet"
KINDS = ("lost", "restrict", "death", "dis", "viol")


def load(folder: Path) -> pl.DataFrame:
    """Active mine-quarters of `folder`. Raises FileNotFoundError where the panel is missing."""
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `bench profiles` needs the mine-quarter panel there")
    return pl.read_parquet(path).filter(pl.col("active"))


def split(train: Path, test: Path | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Training and test rows: another folder, or the last year of the training folder."""
    rows = load(train)
    if test is not None:
        return rows, load(test)
    last = rows["year"].max()
    return rows.filter(pl.col("year") < last), rows.filter(pl.col("year") == last)


def features(rows: pl.DataFrame) -> Floats:
    """Lag columns, their recent share, and the quarter of the year; shape (n, 26)."""
    columns = []
    for kind in KINDS:
        quarter, year, three = (
            rows[f"last.{window}.{kind}"].to_numpy().astype(float) for window in ("quarter", "year", "three.years")
        )
        # A quarter, a year and three years of the same rate would give the same figure; what differs is the trend.
        columns += [quarter, year, three, (quarter + 1) / (year / 4 + 1), (year + 1) / (three / 3 + 1)]
    columns.append(rows["quarter"].to_numpy().astype(float))
    return np.column_stack(columns)


def score(loss: Floats, predicted: Floats) -> dict[str, float]:
    """The bench's metrics for predicted lost days (n,) against what was lost (n,)."""
    mu = np.maximum(predicted, 1e-9)
    tenth = np.argsort(-predicted, kind="stable")[: len(loss) // 10]
    log_ratio = np.where(loss > 0, loss * np.log(np.where(loss > 0, loss, 1.0) / mu), 0.0)
    return {
        "auc_any_lost": float(roc_auc_score(loss > 0, predicted)),
        "spearman_lost": float(spearmanr(loss, predicted)[0]),
        "top_decile_share": float(loss[tenth].sum() / loss.sum()),
        "poisson_deviance": float(2 * np.mean(log_ratio - (loss - mu))),
    }


def run(train: Path, test: Path | None = None, seed: int = 0) -> dict[str, Any]:
    """Metrics of the profile's loss model and of its peers, on the same rows."""
    fit_rows, test_rows = split(train, test)
    loss = fit_rows["num.days.lost"].to_numpy().astype(float)
    observed = test_rows["num.days.lost"].to_numpy().astype(float)
    model = ExpectedLoss.fit(features(fit_rows), loss, seed=seed)
    result: dict[str, Any] = {"rows_train": len(fit_rows), "rows_test": len(test_rows)}
    result |= score(observed, model.predict(features(test_rows)))
    result["peers"] = {
        "last_year_count": score(observed, _last_year(fit_rows, test_rows, loss)),
        "buhlmann_straub": score(observed, _credibility(fit_rows, test_rows, loss)),
        "gradient_boosting": score(observed, _boosting(fit_rows, test_rows, loss, seed)),
    }
    return result


def _last_year(fit_rows: pl.DataFrame, test_rows: pl.DataFrame, loss: Floats) -> Floats:
    """Last year's lost days as a line through the training rows, so that its deviance is a fair one."""
    x = fit_rows["last.year.lost"].to_numpy().astype(float)
    slope, level = np.polyfit(x, loss, 1)
    predicted: Floats = np.maximum(level, 1e-3) + slope * test_rows["last.year.lost"].to_numpy().astype(float)
    return predicted


def _credibility(fit_rows: pl.DataFrame, test_rows: pl.DataFrame, loss: Floats) -> Floats:
    """Bühlmann-Straub over mines: quarters are periods; the own mean is that of the last three years."""
    _, entity = np.unique(fit_rows["mine_id"].to_numpy(), return_inverse=True)
    model = BuhlmannStraub.fit(entity.astype(np.int64), loss, np.ones_like(loss))
    own = test_rows["last.three.years.lost"].to_numpy().astype(float) / 12
    estimate: Floats = np.maximum(model.estimate(own, np.full(len(own), 12.0)), 1e-3)
    return estimate


def _boosting(fit_rows: pl.DataFrame, test_rows: pl.DataFrame, loss: Floats, seed: int) -> Floats:
    """Untuned Poisson gradient boosting over the raw lag columns."""
    lags = [c for c in fit_rows.columns if c.startswith("last.")]
    parameters = {"objective": "poisson", "verbose": -1, "num_threads": 1, "seed": seed}
    booster = lgb.train(parameters, lgb.Dataset(fit_rows.select(lags).to_numpy().astype(float), loss), 100)
    predicted = booster.predict(test_rows.select(lags).to_numpy().astype(float))
    return np.asarray(predicted, dtype=float)
