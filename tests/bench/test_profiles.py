"""`bench profiles` on a made panel: it splits by time, beats the last-year count and says what is missing."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from yufang.bench import profiles

WINDOWS = {"quarter": 1, "year": 4, "three.years": 12}
COUNTS = {"lost": "num.days.lost", "restrict": "num.days.restrict", "death": "num.death", "dis": "num.dis"}


def panel(mines: int = 300, quarters: int = 32, seed: int = 2) -> pl.DataFrame:
    """Mines with gamma rates; injuries of ten days each; lags as the real panel has them."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.5, 0.6, (mines, 1))
    tables = {"num.days.lost": rng.poisson(rate, (mines, quarters)) * 10}
    tables |= {name: rng.poisson(0.1, (mines, quarters)) for name in list(COUNTS.values())[1:]}
    tables["viol.quantity"] = rng.poisson(2 * rate + 0.5, (mines, quarters))
    columns = {"mine_id": np.repeat(np.arange(mines), quarters), "quarter": np.tile(np.arange(quarters) % 4 + 1, mines)}
    columns["year"] = np.tile(np.arange(quarters) // 4 + 2000, mines)
    for kind, source in (COUNTS | {"viol": "viol.quantity"}).items():
        past = np.concatenate([np.zeros((mines, 1)), tables[source].cumsum(1)], axis=1)
        for window, length in WINDOWS.items():
            start = np.maximum(np.arange(quarters) - length, 0)
            columns[f"last.{window}.{kind}"] = (past[:, :-1] - past[:, start]).ravel()
    columns |= {name: table.ravel() for name, table in tables.items()}
    return pl.DataFrame(columns).with_columns(active=pl.lit(True)).filter(pl.col("year") >= 2003)


def test_the_model_ranks_better_than_last_year_alone(tmp_path: Path) -> None:
    panel().write_parquet(tmp_path / "panel.parquet")
    result = profiles.run(tmp_path)
    assert result["rows_test"] == 300 * 4
    assert result["auc_any_lost"] > result["peers"]["last_year_count"]["auc_any_lost"]
    assert result["poisson_deviance"] < result["peers"]["last_year_count"]["poisson_deviance"]


def test_same_seed_same_numbers(tmp_path: Path) -> None:
    panel(80).write_parquet(tmp_path / "panel.parquet")
    assert profiles.run(tmp_path, seed=3) == profiles.run(tmp_path, seed=3)


def test_the_answer_to_be_foretold_is_no_feature() -> None:
    rows = panel(20)
    changed = rows.with_columns(pl.col("num.days.lost") + 1000)
    assert np.array_equal(profiles.features(rows), profiles.features(changed))


def test_a_missing_panel_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"panel\.parquet is missing"):
        profiles.run(tmp_path)


def test_the_floor_is_chosen_on_training_rows_alone(tmp_path: Path) -> None:
    rows = panel(120)
    train, test = rows.filter(pl.col("year") < 2007), rows.filter(pl.col("year") == 2007)
    for name, part in (("train", train), ("test", test), ("other", test.with_columns(pl.col("num.days.lost") * 3))):
        (tmp_path / name).mkdir()
        part.write_parquet(tmp_path / name / "panel.parquet")
    one = profiles.run(tmp_path / "train", tmp_path / "test")
    other = profiles.run(tmp_path / "train", tmp_path / "other")
    assert one["pooled_share"] == other["pooled_share"]
    assert one["spearman_lost"] == pytest.approx(other["spearman_lost"])
    assert one["spearman_lost"] >= one["without_floor"]["spearman_lost"]
