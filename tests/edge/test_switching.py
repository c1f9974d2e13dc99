"""A switch never believes that an order failed without effect: what it doesn't know it orders again."""

import asyncio
from dataclasses import replace
from typing import Any

from tests.edge.connectors.test_modbus_server import EVENT
from tests.edge.ports import until
from yufang.edge.config import OutputIn
from yufang.edge.outputs.contract import Acted
from yufang.edge.switching import Switch


class Bell:
    """A device that obeys, and whose answer to one order comes too late."""

    name = "bell"

    def __init__(self) -> None:
        self.on = False
        self.late = False

    async def run(self, stop: asyncio.Event) -> None:
        await stop.wait()

    async def act(self, event: Any, on: bool) -> Acted:
        self.on = on
        late, self.late = self.late, False
        return Acted("bell", on, "failed" if late else "done", 0.0)


def test_a_siren_whose_switching_off_was_not_confirmed_sounds_at_the_next_alarm() -> None:
    async def run() -> None:
        bell = Bell()
        settings = OutputIn.model_validate({"name": "bell", "kind": "modbus", "when": {"kinds": ["high"]}})
        told: list[Acted] = []
        switch = Switch(settings, bell, lambda name, acted: told.append(acted))
        stop = asyncio.Event()
        running = asyncio.create_task(switch.run(stop))
        first, second = replace(EVENT, episode="a"), replace(EVENT, episode="b")
        switch.follow(first)
        await until(lambda: bell.on)
        bell.late = True
        switch.follow(replace(first, state="cleared"))
        await until(lambda: len(told) == 2)
        assert told[-1].state == "failed"
        assert not bell.on  # it was switched off all the same
        switch.follow(second)
        await until(lambda: bell.on, 3)
        stop.set()
        switch.wake()
        await running

    asyncio.run(run())
