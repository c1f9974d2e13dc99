"""A lithium battery workshop: formation racks that charge and rest, solvent vapour at the coater, dew point."""

from __future__ import annotations

from yufang.demo.plants.model import Lag, Noise, Plant, Tag

RACKS = [f"rack{n:02d}" for n in range(1, 13)]


class BatteryShop(Plant):
    """Twelve formation racks in a cycle of three hours each, out of step; hydrogen and carbon monoxide above them."""

    key = "battery"
    zh = "锂光电池化成车间（虚构）"
    en = "Liguang lithium battery workshop (made up)"
    protocol = "sparkplug"

    def __init__(self, seed: int = 7, start_hour: float = 8.0) -> None:
        super().__init__(seed, start_hour)
        for n, name in enumerate(RACKS):
            x, y = 6.0 + 4 * (n % 6), 8.0 + 6 * (n // 6)
            hot = (("high", 45.0), ("high_high", 60.0), ("rate", 3.0))
            self.tags += [
                Tag(
                    f"{name}.temperature", "temperature", "degC", -20, 150, x, y, 1.5, "化成区", "电池温度", limits=hot
                ),
                Tag(f"{name}.voltage", "voltage", "V", 0, 5, x, y, 1.5, "化成区", "电池电压", limits=(("high", 4.25),)),
                Tag(f"{name}.current", "current", "A", -200, 200, x, y, 1.5, "化成区", "充电电流"),
            ]
        self.tags += [
            Tag("h2-1", "gas:h2", "%LEL", 0, 100, 10, 11, 3.5, "化成区", "氢气"),
            Tag("h2-2", "gas:h2", "%LEL", 0, 100, 22, 11, 3.5, "化成区", "氢气"),
            Tag("co-1", "gas:co", "ppm", 0, 500, 16, 11, 3.0, "化成区", "一氧化碳"),
            Tag("coater.voc", "voc", "ppm", 0, 2000, 40, 10, 1.5, "涂布区", "溶剂蒸气"),
            Tag("dry.dewpoint", "dew_point", "degC", -80, 20, 52, 10, 2, "干燥房", "露点", limits=(("high", -30.0),)),
            Tag("fan.flow", "flow", "m3/h", 0, 60_000, 30, 20, 5, "化成区", "排风量", limits=(("low", 18_000.0),)),
        ]
        self._hot = {name: Lag(900.0, 25.0) for name in RACKS}
        self._h2 = {name: Noise(self.rng, 0.8, 0.15, 300.0) for name in ("h2-1", "h2-2")}
        self._co = Noise(self.rng, 2.0, 0.3, 400.0)
        self._voc = Noise(self.rng, 55.0, 9.0, 90.0)
        self._dew = Noise(self.rng, -45.0, 1.0, 600.0)
        self._flow = Noise(self.rng, 26_000.0, 350.0, 30.0)

    def _advance(self, seconds: float) -> dict[str, float]:
        values: dict[str, float] = {}
        for n, name in enumerate(RACKS):
            at = (self.seconds + 900 * n) % 10_800 / 10_800  # 0-0.6 charge, 0.6-0.7 rest, then discharge
            current = 60.0 if at < 0.45 else 60.0 * (0.6 - at) / 0.15 if at < 0.6 else 0.0 if at < 0.7 else -45.0
            charge = at / 0.6 if at < 0.6 else 1.0 if at < 0.7 else 1 - (at - 0.7) / 0.3
            volts = 3.1 + 0.95 * charge**0.6 + 0.0012 * current
            warm = self._hot[name].step(seconds, 25.0 + 0.0028 * current * current)
            values[f"{name}.temperature"] = warm + 0.05 * self.rng.standard_normal()
            values[f"{name}.voltage"] = volts + 0.001 * self.rng.standard_normal()
            values[f"{name}.current"] = current + 0.05 * self.rng.standard_normal()
        for name, noise in self._h2.items():
            values[name] = max(0.0, noise.step(seconds))
        values["co-1"] = max(0.0, self._co.step(seconds))
        values["coater.voc"] = max(0.0, self._voc.step(seconds))
        values["dry.dewpoint"] = self._dew.step(seconds)
        values["fan.flow"] = self._flow.step(seconds)
        return values
