"""`yufang run DIR`: the main job on a folder of records."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from yufang.commands.errors import UserError
from yufang.commands.options import parse_day, tier_rules, writable
from yufang.commands.progress import stage_bars
from yufang.lake import LakeError
from yufang.run import RunError, RunOutcome, run, write_report

app = typer.Typer(no_args_is_help=True)


@app.command()
def main(
    records: Annotated[Path, typer.Argument(help="Folder of records: CSV, XLSX, Parquet or JSON lines.")],
    out: Annotated[
        Path | None, typer.Option(help="Where results go; by default .yufang/runs/NAME in this folder.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping file; without it one that ships and fits is taken.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Day to stand on (YYYY-MM-DD); the day after the newest record by default.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same results.")] = 0,
    tiers: Annotated[Path | None, typer.Option(help="Tier rules (DMN 1.3) in place of those that ship.")] = None,
) -> None:
    """Import, code, graph, deduce, profile and warn; ends with a summary and a written report."""
    folder = records.expanduser().resolve()
    if not folder.is_dir():
        raise UserError(f"{records} is not a folder", "Give the folder that holds the records.")
    target = (out or Path(".yufang/runs") / folder.name).resolve()
    writable(target)
    table = tier_rules(tiers)
    console = Console()
    with stage_bars(console) as tell:
        outcome = do_run(folder, target, mapping=mapping, at=parse_day(at), seed=seed, tell=tell, tiers=table)
    html, data = write_report(outcome)
    console.print(summary_table(outcome))
    console.print(f"report  {html}\n        {data}", soft_wrap=True, highlight=False)


def do_run(folder: Path, target: Path, **options: object) -> RunOutcome:
    """`run` with the rooms' errors turned into one clear message."""
    try:
        return run(folder, target, imported_at=datetime.now(UTC), **options)  # type: ignore[arg-type]
    except LakeError as error:
        raise UserError(error.message, error.way_out) from error
    except RunError as error:
        raise UserError(str(error), "Give a mapping with --mapping; docs/lake.md says how to write one.") from error


def summary_table(outcome: RunOutcome) -> Table:
    """The run in one table."""
    tiers = {"high": 0, "medium": 0, "low": 0}
    for warning in outcome.results.warnings:
        tiers[warning.tier] += 1
    rows = sum(f.record.rows for f in outcome.imported.files)
    rejected = sum(f.record.rejected for f in outcome.imported.files)
    enterprises = len(outcome.lake.table("enterprises"))
    table = Table(title=f"yufang run · {outcome.at}", title_justify="left", show_header=False)
    table.add_row("导入 import", f"{rows:,} rows, {rejected:,} rejected, {enterprises:,} enterprises")
    for facet in outcome.facets:
        table.add_row(
            f"编码 code · {facet.facet}",
            f"{facet.labelled:,} labelled, accuracy {facet.accuracy:.1%} out of fold, ECE {facet.ece:.3f}; "
            f"{facet.coded:,} coded, {facet.review:,} for a person",
        )
    table.add_row("图谱 graph", f"{outcome.graph_nodes:,} nodes, {outcome.graph_edges:,} edges")
    points = outcome.results.points
    table.add_row("推演 deduce", f"{len(points):,} hazard points, learnt from {outcome.visits_learned:,} visits")
    table.add_row("画像 profile", f"{len(outcome.results.profiles):,} profile months")
    table.add_row("预警 warn", f"{tiers['high']:,} high, {tiers['medium']:,} medium, {tiers['low']:,} low")
    seconds = ", ".join(f"{stage} {s:g}" for stage, s in outcome.seconds.items())
    table.add_row("用时 seconds", f"{sum(outcome.seconds.values()):.1f} ({seconds})")
    return table
