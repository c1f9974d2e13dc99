"""`yufang sensing train`, `forecast` and `drift` answer in both languages, and refuse bad input with a way out."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from tests.sensing.forecast.conftest import made_up
from yufang.commands.errors import UserError
from yufang.commands.sensing_train import register
from yufang.sensing.forecast import learners, store, train
from yufang.sensing.forecast.model import Model

app = typer.Typer()
register(app)


def write(path: Path, days: float, seed: int) -> Path:
    series = made_up(days, seed)
    times = pl.int_range(0, len(series), eager=True) * round(series.every_s * 1e6) + (series.start or 0)
    columns = {"time": times.cast(pl.Datetime("us", "UTC")), "ch4": series.value, **series.beside}
    pl.DataFrame(columns).write_parquet(path)
    return path


def run(*arguments: str) -> str:
    found = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert found.exit_code == 0
    return found.stdout


def test_a_model_is_trained_from_a_file_and_told_with_its_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train.train, "__kwdefaults__", train.train.__kwdefaults__ | {"learners": (learners.Envelope,)})
    out = tmp_path / "new" / "ch4.forecast"
    source = write(tmp_path / "rows.parquet", 1.5, 1)
    arguments = ("--channel", "ch4", "--limit", "1.0", "--production", "shearer", "--every-s", "60", "--out", str(out))
    told = run("train", "--from", str(source), *arguments)
    model = store.load(out)
    assert model.version in told
    assert "越限" in told
    assert "onsets" in told
    assert model.card.trained_at.startswith("20")
    assert model.roles == {"shearer": "production"}


def test_forecast_and_drift_read_the_model_and_the_rows(model: Model, tmp_path: Path) -> None:
    file = tmp_path / "ch4.forecast"
    store.save(model, file)
    source = write(tmp_path / "rows.parquet", 0.5, 3)
    found = json.loads(run("forecast", "--from", str(source), "--model", str(file), "--json"))
    assert found["state"] in ("told", "above")
    assert found["model"] == model.version
    assert found["channel"] in run("forecast", "--from", str(source), "--model", str(file))
    verdict = run("drift", "--from", str(source), "--model", str(file)).partition(":")[0]
    assert verdict in ("holds", "watch", "retrain", "cannot_tell")


def test_what_is_wrong_and_the_way_out_come_in_both_languages(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.parquet", 0.5, 3)
    with pytest.raises(UserError) as refused:
        run("train", "--from", str(source), "--channel", "co", "--limit", "1", "--out", str(tmp_path / "m"))
    assert "has no channel co; it has ch4" in refused.value.message
    assert "没有通道 co" in refused.value.message
    assert "改正通道名" in refused.value.way_out
    assert not (tmp_path / "m").exists()
