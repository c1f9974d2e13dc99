"""What is measured where: a channel, its range, sampling, place and calibration, and the limits that apply to it.

The limits come from `yufang.standards` by date, each with its clause. A channel is data: it is configured, not coded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from yufang.sensing.errors import SensingError
from yufang.sensing.units import convert, known_unit
from yufang.standards import NotInForce, UnknownCode, alarm_setpoints, code_list, limits, methane_limits

LimitKind = Literal["high", "high_high", "low", "low_low", "stel", "twa", "rate"]

# Our reading where a standard sets no reset: an alarm clears when the value has fallen this share below its limit.
_RESET_SHARE = 0.05
# Units in which a detector shows how far a mixture is from burning, not whether it poisons.
_COMBUSTIBLE_UNITS = frozenset({"%LEL", "%vol"})
COAL_METHANE = "coal_methane_sensor_2016"
_PERSONAL = frozenset(
    {"heart_rate", "acceleration", "skin_temperature", "position_x", "position_y", "position_floor", "position_sd"}
    | {"uwb_range"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a channel, in `unit`.

    `high`/`high_high` alarm at or above `value`, `low`/`low_low` at or below it; `stel` is a mean over 15 minutes,
    `twa` over 8 hours; `rate` is a rise in `unit` per minute. An alarm clears when the value is back by `hysteresis`
    (in `unit`); it is raised when the limit has been passed for `hold_s` seconds. `source` names standard and clause.
    """

    kind: LimitKind
    value: float
    unit: str
    source: str
    hysteresis: float = 0.0
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One measured quantity of one device.

    `key` is unique in its organisation; `quantity` is `gas:ch4`, `temperature`, `pressure`, `heart_rate` …; `unit` is
    the unit that its readings are kept in; `low` and `high` are the measuring range; `every_s` the seconds between
    two readings; `x`, `y`, `z` metres on the plan of the site.
    """

    key: str
    device: str
    quantity: str
    unit: str
    low: float | None = None
    high: float | None = None
    every_s: float = 1.0
    site: str = ""
    area: str | None = None
    x: float | None = None
    y: float | None = None
    z: float | None = None
    calibrated_on: date | None = None
    calibration_expires: date | None = None
    limits: tuple[Limit, ...] = ()

    def calibrated(self, at: date) -> bool:
        """Whether the calibration holds on day `at`; a channel without an expiry date needs none."""
        return self.calibration_expires is None or at <= self.calibration_expires

    def limit(self, kind: LimitKind) -> Limit | None:
        """The limit of this kind, or None."""
        return next((limit for limit in self.limits if limit.kind == kind), None)


def check_channel(channel: Channel) -> Channel:
    """Return `channel`; raise SensingError naming the field that can't be so, and the way out."""
    if not channel.key or len(channel.key) > 120 or channel.key != channel.key.strip():
        raise SensingError("bad_channel", channel=channel.key[:130], field="key", value=channel.key[:130])
    if not known_unit(channel.unit):
        raise SensingError("unknown_unit", channel=channel.key, unit=channel.unit)
    numbers = {"low": channel.low, "high": channel.high, "x": channel.x, "y": channel.y, "z": channel.z}
    for field, number in numbers.items():
        if number is not None and not math.isfinite(number):
            raise SensingError("bad_channel", channel=channel.key, field=field, value=number)
    if channel.low is not None and channel.high is not None and channel.low >= channel.high:
        raise SensingError("bad_channel", channel=channel.key, field="low", value=channel.low)
    if not (0 < channel.every_s <= 86_400):
        raise SensingError("bad_channel", channel=channel.key, field="every_s", value=channel.every_s)
    for limit in channel.limits:
        if not math.isfinite(limit.value) or limit.hysteresis < 0 or limit.hold_s < 0:
            raise SensingError("bad_channel", channel=channel.key, field=f"limits.{limit.kind}", value=limit.value)
        convert(limit.value, limit.unit, channel.unit, quantity=channel.quantity, channel=channel.key)
    return channel


def substance_of(quantity: str) -> str:
    """The substance of a gas channel (`gas:ch4` → `CH4`), "" for any other quantity."""
    kind, _, name = quantity.partition(":")
    return name.upper() if kind == "gas" else ""


def limits_of(quantity: str, at: date, *, unit: str = "", place: str = "") -> tuple[Limit, ...]:
    """The limits that the standards set for `quantity` on day `at`, at most one of a kind; () where there is none.

    Gas: set-points of GB/T 50493-2019 5.5.2, and PC-STEL and PC-TWA of GBZ 2.1-2019. A detector that shows %LEL or
    %vol gets the combustible set-points, any other the toxic ones where the gas has an exposure limit. `place` is a
    methane sensor's place in a coal mine (`CH4-04`, Coal Mine Safety Rules art. 498): alarm, power-off, and power back
    on below a value. With `unit` the values are converted to it. Raises `NotInForce` where the table of `place` does
    not hold on that day, `UnknownCode` for an unknown place, SensingError where a unit doesn't convert.
    """
    substance = substance_of(quantity)
    if place:
        found = _coal_methane(place, at)
    elif substance:
        found = _gas(substance, at, unit)
    else:
        found = ()
    return tuple(_in_unit(limit, unit, quantity) for limit in found) if unit else found


@dataclass(frozen=True, slots=True)
class LimitNote:
    """Why a limit that one would expect isn't there, or stands though its table no longer holds."""

    code: Literal["superseded", "unknown_place", "no_standard", "unit"]
    zh: str
    en: str


