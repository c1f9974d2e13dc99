"""A connector of kind `feed` for tests and benchmarks: what it emits is put into it, or made by a plan."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from yufang.edge import connectors
from yufang.edge.connectors.contract import Emit, Sample, Status, Tell

KIND = "feed"
connectors.KINDS.setdefault(KIND, "tests.edge.feed")

# name of a connector → what it runs; set by the test
PLANS: dict[str, Callable[[Emit, asyncio.Event], Any]] = {}


class Feed:
    """Runs the plan of its name; without one it waits."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.status = Status()

    async def run(self, emit: Emit, stop: asyncio.Event) -> None:
        self.status.connected = True

        def counted(sample: Sample) -> None:
            self.status.samples += 1
            self.status.last_sample_us = sample.received_us
            emit(sample)

        plan = PLANS.get(self.name)
        if plan is not None:
            await plan(counted, stop)
        await stop.wait()


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> Feed:
    return Feed(name)
