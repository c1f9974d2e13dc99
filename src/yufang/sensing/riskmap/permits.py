"""From permits to work (GB 30871): the work itself, and where it can't go with gas, air, wind or other work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from yufang.sensing.channels import substance_of
from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.rules import Risk, Rules
from yufang.sensing.riskmap.sensors import Sensor
from yufang.sensing.riskmap.weather import wind_of
from yufang.standards import UnknownCode, hot_work_gas_limit, lel_vol_pct, limits
from yufang.standards.works import PermitLimit, SpecialWork, permit_limits, special_works

_WIND_LIMIT = {"HOT": "HOT-WIND", "WAH": "WAH-WIND", "LFT": "LFT-WIND"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A permit to work: kind is a code of `special_works` (`HOT-1`); since, until: µs. outdoors: under the open sky."""

    key: str
    kind: str
    where: Where
    since: int
    until: int
    outdoors: bool = False
    link: str = ""
    synthetic: bool = False

    def holds(self, now: int) -> bool:
        """Whether work may be going on under it now."""
        return self.since <= now < self.until


@cache
def works() -> dict[str, SpecialWork]:
    """The special works that a permit can be for, by code."""
    return {work.code: work for work in special_works()}


def permit_hours(kind: str, rules: Rules) -> tuple[int, bool]:
    """(how long one permit of a kind may hold at most, whether the standard says so). Raises KeyError."""
    hours = works()[kind].permit_hours
    return (hours, True) if hours is not None else (rules.longest_permit_h, False)


def permit_factors(
    permits: Iterable[Permit], sensors: Sequence[Sensor], now: int, rules: Rules, metres: dict[str, tuple[float, float]]
) -> list[Factor]:
    """Of each permit that holds now: its own danger, what stands against it, and whether its air is watched.

    metres: (width, height) in metres of each plan; of two works or sensors on a plan that isn't there only the area
    says whether they are near one another.
    """
    valid = [permit for permit in permits if permit.holds(now)]
    wind = wind_of(sensors, now, rules)
    found: list[Factor] = []
    for permit in valid:
        work = works().get(permit.kind)
        risk = rules.permits.get(permit.kind)
        if work is None or risk is None:
            continue
        found.append(_own(permit, work, risk, rules))
        near = [sensor for sensor in sensors if _apart(permit.where, sensor.where, metres) <= _test_radius()]
        heard = [sensor for sensor in near if sensor.heard(now, rules)]
        if work.work == "HOT":
            found += [made for sensor in heard if (made := _hot_by_gas(permit, work, sensor, rules)) is not None]
        if work.work == "CSE":
            found += [made for sensor in heard if (made := _bad_air(permit, work, sensor, rules)) is not None]
        if work.work in ("HOT", "CSE") and not _watched(work.work, heard):
            found.append(_unwatched(permit, work, rules))
        if wind is not None and permit.outdoors and work.work in _WIND_LIMIT:
            limit = _limit(_WIND_LIMIT[work.work])
            if limit.holds(wind[1]):
                found.append(_by_wind(permit, work, wind, limit, rules))
    return found + _blinds(valid, metres, rules)


def _test_radius() -> float:
    """How far hot work looks around for gas: the radius within which equipment that may leak has to be isolated."""
    return _limit("HOT-ISOLATE").value or 15.0


@cache
def _limit(code: str) -> PermitLimit:
    return next(limit for limit in permit_limits(code.partition("-")[0]) if limit.code == code)


def _apart(a: Where, b: Where, metres: dict[str, tuple[float, float]]) -> float:
    """Metres between two places: 0 in the same area, infinite where it can't be told."""
    if a.area and a.area == b.area:
        return 0.0
    if a.plan and a.plan == b.plan and a.plan in metres and None not in (a.x, a.y, b.x, b.y):
        wide, high = metres[a.plan]
        return math.hypot((a.x - b.x) * wide, (a.y - b.y) * high)  # type: ignore[operator]  # none of them is None
    return math.inf


def _own(permit: Permit, work: SpecialWork, risk: Risk, rules: Rules) -> Factor:
    return Factor(
        ref=permit.key, kind=f"permit:{work.code}", part="hazard", where=_where(permit, rules), since=permit.since,
        until=permit.until, likelihood=risk.likelihood, consequence=risk.consequence,
        why_zh=f"{work.name_zh}正在许可时段内", why_en=f"{work.name_en} is permitted now", source=work.clause,
        link=permit.link, synthetic=permit.synthetic,
    )  # fmt: skip


def _where(permit: Permit, rules: Rules) -> Where:
    return replace(permit.where, reach_m=rules.reach_m["permit"])


def _conflict(
    permit: Permit, other: str, risk: Risk, rules: Rules, why: tuple[str, str, str], until: int | None = None
) -> Factor:
    zh, en, source = why
    return Factor(
        ref=f"{permit.key}/against/{other}", kind="conflict", part="hazard", where=_where(permit, rules),
        since=permit.since, until=permit.until if until is None else until, likelihood=risk.likelihood,
        consequence=risk.consequence, why_zh=zh, why_en=en, source=source, link=permit.link, synthetic=permit.synthetic,
    )  # fmt: skip


