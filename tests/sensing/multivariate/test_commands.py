"""A model of several channels without Python: trained from a file, checked on another, put into a detector."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from yufang.commands.errors import UserError
from yufang.commands.sensing import app
from yufang.sensing.channels import Channel
from yufang.sensing.detectors import Engine

KEYS = ("flow", "pressure", "power")


def plant(rows: int, seed: int) -> np.ndarray:
    """Three channels that follow one load."""
    rng = np.random.default_rng(seed)
    load = rng.normal(0, 1, rows)
    return np.column_stack([50 + 5 * load, 3 - 0.2 * load, 20 + 2 * load]) + rng.normal(0, 0.05, (rows, 3))


def file(path: Path, rows: np.ndarray) -> Path:
    pl.DataFrame(dict(zip(KEYS, rows.T, strict=True))).write_parquet(path)
    return path


def run(*arguments: str) -> str:
    found = CliRunner().invoke(app, ["monitor", *arguments], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def test_a_model_is_trained_checked_and_run_by_a_detector(tmp_path: Path) -> None:
    out, normal = tmp_path / "new" / "pump.model", file(tmp_path / "normal.parquet", plant(400, 1))
    told = run("train", "--data", str(normal), "--out", str(out), "--name", "pump")
    assert "400" in told
    assert '"kind": "multivariate"' in told
    assert "正常数据" in told
    same = json.loads(
        run("check", "--data", str(file(tmp_path / "same.parquet", plant(300, 2))), "--model", str(out), "--json")
    )
    broken = plant(300, 3)
    broken[150:, 1] += 0.5  # the pressure no longer follows the load
    other = json.loads(run("check", "--data", str(file(tmp_path / "b.parquet", broken)), "--model", str(out), "--json"))
    assert (same["raised"], same["above"] < 0.02) == (0, True)
    assert (other["raised"], other["above"] > 0.4) == (1, True)
    assert "pressure" in other["reasons"][0]
    channels = [Channel(key=key, device="p", quantity=key, unit="") for key in KEYS]
    Engine.from_config({"detectors": [{"kind": "multivariate", "name": "pump", "model": str(out)}]}, channels)


def test_gaps_are_left_out_and_what_is_wrong_is_told_in_both_languages(tmp_path: Path) -> None:
    rows = plant(200, 4)
    rows[10:20, 2] = np.nan
    data = file(tmp_path / "gaps.parquet", rows)
    found = json.loads(run("train", "--data", str(data), "--out", str(tmp_path / "m"), "--json"))
    assert (found["rows"], found["rows_left_out"], found["channels"]) == (190, 10, list(KEYS))
    wrong = [
        ("train", "--data", str(tmp_path / "none.parquet"), "--out", "x"),
        ("train", "--data", str(data), "--channels", "flow,nobody", "--out", "x"),
        ("train", "--data", str(data), "--channels", "flow", "--out", "x"),
        ("check", "--data", str(data), "--model", str(data)),
    ]
    for arguments in wrong:
        with pytest.raises(UserError) as refused:
            run(*arguments)
        assert any("\u4e00" <= c <= "\u9fff" for c in str(refused.value)), arguments
