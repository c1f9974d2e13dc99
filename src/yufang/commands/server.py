"""`yufang serve`: the platform's web server, and what an operator does beside it."""

from __future__ import annotations

import hashlib
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from yufang.commands.errors import UserError
from yufang.server.config import Config, settings_page

if TYPE_CHECKING:
    from yufang.server.loading import Loaded

app = typer.Typer(invoke_without_command=True, no_args_is_help=False, help="Serve the platform.")


@app.callback()
def main(
    ctx: typer.Context,
    port: Annotated[int | None, typer.Option(help="Port; default YUFANG_PORT or 8000.", min=1, max=65535)] = None,
    host: Annotated[str | None, typer.Option(help="Listening address; default YUFANG_HOST or 127.0.0.1.")] = None,
) -> None:
    """Serve the platform until Ctrl-C."""
    if ctx.invoked_subcommand is None:
        config = Config()
        serve_platform(config, host or config.host, port or config.port)


def serve_platform(config: Config, host: str, port: int, before: Callable[[], None] = lambda: None) -> None:
    """Serve with one clear message where the port, the home folder or the database can't be used.

    `before` runs when the database is open and the port is taken.
    """
    from yufang.server.serving import PortTaken, listening_socket, serve

    began = time.monotonic()
    try:
        taken = listening_socket(host, port)
    except PortTaken as error:
        raise UserError(
            f"{host}:{port} can't be used ({error.why})",
            f"choose another port: yufang serve --port {port + 1 if port < 65535 else 8000}; "
            "or stop the program that listens there",
        ) from error
    console = Console()

    def ready(address: str) -> None:
        console.print(f"yufang 预防  [bold]{address}[/]  ({time.monotonic() - began:.1f} s)  Ctrl-C ends it.")

    with taken, opened(config, pool=config.database_pool):
        # Django reads small files of the console in whole; that is what we want.
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
        before()
        serve(config, taken, ready)


@contextmanager
def opened(config: Config, *, pool: int = 0) -> Iterator[None]:
    """The platform's database, with its problems as messages to a person."""
    from yufang.server.serving import DatabaseProblem, platform

    try:
        with platform(config, pool=pool):
            yield
    except DatabaseProblem as error:
        raise UserError(error.message, error.way_out) from error


@app.command()
def openapi() -> None:
    """Print the API's OpenAPI schema as JSON."""
    from yufang.server.serving import setup_django

    setup_django()
    from yufang.server.api import api

    typer.echo(json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=2))


@app.command()
def settings() -> None:
    """Print every setting with its meaning and default, as Markdown."""
    typer.echo(settings_page(), nl=False)


@app.command()
def migrate() -> None:
    """Bring the database up to date and stop."""
    with opened(Config()):
        typer.echo("the database is up to date")


@app.command()
def load(
    folder: Annotated[Path, typer.Argument(help="Output folder of `yufang run`.")],
    name: Annotated[str, typer.Option(help="Name of the region, where the folder doesn't say it.")] = "",
) -> None:
    """Take a run's results over into the platform."""
    with opened(Config()):
        load_folder(folder, name=name)


def load_folder(folder: Path, *, name: str = "") -> Loaded:
    """Load `folder` with a progress bar; the platform must be open."""
    from yufang.server.database import tidy
    from yufang.server.loading import load_results
    from yufang.server.scope import Actor

    bar = Progress(TextColumn("{task.description:16}"), BarColumn(), TimeElapsedColumn(), transient=True)
    with bar:
        task = bar.add_task("load")
        try:
            loaded = load_results(
                folder,
                Actor.platform(),
                lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
                name=name,
            )
        except FileNotFoundError as error:
            raise UserError(
                f"{error.filename or error} is missing: {folder} is not the output of a finished run",
                "yufang run DIR --out FOLDER makes one",
            ) from error
        except ValueError as error:
            raise UserError(f"{folder} can't be loaded: {error}", "make the folder anew with yufang run") from error
        tidy()
        return loaded


def verify_platform() -> None:
    """Verify the ledger of the platform under the home folder. Called by `yufang ledger verify`."""
    config = Config()
    if not config.database_url and not config.data_folder.exists():
        raise UserError(
            f"there is no platform under {config.home.resolve()}",
            "set YUFANG_HOME to its folder, or DATABASE_URL to its database; or name an exported log",
        )
    with opened(config):
        from yufang.server.ledger.verification import verify_database
        from yufang.server.scope import Actor, scoped

        with scoped(Actor.platform()):
            result = verify_database()
    if not result.ok:
        raise UserError(
            f"the ledger was altered, first at leaf {result.first_bad_index}: {result.reason} / "
            f"台账被改动，最先是第 {result.first_bad_index} 号叶子",
            "compare with a backup, and with the checkpoints that others hold / 与备份和他人保存的检查点比对",
        )
    Console(soft_wrap=True).print(f"{result.size} 片叶子，全部相符 / {result.size} leaves, all as they were appended")


def serve_demo(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    serve: bool = True,
    home: Path | None = None,
    duty: bool = False,
) -> None:
    """Load the made-up region in `folder`, admit its demo accounts, print both, and serve unless told not to.

    `home` is where the platform keeps its database, YUFANG_HOME if not given; with `duty` the demo's enterprise has
    people on duty and hazards under way. Called by `yufang demo`.
    """
    # Django's settings are made from the environment.
    os.environ["YUFANG_DEMO"] = "1"
    if home is not None:
        os.environ["YUFANG_HOME"] = str(home.resolve())
    config = Config()
    if serve:
        serve_platform(config, host, port, before=lambda: _show_demo(folder, duty))
        return
    with opened(config):
        _show_demo(folder, duty)


def _mark(folder: Path) -> str:
    """Changes whenever a file of the run, or the database it was loaded into, does."""
    files = sorted(p for part in ("results", "lake") for p in (folder / part).rglob("*") if p.is_file())
    seen = [
        (str(p.relative_to(folder)), p.stat().st_size, p.stat().st_mtime_ns)
        for p in (*files, folder / "region.json")
        if p.exists()
    ]
    return hashlib.sha256(repr((seen, str(folder), Config().database_url)).encode()).hexdigest()


def _show_demo(folder: Path, duty: bool) -> None:
    from django.utils import timezone

    from yufang.server.accounts.demo_accounts import ACCOUNTS
    from yufang.server.dispatch import demo as demo_duty
    from yufang.server.hazards import demo as demo_hazards
    from yufang.server.loading import admit_demo_accounts
    from yufang.server.scope import Actor
    from yufang.server.sensing import demo as demo_sensing

    # Reading a run brings the whole analysis along, which a second start shouldn't wait for.
    config, mark = Config(), _mark(folder)
    kept = config.home / "demo_loaded"
    if not kept.exists() or kept.read_text() != mark:
        loaded = load_folder(folder)
        admit_demo_accounts(Actor.platform(), loaded.region_id)
        if duty:
            demo_duty.open_roster(Actor.platform(), timezone.now())
            demo_hazards.open_some(Actor.platform(), timezone.now())
            demo_sensing.open_channels(Actor.platform(), timezone.now())
        kept.write_text(mark)
    table = Table(title="演示账号 / demo accounts", title_justify="left")
    for heading in ("username", "password", "zh", "en"):
        table.add_column(heading)
    for account in ACCOUNTS:
        table.add_row(account.username, account.password, account.name_zh, account.name_en)
    Console().print(table)
