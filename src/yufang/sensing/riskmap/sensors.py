"""From sensors: readings near or past their limits, what detectors and forecasts say, and silence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from yufang.sensing.alerting import ALERTS
from yufang.sensing.channels import Limit, substance_of
from yufang.sensing.errors import SensingError
from yufang.sensing.readings import UNUSABLE, Quality
from yufang.sensing.riskmap.model import Factor, Ring, Where
from yufang.sensing.riskmap.rules import Rules, step
from yufang.sensing.units import canonical, convert

_HIGH, _LOW = ("high", "high_high"), ("low", "low_low")
_PAST = {
    "high": ("已达到一级报警值", "has reached the first alarm level"),
    "high_high": ("已达到二级报警值", "has reached the second alarm level"),
    "low": ("已低于下限", "is at or below the lower limit"),
    "low_low": ("已低于下下限", "is far below the lower limit"),
}
_LOCAL = timedelta(hours=8)
OXYGEN_NORMAL = 20.9  # % vol in clean air
_DOUBTED = Quality.STUCK | Quality.DRIFT | Quality.UNCALIBRATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """A channel as the map sees it: where it stands, what applies to it, and its newest reading.

    time: µs of the newest reading, None where none ever came; value in `unit`; flag: bits of `Quality`. outdoors: it
    stands under the open sky. link: what opens it.
    """

    key: str
    name_zh: str
    name_en: str
    quantity: str
    unit: str
    where: Where
    limits: tuple[Limit, ...] = ()
    every_s: float = 1.0
    low: float | None = None
    high: float | None = None
    time: int | None = None
    value: float | None = None
    flag: int = 0
    outdoors: bool = False
    link: str = ""
    synthetic: bool = False

    @property
    def group(self) -> str:
        return f"channel:{self.key}"

    def silent_from(self, rules: Rules) -> int | None:
        """µs from which it counts as silent unless something comes; None where nothing ever came."""
        if self.time is None:
            return None
        return self.time + int(1e6 * max(rules.silent.least_s, rules.silent.intervals * self.every_s))

    def heard(self, now: int, rules: Rules) -> bool:
        """Whether its newest reading says something about now."""
        until = self.silent_from(rules)
        usable = self.value is not None and math.isfinite(self.value) and not self.flag & int(UNUSABLE)
        return until is not None and now < until and usable

    def in_unit(self, unit: str) -> float | None:
        """The newest value in another unit; None where it doesn't convert."""
        if self.value is None:
            return None
        try:
            return convert(self.value, self.unit, unit, quantity=self.quantity, channel=self.key)
        except SensingError:
            return None

    def at_place(self, rules: Rules) -> Where:
        """Where it speaks for: around itself, as far as its danger reaches."""
        reach = rules.reach_m.get(danger_of(self.quantity, self.unit), rules.reach_m["other"])
        return replace(self.where, reach_m=reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An open event of a detector. `sensor`: the channel's key where it is of one; `where` of others. rings: ground
    that gas of a leak covers, in shares of `where.plan`."""

    key: str
    kind: str
    since: int
    where: Where
    reason_zh: str
    reason_en: str
    sureness: float = 1.0
    sensor: str = ""
    link: str = ""
    rings: tuple[Ring, ...] = ()
    synthetic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A forecast: the probability that a sensor reaches a limit within `minutes`."""

    sensor: str
    at: int
    minutes: float
    probability: float
    limit: float


def danger_of(quantity: str, unit: str) -> str:
    """The kind of danger that a quantity tells of, a key of `consequence` and `reach_m`."""
    substance = substance_of(quantity)
    if substance == "O2":
        return "oxygen"
    if substance:
        return "combustible" if canonical(unit) in ("%LEL", "%vol", "LEL.m") else "toxic"
    plain = quantity.partition(":")[0]
    return plain if plain in ("pressure", "temperature", "noise", "dust") else "other"


def sensor_factors(sensors: Iterable[Sensor], now: int, rules: Rules) -> list[Factor]:
    """Of each sensor: how near to or past its gravest limit it is; or that it is silent, or not to be believed.

    A sensor without limits says nothing of danger here, and its silence takes nothing away.
    """
    found = []
    for sensor in sensors:
        if not sensor.limits:
            continue
        if not sensor.heard(now, rules):
            found.append(_silent(sensor, now, rules))
            continue
        if sensor.flag & int(_DOUBTED):
            found.append(_doubted(sensor))
        nearest = _nearest(sensor, rules)
        if nearest is not None:
            found.append(nearest)
    return found


def event_factors(events: Iterable[Found], sensors: Mapping[str, Sensor], rules: Rules) -> list[Factor]:
    """Of each open event what it means; ground that a leak's gas covers is a factor of its own."""
    factors = []
    for event in events:
        sensor = sensors.get(event.sensor)
        where = sensor.at_place(rules) if sensor is not None else event.where
        if event.kind in rules.doubts:
            factors.append(_event(event, where, None, 0.0))
            continue
        likelihood = rules.events.get(event.kind)
        if likelihood is None:
            continue
        consequence = rules.consequence[_danger(event, sensor)]
        factors.append(_event(event, where, likelihood, consequence))
        for number, ring in enumerate(event.rings):
            ground = Where(plan=event.where.plan, ring=ring)
            factors.append(_event(event, ground, likelihood, consequence, f"/ground-{number}"))
    return factors


def forecast_factors(forecasts: Iterable[Ahead], sensors: Mapping[str, Sensor], now: int, rules: Rules) -> list[Factor]:
    """Of each forecast that is still about what is ahead, a hazard by its probability."""
    factors = []
    for ahead in forecasts:
        sensor = sensors.get(ahead.sensor)
        likelihood = step(rules.forecast, ahead.probability)
        if sensor is None or likelihood is None or now >= ahead.at + ahead.minutes * 60e6:
            continue
        factors.append(
            Factor(
                ref=f"{sensor.group}/forecast",
                group=sensor.group,
                kind="forecast",
                part="hazard",
                where=sensor.at_place(rules),
                since=ahead.at,
                until=ahead.at + int(ahead.minutes * 60e6),
                likelihood=likelihood,
                consequence=rules.consequence[danger_of(sensor.quantity, sensor.unit)],
                why_zh=f"{sensor.name_zh}：{ahead.minutes:g} 分钟内达到 {_number(ahead.limit)} {sensor.unit} 的概率为"
                f" {ahead.probability:.0%}",
                why_en=f"{sensor.name_en}: it reaches {_number(ahead.limit)} {sensor.unit} within "
                f"{ahead.minutes:g} min with a probability of {ahead.probability:.0%}",
                source="yufang.sensing.forecast",
                link=sensor.link,
                synthetic=sensor.synthetic,
            )
        )
    return factors


def next_silence(sensors: Sequence[Sensor], now: int, rules: Rules) -> int | None:
    """µs at which the next sensor that is heard now falls silent; None where none will."""
    ends = [sensor.silent_from(rules) for sensor in sensors if sensor.limits and sensor.heard(now, rules)]
    return min((end for end in ends if end is not None), default=None)


def _nearest(sensor: Sensor, rules: Rules) -> Factor | None:
    """The gravest of its limits that it is past or near."""
    value = sensor.value
    if value is None:
        return None
    best: tuple[float, float, Limit] | None = None
    for limit in sensor.limits:
        if limit.kind not in (*_HIGH, *_LOW):
            continue
        at = _limit_value(limit, sensor)
        if at is None:
            continue
        share, likelihood = _share(sensor, limit, value, at, rules)
        if likelihood is not None and (best is None or (likelihood, share) > best[:2]):
            best = (likelihood, share, limit)
    if best is None:
        return None
    likelihood, share, limit = best
    at = _limit_value(limit, sensor) or limit.value
    zh, en = _PAST[limit.kind] if likelihood >= rules.first_limit else (f"为限值的 {share:.0%}", f"is {share:.0%} of")
    shown, told = f"{_number(value)} {sensor.unit}", f"{_number(at)} {sensor.unit}"
    return Factor(
        ref=f"{sensor.group}/limit",
        group=sensor.group,
        kind="limit",
        part="hazard",
        where=sensor.at_place(rules),
        since=sensor.time or 0,
        likelihood=likelihood,
        consequence=rules.consequence[danger_of(sensor.quantity, sensor.unit)],
        reading=round(share, 4),
        why_zh=f"{sensor.name_zh}：读数 {shown}，{zh}（{told}）",
        why_en=f"{sensor.name_en}: it reads {shown} and {en} {'' if likelihood >= rules.first_limit else 'the limit '}"
        f"({told})",
        source=limit.source,
        link=sensor.link,
        synthetic=sensor.synthetic,
    )


def _limit_value(limit: Limit, sensor: Sensor) -> float | None:
    try:
        return convert(limit.value, limit.unit, sensor.unit, quantity=sensor.quantity, channel=sensor.key)
    except SensingError:
        return None


def _share(sensor: Sensor, limit: Limit, value: float, at: float, rules: Rules) -> tuple[float, float | None]:
    """(the reading as a share of the limit, the likelihood it stands for; None where it is far from it)."""
    over = limit.kind in _HIGH
    if (value >= at) if over else (value <= at):
        second = limit.kind in ("high_high", "low_low")
        return max(1.0, value / at if over and at else 1.0), rules.second_limit if second else rules.first_limit
    if limit.kind in ("high_high", "low_low"):  # the first limit speaks before
        return 0.0, None
    substance = substance_of(sensor.quantity)
    if substance == "O2":
        oxygen = sensor.in_unit("%vol")
        normal = sensor.value if oxygen is None or not oxygen else value * OXYGEN_NORMAL / oxygen
        share = (value - (normal or 0.0)) / (at - (normal or 0.0)) if normal != at else 0.0
        return share, step(rules.gas_share, share)
    if substance and over and at > 0:
        return value / at, step(rules.gas_share, value / at)
    if sensor.low is None or sensor.high is None or not rules.near_range:
        return 0.0, None
    gap = abs(at - value) / (sensor.high - sensor.low)
    return max(0.0, 1.0 - gap), rules.near if gap < rules.near_range else None


def _silent(sensor: Sensor, now: int, rules: Rules) -> Factor:
    since = sensor.silent_from(rules)
    if since is None:
        zh, en = "从未收到读数", "no reading ever came"
    elif now < since:
        zh, en = "最近一次读数不可用", "its newest reading can't be used"
    else:  # an hour of the clock stays true while the factor stands; an age would not
        clock = f"{datetime.fromtimestamp((sensor.time or 0) / 1e6, UTC) + _LOCAL:%m-%d %H:%M:%S}"
        zh, en = f"自 {clock} 起没有读数", f"no reading since {clock} (UTC+8)"
    return Factor(
        ref=f"{sensor.group}/silent",
        kind="silent",
        part="unknown",
        where=sensor.at_place(rules),
        since=min(since, now) if since is not None else now,
        why_zh=f"{sensor.name_zh}：{zh}，此处情况未知，不能视为安全",
        why_en=f"{sensor.name_en}: {en}; what is going on here is unknown and doesn't count as safe",
        link=sensor.link,
        synthetic=sensor.synthetic,
    )


def _doubted(sensor: Sensor) -> Factor:
    flags = Quality(sensor.flag) & _DOUBTED
    words = {
        Quality.STUCK: ("读数卡滞", "its reading is stuck"),
        Quality.DRIFT: ("读数漂移", "its reading drifts"),
        Quality.UNCALIBRATED: ("校准已过期", "its calibration has run out"),
    }
    told = [text for flag, text in words.items() if flag & flags]
    return Factor(
        ref=f"{sensor.group}/doubted",
        kind="doubted",
        part="unknown",
        where=sensor.where if not sensor.where.on_plan else replace(sensor.where, reach_m=sensor.where.reach_m or 12.0),
        since=sensor.time or 0,
        why_zh=f"{sensor.name_zh}：{'、'.join(zh for zh, _ in told)}，读数不能作为安全依据",
        why_en=f"{sensor.name_en}: {', '.join(en for _, en in told)}; it proves nothing safe",
        link=sensor.link,
        synthetic=sensor.synthetic,
    )


def _danger(event: Found, sensor: Sensor | None) -> str:
    if event.kind == "leak":
        return "leak"
    if sensor is not None:
        return danger_of(sensor.quantity, sensor.unit)
    kind = ALERTS.get(event.kind)
    person = kind is not None and kind.rule.partition(".")[0] in ("positions", "wearables")
    return "person" if person else "other"


def _event(event: Found, where: Where, likelihood: float | None, consequence: float, more: str = "") -> Factor:
    kind = ALERTS.get(event.kind)
    zh, en = (kind.zh, kind.en) if kind is not None else (event.kind, event.kind)
    sure = f"（把握 {event.sureness:.0%}）" if event.sureness < 0.995 else ""
    return Factor(
        ref=f"{event.key}{more}",
        group=f"channel:{event.sensor}" if event.sensor else event.key,
        kind=f"event:{event.kind}",
        part="unknown" if likelihood is None else "hazard",
        where=where,
        since=event.since,
        likelihood=likelihood,
        consequence=None if likelihood is None else consequence,
        why_zh=f"{zh}{sure}：{event.reason_zh}",
        why_en=f"{en}{f' ({event.sureness:.0%} sure)' if sure else ''}: {event.reason_en}",
        source="yufang.sensing",
        link=event.link,
        synthetic=event.synthetic,
    )


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
