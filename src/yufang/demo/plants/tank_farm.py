"""A tank farm of liquefied propane with gas detectors and a wind mast: the plant that develops a leak."""

from __future__ import annotations

import math
from typing import Any

from yufang.demo.plants.air import Puffs, Wind, volume_share
from yufang.demo.plants.model import Lag, Noise, Plant, Tag, daily, spaced

PROPANE = 44.1  # g/mol
LEL = 0.021  # share by volume, as in GB/T 50493
RATE = 12.0  # kg/h: a pump flange that leaks, within what `yufang.sensing.leaks` can tell (0.05 to 20)
PUMPS = {"P-101": (50.0, 41.0, 0.6), "P-102": (62.0, 41.0, 0.6), "P-103": (74.0, 41.0, 0.6)}
LEAKING = "P-102"
DETECTORS = {
    "GT-101": (40.0, 30.0),
    "GT-102": (58.0, 30.0),
    "GT-103": (76.0, 30.0),
    "GT-104": (58.0, 48.0),
    "GT-105": (72.0, 50.0),
    "GT-106": (84.0, 46.0),
    "GT-107": (66.0, 62.0),
    "GT-108": (88.0, 64.0),
    "GT-109": (62.8, 41.6),  # beside the seal of P-102, downwind as the wind mostly blows
}
AT_SEALS = {"GT-109": (("high", 5.0), ("high_high", 10.0))}  # %LEL: earlier than the standard asks, where it begins
# What looks for leaks here (docs/sensing/leaks.md): the priors are for detectors that are true to some ppm of propane,
# not to a tenth of one of methane.
LEAK_WATCH: dict[str, Any] = {
    "wind_speed": "tankfarm.wind.speed",
    "wind_direction": "tankfarm.wind.direction",
    "molar_mass": PROPANE,
    "instant_ppm": 200.0,
    "priors": {"floor": 20.0, "false_middle": 4.0, "stray_middle": 20.0},
}
TANKS = {"V-101": (40.0, 50.0), "V-102": (58.0, 70.0), "V-103": (80.0, 76.0)}


def leak_places() -> list[tuple[str, float, float, float]]:
    """(key, x, y, z) of every place where a leak may begin: pumps and spheres."""
    return [(key, *place) for key, place in PUMPS.items()] + [(key, x, y, 2.0) for key, (x, y) in TANKS.items()]


class TankFarm(Plant):
    """Three spheres, a pump row, nine detectors (infrared, t90 about 8 s, true to some ppm), wind."""

    key = "tankfarm"
    zh = "云溪化工罐区（虚构）"
    en = "Yunxi chemical tank farm (made up)"
    protocol = "modbus"
    leaks = True

    def __init__(self, seed: int = 7, start_hour: float = 8.0) -> None:
        super().__init__(seed, start_hour)
        tags = [
            Tag(
                f"{name}.lel",
                "gas:c3h8",
                "%LEL",
                0,
                100,
                x,
                y,
                0.5,
                "罐区",
                "可燃气体",
                limits=AT_SEALS.get(name, ()),
            )
            for name, (x, y) in DETECTORS.items()
        ]
        for name, (x, y) in TANKS.items():
            limits = (("high", 1.6), ("high_high", 1.7))
            tags += [
                Tag(f"{name}.pressure", "pressure", "MPa", 0, 2.5, x, y, 8, "罐区", "罐压", limits=limits),
                Tag(f"{name}.temperature", "temperature", "degC", -40, 80, x, y, 4, "罐区", "罐温"),
                Tag(
                    f"{name}.level",
                    "level",
                    "%",
                    0,
                    100,
                    x,
                    y,
                    4,
                    "罐区",
                    "液位",
                    limits=(("high", 85.0), ("low", 10.0)),
                ),
            ]
        tags += [
            Tag("wind.speed", "wind_speed", "m/s", 0, 60, 20, 90, 10, "罐区", "风速"),
            Tag("wind.direction", "wind_direction", "deg", 0, 360, 20, 90, 10, "罐区", "风向"),
            Tag("air.temperature", "air_temperature", "degC", -40, 60, 20, 90, 2, "罐区", "气温"),
        ]
        self.tags = spaced(tags)
        self.wind = Wind(self.rng, 1.6, 235.0)
        self.puffs = Puffs(self.rng, *PUMPS[LEAKING])
        self._cells = {name: Lag(3.5) for name in DETECTORS}  # t90 = 2.3 tau
        self._zero = {name: Noise(self.rng, 0.1, 0.01, 240.0) for name in DETECTORS}
        self._level = {"V-101": 62.0, "V-102": 48.0, "V-103": 74.0}
        self._warm = {name: Lag(6 * 3600, 18.0) for name in TANKS}
        self._ripple = {name: Noise(self.rng, 0.0, 0.004, 30.0) for name in TANKS}

    def _advance(self, seconds: float) -> dict[str, float]:
        values: dict[str, float] = {}
        left = seconds
        while left > 1e-9:  # puffs need steps of a second or less
            part = min(left, 1.0)
            air = self.wind.step(part)
            self.puffs.step(part, air, RATE / 3600 if self.leaking else 0.0)
            for name, (x, y) in DETECTORS.items():
                share = 100 * volume_share(self.puffs.at(x, y, 0.5), PROPANE) / LEL
                self._cells[name].step(part, share)
            left -= part
        for name in DETECTORS:
            values[f"{name}.lel"] = self._cells[name].value + max(0.0, self._zero[name].step(seconds))
        values |= self._tanks(seconds)
        values |= {"wind.speed": self.wind.speed, "wind.direction": self.wind.direction}
        values["air.temperature"] = daily(self.hour, 17.0, 5.0, 15.0)
        return values

    def _tanks(self, seconds: float) -> dict[str, float]:
        values: dict[str, float] = {}
        air = daily(self.hour, 17.0, 5.0, 15.0)
        for name in TANKS:
            flow = 0.9 if name == "V-101" else -0.9 if name == "V-102" else 0.0  # % an hour
            self._level[name] = min(84.0, max(12.0, self._level[name] + flow * seconds / 3600))
            warm = self._warm[name].step(seconds, air)
            # Propane's vapour pressure by Antoine (NIST WebBook, 277-360 K: A 4.53678, B 1149.36, C 24.906; bar, K).
            bar = 10 ** (4.53678 - 1149.36 / (warm + 273.15 + 24.906))
            values[f"{name}.pressure"] = (bar - 1.013) / 10 + self._ripple[name].step(seconds)
            values[f"{name}.temperature"] = warm
            values[f"{name}.level"] = self._level[name] + 0.05 * math.sin(self.seconds / 7)
        return values
