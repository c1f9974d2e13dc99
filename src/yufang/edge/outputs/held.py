"""What all outputs share: on while any event asks for it, and a deadline for every order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from yufang.edge.connectors.contract import Tell, Trouble
from yufang.edge.connectors.gate import clock
from yufang.edge.outputs.contract import Acted

if TYPE_CHECKING:
    from yufang.sensing.detectors import Event

MOST_HOLDERS = 10_000


class Holders:
    """The events that ask for an output. It goes off when the last of them is over, not when the first one is."""

    def __init__(self) -> None:
        self._episodes: set[str] = set()
        self.overflowed = False

    def __len__(self) -> int:
        return len(self._episodes)

    def order(self, event: Event, on: bool) -> bool:
        """Note what one event wants; whether the output should be on.

        A momentary event (a spike) is never cleared, so it holds nothing.
        """
        if not on:
            self._episodes.discard(event.episode)
        elif not event.momentary:
            if len(self._episodes) < MOST_HOLDERS:
                self._episodes.add(event.episode)
            else:
                self.overflowed = True  # who asked can't be told any more: stays on until it's reset
        return bool(self._episodes) or self.overflowed

    def reset(self) -> None:
        """Nobody asks any more."""
        self._episodes.clear()
        self.overflowed = False


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
