"""One site, minute by minute: wind and readings in, belief out. What the detector and the bench both stand on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.leaks.background import Background
from yufang.sensing.leaks.belief import Answer, Belief, Priors
from yufang.sensing.leaks.dispersion import Place, Puffs, ppm, seen_at
from yufang.sensing.leaks.stability import from_sun, sun_elevation

Floats = NDArray[np.float64]
# A minute's mean wind leaves this much open (radians) of where the gas of that minute went.
MEANDER = 0.2
# Share of the sensors that rise together when it is the region's air that changes, and no leak.
COMMON = 0.25


@dataclass(frozen=True)
class Site:
    """Where sensors and possible sources stand (metres on the plan), and where on earth for the sun.

    turned: degrees, anticlockwise, by which the anemometer's readings have to be turned to fit the plan.
    """

    sources: tuple[Place, ...]
    sensors: tuple[Place, ...]
    latitude: float
    longitude: float
    molar_mass: float = 16.04
    turned: float = 0.0

    @property
    def reach(self) -> float:
        """How far gas is followed: half as far again as from any source to any sensor, and at least 60 m."""
        ways = [math.hypot(a.x - b.x, a.y - b.y) for a in self.sources for b in self.sensors]
        return max(60.0, 1.5 * max(ways, default=0.0))


@dataclass
class Air:
    """Puffs over a site: what a release of 1 kg/h from each source would show at each sensor, minute by minute."""

    site: Site
    puffs: Puffs = field(init=False)

    def __post_init__(self) -> None:
        self.puffs = Puffs(reach=self.site.reach)

    def step(self, time_us: int, wind: tuple[float, float], seconds: float = 60.0) -> Floats:
        """ppm for 1 kg/h, (sources, sensors), over the stretch that ends at `time_us`; wind (east, north) in m/s."""
        east, north = turned(wind, self.site.turned)
        rows, weights = self.puffs.step((east, north), self.stability(time_us, wind), seconds)
        seen = seen_at(rows, weights, self.site.sources, self.site.sensors, MEANDER)
        return ppm(seen, self.site.molar_mass) / 3600.0

    def stability(self, time_us: int, wind: tuple[float, float]) -> str:
        """Class A-F of this minute, by wind and the sun's height (a clear sky is assumed)."""
        elevation = sun_elevation(time_us, self.site.latitude, self.site.longitude)
        return from_sun(math.hypot(*wind), elevation)


def turned(wind: tuple[float, float], degrees: float) -> tuple[float, float]:
    """A wind (east, north) turned anticlockwise."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return wind[0] * cosine - wind[1] * sine, wind[0] * sine + wind[1] * cosine


def local(excess: Floats) -> Floats:
    """Excess (sensors,) without what the region's air did: the rise that a quarter of the sensors fall short of.

    On a calm night the background rises at all sensors at once; gas of a leak passes some and not others.
    """
    heard = excess[np.isfinite(excess)]
    if len(heard) < 4:
        return excess
    return np.asarray(excess - max(float(np.quantile(heard, COMMON)), 0.0))


class Watch:
    """Background, puffs and belief of one site, fed minute by minute: what is known of a leak from past and present."""

    def __init__(self, site: Site, priors: Priors | None = None) -> None:
        self.site = site
        self.air = Air(site)
        self.background = Background(len(site.sensors))
        self.belief = Belief(len(site.sources), len(site.sensors), priors or Priors())
        self.excess: Floats = np.full(len(site.sensors), np.nan)

    def step(self, time_us: int, values: Sequence[float] | Floats, wind: tuple[float, float] | None) -> Answer:
        """Take the minute that ends at `time_us`: readings (sensors,) in ppm, NaN where missing; wind None if unknown.

        Without wind the puffs stay where they are and say nothing: the belief then goes by the gas alone.
        """
        self.excess = local(self.background.step(np.asarray(values, np.float64))[0])
        if wind is None:
            return self.belief.step(self.excess, self.nowhere(), math.nan)
        return self.belief.step(self.excess, self.air.step(time_us, wind), math.hypot(*wind))

    def nowhere(self) -> Floats:
        """What a release would show where the wind isn't known: nothing that could be said, (sources, sensors)."""
        return np.zeros((len(self.site.sources), len(self.site.sensors)))
