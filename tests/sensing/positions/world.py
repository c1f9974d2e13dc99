"""A made-up hall with anchors and people in it, as readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from yufang.sensing.channels import Channel
from yufang.sensing.positions.detector import PositionDetector
from yufang.sensing.readings import Readings

START = 1_750_000_000_000_000  # 2025-06-15 15:06:40 UTC, a Sunday; 23:06 in Beijing
ANCHORS = [
    {"key": key, "x": x, "y": y, "z": z}
    for key, x, y, z in (("A1", 0, 0, 4), ("A2", 40, 0, 3), ("A3", 40, 20, 4), ("A4", 0, 20, 3), ("A5", 20, 10, 5))
]
HEIGHT = 1.1
Walk = Callable[[float], tuple[float, float]]
Heard = Callable[[str, float], float | None]  # (anchor, seconds) → excess of the range in m, None where it isn't heard


def clear(anchor: str, at: float) -> float | None:
    """Every anchor is in sight."""
    return 0.0


def channels_of(tags: Sequence[str]) -> list[Channel]:
    return [
        Channel(key=f"{tag}/{anchor['key']}", device=tag, quantity="uwb_range", unit="m", every_s=0.2)
        for tag in tags
        for anchor in ANCHORS
    ]


def ranges(
    walks: dict[str, Walk], seconds: float, *, every_s: float = 0.2, heard: Heard = clear, seed: int = 0
) -> Readings:
    """Two-way ranges with 5 cm of noise, tag after tag and anchor after anchor, 2 ms apart."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, float]] = []
    for step in range(int(seconds / every_s)):
        channel = -1
        for walk in walks.values():
            for anchor in ANCHORS:
                channel += 1
                at = step * every_s + 0.002 * channel
                excess = heard(str(anchor["key"]), at)
                x, y = walk(at)
                far = np.sqrt((x - anchor["x"]) ** 2 + (y - anchor["y"]) ** 2 + (HEIGHT - anchor["z"]) ** 2)
                noise = rng.normal(0.0, 0.05)
                if excess is not None:
                    rows.append((channel, START + round(at * 1e6), float(far + noise + excess)))
    return Readings.of(*zip(*sorted(rows, key=lambda row: row[1]), strict=True))


def detector(worn: Sequence[str], **config: Any) -> PositionDetector:
    return PositionDetector.from_config({"anchors": ANCHORS} | config, channels_of(worn), jit=False)


def square(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
