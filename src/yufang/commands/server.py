"""`yufang serve`: the platform's web server, and what an operator does beside it."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from yufang.commands.errors import UserError
from yufang.server.config import Config, settings_page

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


def serve_platform(config: Config, host: str, port: int) -> None:
    """Serve with one clear message where the port, the home folder or the database can't be used."""
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

