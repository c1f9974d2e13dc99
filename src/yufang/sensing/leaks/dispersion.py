"""How gas spreads from a point: the Gaussian plume, and puffs that follow a changing wind.

Sources: Turner 1970 (AP-26), equations 3.1 and 5.20; Briggs 1973 (ATDL-79) open-country curves as tabled by Hanna,
Briggs and Hosker, Handbook on Atmospheric Diffusion, 1982 (DOE/TIC-11223), table 4.5; puff superposition as in
Zannetti, Air Pollution Modeling, 1990, chapter 8. Distances are metres, east and north of the site's own zero; heights
are above ground; a wind points to where the air goes. Concentrations are kilograms a cubic metre for each kg/s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.leaks.stability import CLASSES

Floats = NDArray[np.float64]

# Briggs, open country: sigma_y = a x / sqrt(1 + 1e-4 x); sigma_z = b x (1 + c x)^d.
_Y = np.array([0.22, 0.16, 0.11, 0.08, 0.06, 0.04])
_Z = np.array(
    [
        (0.20, 0.0, 0.0),
        (0.12, 0.0, 0.0),
        (0.08, 2e-4, -0.5),
        (0.06, 1.5e-3, -0.5),
        (0.03, 3e-4, -1.0),
        (0.016, 3e-4, -1.0),
    ]
)
CALM = 0.5  # m/s; below this a steady plume means nothing (Turner 1970, chapter 7, warns below about 1 m/s)
_LEAST = 0.3  # m: a puff is never smaller than the leak's own opening and jet
_MOLAR_VOLUME = 24.45  # litres a mole at 25 degrees and 101.3 kPa


@dataclass(frozen=True)
class Place:
    """A sensor or a possible source: metres east and north of the site's zero, height above ground."""

    key: str
    x: float
    y: float
    z: float


def sigmas(distance: Floats, stability: str) -> tuple[Floats, Floats]:
    """Spread across and up (metres) at `distance` (metres), Briggs open country, for class A-F."""
    at = CLASSES.index(stability)
    b, c, d = _Z[at]
    x = np.maximum(distance, 0.0)
    across = np.maximum(_Y[at] * x / np.sqrt(1 + 1e-4 * x), _LEAST)
    up = np.maximum(b * x * (1 + c * x) ** d, _LEAST)
    return across, up


def plume(source: Place, x: Floats, y: Floats, z: float, wind: tuple[float, float], stability: str) -> Floats:
    """Steady concentration at points (x, y) and height z for a release of 1 kg/s; Turner 1970, equation 3.1.

    `wind` is (east, north) in m/s. Upwind of the source it is zero. Raises ValueError in a calm: a plume divides by the
    wind, and what it says of still air is not true of it.
    """
    speed = math.hypot(*wind)
    if speed < CALM:
        raise ValueError(f"the wind is {speed:.2f} m/s; a plume needs at least {CALM} m/s, use puffs")
    east, north = wind[0] / speed, wind[1] / speed
    along = (x - source.x) * east + (y - source.y) * north
    aside = (y - source.y) * east - (x - source.x) * north
    across, up = sigmas(along, stability)
    level = np.exp(-0.5 * ((z - source.z) / up) ** 2) + np.exp(-0.5 * ((z + source.z) / up) ** 2)
    density = np.exp(-0.5 * (aside / across) ** 2) * level / (2 * math.pi * speed * across * up)
    return np.asarray(np.where(along > 0, density, 0.0))


def ppm(concentration: Floats, molar_mass: float) -> Floats:
    """Parts per million by volume of kilograms a cubic metre, for a gas of `molar_mass` g/mol, at 25 degrees."""
    return np.asarray(concentration * 1e6 * _MOLAR_VOLUME / molar_mass)


