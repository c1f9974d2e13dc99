"""Jobs of the ledger, and the thread that publishes within seconds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections, connection
from procrastinate.contrib.django import app

from yufang.server.ledger import actions, publishing, verification, witnessing
from yufang.server.scope import Actor, scoped

PUBLISH_SECONDS = 2.0
ASK_SECONDS = 10.0
_log = logging.getLogger(__name__)


@app.periodic(cron="*/10 * * * *")
@app.task(name="yufang.ledger.keep_checkpoint", queueing_lock="ledger.keep_checkpoint")
def keep_checkpoint(timestamp: int) -> None:
    """Keep the root every ten minutes; the same size twice is kept once."""
    actions.keep_checkpoint(Actor.platform())


@app.periodic(cron="* * * * *")
@app.task(name="yufang.ledger.publish", queueing_lock="ledger.publish")
def publish(timestamp: int) -> None:
    """Sign and publish where no server does it every two seconds."""
    publishing.publish_and_tell()


@app.periodic(cron="30 2 * * *")
@app.task(name="yufang.ledger.verify", queueing_lock="ledger.verify")
def verify(timestamp: int) -> None:
    """Verify the whole log once a night; the ledger's page shows what was found."""
    with scoped(Actor.platform()):
        verification.verify_and_keep()


async def keep_publishing() -> None:
    """Beside the web server: publish every two seconds, ask witnesses every ten. Ends when it is cancelled."""
    await asyncio.gather(_every(PUBLISH_SECONDS, publishing.publish_and_tell), _every(ASK_SECONDS, witnessing.ask_all))


async def _every(seconds: float, work: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(_once, work)


def _once(work: Callable[[], object]) -> None:
    close_old_connections()
    try:
        work()
    except DatabaseError as error:  # the database restarts, or is busy: the next round does it
        _log.warning("the ledger was not published this time: %s", error)
    except Exception:
        _log.exception("the ledger was not published this time")
    finally:
        with contextlib.suppress(DatabaseError):
            connection.close()
