"""Keep one session going: connect, serve, lose, wait a jittered while, connect again."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

from yufang.edge.connectors.contract import SettingsError
from yufang.edge.connectors.gate import Gate

STEADY_S = 5.0  # a session that stood this long starts the waits anew


def wait_s(tries: int, first: float, most: float) -> float:
    """Seconds before try number `tries` (from 0): doubling, capped, the upper half drawn at random.

    Drawn at random so that a hundred nodes that lost one broker don't come back in the same instant.
    """
    ceiling = min(most, first * 2.0 ** min(tries, 30))
    return ceiling * random.uniform(0.5, 1.0)


async def keep(
    session: Callable[[], Awaitable[None]],
    *,
    gate: Gate,
    stop: asyncio.Event,
    where: str,
    first: float,
    most: float,
) -> None:
    """Run `session` again and again until `stop`. A session returns or raises when its connection is gone.

    Only SettingsError leaves: those settings would never work. Whatever else a session raises is told and tried again,
    so that a device that answers nonsense can't end its connector.
    """
    tries = 0
    while not stop.is_set():
        began = asyncio.get_running_loop().time()
        why = await _until(session, stop)
        if stop.is_set():
            break
        stood = gate.status.connected and asyncio.get_running_loop().time() - began >= STEADY_S
        tries = 0 if stood else tries
        gate.lost(where, why)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait_s(tries, first, most))
        tries += 1
    gate.status.connected = False


async def _until(session: Callable[[], Awaitable[None]], stop: asyncio.Event) -> str:
    """Run one session until it ends or `stop`; why it ended."""
    running = asyncio.ensure_future(session())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not running.done():
            running.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await asyncio.wait({running}, timeout=5)
    if running.cancelled() or not running.done():
        return "stopped"
    error = running.exception()
    if isinstance(error, SettingsError):
        raise error
    return "closed" if error is None else (str(error).strip() or type(error).__name__)[:200]
