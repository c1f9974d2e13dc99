"""What the platform said of the made-up region, held against the truth that only its maker knows."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl

from yufang.run import RunResults, newest_profiles


def check(folder: Path, results: RunResults, *, at: date) -> dict[str, float]:
    """Figures for the region in `folder`, in [0, 1] except the rank correlation, which is in [-1, 1].

    `auto_accuracy`: accident types that stand without a person and are right; `suggestion_accuracy`: first suggestions
    that are right among all open cases; `present_at_1/3/10`: deduced points that are present at the enterprise on that
    day; `present_by_chance`: the same for its own equipment's hazards picked blindly; `risk_rank_correlation`:
    Spearman's between the injuries foretold and those that the hidden state made likely in the last year.
    """
    truth = folder / "truth"
    figures = _coding(pl.read_parquet(truth / "cases.parquet"), results.codes)
    figures |= _deduction(folder, pl.read_parquet(truth / "present.parquet"), results, at)
    figures |= _profiles(folder, pl.read_parquet(truth / "enterprises.parquet"), results)
    return {name: round(value, 4) for name, value in figures.items()}


def _coding(truth: pl.DataFrame, codes: pl.DataFrame) -> dict[str, float]:
    told = codes.filter(pl.col("facet") == "accident_type").join(truth, on="case_id")
    if told.is_empty():
        return {}
    best = [json.loads(s)[0]["code"] for s in told["suggestions"]]
    auto = told.filter(pl.col("state") == "auto")
    return {
        "auto_share": len(auto) / len(told),
        "auto_accuracy": _share(auto["code"] == auto["accident_type"]),
        "suggestion_accuracy": _share(pl.Series(best) == told["accident_type"]),
    }


def _deduction(folder: Path, present: pl.DataFrame, results: RunResults, at: date) -> dict[str, float]:
    now = present.filter((pl.col("from") < at) & (pl.col("to") >= at))
    there = set(zip(now["credit_code"], now["hazard_key"], strict=True))
    said = [(owner, p.key, p.rank, p.probability) for owner, p in results.points if not p.key.startswith("article/")]
    if not said:
        return {}
    figures = {}
    for n in (1, 3, 10):
        top = [(owner, key) for owner, key, rank, _ in said if rank <= n]
        figures[f"present_at_{n}"] = sum(pair in there for pair in top) / len(top)
    possible = pl.read_parquet(folder / "truth" / "possible.parquet")
    figures["present_by_chance"] = len(there) / len(possible)
    figures["mean_probability"] = sum(p for *_, p in said) / len(said)
    return figures


def _profiles(folder: Path, truth: pl.DataFrame, results: RunResults) -> dict[str, float]:
    newest = newest_profiles(results.profiles)
    rows = truth.filter(pl.col("credit_code").is_in(list(newest)))
    told = pl.Series([newest[c].expected_injuries for c in rows["credit_code"]])
    ranks = pl.DataFrame({"a": told.rank(), "b": rows["expected_injuries"].rank()})
    return {"risk_rank_correlation": float(str(ranks.select(pl.corr("a", "b")).item()))}


def _share(right: pl.Series) -> float:
    return float(right.sum()) / max(len(right), 1)
