"""From weather stations: wind, heat, rain and lightning. What the standards set is named; the rest is our reading."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.rules import Rules, step
from yufang.sensing.riskmap.sensors import Sensor
from yufang.standards import hot_weather_rule, wbgt_limit

# Lower bounds in m/s of forces 1 to 12. Source: GB/T 28591-2012, wind at 10 m.
_BEAUFORT = (0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7)
OUTDOORS = Where(extent="outdoors")
QUANTITIES = ("wind_speed", "air_temperature", "wbgt", "rain", "lightning")


def beaufort(metres_per_second: float) -> int:
    """The force of a wind, 0 to 12 (GB/T 28591-2012). Raises ValueError for a speed below zero."""
    if not metres_per_second >= 0:
        raise ValueError(f"a wind of {metres_per_second} m/s: it has to be zero or more")
    return bisect_right(_BEAUFORT, metres_per_second)


def wind_of(sensors: Iterable[Sensor], now: int, rules: Rules) -> tuple[Sensor, int] | None:
    """(sensor, force) of the strongest wind that is measured outdoors now; None where none is."""
    strongest: tuple[Sensor, int] | None = None
    for sensor in sensors:
        if sensor.quantity != "wind_speed" or not sensor.outdoors or not sensor.heard(now, rules):
            continue
        speed = sensor.in_unit("m/s")
        if speed is not None and speed >= 0 and (strongest is None or beaufort(speed) > strongest[1]):
            strongest = (sensor, beaufort(speed))
    return strongest


def weather_factors(sensors: Iterable[Sensor], now: int, rules: Rules) -> list[Factor]:
    """Factors of the weather that is heard now; a station that is silent is told by `sensor_factors` if it has limits,
    and here as unknown outdoors if it has none."""
    stations = [sensor for sensor in sensors if sensor.quantity in QUANTITIES]
    found: list[Factor] = []
    for sensor in stations:
        if sensor.quantity != "wbgt" and not sensor.outdoors:
            continue
        if not sensor.heard(now, rules):
            if not sensor.limits:
                found.append(_unheard(sensor, now, rules))
            continue
        made = _MAKERS[sensor.quantity](sensor, rules)
        if made is not None:
            found.append(made)
    return found


def _wind(sensor: Sensor, rules: Rules) -> Factor | None:
    speed = sensor.in_unit("m/s")
    if speed is None or speed < 0:
        return None
    force = beaufort(speed)
    times = step(rules.weather.wind_times, force)
    if times is None:
        return None
    return _multiplier(
        sensor,
        times,
        f"风速 {speed:.1f} m/s（{force} 级）",
        f"a wind of {speed:.1f} m/s (force {force})",
        "GB/T 28591-2012",
    )


def _rain(sensor: Sensor, rules: Rules) -> Factor | None:
    fall = sensor.in_unit("mm/hour")
    if fall is None or fall < rules.weather.rain.from_mm_h:
        return None
    return _multiplier(sensor, rules.weather.rain.times, f"降雨 {fall:.1f} mm/h", f"{fall:.1f} mm/h of rain", "")


def _heat(sensor: Sensor, rules: Rules) -> Factor | None:
    degrees = sensor.in_unit("degC")
    rule = hot_weather_rule(degrees) if degrees is not None else None
    if degrees is None or rule is None:
        return None
    heat = rules.weather.heat
    likelihood = heat.stop if rule.stop else heat.hotter if rule.hours_max is not None else heat.hot
    return _hazard(
        sensor, likelihood, heat.consequence, OUTDOORS, rule.clause,
        f"气温 {degrees:.1f} ℃：{rule.rule_zh}", f"{degrees:.1f} °C: {rule.rule_en}",
    )  # fmt: skip


def _wbgt(sensor: Sensor, rules: Rules) -> Factor | None:
    degrees, own = sensor.in_unit("degC"), rules.weather.wbgt
    limit = wbgt_limit(own.contact_rate_pct, own.work_class)
    if degrees is None or degrees <= limit:
        return None
    where = OUTDOORS if sensor.outdoors else sensor.at_place(rules)
    return _hazard(
        sensor, own.likelihood, own.consequence, where,
        f"GBZ 2.2-2007 表8（接触时间率 {own.contact_rate_pct}%，劳动强度 {own.work_class} 级）",
        f"WBGT {degrees:.1f} ℃，超过限值 {limit:g} ℃", f"a WBGT of {degrees:.1f} °C, above the limit of {limit:g} °C",
    )  # fmt: skip


def _lightning(sensor: Sensor, rules: Rules) -> Factor | None:
    own = rules.weather.lightning
    distance = sensor.in_unit("km")
    if distance is not None:
        near, zh, en = distance <= own.within_km, f"{distance:.1f} km 处有雷电", f"lightning {distance:.1f} km away"
    else:  # a warning that is on or off
        near, zh, en = (sensor.value or 0.0) >= 0.5, "雷电预警", "a lightning warning"
    return _hazard(sensor, own.likelihood, own.consequence, OUTDOORS, "", zh, en) if near else None


_MAKERS = {"wind_speed": _wind, "rain": _rain, "air_temperature": _heat, "wbgt": _wbgt, "lightning": _lightning}


def _multiplier(sensor: Sensor, times: float, zh: str, en: str, source: str) -> Factor:
    return Factor(
        ref=f"{sensor.group}/weather", kind="weather", part="multiplier", where=OUTDOORS, since=sensor.time or 0,
        times=times, why_zh=f"{sensor.name_zh}：{zh}，室外各类危险的可能性 ×{times:g}",
        why_en=f"{sensor.name_en}: {en}; every danger outdoors is {times:g} times as likely",
        source=source, link=sensor.link, synthetic=sensor.synthetic,
    )  # fmt: skip


def _hazard(
    sensor: Sensor, likelihood: float, consequence: float, where: Where, source: str, zh: str, en: str
) -> Factor:
    return Factor(
        ref=f"{sensor.group}/weather", group=sensor.group, kind="weather", part="hazard", where=where,
        since=sensor.time or 0, likelihood=likelihood, consequence=consequence, why_zh=f"{sensor.name_zh}：{zh}",
        why_en=f"{sensor.name_en}: {en}", source=source, link=sensor.link, synthetic=sensor.synthetic,
    )  # fmt: skip


def _unheard(sensor: Sensor, now: int, rules: Rules) -> Factor:
    since = sensor.silent_from(rules)
    return Factor(
        ref=f"{sensor.group}/silent", kind="silent", part="unknown", where=OUTDOORS,
        since=now if since is None else min(since, now),
        why_zh=f"{sensor.name_zh}：没有新的气象读数，室外天气影响未知",
        why_en=f"{sensor.name_en}: no new reading; what the weather does outdoors is unknown",
        link=sensor.link, synthetic=sensor.synthetic,
    )  # fmt: skip
