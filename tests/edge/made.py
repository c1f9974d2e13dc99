"""Small nodes for tests: a configuration, a clock that tests turn, and samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yufang.edge.clock import NodeClock
from yufang.edge.config import EdgeConfig, read_config
from yufang.edge.connectors.contract import Sample
from yufang.edge.node import Node

SECOND = 1_000_000
START = 1_790_000_000  # 2026-09-21, seconds
LIMITS = [{"kind": "high_high", "value": 50.0, "source": "test", "hysteresis": 5.0}]


@dataclass(slots=True)
class Hands:
    """The two clocks of a machine, turned by hand."""

    wall: float = float(START)
    monotonic: float = 100.0

    def on(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    def clock(self, **more: Any) -> NodeClock:
        return NodeClock(wall=lambda: self.wall, monotonic=lambda: self.monotonic, **more)


def config(home: Path, *, channels: int = 3, **more: Any) -> EdgeConfig:
    """A node with gas channels `gas-0` …, each with one limit at 50 %LEL."""
    data: dict[str, Any] = {
        "name": "box",
        "home": str(home),
        "channels": [
            {"key": f"gas-{n}", "device": "plc", "quantity": "gas:ch4", "unit": "%LEL", "low": 0, "high": 100}
            | {"limits": LIMITS}
            for n in range(channels)
        ],
        "rules": [{"kind": "limits"}],
        "health": {"port": 0},
    }
    return read_config(data | more, home)


def node(home: Path, hands: Hands, **more: Any) -> Node:
    return Node(config(home, **more), clock=hands.clock())


def sample(channel: str, value: Any, time_us: int | None = None, quality: int = 0) -> Sample:
    return Sample(channel, time_us, value, 0, quality)


def feed(node: Node, hands: Hands, values: list[float], channel: str = "gas-0", every_s: float = 1.0) -> list[Any]:
    """One value every `every_s`, a tick after each; the events told."""
    events = []
    for value in values:
        hands.on(every_s)
        node.take("plc", sample(channel, value))
        events += node.tick()
    return events
