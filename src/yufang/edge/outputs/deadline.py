"""What all outputs share: a deadline for every order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from yufang.edge.connectors.contract import Tell, Trouble
from yufang.edge.connectors.gate import clock
from yufang.edge.outputs.contract import Acted


async def within(
    name: str, on: bool, deadline_s: float, order: Callable[[], Awaitable[bool]], tell: Tell, where: str
) -> Acted:
    """Carry out `order` (True where the device confirmed it) within its deadline. What fails is said, never raised."""
    began = time.monotonic()
    try:
        confirmed = await asyncio.wait_for(order(), deadline_s)
    except Exception as error:  # a device may fail in any way; the detectors go on
        why = "no answer in time" if isinstance(error, TimeoutError) else str(error).strip() or type(error).__name__
        zh, en = f"输出未执行（{why}）。", f"the output did not act ({why})."
        tell(Trouble(name, "failed", where, zh, en, clock()))
        return Acted(name, on, "failed", time.monotonic() - began, zh, en)
    return Acted(name, on, "done" if confirmed else "sent", time.monotonic() - began)
