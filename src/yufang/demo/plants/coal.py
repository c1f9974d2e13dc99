"""A longwall face: methane that breathes with the shearer and the barometer, carbon monoxide, air, support pressure."""

from __future__ import annotations

import math

from yufang.demo.plants.model import Lag, Noise, Plant, Tag

SUPPORTS = [f"support{n:02d}" for n in range(10, 110, 20)]


class Longwall(Plant):
    """The shearer cuts for 50 minutes and stands for 20; methane at the return follows with the way of the air."""

    key = "longwall"
    zh = "石岭煤矿 3102 综采面（虚构）"
    en = "Shiling coal mine, longwall 3102 (made up)"
    protocol = "mqtt"

    def __init__(self, seed: int = 7, start_hour: float = 8.0) -> None:
        super().__init__(seed, start_hour)
        gas = (("high", 1.0), ("high_high", 1.5))
        self.tags = [
            Tag("T1.ch4", "gas:ch4", "%vol", 0, 4, 120, 6, 2.2, "工作面", "工作面瓦斯", limits=gas),
            Tag("T2.ch4", "gas:ch4", "%vol", 0, 4, 180, 4, 2.2, "回风巷", "回风瓦斯", limits=(("high", 1.0),)),
            Tag("corner.ch4", "gas:ch4", "%vol", 0, 4, 128, 2, 2.4, "上隅角", "上隅角瓦斯", limits=gas),
            Tag("return.co", "gas:co", "ppm", 0, 500, 180, 4, 2.2, "回风巷", "一氧化碳"),
            Tag("return.air", "wind_speed", "m/s", 0, 15, 180, 4, 1.8, "回风巷", "风速", limits=(("low", 0.5),)),
            Tag(
                "face.temperature", "temperature", "degC", 0, 60, 120, 6, 2, "工作面", "温度", limits=(("high", 30.0),)
            ),
            Tag("face.dust", "dust", "mg/m3", 0, 500, 120, 6, 1.6, "工作面", "粉尘"),
            Tag("shearer.current", "current", "A", 0, 400, 100, 6, 1.5, "工作面", "采煤机电流"),
        ]
        self.tags += [
            Tag(
                f"{name}.leg",
                "pressure",
                "MPa",
                0,
                60,
                20.0 * n,
                6,
                1.5,
                "工作面",
                "支架立柱压力",
                limits=(("high", 42.0),),
            )
            for n, name in enumerate(SUPPORTS)
        ]
        self._seep = Noise(self.rng, 0.32, 0.03, 1800.0)
        self._puff = Noise(self.rng, 0.0, 0.035, 25.0)
        self._cut = Lag(180.0)
        self._way = Lag(90.0)
        self._air = Noise(self.rng, 1.9, 0.07, 120.0)
        self._co = Noise(self.rng, 4.0, 0.5, 600.0)
        self._legs = {name: self.rng.uniform(22, 30) for name in SUPPORTS}

    def _advance(self, seconds: float) -> dict[str, float]:
        cutting = self.seconds % 4200 < 3000
        freed = self._cut.step(seconds, 0.22 if cutting else 0.0)
        air = max(0.3, self._air.step(seconds))
        barometer = 0.04 * math.sin(2 * math.pi * self.hour / 12)  # gas comes out of the goaf as the pressure falls
        face = max(0.0, (self._seep.step(seconds) + freed + barometer) * 1.9 / air + self._puff.step(seconds))
        back = self._way.step(seconds, face * 0.85)
        values = {
            "T1.ch4": face,
            "T2.ch4": back,
            "corner.ch4": back * 1.25,
            "return.co": max(0.0, self._co.step(seconds)),
            "return.air": air,
            "face.temperature": 24.5 + (1.5 if cutting else 0.0) + 0.05 * self.rng.standard_normal(),
            "face.dust": max(0.0, (38.0 if cutting else 4.0) * math.exp(0.25 * self.rng.standard_normal())),
            "shearer.current": max(
                0.0, (165.0 if cutting else 0.0) + (12.0 * self.rng.standard_normal() if cutting else 0)
            ),
        }
        for name in SUPPORTS:
            # Roof load builds up until the support is moved on and set anew.
            self._legs[name] += 8.0 * seconds / 3600
            if self._legs[name] > 38.0:
                self._legs[name] = self.rng.uniform(22, 26)
            values[f"{name}.leg"] = self._legs[name] + 0.1 * self.rng.standard_normal()
        return values
