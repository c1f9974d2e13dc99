"""A cold store cooled by ammonia: rooms, compressors that switch, detectors in the machine room."""

from __future__ import annotations

import math

from yufang.demo.plants.model import Address, Lag, Noise, Plant, Tag, daily, spaced

ROOMS = {"room1": -20.0, "room2": -20.0, "room3": -2.0, "room4": 2.0}


class ColdStore(Plant):
    """Four rooms around their set-points, a screw compressor by demand, a defrost every four hours."""

    key = "coldstore"
    zh = "江北氨制冷冷库（虚构）"
    en = "Jiangbei ammonia cold store (made up)"
    protocol = "modbus"

    def __init__(self, seed: int = 7, start_hour: float = 8.0) -> None:
        super().__init__(seed, start_hour)
        tenth = Address(type="int16", scale=0.1)
        tags = [
            Tag(
                f"{name}.temperature",
                "temperature",
                "degC",
                -40,
                40,
                10 + 12 * n,
                20,
                3,
                "库房",
                "库温",
                tenth,
                (("high", goal + 6),),
            )
            for n, (name, goal) in enumerate(ROOMS.items())
        ]
        tags += [
            Tag(f"nh3-{n}", "gas:nh3", "ppm", 0, 1000, 8.0 + 4 * n, 5, 2.5, "机房", "氨气浓度", tenth)
            for n in range(1, 5)
        ]
        tags += [
            Tag("suction.pressure", "pressure", "MPa", -0.1, 1, 12, 5, 1, "机房", "吸气压力"),
            Tag("discharge.pressure", "pressure", "MPa", 0, 3, 12, 5, 1, "机房", "排气压力", limits=(("high", 1.6),)),
            Tag(
                "discharge.temperature",
                "temperature",
                "degC",
                0,
                150,
                12,
                5,
                1,
                "机房",
                "排气温度",
                limits=(("high", 105.0),),
            ),
            Tag("compressor.current", "current", "A", 0, 400, 12, 5, 1, "机房", "压缩机电流"),
            Tag("receiver.level", "level", "%", 0, 100, 16, 5, 1, "机房", "贮液器液位", limits=(("high", 80.0),)),
        ]
        self.tags = spaced(tags)
        self._rooms = {name: Lag(5400.0, goal) for name, goal in ROOMS.items()}
        self._gas = {n: Noise(self.rng, 3.0, 0.8, 300.0) for n in range(1, 5)}
        self._run = Lag(40.0, 0.7)
        self._on = True

    def _advance(self, seconds: float) -> dict[str, float]:
        outside = daily(self.hour, 20.0, 6.0, 15.0)
        values: dict[str, float] = {}
        worst = max(self._rooms[name].value - goal for name, goal in ROOMS.items())
        self._on = worst > -0.8 if self._on else worst > 0.8
        run = self._run.step(seconds, 1.0 if self._on else 0.25)
        for n, (name, goal) in enumerate(ROOMS.items()):
            defrost = (self.seconds + 3600 * n) % 14_400 < 1200
            pull = goal + (outside - goal) * 0.25 - (0 if defrost else 14.0 * run)
            values[f"{name}.temperature"] = self._rooms[name].step(seconds, pull) + 0.05 * self.rng.standard_normal()
        for n, noise in self._gas.items():
            values[f"nh3-{n}"] = max(0.0, noise.step(seconds))
        values["suction.pressure"] = 0.14 + 0.05 * (1 - run) + 0.002 * self.rng.standard_normal()
        values["discharge.pressure"] = 0.95 + 0.012 * (outside - 20) + 0.2 * run + 0.004 * self.rng.standard_normal()
        values["discharge.temperature"] = 62.0 + 18.0 * run + 0.3 * self.rng.standard_normal()
        values["compressor.current"] = 40.0 + 190.0 * run + 2.0 * self.rng.standard_normal()
        values["receiver.level"] = 46.0 - 8.0 * run + 0.4 * math.sin(self.seconds / 90)
        return values
