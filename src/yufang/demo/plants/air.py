"""Wind that meanders, and gas that it carries: puffs of a continuous release.

Spread by Briggs' curves for open country and neutral air (class D), as tabled in Hanna, Briggs and Hosker, Handbook on
Atmospheric Diffusion, 1982, table 4.5; the sum of puffs as in Zannetti, Air Pollution Modeling, 1990, chapter 8. Gusts
are random, so that what detectors see is patchy as it is outdoors, not a smooth plume.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from yufang.demo.plants.model import Noise

_FAR = 400.0  # metres beyond which a puff is forgotten


class Wind:
    """Speed and direction that wander; direction in degrees from which it comes."""

    def __init__(self, rng: np.random.Generator, speed: float, direction: float) -> None:
        self._speed = Noise(rng, speed, 0.25 * speed, 60.0)
        self._slow = Noise(rng, direction, 18.0, 900.0)
        self._fast = Noise(rng, 0.0, 9.0, 20.0)
        self.speed, self.direction = speed, direction

    def step(self, seconds: float) -> tuple[float, float]:
        """Where the air goes: east and north in m/s."""
        self.speed = max(0.3, self._speed.step(seconds))
        self.direction = (self._slow.step(seconds) + self._fast.step(seconds)) % 360
        to = math.radians(self.direction + 180)
        return self.speed * math.sin(to), self.speed * math.cos(to)


class Puffs:
    """Gas from one place, carried by the wind of each moment."""

    def __init__(self, rng: np.random.Generator, x: float, y: float, z: float) -> None:
        self.rng, self.x, self.y, self.z = rng, x, y, z
        self._at: NDArray[np.float64] = np.zeros((0, 4))  # x, y, way gone, mass in kg

    def step(self, seconds: float, wind: tuple[float, float], rate: float) -> None:
        """Move all puffs and release `rate` kg/s meanwhile, as one puff."""
        speed = math.hypot(*wind)
        gust = 0.15 * speed * math.sqrt(seconds) * self.rng.standard_normal((len(self._at), 2))
        self._at[:, 0:2] += np.asarray(wind) * seconds + gust
        self._at[:, 2] += speed * seconds
        if rate > 0:
            born = np.array(
                [[self.x + wind[0] * seconds / 2, self.y + wind[1] * seconds / 2, speed * seconds / 2, rate * seconds]]
            )
            self._at = np.vstack([self._at, born])
        self._at = self._at[self._at[:, 2] < _FAR]

    def at(self, x: float, y: float, z: float) -> float:
        """kg/m3 at a point; the ground reflects."""
        if not len(self._at):
            return 0.0
        way = self._at[:, 2]
        across = np.maximum(0.08 * way / np.sqrt(1 + 1e-4 * way), 0.5)
        up = np.maximum(0.06 * way / np.sqrt(1 + 1.5e-3 * way), 0.4)
        aside = (self._at[:, 0] - x) ** 2 + (self._at[:, 1] - y) ** 2
        level = np.exp(-0.5 * ((z - self.z) / up) ** 2) + np.exp(-0.5 * ((z + self.z) / up) ** 2)
        dense = self._at[:, 3] * np.exp(-0.5 * aside / across**2) * level / ((2 * math.pi) ** 1.5 * across**2 * up)
        return float(dense.sum())


def volume_share(kg_m3: float, molar_mass: float) -> float:
    """Share by volume (0 to 1) of a gas of `molar_mass` g/mol, at 25 degrees and 101.3 kPa (24.45 l/mol)."""
    return kg_m3 * 1000 / molar_mass * 24.45e-3
