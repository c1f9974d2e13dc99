"""A stamping shop: six presses in their stroke rhythm, hydraulics, a light curtain, noise."""

from __future__ import annotations

import math

from yufang.demo.plants.model import Lag, Noise, Plant, Tag, daily

PRESSES = {f"press{n}": (12.0 + 9 * n, 14.0) for n in range(1, 7)}


class Stamping(Plant):
    """Presses work in shifts; bearings warm up with the work and cool in the breaks."""

    key = "stamping"
    zh = "宏远冲压车间（虚构）"
    en = "Hongyuan stamping shop (made up)"
    protocol = "opcua"

    def __init__(self, seed: int = 7, start_hour: float = 8.0) -> None:
        super().__init__(seed, start_hour)
        for name, (x, y) in PRESSES.items():
            self.tags += [
                Tag(
                    f"{name}.tonnage", "force", "kN", 0, 2500, x, y, 1.5, "冲压线", "冲压力", limits=(("high", 1800.0),)
                ),
                Tag(
                    f"{name}.vibration",
                    "vibration",
                    "mm/s",
                    0,
                    50,
                    x,
                    y,
                    1.0,
                    "冲压线",
                    "振动速度",
                    limits=(("high", 7.1),),
                ),
                Tag(
                    f"{name}.bearing",
                    "temperature",
                    "degC",
                    0,
                    150,
                    x,
                    y,
                    1.2,
                    "冲压线",
                    "轴承温度",
                    limits=(("high", 75.0),),
                ),
                Tag(f"{name}.oil", "pressure", "MPa", 0, 25, x, y, 0.6, "冲压线", "液压", limits=(("low", 6.0),)),
                Tag(f"{name}.strokes", "strokes", "rpm", 0, 120, x, y, 1.5, "冲压线", "行程次数"),
                Tag(f"{name}.curtain", "state", "1", 0, 1, x, y + 1.5, 1.2, "冲压线", "光幕遮断"),
            ]
        self.tags += [
            Tag("hall.noise", "noise", "dB", 30, 140, 40, 10, 2, "冲压线", "噪声", limits=(("high", 85.0),)),
            Tag("hall.temperature", "temperature", "degC", -20, 60, 40, 10, 3, "冲压线", "车间温度"),
        ]
        self._load = {name: Noise(self.rng, 1150.0 + 40 * n, 35.0, 20.0) for n, name in enumerate(PRESSES)}
        self._shake = {name: Noise(self.rng, 2.4, 0.4, 45.0) for name in PRESSES}
        self._bearing = {name: Lag(1500.0, 35.0) for name in PRESSES}
        self._oil = {name: Noise(self.rng, 9.5, 0.15, 15.0) for name in PRESSES}
        self._breaks = {name: self.rng.uniform(0, 600) for name in PRESSES}

    def _works(self, name: str) -> bool:
        """Shifts from 8 to 20 with a lunch break; each press stops a minute in ten for its material."""
        if not 8 <= self.hour < 20 or 12 <= self.hour < 12.75:
            return False
        return (self.seconds + self._breaks[name]) % 600 > 60

    def _advance(self, seconds: float) -> dict[str, float]:
        values: dict[str, float] = {}
        hall = daily(self.hour, 22.0, 3.0, 15.0)
        working = 0
        for name in PRESSES:
            on = self._works(name)
            working += on
            load, shake = self._load[name].step(seconds), self._shake[name].step(seconds)
            strokes = 42.0 if on else 0.0
            values[f"{name}.tonnage"] = load if on else 0.0
            values[f"{name}.vibration"] = shake if on else 0.15 + 0.02 * self.rng.standard_normal()
            values[f"{name}.bearing"] = self._bearing[name].step(seconds, hall + (28.0 if on else 0.0))
            values[f"{name}.oil"] = self._oil[name].step(seconds)
            values[f"{name}.strokes"] = strokes
            # Hands are in the light curtain only while the press stands and the next sheet is laid.
            values[f"{name}.curtain"] = float(not on and self.rng.random() < 0.35)
        values["hall.noise"] = 55.0 + (10 * math.log10(1 + 60 * working)) + 0.6 * self.rng.standard_normal()
        values["hall.temperature"] = hall
        return values
