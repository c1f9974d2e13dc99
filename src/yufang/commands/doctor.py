"""`yufang doctor`: looks after a deployment and says what is wrong, how bad it is, and the way out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from yufang.server.config import Config

if TYPE_CHECKING:
    from yufang.server.operations.checks import Finding

app = typer.Typer(add_completion=False)
_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@app.command()
def main(
    as_json: Annotated[bool, typer.Option("--json", help="JSON, one object a check.")] = False,
) -> None:
    """检查本部署 / Check this deployment. Exit code: 0 well, 1 warnings, 2 something is broken."""
    found = _examined(Config())
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in found], ensure_ascii=False, indent=1))
    else:
        _show(found)
    levels = {f.level for f in found}
    raise typer.Exit(2 if "fail" in levels else 1 if "warn" in levels else 0)


def _examined(config: Config) -> list[Finding]:
    from yufang.server.database import DatabaseProblem, open_database
    from yufang.server.serving import setup_django

    database = None
    problem: DatabaseProblem | None = None
    # A home that isn't there is told, not made.
    if config.database_url or config.data_folder.exists():
        try:
            database = open_database(config)
        except DatabaseProblem as error:
            problem = error
    setup_django()
    from django.db import connections

    from yufang.server.operations import checks

    def of_database() -> Iterator[Finding]:
        if problem is not None:
            yield checks.told("fail", "database", problem.message, problem.way_out)
        elif database is None:
            yield checks.told(
                "fail",
                "database",
                ("还没有数据库", "there is no database yet"),
                ("yufang serve migrate，或设置 DATABASE_URL", "yufang serve migrate, or set DATABASE_URL"),
            )
        else:
            yield from checks.of_database(config, datetime.now(UTC))

    try:
        return checks.examine(config, datetime.now(UTC), of_database)
    finally:
        connections.close_all()
        if database is not None:
            database.close()


def _show(found: list[Finding]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for finding in found:
        mark, colour = _MARKS[finding.level]
        text = finding.zh if finding.zh == finding.en else f"{finding.zh} / {finding.en}"
        console.print(Text(f"{mark} ", style=f"bold {colour}") + Text(f"{finding.check:14}{text}"))
        if finding.way_out_en:
            way = finding.way_out_en
            way = way if way == finding.way_out_zh else f"{finding.way_out_zh} / {way}"
            console.print(Text(f"  → {way}", style="bold"))
