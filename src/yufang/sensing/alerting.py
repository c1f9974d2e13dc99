"""Which events of a detector become an alert, how grave it is, and how it is called.

Kinds of one family share one alert of a channel: the first limit opens it, the second makes it graver. What is not
listed stays an event. The tiers are our reading: no standard ranks detectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Tier = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class AlertKind:
    """An alert's rule, its tier, and the words for its kind."""

    rule: str
    tier: Tier
    zh: str
    en: str


ALERTS: Mapping[str, AlertKind] = MappingProxyType(
    {
        "high": AlertKind("sensing.limit", "medium", "超过一级报警值", "above the first alarm level"),
        "high_high": AlertKind("sensing.limit", "high", "超过二级报警值", "above the second alarm level"),
        "low": AlertKind("sensing.limit", "medium", "低于下限", "below the lower limit"),
        "low_low": AlertKind("sensing.limit", "high", "低于下下限", "far below the lower limit"),
        "stel": AlertKind("sensing.exposure", "medium", "超过短时间接触限值", "above the short-term exposure limit"),
        "twa": AlertKind("sensing.exposure", "low", "超过时间加权平均限值", "above the time-weighted average limit"),
        "rate": AlertKind("sensing.rate", "medium", "上升过快", "rising too fast"),
        "leak": AlertKind("sensing.leak", "high", "疑似泄漏", "a leak is suspected"),
        "forecast": AlertKind("sensing.forecast", "low", "预计将超限", "expected to cross a limit"),
        "cusum": AlertKind("sensing.deviation", "low", "持续偏离", "lasting deviation"),
        "ewma": AlertKind("sensing.deviation", "low", "持续偏离", "lasting deviation"),
        "seasonal": AlertKind("sensing.deviation", "low", "偏离常态", "out of its usual pattern"),
        "changepoint": AlertKind("sensing.deviation", "low", "水平突变", "its level changed"),
        "multivariate": AlertKind("sensing.deviation", "low", "多变量异常", "several signals don't fit together"),
        "zone_forbidden": AlertKind("positions.zone", "high", "有人进入禁入区", "somebody is in a forbidden zone"),
        "zone_left": AlertKind("positions.required", "medium", "离开规定区域", "somebody left a required zone"),
        "crowding": AlertKind("positions.crowding", "medium", "区域超员", "too many people in a zone"),
        "lone_worker": AlertKind("positions.lone", "medium", "单独作业超时", "alone for too long"),
        "position_lost": AlertKind("positions.lost", "medium", "失去定位", "a position is lost"),
        "no_motion": AlertKind("positions.still", "high", "人员长时间未移动", "somebody does not move"),
        "vehicle_near": AlertKind("positions.vehicle", "high", "人车距离过近", "a vehicle is close to somebody"),
        "fall": AlertKind("wearables.fall", "high", "疑似跌倒", "somebody may have fallen"),
        "heart_high": AlertKind("wearables.heart", "medium", "心率异常", "unusual heart rate"),
        "heart_low": AlertKind("wearables.heart", "high", "心率异常", "unusual heart rate"),
        "stuck": AlertKind("sensing.quality", "low", "读数卡滞", "stuck reading"),
        "silent": AlertKind("sensing.silent", "low", "没有读数", "no readings"),
        "drift": AlertKind("sensing.quality", "low", "读数漂移", "drifting reading"),
    }
)