class Puffs:
    """Puffs from one imagined release of 1 kg/s, carried by each minute's wind; the same drift serves every source.

    A puff keeps the class it was born in, grows with the way it has gone, and is dropped beyond `reach` metres or
    `life` seconds; where there are more than `capacity`, the oldest go. `step` feeds one stretch of time.
    """

    FIELDS = 6  # east, north, way gone (m), class, mass (kg), age (s)

    def __init__(self, reach: float = 250.0, life: float = 900.0, spacing: float = 4.0, capacity: int = 400) -> None:
        self.reach, self.life, self.spacing, self.capacity = reach, life, spacing, capacity
        self.held: Floats = np.zeros((0, self.FIELDS))

    def step(self, wind: tuple[float, float], stability: str, seconds: float = 60.0) -> tuple[Floats, Floats]:
        """Move on by `seconds` in `wind` (towards east and north, m/s), releasing 1 kg/s.

        Answers the puffs as they stand at several moments on the way, (k, 6), and the weight of each, (k,): what
        `seen_at` makes a mean over the stretch of.
        """
        # Puffs stand `spacing` metres apart, so that neighbours overlap where the nearest sensors stand.
        every = min(max(self.spacing / max(math.hypot(*wind), 1e-6), 0.5), 6.0)
        count = max(round(seconds / every), 1)
        births = ((np.arange(count) + 0.5) * (seconds / count)).astype(np.float64)
        new = np.zeros((count, self.FIELDS))
        new[:, 3] = CLASSES.index(stability)
        new[:, 4] = seconds / count
        moments = max(math.ceil(seconds / 20.0), 1)
        seen: list[Floats] = []
        for moment in [(n + 0.5) * seconds / moments for n in range(moments)]:
            born = births < moment
            seen += [_moved(self.held, wind, moment), _moved(new[born], wind, moment - births[born])]
        held = np.vstack([_moved(self.held, wind, seconds), _moved(new, wind, seconds - births)])
        self.held = held[(held[:, 2] <= self.reach) & (held[:, 5] <= self.life)][-self.capacity :]
        rows = np.vstack(seen)
        return rows, np.full(len(rows), 1.0 / moments)


def _moved(puffs: Floats, wind: tuple[float, float], seconds: float | Floats) -> Floats:
    """A copy of the puffs after `seconds` in `wind`."""
    after = puffs.copy()
    after[:, 0] += wind[0] * seconds
    after[:, 1] += wind[1] * seconds
    after[:, 2] += math.hypot(*wind) * seconds
    after[:, 5] += seconds
    return after


def seen_at(
    puffs: Floats, weights: Floats, sources: Sequence[Place], sensors: Sequence[Place], meander: float = 0.0
) -> Floats:
    """Mean concentration (sources, sensors) for 1 kg/s from `Puffs.step`'s answer; Turner 1970, equation 5.20.

    `meander` (radians) widens each puff: a minute's mean wind says only so well which way the gas went.
    """
    answer = np.zeros((len(sources), len(sensors)))
    if not len(puffs) or not answer.size:
        return answer
    x = np.maximum(puffs[:, 2], 0.0)
    kind = puffs[:, 3].astype(np.int64)
    across = np.maximum(_Y[kind] * x / np.sqrt(1 + 1e-4 * x), _LEAST)
    if meander:
        across = np.hypot(across, meander * x)
    b, c, d = _Z[kind, 0], _Z[kind, 1], _Z[kind, 2]
    up = np.maximum(b * x * (1 + c * x) ** d, _LEAST)
    scale = weights * puffs[:, 4] / ((2 * math.pi) ** 1.5 * across**2 * up)
    wide, tall = 0.5 / across**2, 0.5 / up**2
    at = np.array([[sensor.x, sensor.y, sensor.z] for sensor in sensors])
    for i, source in enumerate(sources):
        east = source.x + puffs[:, 0] - at[:, 0, None]
        north = source.y + puffs[:, 1] - at[:, 1, None]
        rows = np.exp(-(east**2 + north**2) * wide) * scale
        for height in np.unique(at[:, 2]):
            level = np.exp(-tall * (height - source.z) ** 2) + np.exp(-tall * (height + source.z) ** 2)
            chosen = at[:, 2] == height
            answer[i, chosen] = rows[chosen] @ level
    return answer
