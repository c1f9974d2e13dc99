"""Outputs follow episodes: on while any matching episode is raised, tried again until the device has done it.

One output is one task: a device that hangs holds up neither the detectors nor another output.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from yufang.edge.config import OutputIn
from yufang.edge.outputs.contract import Acted, Output
from yufang.sensing.detectors.contract import Event

ACT_TIMEOUT_S = 10.0
Told = Callable[[str, Acted], None]


@dataclass(slots=True)
class Switch:
    """One output: what it should be, what it was last brought to, and which episodes hold it on."""

    settings: OutputIn
    output: Output
    told: Told
    open: dict[str, Event] = field(default_factory=dict)
    state: bool | None = None  # None: not known yet
    last: Acted | None = None
    tries: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _cause: Event | None = None

    def follow(self, event: Event) -> None:
        """Take one event; wakes the task where the output has to change."""
        if event.momentary or not self.settings.when.matches(event.kind, event.channel):
            return
        if event.state == "cleared":
            if self.open.pop(event.episode, None) is None:
                return
        else:
            self.open[event.episode] = event
        self._cause = event
        self._wake.set()

    @property
    def wanted(self) -> bool:
        """Whether the output should be on."""
        return bool(self.open)

    async def run(self, stop: asyncio.Event) -> None:
        """Bring the output to what is wanted, again and again until it is there; until `stop`."""
        while not stop.is_set():
            if self._cause is None or self.state == self.wanted:
                self._wake.clear()
                if self._cause is None or self.state == self.wanted:
                    await self._wake.wait()
                continue
            on = self.wanted
            self._wake.clear()  # an event that comes during the order must not wait for the next try
            acted = await self._act(self._cause, on)
            self.last = acted
            self.told(self.settings.name, acted)
            if acted.state == "failed":
                self.state = None  # the device may have obeyed all the same: what isn't known is ordered again
                self.tries += 1
                wait = min(30.0, 0.2 * 2 ** min(self.tries, 8)) * random.uniform(0.7, 1.3)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
            else:
                self.state, self.tries = on, 0

    def wake(self) -> None:
        """Let `run` look at `stop`."""
        self._wake.set()

    async def _act(self, event: Event, on: bool) -> Acted:
        began = asyncio.get_running_loop().time()
        try:
            return await asyncio.wait_for(self.output.act(event, on), ACT_TIMEOUT_S)
        except Exception as error:  # a defect of an output is told, and tried again
            took = asyncio.get_running_loop().time() - began
            why = "超时" if isinstance(error, TimeoutError) else str(error)
            en = "timed out" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
            return Acted(self.settings.name, on, "failed", took, why, en)
