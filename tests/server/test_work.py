"""Background jobs go on when the database breaks off: what comes with the clock is queued again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from procrastinate.contrib.django import app

from tests.server.conftest import superuser
from yufang.server import database, serving

TICK = "yufang.test.tick"


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """When a job of every second ran; no other job comes with the clock meanwhile."""
    ran: list[float] = []
    app.perform_import_paths()
    monkeypatch.setattr(app.periodic_registry, "periodic_tasks", {})

    @app.periodic(cron="* * * * * *")
    @app.task(name=TICK, queue="ticks")
    def tick(timestamp: int) -> None:
        ran.append(time.monotonic())

    yield ran
    del app.tasks[TICK]


def test_what_comes_with_the_clock_comes_again_after_the_database_broke_off(
    cluster: database.Database, empty_database: str, ticks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = cluster.web | {"dbname": empty_database}
    monkeypatch.setattr(serving, "addresses", lambda: SimpleNamespace(web=place))

    def cut() -> None:
        with psycopg.connect(autocommit=True, **superuser(cluster)) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [empty_database])

    async def scenario() -> tuple[int, int]:
        work = asyncio.create_task(serving._work(1, queues=["ticks"]))
        await _until(lambda: len(ticks) >= 2)
        await asyncio.to_thread(cut)
        before = len(ticks)
        with_end = time.monotonic() + 15
        await _until(lambda: len(ticks) >= before + 3 or time.monotonic() > with_end)
        work.cancel()
        await asyncio.wait([work], timeout=6)
        return before, len(ticks)

    before, after = asyncio.run(scenario())
    assert after >= before + 3, "periodic jobs ended with the connection on which they are queued"


async def _until(done: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        await asyncio.sleep(0.05)
