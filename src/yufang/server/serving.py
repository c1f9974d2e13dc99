"""`yufang serve`: web server, live events and background jobs in one process; all of it ends with the process."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from yufang.server.config import Config
from yufang.server.database import Database, DatabaseProblem, MigrationStuck, addresses, migrate, open_database

if TYPE_CHECKING:
    import uvicorn

Notify = Callable[[str], None]
log = logging.getLogger(__name__)

WARM_AFTER = 20.0  # seconds after the start


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


def serve(
    config: Config, taken: socket.socket, ready: Notify = lambda address: None, *, with_jobs: bool = True
) -> None:
    """Serve on `taken` until Ctrl-C or SIGTERM. `platform` must be open. Calls `ready` with the address.

    Without jobs another process has to work on them (`work`).
    """
    import uvicorn

    import yufang.server.urls  # noqa: F401  routes are there before the first request is
    from yufang.server.asgi import application
    from yufang.server.operations import health

    health.own_jobs = with_jobs

    options = uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,  # its lines go the way of all others
        access_log=False,
        server_header=False,
        proxy_headers=config.https,
        timeout_graceful_shutdown=4,
    )
    asyncio.run(_run(config, options, taken, ready, with_jobs))


def work(config: Config, taken: socket.socket, ready: Notify = lambda address: None) -> None:
    """Work on background jobs until Ctrl-C or SIGTERM; `taken` answers /metrics, /healthz and /readyz alone."""
    import uvicorn

    from yufang.server.asgi import django
    from yufang.server.operations import health

    health.own_jobs = True

    async def only_operations(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] in ("/metrics", "/healthz", "/readyz"):
            await django(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    options = uvicorn.Config(
        only_operations, lifespan="off", log_config=None, access_log=False, server_header=False, proxy_headers=False
    )
    asyncio.run(_run(config, options, taken, ready, True, with_web=False))


def _warm() -> None:
    """Similar cases and deduction answer within a request's time only once packs, kernels and model are read."""
    from yufang.server.cases import nearness
    from yufang.server.deduction.what_if import model as what_if_model

    for what, read in (("similar cases", nearness.warm), ("deduction on demand", what_if_model.warm)):
        try:
            read()
        except Exception as error:  # the platform serves without it; whoever asks first is told what is wrong
            log.error("%s: not ready (%s)", what, error)


async def _run(
    config: Config,
    options: uvicorn.Config,
    taken: socket.socket,
    ready: Notify,
    with_jobs: bool,
    with_web: bool = True,
) -> None:
    import uvicorn

    from yufang.server.ledger.tasks import keep_publishing
    from yufang.server.live.broadcast import broadcaster
    from yufang.server.operations import traces
    from yufang.server.operations.backups.archive import archive_changes
    from yufang.server.riskmap.following import follow

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

    traces.start(config, "yufang-web" if with_web else "yufang-work")
    server = Server(options)
    parts: list[Coroutine[Any, Any, None]] = [_announce(server, taken, ready, config.warm and with_web)]
    if with_web:
        parts.append(broadcaster.listen(addresses().web))
    if with_jobs:
        # Alerts have workers of their own: a simulation of a minute must not keep a message waiting.
        parts += [_work(config.job_workers), _work(config.urgent_workers, queues=["urgent"])]
        parts.append(follow(addresses().web))
        parts.append(keep_publishing())
    if with_jobs and config.backup_folder is not None and not config.database_url:
        parts.append(archive_changes(config))
    beside = [asyncio.create_task(part) for part in parts]
    try:
        await server.serve(sockets=[taken])
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside, timeout=6)
        traces.stop()


async def _announce(server: uvicorn.Server, taken: socket.socket, ready: Notify, warm: bool) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    host, port = taken.getsockname()[:2]
    gc.freeze()  # what was read for the start stays for good and needs no looking through again
    gc.enable()
    ready(f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0', '::', '::1') else host}:{port}")
    if warm:  # only later: whoever waited for a start is served before packs and kernels are read
        later = threading.Timer(WARM_AFTER, _warm)
        later.daemon = True
        later.start()


async def _work(concurrency: int, queues: list[str] | None = None) -> None:
    """Background jobs, on connections of their own; a worker that lost its database starts again."""
    from asgiref.sync import sync_to_async
    from django.db import close_old_connections
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    from yufang.server.operations.jobs import watched

    while True:
        try:
            # What comes with the clock is queued on Django's own connection, which no request ends: one that broke
            # would stay, and stop every worker that is started after it.
            await sync_to_async(close_old_connections)()
            # Short waits: a database that is back is found within seconds, by a pool that is made anew.
            waits: dict[str, Any] = {"timeout": 3.0, "reconnect_timeout": 0.8}
            connector = PsycopgConnector(kwargs=addresses().web, min_size=1, max_size=4, **waits)
            worker = app.with_connector(connector)
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
                    worker_middleware=[watched],
                    shutdown_graceful_timeout=3,
                    fetch_job_polling_interval=0.5 if queues else 5,  # a deadline is kept to the second
                )
            log.error("background jobs stopped by themselves; starting again")
        except asyncio.CancelledError:
            raise
        except Exception as error:  # nothing may end the worker for good while the web server runs
            log.error("background jobs stopped (%s); starting again", error)
        await asyncio.sleep(0.5)


__all__ = [
    "DatabaseProblem",
    "MigrationStuck",
    "PortTaken",
    "listening_socket",
    "platform",
    "serve",
    "setup_django",
    "work",
]