def limits_with_notes(
    quantity: str, at: date, *, unit: str = "", place: str = ""
) -> tuple[tuple[Limit, ...], tuple[LimitNote, ...]]:
    """`limits_of` for work that has to go on: what is wrong is said, and nothing is raised.

    Where the table of a coal mine's methane limits does not hold on day `at` its values stay, flagged in their `source`
    and in a note (`superseded`): an old alarm level is safer than none, and a person has to check it.
    """
    try:
        try:
            found = limits_of(quantity, at, unit=unit, place=place)
        except NotInForce:
            return _superseded(quantity, unit, place)
    except UnknownCode:
        zh = f"没有编号为 {place} 的瓦斯传感器设置地点，因此没有标准限值；请改正地点，或自行设定限值。"
        en = f"There is no place {place} of a methane sensor, so no limit of a standard; correct it or set limits."
        return (), (LimitNote("unknown_place", zh, en),)
    except SensingError as error:
        zh = f"标准限值不能换算为 {unit}（{error.zh[0]}）；请自行设定限值。"
        en = f"The limits of the standard don't convert to {unit} ({error.message}); set limits of your own."
        return (), (LimitNote("unit", zh, en),)
    if not found and (place or substance_of(quantity)):
        zh = f"所收录的标准没有 {quantity} 的限值；在自行设定之前，该通道不会因超限报警。"
        en = f"The standards that are known set no limit for {quantity}; until you set one, nothing alarms here."
        return (), (LimitNote("no_standard", zh, en),)
    return found, ()


def _superseded(quantity: str, unit: str, place: str) -> tuple[tuple[Limit, ...], tuple[LimitNote, ...]]:
    """The limits of the last table that was read, each flagged."""
    info = code_list(COAL_METHANE).info
    flag = f"（表自 {info.effective_to} 后不再施行，未核对新版 / not in force after {info.effective_to}）"
    kept = tuple(replace(limit, source=f"{limit.source} {flag}") for limit in _coal_methane(place, None))
    note = LimitNote(
        "superseded",
        f"{info.standard} 的瓦斯限值只收录到 {info.effective_to}；该日之后的新版尚未收录，暂沿用旧值。"
        "请对照现行《煤矿安全规程》核对，并为该通道设定限值。",
        f"The methane limits of {info.standard} are known up to {info.effective_to}; the edition after it is not, so "
        "the old values stay for now. Check them against the rules in force and set the channel's limits.",
    )
    return tuple(_in_unit(limit, unit, quantity) for limit in kept) if unit else kept, (note,)


def personal(quantity: str) -> bool:
    """Whether readings of `quantity` say something about one person: who reads them needs a permission."""
    return quantity in _PERSONAL


def _gas(substance: str, at: date, unit: str) -> tuple[Limit, ...]:
    try:
        table = code_list("gbt50493_2019_setpoint", at)
        points = alarm_setpoints(substance)
    except (NotInForce, UnknownCode):
        return _exposure(substance, at)
    combustible = [point for point in points if point.unit == "%LEL"]
    toxic = [point for point in points if point.unit == "mg/m3"]
    chosen = [point for point in points if point.unit == "%vol"]
    by_share = bool(combustible) and (unit in _COMBUSTIBLE_UNITS or not toxic)
    chosen += combustible if by_share else toxic
    source = f"{table.info.standard} {table.info.clause}"
    found = []
    for point in chosen:
        over = point.direction == "above"
        kind: LimitKind = ("high" if over else "low") if point.level == 1 else ("high_high" if over else "low_low")
        found.append(
            Limit(
                kind=kind,
                value=point.value,
                unit=point.unit,
                source=f"{source} ({point.basis})",
                hysteresis=0.2 if point.unit == "%vol" else _RESET_SHARE * point.value,
            )
        )
    return (*found, *(() if by_share else _exposure(substance, at)))


def _exposure(substance: str, at: date) -> tuple[Limit, ...]:
    try:
        table = code_list("gbz2_1_2019_chemical", at)
        limit = limits(substance)
    except (NotInForce, UnknownCode):
        return ()
    if limit.kind != "chemical":
        return ()
    source = f"{table.info.standard} {table.info.clause}"
    found: list[Limit] = []
    if limit.stel is not None:
        found.append(Limit(kind="stel", value=limit.stel, unit="mg/m3", source=f"{source} PC-STEL"))
    if limit.twa is not None:
        found.append(Limit(kind="twa", value=limit.twa, unit="mg/m3", source=f"{source} PC-TWA"))
    return tuple(found)


def _coal_methane(place: str, at: date | None) -> tuple[Limit, ...]:
    table = code_list(COAL_METHANE, at)
    code = table.get(place).code
    rule = next(found for found in methane_limits(at) if found.code == code)
    source = f"{table.info.standard} {table.info.clause} {rule.code} {rule.location_zh}"
    back = rule.restore_below
    alarm = Limit(kind="high", value=rule.alarm, unit="%vol", source=source, hysteresis=_RESET_SHARE * rule.alarm)
    if rule.power_off is None:
        return (alarm,)
    # Power may return only below `restore_below`; where it equals the power-off value, below by our reset share.
    gap = rule.power_off - back if back is not None and back < rule.power_off else _RESET_SHARE * rule.power_off
    off = Limit(kind="high_high", value=rule.power_off, unit="%vol", source=source, hysteresis=gap)
    return (alarm, off)


def _in_unit(limit: Limit, unit: str, quantity: str) -> Limit:
    value = convert(limit.value, limit.unit, unit, quantity=quantity)
    # A width has no offset (a difference in °C is the same number of kelvin): take it between two converted points.
    width = abs(value - convert(limit.value - limit.hysteresis, limit.unit, unit, quantity=quantity))
    return replace(limit, value=value, unit=unit, hysteresis=width)
