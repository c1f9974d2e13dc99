"""`yufang work`: background jobs in a process of their own, where several web servers stand beside them."""

from __future__ import annotations

import gc
from typing import Annotated

import typer
from rich.console import Console

from yufang.commands.server import extra_told, opened, taken_port
from yufang.server.config import Config

app = typer.Typer(add_completion=False)


@app.command()
def main(
    port: Annotated[
        int, typer.Option(help="Port on this machine for /metrics, /healthz and /readyz.", min=1, max=65535)
    ] = 8010,
) -> None:
    """后台任务 / Work on background jobs until Ctrl-C. Web servers beside it: yufang serve --no-jobs."""
    from yufang.server.serving import work

    config = Config()
    taken = taken_port("127.0.0.1", port)
    gc.disable()  # as in `serve_platform`
    console = Console()

    def ready(address: str) -> None:
        console.print(f"yufang 预防  jobs; {address}/metrics  Ctrl-C ends it.")

    with taken, opened(config, pool=config.database_pool), extra_told():
        work(config, taken, ready)
