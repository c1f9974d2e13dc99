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
from yufang.profiles.pooling import Floor, choose_floor, deviance

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


def score(loss: Floats, predicted: Floats, any_loss: Floats | None = None) -> dict[str, float]:
    """The bench's metrics for predicted lost days (n,) against what was lost (n,).

    `auc_any_lost` is that of `any_loss`, the predicted chance of any loss, where a model gives one.
    """
    tenth = np.argsort(-predicted, kind="stable")[: len(loss) // 10]
    return {
        "auc_any_lost": float(roc_auc_score(loss > 0, predicted if any_loss is None else any_loss)),
        "spearman_lost": float(spearmanr(loss, predicted)[0]),
        "top_decile_share": float(loss[tenth].sum() / loss.sum()),
        "poisson_deviance": deviance(loss, predicted),
    }


def fit_floor(rows: pl.DataFrame, seed: int, years: int = 2) -> Floor:
    """The floor, chosen on the last `years` training years, each foretold by a model of the years before it."""
    folds = []
    last = int(str(rows["year"].max()))
    for year in range(last - years + 1, last + 1):
        before, then = rows.filter(pl.col("year") < year), rows.filter(pl.col("year") == year)
        if before.is_empty() or then.is_empty():
            continue
        model = ExpectedLoss.fit(features(before), lost(before), seed=seed)
        folds.append((model.predict(features(then)), lost(then)))
    return choose_floor(folds) if folds else Floor(0.0, 0.0, 0.0)


def lost(rows: pl.DataFrame) -> Floats:
    """Lost days of each row, shape (n,)."""
    return rows["num.days.lost"].to_numpy().astype(float)


def run(train: Path, test: Path | None = None, seed: int = 0) -> dict[str, Any]:
    """Metrics of the profile's loss model and of its peers, on the same rows."""
    fit_rows, test_rows = split(train, test)
    loss, observed = lost(fit_rows), lost(test_rows)
    floor = fit_floor(fit_rows, seed)
    model = ExpectedLoss.fit(features(fit_rows), loss, seed=seed)
    test_features = features(test_rows)
    free = model.predict(test_features)
    any_loss = model.predict_any(test_features)
    result: dict[str, Any] = {"rows_train": len(fit_rows), "rows_test": len(test_rows), "pooled_share": floor.share}
    result |= score(observed, floor.apply(free), any_loss)
    result["without_floor"] = score(observed, free, any_loss)
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