def _hot_by_gas(permit: Permit, work: SpecialWork, sensor: Sensor, rules: Rules) -> Factor | None:
    """Hot work beside a combustible gas above what GB 30871 5.3.2 lets it start at."""
    substance, share = substance_of(sensor.quantity), sensor.in_unit("%vol")
    if not substance or share is None:
        return None
    try:
        most = hot_work_gas_limit(lel_vol_pct(substance))
    except UnknownCode:  # it doesn't burn
        return None
    if share <= most:
        return None
    clause = _limit("HOT-GAS-HIGH-LEL" if most == _limit("HOT-GAS-HIGH-LEL").value else "HOT-GAS-LOW-LEL").clause
    return _conflict(permit, sensor.group, rules.conflicts.gas, rules, (
        f"{work.name_zh}旁有可燃气体：{sensor.name_zh} {share:.2g} %vol，超过动火合格值 {most:g} %vol，应停止动火",
        f"{work.name_en} beside combustible gas: {sensor.name_en} shows {share:.2g} %vol, above the {most:g} %vol that "
        "hot work may start at; stop the work", clause,
    ))  # fmt: skip


def _bad_air(permit: Permit, work: SpecialWork, sensor: Sensor, rules: Rules) -> Factor | None:
    """Confined space with oxygen, toxic or combustible gas outside GB 30871 6.4."""
    substance = substance_of(sensor.quantity)
    if substance == "O2":
        oxygen, low, rich = sensor.in_unit("%vol"), _limit("CSE-O2"), _limit("CSE-O2-RICH")
        if oxygen is None or (oxygen >= (low.value or 0.0) and rich.holds(oxygen)):
            return None
        span = f"{low.value:g}-{low.upper:g} %vol"
        return _conflict(permit, sensor.group, rules.conflicts.air, rules, (
            f"{work.name_zh}处氧含量 {oxygen:.1f} %vol（{sensor.name_zh}），应为 {span}，应立即撤出",
            f"{work.name_en}: {oxygen:.1f} %vol of oxygen ({sensor.name_en}) where {span} is required; leave at once",
            low.clause,
        ))  # fmt: skip
    if not substance:
        return None
    burning = _hot_by_gas(permit, work, sensor, rules)
    if burning is not None:
        zh, en = (
            burning.why_zh.replace("应停止动火", "应立即撤出"),
            burning.why_en.replace("stop the work", "leave at once"),
        )
        return replace(burning, source=_limit("CSE-GAS").clause, why_zh=zh, why_en=en)
    return _toxic(permit, work, sensor, substance, rules)


def _toxic(permit: Permit, work: SpecialWork, sensor: Sensor, substance: str, rules: Rules) -> Factor | None:
    shown = sensor.in_unit("mg/m3")
    try:
        name, most = limits(substance).oel
    except UnknownCode:
        return None
    if shown is None or shown <= most:
        return None
    return _conflict(permit, sensor.group, rules.conflicts.air, rules, (
        f"{work.name_zh}处有毒气体 {shown:.3g} mg/m³（{sensor.name_zh}），超过 {name} {most:g} mg/m³，应立即撤出",
        f"{work.name_en}: {shown:.3g} mg/m³ of toxic gas ({sensor.name_en}), above the {name} of {most:g} mg/m³; "
        "leave at once", _limit("CSE-TOXIC").clause,
    ))  # fmt: skip


def _watched(work: str, heard: Iterable[Sensor]) -> bool:
    """Whether a sensor nearby tells what the work has to know: combustible gas for hot work, oxygen in a space."""
    for sensor in heard:
        substance = substance_of(sensor.quantity)
        if work == "CSE" and substance == "O2":
            return True
        if work == "HOT" and substance and sensor.in_unit("%LEL") is not None:
            return True
    return False


def _unwatched(permit: Permit, work: SpecialWork, rules: Rules) -> Factor:
    zh, en = ("可燃气体", "combustible gas") if work.work == "HOT" else ("氧含量", "oxygen")
    return Factor(
        ref=f"{permit.key}/unwatched", kind="unwatched", part="unknown", where=_where(permit, rules),
        since=permit.since, until=permit.until,
        why_zh=f"{work.name_zh}附近没有可用的{zh}读数，作业环境未知", source=work.clause,
        why_en=f"{work.name_en}: no usable reading of {en} nearby; what the air is like is unknown",
        link=permit.link, synthetic=permit.synthetic,
    )  # fmt: skip


def _by_wind(permit: Permit, work: SpecialWork, wind: tuple[Sensor, int], limit: PermitLimit, rules: Rules) -> Factor:
    sensor, force = wind
    most = limit.value or 0.0
    return _conflict(permit, "wind", rules.conflicts.wind, rules, (
        f"{work.name_zh}时风力 {force} 级（{sensor.name_zh}），{most:g} 级及以上禁止该作业",
        f"{work.name_en} in wind of force {force} ({sensor.name_en}); from force {most:g} on it is forbidden",
        limit.clause,
    ))  # fmt: skip


def _blinds(valid: Sequence[Permit], metres: dict[str, tuple[float, float]], rules: Rules) -> list[Factor]:
    """Blinding within 30 m of hot work (GB 30871 7.6)."""
    limit, found = _limit("BLD-FIRE"), []
    for blind in (permit for permit in valid if permit.kind == "BLD"):
        for hot in (permit for permit in valid if permit.kind.startswith("HOT")):
            if _apart(blind.where, hot.where, metres) < (limit.value or 0.0):
                zh = f"盲板抽堵作业 {limit.value:g} m 内有{works()[hot.kind].name_zh}"
                en = f"Blinding within {limit.value:g} m of hot work"
                ends = min(blind.until, hot.until)
                found.append(_conflict(blind, hot.key, rules.conflicts.blind, rules, (zh, en, limit.clause), ends))
    return found
