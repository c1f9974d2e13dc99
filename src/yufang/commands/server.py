"""`yufang serve`: the platform's web server, and what an operator does beside it."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import socket
import threading
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
    jobs: Annotated[bool, typer.Option(help="--no-jobs leaves background jobs to `yufang work`.")] = True,
) -> None:
    """Serve the platform until Ctrl-C."""
    if ctx.invoked_subcommand is None:
        config = Config()
        serve_platform(config, host or config.host, port or config.port, jobs=jobs)


def taken_port(host: str, port: int) -> socket.socket:
    """The port, taken; one clear message where it can't be."""
    from yufang.server.serving import PortTaken, listening_socket

    try:
        return listening_socket(host, port)
    except PortTaken as error:
        raise UserError(
            f"{host}:{port} can't be used ({error.why})",
            f"choose another port: yufang serve --port {port + 1 if port < 65535 else 8000}; "
            "or stop the program that listens there",
        ) from error


def serve_platform(
    config: Config, host: str, port: int, before: Callable[[], None] = lambda: None, *, jobs: bool = True
) -> None:
    """Serve with one clear message where the port, the home folder or the database can't be used.

    `before` runs when the database is open and the port is taken. Without `jobs` only the web is served.
    """
    from yufang.server.serving import serve

    began = time.monotonic()
    taken = taken_port(host, port)
    gc.disable()  # nothing read for the start is let go; `serving` enables it once that is done
    console = Console()

    def ready(address: str) -> None:
        console.print(f"yufang 预防  [bold]{address}[/]  ({time.monotonic() - began:.1f} s)  Ctrl-C ends it.")

    with taken, opened(config, pool=config.database_pool):
        # Django reads small files of the console in whole; that is what we want.
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
        gc.enable()  # a load of data lets go of much
        before()
        gc.disable()
        with extra_told():
            serve(config, taken, ready, with_jobs=jobs)


@contextmanager
def extra_told() -> Iterator[None]:
    """The extra `telemetry` is missing, as a message to a person."""
    from yufang.server.operations.traces import ExtraMissing

    try:
        yield
    except ExtraMissing as error:
        raise UserError(
            "YUFANG_OTLP_ENDPOINT is set, and the extra `telemetry` is not installed / 未安装 telemetry 扩展",
            "pip install 'yufang[telemetry]', or unset YUFANG_OTLP_ENDPOINT",
        ) from error


@contextmanager
def opened(config: Config, *, pool: int = 0) -> Iterator[None]:
    """The platform's database, with its problems as messages to a person."""
    from yufang.server.serving import DatabaseProblem, MigrationStuck, platform

    try:
        with platform(config, pool=pool):
            yield
    except DatabaseProblem as error:
        raise UserError(error.message, error.way_out) from error
    except MigrationStuck as error:
        raise UserError(
            str(error), "end what holds the lock, then start again: every step done so far is kept"
        ) from error


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
def first(
    username: Annotated[str, typer.Argument(help="用户名 / user name")],
    organisation: Annotated[str, typer.Option(help="最上级单位，尚无组织时必填 / the topmost organisation")] = "",
    name: Annotated[str, typer.Option(help="姓名 / name")] = "",
) -> None:
    """新平台的第一位管理人员：打印一次性链接 / Admit the first person of a new platform, by a one-time link.

    再次运行则重置此人的登录 / Again: a new link for the same person, where password or phone are lost.
    """
    with opened(Config()):
        from yufang.server.accounts.first import open_first
        from yufang.server.errors import Refused
        from yufang.server.scope import Actor

        try:
            made = open_first(Actor.platform(), organisation.strip(), username, name.strip())
        except Refused as refused:
            raise UserError(
                f"{refused.problem.message_zh} / {refused.problem.message_en}", "yufang serve first --help"
            ) from refused
    typer.echo(f"{made.link}\n有效至 / good until {made.expires_at:%Y-%m-%d %H:%M} UTC，只能使用一次 / works once")


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
    people on duty, hazards under way and plants that send readings. Called by `yufang demo`.
    """
    # Django's settings are made from the environment.
    os.environ["YUFANG_DEMO"] = "1"
    if home is not None:
        os.environ["YUFANG_HOME"] = str(home.resolve())
    config = Config()
    if serve:
        stop = threading.Event()
        try:
            serve_platform(config, host, port, before=lambda: _show_demo(folder, duty, stop))
        finally:
            stop.set()
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


def _show_demo(folder: Path, duty: bool, stop: threading.Event | None = None) -> None:
    from django.utils import timezone

    from yufang.server.accounts.demo_accounts import ACCOUNTS
    from yufang.server.dispatch import demo as demo_duty
    from yufang.server.hazards import demo as demo_hazards
    from yufang.server.loading import admit_demo_accounts
    from yufang.server.scope import Actor
    from yufang.server.sensing import demo as demo_sensing
    from yufang.server.sensing import demo_live

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
    if duty and stop is not None:
        demo_live.start(Actor.platform(), stop)
    table = Table(title="演示账号 / demo accounts", title_justify="left")
    for heading in ("username", "password", "zh", "en"):
        table.add_column(heading)
    for account in ACCOUNTS:
        table.add_row(account.username, account.password, account.name_zh, account.name_en)
    Console().print(table)
