"""What a simulated plant is: tags with their addresses, and a state that moves on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

Protocol = Literal["modbus", "opcua", "mqtt", "sparkplug"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a tag stands: a Modbus table and address with type and scale; elsewhere its name is enough."""

    table: Literal["input", "holding"] = "input"
    address: int = 0
    type: Literal["uint16", "int16", "float32"] = "float32"
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Tag:
    """One measured quantity. `key` is unique in its plant; `unit` as the sensing room spells it; metres on the plan."""

    key: str
    quantity: str
    unit: str
    low: float
    high: float
    x: float
    y: float
    z: float = 1.5
    area: str = ""
    zh: str = ""
    address: Address = field(default_factory=Address)
    limits: tuple[tuple[str, float], ...] = ()  # (kind, value) set by the demo where no standard sets one


class Noise:
    """A value that wanders around its mean (Ornstein-Uhlenbeck): `sd` in the long run, forgets in `tau` seconds."""

    def __init__(self, rng: np.random.Generator, mean: float, sd: float, tau: float) -> None:
        self.rng, self.mean, self.sd, self.tau = rng, mean, sd, tau
        self.value = mean + sd * rng.standard_normal()

    def step(self, seconds: float) -> float:
        """The value `seconds` later; exact for any step."""
        keep = math.exp(-seconds / self.tau)
        spread = self.sd * math.sqrt(1 - keep * keep)
        self.value = self.mean + (self.value - self.mean) * keep + spread * self.rng.standard_normal()
        return self.value


class Lag:
    """A sensor or a mass that follows what it sees with a time constant of `tau` seconds."""

    def __init__(self, tau: float, value: float = 0.0) -> None:
        self.tau, self.value = tau, value

    def step(self, seconds: float, target: float) -> float:
        """The value `seconds` later, with `target` standing still meanwhile."""
        self.value += (target - self.value) * (1 - math.exp(-seconds / self.tau))
        return self.value


def daily(hour: float, mean: float, swing: float, peak: float) -> float:
    """A day's rhythm: `mean` ± `swing`, highest at hour `peak`."""
    return mean + swing * math.cos((hour - peak) / 24 * 2 * math.pi)


def spaced(tags: Iterable[Tag], start: int = 0) -> list[Tag]:
    """`tags` with Modbus addresses one after the other: float32 takes two registers."""
    placed, at = [], start
    for tag in tags:
        size = 2 if tag.address.type == "float32" else 1
        placed.append(replace(tag, address=replace(tag.address, address=at)))
        at += size
    return placed


class Plant:
    """One made-up plant. `seconds` counts from its start; `hour` is its hour of the day."""

    key: str = ""
    zh: str = ""
    en: str = ""
    protocol: Protocol = "modbus"
    leaks: bool = False  # whether it can develop a leak

    def __init__(self, seed: int = 7, start_hour: float = 8.0) -> None:
        self.rng = np.random.default_rng([seed, sum(self.key.encode())])
        self.seconds = 0.0
        self.start_hour = start_hour
        self.leak_at: float | None = None
        self.tags: list[Tag] = []
        self.values: dict[str, float] = {}

    @property
    def hour(self) -> float:
        return (self.start_hour + self.seconds / 3600) % 24

    @property
    def leaking(self) -> bool:
        return self.leak_at is not None and self.seconds >= self.leak_at

    def step(self, seconds: float) -> dict[str, float]:
        """Move on by `seconds`; the values of all tags, within their ranges."""
        self.seconds += seconds
        found = self._advance(seconds)
        self.values = {tag.key: min(max(found[tag.key], tag.low), tag.high) for tag in self.tags}
        return self.values

    def _advance(self, seconds: float) -> dict[str, float]:
        raise NotImplementedError
