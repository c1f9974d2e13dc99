"""`yufang serve`: web server, live events and background jobs in one process; all of it ends with the process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from yufang.server.config import Config
from yufang.server.database import Database, DatabaseProblem, addresses, migrate, open_database

if TYPE_CHECKING:
    import uvicorn

Notify = Callable[[str], None]


class PortTaken(Exception):
    """Another process listens at the address, or it may not be used."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"{host}:{port}: {why}")
        self.host, self.port, self.why = host, port, why


def listening_socket(host: str, port: int) -> socket.socket:
    """Take the port before anything else is started. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        # Two sockets may share a bound port until one of them listens.
        taken.listen(2048)
    except OSError as error:
        taken.close()
        raise PortTaken(host, port, error.strerror or str(error)) from error
    taken.set_inheritable(True)
    return taken


@contextlib.contextmanager
def platform(config: Config, *, pool: int = 0) -> Iterator[Database]:
    """The database open and up to date, and Django set up. Closes it again, however the block ends."""
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    database = open_database(config, pool=pool)
    try:
        setup_django()
        migrate()
        yield database
    finally:
        with contextlib.suppress(Exception):
            _close_connections()
        database.close()
        signal.signal(signal.SIGTERM, previous)


def setup_django() -> None:
    """Set Django up; `open_database` must have been called for anything that reads the database."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yufang.server.settings")
    django.setup()


def _close_connections() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()


def serve(config: Config, taken: socket.socket, ready: Notify = lambda address: None) -> None:
    """Serve on `taken` until Ctrl-C or SIGTERM. `platform` must be open. Calls `ready` with the address."""
    import uvicorn

    from yufang.server.asgi import application

    options = uvicorn.Config(
        application,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=config.https,
        timeout_graceful_shutdown=4,
    )
    asyncio.run(_run(config, options, taken, ready))


def _warm() -> None:
    """Deduction answers within a request's time only once packs, kernels and model are read."""
    from yufang.server.deduction.what_if import model as what_if_model

    try:
        what_if_model.warm()
    except Exception as error:  # the platform serves without it; whoever asks first is told what is wrong
        print(f"yufang: deduction on demand is not ready ({error})", file=sys.stderr)


async def _run(config: Config, options: uvicorn.Config, taken: socket.socket, ready: Notify) -> None:
    import uvicorn

    from yufang.server.live.broadcast import broadcaster

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._stop, number)
            yield

        def _stop(self, number: int) -> None:
            broadcaster.close()  # open event streams would keep the server waiting
            self.handle_exit(number, None)

    server = Server(options)
    beside = [
        asyncio.create_task(broadcaster.listen(addresses().web)),
        asyncio.create_task(_work(config.job_workers)),
        # Alerts have workers of their own: a simulation of a minute must not keep a message waiting.
        asyncio.create_task(_work(config.urgent_workers, queues=["urgent"])),
        asyncio.create_task(_announce(server, taken, ready, config.warm)),
    ]
    try:
        await server.serve(sockets=[taken])
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside, timeout=6)


async def _announce(server: uvicorn.Server, taken: socket.socket, ready: Notify, warm: bool) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    host, port = taken.getsockname()[:2]
    ready(f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0', '::', '::1') else host}:{port}")
    if warm:  # only now: reading packs and kernels must not make the start slower
        threading.Thread(target=_warm, name="warm", daemon=True).start()


async def _work(concurrency: int, queues: list[str] | None = None) -> None:
    """Background jobs, on connections of their own; a worker that lost its database starts again."""
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    while True:
        try:
            worker = app.with_connector(PsycopgConnector(kwargs=addresses().web, min_size=1, max_size=4))
            async with worker.open_async():
                if queues:  # deadlines that passed while nobody worked are run first
                    with contextlib.suppress(AlreadyEnqueued):
                        look = worker.configure_task("yufang.warning.look_ahead", queue=queues[0])
                        await look.defer_async(timestamp=0)
                only: dict[str, Any] = {"queues": queues} if queues else {}
                await worker.run_worker_async(
                    **only,
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=3,
                    fetch_job_polling_interval=0.5 if queues else 5,  # a deadline is kept to the second
                )
        except asyncio.CancelledError:
            raise
        except Exception as error:  # nothing may end the worker for good while the web server runs
            print(f"yufang: background jobs stopped ({error}); starting again", file=sys.stderr)
            await asyncio.sleep(2)


__all__ = ["DatabaseProblem", "PortTaken", "listening_socket", "platform", "serve", "setup_django"]
