"""From equipment: channels that say in which state it is.

`state:alarm`, `state:bypass` (a guard or interlock is off), `state:maintenance`, `state:running`: on from 0.5, off
below. A silent one says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.rules import Rules
from yufang.sensing.riskmap.sensors import Sensor

_PREFIX = "state:"


def equipment_factors(sensors: Iterable[tuple[str, Sensor]], now: int, rules: Rules) -> list[Factor]:
    """Factors of (device, sensor): alarm, bypass, maintenance, and running while in maintenance."""
    by_device: dict[str, dict[str, Sensor]] = {}
    for device, sensor in sensors:
        if sensor.quantity.startswith(_PREFIX):
            by_device.setdefault(device, {})[sensor.quantity.removeprefix(_PREFIX)] = sensor
    found: list[Factor] = []
    for states in by_device.values():
        on = {
            name: sensor for name, sensor in states.items() if sensor.heard(now, rules) and (sensor.value or 0.0) >= 0.5
        }
        found += _of_one(on, rules)
    return found


def _of_one(on: dict[str, Sensor], rules: Rules) -> list[Factor]:
    own, found = rules.equipment, []
    if "alarm" in on:
        risk = own.alarm
        found.append(_hazard(on["alarm"], risk.likelihood, risk.consequence, rules, "设备报警", "the equipment alarms"))
    if "bypass" in on:
        risk = own.bypass
        words = ("防护或联锁已旁路", "a guard or interlock is bypassed")
        found.append(_hazard(on["bypass"], risk.likelihood, risk.consequence, rules, *words))
    if "maintenance" in on and "running" in on:
        risk = own.running_in_maintenance
        words = ("检修状态下设备仍在运行", "it runs while it is in maintenance")
        found.append(_hazard(on["maintenance"], risk.likelihood, risk.consequence, rules, *words))
    elif "maintenance" in on:
        sensor, times = on["maintenance"], own.maintenance.times
        found.append(
            Factor(
                ref=f"{sensor.group}/state",
                kind="equipment",
                part="multiplier",
                where=_where(sensor, rules),
                since=sensor.time or 0,
                times=times,
                why_zh=f"{sensor.name_zh}：检修中，周围危险的可能性 ×{times:g}",
                why_en=f"{sensor.name_en}: in maintenance; dangers around it are {times:g} times as likely",
                link=sensor.link,
                synthetic=sensor.synthetic,
            )
        )
    return found


def _where(sensor: Sensor, rules: Rules) -> Where:
    return replace(sensor.where, reach_m=rules.reach_m["equipment"])


def _hazard(sensor: Sensor, likelihood: float, consequence: float, rules: Rules, zh: str, en: str) -> Factor:
    return Factor(
        ref=f"{sensor.group}/state", group=sensor.group, kind="equipment", part="hazard", where=_where(sensor, rules),
        since=sensor.time or 0, likelihood=likelihood, consequence=consequence, why_zh=f"{sensor.name_zh}：{zh}",
        why_en=f"{sensor.name_en}: {en}", link=sensor.link, synthetic=sensor.synthetic,
    )  # fmt: skip
