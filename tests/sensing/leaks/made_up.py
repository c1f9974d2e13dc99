"""A made-up site with a made-up leak: eight sensors on a fence, three valves, a wind that wanders."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from yufang.sensing.channels import Channel
from yufang.sensing.leaks import Air, Place, Site
from yufang.sensing.readings import Readings

START = 1_750_000_000_000_000 // 60_000_000 * 60_000_000
SOURCES = (Place("tank", 0.0, 0.0, 3.0), Place("valve", 35.0, 15.0, 2.0), Place("pump", -35.0, -15.0, 2.0))
SENSORS = tuple(Place(f"g{k}", 60 * math.cos(k * math.pi / 4), 60 * math.sin(k * math.pi / 4), 2.4) for k in range(8))
SITE = Site(SOURCES, SENSORS, 39.9, 116.4)


def winds(minutes: int, seed: int = 0, speed: float = 2.5) -> np.ndarray:
    """Wind (minutes, 2) towards east and north: its direction wanders all round."""
    rng = np.random.default_rng(seed)
    angle = np.cumsum(rng.normal(0.03, 0.25, minutes))
    pace = speed * np.exp(rng.normal(0, 0.2, minutes))
    return np.column_stack([pace * np.cos(angle), pace * np.sin(angle)])


def readings_ppm(
    wind: np.ndarray, source: int | None, rate: float, since: int, until: int, seed: int = 0
) -> np.ndarray:
    """Readings (minutes, 8) in ppm: a drifting background, noise, and the leak with a lively error of its own."""
    rng = np.random.default_rng(seed + 100)
    minutes = len(wind)
    values = 2.0 + 0.1 * np.sin(np.arange(minutes) / 200.0)[:, None] + rng.normal(0, 0.01, (minutes, len(SENSORS)))
    if source is None:
        return values
    air = Air(SITE)
    for n in range(minutes):
        seen = air.step(START + (n + 1) * 60_000_000, (float(wind[n, 0]), float(wind[n, 1])))
        if since <= n < until:
            values[n] += rate * seen[source] * np.exp(rng.normal(0, 0.5, len(SENSORS)))
    return values


def channels() -> list[Channel]:
    gas = [Channel(key=s.key, device="fence", quantity="gas:ch4", unit="ppm", x=s.x, y=s.y, z=s.z) for s in SENSORS]
    return [
        *gas,
        Channel(key="speed", device="mast", quantity="wind_speed", unit="m/s"),
        Channel(key="direction", device="mast", quantity="wind_direction", unit="degree"),
    ]


def config(**changes: Any) -> dict[str, Any]:
    return {
        "name": "leaks",
        "gas": [s.key for s in SENSORS],
        "wind_speed": "speed",
        "wind_direction": "direction",
        "sources": [{"key": s.key, "x": s.x, "y": s.y, "z": s.z} for s in SOURCES],
        "latitude": 39.9,
        "longitude": 116.4,
    } | changes


def batch(values: np.ndarray, wind: np.ndarray) -> Readings:
    """One reading a minute of every channel, each at its own second."""
    minutes = len(values)
    direction = np.degrees(np.arctan2(-wind[:, 0], -wind[:, 1])) % 360  # where it comes from
    table = np.column_stack([values, np.hypot(wind[:, 0], wind[:, 1]), direction])
    time = START + np.arange(minutes)[:, None] * 60_000_000 + np.arange(table.shape[1]) * 1_000_000
    channel = np.broadcast_to(np.arange(table.shape[1]), table.shape)
    return Readings.of(channel.ravel(), time.ravel(), table.ravel())
