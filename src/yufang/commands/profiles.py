"""`yufang profile`: profiles of a run worked out anew, measured exposure against limits, the region by groups."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from yufang.commands.errors import UserError
from yufang.commands.options import parse_day, tier_rules
from yufang.lake import Lake
from yufang.profiles import ColourError, ProfileInputError, default_colours, profile_region, read_colours
from yufang.profiles.disease import ExposureResult, MeasurementError, assess, read_measurements
from yufang.profiles.regional import regional_view
from yufang.profiles.stored import write_exposure
from yufang.run.results import RunResults
from yufang.warning import warnings_for

app = typer.Typer(no_args_is_help=True)


@app.command()
def exposure(
    file: Annotated[Path, typer.Argument(help="Measurements: CSV (UTF-8), JSON array or JSON lines.")],
    into: Annotated[
        Path | None, typer.Option(help="Folder of a run; `yufang serve load` takes the results over from there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on standard output, nothing else.")] = False,
) -> None:
    """Exposure indices of dust, noise and chemicals against their limits, and the cases of disease to expect."""
    try:
        results = assess(read_measurements(file))
    except MeasurementError as error:
        raise UserError(error.message, error.way_out) from error
    if into is not None:
        if not (into / "results").is_dir():
            raise UserError(f"{into} holds no results", "Give the folder that `yufang run` wrote.")
        write_exposure(into, results)
    if as_json:
        print(json.dumps([asdict(r) for r in results], ensure_ascii=False, default=str))
        return
    Console().print(_exposure_table(results))


def _exposure_table(results: tuple[ExposureResult, ...]) -> Table:
    table = Table(title="接触指数 exposure indices", title_justify="left")
    for name in (
        "企业 enterprise",
        "岗位 post",
        "因素 agent",
        "测值 measured",
        "限值 limit",
        "指数 index",
        "",
        "预期病例 cases",
    ):
        table.add_column(name)
    for r in results:
        e = r.expected
        cases = f"{e.cases:.1f} ({e.low:.1f}-{e.high:.1f})" if e.cases is not None else f"无法判断 {e.why_en}"
        limit = "-" if r.limit is None else f"{r.limit:g}"
        index = "-" if r.index is None else f"{r.index:.2f}"
        table.add_row(
            r.enterprise_id,
            r.post,
            f"{r.name_zh} {r.fraction}",
            f"{r.twa:.3g} {r.unit}",
            limit,
            index,
            r.verdict,
            cases,
        )
    return table


@app.command()
def region(
    folder: Annotated[Path, typer.Argument(help="Folder that `yufang run` wrote.")],
    exposure: Annotated[
        Path | None, typer.Option(help="Hours, headcount or payroll by enterprise and month (CSV or Parquet).")
    ] = None,
    signals: Annotated[
        Path | None, typer.Option(help="What sensors, cameras or registers reported (CSV or Parquet).")
    ] = None,
    colours: Annotated[Path | None, typer.Option(help="Colour rules (YAML) in place of those that ship.")] = None,
    at: Annotated[str | None, typer.Option(help="Day to stand on; the newest profile's by default.")] = None,
    tiers: Annotated[Path | None, typer.Option(help="Tier rules (DMN 1.3) in place of those that ship.")] = None,
) -> None:
    """Work the profiles of a run out anew with these tables and rules, and its warnings with them."""
    results, lake = _run(folder)
    table = tier_rules(tiers)
    day = parse_day(at) or max((p.month for p in results.profiles), default=None)
    if day is None:
        raise UserError(f"{folder} holds no profile to take the day from", "Give the day with --at.")
    try:
        rules = read_colours(colours.read_text("utf-8")) if colours else default_colours()
        profiles = profile_region(
            lake.table("enterprises"),
            lake.table("injury_cases"),
            lake.table("hazard_records"),
            at=day,
            bands=rules,
            exposure=_table(exposure),
            signals=_table(signals),
        )
    except ProfileInputError as error:
        raise UserError(error.message, error.way_out) from error
    except ColourError as error:
        raise UserError(str(error), f"Correct {colours}; docs/algorithms/profiles.md shows the rules.") from error
    except OSError as error:
        raise UserError(f"{error.filename} can't be read: {error.strerror}", "Give a file that exists.") from error
    warnings = warnings_for(results.points, profiles, at=day, table=table)
    replace(results, profiles=profiles, warnings=warnings).write(folder)
    Console().print(f"{len(profiles):,} profile months, {len(warnings):,} warnings → {folder / 'results'}")


@app.command()
def groups(
    folder: Annotated[Path, typer.Argument(help="Folder that `yufang run` wrote.")],
    at: Annotated[str | None, typer.Option(help="Day to stand on (YYYY-MM-DD).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else.")] = False,
) -> None:
    """The region by sectors, posts, people and situations."""
    results, lake = _run(folder)
    day = parse_day(at) or max((p.month for p in results.profiles), default=date.min)
    view = regional_view(lake.table("enterprises"), lake.table("injury_cases"), at=day)
    if as_json:
        print(json.dumps(asdict(view), ensure_ascii=False, default=str))
        return
    table = Table(title=f"{view.month} · {view.injuries} injured ({view.previous} before)", title_justify="left")
    for name in ("", "组 group", "12月 12 months", "此前 before", "死亡 deaths", "变化区间 change"):
        table.add_column(name)
    for g in view.groups:
        change = "-" if g.change_low is None or g.change_high is None else f"{g.change_low:+.0%} … {g.change_high:+.0%}"
        table.add_row(g.dimension, f"{g.name_zh} {g.name_en}", str(g.injuries), str(g.previous), str(g.deaths), change)
    Console().print(table)


def _run(folder: Path) -> tuple[RunResults, Lake]:
    try:
        return RunResults.read(folder), Lake(folder / "lake")
    except FileNotFoundError as error:
        raise UserError(f"{folder} is no finished run: {error}", "Give the folder that `yufang run` wrote.") from error


def _table(path: Path | None) -> pl.DataFrame | None:
    if path is None:
        return None
    if not path.exists():
        raise UserError(f"{path} does not exist", "Give a CSV or Parquet file.")
    try:
        return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, try_parse_dates=True)
    except pl.exceptions.PolarsError as error:
        raise UserError(f"{path} can't be read: {error}", "Give a CSV (UTF-8) or Parquet file.") from error
