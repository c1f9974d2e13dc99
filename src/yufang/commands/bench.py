"""`yufang bench NAME`: train on one folder, score on another, each peer side by side."""

from __future__ import annotations

import importlib
import json
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from yufang.cases.errors import CoderError
from yufang.commands.errors import UserError

app = typer.Typer(no_args_is_help=True)


class Name(StrEnum):
    """The benches there are; each is a module of `yufang.bench` with `run`."""

    coding = "coding"
    deduction = "deduction"
    profiles = "profiles"
    rates = "rates"
    label_errors = "label_errors"
    hierarchy = "hierarchy"
    coldstart = "coldstart"
    attribution = "attribution"
    scopes = "scopes"
    reliability = "reliability"
    linkage = "linkage"
    scale = "scale"
    graph = "graph"
    positioning = "positioning"
    stream = "stream"
    forecast = "forecast"
    faults = "faults"
    anomalies = "anomalies"
    leaks = "leaks"


_WITH_TASK = {Name.coding, Name.label_errors, Name.hierarchy, Name.scopes, Name.reliability, Name.linkage}


@app.command()
def bench(
    name: Annotated[Name, typer.Argument(help="What to measure.")],
    train: Annotated[Path, typer.Option(help="Folder to train on.")],
    test: Annotated[
        Path | None, typer.Option(help="Folder to score on; without it the training folder is split.")
    ] = None,
    task: Annotated[str, typer.Option(help="For `coding` and the like: which task.")] = "body_part",
    seed: Annotated[int, typer.Option(help="Same seed, same numbers.")] = 0,
    rows: Annotated[
        int | None, typer.Option(help="For `scale` and `linkage`: this many rows in place of the usual sizes.")
    ] = None,
    engine: Annotated[str, typer.Option(help="For `scale`: duckdb or spark.")] = "duckdb",
    transformer: Annotated[
        Path | None, typer.Option(help="For `coding`: a local model folder for a further reader (extra `deep`).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else.")] = False,
) -> None:
    """Measure a part beside its peers."""
    for folder in (train, test):
        if folder is not None and not folder.is_dir():
            raise UserError(f"{folder} is not a folder", "Give the folder that holds the bench's files.")
    module = importlib.import_module(f"yufang.bench.{name.value}")
    options: dict[str, Any] = {"seed": seed} | ({"task": task} if name in _WITH_TASK else {})
    if name is Name.coding:
        options |= {"transformer": transformer}
    if name is Name.scale:
        options |= {"rows": rows, "engine": engine}
    if name is Name.linkage:
        options |= {"rows": rows}
    started = time.perf_counter()
    try:
        result = module.run(train, test, **options)
    except CoderError as error:
        raise UserError(error.message, error.way_out) from error
    except (ValueError, FileNotFoundError) as error:
        raise UserError(str(error), "See docs/benchmarks.md for what each bench reads.") from error
    result["seconds"] = round(time.perf_counter() - started, 1)
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        _print(f"{name.value} · {task}" if name in _WITH_TASK else name.value, result)


def _print(title: str, result: dict[str, Any]) -> None:
    """A table: one row a metric, one column for yufang and one for each peer."""
    peers: dict[str, Any] = result.pop("peers", {})
    ours, theirs = _flat(result), {peer: _flat(values) for peer, values in peers.items()}
    table = Table(title=f"yufang bench {title}", title_justify="left")
    table.add_column("metric", no_wrap=True)
    table.add_column("yufang", justify="right", style="bold")
    for peer in theirs:
        table.add_column(peer, justify="right", overflow="fold")
    for metric in ours:
        table.add_row(metric, _figure(ours[metric]), *(_figure(p.get(metric)) for p in theirs.values()))
    Console().print(table)


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def _figure(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,.4f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
