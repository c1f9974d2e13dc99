"""Tasks that are started again: what ends with an error waits a little longer each time and disturbs nobody."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from yufang.edge.connectors.contract import SettingsError

FIRST_S, MOST_S = 0.5, 60.0
Failed = Callable[[Exception, float], None]  # the error, seconds until the next try; 0: no further try


async def keep_running(work: Callable[[], Awaitable[None]], stop: asyncio.Event, failed: Failed) -> None:
    """Run `work` until `stop`; start it again with a growing, jittered wait where it raises or returns early.

    A SettingsError ends it: what can never work isn't tried again.
    """
    loop = asyncio.get_running_loop()
    wait = FIRST_S
    while not stop.is_set():
        began = loop.time()
        try:
            await work()
            if stop.is_set():
                return
            error: Exception = RuntimeError("ended by itself")
        except SettingsError as never:
            failed(never, 0.0)
            return
        except Exception as raised:
            error = raised
        wait = FIRST_S if loop.time() - began > 2 * MOST_S else min(MOST_S, 2 * wait)
        pause = wait * random.uniform(0.5, 1.0)
        failed(error, pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
