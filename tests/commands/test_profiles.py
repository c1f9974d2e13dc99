"""`yufang profile`: exposure against limits, profiles anew by other rules and tables, groups; refusals by name."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from tests.server.made import make_run
from yufang.cli import app
from yufang.commands.errors import UserError
from yufang.profiles.stored import read_exposure
from yufang.run.results import RunResults

HEAD = "enterprise_id,place,post,agent,value,unit,minutes,measured_on,people\n"
NOISE = "E00001,车间,冲压工,noise,88,dB(A),480,2026-05-01,30\n"


def yufang(*words: object) -> Result:
    return CliRunner().invoke(app, ["profile", *map(str, words)], env={"COLUMNS": "200"})


def refused(*words: object) -> UserError:
    result = yufang(*words)
    assert isinstance(result.exception, UserError), result.output
    assert result.exception.way_out
    return result.exception


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", enterprises=12)


def test_measurements_are_printed_and_kept_beside_the_run(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_text(HEAD + NOISE, "utf-8")
    result = yufang("exposure", file, "--into", run)
    assert result.exit_code == 0, result.output
    assert "over" in result.output
    (kept,) = read_exposure(run)
    assert (kept.enterprise_id, kept.verdict) == ("E00001", "over")
    told = json.loads(yufang("exposure", file, "--json").stdout)
    assert told[0]["index"] == pytest.approx(2.0)


def test_a_wrong_row_leaves_what_was_kept_as_it_was(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_text(HEAD + NOISE, "utf-8")
    yufang("exposure", file, "--into", run)
    file.write_text(HEAD + NOISE + NOISE.replace(",88,", ",-3,"), "utf-8")
    error = refused("exposure", file, "--into", run)
    assert error.message.startswith("row 2: value is '-3'")
    assert len(read_exposure(run)) == 1


def test_profiles_are_worked_out_anew_by_a_local_colour_table(run: Path, tmp_path: Path) -> None:
    rules = tmp_path / "colours.yaml"
    rules.write_text('{urn: u, version: "1", rules: [{rule: L1, colour: yellow}]}', "utf-8")
    result = yufang("region", run, "--colours", rules)
    assert result.exit_code == 0, result.output
    profiles = RunResults.read(run).profiles
    assert {p.colour for p in profiles} == {"yellow"}
    assert {p.colour_rule for p in profiles} == {"L1"}


def test_tables_that_cannot_be_used_change_nothing(run: Path, tmp_path: Path) -> None:
    before = RunResults.read(run)
    pay = tmp_path / "pay.csv"
    pl.DataFrame({"enterprise_id": ["E00001"], "payroll": [-100.0]}).write_csv(pay)
    assert "payroll of E00001 is -100" in refused("region", run, "--exposure", pay).message
    rules = tmp_path / "colours.yaml"
    rules.write_text("rules: []", "utf-8")
    assert "colour table" in refused("region", run, "--colours", rules).message
    assert "does not exist" in refused("region", run, "--signals", tmp_path / "none.csv").message
    assert "no finished run" in refused("groups", tmp_path).message
    after = RunResults.read(run)
    assert after.profiles == before.profiles
    assert after.warnings == before.warnings


def test_the_region_by_groups_adds_up(run: Path) -> None:
    told = json.loads(yufang("groups", run, "--at", "2026-06-30", "--json").stdout)
    sectors = [g for g in told["groups"] if g["dimension"] == "sector"]
    assert sum(g["injuries"] for g in sectors) == told["injuries"]
